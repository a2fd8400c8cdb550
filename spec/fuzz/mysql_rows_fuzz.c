/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as rows that libmariadb has in its buffer: the first ones say which
 * protocol they are of, and the types of columns.  Whole rows are taken, all
 * else is left, and nothing is read beyond the end.
 */

#include <stdlib.h>

#include "../../db-drivers/rows/pdn_db_rows.c"
#include "../../db-drivers/mysql/pdn_mysql_rows.c"
#include "../../db-drivers/mysql/pdn_mysql_binary.c"
#include "../../db-drivers/mysql/pdn_mysql_ahead.c"


#define FUZZ_COLUMNS 12


static void
fuzz_read(const pdn_db_rows_t *rows)
{
    size_t i, pos;
    pdn_db_value_t v;
    static volatile char last;

    pos = 0;

    while (pos < rows->ncells) {
        pdn_db_rows_next(rows, &pos, &v);

        for (i = 0; v.type == PDN_DB_TEXT && i < v.as.s.len; i++) {
            last = v.as.s.data[i];
        }
    }

    (void) last;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t i, n;
    MYSQL mysql;
    MYSQL_FIELD fields[FUZZ_COLUMNS];
    MARIADB_PVIO pvio;
    pdn_db_rows_t rows;
    pdn_mysql_packet_pt take;

    if (size == 0) {
        return 0;
    }

    take = data[0] & 0x80 ? pdn_mysql_text_packet : pdn_mysql_binary_packet;
    n = (data[0] & 0x7f) % FUZZ_COLUMNS + 1;

    if (size < 1 + 2 * n) {
        return 0;
    }

    memset(&mysql, 0, sizeof(mysql));
    memset(fields, 0, sizeof(fields));
    memset(&pvio, 0, sizeof(pvio));
    memset(&rows, 0, sizeof(rows));
    rows.raw = data[0] & 0x40;

    for (i = 0; i < n; i++) {
        fields[i].type = (enum enum_field_types) data[1 + 2 * i];
        fields[i].flags = data[2 + 2 * i] & 1 ? UNSIGNED_FLAG : 0;
        fields[i].decimals = data[2 + 2 * i] >> 1;
        fields[i].length = data[2 + 2 * i] >> 7;
    }

    data += 1 + 2 * n;
    size -= 1 + 2 * n;

    pvio.cache = malloc(size ? size : 1);
    pvio.cache_pos = pvio.cache;
    pvio.cache_size = size;
    memcpy(pvio.cache, data, size);

    mysql.net.pvio = &pvio;

    if (!pdn_mysql_take_ahead(&rows, &mysql, fields, n, take)
        || rows.ncells != rows.nrows * n || pvio.cache_pos > pvio.cache + size)
    {
        abort();
    }

    free(pvio.cache);
    fuzz_read(&rows);
    pdn_db_rows_release(&rows);

    return 0;
}
