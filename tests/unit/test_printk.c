/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's log over synthetic kernels: the ring of 5.10 and later, built
 * as prb_reserve() and data_alloc() would, and the buffer before it.
 */
#include "world.h"

#include "mm/printk.h"

#define EACH_LIKE(test)	RANGE(test, 0, N_LIKES)

/* ---- what was read ---- */

struct heard {
	struct gaps gaps;
	char text[4096];	/* "seq ns text|" of each record */
	unsigned int n;
	unsigned int enough;	/* stop after so many; 0: never */
};

static bool hear(const struct printk_record *record, void *arg)
{
	struct heard *heard = arg;
	size_t len = strlen(heard->text);

	snprintf(heard->text + len, sizeof(heard->text) - len,
		 "%llu %llu %s|", (unsigned long long)record->seq,
		 (unsigned long long)record->ns, record->text);
	return ++heard->n != heard->enough;
}

static struct heard listen(struct world *world)
{
	struct heard heard = { .n = 0 };

	ck_ok(printk_read(world->kernel, hear, &heard, &heard.gaps));
	return heard;
}

/* Exactly this, and one gap that says why, or none with NULL. */
static void check_heard(struct world *world, const char *text, const char *why)
{
	struct heard heard = listen(world);

	ck_assert_str_eq(heard.text, text);
	ck_assert_uint_eq(gaps_count(&heard.gaps), why ? 1 : 0);
	if (why)
		ck_gap(&heard.gaps, "kernel log", why);
	gaps_fini(&heard.gaps);
}

/* A variable of the kernel that holds so many bytes of value. */
static kaddr_t set_symbol(struct world *world, enum kernel_symbol symbol,
			  uint64_t value, size_t size)
{
	kaddr_t at = world_alloc(world, sizeof(value));

	world_write(world, at, &value, size);
	world->kernel->facts.variables[symbol] =
		(struct kernel_variable) { true, at, size };
	return at;
}

/* ---- the ring ---- */

#define COUNT_BITS	3
#define COUNT		(1ULL << COUNT_BITS)
#define SIZE_BITS	13	/* two pages */
#define SIZE		(1ULL << SIZE_BITS)
#define ID_MASK		(~0ULL >> 2)

enum state { RESERVED, COMMITTED, FINALIZED, REUSABLE };

struct ring {
	struct world *world;
	kaddr_t rb, descs, infos, data;
	uint64_t head, tail;	/* ids */
	uint64_t lpos;		/* where the next block begins */
	uint64_t seq;		/* of the next record */
};

static kaddr_t desc_of(const struct ring *ring, uint64_t id)
{
	return kaddr_add(ring->descs, id % COUNT * 24);
}

static kaddr_t info_of(const struct ring *ring, uint64_t id)
{
	return kaddr_add(ring->infos, id % COUNT * 88);
}

static void set_state(struct ring *ring, uint64_t id, enum state state)
{
	world_set(ring->world, desc_of(ring, id), M_prb_desc_state_var,
		  (uint64_t)state << 62 | id);
}

static void set_ids(struct ring *ring)
{
	world_set(ring->world, ring->rb, M_printk_ringbuffer_head_id,
		  ring->head);
	world_set(ring->world, ring->rb, M_printk_ringbuffer_tail_id,
		  ring->tail);
}

/* As DEFINE_PRINTKRB() leaves it; lpos: where its texts begin. */
static struct ring ring_new(enum world_like like, uint64_t lpos)
{
	struct world *world = world_new(like);
	struct ring ring = {
		.world = world,
		.rb = world_object(world, S_printk_ringbuffer),
		.descs = world_alloc(world, COUNT * 24),
		.infos = world_alloc(world, COUNT * 88),
		.data = world_alloc(world, SIZE),
		.head = -(COUNT + 1) & ID_MASK,
		.tail = -(COUNT + 1) & ID_MASK,
		.lpos = lpos,
	};

