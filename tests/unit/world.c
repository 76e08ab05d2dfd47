/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world.h"

#include "image/memory.h"

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096u

/* ---- layouts ---- */

/*
 * Where each kernel has its members (kernel-facts sections 0.1 to 0.3). The
 * resolver of src/kernel asks for these names through struct type_ops, as it
 * would ask DWARF.
 */
#define NONE	UINT32_MAX

struct member_row {
	const char *path;
	uint32_t size;			/* of one element */
	uint32_t count;			/* 0: not an array */
	uint32_t offset[N_LIKES];	/* NONE: no such member */
};

struct struct_row {
	const char *name;
	uint32_t size[N_LIKES];		/* NONE: no such structure */
	const struct member_row *members;
};

#define MEMBERS(...)	(const struct member_row[]) { __VA_ARGS__, { 0 } }
#define WORD(path, ...)	{ path, 8, 0, { __VA_ARGS__ } }
#define INT(path, ...)	{ path, 4, 0, { __VA_ARGS__ } }
#define BYTE(path, ...)	{ path, 1, 0, { __VA_ARGS__ } }

static const struct struct_row structs[] = {
	{ "list_head", { 16, 16, 16 }, MEMBERS(
		WORD("next", 0, 0, 0),
		WORD("prev", 8, 8, 8)) },
	{ "hlist_node", { 16, 16, 16 }, MEMBERS(WORD("next", 0, 0, 0)) },
	{ "rb_node", { 24, 24, 24 }, MEMBERS(
		WORD("__rb_parent_color", 0, 0, 0),
		WORD("rb_right", 8, 8, 8),
		WORD("rb_left", 16, 16, 16)) },
	{ "page", { 64, 64, 64 }, MEMBERS(
		WORD("flags", 0, 0, NONE),
		WORD("flags.f", NONE, NONE, 0),
		WORD("compound_head", 8, 8, NONE),
		WORD("compound_info", NONE, NONE, 8),
		WORD("mapping", 24, 24, 24),
		WORD("index", 32, 32, NONE),
		WORD("__folio_index", NONE, NONE, 32),
		WORD("private", 40, 40, 40),
		INT("_mapcount", 48, 48, 48),
		INT("_refcount", 52, 52, 52),
		{ "lru", 16, 0, { 8, 8, 8 } },
		WORD("pt_mm", 32, NONE, NONE),
		WORD("slab_cache", 24, NONE, NONE),
		WORD("freelist", 32, NONE, NONE),
		WORD("counters", 40, NONE, NONE),
		WORD("mem_cgroup", 56, NONE, NONE),
		WORD("memcg_data", NONE, 56, 56),
		WORD("pgmap", 8, 8, NONE),
		BYTE("compound_order", 17, NONE, NONE),
		BYTE("compound_dtor", 16, NONE, NONE),
		INT("compound_mapcount", 20, NONE, NONE),
		INT("hpage_pinned_refcount", 16, NONE, NONE)) },
	{ "ptdesc", { NONE, 64, 64 }, MEMBERS(
		{ "pt_list", 16, 0, { NONE, 8, 8 } },
		WORD("pt_mm", NONE, 32, 32)) },
	{ "folio", { NONE, 192, 256 }, MEMBERS(
		WORD("swap.val", NONE, 40, 40),
		WORD("_flags_1", NONE, 64, 64),
		INT("_large_mapcount", NONE, 80, 80),
		INT("_entire_mapcount", NONE, 84, 88),
		INT("_pincount", NONE, 92, 92),
		WORD("pgmap", NONE, NONE, 8),
		WORD("_hugetlb_hwpoison", NONE, 168, 232)) },
	{ "dev_pagemap", { 160, 136, 128 }, MEMBERS(
		INT("type", 96, 72, 72)) },
	{ "raw_hwp_page", { NONE, 16, 16 }, MEMBERS(
		{ "node", 8, 0, { NONE, 0, 0 } },
		WORD("page", NONE, 8, 8)) },
	{ "swap_info_struct", { 240, 680, 664 }, MEMBERS(
		INT("max", 60, 76, 76),
		WORD("swap_map", 64, 80, NONE),
		WORD("cluster_info", 72, 96, 80)) },
	{ "swap_cluster_info", { 8, 40, 48 }, MEMBERS(
		WORD("table", NONE, NONE, 8),
		WORD("extend_table", NONE, NONE, 16)) },
	{ "swap_table", { NONE, NONE, 4096 }, MEMBERS(
		{ "entries", 8, 512, { NONE, NONE, 0 } }) },
	{ "mem_section", { 16, 32, 16 }, MEMBERS(
		WORD("page_ext", NONE, 16, NONE),
		WORD("section_mem_map", 0, 0, 0),
		WORD("usage", 8, 8, 8)) },
	{ "page_ext", { NONE, 8, NONE }, MEMBERS(WORD("flags", NONE, 0, NONE)) },
	{ "page_ext_operations", { NONE, 40, NONE }, MEMBERS(
		WORD("offset", NONE, 0, NONE)) },
	{ "page_owner", { NONE, 64, NONE }, MEMBERS(
		{ "order", 2, 0, { NONE, 0, NONE } },
		INT("gfp_mask", NONE, 4, NONE),
		WORD("ts_nsec", NONE, 16, NONE),
		{ "comm", 1, 16, { NONE, 32, NONE } },
		INT("pid", NONE, 48, NONE)) },
	{ "mem_section_usage", { 24, 24, 24 }, MEMBERS(
		{ "subsection_map", 8, 1, { 16, 16, 16 } }) },
	{ "mem_cgroup", { 1856, 2048, 2048 }, MEMBERS(
		WORD("css.cgroup", 0, 0, 0),
		WORD("css.ss", 8, 8, 8),
		INT("css.flags", 84, 84, 76)) },
	{ "obj_cgroup", { 72, 72, 64 }, MEMBERS(WORD("memcg", 16, 16, 16)) },
	{ "cgroup", { 1472, 1536, 1600 }, MEMBERS(
		WORD("self.cgroup", 0, 0, 0),
		WORD("kn", 248, 256, 296)) },
	{ "css_set", { 400, 416, 416 }, MEMBERS(
		{ "subsys", 8, 14, { 0, 0, 0 } }) },
	{ "kernfs_node", { 128, 136, 136 }, MEMBERS(
		WORD("parent", 8, 8, NONE),
		WORD("__parent", NONE, NONE, 8),
		WORD("name", 16, 16, 16),
		WORD("id", 104, 96, 96)) },
	{ "pglist_data", { 8192, 8192, 8192 }, MEMBERS(
		{ "node_zones", 1600, 5, { 0, 0, 0 } }) },
	{ "zone", { 1600, 1600, 1600 }, MEMBERS(
		WORD("pageset", 88, NONE, NONE),
		WORD("per_cpu_pageset", NONE, 88, 88),
		WORD("per_cpu_zonestats", NONE, 96, 96),
		WORD("present_pages", 128, 128, 128),
		{ "free_area", 104, 11, { 192, 192, 192 } }) },
	{ "free_area", { 104, 104, 104 }, MEMBERS(
		{ "free_list", 16, 6, { 0, 0, 0 } }) },
	{ "per_cpu_pageset", { 96, NONE, NONE }, MEMBERS(
		{ "pcp", 64, 0, { 8, NONE, NONE } }) },
	{ "per_cpu_pages", { 64, 256, 256 }, MEMBERS(
		{ "lists", 16, 3, { 16, NONE, NONE } },
		{ "lists", 16, 14, { NONE, 32, 32 } }) },
	{ "pcpu_chunk", { 128, 128, 128 }, MEMBERS(
		{ "list", 16, 0, { 0, 0, 0 } },
		WORD("base_addr", 64, 64, 64),
		INT("nr_pages", 96, 96, 96)) },
	{ "resource", { 64, 64, 64 }, MEMBERS(
		WORD("start", 0, 0, 0),
		WORD("end", 8, 8, 8),
		WORD("name", 16, 16, 16),
		WORD("sibling", 48, 48, 48),
		WORD("child", 56, 56, 56)) },
	{ "module", { 896, 1280, 1280 }, MEMBERS(
		{ "list", 16, 0, { 8, 8, 8 } },
		{ "name", 1, 56, { 24, 24, 24 } },
		{ "mem", 72, 7, { NONE, 320, 320 } },
		WORD("core_layout.base", 320, NONE, NONE),
		INT("core_layout.size", 328, NONE, NONE)) },
	{ "module_memory", { NONE, 72, 72 }, MEMBERS(
		WORD("base", NONE, 0, 0),
		INT("size", NONE, 16, 16)) },
	{ "vmap_area", { 72, 72, 72 }, MEMBERS(
		WORD("va_start", 0, 0, 0),
		WORD("va_end", 8, 8, 8),
		{ "list", 16, 0, { 40, 40, 40 } },
		WORD("vm", 56, 56, 56),
		WORD("flags", NONE, 64, 64)) },
	{ "vm_struct", { 64, 64, 72 }, MEMBERS(
		WORD("addr", 8, 8, 8),
		WORD("size", 16, 16, 16),
		WORD("caller", 56, 56, 56)) },
	{ "vmap_node", { NONE, 4000, 4000 }, MEMBERS(
		{ "busy.head", 16, 0, { NONE, 3088, 3088 } }) },
	{ "slab", { NONE, 64, 64 }, MEMBERS(
		WORD("slab_cache", NONE, 8, 8),
		WORD("freelist", NONE, 32, 32),
		WORD("counters", NONE, 40, 40)) },
	{ "kmem_cache", { 232, 232, 232 }, MEMBERS(
		INT("size", 24, 24, 24),
		INT("object_size", 28, 28, 28),
		INT("offset", 40, 40, 40),
		INT("red_left_pad", 84, 84, 84),
		WORD("random", 184, 184, 184),
		WORD("cpu_slab", 0, 0, NONE),
		WORD("cpu_sheaves", NONE, NONE, 0),
		WORD("name", 96, 96, 88)) },
	{ "kmem_cache_cpu", { 40, 40, NONE }, MEMBERS(
		WORD("freelist", 0, 0, NONE),
		WORD("page", 16, NONE, NONE),
		WORD("slab", NONE, 16, NONE)) },
	{ "anon_vma", { 96, 96, 88 }, MEMBERS(
		WORD("root", 0, 0, 0),
		INT("refcount", 48, 48, 40),
		INT("degree", 56, NONE, NONE),
		WORD("num_children", NONE, 56, 48),
		WORD("num_active_vmas", NONE, 64, 56),
		WORD("parent", 64, 72, 64),
		WORD("rb_root.rb_root.rb_node", 80, 80, 72),
		WORD("rb_root.rb_leftmost", 88, 88, 80),
		WORD("rwsem.count", 8, 8, 8),
		WORD("rwsem.owner", 16, 16, 16)) },
	{ "anon_vma_chain", { 64, 64, 64 }, MEMBERS(
		WORD("vma", 0, 0, 0),
		WORD("anon_vma", 8, 8, 8),
		{ "same_vma", 16, 0, { 16, 16, 16 } },
		{ "rb", 24, 0, { 32, 32, 32 } },
		WORD("rb_subtree_last", 56, 56, 56)) },
	{ "address_space", { 160, 192, 152 }, MEMBERS(
		WORD("host", 0, 0, 0),
		WORD("i_pages.xa_head", 16, 16, 16),
		WORD("nrpages", 88, 88, 80),
		WORD("i_mmap.rb_root.rb_node", 32, 72, 64),
		WORD("i_mmap.rb_leftmost", 40, 80, 72),
		WORD("i_mmap_rwsem.count", 48, 144, 120),
		WORD("i_mmap_rwsem.owner", 56, 152, 128),
		WORD("a_ops", 112, 104, 96),
		WORD("flags", 120, 112, 104)) },
	{ "xa_node", { 576, 576, 576 }, MEMBERS(
		BYTE("shift", 0, 0, 0),
		WORD("array", 16, 16, 16),
		{ "slots", 8, 64, { 40, 40, 40 } }) },
	{ "xarray", { 16, 16, 16 }, MEMBERS(WORD("xa_head", 8, 8, 8)) },
	{ "ftrace_page", { 24, 24, 24 }, MEMBERS(
		WORD("next", 0, 0, 0),
		WORD("records", 8, 8, 8),
		INT("order", 20, 20, 20)) },
	{ "gen_pool", { 48, 48, 48 }, MEMBERS(
		{ "chunks", 16, 0, { 8, 8, 8 } }) },
	{ "gen_pool_chunk", { 56, 56, 56 }, MEMBERS(
		{ "next_chunk", 16, 0, { 0, 0, 0 } },
		WORD("start_addr", 40, 40, 40),
		WORD("end_addr", 48, 48, 48)) },
	{ "dma_gen_pool", { NONE, NONE, 16 }, MEMBERS(
		WORD("pool", NONE, NONE, 8)) },
	{ "mempool_s", { 72, 72, NONE }, MEMBERS(
		INT("curr_nr", 8, 8, NONE),
		WORD("elements", 16, 16, NONE),
		WORD("pool_data", 24, 24, NONE)) },
	{ "mempool", { NONE, NONE, 72 }, MEMBERS(
		INT("curr_nr", NONE, NONE, 8),
		WORD("elements", NONE, NONE, 16),
		WORD("pool_data", NONE, NONE, 24)) },
	{ "bdev_inode", { 1400, 1400, 1400 }, MEMBERS(
		WORD("bdev.bd_disk", 64, 24, 24),
		{ "vfs_inode", 600, 0, { 800, 800, 800 } }) },
	{ "gendisk", { 512, 512, 512 }, MEMBERS(
		{ "disk_name", 1, 32, { 12, 12, 12 } },
		WORD("fops", 64, 64, 64),
		WORD("private_data", 80, 80, 80)) },
	{ "inet_hashinfo", { 576, 576, 576 }, MEMBERS(
		WORD("ehash", 0, 0, 0),
		INT("ehash_mask", 16, 16, 16),
		WORD("bhash", 32, 32, 32),
		WORD("bhash2", NONE, 48, 48),
		INT("bhash_size", 40, 56, 56)) },
	{ "inet_ehash_bucket", { 8, 8, 8 }, MEMBERS(WORD("chain", 0, 0, 0)) },
	{ "inet_bind_hashbucket", { 16, 16, 16 }, MEMBERS(
		WORD("chain", 8, 8, 8)) },
	{ "btf", { NONE, 200, 216 }, MEMBERS(WORD("types", NONE, 8, 8)) },
	{ "file", { 256, 256, 256 }, MEMBERS(
		WORD("f_path.mnt", 16, 64, 64),
		WORD("f_path.dentry", 24, 72, 72),
		INT("f_mode", 68, 12, 4),
		WORD("f_mapping", 240, 24, 16)) },
	{ "backing_file", { NONE, 280, 280 }, MEMBERS(
		{ "file", 256, 0, { NONE, 0, 0 } },
		WORD("user_path.mnt", NONE, 256, 256),
		WORD("user_path.dentry", NONE, 264, 264)) },
	{ "dentry", { 192, 192, 192 }, MEMBERS(
		WORD("d_hash.pprev", 16, 16, 16),
		WORD("d_parent", 24, 24, 24),
		WORD("d_name.name", 40, 40, 40),
		WORD("d_inode", 48, 48, 48),
		WORD("d_sb", 104, 104, 104),
		{ "d_u.d_alias", 16, 0, { 176, 176, NONE } },
		{ "d_alias", 16, 0, { NONE, NONE, 176 } },
		{ "d_child", 16, 0, { 144, NONE, NONE } },
		{ "d_subdirs", 16, 0, { 160, NONE, NONE } },
		{ "d_sib", 16, 0, { NONE, 144, 144 } },
		WORD("d_children.first", NONE, 160, 160)) },
	{ "inode", { 600, 600, 600 }, MEMBERS(
		INT("i_flags", 12, 12, 4),
		WORD("i_sb", 40, 40, 40),
		WORD("i_mapping", 48, 48, 48),
		WORD("i_ino", 64, 64, 64),
		INT("i_nlink", 72, 72, NONE),
		INT("__i_nlink", NONE, NONE, 72),
		INT("i_rdev", 76, 76, 76),
		WORD("i_size", 80, 80, 80),
		{ "i_sb_list", 16, 0, { 280, 272, 264 } },
		WORD("i_dentry.first", 312, 304, 296)) },
	{ "shmem_inode_info", { 744, 776, 792 }, MEMBERS(
		WORD("swapped", 24, 24, 24),
		{ "swaplist", 16, 0, { 56, 56, 56 } },
		{ "vfs_inode", 600, 0, { 144, 144, 144 } }) },
	{ "super_block", { 1472, 1344, 1344 }, MEMBERS(
		{ "s_list", 16, 0, { 0, 0, 0 } },
		INT("s_dev", 16, 16, 16),
		WORD("s_type", 40, 40, 56),
		WORD("s_root", 104, 104, 120),
		{ "s_mounts", 16, 0, { 208, 224, NONE } },
		WORD("s_mounts", NONE, NONE, 240),
		{ "s_inodes", 16, 0, { 1312, 1312, 1312 } }) },
	{ "file_system_type", { 72, 72, 72 }, MEMBERS(WORD("name", 0, 0, 0)) },
	{ "vfsmount", { 32, 32, 32 }, MEMBERS(
		WORD("mnt_root", 0, 0, 0),
		WORD("mnt_sb", 8, 8, 8)) },
	{ "mount", { 320, 320, 320 }, MEMBERS(
		WORD("mnt_parent", 16, 16, 16),
		WORD("mnt_mountpoint", 24, 24, 24),
		{ "mnt", 32, 0, { 32, 32, 32 } },
		{ "mnt_mounts", 16, 0, { 80, 80, 80 } },
		{ "mnt_child", 16, 0, { 96, 96, 96 } },
		{ "mnt_instance", 16, 0, { 112, 128, NONE } },
		WORD("mnt_next_for_sb", NONE, NONE, 128),
		WORD("mnt_ns", 224, 240, 232)) },
	{ "mnt_namespace", { 128, 200, 184 }, MEMBERS(
		WORD("root", 32, 40, 24)) },
	{ "stable_node", { 64, NONE, NONE }, MEMBERS(
		WORD("hlist.first", 40, NONE, NONE),
		WORD("kpfn", 48, NONE, NONE),
		{ "node", 24, 0, { 0, NONE, NONE } },
		WORD("head", 0, NONE, NONE),
		{ "hlist_dup", 16, 0, { 8, NONE, NONE } },
		{ "list", 16, 0, { 24, NONE, NONE } },
		INT("nid", 60, NONE, NONE),
		INT("rmap_hlist_len", 56, NONE, NONE)) },
	{ "ksm_stable_node", { NONE, 64, 64 }, MEMBERS(
		WORD("hlist.first", NONE, 40, 40),
		WORD("kpfn", NONE, 48, 48),
		{ "node", 24, 0, { NONE, 0, 0 } },
		WORD("head", NONE, 0, 0),
		{ "hlist_dup", 16, 0, { NONE, 8, 8 } },
		{ "list", 16, 0, { NONE, 24, 24 } },
		INT("nid", NONE, 60, 60),
		INT("rmap_hlist_len", NONE, 56, 56)) },
	{ "rmap_item", { 64, NONE, NONE }, MEMBERS(
		WORD("anon_vma", 8, NONE, NONE),
		WORD("mm", 16, NONE, NONE),
		WORD("address", 24, NONE, NONE),
		WORD("head", 40, NONE, NONE),
		{ "hlist", 16, 0, { 48, NONE, NONE } }) },
	{ "ksm_rmap_item", { NONE, 64, 64 }, MEMBERS(
		WORD("anon_vma", NONE, 8, 8),
		WORD("mm", NONE, 16, 16),
		WORD("address", NONE, 24, 24),
		WORD("head", NONE, 40, 40),
		{ "hlist", 16, 0, { NONE, 48, 48 } }) },
	{ "vm_area_struct", { 200, 176, 192 }, MEMBERS(
		WORD("vm_start", 0, 0, 0),
		WORD("vm_end", 8, 8, 8),
		WORD("vm_next", 16, NONE, NONE),
		WORD("vm_mm", 64, 16, 16),
		WORD("vm_flags", 80, 32, 32),
		{ "shared.rb", 24, 0, { 88, 56, 136 } },
		WORD("shared.rb_subtree_last", 112, 80, 160),
		{ "anon_vma_chain", 16, 0, { 120, 88, 48 } },
		WORD("anon_vma", 136, 104, 64),
		WORD("vm_pgoff", 152, 120, 80),
		WORD("vm_file", 160, 128, 88),
		BYTE("detached", NONE, 40, NONE),
		INT("vm_refcnt", NONE, NONE, 128),
		INT("__vm_anon_pgoff_lo", NONE, NONE, 44),
		INT("__vm_anon_pgoff_hi", NONE, NONE, 132)) },
	{ "mm_struct", { 1032, 1344, 1728 }, MEMBERS(
		WORD("pgd", 80, 120, 120),
		INT("mm_users", 92, 132, 132),
		INT("map_count", 112, 160, 400),
		WORD("owner", 912, 1144, 1528),
		WORD("mmap_lock.count", 120, 168, 408),
		WORD("mmap_lock.owner", 128, 176, 416),
		WORD("mmap", 0, NONE, NONE),
		WORD("mm_mt.ma_root", NONE, 72, 72)) },
	{ "maple_node", { NONE, 256, 256 }, MEMBERS(
		WORD("parent", NONE, 0, 0),
		{ "mr64.pivot", 8, 15, { NONE, 8, 8 } },
		{ "mr64.slot", 8, 16, { NONE, 128, 128 } },
		{ "ma64.pivot", 8, 9, { NONE, 8, 8 } },
		{ "ma64.slot", 8, 10, { NONE, 80, 80 } }) },
	{ "task_struct", { 9344, 9792, 6144 }, MEMBERS(
		WORD("stack", 24, 32, 32),
		INT("flags", 36, 44, 44),
		{ "tasks", 16, 0, { 1976, 2224, 2664 } },
		WORD("mm", 2056, 2304, 2744),
		INT("pid", 2232, 2432, 2872),
		INT("tgid", 2236, 2436, 2876),
		WORD("group_leader", 2296, 2496, 2936),
		{ "pid_links", 16, 4, { 2344, 2544, 2984 } },
		{ "comm", 1, 16, { 2736, 2976, 3408 } },
		WORD("signal", 2832, 3072, 3520),
		{ "thread_node", 16, 0, { 2424, 2608, 3048 } },
		WORD("nsproxy", 2840, 3080, 3528),
		WORD("cgroups", 3328, 3584, 4072)) },
	{ "pid_namespace", { 144, 144, 640 }, MEMBERS(
		WORD("idr.idr_rt.xa_head", 16, 8, 8)) },
	{ "pid", { 112, 112, 128 }, MEMBERS(
		{ "tasks", 8, 4, { 16, 32, 48 } }) },
	{ "nsproxy", { 72, 72, 72 }, MEMBERS(WORD("mnt_ns", 24, 24, 24)) },
	{ "signal_struct", { 1024, 1024, 1024 }, MEMBERS(
		{ "thread_head", 16, 0, { 16, 16, 16 } }) },
	{ "printk_ringbuffer", { 80, 88, 88 }, MEMBERS(
		INT("desc_ring.count_bits", 0, 0, 0),
		WORD("desc_ring.descs", 8, 8, 8),
		WORD("desc_ring.infos", 16, 16, 16),
		WORD("desc_ring.head_id", 24, 24, 24),
		WORD("desc_ring.tail_id", 32, 32, 32),
		INT("text_data_ring.size_bits", 40, 48, 48),
		WORD("text_data_ring.data", 48, 56, 56)) },
	{ "prb_desc", { 24, 24, 24 }, MEMBERS(
		WORD("state_var", 0, 0, 0),
		WORD("text_blk_lpos.begin", 8, 8, 8),
		WORD("text_blk_lpos.next", 16, 16, 16)) },
	{ "printk_info", { 88, 88, 88 }, MEMBERS(
		WORD("seq", 0, 0, 0),
		WORD("ts_nsec", 8, 8, 8),
		{ "text_len", 2, 0, { 16, 16, 16 } }) },
};

