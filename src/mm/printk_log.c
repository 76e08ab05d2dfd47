/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log until 5.9: a buffer of struct printk_log, each followed by its text.
 *
 * log_next() of kernel/printk/printk.c: a record says how long it is; one that
 * says 0 stands for the rest of the buffer, and the next is at its beginning.
 */
#include "mm/printk.h"

struct log_buffer {
	kaddr_t at;
	uint64_t size;		/* bytes */
	uint64_t first;		/* where the oldest record is, bytes */
	uint64_t next;		/* where the next one would be */
	uint64_t seq;		/* of the oldest */
};

/* A variable as wide as the kernel has it. */
static enum status read_variable(struct kernel *kernel,
				 enum kernel_symbol symbol, size_t width,
				 uint64_t *ret_value)
{
	uint64_t value = 0;
	enum status st;

	st = kernel_read(kernel, kernel->facts.variables[symbol].address,
			 &value, width);
	if (st)
		return diag_under(&kernel->diag, st, "%s",
				  kernel_symbol_name(symbol));
	*ret_value = value;
	return ST_OK;
}

static enum status find_buffer(struct kernel *kernel, struct log_buffer *log)
{
	enum status st = read_variable(kernel, KSYM_LOG_BUF, 8, &log->at.v);

	if (!st)
		st = read_variable(kernel, KSYM_LOG_BUF_LEN, 4, &log->size);
	if (!st)
		st = read_variable(kernel, KSYM_LOG_FIRST_IDX, 4,
				   &log->first);
	if (!st)
		st = read_variable(kernel, KSYM_LOG_NEXT_IDX, 4, &log->next);
	if (!st)
		st = read_variable(kernel, KSYM_LOG_FIRST_SEQ, 8, &log->seq);
	return st;
}

/*
 * Hands it out; *ret_len is how far it is to the next. 0: that is at the
 * beginning. Untouched when it is not known.
 */
static enum status look_at(struct printk_reader *reader,
			   const struct log_buffer *log, uint64_t index,
			   uint64_t seq, uint64_t *ret_len)
{
	struct kernel *kernel = reader->kernel;
	const uint64_t head =
		kernel->facts.layout.structs[S_printk_log].size;
	uint64_t len, text_len;
	struct object record;
	enum status st;

	if (index + head > log->size)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "no record can begin there");
	/* Packed where the machine can (x86 can): aligned to 4 bytes only. */
	st = object_read_packed(kernel, S_printk_log,
				kaddr_add(log->at, index), &record);
	if (st)
		return st;
	len = object_value(&record, M_printk_log_len);
	text_len = object_value(&record, M_printk_log_text_len);
	if (!len) {
		*ret_len = 0;
		return ST_OK;
	}
	if (len < head || text_len > len - head || len > log->size - index)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "a record of %llu bytes with a text of %llu",
				 (unsigned long long)len,
				 (unsigned long long)text_len);
	*ret_len = len;
	return printk_tell(reader, seq,
			   object_value(&record, M_printk_log_ts_nsec),
			   kaddr_add(log->at, index + head), text_len);
}

#define LEN_UNKNOWN	UINT64_MAX

/*
 * Where the next record is, once one of that length was looked at. The buffer
 * wraps around once, and no record is shorter than its head: this ends.
 */
static bool advance(uint64_t *index, uint64_t len, unsigned int *wraps)
{
	*index = len ? *index + len : 0;
	return len || !(*wraps)++;
}

/*
 * Without a record's length there is no way to the next: what comes after one
 * that makes no sense is not seen.
 */
static enum status look_at_all(struct printk_reader *reader,
			       const struct log_buffer *log)
{
	uint64_t index = log->first, seq = log->seq;
	unsigned int wraps = 0;

	while (index != log->next) {
		kaddr_t where = kaddr_add(log->at, index);
		uint64_t len = LEN_UNKNOWN;
		enum status st = look_at(reader, log, index, seq, &len);

		if (st == ST_STOPPED)
			return st;
		if (st)
			printk_gap(reader, len == LEN_UNKNOWN ?
				   "all from record" : "record", where);
		if (len == LEN_UNKNOWN)
			return ST_OK;
		if (advance(&index, len, &wraps)) {
			seq += len > 0;
			continue;
		}
		(void)diag_fail(&reader->kernel->diag, ST_BUDGET,
				"the records do not end");
		printk_gap(reader, "all from record", where);
		return ST_OK;
	}
	return ST_OK;
}

enum status printk_log_read(struct printk_reader *reader)
{
	struct kernel *kernel = reader->kernel;
	struct log_buffer log;

	if (!find_buffer(kernel, &log))
		return look_at_all(reader, &log);
	printk_gap(reader, "buffer at",
		   kernel->facts.variables[KSYM_LOG_BUF].address);
	return ST_OK;
}
