/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every page of a dump, read ahead by several threads and read alone, is the
 * same: the same bytes, or a failure of the same kind.
 *
 *	check_read_ahead VMCORE [VMLINUX]
 *
 * Ends with "N passed, N failed".
 */
#include <stdio.h>
#include <string.h>

#include "image/image.h"

/* As many as the cache holds, less the few that share its slots. */
#define AT_A_TIME	2000u

static size_t passed, failed;

static void compare(struct image *ahead, struct image *alone, pfn_t pfn)
{
	struct diag diag = { "" };
	const uint8_t *a = NULL, *b = NULL;
	enum status st_a = image_page(ahead, pfn, &a, &diag);
	enum status st_b = image_page(alone, pfn, &b, &diag);

	if (st_a == st_b &&
	    (st_a || !memcmp(a, b, (size_t)1 << ahead->page_shift))) {
		passed++;
		return;
	}
	failed++;
	printf("frame %#llx: \"%s\" read ahead, \"%s\" alone\n",
	       (unsigned long long)pfn.v, status_text(st_a),
	       status_text(st_b));
}

static void compare_all(struct image *ahead, struct image *alone, uint64_t n)
{
	pfn_t pfns[AT_A_TIME];

	for (uint64_t first = 0; first < n; first += AT_A_TIME) {
		for (size_t i = 0; i < AT_A_TIME; i++)
			pfns[i] = PFN(first + i);
		image_read_ahead(ahead, pfns, AT_A_TIME);
		for (size_t i = 0; i < AT_A_TIME; i++)
			compare(ahead, alone, pfns[i]);
	}
}

int main(int argc, char **argv)
{
	const struct image_options options = { .tmpdir = "/var/tmp" };
	struct image_contents contents;
	struct image *ahead, *alone;
	struct diag diag = { "" };

	if (argc < 2 || image_open((const char **)&argv[1], 1, &options, &ahead, &diag) ||
	    image_open((const char **)&argv[1], 1, &options, &alone, &diag) ||
	    image_describe(alone, &contents, &diag)) {
		fprintf(stderr, "check_read_ahead: %s\n", diag.text);
		return 2;
	}
	compare_all(ahead, alone, contents.present + contents.excluded);
	image_free(ahead);
	image_free(alone);
	printf("%zu passed, %zu failed\n", passed, failed);
	return failed || !passed;
}
