/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page of src/cli/report/, which src/cli/report/embed makes an array of:
 * what stands in front of the data and behind them.
 */
#ifndef RMAP_INSPECT_CLI_REPORT_PAGE_H
#define RMAP_INSPECT_CLI_REPORT_PAGE_H

#include <stddef.h>

extern const unsigned char report_head[], report_tail[];
extern const size_t report_head_size, report_tail_size;

#endif
