/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Questions to a dump, and replies as lines of text, so that what a damaged
 * dump answers can be held against what it answered when it was whole.
 *
 * A line that begins with '=' is a fact: where pages are missing there may be
 * fewer of them, and no others. The other lines have to be the same only in a
 * reply that calls itself complete. One that begins with '~' is a fact that
 * need not be there even then, and one with '#' is not compared.
 */
#ifndef RMAP_INSPECT_FUZZ_QUESTIONS_H
#define RMAP_INSPECT_FUZZ_QUESTIONS_H

#include <rmap-inspect/rmap-inspect.h>
#include <stdio.h>

struct question {
	const struct subject *subject;
	uint64_t number;		/* a PFN, or an address */
	struct rmi_place place;
	char *path;			/* of place */
};

struct reply {
	rmi_status status;
	bool complete;
	char *text;
	const char **lines;		/* of it, sorted */
	size_t n_lines;
	char fault[256];		/* wrong however damaged the dump is; "" */
};

/* What can be asked about. */
struct subject {
	const char *name;
	void (*ask)(struct rmi_session *session,
		    const struct question *question, FILE *out,
		    struct reply *reply);
};

extern const struct subject ask_page, ask_folio, ask_both, ask_walk,
	ask_family, ask_ksm, ask_place, ask_swap, ask_log, ask_layout;

/* All of the dump: these take a second. */
extern const struct subject ask_summary, ask_all, ask_audit, ask_export;

/* Told when the library begins to be asked, and when it has answered; or NULL. */
extern void (*question_begins)(bool begins);

void reply_to(struct rmi_session *session, const struct question *question,
	      struct reply *ret_reply);
void reply_fini(struct reply *reply);

/*
 * What damaged may not say where intact is the truth and the dump lacks some
 * of its pages; NULL: nothing. Lives until the next call.
 */
const char *reply_contradicts(const struct reply *intact,
			      const struct reply *damaged);

/* Lines that one of them alone has. */
void reply_print_difference(const struct reply *intact,
			    const struct reply *damaged);

/* How many mappings of intact a reply that calls itself complete has not. */
size_t reply_lacks(const struct reply *intact, const struct reply *damaged);

/*
 * What there is to ask about a page whose reply is known: itself, and what it
 * leads to. Returns how many. question_fini() releases each.
 */
#define MAX_QUESTIONS	10u
size_t questions_about(struct rmi_session *session, uint64_t pfn,
		       struct question questions[static MAX_QUESTIONS]);
void question_fini(struct question *question);

#endif
