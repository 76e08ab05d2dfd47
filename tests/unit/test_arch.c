/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/arch: x86-64 page-table entries and the geometry of 4 and 5 levels.
 *
 * The entries below are made by the formulas of the kernel's headers, not by
 * those of src/arch/x86_64.c:
 *
 *   present          pfn_pte(): pfn << 12 | prot
 *   not present      protnone_mask() of pgtable-invert.h: the same, with the
 *                    bits of the mask flipped: (pfn << 12 ^ ~0 & MASK) | prot
 *   swap             __swp_entry() of pgtable_64.h:
 *                    ~offset << 14 >> 5 | type << 59
 */
#include "world.h"

#include "arch/arch.h"

#define P		0x001ULL
#define RW		0x002ULL
#define USER		0x004ULL
#define ACCESSED	0x020ULL
#define DIRTY		0x040ULL
#define PSE		0x080ULL	/* and PAT of a 4K page */
#define GLOBAL		0x100ULL	/* PROTNONE when not present */
#define SPECIAL		0x200ULL
#define UFFD		0x400ULL
#define PAT_LARGE	0x1000ULL
#define NX		(1ULL << 63)
#define C_BIT		(1ULL << 47)

#define MASK52		((1ULL << 52) - 1)
#define PTE_PFN_MASK	(MASK52 & ~0xfffULL)
#define PMD_PFN_MASK	(MASK52 & ~0x1fffffULL)

#define PRESENT(pfn, bits)	((uint64_t)(pfn) << 12 | P | (bits))
#define FLIPPED(pfn, bits, mask)					\
	((((uint64_t)(pfn) << 12) ^ (mask)) | (bits))
#define PROTNONE_PTE(pfn, bits)	FLIPPED(pfn, GLOBAL | (bits), PTE_PFN_MASK)
#define PROTNONE_PMD(pfn, bits)						\
	FLIPPED(pfn, GLOBAL | PSE | (bits), PMD_PFN_MASK)
#define SWAP(type, offset)						\
	(~(uint64_t)(offset) << 14 >> 5 | (uint64_t)(type) << 59)

static struct mmu mmu4, mmu5;

static void set_up(struct mmu *mmu, int64_t phys_base, bool five,
		   uint64_t encryption)
{
	const struct told_number told[N_TOLD] = {
		[TOLD_PHYS_BASE] = { true, phys_base },
		[TOLD_FIVE_LEVELS] = { true, five },
		[TOLD_ENCRYPTION] = { encryption, encryption },
	};

	if (!arch_x86_64.set_up(told, 12, mmu))
		abort();	/* called by main(), too */
}

/* ---- decode ---- */

struct decode_row {
	const char *name;
	enum pt_level level;
	uint64_t raw;
	enum pte_kind kind;
	uint64_t pfn;		/* PTE_PAGE and PTE_TABLE */
	const char *bits;	/* writable, accessible, special, uffd of a PTE_PAGE */
};

