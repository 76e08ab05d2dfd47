/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two sources, one answer: what DWARF, the BTF of the vmlinux and the BTF in
 * the dump say of every structure, member and enumerator, and what .symtab and
 * kallsyms say of every variable.
 *
 *	check_sources VMCORE VMLINUX
 *
 * Ends with "N passed, N failed".
 */
#include <stdio.h>
#include <string.h>

#include "debuginfo/btf_types.h"
#include "kernel/kernel.h"
#include "kernel/wants.h"

static size_t passed, failed;

static void check(bool equal, const char *source, const char *name)
{
	if (equal) {
		passed++;
		return;
	}
	failed++;
	printf("%s: %s differs from DWARF's\n", source, name);
}

static bool same_member(const struct member_layout *a,
			const struct member_layout *b)
{
	return a->present == b->present &&
	       (!a->present || (a->name == b->name && a->offset == b->offset &&
				a->size == b->size && a->count == b->count));
}

static bool same_struct(const struct struct_layout *a,
			const struct struct_layout *b)
{
	return a->present == b->present &&
	       (!a->present || (a->name == b->name && a->size == b->size));
}

/*
 * BTF is of the whole kernel. The units whose DWARF is read may lack an
 * enumerator that is of no use without a structure, where there is none.
 */
static bool is_of_no_use(const struct layout *layout, enum enumerator_id id)
{
	return id == E_HPG_raw_hwp_unreliable &&
	       !layout->structs[S_raw_hwp_page].present;
}

static bool same_enumerator(const struct layout *a, const struct layout *b,
			    enum enumerator_id id)
{
	if (is_of_no_use(a, id) && is_of_no_use(b, id))
		return true;
	return a->has_enumerator[id] == b->has_enumerator[id] &&
	       (!a->has_enumerator[id] ||
		a->enumerators[id] == b->enumerators[id]);
}

static void compare_layouts(const struct layout *dwarf,
			    const struct layout *other, const char *source)
{
	for (size_t i = 0; i < N_STRUCTS; i++)
		check(same_struct(&dwarf->structs[i], &other->structs[i]),
		      source, struct_wants[i].id);
	for (size_t i = 0; i < N_MEMBERS; i++)
		check(same_member(&dwarf->members[i], &other->members[i]),
		      source, member_wants[i].id);
	for (size_t i = 0; i < N_ENUMERATORS; i++)
		check(same_enumerator(dwarf, other, i), source,
		      enumerator_wants[i].id);
}

/* Its own tables kallsyms names in some kernels only; VMCOREINFO has them. */
static bool same_variable(const struct kernel_variable *symtab,
			  const struct kernel_variable *kallsyms,
			  const char *name)
{
	if (!kallsyms->present && !strncmp(name, "kallsyms_", 9))
		return true;
	return symtab->present == kallsyms->present &&
	       (!symtab->present ||
		kaddr_equal(symtab->address, kallsyms->address));
}

static void compare_variables(const struct kernel *symtab,
			      const struct kernel *kallsyms)
{
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++) {
		const struct kernel_variable *a = &symtab->facts.variables[i];
		const struct kernel_variable *b = &kallsyms->facts.variables[i];

		check(same_variable(a, b, kernel_symbol_name(i)),
		      kallsyms->facts.symbols_from, kernel_symbol_name(i));
	}
}

static struct kernel *open_dump(const char *core, const char *vmlinux)
{
	const struct image_options in_tmp = { .tmpdir = "/var/tmp" };
	const struct kernel_options options = { .vmlinux = vmlinux };
	struct diag diag = { "" };
	struct kernel *kernel = NULL;
	struct image *image;
	enum status st = image_open(&core, 1, &in_tmp, &image, &diag);

	if (!st) {
		kernel = kernel_new(image);
		st = kernel_bind(kernel, &options, &diag);
	}
	if (!st)
		return kernel;
	printf("%s\n", diag.text);
	kernel_free(kernel);
	return NULL;
}

static void compare_file_btf(const struct kernel *kernel, const char *vmlinux)
{
	struct type_source *btf = NULL;
	struct diag diag = { "" };
	struct layout layout;
	enum status st = btf_types_open_file(vmlinux, &btf, &diag);

	if (!st)
		st = layout_resolve(&layout, btf, &diag);
	check(!st, "BTF of the vmlinux", diag.text);
	if (!st)
		compare_layouts(&kernel->facts.layout, &layout,
				"BTF of the vmlinux");
	type_source_free(btf);
}

int main(int argc, char **argv)
{
	struct kernel *dwarf, *alone;

	if (argc != 3)
		return 2;
	dwarf = open_dump(argv[1], argv[2]);
	alone = open_dump(argv[1], NULL);
	check(dwarf && alone, argv[1], "opening");
	if (dwarf && alone) {
		compare_layouts(&dwarf->facts.layout, &alone->facts.layout,
				"BTF in the dump");
		compare_variables(dwarf, alone);
		compare_file_btf(dwarf, argv[2]);
	}
	kernel_free(dwarf);
	kernel_free(alone);
	printf("%zu passed, %zu failed\n", passed, failed);
	return failed != 0;
}