static const struct {
	const char *name;
	int64_t value[N_LIKES];		/* -1: no such constant */
} enumerators[] = {
	{ "PG_head", { 16, 6, 6 } },
	{ "PG_dirty", { 3, 4, 4 } },
	{ "PG_writeback", { 15, 1, 1 } },
	{ "PG_double_map", { 6, -1, -1 } },
	{ "PG_swapbacked", { 19, 17, 17 } },
	{ "PG_swapcache", { 10, 10, 10 } },
	{ "PG_lru", { 4, 5, 5 } },
	{ "PG_private", { 13, 14, 14 } },
	{ "PG_private_2", { 14, 15, 15 } },
	{ "PG_locked", { 0, 0, 0 } },
	{ "PG_unevictable", { 20, 18, 18 } },
	{ "PG_mlocked", { 21, 19, 20 } },
	{ "PG_hwpoison", { -1, 20, 21 } },
	{ "HPG_raw_hwp_unreliable", { -1, 5, 5 } },
	{ "MEMORY_DEVICE_PRIVATE", { 1, 1, 1 } },
	{ "MEMORY_DEVICE_COHERENT", { -1, 2, 2 } },
	{ "MEMORY_DEVICE_FS_DAX", { 2, 3, 3 } },
	{ "MEMORY_DEVICE_GENERIC", { 3, 4, 4 } },
	{ "PAGE_EXT_OWNER", { -1, 0, -1 } },
	{ "PAGE_EXT_OWNER_ALLOCATED", { -1, 1, -1 } },
	{ "PG_movable_ops", { -1, -1, 3 } },
	{ "PG_slab", { 9, -1, -1 } },
	{ "PG_reserved", { 12, 13, 13 } },
	{ "PGTY_buddy", { -1, 0xf0, 0xf0 } },
	{ "PGTY_offline", { -1, 0xf1, 0xf1 } },
	{ "PGTY_table", { -1, 0xf2, 0xf2 } },
	{ "PGTY_guard", { -1, 0xf3, 0xf3 } },
	{ "PGTY_hugetlb", { -1, 0xf4, 0xf4 } },
	{ "PGTY_slab", { -1, 0xf5, 0xf5 } },
	{ "PGTY_zsmalloc", { -1, 0xf6, 0xf6 } },
	{ "PGTY_unaccepted", { -1, 0xf7, 0xf7 } },
	{ "PGTY_large_kmalloc", { -1, -1, 0xf8 } },
	{ "ZONE_DEVICE", { 4, 4, 4 } },
	{ "AS_UNEVICTABLE", { 3, 3, 3 } },
	{ "AS_INACCESSIBLE", { -1, 8, 8 } },
	{ "SECTION_IS_EARLY_BIT", { -1, 3, 3 } },
	{ "SECTION_MAP_LAST_BIT", { -1, 5, 6 } },
	{ "__MAX_NR_ZONES", { 5, 5, 5 } },
};

