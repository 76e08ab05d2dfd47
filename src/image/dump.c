/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An image in a dump file, read by libkdumpfile.
 *
 * Only physical reads are asked of the library. It can translate virtual
 * addresses too, but with the tables of the wrong kernel at times (a dump
 * taken while the capture kernel started: drgn pull request 617), and its
 * set-up for that costs more than our whole answer.
 */
#include "image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/vec.h"
#include "image/dump_file.h"
#include "image/flat.h"
#include "image/machine.h"
#include "image/vmcoreinfo.h"

DEFINE_VEC(input_vec, struct dump_input)

struct dump_image {
	struct image image;
	kdump_ctx_t *ctx;
	unsigned int n_failed;		/* reads of this context */
	struct input_vec inputs;
	struct dump_file *file;
	char *vmcoreinfo;
	char *format;
	char *architecture;
};

static struct dump_image *to_dump(struct image *image)
{
	return (struct dump_image *)image;
}

struct failure {
	enum status st;
	const char *words;
};

static const struct failure failures[] = {
	[KDUMP_ERR_SYSTEM] = { ST_IO, "read error" },
	[KDUMP_ERR_NOTIMPL] = { ST_UNSUPPORTED, "not supported" },
	[KDUMP_ERR_NODATA] = { ST_NO_ADDRESS, "not in the dump" },
	[KDUMP_ERR_CORRUPT] = { ST_CORRUPT, "damaged in the dump" },
	[KDUMP_ERR_INVALID] = { ST_CORRUPT, "damaged in the dump" },
	[KDUMP_ERR_NOKEY] = { ST_UNSUPPORTED, "not known for this dump" },
	[KDUMP_ERR_EOF] = { ST_CORRUPT, "past the end of the dump file, "
					"which was cut short" },
	[KDUMP_ERR_BUSY] = { ST_IO, "library busy" },
	[KDUMP_ERR_ADDRXLAT] = { ST_UNSUPPORTED, "cannot be translated" },
};

/* The library has no status for it, but leaves errno as malloc() set it. */
static bool is_out_of_memory(kdump_status kst)
{
	return kst == KDUMP_ERR_SYSTEM && errno == ENOMEM;
}

static struct failure failure_of(kdump_status kst)
{
	if (is_out_of_memory(kst))
		return (struct failure) { ST_NO_MEMORY, "out of memory" };
	if (kst < 0 || (size_t)kst >= sizeof(failures) / sizeof(failures[0]))
		return (struct failure) { ST_IO, "unknown library error" };
	return failures[kst];
}

/* Whether the dump counts this frame as RAM, left out or not. */
static bool is_ram(struct dump_image *dump, pfn_t pfn)
{
	const uint64_t block = pfn.v >> dump->file->block_order;
	kdump_attr_t attr;
	unsigned char byte = 0;

	if (kdump_get_attr(dump->ctx, KDUMP_ATTR_MEMORY_PAGEMAP, &attr) ||
	    attr.type != KDUMP_BITMAP)
		return false;
	return kdump_bmp_get_bits(attr.val.bitmap, block, block,
				  &byte) == KDUMP_OK && (byte & 1);
}

static enum status explain_read(struct dump_image *dump, pfn_t pfn,
				kdump_status kst, struct diag *diag)
{
	struct failure failure = failure_of(kst);

	if (kst == KDUMP_ERR_NODATA && is_ram(dump, pfn))
		failure = (struct failure) { ST_EXCLUDED,
					     "excluded from the dump" };
	kdump_clear_err(dump->ctx);
	return diag_fail(diag, failure.st, "frame %#llx: %s",
			 (unsigned long long)pfn.v, failure.words);
}

/* ---- the library ---- */

/*
 * The library's own cache, in front of which stands ours (image.c). Its
 * default, 1024 pages, does not stay in the processor's; much fewer than this
 * unpack pages again that have lost their place in ours.
 */
#define LIBRARY_PAGES	256

/*
 * The library takes the page size of VMCOREINFO for that of the file's blocks,
 * too, and of arm64 without it has none, and divides by it (0.5.1).
 */
