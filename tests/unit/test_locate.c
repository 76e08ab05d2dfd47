/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/kernel: finding VMCOREINFO in memory. The machines here hold nothing but
 * what that needs: kernels with a page table, a release, the text and a pointer
 * to it.
 */
#include "world.h"

#include "image/memory.h"
#include "kernel/bind.h"

#define PAGE		4096u
#define KERNEL_MAP	0xffffffff80000000ULL
#define LINKED		0x1000000ULL
#define DIRECT_MAP	0xffff888000000000ULL

#define PRESENT		0x63ULL		/* present, writable, accessed, dirty */

/* Pages of a kernel's image, from its start. */
enum {
	IMAGE_PGD,
	IMAGE_USER_PGD,		/* behind it, as isolation wants it */
	IMAGE_UTS,
	IMAGE_DATA,
	IMAGE_PAGES,
};

/* A kernel in memory; one more page follows at text. */
struct built {
	struct image *image;
	const char *release;
	unsigned int levels;
	uint64_t kaslr;
	uint64_t phys;		/* of its image */
	uint64_t text;		/* of VMCOREINFO */
	uint64_t encryption;	/* in each entry */
	bool says_encryption;
	uint64_t next;		/* a free page, for tables */
};

static uint64_t virt_of(const struct built *built, uint64_t page)
{
	return KERNEL_MAP + LINKED + built->kaslr + page * PAGE;
}

static uint64_t read_word(struct image *image, uint64_t phys)
{
	uint64_t word = 0;

	(void)!image_read(image, PADDR(phys), &word, sizeof(word), NULL);
	return word;
}

static void write_word(struct image *image, uint64_t phys, uint64_t word)
{
	ck_ok(memory_image_write(image, PADDR(phys), &word, sizeof(word)));
}

static void map_page(struct built *built, uint64_t pgd, uint64_t address,
		     uint64_t phys)
{
	uint64_t table = pgd;

	for (unsigned int level = built->levels; level-- > 0;) {
		uint64_t entry = table +
				 ((address >> (12 + 9 * level)) & 511) * 8;
		uint64_t next = level ? read_word(built->image, entry) : phys;

		if (!next) {
			next = built->next;
			built->next += PAGE;
			write_word(built->image, next, 0);
		}
		next &= ~built->encryption & ~(PAGE - 1ULL);
		write_word(built->image, entry,
			   next | PRESENT | built->encryption);
		table = next;
	}
}

static uint64_t page_of(const struct built *built, uint64_t page)
{
	return built->phys + page * PAGE;
}

static void write_text(const struct built *built, const char *text)
{
	ck_ok(memory_image_write(built->image, PADDR(built->text), text,
				 strlen(text) + 1));
}

struct text {
	char bytes[PAGE + 1];
};

static struct text vmcoreinfo_of(const struct built *built)
{
	struct text text;
	int len = snprintf(text.bytes, sizeof(text.bytes),
			   "OSRELEASE=%s\n"
			   "BUILD-ID=0123456789abcdef%llx\n"
			   "PAGESIZE=4096\n"
			   "SYMBOL(init_uts_ns)=%llx\n"
			   "OFFSET(uts_namespace.name)=4\n"
			   "SYMBOL(swapper_pg_dir)=%llx\n"
			   "NUMBER(phys_base)=%lld\n"
			   "NUMBER(pgtable_l5_enabled)=%d\n"
			   "KERNELOFFSET=%llx\n", built->release,
			   (unsigned long long)built->kaslr | 1ULL << 60,
			   (unsigned long long)virt_of(built, IMAGE_UTS),
			   (unsigned long long)virt_of(built, IMAGE_PGD),
			   (long long)(built->phys - LINKED - built->kaslr),
			   built->levels == 5,
			   (unsigned long long)built->kaslr);

	if (built->says_encryption)
		snprintf(text.bytes + len, sizeof(text.bytes) - len,
			 "NUMBER(sme_mask)=%lld\n",
			 (long long)built->encryption);
	return text;
}

