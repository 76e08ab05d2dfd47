/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parts stand in a ring: they are given, taken by whoever is free, answered
 * into memory, and printed one after the other. They are large, since each is a
 * query, and a query may have to read all page tables for some of its pages.
 */
#include "team.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "log.h"
#include "progress.h"

/* Pages that are worth a thread: ten milliseconds; a clone takes 0.3 ms. */
#define MIN_PART	1024u

#define MAX_MEMBERS	16u
#define MAX_PARTS	(2 * MAX_MEMBERS)	/* of which the ring has room */

/* Bytes that are kept for a turn to come: more, and the turn is waited for. */
#define MAX_AHEAD	(16u << 20)

/* Bytes that a stream hands on at once. */
#define PIECE		65536u

/* What is written to stream, until it is the member's turn. */
struct kept {
	const struct member *member;
	FILE *to;			/* then */
	FILE *stream;
	char *bytes;
	size_t n, room;
};

struct member {
	struct team *team;
	struct rmi_session *session;
	pthread_t thread;
	struct kept answers, messages;
	/* The part in work: */
	size_t part;
	bool wanted;
	struct inspection inspection;
	rmi_status status;
};

struct part {
	struct pfn_list pfns;
	size_t n_before;		/* pages in the parts before it */
};

struct team {
	struct member members[MAX_MEMBERS];
	size_t n;			/* those that have a thread */
	size_t size;
	struct rmi_session *session;	/* the first's */
	struct inspection *whole;
	size_t n_given;			/* pages; their places are known */
	struct rmi_gap *gaps;

	pthread_mutex_t lock;		/* of what follows, and of whole */
	pthread_cond_t changed;
	struct part parts[MAX_PARTS];
	/* How many have been: the number of a part counts from 0. */
	size_t given, taken, printed;	/* the last is read without lock, too */
	bool ended;			/* so, too; no later part is wanted */
	bool dismissed;			/* nor will there be one */
	rmi_status status;		/* of what failed */
	struct rmi_session *failed;	/* whose query that was; or NULL */
};

static size_t team_size(size_t wanted)
{
	long n = wanted ? (long)wanted : sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		return 1;
	return n < (long)MAX_MEMBERS ? (size_t)n : MAX_MEMBERS;
}

static struct part *part_of(struct team *team, size_t number)
{
	return &team->parts[number % MAX_PARTS];
}

/* ---- turns ---- */

static bool is_in_turn(const struct member *member)
{
	return __atomic_load_n(&member->team->printed, __ATOMIC_RELAXED) ==
	       member->part;
}

/* False: what it has to say is not wanted any more. */
static bool wait_for_turn(const struct member *member)
{
	struct team *team = member->team;
	bool wanted;

	pthread_mutex_lock(&team->lock);
	while (team->printed < member->part)
		pthread_cond_wait(&team->changed, &team->lock);
	wanted = !team->ended;
	pthread_mutex_unlock(&team->lock);
	return wanted;
}

static void add_to_whole(const struct inspection *part,
			 struct inspection *whole)
{
	struct answer *answer = &whole->answer;

	answer->n_pages = part->answer.n_pages;
	answer->n_incomplete += part->answer.n_incomplete;
	answer->complete &= part->answer.complete;
	whole->differs |= part->differs;
}

static void pass_turn(struct member *member)
{
	struct team *team = member->team;

	pthread_mutex_lock(&team->lock);
	if (!team->ended)
		add_to_whole(&member->inspection, team->whole);
	if (!team->ended && member->status != RMI_OK) {
		team->status = member->status;
		team->failed = member->session;
	}
	if (member->status != RMI_OK || ferror(stdout))
		__atomic_store_n(&team->ended, true, __ATOMIC_RELAXED);
	__atomic_store_n(&team->printed, team->printed + 1, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&team->changed);
	pthread_mutex_unlock(&team->lock);
}

/* ---- what is kept for a turn ---- */

static bool make_room(struct kept *kept, size_t more)
{
	size_t room = kept->room ? kept->room : PIECE;
	char *bytes;

	if (kept->n + more > MAX_AHEAD)
		return false;
	while (room < kept->n + more)
		room *= 2;
	if (room == kept->room)
		return true;
	bytes = realloc(kept->bytes, room);
	if (!bytes)
		return false;
	kept->bytes = bytes;
	kept->room = room;
	return true;
}

static void put(const char *bytes, size_t n, FILE *to)
{
	if (!n)
		return;
	progress_clear();
	fwrite(bytes, 1, n, to);
}

