/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The family of an anon_vma as JSON. */
#ifndef RMAP_INSPECT_CLI_JSON_FAMILY_H
#define RMAP_INSPECT_CLI_JSON_FAMILY_H

#include "json_value.h"
#include "output.h"

json new_family_document(const struct family_answer *answer);

/* For struct format. */
void print_family_json(const struct family_answer *answer);

#endif
