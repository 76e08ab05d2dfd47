/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all images share: a cache of pages in front of the implementation.
 *
 * A walk asks for the same few pages again and again (page tables, slab
 * pages), mostly for some words each; libkdumpfile takes half a microsecond
 * for a read, and much more where pages are compressed.
 */
#include "image/image.h"

#include <string.h>

#include "base/huge.h"

/*
 * 16 MiB with 4 KiB pages; touched only as far as it is used. With half of it
 * the processes of the lab's guests throw one another's page tables out.
 */
#define CACHE_SLOTS	4096u

struct image_cache_slot {
	uint64_t pfn;
	bool used;
	bool requested;		/* while reading ahead */
};

enum status image_init(struct image *image, const struct image_ops *ops,
		       unsigned int page_shift, struct diag *diag)
{
	image->ops = ops;
	image->page_shift = page_shift;
	image->cache = calloc(CACHE_SLOTS, sizeof(*image->cache));
	image->cache_pages = huge_alloc((size_t)CACHE_SLOTS << page_shift);
	if (!image->cache || !image->cache_pages) {
		image_fini(image);
		return diag_no_memory(diag);
	}
	return ST_OK;
}

void image_fini(struct image *image)
{
	free(take(image->cache));
	free(take(image->cache_pages));
	free(take(image->adopted_vmcoreinfo));
}

void image_forget_page(struct image *image, pfn_t pfn)
{
	struct image_cache_slot *slot = &image->cache[pfn.v % CACHE_SLOTS];

	if (slot->pfn == pfn.v)
		slot->used = false;
}

void image_forget(struct image *image)
{
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		image->cache[i].used = false;
}

enum status image_clone(struct image *image, struct image **ret_image,
			struct diag *diag)
{
	cleanup(image_free_cleanup) struct image *clone = NULL;
	enum status st = image->ops->clone(image, &clone, diag);

	if (!st && image->adopted_vmcoreinfo)
		st = image_adopt_vmcoreinfo(clone, image->vmcoreinfo, diag);
	if (!st)
		*ret_image = take(clone);
	return st;
}

enum status image_adopt_vmcoreinfo(struct image *image, const char *text,
				   struct diag *diag)
{
	char *copy = strdup(text);

	if (!copy)
		return diag_no_memory(diag);
	free(image->adopted_vmcoreinfo);
	image->adopted_vmcoreinfo = copy;
	image->vmcoreinfo = copy;
	return ST_OK;
}

void image_free(struct image *image)
{
	if (image)
		image->ops->free(image);
}

/* The slot is the request's alone from here on, until done says more. */
static void prepare(struct image *image, pfn_t pfn,
		    struct image_request *requests, size_t *n)
{
	size_t i = pfn.v % CACHE_SLOTS;
	struct image_cache_slot *slot = &image->cache[i];

	if (slot->requested || (slot->used && slot->pfn == pfn.v))
		return;
	slot->pfn = pfn.v;
	slot->used = false;
	slot->requested = true;
	requests[(*n)++] = (struct image_request) {
		.pfn = pfn,
		.bytes = image->cache_pages + (i << image->page_shift),
	};
}

void image_read_ahead(struct image *image, const pfn_t *pfns, size_t n)
{
	cleanup_free struct image_request *requests = NULL;
	size_t n_requests = 0;

	if (!image->ops->read_ahead)
		return;
	requests = calloc(CACHE_SLOTS, sizeof(*requests));
	if (!requests)
		return;
	for (size_t i = 0; i < n; i++)
		prepare(image, pfns[i], requests, &n_requests);
	image->ops->read_ahead(image, requests, n_requests);
	for (size_t i = 0; i < n_requests; i++) {
		struct image_cache_slot *slot =
			&image->cache[requests[i].pfn.v % CACHE_SLOTS];

		slot->used = requests[i].done;
		slot->requested = false;
	}
}

enum status image_describe(struct image *image,
			   struct image_contents *ret_contents,
			   struct diag *diag)
{
	struct image_contents contents = { 0 };
	enum status st = ST_OK;

	if (image->ops->describe)
		st = image->ops->describe(image, &contents, diag);
	if (!st)
		*ret_contents = contents;
	return st;
}

enum status image_cpus(struct image *image, struct image_cpu_vec *cpus,
		       struct diag *diag)
{
	return image->ops->cpus ? image->ops->cpus(image, cpus, diag) : ST_OK;
}

enum status image_page(struct image *image, pfn_t pfn,
		       const uint8_t **ret_bytes, struct diag *diag)
{
	size_t i = pfn.v % CACHE_SLOTS;
	struct image_cache_slot *slot = &image->cache[i];
	uint8_t *bytes = image->cache_pages + (i << image->page_shift);
	enum status st;

	if (!slot->used || slot->pfn != pfn.v) {
		slot->used = false;
		st = image->ops->read_page(image, pfn, bytes, diag);
		if (st)
			return st;
		slot->pfn = pfn.v;
		slot->used = true;
	}
	*ret_bytes = bytes;
	return ST_OK;
}

enum status image_read(struct image *image, paddr_t addr, void *buf,
		       size_t len, struct diag *diag)
{
	const uint64_t page_size = 1ULL << image->page_shift;
	uint8_t *out = buf;

	if (addr.v + len < addr.v)
		return diag_fail(diag, ST_NO_ADDRESS,
				 "physical address %#llx: wraps around",
				 (unsigned long long)addr.v);
	while (len) {
		uint64_t offset = addr.v & (page_size - 1);
		size_t part = len < page_size - offset ?
			      len : page_size - offset;
		const uint8_t *page;
		enum status st;

		st = image_page(image, PFN(addr.v >> image->page_shift),
				&page, diag);
		if (st)
			return st;
		memcpy(out, page + offset, part);
		out += part;
		addr.v += part;
		len -= part;
	}
	return ST_OK;
}
