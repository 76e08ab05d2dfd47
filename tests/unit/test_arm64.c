/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/arch: arm64's entries, in each size of pages and each layout, and the
 * geometry of its page tables.
 *
 * The entries below are made by the formulas of the kernel's headers
 * (pgtable-hwdef.h, pgtable-prot.h, pgtable.h of 4.14, 5.10, 6.1, 6.12 and
 * 7.3), not by those of src/arch/arm64.c:
 *
 *   page        __phys_to_pte_val(pfn << PAGE_SHIFT) | prot
 *   swap        __swp_entry(): type << __SWP_TYPE_SHIFT |
 *               offset << __SWP_OFFSET_SHIFT
 */
#include "world.h"

#include "arch/arch.h"

#define VALID		(1ULL << 0)
#define TYPE_PAGE	(3ULL << 0)	/* PTE_TYPE_PAGE, PMD_TYPE_TABLE */
#define TYPE_SECT	(1ULL << 0)
#define USER		(1ULL << 6)
#define RDONLY		(1ULL << 7)
#define SHARED		(3ULL << 8)
#define AF		(1ULL << 10)
#define NG		(1ULL << 11)
#define GP		(1ULL << 50)
#define DBM		(1ULL << 51)
#define CONT		(1ULL << 52)
#define PXN		(1ULL << 53)
#define UXN		(1ULL << 54)
#define DIRTY		(1ULL << 55)
#define SPECIAL		(1ULL << 56)
#define PROT_NONE	(1ULL << 58)	/* until 6.10 */
#define PMD_INVALID	(1ULL << 59)	/* PMD_PRESENT_INVALID, likewise */
#define UFFD_WP		(1ULL << 58)	/* since 6.11 */
#define INVALID		NG		/* PTE_PRESENT_INVALID, likewise */

#define DEFAULT		(TYPE_PAGE | AF | SHARED)
#define READONLY	(DEFAULT | USER | RDONLY | NG | PXN | UXN)
#define WRITABLE	(READONLY | DBM)
/* PAGE_NONE as it has been */
#define OLD_NONE	((DEFAULT & ~VALID) | PROT_NONE | RDONLY | NG | PXN | UXN)
#define NEW_NONE	((DEFAULT & ~VALID) | INVALID | RDONLY | NG | PXN | UXN)

#define SECT(prot)	(((prot) & ~TYPE_PAGE) | TYPE_SECT)	/* pmd_mkhuge() */
#define HUGE(prot)	((prot) & ~2ULL)	/* the same where VALID is clear */

#define OLD_SWAP(type, offset)						\
	((uint64_t)(type) << 2 | (uint64_t)(offset) << 8)
#define EXCL_SWAP(type, offset)						\
	((uint64_t)(type) << 3 | (uint64_t)(offset) << 8)
#define NEW_SWAP(type, offset)						\
	((uint64_t)(type) << 6 | (uint64_t)(offset) << 12)

/* ---- machines ---- */

enum machine {
	M_4K_39, M_4K_48, M_4K_52, M_4K_52_FOLDED,
	M_16K_36, M_16K_47, M_16K_48, M_16K_52, M_16K_52_FOLDED,
	M_64K_42, M_64K_48, M_64K_52, M_64K_52_NARROW,
	M_OLD, M_EXCLUSIVE,		/* 4 KiB, 48 bits */
	M_UNKNOWN_FORMAT,
	N_MACHINES,
};