struct world_types {
	struct type_source source;
	enum world_like like;
};

static enum status types_find(struct type_source *src, const char *name,
			      unsigned int nth, enum find_effort effort,
			      struct type_id *ret_type, struct diag *diag)
{
	enum world_like like = ((struct world_types *)src)->like;

	(void)effort;
	for (size_t i = 0; i < ARRAY_LEN(structs); i++) {
		if (strcmp(structs[i].name, name) || nth ||
		    structs[i].size[like] == NONE)
			continue;
		ret_type->v = i;
		return ST_OK;
	}
	return diag_fail(diag, ST_ABSENT, "no struct %s", name);
}

static enum status types_size(struct type_source *src, struct type_id type,
			      uint64_t *ret_bytes, struct diag *diag)
{
	(void)diag;
	*ret_bytes = structs[type.v].size[((struct world_types *)src)->like];
	return ST_OK;
}

static enum status types_member(struct type_source *src, struct type_id type,
				const char *path,
				struct member_info *ret_member,
				struct diag *diag)
{
	enum world_like like = ((struct world_types *)src)->like;

	for (const struct member_row *m = structs[type.v].members; m->path;
	     m++) {
		if (strcmp(m->path, path) || m->offset[like] == NONE)
			continue;
		*ret_member = (struct member_info) {
			.offset = m->offset[like],
			.size = m->size * (m->count ? m->count : 1),
			.count = m->count,
			.element_size = m->size,
		};
		return ST_OK;
	}
	return diag_fail(diag, ST_ABSENT, "no member %s", path);
}

