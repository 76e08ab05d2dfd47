/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * librmap-inspect: from a page frame of a crashed Linux kernel to every
 * process, VMA and user address that maps it.
 *
 * Life of a session:
 *
 *	struct rmi_session *s = rmi_session_new();
 *	struct rmi_open_options opts = { .size = sizeof(opts), .core = path };
 *
 *	if (rmi_session_open(s, &opts) != RMI_OK)
 *		complain(rmi_session_error(s));
 *	rmi_session_query(s, &query, got_page, NULL);
 *	rmi_session_free(s);
 *
 * Structs that the caller fills begin with their own size, so that they can
 * grow; bytes beyond what the library knows must be zero. Structs that the
 * library fills stand in arrays and are read in place: they change only with
 * the soname.
 *
 * Of every function, unless it says otherwise:
 *
 * Since	0.1.0.
 * Threads	A session is used by one thread at a time, different sessions
 *		by different threads at once. Callbacks come from the thread
 *		that called, before the call returns, and do not call the
 *		library with the same session.
 * Ownership	What the library hands out stays its own. What a callback
 *		receives lives, with all that it points to, during the call.
 *		What the caller passes is not kept.
 * Errors	RMI_ERR_NO_MEMORY; RMI_ERR_INVALID: no dump has been opened, or
 *		a struct has a size or contents that this library does not
 *		know; RMI_ERR_IO, RMI_ERR_EXCLUDED, RMI_ERR_CORRUPT: without what
 *		could not be read there is no answer at all, where otherwise it
 *		would be a gap. More are named with the function. Arguments that
 *		are to receive something are untouched after a failure.
 * Units	Addresses, sizes and offsets are in bytes; PFNs, and what counts
 *		pages, in pages of the smallest size.
 *
 * The library never prints and never exits. Strings are UTF-8 only where the
 * dump's own bytes were.
 */
#ifndef RMAP_INSPECT_H
#define RMAP_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a call came to. The words are in rmi_session_error(). */
typedef enum rmi_status {
	RMI_OK = 0,
	RMI_ERR_NO_MEMORY,	/* an allocation failed */
	RMI_ERR_INVALID,	/* the request makes no sense */
	RMI_ERR_IO,		/* a file could not be read */
	RMI_ERR_UNSUPPORTED,	/* recognised, but not something we can read */
	RMI_ERR_CORRUPT,	/* the dump or the debug information is damaged */
	RMI_ERR_NOT_FOUND,	/* no debug information, no such thing */
	RMI_ERR_MISMATCH,	/* dump and vmlinux are of different kernels */
	RMI_ERR_EXCLUDED,	/* what is needed was left out of the dump */
	RMI_ERR_CANCELLED,	/* as the caller wished */
} rmi_status;

/* ---- what a session is made from ---- */

/* Importance of a log message. */
typedef enum rmi_log_level {
	RMI_LOG_WARNING,
	RMI_LOG_STEP,		/* each step of the work, with addresses */
} rmi_log_level;

/* text has no newline. */
typedef void rmi_log_fn(rmi_log_level level, const char *text, void *arg);

/*
 * Long work tells how far it is: done of total units of what ("page tables").
 * total 0: not known. Called often; costs should be low.
 */
typedef void rmi_progress_fn(const char *what, uint64_t done, uint64_t total,
			     void *arg);

/*
 * Asked during downloads, while a flattened dump is reassembled, and while all
 * of memory is read: true gives up.
 */
typedef bool rmi_cancelled_fn(void *arg);

struct rmi_open_options {
	size_t size;		/* sizeof(struct rmi_open_options) */
	const char *core;	/* the dump; see core_fds, core_bytes, live */
	const char *vmlinux;	/* its kernel with debug information; NULL: see
				   rmi_session_open() */
	bool force;		/* use vmlinux though it is of another build */
	bool log_steps;		/* log RMI_LOG_STEP messages too */
	rmi_log_fn *log;	/* or NULL */
	rmi_progress_fn *progress;	/* or NULL */
	void *arg;		/* for log, progress and cancelled */
	/*
	 * Where to keep the layout of each kernel for the next run, and look
	 * for one; NULL: nowhere. Made if need be; trouble with it is no
	 * failure.
	 */
	const char *cache_dir;
	/*
	 * Layouts from this BTF file, symbols from this System.map; NULL: not
	 * given. Neither says of which build it is: all that can be checked is
	 * that they do not contradict the dump's VMCOREINFO.
	 */
	const char *btf;
	const char *system_map;
	/* Where to look for a vmlinux before /usr/lib/debug and /boot. */
	const char *const *debug_dirs;	/* NULL-terminated, or NULL */
	bool debuginfod;	/* last of all, ask the servers of debuginfod */
	rmi_cancelled_fn *cancelled;	/* or NULL */
	/*
	 * Give out stand-ins for the names that people have chosen: comms,
	 * paths, cgroups, containers, the host, files on this machine; in
	 * messages, too. The same name has the same everywhere. Questions ask
	 * by real names, and rmi_session_log() has the log as it is. What is
	 * replaced and how: doc/redact.md.
	 */
	bool redact;
	/*
	 * Where to put the plain form of a flattened dump, which is a file
	 * without a name and as large as the dump, if libkdumpfile cannot read
	 * it as it is. NULL: /var/tmp.
	 */
	const char *tmpdir;
	/*
	 * The other files of a dump that was split (makedumpfile --split), in
	 * any order; NULL-terminated, or NULL.
	 */
	const char *const *parts;
	/*
	 * Not a dump (core is NULL), but the running machine, by /proc/kcore:
	 * only when asked for. Pages can be asked about, by
	 * rmi_session_query() and RMI_METHOD_RMAP; for all other questions
	 * about memory no dump has been opened.
	 */
	bool live;
	/*
	 * Not a dump's path, but its files by descriptors that are open for
	 * reading, in any order if there are several; they are duplicated, and
	 * their positions neither matter nor change.
	 */
	const int *core_fds;
	size_t n_core_fds;	/* 0: not given */
	/* Or the bytes of its file, which are copied. */
	const void *core_bytes;	/* NULL: not given */
	size_t core_size;	/* bytes */
};

