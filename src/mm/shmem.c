/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/shmem.h"

#include <stdio.h>

#include "mm/list.h"
#include "mm/xarray.h"

struct search {
	struct kernel *kernel;
	shmem_swap_fn *fn;
	void *arg;
	struct gaps *gaps;
	/* The file in work. */
	kaddr_t mapping;
	uint64_t n_swapped;
};

/* Not what is left where swap could not be read: a marker (6.1). */
static bool is_in_swap(const struct kernel *kernel, struct swap_entry entry)
{
	enum swap_meaning meaning = entry.type < N_SWAP_TYPES ?
		kernel->swap_types.meanings[entry.type] : SWAP_MARKER;

	return meaning == SWAP_FILE || meaning == SWAP_UNKNOWN;
}

/* swp_to_radix_entry(); one that fills several slots is of as many pages. */
static enum status look_at_entry(const struct xarray_entry *found, void *arg)
{
	struct search *search = arg;
	struct shmem_swap swap = {
		.mapping = search->mapping,
		.index = found->index,
		.n = found->n,
	};

	if (!found->is_value)
		return ST_OK;
	swap.entry = swap_entry_of(search->kernel, found->value);
	if (!is_in_swap(search->kernel, swap.entry))
		return ST_OK;
	search->n_swapped += swap.n;
	return search->fn(&swap, search->arg);
}

static void check_count(const struct search *search, const struct object *info)
{
	uint64_t counted = object_value(info, M_shmem_inode_info_swapped);
	char why[128];

	if (counted == search->n_swapped)
		return;
	snprintf(why, sizeof(why), "the kernel counts %llu pages in swap, %llu "
		 "were found", (unsigned long long)counted,
		 (unsigned long long)search->n_swapped);
	gaps_addf(search->gaps, "shared memory", why, "address_space %#llx",
		  (unsigned long long)search->mapping.v);
}

/* The address_space of a file names the inode that leads to it. */
static enum status open_mapping(struct search *search, kaddr_t inode_address,
				struct object *ret_mapping)
{
	struct kernel *kernel = search->kernel;
	struct object inode;
	kaddr_t host;
	enum status st = object_read(kernel, S_inode, inode_address, &inode);

	if (st)
		return st;
	search->mapping = object_pointer(&inode, M_inode_i_mapping);
	st = object_read(kernel, S_address_space, search->mapping,
			 ret_mapping);
	if (st)
		return st;
	host = object_pointer(ret_mapping, M_address_space_host);
	if (!kaddr_equal(host, inode_address))
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "address_space %#llx is of another file",
				 (unsigned long long)search->mapping.v);
	return ST_OK;
}

static enum status look_at_file(kaddr_t address, void *arg)
{
	struct search *search = arg;
	struct kernel *kernel = search->kernel;
	const struct member_layout *inode =
		&kernel->facts.layout.members[M_shmem_inode_info_vfs_inode];
	struct object info, mapping;
	enum status st = object_read(kernel, S_shmem_inode_info, address,
				     &info);

	if (!st)
		st = open_mapping(search, kaddr_add(address, inode->offset),
				  &mapping);
	if (st) {
		gaps_addf(search->gaps, "shared memory", kernel->diag.text,
			  "shmem_inode_info %#llx",
			  (unsigned long long)address.v);
		return ST_OK;
	}
	search->n_swapped = 0;
	st = xarray_for_each(kernel, &mapping, M_address_space_i_pages,
			     look_at_entry, search, search->gaps);
	if (!st)
		check_count(search, &info);
	return st;
}

enum status shmem_swap_for_each(struct kernel *kernel, shmem_swap_fn *fn,
				void *arg, struct gaps *gaps)
{
	const struct kernel_variable *swaplist =
		&kernel->facts.variables[KSYM_SHMEM_SWAPLIST];
	struct search search = {
		.kernel = kernel,
		.fn = fn,
		.arg = arg,
		.gaps = gaps,
	};
	const struct list files = {
		.head = swaplist->address,
		.link = M_shmem_inode_info_swaplist,
		.what = "list of shared memory in swap",
		.entry = "shmem_inode_info",
	};

	if (!swaplist->present ||
	    !layout_has(&kernel->facts.layout, M_shmem_inode_info_swaplist))
		return diag_fail(&kernel->diag, ST_UNSUPPORTED,
				 "which files of shared memory have pages in "
				 "swap is not known (shmem_swaplist, struct "
				 "shmem_inode_info)");
	return list_for_each(kernel, &files, look_at_file, &search, gaps);
}