static enum status types_enumerator(struct type_source *src, const char *name,
				    int64_t *ret_value, struct diag *diag)
{
	enum world_like like = ((struct world_types *)src)->like;

	for (size_t i = 0; i < ARRAY_LEN(enumerators); i++) {
		if (strcmp(enumerators[i].name, name) ||
		    enumerators[i].value[like] < 0)
			continue;
		*ret_value = enumerators[i].value[like];
		return ST_OK;
	}
	return diag_fail(diag, ST_ABSENT, "no enumerator %s", name);
}

static void resolve_layout(struct world *world)
{
	static const struct type_ops ops = {
		.name = "world",
		.find = types_find,
		.size = types_size,
		.member = types_member,
		.enumerator = types_enumerator,
	};
	struct world_types types = { { &ops }, world->like };
	struct diag diag = { "" };

	ck_assert_msg(!layout_resolve(&world->kernel->facts.layout,
				      &types.source, &diag), "%s", diag.text);
}

/* ---- where things lie ---- */

/* Direct map and memmap as without KASLR (Documentation/x86/x86_64/mm.rst). */
static uint64_t direct_map(const struct world *world)
{
	return world->kernel->mmu.levels == 5 ? 0xff11000000000000ULL :
						0xffff888000000000ULL;
}

static uint64_t memmap(const struct world *world)
{
	return world->kernel->mmu.levels == 5 ? 0xffd4000000000000ULL :
						0xffffea0000000000ULL;
}

/* Objects, then struct pages of frame 0 and up, in physical memory. */
#define FIRST_FRAME	0x1000u
#define MEMMAP_PHYS	0x20000000ULL
#define DIRECT_MAP_SIZE	0x40000000ULL
#define MEMMAP_SIZE	(4ULL << 20)	/* two sections of 128 MiB */

static const struct layout *layout_of(const struct world *world)
{
	return &world->kernel->facts.layout;
}

static paddr_t phys_of(const struct world *world, kaddr_t address)
{
	uint64_t in_memmap = address.v - memmap(world);

	if (in_memmap < MEMMAP_SIZE)
		return PADDR(MEMMAP_PHYS + in_memmap);
	ck_assert_uint_lt(address.v - direct_map(world), DIRECT_MAP_SIZE);
	return PADDR(address.v - direct_map(world));
}

static void note_frame(struct world *world, uint64_t frame)
{
	bool added;

	ck_ok(map_add(&world->known, frame, 0, &added));
	if (added)
		ck_ok(pfn_vec_push(&world->pages, frame));
}

