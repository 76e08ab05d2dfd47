/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows which questions answer --info and --dump-layout. Does not know how an
 * answer looks.
 */
#include <stdlib.h>

#include "about.h"
#include "alloc.h"
#include "log.h"

enum exit_code about_info(struct rmi_session *session,
			  const struct options *opts, const char *problem)
{
	struct about about = {
		.source = rmi_session_source(session),
		.info.size = sizeof(about.info),
		.with_host = opts->verbose,
		.problem = problem,
	};

	if (rmi_session_info(session, &about.info) != RMI_OK) {
		log_error("%s", rmi_session_error(session));
		return EXIT_FAILED;
	}
	opts->format->info(&about);
	return problem ? EXIT_GAPS : EXIT_COMPLETE;
}

static void take_entry(const struct rmi_layout_entry *entry, void *arg)
{
	struct layout_list *list = arg;

	list->items = need_room(list->items, list->n, &list->room,
				sizeof(*list->items));
	list->items[list->n++] = *entry;
}

enum exit_code about_layout(struct rmi_session *session,
			    const struct options *opts)
{
	struct layout_list list = { .n = 0 };
	enum exit_code code = EXIT_COMPLETE;

	if (rmi_session_layout(session, take_entry, &list) == RMI_OK) {
		opts->format->layout(rmi_session_source(session), &list);
	} else {
		log_error("%s", rmi_session_error(session));
		code = EXIT_FAILED;
	}
	free(list.items);
	return code;
}
