/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See btf_types.h. Decides what types are called, and which one is meant.
 *
 * Not by libbpf (looked at: 1.1.2 of Debian 12). It copies all it is given,
 * follows what types refer to without looking where that leads, and compares
 * every name for every question. It also stops at what kernels have since 7.1,
 * and prints. What comes from a dump may be damaged in one place and good in
 * all others: here, a type is checked when it is asked about.
 */
#include "debuginfo/btf_types.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/vec.h"
#include "debuginfo/btf_blob.h"
#include "debuginfo/btf_layout.h"
#include "debuginfo/btf_names.h"

/*
 * Types of one name that are told apart. A kernel has up to four; who looks at
 * one after another must come to an end.
 */
#define SAME_NAME_MAX	16

DEFINE_VEC(id_vec, uint32_t)

struct btf_types {
	struct type_source source;	/* must be the first */
	char *origin;
	size_t size;			/* bytes, as given */
	struct btf_blob blob;
	struct btf_names types;		/* structs and unions by name */
	struct btf_names enums;		/* enums by name */
	struct id_vec all_enums;	/* nameless ones too */
	struct btf_names enumerators;	/* to their enums */
	bool enumerators_known;
	bool enum_damaged;		/* one at least */

	/* What is released with the source. */
	void *owned_bytes;
	void *owned_map;
	size_t owned_map_size;
	struct elf_file *owned_file;
};

static struct btf_types *btf_types(struct type_source *source)
{
	return (struct btf_types *)source;
}

/* A mere mention, "enum x;", has no enumerators. */
static enum status note_enum(struct btf_types *types,
			     const struct btf_type *type)
{
	enum status st;

	if (!type->n)
		return ST_OK;
	st = id_vec_push(&types->all_enums, type->id);
	if (st == ST_OK && type->name)
		st = btf_names_add(&types->enums, type->name, type->id);
	return st;
}

static enum status note(const struct btf_type *type, void *arg)
{
	struct btf_types *types = arg;

	switch (type->kind) {
	case BTF_STRUCT:
	case BTF_UNION:
		if (!type->name)
			return ST_OK;
		return btf_names_add(&types->types, type->name, type->id);
	case BTF_ENUM:
	case BTF_ENUM64:
		return note_enum(types, type);
	}
	return ST_OK;
}

static enum status explain(const struct btf_types *types, enum status st,
			   struct diag *diag)
{
	if (st == ST_OK)
		return ST_OK;
	return diag_under(diag, st, "BTF of %s", types->origin);
}

static enum status types_find(struct type_source *source, const char *name,
			      unsigned int nth,
			      enum find_effort effort __attribute__((unused)),
			      struct type_id *ret_type, struct diag *diag)
{
	struct btf_types *types = btf_types(source);
	const struct btf_name *entry = btf_names_first(&types->types, name);
	unsigned int i;

	for (i = 0; entry && i < nth && i < SAME_NAME_MAX; i++)
		entry = btf_names_next(&types->types, entry);
	if (!entry)
		return explain(types, diag_fail(diag, ST_ABSENT,
						"no struct or union %s%s", name,
						nth ? " other than those found" :
						""), diag);
	if (i == SAME_NAME_MAX)
		return explain(types, diag_fail(diag, ST_BUDGET,
						"more than %u types are called %s",
						SAME_NAME_MAX, name), diag);
	ret_type->v = entry->value;
	return ST_OK;
}

/* The type that the caller was given for a name. */
static enum status get_type(const struct btf_types *types, struct type_id id,
			    struct btf_type *ret_type, struct diag *diag)
{
	if (id.v > UINT32_MAX)
		return diag_fail(diag, ST_INVALID, "no type has the id %ju",
				 (uintmax_t)id.v);
	return btf_blob_type(&types->blob, id.v, ret_type, diag);
}

static enum status types_size(struct type_source *source, struct type_id id,
			      uint64_t *ret_bytes, struct diag *diag)
{
	struct btf_types *types = btf_types(source);
	struct btf_type type = { 0 };
	enum status st;

	st = get_type(types, id, &type, diag);
	if (st == ST_OK)
		st = btf_layout_size(&types->blob, type.id, ret_bytes, diag);
	return explain(types, st, diag);
}

/* Say which type it was that lacks the member, or has a damaged one. */
static enum status explain_type(const struct btf_types *types,
				const struct btf_type *type, enum status st,
				struct diag *diag)
{
	const char *name = btf_blob_name(&types->blob, type);

	if (st == ST_OK || !name)
		return st;
	return diag_under(diag, st, "%s", name);
}

static enum status types_member(struct type_source *source,
				struct type_id id, const char *path,
				struct member_info *ret_member,
				struct diag *diag)
{
	struct btf_types *types = btf_types(source);
	struct btf_type type = { 0 };
	enum status st;