static void write_phys(struct world *world, paddr_t phys, const void *bytes,
		       size_t len)
{
	for (uint64_t frame = phys.v >> PAGE_SHIFT;
	     frame <= (phys.v + len - 1) >> PAGE_SHIFT; frame++)
		note_frame(world, frame);
	ck_ok(memory_image_write(world->image, phys, bytes, len));
}

/* What was never written is zero: a page of the world that is yet to be. */
static uint64_t read_phys(struct world *world, paddr_t phys)
{
	struct diag diag;
	uint64_t value = 0;

	if (!map_find(&world->known, phys.v >> PAGE_SHIFT))
		return 0;
	ck_ok(image_read(world->image, phys, &value, sizeof(value), &diag));
	return value;
}

static uint64_t alloc_frames(struct world *world, uint64_t n)
{
	static const uint8_t zeros[PAGE_SIZE];
	uint64_t first = world->next_pfn;

	world->next_pfn += n;
	for (uint64_t i = 0; i < n; i++)
		write_phys(world, PADDR((first + i) << PAGE_SHIFT), zeros,
			   sizeof(zeros));
	return first;
}

kaddr_t world_alloc(struct world *world, size_t size)
{
	uint64_t frames = (size + PAGE_SIZE - 1) / PAGE_SIZE;

	return KADDR(direct_map(world) +
		     (alloc_frames(world, frames) << PAGE_SHIFT));
}

kaddr_t world_object(struct world *world, enum struct_id type)
{
	ck_assert(layout_of(world)->structs[type].present);
	return world_alloc(world, layout_of(world)->structs[type].size);
}

void world_write(struct world *world, kaddr_t address, const void *bytes,
		 size_t len)
{
	write_phys(world, phys_of(world, address), bytes, len);
}

void world_write_word(struct world *world, kaddr_t address, uint64_t value)
{
	world_write(world, address, &value, sizeof(value));
}

void world_set_element(struct world *world, kaddr_t object,
		       enum member_id member, size_t i, uint64_t value)
{
	const struct member_layout *ml = &layout_of(world)->members[member];

	ck_assert_msg(ml->present && i < ml->count && ml->size <= 8,
		      "member %d, element %zu", member, i);
	world_write(world, kaddr_add(object, ml->offset + i * ml->size),
		    &value, ml->size);
}

void world_set(struct world *world, kaddr_t object, enum member_id member,
	       uint64_t value)
{
	world_set_element(world, object, member, 0, value);
}

uint64_t world_get(struct world *world, kaddr_t object, enum member_id member)
{
	const struct member_layout *ml = &layout_of(world)->members[member];
	uint64_t value;

	ck_assert_uint_le(ml->size, sizeof(value));
	value = read_phys(world, phys_of(world, kaddr_add(object, ml->offset)));
	return value & UINT64_MAX >> (64 - 8 * ml->size);
}

static kaddr_t member_of(const struct world *world, kaddr_t object,
			 enum member_id member)
{
	return kaddr_add(object, layout_of(world)->members[member].offset);
}

uint64_t world_frame_of(struct world *world, kaddr_t address)
{
	return phys_of(world, address).v >> PAGE_SHIFT;
}

void world_fail_frame(struct world *world, uint64_t frame, enum status st)
{
	ck_ok(memory_image_fail(world->image, PFN(frame), st));
	/* Nothing learnt before may answer now. */
	memset(world->kernel->translations, 0,
	       sizeof(world->kernel->translations));
}

void world_fail(struct world *world, kaddr_t address, enum status st)
{
	world_fail_frame(world, world_frame_of(world, address), st);
}

/* ---- page tables ---- */

static paddr_t entry_at(const struct world *world, paddr_t table,
			enum pt_level level, uint64_t address)
{
	return PADDR(table.v +
		     8 * mmu_index(&world->kernel->mmu, level, address));
}

/* The entry that leads from a table to the one below, made if need be. */
static paddr_t table_below(struct world *world, paddr_t entry)
{
	uint64_t raw = read_phys(world, entry);

	if (!raw) {
		raw = alloc_frames(world, 1) << PAGE_SHIFT | PTE_PRESENT;
		write_phys(world, entry, &raw, sizeof(raw));
	}
	return PADDR(raw & 0x000ffffffffff000ULL);
}

static paddr_t find_entry(struct world *world, paddr_t pgd, uint64_t address,
			  enum pt_level level)
{
	paddr_t table = pgd;

	for (enum pt_level at = mmu_top(&world->kernel->mmu); at > level; at--)
		table = table_below(world, entry_at(world, table, at, address));
	return entry_at(world, table, level, address);
}

void world_map_raw(struct world *world, paddr_t pgd, uint64_t address,
		   enum pt_level level, uint64_t raw)
{
	write_phys(world, find_entry(world, pgd, address, level), &raw,
		   sizeof(raw));
}

kaddr_t world_entry(struct world *world, paddr_t pgd, uint64_t address,
		    enum pt_level level)
{
	return KADDR(direct_map(world) +
		     find_entry(world, pgd, address, level).v);
}

paddr_t world_pgd(struct world *world, kaddr_t mm)
{
	return phys_of(world, KADDR(world_get(world, mm, M_mm_struct_pgd)));
}

void world_map(struct world *world, kaddr_t mm, uint64_t address, uint64_t pfn)
{
	world_map_raw(world, world_pgd(world, mm), address, PT_PTE,
		      pfn << PAGE_SHIFT | PTE_PRESENT);
}

static void map_kernel(struct world *world)
{
	world->kernel->pgd = PADDR(alloc_frames(world, 1) << PAGE_SHIFT);
	for (uint64_t at = 0; at < DIRECT_MAP_SIZE; at += 2 << 20)
		world_map_raw(world, world->kernel->pgd,
			      direct_map(world) + at, PT_PMD, at | PTE_HUGE);
	for (uint64_t at = 0; at < MEMMAP_SIZE; at += PAGE_SIZE)
		world_map_raw(world, world->kernel->pgd, memmap(world) + at,
			      PT_PTE, (MEMMAP_PHYS + at) | PTE_PRESENT);
}

/* ---- struct page ---- */

kaddr_t world_page(struct world *world, uint64_t pfn)
{
	return KADDR(memmap(world) + pfn * layout_of(world)->structs[S_page].size);
}

void world_set_page(struct world *world, uint64_t pfn, enum member_id member,
		    uint64_t value)
{
	world_set(world, world_page(world, pfn), member, value);
}

void world_use_page(struct world *world, uint64_t pfn, uint64_t mapping,
		    uint64_t index)
{
	world_set_page(world, pfn, M_page_mapping, mapping);
	world_set_page(world, pfn, M_page_index, index);
	world_set_page(world, pfn, M_page_mapcount, 0);
	world_set_page(world, pfn, M_page_refcount, 1);
}

void world_flag_page(struct world *world, uint64_t pfn,
		     enum enumerator_id flag)
{
	kaddr_t page = world_page(world, pfn);

	ck_assert(layout_of(world)->has_enumerator[flag]);
	world_set(world, page, M_page_flags,
		  world_get(world, page, M_page_flags) |
		  1ULL << layout_of(world)->enumerators[flag]);
}

/* prep_compound_tail() of each kernel. */
static uint64_t tail_word(struct world *world, uint64_t head_pfn,
			  unsigned int order)
{
	if (world->like == LIKE_7_3)
		return ~0ULL << (order + 6) | 1;
	return world_page(world, head_pfn).v | 1;
}

void world_make_folio(struct world *world, uint64_t pfn, unsigned int order)
{
	kaddr_t head = world_page(world, pfn);

	world_flag_page(world, pfn, E_PG_head);
	for (uint64_t i = 1; i < 1ULL << order; i++) {
		world_set_page(world, pfn + i, M_page_compound_info,
			       tail_word(world, pfn, order));
		world_set_page(world, pfn + i, M_page_mapcount, 0);
	}
	/* Each page mapped once, by an entry of its own. */
	if (layout_has(layout_of(world), M_page_compound_order)) {
		world_set_page(world, pfn + 1, M_page_compound_order, order);
		world_set_page(world, pfn + 1, M_page_compound_mapcount, -1);
		return;
	}
	world_set(world, head, M_folio_flags_1, order);
	world_set(world, head, M_folio_entire_mapcount, -1);
	world_set(world, head, M_folio_large_mapcount, (1ULL << order) - 1);
}

