/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/rmap/stable.c over synthetic kernels: all of KSM's nodes, one of them,
 * and what cannot be seen; also while one page of the image after the other
 * fails.
 */
#include "world.h"

#include "rmap/stable.h"

#define EACH_LIKE(test)	RANGE(test, 0, N_LIKES)

/* A plain node, two dups of a chain, one that has migrated. */
enum { PLAIN_NODE, FIRST_DUP, SECOND_DUP, MIGRATED, N_NODES };

#define FIRST_PFN	0x3000u

static const size_t n_items[N_NODES] = { 2, 3, 1, 2 };

static const enum stable_role roles[N_NODES] = {
	STABLE_NODE, STABLE_DUP, STABLE_DUP, STABLE_MIGRATED,
};

struct seen {
	kaddr_t address, chain;
	enum stable_role role;
	uint64_t pfn;
	size_t n_items;
};

DEFINE_VEC(seen_vec, struct seen)

struct ksm {
	struct world *world;
	kaddr_t nodes[N_NODES], chain;
	kaddr_t last_item;		/* of FIRST_DUP, first in its list */
	kaddr_t variables[N_KERNEL_SYMBOLS];
	struct seen_vec seen;
	struct gaps gaps;
	enum status answer;		/* of the visitor */
};

static kaddr_t member_at(const struct ksm *ksm, kaddr_t object,
			 enum member_id member)
{
	return kaddr_add(object, ksm->world->kernel->facts.layout.members[
				 member].offset);
}

static kaddr_t add_variable(struct ksm *ksm, enum kernel_symbol symbol,
			    uint64_t value)
{
	kaddr_t address = world_alloc(ksm->world, 16);

	ksm->world->kernel->facts.variables[symbol] =
		(struct kernel_variable) { true, address, 8 };
	ksm->variables[symbol] = address;
	world_write_word(ksm->world, address, value);
	return address;
}

static void add_node(struct ksm *ksm, size_t i)
{
	struct world *world = ksm->world;
	kaddr_t anon_vma = world_anon_vma(world, KADDR(0));

	ksm->nodes[i] = world_stable_node(world, FIRST_PFN + i);
	for (size_t item = 0; item < n_items[i]; item++) {
		kaddr_t address = world_rmap_item(world, ksm->nodes[i],
						  anon_vma,
						  0x400000 + item * 0x1000);

		if (i == FIRST_DUP)
			ksm->last_item = address;
	}
}

/* In front of the chain's list. */
static void add_dup(struct ksm *ksm, size_t i)
{
	struct world *world = ksm->world;
	kaddr_t link = member_at(ksm, ksm->nodes[i],
				 M_ksm_stable_node_hlist_dup);

	world_set(world, ksm->nodes[i], M_ksm_stable_node_head,
		  ksm->variables[KSYM_MIGRATE_NODES].v + 8);
	world_write_word(world, link, world_get(world, ksm->chain,
						M_ksm_stable_node_hlist));
	world_set(world, ksm->chain, M_ksm_stable_node_hlist, link.v);
}

static void migrate(struct ksm *ksm)
{
	kaddr_t head = ksm->variables[KSYM_MIGRATE_NODES];
	kaddr_t link = member_at(ksm, ksm->nodes[MIGRATED],
				 M_ksm_stable_node_list);

	world_set(ksm->world, ksm->nodes[MIGRATED], M_ksm_stable_node_head,
		  head.v);
	world_write_word(ksm->world, head, link.v);
	world_write_word(ksm->world, link, head.v);
}

/* Two trees, the second empty; in the first, the chain below the node. */
static void plant(struct ksm *ksm)
{
	struct world *world = ksm->world;
	kaddr_t trees = world_alloc(world, 16);
	kaddr_t root = member_at(ksm, ksm->nodes[PLAIN_NODE],
				 M_ksm_stable_node_node);

	add_variable(ksm, KSYM_ROOT_STABLE_TREE, trees.v);
	add_variable(ksm, KSYM_KSM_NR_NODE_IDS, 2);
	world_write_word(world, trees, root.v);
	world_set(world, root, M_rb_node_left,
		  member_at(ksm, ksm->chain, M_ksm_stable_node_node).v);
}