static kdump_status set_unit(kdump_ctx_t *ctx, const struct dump_file *file,
			     unsigned int page_shift)
{
	const unsigned int wanted = file->block_shift ? file->block_shift :
							page_shift;
	kdump_num_t shift;

	if (!wanted ||
	    (kdump_get_number_attr(ctx, KDUMP_ATTR_PAGE_SHIFT,
				   &shift) == KDUMP_OK && shift == wanted))
		return KDUMP_OK;
	kdump_clear_err(ctx);
	errno = 0;
	return kdump_set_number_attr(ctx, KDUMP_ATTR_PAGE_SHIFT, wanted);
}

static enum status open_context(struct dump_image *dump, struct diag *diag)
{
	const struct dump_file *file = dump->file;
	kdump_status kst;

	errno = 0;
	dump->ctx = kdump_new();
	if (!dump->ctx)
		return diag_no_memory(diag);
	/* A mapped file reads as zeros in its last page and kills behind it. */
	kst = kdump_set_number_attr(dump->ctx, KDUMP_ATTR_FILE_MMAP_POLICY,
				    KDUMP_MMAP_NEVER);
	if (kst == KDUMP_OK)
		kst = kdump_set_number_attr(dump->ctx, "cache.size",
					    LIBRARY_PAGES);
	if (kst == KDUMP_OK)
		kst = file->fds ?
		      kdump_open_fdset(dump->ctx, file->n_fds, file->fds) :
		      kdump_open_fd(dump->ctx, file->fd);
	if (kst == KDUMP_OK)
		kst = set_unit(dump->ctx, file, file->page_shift);
	if (is_out_of_memory(kst)) {
		/* Half-made as it is, kdump_free() would kill (0.5.1). */
		dump->ctx = NULL;
		return diag_no_memory(diag);
	}
	if (kst != KDUMP_OK)
		return diag_fail(diag, failure_of(kst).st == ST_CORRUPT ?
				 ST_CORRUPT : ST_UNSUPPORTED,
				 "not a dump that can be read: %s",
				 kdump_get_err(dump->ctx));
	return ST_OK;
}

/* ---- reading ---- */

/*
 * 64 pages that cannot be unpacked, and the next read kills (0.5.1: each keeps
 * something of the library's). With a new context it is as before.
 */
#define MAX_FAILED	32u

static bool is_damage(kdump_status kst)
{
	return kst != KDUMP_OK && kst != KDUMP_ERR_NODATA;
}

static enum status renew_context(struct dump_image *dump, struct diag *diag)
{
	kdump_ctx_t *old = dump->ctx;
	enum status st;

	if (dump->n_failed < MAX_FAILED)
		return ST_OK;
	st = open_context(dump, diag);
	if (st) {
		if (dump->ctx)
			kdump_free(dump->ctx);
		dump->ctx = old;
		return st;
	}
	kdump_free(old);
	dump->n_failed = 0;
	return ST_OK;
}

static enum status read_by_library(struct dump_image *dump, pfn_t pfn,
				   void *buf, struct diag *diag)
{
	const unsigned int page_shift = dump->image.page_shift;
	const size_t page_size = (size_t)1 << page_shift;
	size_t len = page_size;
	kdump_status kst;
	enum status st = renew_context(dump, diag);

	if (st)
		return st;
	errno = 0;
	kst = kdump_read(dump->ctx, KDUMP_MACHPHYSADDR,
			 pfn.v << page_shift, buf, &len);
	dump->n_failed += is_damage(kst);
	if (kst != KDUMP_OK)
		return explain_read(dump, pfn, kst, diag);
	if (len != page_size)
		return explain_read(dump, pfn, KDUMP_ERR_EOF, diag);
	return ST_OK;
}

static enum status read_plain(struct dump_image *dump, pfn_t pfn,
			      uint64_t offset, void *buf, struct diag *diag)
{
	const ssize_t page_size = (ssize_t)1 << dump->image.page_shift;
	ssize_t n = pread(dump->file->fd, buf, page_size, offset);

	if (n == page_size)
		return ST_OK;
	return explain_read(dump, pfn, n < 0 ? KDUMP_ERR_SYSTEM :
			    KDUMP_ERR_EOF, diag);
}

/*
 * The library is not asked for what was left out: once its cache has been full
 * for a while, a frame that it does not find can cost it a buffer, and the next
 * read kills (0.5.1).
 *
 * Without mmap() the library takes ten times as long for a page of a plain
 * file as reading it does (0.5.1: it looks through its cache from the start).
 */