static void build(struct built *built)
{
	const uint64_t pgd = page_of(built, IMAGE_PGD);
	const struct text text = vmcoreinfo_of(built);

	built->next = built->phys + 0x100000;
	for (uint64_t i = 0; i < IMAGE_PAGES; i++) {
		write_word(built->image, page_of(built, i), 0);
		map_page(built, pgd, virt_of(built, i), page_of(built, i));
	}
	map_page(built, pgd, DIRECT_MAP + built->text, built->text);
	ck_ok(memory_image_write(built->image,
				 PADDR(page_of(built, IMAGE_UTS) + 4 + 130),
				 built->release, strlen(built->release) + 1));
	write_word(built->image, page_of(built, IMAGE_DATA) + 256,
		   DIRECT_MAP + built->text);
	write_text(built, text.bytes);
}

static void forget_pointer(const struct built *built)
{
	write_word(built->image, page_of(built, IMAGE_DATA) + 256, 0);
}

static void add_cpu(const struct built *built, uint64_t table)
{
	const struct image_cpu cpu = { { 0x80050033, 0, 0x7ffeeaf299fc, table,
					 built->levels == 5 ? 0x1ef0 : 0xef0 } };

	ck_ok(memory_image_add_cpu(built->image, &cpu));
}

/* ---- two kernels in one memory ---- */

struct machine {
	struct kernel *kernel;
	struct built first, second;
	struct diag diag;
	struct text warning;
	struct log log;
};

static void keep_warning(enum log_level level, const char *text, void *arg)
{
	struct machine *machine = arg;

	if (level == LOG_WARNING)
		snprintf(machine->warning.bytes, PAGE, "%s", text);
}

static struct machine *new_machine(const char *own, unsigned int levels)
{
	struct machine *machine = calloc(1, sizeof(*machine));
	struct image *image = NULL;

	ck_assert_ptr_nonnull(machine);
	ck_ok(memory_image_new(own, &image, &machine->diag));
	machine->kernel = kernel_new(image);
	ck_assert_ptr_nonnull(machine->kernel);
	machine->log = (struct log) {
		.write = keep_warning, .steps = true, .arg = machine
	};
	machine->kernel->log = &machine->log;
	machine->kernel->arch = &arch_x86_64;
	machine->first = (struct built) {
		.image = image, .release = "6.1.0-test", .levels = levels,
		.kaslr = 0x3800000, .phys = 0x4000000, .text = 0x9000000,
	};
	machine->second = (struct built) {
		.image = image, .release = "6.12.0-test", .levels = levels,
		.kaslr = 0x200000, .phys = 0x6000000, .text = 0x8000000,
	};
	return machine;
}

static void free_machine(struct machine *machine)
{
	kernel_free(machine->kernel);
	free(machine);
}

static void expect_found(struct machine *machine, enum vmcoreinfo_from from,
			 const struct built *built)
{
	struct text text = vmcoreinfo_of(built);

	ck_ok(locate_kernel(machine->kernel, &machine->diag));
	ck_assert_int_eq(machine->kernel->vmcoreinfo_from, from);
	ck_assert_str_eq(machine->kernel->image->vmcoreinfo, text.bytes);
	if (from != FROM_DUMP)
		ck_assert_uint_eq(machine->kernel->vmcoreinfo_at.v,
				  built->text);
	ck_ok(identify_dump(machine->kernel, &machine->diag));
	ck_ok(bind_address_space(machine->kernel, &machine->diag));
	ck_ok(identify_release(machine->kernel, &machine->diag));
	ck_assert_str_eq(machine->kernel->release, built->release);
	free_machine(machine);
}

static void expect_none(struct machine *machine, const char *words)
{
	ck_status(locate_kernel(machine->kernel, &machine->diag),
		  ST_UNSUPPORTED);
	ck_contains(machine->diag.text, words);
	ck_contains(machine->diag.text, "-device vmcoreinfo");
	ck_assert_ptr_null(machine->kernel->image->vmcoreinfo);
	ck_assert_int_eq(machine->kernel->vmcoreinfo_from, FROM_DUMP);
	free_machine(machine);
}

/* ---- by CPUs ---- */

