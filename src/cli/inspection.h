/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asking about a list of pages, and printing each answer as it comes.
 *
 * Knows what is carried from page to page. Does not know where the list comes
 * from, nor what is printed before the first answer and after the last.
 */
#ifndef RMAP_INSPECT_CLI_INSPECTION_H
#define RMAP_INSPECT_CLI_INSPECTION_H

#include "output.h"
#include "swap_list.h"

struct inspection {
	const struct format *format;
	struct answer answer;
	bool differs;		/* the methods do, about some page */
	bool folio;		/* ask for all of each page's folio */
	/* The page to come, in the list asked for. */
	const struct pfn_list *pfns;
	const struct finds *finds;	/* in it; NULL: none */
	size_t range;
	uint64_t inside;
	/* Are more pages wanted? NULL: as long as stdout takes them. */
	bool (*may_go_on)(void *arg);
	void *arg;
};

/* Of all pages in the list. */
rmi_status inspection_query(struct rmi_session *session,
			    struct inspection *inspection);
rmi_status inspection_query_swap(struct rmi_session *session,
				 struct inspection *inspection,
				 const struct swap_list *swaps);

#endif
