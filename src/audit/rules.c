/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "audit/rules.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name;
	enum audit_step step;
	const char *promise;
} rows[N_RULES] = {
#define RULE(id, name, step, promise)	[RULE_##id] = { name, STEP_##step, promise },
#include "audit/rules.def"
};

const char *audit_rule_name(enum audit_rule rule)
{
	return rows[rule].name;
}

const char *audit_rule_promise(enum audit_rule rule)
{
	return rows[rule].promise;
}

enum audit_step audit_rule_step(enum audit_rule rule)
{
	return rows[rule].step;
}

/* Takes the detail over. */
static void keep(struct findings *findings, const struct finding *finding,
		 uint64_t n_before)
{
	if (n_before >= FINDINGS_TOLD ||
	    finding_vec_push(&findings->list, *finding))
		free(finding->detail);
}

void findings_add(struct findings *findings, enum audit_rule rule,
		  const struct lock_holder *holder,
		  const struct finding_object *objects,
		  const char *detail, ...)
{
	struct finding finding = { .rule = rule, .holder = *holder };
	uint64_t n_before = findings->counts[rule]++;
	va_list args;

	if (n_before >= FINDINGS_TOLD)
		return;
	while (finding.n_objects < FINDING_OBJECTS &&
	       objects[finding.n_objects].type) {
		finding.objects[finding.n_objects] =
			objects[finding.n_objects];
		finding.n_objects++;
	}
	va_start(args, detail);
	if (vasprintf(&finding.detail, detail, args) < 0)
		finding.detail = NULL;
	va_end(args);
	keep(findings, &finding, n_before);
}

void findings_move(struct findings *from, struct findings *to)
{
	uint64_t told[N_RULES] = { 0 };

	for (size_t i = 0; i < from->list.n; i++) {
		struct finding *finding = &from->list.items[i];

		keep(to, finding, to->counts[finding->rule] +
				  told[finding->rule]++);
	}
	for (size_t i = 0; i < N_RULES; i++)
		to->counts[i] += from->counts[i];
	finding_vec_fini(&from->list);
	*from = (struct findings) { 0 };
}

void findings_fini(struct findings *findings)
{
	for (size_t i = 0; i < findings->list.n; i++)
		free(findings->list.items[i].detail);
	finding_vec_fini(&findings->list);
}
