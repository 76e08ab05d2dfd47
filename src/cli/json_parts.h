/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects of the schema rmap-inspect/1 that stand in several documents. */
#ifndef RMAP_INSPECT_CLI_JSON_PARTS_H
#define RMAP_INSPECT_CLI_JSON_PARTS_H

#include <rmap-inspect/rmap-inspect.h>

#include "json_value.h"
#include "output.h"

json new_gap(const struct rmi_gap *gap);

/* The gap that a broken-off query leaves: what came after is not there. */
json new_failure(const char *failure);

json new_memcg(const struct rmi_memcg *memcg);	/* NULL: null */
json new_task(const struct rmi_task *task);

/* All of a page; answer->method decides whether differences belong to it. */
json new_page(const struct answer *answer, const struct rmi_page *page);

#endif
