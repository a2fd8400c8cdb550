/*
 * SPDX-License-Identifier: MIT
 *
 * Values to and from libmariadb: a request's to the binds of a statement,
 * what was fetched to rows.  Nothing here waits.
 */

#ifndef PDN_MYSQL_H
#define PDN_MYSQL_H


#include <mysql.h>

#include "pdn_db.h"
#include "pdn_db_rows.h"


/*
 * Binds the request's values to the `n` question marks, which stand for the
 * placeholders `order`.  The request must live until the statement has run.
 * 0 with `err` when that cannot be.
 */
int pdn_mysql_bind(MYSQL_STMT *stmt, const pdn_db_request_t *rq, unsigned n,
                   const unsigned *order, pdn_db_error_t *err);

/*
 * Each answers 0 without memory: the names of a result's columns into empty
 * rows, then row by row what mysql_stmt_fetch() has just read of a statement
 * without binds, or mysql_fetch_row() of a text result.
 */
int pdn_mysql_take_names(pdn_db_rows_t *rows, const MYSQL_FIELD *fields,
                         unsigned n);
int pdn_mysql_take_row(pdn_db_rows_t *rows, const MYSQL_STMT *stmt);
int pdn_mysql_take_text(pdn_db_rows_t *rows, MYSQL_RES *result, MYSQL_ROW row);

/*
 * A row's packet from `p` to `end`, of at least one byte, which are part of
 * the rows already; 0: it is not whole, or there is no memory, and nothing of
 * it was taken.
 */
typedef int (*pdn_mysql_packet_pt)(pdn_db_rows_t *rows,
                                   const MYSQL_FIELD *fields, unsigned nfields,
                                   const unsigned char *p,
                                   const unsigned char *end);

int pdn_mysql_binary_packet(pdn_db_rows_t *rows, const MYSQL_FIELD *fields,
                            unsigned nfields, const unsigned char *p,
                            const unsigned char *end);
int pdn_mysql_text_packet(pdn_db_rows_t *rows, const MYSQL_FIELD *fields,
                          unsigned nfields, const unsigned char *p,
                          const unsigned char *end);

/*
 * Once a row was fetched and taken: takes the rows that follow, as many as the
 * library has in its buffer as a whole, and from there.  0 without memory.
 */
int pdn_mysql_take_ahead(pdn_db_rows_t *rows, MYSQL *mysql,
                         const MYSQL_FIELD *fields, unsigned nfields,
                         pdn_mysql_packet_pt take);

/*
 * The length of a text: one byte, or one that says of how many; where the
 * text begins.  The second one answers NULL if it goes beyond `end`.
 */
const unsigned char *pdn_mysql_length(const unsigned char *p, size_t *len);
const unsigned char *pdn_mysql_find_text(const unsigned char *p,
                                         const unsigned char *end, size_t *len);

/* The lowest byte comes first. */
static inline uint64_t
pdn_mysql_uint(const unsigned char *p, unsigned n)
{
    uint64_t i;

    i = 0;

    while (n--) {
        i = i << 8 | p[n];
    }

    return i;
}

/* An integer of any of the server's types; BIT(n), the highest byte first. */
int pdn_mysql_put_int(pdn_db_rows_t *rows, const MYSQL_FIELD *f, uint64_t i);
int pdn_mysql_put_bits(pdn_db_rows_t *rows, const unsigned char *p, size_t len);


/*
 * What LOAD DATA LOCAL may read: files in `folder`, which must live as long
 * as the handle; NULL: none.  It reads as the server asks, and so blocks.
 */
void pdn_mysql_allow_files(MYSQL *mysql, const char *folder);


#endif /* PDN_MYSQL_H */
