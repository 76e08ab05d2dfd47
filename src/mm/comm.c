/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mm/comm.h"

#include <string.h>

#include "base/stand_in.h"

_Static_assert(STAND_IN_SIZE <= COMM_SIZE, "a comm holds a stand-in");

void comm_copy(const struct kernel *kernel, const struct object *object,
	       enum member_id member, char comm[static COMM_SIZE])
{
	size_t len;
	const char *bytes = object_text(object, member, &len);

	if (len > COMM_SIZE - 1)
		len = COMM_SIZE - 1;
	len = strnlen(bytes, len);
	if (kernel->redact) {
		stand_in(NAME_OF_COMMAND, bytes, len, comm);
		return;
	}
	memcpy(comm, bytes, len);
	comm[len] = '\0';
}
