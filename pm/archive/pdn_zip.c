/* SPDX-License-Identifier: MIT */
/* The structure of a zip; see pdn_zip.h. */

#include "pdn_zip.h"

#include <string.h>

#define PDN_ZIP_LOCAL   30
#define PDN_ZIP_CENTRAL 46
#define PDN_ZIP_END     22


static uint32_t
pdn_zip_u16(const unsigned char *p)
{
    return p[0] | (uint32_t) p[1] << 8;
}


static uint32_t
pdn_zip_u32(const unsigned char *p)
{
    return pdn_zip_u16(p) | pdn_zip_u16(p + 2) << 16;
}


/*
 * The local head at `at` must agree with the row of the table. Gives the end
 * of the file's bytes, 0 when they do not agree.
 */
static size_t
pdn_zip_local(const unsigned char *p, size_t table, size_t at,
              const unsigned char *row)
{
    uint32_t name, flags, size;
    size_t end;

    if (at > table || table - at < PDN_ZIP_LOCAL
        || memcmp(p + at, "PK\003\004", 4) != 0)
    {
        return 0;
    }

    name = pdn_zip_u16(row + 28);
    flags = pdn_zip_u16(row + 8);
    size = pdn_zip_u32(row + 20);
    end = at + PDN_ZIP_LOCAL + name + pdn_zip_u16(p + at + 28) + size;

    if (end > table || pdn_zip_u16(p + at + 26) != name
        || memcmp(p + at + PDN_ZIP_LOCAL, row + PDN_ZIP_CENTRAL, name) != 0
        || pdn_zip_u16(p + at + 6) != flags
        || pdn_zip_u16(p + at + 8) != pdn_zip_u16(row + 10))
    {
        return 0;
    }

    if (flags & 8) {
        /* sizes stand behind the bytes, with a mark or without one */
        if (table - end >= 16 && memcmp(p + end, "PK\007\010", 4) == 0) {
            return end + 16;
        }
        return table - end >= 12 ? end + 12 : 0;
    }

    if (memcmp(p + at + 14, row + 16, 12) != 0) {
        return 0;
    }

    return end;
}


int
pdn_zip_check(const char *data, size_t len, pdn_error_t *err)
{
    const unsigned char *p, *end, *row;
    size_t at, table, table_len, row_len;
    uint32_t i, n;

    p = (const unsigned char *) data;

    if (len < PDN_ZIP_END) {
        return pdn_error(err, 601, "the zip is cut off");
    }

    /* no comment: so its end is the end of the file, and nothing else is */
    end = p + len - PDN_ZIP_END;

    if (memcmp(end, "PK\005\006", 4) != 0 || pdn_zip_u16(end + 20) != 0) {
        return pdn_error(err, 610, "the zip does not end with its table");
    }

    n = pdn_zip_u16(end + 10);
    table_len = pdn_zip_u32(end + 12);
    table = pdn_zip_u32(end + 16);

    if (pdn_zip_u32(end + 4) != 0 || pdn_zip_u16(end + 8) != n
        || table + table_len != (size_t) (end - p))
    {
        return pdn_error(err, 610, "the zip has bytes around its table");
    }

    at = 0;
    row = p + table;

    for (i = 0; i < n; i++) {
        if (end - row < PDN_ZIP_CENTRAL || memcmp(row, "PK\001\002", 4) != 0) {
            return pdn_error(err, 601, "the zip's table is broken");
        }

        row_len = PDN_ZIP_CENTRAL + pdn_zip_u16(row + 28)
                  + pdn_zip_u16(row + 30) + pdn_zip_u16(row + 32);

        if ((size_t) (end - row) < row_len) {
            return pdn_error(err, 601, "the zip's table is broken");
        }

        if (memchr(row + PDN_ZIP_CENTRAL, '\0', pdn_zip_u16(row + 28)) != NULL)
        {
            return pdn_error(err, 603, "a name in the zip has a zero byte");
        }

        if (pdn_zip_u32(row + 42) != at) {
            return pdn_error(err, 610,
                             "the zip has bytes between its files, or holds "
                             "them in another order than it says");
        }

        at = pdn_zip_local(p, table, at, row);
        if (at == 0) {
            return pdn_error(err, 610,
                             "the zip's table and its files disagree");
        }

        row += row_len;
    }

    if (row != end || at != table) {
        return pdn_error(err, 610, "the zip holds files its table leaves out");
    }

    return 0;
}
