/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose dump is it, and is this vmlinux its own?
 *
 * The build-id decides. Only dumps of kernels before 5.9 do not carry one:
 * there the release must stand in the vmlinux's banner.
 */
#include <string.h>

#include "image/vmcoreinfo.h"
#include "kernel/bind.h"

/* An absent line leaves the buffer empty; it may be missing on old kernels. */
static enum status optional_text(const char *info, const char *key, char *buf,
				 size_t size, struct diag *diag)
{
	enum status st = vmcoreinfo_text(info, key, buf, size, diag);

	return st == ST_ABSENT ? ST_OK : st;
}

/*
 * A kernel that was linked without a build-id tells one of zeros, which all
 * such kernels share; and files are named by it.
 */
static bool is_build_id(const char *text)
{
	size_t len = strlen(text);

	return len >= 16 && len % 2 == 0 &&
	       strspn(text, "0123456789abcdef") == len &&
	       strspn(text, "0") < len;
}

enum status identify_dump(struct kernel *kernel, struct diag *diag)
{
	const char *info = kernel->image->vmcoreinfo;
	enum status st = optional_text(info, "OSRELEASE", kernel->release,
				       sizeof(kernel->release), diag);

	if (st)
		return st;
	st = optional_text(info, "BUILD-ID", kernel->build_id,
			   sizeof(kernel->build_id), diag);
	if (!st && !is_build_id(kernel->build_id))
		kernel->build_id[0] = '\0';
	return st;
}

static bool banner_has_release(const char *banner, const char *release)
{
	static const char prefix[] = "Linux version ";
	size_t len = strlen(release);

	return !strncmp(banner, prefix, sizeof(prefix) - 1) &&
	       !strncmp(banner + sizeof(prefix) - 1, release, len) &&
	       (!len || banner[sizeof(prefix) - 1 + len] == ' ');
}

enum status identify_banner(struct kernel *kernel, const struct facts *facts,
			    struct diag *diag)
{
	char banner[512];
	enum status st;

	st = kernel_read_string(kernel,
				facts->variables[KSYM_LINUX_BANNER].address,
				banner, sizeof(banner));
	if (st)
		return diag_fail(diag, st, "kernel memory cannot be read: %s",
				 kernel->diag.text);
	if (!banner_has_release(banner, kernel->release))
		return diag_fail(diag, ST_CORRUPT,
				 "there is no kernel where VMCOREINFO says: "
				 "linux_banner does not hold the banner of %s",
				 kernel->release);
	return ST_OK;
}

/* Written by the crash itself: a machine that was dumped live has none. */
enum status identify_crash_time(const struct kernel *kernel,
				int64_t *ret_seconds, struct diag *diag)
{
	return vmcoreinfo_number(kernel->image->vmcoreinfo, "CRASHTIME",
				 ret_seconds, diag);
}

/* struct new_utsname, which user space knows as struct utsname. */
enum uts_field {
	UTS_NODENAME = 1,
	UTS_RELEASE = 2,
};

#define UTS_FIELD_SIZE	65

static enum status read_uts_field(struct kernel *kernel, enum uts_field field,
				  char *buf, size_t size, struct diag *diag)
{
	const char *info = kernel->image->vmcoreinfo;
	int64_t name;
	kaddr_t uts_ns;
	enum status st;

	st = vmcoreinfo_hex(info, "SYMBOL(init_uts_ns)", &uts_ns.v, diag);
	if (!st)
		st = vmcoreinfo_number(info, "OFFSET(uts_namespace.name)",
				       &name, diag);
	if (st)
		return st;
	st = kernel_read_string(kernel,
				kaddr_add(uts_ns, name + field * UTS_FIELD_SIZE),
				buf, size < UTS_FIELD_SIZE ? size :
							     UTS_FIELD_SIZE);
	return st ? diag_fail(diag, st, "%s", kernel->diag.text) : ST_OK;
}

enum status identify_host(struct kernel *kernel, char *buf, size_t size,
			  struct diag *diag)
{
	return read_uts_field(kernel, UTS_NODENAME, buf, size, diag);
}

