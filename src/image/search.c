/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking through all pages of an image for one that begins as wanted. */
#include <string.h>

#include "image/image.h"

/* Pages read together, where that is faster; they have to fit in the cache. */
#define BATCH	1024u

struct search {
	struct image *image;
	const void *head;
	size_t len;
	pfn_t found;
};

static bool begins_as_wanted(const struct search *search, pfn_t pfn)
{
	struct image *image = search->image;
	const uint8_t *bytes;
	uint8_t head[64];

	if (search->len <= sizeof(head) && image->ops->peek &&
	    image->ops->peek(image, pfn, head, search->len))
		return !memcmp(head, search->head, search->len);
	return !image_page(image, pfn, &bytes, NULL) &&
	       !memcmp(bytes, search->head, search->len);
}

static void read_batch_ahead(struct image *image,
			     const struct image_frames *frames)
{
	pfn_t pfns[BATCH];
	size_t n = 0;

	while (n < BATCH && frames->first + n < frames->end) {
		pfns[n] = PFN(frames->first + n);
		n++;
	}
	image_read_ahead(image, pfns, n);
}

/* Of the first frames in a row, no more than are read together. */
static bool search_batch(struct search *search, struct image_frames *frames)
{
	if (frames->end - frames->first > BATCH)
		frames->end = frames->first + BATCH;
	read_batch_ahead(search->image, frames);
	for (uint64_t pfn = frames->first; pfn < frames->end; pfn++) {
		search->found = PFN(pfn);
		if (begins_as_wanted(search, search->found))
			return true;
	}
	return false;
}

static uint64_t count_pages(struct image *image)
{
	struct image_contents contents;

	return !image_describe(image, &contents, NULL) &&
	       contents.has_present ? contents.present : 0;
}

enum status image_find_page(struct image *image, pfn_t from, const void *head,
			    size_t len, const struct log *log, pfn_t *ret_pfn,
			    struct diag *diag)
{
	struct search search = { image, head, len, from };
	struct image_frames frames = { from.v, from.v };
	const uint64_t total = count_pages(image);
	uint64_t done = 0;

	if (!image->ops->next_frames)
		return diag_fail(diag, ST_UNSUPPORTED, "this format does not "
				 "tell which frames there are");
	while (image->ops->next_frames(image, PFN(frames.end), &frames)) {
		if (log_is_cancelled(log))
			return diag_fail(diag, ST_STOPPED, "stopped");
		log_progress(log, "frames", done, total);
		if (search_batch(&search, &frames)) {
			*ret_pfn = search.found;
			return ST_OK;
		}
		done += frames.end - frames.first;
	}
	return diag_fail(diag, ST_ABSENT, "no page begins as wanted");
}