	set_symbol(world, KSYM_PRB, ring.rb.v, 8);
	world_set(world, ring.rb, M_printk_ringbuffer_count_bits, COUNT_BITS);
	world_set(world, ring.rb, M_printk_ringbuffer_size_bits, SIZE_BITS);
	world_set(world, ring.rb, M_printk_ringbuffer_descs, ring.descs.v);
	world_set(world, ring.rb, M_printk_ringbuffer_infos, ring.infos.v);
	world_set(world, ring.rb, M_printk_ringbuffer_data, ring.data.v);
	set_state(&ring, ring.head, REUSABLE);
	set_ids(&ring);
	return ring;
}

static void set_block(struct ring *ring, uint64_t begin, uint64_t next)
{
	world_set(ring->world, desc_of(ring, ring->head), M_prb_desc_begin,
		  begin);
	world_set(ring->world, desc_of(ring, ring->head), M_prb_desc_next,
		  next);
}

/* A block for so many bytes of text; where the text goes. */
static kaddr_t add_block(struct ring *ring, size_t len)
{
	uint64_t begin = ring->lpos;
	uint64_t size = 8 + (len + 7) / 8 * 8;
	uint64_t next = begin + size;
	kaddr_t block = kaddr_add(ring->data, begin % SIZE);

	world_write_word(ring->world, block, ring->head);
	if (begin / SIZE != (next - 1) / SIZE) {
		next = next / SIZE * SIZE + size;
		block = ring->data;
		world_write_word(ring->world, block, ring->head);
	}
	set_block(ring, begin, next);
	ring->lpos = next;
	return kaddr_add(block, 8);
}

/* Reserve the next descriptor. */
static void add_head(struct ring *ring, size_t len)
{
	kaddr_t info;

	ring->head = (ring->head + 1) & ID_MASK;
	if (((ring->head - ring->tail) & ID_MASK) == COUNT)
		ring->tail = (ring->tail + 1) & ID_MASK;
	set_ids(ring);
	info = info_of(ring, ring->head);
	world_set(ring->world, info, M_printk_info_seq, ring->seq);
	world_set(ring->world, info, M_printk_info_ts_nsec,
		  1000 + ring->seq++);
	world_set(ring->world, info, M_printk_info_text_len, len);
}

static void add_record(struct ring *ring, const char *text)
{
	add_head(ring, strlen(text));
	world_write(ring->world, add_block(ring, strlen(text)), text,
		    strlen(text));
	set_state(ring, ring->head, FINALIZED);
}

START_TEST(records_in_order)
{
	struct ring ring = ring_new(_i, 0);

	check_heard(ring.world, "", NULL);
	add_record(&ring, "Linux version");
	add_record(&ring, "two\nlines");
	add_head(&ring, 0);
	set_block(&ring, 3, 3);		/* an empty line has no block */
	set_state(&ring, ring.head, FINALIZED);
	add_record(&ring, "the last");
	set_state(&ring, ring.head, COMMITTED);
	check_heard(ring.world, "0 1000 Linux version|1 1001 two\nlines|"
		    "2 1002 |3 1003 the last|", NULL);
	world_free(ring.world);
}
END_TEST

START_TEST(oldest_records_are_overwritten)
{
	struct ring ring = ring_new(LIKE_6_12, 0);
	char text[8];

	for (int i = 0; i < 21; i++) {
		snprintf(text, sizeof(text), "n%d", i);
		add_record(&ring, text);
	}
	set_state(&ring, ring.tail, REUSABLE);
	check_heard(ring.world, "14 1014 n14|15 1015 n15|16 1016 n16|"
		    "17 1017 n17|18 1018 n18|19 1019 n19|20 1020 n20|", NULL);
	world_free(ring.world);
}
END_TEST

