/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* KSM's stable nodes as JSON. */
#ifndef RMAP_INSPECT_CLI_JSON_KSM_H
#define RMAP_INSPECT_CLI_JSON_KSM_H

#include "output.h"

extern const struct ksm_format ksm_json;
extern const struct ksm_format ksm_jsonl;

#endif
