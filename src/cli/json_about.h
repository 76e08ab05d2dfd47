/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dump and its layout, as JSON. */
#ifndef RMAP_INSPECT_CLI_JSON_ABOUT_H
#define RMAP_INSPECT_CLI_JSON_ABOUT_H

#include "json_value.h"
#include "output.h"

json new_source(const struct rmi_source *source);

json new_info_document(const struct about *about);

/* For struct format. */
void print_info_json(const struct about *about);
void print_layout_json(const struct rmi_source *source,
		       const struct layout_list *list);

#endif
