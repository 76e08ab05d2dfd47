/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that type information and symbols have to tell of one kernel.
 *
 * Plain data without pointers, so that the sources can be closed once they
 * have been asked. What a dump tells of itself is not here but in struct
 * kernel.
 */
#ifndef RMAP_INSPECT_KERNEL_FACTS_H
#define RMAP_INSPECT_KERNEL_FACTS_H

#include "base/remote.h"
#include "debuginfo/symbols.h"
#include "kernel/layout.h"
#include "kernel/names.h"

/* The variables that we read. All but the optional ones are there after open. */
enum kernel_symbol {
	KSYM_INIT_TASK,
	KSYM_MEM_SECTION,	/* optional: VMCOREINFO has the table */
	KSYM_LINUX_BANNER,
	KSYM_STEXT,
	KSYM_INIT_UTS_NS,	/* optional: a check, and the host's name */
	KSYM_VMEMMAP_BASE,	/* optional: x86 with a virtual memmap */
	KSYM_VMALLOC_BASE,	/* likewise */
	KSYM_PROTECTION_MAP,	/* optional: how entries are stored, on arm64 */
	KSYM_NODE_DATA,		/* optional: with CONFIG_NUMA */
	KSYM_CONTIG_PAGE_DATA,	/* optional: without */
	KSYM_IDLE_THREADS,	/* optional: per-CPU, with CONFIG_SMP */
	KSYM_PER_CPU_OFFSET,	/* optional: with CONFIG_SMP */
	KSYM_CPU_POSSIBLE_MASK,	/* likewise */
	KSYM_NR_CPU_IDS,	/* likewise */
	KSYM_PCPU_BASE_ADDR,	/* all of mm/percpu.c is optional */
	KSYM_PCPU_UNIT_OFFSETS,
	KSYM_PCPU_UNIT_SIZE,
	KSYM_PCPU_CHUNK_LISTS,
	KSYM_PCPU_NR_SLOTS,
	KSYM_IOMEM_RESOURCE,	/* optional: what reserved memory is for */
	KSYM_ZERO_PFN,		/* optional: renamed in 7.0 */
	KSYM_ZERO_PAGE_PFN,
	KSYM_HUGE_ZERO_PFN,	/* optional: with huge pages, 5.13 and stable */
	KSYM_VMAP_AREA_LIST,	/* optional: until 6.8 */
	KSYM_VMAP_NODES,	/* optional: since 6.9 */
	KSYM_NR_VMAP_NODES,
	/* Optional: before 6.0 VMCOREINFO does not tell them. */
	KSYM_KALLSYMS_NAMES,
	KSYM_KALLSYMS_NUM_SYMS,
	KSYM_KALLSYMS_TOKEN_TABLE,
	KSYM_KALLSYMS_TOKEN_INDEX,
	KSYM_KALLSYMS_OFFSETS,
	KSYM_KALLSYMS_RELATIVE_BASE,
	KSYM_KFENCE_POOL,	/* optional: with CONFIG_KFENCE, 5.12 */
	KSYM_MODULES,		/* optional: with CONFIG_MODULES */
	KSYM_ETEXT,		/* these are optional: parts of the image */
	KSYM_START_RODATA,
	KSYM_END_RODATA,
	KSYM_SDATA,
	KSYM_EDATA,
	KSYM_INIT_BEGIN,
	KSYM_INIT_END,
	KSYM_BSS_START,
	KSYM_BSS_STOP,
	KSYM_END,
	KSYM_HUGETLB_BASEPAGE_INDEX,	/* optional: a function, until 6.6 */
	KSYM_SWAP_INFO,		/* optional: without CONFIG_SWAP */
	/* All optional; swap_types.c says what they tell. */
	KSYM_SWAP_MIGRATION_AD_SUPPORTED,	/* since 6.1 */
	KSYM_TOTAL_SWAP_PAGES,
	KSYM_MIGRATION_ENTRY_WAIT,	/* functions */
	KSYM_MAKE_DEVICE_EXCLUSIVE,	/* since 6.15 */
	KSYM_MAKE_DEVICE_EXCLUSIVE_RANGE,	/* 5.14 to 6.14 */
	KSYM_MIGRATE_VMA_SETUP,		/* since 5.4 */
	KSYM_MIGRATE_VMA,		/* until 5.3 */
	KSYM_NR_SWAP_PAGES,	/* optional: likewise */
	KSYM_PAGE_EXT_SIZE,	/* optional: with CONFIG_PAGE_EXTENSION */
	KSYM_PAGE_OWNER_OPS,	/* optional: with CONFIG_PAGE_OWNER */
	KSYM_SECRETMEM_AOPS,	/* optional: 5.14 */
	KSYM_SUPER_BLOCKS,	/* optional: to find files that nobody maps */
	KSYM_SHMEM_AOPS,	/* optional: tells shmem from other files */
	KSYM_SHMEM_SWAPLIST,	/* optional: without CONFIG_SHMEM or _SWAP */
	KSYM_MEMORY_CGRP_SUBSYS,	/* optional: with CONFIG_MEMCG */
	KSYM_NUM_POISONED_PAGES,	/* optional: without MEMORY_FAILURE */
	KSYM_START_BTF,		/* optional: without DEBUG_INFO_BTF */
	KSYM_STOP_BTF,
	KSYM_PRB,		/* optional: the kernel's log, since 5.10 */
	KSYM_LOG_BUF,		/* optional: these five, before */
	KSYM_LOG_BUF_LEN,
	KSYM_LOG_FIRST_IDX,
	KSYM_LOG_NEXT_IDX,
	KSYM_LOG_FIRST_SEQ,
	KSYM_ROOT_STABLE_TREE,	/* optional: without KSM or NUMA */
	KSYM_ONE_STABLE_TREE,	/* optional: without KSM */
	KSYM_KSM_NR_NODE_IDS,	/* optional: without NUMA */
	KSYM_MIGRATE_NODES,	/* optional, as all of KSM */
	KSYM_KSM_PAGES_SHARED,
	KSYM_KSM_PAGES_SHARING,
	KSYM_KSM_STABLE_NODE_CHAINS,
	KSYM_KSM_STABLE_NODE_DUPS,
	/* All optional: the caches of what the reverse map consists of. */
	KSYM_ANON_VMA_CACHEP,
	KSYM_ANON_VMA_CHAIN_CACHEP,
	KSYM_VM_AREA_CACHEP,
	KSYM_MM_CACHEP,
	KSYM_TASK_STRUCT_CACHEP,
	KSYM_STABLE_NODE_CACHE,
	KSYM_RMAP_ITEM_CACHE,
	KSYM_PGD_LIST,		/* optional: x86 */
	KSYM_INIT_PID_NS,	/* optional */
	KSYM_NR_THREADS,	/* optional */
	KSYM_ATOMIC_POOL_DMA,	/* all to the end are optional: who has pages */
	KSYM_ATOMIC_POOL_DMA32,
	KSYM_ATOMIC_POOL_KERNEL,
	KSYM_FTRACE_PAGES_START,
	KSYM_SAVEDCMD,
	KSYM_INTEGRITY_BUF_POOL,	/* by 7.3 */
	KSYM_BLOCKDEV_SUPERBLOCK,
	KSYM_BRD_FOPS,		/* unless it is a module */
	KSYM_BTF_VMLINUX,
	KSYM_IP_IDENTS,
	KSYM_IP_IDENTS_MASK,
	KSYM_IP_TSTAMPS,
	KSYM_TABLE_PERTURB,
	KSYM_TCP_HASHINFO,
	KSYM_TCP_METRICS_HASH,
	KSYM_UDP_TABLE,
	KSYM_UDPLITE_TABLE,	/* gone by 7.3 */
	N_KERNEL_SYMBOLS,
};

