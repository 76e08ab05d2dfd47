/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libFuzzer target: kept layouts that are any text at all.
 *
 * The text gets a checksum, the head that this version writes and the build-id
 * that is asked for, since no fuzzer guesses those: what is left is a file
 * that lies. Whatever is accepted must be a layout that can be read with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/cache.h"
#include "kernel/wants.h"

#define BUILD_ID	"0123456789abcdef"
#define STEXT		KADDR(0xffffffff9d600000)

static void must(bool condition)
{
	if (!condition)
		abort();
}

static uint64_t checksum(const char *bytes, size_t len)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ (unsigned char)bytes[i]) * 0x100000001b3u;
	return sum;
}

/* The first four lines that this version writes. */
static size_t head_length(const char *text)
{
	const char *at = text;

	for (int i = 0; i < 4; i++)
		at = strchr(at, '\n') + 1;
	return at - text;
}

static char *make_file(const uint8_t *data, size_t size, size_t *ret_len)
{
	static const struct facts nothing;
	size_t len, head;
	char *plain = cache_format(BUILD_ID, NULL, &nothing, &len), *text;

	must(plain);
	head = head_length(plain);
	text = malloc(head + size + 64);
	must(text);
	memcpy(text, plain, head);
	if (size)
		memcpy(text + head, data, size);
	len = head + size;
	len += sprintf(text + len, "checksum %016llx\n",
		       (unsigned long long)checksum(text, len));
	free(plain);
	*ret_len = len;
	return text;
}

static void check_members(const struct layout *layout)
{
	for (size_t i = 0; i < N_MEMBERS; i++) {
		const struct member_layout *ml = &layout->members[i];
		const struct struct_layout *sl =
			&layout->structs[member_wants[i].structure];

		must(ml->name <= MAX_NAMES);
		if (!ml->present) {
			must(member_wants[i].need == OPTIONAL || !sl->present);
			continue;
		}
		must(sl->present && ml->size && ml->count);
		must(member_wants[i].names[ml->name]);
		must(ml->offset >= sl->first);
		must((uint64_t)ml->offset + member_bytes_wanted(ml) <= sl->end);
		must((uint64_t)ml->offset + (uint64_t)ml->size * ml->count <=
		     sl->size);
		must(sl->end <= sl->size);
	}
}

/* What was read is what would be written, and read again. */
static void check_again(const struct facts *facts)
{
	struct facts again;
	struct diag diag = { "" };
	size_t len, len_again;
	char *text = cache_format(BUILD_ID, NULL, facts, &len);
	char *kept = cache_format(BUILD_ID, NULL, facts, &len);
	char *text_again;

	must(text && kept);
	must(!cache_parse(text, len, BUILD_ID, "", STEXT, &again, &diag));
	text_again = cache_format(BUILD_ID, NULL, &again, &len_again);
	must(text_again && len == len_again && !memcmp(kept, text_again, len));
	free(text);
	free(kept);
	free(text_again);
}

static void parse(char *text, size_t len)
{
	struct diag diag = { "" };
	struct facts facts;
	enum status st = cache_parse(text, len, BUILD_ID, "", STEXT, &facts, &diag);

	must(!st == !diag.text[0]);
	if (st)
		return;
	check_members(&facts.layout);
	must(facts.variables[KSYM_STEXT].present);
	check_again(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len;
	char *text = make_file(data, size, &len), *bare = malloc(size + 1);

	parse(text, len);
	free(text);
	/* And as it is. */
	must(bare);
	if (size)
		memcpy(bare, data, size);
	bare[size] = '\0';
	parse(bare, size);
	free(bare);
	return 0;
}