/* All that is kept, and more behind it. */
static void print(struct kept *kept, const char *more, size_t n)
{
	if (wait_for_turn(kept->member)) {
		put(kept->bytes, kept->n, kept->to);
		put(more, n, kept->to);
	}
	kept->n = 0;
}

/*
 * Takes all: what cannot be kept, for want of memory, is printed when it is
 * time for it.
 */
static ssize_t keep(void *cookie, const char *bytes, size_t n)
{
	struct kept *kept = cookie;

	if (is_in_turn(kept->member) || !make_room(kept, n)) {
		print(kept, bytes, n);
		return (ssize_t)n;
	}
	memcpy(kept->bytes + kept->n, bytes, n);
	kept->n += n;
	return (ssize_t)n;
}

static bool kept_init(struct kept *kept, const struct member *member, FILE *to)
{
	const cookie_io_functions_t functions = { .write = keep };

	*kept = (struct kept) { .member = member, .to = to };
	kept->stream = fopencookie(kept, "w", functions);
	return kept->stream && !setvbuf(kept->stream, NULL, _IOFBF, PIECE);
}

static void kept_fini(struct kept *kept)
{
	if (kept->stream)
		fclose(kept->stream);
	free(kept->bytes);
}

static void print_kept(struct kept *kept)
{
	fflush(kept->stream);
	print(kept, NULL, 0);
}

/* ---- members ---- */

static bool may_go_on(void *arg)
{
	const struct team *team = arg;

	return !__atomic_load_n(&team->ended, __ATOMIC_RELAXED) &&
	       !ferror(stdout);
}

static void answer_part(struct member *member)
{
	const struct part *part = part_of(member->team, member->part);
	struct inspection *inspection = &member->inspection;

	inspection->pfns = &part->pfns;
	inspection->may_go_on = may_go_on;
	inspection->arg = member->team;
	inspection->answer.out = member->answers.stream;
	inspection->answer.session = member->session;
	inspection->answer.n_pages = part->n_before;
	inspection->answer.n_incomplete = 0;
	member->status = inspection_query(member->session, inspection);
	print_kept(&member->messages);
	print_kept(&member->answers);
}

/* False: there will be none any more. */
static bool take_part(struct member *member)
{
	struct team *team = member->team;
	bool taken;

	pthread_mutex_lock(&team->lock);
	while (team->taken == team->given && !team->dismissed)
		pthread_cond_wait(&team->changed, &team->lock);
	taken = team->taken < team->given;
	if (taken) {
		member->part = team->taken++;
		member->wanted = !team->ended;
		member->inspection = *team->whole;
	}
	pthread_mutex_unlock(&team->lock);
	return taken;
}

static void *run_member(void *arg)
{
	struct member *member = arg;

	log_to(member->messages.stream);
	while (take_part(member)) {
		member->status = RMI_OK;
		if (member->wanted)
			answer_part(member);
		else
			wait_for_turn(member);
		pass_turn(member);
	}
	return NULL;
}

/* ---- the team ---- */

struct team *team_new(struct rmi_session *session, size_t size)
{
	struct team *team = need(calloc(1, sizeof(*team)));

	team->size = team_size(size);
	team->session = session;
	pthread_mutex_init(&team->lock, NULL);
	pthread_cond_init(&team->changed, NULL);
	return team;
}

static void dismiss(struct team *team)
{
	pthread_mutex_lock(&team->lock);
	team->dismissed = true;
	pthread_cond_broadcast(&team->changed);
	pthread_mutex_unlock(&team->lock);
	for (size_t i = 0; i < team->n; i++)
		pthread_join(team->members[i].thread, NULL);
}

static void member_fini(struct member *member)
{
	kept_fini(&member->answers);
	kept_fini(&member->messages);
	if (member->session != member->team->session)
		rmi_session_free(member->session);
}

void team_free(struct team *team)
{
	dismiss(team);
	for (size_t i = 0; i < team->n; i++)
		member_fini(&team->members[i]);
	for (size_t i = 0; i < MAX_PARTS; i++)
		pfn_list_fini(&team->parts[i].pfns);
	pthread_cond_destroy(&team->changed);
	pthread_mutex_destroy(&team->lock);
	free(team->gaps);
	free(team);
}

static bool start(struct member *member)
{
	if (kept_init(&member->answers, member, stdout) &&
	    kept_init(&member->messages, member, stderr) &&
	    !pthread_create(&member->thread, NULL, run_member, member))
		return true;
	member_fini(member);
	return false;
}

static bool enlist_one(struct team *team)
{
	struct member *member = &team->members[team->n];

	*member = (struct member) { .team = team, .session = team->session };
	if (team->n && rmi_session_clone(team->session,
					 &member->session) != RMI_OK)
		return false;
	if (!start(member))
		return false;
	team->n++;
	return true;
}

