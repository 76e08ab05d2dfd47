/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of the machine under inspection, page by page.
 *
 * Knows physical addresses and the VMCOREINFO text; nothing of kernels,
 * structures or virtual addresses. Where the bytes come from is behind
 * struct image_ops: a dump file (dump.c), the running machine (kcore.c), or
 * memory (memory.c, for tests).
 *
 * Four ways to fail are four answers: ST_EXCLUDED (the dump left the page
 * out), ST_NO_ADDRESS (no RAM there), ST_CORRUPT (the page is there and
 * cannot be unpacked, or the file ends before it), ST_IO.
 */
#ifndef RMAP_INSPECT_IMAGE_IMAGE_H
#define RMAP_INSPECT_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/remote.h"
#include "base/status.h"
#include "base/vec.h"
#include "image/recent.h"

struct image;

/* What an image says of itself beyond what is needed to read it. */
struct image_contents {
	const char *compression;	/* "zstd", "none"; NULL: not known */
	bool has_present;
	uint64_t present;		/* frames of RAM that can be read */
	bool has_excluded;
	uint64_t excluded;		/* frames of RAM that were left out */
};

/* The control registers of a CPU of x86, CR0 to CR4, when it was stopped. */
struct image_cpu {
	uint64_t cr[5];
};

DEFINE_VEC(image_cpu_vec, struct image_cpu)

/* Frames in a row, from first up to end. */
struct image_frames {
	uint64_t first, end;
};

/* A page that is wanted soon: where its bytes go, and whether they are there. */
struct image_request {
	pfn_t pfn;
	uint8_t *bytes;
	bool possible;		/* for implementations */
	bool done;
};

struct image_ops {
	/* One whole page into buf. */
	enum status (*read_page)(struct image *image, pfn_t pfn, void *buf,
				 struct diag *diag);
	/*
	 * Do those requests that can be done, if that is faster together than
	 * one by one. NULL: it never is.
	 */
	void (*read_ahead)(struct image *image, struct image_request *requests,
			   size_t n);
	/* Fill in what is known, into zeros. NULL: nothing is. */
	enum status (*describe)(struct image *image,
				struct image_contents *contents,
				struct diag *diag);
	/* See image_cpus(). NULL: it has none. */
	enum status (*cpus)(struct image *image, struct image_cpu_vec *cpus,
			    struct diag *diag);
	/*
	 * The first frames in a row, from this one on, that the image says to
	 * have. False: there are none. NULL: it cannot tell.
	 */
	bool (*next_frames)(struct image *image, pfn_t from,
			    struct image_frames *ret_frames);
	/*
	 * The first bytes of a page, where that is faster than all of it;
	 * false: read the page. NULL: it never is.
	 */
	bool (*peek)(struct image *image, pfn_t pfn, void *buf, size_t len);
	/* See image_set_page_shift(). NULL: it knows. */
	enum status (*set_page_shift)(struct image *image,
				      unsigned int page_shift,
				      struct diag *diag);
	/* See image_clone(). */
	enum status (*clone)(struct image *image, struct image **ret_image,
			     struct diag *diag);
	void (*free)(struct image *image);
};

/*
 * The head of every implementation's own struct. Read-only for users; for a
 * while, another VMCOREINFO may be tried.
 */
struct image {
	const struct image_ops *ops;
	const char *format;		/* "elf", as libkdumpfile says */
	const char *architecture;	/* "x86_64"; NULL: the file does not say */
	const char *vmcoreinfo;		/* NULL: the dump has none */
	char *adopted_vmcoreinfo;	/* NULL, or what vmcoreinfo is, owned */
	bool incomplete;		/* the file says that it is not whole */
	bool live;			/* memory changes while it is read */
	bool guesses_pages;		/* nothing tells their size */
	unsigned int page_shift;
	/* The same only for the same, unchanged file; "": not to be told. */
	char identity[128];
	struct recent recent;
};

struct image_options {
	const char *tmpdir;	/* for what has to be reassembled */
	const struct log *log;	/* or NULL */
};

