/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a dump tells of itself, before anything is asked of its kernel.
 */
#include <string.h>

#include "api/redact.h"
#include "kernel/bind.h"

/* Not known is an answer, too, so failures are no more than that. */
static void read_host(struct rmi_session *session)
{
	struct kernel *kernel = session->kernel;

	if (kernel->mmu.levels &&
	    identify_host(kernel, session->host, sizeof(session->host), NULL))
		session->host[0] = '\0';
	redact_host(session);
}

static void fill_in(struct rmi_session *session,
		    const struct image_contents *contents,
		    struct rmi_info *info)
{
	info->compression = contents->compression;
	info->has_pages_present = contents->has_present;
	info->pages_present = contents->present;
	info->has_pages_excluded = contents->has_excluded;
	info->pages_excluded = contents->excluded;
	info->has_crash_time = !identify_crash_time(session->kernel,
						    &info->crash_time, NULL);
	read_host(session);
	info->host = session->host[0] ? session->host : NULL;
}

rmi_status rmi_session_info(struct rmi_session *session,
			    struct rmi_info *ret_info)
{
	const size_t size = ret_info->size;
	struct rmi_info info = { .size = size };
	struct image_contents contents;
	struct diag diag = { "" };
	enum status st;

	if (!session->kernel)
		return session_fail(session, ST_INVALID, "there is no dump");
	if (size < sizeof(size))
		return session_fail(session, ST_INVALID, "no room to answer");
	st = image_describe(session->kernel->image, &contents, &diag);
	if (st)
		return session_fail(session, st, diag.text);
	fill_in(session, &contents, &info);
	/* A caller who knows more than we do finds zeros there: not known. */
	memset(ret_info, 0, size);
	memcpy(ret_info, &info, size < sizeof(info) ? size : sizeof(info));
	return RMI_OK;
}
