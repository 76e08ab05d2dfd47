/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules of the audit, and what does not keep them. Does not know how that
 * is found out.
 */
#ifndef RMAP_INSPECT_AUDIT_RULES_H
#define RMAP_INSPECT_AUDIT_RULES_H

#include "audit/lock.h"
#include "base/vec.h"

/* What is done, in this order. */
enum audit_step {
	STEP_FRAMES,
	STEP_KSM,
	STEP_SPACES,
	STEP_TREES,
	STEP_COUNTS,
	STEP_SLABS,
	N_STEPS,
};

enum audit_rule {
#define RULE(id, name, step, promise)	RULE_##id,
#include "audit/rules.def"
	N_RULES,
};

const char *audit_rule_name(enum audit_rule rule);
const char *audit_rule_promise(enum audit_rule rule);

/* At whose end everything has been held against the rule. */
enum audit_step audit_rule_step(enum audit_rule rule);

/* "page 0x1a2b", "AVC 0xffff…" */
struct finding_object {
	const char *type;
	uint64_t address;
};

#define FINDING_OBJECTS	4u

struct finding {
	enum audit_rule rule;
	size_t n_objects;
	struct finding_object objects[FINDING_OBJECTS];
	/* Held: the object may be half changed; else it is corrupt. */
	struct lock_holder holder;
	char *detail;
};

DEFINE_VEC(finding_vec, struct finding)

/* Of each rule so many are told; more are counted. */
#define FINDINGS_TOLD	20u

/* Zero-initialised is empty. */
struct findings {
	struct finding_vec list;
	uint64_t counts[N_RULES];
};

#define OBJECTS(...)	\
	(const struct finding_object[FINDING_OBJECTS + 1]) { __VA_ARGS__ }

/*
 * objects end with one of no type. holder: of the lock that whoever changes
 * this has to hold. What does not fit is only counted.
 */
void findings_add(struct findings *findings, enum audit_rule rule,
		  const struct lock_holder *holder,
		  const struct finding_object *objects,
		  const char *detail, ...) printf_like(5, 6);

/* All of from behind those of to, so that from is empty. */
void findings_move(struct findings *from, struct findings *to);
void findings_fini(struct findings *findings);

#endif
