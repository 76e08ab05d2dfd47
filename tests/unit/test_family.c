/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/rmap/family.c over synthetic kernels: who is in the family, what the
 * next fork would do, and what contradicts; also while one page of the image
 * after the other fails.
 */
#include "world.h"

#include "rmap/family.h"

#define EACH_LIKE(test)	RANGE(test, 0, N_LIKES)

/* A root, its child and its grandchild, each of one process. */
#define N	3

#define PGOFF	0x7f0000000ULL

struct line {
	struct world *world;
	kaddr_t anon_vmas[N];
	struct vma vmas[N];
	/* By anon_vma and VMA; only descendants have one. */
	kaddr_t avcs[N][N];
	struct family family;
	struct gaps gaps;
};

static void set_counters(struct line *line, size_t i, uint64_t children,
			 uint64_t vmas)
{
	struct world *world = line->world;

	world_set(world, line->anon_vmas[i], M_anon_vma_refcount, 1);
	if (world->like == LIKE_5_10) {
		world_set(world, line->anon_vmas[i], M_anon_vma_degree,
			  children + vmas);
		return;
	}
	world_set(world, line->anon_vmas[i], M_anon_vma_num_children,
		  children);
	world_set(world, line->anon_vmas[i], M_anon_vma_num_active_vmas, vmas);
}

static void add_generation(struct line *line, size_t i)
{
	struct world *world = line->world;

	line->anon_vmas[i] = world_anon_vma(world, i ? line->anon_vmas[0] :
						       KADDR(0));
	if (i)
		world_set(world, line->anon_vmas[i], M_anon_vma_parent,
			  line->anon_vmas[i - 1].v);
	line->vmas[i] = (struct vma) {
		.mm = world_mm(world),
		.start = 0x7f0000000000,
		.end = 0x7f0000010000,
		.flags = VMA_READ | VMA_WRITE,
		.pgoff = PGOFF,
		.anon_pgoff = PGOFF,
	};
	world_vma(world, &line->vmas[i]);
	world_set(world, line->vmas[i].address, M_vm_area_struct_anon_vma,
		  line->anon_vmas[i].v);
}

/* The VMA's ancestors stand behind its own anon_vma in its list. */
static struct line *line_new(enum world_like like)
{
	struct line *line = calloc(1, sizeof(*line));

	ck_assert_ptr_nonnull(line);
	line->world = world_new(like);
	for (size_t i = 0; i < N; i++)
		add_generation(line, i);
	for (size_t i = 0; i < N; i++) {
		/* The root is a child of its own. */
		set_counters(line, i, (i == 0) + (i < N - 1), 1);
		world_anon_tree(line->world, line->anon_vmas[i],
				line->vmas + i, N - i, line->avcs[i] + i);
	}
	return line;
}

static void line_free(struct line *line)
{
	family_fini(&line->family);
	gaps_fini(&line->gaps);
	world_free(line->world);
	free(line);
}

static enum status read_line(struct line *line, size_t asked)
{
	return family_read(line->world->kernel, line->anon_vmas[asked],
			   &line->family, &line->gaps);
}

/* ---- what there is to find ---- */

static size_t number_of(const struct family *family, kaddr_t anon_vma)
{
	for (size_t i = 0; i < family->members.n; i++)
		if (kaddr_equal(family->members.items[i].address, anon_vma))
			return i;
	return FAMILY_NONE;
}

static const struct family_vma *find_vma(const struct line *line, size_t i)
{
	const struct family_vma_vec *list = &line->family.vmas;

	for (size_t at = 0; at < list->n; at++)
		if (kaddr_equal(list->items[at].vma.address,
				line->vmas[i].address))
			return &list->items[at];
	return NULL;
}

/* An AVC is right if anon_vma and VMA are those that the test joined by it. */
static bool is_right(const struct line *line, const struct family_avc *avc)
{
	const struct family *family = &line->family;

	for (size_t i = 0; i < N; i++)
		for (size_t j = i; j < N; j++)
			if (kaddr_equal(avc->address, line->avcs[i][j]))
				return avc->member == number_of(family,
						line->anon_vmas[i]) &&
				       &family->vmas.items[avc->vma] ==
						find_vma(line, j);
	return false;
}

