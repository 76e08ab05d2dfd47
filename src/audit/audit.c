/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order of the steps. */
#include "audit/audit.h"

#include <stdlib.h>

#include "audit/world.h"
#include "rmap/family.h"

static enum status prepare(struct world *world)
{
	struct kernel *kernel = world->crew->kernels[0];
	enum status st = frames_read(world->crew, &world->frames);

	if (st)
		return st;
	world->frames_whole = !gaps_count(&world->frames->gaps);
	gaps_move(&world->frames->gaps, &world->result->gaps);
	world->writable = calloc(world->frames->n + 1, 1);
	world->spaces = calloc(world->tasks->n_mms + 1,
			       sizeof(*world->spaces));
	if (!world->writable || !world->spaces)
		return diag_no_memory(&kernel->diag);
	world->n_spaces = world->tasks->n_mms;
	for (size_t i = 0; i < world->n_spaces; i++)
		world->spaces[i].mm = world->tasks->mms[i].mm;
	for (size_t i = 0; i < world->frames->runs.n; i++)
		world->result->extent.n_frames +=
			world->frames->runs.items[i].n;
	return ST_OK;
}

static enum status (*const steps[N_STEPS])(struct world *world) = {
	[STEP_FRAMES] = prepare,
	[STEP_KSM] = audit_ksm,
	[STEP_SPACES] = audit_spaces,
	[STEP_TREES] = audit_trees,
	[STEP_COUNTS] = audit_counts,
	[STEP_SLABS] = audit_slabs,
};

static enum status run_steps(struct world *world)
{
	struct audit_result *result = world->result;
	enum status st = ST_OK;

	while (!st && result->n_steps < N_STEPS) {
		st = steps[result->n_steps](world);
		result->n_steps += !st;
	}
	return st;
}

static void note_stop(struct audit_result *result, const char *why)
{
	size_t n = 0;

	for (size_t i = 0; i < N_RULES; i++)
		n += audit_rule_is_checked(result, i);
	gaps_addf(&result->gaps, "rules", why, "%zu of %d checked wholly", n,
		  N_RULES);
}

static void world_fini(struct world *world)
{
	for (size_t i = 0; world->spaces && i < world->n_spaces; i++) {
		struct audit_space *space = &world->spaces[i];

		audit_vma_vec_fini(&space->vmas);
		link_vec_fini(&space->links);
		frame_vec_fini(&space->huge);
		findings_fini(&space->findings);
		gaps_fini(&space->gaps);
	}
	free(world->spaces);
	free(world->writable);
	frames_free(world->frames);
	merged_vec_fini(&world->merged);
	stable_frame_vec_fini(&world->nodes);
	link_vec_fini(&world->anon_links);
	link_vec_fini(&world->file_links);
	lead_vec_fini(&world->leads);
}

enum status audit_run(struct crew *crew, const struct tasks *tasks,
		      struct audit_result *ret_result)
{
	struct world world = {
		.crew = crew,
		.tasks = tasks,
		.result = ret_result,
	};
	enum status st;

	*ret_result = (struct audit_result) { 0 };
	st = family_check_layout(crew->kernels[0]);
	if (!st)
		st = run_steps(&world);
	world_fini(&world);
	if (st != ST_STOPPED)
		return st;
	note_stop(ret_result, crew->kernels[0]->diag.text);
	return ST_OK;
}

void audit_result_fini(struct audit_result *result)
{
	findings_fini(&result->findings);
	gaps_fini(&result->gaps);
}