/* With every group of special swap types that each has had. */
static const struct swap_probes swap_probes[N_LIKES] = {
	[LIKE_5_10] = { .max_swapfiles = 27, .at_most = 32, .hwpoison = true,
			.migration = true, .migrate_vma = true },
	[LIKE_6_12] = { .max_swapfiles = 23, .at_most = 32, .hwpoison = true,
			.migration = true, .anon_exclusive = true,
			.raw_vm_flags = true, .device_exclusive_range = true,
			.migrate_vma = true },
	[LIKE_7_3] = { .max_swapfiles = 24, .at_most = 32, .hwpoison = true,
		       .migration = true, .anon_exclusive = true,
		       .raw_vm_flags = true, .device_exclusive = true,
		       .migrate_vma = true },
};

uint64_t world_swap_entry(unsigned int type, uint64_t offset)
{
	return (~offset << 14 >> 5) | (uint64_t)type << 59;
}

bool world_special_entry(const struct world *world, enum swap_meaning meaning,
			 uint64_t pfn, uint64_t *ret_raw)
{
	for (unsigned int type = 0; type < N_SWAP_TYPES; type++) {
		if (world->kernel->swap_types.meanings[type] != meaning)
			continue;
		*ret_raw = world_swap_entry(type, pfn);
		return true;
	}
	return false;
}

static void make_sections(struct world *world)
{
	struct kernel *kernel = world->kernel;
	kaddr_t roots = world_alloc(world, PAGE_SIZE);

	world->sections = world_alloc(world, PAGE_SIZE);
	world_write_word(world, roots, world->sections.v);
	/* PRESENT, HAS_MEM_MAP, ONLINE, IS_EARLY; biased by PFN 0 */
	world_set(world, world->sections, M_mem_section_section_mem_map,
		  memmap(world) | 0xf);
	kernel->facts.variables[KSYM_HUGETLB_BASEPAGE_INDEX].present =
		world->like == LIKE_5_10;
	kernel->section_table = roots;
	kernel->buddy_type = (struct told_number) {
		world->like == LIKE_5_10, ~0x80
	};
	swap_types_decide(&swap_probes[world->like], &kernel->swap_types);
	kernel->section_size_bits = 27;
	kernel->section_roots = 4;
}

/* ---- tasks ---- */

static void init_list(struct world *world, kaddr_t head)
{
	world_write_word(world, head, head.v);
	world_write_word(world, kaddr_add(head, 8), head.v);
}

/* Between at and what follows it. */
static void add_to_list(struct world *world, kaddr_t at, kaddr_t node)
{
	kaddr_t next = KADDR(read_phys(world, phys_of(world, at)));

	world_write_word(world, node, next.v);
	world_write_word(world, kaddr_add(node, 8), at.v);
	world_write_word(world, kaddr_add(next, 8), node.v);
	world_write_word(world, at, node.v);
}

static kaddr_t new_task(struct world *world, uint32_t pid, kaddr_t mm)
{
	kaddr_t task = world_object(world, S_task_struct);

	world_set(world, task, M_task_struct_tgid, pid);
	world_set(world, task, M_task_struct_mm, mm.v);
	return task;
}

static kaddr_t thread_head(struct world *world, kaddr_t leader)
{
	kaddr_t signal = KADDR(world_get(world, leader, M_task_struct_signal));

	return member_of(world, signal, M_signal_struct_thread_head);
}

static void become_leader(struct world *world, kaddr_t task)
{
	kaddr_t signal = world_object(world, S_signal_struct);

	world_set(world, task, M_task_struct_signal, signal.v);
	init_list(world, thread_head(world, task));
	add_to_list(world, thread_head(world, task),
		    member_of(world, task, M_task_struct_thread_node));
}

kaddr_t world_task(struct world *world, uint32_t pid, kaddr_t mm,
		   const char *comm)
{
	kaddr_t task = new_task(world, pid, mm);

	world_write(world, member_of(world, task, M_task_struct_comm), comm,
		    strnlen(comm, 16));
	become_leader(world, task);
	add_to_list(world,
		    member_of(world, world->last_task, M_task_struct_tasks),
		    member_of(world, task, M_task_struct_tasks));
	world->last_task = task;
	return task;
}

kaddr_t world_thread(struct world *world, kaddr_t leader, uint32_t pid,
		     kaddr_t mm)
{
	kaddr_t task = new_task(world, pid, mm);

	world_set(world, task, M_task_struct_signal,
		  world_get(world, leader, M_task_struct_signal));
	add_to_list(world,
		    member_of(world, leader, M_task_struct_thread_node),
		    member_of(world, task, M_task_struct_thread_node));
	return task;
}

static void make_init_task(struct world *world)
{
	kaddr_t task = new_task(world, 0, KADDR(0));

	become_leader(world, task);
	world_set(world, task, M_task_struct_flags, 0x00200000);
	init_list(world, member_of(world, task, M_task_struct_tasks));
	world->last_task = task;
	world->kernel->facts.variables[KSYM_INIT_TASK] =
		(struct kernel_variable) {
			true, task,
			layout_of(world)->structs[S_task_struct].size
		};
}

/* ---- the whole ---- */

static void set_up_mmu(struct world *world)
{
	const struct told_number told[N_TOLD] = {
		[TOLD_FIVE_LEVELS] = { true, world->like == LIKE_7_3 },
	};

	ck_assert(arch_x86_64.set_up(told, world->image->page_shift,
				     &world->kernel->mmu));
}

struct world *world_new(enum world_like like)
{
	struct world *world = calloc(1, sizeof(*world));
	struct diag diag = { "" };

	ck_assert_ptr_nonnull(world);
	world->like = like;
	world->next_pfn = FIRST_FRAME;
	world->kernel = calloc(1, sizeof(*world->kernel));
	ck_assert_ptr_nonnull(world->kernel);
	ck_ok(memory_image_new(NULL, &world->image, &diag));
	world->kernel->image = world->image;
	world->kernel->arch = &arch_x86_64;
	set_up_mmu(world);
	resolve_layout(world);
	map_kernel(world);
	make_sections(world);
	make_init_task(world);
	return world;
}

void world_free(struct world *world)
{
	image_free(world->image);
	map_fini(&world->known);
	pfn_vec_fini(&world->pages);
	kernel_forget_detours(world->kernel);
	free(world->kernel);
	free(world);
}

/* ---- address spaces ---- */

kaddr_t world_mm(struct world *world)
{
	kaddr_t mm = world_object(world, S_mm_struct);

	world_set(world, mm, M_mm_struct_pgd, world_alloc(world, PAGE_SIZE).v);
	return mm;
}

void world_vma(struct world *world, struct vma *vma)
{
	kaddr_t at = world_object(world, S_vm_area_struct);

	vma->address = at;
	world_set(world, at, M_vm_area_struct_vm_start, vma->start);
	world_set(world, at, M_vm_area_struct_vm_end, vma->end);
	world_set(world, at, M_vm_area_struct_vm_mm, vma->mm.v);
	world_set(world, at, M_vm_area_struct_vm_flags, vma->flags);
	world_set(world, at, M_vm_area_struct_vm_pgoff, vma->pgoff);
	world_set(world, at, M_vm_area_struct_vm_file, vma->file.v);
	init_list(world, member_of(world, at, M_vm_area_struct_anon_vma_chain));
	if (world->like != LIKE_7_3)
		return;
	world_set(world, at, M_vm_area_struct_anon_pgoff_lo,
		  (uint32_t)vma->anon_pgoff);
	world_set(world, at, M_vm_area_struct_anon_pgoff_hi,
		  vma->anon_pgoff >> 32);
}

