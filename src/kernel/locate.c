/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where VMCOREINFO is when the dump does not bring it, as is so with QEMU's
 * and libvirt's unless the guest has -device vmcoreinfo, or when what it brings
 * is damaged.
 *
 * The kernel keeps the text in a page of its memory from boot on. That page is
 * found from the registers of a CPU (pointed.c), or else all of memory is
 * looked through. There may be more than one: kexec and a warm reboot leave
 * that of the kernel before, and whoever reads a dump has one in its memory. A
 * text counts only if the kernel that it tells of is there: its page table maps
 * itself, and the release stands where it should. Where CPUs were noted it has
 * to be that which one of them ran; where not, it has to be the only one.
 */
#include <ctype.h>
#include <string.h>

#include "image/machine.h"
#include "image/vmcoreinfo.h"
#include "kernel/bind.h"
#include "kernel/locate.h"

/* Most of them are known to be the kernel's by then. */
#define MAX_SWEEPS	8u

/* More pages than this that begin like VMCOREINFO are somebody's joke. */
#define MAX_PAGES	256u

/* A text of a kernel that is there. */
struct candidate {
	char *text;
	paddr_t at;
	const struct arch *arch;
	unsigned int page_shift;	/* of its kernel */
	enum vmcoreinfo_from from;
	char release[128];
};

DEFINE_VEC(candidate_vec, struct candidate)

struct locator {
	struct kernel *kernel;
	const char *own;		/* of the dump, and no good; or NULL */
	struct image_cpu_vec cpus;	/* those that used a page table */
	enum vmcoreinfo_from from;	/* how candidates are come by */
	struct candidate_vec candidates;
};

/* ---- what a text is worth ---- */

/* What the steps of kernel_bind() leave in kernel is for them to overwrite. */
static void forget(struct kernel *kernel)
{
	kernel->release[0] = '\0';
	kernel->build_id[0] = '\0';
	kernel->mmu = (struct mmu) { 0 };
	kernel->pgd = PADDR(0);
	kernel->has_phys_base = false;
	kernel->has_kaslr_offset = false;
	kernel_forget_translations(kernel);
}

/* Whether the kernel is there that the image's VMCOREINFO tells of. */
static enum status judge(struct kernel *kernel, struct diag *diag)
{
	enum status st;

	forget(kernel);
	st = identify_dump(kernel, diag);
	if (!st && !kernel->release[0])
		st = diag_fail(diag, ST_ABSENT, "VMCOREINFO has no OSRELEASE");
	if (!st)
		st = bind_address_space(kernel, diag);
	if (!st)
		st = check_address_space(kernel, diag);
	if (!st)
		st = identify_release(kernel, diag);
	return st;
}

/* ---- CPUs ---- */

/* Its page tables are made the kernel's; false: there is no such. */
static bool use_table(struct kernel *kernel, const struct image_cpu *cpu,
		      size_t i)
{
	struct told_number told[N_TOLD] = { 0 };
	paddr_t tables[CPU_TABLES];
	unsigned int levels;

	if (i >= kernel->arch->cpu_tables(cpu->cr, tables, &levels))
		return false;
	told[TOLD_FIVE_LEVELS] = (struct told_number) { true, levels == 5 };
	kernel->pgd = tables[i];
	kernel_forget_translations(kernel);
	return kernel->arch->set_up(told, kernel->image->page_shift,
				    &kernel->mmu);
}

/* kernel was judged by the text in question. */
static bool is_run_by(struct kernel *kernel, const struct image_cpu *cpu)
{
	const struct mmu mmu = kernel->mmu;
	const paddr_t pgd = kernel->pgd;
	struct diag ignored;
	bool runs = false;

	for (size_t i = 0; !runs && use_table(kernel, cpu, i); i++) {
		kaddr_t symbol;
		paddr_t phys;

		runs = kernel->mmu.levels == mmu.levels &&
		       !vmcoreinfo_hex(kernel->image->vmcoreinfo,
				       "SYMBOL(swapper_pg_dir)", &symbol.v,
				       &ignored) &&
		       !kernel_translate(kernel, symbol, &phys) &&
		       phys.v == pgd.v;
	}
	kernel->mmu = mmu;
	kernel->pgd = pgd;
	kernel_forget_translations(kernel);
	return runs;
}

static bool is_run(const struct locator *locator)
{
	for (size_t i = 0; i < locator->cpus.n; i++)
		if (is_run_by(locator->kernel, &locator->cpus.items[i]))
			return true;
	return false;
}

static bool used_table(const struct kernel *kernel,
		       const struct image_cpu *cpu)
{
	paddr_t tables[CPU_TABLES];
	unsigned int levels;

	return kernel->arch->cpu_tables(cpu->cr, tables, &levels) > 0;
}