START_TEST(a_cpu_leads_to_it)
{
	struct machine *machine = new_machine(NULL, _i);

	build(&machine->first);
	build(&machine->second);
	add_cpu(&machine->first, page_of(&machine->first, IMAGE_PGD));
	expect_found(machine, FROM_CPU, &machine->first);
}
END_TEST

/* The low bits of CR3 name the address space, which some CPUs have use for. */
START_TEST(a_process_leads_to_it)
{
	struct machine *machine = new_machine(NULL, 4);
	const uint64_t process = 0xa000000;

	build(&machine->first);
	build(&machine->second);
	map_page(&machine->second, process, 0x400000, 0xb000000);
	for (uint64_t i = 256; i < 512; i++)
		write_word(machine->second.image, process + i * 8,
			   read_word(machine->second.image,
				     page_of(&machine->second, IMAGE_PGD) +
				     i * 8));
	add_cpu(&machine->second, process | 0x6);
	expect_found(machine, FROM_CPU, &machine->second);
}
END_TEST

START_TEST(a_user_under_isolation_leads_to_it)
{
	struct machine *machine = new_machine(NULL, 4);

	build(&machine->first);
	build(&machine->second);
	map_page(&machine->first, page_of(&machine->first, IMAGE_USER_PGD),
		 0xfffffe0000000000, 0xb000000);
	add_cpu(&machine->first,
		page_of(&machine->first, IMAGE_USER_PGD) | 0x801);
	expect_found(machine, FROM_CPU, &machine->first);
}
END_TEST

START_TEST(a_cpu_that_was_never_started_says_nothing)
{
	struct machine *machine = new_machine(NULL, 4);
	const struct image_cpu cpu = { { 0x60000010, 0, 0, 0, 0 } };

	build(&machine->first);
	ck_ok(memory_image_add_cpu(machine->first.image, &cpu));
	expect_found(machine, FROM_SEARCH, &machine->first);
}
END_TEST

/* A guest of the guest, whose tables are not in this memory. */
START_TEST(one_cpu_of_two_is_enough)
{
	struct machine *machine = new_machine(NULL, 4);

	build(&machine->first);
	add_cpu(&machine->first, 0x123456000);
	add_cpu(&machine->first, page_of(&machine->first, IMAGE_PGD));
	expect_found(machine, FROM_CPU, &machine->first);
}
END_TEST

START_TEST(a_cpu_confirms_what_it_does_not_lead_to)
{
	struct machine *machine = new_machine(NULL, 4);

	build(&machine->first);
	build(&machine->second);
	forget_pointer(&machine->first);
	add_cpu(&machine->first, page_of(&machine->first, IMAGE_PGD));
	expect_found(machine, FROM_SEARCH, &machine->first);
}
END_TEST

START_TEST(cpus_of_two_kernels)
{
	struct machine *machine = new_machine(NULL, 4);

	build(&machine->first);
	build(&machine->second);
	add_cpu(&machine->first, page_of(&machine->first, IMAGE_PGD));
	add_cpu(&machine->second, page_of(&machine->second, IMAGE_PGD));
	expect_none(machine, "both kernels have CPUs");
}
END_TEST

START_TEST(no_cpu_ran_what_is_there)
{
	struct machine *machine = new_machine(NULL, 4);

	build(&machine->first);
	add_cpu(&machine->first, 0x123456000);
	expect_none(machine, "none is in memory that is of the kernel which "
		    "the CPUs ran");
}
END_TEST

/* ---- by a search ---- */

START_TEST(the_only_one_is_found)
{
	struct machine *machine = new_machine(NULL, _i);

	build(&machine->first);
	expect_found(machine, FROM_SEARCH, &machine->first);
}
END_TEST

/* Memory encryption of AMD: a bit of each entry is no address. */
START_TEST(one_whose_entries_have_a_bit_for_encryption)
{
	struct machine *machine = new_machine(NULL, 4);

	machine->first.encryption = 1ULL << _i;
	machine->first.says_encryption = true;
	build(&machine->first);
	expect_found(machine, FROM_SEARCH, &machine->first);
}
END_TEST

START_TEST(one_that_does_not_tell_the_bit_for_encryption)
{
	struct machine *machine = new_machine(NULL, 4);

	machine->first.encryption = 1ULL << _i;
	build(&machine->first);
	expect_found(machine, FROM_SEARCH, &machine->first);
}
END_TEST