static const struct machine_row {
	unsigned int page_shift, va_bits, t1sz;
	/* The table of CONFIG_PGTABLE_LEVELS, and PTRS_PER_PGD. */
	unsigned int levels, top_entries;
	unsigned int physmem_bits;
	struct format_evidence evidence;
} machines[N_MACHINES] = {
#define NEW	{ { true, NEW_NONE }, true, true }
	[M_4K_39] = { 12, 39, 25, 3, 512, 48, NEW },
	[M_4K_48] = { 12, 48, 16, 4, 512, 48, NEW },
	[M_4K_52] = { 12, 52, 12, 5, 16, 52, NEW },
	[M_4K_52_FOLDED] = { 12, 52, 16, 4, 512, 48, NEW },
	[M_16K_36] = { 14, 36, 28, 2, 2048, 48, NEW },
	[M_16K_47] = { 14, 47, 17, 3, 2048, 48, NEW },
	[M_16K_48] = { 14, 48, 16, 4, 2, 48, NEW },
	[M_16K_52] = { 14, 52, 12, 4, 32, 52, NEW },
	[M_16K_52_FOLDED] = { 14, 52, 17, 3, 2048, 48, NEW },
	[M_64K_42] = { 16, 42, 22, 2, 8192, 52, NEW },
	[M_64K_48] = { 16, 48, 16, 3, 64, 52, NEW },
	[M_64K_52] = { 16, 52, 12, 3, 1024, 52, NEW },
	[M_64K_52_NARROW] = { 16, 52, 16, 3, 1024, 52, NEW },
	[M_OLD] = { 12, 48, 16, 4, 512, 48, { { true, OLD_NONE }, false, false } },
	[M_EXCLUSIVE] = { 12, 48, 16, 4, 512, 48,
			  { { true, OLD_NONE }, true, false } },
	[M_UNKNOWN_FORMAT] = { 12, 48, 16, 4, 512, 48, { { false, 0 }, true, false } },
};

static struct mmu mmu_of(enum machine machine)
{
	const struct machine_row *row = &machines[machine];
	const struct told_number told[N_TOLD] = {
		[TOLD_VA_BITS] = { true, row->va_bits },
		[TOLD_T1SZ] = { true, row->t1sz },
		[TOLD_IMAGE_OFFSET] = { true, 0xffffad7063e00000 },
	};
	struct mmu mmu;

	ck_assert(arch_arm64.set_up(told, row->page_shift, &mmu));
	ck_assert_int_eq(arch_arm64.choose_format(&row->evidence, &mmu),
			 machine != M_UNKNOWN_FORMAT);
	return mmu;
}

/* ---- geometry ---- */

START_TEST(geometry_of_each_machine)
{
	const struct machine_row *row = &machines[_i];
	struct mmu mmu = mmu_of(_i);
	enum pt_level top = mmu_top(&mmu);

	ck_assert_uint_eq(mmu.levels, row->levels);
	ck_assert_uint_eq(mmu_entries(&mmu, top), row->top_entries);
	ck_assert_uint_eq(mmu.physmem_bits, row->physmem_bits);
	ck_assert_uint_eq(mmu_entries(&mmu, PT_PTE), 1 << (row->page_shift - 3));
	/* The first address of the kernel's half has the first entry. */
	ck_assert_uint_eq(mmu_index(&mmu, top, mmu_kernel_bits(&mmu)), 0);
	ck_assert_uint_eq(mmu_index(&mmu, top, UINT64_MAX),
			  row->top_entries - 1);
	ck_assert_uint_eq(mmu_index(&mmu, top, mmu_user_end(&mmu) - 1),
			  row->top_entries - 1);
	ck_assert_uint_eq(mmu_image_to_phys(&mmu, KADDR(0xffffad70a58a4000)).v,
			  0x41aa4000);
}
END_TEST

static const struct {
	enum machine machine;
	enum pt_level level;
	unsigned int shift;		/* PMD_SHIFT, PUD_SHIFT, … */
	uint64_t address;
	size_t index;
} level_rows[] = {
	{ M_4K_48, PT_PTE, 12, 0x0000ffff12345000, 0x145 },
	{ M_4K_48, PT_PMD, 21, 0x0000ffff12345000, 0x091 },
	{ M_4K_48, PT_PUD, 30, 0x0000ffff12345000, 0x1fc },
	{ M_4K_48, PT_P4D, 39, 0x0000ffff12345000, 0x1ff },
	{ M_4K_52, PT_PGD, 48, 0x000affff12345000, 0xa },
	{ M_16K_47, PT_PMD, 25, 0x00007fff12344000, 0x789 },
	{ M_16K_47, PT_PUD, 36, 0x00007fff12344000, 0x7ff },
	{ M_16K_48, PT_P4D, 47, 0xffff800000000000, 1 },
	{ M_64K_48, PT_PMD, 29, 0x0000ffff20000000, 0x1ff9 },
	{ M_64K_48, PT_PUD, 42, 0x0000ffff20000000, 63 },
	{ M_64K_52, PT_PUD, 42, 0x000fffff20000000, 1023 },
	/* The kernel's half of a narrow machine is the end of its top table. */
	{ M_64K_52_NARROW, PT_PUD, 42, 0xffff000000000000, 960 },
};