/*
 * Open a dump file, or the n files that a dump was split into, in any order,
 * which diag then names. A flattened one is copied into a file in tmpdir that
 * has no name, which can take minutes (ST_STOPPED: the caller wished an end).
 * ST_IO when it cannot be read at all, ST_UNSUPPORTED when it is not a dump
 * that we read (diag says what it seems to be), ST_CORRUPT when its headers
 * make no sense. Release with image_free().
 */
enum status image_open(const char *const *paths, size_t n,
		       const struct image_options *options,
		       struct image **ret_image, struct diag *diag) must_check;

/* By descriptors, which are duplicated and never sought. */
enum status image_open_fds(const int *fds, size_t n,
			   const struct image_options *options,
			   struct image **ret_image,
			   struct diag *diag) must_check;

/* By the bytes of one file, which are copied. */
enum status image_open_bytes(const void *bytes, size_t size,
			     const struct image_options *options,
			     struct image **ret_image,
			     struct diag *diag) must_check;

/*
 * Open the memory of the running machine: path is /proc/kcore, but in tests. It
 * is live and has VMCOREINFO. ST_IO when it cannot be opened, ST_UNSUPPORTED
 * when it is not the kernel's or does not tell enough; diag says what stands in
 * the way, and what to do. Release with image_free().
 */
enum status image_open_live(const char *path, struct image **ret_image,
			    struct diag *diag) must_check;

/*
 * The same memory once more, for another thread: what is done with either
 * does not concern the other. Release with image_free().
 */
enum status image_clone(struct image *image, struct image **ret_image,
			struct diag *diag) must_check;
void image_free(struct image *image);	/* accepts NULL */
DEFINE_CLEANUP(struct image, image_free)

/*
 * Read len bytes at a physical address; may cross pages. On failure diag
 * names the address.
 */
enum status image_read(struct image *image, paddr_t addr, void *buf,
		       size_t len, struct diag *diag) must_check;

/*
 * Borrow one page: *ret_bytes has 1 << page_shift bytes and lives until the
 * next call of image_page() or image_read().
 */
enum status image_page(struct image *image, pfn_t pfn,
		       const uint8_t **ret_bytes, struct diag *diag) must_check;

/*
 * These pages will be asked for soon, in any order. Has them in the cache if
 * it can; reading them is what tells of failures. More than RECENT_PAGES are
 * of no use.
 */
void image_read_ahead(struct image *image, const pfn_t *pfns, size_t n);

/*
 * What is in the image. Goes over its headers, which takes a millisecond for
 * each 64 GiB of RAM.
 */
enum status image_describe(struct image *image,
			   struct image_contents *ret_contents,
			   struct diag *diag) must_check;

/*
 * The CPUs of which the image has the registers, as QEMU's dumps do. Appends
 * to cpus; those whose state makes no sense are left out.
 */
enum status image_cpus(struct image *image, struct image_cpu_vec *cpus,
		       struct diag *diag) must_check;

/*
 * The first page, from this frame on, that begins with these bytes. Pages that
 * cannot be read are passed over. ST_ABSENT: there is none; ST_UNSUPPORTED:
 * the format does not tell which pages there are; ST_STOPPED.
 */
enum status image_find_page(struct image *image, pfn_t from, const void *head,
			    size_t len, const struct log *log,
			    pfn_t *ret_pfn, struct diag *diag) must_check;

/*
 * Have a copy of this text as VMCOREINFO from now on, in clones too. What
 * image->vmcoreinfo pointed to may be gone then.
 */
enum status image_adopt_vmcoreinfo(struct image *image, const char *text,
				   struct diag *diag) must_check;

/*
 * Have pages of that size from now on, of an image that guesses it. What was
 * borrowed is gone. ST_CORRUPT: it cannot have such pages.
 */
enum status image_set_page_shift(struct image *image, unsigned int page_shift,
				 struct diag *diag) must_check;

/* For implementations: set up and release what struct image itself owns. */
enum status image_init(struct image *image, const struct image_ops *ops,
		       unsigned int page_shift, struct diag *diag) must_check;
void image_fini(struct image *image);

/* Read all pages anew from here on: of a live image, to see what has changed. */
void image_forget(struct image *image);

/* For implementations: the page has changed, do not answer from the cache. */
void image_forget_page(struct image *image, pfn_t pfn);

#endif