static void set_vma_list(struct world *world, kaddr_t mm,
			 const struct vma *vmas, size_t n)
{
	world_set(world, mm, M_mm_struct_mmap, n ? vmas[0].address.v : 0);
	for (size_t i = 0; i < n; i++)
		world_set(world, vmas[i].address, M_vm_area_struct_vm_next,
			  i + 1 < n ? vmas[i + 1].address.v : 0);
}

uint64_t world_maple_node(struct world *world, unsigned int type,
			  const uint64_t *pivots, const uint64_t *slots,
			  size_t n)
{
	enum member_id pivot = type == 3 ? M_maple_node_arange_pivot :
					   M_maple_node_range_pivot;
	enum member_id slot = type == 3 ? M_maple_node_arange_slot :
					  M_maple_node_range_slot;
	kaddr_t node = world_object(world, S_maple_node);

	for (size_t i = 0; i < n; i++) {
		world_set_element(world, node, slot, i, slots[i]);
		if (i < layout_of(world)->members[pivot].count)
			world_set_element(world, node, pivot, i, pivots[i]);
	}
	/* mt_mk_node(): type and MAPLE_ENODE_NULL */
	return node.v | type << 3 | 4;
}

/* A VMA and the hole behind it take two slots: seven VMAs fit. */
#define VMAS_PER_LEAF	7

static uint64_t maple_leaf(struct world *world, uint64_t from,
			   const struct vma *vmas, size_t n, uint64_t max)
{
	uint64_t pivots[2 * VMAS_PER_LEAF + 1] = { 0 };
	uint64_t slots[2 * VMAS_PER_LEAF + 1] = { 0 };
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		if (vmas[i].start > from)
			pivots[used++] = vmas[i].start - 1;
		slots[used] = vmas[i].address.v;
		pivots[used++] = vmas[i].end - 1;
		from = vmas[i].end;
	}
	if (!n || vmas[n - 1].end - 1 != max)
		pivots[used++] = max;
	return world_maple_node(world, 1, pivots, slots, used);
}

static uint64_t maple_tree(struct world *world, const struct vma *vmas,
			   size_t n)
{
	uint64_t pivots[10] = { 0 }, slots[10] = { 0 }, from = 0;
	size_t used = 0;

	if (n <= VMAS_PER_LEAF)
		return maple_leaf(world, 0, vmas, n, UINT64_MAX);
	for (size_t i = 0; i < n; i += VMAS_PER_LEAF) {
		bool last = n - i <= VMAS_PER_LEAF;
		size_t some = last ? n - i : VMAS_PER_LEAF;

		pivots[used] = last ? UINT64_MAX : vmas[i + some - 1].end - 1;
		slots[used] = maple_leaf(world, from, vmas + i, some,
					 pivots[used]);
		from = pivots[used++] + 1;
	}
	return world_maple_node(world, 3, pivots, slots, used);
}

void world_set_vmas(struct world *world, kaddr_t mm, const struct vma *vmas,
		    size_t n)
{
	world_set(world, mm, M_mm_struct_map_count, n);
	if (world->like == LIKE_5_10)
		set_vma_list(world, mm, vmas, n);
	else	/* mte_mk_root() */
		world_set(world, mm, M_mm_struct_ma_root,
			  maple_tree(world, vmas, n) | 2);
}

/* ---- interval trees ---- */

struct tree_item {
	kaddr_t object;		/* anon_vma_chain or VMA */
	uint64_t first, last;
};

struct tree {
	enum member_id rb, subtree_last;
	struct tree_item items[WORLD_TREE_MAX];
	size_t n;
};

