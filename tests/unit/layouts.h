/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small relatives of kernel structures, with everything that makes layouts
 * hard to read back: anonymous unions in anonymous structs, typedefs of
 * nameless structs, arrays, bit-fields, one name for two things.
 *
 * layouts.c and layouts2.c put them into an object with debug information;
 * the tests compare what they read there with what the compiler says here.
 */
#ifndef RMAP_INSPECT_TESTS_LAYOUTS_H
#define RMAP_INSPECT_TESTS_LAYOUTS_H

struct list_head {
	struct list_head *next, *prev;
};

struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
} __attribute__((aligned(sizeof(long))));

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

typedef struct {
	int counter;
} atomic_t;

typedef unsigned long pgoff_t;
typedef unsigned char name_t[16];

/* As in 7.x, where page.flags became page.flags.f. */
typedef struct {
	unsigned long f;
} memdesc_flags_t;

struct mount;		/* never defined anywhere */
struct only_second;	/* defined in layouts2.c */

struct page {
	memdesc_flags_t flags;
	union {
		struct {
			union {
				struct list_head lru;
				struct {
					void *__filler;
					unsigned int mlock_count;
				};
			};
			struct only_second *mapping;
			union {
				pgoff_t __folio_index;
				unsigned long share;
			};
			unsigned long private;
		};
		struct {
			unsigned long compound_info;
		};
	};
	union {
		unsigned int page_type;
		atomic_t _mapcount;
	};
	atomic_t _refcount;
};

struct folio {
	union {
		struct {
			memdesc_flags_t flags;
			struct list_head lru;
		};
		struct page page;
	};
	union {
		struct {
			unsigned long _flags_1;
			int _mm_id_mapcount[2];
			unsigned short _matrix[3][5];
		};
		struct page __page_1;
	};
};

struct vm_area_struct {
	union {
		struct {
			unsigned long vm_start;
			unsigned long vm_end;
		};
		void *vm_freeptr;
	};
	struct mount *vm_mount;
	union {
		const unsigned long vm_flags;
		volatile unsigned long __vm_flags;
	};
	struct {
		struct rb_node rb;
		unsigned long rb_subtree_last;
	} shared;
	const struct rb_root_cached *const tree;
	int (*fault)(struct page *page);
	struct list_head anon_vma_chain;
};

struct flagged {
	unsigned int low : 3;
	unsigned int straddling : 7;
	unsigned long wide : 40;
	unsigned char after;
	unsigned char whole : 8;
};

enum zone_type { ZONE_DMA, ZONE_NORMAL, ZONE_DEVICE = 200, __MAX_NR_ZONES };

struct arrays {
	char comm[16];
	struct list_head lists[3];
	name_t names[4];
	struct page *pages[2][2];
	enum zone_type zone;
	enum { STATE_OFF, STATE_ON } state;
	_Bool on;
	long double wide;
	name_t tail;
	unsigned long bits[];
};

union both {
	unsigned long word;
	struct {
		unsigned int low, high;
	} half;
};

/* A linked list of itself, of which DWARF is a circle. */
struct circle {
	const volatile struct circle *next;
};

enum pageflags { PG_locked, PG_writeback = 255, PG_huge = 0x7fffffff };

enum {
	SECTION_MARKED_PRESENT_BIT,
	SECTION_MAP_LAST_BIT = 6,
	ERROR_NONE = -1,
	ERROR_LOW = -2147483647 - 1,
};

enum wide { WIDE = 0x123456789abcdef0 };

/* One name for two structs, as mm_slot of ksm.c and of khugepaged.c. */
#define MM_SLOT_FIRST	{ struct list_head link; void *rmap_list; void *mm; }
#define MM_SLOT_SECOND	{ void *hash; struct list_head mm_node; void *mm; }

struct mm_slot_first MM_SLOT_FIRST;
struct mm_slot_second MM_SLOT_SECOND;

#define ONLY_SECOND	{ struct list_head list; int nid; }

struct only_second_body ONLY_SECOND;

#define LAYOUTS_MAGIC	"the layouts of the test"

#endif
