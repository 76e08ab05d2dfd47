/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A vmlinux with debug information as the source: layouts by DWARF, or by BTF
 * when it has nothing else, and symbols from .symtab, which KASLR has moved
 * since.
 */
#include <string.h>

#include "debuginfo/btf_types.h"
#include "debuginfo/dwarf_types.h"
#include "debuginfo/find.h"
#include "image/vmcoreinfo.h"
#include "kernel/sources.h"

/*
 * Units that between them see every structure of layout.def: the two walks see
 * most; the others are read when something is missing still. The functions
 * have stayed in these files from 4.14 to 7.3.
 */
static const struct dwarf_anchor anchors[] = {
	{ "mm/rmap.c", (const char *const[]) {
		"anon_vma_fork", "unlink_anon_vmas", NULL } },
	{ "mm/ksm.c", (const char *const[]) {
		"__ksm_enter", "ksm_madvise", NULL } },
	{ "mm/sparse.c", (const char *const[]) {
		"sparse_init", NULL } },
	{ "fs/namespace.c", (const char *const[]) {
		"mntget", "may_umount_tree", NULL } },
	{ "fs/file_table.c", (const char *const[]) {
		"fput", "alloc_file_pseudo", NULL } },
	{ "lib/maple_tree.c", (const char *const[]) {
		"mas_walk", "mt_find", NULL } },
	{ "mm/vmscan.c", (const char *const[]) {
		"try_to_free_pages", "reclaim_pages", NULL } },
	{ "mm/slub.c", (const char *const[]) {
		"kmem_cache_free", "kmem_cache_alloc", NULL } },
	/* Without CONFIG_MEMORY_FAILURE a unit that was read before will do. */
	{ "mm/memory-failure.c mm/rmap.c", (const char *const[]) {
		"memory_failure", "memory_failure_queue", "anon_vma_fork",
		NULL } },
	{ "mm/page_owner.c mm/rmap.c", (const char *const[]) {
		"__set_page_owner", "__reset_page_owner", "anon_vma_fork",
		NULL } },
	{ "mm/vmalloc.c", (const char *const[]) {
		"vfree", "vmalloc", NULL } },
	{ "mm/percpu.c", (const char *const[]) {
		"free_percpu", NULL } },
	{ "mm/shmem.c", (const char *const[]) {
		"shmem_file_setup", "shmem_zero_setup", NULL } },
	{ "mm/swapfile.c", (const char *const[]) {
		"si_swapinfo", "swapin_readahead", NULL } },
	{ "kernel/resource.c", (const char *const[]) {
		"request_resource", "release_resource", NULL } },
	{ "lib/xarray.c", (const char *const[]) {
		"xas_load", "xas_store", NULL } },
	{ "kernel/printk/printk.c", (const char *const[]) {
		"vprintk_emit", "console_lock", NULL } },
	/*
	 * Of those that see enum migratetype on arm64, the smallest; moved in
	 * 6.9.
	 */
	{ "kernel/vmcore_info.c kernel/crash_core.c", (const char *const[]) {
		"vmcoreinfo_append_str", NULL } },
	{ "kernel/trace/ftrace.c", (const char *const[]) {
		"ftrace_set_filter", "ftrace_location", NULL } },
	{ "lib/genalloc.c", (const char *const[]) {
		"gen_pool_create", "gen_pool_destroy", NULL } },
	{ "kernel/dma/pool.c", (const char *const[]) {
		"dma_alloc_from_pool", "dma_free_from_pool", NULL } },
	{ "mm/mempool.c", (const char *const[]) {
		"mempool_alloc_pages", NULL } },
	/* Moved in 5.15. */
	{ "block/bdev.c fs/block_dev.c", (const char *const[]) {
		"nr_blockdev_pages", NULL } },
	{ "net/ipv4/udp.c", (const char *const[]) {
		"udp_table_init", "udp_sendmsg", NULL } },
	{ "kernel/bpf/btf.c", (const char *const[]) {
		"btf_type_by_id", NULL } },
};

static enum status btf_of_vmlinux(struct finding *finding, struct diag *diag)
{
	struct elf_section btf;
	enum status st = elf_file_section(finding->vmlinux, ".BTF", &btf, diag);

	return st ? st : btf_types_new(btf.data, btf.size,
				       elf_file_path(finding->vmlinux),
				       &finding->types, diag);
}

enum status types_from_vmlinux(struct finding *finding, struct diag *diag)
{
	enum status st = dwarf_types_open(finding->vmlinux, anchors,
					  sizeof(anchors) / sizeof(anchors[0]),
					  &finding->types, diag);