struct kernel_variable {
	bool present;
	/*
	 * At run time, KASLR included. Of a per-CPU variable, what its CPU's
	 * offset is to be added to: before 6.15 on x86 no address.
	 */
	kaddr_t address;
	uint64_t size;		/* bytes, 0: not known */
};

struct facts {
	struct layout layout;
	struct kernel_names names;
	struct kernel_variable variables[N_KERNEL_SYMBOLS];
	uint64_t linked_stext;	/* where _stext is without KASLR; 0: not known */
	/* Where they were taken from, for people. */
	char layouts_from[16];	/* "DWARF", "BTF" */
	char symbols_from[32];	/* ".symtab", "kallsyms in the dump" */
};

const char *kernel_symbol_name(enum kernel_symbol symbol);
/* The same as a list that ends with NULL, as those of wants.h. */
const char *const *kernel_symbol_names(enum kernel_symbol symbol);
bool kernel_symbol_is_required(enum kernel_symbol symbol);

/* Fill in the names to look up, in the order of the enum. */
void variables_list(struct symbol_want wants[static N_KERNEL_SYMBOLS]);

/* Keep what was found; shift leads from its addresses to those at run time. */
void variables_take(struct facts *facts,
		    const struct symbol_want wants[static N_KERNEL_SYMBOLS],
		    uint64_t shift);

/* Whether KASLR has moved it: it is an address, and no offset. */
static inline bool variable_moves(kaddr_t address)
{
	return address.v >> 63;
}

/* ST_ABSENT: a required one is not there. */
enum status variables_check(const struct facts *facts,
			    struct diag *diag) must_check;

#endif
