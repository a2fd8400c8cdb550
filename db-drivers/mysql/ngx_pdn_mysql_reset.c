/*
 * SPDX-License-Identifier: MIT
 *
 * A session that was changed as it was when it began: the server forgets all
 * of it, prepared statements too, and what it is told at connecting is told
 * once more.
 */

#include "ngx_pdn_mysql.h"


ngx_pdn_mysql_step_e
ngx_pdn_mysql_reset(ngx_pdn_mysql_t *c)
{
    const char *sql, *dbname;

    if (mysql_reset_connection(c->mysql)) {
        return ngx_pdn_mysql_failed(c);
    }

    /* the library has parted them from the connection */
    ngx_pdn_mysql_cache_release(c);

    dbname = ngx_pdn_db_pool_get(c->conn.pool, "dbname");

    if (dbname != NULL && mysql_select_db(c->mysql, dbname)) {
        return ngx_pdn_mysql_failed(c);
    }

    sql = ngx_pdn_mysql_has_ansi_quotes(c->conn.pool)
              ? "SET NAMES utf8mb4, " NGX_PDN_MYSQL_ANSI_QUOTES
              : "SET NAMES utf8mb4";

    return mysql_real_query(c->mysql, sql, ngx_strlen(sql))
               ? ngx_pdn_mysql_failed(c)
               : NGX_PDN_MYSQL_END;
}
