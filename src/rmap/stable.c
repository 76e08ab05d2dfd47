/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walking KSM's trees, chains and lists. */
#include "rmap/stable.h"

#include <stdio.h>

#include "mm/guard.h"
#include "mm/list.h"
#include "mm/rb_tree.h"

/* The flags of rmap_item.address lie below the page offset. */
#define ITEM_STABLE	0x200ULL

/* rmap_hlist_len of a chain: STABLE_NODE_CHAIN. */
#define CHAIN_LENGTH	(-1024)

/* Trees, one for each NUMA node: 2^CONFIG_NODES_SHIFT at most. */
#define MAX_TREES	1024

static void record(struct gaps *gaps, const char *what, const char *object,
		   kaddr_t address, const char *why)
{
	gaps_addf(gaps, what, why, "%s %#llx", object,
		  (unsigned long long)address.v);
}

enum status stable_check_layout(struct kernel *kernel)
{
	const struct struct_layout *structs = kernel->facts.layout.structs;

	if (structs[S_ksm_stable_node].present &&
	    structs[S_ksm_rmap_item].present)
		return ST_OK;
	return diag_fail(&kernel->diag, ST_UNKNOWN,
			 "the debug information has no layout of KSM's "
			 "structures");
}

/* ---- items ---- */

struct item_walk {
	struct kernel *kernel;
	kaddr_t node;
	stable_item_fn *fn;
	void *arg;
	struct gaps *gaps;
};

/* NULL, or why it is no item of the node. */
static const char *objection(const struct item_walk *walk,
			     const struct object *item)
{
	if (!(object_value(item, M_ksm_rmap_item_address) & ITEM_STABLE))
		return "not in a stable node's state";
	if (layout_has(item->layout, M_ksm_rmap_item_head) &&
	    !kaddr_equal(object_pointer(item, M_ksm_rmap_item_head),
			 walk->node))
		return "in the list of a stable node, and names another";
	return NULL;
}

static enum status look_at_item(kaddr_t address, void *arg)
{
	const struct item_walk *walk = arg;
	struct kernel *kernel = walk->kernel;
	uint64_t offset = (1ULL << kernel->mmu.page_shift) - 1;
	struct stable_item item = { .address = address };
	struct object object;
	const char *wrong;

	if (object_read(kernel, S_ksm_rmap_item, address, &object)) {
		record(walk->gaps, "KSM rmap_item list", "rmap_item", address,
		       kernel->diag.text);
		return ST_OK;
	}
	wrong = objection(walk, &object);
	if (wrong) {
		record(walk->gaps, "KSM rmap_item", "rmap_item", address,
		       wrong);
		return ST_OK;
	}
	item.anon_vma = object_pointer(&object, M_ksm_rmap_item_anon_vma);
	item.user_address = UADDR(object_value(&object,
					       M_ksm_rmap_item_address) &
				  ~offset);
	if (layout_has(object.layout, M_ksm_rmap_item_mm))
		item.mm = object_pointer(&object, M_ksm_rmap_item_mm);
	return walk->fn(&item, walk->arg);
}

enum status stable_items_for_each(struct kernel *kernel,
				  const struct object *node,
				  stable_item_fn *fn, void *arg,
				  struct gaps *gaps)
{
	struct item_walk walk = { kernel, node->address, fn, arg, gaps };
	const struct list items = {
		.head = object_pointer(node, M_ksm_stable_node_hlist),
		.link = M_ksm_rmap_item_hlist,
		.what = "KSM rmap_item list",
		.entry = "rmap_item",
	};

	return hlist_for_each(kernel, &items, look_at_item, &walk, gaps);
}

/* ---- nodes ---- */

static const char *const role_names[] = {
	[STABLE_NODE] = "node",
	[STABLE_CHAIN] = "chain",
	[STABLE_DUP] = "dup",
	[STABLE_MIGRATED] = "migrated",
};

const char *stable_role_name(enum stable_role role)
{
	return role_names[role];
}

struct walk {
	struct kernel *kernel;
	stable_fn *fn;
	void *arg;
	struct gaps *gaps;
	struct guard guard;		/* a node has one place only */
	struct stable_item_vec items;	/* of the node at hand */
	kaddr_t chain;			/* of the dups at hand */
	enum stable_role role;		/* of what is not a chain */
	uint64_t counts[N_STABLE_COUNTERS];
};

static void walk_fini(struct walk *walk)
{
	guard_fini(&walk->guard);
	stable_item_vec_fini(&walk->items);
}

static bool is_chain(const struct object *node)
{
	return layout_has(node->layout, M_ksm_stable_node_rmap_hlist_len) &&
	       object_signed(node, M_ksm_stable_node_rmap_hlist_len) ==
	       CHAIN_LENGTH;
}

