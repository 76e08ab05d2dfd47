/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Structures of the remote kernel, copied and taken apart.
 *
 * The copy is made at once, so that the members belong together, and only
 * what the want-list names is copied: a task_struct or an mm_struct is much
 * larger than what we read of it.
 */
#include <assert.h>
#include <string.h>

#include "kernel/kernel.h"
#include "kernel/wants.h"

enum status object_read_packed(struct kernel *kernel, enum struct_id type,
			       kaddr_t address, struct object *ret_object)
{
	const struct struct_layout *sl = &kernel->facts.layout.structs[type];
	enum status st;

	if (!sl->present)
		return diag_fail(&kernel->diag, ST_UNKNOWN,
				 "%s %#llx: its layout is not known",
				 struct_wants[type].id,
				 (unsigned long long)address.v);
	st = kernel_read(kernel, kaddr_add(address, sl->first),
			 ret_object->bytes, sl->end - sl->first);
	if (st)
		return diag_under(&kernel->diag, st, "%s %#llx",
				  struct_wants[type].id,
				  (unsigned long long)address.v);
	ret_object->layout = &kernel->facts.layout;
	ret_object->type = type;
	ret_object->address = address;
	return ST_OK;
}

enum status object_read(struct kernel *kernel, enum struct_id type,
			kaddr_t address, struct object *ret_object)
{
	if (address.v & 7)
		return diag_fail(&kernel->diag, ST_CORRUPT,
				 "%s %#llx: misaligned", struct_wants[type].id,
				 (unsigned long long)address.v);
	return object_read_packed(kernel, type, address, ret_object);
}

static const uint8_t *member_bytes(const struct object *object,
				   const struct member_layout *ml)
{
	assert(ml->present);
	return object->bytes + ml->offset -
	       object->layout->structs[object->type].first;
}

uint64_t object_element(const struct object *object, enum member_id member,
			size_t i)
{
	const struct member_layout *ml = &object->layout->members[member];
	uint64_t value = 0;

	assert(i < ml->count);
	/* Only types that lie make an array of numbers one of structures. */
	if (i && ml->size > sizeof(value))
		return 0;
	/* Both sides are little-endian; kernel_bind() refuses others. */
	memcpy(&value, member_bytes(object, ml) + i * ml->size,
	       ml->size < sizeof(value) ? ml->size : sizeof(value));
	return value;
}

uint64_t object_value(const struct object *object, enum member_id member)
{
	return object_element(object, member, 0);
}

int64_t object_signed(const struct object *object, enum member_id member)
{
	uint32_t size = object->layout->members[member].size;
	unsigned int unused = size < 8 ? 64 - 8 * size : 0;

	return (int64_t)(object_value(object, member) << unused) >> unused;
}

kaddr_t object_pointer(const struct object *object, enum member_id member)
{
	return KADDR(object_value(object, member));
}

const char *object_text(const struct object *object, enum member_id member,
			size_t *ret_len)
{
	const struct member_layout *ml = &object->layout->members[member];

	*ret_len = member_bytes_wanted(ml);
	return (const char *)member_bytes(object, ml);
}

kaddr_t container_of_member(const struct kernel *kernel, enum member_id member,
			    kaddr_t address)
{
	return KADDR(address.v - kernel->facts.layout.members[member].offset);
}