enum status identify_release(struct kernel *kernel, struct diag *diag)
{
	char release[UTS_FIELD_SIZE];
	enum status st = read_uts_field(kernel, UTS_RELEASE, release,
					sizeof(release), diag);

	if (st)
		return st == ST_ABSENT ? ST_OK : st;
	return !strcmp(release, kernel->release) ? ST_OK :
	       diag_fail(diag, ST_CORRUPT, "init_uts_ns does not have the "
			 "release %s", kernel->release);
}

static enum status mismatch(const struct kernel *kernel,
			    struct elf_file *vmlinux, const char *what,
			    const char *its, const char *dumps, bool force,
			    struct diag *diag)
{
	const char *path = elf_file_path(vmlinux);

	if (force) {
		log_step(kernel->log, "%s: %s %s is not the dump's, %s; "
			 "going on because it was forced", path, what, its,
			 dumps);
		return ST_OK;
	}
	return diag_fail(diag, ST_MISMATCH,
			 "%s is of another kernel than the dump: %s %s, the "
			 "dump's is %s", path, what, its, dumps);
}

/* "Linux version 5.10.0-32-amd64 (…" of the vmlinux. ST_ABSENT when stripped. */
static enum status vmlinux_banner(struct elf_file *vmlinux, char *buf,
				  size_t size, struct diag *diag)
{
	struct symbol_want banner = { .name = "linux_banner" };
	const void *bytes;
	size_t len;
	enum status st;

	st = elf_file_symbols(vmlinux, &banner, 1, diag);
	if (st)
		return st;
	if (!banner.found)
		return diag_fail(diag, ST_ABSENT, "no symbol linux_banner");
	st = elf_file_bytes_at(vmlinux, banner.address, size - 1, &bytes, &len,
			       diag);
	if (st)
		return st;
	memcpy(buf, bytes, len);
	buf[len] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return ST_OK;
}

/* Behind the release stands who built it, and where: not to be told of. */
static void cut_builder(char *banner)
{
	char *behind = strstr(banner, " (");

	if (behind)
		*behind = '\0';
}

static enum status match_release(const struct kernel *kernel,
				 struct elf_file *vmlinux, bool force,
				 bool *ret_matched, struct diag *diag)
{
	char banner[512];
	enum status st = vmlinux_banner(vmlinux, banner, sizeof(banner), diag);

	if (st)
		return diag_under(diag, st == ST_ABSENT ? ST_MISMATCH : st,
				  "%s: cannot tell whether it is the dump's",
				  elf_file_path(vmlinux));
	*ret_matched = banner_has_release(banner, kernel->release);
	cut_builder(banner);
	return *ret_matched ? ST_OK :
	       mismatch(kernel, vmlinux, "banner", banner, kernel->release,
			force, diag);
}

static enum status match_build_id(const struct kernel *kernel,
				  struct elf_file *vmlinux, bool force,
				  bool *ret_matched, struct diag *diag)
{
	const char *id = "(none)";
	enum status st = elf_file_build_id(vmlinux, &id, diag);

	if (st && st != ST_ABSENT)
		return st;
	*ret_matched = !st && !strcmp(id, kernel->build_id);
	return *ret_matched ? ST_OK :
	       mismatch(kernel, vmlinux, "build-id", id, kernel->build_id,
			force, diag);
}

enum status identify_match(const struct kernel *kernel,
			   struct elf_file *vmlinux, bool force,
			   bool *ret_matched, struct diag *diag)
{
	if (elf_file_machine(vmlinux) != kernel->arch->elf_machine)
		return diag_fail(diag, ST_MISMATCH,
				 "%s is not for %s, as the dump is",
				 elf_file_path(vmlinux), kernel->arch->name);
	if (kernel->build_id[0])
		return match_build_id(kernel, vmlinux, force, ret_matched,
				      diag);
	return match_release(kernel, vmlinux, force, ret_matched, diag);
}
