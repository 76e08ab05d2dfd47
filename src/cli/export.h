/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --export, and what rows can be written to. */
#ifndef RMAP_INSPECT_CLI_EXPORT_H
#define RMAP_INSPECT_CLI_EXPORT_H

#include "options.h"

/* Of a session that is open. */
enum exit_code ask_export(struct rmi_session *session,
			  const struct options *opts);

/* Failures are explained on stderr where they happen. */
struct export_sink {
	/* NULL: it cannot be written to. */
	void *(*open)(const char *path);
	/* An arg is what open() returned. False: it takes no more. */
	bool (*row)(const struct rmi_table *table,
		    const struct rmi_value *values, void *arg);
	/* All rows are there: make of them what was asked for. */
	bool (*finish)(void *arg);
	/* Nothing stays of what was not finished. */
	void (*close)(void *arg);
};

extern const struct export_sink export_sqlite;
extern const struct export_sink export_jsonl;

#endif