struct rmi_session;

/*
 * NULL when out of memory. The caller's, to be released with rmi_session_free().
 * By any thread at any time.
 */
struct rmi_session *rmi_session_new(void);

/* With all that it has handed out. Accepts NULL. */
void rmi_session_free(struct rmi_session *session);

/*
 * Open a dump, by one of core, core_fds and core_bytes, or what is live. Once per
 * session, even if it fails. Of opts, only the functions and arg are used
 * afterwards, until the session is released.
 * Layouts and symbols are taken from the files given, or else from the first
 * that serves: a layout kept in cache_dir, the dump itself, a vmlinux on this
 * machine, debuginfod.
 * RMI_ERR_MISMATCH: the build-id (or release and banner) of the vmlinux is not
 * the dump's, and opts->force is not set; or what a file says contradicts the
 * dump's VMCOREINFO, which no force gets past. RMI_ERR_NOT_FOUND: nothing tells
 * of the layouts or the symbols. RMI_ERR_UNSUPPORTED: not a dump, or of a kind
 * or machine that cannot be read. RMI_ERR_CANCELLED: as cancelled() wished.
 */
rmi_status rmi_session_open(struct rmi_session *session,
			    const struct rmi_open_options *opts);

/*
 * The same dump once more, for another thread to ask while this one is asked:
 * opening it again would cost more. Released with rmi_session_free(), before
 * or after the other. The functions of the options that opened the first, with
 * their arg, are called for both, each time by the thread that asks.
 * RMI_ERR_INVALID: no dump has been opened.
 */
rmi_status rmi_session_clone(struct rmi_session *session,
			     struct rmi_session **ret_clone);

/*
 * The explanation of the last call that failed, which a success does not
 * clear; "" when there was none. Lives until the next call.
 */
const char *rmi_session_error(const struct rmi_session *session);

/* ---- what the dump is ---- */

/* Something that could not be seen. */
struct rmi_gap {
	const char *what;	/* "task list" */
	const char *where;	/* "task 0xffff88800512ba80" */
	const char *why;	/* "page excluded from the dump" */
};

/* Where layouts and symbols were looked for, and what came of it. */
struct rmi_layout_source {
	const char *name;		/* "cached layout", "the dump itself", … */
	bool served;			/* they were taken from here */
	const char *declined;		/* why it did not serve, or NULL */
};

/* Strings are NULL when not known. Lives as long as the session. */
struct rmi_source {
	const char *core;		/* as given; "descriptor 3", "memory" */
	const char *format;		/* "elf", "diskdump": as libkdumpfile says */
	const char *architecture;	/* "x86_64" */
	const char *release;		/* "6.1.0-56-cloud-amd64" */
	const char *build_id;		/* of the dump, lower-case hex */
	const char *vmlinux;		/* the file used, if one was */
	const char *vmlinux_build_id;
	const char *layouts;		/* "DWARF", "BTF" */
	const char *symbols;		/* ".symtab", "kallsyms in the dump" */
	size_t n_sources;		/* in the order in which they were asked */
	const struct rmi_layout_source *sources;
	bool incomplete;		/* the dump says of itself that it is */
	bool matched;			/* false only with force */
	bool has_kaslr_offset;
	bool has_phys_base;		/* arm64 has none */
	uint64_t kaslr_offset;		/* bytes */
	uint64_t phys_base;		/* bytes */
	uint64_t page_size;		/* bytes; 0: not known */
	/*
	 * How VMCOREINFO was come by, which tells where the kernel lies: "dump":
	 * the dump, or the running kernel, has it as such; "cpu": the kernel
	 * that a CPU ran points to it; "search": in all of memory there is no
	 * other. NULL: there is none.
	 */
	const char *vmcoreinfo_from;
	bool has_vmcoreinfo_address;
	uint64_t vmcoreinfo_address;	/* physical; unless from the dump */
};

/*
 * After rmi_session_open() has failed, what was found out until then; core is
 * NULL when not even that the file is a dump.
 */
const struct rmi_source *rmi_session_source(const struct rmi_session *session);

/* What else a dump tells of itself. Strings are NULL when not known. */
struct rmi_info {
	size_t size;			/* sizeof(struct rmi_info) */
	const char *compression;	/* "zstd", "none" */
	bool has_pages_present;
	uint64_t pages_present;		/* frames of RAM in the dump */
	bool has_pages_excluded;
	uint64_t pages_excluded;	/* frames of RAM that were left out */
	bool has_crash_time;
	int64_t crash_time;		/* seconds since 1970, UTC */
	const char *host;		/* the node name of the machine */
};

/*
 * Needs a dump, but neither layouts nor symbols: it works after a failed
 * rmi_session_open() as well, if that found a dump. The caller sets size.
 * Strings live as long as the session.
 */
rmi_status rmi_session_info(struct rmi_session *session,
			    struct rmi_info *ret_info);

/* One thing that was looked for in the type information or the symbols. */
struct rmi_layout_entry {
	const char *kind;		/* "struct", "member", "enumerator", "symbol" */
	const char *name;		/* "page.compound_info", as we call it */
	size_t n_paths;			/* what the kernel may call it, newest first */
	const char *const *paths;
	bool required;
	const char *path;		/* which of these it is, NULL: it has none */
	uint64_t offset;		/* of a member, bytes */
	uint64_t bytes;			/* of a struct, or a member's element; or 0 */
	uint64_t count;			/* of a member's elements; 1: no array */
	int64_t value;			/* of an enumerator */
	uint64_t address;		/* of a symbol, at run time */
	const char *source;		/* "BTF", "kallsyms in the dump" */
};

/* What entry points to lives as long as the session. */
typedef void rmi_layout_fn(const struct rmi_layout_entry *entry, void *arg);

/* All that was looked for, found or not. */
rmi_status rmi_session_layout(struct rmi_session *session, rmi_layout_fn *fn,
			      void *arg);