/* How far from the ring's end the second of three records begins. */
static const struct {
	uint64_t room;
	bool wraps;
} wrap_rows[] = {
	{ 8, true }, { 16, true }, { 24, true },
	{ 32, false },		/* exactly as much as it needs */
	{ 40, false },
};

START_TEST(text_at_the_end_of_the_ring)
{
	const uint64_t end = 6 * SIZE;
	struct ring ring = ring_new(LIKE_7_3, end - wrap_rows[_i].room - 16);

	add_record(&ring, "one");
	add_record(&ring, "a text of 24 bytes, ok.");
	ck_assert_uint_eq(ring.lpos == end + 32, wrap_rows[_i].wraps);
	add_record(&ring, "three");
	check_heard(ring.world, "0 1000 one|1 1001 a text of 24 bytes, ok.|"
		    "2 1002 three|", NULL);
	world_free(ring.world);
}
END_TEST

START_TEST(nul_does_not_hide_what_follows)
{
	struct ring ring = ring_new(LIKE_6_12, 0);

	add_head(&ring, 7);
	world_write(ring.world, add_block(&ring, 7), "pfn\0:1a", 7);
	set_state(&ring, ring.head, FINALIZED);
	check_heard(ring.world, "0 1000 pfn :1a|", NULL);
	world_free(ring.world);
}
END_TEST

/* ---- records that are damaged ---- */

static void reserve(struct ring *ring)
{
	set_state(ring, ring->head, RESERVED);
}

static void free_text(struct ring *ring)
{
	set_state(ring, ring->head, REUSABLE);
}

/* What the descriptor said a round ago: it was just about to be reserved. */
static void leave_old_state(struct ring *ring)
{
	set_state(ring, (ring->head - COUNT) & ID_MASK, REUSABLE);
}

static void give_to_another(struct ring *ring)
{
	add_record(ring, "next");
	set_state(ring, (ring->head - 1 - 4 * COUNT) & ID_MASK, FINALIZED);
}

static void lose_text(struct ring *ring)
{
	set_block(ring, 1, 1);		/* FAILED_LPOS */
}

static void set_text_len(struct ring *ring, uint64_t len)
{
	world_set(ring->world, info_of(ring, ring->head),
		  M_printk_info_text_len, len);
}

static void lengthen_text(struct ring *ring)
{
	set_text_len(ring, 17);		/* its block has room for 16 */
}

static void make_text_endless(struct ring *ring)
{
	set_text_len(ring, 0xffff);
}

static void misalign_block(struct ring *ring)
{
	set_block(ring, ring->lpos - 20, ring->lpos);
}

static void turn_block_round(struct ring *ring)
{
	set_block(ring, ring->lpos, ring->lpos - 24);
}

static void stretch_block(struct ring *ring)
{
	set_block(ring, ring->lpos - 24, ring->lpos + 2 * SIZE);
}

static void make_block_nothing(struct ring *ring)
{
	set_block(ring, 0, 0);
}

static void overwrite_block(struct ring *ring)
{
	world_write_word(ring->world,
			 kaddr_add(ring->data, (ring->lpos - 24) % SIZE),
			 ring->head + 5);
}

static const struct {
	void (*damage)(struct ring *ring);
	const char *also;	/* told beside the record before it */
	const char *why;	/* NULL: nothing is missing */
} damage_rows[] = {
	{ reserve, "", "being written" },
	{ leave_old_state, "", "being written" },
	{ free_text, "", NULL },
	{ give_to_another, "2 1002 next|", "that of another record" },
	{ lose_text, "", "no room" },
	{ lengthen_text, "", "17 bytes in a block for 16" },
	{ make_text_endless, "", "65535 bytes" },
	{ misalign_block, "", "said to be from" },
	{ turn_block_round, "", "said to be from" },
	{ stretch_block, "", "said to be from" },
	{ make_block_nothing, "", "said to be from" },
	{ overwrite_block, "", "that of another record" },
};

