/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "damage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "need.h"

#define PAGE	4096u

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t chance_next(struct chance *chance)
{
	uint64_t z = chance->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

uint64_t chance_below(struct chance *chance, uint64_t n)
{
	return chance_next(chance) % n;
}

struct aim {
	struct specimen *specimen;
	const struct reads *reads;
	name_frame_fn *name_frame;
	void *arg;
	struct chance *chance;
	struct damage *damage;
};

/* ---- where ---- */

static void say_where(struct aim *aim, const char *kept, uint64_t addr)
{
	snprintf(aim->damage->where, sizeof(aim->damage->where),
		 "%s at %#" PRIx64, kept, addr);
}

#define TRIES	24u

/*
 * What is read is mostly of a few kinds: each kind that some tries come upon
 * gets the same chance.
 */
static const struct read *choose_read(struct aim *aim)
{
	const struct read *found[TRIES];
	const char *kinds[TRIES];
	size_t n = 0, chosen;

	for (size_t i = 0; i < TRIES; i++) {
		const struct read *read = &aim->reads->items[
			chance_below(aim->chance, aim->reads->n)];
		const char *kind = aim->name_frame(read->addr / PAGE,
						   aim->arg);
		size_t j = 0;

		while (j < n && strcmp(kinds[j], kind) != 0)
			j++;
		if (j < n)
			continue;
		found[n] = read;
		kinds[n++] = kind;
	}
	chosen = chance_below(aim->chance, n);
	say_where(aim, kinds[chosen], found[chosen]->addr);
	return found[chosen];
}

/* A word of what was read; of a whole page rather one that is not empty. */
static uint8_t *choose_word(struct aim *aim)
{
	const struct read *read = choose_read(aim);
	size_t n = original_find(aim->specimen->original, read->addr / PAGE);
	size_t first = read->addr % PAGE / 8;
	size_t words = (read->addr % PAGE + read->len + 7) / 8 - first;
	uint8_t *page = n == SIZE_MAX ? NULL :
					specimen_page(aim->specimen, n);
	uint8_t *word = NULL;

	if (!page)
		return NULL;
	if (first + words > PAGE / 8)
		words = PAGE / 8 - first;
	for (size_t i = 0; i < 64; i++) {
		uint64_t value;

		word = page + 8 * (first + chance_below(aim->chance, words));
		memcpy(&value, word, sizeof(value));
		if (value || words < 256)
			break;
	}
	return word;
}

/* ---- what ---- */

static uint64_t flip_bit(struct aim *aim, uint64_t old)
{
	return old ^ 1ULL << chance_below(aim->chance, 64);
}

static uint64_t change_byte(struct aim *aim, uint64_t old)
{
	unsigned int shift = 8 * chance_below(aim->chance, 8);

	return old ^ (1 + chance_below(aim->chance, 255)) << shift;
}

static uint64_t move_a_little(struct aim *aim, uint64_t old)
{
	static const int64_t steps[] = {
		1, -1, 2, 3, 4, 8, -8, 16, -16, 64, 4096, -4096, 0x40000000,
	};

	return old + steps[chance_below(aim->chance,
					sizeof(steps) / sizeof(steps[0]))];
}

static uint64_t extreme(struct aim *aim, uint64_t old)
{
	static const uint64_t values[] = {
		0, ~0ULL, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff,
		0x7fffffffffffffff, 0x8000000000000000, 0x00007f0000001000,
		0xffff800000000000, 0xffff000000000000, 0xffffffffffffffc0,
		0xffffffff81000000, 0xdead000000000100, 0x0000800000000000,
	};

	(void)old;
	return values[chance_below(aim->chance,
				   sizeof(values) / sizeof(values[0]))];
}

/* A word of something else that is read: circles, and types that lie. */
static uint64_t borrow(struct aim *aim, uint64_t old)
{
	char where[sizeof(aim->damage->where)];
	const uint8_t *word;
	uint64_t value = old;

	memcpy(where, aim->damage->where, sizeof(where));
	for (size_t i = 0; i < 32 && value == old; i++) {
		word = choose_word(aim);
		if (word)
			memcpy(&value, word, sizeof(value));
		if (value >> 47 != 0x1ffff)
			value = old;
	}
	memcpy(aim->damage->where, where, sizeof(where));
	return value;
}

static uint64_t swap_halves(struct aim *aim, uint64_t old)
{
	(void)aim;
	return old << 32 | old >> 32;
}

static void damage_word(struct aim *aim)
{
	static uint64_t (*const ways[])(struct aim *aim, uint64_t old) = {
		flip_bit, flip_bit, change_byte, change_byte, move_a_little,
		extreme, borrow, borrow, swap_halves,
	};
	uint8_t *word = choose_word(aim);
	uint64_t value;

	if (!word)
		return;
	memcpy(&value, word, sizeof(value));
	value = ways[chance_below(aim->chance, sizeof(ways) /
				  sizeof(ways[0]))](aim, value);
	specimen_touch(aim->specimen, word, sizeof(value));
	memcpy(word, &value, sizeof(value));
}

static void damage_words(struct aim *aim)
{
	size_t n = 1 + (chance_below(aim->chance, 3) == 0) *
		   chance_below(aim->chance, 8);

	for (size_t i = 0; i < n; i++)
		damage_word(aim);
}

/* What was read there is something else now: a page of the same dump. */
static void damage_page(struct aim *aim)
{
	const struct original *original = aim->specimen->original;
	size_t other = chance_below(aim->chance, original->n);
	uint8_t *word = choose_word(aim), *page;

	if (!word)
		return;
	page = aim->specimen->bytes + aim->specimen->first_page +
	       (word - aim->specimen->bytes - aim->specimen->first_page) /
	       PAGE * PAGE;
	specimen_touch(aim->specimen, page, PAGE);
	if (chance_below(aim->chance, 2))
		memcpy(page, original->pages + other * PAGE, PAGE);
	else
		memset(page, chance_below(aim->chance, 2) ? 0xff : 0, PAGE);
}

static void damage_headers(struct aim *aim)
{
	struct specimen *specimen = aim->specimen;
	size_t n = 1 + chance_below(aim->chance, 4);
	/* Most of them is bitmaps, descriptors or segments: not each time. */
	size_t reach = chance_below(aim->chance, 2) ? specimen->first_page :
						      3 * PAGE;

	for (size_t i = 0; i < n; i++) {
		uint8_t *byte = specimen->bytes +
				chance_below(aim->chance, reach);

		specimen_touch(specimen, byte, 1);
		*byte ^= 1 + chance_below(aim->chance, 255);
		say_where(aim, "headers", byte - specimen->bytes);
	}
}

/* Of the compressed file: what the library has to unpack. */
static void damage_stream(struct aim *aim)
{
	struct specimen *specimen = aim->specimen;
	size_t n = 1 + chance_below(aim->chance, 64);

	for (size_t i = 0; i < n; i++) {
		uint8_t *byte = specimen->bytes + specimen->first_page +
				chance_below(aim->chance, specimen->whole -
					     specimen->first_page);

		specimen_touch(specimen, byte, 1);
		*byte ^= 1 + chance_below(aim->chance, 255);
	}
}

static void remove_pages(struct aim *aim)
{
	size_t n = 1 + (chance_below(aim->chance, 3) == 0) *
		   chance_below(aim->chance, 16);

	for (size_t i = 0; i < n; i++) {
		const struct read *read = choose_read(aim);
		size_t place = original_find(aim->specimen->original,
					     read->addr / PAGE);

		if (place != SIZE_MAX)
			(void)!specimen_remove(aim->specimen, place);
	}
}

static void cut(struct aim *aim)
{
	struct specimen *specimen = aim->specimen;
	size_t from = chance_below(aim->chance, 8) ? specimen->first_page : 0;
	size_t size = from + chance_below(aim->chance,
					  specimen->whole - from);

	say_where(aim, "cut", size);
	specimen_truncate(specimen, size);
}

/* ---- which ---- */

struct damage_kind {
	const char *name;
	unsigned int weight;
	bool honest;
	unsigned int forms;	/* a bit for each */
	void (*apply)(struct aim *aim);
};

#define UNPACKED	(1u << FORM_PLAIN | 1u << FORM_ELF)
#define ANY_FORM	(UNPACKED | 1u << FORM_PACKED)

static const struct damage_kind damage_list[] = {
	{ "words", 50, false, UNPACKED, damage_words },
	{ "pages changed", 5, false, UNPACKED, damage_page },
	{ "headers", 10, false, ANY_FORM, damage_headers },
	{ "compressed bytes", 3, false, 1u << FORM_PACKED, damage_stream },
	{ "pages removed", 25, true, ANY_FORM, remove_pages },
	{ "cut short", 7, true, ANY_FORM, cut },
};

#define N_KINDS	(sizeof(damage_list) / sizeof(damage_list[0]))

size_t damage_kinds(void)
{
	return N_KINDS;
}

const char *damage_name(size_t i)
{
	return damage_list[i].name;
}

static const struct damage_kind *choose_kind(struct chance *chance)
{
	uint64_t at = chance_below(chance, 100);
	size_t i = 0;

	while (at >= damage_list[i].weight)
		at -= damage_list[i++].weight;
	return &damage_list[i];
}

static enum specimen_form choose_form(const struct damage_kind *kind,
				      struct chance *chance)
{
	/* Unpacking takes longer than all else. */
	static const enum specimen_form forms[] = {
		FORM_PACKED, FORM_PLAIN, FORM_PLAIN, FORM_ELF, FORM_ELF,
	};
	enum specimen_form form;

	do
		form = forms[chance_below(chance, sizeof(forms) /
					  sizeof(forms[0]))];
	while (!(kind->forms >> form & 1));
	return form;
}

void damage_do(struct specimen specimens[static N_FORMS],
	       const struct reads *reads, name_frame_fn *name_frame, void *arg,
	       struct chance *chance, struct damage *ret_damage)
{
	const struct damage_kind *kind = choose_kind(chance);
	struct aim aim;

	*ret_damage = (struct damage) {
		.name = kind->name, .honest = kind->honest,
		.form = choose_form(kind, chance),
	};
	aim = (struct aim) {
		&specimens[ret_damage->form], reads, name_frame, arg, chance,
		ret_damage,
	};
	kind->apply(&aim);
}
