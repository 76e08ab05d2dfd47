/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of memory that not even the kernel has mapped: memfd_secret().
 */
#include "kind/surveyor.h"

/*
 * secretmem_aops are the operations of all such files and of no others. A
 * mapping that cannot be read is not told here: the file is not, either, and
 * that is a gap.
 */
static bool is_secret(struct kernel *kernel, kaddr_t mapping)
{
	const struct kernel_variable *operations =
		&kernel->facts.variables[KSYM_SECRETMEM_AOPS];
	struct object object;

	return operations->present &&
	       layout_has(&kernel->facts.layout, M_address_space_a_ops) &&
	       !object_read(kernel, S_address_space, mapping, &object) &&
	       kaddr_equal(object_pointer(&object, M_address_space_a_ops),
			   operations->address);
}

/* The pages of a file stand together, more or less. */
enum status describe_file(struct surveyor *surveyor, const struct frame *frame,
			  struct survey *survey)
{
	struct kernel *kernel = surveyor->kernel;
	kaddr_t mapping = page_mapping_pointer(frame->page);

	if (!kaddr_equal(surveyor->last_mapping, mapping)) {
		surveyor->last_mapping = mapping;
		surveyor->last_is_secret = is_secret(kernel, mapping);
	}
	if (surveyor->last_is_secret)
		details_text(survey->details, "memory", "secretmem");
	return ST_OK;
}
