/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/comm.h"

#include <string.h>

void comm_copy(const struct object *object, enum member_id member,
	       char comm[static COMM_SIZE])
{
	size_t len;
	const char *bytes = object_text(object, member, &len);

	if (len > COMM_SIZE - 1)
		len = COMM_SIZE - 1;
	len = strnlen(bytes, len);
	memcpy(comm, bytes, len);
	comm[len] = '\0';
}