/*
 * Up to n members, while nobody asks the session that is cloned. With fewer
 * than wanted it takes longer, that is all.
 */
static void enlist(struct team *team, size_t n)
{
	progress_give_way();
	while (team->n < n && enlist_one(team))
		continue;
	if (team->n < n)
		team->size = team->n;
}

/* ---- the list ---- */

/* How many parts the list is worth. */
static size_t count_parts(const struct team *team,
			  const struct inspection *inspection)
{
	uint64_t n = pfn_list_count(inspection->pfns) / MIN_PART;

	if (!inspection->format->pages_to_out || inspection->finds ||
	    inspection->answer.method != RMI_METHOD_RMAP)
		return 1;
	return n < team->size ? (size_t)n : team->size;
}

/* So many pages of the list, behind others. */
static void give(struct team *team, const struct pfn_list *pfns,
		 uint64_t behind, uint64_t n)
{
	struct part *part = part_of(team, team->given);

	pthread_mutex_lock(&team->lock);
	while (team->given - team->printed == MAX_PARTS)
		pthread_cond_wait(&team->changed, &team->lock);
	part->pfns.n = 0;
	pfn_list_push_part(&part->pfns, pfns, behind, n);
	part->n_before = team->n_given;
	team->n_given += n;
	team->given++;
	pthread_cond_broadcast(&team->changed);
	pthread_mutex_unlock(&team->lock);
}

static rmi_status give_all(struct team *team, struct inspection *inspection,
			   size_t n)
{
	const uint64_t all = pfn_list_count(inspection->pfns);
	const uint64_t size = all / n;
	rmi_status status;

	pthread_mutex_lock(&team->lock);
	team->whole = inspection;
	if (team->given == team->printed)
		team->n_given = inspection->answer.n_pages;
	status = team->status;
	pthread_mutex_unlock(&team->lock);
	for (size_t i = 0; i < n && status == RMI_OK; i++)
		give(team, inspection->pfns, i * size,
		     i < n - 1 ? size : all - i * size);
	return status;
}

rmi_status team_query(struct team *team, struct inspection *inspection)
{
	size_t n = count_parts(team, inspection);
	rmi_status status = RMI_OK;

	if (n < 2 || n > team->n)
		status = team_finish(team);
	if (status != RMI_OK)
		return status;
	if (n > 1 && n > team->n)
		enlist(team, n);
	if (n > 1 && team->n > 1)
		return give_all(team, inspection, n);
	return inspection_query(team->session, inspection);
}

rmi_status team_finish(struct team *team)
{
	rmi_status status;

	pthread_mutex_lock(&team->lock);
	while (team->printed < team->given)
		pthread_cond_wait(&team->changed, &team->lock);
	status = team->status;
	pthread_mutex_unlock(&team->lock);
	return status;
}

const char *team_error(const struct team *team)
{
	return rmi_session_error(team->failed ? team->failed : team->session);
}

/* ---- gaps ---- */

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool is_same(const struct rmi_gap *a, const struct rmi_gap *b)
{
	return is_same_text(a->what, b->what) &&
	       is_same_text(a->where, b->where) && is_same_text(a->why, b->why);
}

static bool is_among(const struct rmi_gap *gap, const struct rmi_gap *gaps,
		     size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_same(gap, &gaps[i]))
			return true;
	return false;
}

/* All have read the same task list, so mostly they have the same in order. */
static void join_gaps(struct team *team, size_t *n, const struct rmi_gap *gaps,
		      size_t n_more)
{
	const size_t n_before = *n;

	team->gaps = need(reallocarray(team->gaps, *n + n_more + 1,
				       sizeof(*team->gaps)));
	for (size_t i = 0; i < n_more; i++)
		if ((i >= n_before || !is_same(&gaps[i], &team->gaps[i])) &&
		    !is_among(&gaps[i], team->gaps, n_before))
			team->gaps[(*n)++] = gaps[i];
}

const struct rmi_gap *team_gaps(struct team *team, size_t *ret_n)
{
	const struct rmi_gap *gaps = rmi_session_gaps(team->session, ret_n);
	size_t n_joined = 0;

	if (team->n < 2)
		return gaps;
	join_gaps(team, &n_joined, gaps, *ret_n);
	for (size_t i = 1; i < team->n; i++) {
		gaps = rmi_session_gaps(team->members[i].session, ret_n);
		join_gaps(team, &n_joined, gaps, *ret_n);
	}
	*ret_n = n_joined;
	return team->gaps;
}