static enum status dump_read_page(struct image *image, pfn_t pfn, void *buf,
				  struct diag *diag)
{
	struct dump_image *dump = to_dump(image);
	uint64_t offset;
	enum status st;

	if (pfn.v > UINT64_MAX >> image->page_shift)
		return diag_fail(diag, ST_NO_ADDRESS,
				 "frame %#llx: beyond the address space",
				 (unsigned long long)pfn.v);
	st = dump_file_check_frame(dump->file, pfn, diag);
	if (st)
		return diag_under(diag, st, "frame %#llx",
				  (unsigned long long)pfn.v);
	if (dump_file_lacks_frame(dump->file, pfn))
		return explain_read(dump, pfn, KDUMP_ERR_NODATA, diag);
	return dump_file_frame_offset(dump->file, pfn, &offset) ?
	       read_plain(dump, pfn, offset, buf, diag) :
	       read_by_library(dump, pfn, buf, diag);
}

/* ---- many pages at once ---- */

/* More share the library's locks than gain from each other. */
#define MAX_READERS	4

/* Fewer pages than this are not worth a thread. */
#define LEAST_PAGES	32u

/* One of several, each with a context of its own on the same dump. */
struct reader {
	struct dump_image *dump;
	kdump_ctx_t *ctx;
	struct image_request *requests;
	size_t n;
	size_t number, n_readers;
	pthread_t thread;
};

static bool read_request(struct reader *reader, struct image_request *request)
{
	struct dump_image *dump = reader->dump;
	const size_t page_size = (size_t)1 << dump->image.page_shift;
	size_t len = page_size;
	kdump_status kst = kdump_read(reader->ctx, KDUMP_MACHPHYSADDR,
				      request->pfn.v << dump->image.page_shift,
				      request->bytes, &len);

	if (is_damage(kst))
		__atomic_fetch_add(&dump->n_failed, 1, __ATOMIC_RELAXED);
	return kst == KDUMP_OK && len == page_size;
}

/*
 * No two readers read the same block: both would unpack it into the same place
 * of the cache that they share, and Snappy writes there what is not final while
 * the other one copies (0.5.1).
 */
static bool is_for(const struct reader *reader,
		   const struct image_request *request)
{
	uint64_t block = request->pfn.v >> reader->dump->file->block_order;

	return block % reader->n_readers == reader->number;
}

/* The readers' contexts share what a failure keeps. */
static bool has_failed_enough(struct dump_image *dump)
{
	return __atomic_load_n(&dump->n_failed, __ATOMIC_RELAXED) >=
	       MAX_FAILED;
}

static void *read_requests(void *arg)
{
	struct reader *reader = arg;

	for (size_t i = 0;
	     i < reader->n && !has_failed_enough(reader->dump); i++)
		if (reader->requests[i].possible &&
		    is_for(reader, &reader->requests[i]))
			reader->requests[i].done =
				read_request(reader, &reader->requests[i]);
	kdump_clear_err(reader->ctx);
	return NULL;
}

/* Before there are several threads: struct dump_file is used by one. */
static void rule_out(struct dump_image *dump, struct image_request *requests,
		     size_t n)
{
	const uint64_t last = UINT64_MAX >> dump->image.page_shift;

	for (size_t i = 0; i < n; i++)
		requests[i].possible =
			requests[i].pfn.v <= last &&
			!dump_file_check_frame(dump->file, requests[i].pfn,
					       NULL) &&
			!dump_file_lacks_frame(dump->file, requests[i].pfn);
}

static size_t count_readers(size_t n_requests)
{
	size_t n = sysconf(_SC_NPROCESSORS_ONLN);

	if (n > MAX_READERS)
		n = MAX_READERS;
	return n < n_requests / LEAST_PAGES ? n : n_requests / LEAST_PAGES;
}

/* What cannot be done side by side is left for later, when it is asked for. */
static void dump_read_ahead(struct image *image,
			    struct image_request *requests, size_t n)
{
	struct reader readers[MAX_READERS];
	size_t n_wanted = count_readers(n), n_started = 0;

