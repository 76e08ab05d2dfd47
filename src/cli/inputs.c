/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows that VMCORE and VMLINUX come in either order, that VMCORE may be in
 * several files, and what to say when they are not one of each. Does not know
 * how files are told apart (sniff.c).
 */
#include <stdbool.h>
#include <stdlib.h>

#include "alloc.h"
#include "inputs.h"
#include "log.h"
#include "sniff.h"

struct candidate {
	const char *path;
	struct sniffed sniffed;
};

static enum exit_code look_at(const char *path, struct candidate *ret)
{
	*ret = (struct candidate) { path, sniff(path) };
	if (ret->sniffed.kind != FILE_UNFIT &&
	    ret->sniffed.kind != FILE_UNREADABLE)
		return EXIT_COMPLETE;
	log_error("%s: %s", path, ret->sniffed.words);
	return EXIT_FAILED;
}

static bool is(const struct candidate *file, enum file_kind kind)
{
	return file->sniffed.kind == kind;
}

static void swap(struct candidate *a, struct candidate *b)
{
	struct candidate old_a = *a;

	*a = *b;
	*b = old_a;
}

static enum exit_code wrong_pair(const struct candidate *a,
				 const struct candidate *b, const char *what)
{
	log_error("%s and %s: both are %s; give one dump and one vmlinux",
		  a->path, b->path, what);
	return EXIT_USAGE;
}

static enum exit_code check_core(const struct candidate *core)
{
	if (!is(core, FILE_KERNEL))
		return EXIT_COMPLETE;
	log_error("%s: %s, not a dump; give the dump as well", core->path,
		  core->sniffed.words);
	return EXIT_USAGE;
}

static enum exit_code check_pair(const struct candidate *core,
				 const struct candidate *kernel)
{
	if (is(core, FILE_KERNEL) && is(kernel, FILE_KERNEL))
		return wrong_pair(core, kernel, "kernels");
	if (is(core, FILE_DUMP) && is(kernel, FILE_DUMP))
		return wrong_pair(core, kernel, "dumps");
	if (is(kernel, FILE_KERNEL))
		return EXIT_COMPLETE;
	log_error("%s: %s, not a kernel; give the vmlinux with its debug "
		  "information", kernel->path, kernel->sniffed.words);
	/* Two good files in the wrong places, or a file that is no good. */
	return is(kernel, FILE_UNKNOWN) ? EXIT_FAILED : EXIT_USAGE;
}

static enum exit_code choose_alone(const char *path, struct inputs *ret_inputs)
{
	struct candidate core;
	enum exit_code code = look_at(path, &core);

	if (code == EXIT_COMPLETE)
		code = check_core(&core);
	if (code == EXIT_COMPLETE)
		*ret_inputs = (struct inputs) { .core = path };
	return code;
}

static enum exit_code choose_pair(const char *first, const char *second,
				  bool either_order, struct inputs *ret_inputs)
{
	struct candidate core, kernel;
	enum exit_code code = look_at(first, &core);

	if (code == EXIT_COMPLETE)
		code = look_at(second, &kernel);
	if (code != EXIT_COMPLETE)
		return code;
	/* Also right for a format that we do not know beside one we do. */
	if (either_order && !is(&core, FILE_DUMP) &&
	    !is(&kernel, FILE_KERNEL))
		swap(&core, &kernel);
	code = check_pair(&core, &kernel);
	if (code == EXIT_COMPLETE)
		*ret_inputs = (struct inputs) {
			.core = core.path, .vmlinux = kernel.path
		};
	return code;
}

/* ---- a dump in several files ---- */

static bool has_part(const struct options *opts)
{
	for (size_t i = 0; i < opts->n_files; i++)
		if (sniff(opts->files[i]).kind == FILE_PART)
			return true;
	return false;
}

static enum exit_code add_beside_part(const struct candidate *file,
				      struct inputs *inputs)
{
	if (!is(file, FILE_KERNEL)) {
		log_error("%s: %s, beside %s, which is a part of a split "
			  "dump; give the parts of one dump, and at most one "
			  "vmlinux", file->path, file->sniffed.words,
			  inputs->core);
		return EXIT_USAGE;
	}
	if (inputs->vmlinux) {
		log_error("%s and %s: both are kernels; give at most one "
			  "vmlinux", inputs->vmlinux, file->path);
		return EXIT_USAGE;
	}
	inputs->vmlinux = file->path;
	return EXIT_COMPLETE;
}

static void add_part(const char *path, struct inputs *inputs)
{
	size_t n = 0;

	if (!inputs->core) {
		inputs->core = path;
		return;
	}
	while (inputs->parts && inputs->parts[n])
		n++;
	inputs->parts = need(reallocarray(inputs->parts, n + 2,
					  sizeof(*inputs->parts)));
	inputs->parts[n] = path;
	inputs->parts[n + 1] = NULL;
}

/* The parts first, so that what stands beside can be compared with them. */
static enum exit_code choose_parts(const struct options *opts,
				   struct inputs *ret_inputs)
{
	struct candidate file;
	enum exit_code code = EXIT_COMPLETE;

	for (size_t i = 0; i < opts->n_files; i++)
		if (sniff(opts->files[i]).kind == FILE_PART)
			add_part(opts->files[i], ret_inputs);
	for (size_t i = 0; i < opts->n_files && code == EXIT_COMPLETE; i++) {
		code = look_at(opts->files[i], &file);
		if (code == EXIT_COMPLETE && !is(&file, FILE_PART))
			code = add_beside_part(&file, ret_inputs);
	}
	if (code == EXIT_COMPLETE && opts->vmlinux)
		code = look_at(opts->vmlinux, &file);
	if (code == EXIT_COMPLETE && opts->vmlinux)
		code = add_beside_part(&file, ret_inputs);
	return code;
}

/* ---- all of them ---- */

static enum exit_code check_number(const struct options *opts)
{
	size_t max = opts->vmlinux ? 1 : 2;

	if (opts->n_files <= max)
		return EXIT_COMPLETE;
	log_error("%s: one file too many; give one dump and at most one "
		  "vmlinux", opts->files[max]);
	return EXIT_USAGE;
}

static enum exit_code choose(const struct options *opts,
			     struct inputs *ret_inputs)
{
	if (opts->live) {
		*ret_inputs = (struct inputs) { .vmlinux = opts->vmlinux };
		return EXIT_COMPLETE;
	}
	if (has_part(opts))
		return choose_parts(opts, ret_inputs);
	if (check_number(opts) != EXIT_COMPLETE)
		return EXIT_USAGE;
	if (opts->vmlinux)
		return choose_pair(opts->files[0], opts->vmlinux, false,
				   ret_inputs);
	if (opts->n_files == 2)
		return choose_pair(opts->files[0], opts->files[1], true,
				   ret_inputs);
	return choose_alone(opts->files[0], ret_inputs);
}

enum exit_code inputs_choose(const struct options *opts,
			     struct inputs *ret_inputs)
{
	enum exit_code code;

	*ret_inputs = (struct inputs) { .core = NULL };
	code = choose(opts, ret_inputs);
	if (code != EXIT_COMPLETE && opts->n_files == 2 && opts->from_dmesg &&
	    !opts->dmesg_file)
		log_error("--from-dmesg: reads the log in the dump; another "
			  "is given as --from-dmesg=FILE");
	return code;
}

void inputs_fini(struct inputs *inputs)
{
	free(inputs->parts);
}
