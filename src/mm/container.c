/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/container.h"

#include <stddef.h>
#include <string.h>

#define ID_LEN	64u	/* docker, podman, containerd, CRI-O: 256 bits in hex */
#define UID_LEN	36u	/* of a pod: a UUID; systemd's has underscores */

/* A part of a component; text is not terminated. */
struct piece {
	const char *text;
	size_t len;
};

static size_t count_of(struct piece piece, const char *set)
{
	size_t len = strspn(piece.text, set);

	return len < piece.len ? len : piece.len;
}

static bool is_id(struct piece piece)
{
	return piece.len == ID_LEN &&
	       count_of(piece, "0123456789abcdef") == ID_LEN;
}

static bool is_uid(struct piece piece)
{
	return piece.len == UID_LEN &&
	       count_of(piece, "0123456789abcdef-_") == UID_LEN;
}

static bool is_name(struct piece piece)
{
	return piece.len > 0;
}

/* How one engine names the cgroup of a container. */
struct pattern {
	const char *parent;	/* the component above; NULL: any */
	const char *before, *after;
	bool (*is)(struct piece piece);
	const char *shown_before;
};

static const struct pattern patterns[] = {
	/* with the cgroupfs driver: …/docker/ID, …/podUID/ID */
	{ NULL, "", "", is_id, "" },
	{ NULL, "docker-", ".scope", is_id, "" },
	{ NULL, "cri-containerd-", ".scope", is_id, "" },
	{ NULL, "crio-", ".scope", is_id, "" },
	{ NULL, "libpod-", ".scope", is_id, "" },
	{ NULL, "kubepods-pod", ".slice", is_uid, "pod" },
	{ NULL, "kubepods-burstable-pod", ".slice", is_uid, "pod" },
	{ NULL, "kubepods-besteffort-pod", ".slice", is_uid, "pod" },
	{ NULL, "pod", "", is_uid, "pod" },
	{ NULL, "lxc.payload.", "", is_name, "" },
	{ "lxc", "", "", is_name, "" },
	/* systemd-machined: virtual machines and systemd-nspawn */
	{ "machine.slice", "machine-", ".scope", is_name, "" },
	{ "machine.slice", "systemd-nspawn@", ".service", is_name, "" },
};

static bool begins_with(struct piece piece, const char *text)
{
	size_t len = strlen(text);

	return piece.len >= len && !memcmp(piece.text, text, len);
}

static bool ends_with(struct piece piece, const char *text)
{
	size_t len = strlen(text);

	return piece.len >= len &&
	       !memcmp(piece.text + piece.len - len, text, len);
}

static bool matches(const struct pattern *pattern, struct piece parent,
		    struct piece component, struct piece *ret_name)
{
	const size_t before = strlen(pattern->before);
	const size_t around = before + strlen(pattern->after);

	if (pattern->parent && (parent.len != strlen(pattern->parent) ||
				!begins_with(parent, pattern->parent)))
		return false;
	if (component.len < around ||
	    !begins_with(component, pattern->before) ||
	    !ends_with(component, pattern->after))
		return false;
	*ret_name = (struct piece) {
		component.text + before, component.len - around
	};
	return pattern->is(*ret_name);
}

/* systemd's names have \x2d for a dash, its uids an underscore. */
static void copy_name(const struct pattern *pattern, struct piece name,
		      char *out)
{
	static const char dash[] = "\\x2d";
	const size_t dash_len = sizeof(dash) - 1;

	out = stpcpy(out, pattern->shown_before);
	for (size_t i = 0; i < name.len; i++) {
		struct piece rest = { name.text + i, name.len - i };
		bool escaped = begins_with(rest, dash);

		*out++ = escaped || (pattern->is == is_uid &&
				     *rest.text == '_') ? '-' : *rest.text;
		i += escaped ? dash_len - 1 : 0;
	}
	*out = '\0';
}

static bool find_pattern(struct piece parent, struct piece component,
			 char *name)
{
	struct piece found;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (!matches(&patterns[i], parent, component, &found) ||
		    found.len + strlen(patterns[i].shown_before) >=
		    CONTAINER_SIZE)
			continue;
		copy_name(&patterns[i], found, name);
		return true;
	}
	return false;
}

/* The component that ends before end; empty at the beginning of the path. */
static struct piece component_before(const char *path, const char *end)
{
	const char *slash = end > path ? memrchr(path, '/', end - path) : NULL;
	const char *start = slash ? slash + 1 : path;

	return (struct piece) { start, end - start };
}

bool container_of_path(const char *path, char name[static CONTAINER_SIZE])
{
	struct piece component = component_before(path, path + strlen(path));

	while (component.text > path) {
		struct piece parent = component_before(path,
						       component.text - 1);

		if (find_pattern(parent, component, name))
			return true;
		component = parent;
	}
	return false;
}
