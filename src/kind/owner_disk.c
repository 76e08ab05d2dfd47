/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RAM disks of drivers/block/brd.c: an XArray of pages a disk.
 *
 * The driver is mostly a module, and no type information of the kernel's has
 * its struct brd_device. But the struct has only one XArray, which is found
 * without: its topmost node names the address at which the XArray stands.
 */
#include <stdio.h>
#include <string.h>

#include "kind/surveyor.h"
#include "mm/disk.h"
#include "mm/memmap.h"
#include "mm/slab.h"
#include "mm/xarray.h"

struct taker {
	struct surveyor *surveyor;
	size_t owner;
};

static enum status take_page(const struct xarray_entry *entry, void *arg)
{
	const struct taker *taker = arg;
	struct surveyor *surveyor = taker->surveyor;
	struct owned_range range = {
		.frames.n = 1,
		.owner = taker->owner,
		.index = entry->index,
	};
	pfn_t pfn;

	if (entry->is_value || page_find(surveyor->kernel, entry->pointer,
					 &pfn)) {
		gaps_addf(&surveyor->owned.gaps, "brd", "not a page",
			  "%s, index %#llx",
			  surveyor->owners.items[taker->owner].of,
			  (unsigned long long)entry->index);
		return ST_OK;
	}
	range.frames.first = pfn.v;
	return owner_take_frames(surveyor, &range);
}

static enum status take_pages(struct surveyor *surveyor,
			      const struct disk *disk, kaddr_t address)
{
	struct owner owner = { .name = "brd", .is_disk = true };
	struct taker taker = { .surveyor = surveyor };
	struct object xarray;
	enum status st;

	snprintf(owner.of, sizeof(owner.of), "%s", disk->name);
	st = owner_add(surveyor, &owner, &taker.owner);
	if (!st)
		st = object_read(surveyor->kernel, S_xarray, address, &xarray);
	return st ? st : xarray_for_each(surveyor->kernel, &xarray,
					 M_xarray_xa_head, take_page, &taker,
					 &surveyor->owned.gaps);
}

/* How much of the driver's own is there: the rest of a slab's object. */
static enum status room_at(struct kernel *kernel, kaddr_t address,
			   uint64_t *ret_size)
{
	struct slab_object object;
	struct slab_cache cache;
	struct page page;
	paddr_t phys;
	enum status st = kernel_translate(kernel, address, &phys);

	if (!st)
		st = page_read(kernel, PFN(phys.v >> kernel->mmu.page_shift),
			       &page);
	if (!st && page_kind(kernel, &page) != KIND_SLAB)
		st = diag_fail(&kernel->diag, ST_ABSENT, "%#llx: in no slab",
			       (unsigned long long)address.v);
	if (!st)
		st = slab_find_cache(kernel, &page, &cache.address);
	if (!st)
		st = slab_read_cache(kernel, cache.address, &cache);
	if (!st)
		st = slab_find_object(kernel, &page, &cache, phys, &object);
	if (!st)
		*ret_size = object.is_inside ?
			cache.object_size - object.offset : 0;
	return st;
}

/* More than any driver's struct of a disk; brd's is below 200 bytes. */
#define MAX_DEVICE	4096u

static enum status own_brd(struct surveyor *surveyor, const struct disk *disk)
{
	struct kernel *kernel = surveyor->kernel;
	const uint64_t need = kernel->facts.layout.structs[S_xarray].size;
	enum status failed = ST_OK;
	struct diag why;
	uint64_t size;
	enum status st = room_at(kernel, disk->driver_data, &size);

	if (st)
		return st;
	if (size > MAX_DEVICE)
		size = MAX_DEVICE;
	for (uint64_t at = 0; need && at + need <= size; at += 8) {
		kaddr_t address = kaddr_add(disk->driver_data, at);
		bool is = false;

		st = xarray_is_at(kernel, address, &is);
		if (is)
			return take_pages(surveyor, disk, address);
		if (st && !failed) {
			failed = st;
			why = kernel->diag;
		}
	}
	if (failed)
		kernel->diag = why;
	return failed;
}

static enum status is_brd(struct surveyor *surveyor, const struct disk *disk,
			  bool *ret_is)
{
	const struct kernel_variable *operations =
		&surveyor->kernel->facts.variables[KSYM_BRD_FOPS];
	const struct module_part *module = NULL;
	enum status st;

	if (operations->present) {
		*ret_is = kaddr_equal(operations->address, disk->operations);
		return ST_OK;
	}
	st = module_find(surveyor, disk->operations, &module);
	*ret_is = module && !strcmp(module->name, "brd");
	return st;
}

static enum status look_at_disk(const struct disk *disk, void *arg)
{
	struct surveyor *surveyor = arg;
	bool is = false;
	enum status st = is_brd(surveyor, disk, &is);

	if (!st && is)
		st = own_brd(surveyor, disk);
	if (!st || st == ST_NO_MEMORY)
		return st;
	gaps_addf(&surveyor->owned.gaps, "brd", surveyor->kernel->diag.text,
		  "%s, gendisk %#llx", disk->name,
		  (unsigned long long)disk->address.v);
	return ST_OK;
}

enum status own_disks(struct surveyor *surveyor)
{
	return disk_for_each(surveyor->kernel, look_at_disk, surveyor,
			     &surveyor->owned.gaps);
}
