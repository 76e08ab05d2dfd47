/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts kept from one run to the next, one file a build-id.
 *
 * What type information and symbols tell is the same for every dump of a
 * kernel, and asking them is most of the time of an answer. But what was read
 * from the memory of a dump may be damaged, and holds for that dump alone.
 *
 * A file that is damaged, of another kernel, somebody else's or of another
 * version of this program is as if there were none, and the next store
 * replaces it.
 */
#ifndef RMAP_INSPECT_KERNEL_CACHE_H
#define RMAP_INSPECT_KERNEL_CACHE_H

#include "kernel/facts.h"

/*
 * The facts of the kernel with this build-id, for the dump with this identity
 * (see image.h), with addresses as they are when _stext is at stext.
 * ST_ABSENT: none are kept, or for another dump alone, or the build-id is not
 * one that could be a file's name; ST_UNSUPPORTED: of another version, or not
 * the user's own; ST_CORRUPT: damaged, or of another kernel; ST_IO.
 */
enum status cache_load(const char *dir, const char *build_id,
		       const char *dump, kaddr_t stext,
		       struct facts *ret_facts, struct diag *diag) must_check;

/*
 * Keep facts for the dump with this identity; NULL: for all of the build. The
 * directory is made if need be, and the file appears whole or not at all.
 * ST_ABSENT: build-id or identity are of no use; ST_IO: it cannot be done.
 */
enum status cache_store(const char *dir, const char *build_id,
			const char *dump, const struct facts *facts,
			struct diag *diag) must_check;

/* The same without files: the text of len bytes, which is changed. */
enum status cache_parse(char *text, size_t len, const char *build_id,
			const char *dump, kaddr_t stext,
			struct facts *ret_facts, struct diag *diag) must_check;

/* The text, which the caller frees; NULL when out of memory. */
char *cache_format(const char *build_id, const char *dump,
		   const struct facts *facts, size_t *ret_len);

#endif
