/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Listing what was looked for in the type information and the symbols.
 */
#include "api/session.h"
#include "kernel/wants.h"

/* Who hears of the entries. */
struct listing {
	const struct facts *facts;
	rmi_layout_fn *fn;
	void *arg;
};

static size_t count_names(const char *const *names)
{
	size_t n = 0;

	while (names[n])
		n++;
	return n;
}

static void tell(const struct listing *listing, struct rmi_layout_entry entry)
{
	entry.n_paths = count_names(entry.paths);
	listing->fn(&entry, listing->arg);
}

static void tell_structs(const struct listing *listing)
{
	for (size_t i = 0; i < N_STRUCTS; i++) {
		const struct struct_want *want = &struct_wants[i];
		const struct struct_layout *sl =
			&listing->facts->layout.structs[i];

		tell(listing, (struct rmi_layout_entry) {
			.kind = "struct",
			.name = want->id,
			.paths = want->names,
			.required = want->need == REQUIRED,
			.path = sl->present ? want->names[sl->name] : NULL,
			.bytes = sl->present ? sl->size : 0,
			.source = listing->facts->layouts_from,
		});
	}
}

static void tell_members(const struct listing *listing)
{
	for (size_t i = 0; i < N_MEMBERS; i++) {
		const struct member_want *want = &member_wants[i];
		const struct member_layout *ml =
			&listing->facts->layout.members[i];
		struct rmi_layout_entry entry = {
			.kind = "member",
			.name = want->id,
			.paths = want->names,
			.required = want->need == REQUIRED,
			.source = listing->facts->layouts_from,
		};

		if (ml->present) {
			entry.path = want->names[ml->name];
			entry.offset = ml->offset;
			entry.bytes = ml->size;
			entry.count = ml->count;
		}
		tell(listing, entry);
	}
}

static void tell_enumerators(const struct listing *listing)
{
	const struct layout *layout = &listing->facts->layout;

	for (size_t i = 0; i < N_ENUMERATORS; i++) {
		const struct enumerator_want *want = &enumerator_wants[i];
		bool present = layout->has_enumerator[i];

		tell(listing, (struct rmi_layout_entry) {
			.kind = "enumerator",
			.name = want->id,
			.paths = want->names,
			.path = present ? want->names[0] : NULL,
			.value = present ? layout->enumerators[i] : 0,
			.source = listing->facts->layouts_from,
		});
	}
}

static void tell_symbols(const struct listing *listing)
{
	for (size_t i = 0; i < N_KERNEL_SYMBOLS; i++) {
		const struct kernel_variable *variable =
			&listing->facts->variables[i];
		const char *name = kernel_symbol_name(i);

		tell(listing, (struct rmi_layout_entry) {
			.kind = "symbol",
			.name = name,
			.paths = kernel_symbol_names(i),
			.required = kernel_symbol_is_required(i),
			.path = variable->present ? name : NULL,
			.bytes = variable->size,
			.address = variable->address.v,
			.source = listing->facts->symbols_from,
		});
	}
}

rmi_status rmi_session_layout(struct rmi_session *session, rmi_layout_fn *fn,
			      void *arg)
{
	struct listing listing = { .fn = fn, .arg = arg };

	if (!session->bound)
		return session_fail(session, ST_INVALID,
				    "the session is not open");
	listing.facts = &session->kernel->facts;
	tell_structs(&listing);
	tell_members(&listing);
	tell_enumerators(&listing);
	tell_symbols(&listing);
	return RMI_OK;
}
