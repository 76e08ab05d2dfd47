/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/facts.h"

struct variable_want {
	const char *names[2];	/* one, and NULL */
	bool required;
};

static const struct variable_want variable_wants[N_KERNEL_SYMBOLS] = {
	[KSYM_INIT_TASK] = { { "init_task" }, true },
	[KSYM_MEM_SECTION] = { { "mem_section" }, false },
	[KSYM_LINUX_BANNER] = { { "linux_banner" }, true },
	[KSYM_STEXT] = { { "_stext" }, true },
	[KSYM_INIT_UTS_NS] = { { "init_uts_ns" }, false },
	[KSYM_VMEMMAP_BASE] = { { "vmemmap_base" }, false },
	[KSYM_VMALLOC_BASE] = { { "vmalloc_base" }, false },
	[KSYM_PROTECTION_MAP] = { { "protection_map" }, false },
	[KSYM_NODE_DATA] = { { "node_data" }, false },
	[KSYM_CONTIG_PAGE_DATA] = { { "contig_page_data" }, false },
	[KSYM_IDLE_THREADS] = { { "idle_threads" }, false },
	[KSYM_PER_CPU_OFFSET] = { { "__per_cpu_offset" }, false },
	[KSYM_CPU_POSSIBLE_MASK] = { { "__cpu_possible_mask" }, false },
	[KSYM_NR_CPU_IDS] = { { "nr_cpu_ids" }, false },
	[KSYM_PCPU_BASE_ADDR] = { { "pcpu_base_addr" }, false },
	[KSYM_PCPU_UNIT_OFFSETS] = { { "pcpu_unit_offsets" }, false },
	[KSYM_PCPU_UNIT_SIZE] = { { "pcpu_unit_size" }, false },
	[KSYM_PCPU_CHUNK_LISTS] = { { "pcpu_chunk_lists" }, false },
	[KSYM_PCPU_NR_SLOTS] = { { "pcpu_nr_slots" }, false },
	[KSYM_IOMEM_RESOURCE] = { { "iomem_resource" }, false },
	[KSYM_ZERO_PFN] = { { "zero_pfn" }, false },
	[KSYM_ZERO_PAGE_PFN] = { { "zero_page_pfn" }, false },
	[KSYM_HUGE_ZERO_PFN] = { { "huge_zero_pfn" }, false },
	[KSYM_VMAP_AREA_LIST] = { { "vmap_area_list" }, false },
	[KSYM_VMAP_NODES] = { { "vmap_nodes" }, false },
	[KSYM_NR_VMAP_NODES] = { { "nr_vmap_nodes" }, false },
	[KSYM_KALLSYMS_NAMES] = { { "kallsyms_names" }, false },
	[KSYM_KALLSYMS_NUM_SYMS] = { { "kallsyms_num_syms" }, false },
	[KSYM_KALLSYMS_TOKEN_TABLE] = { { "kallsyms_token_table" }, false },
	[KSYM_KALLSYMS_TOKEN_INDEX] = { { "kallsyms_token_index" }, false },
	[KSYM_KALLSYMS_OFFSETS] = { { "kallsyms_offsets" }, false },
	[KSYM_KALLSYMS_RELATIVE_BASE] = {
		{ "kallsyms_relative_base" }, false
	},
	[KSYM_KFENCE_POOL] = { { "__kfence_pool" }, false },
	[KSYM_MODULES] = { { "modules" }, false },
	[KSYM_ETEXT] = { { "_etext" }, false },
	[KSYM_START_RODATA] = { { "__start_rodata" }, false },
	[KSYM_END_RODATA] = { { "__end_rodata" }, false },
	[KSYM_SDATA] = { { "_sdata" }, false },
	[KSYM_EDATA] = { { "_edata" }, false },
	[KSYM_INIT_BEGIN] = { { "__init_begin" }, false },
	[KSYM_INIT_END] = { { "__init_end" }, false },
	[KSYM_BSS_START] = { { "__bss_start" }, false },
	[KSYM_BSS_STOP] = { { "__bss_stop" }, false },
	[KSYM_END] = { { "_end" }, false },
	[KSYM_HUGETLB_BASEPAGE_INDEX] = { { "hugetlb_basepage_index" }, false },
	[KSYM_SWAP_INFO] = { { "swap_info" }, false },
	[KSYM_SWAP_MIGRATION_AD_SUPPORTED] = {
		{ "swap_migration_ad_supported" }, false
	},
	[KSYM_TOTAL_SWAP_PAGES] = { { "total_swap_pages" }, false },
	[KSYM_MIGRATION_ENTRY_WAIT] = { { "migration_entry_wait" }, false },
	[KSYM_MAKE_DEVICE_EXCLUSIVE] = { { "make_device_exclusive" }, false },
	[KSYM_MAKE_DEVICE_EXCLUSIVE_RANGE] = {
		{ "make_device_exclusive_range" }, false
	},
	[KSYM_MIGRATE_VMA_SETUP] = { { "migrate_vma_setup" }, false },
	[KSYM_MIGRATE_VMA] = { { "migrate_vma" }, false },
	[KSYM_NR_SWAP_PAGES] = { { "nr_swap_pages" }, false },
	[KSYM_PAGE_EXT_SIZE] = { { "page_ext_size" }, false },
	[KSYM_PAGE_OWNER_OPS] = { { "page_owner_ops" }, false },
	[KSYM_SECRETMEM_AOPS] = { { "secretmem_aops" }, false },
	[KSYM_SUPER_BLOCKS] = { { "super_blocks" }, false },
	[KSYM_SHMEM_AOPS] = { { "shmem_aops" }, false },
	[KSYM_SHMEM_SWAPLIST] = { { "shmem_swaplist" }, false },
	[KSYM_MEMORY_CGRP_SUBSYS] = { { "memory_cgrp_subsys" }, false },
	[KSYM_NUM_POISONED_PAGES] = { { "num_poisoned_pages" }, false },
	[KSYM_START_BTF] = { { "__start_BTF" }, false },
	[KSYM_STOP_BTF] = { { "__stop_BTF" }, false },
	[KSYM_PRB] = { { "prb" }, false },
	[KSYM_LOG_BUF] = { { "log_buf" }, false },
	[KSYM_LOG_BUF_LEN] = { { "log_buf_len" }, false },
	[KSYM_LOG_FIRST_IDX] = { { "log_first_idx" }, false },
	[KSYM_LOG_NEXT_IDX] = { { "log_next_idx" }, false },
	[KSYM_LOG_FIRST_SEQ] = { { "log_first_seq" }, false },
	[KSYM_ROOT_STABLE_TREE] = { { "root_stable_tree" }, false },
	[KSYM_ONE_STABLE_TREE] = { { "one_stable_tree" }, false },
	[KSYM_KSM_NR_NODE_IDS] = { { "ksm_nr_node_ids" }, false },
	[KSYM_MIGRATE_NODES] = { { "migrate_nodes" }, false },
	[KSYM_KSM_PAGES_SHARED] = { { "ksm_pages_shared" }, false },
	[KSYM_KSM_PAGES_SHARING] = { { "ksm_pages_sharing" }, false },
	[KSYM_KSM_STABLE_NODE_CHAINS] = { { "ksm_stable_node_chains" }, false },
	[KSYM_KSM_STABLE_NODE_DUPS] = { { "ksm_stable_node_dups" }, false },
	[KSYM_ANON_VMA_CACHEP] = { { "anon_vma_cachep" }, false },
	[KSYM_ANON_VMA_CHAIN_CACHEP] = { { "anon_vma_chain_cachep" }, false },
	[KSYM_VM_AREA_CACHEP] = { { "vm_area_cachep" }, false },
	[KSYM_MM_CACHEP] = { { "mm_cachep" }, false },
	[KSYM_TASK_STRUCT_CACHEP] = { { "task_struct_cachep" }, false },
	[KSYM_PGD_LIST] = { { "pgd_list" }, false },
	[KSYM_NR_THREADS] = { { "nr_threads" }, false },
	[KSYM_INIT_PID_NS] = { { "init_pid_ns" }, false },
	[KSYM_STABLE_NODE_CACHE] = { { "stable_node_cache" }, false },
	[KSYM_RMAP_ITEM_CACHE] = { { "rmap_item_cache" }, false },
	[KSYM_ATOMIC_POOL_DMA] = { { "atomic_pool_dma" }, false },
	[KSYM_ATOMIC_POOL_DMA32] = { { "atomic_pool_dma32" }, false },
	[KSYM_ATOMIC_POOL_KERNEL] = { { "atomic_pool_kernel" }, false },
	[KSYM_FTRACE_PAGES_START] = { { "ftrace_pages_start" }, false },
	[KSYM_SAVEDCMD] = { { "savedcmd" }, false },
	[KSYM_INTEGRITY_BUF_POOL] = { { "integrity_buf_pool" }, false },
	[KSYM_BLOCKDEV_SUPERBLOCK] = { { "blockdev_superblock" }, false },
	[KSYM_BRD_FOPS] = { { "brd_fops" }, false },
	[KSYM_BTF_VMLINUX] = { { "btf_vmlinux" }, false },
	[KSYM_IP_IDENTS] = { { "ip_idents" }, false },
	[KSYM_IP_IDENTS_MASK] = { { "ip_idents_mask" }, false },
	[KSYM_IP_TSTAMPS] = { { "ip_tstamps" }, false },
	[KSYM_TABLE_PERTURB] = { { "table_perturb" }, false },
	[KSYM_TCP_HASHINFO] = { { "tcp_hashinfo" }, false },
	[KSYM_TCP_METRICS_HASH] = { { "tcp_metrics_hash" }, false },
	[KSYM_UDP_TABLE] = { { "udp_table" }, false },
	[KSYM_UDPLITE_TABLE] = { { "udplite_table" }, false },
};

