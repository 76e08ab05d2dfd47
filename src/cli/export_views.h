/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers that are asked for often, as views over the tables of an export. */
#ifndef RMAP_INSPECT_CLI_EXPORT_VIEWS_H
#define RMAP_INSPECT_CLI_EXPORT_VIEWS_H

#include <stddef.h>

/* SQL, one statement each; then NULL. */
extern const char *const export_views[];

#endif