static enum status find_cpus(struct locator *locator, struct diag *diag)
{
	struct kernel *kernel = locator->kernel;
	struct image_cpu_vec *cpus = &locator->cpus;
	size_t n = 0;
	enum status st;

	if (!kernel->arch || !kernel->arch->cpu_tables)
		return ST_OK;
	st = image_cpus(kernel->image, cpus, diag);
	for (size_t i = 0; i < cpus->n; i++)
		if (used_table(kernel, &cpus->items[i]))
			cpus->items[n++] = cpus->items[i];
	cpus->n = n;
	return st == ST_NO_MEMORY ? st : ST_OK;
}

/* ---- candidates ---- */

/*
 * The text that a page holds, by whole lines: the kernel cuts the last where
 * its page ends. NULL: it is no text, or there is no memory.
 */
static char *text_of(const uint8_t *bytes, size_t size)
{
	char *text = strndup((const char *)bytes, size), *end;

	if (!text)
		return NULL;
	for (const char *c = text; *c; c++)
		if (!isprint((unsigned char)*c) && *c != '\n') {
			free(text);
			return NULL;
		}
	end = strrchr(text, '\n');
	if (end)
		end[1] = '\0';
	return text;
}

/* A crash adds a line to the one, or to a copy of it (crash_save_vmcoreinfo()). */
static bool same_kernel(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);

	return !strncmp(a, b, a_len < b_len ? a_len : b_len);
}

/* Takes the candidate's text over. */
static enum status add_candidate(struct locator *locator,
				 struct candidate candidate)
{
	for (size_t i = 0; i < locator->candidates.n; i++) {
		struct candidate *other = &locator->candidates.items[i];

		if (!same_kernel(other->text, candidate.text))
			continue;
		if (strlen(other->text) < strlen(candidate.text)) {
			struct candidate shorter = *other;

			*other = candidate;
			candidate = shorter;
		}
		free(candidate.text);
		return ST_OK;
	}
	if (!candidate_vec_push(&locator->candidates, candidate))
		return ST_OK;
	free(candidate.text);
	return ST_NO_MEMORY;
}

/*
 * A page that begins like VMCOREINFO becomes a candidate if its kernel is there
 * and, where that is known, is one that was run.
 */
static enum status consider(struct locator *locator, pfn_t pfn)
{
	struct kernel *kernel = locator->kernel;
	const unsigned int page_shift = kernel->image->page_shift;
	struct candidate candidate = {
		.at = PADDR(pfn.v << page_shift),
		.arch = kernel->arch,
		.page_shift = page_shift,
		.from = locator->from,
	};
	struct diag why;
	const uint8_t *bytes;
	enum status st;

	if (image_page(kernel->image, pfn, &bytes, NULL))
		return ST_OK;
	candidate.text = text_of(bytes, (size_t)1 << page_shift);
	if (!candidate.text)
		return ST_OK;
	kernel->image->vmcoreinfo = candidate.text;
	st = judge(kernel, &why);
	if (!st && locator->cpus.n && !is_run(locator))
		st = diag_fail(&why, ST_MISMATCH, "no CPU ran it");
	kernel->image->vmcoreinfo = locator->own;
	if (!st) {
		strcpy(candidate.release, kernel->release);
		return add_candidate(locator, candidate);
	}
	log_step(kernel->log, "VMCOREINFO at %#llx: %s",
		 (unsigned long long)candidate.at.v, why.text);
	free(candidate.text);
	return ST_OK;
}

/* ---- texts that tell what machine it is, where nothing else does ---- */

static enum status machine_of_page(struct image *image, pfn_t pfn,
				   struct machine *ret_machine)
{
	cleanup_free char *text = NULL;
	const uint8_t *bytes;

	*ret_machine = (struct machine) { 0 };
	if (image_page(image, pfn, &bytes, NULL))
		return ST_OK;
	text = strndup((const char *)bytes, (size_t)1 << image->page_shift);
	if (!text)
		return ST_NO_MEMORY;
	*ret_machine = machine_told(text);
	return ST_OK;
}

static bool can_be(const struct kernel *kernel, const struct machine *machine,
		   uint64_t at)
{
	return machine->page_shift && machine->architecture &&
	       !(at & ((1ULL << machine->page_shift) - 1)) &&
	       (!kernel->arch ||
		kernel->arch == arch_by_name(machine->architecture));
}

