/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One bound kernel: an image, the debug information of the same kernel, and
 * the architecture, joined so that kernel virtual memory can be read by
 * structure and member.
 *
 * Knows where things are; does not know what they mean.
 */
#ifndef RMAP_INSPECT_KERNEL_KERNEL_H
#define RMAP_INSPECT_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/map.h"
#include "base/remote.h"
#include "base/status.h"
#include "base/vec.h"
#include "debuginfo/elf_file.h"
#include "debuginfo/kallsyms.h"
#include "image/image.h"
#include "kernel/facts.h"
#include "kernel/swap_types.h"

struct translation {
	uint64_t page;		/* virtual page number */
	uint64_t frame;		/* its PFN */
	bool used;
};

#define TRANSLATIONS	1024u

/* A source of layouts and symbols that was asked, in the order of asking. */
struct trial {
	const char *source;	/* "the dump itself" */
	bool served;
	struct diag why;	/* it did not */
};

#define MAX_TRIALS	8u

/* A VMA that was found by itself, and whose it says it is. */
struct owned_vma {
	kaddr_t mm, vma;
};

DEFINE_VEC(owned_vma_vec, struct owned_vma)

/*
 * Other roads to what cannot be read; the first who needs one reads it, and
 * each clone for itself. See mm/pgd_list.h and mm/vma_slab.h.
 */
struct detours {
	bool has_pgds;
	struct map pgds;	/* mm_struct → physical address of its page table */
	bool has_vmas;
	struct owned_vma_vec vmas;	/* in order of mm */
};

/* How VMCOREINFO, which leads to all the rest, was come by. */
enum vmcoreinfo_from {
	FROM_DUMP,	/* the dump, or the live kernel, has it as such */
	FROM_CPU,	/* the kernel that a CPU ran points to it */
	FROM_SEARCH,	/* all of memory was looked through */
};

/*
 * What the pages of a large folio count by themselves, of the one that was
 * added up last: its pages are mostly asked about in a row.
 */
struct folio_sum {
	kaddr_t head;		/* 0: of none */
	unsigned int order;
	int64_t sum;
};

struct kernel {
	struct image *image;		/* owned */
	const struct log *log;
	bool redact;			/* names go out as stand-ins */
	struct trial trials[MAX_TRIALS];
	size_t n_trials;
	struct facts facts;
	struct elf_file *vmlinux;	/* owned; NULL: none was needed */
	bool matched;			/* false only when forced */
	enum vmcoreinfo_from vmcoreinfo_from;
	paddr_t vmcoreinfo_at;		/* unless from the dump */
	const struct arch *arch;	/* NULL: not known */
	struct mmu mmu;			/* no levels: memory cannot be read yet */
	char release[128];		/* "" when the dump does not say */
	char build_id[64];		/* likewise; lower-case hex */
	bool has_kaslr_offset;
	uint64_t kaslr_offset;		/* bytes */
	bool has_phys_base;
	uint64_t phys_base;
	paddr_t pgd;			/* of the kernel's own page table */
	/* Of the kernel's address space, what VMCOREINFO tells: or empty. */
	struct kernel_region told_regions[N_REGIONS];
	kaddr_t section_table;		/* mem_section[] */
	uint64_t section_roots;		/* its length */
	unsigned int section_size_bits;	/* bytes of a memory section, log2 */
	/* The struct page of frame 0, were there one; 0: no virtual memmap is known. */
	kaddr_t vmemmap;
	unsigned int node_bits;		/* of page.flags, at its top */
	unsigned int zone_bits;		/* below them; 0: not known */
	/* Of the word that is _mapcount or page_type, as whole words before 6.12. */
	struct told_number buddy_type;
	struct told_number hugetlb_type;
	struct told_number hugetlb_flag;	/* bit of _flags_1, 6.6 to 6.8 */
	struct swap_types swap_types;
	struct translation translations[TRANSLATIONS];
	struct detours detours;
	struct folio_sum folio_sum;
	/* Why the last call failed; every function of this layer and above sets it. */
	struct diag diag;
};

struct kernel_options {
	/*
	 * Files to take layouts and symbols from; NULL: not given. With none
	 * of them the sources are asked in their turn. What btf and
	 * system_map are of, nobody can check but by VMCOREINFO.
	 */
	const char *vmlinux;
	const char *btf;
	const char *system_map;
	const char *const *debug_dirs;	/* to look in first; NULL-terminated */
	bool debuginfod;	/* servers may be asked, too */
	const char *cache_dir;	/* where facts are kept; NULL: nowhere */
	bool force;		/* accept a vmlinux of another build */
	bool redact;		/* names that people gave go out as stand-ins */
	const struct log *log;	/* or NULL; must outlive the kernel */
};

