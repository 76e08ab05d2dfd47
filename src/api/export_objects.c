/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What pages and VMAs have led to: anon_vmas, stable nodes, files, cgroups. */
#include "api/export.h"

#include "rmap/stable.h"

/* ---- anon_vmas ---- */

static enum status add_relative(struct export *export,
				const struct object *anon_vma,
				enum member_id member, size_t column,
				struct row *row)
{
	uint64_t number = 0;
	enum status st;

	if (!layout_has(anon_vma->layout, member))
		return ST_OK;
	st = export_number(&export->anon_vmas,
			   object_pointer(anon_vma, member), &number);
	row_number(row, column, number);
	return st;
}

static void add_counters(const struct object *anon_vma, struct row *row)
{
	static const struct {
		enum member_id member;
		size_t column;
	} counters[] = {
		{ M_anon_vma_refcount, EXPORT_anon_vma_refcount },
		{ M_anon_vma_degree, EXPORT_anon_vma_degree },
		{ M_anon_vma_num_children, EXPORT_anon_vma_num_children },
		{ M_anon_vma_num_active_vmas,
		  EXPORT_anon_vma_num_active_vmas },
	};

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		if (layout_has(anon_vma->layout, counters[i].member))
			row_integer(row, counters[i].column,
				    object_signed(anon_vma,
						  counters[i].member));
}

static enum status tell_anon_vma(struct export *export, size_t i)
{
	struct kernel *kernel = export->session->kernel;
	kaddr_t address = export->anon_vmas.list.items[i];
	struct row row = { 0 };
	struct object anon_vma;
	enum status st = ST_OK;

	row_number(&row, EXPORT_anon_vma_id, i + 1);
	row_address(&row, EXPORT_anon_vma_address, address);
	if (object_read(kernel, S_anon_vma, address, &anon_vma)) {
		gaps_addf(&export->gaps, "anon_vma", kernel->diag.text,
			  "anon_vma %#llx", (unsigned long long)address.v);
		return export_row(export, EXPORT_anon_vma, &row);
	}
	add_counters(&anon_vma, &row);
	st = add_relative(export, &anon_vma, M_anon_vma_root,
			  EXPORT_anon_vma_root, &row);
	if (!st)
		st = add_relative(export, &anon_vma, M_anon_vma_parent,
				  EXPORT_anon_vma_parent, &row);
	return st ? st : export_row(export, EXPORT_anon_vma, &row);
}

/*
 * Roots and parents join the list while it is gone through. Memory that is no
 * anon_vma could lead on for long: to each of these leads a word of the dump,
 * so that there are not more than would fit in it.
 */
enum status export_anon_vmas(struct export *export)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < export->anon_vmas.list.n && !st; i++) {
		st = export_progress(export, "anon_vmas", i,
				     export->anon_vmas.list.n);
		if (!st)
			st = tell_anon_vma(export, i);
	}
	return st;
}

/* ---- KSM ---- */

/* Only damage leads to a frame that has no row. */
static void add_page_of_node(struct export *export,
			     const struct stable_node *node, struct row *row)
{
	if (frames_has(export->whole.frames, node->pfn.v))
		row_integer(row, EXPORT_ksm_node_pfn, (int64_t)node->pfn.v);
	else
		gaps_addf(&export->gaps, "KSM stable node",
			  "no struct page of its page was seen",
			  "stable node %#llx, PFN %#llx",
			  (unsigned long long)node->address.v,
			  (unsigned long long)node->pfn.v);
}

static enum status tell_ksm_node(const struct stable_node *node, void *arg)
{
	struct export *export = arg;
	uint64_t number = 0, chain = 0;
	struct row row = { 0 };
	bool added;
	enum status st = export_number(&export->ksm_nodes,
				       node->address, &number);

	if (!st)
		st = map_add(&export->told_nodes, node->address.v, 0, &added);
	if (st || !added)
		return st;
	st = export_number(&export->ksm_nodes, node->chain, &chain);
	if (st)
		return st;
	row_number(&row, EXPORT_ksm_node_id, number);
	row_address(&row, EXPORT_ksm_node_address, node->address);
	row_text(&row, EXPORT_ksm_node_role, stable_role_name(node->role));
	row_number(&row, EXPORT_ksm_node_chain, chain);
	if (node->role != STABLE_CHAIN) {
		add_page_of_node(export, node, &row);
		row_integer(&row, EXPORT_ksm_node_items, node->n_items);
	}
	return export_row(export, EXPORT_ksm_node, &row);
}

