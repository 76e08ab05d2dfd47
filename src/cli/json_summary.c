/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sums of a dump in the schema rmap-inspect/1. */
#include <stdio.h>

#include "json_about.h"
#include "json_parts.h"
#include "json_summary.h"

static json count(uint64_t n)
{
	return count_if(n != RMI_UNKNOWN, n);
}

static void add_sum(json object, const struct rmi_sum *sum)
{
	add(object, "frames", count(sum->frames));
	add(object, "mapped", count(sum->mapped));
	add(object, "mappings", count(sum->mappings));
	add(object, "dirty", count(sum->dirty));
}

static json new_all(const struct rmi_sum *sum)
{
	json object = new_object();

	add_sum(object, sum);
	return object;
}

static json new_kind(const struct rmi_kind_sum *kind)
{
	json object = new_object();

	add(object, "kind", new_string(kind->kind));
	add_sum(object, &kind->sum);
	return object;
}

static json new_process(const struct rmi_process_sum *process)
{
	json object = new_object();

	add(object, "mm", new_address(process->mm));
	add(object, "tasks", array_of(process->tasks, process->n_tasks,
				      new_task));
	add(object, "vmas", count(process->n_vmas));
	add(object, "covered", count(process->covered));
	add(object, "rss", count(process->resident));
	add(object, "anon", count(process->anon));
	add(object, "file", count(process->file));
	add(object, "shmem", count(process->shmem));
	add(object, "uss", count(process->unique));
	add(object, "pss_bytes", count(process->proportional));
	add(object, "hugetlb", count(process->hugetlb));
	add(object, "raw", count(process->raw));
	add(object, "swapped", count(process->swapped));
	add(object, "swapped_shmem", count(process->swapped_shmem));
	add(object, "swap_pss_bytes",
	    count_if(process->has_swap_proportional,
		     process->swap_proportional));
	add(object, "poisoned", count(process->poisoned));
	add(object, "not_present", count(process->not_present));
	return object;
}

static json new_sharer(const struct rmi_process_sum *const *process)
{
	json object = new_object();

	add(object, "mm", new_address((*process)->mm));
	add(object, "tasks", array_of((*process)->tasks, (*process)->n_tasks,
				      new_task));
	return object;
}

static json new_sharing(const struct rmi_sharing *sharing)
{
	json object = new_object();

	add(object, "frames", count(sharing->frames));
	add(object, "mappings", count(sharing->mappings));
	add(object, "pfn", new_hex(sharing->pfn));
	add(object, "processes", array_of(sharing->processes,
					  sharing->n_processes, new_sharer));
	return object;
}

static json new_file(const struct rmi_file_sum *file)
{
	json object = new_object();

	add(object, "address_space", new_address(file->mapping));
	add(object, "path", new_string(file->path));
	add(object, "filesystem", new_string(file->filesystem));
	add(object, "inode", count_if(file->known, file->inode));
	add(object, "major", number_if(file->known, file->major));
	add(object, "minor", number_if(file->known, file->minor));
	add_sum(object, &file->sum);
	return object;
}

static json new_memcg_sum(const struct rmi_memcg_sum *sum)
{
	json object = new_object();

	add(object, "memcg", sum->memcg ? new_memcg(sum->memcg) : new_null());
	add_sum(object, &sum->sum);
	return object;
}

static json new_family(const struct rmi_family_sum *family)
{
	json object = new_object();

	add(object, "root", new_address(family->root));
	add(object, "anon_vmas", count(family->n_anon_vmas));
	add(object, "depth", count(family->depth));
	add_sum(object, &family->sum);
	return object;
}

static json new_page_sum(const struct rmi_page_sum *page)
{
	json object = new_object();

	add(object, "pfn", new_hex(page->pfn));
	add(object, "kind", new_string(page->kind));
	add(object, "mappings", count(page->mappings));
	return object;
}

/* The largest of a list, and how long it is in all. */
static json new_top(uint64_t n_all, json largest)
{
	json object = new_object();

	add(object, "n", count(n_all));
	add(object, "largest", largest);
	return object;
}

json new_summary_document(const struct rmi_source *source,
			   const struct rmi_summary *summary)
{
	json object = new_object();

	add(object, "schema", new_string(SCHEMA));
	add(object, "source", new_source(source));
	add(object, "page_size", count(summary->page_size));
	add(object, "all", new_all(&summary->all));
	add(object, "kinds", array_of(summary->kinds, summary->n_kinds,
				      new_kind));
	add(object, "processes", array_of(summary->processes,
					  summary->n_processes, new_process));
	add(object, "sharings",
	    new_top(summary->n_all_sharings,
		    array_of(summary->sharings, summary->n_sharings,
			     new_sharing)));
	add(object, "files",
	    new_top(summary->n_all_files,
		    array_of(summary->files, summary->n_files, new_file)));
	add(object, "memcgs", array_of(summary->memcgs, summary->n_memcgs,
				       new_memcg_sum));
	add(object, "families",
	    new_top(summary->n_all_families,
		    array_of(summary->families, summary->n_families,
			     new_family)));
	add(object, "pages",
	    new_top(summary->n_all_pages,
		    array_of(summary->pages, summary->n_pages, new_page_sum)));
	add(object, "ksm_saved", count(summary->ksm_saved));
	add(object, "partial", new_bool(summary->partial));
	add(object, "complete", new_bool(summary->complete));
	add(object, "gaps", array_of(summary->gaps, summary->n_gaps, new_gap));
	return object;
}

void print_summary_json(const struct rmi_source *source,
			const struct rmi_summary *summary)
{
	print_json(new_summary_document(source, summary));
	putchar('\n');
}