static void check_avcs(const struct line *line)
{
	const struct family_avc_vec *list = &line->family.avcs;

	for (size_t i = 0; i < list->n; i++)
		ck_assert_msg(is_right(line, &list->items[i]),
			      "AVC %#llx is wrong",
			      (unsigned long long)list->items[i].address.v);
}

static void check_whole(const struct line *line)
{
	const struct family *family = &line->family;

	ck_no_gaps(&line->gaps);
	ck_assert_uint_eq(family->members.n, N);
	ck_assert_uint_eq(family->vmas.n, N);
	ck_assert_uint_eq(family->avcs.n, N * (N + 1) / 2);
	check_avcs(line);
	for (size_t i = 0; i < N; i++) {
		size_t number = number_of(family, line->anon_vmas[i]);

		ck_assert(family->members.items[number].seen);
		ck_assert_uint_eq(family->members.items[number].n_avcs, N - i);
		ck_assert_uint_eq(family->members.items[number].parent,
				  i ? number_of(family, line->anon_vmas[i - 1]) :
				      FAMILY_NONE);
		ck_assert_uint_eq(find_vma(line, i)->own, number);
		ck_assert_uint_eq(find_vma(line, i)->n_avcs, i + 1);
	}
}

static void forget(struct line *line)
{
	family_fini(&line->family);
	gaps_clear(&line->gaps);
}

START_TEST(whole_family_of_each_member)
{
	struct line *line = line_new(_i);

	for (size_t asked = 0; asked < N; asked++) {
		ck_ok(read_line(line, asked));
		check_whole(line);
		ck_assert_uint_eq(line->family.asked,
				  number_of(&line->family,
					    line->anon_vmas[asked]));
		ck_assert_uint_eq(number_of(&line->family, line->anon_vmas[0]),
				  0);
		for (size_t i = 0; i < N; i++)
			ck_assert_uint_eq(find_vma(line, i)->reused,
					  FAMILY_NONE);
		forget(line);
	}
	line_free(line);
}
END_TEST

START_TEST(counters_by_kernel)
{
	struct line *line = line_new(_i);
	const struct family_member *root;

	ck_ok(read_line(line, 1));
	root = &line->family.members.items[0];
	ck_assert_int_eq(root->refcount, 1);
	ck_assert_int_eq(root->degree, _i == LIKE_5_10 ? 3 : -1);
	ck_assert_int_eq(root->n_children, _i == LIKE_5_10 ? -1 : 2);
	ck_assert_int_eq(root->n_active_vmas, _i == LIKE_5_10 ? -1 : 1);
	line_free(line);
}
END_TEST

/* ---- the next fork ---- */

static void empty_chain(struct line *line, size_t i)
{
	struct world *world = line->world;
	const struct layout *layout = &world->kernel->facts.layout;
	kaddr_t head = kaddr_add(line->vmas[i].address, layout->members[
				 M_vm_area_struct_anon_vma_chain].offset);

	world_write_word(world, head, head.v);
}

/*
 * The process in the middle is gone, and its anon_vma has but one child left:
 * new AVCs for the two others.
 */
static struct line *line_without_the_middle(enum world_like like)
{
	struct line *line = line_new(like);
	struct vma rest[] = { line->vmas[0], line->vmas[2] };

	empty_chain(line, 0);
	empty_chain(line, 2);
	world_anon_tree(line->world, line->anon_vmas[0], rest, 2, NULL);
	world_anon_tree(line->world, line->anon_vmas[1], &rest[1], 1, NULL);
	world_anon_tree(line->world, line->anon_vmas[2], &rest[1], 1, NULL);
	set_counters(line, 1, 1, 0);
	return line;
}

