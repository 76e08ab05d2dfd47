/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A whole session over the dump in fixtures/bundled, in which words are others.
 *
 * The input is not the dump: it says which page of the scenarios is asked
 * about, and which words of what is read for that become what. So each byte of
 * it counts. No question may crash, read outside of anything, or last; a
 * reply may be wrong, since the words are.
 */
#include <string.h>

#include "need.h"
#include "questions.h"
#include "specimen.h"
#include "targets.h"

#define PAGE	4096u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* One of the words that are changed. */
struct change {
	uint16_t read;		/* of those that the answer is read from */
	uint8_t word;		/* of that */
	uint8_t flips;		/* odd: value is of bits to flip */
	uint64_t value;
} __attribute__((packed));

static struct original original;
static struct specimen specimen, whole;
static struct targets targets;
static char cache_dir[] = "/tmp/fuzz-session-XXXXXX";

static void remove_cache(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", cache_dir);
	need(!system(command), command);
}

static void set_up(void)
{
	if (targets.session)
		return;
	need(mkdtemp(cache_dir), "mkdtemp");
	atexit(remove_cache);
	original_read(&original, "fixtures/bundled/vmcore");
	specimen_init(&specimen, &original, FORM_ELF);
	specimen_init(&whole, &original, FORM_ELF);
	targets_init(&targets, whole.path, cache_dir,
		     "fixtures/bundled/truth");
}

static void make_change(const struct reads *reads, const struct change *change)
{
	const struct read *read = &reads->items[change->read % reads->n];
	size_t n = original_find(&original, read->addr / PAGE);
	uint8_t *page = n == SIZE_MAX ? NULL : specimen_page(&specimen, n);
	size_t at = (read->addr % PAGE & ~7ul) +
		    8 * (change->word % (read->len / 8 + 1));
	uint64_t value;

	if (!page || at >= PAGE)
		return;
	memcpy(&value, page + at, sizeof(value));
	value = change->flips & 1 ? value ^ change->value : change->value;
	specimen_touch(&specimen, page + at, sizeof(value));
	memcpy(page + at, &value, sizeof(value));
}

static void ask_all_of(const struct target *target)
{
	const struct rmi_open_options options = {
		.size = sizeof(options), .core = specimen.path,
		.cache_dir = cache_dir,
	};
	struct rmi_session *session = rmi_session_new();
	struct reply reply;

	need(session, "out of memory");
	if (rmi_session_open(session, &options))
		need(*rmi_session_error(session), "does not say why");
	else
		for (size_t i = 0; i < target->n; i++) {
			reply_to(session, &target->questions[i], &reply);
			need(!*reply.fault, reply.fault);
			reply_fini(&reply);
		}
	rmi_session_free(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct chance chance;
	const struct target *target;

	if (!size)
		return 0;
	set_up();
	chance = (struct chance) { bytes[0] };
	target = targets_choose(&targets, &chance);
	for (size_t at = 1; size - at >= sizeof(struct change);
	     at += sizeof(struct change)) {
		struct change change;

		memcpy(&change, bytes + at, sizeof(change));
		make_change(&target->reads, &change);
	}
	ask_all_of(target);
	specimen_mend(&specimen);
	return 0;
}