START_TEST(geometry_of_the_levels)
{
	struct mmu mmu = mmu_of(level_rows[_i].machine);
	enum pt_level level = level_rows[_i].level;

	ck_assert_uint_eq(mmu_shift(&mmu, level), level_rows[_i].shift);
	ck_assert_uint_eq(mmu_index(&mmu, level, level_rows[_i].address),
			  level_rows[_i].index);
	ck_assert_uint_eq(mmu_pages(&mmu, level) << mmu.page_shift,
			  1ULL << level_rows[_i].shift);
}
END_TEST

static const struct {
	unsigned int page_shift;
	int64_t va_bits, t1sz, physmem_bits;
} senseless_rows[] = {
	{ 13, 48, 16, 48 }, { 12, 20, 44, 48 }, { 12, 64, 0, 48 },
	{ 12, -1, 0, 48 }, { 12, 52, 0, 48 }, { 12, 52, 60, 48 },
	{ 16, 1LL << 40, 16, 48 }, { 12, 48, 16, 0 }, { 12, 48, 16, 64 },
	{ 16, 48, 16, 16 },
};

START_TEST(what_makes_no_sense_is_no_machine)
{
	const struct told_number told[N_TOLD] = {
		[TOLD_VA_BITS] = { true, senseless_rows[_i].va_bits },
		[TOLD_T1SZ] = { true, senseless_rows[_i].t1sz },
		[TOLD_MAX_PHYSMEM_BITS] = {
			true, senseless_rows[_i].physmem_bits
		},
	};
	struct mmu mmu;

	ck_assert(!arch_arm64.set_up(told, senseless_rows[_i].page_shift,
				     &mmu));
}
END_TEST

/* ---- entries ---- */

