/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See debuginfod.h. The library is opened by dlopen(), because it brings
 * libcurl and all that that needs, for something that few dumps call for.
 *
 * What libdebuginfod does, and its manual does not tell (elfutils 0.188 and
 * 0.192, debuginfod-client.c):
 *
 * - Cancelled, it returns -ENOENT as if no server had the file, or even the
 *   file, if that was complete. Whether it was cancelled only we know.
 * - "No server has it" is remembered for 10 minutes, and answered without
 *   asking. Before 0.190 a cancelled download is remembered that way, too.
 * - Several failures of the transfer are -ENOENT as well.
 * - Until a server sends, progress is a count of rounds, not of bytes.
 * - Cancelled while libcurl looks up a host's name, it waits for the answer.
 */
#include "debuginfo/debuginfod.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"

/* As libdebuginfod: it takes a build-id of up to 64 bytes. */
#define BUILD_ID_MAX	64

struct debuginfod_client;

typedef int progress_fn(struct debuginfod_client *client, long a, long b);

/* As <elfutils/debuginfod.h> declares them; all are there since 0.179. */
struct api {
	struct debuginfod_client *(*begin)(void);
	void (*end)(struct debuginfod_client *client);
	int (*find_debuginfo)(struct debuginfod_client *client,
			      const unsigned char *build_id, int build_id_len,
			      char **path);
	void (*set_progressfn)(struct debuginfod_client *client,
			       progress_fn *fn);
	const char *(*get_url)(struct debuginfod_client *client);
};

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
	{ "debuginfod_begin", offsetof(struct api, begin) },
	{ "debuginfod_end", offsetof(struct api, end) },
	{ "debuginfod_find_debuginfo", offsetof(struct api, find_debuginfo) },
	{ "debuginfod_set_progressfn", offsetof(struct api, set_progressfn) },
	{ "debuginfod_get_url", offsetof(struct api, get_url) },
};

struct fetch {
	void *library;
	struct api api;
	struct debuginfod_client *client;
	const struct log *log;
	bool cancelled;
};

/*
 * The fetch that this thread is at. The library hands to its callback only the
 * client; the client would hand on our data, but through a function of the
 * library, which is found in just that data.
 */
static _Thread_local struct fetch *fetching;

static void fetch_fini(struct fetch *fetch)
{
	fetching = NULL;
	if (fetch->client)
		fetch->api.end(fetch->client);
	if (fetch->library)
		dlclose(fetch->library);
}

/* ---- the library ---- */

static enum status find_functions(struct fetch *fetch, struct diag *diag)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *function = dlsym(fetch->library, functions[i].name);

		if (!function)
			return diag_fail(diag, ST_UNSUPPORTED,
					 "the library has no %s(); elfutils "
					 "0.179 or newer is needed",
					 functions[i].name);
		memcpy((char *)&fetch->api + functions[i].offset, &function,
		       sizeof(function));
	}
	return ST_OK;
}

/*
 * We give back our handle, but the library stays in memory (RTLD_NODELETE): it
 * initialises libcurl and never undoes it. Unmapped, it leaves 100 KiB behind
 * that nobody can free any more, each time, and is initialised anew the next.
 */
static enum status open_library(struct fetch *fetch, const char *library,
				struct diag *diag)
{
	fetch->library = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!fetch->library)
		return diag_fail(diag, ST_UNSUPPORTED,
				 "no library (package libdebuginfod1, or "
				 "elfutils-debuginfod-client): %s", dlerror());
	return find_functions(fetch, diag);
}

static enum status begin(struct fetch *fetch, struct diag *diag)
{
	fetch->client = fetch->api.begin();
	if (!fetch->client)
		return diag_fail(diag, ST_IO, "cannot start: %s",
				 strerror(errno));
	return ST_OK;
}

/* ---- the question ---- */

static enum status check_build_id(const char *build_id, struct diag *diag)
{
	const size_t len = strlen(build_id);

	if (len < 4 || len > 2 * BUILD_ID_MAX || len % 2 ||
	    strspn(build_id, "0123456789abcdef") != len)
		return diag_fail(diag, ST_INVALID,
				 "not a build-id in lower-case hex");
	return ST_OK;
}

/* The library would say so as well, but not of one of blanks alone. */
static enum status check_servers(struct diag *diag)
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	if (!urls)
		return diag_fail(diag, ST_ABSENT, "DEBUGINFOD_URLS is not set");
	if (!urls[strspn(urls, " ")])
		return diag_fail(diag, ST_ABSENT, "DEBUGINFOD_URLS is empty");
	return ST_OK;
}

static void tell_progress(const struct fetch *fetch, long done, long total)
{
	if (!fetch->api.get_url(fetch->client))
		done = total = 0;	/* nobody sends yet */
	if (done < 0)
		done = 0;
	/* Compressed on its way, the file gets longer than was announced. */
	if (total < done)
		total = 0;
	log_progress(fetch->log, "debuginfod: bytes", done, total);
}

/* Non-zero stops the library. */
static int on_progress(struct debuginfod_client *client, long a, long b)
{
	struct fetch *fetch = fetching;

	(void)client;
	tell_progress(fetch, a, b);
	if (log_is_cancelled(fetch->log))
		fetch->cancelled = true;
	return fetch->cancelled;
}

static enum status explain(const struct fetch *fetch, const char *build_id,
			   int error, struct diag *diag)
{
	if (fetch->cancelled)
		return diag_fail(diag, ST_STOPPED, "cancelled");
	if (error == ENOENT)
		return diag_fail(diag, ST_ABSENT,
				 "no server of DEBUGINFOD_URLS has the debug "
				 "information of build-id %s (libdebuginfod "
				 "repeats that for 10 minutes; before elfutils "
				 "0.190 after a cancelled download, too)",
				 build_id);
	return diag_fail(diag, ST_IO, "build-id %s: %s", build_id,
			 strerror(error));
}

static enum status ask(struct fetch *fetch, const char *build_id,
		       char **ret_path, struct diag *diag)
{
	cleanup_free char *path = NULL;
	cleanup_close int fd = -1;

	log_step(fetch->log, "debuginfod: asking for build-id %s", build_id);
	fetching = fetch;
	fetch->api.set_progressfn(fetch->client, on_progress);
	/* Length 0: it is a string. */
	fd = fetch->api.find_debuginfo(fetch->client,
				       (const unsigned char *)build_id, 0,
				       &path);
	if (fd < 0)
		return explain(fetch, build_id, -fd, diag);
	if (!path)
		return diag_no_memory(diag);
	*ret_path = take(path);
	return ST_OK;
}

enum status debuginfod_fetch_from(const char *library, const char *build_id,
				  const struct log *log, char **ret_path,
				  struct diag *diag)
{
	cleanup(fetch_fini) struct fetch fetch = { .log = log };
	enum status st = check_build_id(build_id, diag);

	if (st == ST_OK)
		st = check_servers(diag);
	if (st == ST_OK)
		st = open_library(&fetch, library, diag);
	if (st == ST_OK)
		st = begin(&fetch, diag);
	if (st == ST_OK)
		st = ask(&fetch, build_id, ret_path, diag);
	return st;
}

enum status debuginfod_fetch(const char *build_id, const struct log *log,
			     char **ret_path, struct diag *diag)
{
	return debuginfod_fetch_from("libdebuginfod.so.1", build_id, log,
				     ret_path, diag);
}