static enum status keep_item(const struct stable_item *item, void *arg)
{
	struct walk *walk = arg;

	if (stable_item_vec_push(&walk->items, *item))
		return diag_no_memory(&walk->kernel->diag);
	return ST_OK;
}

/* The kernel keeps the length since max_page_sharing limits it. */
static void check_length(struct walk *walk, const struct object *node)
{
	int64_t length;
	char why[96];

	if (!layout_has(node->layout, M_ksm_stable_node_rmap_hlist_len))
		return;
	length = object_signed(node, M_ksm_stable_node_rmap_hlist_len);
	if (length == (int64_t)walk->items.n)
		return;
	snprintf(why, sizeof(why), "the kernel counts %lld items, %zu were "
		 "found", (long long)length, walk->items.n);
	record(walk->gaps, "KSM rmap_item list", "stable node", node->address,
	       why);
}

static void count(struct walk *walk, enum stable_role role, size_t n_items)
{
	walk->counts[STABLE_CHAINS] += role == STABLE_CHAIN;
	walk->counts[STABLE_DUPS] += role == STABLE_DUP;
	if (!n_items)
		return;
	walk->counts[STABLE_PAGES_SHARED]++;
	walk->counts[STABLE_PAGES_SHARING] += n_items - 1;
}

static enum status visit_plain(struct walk *walk, const struct object *object)
{
	struct stable_node node = {
		.address = object->address,
		.role = walk->role,
		.chain = walk->chain,
		.pfn = PFN(object_value(object, M_ksm_stable_node_kpfn)),
	};
	enum status st;

	walk->items.n = 0;
	st = stable_items_for_each(walk->kernel, object, keep_item, walk,
				   walk->gaps);
	if (st)
		return st;
	check_length(walk, object);
	count(walk, node.role, walk->items.n);
	node.items = walk->items.items;
	node.n_items = walk->items.n;
	return walk->fn(&node, walk->arg);
}

/* ST_OK and a gap, unless memory ran out. */
static enum status give_up(struct walk *walk, kaddr_t node, enum status st)
{
	record(walk->gaps, "KSM stable node", "stable node", node,
	       walk->kernel->diag.text);
	return st == ST_NO_MEMORY ? st : ST_OK;
}

/* A length and a frame that mean something. */
static enum status check_node(struct kernel *kernel,
			      const struct object *node)
{
	uint64_t kpfn = object_value(node, M_ksm_stable_node_kpfn);
	int64_t length = 0;

	if (is_chain(node))
		return ST_OK;
	if (layout_has(node->layout, M_ksm_stable_node_rmap_hlist_len))
		length = object_signed(node, M_ksm_stable_node_rmap_hlist_len);
	if (length < 0)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "is no stable node: it would have %lld items",
				 (long long)length);
	if (kpfn >> (64 - kernel->mmu.page_shift))
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "is no stable node: it would be of frame "
				 "%#llx",
				 (unsigned long long)kpfn);
	return ST_OK;
}

static enum status read_node(struct walk *walk, kaddr_t address,
			     struct object *ret_node)
{
	struct kernel *kernel = walk->kernel;
	enum status st = guard_visit(&walk->guard, address, &kernel->diag);

	if (!st)
		st = object_read(kernel, S_ksm_stable_node, address, ret_node);
	return st ? st : check_node(kernel, ret_node);
}

static enum status visit_dup(kaddr_t address, void *arg)
{
	struct walk *walk = arg;
	struct object object;
	enum status st = read_node(walk, address, &object);

	return st ? give_up(walk, address, st) : visit_plain(walk, &object);
}

static enum status visit_dups(struct walk *walk, const struct object *chain)
{
	const struct list dups = {
		.head = object_pointer(chain, M_ksm_stable_node_hlist),
		.link = M_ksm_stable_node_hlist_dup,
		.what = "KSM chain",
		.entry = "stable node",
	};
	enum stable_role role = walk->role;
	enum status st;

	walk->chain = chain->address;
	walk->role = STABLE_DUP;
	st = hlist_for_each(walk->kernel, &dups, visit_dup, walk, walk->gaps);
	walk->chain = KADDR(0);
	walk->role = role;
	return st;
}

static enum status visit_chain(struct walk *walk, const struct object *object)
{
	const struct stable_node node = {
		.address = object->address,
		.role = STABLE_CHAIN,
	};
	enum status st = walk->fn(&node, walk->arg);

	count(walk, STABLE_CHAIN, 0);
	return st ? st : visit_dups(walk, object);
}

static enum status visit_node(kaddr_t address, void *arg)
{
	struct walk *walk = arg;
	struct object object;
	enum status st = read_node(walk, address, &object);

