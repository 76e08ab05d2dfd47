/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the dump is and what is known of its kernel's structures, in the schema
 * rmap-inspect/1. Knows which fields there are; does not know pages.
 */
#include <stdio.h>
#include <string.h>

#include "json_about.h"

static json new_layout_source(const struct rmi_layout_source *source)
{
	json object = new_object();

	add(object, "name", new_string(source->name));
	add(object, "served", new_bool(source->served));
	add(object, "declined", new_string(source->declined));
	return object;
}

/* What led to the kernel. */
static json new_vmcoreinfo(const struct rmi_source *source)
{
	json object;

	if (!source->vmcoreinfo_from)
		return new_null();
	object = new_object();
	add(object, "from", new_string(source->vmcoreinfo_from));
	add(object, "address", hex_if(source->has_vmcoreinfo_address,
				      source->vmcoreinfo_address));
	return object;
}

json new_source(const struct rmi_source *source)
{
	json object = new_object();

	add(object, "core", new_string(source->core));
	add(object, "format", new_string(source->format));
	add(object, "architecture", new_string(source->architecture));
	add(object, "release", new_string(source->release));
	add(object, "build_id", new_string(source->build_id));
	add(object, "vmlinux", new_string(source->vmlinux));
	add(object, "vmlinux_build_id", new_string(source->vmlinux_build_id));
	add(object, "layouts", new_string(source->layouts));
	add(object, "symbols", new_string(source->symbols));
	add(object, "incomplete", new_bool(source->incomplete));
	add(object, "matched", new_bool(source->matched));
	add(object, "kaslr_offset",
	    hex_if(source->has_kaslr_offset, source->kaslr_offset));
	add(object, "phys_base",
	    hex_if(source->has_phys_base, source->phys_base));
	add(object, "vmcoreinfo", new_vmcoreinfo(source));
	add(object, "sources",
	    array_of(source->sources, source->n_sources, new_layout_source));
	return object;
}

/* ---- --info ---- */

static json new_info(const struct about *about)
{
	const struct rmi_info *info = &about->info;
	json object = new_object();

	add(object, "compression", new_string(info->compression));
	add(object, "pages_present",
	    count_if(info->has_pages_present, info->pages_present));
	add(object, "pages_excluded",
	    count_if(info->has_pages_excluded, info->pages_excluded));
	add(object, "crash_time",
	    number_if(info->has_crash_time, info->crash_time));
	add(object, "host",
	    new_string(about->with_host ? info->host : NULL));
	add(object, "problem", new_string(about->problem));
	return object;
}

json new_info_document(const struct about *about)
{
	json document = new_object();

	add(document, "schema", new_string(SCHEMA));
	add(document, "source", new_source(about->source));
	add(document, "info", new_info(about));
	return document;
}

void print_info_json(const struct about *about)
{
	print_json(new_info_document(about));
	putchar('\n');
}

/* ---- --dump-layout ---- */

static json new_path(const char *const *path)
{
	return new_string(*path);
}

static bool is(const struct rmi_layout_entry *entry, const char *kind)
{
	return entry->path && strcmp(entry->kind, kind) == 0;
}

static json new_entry(const struct rmi_layout_entry *entry)
{
	json object = new_object();

	add(object, "kind", new_string(entry->kind));
	add(object, "name", new_string(entry->name));
	add(object, "required", new_bool(entry->required));
	add(object, "path", new_string(entry->path));
	add(object, "offset", count_if(is(entry, "member"), entry->offset));
	add(object, "size", count_if(entry->bytes, entry->bytes));
	add(object, "count", count_if(is(entry, "member"), entry->count));
	add(object, "value", number_if(is(entry, "enumerator"), entry->value));
	add(object, "address", new_address(entry->address));
	add(object, "source", new_string(entry->source));
	add(object, "paths", array_of(entry->paths, entry->n_paths, new_path));
	return object;
}

void print_layout_json(const struct rmi_source *source,
		       const struct layout_list *list)
{
	json document = new_object();

	add(document, "schema", new_string(SCHEMA));
	add(document, "source", new_source(source));
	add(document, "layout", array_of(list->items, list->n, new_entry));
	print_json(document);
	putchar('\n');
}
