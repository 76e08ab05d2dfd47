/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all images share: the pages read of late in front of the implementation.
 *
 * A walk asks for the same few pages again and again (page tables, slab
 * pages), mostly for some words each; libkdumpfile takes half a microsecond
 * for a read, and much more where pages are compressed.
 */
#include "image/image.h"

#include <assert.h>
#include <string.h>

enum status image_init(struct image *image, const struct image_ops *ops,
		       unsigned int page_shift, struct diag *diag)
{
	image->ops = ops;
	image->page_shift = page_shift;
	return recent_init(&image->recent, page_shift, diag);
}

void image_fini(struct image *image)
{
	recent_fini(&image->recent);
	free(take(image->adopted_vmcoreinfo));
}

void image_forget_page(struct image *image, pfn_t pfn)
{
	recent_forget(&image->recent, pfn);
}

void image_forget(struct image *image)
{
	recent_forget_all(&image->recent);
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

enum status image_set_page_shift(struct image *image, unsigned int page_shift,
				 struct diag *diag)
{
	struct recent recent;
	enum status st;

	if (page_shift == image->page_shift)
		return ST_OK;
	st = recent_init(&recent, page_shift, diag);
	if (st)
		return st;
	st = image->ops->set_page_shift(image, page_shift, diag);
	if (st) {
		recent_fini(&recent);
		return st;
	}
	recent_fini(&image->recent);
	image->recent = recent;
	image->page_shift = page_shift;
	return ST_OK;
}

void image_free(struct image *image)
{
	if (image)
		image->ops->free(image);
}

static void prepare(struct image *image, pfn_t pfn,
		    struct image_request *requests, size_t *n)
{
	uint8_t *bytes = recent_find(&image->recent, pfn) ? NULL :
			 recent_claim(&image->recent, pfn);

	if (bytes)
		requests[(*n)++] = (struct image_request) {
			.pfn = pfn,
			.bytes = bytes,
		};
}

void image_read_ahead(struct image *image, const pfn_t *pfns, size_t n)
{
	cleanup_free struct image_request *requests = NULL;
	size_t n_requests = 0;

	if (!image->ops->read_ahead)
		return;
	requests = calloc(RECENT_PAGES, sizeof(*requests));
	if (!requests)
		return;
	for (size_t i = 0; i < n; i++)
		prepare(image, pfns[i], requests, &n_requests);
	image->ops->read_ahead(image, requests, n_requests);
	for (size_t i = 0; i < n_requests; i++)
		recent_settle(&image->recent, requests[i].bytes,
			      requests[i].done);
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
	uint8_t *bytes;
	enum status st;

	*ret_bytes = recent_find(&image->recent, pfn);
	if (*ret_bytes)
		return ST_OK;
	bytes = recent_claim(&image->recent, pfn);
	assert(bytes);		/* nothing is claimed for long */
	st = image->ops->read_page(image, pfn, bytes, diag);
	recent_settle(&image->recent, bytes, !st);
	if (!st)
		*ret_bytes = bytes;
	return st;
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