	if (!to_dump(image)->file->compressed || n_wanted < 2)
		return;
	rule_out(to_dump(image), requests, n);
	for (; n_started < n_wanted; n_started++) {
		struct reader *reader = &readers[n_started];

		*reader = (struct reader) {
			.dump = to_dump(image),
			.ctx = kdump_clone(to_dump(image)->ctx, 0),
			.requests = requests,
			.n = n,
			.number = n_started,
			.n_readers = n_wanted,
		};
		if (!reader->ctx)
			break;
		if (!pthread_create(&reader->thread, NULL, read_requests,
				    reader))
			continue;
		kdump_free(reader->ctx);
		break;
	}
	while (n_started--) {
		pthread_join(readers[n_started].thread, NULL);
		kdump_free(readers[n_started].ctx);
	}
}

/* ---- looking for pages ---- */

static bool dump_next_frames(struct image *image, pfn_t from,
			     struct image_frames *ret_frames)
{
	return dump_file_next_frames(to_dump(image)->file, from, ret_frames);
}

static bool dump_peek(struct image *image, pfn_t pfn, void *buf, size_t len)
{
	struct dump_file *file = to_dump(image)->file;
	uint64_t offset;

	return !dump_file_check_frame(file, pfn, NULL) &&
	       dump_file_frame_offset(file, pfn, &offset) &&
	       pread(file->fd, buf, len, offset) == (ssize_t)len;
}

/* ---- what else it tells ---- */

static enum status dump_cpus(struct image *image, struct image_cpu_vec *cpus,
			     struct diag *diag)
{
	return dump_file_cpus(to_dump(image)->file, cpus, diag);
}

static enum status dump_describe(struct image *image,
				 struct image_contents *contents,
				 struct diag *diag)
{
	return dump_file_describe(to_dump(image)->file, contents, diag);
}

static void inputs_fini(struct input_vec *inputs)
{
	for (size_t i = 0; i < inputs->n; i++) {
		close(inputs->items[i].fd);
		flat_map_put(inputs->items[i].map);
		free((char *)inputs->items[i].name);
	}
	input_vec_fini(inputs);
}

static void dump_free(struct image *image)
{
	struct dump_image *dump = to_dump(image);

	if (dump->ctx)
		kdump_free(dump->ctx);
	dump_file_free(dump->file);
	inputs_fini(&dump->inputs);
	free(dump->vmcoreinfo);
	free(dump->format);
	free(dump->architecture);
	image_fini(image);
	free(dump);
}

/* A copy of a string attribute; *ret_copy stays NULL when there is none. */
static enum status copy_string_attr(kdump_ctx_t *ctx, const char *key,
				    char **ret_copy, struct diag *diag)
{
	const char *value;
	char *copy;

	if (kdump_get_string_attr(ctx, key, &value) != KDUMP_OK) {
		kdump_clear_err(ctx);
		return ST_OK;
	}
	copy = strdup(value);
	if (!copy)
		return diag_no_memory(diag);
	*ret_copy = copy;
	return ST_OK;
}

/*
 * The raw blob, since kdump_vmcoreinfo_raw() wants the OS type to be set
 * first, which starts the library's own translation. A dump without VMCOREINFO
 * is a real case: it is then left NULL.
 */
static enum status copy_vmcoreinfo(struct dump_image *dump, struct diag *diag)
{
	kdump_attr_t attr;
	const void *bytes;

	if (kdump_get_attr(dump->ctx, "linux.vmcoreinfo.raw", &attr) ||
	    attr.type != KDUMP_BLOB) {
		kdump_clear_err(dump->ctx);
		return ST_OK;
	}
	bytes = kdump_blob_pin(attr.val.blob);
	dump->vmcoreinfo = strndup(bytes, kdump_blob_size(attr.val.blob));
	kdump_blob_unpin(attr.val.blob);
	return dump->vmcoreinfo ? ST_OK : diag_no_memory(diag);
}

/* 0: it does not know. */
static unsigned int library_page_shift(const struct dump_image *dump)
{
	kdump_num_t shift;

	if (kdump_get_number_attr(dump->ctx, KDUMP_ATTR_PAGE_SHIFT,
				  &shift) == KDUMP_OK)
		return shift;
	kdump_clear_err(dump->ctx);
	return 0;
}

/* What QEMU writes where it has no name of its own for the machine. */
#define NO_MACHINE	"Unknown"

