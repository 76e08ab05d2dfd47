/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* export.def as the public structs. */
#include "api/export.h"

#define TABLE(name) static const struct rmi_column name##_columns[] = {
#define COLUMN(table, name, type, of) { #name, RMI_VALUE_##type, of },
#define END_OF_TABLE(name) };
#include "api/export.def"

static const struct rmi_table tables[] = {
#define TABLE(name) { #name, N_EXPORT_##name##_COLUMNS, name##_columns, true },
#define TABLE_OF_FACTS(name) \
	{ #name, N_EXPORT_##name##_COLUMNS, name##_columns, false },
#include "api/export.def"
};

#define TABLE(name)							\
	_Static_assert(N_EXPORT_##name##_COLUMNS <= MAX_EXPORT_COLUMNS,	\
		       "a row has room for all columns of " #name);
#include "api/export.def"

const struct rmi_table *rmi_export_tables(size_t *ret_n)
{
	*ret_n = N_EXPORT_TABLES;
	return tables;
}
