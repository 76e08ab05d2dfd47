/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sessions: opening, describing, closing. What is asked of them is in query.c.
 */
#include "api/session.h"

#include <stdio.h>
#include <string.h>

#include "api/finding.h"
#include "api/redact.h"
#include "config.h"
#include "mm/path.h"

static const rmi_status public_status[] = {
	[ST_OK] = RMI_OK,
	[ST_NO_MEMORY] = RMI_ERR_NO_MEMORY,
	[ST_INVALID] = RMI_ERR_INVALID,
	[ST_IO] = RMI_ERR_IO,
	[ST_EXCLUDED] = RMI_ERR_EXCLUDED,
	[ST_NO_ADDRESS] = RMI_ERR_NOT_FOUND,
	[ST_CORRUPT] = RMI_ERR_CORRUPT,
	[ST_ABSENT] = RMI_ERR_NOT_FOUND,
	[ST_UNKNOWN] = RMI_ERR_NOT_FOUND,
	[ST_UNSUPPORTED] = RMI_ERR_UNSUPPORTED,
	[ST_MISMATCH] = RMI_ERR_MISMATCH,
	[ST_BUDGET] = RMI_ERR_CORRUPT,
	[ST_STOPPED] = RMI_ERR_CANCELLED,
};

rmi_status session_fail(struct rmi_session *session, enum status st,
			const char *explanation)
{
	cleanup_free char *shown = shown_message(session, explanation);

	(void)diag_fail(&session->diag, st, "%s",
			shown && *shown ? shown : status_text(st));
	return public_status[st];
}

struct rmi_session *rmi_session_new(void)
{
	return calloc(1, sizeof(struct rmi_session));
}

static void known_path_fini(struct known_path *known)
{
	free(known->path);
	free(known->shown);
}

static void forget_paths(struct rmi_session *session)
{
	for (size_t i = 0; i < session->paths.n; i++)
		known_path_fini(&session->paths.items[i]);
	path_vec_fini(&session->paths);
}

void rmi_session_free(struct rmi_session *session)
{
	if (!session)
		return;
	forget_paths(session);
	for (size_t i = 0; i < session->own_files.n; i++)
		free(session->own_files.items[i]);
	text_vec_fini(&session->own_files);
	arena_fini(&session->shown);
	for (size_t i = 0; i < session->objects.n; i++)
		place_object_free(session->objects.items[i]);
	object_vec_fini(&session->objects);
	map_fini(&session->path_of_file);
	memcgs_fini(&session->memcgs);
	files_fini(&session->files);
	gap_view_vec_fini(&session->gap_views);
	gaps_fini(&session->scan_gaps);
	gaps_fini(&session->log_gaps);
	gaps_fini(&session->whole_gaps);
	free(session->task_views);
	surveyor_free(session->surveyor);
	tasks_free(session->tasks);
	kernel_free(session->kernel);
	free(session->core);
	free(session);
}

const char *rmi_session_error(const struct rmi_session *session)
{
	return session->diag.text;
}

/* ---- messages ---- */

static void pass_message(enum log_level level, const char *text, void *arg)
{
	const struct rmi_session *session = arg;
	cleanup_free char *shown = shown_message(session, text);

	session->options.log(level == LOG_STEP ? RMI_LOG_STEP : RMI_LOG_WARNING,
			     shown ? shown : status_text(ST_NO_MEMORY),
			     session->options.arg);
}

static void pass_progress(const char *what, uint64_t done, uint64_t total,
			  void *arg)
{
	const struct rmi_session *session = arg;

	session->options.progress(what, done, total, session->options.arg);
}

static bool pass_cancelled(void *arg)
{
	const struct rmi_session *session = arg;

	return session->options.cancelled(session->options.arg);
}

static void set_log(struct rmi_session *session)
{
	session->log = (struct log) {
		.write = session->options.log ? pass_message : NULL,
		.steps = session->options.log_steps,
		.progress = session->options.progress ? pass_progress : NULL,
		.cancelled = session->options.cancelled ? pass_cancelled : NULL,
		.arg = session,
	};
}