/* Without KSM there are none, and no page leads to one. */
static enum status tell_trees(struct export *export)
{
	struct kernel *kernel = export->session->kernel;
	enum status st = stable_for_each(kernel, tell_ksm_node, export,
					 &export->gaps);

	if (st != ST_ABSENT && st != ST_UNKNOWN)
		return st;
	if (export->ksm_nodes.list.n)
		gaps_add(&export->gaps, "KSM stable nodes", "the trees",
			 kernel->diag.text);
	return ST_OK;
}

/* What a page leads to has a row, whatever it is. */
static enum status tell_unreadable_node(struct export *export, size_t i)
{
	kaddr_t address = export->ksm_nodes.list.items[i];
	struct row row = { 0 };

	gaps_addf(&export->gaps, "KSM stable node",
		  export->session->kernel->diag.text, "stable node %#llx",
		  (unsigned long long)address.v);
	row_number(&row, EXPORT_ksm_node_id, i + 1);
	row_address(&row, EXPORT_ksm_node_address, address);
	return export_row(export, EXPORT_ksm_node, &row);
}

/* That a page leads to, and no tree has. */
static enum status tell_stray_node(struct export *export, size_t i)
{
	kaddr_t address = export->ksm_nodes.list.items[i];
	enum status st;

	if (map_find(&export->told_nodes, address.v))
		return ST_OK;
	st = stable_visit(export->session->kernel, address, tell_ksm_node,
			  export, &export->gaps);
	return !st || st == ST_NO_MEMORY || st == ST_STOPPED ?
	       st : tell_unreadable_node(export, i);
}

enum status export_ksm_nodes(struct export *export)
{
	enum status st = tell_trees(export);

	for (size_t i = 0; i < export->ksm_nodes.list.n && !st; i++)
		st = tell_stray_node(export, i);
	return st;
}

/* ---- files ---- */

static void add_inode(const struct file *file, struct row *row)
{
	const struct inode *inode = &file->inode;

	row_text(row, EXPORT_file_path, file->path);
	row_text(row, EXPORT_file_filesystem, inode->fs);
	row_integer(row, EXPORT_file_dev_major, inode->major);
	row_integer(row, EXPORT_file_dev_minor, inode->minor);
	row_integer(row, EXPORT_file_inode, (int64_t)inode->number);
	row_integer(row, EXPORT_file_size, (int64_t)inode->size);
	row_integer(row, EXPORT_file_deleted, inode->deleted);
}

static enum status describe_file(struct export *export, kaddr_t mapping,
				 struct row *row)
{
	struct rmi_session *session = export->session;
	struct file *file;
	enum status st = files_describe(&session->files, session->kernel,
					session->tasks, mapping,
					&export->gaps, &file);

	if (!st && file)
		add_inode(file, row);
	return st;
}

static enum status tell_file(struct export *export, size_t i)
{
	kaddr_t mapping = export->files.list.items[i];
	struct row row = { 0 };
	enum status st;

	row_number(&row, EXPORT_file_id, i + 1);
	row_address(&row, EXPORT_file_address, mapping);
	st = describe_file(export, mapping, &row);
	return st ? st : export_row(export, EXPORT_file, &row);
}

enum status export_files(struct export *export)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < export->files.list.n && !st; i++) {
		st = export_progress(export, "files", i, export->files.list.n);
		if (!st)
			st = tell_file(export, i);
	}
	return st;
}

/* ---- cgroups ---- */

enum status export_cgroups(struct export *export)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < export->memcgs.n && !st; i++) {
		const struct rmi_memcg *memcg = export->memcgs.items[i];
		struct row row = { 0 };

		row_number(&row, EXPORT_cgroup_id, i + 1);
		row_address(&row, EXPORT_cgroup_address,
			    KADDR(memcg->address));
		row_text(&row, EXPORT_cgroup_path, memcg->path);
		row_text(&row, EXPORT_cgroup_state, memcg->state);
		row_integer(&row, EXPORT_cgroup_inode,
			    (int64_t)memcg->inode);
		row_text(&row, EXPORT_cgroup_container, memcg->container);
		st = export_row(export, EXPORT_cgroup, &row);
	}
	return st;
}
