/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* KSM's stable nodes for people. */
#ifndef RMAP_INSPECT_CLI_TEXT_KSM_H
#define RMAP_INSPECT_CLI_TEXT_KSM_H

#include "output.h"

extern const struct ksm_format ksm_text;

#endif