	if (st)
		return give_up(walk, address, st);
	return is_chain(&object) ? visit_chain(walk, &object) :
				   visit_plain(walk, &object);
}

/* ---- where they stand ---- */

static void record_tree(struct walk *walk, kaddr_t rb)
{
	record(walk->gaps, "KSM stable tree", "stable node",
	       container_of_member(walk->kernel, M_ksm_stable_node_node, rb),
	       walk->kernel->diag.text);
}

static enum status visit_rb(struct walk *walk, struct rb_walk *tree,
			    kaddr_t rb)
{
	struct rb_children children;
	enum status st = rb_walk_read(tree, rb, &children);

	if (st == ST_NO_MEMORY)
		return st;
	if (st) {
		record_tree(walk, rb);
		return ST_OK;
	}
	st = rb_walk_push(tree, children.right);
	if (!st)
		st = rb_walk_push(tree, children.left);
	if (st)
		return st;
	return visit_node(container_of_member(walk->kernel,
					      M_ksm_stable_node_node, rb),
			  walk);
}

static enum status visit_tree(struct walk *walk, kaddr_t root)
{
	struct rb_walk tree = { .kernel = walk->kernel };
	enum status st = rb_walk_push(&tree, root);
	kaddr_t rb;

	while (!st && rb_walk_pop(&tree, &rb))
		st = visit_rb(walk, &tree, rb);
	rb_walk_fini(&tree);
	return st;
}

/* One, unless pages of different NUMA nodes must not be merged. */
static enum status count_trees(struct kernel *kernel, uint64_t *ret_n)
{
	const struct kernel_variable *variable =
		&kernel->facts.variables[KSYM_KSM_NR_NODE_IDS];
	int32_t n = 1;
	enum status st = ST_OK;

	if (variable->present)
		st = kernel_read(kernel, variable->address, &n, sizeof(n));
	if (st)
		return diag_under(&kernel->diag, st, "ksm_nr_node_ids");
	if (n < 1 || n > MAX_TREES)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "ksm_nr_node_ids: %ld NUMA nodes", (long)n);
	*ret_n = n;
	return ST_OK;
}

static const struct kernel_variable *pointer_to_trees(
						const struct kernel *kernel)
{
	return &kernel->facts.variables[KSYM_ROOT_STABLE_TREE];
}

static const struct kernel_variable *one_tree(const struct kernel *kernel)
{
	return &kernel->facts.variables[KSYM_ONE_STABLE_TREE];
}

/*
 * Without NUMA nothing ever changes where root_stable_tree points to, and the
 * compiler leaves the pointer out.
 */
static enum status find_trees(struct kernel *kernel, kaddr_t *ret_trees)
{
	const struct kernel_variable *pointer = pointer_to_trees(kernel);

	if (pointer->present)
		return kernel_read_word(kernel, pointer->address,
					&ret_trees->v);
	*ret_trees = one_tree(kernel)->address;
	return ST_OK;
}

static enum status visit_trees(struct walk *walk)
{
	struct kernel *kernel = walk->kernel;
	uint64_t n = 0;
	kaddr_t trees;
	enum status st = find_trees(kernel, &trees);

	if (!st)
		st = count_trees(kernel, &n);
	if (st) {
		record(walk->gaps, "KSM stable tree", "root_stable_tree",
		       pointer_to_trees(kernel)->address, kernel->diag.text);
		return ST_OK;
	}
	for (uint64_t i = 0; i < n && !st; i++) {
		kaddr_t root;

		/* struct rb_root is one pointer */
		if (kernel_read_word(kernel, kaddr_add(trees, i * 8), &root.v))
			record(walk->gaps, "KSM stable tree", "rb_root",
			       kaddr_add(trees, i * 8), kernel->diag.text);
		else
			st = visit_tree(walk, root);
	}
	return st;
}

static enum status visit_migrated(struct walk *walk)
{
	const struct kernel_variable *variable =
		&walk->kernel->facts.variables[KSYM_MIGRATE_NODES];
	const struct list list = {
		.head = variable->address,
		.link = M_ksm_stable_node_list,
		.what = "KSM migrate_nodes",
		.entry = "stable node",
	};
	enum status st;

	if (!variable->present) {
		gaps_add(walk->gaps, "KSM migrate_nodes", "the symbols",
			 "there is none of that name");
		return ST_OK;
	}
	walk->role = STABLE_MIGRATED;
	st = list_for_each(walk->kernel, &list, visit_node, walk, walk->gaps);
	walk->role = STABLE_NODE;
	return st;
}

/* ---- the kernel's counters ---- */