/*
 * Gaps that concern every answer, such as a task list cut short, and what
 * rmi_session_log() could not read. Pages already given out as complete are
 * not taken back when one is found later: ask after the query. The array lives
 * until the next call, and may be NULL when *ret_n is 0.
 */
const struct rmi_gap *rmi_session_gaps(struct rmi_session *session,
				       size_t *ret_n);

/* ---- the kernel's log ---- */

/* One record of the log, as dmesg prints it. */
struct rmi_log_record {
	uint64_t seq;			/* counts from 0 at boot */
	uint64_t ns;			/* since boot */
	const char *text;		/* without a time; can have several
					   lines; as it is, redact or not */
};

/*
 * Receives one record. Returning false ends the reading, which then returns
 * RMI_OK.
 */
typedef bool rmi_log_record_fn(const struct rmi_log_record *record, void *arg);

/*
 * Read the log in the dump, oldest record first. A record that cannot be read,
 * or was being written when the machine stopped, is one of rmi_session_gaps(),
 * and the others are handed out; so is a log of which nothing is in the dump.
 * RMI_ERR_NOT_FOUND: nothing tells where in memory the log is.
 */
rmi_status rmi_session_log(struct rmi_session *session, rmi_log_record_fn *fn,
			   void *arg);

/* ---- other ways to name a page ---- */

typedef enum rmi_door {
	RMI_DOOR_PHYS,		/* a physical address */
	RMI_DOOR_PAGE,		/* the address of its struct page */
	RMI_DOOR_VIRT,		/* a user address of a process */
	/* The pages present in, which can be many: rmi_session_find_all(). */
	RMI_DOOR_VMA,		/* a VMA, by the address of its struct */
	RMI_DOOR_MM,		/* an address space, likewise */
	RMI_DOOR_PID,		/* the address space of a process */
	RMI_DOOR_FILE,		/* a file; in the page cache */
	RMI_DOOR_HWPOISON,	/* all of memory, if the hardware failed there */
} rmi_door;

struct rmi_place {
	size_t size;		/* sizeof(struct rmi_place) */
	rmi_door door;
	uint64_t address;
	/* RMI_DOOR_VIRT, RMI_DOOR_PID: of the process, not a thread. */
	uint32_t pid;
	/*
	 * RMI_DOOR_FILE: as in /proc/PID/maps of a process that maps it, " (deleted)"
	 * and all; several files can have the same path. One that nobody maps:
	 * as init sees it, if its names are in memory; symbolic links are not
	 * followed. NULL: by the device of its file system and its inode.
	 */
	const char *path;
	uint32_t dev_major, dev_minor;
	uint64_t inode;
};

/*
 * The page at a place that has one (RMI_DOOR_PHYS, RMI_DOOR_PAGE,
 * RMI_DOOR_VIRT). RMI_ERR_NOT_FOUND: there is none, and the explanation says
 * what there is: no such process, nothing mapped, a swap entry, ….
 */
rmi_status rmi_session_find(struct rmi_session *session,
			    const struct rmi_place *place, uint64_t *ret_pfn);

/* A thread-group leader that uses an address space. */
struct rmi_task {
	uint32_t pid;			/* as in the initial PID namespace */
	const char *comm;		/* NULL: not known */
};

typedef enum rmi_detail_type {
	RMI_DETAIL_TEXT,
	RMI_DETAIL_NUMBER,
	RMI_DETAIL_ADDRESS,		/* of the kernel's memory */
} rmi_detail_type;

/*
 * What only things of some kinds have: the order of a free block, the cache of
 * a slab, …. doc/kinds.md says which names come with which kind of page.
 */
struct rmi_detail {
	const char *name;		/* "order" */
	rmi_detail_type type;
	const char *text;		/* RMI_DETAIL_TEXT, else NULL */
	uint64_t number;		/* the number or the address, else 0 */
};

/* PFNs first … last, both included. */
struct rmi_pfn_range {
	uint64_t first;
	uint64_t last;
};

/* Some pages of a place: a huge page is one range. */
struct rmi_found {
	struct rmi_pfn_range range;
	bool has_at;
	/* Of the first one: user address, or offset in the file, bytes. */
	uint64_t at;
};

/* What a place turned out to be. Strings are NULL when not known. */
struct rmi_object {
	/* "vma", "mm", "file", "memory", "slab object" */
	const char *type;
	uint64_t address;		/* of its struct; of a file's inode; or 0 */
	bool in_mm;			/* it is, or is part of, an mm */
	size_t n_tasks;			/* whose that is */
	const struct rmi_task *tasks;
	bool has_bounds;
	uint64_t start, end;		/* user addresses, of a VMA */
	const char *path;		/* of the file */
	bool has_inode;
	uint32_t dev_major, dev_minor;	/* of its file system */
	uint64_t inode;
	/* "pages present", "swapped", …, in the order in which to tell them. */
	size_t n_details;
	const struct rmi_detail *details;
	bool complete;			/* nothing was hidden from us */
	size_t n_gaps;
	const struct rmi_gap *gaps;
};

/* found is needed, object may be NULL. */
struct rmi_find_control {
	size_t size;			/* sizeof(struct rmi_find_control) */
	void *arg;
	/* Pages in the order of the place; false ends the search. */
	bool (*found)(const struct rmi_found *found, void *arg);
	/* After the pages of each object. It lives as long as the session. */
	void (*object)(const struct rmi_object *object, void *arg);
};

/*
 * All pages at a place. One page alone (RMI_DOOR_PHYS, …) is found as by
 * rmi_session_find() and has no object. RMI_ERR_NOT_FOUND: what is named is
 * not there, and the explanation says what contradicts; a place without pages
 * is no failure. RMI_ERR_UNSUPPORTED: this kernel does not keep what is asked.
 */
rmi_status rmi_session_find_all(struct rmi_session *session,
				const struct rmi_place *place,
				const struct rmi_find_control *control);

/* ---- questions and answers ---- */