/* A kernel that says so has to be right. */
START_TEST(one_that_tells_another_bit_for_encryption)
{
	struct machine *machine = new_machine(NULL, 4);
	struct text text;

	machine->first.encryption = 1ULL << 47;
	machine->first.says_encryption = true;
	build(&machine->first);
	machine->first.encryption = 0;
	text = vmcoreinfo_of(&machine->first);
	write_text(&machine->first, text.bytes);
	expect_none(machine, "none is in memory");
}
END_TEST

/* Pages of others that begin like it, and tell of another machine. */
static const char *const other_machines[] = {
	"OSRELEASE=6\nPAGESIZE=65536\nNUMBER(phys_base)=0\n",
	"OSRELEASE=6\nPAGESIZE=4096\nNUMBER(kimage_voffset)=0x1\n",
	"OSRELEASE=6\nPAGESIZE=4096\n",
	"OSRELEASE=6\nPAGESIZE=1\nNUMBER(phys_base)=0\n",
};

static void add_other_machine(struct machine *machine, const char *words)
{
	build(&machine->first);
	ck_ok(memory_image_write(machine->first.image, PADDR(0), words,
				 strlen(words) + 1));
	machine->kernel->image->guesses_pages = true;
}

START_TEST(another_size_of_pages_is_of_nobody)
{
	struct machine *machine = new_machine(NULL, 4);

	add_other_machine(machine, other_machines[_i]);
	expect_found(machine, FROM_SEARCH, &machine->first);
}
END_TEST

/* As of QEMU's kdumps of arm64. */
START_TEST(nothing_else_tells_the_architecture)
{
	struct machine *machine = new_machine(NULL, 4);

	add_other_machine(machine, other_machines[_i]);
	machine->kernel->arch = NULL;
	machine->kernel->image->architecture = NULL;
	expect_found(machine, FROM_SEARCH, &machine->first);
}
END_TEST

START_TEST(nothing_at_all_tells_the_architecture)
{
	struct machine *machine = new_machine(NULL, 4);

	machine->kernel->arch = NULL;
	machine->kernel->image->architecture = NULL;
	machine->kernel->image->guesses_pages = true;
	expect_none(machine, "none is in memory");
}
END_TEST

START_TEST(two_kernels_and_nothing_to_tell)
{
	struct machine *machine = new_machine(NULL, 4);

	build(&machine->first);
	build(&machine->second);
	expect_none(machine, "of 6.12.0-test at 0x8000000 and of 6.1.0-test at "
		    "0x9000000 among them, and nothing tells");
}
END_TEST

/* What is left of the kernel before, part by part. */
static void lose_page_table(struct built *built)
{
	for (uint64_t i = 0; i < 512; i++)
		write_word(built->image, page_of(built, IMAGE_PGD) + i * 8, 0);
}

static void lose_release(struct built *built)
{
	write_word(built->image, page_of(built, IMAGE_UTS) + 4 + 130, 0x6162);
}

static void lose_line(struct built *built)
{
	struct text text = vmcoreinfo_of(built);

	memcpy(strstr(text.bytes, "NUMBER(phys_base)"), "n", 1);
	write_text(built, text.bytes);
}

static void lose_text(struct built *built)
{
	struct text text = vmcoreinfo_of(built);

	memcpy(strstr(text.bytes, "PAGESIZE"), "\xff", 1);
	write_text(built, text.bytes);
}

static void move(struct built *built)
{
	const struct built other = {
		.image = built->image, .release = built->release,
		.levels = built->levels, .kaslr = built->kaslr + 0x200000,
		.phys = built->phys, .text = built->text,
	};
	const struct text text = vmcoreinfo_of(&other);

	write_text(built, text.bytes);
}

static void (*const losses[])(struct built *built) = {
	lose_page_table, lose_release, lose_line, lose_text, move,
};

START_TEST(remains_of_a_kernel_do_not_count)
{
	struct machine *machine = new_machine(NULL, 4);

	build(&machine->first);
	build(&machine->second);
	losses[_i](&machine->second);
	expect_found(machine, FROM_SEARCH, &machine->first);
}
END_TEST

