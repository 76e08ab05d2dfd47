/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Status codes and diagnostics.
 *
 * Every function that can fail returns an enum status; what it found goes out
 * through ret_… parameters, which stay untouched on failure.  The words go
 * into a struct diag: the origin explains, and each level above puts its own
 * part in front, so that a reader sees the way from the question down to the
 * cause ("PFN 0x1a2b: anon_vma 0xffff…: page excluded from the dump").
 */
#ifndef RMAP_INSPECT_BASE_STATUS_H
#define RMAP_INSPECT_BASE_STATUS_H

#define must_check		__attribute__((warn_unused_result))
#define printf_like(fmt, args)	__attribute__((format(printf, fmt, args)))

enum status {
	ST_OK = 0,
	ST_NO_MEMORY,	/* our own allocation failed */
	ST_INVALID,	/* the caller asked for something that makes no sense */
	ST_IO,		/* the operating system could not read the file */
	ST_EXCLUDED,	/* the dump left this page out on purpose */
	ST_NO_ADDRESS,	/* no such address: a hole, not RAM, or not mapped */
	ST_CORRUPT,	/* the bytes are there and make no sense */
	ST_ABSENT,	/* the question is answered: there is no such thing */
	ST_UNKNOWN,	/* the question could not be answered */
	ST_UNSUPPORTED,	/* recognised, but not something we can read */
	ST_MISMATCH,	/* dump and debug info are of different kernels */
	ST_BUDGET,	/* a walk over remote memory did not end: cycle or damage */
	ST_STOPPED,	/* a visitor has seen enough */
};

/* A few words for a status, for messages that have nothing better. */
const char *status_text(enum status st);

#define DIAG_SIZE	2048

/* The explanation of the last failure. Zero-initialised is empty. */
struct diag {
	char text[DIAG_SIZE];
};

/*
 * Explain a failure at its origin; replaces what was there. diag may be NULL
 * when nobody listens. Returns st, so that one line says and returns; a macro,
 * so that the compiler sees that it does.
 */
#define diag_fail(diag, st, ...) ({					\
	enum status diag_st = (st);					\
	diag_set(diag, __VA_ARGS__);					\
	diag_st;							\
})

/* Put "<text>: " in front of what a lower level has explained. Returns st. */
#define diag_under(diag, st, ...) ({					\
	enum status diag_st = (st);					\
	diag_prepend(diag, __VA_ARGS__);				\
	diag_st;							\
})

void diag_set(struct diag *diag, const char *fmt, ...) printf_like(2, 3);
void diag_prepend(struct diag *diag, const char *fmt, ...) printf_like(2, 3);

/* ST_NO_MEMORY with its words. */
enum status diag_no_memory(struct diag *diag);

#endif