/* One address of one address space whose page-table entry is about the page. */
struct rmi_mapping {
	uint64_t mm;			/* struct mm_struct */
	size_t n_tasks;			/* none: the mm has no task any more */
	const struct rmi_task *tasks;
	uint64_t vma;			/* struct vm_area_struct */
	uint64_t vma_start, vma_end;	/* user addresses */
	uint64_t vma_flags;		/* vm_flags */
	const char *vma_perm;		/* "rw-p" as in /proc/PID/maps */
	const char *path;		/* of the mapped file, or NULL */
	uint64_t address;		/* user address of the page */
	const char *level;		/* "pte", "pmd" or "pud" */
	uint64_t pte;			/* the entry as stored */
	/*
	 * "mapped": the process has the page here. "special": a raw mapping of
	 * the frame that the kernel neither counts nor keeps a reverse map
	 * for. All others are entries that are the page's and map nothing:
	 * "swapped" (the page is in the swap cache still, or again),
	 * "migrating" and "poisoned" (by a memory failure) are no longer
	 * counted, "device-private" and "device-exclusive" still are.
	 * "changed", of a running machine: when the VMA, its processes or the
	 * entry were read again, something was not as it stands here.
	 */
	const char *state;
	const char *note;		/* "read-only (copy on write)", or NULL */
	uint64_t pfn;			/* of the page at this address */
	uint64_t n_pages;		/* of the folio, from it on, that the entry
					   is about; 0: no page is known */
};

/* One step of the way from the page to its mappings, for people. */
struct rmi_step {
	const char *from;		/* "page.mapping" */
	const char *object;		/* "anon_vma" */
	uint64_t address;		/* of the object */
	const char *detail;		/* "root, 10 VMAs", or NULL */
};

/* What rmap and scan disagree about (RMI_METHOD_BOTH). */
struct rmi_difference {
	const char *only_in;		/* "rmap" or "scan" */
	struct rmi_mapping mapping;
};

/* Some of a folio's references, and who holds them. */
struct rmi_reference {
	const char *holder;		/* "mappings", "page cache", … */
	int64_t count;			/* of references: a pin can hold 1024 */
};

/*
 * A memory cgroup that pages are charged to. Lives as long as the session.
 * Removed ones live on ("dying") while there are pages that hold them.
 */
struct rmi_memcg {
	uint64_t address;		/* struct mem_cgroup */
	const char *path;		/* in its hierarchy, as in /proc/PID/cgroup */
	const char *state;		/* "online" or "dying" */
	uint64_t inode;			/* of its directory */
	/*
	 * The id or name of the innermost container that the path tells of, or
	 * "pod" and the uid of a pod; NULL: it tells of none.
	 */
	const char *container;
};

/*
 * Whether something can be done with a page at the moment of the dump, and
 * why not. Where the answer is yes, the reasons are conditions.
 */
struct rmi_verdict {
	const char *answer;		/* "yes", "no", "unknown"; NULL: there is
					   nothing to do, nobody uses the page */
	size_t n_reasons;
	const char *const *reasons;	/* "mlocked by PID 97 (mlock)" */
};

/* A place where the page of a file could be mapped, and is not. */
struct rmi_candidate {
	uint64_t mm;			/* struct mm_struct */
	size_t n_tasks;
	const struct rmi_task *tasks;
	uint64_t vma;			/* struct vm_area_struct */
	uint64_t vma_start, vma_end;	/* user addresses */
	uint64_t address;		/* where the page would be */
};

/*
 * The file whose page cache a page belongs to; of a page that the swap cache
 * alone still has, the file that has its swap entry.
 */
struct rmi_file {
	/*
	 * As a process that maps the page knows it, or else a name that is in
	 * memory; NULL: none is. "block device 8:1" for a device's own pages.
	 */
	const char *path;
	const char *filesystem;		/* its type, "ext4" */
	uint32_t device_major, device_minor;
	uint64_t inode;			/* its number */
	uint64_t size;			/* bytes */
	uint64_t offset;		/* of the page in the file, bytes */
	bool deleted;			/* the last name of the file was */
	bool dirty, writeback;		/* the folio is */
	/*
	 * VMAs and processes that have any part of the file mapped; not known
	 * where the file's tree could not be seen as a whole.
	 */
	bool has_mapped_by;
	uint64_t n_vmas, n_processes;
	/* VMAs that cover the page and do not map it. Not known by scan. */
	size_t n_candidates;
	const struct rmi_candidate *candidates;
};

/* The answer for one PFN. Strings are NULL and addresses 0 when not known. */
struct rmi_page {
	uint64_t pfn;
	uint64_t phys;			/* physical address, bytes; 0: beyond 64 bits */
	uint64_t page;			/* struct page; 0: there is none */
	const char *kind;		/* "anon", "slab", …: doc/kinds.md has them all */
	size_t n_flags;
	const char *const *flags;	/* the kernel's names, "uptodate" */
	int node;			/* NUMA node, -1 not known */
	const char *zone;		/* "DMA32" */
	int64_t refcount;		/* of the folio */
	bool has_mapcount;		/* not so where the kernel does not keep it */
	int64_t mapcount;		/* of this page */
	unsigned int order;		/* of the folio */
	uint64_t head_pfn;
	bool has_index;
	uint64_t index;			/* of this page, in pages */
	uint64_t mapping;		/* page.mapping as stored */
	bool has_page;			/* the struct page could be read: flags, refcount,
					   order, head_pfn and mapping are known */
	size_t n_steps;
	const struct rmi_step *steps;
	const char *path;		/* of the file behind a file page */
	size_t n_mappings;
	const struct rmi_mapping *mappings;
	bool complete;			/* nothing was hidden from us */
	size_t n_gaps;
	const struct rmi_gap *gaps;
	size_t n_differences;
	const struct rmi_difference *differences;
	/*
	 * Who holds the folio's references, for pages of users; and how many
	 * are held by nobody known: extra ones keep it from being migrated.
	 */
	bool has_references;
	size_t n_references;
	const struct rmi_reference *references;
	int64_t unexplained;
	size_t n_details;
	const struct rmi_detail *details;	/* each name once */
	/* NULL: charged to none, or to several, or (a gap says so) not known. */
	const struct rmi_memcg *memcg;
	struct rmi_verdict reclaim;	/* can take it from its users */
	struct rmi_verdict migrate;	/* can move it, as for CMA or compaction */
	bool folio;			/* mappings are those of any of its pages */
	/*
	 * "rmap", or "scan": where the kernel keeps no reverse map for such a
	 * page, its mappings are looked for in the page tables instead;
	 * "both": so are those that the reverse map, which breaks off, does
	 * not lead to. NULL: such a page is never mapped.
	 */
	const char *found_by;
	/* NULL: of no file, or (a gap says so) not known. */
	const struct rmi_file *file;
};

