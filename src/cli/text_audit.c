/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The findings of an audit, by rule. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "color.h"
#include "text_audit.h"
#include "text_parts.h"

#define SOME_GAPS	20u

static void print_lock(const struct rmi_finding *finding)
{
	printf("      %s of 0x%" PRIx64 " is held for writing by ",
	       finding->lock, finding->lock_object);
	if (!finding->owner_comm) {
		printf("task 0x%" PRIx64 "\n", finding->owner);
		return;
	}
	printf("%" PRIu32 " ", finding->owner_pid);
	put(finding->owner_comm);
	putchar('\n');
}

static void print_finding(const struct rmi_finding *finding)
{
	printf("    %s  ", finding->severity);
	for (size_t i = 0; i < finding->n_objects; i++)
		printf("%s%s 0x%" PRIx64, i ? ", " : "",
		       finding->objects[i].type, finding->objects[i].address);
	fputs("\n      ", stdout);
	put(finding->detail ? finding->detail : "-");
	putchar('\n');
	if (finding->lock)
		print_lock(finding);
}

static void print_rule(const struct rmi_audit *audit,
		       const struct rmi_audit_rule *rule)
{
	uint64_t n = 0;

	printf("  %s%s: it does not hold that %s%s\n",
	       color_begin(COLOR_FINDING), rule->rule, rule->promise,
	       color_end());
	for (size_t i = 0; i < audit->n_findings; i++) {
		const struct rmi_finding *finding = &audit->findings[i];

		if (strcmp(finding->rule, rule->rule) != 0)
			continue;
		print_finding(finding);
		n++;
	}
	if (rule->n_findings > n)
		printf("    and %" PRIu64 " more\n", rule->n_findings - n);
}

static void print_gaps(const struct rmi_audit *audit)
{
	for (size_t i = 0; i < audit->n_gaps && i < SOME_GAPS; i++)
		put_gap("  gap  ", &audit->gaps[i]);
	if (audit->n_gaps > SOME_GAPS)
		printf("  and %zu more gaps\n", audit->n_gaps - SOME_GAPS);
}

static size_t count_checked(const struct rmi_audit *audit)
{
	size_t n = 0;

	for (size_t i = 0; i < audit->n_rules; i++)
		n += audit->rules[i].checked;
	return n;
}

static void print_verdict(const struct rmi_audit *audit)
{
	printf("%zu rules", audit->n_rules);
	if (audit->partial)
		printf(", %zu of them checked wholly", count_checked(audit));
	if (audit->n_all_findings)
		printf(": %zu finding%s\n", audit->n_all_findings,
		       plural(audit->n_all_findings));
	else
		printf(": nothing was found%s\n", audit->complete ? "" :
		       ", and not everything was seen");
}

/* What was found against these, if anything, need not be all. */
static void print_unchecked(const struct rmi_audit *audit)
{
	fputs("  not checked wholly:", stdout);
	for (size_t i = 0; i < audit->n_rules; i++)
		if (!audit->rules[i].checked)
			printf(" %s", audit->rules[i].rule);
	putchar('\n');
}

void print_audit_text(const struct rmi_source *source,
		      const struct rmi_audit *audit)
{
	(void)source;
	printf("%" PRIu64 " frames, %" PRIu64 " address space%s with %" PRIu64
	       " VMAs and %" PRIu64 " mappings, %" PRIu64 " anon_vmas with %"
	       PRIu64 " AVCs, %" PRIu64 " files, %" PRIu64 " stable node%s\n",
	       audit->n_frames, audit->n_processes,
	       plural(audit->n_processes), audit->n_vmas, audit->n_mappings,
	       audit->n_anon_vmas, audit->n_avcs, audit->n_files,
	       audit->n_stable_nodes, plural(audit->n_stable_nodes));
	print_verdict(audit);
	for (size_t i = 0; i < audit->n_rules; i++)
		if (audit->rules[i].n_findings)
			print_rule(audit, &audit->rules[i]);
	if (audit->partial)
		print_unchecked(audit);
	print_gaps(audit);
}
