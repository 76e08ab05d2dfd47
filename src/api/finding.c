/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/finding.h"

static enum status no_memory(struct finding *finding)
{
	return diag_no_memory(&finding->session->kernel->diag);
}

enum status finding_hand_out(struct finding *finding,
			     const struct rmi_found *found)
{
	return finding->control->found(found, finding->control->arg) ?
	       ST_OK : ST_STOPPED;
}

enum status finding_begin_object(struct finding *finding, const char *type,
				 kaddr_t address,
				 struct place_object **ret_object)
{
	struct place_object *object = calloc(1, sizeof(*object));

	if (!object || object_vec_push(&finding->session->objects, object)) {
		free(object);
		return no_memory(finding);
	}
	object->details.arena = &object->arena;
	object->view.type = type;
	object->view.address = address.v;
	*ret_object = object;
	return ST_OK;
}

void place_object_free(struct place_object *object)
{
	if (!object)
		return;
	arena_fini(&object->arena);
	gaps_fini(&object->gaps);
	gap_view_vec_fini(&object->gap_views);
	details_fini(&object->details);
	detail_view_vec_fini(&object->detail_views);
	free(object);
}

enum status finding_end_object(struct finding *finding,
			       struct place_object *object)
{
	struct rmi_object *view = &object->view;
	enum status st = append_gap_views(&object->gap_views, &object->gaps);

	if (!st)
		st = append_detail_views(&object->detail_views,
					 &object->details);
	if (st)
		return no_memory(finding);
	view->gaps = object->gap_views.items;
	view->n_gaps = object->gap_views.n;
	view->details = object->detail_views.items;
	view->n_details = object->detail_views.n;
	view->complete = !gaps_count(&object->gaps);
	if (finding->control->object)
		finding->control->object(view, finding->control->arg);
	return ST_OK;
}

void add_count(struct details *details, const char *name, uint64_t n)
{
	if (n)
		details_number(details, name, n);
}