/*
 * QEMU fills in nothing of the kernel's names but the machine, and then the
 * library believes none of them.
 */
static enum status find_architecture(struct dump_image *dump,
				     struct diag *diag)
{
	const char *machine = dump->file->machine;
	enum status st = copy_string_attr(dump->ctx, KDUMP_ATTR_ARCH_NAME,
					  &dump->architecture, diag);

	if (st || dump->architecture || !machine[0] ||
	    !strcmp(machine, NO_MACHINE))
		return st;
	dump->architecture = strdup(machine);
	return dump->architecture ? ST_OK : diag_no_memory(diag);
}

static enum status describe(struct dump_image *dump, struct diag *diag)
{
	enum status st;

	st = copy_string_attr(dump->ctx, KDUMP_ATTR_FILE_FORMAT,
			      &dump->format, diag);
	if (!st)
		st = find_architecture(dump, diag);
	if (!st)
		st = copy_vmcoreinfo(dump, diag);
	if (st)
		return st;
	dump->image.format = dump->format ? dump->format : "dump";
	dump->image.vmcoreinfo = dump->vmcoreinfo;
	return ST_OK;
}

static enum status open_file(struct dump_image *dump, struct diag *diag)
{
	enum status st = dump_file_open(dump->inputs.items, dump->inputs.n,
					&dump->file, diag);

	if (!st)
		dump->image.incomplete = dump->file->incomplete;
	return st;
}

static const struct image_ops dump_ops;

/* ---- which pages ---- */

static enum status dump_set_page_shift(struct image *image,
				       unsigned int page_shift,
				       struct diag *diag)
{
	struct dump_image *dump = to_dump(image);
	struct dump_file *file = dump->file;
	kdump_status kst;

	if (file->block_shift && page_shift > file->block_shift)
		return diag_fail(diag, ST_CORRUPT, "pages of 2^%u bytes in "
				 "blocks of 2^%u", page_shift,
				 file->block_shift);
	kst = set_unit(dump->ctx, file, page_shift);
	if (is_out_of_memory(kst))
		return diag_no_memory(diag);
	if (kst != KDUMP_OK)
		return diag_fail(diag, ST_UNSUPPORTED, "pages of 2^%u bytes: "
				 "%s", page_shift, kdump_get_err(dump->ctx));
	dump_file_set_page_shift(file, page_shift);
	return ST_OK;
}

/* As far as the file tells. */
static struct machine told_machine(const struct dump_image *dump)
{
	const unsigned int block_shift = dump->file->block_shift;
	struct machine machine = machine_told(dump->vmcoreinfo);

	if (dump->architecture)
		machine.architecture = dump->architecture;
	if (!machine.page_shift && machine_has_one_size(&machine))
		machine.page_shift = library_page_shift(dump);
	if (block_shift && machine.page_shift > block_shift)
		machine.page_shift = block_shift;
	return machine;
}

static enum status set_up_pages(struct dump_image *dump,
				unsigned int page_shift, struct diag *diag)
{
	enum status st;

	dump->image.guesses_pages = !page_shift;
	if (!page_shift)
		page_shift = LEAST_PAGE_SHIFT;
	if (page_shift < LEAST_PAGE_SHIFT || page_shift > MOST_PAGE_SHIFT)
		return diag_fail(diag, ST_CORRUPT, "page size of 2^%u bytes",
				 page_shift);
	st = dump_set_page_shift(&dump->image, page_shift, diag);
	return st ? st : image_init(&dump->image, &dump_ops, page_shift, diag);
}

static enum status set_architecture(struct dump_image *dump,
				    const char *architecture,
				    struct diag *diag)
{
	if (architecture && !dump->architecture) {
		dump->architecture = strdup(architecture);
		if (!dump->architecture)
			return diag_no_memory(diag);
	}
	dump->image.architecture = dump->architecture;
	return ST_OK;
}

/* known: of the same dump, opened once more; or NULL. */
static enum status open_image(struct dump_image *dump,
			      const struct machine *known, struct diag *diag)
{
	struct machine machine;
	enum status st = open_context(dump, diag);

	if (!st)
		st = describe(dump, diag);
	if (!st) {
		machine = known ? *known : told_machine(dump);
		st = set_up_pages(dump, machine.page_shift, diag);
	}
	if (!st)
		st = set_architecture(dump, machine.architecture, diag);
	return st ? diag_under(diag, st, "%s", dump->inputs.items[0].name) :
		    ST_OK;
}

