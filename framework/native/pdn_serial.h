/* SPDX-License-Identifier: MIT */
/*
 * Values as LuaJIT's string.buffer writes them (its "serialization format"),
 * looked through before they are read: those of a server may be anybody's. A
 * table says how large it is before its values come, so a few bytes could ask
 * for gigabytes; others could make pointers.
 */

#ifndef PDN_SERIAL_H
#define PDN_SERIAL_H

#include "pdn.h"

/* What LuaJIT reads, too. */
#define PDN_SERIAL_DEPTH 100

/*
 * PDN_OK: one value and nothing behind it, whose tables are no larger than
 * what they hold, without pointers but NULL, and without what needs a
 * dictionary. PDN_ERROR: something else.
 */
pdn_rc_t pdn_serial_check(pdn_slice_t in);

#endif /* PDN_SERIAL_H */
