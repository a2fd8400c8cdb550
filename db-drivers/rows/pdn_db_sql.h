/*
 * SPDX-License-Identifier: MIT
 *
 * The text of a statement, word by word.
 */

#ifndef PDN_DB_SQL_H
#define PDN_DB_SQL_H


#include "pdn_db.h"


typedef struct {
    const char *p;
    const char *end;
    pdn_db_dialect_e dialect;
    char before;     /* what stands before p */
    unsigned within; /* a word of the statement was seen */
} pdn_sql_t;


/*
 * The next word that is neither quoted nor in a comment: its length, 0 for no
 * more.  `*starts` tells whether it is the first of its statement.
 */
size_t pdn_sql_next_word(pdn_sql_t *s, const char **word, int *starts);


#endif /* PDN_DB_SQL_H */
