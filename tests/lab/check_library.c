/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's two ways to a page's mappings, side by side: for every mapped
 * frame of a dump, rmi_session_walk() must hand out what rmi_session_query()
 * answers, stop when told to, and leave out the VMAs that it is told to.
 *
 *	check_library VMCORE [VMLINUX]
 *
 * Ends with "N passed, N failed"; whether the answers are right is the
 * business of compare.py.
 */
#include <rmap-inspect/rmap-inspect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_FRAMES	0x40000	/* of the lab's guests: 1 GiB */
#define MAX_PLACES	4096

struct place {
	uint64_t mm;
	uint64_t address;
};

/* What a query answers for one frame, or a walk hands out. */
struct found {
	size_t n;
	struct place places[MAX_PLACES];
	bool complete;
	size_t stop_at;		/* 0: never */
	bool leave_out;
};

struct frame_list {
	size_t n;
	uint64_t *pfns;
};

static size_t n_faults;

static void check(bool good, const char *what, uint64_t pfn)
{
	if (good)
		return;
	n_faults++;
	printf("PFN %#llx: %s\n", (unsigned long long)pfn, what);
}

static void add(struct found *found, const struct rmi_mapping *mapping)
{
	if (found->n < MAX_PLACES)
		found->places[found->n++] = (struct place) {
			mapping->mm, mapping->address
		};
}

static bool keep_page(const struct rmi_page *page, void *arg)
{
	struct found *found = arg;

	for (size_t i = 0; i < page->n_mappings; i++)
		add(found, &page->mappings[i]);
	found->complete = page->complete;
	return true;
}

static bool keep_mapped_pfn(const struct rmi_page *page, void *arg)
{
	struct frame_list *list = arg;

	/* Those found by a scan have no reverse map to walk. */
	if (page->n_mappings && !strcmp(page->found_by, "rmap"))
		list->pfns[list->n++] = page->pfn;
	return true;
}

static bool keep_mapping(const struct rmi_mapping *mapping, void *arg)
{
	add(arg, mapping);
	return true;
}

static bool has_enough(void *arg)
{
	const struct found *found = arg;

	return found->stop_at && found->n >= found->stop_at;
}

static bool is_left_out(const struct rmi_vma *vma, void *arg)
{
	const struct found *found = arg;

	return found->leave_out && vma->start < vma->end;
}

static void query(struct rmi_session *session, uint64_t first, uint64_t last,
		  rmi_page_fn *fn, void *arg)
{
	const struct rmi_pfn_range range = { first, last };
	const struct rmi_query request = {
		.size = sizeof(request),
		.method = RMI_METHOD_RMAP,
		.n_ranges = 1,
		.ranges = &range,
	};

	check(rmi_session_query(session, &request, fn, arg) == RMI_OK,
	      "the query failed", first);
}

static void walk(struct rmi_session *session, uint64_t pfn,
		 struct found *found)
{
	const struct rmi_walk_control control = {
		.size = sizeof(control),
		.arg = found,
		.rmap_one = keep_mapping,
		.done = has_enough,
		.invalid_vma = is_left_out,
	};

	check(rmi_session_walk(session, pfn, &control, &found->complete) ==
	      RMI_OK, "the walk failed", pfn);
}

static int compare_places(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct place));
}

static bool are_equal(struct found *a, struct found *b)
{
	qsort(a->places, a->n, sizeof(a->places[0]), compare_places);
	qsort(b->places, b->n, sizeof(b->places[0]), compare_places);
	return a->n == b->n &&
	       !memcmp(a->places, b->places, a->n * sizeof(a->places[0]));
}

static void check_frame(struct rmi_session *session, uint64_t pfn)
{
	static struct found asked, walked, stopped, nothing;

	memset(&asked, 0, sizeof(asked));
	memset(&walked, 0, sizeof(walked));
	stopped = (struct found) { .stop_at = 1 };
	nothing = (struct found) { .leave_out = true };
	query(session, pfn, pfn, keep_page, &asked);
	walk(session, pfn, &walked);
	walk(session, pfn, &stopped);
	walk(session, pfn, &nothing);
	check(are_equal(&asked, &walked), "walk and query differ", pfn);
	check(asked.complete == walked.complete,
	      "walk and query differ about being complete", pfn);
	check(stopped.n == 1 && !stopped.complete, "did not stop", pfn);
	check(nothing.n == 0, "a VMA to be left out was not", pfn);
}

/* Each mapped frame passes or fails as a whole. */
static void check_dump(struct rmi_session *session, size_t *ret_passed,
		       size_t *ret_failed)
{
	struct frame_list list = { 0, calloc(N_FRAMES, sizeof(uint64_t)) };

	if (!list.pfns)
		abort();
	query(session, 0, N_FRAMES - 1, keep_mapped_pfn, &list);
	check(list.n > 0, "no frame of the dump is mapped", 0);
	*ret_failed = n_faults > 0;
	for (size_t i = 0; i < list.n; i++) {
		size_t before = n_faults;

		check_frame(session, list.pfns[i]);
		*(n_faults == before ? ret_passed : ret_failed) += 1;
	}
	free(list.pfns);
}

int main(int argc, char **argv)
{
	struct rmi_session *session = rmi_session_new();
	const struct rmi_open_options options = {
		.size = sizeof(options),
		.core = argc > 1 ? argv[1] : NULL,
		.vmlinux = argc > 2 ? argv[2] : NULL,
	};
	size_t passed = 0, failed = 0;

	if (!session || rmi_session_open(session, &options) != RMI_OK) {
		printf("cannot open: %s\n0 passed, 1 failed\n",
		       session ? rmi_session_error(session) : "out of memory");
		rmi_session_free(session);
		return 1;
	}
	check_dump(session, &passed, &failed);
	rmi_session_free(session);
	printf("%zu passed, %zu failed\n", passed, failed);
	return failed != 0;
}
