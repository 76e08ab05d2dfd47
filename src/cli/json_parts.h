/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Objects of the schema rmap-inspect/1 that stand in several documents. */
#ifndef RMAP_INSPECT_CLI_JSON_PARTS_H
#define RMAP_INSPECT_CLI_JSON_PARTS_H

#include <rmap-inspect/rmap-inspect.h>

#include "json_value.h"

json *new_gap(const struct rmi_gap *gap);
json *new_task(const struct rmi_task *task);

#endif
