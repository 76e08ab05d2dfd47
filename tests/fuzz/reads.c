/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reads.h"

#include <stdlib.h>

#include "image/image.h"
#include "need.h"

/* One thread asks while there is a list. */
static struct reads *wanted;

void reads_start(struct reads *reads)
{
	wanted = reads;
}

void reads_stop(void)
{
	wanted = NULL;
}

static void note(uint64_t addr, size_t len)
{
	if (!wanted)
		return;
	if (wanted->n == wanted->room) {
		wanted->room = wanted->room ? 2 * wanted->room : 1024;
		wanted->items = realloc(wanted->items, wanted->room *
					sizeof(*wanted->items));
		need(wanted->items, "out of memory");
	}
	wanted->items[wanted->n++] = (struct read) { addr, len };
}

static int by_address(const void *a, const void *b)
{
	const struct read *x = a, *y = b;

	return x->addr != y->addr ? (x->addr > y->addr) - (x->addr < y->addr) :
				    (x->len > y->len) - (x->len < y->len);
}

void reads_sort(struct reads *reads)
{
	size_t n = 0;

	if (reads->n)
		qsort(reads->items, reads->n, sizeof(reads->items[0]),
		      by_address);
	for (size_t i = 0; i < reads->n; i++)
		if (!n || by_address(&reads->items[n - 1], &reads->items[i]))
			reads->items[n++] = reads->items[i];
	reads->n = n;
}

/* ---- instead of the library's own ---- */

enum status __real_image_read(struct image *image, paddr_t addr, void *buf,
			      size_t len, struct diag *diag);
enum status __wrap_image_read(struct image *image, paddr_t addr, void *buf,
			      size_t len, struct diag *diag);
enum status __real_image_page(struct image *image, pfn_t pfn,
			      const uint8_t **ret_bytes, struct diag *diag);
enum status __wrap_image_page(struct image *image, pfn_t pfn,
			      const uint8_t **ret_bytes, struct diag *diag);

enum status __wrap_image_read(struct image *image, paddr_t addr, void *buf,
			      size_t len, struct diag *diag)
{
	note(addr.v, len);
	return __real_image_read(image, addr, buf, len, diag);
}

enum status __wrap_image_page(struct image *image, pfn_t pfn,
			      const uint8_t **ret_bytes, struct diag *diag)
{
	note(pfn.v << image->page_shift, (size_t)1 << image->page_shift);
	return __real_image_page(image, pfn, ret_bytes, diag);
}
