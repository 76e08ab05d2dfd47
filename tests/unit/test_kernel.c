/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/kernel: facts kept in files, and facts held against VMCOREINFO. The
 * layouts are those of the synthetic kernels (_i: which one it is like).
 */
#include "world.h"

#include <dirent.h>
#include <sys/stat.h>

#include "image/memory.h"
#include "kernel/bind.h"
#include "kernel/cache.h"
#include "kernel/swap_types.h"
#include "kernel/wants.h"

#define EACH_LIKE(test)	RANGE(test, 0, N_LIKES)

#define BUILD_ID	"3b43fad5034874490492495d552c0af6a5fab235"
#define STEXT		KADDR(0xffffffff9d600000)
#define DUMP		"801:1a:18b0e2f:1795370815.000000001"

/* ---- facts to keep ---- */

static void set_variable(struct facts *facts, enum kernel_symbol symbol,
			 uint64_t offset, uint64_t size)
{
	facts->variables[symbol] = (struct kernel_variable) {
		true, kaddr_add(STEXT, offset), size
	};
}

static struct facts facts_like(enum world_like like)
{
	struct world *world = world_new(like);
	struct facts facts = { 0 };

	facts.layout = world->kernel->facts.layout;
	world_free(world);
	set_variable(&facts, KSYM_STEXT, 0, 0);
	set_variable(&facts, KSYM_INIT_TASK, 0x1c0f940, 8064);
	set_variable(&facts, KSYM_LINUX_BANNER, 0x1000120, 0);
	/* Before _stext, as nothing is in truth: offsets wrap around. */
	set_variable(&facts, KSYM_SWAP_INFO, -0x1000ULL, 192);
	/* Per-CPU, and not moved by KASLR. */
	facts.variables[KSYM_IDLE_THREADS] = (struct kernel_variable) {
		true, KADDR(0x21480), 8
	};
	strcpy(facts.names.page_flags[0].text, "PG_locked");
	strcpy(facts.names.page_flags[63].text, "PG_last");
	strcpy(facts.names.zones[1].text, "ZONE_DMA32");
	strcpy(facts.names.migratetypes[3].text, "MIGRATE_HIGHATOMIC");
	facts.linked_stext = 0xffffffff81000000;
	strcpy(facts.layouts_from, "BTF");
	strcpy(facts.symbols_from, "kallsyms in the dump");
	return facts;
}

static char *text_of(const struct facts *facts, size_t *ret_len)
{
	char *text = cache_format(BUILD_ID, NULL, facts, ret_len);

	ck_assert_ptr_nonnull(text);
	return text;
}

static void ck_same_facts(const struct facts *a, const struct facts *b)
{
	size_t len;
	char *text_a = text_of(a, &len), *text_b = text_of(b, &len);

	ck_assert_str_eq(text_a, text_b);
	for (size_t i = 0; i < N_STRUCTS; i++) {
		const struct struct_layout *x = &a->layout.structs[i];
		const struct struct_layout *y = &b->layout.structs[i];

		ck_assert_uint_eq(x->first, y->first);
		ck_assert_uint_eq(x->end, y->end);
	}
	free(text_a);
	free(text_b);
}

/* Of a copy, since parsing changes the text. */
static enum status parse(const char *text, size_t len, struct facts *facts,
			 struct diag *diag)
{
	char *copy = malloc(len + 1);
	enum status st;

	memcpy(copy, text, len);
	copy[len] = '\0';
	st = cache_parse(copy, len, BUILD_ID, DUMP, STEXT, facts, diag);
	free(copy);
	return st;
}

/* With a checksum that is right again. */
static enum status parse_lie(const char *lines, struct facts *facts,
			     struct diag *diag)
{
	uint64_t sum = 0xcbf29ce484222325u;
	char *text;
	enum status st;
	int len;

	for (const char *at = lines; *at; at++)
		sum = (sum ^ (unsigned char)*at) * 0x100000001b3u;
	len = asprintf(&text, "%schecksum %016llx\n", lines,
		       (unsigned long long)sum);
	ck_assert_int_gt(len, 0);
	st = parse(text, len, facts, diag);
	free(text);
	return st;
}

/* The lines before the checksum. */
static char *lines_of(const struct facts *facts)
{
	size_t len;
	char *text = text_of(facts, &len);

	*strstr(text, "checksum ") = '\0';
	return text;
}

/* ---- the text ---- */

START_TEST(facts_are_what_they_were)
{
	struct facts facts = facts_like(_i), again;
	struct diag diag = { "" };
	size_t len;
	char *text = text_of(&facts, &len);

	ck_assert_msg(!parse(text, len, &again, &diag), "%s", diag.text);
	ck_same_facts(&facts, &again);
	free(text);
}
END_TEST