static const struct decode_row {
	const char *name;
	enum machine machine;
	enum pt_level level;
	uint64_t raw;
	enum pte_kind kind;
	uint64_t pfn;
	const char *bits;	/* writable, accessible, special, uffd of a PTE_PAGE */
} decode_rows[] = {
	{ "zero", M_4K_48, PT_PTE, 0, PTE_NONE, 0, "" },
	{ "zero pgd", M_4K_52, PT_PGD, 0, PTE_NONE, 0, "" },

	{ "read-only", M_4K_48, PT_PTE, 0x12345ULL << 12 | READONLY,
	  PTE_PAGE, 0x12345, "-a--" },
	{ "writable and clean", M_4K_48, PT_PTE, 0x12345ULL << 12 | WRITABLE,
	  PTE_PAGE, 0x12345, "wa--" },
	{ "writable and dirty", M_4K_48, PT_PTE,
	  0x12345ULL << 12 | (WRITABLE & ~RDONLY) | DIRTY,
	  PTE_PAGE, 0x12345, "wa--" },
	{ "special", M_4K_48, PT_PTE, 0x12345ULL << 12 | READONLY | SPECIAL,
	  PTE_PAGE, 0x12345, "-as-" },
	{ "contiguous", M_4K_48, PT_PTE, 0x12345ULL << 12 | READONLY | CONT,
	  PTE_PAGE, 0x12345, "-a--" },
	{ "guarded", M_4K_48, PT_PTE, 0x12345ULL << 12 | READONLY | GP,
	  PTE_PAGE, 0x12345, "-a--" },
	{ "protection overlay", M_4K_48, PT_PTE,
	  0x12345ULL << 12 | READONLY | 7ULL << 60, PTE_PAGE, 0x12345, "-a--" },
	{ "write-protected by userfaultfd", M_4K_48, PT_PTE,
	  0x12345ULL << 12 | READONLY | UFFD_WP, PTE_PAGE, 0x12345, "-a-u" },
	{ "the same bit before", M_EXCLUSIVE, PT_PTE,
	  0x12345ULL << 12 | READONLY | UFFD_WP, PTE_PAGE, 0x12345, "-a--" },
	{ "frame 0", M_4K_48, PT_PTE, READONLY, PTE_PAGE, 0, "-a--" },
	{ "highest frame of 48 bits", M_4K_48, PT_PTE,
	  0x0000fffffffff000ULL | READONLY, PTE_PAGE, 0xfffffffff, "-a--" },
	/* SH is no address without LPA2 */
	{ "shared, of a kernel for LPA2", M_4K_52_FOLDED, PT_PTE,
	  0x12345ULL << 12 | READONLY, PTE_PAGE, 0x12345, "-a--" },

	/* GENMASK(49, 8): PA[49:12], and PA[51:50] in bits 9 and 8 */
	{ "LPA2", M_4K_52, PT_PTE, 0x12345ULL << 12 | (READONLY & ~SHARED),
	  PTE_PAGE, 0x12345, "-a--" },
	{ "LPA2, bits 51 and 48", M_4K_52, PT_PTE,
	  0x0001000012345000ULL | 2ULL << 8 | (READONLY & ~SHARED),
	  PTE_PAGE, 0x9000012345, "-a--" },
	{ "LPA2, highest frame", M_4K_52, PT_PTE,
	  0x0003fffffffff000ULL | 3ULL << 8 | (READONLY & ~SHARED),
	  PTE_PAGE, 0xffffffffff, "-a--" },
	{ "LPA2, table", M_4K_52, PT_PGD, 0x999000ULL | 1ULL << 8 | TYPE_PAGE,
	  PTE_TABLE, 0x4000000999, "" },
	{ "LPA2, block", M_4K_52, PT_PMD,
	  0x40200ULL << 12 | 1ULL << 8 | SECT(READONLY & ~SHARED),
	  PTE_PAGE, 0x4000040200, "-a--" },
	{ "LPA2, PROT_NONE", M_4K_52, PT_PTE,
	  0x12345ULL << 12 | 3ULL << 8 | (NEW_NONE & ~SHARED),
	  PTE_PAGE, 0xc000012345, "----" },
	{ "LPA2, 16 KiB", M_16K_52, PT_PTE,
	  0x1234ULL << 14 | 3ULL << 8 | (READONLY & ~SHARED),
	  PTE_PAGE, 0x3000001234, "-a--" },

	{ "16 KiB", M_16K_47, PT_PTE, 0x1234ULL << 14 | READONLY,
	  PTE_PAGE, 0x1234, "-a--" },
	{ "16 KiB, contiguous", M_16K_47, PT_PTE,
	  0x1234ULL << 14 | WRITABLE | CONT, PTE_PAGE, 0x1234, "wa--" },
	{ "16 KiB, huge", M_16K_47, PT_PMD, 0x2800ULL << 14 | SECT(WRITABLE),
	  PTE_PAGE, 0x2800, "wa--" },

	{ "64 KiB", M_64K_48, PT_PTE, 0x1234ULL << 16 | READONLY,
	  PTE_PAGE, 0x1234, "-a--" },
	/* PTE_ADDR_HIGH: PA[51:48] in bits 15 to 12 */
	{ "64 KiB, bits 51 and 48", M_64K_52, PT_PTE,
	  0x1234ULL << 16 | 9ULL << 12 | READONLY,
	  PTE_PAGE, 0x900001234, "-a--" },
	{ "64 KiB, highest frame", M_64K_48, PT_PTE,
	  0x0000fffffffff000ULL | READONLY, PTE_PAGE, 0xfffffffff, "-a--" },
	{ "64 KiB, table", M_64K_52, PT_PUD,
	  0x1234ULL << 16 | 0xfULL << 12 | TYPE_PAGE,
	  PTE_TABLE, 0xf00001234, "" },
	{ "64 KiB, huge", M_64K_48, PT_PMD, 0x4000ULL << 16 | SECT(WRITABLE),
	  PTE_PAGE, 0x4000, "wa--" },
	{ "64 KiB, contiguous and huge", M_64K_48, PT_PMD,
	  0x6000ULL << 16 | SECT(WRITABLE) | CONT, PTE_PAGE, 0x6000, "wa--" },
	{ "64 KiB, pud", M_64K_48, PT_PUD, 0x4000ULL << 16 | SECT(WRITABLE),
	  PTE_BAD, 0, "" },

	{ "huge pmd", M_4K_48, PT_PMD, 0x40200ULL << 12 | SECT(WRITABLE),
	  PTE_PAGE, 0x40200, "wa--" },
	{ "contiguous pmd", M_4K_48, PT_PMD,
	  0x40200ULL << 12 | SECT(WRITABLE) | CONT, PTE_PAGE, 0x40200, "wa--" },
	{ "nT, below the address of a block", M_4K_48, PT_PMD,
	  0x40200ULL << 12 | SECT(READONLY) | 1ULL << 16,
	  PTE_PAGE, 0x40200, "-a--" },
	{ "special pmd", M_4K_48, PT_PMD,
	  0x40200ULL << 12 | SECT(READONLY) | SPECIAL, PTE_PAGE, 0x40200, "-as-" },
	{ "huge pud", M_4K_48, PT_PUD, 0x80000ULL << 12 | SECT(WRITABLE),
	  PTE_PAGE, 0x80000, "wa--" },
	{ "huge pud at the top", M_4K_39, PT_PUD,
	  0x80000ULL << 12 | SECT(WRITABLE), PTE_PAGE, 0x80000, "wa--" },
	{ "pte table", M_4K_48, PT_PMD, 0x999ULL << 12 | TYPE_PAGE,
	  PTE_TABLE, 0x999, "" },
	{ "pte table, accessed and not to be executed", M_4K_48, PT_PMD,
	  0x999ULL << 12 | TYPE_PAGE | AF | 3ULL << 59, PTE_TABLE, 0x999, "" },
	{ "pud table", M_4K_48, PT_P4D, 0x999ULL << 12 | TYPE_PAGE,
	  PTE_TABLE, 0x999, "" },

	{ "PROT_NONE", M_4K_48, PT_PTE, 0x12345ULL << 12 | NEW_NONE,
	  PTE_PAGE, 0x12345, "----" },
	{ "NUMA hint, writable", M_4K_48, PT_PTE,
	  0x12345ULL << 12 | NEW_NONE | DBM, PTE_PAGE, 0x12345, "w---" },
	{ "PROT_NONE and userfaultfd", M_4K_48, PT_PTE,
	  0x12345ULL << 12 | NEW_NONE | UFFD_WP, PTE_PAGE, 0x12345, "---u" },
	{ "PROT_NONE pmd", M_4K_48, PT_PMD, 0x40200ULL << 12 | HUGE(NEW_NONE),
	  PTE_PAGE, 0x40200, "----" },
	/* pmd_mkinvalid(): VALID cleared, PRESENT_INVALID set */
	{ "pmd being split", M_4K_48, PT_PMD,
	  0x40200ULL << 12 | (SECT(WRITABLE) & ~VALID) | INVALID,
	  PTE_PAGE, 0x40200, "w---" },
	{ "old PROT_NONE", M_OLD, PT_PTE, 0x12345ULL << 12 | OLD_NONE,
	  PTE_PAGE, 0x12345, "----" },
	{ "PROT_NONE before 6.11", M_EXCLUSIVE, PT_PTE,
	  0x12345ULL << 12 | OLD_NONE | DBM, PTE_PAGE, 0x12345, "w---" },
	{ "old PROT_NONE pmd", M_OLD, PT_PMD, 0x40200ULL << 12 | HUGE(OLD_NONE),
	  PTE_PAGE, 0x40200, "----" },
	{ "old pmd being split", M_EXCLUSIVE, PT_PMD,
	  0x40200ULL << 12 | (SECT(WRITABLE) & ~VALID) | PMD_INVALID,
	  PTE_PAGE, 0x40200, "w---" },

	{ "reserved type at the lowest level", M_4K_48, PT_PTE,
	  0x12345ULL << 12 | SECT(READONLY), PTE_BAD, 0, "" },
	{ "huge p4d", M_4K_48, PT_P4D, 0x999ULL << 12 | SECT(READONLY),
	  PTE_BAD, 0, "" },
	{ "huge pgd", M_4K_52, PT_PGD, 0x999ULL << 12 | SECT(READONLY),
	  PTE_BAD, 0, "" },
	{ "invalid table", M_4K_48, PT_PMD, 0x999ULL << 12 | 2 | INVALID,
	  PTE_BAD, 0, "" },
	{ "swap in a p4d", M_4K_48, PT_P4D, NEW_SWAP(3, 7), PTE_BAD, 0, "" },
	{ "half a type", M_4K_48, PT_PTE, NEW_SWAP(3, 7) | 2, PTE_BAD, 0, "" },
	{ "swap type that there is not", M_OLD, PT_PTE, OLD_SWAP(32, 7),
	  PTE_BAD, 0, "" },
};