START_TEST(next_fork_reuses_the_orphan)
{
	struct line *line = line_without_the_middle(_i);
	const struct family *family = &line->family;

	ck_ok(read_line(line, 2));
	ck_no_gaps(&line->gaps);
	ck_assert_uint_eq(family->vmas.n, 2);
	ck_assert_uint_eq(family->avcs.n, 4);
	ck_assert_uint_eq(find_vma(line, 0)->reused, FAMILY_NONE);
	ck_assert_uint_eq(find_vma(line, 2)->reused,
			  number_of(family, line->anon_vmas[1]));
	line_free(line);
}
END_TEST

enum no_reuse { TWO_CHILDREN, ACTIVE, DONTCOPY, WIPEONFORK, NOT_SET,
		N_NO_REUSE };

static void forbid(struct line *line, enum no_reuse why)
{
	kaddr_t vma = line->vmas[2].address;

	switch (why) {
	case TWO_CHILDREN:
		set_counters(line, 1, 2, 0);
		break;
	case ACTIVE:
		set_counters(line, 1, 1, 1);
		break;
	case DONTCOPY:
		world_set(line->world, vma, M_vm_area_struct_vm_flags,
			  0x20003);
		break;
	case WIPEONFORK:
		world_set(line->world, vma, M_vm_area_struct_vm_flags,
			  0x2000003);
		break;
	case NOT_SET:
		world_set(line->world, vma, M_vm_area_struct_anon_vma, 0);
		break;
	case N_NO_REUSE:
		break;
	}
}

START_TEST(next_fork_reuses_nothing)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct line *line = line_without_the_middle(like);

		forbid(line, _i);
		ck_ok(read_line(line, 0));
		ck_assert_uint_eq(find_vma(line, 2)->reused, FAMILY_NONE);
		line_free(line);
	}
}
END_TEST

/* A leaf has a degree of one, too: its own VMA. */
START_TEST(own_anon_vma_is_not_reused)
{
	struct line *line = line_new(LIKE_5_10);

	set_counters(line, 2, 0, 1);
	ck_ok(read_line(line, 0));
	ck_assert_uint_eq(find_vma(line, 2)->reused, FAMILY_NONE);
	line_free(line);
}
END_TEST

/* ---- what contradicts, and what cannot be seen ---- */

enum damage {
	AVC_OF_OTHER_VMA, AVC_OF_OTHER_ANON_VMA, LIST_CIRCLE, TREE_CIRCLE,
	PARENT_CIRCLE, PARENT_UNKNOWN, OTHER_ROOT, NOT_IN_TREE, NOT_IN_LIST,
	OWN_UNKNOWN, WRITER, AVC_EXCLUDED, VMA_EXCLUDED, MEMBER_EXCLUDED,
};

static const struct {
	enum damage damage;
	const char *what, *words;
	size_t n_avcs;
} damage_rows[] = {
	{ AVC_OF_OTHER_VMA, "AVC list", "does not point back", 5 },
	{ AVC_OF_OTHER_ANON_VMA, "anon_vma tree", "not found in the tree", 6 },
	{ LIST_CIRCLE, "AVC list", "circle", 6 },
	{ TREE_CIRCLE, "anon_vma tree", "circle", 6 },
	{ PARENT_CIRCLE, "anon_vma parent", "circle", 6 },
	{ PARENT_UNKNOWN, "anon_vma parent", "no VMA of the family", 6 },
	{ OTHER_ROOT, "anon_vma root", "another root", 6 },
	{ NOT_IN_TREE, "anon_vma tree", "not found in the tree", 6 },
	{ NOT_IN_LIST, "anon_vma tree", "not found in its VMA's list", 4 },
	{ OWN_UNKNOWN, "AVC list", "no AVC to its own", 6 },
	{ WRITER, "anon_vma tree", "locked for writing", 6 },
	{ AVC_EXCLUDED, "AVC", "excluded", 5 },
	{ VMA_EXCLUDED, "anon_vma tree", "excluded", 3 },
	{ MEMBER_EXCLUDED, "anon_vma", "excluded", 6 },
};

static kaddr_t member_at(const struct line *line, kaddr_t object,
			 enum member_id member)
{
	return kaddr_add(object, line->world->kernel->facts.layout.members[
				 member].offset);
}

