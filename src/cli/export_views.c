/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The views, and the indexes that only they need. Sizes are in bytes.
 *
 * What is grouped by a file is grouped by its path as well, so that a WHERE
 * on the path finds the file first instead of summing up all of them.
 */
#include "export_views.h"

#define PAGE_SIZE \
	"(SELECT CAST(value AS INTEGER) FROM dump WHERE key = 'page_size')"

const char *const export_views[] = {
	"CREATE INDEX page_mappings ON page (mappings) WHERE mappings > 1",
	"CREATE INDEX page_unexplained ON page (unexplained)"
	" WHERE unexplained <> 0",

	"CREATE VIEW pss_by_process AS"
	" SELECT task.pid, task.comm, mm.pss_bytes,"
	" mm.resident * " PAGE_SIZE " AS rss_bytes,"
	" mm.not_shared * " PAGE_SIZE " AS uss_bytes,"
	" (mm.swapped + mm.swapped_shmem) * " PAGE_SIZE " AS swap_bytes,"
	" mm.hugetlb * " PAGE_SIZE " AS hugetlb_bytes,"
	" cgroup.path AS cgroup"
	" FROM task JOIN mm ON mm.id = task.mm"
	" LEFT JOIN cgroup ON cgroup.id = task.cgroup"
	" ORDER BY mm.pss_bytes DESC, task.pid",

	"CREATE VIEW shared_pages AS"
	" SELECT page.pfn, page.kind, page.mappings, page.mapcount,"
	" page.anon_vma, page.ksm_node, page.file, file.path, page.pgoff"
	" FROM page LEFT JOIN file ON file.id = page.file"
	" WHERE page.mappings > 1"
	" ORDER BY page.mappings DESC",

	"CREATE VIEW sharers_of_file AS"
	" SELECT file.id AS file, file.path, task.pid, task.comm,"
	" count(*) AS mappings, count(DISTINCT mapping.pfn) AS pages"
	" FROM file JOIN page ON page.file = file.id"
	" JOIN mapping ON mapping.pfn = page.pfn"
	" JOIN vma ON vma.id = mapping.vma"
	" JOIN task ON task.mm = vma.mm"
	" GROUP BY file.id, file.path, task.pid",

	"CREATE VIEW unexplained_references AS"
	" SELECT page.pfn, page.kind, page.folio_order, page.refcount,"
	" page.unexplained, page.pins, page.mappings, page.anon_vma,"
	" page.file, file.path, page.pgoff"
	" FROM page LEFT JOIN file ON file.id = page.file"
	" WHERE page.unexplained <> 0",

	NULL
};
