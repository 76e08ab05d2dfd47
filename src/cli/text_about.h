/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dump and its layout, for people. For struct format. */
#ifndef RMAP_INSPECT_CLI_TEXT_ABOUT_H
#define RMAP_INSPECT_CLI_TEXT_ABOUT_H

#include "output.h"

void print_info_text(const struct about *about);
void print_layout_text(const struct rmi_source *source,
		       const struct layout_list *list);

#endif