	st = get_type(types, id, &type, diag);
	if (st == ST_OK)
		st = btf_layout_member(&types->blob, type.id, path, ret_member,
				       diag);
	return explain(types, explain_type(types, &type, st, diag), diag);
}

/* Put the names of an enum's enumerators in the table. */
static enum status note_enumerators(struct btf_types *types, uint32_t id,
				    struct diag *diag)
{
	struct btf_enumerator enumerator = { 0 };
	struct btf_type type = { 0 };
	enum status st;
	uint32_t i, at;

	st = btf_blob_type(&types->blob, id, &type, diag);
	for (i = 0; st == ST_OK && i < type.n; i++) {
		st = btf_blob_enumerator(&types->blob, &type, i, &enumerator,
					 diag);
		if (st != ST_OK)
			break;
		at = enumerator.name - btf_blob_strings(&types->blob);
		if (btf_names_add(&types->enumerators, at, id) != ST_OK)
			return diag_no_memory(diag);
	}
	return st;
}

/* One damaged enum does not hide the others. */
static enum status know_enumerators(struct btf_types *types,
				    struct diag *diag)
{
	enum status st;
	size_t i;

	if (types->enumerators_known)
		return ST_OK;
	btf_names_fini(&types->enumerators);
	types->enum_damaged = false;
	for (i = 0; i < types->all_enums.n; i++) {
		st = note_enumerators(types, types->all_enums.items[i], diag);
		if (st == ST_NO_MEMORY)
			return st;
		if (st != ST_OK)
			types->enum_damaged = true;
	}
	if (btf_names_sort(&types->enumerators,
			   btf_blob_strings(&types->blob)) != ST_OK)
		return diag_no_memory(diag);
	types->enumerators_known = true;
	return ST_OK;
}

/* What an enum has for a name that it is known to have. */
static enum status value_in(const struct btf_types *types, uint32_t id,
			    const char *name, int64_t *ret_value,
			    struct diag *diag)
{
	struct btf_enumerator enumerator = { 0 };
	struct btf_type type = { 0 };
	enum status st;
	uint32_t i;

	st = btf_blob_type(&types->blob, id, &type, diag);
	for (i = 0; st == ST_OK && i < type.n; i++) {
		st = btf_blob_enumerator(&types->blob, &type, i, &enumerator,
					 diag);
		if (st == ST_OK && !strcmp(enumerator.name, name)) {
			*ret_value = enumerator.value;
			return ST_OK;
		}
	}
	return st == ST_OK ? ST_ABSENT : st;
}

/*
 * The value that all enums agree on. Two drivers may use one name, which does
 * not tell what it is worth to anybody else.
 */
static enum status agreed_value(const struct btf_types *types,
				const struct btf_name *entry, const char *name,
				int64_t *ret_value, struct diag *diag)
{
	uint32_t last = entry->value;
	int64_t first = 0, value = 0;
	enum status st;

	st = value_in(types, last, name, &first, diag);
	for (; st == ST_OK && entry;
	     entry = btf_names_next(&types->enumerators, entry)) {
		if (entry->value == last)
			continue;
		last = entry->value;
		st = value_in(types, last, name, &value, diag);
		if (st == ST_OK && value != first)
			return diag_fail(diag, ST_UNKNOWN,
					 "enumerator %s has several values, %jd and %jd among them",
					 name, (intmax_t)first,
					 (intmax_t)value);
	}
	if (st == ST_OK)
		*ret_value = first;
	return st;
}

static enum status find_enumerator(struct btf_types *types, const char *name,
				   int64_t *ret_value, struct diag *diag)
{
	const struct btf_name *entry;
	enum status st;

	st = know_enumerators(types, diag);
	if (st != ST_OK)
		return st;
	entry = btf_names_first(&types->enumerators, name);
	if (entry)
		return agreed_value(types, entry, name, ret_value, diag);
	if (types->enum_damaged)
		return diag_fail(diag, ST_UNKNOWN,
				 "enumerator %s: an enum that may have it is damaged",
				 name);
	return diag_fail(diag, ST_ABSENT, "no enumerator %s", name);
}

static enum status types_enumerator(struct type_source *source,
				    const char *name, int64_t *ret_value,
				    struct diag *diag)
{
	struct btf_types *types = btf_types(source);

	return explain(types, find_enumerator(types, name, ret_value, diag),
		       diag);
}

static bool is_same_enum(const struct btf_types *types,
			 const struct btf_type *a, const struct btf_type *b)
{
	return a->kind == b->kind && a->flag == b->flag && a->n == b->n &&
	       !memcmp(a->details, b->details,
		       btf_blob_details_size(&types->blob, a));
}

