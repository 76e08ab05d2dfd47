/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/memory.h"

#include <string.h>

#include "base/map.h"
#include "base/vec.h"

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1u << PAGE_SHIFT)

struct stored_page {
	uint8_t *bytes;
	enum status st;		/* what reading it comes to */
};

DEFINE_VEC(page_vec, struct stored_page)

struct memory_image {
	struct image image;
	struct map index;	/* PFN → place in pages */
	struct page_vec pages;
	struct image_cpu_vec cpus;
	char *vmcoreinfo;
};

static struct memory_image *to_memory(struct image *image)
{
	return (struct memory_image *)image;
}

static enum status memory_read_page(struct image *image, pfn_t pfn, void *buf,
				    struct diag *diag)
{
	struct memory_image *mem = to_memory(image);
	const uint64_t *place = map_find(&mem->index, pfn.v);
	enum status st = place ? mem->pages.items[*place].st : ST_NO_ADDRESS;

	if (st)
		return diag_fail(diag, st, "PFN %#llx: %s",
				 (unsigned long long)pfn.v, status_text(st));
	memcpy(buf, mem->pages.items[*place].bytes, PAGE_SIZE);
	return ST_OK;
}

/* Slow, which tests do not mind. */
static bool memory_next_frames(struct image *image, pfn_t from,
			       struct image_frames *ret_frames)
{
	const struct map *index = &to_memory(image)->index;
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < index->room; i++)
		if (index->slots[i].used && index->slots[i].key >= from.v &&
		    index->slots[i].key < first)
			first = index->slots[i].key;
	*ret_frames = (struct image_frames) { first, first + 1 };
	return first != UINT64_MAX;
}

static enum status memory_cpus(struct image *image, struct image_cpu_vec *cpus,
			       struct diag *diag)
{
	const struct image_cpu_vec *own = &to_memory(image)->cpus;

	for (size_t i = 0; i < own->n; i++)
		if (image_cpu_vec_push(cpus, own->items[i]))
			return diag_no_memory(diag);
	return ST_OK;
}

static enum status memory_set_page_shift(struct image *image,
					 unsigned int page_shift,
					 struct diag *diag)
{
	(void)image;
	return page_shift == PAGE_SHIFT ? ST_OK :
	       diag_fail(diag, ST_CORRUPT, "pages of 2^%u bytes in memory of "
			 "2^%u", page_shift, PAGE_SHIFT);
}

static void memory_free(struct image *image)
{
	struct memory_image *mem = to_memory(image);

	for (size_t i = 0; i < mem->pages.n; i++)
		free(mem->pages.items[i].bytes);
	page_vec_fini(&mem->pages);
	image_cpu_vec_fini(&mem->cpus);
	map_fini(&mem->index);
	free(mem->vmcoreinfo);
	image_fini(image);
	free(mem);
}

static enum status memory_clone(struct image *image, struct image **ret_image,
				struct diag *diag);

static const struct image_ops memory_ops = {
	.read_page = memory_read_page,
	.cpus = memory_cpus,
	.set_page_shift = memory_set_page_shift,
	.next_frames = memory_next_frames,
	.clone = memory_clone,
	.free = memory_free,
};

enum status memory_image_new(const char *vmcoreinfo, struct image **ret_image,
			     struct diag *diag)
{
	struct memory_image *mem = calloc(1, sizeof(*mem));
	enum status st;

	if (!mem)
		return diag_no_memory(diag);
	st = image_init(&mem->image, &memory_ops, PAGE_SHIFT, diag);
	if (st) {
		free(mem);
		return st;
	}
	if (vmcoreinfo) {
		mem->vmcoreinfo = strdup(vmcoreinfo);
		if (!mem->vmcoreinfo) {
			memory_free(&mem->image);
			return diag_no_memory(diag);
		}
	}
	mem->image.format = "memory";
	mem->image.architecture = "x86_64";
	mem->image.vmcoreinfo = mem->vmcoreinfo;
	*ret_image = &mem->image;
	return ST_OK;
}

/* The page of that number, made if need be. Until the next new page. */
static enum status page_of(struct memory_image *mem, pfn_t pfn,
			   struct stored_page **ret_page)
{
	uint64_t *place = map_find(&mem->index, pfn.v);
	struct stored_page page = { .st = ST_OK };
	enum status st;
	bool added;

	if (place) {
		*ret_page = &mem->pages.items[*place];
		return ST_OK;
	}
	page.bytes = calloc(1, PAGE_SIZE);
	if (!page.bytes)
		return ST_NO_MEMORY;
	st = page_vec_push(&mem->pages, page);
	if (st) {
		free(page.bytes);
		return st;
	}
	st = map_add(&mem->index, pfn.v, mem->pages.n - 1, &added);
	if (!st)
		*ret_page = &mem->pages.items[mem->pages.n - 1];
	return st;
}

enum status memory_image_write(struct image *image, paddr_t addr,
			       const void *bytes, size_t len)
{
	struct memory_image *mem = to_memory(image);
	const uint8_t *in = bytes;

	while (len) {
		size_t offset = addr.v & (PAGE_SIZE - 1);
		size_t part = len < PAGE_SIZE - offset ?
			      len : PAGE_SIZE - offset;
		struct stored_page *page;
		enum status st = page_of(mem, PFN(addr.v >> PAGE_SHIFT), &page);

		if (st)
			return st;
		memcpy(page->bytes + offset, in, part);
		image_forget_page(image, PFN(addr.v >> PAGE_SHIFT));
		in += part;
		addr.v += part;
		len -= part;
	}
	return ST_OK;
}

enum status memory_image_add_cpu(struct image *image,
				 const struct image_cpu *cpu)
{
	return image_cpu_vec_push(&to_memory(image)->cpus, *cpu);
}

enum status memory_image_fail(struct image *image, pfn_t pfn, enum status st)
{
	struct memory_image *mem = to_memory(image);
	struct stored_page *page;
	enum status made = page_of(mem, pfn, &page);

	if (made)
		return made;
	page->st = st;
	image_forget_page(image, pfn);
	return ST_OK;
}

static enum status copy_page(struct image *image, pfn_t pfn,
			     const struct stored_page *page)
{
	enum status st = memory_image_write(image, PADDR(pfn.v << PAGE_SHIFT),
					    page->bytes, PAGE_SIZE);

	return st || !page->st ? st : memory_image_fail(image, pfn, page->st);
}

static enum status memory_clone(struct image *image, struct image **ret_image,
				struct diag *diag)
{
	struct memory_image *mem = to_memory(image);
	struct image *clone;
	enum status st = memory_image_new(mem->vmcoreinfo, &clone, diag);

	if (st)
		return st;
	for (size_t i = 0; i < mem->index.room && !st; i++)
		if (mem->index.slots[i].used)
			st = copy_page(clone, PFN(mem->index.slots[i].key),
				       &mem->pages.items[
						mem->index.slots[i].value]);
	if (st) {
		image_free(clone);
		return diag_no_memory(diag);
	}
	*ret_image = clone;
	return ST_OK;
}
