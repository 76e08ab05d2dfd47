/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables that a variable of the kernel points to from boot on, or that are
 * never given back before the variable is set anew.
 *
 * Those of alloc_large_system_hash() are of alloc_pages_exact(): frames that
 * do not know where they belong, so that a table's size has to be known. The
 * others are an allocation of their own.
 */
#include <stdio.h>

#include "kind/surveyor.h"

/* Where a number of elements is kept, and as what. */
enum count {
	WHOLE,		/* nowhere, and it is not needed: an allocation */
	COUNT,
	MASK,		/* one less than there are */
};

struct table {
	const char *owner, *of;
	enum kernel_symbol variable;
	bool is_pointer;	/* to the structure that has the members */
	enum struct_id type;	/* N_STRUCTS: the variable is the pointer */
	enum member_id pointer;
	enum count count;
	enum member_id n;		/* with a structure */
	enum kernel_symbol n_variable;	/* without */
	enum struct_id element;	/* N_STRUCTS: a u32 */
};

#define ALLOCATION(owner, name, symbol)					\
	{ owner, name, symbol, false, N_STRUCTS, NO_MEMBER,		\
	  WHOLE, NO_MEMBER, N_KERNEL_SYMBOLS, N_STRUCTS }
#define U32S(name, symbol, mask)					\
	{ "hash table", name, symbol, false, N_STRUCTS, NO_MEMBER,	\
	  MASK, NO_MEMBER, mask, N_STRUCTS }
#define MEMBERS(name, symbol, type, pointer, count, n, element)		\
	{ "hash table", name, symbol, false, type, pointer, count, n,	\
	  N_KERNEL_SYMBOLS, element }

static const struct table tables[] = {
	ALLOCATION("trace", "savedcmd", KSYM_SAVEDCMD),
	ALLOCATION("hash table", "table_perturb", KSYM_TABLE_PERTURB),
	ALLOCATION("hash table", "tcp_metrics_hash", KSYM_TCP_METRICS_HASH),
	{ "BTF", "btf_vmlinux", KSYM_BTF_VMLINUX, true, S_btf, M_btf_types,
	  WHOLE, NO_MEMBER, N_KERNEL_SYMBOLS, N_STRUCTS },
	U32S("ip_idents", KSYM_IP_IDENTS, KSYM_IP_IDENTS_MASK),
	U32S("ip_tstamps", KSYM_IP_TSTAMPS, KSYM_IP_IDENTS_MASK),
	MEMBERS("tcp_hashinfo.ehash", KSYM_TCP_HASHINFO, S_inet_hashinfo,
		M_inet_hashinfo_ehash, MASK, M_inet_hashinfo_ehash_mask,
		S_inet_ehash_bucket),
	MEMBERS("tcp_hashinfo.bhash", KSYM_TCP_HASHINFO, S_inet_hashinfo,
		M_inet_hashinfo_bhash, COUNT, M_inet_hashinfo_bhash_size,
		S_inet_bind_hashbucket),
	MEMBERS("tcp_hashinfo.bhash2", KSYM_TCP_HASHINFO, S_inet_hashinfo,
		M_inet_hashinfo_bhash2, COUNT, M_inet_hashinfo_bhash_size,
		S_inet_bind_hashbucket),
	/* Larger elements stand in hash2 since 6.13; these are its first. */
	MEMBERS("udp_table.hash", KSYM_UDP_TABLE, S_udp_table,
		M_udp_table_hash, MASK, M_udp_table_mask, S_udp_hslot),
	MEMBERS("udp_table.hash2", KSYM_UDP_TABLE, S_udp_table,
		M_udp_table_hash2, MASK, M_udp_table_mask, S_udp_hslot),
	MEMBERS("udplite_table.hash", KSYM_UDPLITE_TABLE, S_udp_table,
		M_udp_table_hash, MASK, M_udp_table_mask, S_udp_hslot),
	MEMBERS("udplite_table.hash2", KSYM_UDPLITE_TABLE, S_udp_table,
		M_udp_table_hash2, MASK, M_udp_table_mask, S_udp_hslot),
};

/* A table as it stands in the dump. */
struct found {
	kaddr_t address;
	uint64_t n;		/* what is kept of its length */
};

static enum status read_members(struct kernel *kernel,
				const struct table *table, kaddr_t address,
				struct found *found)
{
	struct object object;
	enum status st = ST_OK;

	if (table->is_pointer)
		st = kernel_read_word(kernel, address, &address.v);
	/* Nothing there yet (btf_vmlinux until somebody needs it). */
	if (!st && !address.v)
		return ST_OK;
	if (!st)
		st = object_read(kernel, table->type, address, &object);
	if (st)
		return st;
	found->address = object_pointer(&object, table->pointer);
	if (table->count != WHOLE)
		found->n = object_value(&object, table->n);
	return ST_OK;
}

static enum status read_variables(struct kernel *kernel,
				  const struct table *table, kaddr_t address,
				  struct found *found)
{
	const struct kernel_variable *variables = kernel->facts.variables;
	uint32_t n = 0;
	enum status st = kernel_read_word(kernel, address, &found->address.v);

	if (!st && table->count != WHOLE)
		st = kernel_read(kernel, variables[table->n_variable].address,
				 &n, sizeof(n));
	found->n = n;
	return st;
}

static enum status keep(struct surveyor *surveyor, const struct table *table,
			const struct found *found)
{
	const struct layout *layout = &surveyor->kernel->facts.layout;
	const uint64_t size = table->element == N_STRUCTS ?
		sizeof(uint32_t) : layout->structs[table->element].size;
	struct owner owner = { .name = table->owner };
	uint64_t n = found->n, bytes;
	size_t place;
	enum status st;

	snprintf(owner.of, sizeof(owner.of), "%s", table->of);
	st = owner_add(surveyor, &owner, &place);
	if (st)
		return st;
	if (table->count == WHOLE)
		return owner_take_allocation(surveyor, place, found->address);
	if (table->count == MASK)
		n++;
	if (__builtin_mul_overflow(n, size, &bytes))
		return ST_OK;
	return owner_take_memory(surveyor, place, found->address, bytes);
}

static bool is_known(const struct kernel *kernel, const struct table *table)
{
	const struct layout *layout = &kernel->facts.layout;
	const struct kernel_variable *variables = kernel->facts.variables;

	if (!variables[table->variable].present)
		return false;
	if (table->type != N_STRUCTS)
		return layout_has(layout, table->pointer) &&
		       (table->element == N_STRUCTS ||
			layout->structs[table->element].present);
	return table->count == WHOLE ||
	       variables[table->n_variable].present;
}

static enum status own_table(struct surveyor *surveyor,
			     const struct table *table)
{
	struct kernel *kernel = surveyor->kernel;
	const kaddr_t address = kernel->facts.variables[
					table->variable].address;
	struct found found = { .n = 0 };
	enum status st;

	if (!is_known(kernel, table))
		return ST_OK;
	st = table->type == N_STRUCTS ?
		read_variables(kernel, table, address, &found) :
		read_members(kernel, table, address, &found);
	if (!st)
		return found.address.v ? keep(surveyor, table, &found) : ST_OK;
	if (st == ST_NO_MEMORY)
		return st;
	gaps_add(&surveyor->owned.gaps, table->owner, table->of,
		 kernel->diag.text);
	return ST_OK;
}

enum status own_tables(struct surveyor *surveyor)
{
	enum status st = ST_OK;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && !st; i++)
		st = own_table(surveyor, &tables[i]);
	return st;
}
