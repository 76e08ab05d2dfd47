/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json_parts.h"

json new_gap(const struct rmi_gap *gap)
{
	json object = new_object();

	add(object, "what", new_string(gap->what));
	add(object, "where", new_string(gap->where));
	add(object, "why", new_string(gap->why));
	return object;
}

json new_task(const struct rmi_task *task)
{
	json object = new_object();

	add(object, "pid", new_number(task->pid));
	add(object, "comm", new_string(task->comm));
	return object;
}

json new_failure(const char *failure)
{
	const struct rmi_gap gap = { "query", NULL, failure };

	return new_gap(&gap);
}

json new_memcg(const struct rmi_memcg *memcg)
{
	json object;

	if (!memcg)
		return new_null();
	object = new_object();
	add(object, "address", new_address(memcg->address));
	add(object, "path", new_string(memcg->path));
	add(object, "state", new_string(memcg->state));
	add(object, "inode", new_count(memcg->inode));
	add(object, "container", new_string(memcg->container));
	return object;
}