typedef enum rmi_method {
	RMI_METHOD_RMAP,	/* the kernel's reverse map, each hit confirmed */
	RMI_METHOD_SCAN,	/* all page tables of all processes */
	RMI_METHOD_BOTH,	/* rmap's answer, and where scan differs */
} rmi_method;

struct rmi_query {
	size_t size;			/* sizeof(struct rmi_query) */
	rmi_method method;
	size_t n_ranges;
	const struct rmi_pfn_range *ranges;
	/*
	 * Of each page asked for, the mappings of any page of its folio: one
	 * for each page-table entry.
	 */
	bool folio;
};

/*
 * Receives one answer. Returning false ends the query, which then returns
 * RMI_OK.
 */
typedef bool rmi_page_fn(const struct rmi_page *page, void *arg);

/*
 * One answer for each PFN asked, in the order asked. No PFN is 2^52 or more, and
 * no range ends before it begins: RMI_ERR_INVALID.
 * A scan sees the address spaces of all processes in the task list, and no
 * others. With RMI_METHOD_RMAP there is one, at most, and only if a page is
 * asked for that has no reverse map.
 */
rmi_status rmi_session_query(struct rmi_session *session,
			     const struct rmi_query *query,
			     rmi_page_fn *fn, void *arg);

/* ---- swap entries ---- */

/* A place in a swap file. */
struct rmi_swap_entry {
	uint64_t type;			/* which swap file */
	uint64_t offset;		/* in it, in pages */
};

/* Who refers to a swap entry. */
struct rmi_swap {
	struct rmi_swap_entry entry;
	/*
	 * The page-table entries that hold it, all of state "swapped".
	 * Processes that have its page back do not hold it any more.
	 */
	size_t n_mappings;
	const struct rmi_mapping *mappings;
	bool complete;			/* nothing was hidden from us */
	size_t n_gaps;
	const struct rmi_gap *gaps;
	bool has_count;			/* the kernel's own, as known: */
	int64_t count;			/* how many refer to it */
	bool has_cached;
	bool cached;			/* its page is in the swap cache */
	bool has_pfn;			/* not all kernels tell cheaply which */
	uint64_t pfn;
	/*
	 * Of shared memory, that has the entry in place of the page; NULL: none
	 * has. Its candidates are all VMAs that cover the page.
	 */
	const struct rmi_file *file;
};

struct rmi_swap_query {
	size_t size;			/* sizeof(struct rmi_swap_query) */
	size_t n_entries;
	const struct rmi_swap_entry *entries;
};

/*
 * Receives one answer. Returning false ends the query, which then returns
 * RMI_OK.
 */
typedef bool rmi_swap_fn(const struct rmi_swap *swap, void *arg);

/*
 * One answer for each entry asked, in the order asked, from one scan of the
 * page tables of all processes in the task list, and one of the files of
 * shared memory.
 */
rmi_status rmi_session_swap(struct rmi_session *session,
			    const struct rmi_swap_query *query,
			    rmi_swap_fn *fn, void *arg);

/* ---- the walk itself ---- */

/* The part of a mapping that is known before the page tables are asked. */
struct rmi_vma {
	uint64_t vma;
	uint64_t mm;
	uint64_t start, end;		/* user addresses */
	uint64_t flags;			/* vm_flags */
};

/* Modelled on the kernel's struct rmap_walk_control. */
struct rmi_walk_control {
	size_t size;			/* sizeof(struct rmi_walk_control) */
	void *arg;
	/* Each confirmed place, as it is found; false stops the walk. */
	bool (*rmap_one)(const struct rmi_mapping *mapping, void *arg);
	/* Asked after each; true stops the walk. NULL: never. */
	bool (*done)(void *arg);
	/* True: do not look into this VMA. NULL: look into all. */
	bool (*invalid_vma)(const struct rmi_vma *vma, void *arg);
};

/*
 * Walk the reverse map of one PFN. *ret_complete (may be NULL) says whether
 * the walk saw everything: no gap met, not stopped, and, if no VMA was left
 * out, as many mappings as the kernel counts. RMI_ERR_UNSUPPORTED: the kernel
 * keeps no reverse map for such a page. RMI_ERR_NOT_FOUND: there is no such
 * page.
 */
rmi_status rmi_session_walk(struct rmi_session *session, uint64_t pfn,
			    const struct rmi_walk_control *control,
			    bool *ret_complete);

/* ---- the family of an anon_vma ---- */

/* In place of the number of an item that there is not. */
#define RMI_NONE	SIZE_MAX

/* A VMA of a family. */
struct rmi_family_vma {
	uint64_t vma;			/* struct vm_area_struct */
	uint64_t mm;
	size_t n_tasks;			/* none: the mm has no task any more */
	const struct rmi_task *tasks;
	uint64_t start, end;		/* user addresses */
	uint64_t flags;			/* vm_flags */
	const char *perm;		/* "rw-p" */
	/* The number of vma->anon_vma in the family; RMI_NONE: not set. */
	size_t own;
	/*
	 * The number of the anon_vma that the next fork() would give to the
	 * child's VMA as its own; RMI_NONE: it would get a new one, or none.
	 */
	size_t reused;
};

/* A link between an anon_vma and a VMA: struct anon_vma_chain. */
struct rmi_avc {
	uint64_t avc;
	size_t vma;			/* its number in the family */
};