START_TEST(addresses_follow_stext)
{
	struct facts facts = facts_like(LIKE_6_12), again;
	struct diag diag = { "" };
	size_t len;
	char *text = text_of(&facts, &len);

	ck_ok(cache_parse(text, len, BUILD_ID, DUMP, KADDR(0xffffffff81000000),
			  &again, &diag));
	ck_assert_uint_eq(again.variables[KSYM_INIT_TASK].address.v,
			  0xffffffff82c0f940);
	ck_assert_uint_eq(again.variables[KSYM_SWAP_INFO].address.v,
			  0xffffffff80fff000);
	free(text);
}
END_TEST

START_TEST(any_byte_that_differs_is_found)
{
	struct facts facts = facts_like(LIKE_7_3), again;
	size_t len;
	char *text = text_of(&facts, &len);

	for (size_t i = 0; i < len; i++) {
		struct diag diag = { "" };

		text[i] ^= 1 << i % 8;
		ck_assert(parse(text, len, &again, &diag));
		ck_assert(diag.text[0]);
		text[i] ^= 1 << i % 8;
	}
	free(text);
}
END_TEST

START_TEST(any_end_that_lacks_is_found)
{
	struct facts facts = facts_like(LIKE_7_3), again;
	struct diag diag;
	size_t len;
	char *text = text_of(&facts, &len);

	for (size_t i = 0; i < len; i++)
		ck_status(parse(text, i, &again, &diag), ST_CORRUPT);
	free(text);
}
END_TEST

START_TEST(of_another_build)
{
	struct facts facts = facts_like(LIKE_6_12), again;
	struct diag diag;
	size_t len;
	char *text = cache_format("3b43fad5034874490492495d552c0af6a5fab236",
				  NULL, &facts, &len);

	ck_status(parse(text, len, &again, &diag), ST_CORRUPT);
	ck_contains(diag.text, "another kernel");
	free(text);
}
END_TEST

/* The line with this beginning, replaced; NULL: left out. */
static char *with_line(const char *lines, const char *start, const char *line)
{
	const char *at = strstr(lines, start), *end = strchr(at, '\n') + 1;
	char *text;
	int len = asprintf(&text, "%.*s%s%s%s", (int)(at - lines), lines,
			   line ? line : "", line ? "\n" : "", end);

	ck_assert_int_gt(len, 0);
	return text;
}