static struct ksm *ksm_new(enum world_like like)
{
	struct ksm *ksm = calloc(1, sizeof(*ksm));

	ck_assert_ptr_nonnull(ksm);
	ksm->world = world_new(like);
	add_variable(ksm, KSYM_MIGRATE_NODES, 0);
	for (size_t i = 0; i < N_NODES; i++)
		add_node(ksm, i);
	ksm->chain = world_stable_node(ksm->world, 4711);
	world_set(ksm->world, ksm->chain, M_ksm_stable_node_rmap_hlist_len,
		  -1024);
	add_dup(ksm, SECOND_DUP);
	add_dup(ksm, FIRST_DUP);
	migrate(ksm);
	plant(ksm);
	add_variable(ksm, KSYM_KSM_PAGES_SHARED, N_NODES);
	add_variable(ksm, KSYM_KSM_PAGES_SHARING, 1 + 2 + 0 + 1);
	add_variable(ksm, KSYM_KSM_STABLE_NODE_CHAINS, 1);
	add_variable(ksm, KSYM_KSM_STABLE_NODE_DUPS, 2);
	return ksm;
}

static void ksm_free(struct ksm *ksm)
{
	seen_vec_fini(&ksm->seen);
	gaps_fini(&ksm->gaps);
	world_free(ksm->world);
	free(ksm);
}

static enum status keep(const struct stable_node *node, void *arg)
{
	struct ksm *ksm = arg;

	for (size_t i = 0; i < node->n_items; i++)
		ck_assert_uint_eq(node->items[i].user_address.v & 0xfff, 0);
	ck_ok(seen_vec_push(&ksm->seen, (struct seen) {
		node->address, node->chain, node->role, node->pfn.v,
		node->n_items }));
	return ksm->answer;
}

static enum status walk(struct ksm *ksm)
{
	return stable_for_each(ksm->world->kernel, keep, ksm, &ksm->gaps);
}

static const struct seen *find(const struct ksm *ksm, kaddr_t address)
{
	for (size_t i = 0; i < ksm->seen.n; i++)
		if (kaddr_equal(ksm->seen.items[i].address, address))
			return &ksm->seen.items[i];
	return NULL;
}

static void check_node(const struct ksm *ksm, size_t i)
{
	const struct seen *seen = find(ksm, ksm->nodes[i]);

	ck_assert_ptr_nonnull(seen);
	ck_assert_str_eq(stable_role_name(seen->role),
			 stable_role_name(roles[i]));
	ck_assert_uint_eq(seen->pfn, FIRST_PFN + i);
	ck_assert_uint_eq(seen->n_items, n_items[i]);
	ck_assert_uint_eq(seen->chain.v, roles[i] == STABLE_DUP ?
			  ksm->chain.v : 0);
}

START_TEST(all_nodes)
{
	struct ksm *ksm = ksm_new(_i);

	ck_ok(walk(ksm));
	ck_no_gaps(&ksm->gaps);
	ck_assert_uint_eq(ksm->seen.n, N_NODES + 1);
	for (size_t i = 0; i < N_NODES; i++)
		check_node(ksm, i);
	ck_assert_int_eq(find(ksm, ksm->chain)->role, STABLE_CHAIN);
	ck_assert(find(ksm, ksm->chain) < find(ksm, ksm->nodes[FIRST_DUP]));
	ksm_free(ksm);
}
END_TEST

START_TEST(visitor_ends_the_walk)
{
	struct ksm *ksm = ksm_new(_i);

	ksm->answer = ST_STOPPED;
	ck_status(walk(ksm), ST_STOPPED);
	ck_assert_uint_eq(ksm->seen.n, 1);
	ck_no_gaps(&ksm->gaps);
	ksm_free(ksm);
}
END_TEST