static const char *bits_of(const struct pte *pte, char bits[static 5])
{
	bits[0] = pte->writable ? 'w' : '-';
	bits[1] = pte->accessible ? 'a' : '-';
	bits[2] = pte->special ? 's' : '-';
	bits[3] = pte->uffd ? 'u' : '-';
	bits[4] = '\0';
	return bits;
}

START_TEST(decode_says_what_the_entry_is)
{
	const struct decode_row *row = &decode_rows[_i];
	struct mmu mmu = mmu_of(row->machine);
	struct pte pte = arch_arm64.decode(&mmu, row->level, row->raw);
	char bits[5];

	ck_assert_msg(pte.kind == row->kind, "%s: kind %d, not %d", row->name,
		      pte.kind, row->kind);
	ck_assert_uint_eq(pte.raw, row->raw);
	if (row->kind == PTE_PAGE || row->kind == PTE_TABLE)
		ck_assert_msg(pte.pfn.v == row->pfn, "%s: frame %#llx",
			      row->name, (unsigned long long)pte.pfn.v);
	if (row->kind == PTE_PAGE)
		ck_assert_msg(!strcmp(bits_of(&pte, bits), row->bits),
			      "%s: bits %s", row->name, bits);
}
END_TEST

START_TEST(plain_frames_are_those_of_plain_entries)
{
	const struct decode_row *row = &decode_rows[_i];
	struct mmu mmu = mmu_of(row->machine);
	struct pte pte = arch_arm64.decode(&mmu, PT_PTE, row->raw);
	bool plain = pte.kind == PTE_PAGE && pte.accessible && !pte.special;
	uint64_t frames[2] = { 4711, 4711 };

	arch_arm64.plain_frames(&mmu, &row->raw, 1, frames);
	ck_assert_uint_eq(frames[0], plain ? pte.pfn.v : NOT_PLAIN);
	ck_assert_uint_eq(frames[1], 4711);
}
END_TEST