START_TEST(damaged_record_costs_a_gap)
{
	struct ring ring = ring_new(LIKE_6_12, SIZE - 40);
	char text[64];

	add_record(&ring, "before");
	add_record(&ring, "sixteen bytes: 1");
	damage_rows[_i].damage(&ring);
	snprintf(text, sizeof(text), "0 1000 before|%s",
		 damage_rows[_i].also);
	check_heard(ring.world, text, damage_rows[_i].why);
	world_free(ring.world);
}
END_TEST

START_TEST(unreadable_text_costs_its_record)
{
	struct ring ring = ring_new(LIKE_6_12, 4096 - 16);

	add_record(&ring, "before");
	add_record(&ring, "behind the page boundary");
	world_fail(ring.world, kaddr_add(ring.data, 4096), ST_EXCLUDED);
	check_heard(ring.world, "0 1000 before|", "excluded");
	world_free(ring.world);
}
END_TEST

/* ---- rings that are damaged ---- */

static const struct {
	enum member_id member;
	uint64_t value;
	const char *text;	/* what is told nevertheless */
	const char *why;
} ring_rows[] = {
	{ M_printk_ringbuffer_count_bits, 0, "", "count_bits is 0" },
	{ M_printk_ringbuffer_count_bits, 32, "", "count_bits is 32" },
	{ M_printk_ringbuffer_count_bits, ~0u, "", "count_bits" },
	{ M_printk_ringbuffer_size_bits, 0, "", "size_bits is 0" },
	{ M_printk_ringbuffer_size_bits, 64, "", "size_bits is 64" },
	{ M_printk_ringbuffer_tail_id, ID_MASK - 99, "0 1000 a|1 1001 b|",
	  "records are said to be there" },
};

START_TEST(damaged_ring_costs_a_gap)
{
	struct ring ring = ring_new(LIKE_6_12, 0);
	struct heard heard;

	add_record(&ring, "a");
	add_record(&ring, "b");
	world_set(ring.world, ring.rb, ring_rows[_i].member,
		  ring_rows[_i].value);
	heard = listen(ring.world);
	ck_assert_str_eq(heard.text, ring_rows[_i].text);
	ck_gap(&heard.gaps, "kernel log", ring_rows[_i].why);
	gaps_fini(&heard.gaps);
	world_free(ring.world);
}
END_TEST

START_TEST(largest_ring_ends)
{
	struct ring ring = ring_new(LIKE_6_12, 0);
	struct heard heard;

	/* As many as fit, all at one place: each is that of another. */
	world_set(ring.world, ring.rb, M_printk_ringbuffer_count_bits, 31);
	world_set(ring.world, ring.rb, M_printk_ringbuffer_descs, 0);
	world_set(ring.world, ring.rb, M_printk_ringbuffer_tail_id, 0);
	world_set(ring.world, ring.rb, M_printk_ringbuffer_head_id,
		  0x7fffffff);
	heard = listen(ring.world);
	ck_assert_str_eq(heard.text, "");
	ck_gap(&heard.gaps, "kernel log", "2147483648 records");
	ck_gap(&heard.gaps, "kernel log", "not a kernel address");
	gaps_fini(&heard.gaps);
	world_free(ring.world);
}
END_TEST

static const enum status faults[] = { ST_EXCLUDED, ST_CORRUPT };

/* A record that is missing is announced, whichever page cannot be read. */
START_TEST(every_page_fails_in_turn)
{
	struct ring ring = ring_new(LIKE_6_12, 4096 - 16);
	struct pfn_vec pages;
	size_t n_noticed = 0;

	add_record(&ring, "first");
	add_record(&ring, "second");
	pages = ring.world->pages;
	for (size_t i = 0; i < pages.n; i++) {
		struct heard heard;

		world_fail_frame(ring.world, pages.items[i], faults[_i]);
		heard = listen(ring.world);
		ck_assert_msg(heard.n == 2 || gaps_count(&heard.gaps),
			      "frame %#llx failing: %u records, and no word",
			      (unsigned long long)pages.items[i], heard.n);
		n_noticed += heard.n < 2;
		gaps_fini(&heard.gaps);
		world_fail_frame(ring.world, pages.items[i], ST_OK);
	}
	/* prb, what it points to, and three arrays, of which one has two. */
	ck_assert_uint_ge(n_noticed, 6);
	world_free(ring.world);
}
END_TEST

