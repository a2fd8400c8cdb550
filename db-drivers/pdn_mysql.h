/*
 * SPDX-License-Identifier: MIT
 *
 * Values to and from libmariadb: a request's to the binds of a statement, a
 * stored result's to rows.  Nothing here waits.
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
 * Adds the stored rows of a statement, or of a text result, to empty rows.
 * 0 without memory.
 */
int pdn_mysql_take_rows(MYSQL_STMT *stmt, pdn_db_rows_t *rows);
int pdn_mysql_take_text(MYSQL_RES *result, pdn_db_rows_t *rows);


#endif /* PDN_MYSQL_H */
