/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* KSM's stable nodes as JSON. */
#ifndef RMAP_INSPECT_CLI_JSON_KSM_H
#define RMAP_INSPECT_CLI_JSON_KSM_H

#include "json_value.h"
#include "output.h"

json new_ksm_node(const struct rmi_ksm_node *node);
json new_ksm_summary(const struct ksm_answer *answer);
/* Of the nodes and of every answer. */
json new_ksm_gaps(const struct ksm_answer *answer);

extern const struct ksm_format ksm_json;
extern const struct ksm_format ksm_jsonl;

#endif
