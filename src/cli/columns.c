/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows what each column shows. Does not know how the table is drawn.
 */
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "columns.h"
#include "escape.h"
#include "log.h"
#include "suggest.h"
#include "text_parts.h"

#define N_COLUMNS	(sizeof(columns) / sizeof(columns[0]))

static char *hex(uint64_t number)
{
	return format_new("0x%" PRIx64, number);
}

static char *hex_if_known(uint64_t address)
{
	return address ? hex(address) : NULL;
}

static char *words(const char *s)
{
	return s ? escape_for_terminal(s) : NULL;
}

static char *get_pid(const struct row *row)
{
	return row->task ? format_new("%" PRIu32, row->task->pid) : NULL;
}

static char *get_command(const struct row *row)
{
	return words(row->task ? row->task->comm : NO_PROCESS);
}

static char *get_address(const struct row *row)
{
	return hex(row->mapping->address);
}

static char *get_perm(const struct row *row)
{
	return words(row->mapping->vma_perm);
}

static char *get_vma(const struct row *row)
{
	const struct rmi_mapping *mapping = row->mapping;

	if (!mapping->vma_end)
		return NULL;
	return format_new("0x%" PRIx64 "-0x%" PRIx64, mapping->vma_start,
			  mapping->vma_end);
}

/* The note is what a reader needs to believe the state: they go together. */
static char *get_state(const struct row *row)
{
	const struct rmi_mapping *mapping = row->mapping;
	char *state, *both;

	if (!mapping->state || !mapping->note)
		return words(mapping->state);
	both = format_new("%s, %s", mapping->state, mapping->note);
	state = words(both);
	free(both);
	return state;
}

/* Of a swap entry no page is known. */
static char *get_pfn(const struct row *row)
{
	return row->mapping->n_pages ? hex(row->mapping->pfn) : NULL;
}

static char *get_pages(const struct row *row)
{
	return row->mapping->n_pages ?
	       format_new("%" PRIu64, row->mapping->n_pages) : NULL;
}

static char *get_path(const struct row *row)
{
	return words(row->mapping->path);
}

static char *get_level(const struct row *row)
{
	return words(row->mapping->level);
}

static char *get_pte(const struct row *row)
{
	return hex(row->mapping->pte);
}

static char *get_mm(const struct row *row)
{
	return hex_if_known(row->mapping->mm);
}

static char *get_vm_area(const struct row *row)
{
	return hex_if_known(row->mapping->vma);
}

static char *get_vm_flags(const struct row *row)
{
	return row->mapping->vma ? hex(row->mapping->vma_flags) : NULL;
}

static char *get_only_in(const struct row *row)
{
	return words(row->only_in);
}

static const struct column columns[] = {
	{ "PID", 5, SCOLS_FL_RIGHT | SCOLS_FL_STRICTWIDTH, get_pid,
	  "process ID, of the thread-group leader" },
	{ "COMMAND", 0, 0, get_command,
	  "command name of the process" },
	{ "ADDRESS", 0, 0, get_address,
	  "user address of the page in the process" },
	{ "PERM", 0, 0, get_perm,
	  "permissions of the VMA, as in /proc/PID/maps" },
	{ "VMA", 0, 0, get_vma,
	  "user addresses that the VMA covers" },
	{ "STATE", 0, 0, get_state,
	  "what the page table says: mapped, swapped, migrating, ..." },
	{ "PFN", 0, 0, get_pfn,
	  "page frame number of the page at the address" },
	{ "PAGES", 0, SCOLS_FL_RIGHT, get_pages,
	  "how many pages of its folio the entry is about" },
	{ "PATH", 0, 0, get_path,
	  "file mapped by the VMA" },
	{ "LEVEL", 0, 0, get_level,
	  "page-table level of the entry: pte, pmd or pud" },
	{ "PTE", 0, 0, get_pte,
	  "the page-table entry as stored" },
	{ "MM", 0, 0, get_mm,
	  "address of the struct mm_struct" },
	{ "VM_AREA", 0, 0, get_vm_area,
	  "address of the struct vm_area_struct" },
	{ "VM_FLAGS", 0, 0, get_vm_flags,
	  "vm_flags of the VMA" },
};

/* Not for -o: it says something of differences alone. */
static const struct column only_in = {
	"ONLY-IN", 0, 0, get_only_in, "the method that found the mapping"
};

_Static_assert(N_COLUMNS + 1 <= MAX_COLUMNS, "a list holds each column once");

static void add(struct column_list *list, const struct column *column)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i] == column)
			return;
	list->items[list->n++] = column;
}

static const struct column *find(const char *name)
{
	for (size_t i = 0; i < N_COLUMNS; i++)
		if (strcasecmp(columns[i].name, name) == 0)
			return &columns[i];
	return NULL;
}

static void explain_unknown(const char *name, const char *origin)
{
	struct suggestion suggestion = { .typed = name };

	for (size_t i = 0; i < N_COLUMNS; i++)
		suggestion_offer(&suggestion, columns[i].name);
	if (suggestion.best)
		log_error("%s: no column '%s'; did you mean %s?", origin,
			  name, suggestion.best);
	else
		log_error("%s: no column '%s'; see --list-columns", origin,
			  name);
}

struct column_list columns_default(void)
{
	static const char *const names[] = {
		"PID", "COMMAND", "ADDRESS", "PERM", "VMA", "STATE",
	};
	struct column_list list = { .n = 0 };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add(&list, find(names[i]));
	return list;
}

void columns_add_folio(struct column_list *list)
{
	add(list, find("PFN"));
	add(list, find("PAGES"));
}

struct column_list columns_after_only_in(const struct column_list *others)
{
	struct column_list list = { .n = 0 };

	add(&list, &only_in);
	for (size_t i = 0; i < others->n; i++)
		add(&list, others->items[i]);
	return list;
}

static bool add_named(struct column_list *list, const char *name,
		      const char *origin)
{
	const struct column *column = find(name);

	if (!column) {
		explain_unknown(name, origin);
		return false;
	}
	add(list, column);
	return true;
}

bool columns_parse(struct column_list *list, const char *names,
		   const char *origin)
{
	bool adding = names[0] == '+';
	struct column_list result = { .n = 0 };
	char *copy = need(strdup(adding ? names + 1 : names));
	char *rest = copy;
	char *name;
	bool good = true;

	if (adding)
		result = *list;
	while (good && (name = strsep(&rest, ",")))
		good = add_named(&result, name, origin);
	free(copy);
	if (good)
		*list = result;
	return good;
}

void columns_print_help(void)
{
	for (size_t i = 0; i < N_COLUMNS; i++)
		printf("%-9s %s\n", columns[i].name, columns[i].help);
}
