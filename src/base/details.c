/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/details.h"

#include <stdarg.h>
#include <stdio.h>

static void add(struct details *details, struct detail detail)
{
	if (detail_vec_push(&details->list, detail))
		details->out_of_memory = true;
}

void details_text(struct details *details, const char *name, const char *fmt,
		  ...)
{
	char text[256];
	char *copy;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	copy = arena_strdup(details->arena, text);
	if (copy)
		add(details, (struct detail) {
			.name = name, .type = DETAIL_TEXT, .text = copy });
	else
		details->out_of_memory = true;
}

void details_number(struct details *details, const char *name, uint64_t number)
{
	add(details, (struct detail) {
		.name = name, .type = DETAIL_NUMBER, .number = number });
}

void details_address(struct details *details, const char *name,
		     uint64_t address)
{
	add(details, (struct detail) {
		.name = name, .type = DETAIL_ADDRESS, .number = address });
}

void details_clear(struct details *details)
{
	details->list.n = 0;
	details->out_of_memory = false;
}

void details_fini(struct details *details)
{
	detail_vec_fini(&details->list);
}
