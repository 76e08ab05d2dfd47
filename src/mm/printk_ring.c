/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ring of 5.10 and later (kernel/printk/printk_ringbuffer.c).
 *
 * No lock protects it, and none is needed: what state a record is in stands
 * in its descriptor. Only the states are believed, never that they change in
 * the right order.
 */
#include "mm/guard.h"
#include "mm/printk.h"

/* enum desc_state, in the top two bits of prb_desc.state_var. */
enum desc_state {
	DESC_RESERVED,		/* a writer has it */
	DESC_COMMITTED,		/* written; the writer may add to it */
	DESC_FINALIZED,		/* written for good */
	DESC_REUSABLE,		/* its text may be overwritten */
};

#define DESC_STATE_SHIFT	62
#define DESC_ID_MASK		(~0ULL >> 2)

/* An lpos that is odd says that there is no block. */
#define LPOS_DATALESS	1ULL
#define LPOS_EMPTY_LINE	3ULL

#define BLOCK_ID_BYTES	8u	/* struct prb_data_block: the id, then text */

/* LOG_BUF_LEN_MAX is 2 GiB, and there are fewer descriptors than bytes. */
#define MAX_BITS	31u

struct ring {
	struct printk_reader *reader;
	unsigned int count_bits;	/* of descriptors, log2 */
	unsigned int size_bits;		/* bytes of all texts, log2 */
	kaddr_t descs;			/* struct prb_desc[] */
	kaddr_t infos;			/* struct printk_info[] */
	kaddr_t data;
	uint64_t head_id;		/* the newest descriptor */
	uint64_t tail_id;		/* the oldest */
};

static enum status check_bits(struct kernel *kernel, const char *what,
			      uint64_t bits)
{
	if (bits >= 1 && bits <= MAX_BITS)
		return ST_OK;
	return diag_fail(&kernel->diag, ST_CORRUPT,
			 "%s is %llu: not between 1 and %u", what,
			 (unsigned long long)bits, MAX_BITS);
}

static enum status take_ring(struct kernel *kernel,
			     const struct object *object, struct ring *ring)
{
	uint64_t count_bits = object_value(object,
					   M_printk_ringbuffer_count_bits);
	uint64_t size_bits = object_value(object,
					  M_printk_ringbuffer_size_bits);
	enum status st = check_bits(kernel, "count_bits", count_bits);

	if (!st)
		st = check_bits(kernel, "size_bits", size_bits);
	if (st)
		return st;
	ring->count_bits = count_bits;
	ring->size_bits = size_bits;
	ring->descs = object_pointer(object, M_printk_ringbuffer_descs);
	ring->infos = object_pointer(object, M_printk_ringbuffer_infos);
	ring->data = object_pointer(object, M_printk_ringbuffer_data);
	ring->head_id = object_value(object, M_printk_ringbuffer_head_id) &
			DESC_ID_MASK;
	ring->tail_id = object_value(object, M_printk_ringbuffer_tail_id) &
			DESC_ID_MASK;
	return ST_OK;
}

static enum status find_ring(struct kernel *kernel, struct ring *ring)
{
	struct object object;
	kaddr_t address;
	enum status st;

	st = kernel_read_word(kernel, kernel->facts.variables[KSYM_PRB].address,
			      &address.v);
	if (!st)
		st = object_read(kernel, S_printk_ringbuffer, address,
				 &object);
	return st ? st : take_ring(kernel, &object, ring);
}

/* ---- one record ---- */

/*
 * Where the block's text is, and how much has room there, as get_data() tells.
 * A block that would reach past the end of the ring leaves what is left there
 * unused and lies at the beginning. One that ends exactly there does not (until
 * 6.18 it did, and then its end is not there but behind the block).
 */
static enum status find_block(const struct ring *ring, uint64_t begin,
			      uint64_t next, kaddr_t *ret_block,
			      uint64_t *ret_len)
{
	const uint64_t mask = (1ULL << ring->size_bits) - 1;
	uint64_t wraps = ((next - 1) >> ring->size_bits) -
			 (begin >> ring->size_bits);
	uint64_t first = wraps ? 0 : begin & mask;
	uint64_t end = ((next - 1) & mask) + 1;

	if (wraps > 1 || begin & (BLOCK_ID_BYTES - 1) ||
	    end < first + BLOCK_ID_BYTES)
		return diag_fail(&ring->reader->kernel->diag, ST_CORRUPT,
				 "its text is said to be from %#llx to %#llx",
				 (unsigned long long)begin,
				 (unsigned long long)next);
	*ret_block = kaddr_add(ring->data, first);
	*ret_len = end - first - BLOCK_ID_BYTES;
	return ST_OK;
}

/* Once overwritten, a block has the id of another descriptor. */
static enum status check_block(const struct ring *ring, kaddr_t block,
			       uint64_t id)
{
	struct kernel *kernel = ring->reader->kernel;
	uint64_t owner;
	enum status st = kernel_read_word(kernel, block, &owner);

	if (!st && owner != id)
		st = diag_fail(&kernel->diag, ST_CORRUPT,
			       "its text at %#llx is that of another record",
			       (unsigned long long)block.v);
	return st;
}

