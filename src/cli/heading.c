/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines above the pages of places: "mm 0x… of 97 tree: 31 VMAs, 412 pages
 * present, 12 swapped".
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "heading.h"
#include "text_parts.h"

/* Only what lies in an address space can be somebody's. */
static void print_owner(const struct rmi_object *object)
{
	const struct rmi_task *first = object->tasks;

	if (!object->n_tasks) {
		printf(" of no process found");
		return;
	}
	printf(" of %" PRIu32 " ", first->pid);
	put(first->comm ? first->comm : "");
	if (object->n_tasks > 1)
		printf(" +%zu", object->n_tasks - 1);
}

static void print_object(const struct rmi_object *object)
{
	put(object->type);
	if (object->address)
		printf(" 0x%" PRIx64, object->address);
	if (object->in_mm)
		print_owner(object);
	if (object->has_bounds)
		printf(", 0x%" PRIx64 "-0x%" PRIx64, object->start,
		       object->end);
	if (object->path) {
		putchar(' ');
		put(object->path);
	}
	if (object->has_inode)
		printf(", device %02" PRIx32 ":%02" PRIx32 ", inode %" PRIu64,
		       object->dev_major, object->dev_minor, object->inode);
}

/* "2 pages present", "1 page present": the first word has the plural. */
static void print_count(uint64_t number, const char *name)
{
	size_t len = strcspn(name, " ");
	size_t shown = number == 1 && len && name[len - 1] == 's' ? len - 1 :
								    len;

	printf("%" PRIu64 " %.*s%s", number, (int)shown, name, name + len);
}

/* "31 VMAs", "to 0:0x12" */
static void print_detail(const struct rmi_detail *detail)
{
	if (detail->type == RMI_DETAIL_NUMBER) {
		print_count(detail->number, detail->name);
		return;
	}
	printf("%s ", detail->name);
	if (detail->type == RMI_DETAIL_TEXT)
		put(detail->text);
	else
		printf("0x%" PRIx64, detail->number);
}

static void print_heading(const struct rmi_object *object)
{
	print_object(object);
	for (size_t i = 0; i < object->n_details; i++) {
		fputs(i ? ", " : ": ", stdout);
		print_detail(&object->details[i]);
	}
	putchar('\n');
	for (size_t i = 0; i < object->n_gaps; i++)
		put_gap("  gap     ", &object->gaps[i]);
}

void print_headings(const struct finds *finds)
{
	for (size_t i = 0; i < finds->n_places; i++)
		print_heading(finds->places[i].object);
	if (finds->n_places)
		putchar('\n');
}
