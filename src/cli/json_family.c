/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The family of an anon_vma in the schema rmap-inspect/1. What refers to
 * another item does so by its address, as the kernel does.
 */
#include <stdio.h>

#include "json_about.h"
#include "json_family.h"
#include "json_parts.h"

static json address_of(const struct rmi_family *family, size_t number)
{
	return number == RMI_NONE ? new_null() :
	       new_address(family->anon_vmas[number].anon_vma);
}

static json new_avc(const struct rmi_family *family, size_t anon_vma,
		     const struct rmi_avc *avc)
{
	const struct rmi_family_vma *vma = &family->vmas[avc->vma];
	json object = new_object();

	add(object, "avc", new_address(avc->avc));
	add(object, "vma", new_address(vma->vma));
	add(object, "own", new_bool(vma->own == anon_vma));
	return object;
}

static json new_avcs(const struct rmi_family *family, size_t number)
{
	const struct rmi_anon_vma *anon_vma = &family->anon_vmas[number];
	json array = new_array();

	for (size_t i = 0; i < anon_vma->n_avcs; i++)
		append(array, new_avc(family, number, &anon_vma->avcs[i]));
	return array;
}

static json counter(int64_t value)
{
	return number_if(value >= 0, value);
}

static json new_anon_vma(const struct rmi_family *family, size_t number)
{
	const struct rmi_anon_vma *anon_vma = &family->anon_vmas[number];
	json object = new_object();

	add(object, "anon_vma", new_address(anon_vma->anon_vma));
	add(object, "parent", address_of(family, anon_vma->parent));
	add(object, "depth", new_number(anon_vma->depth));
	add(object, "seen", new_bool(anon_vma->seen));
	add(object, "refcount", counter(anon_vma->refcount));
	add(object, "degree", counter(anon_vma->degree));
	add(object, "num_children", counter(anon_vma->n_children));
	add(object, "num_active_vmas", counter(anon_vma->n_active_vmas));
	add(object, "reusable", new_bool(anon_vma->reusable));
	add(object, "avcs", new_avcs(family, number));
	return object;
}

static json new_anon_vmas(const struct rmi_family *family)
{
	json array = new_array();

	for (size_t i = 0; i < family->n_anon_vmas; i++)
		append(array, new_anon_vma(family, i));
	return array;
}

static json new_vma(const struct rmi_family *family,
		     const struct rmi_family_vma *vma)
{
	json object = new_object();

	add(object, "vma", new_address(vma->vma));
	add(object, "mm", new_address(vma->mm));
	add(object, "tasks", array_of(vma->tasks, vma->n_tasks, new_task));
	add(object, "vma_start", new_hex(vma->start));
	add(object, "vma_end", new_hex(vma->end));
	add(object, "vma_flags", new_hex(vma->flags));
	add(object, "perm", new_string(vma->perm));
	add(object, "anon_vma", address_of(family, vma->own));
	add(object, "reused", address_of(family, vma->reused));
	return object;
}

static json new_vmas(const struct rmi_family *family)
{
	json array = new_array();

	for (size_t i = 0; i < family->n_vmas; i++)
		append(array, new_vma(family, &family->vmas[i]));
	return array;
}

static json new_family(const struct rmi_family *family)
{
	json object = new_object();

	add(object, "asked", address_of(family, family->asked));
	add(object, "root", address_of(family, family->root));
	add(object, "anon_vmas", new_anon_vmas(family));
	add(object, "vmas", new_vmas(family));
	add(object, "gaps", array_of(family->gaps, family->n_gaps, new_gap));
	return object;
}

json new_family_document(const struct family_answer *answer)
{
	json document = new_object();

	add(document, "schema", new_string(SCHEMA));
	add(document, "source", new_source(answer->source));
	add(document, "family", new_family(answer->family));
	add(document, "complete", new_bool(answer->complete));
	add(document, "gaps",
	    array_of(answer->gaps, answer->n_gaps, new_gap));
	return document;
}

void print_family_json(const struct family_answer *answer)
{
	print_json(new_family_document(answer));
	putchar('\n');
}