static const struct {
	const char *start, *line;
	enum status st;
	const char *words;
} lie_rows[] = {
	{ "rmap-inspect", "rmap-inspect layout cache 2", ST_UNSUPPORTED,
	  "not of this version" },
	{ "wants ", "wants 0123456789abcdef", ST_UNSUPPORTED,
	  "another version of rmap-inspect" },
	{ "build-id ", NULL, ST_CORRUPT, "another kernel" },
	{ "dump ", NULL, ST_CORRUPT, "unknown origin" },
	{ "dump ", "dump 801:1a:18b0e2f:1795370815.000000002", ST_ABSENT,
	  "another dump" },
	{ "dump ", "dump ", ST_ABSENT, "another dump" },
	{ "struct maple_node ", NULL, ST_CORRUPT, "maple_node is missing" },
	{ "member mm_struct.ma_root ", NULL, ST_CORRUPT,
	  "where it cannot be" },
	{ "struct page ", NULL, ST_CORRUPT, "struct page is missing" },
	{ "struct page ", "struct page 0 page", ST_CORRUPT, "empty" },
	{ "struct page ", "struct page 64 paeg", ST_CORRUPT, "no sense" },
	{ "struct page ", "struct page 99999999999999999999 page",
	  ST_CORRUPT, "no sense" },
	{ "struct page ", "struct page 64", ST_CORRUPT, "no sense" },
	{ "struct page ", "struct page 64 page page", ST_CORRUPT,
	  "no sense" },
	{ "struct page ", "struct page -64 page", ST_CORRUPT, "no sense" },
	{ "struct page ", "struct page  64 page", ST_CORRUPT, "no sense" },
	{ "struct page ", "struct nothing 64 page", ST_CORRUPT, "no sense" },
	{ "struct page ", "nonsense page 64 page", ST_CORRUPT, "no sense" },
	{ "struct page ", "", ST_CORRUPT, "no sense" },
	{ "member page.mapping ", NULL, ST_CORRUPT, "page.mapping is missing" },
	{ "member page.mapping ", "member page.mapping 24 8 0 mapping",
	  ST_CORRUPT, "page.mapping is missing or empty" },
	{ "member page.mapping ", "member page.mapping 60 8 1 mapping",
	  ST_CORRUPT, "outside of its struct" },
	{ "member page.mapping ",
	  "member page.mapping 4294967295 4294967295 4294967295 mapping",
	  ST_CORRUPT, "outside of its struct" },
	{ "enumerator PG_head ", "enumerator PG_head 256", ST_CORRUPT,
	  "no sense" },
	{ "variable init_task ", NULL, ST_ABSENT, "no symbol init_task" },
	{ "variable init_task ", "variable init_task zz 8", ST_CORRUPT,
	  "no sense" },
	{ "variable init_task ", "variable other 0 8", ST_CORRUPT,
	  "no sense" },
	{ "flag 63 ", "flag 64 PG_last", ST_CORRUPT, "no sense" },
	{ "flag 63 ", "flag 63 ", ST_CORRUPT, "no sense" },
	{ "zone 1 ", "zone 1 ZONE_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	  ST_CORRUPT, "no sense" },
	{ "linked ", "linked here", ST_CORRUPT, "no sense" },
	{ "layouts ", NULL, ST_CORRUPT, "unknown origin" },
	{ "layouts ", "layouts \x1b[31m", ST_CORRUPT, "no sense" },
	{ "layouts ", "layouts AAAAAAAAAAAAAAAAAAAA", ST_CORRUPT,
	  "no sense" },
};

START_TEST(lies_are_found)
{
	struct facts facts = facts_like(LIKE_6_12), again;
	struct diag diag = { "" };
	char *lines = lines_of(&facts);
	char *lie = with_line(lines, lie_rows[_i].start, lie_rows[_i].line);

	ck_status(parse_lie(lines, &again, &diag), ST_OK);
	ck_status(parse_lie(lie, &again, &diag), lie_rows[_i].st);
	ck_contains(diag.text, lie_rows[_i].words);
	free(lie);
	free(lines);
}
END_TEST

START_TEST(mm_without_a_way_to_its_vmas)
{
	struct facts facts = facts_like(LIKE_5_10), again;
	struct diag diag = { "" };
	char *lines = lines_of(&facts);
	char *lie = with_line(lines, "member mm_struct.mmap ", NULL);

	ck_status(parse_lie(lie, &again, &diag), ST_ABSENT);
	ck_contains(diag.text, "neither a maple tree");
	free(lie);
	free(lines);
}
END_TEST

/* What is left may be a layout all the same: what was optional is not there. */
START_TEST(each_line_left_out_in_turn)
{
	struct facts facts = facts_like(_i), again;
	char *lines = lines_of(&facts);

	for (char *at = lines; *at; at = strchr(at, '\n') + 1) {
		struct diag diag = { "" };
		char *lie;
		int len = asprintf(&lie, "%.*s%s", (int)(at - lines), lines,
				   strchr(at, '\n') + 1);

		ck_assert_int_gt(len, 0);
		if (!parse_lie(lie, &again, &diag))
			ck_ok(layout_check(&again.layout, &diag));
		free(lie);
	}
	free(lines);
}
END_TEST

/* ---- the files ---- */

struct place {
	char dir[64], file[128];
};

static struct place make_place(void)
{
	struct place place = { .dir = "/tmp/rmap-inspect-test.XXXXXX" };

	ck_assert_ptr_nonnull(mkdtemp(place.dir));
	snprintf(place.file, sizeof(place.file), "%s/" BUILD_ID, place.dir);
	return place;
}

static void remove_place(const struct place *place)
{
	remove(place->file);
	ck_assert_msg(!remove(place->dir), "something was left behind");
}

static enum status load(const struct place *place, struct facts *facts,
			struct diag *diag)
{
	return cache_load(place->dir, BUILD_ID, DUMP, STEXT, facts, diag);
}

START_TEST(kept_and_found_again)
{
	struct facts facts = facts_like(_i), again;
	struct place place = make_place();
	struct diag diag = { "" };

	ck_status(load(&place, &again, &diag), ST_ABSENT);
	for (int i = 0; i < 2; i++)
		ck_assert_msg(!cache_store(place.dir, BUILD_ID, NULL, &facts, &diag),
			      "%s", diag.text);
	ck_assert_msg(!load(&place, &again, &diag), "%s", diag.text);
	ck_same_facts(&facts, &again);
	remove_place(&place);
}
END_TEST

/* What the memory of a dump has told holds for that dump alone. */
START_TEST(kept_for_one_dump)
{
	struct facts facts = facts_like(LIKE_6_12), again;
	struct place place = make_place();
	struct diag diag = { "" };

	ck_ok(cache_store(place.dir, BUILD_ID, DUMP, &facts, &diag));
	ck_ok(load(&place, &again, &diag));
	ck_status(cache_load(place.dir, BUILD_ID, "801:1b", STEXT, &again,
			     &diag), ST_ABSENT);
	ck_contains(diag.text, "another dump");
	ck_status(cache_load(place.dir, BUILD_ID, "", STEXT, &again, &diag),
		  ST_ABSENT);
	ck_status(cache_store(place.dir, BUILD_ID, "", &facts, &diag),
		  ST_ABSENT);
	remove_place(&place);
}
END_TEST

START_TEST(file_that_others_may_write)
{
	struct facts facts = facts_like(LIKE_6_12), again;
	struct place place = make_place();
	struct diag diag = { "" };

	ck_ok(cache_store(place.dir, BUILD_ID, NULL, &facts, &diag));
	ck_assert(!chmod(place.file, 0622));
	ck_status(load(&place, &again, &diag), ST_UNSUPPORTED);
	ck_contains(diag.text, "others");
	ck_ok(cache_store(place.dir, BUILD_ID, NULL, &facts, &diag));
	ck_ok(load(&place, &again, &diag));
	remove_place(&place);
}
END_TEST

START_TEST(directory_without_a_name)
{
	struct facts facts = facts_like(LIKE_6_12), again;
	struct diag diag = { "" };

	ck_status(cache_store("", BUILD_ID, NULL, &facts, &diag), ST_INVALID);
	ck_status(cache_load("", BUILD_ID, DUMP, STEXT, &again, &diag),
		  ST_INVALID);
}
END_TEST

START_TEST(directories_are_made)
{
	struct facts facts = facts_like(LIKE_6_12), again;
	struct place place = make_place();
	struct diag diag = { "" };
	char deep[128];

	snprintf(deep, sizeof(deep), "%s/a/b/", place.dir);
	ck_ok(cache_store(deep, BUILD_ID, NULL, &facts, &diag));
	ck_ok(cache_load(deep, BUILD_ID, DUMP, STEXT, &again, &diag));
	strcat(deep, BUILD_ID);
	remove(deep);
	for (int i = 0; i < 2; i++) {
		*strrchr(deep, '/') = '\0';
		ck_assert(!remove(deep));
	}
	remove_place(&place);
}
END_TEST

static void make_empty(const char *path)
{
	fclose(fopen(path, "w"));
}

static void make_large(const char *path)
{
	make_empty(path);
	ck_assert(!truncate(path, 1LL << 40));
}

static void make_fifo(const char *path)
{
	ck_assert(!mkfifo(path, 0600));
}

static void make_directory(const char *path)
{
	ck_assert(!mkdir(path, 0700));
}

static void make_link_to_itself(const char *path)
{
	ck_assert(!symlink(path, path));
}

static const struct {
	void (*make)(const char *path);
	enum status st;
	enum status store;	/* what keeping comes to after that */
} odd_rows[] = {
	{ make_empty, ST_CORRUPT, ST_OK },
	{ make_large, ST_CORRUPT, ST_OK },
	{ make_fifo, ST_CORRUPT, ST_OK },
	{ make_directory, ST_CORRUPT, ST_IO },
	{ make_link_to_itself, ST_IO, ST_OK },
};

START_TEST(odd_files_are_replaced)
{
	struct facts facts = facts_like(LIKE_6_12), again;
	struct place place = make_place();
	struct diag diag = { "" };

	odd_rows[_i].make(place.file);
	ck_status(load(&place, &again, &diag), odd_rows[_i].st);
	ck_contains(diag.text, place.file);
	ck_status(cache_store(place.dir, BUILD_ID, NULL, &facts, &diag),
		  odd_rows[_i].store);
	if (!odd_rows[_i].store)
		ck_ok(load(&place, &again, &diag));
	remove_place(&place);
}
END_TEST

START_TEST(place_that_is_a_file)
{
	struct facts facts = facts_like(LIKE_6_12), again;
	struct place place = make_place();
	struct diag diag = { "" };

	make_empty(place.file);
	ck_status(cache_store(place.file, BUILD_ID, NULL, &facts, &diag), ST_IO);
	ck_contains(diag.text, place.file);
	ck_status(cache_load(place.file, BUILD_ID, DUMP, STEXT, &again, &diag),
		  ST_IO);
	remove_place(&place);
}
END_TEST

START_TEST(place_where_nothing_can_be_made)
{
	struct facts facts = facts_like(LIKE_6_12);
	struct diag diag = { "" };

	/* Nothing can be made there, by nobody. */
	ck_status(cache_store("/proc", BUILD_ID, NULL, &facts, &diag), ST_IO);
	ck_contains(diag.text, "/proc/" BUILD_ID);
}
END_TEST

static const char *const bad_ids[] = {
	"", "3b43", "../../../etc/passwd", "3B43FAD503487449",
	"3b43fad503487449/x", "3b43fad5 3487449",
};

START_TEST(build_id_that_is_no_name)
{
	struct facts facts = facts_like(LIKE_6_12), again;
	struct place place = make_place();
	struct diag diag = { "" };

	ck_status(cache_store(place.dir, bad_ids[_i], NULL, &facts, &diag),
		  ST_ABSENT);
	ck_status(cache_load(place.dir, bad_ids[_i], DUMP, STEXT, &again, &diag),
		  ST_ABSENT);
	remove_place(&place);
}
END_TEST

/* ---- VMCOREINFO ---- */

static const struct {
	const char *info;
	enum status st;
	const char *words;
} told_rows[] = {
	{ "OSRELEASE=6.12.0\n", ST_OK, "" },
	{ "SIZE(page)=64\nOFFSET(page.flags)=0\nSIZE(list_head)=16\n"
	  "OFFSET(page._mapcount)=48\nSYMBOL(_stext)=ffffffff9d600000\n",
	  ST_OK, "" },
	{ "SIZE(page)=56\n", ST_MISMATCH, "SIZE(page)=0x38" },
	{ "OFFSET(page.mapping)=32\n", ST_MISMATCH, "this says 0x18" },
	{ "SYMBOL(_stext)=ffffffff81000000\n", ST_MISMATCH,
	  "SYMBOL(_stext)=0xffffffff81000000" },
	{ "NUMBER(PG_head_mask)=65536\n", ST_MISMATCH, "PG_head_mask" },
	{ "SIZE(page)=sixty-four\n", ST_CORRUPT, "not a number" },
	{ "OFFSET(printk_info.text_len)=16\nSIZE(prb_desc)=24\n", ST_OK, "" },
	{ "OFFSET(printk_info.text_len)=18\n", ST_MISMATCH, "text_len" },
	{ "SIZE(prb_desc)=40\n", ST_MISMATCH, "SIZE(prb_desc)" },
};

START_TEST(facts_against_vmcoreinfo)
{
	struct world *world = world_new(LIKE_6_12);
	struct facts facts = facts_like(LIKE_6_12);
	const char *before = world->image->vmcoreinfo;
	struct diag diag = { "" };

	world->image->vmcoreinfo = told_rows[_i].info;
	ck_status(cross_check(world->kernel, &facts, &diag),
		  told_rows[_i].st);
	ck_contains(diag.text, told_rows[_i].words);
	world->image->vmcoreinfo = before;
	world_free(world);
}
END_TEST

/* ---- where memory is ---- */

#define X86_INFO							\
	"NUMBER(phys_base)=-469762048\nSYMBOL(swapper_pg_dir)=ffffffff9d80a000\n"
/* Of a dump of 6.12, on a machine without LPA2. */
#define ARM64_INFO							\
	"SYMBOL(swapper_pg_dir)=ffffad70a58a4000\n"			\
	"NUMBER(VA_BITS)=52\nNUMBER(kimage_voffset)=0xffffad7063e00000\n" \
	"NUMBER(TCR_EL1_T1SZ)=0x10\nKERNELOFFSET=2d7024000000\n"

static const struct {
	const struct arch *arch;
	const char *info;
	enum status st;
	const char *words;
	uint64_t pgd;
	unsigned int levels, physmem_bits;
} space_rows[] = {
	{ &arch_x86_64, X86_INFO, ST_OK, "", 0x180a000, 4, 46 },
	{ &arch_x86_64, X86_INFO "NUMBER(pgtable_l5_enabled)=1\n", ST_OK, "",
	  0x180a000, 5, 52 },
	{ &arch_x86_64, X86_INFO "NUMBER(MAX_PHYSMEM_BITS)=45\n", ST_OK, "",
	  0x180a000, 4, 45 },
	{ &arch_x86_64, X86_INFO "NUMBER(MAX_PHYSMEM_BITS)=7\n", ST_CORRUPT,
	  "x86_64", 0, 0, 0 },
	{ &arch_x86_64, ARM64_INFO, ST_ABSENT, "NUMBER(phys_base)", 0, 0, 0 },
	{ &arch_arm64, ARM64_INFO, ST_OK, "", 0x41aa4000, 4, 48 },
	{ &arch_arm64, ARM64_INFO "NUMBER(MAX_PHYSMEM_BITS)=40\n", ST_OK, "",
	  0x41aa4000, 4, 40 },
	{ &arch_arm64, X86_INFO, ST_ABSENT, "NUMBER(VA_BITS)", 0, 0, 0 },
	{ &arch_arm64, "NUMBER(VA_BITS)=48\n", ST_ABSENT, "kimage_voffset",
	  0, 0, 0 },
	{ &arch_arm64, "NUMBER(VA_BITS)=480\nNUMBER(kimage_voffset)=0\n",
	  ST_CORRUPT, "aarch64", 0, 0, 0 },
	{ &arch_arm64, "NUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=0\n",
	  ST_ABSENT, "swapper_pg_dir", 0, 0, 0 },
};

START_TEST(address_space_by_vmcoreinfo)
{
	struct image *image = NULL;
	struct kernel *kernel;
	struct diag diag = { "" };

	ck_ok(memory_image_new(space_rows[_i].info, &image, &diag));
	kernel = kernel_new(image);
	ck_assert_ptr_nonnull(kernel);
	kernel->arch = space_rows[_i].arch;
	ck_status(bind_address_space(kernel, &diag), space_rows[_i].st);
	ck_contains(diag.text, space_rows[_i].words);
	if (!space_rows[_i].st) {
		ck_assert_uint_eq(kernel->pgd.v, space_rows[_i].pgd);
		ck_assert_uint_eq(kernel->mmu.levels, space_rows[_i].levels);
		ck_assert_uint_eq(kernel->mmu.physmem_bits,
				  space_rows[_i].physmem_bits);
		ck_assert_int_eq(kernel->has_phys_base,
				 kernel->arch == &arch_x86_64);
	}
	kernel_free(kernel);
}
END_TEST

START_TEST(regions_by_vmcoreinfo)
{
	static const char info[] = ARM64_INFO
		"NUMBER(MODULES_VADDR)=0xffff800000000000\n"
		"NUMBER(MODULES_END)=0xffff800080000000\n"
		"NUMBER(VMALLOC_END)=0xfffffdffbf800000\n"
		"NUMBER(VMEMMAP_START)=0xffffc1ffc0000000\n";
	struct image *image = NULL;
	struct kernel *kernel;
	struct diag diag = { "" };

	ck_ok(memory_image_new(info, &image, &diag));
	kernel = kernel_new(image);
	ck_assert_ptr_nonnull(kernel);
	kernel->arch = &arch_arm64;
	ck_ok(bind_address_space(kernel, &diag));
	ck_assert_uint_eq(kernel->told_regions[REGION_VMALLOC].first,
			  0xffff800000000000);
	ck_assert_uint_eq(kernel->told_regions[REGION_VMALLOC].last,
			  0xfffffdffbf7fffff);
	/* Its end is not told. */
	ck_assert(!is_region(&kernel->told_regions[REGION_MEMMAP]));
	kernel_free(kernel);
}
END_TEST

/*
 * With a table of sections that makes sense, and struct mem_section of 32
 * bytes, of which 128 have one root.
 */
static const struct {
	const char *info;
	enum status st;
	unsigned int bits;
	uint64_t vmemmap;
} model_rows[] = {
	{ "NUMBER(SECTION_SIZE_BITS)=29\nLENGTH(mem_section)=2048\n", ST_OK,
	  29, 0 },
	{ "LENGTH(mem_section)=2048\n", ST_OK, 27, 0 },
	/* 46 bits of memory in 4096 * 128 sections, and 48 in 2048 * 128 */
	{ "LENGTH(mem_section)=4096\nNUMBER(MAX_PHYSMEM_BITS)=46\n", ST_OK, 27,
	  0 },
	{ "LENGTH(mem_section)=2048\nNUMBER(MAX_PHYSMEM_BITS)=48\n", ST_OK, 30,
	  0 },
	{ "LENGTH(mem_section)=1\nNUMBER(MAX_PHYSMEM_BITS)=46\n", ST_OK, 27, 0 },
	{ "LENGTH(mem_section)=1000\nNUMBER(MAX_PHYSMEM_BITS)=46\n", ST_OK, 27,
	  0 },
	{ "NUMBER(SECTION_SIZE_BITS)=2\nLENGTH(mem_section)=2048\n",
	  ST_CORRUPT, 0, 0 },
	{ "LENGTH(mem_section)=8192\nNUMBER(SECTION_SIZE_BITS)=27\n"
	  "SYMBOL(vmemmap)=fffffe4c62000000\n", ST_OK, 27,
	  0xfffffe4c62000000 },
	/* The same kernel: its frame 0 is far below its memory. */
	{ "LENGTH(mem_section)=8192\nNUMBER(SECTION_SIZE_BITS)=27\n"
	  "NUMBER(VMEMMAP_START)=0xffffc1ffc0000000\n"
	  "NUMBER(PHYS_OFFSET)=0xfff0ecd780000000\n", ST_OK, 27,
	  0xfffffe4c62000000 },
};

START_TEST(memory_model_by_vmcoreinfo)
{
	struct world *world = world_new(LIKE_6_12);
	struct kernel *kernel = world->kernel;
	const char *before = world->image->vmcoreinfo;
	struct diag diag = { "" };
	char info[512];

	snprintf(info, sizeof(info), "%sSYMBOL(mem_section)=%llx\n",
		 model_rows[_i].info,
		 (unsigned long long)kernel->section_table.v);
	world->image->vmcoreinfo = info;
	ck_status(bind_memory_model(kernel, &diag), model_rows[_i].st);
	if (!model_rows[_i].st) {
		ck_assert_uint_eq(kernel->section_size_bits,
				  model_rows[_i].bits);
		ck_assert_uint_eq(kernel->vmemmap.v, model_rows[_i].vmemmap);
	}
	world->image->vmcoreinfo = before;
	world_free(world);
}
END_TEST

static const struct {
	const char *line, *kept;
} id_rows[] = {
	{ "BUILD-ID=" BUILD_ID "\n", BUILD_ID },
	{ "BUILD-ID=0000000000000000000000000000000000000000\n", "" },
	{ "BUILD-ID=3B43FAD5034874490492495D552C0AF6A5FAB235\n", "" },
	{ "BUILD-ID=3b43fad503487\n", "" },
	{ "BUILD-ID=../../../../etc/passwd\n", "" },
	{ "", "" },
};

START_TEST(build_id_of_no_build)
{
	struct world *world = world_new(LIKE_6_12);
	const char *before = world->image->vmcoreinfo;
	struct diag diag = { "" };
	char info[256];

	snprintf(info, sizeof(info), "OSRELEASE=6.12.0\n%s",
		 id_rows[_i].line);
	world->image->vmcoreinfo = info;
	ck_ok(identify_dump(world->kernel, &diag));
	ck_assert_str_eq(world->kernel->build_id, id_rows[_i].kept);
	ck_assert_str_eq(world->kernel->release, "6.12.0");
	world->image->vmcoreinfo = before;
	world_free(world);
}
END_TEST

static const struct {
	const char *release, *banner;
	enum status st;
} banner_rows[] = {
	{ "6.12.0", "Linux version 6.12.0 (builder@host) #1", ST_OK },
	{ "", "Linux version 6.12.0 (builder@host) #1", ST_OK },
	{ "6.12.0", "Linux version 6.12.01 (builder@host) #1", ST_CORRUPT },
	{ "6.12.0", "Linux version 6.12", ST_CORRUPT },
	{ "6.12.0", "Minix", ST_CORRUPT },
	{ "", "", ST_CORRUPT },
};

START_TEST(banner_of_the_release)
{
	struct world *world = world_new(LIKE_6_12);
	struct facts facts = facts_like(LIKE_6_12);
	kaddr_t place = world_alloc(world, 4096);
	struct diag diag = { "" };

	world_write(world, place, banner_rows[_i].banner,
		    strlen(banner_rows[_i].banner) + 1);
	facts.variables[KSYM_LINUX_BANNER].address = place;
	strcpy(world->kernel->release, banner_rows[_i].release);
	ck_status(identify_banner(world->kernel, &facts, &diag),
		  banner_rows[_i].st);
	world_free(world);
}
END_TEST

/* ---- swap types ---- */

/* Of each type: f swap file, h hwpoison, m migration, p and x device, k marker. */
static const char meaning_letters[] = {
	[SWAP_UNKNOWN] = '?', [SWAP_FILE] = 'f', [SWAP_HWPOISON] = 'h',
	[SWAP_MIGRATION] = 'm', [SWAP_DEVICE_PRIVATE] = 'p',
	[SWAP_DEVICE_EXCLUSIVE] = 'x', [SWAP_MARKER] = 'k',
};

#define LETTERS_FROM	22

/* What the five kernels of kernel-facts 7.3 answer, and some that do not fit. */
static const struct {
	const char *what;
	struct swap_probes probes;
	const char *letters;	/* of types 22 to 31 */
} swap_rows[] = {
	{ "5.10", { 30, 32, .migration = true }, "ffffffffmm" },
	{ "5.10, no size", { 0, 32, .migration = true }, "ffffffffmm" },
	{ "5.10 with device memory and memory failure",
	  { 27, 32, .hwpoison = true, .migration = true, .migrate_vma = true },
	  "fffffhmmpp" },
	{ "the same, no size",
	  { 0, 32, .hwpoison = true, .migration = true, .migrate_vma = true },
	  "fffff?????" },
	{ "the same, bounded",
	  { 0, 27, .hwpoison = true, .migration = true, .migrate_vma = true },
	  "fffffhmmpp" },
	{ "5.15", { 26, 32, .migration = true, .device_exclusive_range = true },
	  "ffffmmppxx" },
	{ "6.1", { 27, 32, .migration = true, .anon_exclusive = true,
	  .migrate_vma = true }, "fffffmmmkk" },
	{ "6.1, kallsyms", { 0, 27, .migration = true, .anon_exclusive = true,
	  .migrate_vma = true }, "fffffmmmkk" },
	{ "6.1, nothing bounds it", { 0, 32, .migration = true,
	  .anon_exclusive = true, .migrate_vma = true }, "fffff?mm?k" },
	{ "6.12", { 27, 32, .hwpoison = true, .migration = true,
	  .anon_exclusive = true, .raw_vm_flags = true, .migrate_vma = true },
	  "fffffhmmmk" },
	{ "6.12, kallsyms", { 0, 40, .hwpoison = true, .migration = true,
	  .anon_exclusive = true, .raw_vm_flags = true, .migrate_vma = true },
	  "fffffhmmmk" },
	{ "7.3", { 24, 32, .hwpoison = true, .migration = true,
	  .anon_exclusive = true, .raw_vm_flags = true,
	  .device_exclusive = true, .migrate_vma = true }, "ffhmmmppxk" },
	{ "7.3, kallsyms", { 0, 32, .hwpoison = true, .migration = true,
	  .anon_exclusive = true, .raw_vm_flags = true,
	  .device_exclusive = true, .migrate_vma = true }, "ffhmmmppxk" },
	{ "does not come out at 32", { 25, 32, .hwpoison = true,
	  .migration = true, .anon_exclusive = true, .raw_vm_flags = true,
	  .device_exclusive = true, .migrate_vma = true }, "fff???????" },
	{ "more than its bound", { 0, 20, .migration = true }, "f?????????" },
	{ "without migration", { 32, 32, .hwpoison = false }, "ffffffffff" },
};

START_TEST(swap_types_of_a_kernel)
{
	struct swap_types types;

	swap_types_decide(&swap_rows[_i].probes, &types);
	for (size_t i = 0; i < N_SWAP_TYPES; i++) {
		char want = i < LETTERS_FROM ? 'f' :
			    swap_rows[_i].letters[i - LETTERS_FROM];

		ck_assert_msg(meaning_letters[types.meanings[i]] == want,
			      "%s: type %zu is '%c', not '%c'",
			      swap_rows[_i].what, i,
			      meaning_letters[types.meanings[i]], want);
	}
}
END_TEST

START_TEST(each_meaning_has_its_words)
{
	ck_assert_str_eq(swap_meaning_words(SWAP_HWPOISON), "a poisoned page");
	for (int meaning = 0; meaning <= SWAP_MARKER; meaning++)
		ck_assert_ptr_nonnull(swap_meaning_words(meaning));
}
END_TEST

START_TEST(probes_for_swap_types)
{
	struct facts facts = facts_like(LIKE_6_12);
	struct swap_probes probes;

	probes = swap_probes_of(&facts);
	ck_assert_uint_eq(probes.max_swapfiles, 24);
	ck_assert_uint_eq(probes.at_most, 32);
	ck_assert(!probes.migration && !probes.migrate_vma);
	facts.variables[KSYM_SWAP_INFO].size = 0;
	set_variable(&facts, KSYM_TOTAL_SWAP_PAGES, -0x1000ULL + 240, 8);
	set_variable(&facts, KSYM_SWAP_MIGRATION_AD_SUPPORTED,
		     -0x1000ULL + 217, 1);
	set_variable(&facts, KSYM_MIGRATE_VMA, 0x10, 0);
	set_variable(&facts, KSYM_MIGRATION_ENTRY_WAIT, 0x20, 0);
	facts.layout.has_enumerator[E_PG_hwpoison] = true;
	probes = swap_probes_of(&facts);
	ck_assert_uint_eq(probes.max_swapfiles, 0);
	ck_assert_uint_eq(probes.at_most, 27);
	ck_assert(probes.migration && probes.migrate_vma && probes.hwpoison);
	/* One that lies before the table says nothing. */
	set_variable(&facts, KSYM_SWAP_MIGRATION_AD_SUPPORTED, -0x1008ULL, 1);
	ck_assert_uint_eq(swap_probes_of(&facts).at_most, 30);
}
END_TEST

static const struct test tests[] = {
	ROWS(swap_types_of_a_kernel, swap_rows),
	PLAIN(each_meaning_has_its_words),
	PLAIN(probes_for_swap_types),
	EACH_LIKE(facts_are_what_they_were),
	PLAIN(addresses_follow_stext),
	PLAIN(any_byte_that_differs_is_found),
	PLAIN(any_end_that_lacks_is_found),
	PLAIN(of_another_build),
	ROWS(lies_are_found, lie_rows),
	PLAIN(mm_without_a_way_to_its_vmas),
	EACH_LIKE(each_line_left_out_in_turn),
	EACH_LIKE(kept_and_found_again),
	PLAIN(kept_for_one_dump),
	PLAIN(file_that_others_may_write),
	PLAIN(directory_without_a_name),
	PLAIN(directories_are_made),
	ROWS(odd_files_are_replaced, odd_rows),
	PLAIN(place_that_is_a_file),
	PLAIN(place_where_nothing_can_be_made),
	ROWS(build_id_that_is_no_name, bad_ids),
	ROWS(address_space_by_vmcoreinfo, space_rows),
		PLAIN(regions_by_vmcoreinfo),
		ROWS(memory_model_by_vmcoreinfo, model_rows),
		ROWS(facts_against_vmcoreinfo, told_rows),
	ROWS(build_id_of_no_build, id_rows),
	ROWS(banner_of_the_release, banner_rows),
};

int main(void)
{
	return run_suite("kernel", tests, ARRAY_LEN(tests));
}