static const struct {
	enum machine machine;
	enum pt_level level;
	uint64_t raw;
	unsigned int type;
	uint64_t offset;
} swap_rows[] = {
	{ M_OLD, PT_PTE, OLD_SWAP(0, 1), 0, 1 },
	{ M_OLD, PT_PTE, OLD_SWAP(31, (1ULL << 50) - 1), 31, (1ULL << 50) - 1 },
	/* bit 11 is the offset's, and no PRESENT_INVALID */
	{ M_OLD, PT_PTE, OLD_SWAP(2, 8), 2, 8 },
	{ M_OLD, PT_PMD, OLD_SWAP(30, 0x40200), 30, 0x40200 },
	{ M_EXCLUSIVE, PT_PTE, EXCL_SWAP(1, 0x12345), 1, 0x12345 },
	{ M_EXCLUSIVE, PT_PTE, EXCL_SWAP(1, 0x12345) | 1 << 2, 1, 0x12345 },
	{ M_EXCLUSIVE, PT_PTE, EXCL_SWAP(31, (1ULL << 50) - 1), 31,
	  (1ULL << 50) - 1 },
	{ M_EXCLUSIVE, PT_PUD, EXCL_SWAP(28, 0x80000), 28, 0x80000 },
	{ M_4K_48, PT_PTE, NEW_SWAP(1, 0x12345), 1, 0x12345 },
	{ M_4K_48, PT_PTE, NEW_SWAP(1, 0x12345) | 3 << 2, 1, 0x12345 },
	/* bit 58 is the offset's, and neither PROT_NONE nor UFFD_WP */
	{ M_4K_48, PT_PTE, NEW_SWAP(31, (1ULL << 50) - 1), 31,
	  (1ULL << 50) - 1 },
	{ M_64K_48, PT_PMD, NEW_SWAP(28, 0x4000), 28, 0x4000 },
	{ M_16K_47, PT_PTE, NEW_SWAP(0, 0x20), 0, 0x20 },
};