/* Counters are -1 when not known, or when this kernel has none such. */
struct rmi_anon_vma {
	uint64_t anon_vma;		/* struct anon_vma */
	size_t parent;			/* its number, or RMI_NONE */
	unsigned int depth;		/* 0: without a parent */
	bool seen;			/* it could be read */
	int64_t refcount;
	int64_t degree;			/* until 5.19: its VMAs and children */
	int64_t n_children;		/* since 6.0, and stable releases */
	int64_t n_active_vmas;		/* likewise: whose own it is */
	bool reusable;			/* the next fork() of some VMA would */
	size_t n_avcs;			/* in order of their VMAs */
	const struct rmi_avc *avcs;
};

struct rmi_family {
	size_t asked;			/* the number of the one asked about */
	size_t root;			/* and of the root */
	/* Each behind its parent, with all its descendants before the next. */
	size_t n_anon_vmas;
	const struct rmi_anon_vma *anon_vmas;
	/* In order of first pid and address; those without a task come last. */
	size_t n_vmas;
	const struct rmi_family_vma *vmas;
	bool complete;			/* nothing was hidden, all agrees */
	size_t n_gaps;
	const struct rmi_gap *gaps;
};

typedef void rmi_family_fn(const struct rmi_family *family, void *arg);

/*
 * The family that an anon_vma belongs to, root or not. Members that no VMA is
 * linked to are not found, but for the one asked about. RMI_ERR_CORRUPT: what
 * is there is no anon_vma. This and rmi_session_ksm() may be called from an
 * rmi_page_fn.
 */
rmi_status rmi_session_family(struct rmi_session *session, uint64_t anon_vma,
			      rmi_family_fn *fn, void *arg);

/* ---- pages merged by KSM ---- */

/* A place where ksmd has merged a page: struct ksm_rmap_item. */
struct rmi_ksm_item {
	uint64_t item;
	uint64_t anon_vma;		/* whose VMAs may map the page there */
	uint64_t address;		/* user address */
	uint64_t mm;			/* that was scanned; 0: not known */
};

/* How many of the mappings are of processes in a memory cgroup. */
struct rmi_ksm_cgroup {
	const struct rmi_memcg *memcg;	/* NULL: of no process, or not known */
	uint64_t n_sharers;
};

/* struct ksm_stable_node. */
struct rmi_ksm_node {
	uint64_t node;
	/*
	 * "node", "dup" (one of a chain, of the same contents), "chain" (which
	 * has no page of its own), "migrated" (to be sorted in anew).
	 */
	const char *role;
	uint64_t chain;			/* of a dup; 0: not known */
	bool has_pfn;
	uint64_t pfn;
	size_t n_items;
	const struct rmi_ksm_item *items;
	/*
	 * The page itself, with everyone who maps it; NULL: the node has none
	 * any more ("stale": ksmd has not been by yet), or a chain.
	 */
	const struct rmi_page *page;
	bool stale;
	uint64_t n_sharers;		/* mappings of the page */
	uint64_t saved;			/* pages: sharers but for the first */
	size_t n_cgroups;		/* in order of first sharer */
	const struct rmi_ksm_cgroup *cgroups;
};

/* All nodes together. */
struct rmi_ksm_summary {
	uint64_t n_nodes;		/* chains left out */
	uint64_t n_chains;
	uint64_t n_stale;
	uint64_t n_items;
	uint64_t n_sharers;
	uint64_t saved;
	/*
	 * The kernel's own counters (/sys/kernel/mm/ksm). pages_sharing counts
	 * items, not mappings: it does not see processes forked since, whose
	 * mappings are among n_sharers.
	 */
	bool has_pages_shared;
	uint64_t pages_shared;
	bool has_pages_sharing;
	uint64_t pages_sharing;
	bool complete;			/* so is each page's answer */
	size_t n_gaps;			/* of the nodes; pages have their own */
	const struct rmi_gap *gaps;
	size_t n_cgroups;
	const struct rmi_ksm_cgroup *cgroups;
};

struct rmi_ksm_request {
	size_t size;			/* sizeof(struct rmi_ksm_request) */
	uint64_t node;			/* or chain; 0: all there are */
	void *arg;
	/* Each node, dups behind their chain. */
	void (*node_fn)(const struct rmi_ksm_node *node, void *arg);
	/* At the end. */
	void (*summary_fn)(const struct rmi_ksm_summary *summary, void *arg);
};

/*
 * KSM's stable nodes. RMI_ERR_NOT_FOUND: a kernel without KSM, or whose
 * symbols do not tell; RMI_ERR_CORRUPT: what is at request->node is none.
 */
rmi_status rmi_session_ksm(struct rmi_session *session,
			   const struct rmi_ksm_request *request);

/* ---- all of the dump ---- */

/* In place of a number in a partial summary. */
#define RMI_UNKNOWN	UINT64_MAX

/* Of frames that have something in common. */
struct rmi_sum {
	uint64_t frames;
	uint64_t mapped;	/* of these, by anybody */
	uint64_t mappings;	/* in pages of the smallest size */
	uint64_t dirty;		/* frames that are to be written back */
};

struct rmi_kind_sum {
	const char *kind;	/* as struct rmi_page has it */
	struct rmi_sum sum;
};

/*
 * An address space, as /proc/PID/smaps_rollup counts it, from the page tables
 * alone. In pages of the smallest size, unless told otherwise.
 */
struct rmi_process_sum {
	uint64_t mm;
	size_t n_tasks;			/* processes that use it */
	const struct rmi_task *tasks;
	uint64_t n_vmas;
	uint64_t covered;		/* by VMAs */
	uint64_t resident;		/* Rss: anon, file and shmem */
	uint64_t anon, file, shmem;
	uint64_t unique;		/* of resident: nobody else maps these */
	uint64_t proportional;		/* Pss in bytes: each page divided by its
					   mappings, and the rest left out */
	uint64_t hugetlb;
	uint64_t raw;			/* zeros, and what has no struct page */
	uint64_t swapped;		/* by swap entries in its page tables */
	uint64_t poisoned;		/* taken away for a memory failure */
	uint64_t not_present;		/* other entries that are not present */
	uint64_t swapped_shmem;		/* of shared memory that it maps: Swap is
					   the sum of both */
	uint64_t swap_proportional;	/* SwapPss in bytes: each swap entry
					   divided by those that refer to it */
	bool has_swap_proportional;	/* how many these are is known */
};