START_TEST(remains_of_a_kernel_are_none)
{
	struct machine *machine = new_machine(NULL, 4);

	build(&machine->first);
	losses[_i](&machine->first);
	expect_none(machine, "none is in memory;");
}
END_TEST

START_TEST(memory_without_any)
{
	struct machine *machine = new_machine(NULL, 4);

	write_word(machine->first.image, 0x1000, 1);
	expect_none(machine, "none is in memory;");
}
END_TEST

START_TEST(memory_full_of_them)
{
	struct machine *machine = new_machine(NULL, 4);

	for (uint64_t i = 0; i < 300; i++)
		ck_ok(memory_image_write(machine->first.image, PADDR(i * PAGE),
					 "OSRELEASE=6", 11));
	expect_none(machine, "too many pages");
}
END_TEST

/* ---- the text ---- */

START_TEST(a_text_that_fills_its_page)
{
	struct machine *machine = new_machine(NULL, 4);
	struct text text;
	size_t len;

	build(&machine->first);
	text = vmcoreinfo_of(&machine->first);
	len = strlen(text.bytes);
	while (len < PAGE)
		text.bytes[len++] = 'X';
	memcpy(text.bytes + PAGE - 14, "\nCRASHTIME=170", 14);
	text.bytes[PAGE] = '\0';
	write_text(&machine->first, text.bytes);
	ck_ok(locate_kernel(machine->kernel, &machine->diag));
	ck_assert_uint_eq(strlen(machine->kernel->image->vmcoreinfo),
			  PAGE - 13);
	ck_assert_ptr_null(strstr(machine->kernel->image->vmcoreinfo,
				  "CRASHTIME"));
	free_machine(machine);
}
END_TEST

/* A crash writes into a copy, when there is one. */
START_TEST(the_copy_with_the_time_of_the_crash)
{
	struct machine *machine = new_machine(NULL, 4);
	const struct built *built = &machine->first;
	struct text text;

	build(&machine->first);
	text = vmcoreinfo_of(built);
	strcat(text.bytes, "CRASHTIME=1700000000\n");
	ck_ok(memory_image_write(built->image,
				 PADDR(_i ? 0x7000000 : 0xa000000), text.bytes,
				 strlen(text.bytes) + 1));
	ck_ok(locate_kernel(machine->kernel, &machine->diag));
	ck_assert_str_eq(machine->kernel->image->vmcoreinfo, text.bytes);
	free_machine(machine);
}
END_TEST

/* ---- a dump that has its own ---- */

static struct machine *machine_with(const char *key, const char *instead)
{
	struct machine *machine = new_machine(NULL, 4);
	struct text text = vmcoreinfo_of(&machine->first);
	char *line = strstr(text.bytes, key);

	free_machine(machine);
	ck_assert_ptr_nonnull(line);
	memcpy(line, instead, strlen(instead));
	machine = new_machine(text.bytes, 4);
	build(&machine->first);
	return machine;
}

START_TEST(its_own_is_preferred)
{
	struct machine *machine = machine_with("OSRELEASE", "OSRELEASE");

	build(&machine->second);
	add_cpu(&machine->second, page_of(&machine->second, IMAGE_PGD));
	ck_assert_str_eq(machine->warning.bytes, "");
	expect_found(machine, FROM_DUMP, &machine->first);
}
END_TEST

struct damage_row {
	const char *key, *instead;
};

static const struct damage_row damages[] = {
	{ "OSRELEASE", "OSRELEXSE" },
	{ "NUMBER(phys_base)=", "NUMBER(phys_base)=x" },
	{ "NUMBER(phys_base)=", "NUMBER(phys_base)=9" },
	{ "SYMBOL(swapper_pg_dir)=f", "SYMBOL(swapper_pg_dir)=0" },
	{ "OSRELEASE=", "" },
	{ "SYMBOL(init_uts_ns)=ffffffff8", "SYMBOL(init_uts_ns)=ffffffff9" },
};

