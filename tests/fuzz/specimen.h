/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A real dump in memory, to be damaged and mended again.
 *
 * Knows files: where a frame's bytes lie, and how a dump says that it has not
 * got them. Nothing of what is in them.
 */
#ifndef RMAP_INSPECT_FUZZ_SPECIMEN_H
#define RMAP_INSPECT_FUZZ_SPECIMEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the same pages are kept. */
enum specimen_form {
	FORM_PACKED,	/* the file as it is, a compressed kdump */
	FORM_PLAIN,	/* a kdump whose pages are not compressed */
	FORM_ELF,
	N_FORMS
};

/* What all forms are made from. */
struct original {
	uint8_t *bytes;		/* of the file */
	size_t size;
	size_t bitmap, descs;	/* where these lie in it */
	size_t n;		/* frames in the dump, in order */
	uint64_t *pfns;
	uint8_t *pages;		/* unpacked, one behind the other */
	char *vmcoreinfo;
};

/* A compressed kdump; the process ends if it is none. */
void original_read(struct original *original, const char *path);

#define MAX_TOUCHED	1024u

struct stretch {
	size_t at, len;
};

struct specimen {
	const struct original *original;
	enum specimen_form form;
	char path[32];		/* to open it by */
	uint8_t *bytes;		/* of the file; writing damages it */
	uint8_t *pristine;
	size_t size;		/* of the file as it is now */
	size_t whole;		/* as it was */
	size_t first_page;	/* what lies before are headers */
	size_t n_loads;		/* of FORM_ELF */
	size_t whole_loads;
	struct stretch touched[MAX_TOUCHED];
	size_t n_touched;	/* may be more: then it is all */
};

void specimen_init(struct specimen *specimen, const struct original *original,
		   enum specimen_form form);

/* It will not be damaged: let go of all that takes memory. */
void specimen_spare(struct specimen *specimen, struct original *original);

/* The n-th frame's bytes, to be damaged. NULL: packed, or not there any more. */
uint8_t *specimen_page(struct specimen *specimen, size_t n);

/* The number of a frame, SIZE_MAX: the dump never had it. */
size_t original_find(const struct original *original, uint64_t pfn);

/*
 * From now on the dump says that it has left the n-th frame out. False: its
 * headers have no room to say so.
 */
bool specimen_remove(struct specimen *specimen, size_t n);

/* Cut the file off. */
void specimen_truncate(struct specimen *specimen, size_t size);

/* Mark what is about to be changed, so that it will be mended. */
void specimen_touch(struct specimen *specimen, const uint8_t *from, size_t len);

void specimen_mend(struct specimen *specimen);

#endif