/* Mostly to the last generation, and its AVC to the one before. */
static void damage(struct line *line, enum damage damage)
{
	struct world *world = line->world;
	kaddr_t avc = line->avcs[1][2], last = line->anon_vmas[2];
	kaddr_t rb = member_at(line, avc, M_anon_vma_chain_rb);
	kaddr_t link = member_at(line, avc, M_anon_vma_chain_same_vma);

	switch (damage) {
	case AVC_OF_OTHER_VMA:
		world_set(world, avc, M_anon_vma_chain_vma,
			  line->vmas[0].address.v);
		break;
	case AVC_OF_OTHER_ANON_VMA:
		world_set(world, avc, M_anon_vma_chain_anon_vma, last.v);
		break;
	case LIST_CIRCLE:
		world_write_word(world, member_at(line, line->avcs[0][2],
				 M_anon_vma_chain_same_vma), link.v);
		break;
	case TREE_CIRCLE:
		world_set(world, rb, M_rb_node_left,
			  world_get(world, line->anon_vmas[1],
				    M_anon_vma_rb_root));
		break;
	case PARENT_CIRCLE:
		world_set(world, line->anon_vmas[1], M_anon_vma_parent,
			  last.v);
		break;
	case PARENT_UNKNOWN:
		world_set(world, last, M_anon_vma_parent,
			  world_anon_vma(world, KADDR(0)).v);
		break;
	case OTHER_ROOT:
		world_set(world, last, M_anon_vma_root,
			  world_anon_vma(world, KADDR(0)).v);
		break;
	case NOT_IN_TREE:
		world_set(world, last, M_anon_vma_rb_root, 0);
		break;
	case NOT_IN_LIST:	/* the list goes from the first to the end */
		world_write_word(world, member_at(line, line->avcs[2][2],
				 M_anon_vma_chain_same_vma),
				 member_at(line, line->vmas[2].address,
				 M_vm_area_struct_anon_vma_chain).v);
		break;
	case OWN_UNKNOWN:
		world_set(world, line->vmas[1].address,
			  M_vm_area_struct_anon_vma, last.v);
		break;
	case WRITER:
		world_set(world, line->anon_vmas[0], M_anon_vma_rwsem_count,
			  1);
		break;
	case AVC_EXCLUDED:
		world_fail(world, avc, ST_EXCLUDED);
		break;
	case VMA_EXCLUDED:
		world_fail(world, line->vmas[2].address, ST_EXCLUDED);
		break;
	case MEMBER_EXCLUDED:
		world_fail(world, last, ST_EXCLUDED);
		break;
	}
}

START_TEST(damage_costs_a_gap)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct line *line = line_new(like);

		damage(line, damage_rows[_i].damage);
		ck_ok(read_line(line, 0));
		ck_gap(&line->gaps, damage_rows[_i].what,
		       damage_rows[_i].words);
		ck_assert_uint_eq(line->family.avcs.n,
				  damage_rows[_i].n_avcs);
		line_free(line);
	}
}
END_TEST

/* Whoever follows the parents must come to an end. */
START_TEST(no_circle_of_parents)
{
	struct line *line = line_new(_i);

	damage(line, PARENT_CIRCLE);
	ck_ok(read_line(line, 0));
	for (size_t i = 0; i < line->family.members.n; i++) {
		size_t steps = 0;

		for (size_t at = i; at != FAMILY_NONE;
		     at = line->family.members.items[at].parent)
			ck_assert_uint_lt(steps++, N);
	}
	line_free(line);
}
END_TEST

START_TEST(what_is_no_anon_vma)
{
	struct line *line = line_new(_i);
	struct world *world = line->world;
	kaddr_t other = world_alloc(world, 4096);

	world_set(world, other, M_anon_vma_root, line->vmas[0].address.v);
	ck_status(family_read(world->kernel, other, &line->family,
			      &line->gaps), ST_CORRUPT);
	ck_contains(world->kernel->diag.text, "is no anon_vma");
	ck_status(family_read(world->kernel, KADDR(0x1000), &line->family,
			      &line->gaps), ST_CORRUPT);
	world_fail(world, line->anon_vmas[0], ST_EXCLUDED);
	ck_status(read_line(line, 2), ST_EXCLUDED);
	ck_contains(world->kernel->diag.text, "root of anon_vma");
	line_free(line);
}
END_TEST