/* data_alloc() found no room, or the line is empty. */
static enum status tell_without_block(const struct ring *ring,
				      const struct object *info,
				      uint64_t begin)
{
	if (begin != LPOS_EMPTY_LINE)
		return diag_fail(&ring->reader->kernel->diag, ST_CORRUPT,
				 "the kernel had no room for its text");
	return printk_tell(ring->reader, object_value(info, M_printk_info_seq),
			   object_value(info, M_printk_info_ts_nsec),
			   ring->data, 0);
}

static enum status tell_record(const struct ring *ring, uint64_t id,
			       const struct object *desc,
			       const struct object *info)
{
	struct kernel *kernel = ring->reader->kernel;
	uint64_t begin = object_value(desc, M_prb_desc_begin);
	uint64_t next = object_value(desc, M_prb_desc_next);
	uint64_t len = object_value(info, M_printk_info_text_len);
	uint64_t room;
	kaddr_t block;
	enum status st;

	if (begin & next & LPOS_DATALESS)
		return tell_without_block(ring, info, begin);
	st = find_block(ring, begin, next, &block, &room);
	if (!st)
		st = check_block(ring, block, id);
	if (!st && len > room)
		st = diag_fail(&kernel->diag, ST_CORRUPT,
			       "a text of %llu bytes in a block for %llu",
			       (unsigned long long)len,
			       (unsigned long long)room);
	if (st)
		return st;
	return printk_tell(ring->reader, object_value(info, M_printk_info_seq),
			   object_value(info, M_printk_info_ts_nsec),
			   kaddr_add(block, BLOCK_ID_BYTES), len);
}

/* ST_ABSENT: there is no record, nor should there be one. */
static enum status check_state(const struct ring *ring, uint64_t id,
			       uint64_t state_var)
{
	struct kernel *kernel = ring->reader->kernel;
	enum desc_state state = state_var >> DESC_STATE_SHIFT;

	/* head_id is moved on before the descriptor says whose it is. */
	if ((state_var & DESC_ID_MASK) != id && id != ring->head_id)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "its descriptor is that of another record");
	if ((state_var & DESC_ID_MASK) != id || state == DESC_RESERVED)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "it was being written when the machine "
				 "stopped");
	return state == DESC_REUSABLE ? ST_ABSENT : ST_OK;
}

static kaddr_t element(const struct ring *ring, kaddr_t array,
		       enum struct_id type, uint64_t id)
{
	const struct layout *layout = &ring->reader->kernel->facts.layout;

	return kaddr_add(array, (id & ((1ULL << ring->count_bits) - 1)) *
				layout->structs[type].size);
}

static enum status look_at(const struct ring *ring, uint64_t id)
{
	struct kernel *kernel = ring->reader->kernel;
	kaddr_t address = element(ring, ring->descs, S_prb_desc, id);
	struct object desc, info;
	enum status st;

	st = object_read(kernel, S_prb_desc, address, &desc);
	if (!st)
		st = check_state(ring, id,
				 object_value(&desc, M_prb_desc_state_var));
	if (st == ST_ABSENT)
		return ST_OK;
	if (!st)
		st = object_read(kernel, S_printk_info,
				 element(ring, ring->infos, S_printk_info, id),
				 &info);
	if (!st)
		st = tell_record(ring, id, &desc, &info);
	if (st && st != ST_STOPPED)
		printk_gap(ring->reader, "record with descriptor", address);
	return st == ST_STOPPED ? st : ST_OK;
}

/* ---- all records ---- */

/* How many there are; more than the ring has room for are not believed. */
static uint64_t count_records(const struct ring *ring, kaddr_t where)
{
	struct kernel *kernel = ring->reader->kernel;
	uint64_t n = ((ring->head_id - ring->tail_id) & DESC_ID_MASK) + 1;
	uint64_t max = 1ULL << ring->count_bits;

	if (max > GUARD_BUDGET)
		max = GUARD_BUDGET;
	if (n <= max)
		return n;
	(void)diag_fail(&kernel->diag, ST_CORRUPT,
			"%llu records are said to be there: only the last "
			"%llu are looked for", (unsigned long long)n,
			(unsigned long long)max);
	printk_gap(ring->reader, "ring at", where);
	return max;
}

enum status printk_ring_read(struct printk_reader *reader)
{
	kaddr_t prb = reader->kernel->facts.variables[KSYM_PRB].address;
	struct ring ring = { .reader = reader };
	enum status st = ST_OK;

	if (find_ring(reader->kernel, &ring)) {
		printk_gap(reader, "ring at", prb);
		return ST_OK;
	}
	for (uint64_t n = count_records(&ring, prb); n && !st; n--)
		st = look_at(&ring, (ring.head_id - n + 1) & DESC_ID_MASK);
	return st;
}
