/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is lost, in a build with sanitizers; else there is none. */
#ifndef RMAP_INSPECT_FUZZ_LEAKS_H
#define RMAP_INSPECT_FUZZ_LEAKS_H

#include <stdbool.h>

/* Takes long. Whatever the library of dumps leaks (0.5.1) is not ours. */
bool has_leaks(void);

#endif
