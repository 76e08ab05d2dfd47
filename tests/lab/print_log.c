/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's log in a dump, as the library hands it out.
 *
 *	print_log VMCORE [VMLINUX]
 *
 * A line of the log is "SEQ [   12.345678] TEXT"; then a line "gap: …" for
 * each gap. Whether that is right is the business of log.py.
 */
#include <inttypes.h>
#include <rmap-inspect/rmap-inspect.h>
#include <stdio.h>
#include <string.h>

static bool print_record(const struct rmi_log_record *record, void *arg)
{
	const char *text = record->text;

	(void)arg;
	for (;;) {
		size_t len = strcspn(text, "\n");

		printf("%" PRIu64 " [%5" PRIu64 ".%06" PRIu64 "] %.*s\n",
		       record->seq, record->ns / 1000000000,
		       record->ns / 1000 % 1000000, (int)len, text);
		if (!text[len])
			return true;
		text += len + 1;
	}
}

static void print_gaps(struct rmi_session *session)
{
	size_t n;
	const struct rmi_gap *gaps = rmi_session_gaps(session, &n);

	for (size_t i = 0; i < n; i++)
		printf("gap: %s: %s: %s\n", gaps[i].what, gaps[i].where,
		       gaps[i].why);
}

int main(int argc, char **argv)
{
	struct rmi_session *session = rmi_session_new();
	struct rmi_open_options options = { .size = sizeof(options) };
	bool good;

	if (!session || argc < 2)
		return 2;
	options.core = argv[1];
	options.vmlinux = argc > 2 ? argv[2] : NULL;
	good = !rmi_session_open(session, &options) &&
	       !rmi_session_log(session, print_record, NULL);
	if (good)
		print_gaps(session);
	else
		fprintf(stderr, "%s\n", rmi_session_error(session));
	rmi_session_free(session);
	return good ? 0 : 1;
}
