/*
 * SPDX-License-Identifier: MIT
 *
 * A request's values as libmariadb binds them, each with its own type.
 */

#include <stdlib.h>

#include "pdn_mysql.h"


static void pdn_mysql_bind_value(MYSQL_BIND *bind, pdn_db_value_t *v);


int
pdn_mysql_bind(MYSQL_STMT *stmt, const pdn_db_request_t *rq, unsigned n,
               const unsigned *order, pdn_db_error_t *err)
{
    int ok;
    unsigned i;
    MYSQL_BIND *binds;
    pdn_db_value_t *v;

    if (n == 0) {
        return 1;
    }

    binds = calloc(n, sizeof(MYSQL_BIND));

    if (binds == NULL) {
        pdn_db_fail(err, "error", "no memory");
        return 0;
    }

    ok = 1;

    for (i = 0; i < n; i++) {
        v = &rq->params[order[i] - 1];

        if (v->type == PDN_DB_FLOAT && v->as.f - v->as.f != 0) {
            pdn_db_fail(err, "error",
                        "value %u is no finite number, and MySQL stores no "
                        "other",
                        order[i]);
            ok = 0;
            break;
        }

        pdn_mysql_bind_value(&binds[i], v);
    }

    /* the library copies the array, not what it points to */
    if (ok && mysql_stmt_bind_param(stmt, binds)) {
        pdn_db_fail(err, "error", "%s", mysql_stmt_error(stmt));
        ok = 0;
    }

    free(binds);

    return ok;
}


static void
pdn_mysql_bind_value(MYSQL_BIND *bind, pdn_db_value_t *v)
{
    switch (v->type) {

    case PDN_DB_INT:
    case PDN_DB_UINT:
    case PDN_DB_BOOL:
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->is_unsigned = v->type == PDN_DB_UINT;
        bind->buffer = &v->as.i;
        break;

    case PDN_DB_FLOAT:
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        bind->buffer = &v->as.f;
        break;

    case PDN_DB_TEXT:
    case PDN_DB_BINARY:
        bind->buffer_type = v->type == PDN_DB_TEXT ? MYSQL_TYPE_STRING
                                                   : MYSQL_TYPE_BLOB;
        bind->buffer = (void *) v->as.s.data;
        bind->buffer_length = v->as.s.len;
        break;

    case PDN_DB_NULL:
        bind->buffer_type = MYSQL_TYPE_NULL;
        break;
    }
}
