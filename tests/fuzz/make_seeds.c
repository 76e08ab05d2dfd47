/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inputs to begin fuzzing with, out of a real dump that describes itself: its
 * BTF, its kallsyms tables, and the layout that would be kept of it.
 *
 *	make_seeds VMCORE DIR
 *
 * writes DIR/fuzz_btf, DIR/fuzz_kallsyms and DIR/fuzz_cache, in the formats of
 * the targets of these names.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debuginfo/kallsyms.h"
#include "image/vmcoreinfo.h"
#include "kernel/cache.h"
#include "kernel/kernel.h"

/* As in fuzz_kallsyms.c. */
#define START		0xffffffff81000000ULL

/* More than the tables of the bundled dump have behind the last start. */
#define LAST_TABLE	(256u << 10)

static void require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "make_seeds: %s\n", what);
	exit(1);
}

static FILE *create(const char *dir, const char *name)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "w");
	require(out, path);
	return out;
}

static void finish(FILE *out)
{
	require(!fclose(out), "cannot write");
}

static struct kernel *open_kernel(const char *path)
{
	const struct image_options in_tmp = { .tmpdir = "/var/tmp" };
	const struct kernel_options options = { .log = NULL };
	struct diag diag = { "" };
	struct kernel *kernel;
	struct image *image;

	require(!image_open(&path, 1, &in_tmp, &image, &diag), diag.text);
	kernel = kernel_new(image);
	require(kernel && !kernel_bind(kernel, &options, &diag), diag.text);
	return kernel;
}

/* Up to where memory ends. */
static void copy_memory(struct kernel *kernel, kaddr_t from, uint64_t to,
			FILE *out)
{
	for (; from.v < to; from.v++) {
		uint8_t byte;

		if (kernel_read(kernel, from, &byte, 1))
			break;
		fputc(byte, out);
	}
}

static void make_btf(struct kernel *kernel, const char *dir)
{
	const struct kernel_variable *variables = kernel->facts.variables;
	FILE *out = create(dir, "fuzz_btf");

	copy_memory(kernel, variables[KSYM_START_BTF].address,
		    variables[KSYM_STOP_BTF].address.v, out);
	finish(out);
}

static void put_u32(uint32_t value, FILE *out)
{
	value = htole32(value);
	fwrite(&value, sizeof(value), 1, out);
}

static void make_kallsyms(struct kernel *kernel, const char *dir)
{
	FILE *out = create(dir, "fuzz_kallsyms");
	uint64_t first = UINT64_MAX, last = 0;

	for (size_t i = 0; i < N_KALLSYMS_TABLES; i++) {
		uint64_t at = 0;

		(void)!vmcoreinfo_hex(kernel->image->vmcoreinfo,
				      kallsyms_keys[i], &at, NULL);
		put_u32(at ? at - START : 0, out);
		if (!at || i == KALLSYMS_STEXT)
			continue;
		first = at < first ? at : first;
		last = at > last ? at : last;
	}
	require(first < last, "the dump names no kallsyms");
	put_u32(first - START, out);
	fwrite((const uint8_t[]) { 0, 0 }, 2, 1, out);
	copy_memory(kernel, KADDR(first), last + LAST_TABLE, out);
	finish(out);
}

/* The target puts head and checksum around it. */
static void make_cache(struct kernel *kernel, const char *dir)
{
	FILE *out = create(dir, "fuzz_cache");
	size_t len;
	char *text = cache_format(kernel->build_id, NULL, &kernel->facts,
				  &len);
	char *from = text;

	require(text, "out of memory");
	for (int i = 0; i < 4; i++)
		from = strchr(from, '\n') + 1;
	fwrite(from, strstr(from, "checksum ") - from, 1, out);
	finish(out);
	free(text);
}

int main(int argc, char **argv)
{
	struct kernel *kernel;

	require(argc == 3, "usage: make_seeds VMCORE DIR");
	kernel = open_kernel(argv[1]);
	make_btf(kernel, argv[2]);
	make_kallsyms(kernel, argv[2]);
	make_cache(kernel, argv[2]);
	kernel_free(kernel);
	return 0;
}
