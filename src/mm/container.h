/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The container that a cgroup belongs to, by the names that container engines
 * give to their cgroups. Nothing else in the kernel knows of containers.
 */
#ifndef RMAP_INSPECT_MM_CONTAINER_H
#define RMAP_INSPECT_MM_CONTAINER_H

#include <stdbool.h>

#define CONTAINER_SIZE	256u

/*
 * The name or id of the innermost container in a cgroup's path, or of the pod
 * where that is all that the path tells: "pod" and its uid. False: none.
 */
bool container_of_path(const char *path, char name[static CONTAINER_SIZE]);

#endif