static int by_first(const void *a, const void *b)
{
	const struct tree_item *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/*
 * The subtree of items[from … to - 1]: its topmost rb_node. depth: what is left
 * to the lowest level, which is red, and which alone may have gaps.
 */
static kaddr_t build(struct world *world, const struct tree *tree, size_t from,
		     size_t to, kaddr_t parent, unsigned int depth,
		     uint64_t *ret_last)
{
	size_t middle = from + (to - from) / 2;
	const struct tree_item *item = &tree->items[middle];
	kaddr_t rb = member_of(world, item->object, tree->rb), left, right;
	uint64_t last = item->last, below = 0;

	if (from == to)
		return KADDR(0);
	left = build(world, tree, from, middle, rb, depth - 1, &below);
	last = below > last ? below : last;
	right = build(world, tree, middle + 1, to, rb, depth - 1, &below);
	last = below > last ? below : last;
	world_set(world, rb, M_rb_node_left, left.v);
	world_set(world, rb, M_rb_node_right, right.v);
	world_set(world, rb, M_rb_node_parent_color,
		  parent.v | (!parent.v || depth));
	world_set(world, item->object, tree->subtree_last, last);
	*ret_last = last;
	return rb;
}

static unsigned int depth_of(size_t n)
{
	return n > 1 ? 1 + depth_of(n / 2) : 0;
}

/* And let the members of its owner point to it. */
static void build_tree(struct world *world, struct tree *tree, kaddr_t owner,
		       enum member_id root, enum member_id leftmost)
{
	uint64_t last;

	qsort(tree->items, tree->n, sizeof(tree->items[0]), by_first);
	world_set(world, owner, root,
		  build(world, tree, 0, tree->n, KADDR(0), depth_of(tree->n),
			&last).v);
	world_set(world, owner, leftmost, tree->n ?
		  member_of(world, tree->items[0].object, tree->rb).v : 0);
}

static void add_item(struct tree *tree, kaddr_t object, const struct vma *vma,
		     uint64_t first)
{
	ck_assert_uint_lt(tree->n, WORLD_TREE_MAX);
	tree->items[tree->n++] = (struct tree_item) {
		object, first,
		first + ((vma->end - vma->start) >> PAGE_SHIFT) - 1
	};
}

kaddr_t world_anon_vma(struct world *world, kaddr_t root)
{
	kaddr_t anon_vma = world_object(world, S_anon_vma);

	world_set(world, anon_vma, M_anon_vma_root,
		  root.v ? root.v : anon_vma.v);
	world_set(world, anon_vma, M_anon_vma_parent,
		  root.v ? root.v : anon_vma.v);
	return anon_vma;
}

void world_anon_tree(struct world *world, kaddr_t anon_vma,
		     const struct vma *vmas, size_t n, kaddr_t *ret_avcs)
{
	struct tree tree = {
		.rb = M_anon_vma_chain_rb,
		.subtree_last = M_anon_vma_chain_rb_subtree_last,
	};

	for (size_t i = 0; i < n; i++) {
		kaddr_t avc = world_object(world, S_anon_vma_chain);

		world_set(world, avc, M_anon_vma_chain_vma, vmas[i].address.v);
		world_set(world, avc, M_anon_vma_chain_anon_vma, anon_vma.v);
		add_to_list(world,
			    member_of(world, vmas[i].address,
				      M_vm_area_struct_anon_vma_chain),
			    member_of(world, avc, M_anon_vma_chain_same_vma));
		add_item(&tree, avc, &vmas[i], world->like == LIKE_7_3 ?
			 vmas[i].anon_pgoff : vmas[i].pgoff);
		if (ret_avcs)
			ret_avcs[i] = avc;
	}
	build_tree(world, &tree, anon_vma, M_anon_vma_rb_root,
		   M_anon_vma_leftmost);
}

kaddr_t world_mapping(struct world *world)
{
	return world_object(world, S_address_space);
}

void world_file_tree(struct world *world, kaddr_t mapping,
		     const struct vma *vmas, size_t n)
{
	struct tree tree = {
		.rb = M_vm_area_struct_rb,
		.subtree_last = M_vm_area_struct_rb_subtree_last,
	};

	for (size_t i = 0; i < n; i++)
		add_item(&tree, vmas[i].address, &vmas[i], vmas[i].pgoff);
	build_tree(world, &tree, mapping, M_address_space_i_mmap,
		   M_address_space_leftmost);
}

/* ---- KSM ---- */

kaddr_t world_stable_node(struct world *world, uint64_t pfn)
{
	kaddr_t node = world_object(world, S_ksm_stable_node);

	world_set(world, node, M_ksm_stable_node_kpfn, pfn);
	return node;
}

kaddr_t world_rmap_item(struct world *world, kaddr_t stable_node,
			kaddr_t anon_vma, uint64_t address)
{
	kaddr_t item = world_object(world, S_ksm_rmap_item);

	world_set(world, item, M_ksm_rmap_item_anon_vma, anon_vma.v);
	world_set(world, item, M_ksm_rmap_item_address, address | 0x200);
	world_set(world, item, M_ksm_rmap_item_head, stable_node.v);
	world_set(world, stable_node, M_ksm_stable_node_rmap_hlist_len,
		  1 + (uint32_t)read_phys(world, phys_of(world, member_of(world,
				stable_node,
				M_ksm_stable_node_rmap_hlist_len))));
	world_write_word(world, member_of(world, item, M_ksm_rmap_item_hlist),
			 world_get(world, stable_node,
				   M_ksm_stable_node_hlist));
	world_set(world, stable_node, M_ksm_stable_node_hlist,
		  member_of(world, item, M_ksm_rmap_item_hlist).v);
	return item;
}

/* ---- cgroups ---- */

static kaddr_t new_string(struct world *world, const char *text)
{
	kaddr_t at = world_alloc(world, strlen(text) + 1);

	world_write(world, at, text, strlen(text) + 1);
	return at;
}

kaddr_t world_cgroup(struct world *world, kaddr_t parent, const char *name,
		     uint64_t inode)
{
	kaddr_t cgroup = world_object(world, S_cgroup);
	kaddr_t node = world_object(world, S_kernfs_node);

	world_set(world, cgroup, M_cgroup_self_cgroup, cgroup.v);
	world_set(world, cgroup, M_cgroup_kn, node.v);
	world_set(world, node, M_kernfs_node_name, new_string(world, name).v);
	world_set(world, node, M_kernfs_node_id, inode);
	if (parent.v)
		world_set(world, node, M_kernfs_node_parent,
			  world_get(world, parent, M_cgroup_kn));
	return cgroup;
}

kaddr_t world_memcg(struct world *world, kaddr_t cgroup, uint64_t flags)
{
	kaddr_t memcg = world_object(world, S_mem_cgroup);

	world_set(world, memcg, M_mem_cgroup_cgroup, cgroup.v);
	world_set(world, memcg, M_mem_cgroup_flags, flags);
	return memcg;
}

kaddr_t world_obj_cgroup(struct world *world, kaddr_t memcg)
{
	kaddr_t objcg = world_object(world, S_obj_cgroup);

	/* percpu_ref.percpu_count_ptr: no address as it stands */
	world_write_word(world, objcg, 0x3ffd40);
	world_set(world, objcg, M_obj_cgroup_memcg, memcg.v);
	return objcg;
}

/* ---- paths ---- */

kaddr_t world_dentry(struct world *world, kaddr_t parent, const char *name)
{
	kaddr_t dentry = world_object(world, S_dentry);

	world_set(world, dentry, M_dentry_name, new_string(world, name).v);
	world_set(world, dentry, M_dentry_d_parent,
		  parent.v ? parent.v : dentry.v);
	if (parent.v)
		world_set(world, dentry, M_dentry_hash_pprev, dentry.v);
	return dentry;
}

kaddr_t world_mount(struct world *world, kaddr_t root, kaddr_t parent,
		    kaddr_t mountpoint)
{
	kaddr_t mount = world_object(world, S_mount);

	world_set(world, mount, M_mount_mnt_parent,
		  parent.v ? parent.v : mount.v);
	world_set(world, mount, M_mount_mnt_ns, mount.v);
	world_set(world, mount, M_mount_mnt_mountpoint,
		  mountpoint.v ? mountpoint.v : root.v);
	world_set(world, member_of(world, mount, M_mount_mnt),
		  M_vfsmount_mnt_root, root.v);
	return mount;
}

static uint64_t mnt_of(struct world *world, kaddr_t mount)
{
	return mount.v ? member_of(world, mount, M_mount_mnt).v : 0;
}

kaddr_t world_file(struct world *world, kaddr_t mount, kaddr_t dentry)
{
	kaddr_t file = world_object(world, S_file);

	world_set(world, file, M_file_mnt, mnt_of(world, mount));
	world_set(world, file, M_file_dentry, dentry.v);
	return file;
}

kaddr_t world_backing_file(struct world *world, kaddr_t mount, kaddr_t dentry,
			   kaddr_t user_mount, kaddr_t user_dentry)
{
	kaddr_t backing = world_object(world, S_backing_file);
	kaddr_t file = member_of(world, backing, M_backing_file_file);

	world_set(world, file, M_file_f_mode, 1u << 29);
	world_set(world, file, M_file_mnt, mnt_of(world, mount));
	world_set(world, file, M_file_dentry, dentry.v);
	world_set(world, backing, M_backing_file_user_mnt,
		  mnt_of(world, user_mount));
	world_set(world, backing, M_backing_file_user_dentry, user_dentry.v);
	return file;
}

kaddr_t world_super_block(struct world *world, const char *type, uint32_t dev,
			  kaddr_t root)
{
	kaddr_t sb = world_object(world, S_super_block);
	kaddr_t fs = world_object(world, S_file_system_type);

	world_set(world, fs, M_file_system_type_name,
		  new_string(world, type).v);
	world_set(world, sb, M_super_block_s_type, fs.v);
	world_set(world, sb, M_super_block_s_dev, dev);
	world_set(world, sb, M_super_block_s_root, root.v);
	if (world->like != LIKE_7_3)
		init_list(world, member_of(world, sb, M_super_block_s_mounts));
	return sb;
}

/* At the front of the superblock's mounts. */
void world_add_mount(struct world *world, kaddr_t sb, kaddr_t mount)
{
	kaddr_t head = member_of(world, sb, M_super_block_s_mounts);

	if (world->like != LIKE_7_3) {
		add_to_list(world, head,
			    member_of(world, mount, M_mount_mnt_instance));
		return;
	}
	world_set(world, mount, M_mount_mnt_next_for_sb,
		  read_phys(world, phys_of(world, head)));
	world_write_word(world, head, mount.v);
}

kaddr_t world_inode(struct world *world, kaddr_t sb, uint64_t number)
{
	kaddr_t inode = world_object(world, S_inode);

	world_set(world, inode, M_inode_i_sb, sb.v);
	world_set(world, inode, M_inode_i_ino, number);
	world_set(world, inode, M_inode_i_nlink, 1);
	return inode;
}

/* At the front of the inode's names. */
void world_add_alias(struct world *world, kaddr_t inode, kaddr_t dentry)
{
	kaddr_t node = member_of(world, dentry, M_dentry_d_alias);

	world_write_word(world, node,
			 world_get(world, inode, M_inode_i_dentry));
	world_set(world, inode, M_inode_i_dentry, node.v);
}

void world_give_struct_pages(struct world *world, unsigned int section)
{
	static const uint8_t zeros[64];
	uint64_t first = (uint64_t)section * WORLD_SECTION_FRAMES;

	world_set(world,
		  kaddr_add(world->sections, section *
			    world->kernel->facts.layout.structs[
						S_mem_section].size),
		  M_mem_section_section_mem_map,
		  world_get(world, world->sections,
			    M_mem_section_section_mem_map));
	for (uint64_t i = 0; i < WORLD_SECTION_FRAMES; i++) {
		world_write(world, world_page(world, first + i), zeros,
			    sizeof(zeros));
		world_set_page(world, first + i, M_page_mapcount, UINT32_MAX);
	}
}
