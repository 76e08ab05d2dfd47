/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Knows how the parts of a report become a file. Does not know what is in
 * them, nor what they look like: src/cli/report/ does.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "log.h"
#include "new_file.h"
#include "progress.h"
#include "report.h"
#include "report_page.h"
#include "report_parts.h"

/* The first two lines of report.html. */
static const char mark[] = "<!DOCTYPE html>\n<!-- rmap-inspect report";

static bool is_report(int fd)
{
	char head[sizeof(mark) - 1];

	return read(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
	       !memcmp(head, mark, sizeof(head));
}

static const struct new_file_kind report_kind = {
	"--report", "report", is_report,
};

/*
 * In a script element nothing but "<" can end it or begin a comment, and in
 * JSON it stands in strings alone, where it may be written otherwise.
 */
static void put_data(const char *words, FILE *out)
{
	size_t len;

	while (len = strcspn(words, "<"), words[len]) {
		fwrite(words, 1, len, out);
		fputs("\\u003c", out);
		words += len + 1;
	}
	fputs(words, out);
}

/* False: errno says why. */
static bool write_page(const char *path, tree *report)
{
	FILE *out = fopen(path, "w");
	bool good;

	if (!out)
		return false;
	fwrite(report_head, 1, report_head_size, out);
	put_data(tree_words(report), out);
	putc('\n', out);
	fwrite(report_tail, 1, report_tail_size, out);
	good = fflush(out) == 0 && !ferror(out);
	return fclose(out) == 0 && good;
}

static void tell_stop(void)
{
	char *why = interrupt_words();

	log_error("--report: partial, %s", why);
	free(why);
}

static enum exit_code write_report(struct rmi_session *session,
				   const struct options *opts,
				   struct new_file *file)
{
	bool complete;
	tree *report = new_report(session, opts, &complete);
	bool good = write_page(file->growing, report) &&
		    new_file_publish(file);

	progress_clear();
	if (!good)
		log_error("--report '%s': %s; nothing is kept", file->path,
			  strerror(errno));
	else if (interrupt_is_held(NULL))
		tell_stop();
	free_tree(report);
	if (!good)
		return EXIT_FAILED;
	return complete ? EXIT_COMPLETE : EXIT_GAPS;
}

enum exit_code ask_report(struct rmi_session *session,
			  const struct options *opts)
{
	enum exit_code code = EXIT_FAILED;
	struct new_file file;

	/* Before there is a file that would be left. */
	interrupt_hold((unsigned int)opts->timeout);
	if (new_file_begin(&file, &report_kind, opts->report_to))
		code = write_report(session, opts, &file);
	new_file_fini(&file);
	interrupt_release();
	return code;
}