START_TEST(swap_entries_of_each_format)
{
	struct mmu mmu = mmu_of(swap_rows[_i].machine);
	struct pte pte = arch_arm64.decode(&mmu, swap_rows[_i].level,
					   swap_rows[_i].raw);

	ck_assert_int_eq(pte.kind, PTE_SWAP);
	ck_assert_uint_eq(pte.swap_type, swap_rows[_i].type);
	ck_assert_uint_eq(pte.swap_offset, swap_rows[_i].offset);
}
END_TEST

/* Unknown never falls into absent. */
START_TEST(what_is_not_valid_in_a_format_that_is_not_known)
{
	struct mmu mmu = mmu_of(M_UNKNOWN_FORMAT);
	const uint64_t entries[] = {
		OLD_SWAP(1, 7), NEW_SWAP(1, 7), 0x12345ULL << 12 | OLD_NONE,
		0x12345ULL << 12 | NEW_NONE,
	};
	struct pte valid = arch_arm64.decode(&mmu, PT_PTE,
					     0x12345ULL << 12 | READONLY);

	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		struct pte pte = arch_arm64.decode(&mmu, PT_PTE, entries[i]);

		ck_assert_int_eq(pte.kind, PTE_SWAP);
		ck_assert_uint_eq(pte.swap_type, SWAP_TYPE_NOT_KNOWN);
	}
	ck_assert_int_eq(valid.kind, PTE_PAGE);
	ck_assert_uint_eq(valid.pfn.v, 0x12345);
}
END_TEST

static const struct {
	struct format_evidence evidence;
	enum machine like;
} evidence_rows[] = {
	/* what stands in protection_map is no such entry */
	{ { { true, 0 }, false, false }, M_OLD },
	{ { { true, READONLY }, true, true }, M_4K_48 },
	{ { { true, READONLY }, true, false }, M_UNKNOWN_FORMAT },
	{ { { false, 0 }, false, false }, M_OLD },
	{ { { false, 0 }, true, true }, M_4K_48 },
	/* types may have been taken over without the other */
	{ { { true, OLD_NONE }, true, true }, M_EXCLUSIVE },
};

START_TEST(the_format_follows_from_what_there_is)
{
	struct mmu like = mmu_of(evidence_rows[_i].like);
	struct mmu mmu = like;

	mmu.format = 0;
	ck_assert_int_eq(arch_arm64.choose_format(&evidence_rows[_i].evidence,
						  &mmu),
			 evidence_rows[_i].like != M_UNKNOWN_FORMAT);
	ck_assert_uint_eq(mmu.format, like.format);
}
END_TEST

/* Whatever the bits are, decoding ends, and never sees a table below a pte. */
START_TEST(any_bits_can_be_decoded)
{
	struct mmu mmu = mmu_of(_i);
	uint64_t raw = 88172645463325252ULL;
	size_t tables = 0;

	for (int i = 0; i < 10000; i++) {
		raw ^= raw << 13;
		raw ^= raw >> 7;
		raw ^= raw << 17;
		tables += arch_arm64.decode(&mmu, PT_PTE, raw).kind ==
			  PTE_TABLE;
		(void)arch_arm64.decode(&mmu, i % PT_LEVELS, raw);
	}
	ck_assert_uint_eq(tables, 0);
}
END_TEST

START_TEST(the_architecture_by_name)
{
	ck_assert_ptr_eq(arch_by_name("aarch64"), &arch_arm64);
	ck_assert_int_eq(arch_arm64.elf_machine, 183 /* EM_AARCH64 */);
}
END_TEST

static const struct test tests[] = {
	ROWS(geometry_of_each_machine, machines),
	ROWS(geometry_of_the_levels, level_rows),
	ROWS(what_makes_no_sense_is_no_machine, senseless_rows),
	ROWS(decode_says_what_the_entry_is, decode_rows),
	ROWS(plain_frames_are_those_of_plain_entries, decode_rows),
	ROWS(swap_entries_of_each_format, swap_rows),
	PLAIN(what_is_not_valid_in_a_format_that_is_not_known),
	ROWS(the_format_follows_from_what_there_is, evidence_rows),
	ROWS(any_bits_can_be_decoded, machines),
	PLAIN(the_architecture_by_name),
};

int main(void)
{
	return run_suite("arm64", tests, ARRAY_LEN(tests));
}
