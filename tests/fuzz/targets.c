/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "targets.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "need.h"

/* ---- which pages ---- */

struct region {
	unsigned int pid;
	uint64_t start, end;
	char name[64];
	unsigned int n_chosen;
};

struct regions {
	struct region *items;
	size_t n, room;
};

static void *grown(void *items, size_t n, size_t size)
{
	/* Each time to the next power of two. */
	if (n & (n - 1))
		return items;
	items = realloc(items, (n ? 2 * n : 1) * size);
	need(items, "out of memory");
	return items;
}

static void add_region(struct regions *regions, const char *line)
{
	struct region region = { 0 };

	if (sscanf(line, "region %u %" SCNx64 " %" SCNx64 " %63[^\n]",
		   &region.pid, &region.start, &region.end, region.name) != 4)
		return;
	regions->items = grown(regions->items, regions->n,
			       sizeof(regions->items[0]));
	regions->items[regions->n++] = region;
}

/* Regions of one name are of one scenario: the first counts for all. */
static struct region *region_of(struct regions *regions, unsigned int pid,
				uint64_t address)
{
	for (size_t i = 0; i < regions->n; i++) {
		struct region *region = &regions->items[i];

		if (region->pid != pid || address < region->start ||
		    address >= region->end)
			continue;
		for (size_t j = 0; j < i; j++)
			if (!strcmp(regions->items[j].name, region->name))
				return &regions->items[j];
		return region;
	}
	return NULL;
}

static void add_target(struct targets *targets, uint64_t pfn)
{
	targets->items = grown(targets->items, targets->n,
			       sizeof(targets->items[0]));
	targets->items[targets->n++] = (struct target) { .pfn = pfn };
}

#define PAGES_OF_REGION	3u

static void add_page(struct targets *targets, struct regions *regions,
		     const char *line)
{
	unsigned int pid;
	uint64_t address, pfn;
	struct region *region;

	if (sscanf(line, "page %u %" SCNx64 " %" SCNx64, &pid, &address,
		   &pfn) != 3)
		return;
	region = region_of(regions, pid, address);
	if (!region || region->n_chosen == PAGES_OF_REGION)
		return;
	if (targets->n && targets->items[targets->n - 1].pfn == pfn)
		return;
	region->n_chosen++;
	add_target(targets, pfn);
}

static void add_swap(struct targets *targets, const char *line)
{
	struct question *question = &targets->general[1];
	uint64_t address, type, offset;
	unsigned int pid;

	if (sscanf(line, "swap %u %" SCNx64 " %" SCNx64 " %" SCNx64, &pid,
		   &address, &type, &offset) == 4 && !type)
		*question = (struct question) { &ask_swap, offset, { 0 },
						NULL };
}

static void read_truth(struct targets *targets, const char *path)
{
	struct regions regions = { 0 };
	FILE *truth = fopen(path, "r");
	char line[4096];

	need(truth, path);
	while (fgets(line, sizeof(line), truth)) {
		add_region(&regions, line);
		add_page(targets, &regions, line);
		add_swap(targets, line);
	}
	fclose(truth);
	free(regions.items);
	need(targets->n, "no page in the truth");
}

/* ---- what is known of them ---- */

static struct rmi_session *open_whole(struct targets *targets, bool fresh)
{
	const struct rmi_open_options options = {
		.size = sizeof(options), .core = targets->core,
		.cache_dir = fresh ? NULL : targets->cache_dir,
	};
	struct rmi_session *session = rmi_session_new();

	need(session && rmi_session_open(session, &options) == RMI_OK,
	     "the whole dump does not open");
	return session;
}

static double cpu_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void learn(struct rmi_session *session, const struct question *question,
		  struct known *known)
{
	double before = cpu_now();

	if (known->is_known)
		return;
	reply_to(session, question, &known->reply);
	known->seconds = cpu_now() - before;
	known->is_known = true;
	need(!*known->reply.fault, known->reply.fault);
}

/* In a session of its own, so that nothing is known already. */
static void learn_target(struct targets *targets, struct target *target)
{
	struct rmi_session *session;

	target->n = questions_about(targets->session, target->pfn,
				    target->questions);
	reads_start(&target->reads);
	session = open_whole(targets, false);
	for (size_t i = 0; i < target->n; i++)
		learn(session, &target->questions[i], &target->known[i]);
	reads_stop();
	rmi_session_free(session);
	reads_sort(&target->reads);
}

struct target *targets_choose(struct targets *targets, struct chance *chance)
{
	struct target *target =
		&targets->items[chance_below(chance, targets->n)];

	if (!target->n)
		learn_target(targets, target);
	return target;
}

const struct known *targets_general(struct targets *targets, size_t i)
{
	learn(targets->session, &targets->general[i], &targets->known[i]);
	return &targets->known[i];
}

/* ---- what is kept where ---- */

struct naming {
	struct targets *targets;
	uint64_t pfn;
};

static const char *one_name(struct targets *targets, const char *name)
{
	for (size_t i = 0; i < targets->n_names; i++)
		if (!strcmp(targets->names[i], name))
			return targets->names[i];
	targets->names = grown(targets->names, targets->n_names,
			       sizeof(targets->names[0]));
	targets->names[targets->n_names] = strdup(name);
	need(targets->names[targets->n_names], "out of memory");
	return targets->names[targets->n_names++];
}

static bool name_page(const struct rmi_page *page, void *arg)
{
	struct naming *naming = arg;
	const char *cache = "";
	char name[128];

	for (size_t i = 0; i < page->n_details; i++)
		if (!strcmp(page->details[i].name, "cache") &&
		    page->details[i].text)
			cache = page->details[i].text;
	snprintf(name, sizeof(name), "%s%s%s", page->kind, *cache ? " " : "",
		 cache);
	naming->targets->frame_names[naming->pfn] =
		one_name(naming->targets, name);
	return true;
}

const char *targets_name_frame(uint64_t pfn, void *arg)
{
	struct targets *targets = arg;
	struct naming naming = { targets, pfn };
	const struct rmi_pfn_range range = { pfn, pfn };
	const struct rmi_query request = {
		.size = sizeof(request), .n_ranges = 1, .ranges = &range,
	};

	if (pfn >= targets->n_frame_names)
		return "nothing";
	if (!targets->frame_names[pfn])
		need(rmi_session_query(targets->session, &request, name_page,
				       &naming) == RMI_OK,
		     "a query of the whole dump failed");
	return targets->frame_names[pfn];
}

void targets_init(struct targets *targets, const char *core,
		  const char *cache_dir, const char *truth)
{
	static const struct subject *const subjects[N_GENERAL + N_WHOLE] = {
		&ask_ksm, &ask_swap, &ask_log, &ask_layout,
		&ask_summary, &ask_all, &ask_audit, &ask_export,
	};

	*targets = (struct targets) { .core = core, .cache_dir = cache_dir };
	for (size_t i = 0; i < N_GENERAL + N_WHOLE; i++)
		targets->general[i] = (struct question) {
			.subject = subjects[i]
		};
	read_truth(targets, truth);
	targets->n_frame_names = 1u << 20;
	targets->frame_names = calloc(targets->n_frame_names,
				      sizeof(*targets->frame_names));
	need(targets->frame_names, "out of memory");
	reads_start(&targets->fresh_reads);
	rmi_session_free(open_whole(targets, true));
	reads_stop();
	reads_sort(&targets->fresh_reads);
	targets->session = open_whole(targets, false);
}