/* Takes inputs over, which become empty. */
static enum status open_inputs(struct input_vec *inputs,
			       const struct machine *known,
			       struct image **ret_image, struct diag *diag)
{
	struct dump_image *dump = calloc(1, sizeof(*dump));
	enum status st;

	if (!dump)
		return diag_no_memory(diag);
	dump->inputs = *inputs;
	*inputs = (struct input_vec) { 0 };
	st = open_file(dump, diag);
	if (!st)
		st = open_image(dump, known, diag);
	if (st) {
		dump_free(&dump->image);
		return st;
	}
	*ret_image = &dump->image;
	return ST_OK;
}

/* Takes input over, but for its name. */
static enum status add_input(struct input_vec *inputs,
			     struct dump_input input, struct diag *diag)
{
	char *name = strdup(input.name);

	input.name = name;
	if (name && !input_vec_push(inputs, input))
		return ST_OK;
	free(name);
	close(input.fd);
	flat_map_put(input.map);
	return diag_no_memory(diag);
}

static enum status copy_inputs(const struct input_vec *inputs,
			       struct input_vec *copies, struct diag *diag)
{
	for (size_t i = 0; i < inputs->n; i++) {
		struct dump_input input = inputs->items[i];
		enum status st;

		input.fd = fcntl(input.fd, F_DUPFD_CLOEXEC, 0);
		if (input.fd < 0)
			return diag_fail(diag, ST_IO, "%s", strerror(errno));
		flat_map_get(input.map);
		st = add_input(copies, input, diag);
		if (st)
			return st;
	}
	return ST_OK;
}

/*
 * kdump_clone() would share the library's locks and its cache; the file's
 * headers are read again in less than what these cost.
 */
static enum status dump_clone(struct image *image, struct image **ret_image,
			      struct diag *diag)
{
	const struct machine machine = {
		image->page_shift, image->architecture
	};
	struct input_vec inputs = { 0 };
	enum status st = copy_inputs(&to_dump(image)->inputs, &inputs, diag);

	if (!st)
		st = open_inputs(&inputs, &machine, ret_image, diag);
	if (!st)
		memcpy((*ret_image)->identity, image->identity,
		       sizeof(image->identity));
	inputs_fini(&inputs);
	return st;
}

static const struct image_ops dump_ops = {
	.read_page = dump_read_page,
	.read_ahead = dump_read_ahead,
	.describe = dump_describe,
	.cpus = dump_cpus,
	.next_frames = dump_next_frames,
	.peek = dump_peek,
	.set_page_shift = dump_set_page_shift,
	.clone = dump_clone,
	.free = dump_free,
};

/* See struct image. Whoever writes to a file changes its ctime. */
struct identity {
	char text[sizeof(((struct image *)NULL)->identity)];
};

static struct identity identity_of(int fd)
{
	struct identity identity = { "" };
	struct stat stat;

	if (!fstat(fd, &stat) && S_ISREG(stat.st_mode))
		snprintf(identity.text, sizeof(identity.text),
			 "%llx:%llx:%llx:%lld.%09ld",
			 (unsigned long long)stat.st_dev,
			 (unsigned long long)stat.st_ino,
			 (unsigned long long)stat.st_size,
			 (long long)stat.st_ctim.tv_sec,
			 stat.st_ctim.tv_nsec);
	return identity;
}

/* ---- flattened dumps ---- */

/*
 * Since 0.5.3 the library reads flattened kdumps where they are. Asked by a
 * file with a header and no record: one that has never heard of the format
 * says so, and the other one that the file ends too early.
 */
static bool library_reads_flattened(void)
{
	cleanup_close int fd = memfd_create("flattened", MFD_CLOEXEC);
	kdump_ctx_t *ctx = kdump_new();
	bool reads = fd >= 0 && ctx && flat_write_header(fd) &&
		     kdump_open_fd(ctx, fd) != KDUMP_ERR_NOTIMPL;

	if (ctx)
		kdump_free(ctx);
	return reads;
}

