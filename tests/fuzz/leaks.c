/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "leaks.h"

int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
__attribute__((visibility("default")))
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libkdumpfile\n";
}

bool has_leaks(void)
{
	return __lsan_do_recoverable_leak_check &&
	       __lsan_do_recoverable_leak_check();
}
