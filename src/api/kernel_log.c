/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's log, handed out record by record.
 */
#include "api/session.h"
#include "mm/printk.h"

struct listener {
	rmi_log_record_fn *fn;
	void *arg;
};

static bool pass_record(const struct printk_record *record, void *arg)
{
	const struct listener *listener = arg;
	const struct rmi_log_record view = {
		.seq = record->seq,
		.ns = record->ns,
		.text = record->text,
	};

	return listener->fn(&view, listener->arg);
}

rmi_status rmi_session_log(struct rmi_session *session, rmi_log_record_fn *fn,
			   void *arg)
{
	struct listener listener = { fn, arg };
	enum status st;

	if (!session_has_dump(session))
		return session_fail(session, ST_INVALID,
				    "no dump has been opened");
	gaps_clear(&session->log_gaps);
	st = printk_read(session->kernel, pass_record, &listener,
			 &session->log_gaps);
	return st ? session_fail(session, st, session->kernel->diag.text) :
		    RMI_OK;
}