/* Frames that the same processes map, each as often. */
struct rmi_sharing {
	uint64_t frames;
	uint64_t mappings;
	uint64_t pfn;			/* the first of the frames */
	size_t n_processes;		/* in order of pid */
	const struct rmi_process_sum *const *processes;
};

struct rmi_file_sum {
	uint64_t mapping;		/* struct address_space */
	const char *path;		/* NULL: none, or not known */
	const char *filesystem;		/* its type, or NULL */
	uint64_t inode;
	uint32_t major, minor;		/* of the device */
	bool known;			/* filesystem, inode, major and minor are */
	struct rmi_sum sum;
};

struct rmi_memcg_sum {
	const struct rmi_memcg *memcg;	/* NULL: it could not be seen */
	struct rmi_sum sum;
};

/* Anonymous pages by the root of their anon_vmas. */
struct rmi_family_sum {
	uint64_t root;			/* struct anon_vma */
	uint64_t n_anon_vmas;		/* of the family that have pages */
	uint64_t depth;			/* the longest way to the root: forks */
	struct rmi_sum sum;
};

struct rmi_page_sum {
	uint64_t pfn;
	const char *kind;
	uint64_t mappings;
};

/*
 * The lists of sharings, files, families and pages have the largest alone;
 * n_all_… says how many there are.
 */
struct rmi_summary {
	unsigned int page_size;		/* bytes of the smallest page */
	struct rmi_sum all;		/* all frames that have a struct page */
	size_t n_kinds;			/* those that there are, largest first */
	const struct rmi_kind_sum *kinds;
	size_t n_processes;		/* in order of their first pid */
	const struct rmi_process_sum *processes;
	size_t n_sharings, n_all_sharings;
	const struct rmi_sharing *sharings;
	size_t n_files, n_all_files;
	const struct rmi_file_sum *files;
	size_t n_memcgs;		/* all of them, largest first */
	const struct rmi_memcg_sum *memcgs;
	size_t n_families, n_all_families;
	const struct rmi_family_sum *families;
	size_t n_pages, n_all_pages;	/* all: mapped by two or more */
	const struct rmi_page_sum *pages;
	uint64_t ksm_saved;		/* pages: mappings of KSM's but for the first */
	/*
	 * The session's cancelled() wanted an end before all page tables were
	 * read. What depends on all of them is RMI_UNKNOWN, or a list that is
	 * empty: who maps a frame, and how often. Processes are those whose
	 * page tables were read. What is there is right.
	 */
	bool partial;
	/*
	 * Every mapping was found: nothing was unreadable, and the kernel
	 * counts the same for each frame of which it counts.
	 */
	bool complete;
	size_t n_gaps;
	const struct rmi_gap *gaps;
};

struct rmi_summary_request {
	size_t size;		/* sizeof(struct rmi_summary_request) */
	size_t jobs;		/* threads; 0: as many as there are CPUs */
	size_t top;		/* length of the lists of the largest; 0: 10 */
	void *arg;
	/* Once, at the end. */
	void (*fn)(const struct rmi_summary *summary, void *arg);
};

/*
 * Read all struct pages and all page tables, each once. Sees the processes of
 * the task list. RMI_ERR_CANCELLED: the session's cancelled() wanted it, before
 * all struct pages were read.
 */
rmi_status rmi_session_summary(struct rmi_session *session,
			       const struct rmi_summary_request *request);

/* A VMA in which pages of a stretch were found. */
struct rmi_stretch_vma {
	uint64_t mm;
	size_t n_tasks;			/* processes that use it */
	const struct rmi_task *tasks;
	uint64_t vma;			/* struct vm_area_struct */
	uint64_t start, end;		/* user addresses */
	const char *perm;		/* "rw-p" */
};

/* Small, for there are millions: rmi_level_name() and rmi_state_name(). */
struct rmi_stretch_mapping {
	uint32_t vma;			/* place in the stretch's vmas */
	uint8_t level;			/* of the entry */
	uint8_t state;
	bool plain;			/* "mapped", at level "pte": most are */
	uint64_t address;		/* of the page */
};

/*
 * The words of struct rmi_mapping, for ever; NULL: there is no such level or
 * state. By any thread at any time.
 */
const char *rmi_level_name(uint8_t level);
const char *rmi_state_name(uint8_t state);

struct rmi_stretch_page {
	uint64_t pfn;
	const char *kind;
	uint64_t object;		/* that page.mapping leads to; 0: none */
	uint64_t index;			/* in it, in pages */
	const struct rmi_memcg *memcg;	/* NULL: charged to none, or not seen */
	const char *path;		/* of its file; NULL: none, or not known */
	unsigned int order;		/* of the folio that begins here, or 0 */
	bool dirty;
	bool has_count;			/* the kernel counts its mappings */
	int64_t count;
	/*
	 * Not listed: it may be mapped, and has no reverse map to find it by
	 * (zeros, a driver's); rmi_session_query() scans for these.
	 */
	bool listed;
	/* Entries about the page; those that map nothing any more say so. */
	uint64_t n_mappings;
	const struct rmi_stretch_mapping *mappings;	/* by pid and address */
	const char *gap;		/* why it is not complete; or NULL */
};

/* Pages of one object, or such as hang on none. */
struct rmi_stretch {
	size_t n_vmas;
	const struct rmi_stretch_vma *vmas;
	size_t n_pages;
	const struct rmi_stretch_page *pages;
};

/* Takes what is written of one stretch; comes out in the order of stretches. */
struct rmi_sheet;

/*
 * Room for n more bytes, until the next call for the sheet, of which
 * rmi_sheet_filled() tells how many are used. NULL: out of memory, or the work
 * ends early; nothing more is wanted. By the thread that was given the sheet.
 */
char *rmi_sheet_room(struct rmi_sheet *sheet, size_t n);
void rmi_sheet_filled(struct rmi_sheet *sheet, size_t n);