START_TEST(visitor_ends_the_reading)
{
	struct ring ring = ring_new(LIKE_6_12, 0);
	struct heard heard = { .enough = 1 };

	add_record(&ring, "first");
	add_record(&ring, "second");
	ck_ok(printk_read(ring.world->kernel, hear, &heard, &heard.gaps));
	ck_assert_uint_eq(heard.n, 1);
	ck_no_gaps(&heard.gaps);
	world_free(ring.world);
}
END_TEST

START_TEST(log_that_nothing_tells_of)
{
	struct ring ring = ring_new(LIKE_6_12, 0);
	struct kernel *kernel = ring.world->kernel;
	struct heard heard = { .n = 0 };

	kernel->facts.layout.members[M_prb_desc_next].present = false;
	ck_status(printk_read(kernel, hear, &heard, &heard.gaps), ST_ABSENT);
	ck_contains(kernel->diag.text, "the log cannot be found");
	kernel->facts.layout.members[M_prb_desc_next].present = true;
	kernel->facts.variables[KSYM_PRB].present = false;
	ck_status(printk_read(kernel, hear, &heard, &heard.gaps), ST_ABSENT);
	ck_no_gaps(&heard.gaps);
	world_free(ring.world);
}
END_TEST

/* ---- the buffer of older kernels ---- */

#define BUFFER_SIZE	8192u
#define HEAD		16u	/* sizeof(struct printk_log) */

struct buffer {
	struct world *world;
	kaddr_t at;
	uint64_t end;		/* where the next record goes */
	kaddr_t next_idx;
};

static void set_member(struct layout *layout, enum member_id member,
		       uint32_t offset, uint32_t size)
{
	layout->members[member] = (struct member_layout) {
		.present = true, .offset = offset, .size = size, .count = 1,
	};
}

/* As of 4.19; first: where the oldest record is, and seq its number. */
static struct buffer buffer_new(uint64_t first, uint64_t seq)
{
	struct world *world = world_new(LIKE_5_10);
	struct layout *layout = &world->kernel->facts.layout;
	struct buffer buffer = {
		.world = world,
		.at = world_alloc(world, BUFFER_SIZE),
		.end = first,
	};

	layout->structs[S_printk_log] = (struct struct_layout) {
		.present = true, .size = HEAD, .end = 12,
	};
	set_member(layout, M_printk_log_ts_nsec, 0, 8);
	set_member(layout, M_printk_log_len, 8, 2);
	set_member(layout, M_printk_log_text_len, 10, 2);
	set_symbol(world, KSYM_LOG_BUF, buffer.at.v, 8);
	set_symbol(world, KSYM_LOG_BUF_LEN, BUFFER_SIZE, 4);
	set_symbol(world, KSYM_LOG_FIRST_IDX, first, 4);
	set_symbol(world, KSYM_LOG_FIRST_SEQ, seq, 8);
	buffer.next_idx = set_symbol(world, KSYM_LOG_NEXT_IDX, first, 4);
	return buffer;
}

static void buffer_end(struct buffer *buffer, uint64_t end)
{
	buffer->end = end;
	world_write(buffer->world, buffer->next_idx, &end, 4);
}

