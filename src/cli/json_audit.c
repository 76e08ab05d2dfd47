/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The findings of an audit in the schema rmap-inspect/1. */
#include <stdio.h>

#include "json_about.h"
#include "json_audit.h"
#include "json_parts.h"

static json new_finding_object(const struct rmi_finding_object *item)
{
	json object = new_object();

	add(object, "type", new_string(item->type));
	add(object, "address", new_hex(item->address));
	return object;
}

/* null: nobody holds it. */
static json new_lock(const struct rmi_finding *finding)
{
	json object;

	if (!finding->lock)
		return new_null();
	object = new_object();
	add(object, "name", new_string(finding->lock));
	add(object, "object", new_address(finding->lock_object));
	add(object, "task", new_address(finding->owner));
	add(object, "pid", number_if(finding->owner_comm,
				     finding->owner_pid));
	add(object, "comm", new_string(finding->owner_comm));
	return object;
}

static json new_finding(const struct rmi_finding *finding)
{
	json object = new_object();

	add(object, "rule", new_string(finding->rule));
	add(object, "promise", new_string(finding->promise));
	add(object, "severity", new_string(finding->severity));
	add(object, "objects", array_of(finding->objects, finding->n_objects,
					new_finding_object));
	add(object, "detail", new_string(finding->detail));
	add(object, "lock", new_lock(finding));
	return object;
}

static json new_rule(const struct rmi_audit_rule *rule)
{
	json object = new_object();

	add(object, "rule", new_string(rule->rule));
	add(object, "promise", new_string(rule->promise));
	add(object, "findings", new_count(rule->n_findings));
	add(object, "checked", new_bool(rule->checked));
	return object;
}

static json new_extent(const struct rmi_audit *audit)
{
	json object = new_object();

	add(object, "frames", new_count(audit->n_frames));
	add(object, "processes", new_count(audit->n_processes));
	add(object, "vmas", new_count(audit->n_vmas));
	add(object, "avcs", new_count(audit->n_avcs));
	add(object, "anon_vmas", new_count(audit->n_anon_vmas));
	add(object, "files", new_count(audit->n_files));
	add(object, "stable_nodes", new_count(audit->n_stable_nodes));
	add(object, "mappings", new_count(audit->n_mappings));
	return object;
}

json new_audit_document(const struct rmi_source *source,
			 const struct rmi_audit *audit)
{
	json object = new_object();

	add(object, "schema", new_string(SCHEMA));
	add(object, "source", new_source(source));
	add(object, "looked_at", new_extent(audit));
	add(object, "rules", array_of(audit->rules, audit->n_rules, new_rule));
	add(object, "n_findings", new_count(audit->n_all_findings));
	add(object, "findings", array_of(audit->findings, audit->n_findings,
					 new_finding));
	add(object, "partial", new_bool(audit->partial));
	add(object, "complete", new_bool(audit->complete));
	add(object, "gaps", array_of(audit->gaps, audit->n_gaps, new_gap));
	return object;
}

void print_audit_json(const struct rmi_source *source,
		      const struct rmi_audit *audit)
{
	print_json(new_audit_document(source, audit));
	putchar('\n');
}