static enum status visit(struct ksm *ksm, kaddr_t address)
{
	return stable_visit(ksm->world->kernel, address, keep, ksm,
			    &ksm->gaps);
}

START_TEST(one_node)
{
	struct ksm *ksm = ksm_new(_i);

	for (size_t i = 0; i < N_NODES; i++) {
		ck_ok(visit(ksm, ksm->nodes[i]));
		ck_assert_uint_eq(ksm->seen.n, i + 1);
		ck_assert_int_eq(ksm->seen.items[i].role, roles[i]);
		ck_assert_uint_eq(ksm->seen.items[i].n_items, n_items[i]);
	}
	ck_ok(visit(ksm, ksm->chain));
	ck_assert_uint_eq(ksm->seen.n, N_NODES + 3);
	ck_no_gaps(&ksm->gaps);
	world_set(ksm->world, ksm->chain, M_ksm_stable_node_rmap_hlist_len,
		  -77);
	ck_status(visit(ksm, ksm->chain), ST_CORRUPT);
	ck_contains(ksm->world->kernel->diag.text, "is no stable node");
	world_set(ksm->world, ksm->nodes[MIGRATED], M_ksm_stable_node_kpfn,
		  1ULL << 52);
	ck_status(visit(ksm, ksm->nodes[MIGRATED]), ST_CORRUPT);
	ck_contains(ksm->world->kernel->diag.text, "of frame 0x10000000000000");
	ck_status(visit(ksm, KADDR(0x1000)), ST_CORRUPT);
	ksm_free(ksm);
}
END_TEST

/* merge_across_nodes=0 is rare, and without NUMA there is one tree. */
START_TEST(trees)
{
	struct ksm *ksm = ksm_new(_i);
	struct kernel_variable *n =
		&ksm->world->kernel->facts.variables[KSYM_KSM_NR_NODE_IDS];

	n->present = false;
	ck_ok(walk(ksm));
	ck_no_gaps(&ksm->gaps);
	ck_assert_uint_eq(ksm->seen.n, N_NODES + 1);
	n->present = true;
	world_write_word(ksm->world, n->address, 0x10000);
	ck_ok(walk(ksm));
	ck_gap(&ksm->gaps, "KSM stable tree", "65536 NUMA nodes");
	ksm_free(ksm);
}
END_TEST

enum damage {
	TREE_CIRCLE, DUP_CIRCLE, ITEM_CIRCLE, ITEM_OF_OTHER, ITEM_UNSTABLE,
	LENGTH, SHARED, SHARING, CHAINS, DUPS, NO_MIGRATE_NODES,
	NODE_EXCLUDED, DUP_EXCLUDED, ROOT_EXCLUDED, IN_TWO_PLACES, NO_FRAME,
};

static const struct {
	enum damage damage;
	const char *what, *words;
} damage_rows[] = {
	{ TREE_CIRCLE, "KSM stable tree", "circle" },
	{ DUP_CIRCLE, "KSM chain", "circle" },
	{ ITEM_CIRCLE, "KSM rmap_item list", "circle" },
	{ ITEM_OF_OTHER, "KSM rmap_item", "names another" },
	{ ITEM_UNSTABLE, "KSM rmap_item", "not in a stable" },
	{ LENGTH, "KSM rmap_item list", "counts 9 items, 3" },
	{ SHARED, "KSM stable nodes", "counts 9, 4" },
	{ SHARING, "KSM stable nodes", "counts 9, 4" },
	{ CHAINS, "KSM stable nodes", "counts 9, 1" },
	{ DUPS, "KSM stable nodes", "counts 9, 2" },
	{ NO_MIGRATE_NODES, "KSM migrate_nodes", "none of that name" },
	{ NODE_EXCLUDED, "KSM stable tree", "excluded" },
	{ DUP_EXCLUDED, "KSM chain", "excluded" },
	{ ROOT_EXCLUDED, "KSM stable tree", "excluded" },
	{ IN_TWO_PLACES, "KSM stable node", "circle" },
	{ NO_FRAME, "KSM stable node", "is no stable node" },
};