/* The enum called name, if there is but one. */
static enum status find_enum(const struct btf_types *types, const char *name,
			     struct btf_type *ret_type, struct diag *diag)
{
	const struct btf_name *entry = btf_names_first(&types->enums, name);
	struct btf_type other = { 0 };
	enum status st;

	if (!entry)
		return diag_fail(diag, ST_ABSENT, "no enum %s", name);
	st = btf_blob_type(&types->blob, entry->value, ret_type, diag);
	while (st == ST_OK && (entry = btf_names_next(&types->enums, entry))) {
		st = btf_blob_type(&types->blob, entry->value, &other, diag);
		if (st == ST_OK && !is_same_enum(types, ret_type, &other))
			return diag_fail(diag, ST_UNKNOWN,
					 "several enums are called %s", name);
	}
	return st;
}

/* Nothing is passed on of an enum that is damaged. */
static enum status check_enum(const struct btf_types *types,
			      const struct btf_type *type, struct diag *diag)
{
	struct btf_enumerator unused;
	enum status st = ST_OK;
	uint32_t i;

	for (i = 0; st == ST_OK && i < type->n; i++)
		st = btf_blob_enumerator(&types->blob, type, i, &unused, diag);
	return st;
}

static enum status types_enumerators(struct type_source *source,
				     const char *name,
				     void (*visit)(const char *name,
						   int64_t value, void *arg),
				     void *arg, struct diag *diag)
{
	struct btf_types *types = btf_types(source);
	struct btf_enumerator enumerator = { 0 };
	struct btf_type type = { 0 };
	enum status st;
	uint32_t i;

	st = find_enum(types, name, &type, diag);
	if (st == ST_OK)
		st = explain_type(types, &type, check_enum(types, &type, diag),
				  diag);
	for (i = 0; st == ST_OK && i < type.n; i++) {
		st = btf_blob_enumerator(&types->blob, &type, i, &enumerator,
					 diag);
		if (st == ST_OK)
			visit(enumerator.name, enumerator.value, arg);
	}
	return explain(types, st, diag);
}

static void types_free(struct type_source *source)
{
	struct btf_types *types = btf_types(source);

	btf_names_fini(&types->enumerators);
	id_vec_fini(&types->all_enums);
	btf_names_fini(&types->enums);
	btf_names_fini(&types->types);
	btf_blob_fini(&types->blob);
	elf_file_close(types->owned_file);
	if (types->owned_map)
		munmap(types->owned_map, types->owned_map_size);
	free(types->owned_bytes);
	free(types->origin);
	free(types);
}

static const struct type_ops btf_ops = {
	.name = "BTF",
	.find = types_find,
	.size = types_size,
	.member = types_member,
	.enumerator = types_enumerator,
	.enumerators = types_enumerators,
	.free = types_free,
};

static void btf_types_free(struct btf_types *types)
{
	if (types)
		types_free(&types->source);
}

DEFINE_CLEANUP(struct btf_types, btf_types_free)

static enum status read_types(struct btf_types *types, struct bytes bytes,
			      struct diag *diag)
{
	const char *strings;
	enum status st;

	st = btf_blob_init(&types->blob, bytes, note, types, diag);
	if (st != ST_OK)
		return diag_under(diag, st, "BTF of %s", types->origin);
	strings = btf_blob_strings(&types->blob);
	if (btf_names_sort(&types->types, strings) != ST_OK ||
	    btf_names_sort(&types->enums, strings) != ST_OK)
		return diag_no_memory(diag);
	return ST_OK;
}

static enum status new_types(struct bytes bytes, const char *origin,
			     struct btf_types **ret_types, struct diag *diag)
{
	cleanup(btf_types_free_cleanup) struct btf_types *types =
		calloc(1, sizeof(*types));
	enum status st;

	if (!types)
		return diag_no_memory(diag);
	types->source.ops = &btf_ops;
	types->size = bytes.n;
	types->origin = strdup(origin);
	if (!types->origin)
		return diag_no_memory(diag);
	st = read_types(types, bytes, diag);
	if (st != ST_OK)
		return st;
	*ret_types = take(types);
	return ST_OK;
}

size_t btf_types_bytes(const struct type_source *source)
{
	return ((const struct btf_types *)source)->size;
}

enum status btf_types_new(const void *bytes, size_t size, const char *origin,
			  struct type_source **ret_source, struct diag *diag)
{
	struct btf_types *types;
	enum status st = new_types((struct bytes) { bytes, size }, origin,
				   &types, diag);

	if (st == ST_OK)
		*ret_source = &types->source;
	return st;
}

enum status btf_types_adopt(void *bytes, size_t size, const char *origin,
			    struct type_source **ret_source,
			    struct diag *diag)
{
	struct btf_types *types;
	enum status st = new_types((struct bytes) { bytes, size }, origin,
				   &types, diag);

