/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What libdebuginfod answers, without servers: DEBUGINFOD_URLS holds the name
 * of a behaviour. Clients that were begun and not ended are counted.
 */
#ifndef RMAP_INSPECT_TESTS_FAKE_DEBUGINFOD_H
#define RMAP_INSPECT_TESTS_FAKE_DEBUGINFOD_H

/* So much is sent, a tenth at a time, after so many rounds of connecting. */
#define FAKE_SIZE	1000
#define FAKE_ROUNDS	3

/* One that is not cancelled goes on for so many rounds. */
#define FAKE_ENDLESS	100000

extern int fake_debuginfod_clients;

#endif
