/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two ages of the log have in common, and which of them it is. */
#include "mm/printk.h"

static bool has_symbol(const struct kernel *kernel, enum kernel_symbol symbol)
{
	return kernel->facts.variables[symbol].present;
}

static bool has_all(const struct kernel *kernel, const enum member_id *members,
		    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!layout_has(&kernel->facts.layout, members[i]))
			return false;
	return true;
}

#define HAS_ALL(kernel, ...) ({						\
	static const enum member_id has_all_of[] = { __VA_ARGS__ };	\
									\
	has_all(kernel, has_all_of,					\
		sizeof(has_all_of) / sizeof(has_all_of[0]));		\
})

static bool has_ring(const struct kernel *kernel)
{
	return has_symbol(kernel, KSYM_PRB) &&
	       HAS_ALL(kernel, M_printk_ringbuffer_count_bits,
		       M_printk_ringbuffer_descs, M_printk_ringbuffer_infos,
		       M_printk_ringbuffer_head_id,
		       M_printk_ringbuffer_tail_id,
		       M_printk_ringbuffer_size_bits,
		       M_printk_ringbuffer_data, M_prb_desc_state_var,
		       M_prb_desc_begin, M_prb_desc_next, M_printk_info_seq,
		       M_printk_info_ts_nsec, M_printk_info_text_len);
}

static bool has_log(const struct kernel *kernel)
{
	return has_symbol(kernel, KSYM_LOG_BUF) &&
	       has_symbol(kernel, KSYM_LOG_BUF_LEN) &&
	       has_symbol(kernel, KSYM_LOG_FIRST_IDX) &&
	       has_symbol(kernel, KSYM_LOG_NEXT_IDX) &&
	       has_symbol(kernel, KSYM_LOG_FIRST_SEQ) &&
	       HAS_ALL(kernel, M_printk_log_ts_nsec, M_printk_log_len,
		       M_printk_log_text_len);
}

void printk_gap(struct printk_reader *reader, const char *what, kaddr_t where)
{
	gaps_addf(reader->gaps, "kernel log", reader->kernel->diag.text,
		  "%s %#llx", what, (unsigned long long)where.v);
}

/* What stands behind a NUL would be lost to whoever reads a string. */
static void replace_nuls(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!text[i])
			text[i] = ' ';
	text[len] = '\0';
}

enum status printk_tell(struct printk_reader *reader, uint64_t seq,
			uint64_t ns, kaddr_t text, uint64_t len)
{
	const struct printk_record record = { seq, ns, reader->text };
	enum status st;

	if (len > PRINTK_TEXT_MAX)
		return diag_fail(&reader->kernel->diag, ST_CORRUPT,
				 "a text of %llu bytes: none is longer than "
				 "%u", (unsigned long long)len,
				 PRINTK_TEXT_MAX);
	st = kernel_read(reader->kernel, text, reader->text, len);
	if (st)
		return st;
	replace_nuls(reader->text, len);
	return reader->fn(&record, reader->arg) ? ST_OK : ST_STOPPED;
}

enum status printk_read(struct kernel *kernel, printk_fn *fn, void *arg,
			struct gaps *gaps)
{
	bool ring = has_ring(kernel);
	struct printk_reader *reader;
	enum status st;

	if (!ring && !has_log(kernel))
		return diag_fail(&kernel->diag, ST_ABSENT,
				 "the log cannot be found: neither prb and "
				 "the structures of its ring are known, nor "
				 "log_buf and those of older kernels");
	reader = malloc(sizeof(*reader));
	if (!reader)
		return diag_no_memory(&kernel->diag);
	reader->kernel = kernel;
	reader->gaps = gaps;
	reader->fn = fn;
	reader->arg = arg;
	st = ring ? printk_ring_read(reader) : printk_log_read(reader);
	free(reader);
	return st == ST_STOPPED ? ST_OK : st;
}
