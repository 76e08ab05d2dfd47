/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a kernel's layouts and symbols can come from.
 *
 * Each source fills in a finding for a kernel whose memory can be read
 * already, or says why it cannot. A new source is a new file and a row in
 * sources.c.
 */
#ifndef RMAP_INSPECT_KERNEL_SOURCES_H
#define RMAP_INSPECT_KERNEL_SOURCES_H

#include "debuginfo/types.h"
#include "kernel/bind.h"

/* What a finding may be believed of later, when it has been kept. */
enum proof {
	PROOF_NONE,	/* a file that does not say of which build it is */
	PROOF_DUMP,	/* the memory of this dump, which may be damaged */
	PROOF_BUILD,	/* a file with the build-id of the dump */
};

/* What a source came up with. Zero-initialised is empty. */
struct finding {
	struct facts facts;		/* its variables, at least */
	struct type_source *types;	/* owned: ask it for the layouts */
	struct elf_file *vmlinux;	/* owned; NULL: none was needed */
	bool matched;			/* it is of the dump's own kernel */
	enum proof proof;
};

struct source {
	const char *name;	/* for messages */
	/*
	 * Whether the user asked for it by name: if not, it is passed over;
	 * if so, no other will do when it fails. NULL: it waits its turn.
	 */
	bool (*is_given)(const struct kernel_options *opts);
	/* Whether it is asked of such a kernel at all. NULL: of any. */
	bool (*applies)(const struct kernel *kernel);
	enum status (*find)(struct kernel *kernel,
			    const struct kernel_options *opts,
			    struct finding *finding, struct diag *diag);
};

extern const struct source source_given;
extern const struct source source_cache;
extern const struct source source_live;
extern const struct source source_dump;
extern const struct source source_vmlinux;
extern const struct source source_debuginfod;

/* ---- parts of sources, for those that combine them ---- */

/* Symbols from kallsyms, which VMCOREINFO names since 6.0 (source_dump.c). */
enum status symbols_from_dump(struct kernel *kernel, struct facts *facts,
			      struct diag *diag) must_check;

/* The BTF whose bounds are among the symbols (source_dump.c). */
enum status types_from_dump(struct kernel *kernel, const struct facts *facts,
			    struct type_source **ret_types,
			    struct diag *diag) must_check;

/*
 * Symbols from a System.map or a copy of /proc/kallsyms, checked against
 * VMCOREINFO (source_given.c).
 */
enum status symbols_from_map(struct kernel *kernel, const char *path,
			     struct facts *facts, struct diag *diag) must_check;

/* Of finding->vmlinux, which is open (source_vmlinux.c): */
enum status match_vmlinux(const struct kernel *kernel,
			  const struct kernel_options *opts,
			  struct finding *finding,
			  struct diag *diag) must_check;
enum status types_from_vmlinux(struct finding *finding,
			       struct diag *diag) must_check;
enum status symbols_from_vmlinux(struct kernel *kernel,
				 struct finding *finding,
				 struct diag *diag) must_check;

/* All three. */
enum status read_vmlinux(struct kernel *kernel,
			 const struct kernel_options *opts,
			 struct finding *finding,
			 struct diag *diag) must_check;

/* Keep a finding for source_cache, if that is wanted and may be. */
void source_cache_keep(const struct kernel *kernel,
		       const struct kernel_options *opts,
		       const struct finding *finding);

#endif
