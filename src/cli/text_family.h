/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The family of an anon_vma for people. */
#ifndef RMAP_INSPECT_CLI_TEXT_FAMILY_H
#define RMAP_INSPECT_CLI_TEXT_FAMILY_H

#include "output.h"

void print_family_text(const struct family_answer *answer);

#endif