/* What must be true of a page to be told of; zeros ask nothing. */
struct rmi_filter {
	const char *const *kinds;	/* any of these; NULL-terminated */
	uint64_t min_mappings;
	uint64_t top;			/* one of so many that are mapped most */
	bool has_pid;
	uint32_t pid;			/* mapped by this process */
};

struct rmi_all_request {
	size_t size;		/* sizeof(struct rmi_all_request) */
	size_t jobs;		/* threads; 0: as many as there are CPUs */
	struct rmi_filter filter;
	void *arg;
	/* Called by several threads at once, each with another stretch. */
	void (*stretch)(const struct rmi_stretch *stretch,
			struct rmi_sheet *sheet, void *arg);
	/* What the sheets say, by one thread at a time. False ends the work. */
	bool (*print)(const char *bytes, size_t n, void *arg);
};

struct rmi_all {
	uint64_t n_pages;		/* told of */
	uint64_t n_mappings;
	uint64_t n_incomplete;		/* pages with a gap */
	/*
	 * The session's cancelled() wanted an end: there are more pages than
	 * were told of, and the last of the gaps says how far it came.
	 */
	bool partial;
	/* Pages to tell of; 0 if partial: it did not come to know. */
	uint64_t n_wanted;
	size_t n_gaps;			/* those that concern every page */
	const struct rmi_gap *gaps;	/* live until the next call */
};

/*
 * Every page there is, and every mapping of it: pages of one object together,
 * by index, and then those that hang on none, by PFN; the same for any number
 * of threads. If the session's cancelled() wants an end, the first of them.
 * RMI_ERR_NOT_FOUND: no process has the pid, or no such kind.
 * RMI_ERR_CANCELLED: print() would have no more.
 */
rmi_status rmi_session_all(struct rmi_session *session,
			   const struct rmi_all_request *request,
			   struct rmi_all *ret_all);

/* ---- everything, as tables ---- */

typedef enum rmi_value_type {
	RMI_VALUE_NULL,			/* not known, or there is none */
	RMI_VALUE_INTEGER,
	RMI_VALUE_ADDRESS,		/* of the kernel's memory, unsigned */
	RMI_VALUE_TEXT,
} rmi_value_type;

struct rmi_column {
	const char *name;
	rmi_value_type type;		/* of all its values that are not NULL */
	const char *of;			/* the table whose row it names; or "" */
};

struct rmi_table {
	const char *name;
	size_t n_columns;
	const struct rmi_column *columns;
	bool has_key;			/* the first column identifies a row */
};

struct rmi_value {
	rmi_value_type type;
	int64_t number;			/* an address is to be cast */
	const char *text;
};

/* All tables there are, in no order, for ever. By any thread at any time. */
const struct rmi_table *rmi_export_tables(size_t *ret_n);

struct rmi_export_request {
	size_t size;		/* sizeof(struct rmi_export_request) */
	size_t jobs;		/* threads; 0: as many as there are CPUs */
	void *arg;
	/*
	 * One row of table, with a value for each of its columns. By one thread
	 * at a time, not always the same. Rows that name others can come before
	 * these. False ends the work.
	 */
	bool (*row)(const struct rmi_table *table,
		    const struct rmi_value *values, void *arg);
};

struct rmi_export {
	uint64_t n_rows;
	uint64_t n_gaps;		/* of these, of table gap */
};

/*
 * All pages, mappings and what is behind them, in the same order for any number
 * of threads. RMI_ERR_CANCELLED: row() or the session's cancelled() wanted it.
 */
rmi_status rmi_session_export(struct rmi_session *session,
			      const struct rmi_export_request *request,
			      struct rmi_export *ret_export);

/* ---- what the kernel promises ---- */

struct rmi_finding_object {
	const char *type;		/* "anon_vma", "AVC", "VMA", "PFN", … */
	uint64_t address;		/* of a PFN its number */
};

/* Something that does not keep a rule. */
struct rmi_finding {
	const char *rule;		/* "anon-reach" */
	const char *promise;		/* what the rule says */
	/*
	 * "mid-update": whoever holds the lock was about to change it, and
	 * may have been halfway; else "corruption".
	 */
	const char *severity;
	size_t n_objects;
	const struct rmi_finding_object *objects;
	const char *detail;
	const char *lock;		/* held for writing, or NULL */
	uint64_t lock_object;		/* that it is in */
	uint64_t owner;			/* task_struct; 0: not known */
	uint32_t owner_pid;
	const char *owner_comm;		/* NULL: not known */
};

struct rmi_audit_rule {
	const char *rule;
	const char *promise;
	uint64_t n_findings;		/* of which the first 20 are listed */
	bool checked;		/* wholly; false: the audit was stopped before */
};

struct rmi_audit {
	/* What was looked at. */
	uint64_t n_frames, n_processes, n_vmas, n_avcs, n_anon_vmas, n_files;
	uint64_t n_stable_nodes, n_mappings;
	size_t n_rules;			/* all that there are */
	const struct rmi_audit_rule *rules;
	size_t n_findings, n_all_findings;
	const struct rmi_finding *findings;
	/*
	 * The session's cancelled() wanted an end. What was found stands, and
	 * the rest has not been looked at.
	 */
	bool partial;
	bool complete;			/* all was seen, whatever was found */
	size_t n_gaps;
	const struct rmi_gap *gaps;
};

struct rmi_audit_request {
	size_t size;		/* sizeof(struct rmi_audit_request) */
	size_t jobs;		/* threads; 0: as many as there are CPUs */
	void *arg;
	/* Once, at the end. */
	void (*fn)(const struct rmi_audit *audit, void *arg);
};

/*
 * Compare the reverse map with all page tables, and both with what the kernel
 * promises. Sees the processes of the task list.
 */
rmi_status rmi_session_audit(struct rmi_session *session,
			     const struct rmi_audit_request *request);

/* "1.0.0": of the library in use, for ever. By any thread at any time. */
const char *rmi_version(void);

#ifdef __cplusplus
}
#endif

#endif