const char *kernel_symbol_name(enum kernel_symbol symbol)
{
	return variable_wants[symbol].names[0];
}

const char *const *kernel_symbol_names(enum kernel_symbol symbol)
{
	return variable_wants[symbol].names;
}

bool kernel_symbol_is_required(enum kernel_symbol symbol)
{
	return variable_wants[symbol].required;
}

void variables_list(struct symbol_want wants[static N_KERNEL_SYMBOLS])
{
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		wants[i] = (struct symbol_want) {
			.name = kernel_symbol_name(i),
		};
}

void variables_take(struct facts *facts,
		    const struct symbol_want wants[static N_KERNEL_SYMBOLS],
		    uint64_t shift)
{
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++) {
		struct kernel_variable *variable = &facts->variables[i];

		*variable = (struct kernel_variable) { 0 };
		if (!wants[i].found)
			continue;
		variable->present = true;
		variable->address = KADDR(wants[i].address);
		if (variable_moves(variable->address))
			variable->address.v += shift;
		variable->size = wants[i].size;
	}
}

enum status variables_check(const struct facts *facts, struct diag *diag)
{
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++)
		if (!facts->variables[i].present && variable_wants[i].required)
			return diag_fail(diag, ST_ABSENT, "no symbol %s in %s",
					 kernel_symbol_name(i),
					 facts->symbols_from);
	return ST_OK;
}