/* len: of the record; 0: as much as the text needs. */
static void buffer_add(struct buffer *buffer, const char *text, uint64_t len)
{
	kaddr_t record = kaddr_add(buffer->at, buffer->end);

	if (!len)
		len = HEAD + (strlen(text) + 3) / 4 * 4;
	world_set(buffer->world, record, M_printk_log_ts_nsec, 77);
	world_set(buffer->world, record, M_printk_log_len, len);
	world_set(buffer->world, record, M_printk_log_text_len, strlen(text));
	world_write(buffer->world, kaddr_add(record, HEAD), text,
		    strlen(text));
	buffer_end(buffer, buffer->end + len);
}

START_TEST(old_records_in_order)
{
	struct buffer buffer = buffer_new(BUFFER_SIZE - 100, 40);

	check_heard(buffer.world, "", NULL);
	buffer_add(&buffer, "one", 0);
	buffer_add(&buffer, "and a dictionary", 48);
	check_heard(buffer.world, "40 77 one|41 77 and a dictionary|", NULL);
	/* What was never written is 0: go on at the beginning. */
	buffer_end(&buffer, 0);
	buffer_add(&buffer, "three", 0);
	check_heard(buffer.world,
		    "40 77 one|41 77 and a dictionary|42 77 three|", NULL);
	world_free(buffer.world);
}
END_TEST

static const struct {
	uint64_t len;		/* of the second record */
	const char *why;
} old_rows[] = {
	{ HEAD + 1, "text of 6" },
	{ HEAD - 4, "12 bytes" },
	{ 0xfff8, "65528 bytes" },
	{ BUFFER_SIZE - 8, "can begin there" },
};

START_TEST(old_record_that_is_damaged_ends_the_log)
{
	struct buffer buffer = buffer_new(0, 0);

	buffer_add(&buffer, "before", 0);
	buffer_add(&buffer, "second", 0);
	buffer_add(&buffer, "third", 0);
	if (_i < 3) {
		world_set(buffer.world, kaddr_add(buffer.at, 24),
			  M_printk_log_len, old_rows[_i].len);
		check_heard(buffer.world, "0 77 before|", old_rows[_i].why);
	} else {
		set_symbol(buffer.world, KSYM_LOG_FIRST_IDX,
			   old_rows[_i].len, 4);
		check_heard(buffer.world, "", old_rows[_i].why);
	}
	world_free(buffer.world);
}
END_TEST

START_TEST(old_records_that_do_not_end)
{
	struct buffer buffer = buffer_new(0, 0);

	buffer_add(&buffer, "again", 0);
	/* Not where any record ends. */
	buffer_end(&buffer, 4);
	check_heard(buffer.world, "0 77 again|1 77 again|", "do not end");
	world_free(buffer.world);
}
END_TEST

START_TEST(old_text_that_cannot_be_read)
{
	struct buffer buffer = buffer_new(4096 - HEAD, 5);

	buffer_add(&buffer, "in the next page", 0);
	world_fail(buffer.world, kaddr_add(buffer.at, 4096), ST_EXCLUDED);
	check_heard(buffer.world, "", "excluded");
	world_free(buffer.world);
}
END_TEST

static const struct test tests[] = {
	EACH_LIKE(records_in_order),
	PLAIN(oldest_records_are_overwritten),
	ROWS(text_at_the_end_of_the_ring, wrap_rows),
	PLAIN(nul_does_not_hide_what_follows),
	ROWS(damaged_record_costs_a_gap, damage_rows),
	PLAIN(unreadable_text_costs_its_record),
	ROWS(damaged_ring_costs_a_gap, ring_rows),
	PLAIN(largest_ring_ends),
	ROWS(every_page_fails_in_turn, faults),
	PLAIN(visitor_ends_the_reading),
	PLAIN(log_that_nothing_tells_of),
	PLAIN(old_records_in_order),
	ROWS(old_record_that_is_damaged_ends_the_log, old_rows),
	PLAIN(old_records_that_do_not_end),
	PLAIN(old_text_that_cannot_be_read),
};

int main(void)
{
	return run_suite("printk", tests, ARRAY_LEN(tests));
}
