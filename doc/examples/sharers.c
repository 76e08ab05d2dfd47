/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sharers VMCORE PID: of each page present in the address space of a process
 * the user address, the PFN, and how many processes map it; "+": there may be
 * more that could not be seen. Exit status: 0, 1 failure, 2 usage, 3 gaps.
 */
#include <inttypes.h>
#include <rmap-inspect/rmap-inspect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pages {
	size_t n;
	struct rmi_found *found;	/* in order of address */
	size_t at;			/* which of them is asked about */
	uint64_t page_size;
	bool all_seen;
};

static bool keep(const struct rmi_found *found, void *arg)
{
	struct pages *pages = arg;

	void *grown = reallocarray(pages->found, pages->n + 1, sizeof(*found));

	if (!grown)
		return false;
	pages->found = grown;
	pages->found[pages->n++] = *found;
	return true;
}

static void look_for_gaps(const struct rmi_object *object, void *arg)
{
	struct pages *pages = arg;

	pages->all_seen = object->complete;
	for (size_t i = 0; i < object->n_gaps; i++)
		fprintf(stderr, "gap: %s: %s: %s\n", object->gaps[i].what,
			object->gaps[i].where, object->gaps[i].why);
}

/* Others are about the page, and do not map it: swapped, migrating, …. */
static bool maps(const struct rmi_mapping *mapping)
{
	return !strcmp(mapping->state, "mapped") ||
	       !strcmp(mapping->state, "special");
}

/* An address space can map a page in several places: the last one counts. */
static bool counts(const struct rmi_page *page, size_t i)
{
	bool is_last = maps(&page->mappings[i]);

	for (size_t k = i + 1; is_last && k < page->n_mappings; k++)
		is_last = !maps(&page->mappings[k]) ||
			  page->mappings[k].mm != page->mappings[i].mm;
	return is_last;
}

static bool answer(const struct rmi_page *page, void *arg)
{
	struct pages *pages = arg;
	const struct rmi_found *found = &pages->found[pages->at];
	size_t n_sharers = 0;

	for (size_t i = 0; i < page->n_mappings; i++)
		n_sharers += counts(page, i) * page->mappings[i].n_tasks;
	printf("%#14" PRIx64 "  %#9" PRIx64 "  %zu%s\n", found->at +
	       (page->pfn - found->range.first) * pages->page_size,
	       page->pfn, n_sharers, page->complete ? "" : "+");
	pages->all_seen &= page->complete;
	return true;
}

static rmi_status tell(struct rmi_session *session, const char *core,
		       uint32_t pid, struct pages *pages)
{
	const struct rmi_open_options options = { .size = sizeof(options),
						  .core = core };
	const struct rmi_place place = {
		.size = sizeof(place), .door = RMI_DOOR_PID, .pid = pid
	};
	const struct rmi_find_control control = {
		sizeof(control), pages, keep, look_for_gaps
	};
	struct rmi_query query = { .size = sizeof(query), .n_ranges = 1 };
	rmi_status status = rmi_session_open(session, &options);
	size_t n_gaps;

	if (!status)
		status = rmi_session_find_all(session, &place, &control);
	pages->page_size = rmi_session_source(session)->page_size;
	for (; !status && pages->at < pages->n; pages->at++) {
		query.ranges = &pages->found[pages->at].range;
		status = rmi_session_query(session, &query, answer, pages);
	}
	rmi_session_gaps(session, &n_gaps);
	pages->all_seen &= !n_gaps;
	return status;
}

int main(int argc, char **argv)
{
	struct rmi_session *session = rmi_session_new();
	struct pages pages = { .n = 0 };
	rmi_status status;

	if (argc != 3)
		return fputs("usage: sharers VMCORE PID\n", stderr), 2;
	if (!session)
		return perror("sharers"), 1;
	status = tell(session, argv[1], strtoul(argv[2], NULL, 0), &pages);
	if (status)
		fprintf(stderr, "sharers: %s\n", rmi_session_error(session));
	rmi_session_free(session);
	free(pages.found);
	return status || fflush(stdout) ? 1 : pages.all_seen ? 0 : 3;
}
