/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * walk VMCORE PFN: is the page mapped writable? Walks its reverse map with
 * visitors of its own, as the kernel's rmap_walk() does: looks into VMAs that
 * allow writing, and stops at the first page-table entry that does.
 * Exit status: 0 answered, 1 failure, 2 usage, 3 none was found, but not
 * everything was seen.
 */
#include <inttypes.h>
#include <rmap-inspect/rmap-inspect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VM_WRITE	0x2	/* include/linux/mm.h */

struct search {
	bool found;
	uint64_t n_vmas;	/* looked into */
};

/* Leaves out what cannot matter, before its page table is read. */
static bool cannot_write(const struct rmi_vma *vma, void *arg)
{
	struct search *search = arg;
	bool left_out = !(vma->flags & VM_WRITE);

	search->n_vmas += !left_out;
	return left_out;
}

/* The entry can be read-only where the VMA is not, until the next fault. */
static bool is_writable(const struct rmi_mapping *mapping)
{
	return !strcmp(mapping->state, "mapped") &&
	       !(mapping->note && !strncmp(mapping->note, "read-only", 9));
}

/* mapping, and all that it points to, lives during the call. */
static bool look(const struct rmi_mapping *mapping, void *arg)
{
	struct search *search = arg;

	if (!is_writable(mapping))
		return true;
	search->found = true;
	printf("writable at %#" PRIx64 " in the address space %#" PRIx64,
	       mapping->address, mapping->mm);
	for (size_t i = 0; i < mapping->n_tasks; i++)
		printf("%s PID %" PRIu32 " (%s)", i ? "," : " of",
		       mapping->tasks[i].pid, mapping->tasks[i].comm);
	putchar('\n');
	return true;
}

static bool is_found(void *arg)
{
	return ((struct search *)arg)->found;
}

static rmi_status walk(struct rmi_session *session, const char *core,
		       uint64_t pfn, bool *ret_sure)
{
	const struct rmi_open_options options = {
		.size = sizeof(options), .core = core
	};
	struct search search = { .found = false };
	const struct rmi_walk_control control = {
		.size = sizeof(control), .arg = &search, .rmap_one = look,
		.done = is_found, .invalid_vma = cannot_write
	};
	rmi_status status = rmi_session_open(session, &options);
	bool complete = false;

	if (!status)
		status = rmi_session_walk(session, pfn, &control, &complete);
	if (status)
		return status;
	*ret_sure = search.found || complete;
	if (!search.found)
		printf("not writable in any of %" PRIu64 " VMAs that allow it%s\n",
		       search.n_vmas,
		       complete ? "" : ", but not everything was seen");
	return RMI_OK;
}

int main(int argc, char **argv)
{
	struct rmi_session *session = rmi_session_new();
	rmi_status status;
	bool sure = false;

	if (argc != 3)
		return fputs("usage: walk VMCORE PFN\n", stderr), 2;
	if (!session)
		return perror("walk"), 1;
	status = walk(session, argv[1], strtoull(argv[2], NULL, 0), &sure);
	if (status)
		fprintf(stderr, "walk: %s\n", rmi_session_error(session));
	rmi_session_free(session);
	return status || fflush(stdout) ? 1 : sure ? 0 : 3;
}
