/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who was about to change something when the machine stopped: the owner of the
 * rw_semaphore over it, if that is held for writing.
 */
#ifndef RMAP_INSPECT_AUDIT_LOCK_H
#define RMAP_INSPECT_AUDIT_LOCK_H

#include "mm/task.h"

struct lock_holder {
	const char *lock;	/* "mmap_lock"; NULL: nobody writes */
	kaddr_t object;		/* that the lock is in */
	kaddr_t task;		/* 0: not known */
	uint32_t pid;
	char comm[COMM_SIZE];	/* "": not known */
};

/* Nobody writes, or nobody could say. */
extern const struct lock_holder no_holder;

struct lock_holder holder_of_mm(struct kernel *kernel, kaddr_t mm);
struct lock_holder holder_of_anon_vma(struct kernel *kernel, kaddr_t root);
/* The same of any member of the family. */
struct lock_holder holder_of_family(struct kernel *kernel, kaddr_t anon_vma);
struct lock_holder holder_of_mapping(struct kernel *kernel, kaddr_t mapping);

#endif