	if (st != ST_OK)
		return st;
	types->owned_bytes = bytes;
	*ret_source = &types->source;
	return ST_OK;
}

static enum status open_elf(struct elf_file *file,
			    struct btf_types **ret_types, struct diag *diag)
{
	struct elf_section section;
	enum status st = elf_file_section(file, ".BTF", &section, diag);

	if (st != ST_OK)
		return st;
	return new_types((struct bytes) { section.data, section.size },
			 elf_file_path(file), ret_types, diag);
}

static enum status open_elf_path(const char *path,
				 struct type_source **ret_source,
				 struct diag *diag)
{
	cleanup(elf_file_close_cleanup) struct elf_file *file = NULL;
	struct btf_types *types;
	enum status st;

	st = elf_file_open(path, &file, diag);
	if (st == ST_OK)
		st = open_elf(file, &types, diag);
	if (st != ST_OK)
		return st;
	types->owned_file = take(file);
	*ret_source = &types->source;
	return ST_OK;
}

/* Reads until all is there or the file ends; *ret_n says where that was. */
static enum status read_all(int fd, uint8_t *to, size_t n, size_t *ret_n,
			    struct diag *diag)
{
	size_t done = 0;
	ssize_t got;

	while (done < n) {
		got = pread(fd, to + done, n - done, done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return diag_fail(diag, ST_IO, "cannot read: %s",
					 strerror(errno));
		if (!got)
			break;
		done += got;
	}
	*ret_n = done;
	return ST_OK;
}

struct raw_file {
	int fd;
	size_t size;
	bool is_elf;
};

static void raw_file_close(struct raw_file *file)
{
	cleanup_close_fn(&file->fd);
}

static enum status check_start(struct raw_file *file, struct diag *diag)
{
	uint8_t start[8];
	size_t n = 0;
	enum status st = read_all(file->fd, start, sizeof(start), &n, diag);

	if (st != ST_OK)
		return st;
	file->is_elf = n >= SELFMAG && !memcmp(start, ELFMAG, SELFMAG);
	if (file->is_elf)
		return ST_OK;
	st = btf_blob_check_start((struct bytes) { start, n }, diag);
	if (st == ST_OK && file->size > BTF_SIZE_MAX)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "%zu bytes are more than any kernel's BTF",
				 file->size);
	return st;
}

static enum status open_raw(const char *path, struct raw_file *file,
			    struct diag *diag)
{
	struct stat stat;

	/* Opening a FIFO must not wait for somebody to write to it. */
	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file->fd < 0 || fstat(file->fd, &stat))
		return diag_fail(diag, ST_IO, "cannot open: %s",
				 strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return diag_fail(diag, ST_UNSUPPORTED, "not a regular file");
	file->size = stat.st_size;
	return check_start(file, diag);
}

static enum status read_raw(const struct raw_file *file, const char *path,
			    struct type_source **ret_source,
			    struct diag *diag)
{
	cleanup_free void *bytes = malloc(file->size);
	size_t n = 0;
	enum status st;

	if (!bytes)
		return diag_no_memory(diag);
	st = read_all(file->fd, bytes, file->size, &n, diag);
	if (st != ST_OK)
		return diag_under(diag, st, "%s", path);
	st = btf_types_adopt(bytes, n, path, ret_source, diag);
	if (st == ST_OK)
		take(bytes);
	return st;
}

static enum status map_raw(const struct raw_file *file, void *map,
			   const char *path, struct type_source **ret_source,
			   struct diag *diag)
{
	struct btf_types *types;
	enum status st = new_types((struct bytes) { map, file->size }, path,
				   &types, diag);

	if (st != ST_OK) {
		munmap(map, file->size);
		return st;
	}
	types->owned_map = map;
	types->owned_map_size = file->size;
	*ret_source = &types->source;
	return ST_OK;
}

/* The files of /sys/kernel/btf cannot be mapped before 6.16, only read. */
static enum status take_raw(const struct raw_file *file, const char *path,
			    struct type_source **ret_source,
			    struct diag *diag)
{
	void *map = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, file->fd,
			 0);

	if (map == MAP_FAILED)
		return read_raw(file, path, ret_source, diag);
	return map_raw(file, map, path, ret_source, diag);
}

enum status btf_types_open_file(const char *path,
				struct type_source **ret_source,
				struct diag *diag)
{
	cleanup(raw_file_close) struct raw_file file = { .fd = -1 };
	enum status st = open_raw(path, &file, diag);

	if (st != ST_OK)
		return diag_under(diag, st, "%s", path);
	if (file.is_elf)
		return open_elf_path(path, ret_source, diag);
	return take_raw(&file, path, ret_source, diag);
}