	if (st == ST_ABSENT)
		st = btf_of_vmlinux(finding, diag);
	if (st == ST_ABSENT)
		return diag_fail(diag, st, "%s has no debug information; it "
				 "is in the -dbg or -debuginfo package of the "
				 "kernel", elf_file_path(finding->vmlinux));
	return st;
}

/*
 * VMCOREINFO tells the KASLR offset twice: as such, and by the address of
 * _stext. Neither is taken for zero when it is not there.
 */
static enum status find_shift(const struct kernel *kernel,
			      uint64_t linked_stext, bool matched,
			      uint64_t *ret_shift, struct diag *diag)
{
	uint64_t stext = 0;
	enum status st = vmcoreinfo_hex(kernel->image->vmcoreinfo,
					"SYMBOL(_stext)", &stext, diag);

	if (st && !kernel->has_kaslr_offset)
		return diag_under(diag, st, "KASLR offset not known");
	if (!st && kernel->has_kaslr_offset && matched &&
	    stext - linked_stext != kernel->kaslr_offset)
		return diag_fail(diag, ST_CORRUPT,
				 "VMCOREINFO contradicts itself: KERNELOFFSET "
				 "%#llx, but _stext is at %#llx, linked at "
				 "%#llx",
				 (unsigned long long)kernel->kaslr_offset,
				 (unsigned long long)stext,
				 (unsigned long long)linked_stext);
	*ret_shift = kernel->has_kaslr_offset ? kernel->kaslr_offset :
						stext - linked_stext;
	return ST_OK;
}

enum status symbols_from_vmlinux(struct kernel *kernel,
				 struct finding *finding, struct diag *diag)
{
	struct symbol_want wants[N_KERNEL_SYMBOLS];
	uint64_t shift;
	enum status st;

	variables_list(wants);
	st = elf_file_symbols(finding->vmlinux, wants, N_KERNEL_SYMBOLS, diag);
	if (st)
		return st;
	if (!wants[KSYM_STEXT].found)
		return diag_fail(diag, ST_ABSENT, "%s has no symbol _stext",
				 elf_file_path(finding->vmlinux));
	finding->facts.linked_stext = wants[KSYM_STEXT].address;
	st = find_shift(kernel, wants[KSYM_STEXT].address, finding->matched,
			&shift, diag);
	if (st)
		return st;
	variables_take(&finding->facts, wants, shift);
	strcpy(finding->facts.symbols_from, ".symtab");
	return ST_OK;
}

enum status match_vmlinux(const struct kernel *kernel,
			  const struct kernel_options *opts,
			  struct finding *finding, struct diag *diag)
{
	enum status st;

	log_step(kernel->log, "vmlinux %s", elf_file_path(finding->vmlinux));
	finding->matched = false;
	st = identify_match(kernel, finding->vmlinux, opts->force,
			    &finding->matched, diag);
	if (finding->matched && kernel->build_id[0])
		finding->proof = PROOF_BUILD;
	return st;
}

enum status read_vmlinux(struct kernel *kernel,
			 const struct kernel_options *opts,
			 struct finding *finding, struct diag *diag)
{
	enum status st = match_vmlinux(kernel, opts, finding, diag);

	if (!st)
		st = types_from_vmlinux(finding, diag);
	if (!st)
		st = symbols_from_vmlinux(kernel, finding, diag);
	return st;
}

/* ---- on this machine ---- */

static size_t count_dirs(const char *const *dirs)
{
	size_t n = 0;

	while (dirs && dirs[n])
		n++;
	return n;
}

/* Those of the user first. The caller frees the array; NULL: no memory. */
static const char **list_dirs(const char *const *given)
{
	size_t n = count_dirs(given), n_usual = count_dirs(find_usual_dirs);
	const char **dirs = calloc(n + n_usual + 1, sizeof(*dirs));

	if (!dirs)
		return NULL;
	for (size_t i = 0; i < n; i++)
		dirs[i] = given[i];
	for (size_t i = 0; i < n_usual; i++)
		dirs[n + i] = find_usual_dirs[i];
	return dirs;
}

static enum status find_here(struct kernel *kernel,
			     const struct kernel_options *opts,
			     struct finding *finding, struct diag *diag)
{
	cleanup_free const char **dirs = list_dirs(opts->debug_dirs);
	enum status st;

	if (!dirs)
		return diag_no_memory(diag);
	st = find_vmlinux(kernel->build_id[0] ? kernel->build_id : NULL,
			  kernel->release[0] ? kernel->release : NULL, dirs,
			  &finding->vmlinux, diag);
	return st ? st : read_vmlinux(kernel, opts, finding, diag);
}

const struct source source_vmlinux = {
	.name = "vmlinux on this machine",
	.find = find_here,
};