/* The image has its smallest pages again when a text has been judged. */
static enum status consider_with_pages(struct locator *locator, uint64_t at,
				       unsigned int page_shift)
{
	struct image *image = locator->kernel->image;
	const unsigned int guess = image->page_shift;
	struct diag why;
	enum status st = image_set_page_shift(image, page_shift, &why), back;

	if (st)
		return st == ST_CORRUPT ? ST_OK : st;	/* not of this dump */
	st = consider(locator, PFN(at >> page_shift));
	back = image_set_page_shift(image, guess, &why);
	return st ? st : back;
}

/* Each is taken at its word, while it is judged. */
static enum status consider_as_told(struct locator *locator, pfn_t pfn)
{
	struct kernel *kernel = locator->kernel;
	const uint64_t at = pfn.v << kernel->image->page_shift;
	const struct arch *known = kernel->arch;
	struct machine machine;
	enum status st = machine_of_page(kernel->image, pfn, &machine);

	if (st || !can_be(kernel, &machine, at))
		return st;
	kernel->arch = arch_by_name(machine.architecture);
	st = consider_with_pages(locator, at, machine.page_shift);
	kernel->arch = known;
	return st;
}

static enum status consider_found(struct locator *locator, pfn_t pfn)
{
	return locator->kernel->image->guesses_pages ?
	       consider_as_told(locator, pfn) : consider(locator, pfn);
}

/* ---- where to look ---- */

static enum status sweep_cpu(struct locator *locator,
			     const struct image_cpu *cpu, struct diag *diag)
{
	struct kernel *kernel = locator->kernel;
	enum status st = ST_OK;

	for (size_t i = 0; !st && use_table(kernel, cpu, i); i++) {
		struct pfn_vec pages = { 0 };

		st = pointed_pages(kernel, &pages, diag);
		for (size_t j = 0; j < pages.n && !st; j++)
			st = consider(locator, pages.items[j]);
		pfn_vec_fini(&pages);
	}
	return st;
}

static bool is_known(const struct locator *locator,
		     const struct image_cpu *cpu)
{
	struct kernel *kernel = locator->kernel;
	bool known = false;
	struct diag ignored;

	for (size_t i = 0; i < locator->candidates.n && !known; i++) {
		kernel->image->vmcoreinfo = locator->candidates.items[i].text;
		known = !judge(kernel, &ignored) && is_run_by(kernel, cpu);
	}
	kernel->image->vmcoreinfo = locator->own;
	return known;
}

/* All CPUs, since a crash kernel runs on one, and the others have stopped. */
static enum status find_by_cpus(struct locator *locator, struct diag *diag)
{
	size_t n_sweeps = 0;
	enum status st = ST_OK;

	for (size_t i = 0; i < locator->cpus.n && !st; i++) {
		const struct image_cpu *cpu = &locator->cpus.items[i];

		if (n_sweeps < MAX_SWEEPS && !is_known(locator, cpu)) {
			n_sweeps++;
			st = sweep_cpu(locator, cpu, diag);
		}
	}
	return st;
}

/* To the end, unless a CPU says that it is the right one. */
static enum status find_by_search(struct locator *locator, struct diag *diag)
{
	struct kernel *kernel = locator->kernel;
	pfn_t pfn = PFN(0);

	for (size_t i = 0; i < MAX_PAGES; i++) {
		enum status st = image_find_page(kernel->image, pfn,
						 VMCOREINFO_HEAD,
						 sizeof(VMCOREINFO_HEAD) - 1,
						 kernel->log, &pfn, diag);

		if (st)
			return st == ST_ABSENT ? ST_OK : st;
		st = consider_found(locator, pfn);
		if (st || (locator->cpus.n && locator->candidates.n))
			return st;
		pfn = PFN(pfn.v + 1);
	}
	return diag_fail(diag, ST_BUDGET, "too many pages of memory begin like "
			 "VMCOREINFO");
}

/* ---- what comes of it ---- */

/* Lines that are another's where the kernel is, whatever else is damaged. */
static const char *const own_keys[] = {
	"OSRELEASE", "BUILD-ID", "KERNELOFFSET",
};

static enum status check_against_own(const struct locator *locator,
				     const struct candidate *candidate,
				     struct diag *diag)
{
	for (size_t i = 0; i < sizeof(own_keys) / sizeof(own_keys[0]); i++) {
		char own[128], its[128];
		struct diag ignored;

		if (vmcoreinfo_text(locator->own, own_keys[i], own,
				    sizeof(own), &ignored) ||
		    vmcoreinfo_text(candidate->text, own_keys[i], its,
				    sizeof(its), &ignored) ||
		    !strcmp(own, its))
			continue;
		return diag_fail(diag, ST_MISMATCH, "the only kernel found in "
				 "memory has %s=%s, and the dump's VMCOREINFO "
				 "%s", own_keys[i], its, own);
	}
	return ST_OK;
}

