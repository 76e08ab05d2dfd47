/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds <dwarf.h>, the DW_TAG_… and DW_AT_… of libdwarf, where the system has
 * put it. Private to src/debuginfo.
 */
#ifndef RMAP_INSPECT_DEBUGINFO_DWARF_CONSTANTS_H
#define RMAP_INSPECT_DEBUGINFO_DWARF_CONSTANTS_H

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#if !defined(HAVE_LIBDWARF_LIBDWARF_H) && !defined(HAVE_LIBDWARF_H) && \
	__has_include(<libdwarf/libdwarf.h>)
#define HAVE_LIBDWARF_LIBDWARF_H 1
#endif
#ifdef HAVE_LIBDWARF_LIBDWARF_H
#include <libdwarf/dwarf.h>
#else
#include <dwarf.h>
#endif

#endif