/* Takes image over, unless it returns NULL: out of memory. */
struct kernel *kernel_new(struct image *image);

/*
 * A bound kernel once more, for another thread: with an image of its own, and
 * without a log. Release with kernel_free().
 */
enum status kernel_clone(struct kernel *kernel,
			 struct kernel **ret_kernel) must_check;
void kernel_free(struct kernel *kernel);	/* accepts NULL */
DEFINE_CLEANUP(struct kernel, kernel_free)

/*
 * Bind an image to its kernel; once. ST_MISMATCH: vmlinux is of another build
 * (both are named). ST_ABSENT: no source of layouts and symbols serves; diag
 * says why each does not. ST_UNSUPPORTED: no VMCOREINFO, or an architecture
 * that we do not know.
 *
 * After a failure nothing may be read any more, but what the dump has told of
 * itself until then (release, build_id, trials, …) stands.
 */
enum status kernel_bind(struct kernel *kernel,
			const struct kernel_options *opts,
			struct diag *diag) must_check;

/* ---- reading (memory.c) ---- */

/*
 * Translate through the kernel's own page table. ST_NO_ADDRESS when nothing
 * is mapped there.
 */
enum status kernel_translate(struct kernel *kernel, kaddr_t addr,
			     paddr_t *ret_phys) must_check;

/*
 * The entry of that page table where the walk ends for addr, whatever it says,
 * and its level. Never a PTE_TABLE.
 */
enum status kernel_entry(struct kernel *kernel, kaddr_t addr,
			 struct pte *ret_pte,
			 enum pt_level *ret_level) must_check;

/* The page table is another one from here on. */
void kernel_forget_translations(struct kernel *kernel);

/* Let go of what was found by other roads; it is read again when needed. */
void kernel_forget_detours(struct kernel *kernel);

enum status kernel_read(struct kernel *kernel, kaddr_t addr, void *buf,
			size_t len) must_check;

/* Read all memory anew from here on, by page tables read anew. */
void kernel_forget(struct kernel *kernel);

/* All of this will be read soon. Failures show when it is. */
void kernel_read_ahead(struct kernel *kernel, kaddr_t addr, size_t len);

/* An unsigned word of the kernel's own size, a pointer among others. */
enum status kernel_read_word(struct kernel *kernel, kaddr_t addr,
			     uint64_t *ret_value) must_check;

/*
 * A string of at most size - 1 bytes; longer ones are cut. Bytes are those of
 * the dump, whatever they are.
 */
enum status kernel_read_string(struct kernel *kernel, kaddr_t addr, char *buf,
			       size_t size) must_check;

/* ---- symbols (source_dump.c) ---- */

/*
 * The names of the symbols at these addresses, from kallsyms in the dump.
 * ST_ABSENT: nothing tells where it is.
 */
enum status kernel_name_symbols(struct kernel *kernel,
				struct symbol_at *symbols,
				size_t n) must_check;

/* ---- structures (object.c) ---- */

#define OBJECT_BYTES	4096u

/* A copy of the part of a structure that layout.def asks for. */
struct object {
	const struct layout *layout;
	enum struct_id type;
	kaddr_t address;
	uint8_t bytes[OBJECT_BYTES];
};

/*
 * Copy a structure. ST_CORRUPT when address is not one that a kernel object
 * can have: not in the kernel's half, not aligned to a word.
 */
enum status object_read(struct kernel *kernel, enum struct_id type,
			kaddr_t address, struct object *ret_object) must_check;

/* The same of a structure that is packed, so that any address will do. */
enum status object_read_packed(struct kernel *kernel, enum struct_id type,
			       kaddr_t address,
			       struct object *ret_object) must_check;

/* The member, zero-extended; its first element if it is an array. */
uint64_t object_value(const struct object *object, enum member_id member);
uint64_t object_element(const struct object *object, enum member_id member,
			size_t i);
int64_t object_signed(const struct object *object, enum member_id member);
kaddr_t object_pointer(const struct object *object, enum member_id member);

/* The bytes of a member, for text; *ret_len as long as the member. */
const char *object_text(const struct object *object, enum member_id member,
			size_t *ret_len);

/* The structure that an embedded member at address belongs to. */
kaddr_t container_of_member(const struct kernel *kernel, enum member_id member,
			    kaddr_t address);

#endif