START_TEST(its_own_is_damaged)
{
	struct machine *machine = machine_with(damages[_i].key,
					       damages[_i].instead);

	if (!damages[_i].instead[0])
		machine->kernel->image->vmcoreinfo = "";
	expect_found(machine, FROM_SEARCH, &machine->first);
}
END_TEST

START_TEST(whose_is_not_used_is_told)
{
	struct machine *machine = machine_with("OSRELEASE", "OSRELEXSE");

	ck_ok(locate_kernel(machine->kernel, &machine->diag));
	ck_contains(machine->warning.bytes, "VMCOREINFO has no OSRELEASE");
	ck_contains(machine->warning.bytes, "0x9000000");
	free_machine(machine);
}
END_TEST

static void expect_own(struct machine *machine)
{
	struct text own;

	snprintf(own.bytes, sizeof(own.bytes), "%s",
		 machine->kernel->image->vmcoreinfo);
	ck_ok(locate_kernel(machine->kernel, &machine->diag));
	ck_assert_int_eq(machine->kernel->vmcoreinfo_from, FROM_DUMP);
	ck_assert_str_eq(machine->kernel->image->vmcoreinfo, own.bytes);
	ck_assert_str_eq(machine->warning.bytes, "");
	free_machine(machine);
}

/* The kernel before, where what is left of this one cannot be believed. */
START_TEST(another_kernel_is_no_replacement)
{
	struct machine *machine = machine_with("NUMBER(phys_base)=",
					       "NUMBER(phys_base)=9");

	lose_page_table(&machine->first);
	build(&machine->second);
	expect_own(machine);
}
END_TEST

START_TEST(nothing_is_no_replacement)
{
	struct machine *machine = machine_with("NUMBER(phys_base)=",
					       "NUMBER(phys_base)=9");

	lose_page_table(&machine->first);
	expect_own(machine);
}
END_TEST

/* But that which a CPU ran is: QEMU keeps what an earlier kernel told it. */
START_TEST(the_kernel_of_a_cpu_is_a_replacement)
{
	struct machine *machine = machine_with("OSRELEASE", "OSRELEASE");

	lose_page_table(&machine->first);
	build(&machine->second);
	add_cpu(&machine->second, page_of(&machine->second, IMAGE_PGD));
	expect_found(machine, FROM_CPU, &machine->second);
}
END_TEST

static const struct test tests[] = {
	RANGE(a_cpu_leads_to_it, 4, 6),
	PLAIN(a_process_leads_to_it),
	PLAIN(a_user_under_isolation_leads_to_it),
	PLAIN(a_cpu_that_was_never_started_says_nothing),
	PLAIN(one_cpu_of_two_is_enough),
	PLAIN(a_cpu_confirms_what_it_does_not_lead_to),
	PLAIN(cpus_of_two_kernels),
	PLAIN(no_cpu_ran_what_is_there),
	RANGE(the_only_one_is_found, 4, 6),
	RANGE(one_whose_entries_have_a_bit_for_encryption, 47, 52),
	RANGE(one_that_does_not_tell_the_bit_for_encryption, 46, 52),
	PLAIN(one_that_tells_another_bit_for_encryption),
	ROWS(another_size_of_pages_is_of_nobody, other_machines),
	ROWS(nothing_else_tells_the_architecture, other_machines),
	PLAIN(nothing_at_all_tells_the_architecture),
	PLAIN(two_kernels_and_nothing_to_tell),
	ROWS(remains_of_a_kernel_do_not_count, losses),
	ROWS(remains_of_a_kernel_are_none, losses),
	PLAIN(memory_without_any),
	PLAIN(memory_full_of_them),
	PLAIN(a_text_that_fills_its_page),
	RANGE(the_copy_with_the_time_of_the_crash, 0, 2),
	PLAIN(its_own_is_preferred),
	ROWS(its_own_is_damaged, damages),
	PLAIN(whose_is_not_used_is_told),
	PLAIN(another_kernel_is_no_replacement),
	PLAIN(nothing_is_no_replacement),
	PLAIN(the_kernel_of_a_cpu_is_a_replacement),
};

int main(void)
{
	return run_suite("locate", tests, ARRAY_LEN(tests));
}