static void damage(struct ksm *ksm, enum damage damage)
{
	struct world *world = ksm->world;
	kaddr_t dup = ksm->nodes[FIRST_DUP];
	kaddr_t link = member_at(ksm, dup, M_ksm_stable_node_hlist_dup);
	kaddr_t chain_rb = member_at(ksm, ksm->chain, M_ksm_stable_node_node);

	switch (damage) {
	case TREE_CIRCLE:
		world_set(world, chain_rb, M_rb_node_right, chain_rb.v);
		break;
	case DUP_CIRCLE:
		world_write_word(world, link, link.v);
		break;
	case ITEM_CIRCLE:
		link = member_at(ksm, ksm->last_item, M_ksm_rmap_item_hlist);
		world_write_word(world, link, link.v);
		break;
	case ITEM_OF_OTHER:
		world_set(world, ksm->last_item, M_ksm_rmap_item_head,
			  ksm->chain.v);
		break;
	case ITEM_UNSTABLE:
		world_set(world, ksm->last_item, M_ksm_rmap_item_address,
			  0x400100);
		break;
	case LENGTH:
		world_set(world, dup, M_ksm_stable_node_rmap_hlist_len, 9);
		break;
	case SHARED:
	case SHARING:
	case CHAINS:
	case DUPS:
		world_write_word(world, ksm->variables[
				 KSYM_KSM_PAGES_SHARED + damage - SHARED], 9);
		break;
	case NO_MIGRATE_NODES:
		world->kernel->facts.variables[KSYM_MIGRATE_NODES].present =
			false;
		break;
	case NODE_EXCLUDED:
		world_fail(world, ksm->nodes[PLAIN_NODE], ST_EXCLUDED);
		break;
	case DUP_EXCLUDED:
		world_fail(world, dup, ST_EXCLUDED);
		break;
	case ROOT_EXCLUDED:
		world_fail(world, ksm->variables[KSYM_ROOT_STABLE_TREE],
			   ST_EXCLUDED);
		break;
	case NO_FRAME:
		world_set(world, dup, M_ksm_stable_node_kpfn, dup.v);
		break;
	case IN_TWO_PLACES:
		world_set(world, chain_rb, M_rb_node_right,
			  member_at(ksm, ksm->nodes[MIGRATED],
				    M_ksm_stable_node_node).v);
		world_set(world, ksm->nodes[MIGRATED], M_ksm_stable_node_head,
			  0);
		break;
	}
}

START_TEST(damage_costs_a_gap)
{
	for (int like = 0; like < N_LIKES; like++) {
		struct ksm *ksm = ksm_new(like);

		damage(ksm, damage_rows[_i].damage);
		ck_ok(walk(ksm));
		ck_gap(&ksm->gaps, damage_rows[_i].what,
		       damage_rows[_i].words);
		ksm_free(ksm);
	}
}
END_TEST

static const enum member_id links[] = {
	M_ksm_stable_node_node, M_ksm_stable_node_list,
	M_ksm_stable_node_hlist_dup,
};

START_TEST(kernel_that_does_not_tell)
{
	struct ksm *ksm = ksm_new(LIKE_6_12);
	struct facts *facts = &ksm->world->kernel->facts;

	facts->layout.members[links[_i]].present = false;
	ck_status(walk(ksm), ST_UNKNOWN);
	ck_contains(ksm->world->kernel->diag.text, "linked");
	facts->layout.structs[S_ksm_rmap_item].present = false;
	ck_status(walk(ksm), ST_UNKNOWN);
	ck_contains(ksm->world->kernel->diag.text, "no layout");
	ksm_free(ksm);
}
END_TEST