static const struct decode_row decode_rows[] = {
	{ "zero", PT_PTE, 0, PTE_NONE, 0, "" },
	{ "zero pmd", PT_PMD, 0, PTE_NONE, 0, "" },
	{ "zero pgd", PT_PGD, 0, PTE_NONE, 0, "" },
	/* pte_none() leaves _PAGE_KNL_ERRATUM_MASK out, and so do the others */
	{ "accessed alone", PT_PTE, ACCESSED, PTE_NONE, 0, "" },
	{ "dirty alone", PT_PTE, DIRTY, PTE_NONE, 0, "" },
	{ "accessed and dirty", PT_PTE, ACCESSED | DIRTY, PTE_NONE, 0, "" },
	{ "accessed and dirty pmd", PT_PMD, ACCESSED | DIRTY, PTE_NONE, 0, "" },
	{ "accessed and dirty pud", PT_PUD, ACCESSED | DIRTY, PTE_NONE, 0, "" },
	{ "accessed and dirty p4d", PT_P4D, ACCESSED | DIRTY, PTE_NONE, 0, "" },

	{ "read-only", PT_PTE, PRESENT(0x12345, USER | ACCESSED | NX),
	  PTE_PAGE, 0x12345, "-a--" },
	{ "writable", PT_PTE, PRESENT(0x12345, RW | USER | DIRTY),
	  PTE_PAGE, 0x12345, "wa--" },
	{ "special", PT_PTE, PRESENT(0x12345, SPECIAL),
	  PTE_PAGE, 0x12345, "-as-" },
	{ "frame 0", PT_PTE, PRESENT(0, 0), PTE_PAGE, 0, "-a--" },
	{ "highest frame", PT_PTE, PRESENT(0xffffffffff, 0),
	  PTE_PAGE, 0xffffffffff, "-a--" },
	{ "protection key and software bits", PT_PTE,
	  PRESENT(0x77, 0xfULL << 59 | 7ULL << 52 | 0xe00 | NX),
	  PTE_PAGE, 0x77, "-asu" },
	{ "write-protected by userfaultfd", PT_PTE,
	  PRESENT(0x12345, USER | UFFD), PTE_PAGE, 0x12345, "-a-u" },
	{ "the same of a huge page", PT_PMD,
	  PRESENT(0x40200, PSE | USER | UFFD), PTE_PAGE, 0x40200, "-a-u" },
	{ "PAT of a small page is no PSE", PT_PTE, PRESENT(0x55, PSE),
	  PTE_PAGE, 0x55, "-a--" },

	{ "PROT_NONE", PT_PTE, PROTNONE_PTE(0x12345, 0),
	  PTE_PAGE, 0x12345, "----" },
	{ "NUMA hint, writable", PT_PTE, PROTNONE_PTE(0x12345, RW | ACCESSED | NX),
	  PTE_PAGE, 0x12345, "w---" },
	{ "PROT_NONE of frame 0", PT_PTE, PROTNONE_PTE(0, 0),
	  PTE_PAGE, 0, "----" },
	/* 0x12345 << 12 inverted in bits 12-51, bit 8: by hand */
	{ "PROT_NONE by hand", PT_PTE, 0x000fffffedcba100ULL,
	  PTE_PAGE, 0x12345, "----" },
	{ "PROT_NONE pmd", PT_PMD, PROTNONE_PMD(0x40200, ACCESSED),
	  PTE_PAGE, 0x40200, "----" },
	{ "PROT_NONE pmd by hand", PT_PMD, 0x000fffffbfc00180ULL,
	  PTE_PAGE, 0x40200, "----" },

	{ "huge pmd", PT_PMD, PRESENT(0x40200, PSE | RW),
	  PTE_PAGE, 0x40200, "wa--" },
	{ "huge pmd with PAT", PT_PMD, PRESENT(0x40200, PSE | PAT_LARGE),
	  PTE_PAGE, 0x40200, "-a--" },
	{ "PROT_NONE pmd with PAT", PT_PMD, PROTNONE_PMD(0x40200, PAT_LARGE),
	  PTE_PAGE, 0x40200, "----" },
	{ "huge pud", PT_PUD, PRESENT(0x80000, PSE),
	  PTE_PAGE, 0x80000, "-a--" },
	{ "huge pud with PAT", PT_PUD, PRESENT(0x80000, PSE | PAT_LARGE | RW),
	  PTE_PAGE, 0x80000, "wa--" },
	/* pmdp_invalidate(): P gone, PSE stays, the frame is inverted */
	{ "pmd being split", PT_PMD, FLIPPED(0x40200, PSE | RW, PMD_PFN_MASK),
	  PTE_PAGE, 0x40200, "w---" },

	{ "pte table", PT_PMD, PRESENT(0x999, RW | USER),
	  PTE_TABLE, 0x999, "" },
	{ "pmd table", PT_PUD, PRESENT(0x999, RW | USER), PTE_TABLE, 0x999, "" },
	{ "pud table", PT_P4D, PRESENT(0x999, RW | USER | NX),
	  PTE_TABLE, 0x999, "" },
	{ "p4d table", PT_PGD, PRESENT(0x999, RW | USER | NX),
	  PTE_TABLE, 0x999, "" },

	{ "huge p4d", PT_P4D, PRESENT(0x999, PSE), PTE_BAD, 0, "" },
	{ "huge pgd", PT_PGD, PRESENT(0x999, PSE), PTE_BAD, 0, "" },
	{ "p4d not present", PT_P4D, 0x999ULL << 12, PTE_BAD, 0, "" },
	{ "pgd not present", PT_PGD, NX, PTE_BAD, 0, "" },
	{ "swap in a pgd", PT_PGD, SWAP(3, 7), PTE_BAD, 0, "" },
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
	struct pte pte = arch_x86_64.decode(&mmu5, row->level, row->raw);
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

static const struct {
	enum pt_level level;
	unsigned int type;
	uint64_t offset;
} swap_rows[] = {
	{ PT_PTE, 0, 0 }, { PT_PTE, 0, 1 }, { PT_PTE, 1, 0x12345 },
	{ PT_PTE, 31, 0 }, { PT_PTE, 31, (1ULL << 50) - 1 },
	{ PT_PTE, 0, 1ULL << 49 }, { PT_PTE, 24, 0x3ffffffff },
	{ PT_PMD, 28, 0x40200 }, { PT_PUD, 28, 0x80000 },
};

START_TEST(plain_frames_are_those_of_plain_entries)
{
	const struct decode_row *row = &decode_rows[_i];
	struct pte pte = arch_x86_64.decode(&mmu5, PT_PTE, row->raw);
	bool plain = pte.kind == PTE_PAGE && pte.accessible && !pte.special;
	uint64_t frames[2] = { 4711, 4711 };

	arch_x86_64.plain_frames(&mmu5, &row->raw, 1, frames);
	ck_assert_uint_eq(frames[0], plain ? pte.pfn.v : NOT_PLAIN);
	ck_assert_uint_eq(frames[1], 4711);
}
END_TEST

START_TEST(swap_entries_survive_the_round_trip)
{
	uint64_t raw = SWAP(swap_rows[_i].type, swap_rows[_i].offset);
	/* soft-dirty, uffd-wp and exclusive stand below the offset */
	uint64_t soft[] = { 0, 2, 4, 8, 0xe };

	for (size_t i = 0; i < ARRAY_LEN(soft); i++) {
		struct pte pte = arch_x86_64.decode(&mmu4, swap_rows[_i].level,
						    raw | soft[i]);

		ck_assert_int_eq(pte.kind, PTE_SWAP);
		ck_assert_uint_eq(pte.swap_type, swap_rows[_i].type);
		ck_assert_uint_eq(pte.swap_offset, swap_rows[_i].offset);
	}
}
END_TEST

/* SME and SEV use an address bit as "encrypted": physical_mask leaves it out. */
static const struct {
	enum pt_level level;
	uint64_t raw;
	enum pte_kind kind;
	uint64_t pfn;
} encrypted_rows[] = {
	{ PT_PTE, PRESENT(0x12345, C_BIT), PTE_PAGE, 0x12345 },
	{ PT_PMD, PRESENT(0x40200, C_BIT | PSE), PTE_PAGE, 0x40200 },
	{ PT_PMD, PRESENT(0x12345, C_BIT), PTE_TABLE, 0x12345 },
	{ PT_P4D, PRESENT(0x12345, C_BIT), PTE_TABLE, 0x12345 },
	/* flip_protnone_guard() flips PTE_PFN_MASK, which has physical_mask in it */
	{ PT_PTE, FLIPPED(0x12345, GLOBAL | C_BIT, PTE_PFN_MASK & ~C_BIT),
	  PTE_PAGE, 0x12345 },
};

START_TEST(encryption_bit_is_no_address)
{
	struct mmu mmu;
	struct pte pte;

	set_up(&mmu, 0, false, C_BIT);
	pte = arch_x86_64.decode(&mmu, encrypted_rows[_i].level,
				 encrypted_rows[_i].raw);
	ck_assert_int_eq(pte.kind, encrypted_rows[_i].kind);
	ck_assert_uint_eq(pte.pfn.v, encrypted_rows[_i].pfn);
}
END_TEST

/* Whatever the bits are, decoding ends, and never sees a table below a pte. */
START_TEST(any_bits_can_be_decoded)
{
	uint64_t raw = 88172645463325252ULL;
	size_t tables = 0;

	for (int i = 0; i < 100000; i++) {
		raw ^= raw << 13;
		raw ^= raw >> 7;
		raw ^= raw << 17;
		tables += arch_x86_64.decode(&mmu5, PT_PTE, raw).kind ==
			  PTE_TABLE;
		(void)arch_x86_64.decode(&mmu5, i % PT_LEVELS, raw);
	}
	ck_assert_uint_eq(tables, 0);
}
END_TEST

/* ---- geometry ---- */

static const struct {
	enum pt_level level;
	const char *name;
	unsigned int shift;
	uint64_t pages;
	uint64_t addr;
	size_t index;
} geometry_rows[] = {
	{ PT_PTE, "pte", 12, 1, 0x00007f1234567000, 0x167 },
	{ PT_PMD, "pmd", 21, 512, 0x00007f1234567000, 0x1a2 },
	{ PT_PUD, "pud", 30, 512 * 512, 0x00007f1234567000, 0x48 },
	{ PT_P4D, "p4d", 39, 512 * 512 * 512, 0x00007f1234567000, 0xfe },
	{ PT_PGD, "pgd", 48, 1ULL << 36, 0x00fe7f1234567000, 0xfe },
	{ PT_PTE, "pte", 12, 1, UINT64_MAX, 511 },
	{ PT_PGD, "pgd", 48, 1ULL << 36, 0xff11000000000000, 0x111 },
	{ PT_P4D, "p4d", 39, 1ULL << 27, 0xffff888000000000, 0x111 },
};

START_TEST(geometry_of_the_levels)
{
	enum pt_level level = geometry_rows[_i].level;

	ck_assert_str_eq(pt_level_name(level), geometry_rows[_i].name);
	ck_assert_uint_eq(mmu_shift(&mmu5, level), geometry_rows[_i].shift);
	ck_assert_uint_eq(mmu_pages(&mmu5, level), geometry_rows[_i].pages);
	ck_assert_uint_eq(mmu_index(&mmu5, level, geometry_rows[_i].addr),
			  geometry_rows[_i].index);
	ck_assert_uint_eq(mmu_shift(&mmu4, level), geometry_rows[_i].shift);
}
END_TEST

START_TEST(four_and_five_levels)
{
	ck_assert_int_eq(mmu_top(&mmu4), PT_P4D);
	ck_assert_int_eq(mmu_top(&mmu5), PT_PGD);
	ck_assert_uint_eq(mmu_user_end(&mmu4), 0x0000800000000000ULL);
	ck_assert_uint_eq(mmu_user_end(&mmu5), 0x0100000000000000ULL);
	ck_assert_uint_eq(mmu4.physmem_bits, 46);
	ck_assert_uint_eq(mmu5.physmem_bits, 52);
	ck_assert_uint_eq(mmu_kernel_bits(&mmu4), 0xffff800000000000ULL);
	ck_assert_uint_eq(mmu_kernel_bits(&mmu5), 0xff00000000000000ULL);
	for (enum pt_level level = PT_PTE; level < PT_LEVELS; level++)
		ck_assert_uint_eq(mmu_entries(&mmu5, level), 512);
}
END_TEST

START_TEST(architectures_by_name)
{
	ck_assert_ptr_eq(arch_by_name("x86_64"), &arch_x86_64);
	ck_assert_ptr_null(arch_by_name("x86"));
	ck_assert_ptr_null(arch_by_name(""));
	ck_assert_int_eq(arch_x86_64.elf_machine, 62 /* EM_X86_64 */);
}
END_TEST

/* __pa_symbol(): with KASLR, phys_base can be below zero. */
static const struct {
	int64_t phys_base;
	uint64_t address, phys;
} image_rows[] = {
	{ 0, 0xffffffff81000000, 0x1000000 },
	{ 0x6a000000, 0xffffffff9d200000, 0x87200000 },
	{ -0x1c000000, 0xffffffff9d200000, 0x1200000 },
};

START_TEST(kernel_image_to_physical)
{
	struct mmu mmu;

	set_up(&mmu, image_rows[_i].phys_base, false, 0);
	ck_assert_uint_eq(
		mmu_image_to_phys(&mmu, KADDR(image_rows[_i].address)).v,
		image_rows[_i].phys);
}
END_TEST

/* No x86-64 machine has them. */
START_TEST(pages_of_another_size)
{
	const struct told_number told[N_TOLD] = {
		[TOLD_PHYS_BASE] = { true, 0 },
	};
	struct mmu mmu;

	ck_assert(!arch_x86_64.set_up(told, 16, &mmu));
}
END_TEST

struct cpu_row {
	uint64_t cr0, cr3, cr4;
	size_t n;
	uint64_t tables[CPU_TABLES];
	unsigned int levels;
};

/* The first two are of a guest of QEMU, the third of one under isolation. */
static const struct cpu_row cpu_rows[] = {
	{ 0x80050033, 0x1304000, 0x750eb0, 1, { 0x1304000 }, 4 },
	{ 0x80050033, 0x494d000, 0x751eb0, 2, { 0x494d000, 0x494c000 }, 5 },
	{ 0x80050033, 0x8000000004055801, 0x3706f0, 2,
	  { 0x4055000, 0x4054000 }, 4 },
	{ 0x60000010, 0, 0, 0, { 0 }, 0 },	/* after reset */
	{ 0x11, 0x1304000, 0, 0, { 0 }, 0 },	/* protected mode, no paging */
};

START_TEST(tables_of_a_cpu)
{
	const struct cpu_row *row = &cpu_rows[_i];
	const uint64_t cr[5] = { row->cr0, 0, 0x7ffeeaf299fc, row->cr3,
				 row->cr4 };
	paddr_t tables[CPU_TABLES];
	unsigned int levels = 0;

	ck_assert_uint_eq(arch_x86_64.cpu_tables(cr, tables, &levels), row->n);
	ck_assert_uint_eq(levels, row->levels);
	for (size_t i = 0; i < row->n; i++)
		ck_assert_uint_eq(tables[i].v, row->tables[i]);
}
END_TEST

static const struct test tests[] = {
	ROWS(decode_says_what_the_entry_is, decode_rows),
	ROWS(plain_frames_are_those_of_plain_entries, decode_rows),
	ROWS(swap_entries_survive_the_round_trip, swap_rows),
	ROWS(encryption_bit_is_no_address, encrypted_rows),
	PLAIN(any_bits_can_be_decoded),
	ROWS(geometry_of_the_levels, geometry_rows),
	PLAIN(four_and_five_levels),
	PLAIN(architectures_by_name),
	ROWS(kernel_image_to_physical, image_rows),
	PLAIN(pages_of_another_size),
	ROWS(tables_of_a_cpu, cpu_rows),
};

int main(void)
{
	set_up(&mmu4, 0, false, 0);
	set_up(&mmu5, 0, true, 0);
	return run_suite("arch", tests, ARRAY_LEN(tests));
}
