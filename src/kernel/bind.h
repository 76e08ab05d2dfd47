/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The steps of kernel_bind(), in the order in which they build on each other.
 * Each fills in its part of struct kernel; diag explains a failure.
 */
#ifndef RMAP_INSPECT_KERNEL_BIND_H
#define RMAP_INSPECT_KERNEL_BIND_H

#include "kernel/kernel.h"

/*
 * See to it that the image has VMCOREINFO that fits what is in its memory: the
 * dump's own, or what the kernel itself keeps. ST_UNSUPPORTED when there is
 * none, and when there are several and nothing tells which kernel ran. One of
 * the dump that fits nothing is left to it if there is no better (locate.c).
 */
enum status locate_kernel(struct kernel *kernel,
			  struct diag *diag) must_check;

/* Who it is: release and build_id (identify.c). */
enum status identify_dump(struct kernel *kernel, struct diag *diag) must_check;

/*
 * The banner lies where the facts say, and is of the dump's release: this
 * proves that all the arithmetic before it is right. ST_CORRUPT (identify.c).
 */
enum status identify_banner(struct kernel *kernel, const struct facts *facts,
			    struct diag *diag) must_check;

/*
 * When it crashed, in seconds since 1970, and the name of its host. ST_ABSENT:
 * the dump does not say. Both need no layouts; the second reads memory
 * (identify.c).
 */
enum status identify_crash_time(const struct kernel *kernel,
				int64_t *ret_seconds,
				struct diag *diag) must_check;
enum status identify_host(struct kernel *kernel, char *buf, size_t size,
			  struct diag *diag) must_check;

/*
 * The release that stands where VMCOREINFO says that the kernel keeps its own,
 * is the one that VMCOREINFO is of. Old ones do not say, and then all is well
 * (identify.c).
 */
enum status identify_release(struct kernel *kernel,
			     struct diag *diag) must_check;

/*
 * Where its memory is: mmu, phys_base, pgd and kaslr_offset. From here on kernel_read()
 * works (address_space.c).
 */
enum status bind_address_space(struct kernel *kernel,
			       struct diag *diag) must_check;

/*
 * Its page table maps itself where VMCOREINFO says that it is: this proves that
 * it is there (address_space.c).
 */
enum status check_address_space(struct kernel *kernel,
				struct diag *diag) must_check;

/*
 * Compare a vmlinux with the dump. *ret_matched is false only when it is of
 * another build and force lets that pass. ST_MISMATCH with both values; also
 * when the architectures differ, which no force gets past (identify.c).
 */
enum status identify_match(const struct kernel *kernel,
			   struct elf_file *vmlinux, bool force,
			   bool *ret_matched, struct diag *diag) must_check;

/*
 * The first source of layouts and symbols that serves: facts, vmlinux and
 * matched, with a trial for each that was asked (sources.c).
 */
enum status bind_source(struct kernel *kernel,
			const struct kernel_options *opts,
			struct diag *diag) must_check;

/*
 * ST_MISMATCH: the facts contradict what VMCOREINFO tells of the same things
 * (cross_check.c).
 */
enum status cross_check(const struct kernel *kernel, const struct facts *facts,
			struct diag *diag) must_check;

/* The same of the addresses alone, before anything is read there. */
enum status cross_check_symbols(const struct kernel *kernel,
				const struct facts *facts,
				struct diag *diag) must_check;

/*
 * How its struct pages are found, and what the flags word of a page holds;
 * needs layouts and symbols (memory_model.c).
 */
enum status bind_memory_model(struct kernel *kernel,
			      struct diag *diag) must_check;

#endif