static bool is_kdump(const struct flat_map *map, int fd)
{
	char magic[8];

	return !flat_map_read(map, fd, magic, sizeof(magic), 0, NULL) &&
	       (!memcmp(magic, "KDUMP   ", sizeof(magic)) ||
		!memcmp(magic, "DISKDUMP", sizeof(magic)));
}

/* input->map stays NULL where the file has to be reassembled. */
static enum status map_in_place(struct dump_input *input,
				const struct log *log, struct diag *diag)
{
	struct flat_map *map;
	enum status st;

	if (!library_reads_flattened())
		return ST_OK;
	st = flat_map_new(input->fd, log, &map, diag);
	if (st)
		return st == ST_UNSUPPORTED ? ST_OK : st;
	if (is_kdump(map, input->fd))
		input->map = map;
	else
		flat_map_put(map);
	return ST_OK;
}

static enum status unflatten(struct dump_input *input,
			     const struct image_options *options,
			     struct diag *diag)
{
	enum status st = map_in_place(input, options->log, diag);
	int plain;

	if (st || input->map)
		return st;
	st = flat_reassemble(input->fd, options->tmpdir, options->log, &plain,
			     diag);
	if (st)
		return st;
	close(input->fd);
	input->fd = plain;
	return ST_OK;
}

/* libkdumpfile reads files only. -1: errno tells. */
static int file_of_bytes(const void *bytes, size_t size)
{
	const char *at = bytes;
	int fd = memfd_create("dump", MFD_CLOEXEC);

	while (fd >= 0 && size) {
		ssize_t n = write(fd, at, size);

		if (n < 0) {
			close(fd);
			return -1;
		}
		at += n;
		size -= n;
	}
	return fd;
}

/* ---- opening, file after file ---- */

struct opening {
	const struct image_options *options;
	struct input_vec inputs;
	struct identity identity;	/* of the last file */
};

/* Takes fd over, whatever comes of it; -1: errno tells. */
static enum status add_file(struct opening *opening, const char *name, int fd,
			    struct diag *diag)
{
	struct dump_input input = { .fd = fd, .name = name };
	enum status st = ST_OK;

	if (fd < 0)
		return diag_fail(diag, ST_IO, "%s: %s", name, strerror(errno));
	opening->identity = identity_of(fd);
	if (flat_is(fd))
		st = unflatten(&input, opening->options, diag);
	if (!st)
		return add_input(&opening->inputs, input, diag);
	close(input.fd);
	return diag_under(diag, st, "%s", name);
}

/* Of files that were all added, unless st tells why not. */
static enum status finish_opening(struct opening *opening, enum status st,
				  struct image **ret_image, struct diag *diag)
{
	const bool is_one = opening->inputs.n == 1;

	if (!st)
		st = open_inputs(&opening->inputs, NULL, ret_image, diag);
	if (!st && is_one)
		memcpy((*ret_image)->identity, opening->identity.text,
		       sizeof(opening->identity.text));
	inputs_fini(&opening->inputs);
	return st;
}

enum status image_open(const char *const *paths, size_t n,
		       const struct image_options *options,
		       struct image **ret_image, struct diag *diag)
{
	struct opening opening = { .options = options };
	enum status st = ST_OK;

	for (size_t i = 0; i < n && !st; i++)
		st = add_file(&opening, paths[i],
			      open(paths[i], O_RDONLY | O_CLOEXEC), diag);
	return finish_opening(&opening, st, ret_image, diag);
}

enum status image_open_fds(const int *fds, size_t n,
			   const struct image_options *options,
			   struct image **ret_image, struct diag *diag)
{
	struct opening opening = { .options = options };
	enum status st = ST_OK;

	for (size_t i = 0; i < n && !st; i++) {
		char name[32];

		snprintf(name, sizeof(name), "descriptor %d", fds[i]);
		st = add_file(&opening, name,
			      fcntl(fds[i], F_DUPFD_CLOEXEC, 0), diag);
	}
	return finish_opening(&opening, st, ret_image, diag);
}

enum status image_open_bytes(const void *bytes, size_t size,
			     const struct image_options *options,
			     struct image **ret_image, struct diag *diag)
{
	struct opening opening = { .options = options };
	enum status st = add_file(&opening, "memory",
				  file_of_bytes(bytes, size), diag);

	return finish_opening(&opening, st, ret_image, diag);
}
