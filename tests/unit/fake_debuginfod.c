/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * See fake_debuginfod.h. Mirrors <elfutils/debuginfod.h>, and what elfutils
 * 0.188 does: progress counts rounds until a server sends, and whoever cancels
 * is told -ENOENT.
 */
#include "fake_debuginfod.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT	__attribute__((visibility("default")))

struct debuginfod_client {
	int (*progress)(struct debuginfod_client *client, long a, long b);
	const char *url;
	const char *behaviour;
};

EXPORT int fake_debuginfod_clients;

EXPORT struct debuginfod_client *debuginfod_begin(void);
EXPORT void debuginfod_end(struct debuginfod_client *client);
EXPORT int debuginfod_find_debuginfo(struct debuginfod_client *client,
				     const unsigned char *build_id,
				     int build_id_len, char **path);
EXPORT void debuginfod_set_progressfn(struct debuginfod_client *client,
	int (*fn)(struct debuginfod_client *client, long a, long b));
EXPORT const char *debuginfod_get_url(struct debuginfod_client *client);

static int behaves(const struct debuginfod_client *client, const char *as)
{
	return !strcmp(client->behaviour, as);
}

struct debuginfod_client *debuginfod_begin(void)
{
	struct debuginfod_client *client = calloc(1, sizeof(*client));

	client->behaviour = getenv("DEBUGINFOD_URLS");
	if (behaves(client, "no-client")) {
		free(client);
		errno = EMFILE;
		return NULL;
	}
	fake_debuginfod_clients++;
	return client;
}

void debuginfod_end(struct debuginfod_client *client)
{
	fake_debuginfod_clients--;
	free(client);
}

void debuginfod_set_progressfn(struct debuginfod_client *client,
	int (*fn)(struct debuginfod_client *client, long a, long b))
{
	client->progress = fn;
}

const char *debuginfod_get_url(struct debuginfod_client *client)
{
	return client->url;
}

/* Non-zero: cancelled. */
static int connect_to_server(struct debuginfod_client *client, long rounds)
{
	for (long i = 1; i <= rounds; i++)
		if (client->progress(client, i, 0))
			return 1;
	return 0;
}

static int receive(struct debuginfod_client *client, long total)
{
	client->url = "http://fake/";
	for (long i = 0; i <= 10; i++)
		if (client->progress(client, i * FAKE_SIZE / 10, total))
			return 1;
	return 0;
}

static int hand_over(const unsigned char *build_id, char **path)
{
	if (asprintf(path, "/cache/%s/debuginfo", (const char *)build_id) < 0)
		*path = NULL;
	return open("/dev/null", O_RDONLY);
}

int debuginfod_find_debuginfo(struct debuginfod_client *client,
			      const unsigned char *build_id, int build_id_len,
			      char **path)
{
	int cancelled;

	if (build_id_len)
		return -EINVAL;
	if (behaves(client, "cached"))
		return hand_over(build_id, path);
	if (behaves(client, "silent")) {
		connect_to_server(client, FAKE_ENDLESS);
		return -ENOENT;
	}
	if (connect_to_server(client, FAKE_ROUNDS) ||
	    behaves(client, "absent"))
		return -ENOENT;
	if (behaves(client, "refused"))
		return -ECONNREFUSED;
	if (behaves(client, "no-path"))
		return open("/dev/null", O_RDONLY);
	cancelled = receive(client, behaves(client, "compressed") ?
			    FAKE_SIZE / 2 : FAKE_SIZE);
	if (cancelled && !behaves(client, "complete"))
		return -ENOENT;
	return hand_over(build_id, path);
}