/* Nothing says that it ever was one. */
START_TEST(what_no_vma_is_linked_to)
{
	struct line *line = line_new(_i);

	ck_ok(family_read(line->world->kernel,
			  world_anon_vma(line->world, line->anon_vmas[0]),
			  &line->family, &line->gaps));
	ck_gap(&line->gaps, "anon_vma", "no VMA is linked to it");
	ck_assert_uint_eq(line->family.members.n, N + 1);
	ck_assert_uint_eq(line->family.vmas.n, N);
	line_free(line);
}
END_TEST

static const enum member_id links[] = {
	M_anon_vma_chain_same_vma, M_vm_area_struct_anon_vma,
	M_vm_area_struct_anon_vma_chain,
};

START_TEST(links_of_an_unknown_layout)
{
	struct line *line = line_new(LIKE_6_12);

	line->world->kernel->facts.layout.members[links[_i]].present = false;
	ck_status(read_line(line, 0), ST_UNKNOWN);
	ck_contains(line->world->kernel->diag.text, "linked");
	line_free(line);
}
END_TEST

/* Without these there is less to say, but nothing is wrong. */
static const enum member_id extras[] = {
	M_anon_vma_parent, M_anon_vma_refcount, M_anon_vma_num_children,
	M_anon_vma_num_active_vmas,
};

START_TEST(counters_of_an_unknown_layout)
{
	struct line *line = line_new(LIKE_7_3);

	line->world->kernel->facts.layout.members[extras[_i]].present = false;
	ck_ok(read_line(line, 0));
	ck_no_gaps(&line->gaps);
	ck_assert_uint_eq(line->family.avcs.n, N * (N + 1) / 2);
	line_free(line);
}
END_TEST

/* ---- fault injection ---- */

static const enum status faults[] = { ST_EXCLUDED, ST_CORRUPT };

static bool is_less(const struct line *line)
{
	const struct family *family = &line->family;

	if (family->members.n < N || family->avcs.n < N * (N + 1) / 2)
		return true;
	for (size_t i = 0; i < N; i++)
		if (!family->members.items[i].seen ||
		    find_vma(line, i)->own == FAMILY_NONE)
			return true;
	return false;
}

START_TEST(right_or_silent)
{
	struct line *line = line_new(_i);
	const struct pfn_vec *pages = &line->world->pages;
	size_t n_noticed = 0;

	for (size_t i = 0; i < 2 * pages->n; i++) {
		uint64_t frame = pages->items[i / 2];
		enum status st;

		world_fail_frame(line->world, frame, faults[i % 2]);
		st = read_line(line, 2);
		check_avcs(line);
		ck_assert_msg(st || gaps_count(&line->gaps) || !is_less(line),
			      "frame %#llx failing: not all, and no word",
			      (unsigned long long)frame);
		n_noticed += st || gaps_count(&line->gaps);
		forget(line);
		world_fail_frame(line->world, frame, ST_OK);
	}
	/* Each AVC, VMA and anon_vma, at least. */
	ck_assert_uint_ge(n_noticed, 2 * (6 + 3 + 3));
	line_free(line);
}
END_TEST

static const struct test tests[] = {
	EACH_LIKE(whole_family_of_each_member),
	EACH_LIKE(counters_by_kernel),
	EACH_LIKE(next_fork_reuses_the_orphan),
	RANGE(next_fork_reuses_nothing, 0, N_NO_REUSE),
	PLAIN(own_anon_vma_is_not_reused),
	ROWS(damage_costs_a_gap, damage_rows),
	EACH_LIKE(no_circle_of_parents),
	EACH_LIKE(what_is_no_anon_vma),
	EACH_LIKE(what_no_vma_is_linked_to),
	ROWS(links_of_an_unknown_layout, links),
	ROWS(counters_of_an_unknown_layout, extras),
	EACH_LIKE(right_or_silent),
};

int main(void)
{
	return run_suite("family", tests, ARRAY_LEN(tests));
}