static enum status choose(const struct locator *locator,
			  const struct candidate **ret_chosen,
			  struct diag *diag)
{
	const struct candidate *items = locator->candidates.items;
	bool has_cpus = locator->cpus.n;

	if (!locator->candidates.n)
		return diag_fail(diag, ST_UNSUPPORTED, "none is in memory%s",
				 has_cpus ? " that is of the kernel which the "
				 "CPUs ran" : "");
	if (locator->candidates.n > 1)
		return diag_fail(diag, ST_UNSUPPORTED, "several are in memory, "
				 "of %s at %#llx and of %s at %#llx among them, "
				 "and %s", items[0].release,
				 (unsigned long long)items[0].at.v,
				 items[1].release,
				 (unsigned long long)items[1].at.v, has_cpus ?
				 "both kernels have CPUs, as while a crash "
				 "kernel runs" : "nothing tells which of the "
				 "kernels ran last");
	*ret_chosen = &items[0];
	return has_cpus ? ST_OK :
	       check_against_own(locator, &items[0], diag);
}

static enum status find(struct locator *locator,
			const struct candidate **ret_chosen, struct diag *diag)
{
	enum status st = find_cpus(locator, diag);

	locator->from = FROM_CPU;
	if (!st)
		st = find_by_cpus(locator, diag);
	locator->from = FROM_SEARCH;
	if (!st && !locator->candidates.n)
		st = find_by_search(locator, diag);
	return st ? st : choose(locator, ret_chosen, diag);
}

static enum status adopt(struct kernel *kernel,
			 const struct candidate *chosen, struct diag *diag)
{
	struct image *image = kernel->image;
	enum status st = image_set_page_shift(image, chosen->page_shift, diag);

	if (st)
		return st;
	image->guesses_pages = false;
	image->architecture = chosen->arch->name;
	kernel->arch = chosen->arch;
	kernel->vmcoreinfo_from = chosen->from;
	kernel->vmcoreinfo_at = chosen->at;
	log_step(kernel->log, "VMCOREINFO found in memory at %#llx, %s",
		 (unsigned long long)chosen->at.v,
		 chosen->from == FROM_CPU ?
		 "to which the kernel of a CPU points" :
		 "by a search of all of it");
	return image_adopt_vmcoreinfo(image, chosen->text, diag);
}

static void locator_fini(struct locator *locator)
{
	for (size_t i = 0; i < locator->candidates.n; i++)
		free(locator->candidates.items[i].text);
	candidate_vec_fini(&locator->candidates);
	image_cpu_vec_fini(&locator->cpus);
	forget(locator->kernel);
}

static enum status find_in_memory(struct kernel *kernel, struct diag *diag)
{
	cleanup(locator_fini) struct locator locator = {
		.kernel = kernel, .own = kernel->image->vmcoreinfo
	};
	const struct candidate *chosen;
	enum status st = find(&locator, &chosen, diag);

	return st ? st : adopt(kernel, chosen, diag);
}

/* Of a dump that has one. */
static enum status replace(struct kernel *kernel, const struct diag *why_not,
			   struct diag *diag)
{
	struct diag why;
	enum status st = find_in_memory(kernel, &why);

	if (st == ST_NO_MEMORY || st == ST_STOPPED)
		return diag_fail(diag, st, "%s", why.text);
	if (!st) {
		log_warning(kernel->log, "the dump's VMCOREINFO is not used "
			    "(%s); the kernel's own, in memory at %#llx, is",
			    why_not->text,
			    (unsigned long long)kernel->vmcoreinfo_at.v);
		return ST_OK;
	}
	log_step(kernel->log, "the dump's VMCOREINFO does not fit (%s), and no "
		 "other is there: %s", why_not->text, why.text);
	return ST_OK;
}

enum status locate_kernel(struct kernel *kernel, struct diag *diag)
{
	struct diag why = { "" };
	enum status st;

	if (kernel->image->live)
		return ST_OK;
	if (kernel->image->vmcoreinfo)
		return judge(kernel, &why) ? replace(kernel, &why, diag) :
					     ST_OK;
	st = find_in_memory(kernel, &why);
	if (!st)
		return ST_OK;
	if (st == ST_NO_MEMORY || st == ST_STOPPED)
		return diag_fail(diag, st, "%s", why.text);
	return diag_fail(diag, ST_UNSUPPORTED,
			 "the dump has no VMCOREINFO, which tells where the "
			 "kernel lies, and it was not found: %s; "
			 VMCOREINFO_HINT, why.text);
}