/* ---- opening ---- */

/*
 * A caller built against a newer header may pass a larger struct; what we do
 * not know of it must be zero, or it asks for something that we cannot do.
 */
bool copy_sized(void *to, size_t to_size, const void *from)
{
	const unsigned char *bytes = from;
	size_t size;

	memcpy(&size, from, sizeof(size));
	if (size < sizeof(size))
		return false;
	for (size_t i = to_size; i < size; i++)
		if (bytes[i])
			return false;
	memset(to, 0, to_size);
	memcpy(to, from, size < to_size ? size : to_size);
	return true;
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static void describe_sources(struct rmi_session *session)
{
	for (size_t i = 0; i < session->kernel->n_trials; i++) {
		const struct trial *trial = &session->kernel->trials[i];

		session->source_views[i] = (struct rmi_layout_source) {
			.name = trial->source,
			.served = trial->served,
			.declined = trial->served ? NULL : trial->why.text,
		};
	}
}

static const char *vmcoreinfo_from(const struct kernel *kernel)
{
	static const char *const names[] = {
		[FROM_DUMP] = "dump",
		[FROM_CPU] = "cpu",
		[FROM_SEARCH] = "search",
	};

	return kernel->image->vmcoreinfo ? names[kernel->vmcoreinfo_from] :
					   NULL;
}

/* Also of a kernel that could not be bound: as far as that came. */
static enum status describe(struct rmi_session *session)
{
	const struct kernel *kernel = session->kernel;
	const char *vmlinux = NULL, *vmlinux_id = NULL;

	if (kernel->vmlinux) {
		vmlinux = elf_file_path(kernel->vmlinux);
		(void)!elf_file_build_id(kernel->vmlinux, &vmlinux_id, NULL);
	}
	describe_sources(session);
	session->source = (struct rmi_source) {
		.core = session->core,
		.format = kernel->image->format,
		.architecture = kernel->image->architecture,
		.release = or_null(kernel->release),
		.build_id = or_null(kernel->build_id),
		.vmlinux = vmlinux,
		.vmlinux_build_id = vmlinux_id,
		.n_sources = kernel->n_trials,
		.sources = session->source_views,
		.layouts = or_null(kernel->facts.layouts_from),
		.symbols = or_null(kernel->facts.symbols_from),
		.incomplete = kernel->image->incomplete,
		.matched = kernel->matched,
		.has_kaslr_offset = kernel->has_kaslr_offset,
		.kaslr_offset = kernel->kaslr_offset,
		.has_phys_base = kernel->has_phys_base,
		.phys_base = kernel->phys_base,
		.page_size = kernel->image->guesses_pages ? 0 :
			     1ULL << kernel->image->page_shift,
		.vmcoreinfo_from = vmcoreinfo_from(kernel),
		.has_vmcoreinfo_address = kernel->vmcoreinfo_from != FROM_DUMP,
		.vmcoreinfo_address = kernel->vmcoreinfo_at.v,
	};
	return redact_source(session);
}

#define LIVE_CORE	"/proc/kcore"

/* A dump may be larger than memory, where /tmp often is. */
#define DEFAULT_TMPDIR	"/var/tmp"

static enum status open_paths(struct rmi_session *session,
			      const struct image_options *options,
			      struct image **ret_image, struct diag *diag)
{
	const char *const *parts = session->options.parts;
	cleanup_free const char **paths = NULL;
	size_t n = 1;

	while (parts && parts[n - 1])
		n++;
	paths = calloc(n, sizeof(*paths));
	if (!paths)
		return diag_no_memory(diag);
	paths[0] = session->core;
	for (size_t i = 1; i < n; i++)
		paths[i] = parts[i - 1];
	return image_open(paths, n, options, ret_image, diag);
}

static enum status open_image(struct rmi_session *session,
			      struct image **ret_image, struct diag *diag)
{
	const struct rmi_open_options *asked = &session->options;
	const struct image_options options = {
		.tmpdir = asked->tmpdir ? asked->tmpdir : DEFAULT_TMPDIR,
		.log = &session->log,
	};

	if (asked->live)
		return image_open_live(session->core, ret_image, diag);
	if (asked->n_core_fds)
		return image_open_fds(asked->core_fds, asked->n_core_fds,
				      &options, ret_image, diag);
	if (asked->core_bytes)
		return image_open_bytes(asked->core_bytes, asked->core_size,
					&options, ret_image, diag);
	return open_paths(session, &options, ret_image, diag);
}

static enum status open_kernel(struct rmi_session *session, struct diag *diag)
{
	struct kernel_options options = {
		.vmlinux = session->options.vmlinux,
		.btf = session->options.btf,
		.system_map = session->options.system_map,
		.debug_dirs = session->options.debug_dirs,
		.debuginfod = session->options.debuginfod,
		.cache_dir = session->options.cache_dir,
		.force = session->options.force,
		.redact = session->options.redact,
		.log = &session->log,
	};
	struct image *image;
	enum status st = open_image(session, &image, diag);

	if (st)
		return st;
	log_step(&session->log, "%s: %s, %s", session->core, image->format,
		 image->architecture ? image->architecture :
		 "architecture not known");
	session->kernel = kernel_new(image);
	if (!session->kernel) {
		image_free(image);
		return diag_no_memory(diag);
	}
	st = kernel_bind(session->kernel, &options, diag);
	session->bound = !st;
	if (describe(session)) {
		session->source = (struct rmi_source) { 0 };
		return diag_no_memory(diag);
	}
	return st ? diag_under(diag, st, "%s", session->core) : ST_OK;
}

static bool names_one_core(const struct rmi_open_options *options)
{
	return !!options->core + !!options->n_core_fds +
	       !!options->core_bytes + options->live == 1;
}

/* What to call it. NULL: out of memory. */
static char *name_core(const struct rmi_open_options *options)
{
	char name[32] = "memory";

	if (options->live)
		return strdup(LIVE_CORE);
	if (options->core)
		return strdup(options->core);
	if (options->n_core_fds)
		snprintf(name, sizeof(name), "descriptor %d",
			 options->core_fds[0]);
	return strdup(name);
}

rmi_status rmi_session_open(struct rmi_session *session,
			    const struct rmi_open_options *opts)
{
	struct diag diag = { "" };
	enum status st;

	if (session->core)
		return session_fail(session, ST_INVALID,
				    "the session is in use already");
	if (!copy_sized(&session->options, sizeof(session->options), opts) ||
	    !names_one_core(&session->options))
		return session_fail(session, ST_INVALID,
				    "options that this library does not know, "
				    "or not just one of a dump's path, its "
				    "descriptors, its bytes, and live");
	session->core = name_core(&session->options);
	if (!session->core || redact_options(session))
		return session_fail(session, ST_NO_MEMORY, "");
	set_log(session);
	st = open_kernel(session, &diag);
	return st ? session_fail(session, st, diag.text) : RMI_OK;
}

/* ---- the same for another thread ---- */

static enum status copy_own_files(const struct rmi_session *session,
				  struct rmi_session *clone)
{
	for (size_t i = 0; i < session->own_files.n; i++) {
		char *copy = strdup(session->own_files.items[i]);

		if (!copy || text_vec_push(&clone->own_files, copy)) {
			free(copy);
			return ST_NO_MEMORY;
		}
	}
	return ST_OK;
}

/* What a clone of the kernel does not have any more. */
static enum status copy_vmlinux(const struct rmi_source *source,
				struct rmi_session *clone)
{
	if (!source->vmlinux)
		return ST_OK;
	clone->source.vmlinux = arena_strdup(&clone->shown, source->vmlinux);
	if (!source->vmlinux_build_id)
		return clone->source.vmlinux ? ST_OK : ST_NO_MEMORY;
	clone->source.vmlinux_build_id = arena_strdup(&clone->shown,
						      source->vmlinux_build_id);
	return clone->source.vmlinux && clone->source.vmlinux_build_id ?
	       ST_OK : ST_NO_MEMORY;
}

/* Of the options, what is used after opening. */
static struct rmi_open_options lasting_options(const struct rmi_session *session)
{
	const struct rmi_open_options *options = &session->options;

	return (struct rmi_open_options) {
		.size = options->size,
		.log_steps = options->log_steps,
		.log = options->log,
		.progress = options->progress,
		.arg = options->arg,
		.cancelled = options->cancelled,
		.redact = options->redact,
		.live = options->live,
	};
}

static enum status fill_clone(struct rmi_session *session,
			      struct rmi_session *clone)
{
	enum status st;

	clone->options = lasting_options(session);
	clone->core = strdup(session->core);
	if (!clone->core || copy_own_files(session, clone))
		return diag_no_memory(&session->kernel->diag);
	set_log(clone);
	st = kernel_clone(session->kernel, &clone->kernel);
	if (st)
		return st;
	clone->kernel->log = &clone->log;
	clone->bound = true;
	if (describe(clone) || copy_vmlinux(&session->source, clone))
		return diag_no_memory(&session->kernel->diag);
	return ST_OK;
}

rmi_status rmi_session_clone(struct rmi_session *session,
			     struct rmi_session **ret_clone)
{
	struct rmi_session *clone;
	enum status st;

	if (!session->bound)
		return session_fail(session, ST_INVALID,
				    "no dump has been opened");
	clone = rmi_session_new();
	if (!clone)
		return session_fail(session, ST_NO_MEMORY, "");
	st = fill_clone(session, clone);
	if (st) {
		rmi_session_free(clone);
		return session_fail(session, st, session->kernel->diag.text);
	}
	*ret_clone = clone;
	return RMI_OK;
}

const struct rmi_source *rmi_session_source(const struct rmi_session *session)
{
	return &session->source;
}

const char *rmi_version(void)
{
	return PACKAGE_VERSION;
}

/* ---- tasks and gaps ---- */

static enum status make_task_views(struct rmi_session *session)
{
	const struct tasks *tasks = session->tasks;
	size_t n = 0;

	for (size_t i = 0; i < tasks->n_mms; i++)
		n += tasks->mms[i].n_processes;
	session->task_views = calloc(n ? n : 1, sizeof(*session->task_views));
	if (!session->task_views)
		return diag_no_memory(&session->kernel->diag);
	for (size_t i = 0; i < n; i++)
		session->task_views[i] = (struct rmi_task) {
			.pid = tasks->processes[i].pid,
			.comm = tasks->processes[i].has_comm ?
				tasks->processes[i].comm : NULL,
		};
	return ST_OK;
}

enum status session_need_tasks(struct rmi_session *session)
{
	enum status st;

	if (session->task_views)
		return ST_OK;
	if (!session->tasks) {
		st = tasks_read(session->kernel, &session->tasks);
		if (st)
			return st;
		log_step(&session->log, "%zu address spaces in use",
			 session->tasks->n_mms);
	}
	if (!session->surveyor)
		session->surveyor = surveyor_new(session->kernel,
						 session->tasks);
	if (!session->surveyor)
		return diag_no_memory(&session->kernel->diag);
	return make_task_views(session);
}

const struct rmi_task *session_tasks_of(const struct rmi_session *session,
					kaddr_t mm, size_t *ret_n)
{
	const struct user_mm *user = tasks_of_mm(session->tasks, mm);

	*ret_n = user ? user->n_processes : 0;
	return user ? session->task_views +
		      (user->processes - session->tasks->processes) : NULL;
}

static bool has_process(const struct user_mm *mm, uint32_t pid)
{
	for (size_t i = 0; i < mm->n_processes; i++)
		if (mm->processes[i].pid == pid)
			return true;
	return false;
}

enum status session_find_mm(struct rmi_session *session, uint32_t pid,
			    kaddr_t *ret_mm)
{
	const struct tasks *tasks = session->tasks;

	for (size_t i = 0; i < tasks->n_mms; i++) {
		if (!has_process(&tasks->mms[i], pid))
			continue;
		*ret_mm = tasks->mms[i].mm;
		return ST_OK;
	}
	return diag_fail(&session->kernel->diag, ST_NO_ADDRESS,
			 "no process %u has user memory%s", pid,
			 gaps_count(&tasks->gaps) ? ", as far as the task "
			 "list can be seen" : "");
}

enum status append_gap_views(struct gap_view_vec *views,
			     const struct gaps *gaps)
{
	static const struct rmi_gap more = {
		"further gaps", "not listed", "there are too many of them",
	};
	enum status st = ST_OK;

	for (size_t i = 0; i < gaps->list.n && !st; i++) {
		const struct gap *gap = &gaps->list.items[i];

		st = gap_view_vec_push(views, (struct rmi_gap) {
					gap->what, gap->where, gap->why });
	}
	if (!st && gaps->n_unlisted)
		st = gap_view_vec_push(views, more);
	return st;
}

const struct rmi_gap *rmi_session_gaps(struct rmi_session *session,
				       size_t *ret_n)
{
	static const struct rmi_gap out_of_memory = {
		"gaps", "the session's list", "out of memory",
	};

	session->gap_views.n = 0;
	*ret_n = 0;
	if ((session->tasks && append_gap_views(&session->gap_views,
						&session->tasks->gaps)) ||
	    append_gap_views(&session->gap_views, &session->scan_gaps) ||
	    append_gap_views(&session->gap_views, &session->log_gaps)) {
		*ret_n = 1;
		return &out_of_memory;
	}
	*ret_n = session->gap_views.n;
	return session->gap_views.items;
}

/* ---- paths ---- */

static enum status store_path(struct rmi_session *session, kaddr_t file,
			      const char *path)
{
	struct known_path known = {
		strdup(path), shown_path(session->kernel, path)
	};
	bool added;

	if (!known.path || !known.shown ||
	    path_vec_push(&session->paths, known)) {
		known_path_fini(&known);
		return ST_NO_MEMORY;
	}
	return map_add(&session->path_of_file, file.v, session->paths.n - 1,
		       &added);
}

static const struct known_path *find_path(const struct rmi_session *session,
					  kaddr_t file)
{
	const uint64_t *place = map_find(&session->path_of_file, file.v);

	return place ? &session->paths.items[*place] : NULL;
}

/* *ret_known NULL: there is none. Lives until the next call. */
static enum status need_path(struct rmi_session *session, kaddr_t file,
			     struct gaps *gaps,
			     const struct known_path **ret_known)
{
	struct diag *diag = &session->kernel->diag;
	char path[PATH_SIZE];

	*ret_known = file.v ? find_path(session, file) : NULL;
	if (*ret_known || !file.v)
		return ST_OK;
	if (path_of_file(session->kernel, file, path)) {
		gaps_addf(gaps, "path", diag->text, "file %#llx",
			  (unsigned long long)file.v);
		return ST_OK;
	}
	if (store_path(session, file, path))
		return diag_no_memory(diag);
	*ret_known = find_path(session, file);
	return ST_OK;
}

enum status session_path(struct rmi_session *session, kaddr_t file,
			 struct gaps *gaps, const char **ret_path)
{
	const struct known_path *known;
	enum status st = need_path(session, file, gaps, &known);

	*ret_path = known ? known->shown : NULL;
	return st;
}

enum status session_true_path(struct rmi_session *session, kaddr_t file,
			      struct gaps *gaps, const char **ret_path)
{
	const struct known_path *known;
	enum status st = need_path(session, file, gaps, &known);

	*ret_path = known ? known->path : NULL;
	return st;
}