static const struct {
	enum kernel_symbol symbol;
	const char *what;
} counters[] = {
	[STABLE_PAGES_SHARED] = { KSYM_KSM_PAGES_SHARED, "pages_shared" },
	[STABLE_PAGES_SHARING] = { KSYM_KSM_PAGES_SHARING, "pages_sharing" },
	[STABLE_CHAINS] = { KSYM_KSM_STABLE_NODE_CHAINS,
			    "stable_node_chains" },
	[STABLE_DUPS] = { KSYM_KSM_STABLE_NODE_DUPS, "stable_node_dups" },
};

bool stable_counter(struct kernel *kernel, enum stable_counter counter,
		    uint64_t *ret_value)
{
	const struct kernel_variable *variable =
		&kernel->facts.variables[counters[counter].symbol];

	return variable->present &&
	       !kernel_read_word(kernel, variable->address, ret_value);
}

static void check_counter(struct walk *walk, enum stable_counter counter)
{
	const struct kernel *kernel = walk->kernel;
	const char *what = counters[counter].what;
	uint64_t value;
	char why[96];

	if (!kernel->facts.variables[counters[counter].symbol].present)
		return;
	if (!stable_counter(walk->kernel, counter, &value)) {
		gaps_add(walk->gaps, "KSM counter", what, kernel->diag.text);
		return;
	}
	if (value == walk->counts[counter])
		return;
	snprintf(why, sizeof(why), "the kernel counts %llu, %llu were found",
		 (unsigned long long)value,
		 (unsigned long long)walk->counts[counter]);
	gaps_add(walk->gaps, "KSM stable nodes", what, why);
}

static void check_counters(struct walk *walk)
{
	for (size_t i = 0; i < N_STABLE_COUNTERS; i++)
		check_counter(walk, i);
}

/* ---- the whole ---- */

static enum status check_links(struct kernel *kernel)
{
	const struct layout *layout = &kernel->facts.layout;
	enum status st = stable_check_layout(kernel);

	if (st)
		return st;
	if (layout_has(layout, M_ksm_stable_node_node) &&
	    layout_has(layout, M_ksm_stable_node_list) &&
	    (layout_has(layout, M_ksm_stable_node_hlist_dup) ||
	     !layout_has(layout, M_ksm_stable_node_rmap_hlist_len)))
		return ST_OK;
	return diag_fail(&kernel->diag, ST_UNKNOWN,
			 "the type information does not say how stable nodes "
			 "are linked");
}

enum status stable_for_each(struct kernel *kernel, stable_fn *fn, void *arg,
			    struct gaps *gaps)
{
	struct walk walk = {
		.kernel = kernel, .fn = fn, .arg = arg, .gaps = gaps,
	};
	enum status st = check_links(kernel);

	if (st)
		return st;
	if (!pointer_to_trees(kernel)->present && !one_tree(kernel)->present)
		return diag_fail(&kernel->diag, ST_ABSENT,
				 "the kernel's symbols have no "
				 "root_stable_tree: it was built without KSM, "
				 "or without the symbols of data; the answer "
				 "for a merged page names its stable node");
	st = visit_trees(&walk);
	if (!st)
		st = visit_migrated(&walk);
	if (!st)
		check_counters(&walk);
	walk_fini(&walk);
	return st;
}

/*
 * A dup's head is the second word of migrate_nodes, which no node in a tree
 * can have there (STABLE_NODE_DUP_HEAD).
 */
static enum stable_role role_of(const struct kernel *kernel,
				const struct object *node)
{
	const struct kernel_variable *variable =
		&kernel->facts.variables[KSYM_MIGRATE_NODES];
	uint64_t head;

	if (!variable->present ||
	    !layout_has(node->layout, M_ksm_stable_node_head))
		return STABLE_NODE;
	head = object_value(node, M_ksm_stable_node_head);
	if (head == variable->address.v)
		return STABLE_MIGRATED;
	return head == variable->address.v + 8 ? STABLE_DUP : STABLE_NODE;
}

enum status stable_visit(struct kernel *kernel, kaddr_t address,
			 stable_fn *fn, void *arg, struct gaps *gaps)
{
	struct walk walk = {
		.kernel = kernel, .fn = fn, .arg = arg, .gaps = gaps,
	};
	struct object object;
	enum status st = check_links(kernel);

	if (st)
		return st;
	st = read_node(&walk, address, &object);
	if (st) {
		st = diag_under(&kernel->diag, st, "%#llx",
				(unsigned long long)address.v);
	} else {
		walk.role = role_of(kernel, &object);
		st = is_chain(&object) ? visit_chain(&walk, &object) :
					 visit_plain(&walk, &object);
	}
	walk_fini(&walk);
	return st;
}
