/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a file is, by its first bytes.
 */
#ifndef RMAP_INSPECT_CLI_SNIFF_H
#define RMAP_INSPECT_CLI_SNIFF_H

enum file_kind {
	FILE_DUMP,	/* of a format we know */
	FILE_PART,	/* of a dump that was split */
	FILE_KERNEL,	/* an ELF executable: what vmlinux is */
	FILE_UNKNOWN,	/* may be a dump of a format that others know */
	FILE_UNFIT,	/* certainly neither */
	FILE_UNREADABLE,
};

struct sniffed {
	enum file_kind kind;
	/*
	 * In words. "is …" for what can be told, the system's words for
	 * FILE_UNREADABLE. Lives until the next call.
	 */
	const char *words;
};

struct sniffed sniff(const char *path);

#endif