/* It has one tree, and no pointer to it. */
START_TEST(kernel_without_numa)
{
	struct ksm *ksm = ksm_new(_i);
	struct kernel_variable *variables =
		ksm->world->kernel->facts.variables;
	struct kernel_variable *pointer = &variables[KSYM_ROOT_STABLE_TREE];
	kaddr_t trees;

	ck_ok(kernel_read_word(ksm->world->kernel, pointer->address,
			       &trees.v));
	variables[KSYM_ONE_STABLE_TREE] = (struct kernel_variable) {
		.present = true, .address = trees,
	};
	pointer->present = false;
	variables[KSYM_KSM_NR_NODE_IDS].present = false;
	ck_ok(walk(ksm));
	ck_no_gaps(&ksm->gaps);
	ck_assert_uint_eq(ksm->seen.n, N_NODES + 1);
	ksm_free(ksm);
}
END_TEST

START_TEST(kernel_without_ksm)
{
	struct ksm *ksm = ksm_new(_i);

	ksm->world->kernel->facts.variables[KSYM_ROOT_STABLE_TREE].present =
		false;
	ck_status(walk(ksm), ST_ABSENT);
	ck_contains(ksm->world->kernel->diag.text, "without KSM");
	ksm_free(ksm);
}
END_TEST

/* ---- fault injection ---- */

static const enum status faults[] = { ST_EXCLUDED, ST_CORRUPT };

static size_t count_items(const struct ksm *ksm)
{
	size_t n = 0;

	for (size_t i = 0; i < ksm->seen.n; i++)
		n += ksm->seen.items[i].n_items;
	return n;
}

static bool is_known(const struct ksm *ksm, const struct seen *seen)
{
	for (size_t i = 0; i < N_NODES; i++)
		if (kaddr_equal(seen->address, ksm->nodes[i]))
			return seen->n_items <= n_items[i];
	return kaddr_equal(seen->address, ksm->chain);
}

static void forget(struct ksm *ksm)
{
	ksm->seen.n = 0;
	gaps_clear(&ksm->gaps);
}

START_TEST(right_or_silent)
{
	struct ksm *ksm = ksm_new(_i);
	const struct pfn_vec *pages = &ksm->world->pages;
	size_t n_noticed = 0;

	for (size_t i = 0; i < 2 * pages->n; i++) {
		uint64_t frame = pages->items[i / 2];
		enum status st;

		world_fail_frame(ksm->world, frame, faults[i % 2]);
		st = walk(ksm);
		for (size_t at = 0; at < ksm->seen.n; at++)
			ck_assert(is_known(ksm, &ksm->seen.items[at]));
		ck_assert_msg(st || gaps_count(&ksm->gaps) ||
			      (ksm->seen.n == N_NODES + 1 &&
			       count_items(ksm) == 8),
			      "frame %#llx failing: not all, and no word",
			      (unsigned long long)frame);
		n_noticed += st || gaps_count(&ksm->gaps);
		forget(ksm);
		world_fail_frame(ksm->world, frame, ST_OK);
	}
	/* Each node and item, at least. */
	ck_assert_uint_ge(n_noticed, 2 * (N_NODES + 1 + 8));
	ksm_free(ksm);
}
END_TEST

static const struct test tests[] = {
	EACH_LIKE(all_nodes),
	EACH_LIKE(visitor_ends_the_walk),
	EACH_LIKE(one_node),
	EACH_LIKE(trees),
	ROWS(damage_costs_a_gap, damage_rows),
	ROWS(kernel_that_does_not_tell, links),
	EACH_LIKE(kernel_without_numa),
	EACH_LIKE(kernel_without_ksm),
	EACH_LIKE(right_or_silent),
};

int main(void)
{
	return run_suite("stable", tests, ARRAY_LEN(tests));
}
