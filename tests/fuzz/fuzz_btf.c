/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BTF of any bytes: no question may crash, hang, read outside of them, or be
 * answered in a way that types.h does not allow.
 *
 *	clang -g -O1 -fsanitize=fuzzer,address,undefined …
 */
#include <stdlib.h>
#include <string.h>

#include "debuginfo/btf_types.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static const char *const type_names[] = {
	"page", "list_head", "vm_area_struct", "folio", "maple_node", "file",
	"mm_slot", "a", "",
};

static const char *const paths[] = {
	"flags", "flags.f", "lru.next", "mapping", "_refcount.counter",
	"compound_info", "compound_head", "next", "prev", "shared.rb",
	"shared.rb.rb_left", "vm_start", "vm_flags", "page", "_flags_1",
	"mr64.pivot", "ma64.slot", "parent", "f_path.dentry", "a", "a.a.a.a",
	"no_such_member", "", ".",
};

static const char *const enumerators[] = {
	"PG_locked", "PG_head", "PGTY_slab", "__MAX_NR_ZONES", "ZONE_NORMAL",
	"a", "NO_SUCH", "",
};

static const char *const enums[] = {
	"pageflags", "zone_type", "pagetype", "a", "no_such", "",
};

/* A failure explains itself; a result is written on success only. */
static void check(enum status st, const struct diag *diag, bool touched)
{
	require(st == ST_OK || diag->text[0]);
	require(st == ST_OK || !touched);
	require(strnlen(diag->text, DIAG_SIZE) < DIAG_SIZE);
}

static void ask_member(struct type_source *source, struct type_id type,
		       const char *path)
{
	struct member_info info, before;
	struct diag diag = { 0 };
	enum status st;

	memset(&info, 0xa5, sizeof(info));
	before = info;
	st = source->ops->member(source, type, path, &info, &diag);
	check(st, &diag, memcmp(&info, &before, sizeof(info)));
	if (st != ST_OK)
		return;
	require((uint64_t)info.offset + info.size <= UINT32_MAX);
	require(!info.count ||
		(uint64_t)info.count * info.element_size == info.size);
}

static void ask_type(struct type_source *source, struct type_id type)
{
	uint64_t bytes = 0xa5a5a5a5a5a5a5a5;
	struct diag diag = { 0 };
	enum status st;
	size_t i;

	st = source->ops->size(source, type, &bytes, &diag);
	check(st, &diag, bytes != 0xa5a5a5a5a5a5a5a5);
	for (i = 0; i < COUNT(paths); i++)
		ask_member(source, type, paths[i]);
}

static void ask_name(struct type_source *source, const char *name)
{
	unsigned int nth;

	for (nth = 0; ; nth++) {
		struct type_id type = { UINT64_MAX };
		struct diag diag = { 0 };
		enum status st = source->ops->find(source, name, nth,
						   FIND_EVERYWHERE, &type,
						   &diag);

		check(st, &diag, type.v != UINT64_MAX);
		if (st != ST_OK)
			break;
		ask_type(source, type);
	}
}

static void ask_enumerator(struct type_source *source, const char *name)
{
	int64_t value = 0x5a5a5a5a5a5a5a5a;
	struct diag diag = { 0 };
	enum status st = source->ops->enumerator(source, name, &value, &diag);

	check(st, &diag, value != 0x5a5a5a5a5a5a5a5a);
}

static void visit(const char *name, int64_t value, void *arg)
{
	size_t *n = arg;

	require(*name);
	*n += 1 + !value;
}

static void ask_enum(struct type_source *source, const char *name)
{
	struct diag diag = { 0 };
	size_t n = 0;
	enum status st = source->ops->enumerators(source, name, visit, &n,
						  &diag);

	check(st, &diag, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct type_source *source = NULL;
	struct diag diag = { 0 };
	enum status st;
	size_t i;

	st = btf_types_new(bytes, size, "fuzz", &source, &diag);
	check(st, &diag, source);
	if (st != ST_OK)
		return 0;
	for (i = 0; i < COUNT(type_names); i++)
		ask_name(source, type_names[i]);
	for (i = 0; i < COUNT(enumerators); i++)
		ask_enumerator(source, enumerators[i]);
	for (i = 0; i < COUNT(enums); i++)
		ask_enum(source, enums[i]);
	/* Ids that nobody was given. */
	for (i = 0; i < 40; i++)
		ask_type(source, (struct type_id) { i });
	type_source_free(source);
	return 0;
}
