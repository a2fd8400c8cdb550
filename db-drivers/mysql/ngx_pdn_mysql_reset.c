/*
 * SPDX-License-Identifier: MIT
 *
 * A session that was changed as it was when it began: the server forgets all
 * of it, prepared statements too, and what it is told at connecting is told
 * once more.
 */

#include "ngx_pdn_mysql.h"


static int
ngx_pdn_mysql_reset_start(ngx_pdn_mysql_t *c)
{
    return mysql_reset_connection_start(&c->ret.rc, c->mysql);
}


static int
ngx_pdn_mysql_reset_cont(ngx_pdn_mysql_t *c)
{
    return mysql_reset_connection_cont(&c->ret.rc, c->mysql, c->waits);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_reset_done(ngx_pdn_mysql_t *c)
{
    if (c->ret.rc) {
        return ngx_pdn_mysql_failed(c);
    }

    /* the library has parted them from the connection */
    ngx_pdn_mysql_cache_release(c);

    return ngx_pdn_db_pool_get(c->conn.pool, "dbname") != NULL
               ? NGX_PDN_MYSQL_SELECT_DB
               : NGX_PDN_MYSQL_RENEW;
}


static int
ngx_pdn_mysql_select_db_start(ngx_pdn_mysql_t *c)
{
    return mysql_select_db_start(&c->ret.rc, c->mysql,
                                 ngx_pdn_db_pool_get(c->conn.pool, "dbname"));
}


static int
ngx_pdn_mysql_select_db_cont(ngx_pdn_mysql_t *c)
{
    return mysql_select_db_cont(&c->ret.rc, c->mysql, c->waits);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_select_db_done(ngx_pdn_mysql_t *c)
{
    return c->ret.rc ? ngx_pdn_mysql_failed(c) : NGX_PDN_MYSQL_RENEW;
}


static int
ngx_pdn_mysql_renew_start(ngx_pdn_mysql_t *c)
{
    const char *sql;

    sql = ngx_pdn_mysql_has_ansi_quotes(c->conn.pool)
              ? "SET NAMES utf8mb4, " NGX_PDN_MYSQL_ANSI_QUOTES
              : "SET NAMES utf8mb4";

    return mysql_real_query_start(&c->ret.rc, c->mysql, sql, ngx_strlen(sql));
}


static int
ngx_pdn_mysql_renew_cont(ngx_pdn_mysql_t *c)
{
    return mysql_real_query_cont(&c->ret.rc, c->mysql, c->waits);
}


static ngx_pdn_mysql_step_e
ngx_pdn_mysql_renew_done(ngx_pdn_mysql_t *c)
{
    return c->ret.rc ? ngx_pdn_mysql_failed(c) : NGX_PDN_MYSQL_END;
}


const ngx_pdn_mysql_call_t ngx_pdn_mysql_reset = { ngx_pdn_mysql_reset_start,
                                                   ngx_pdn_mysql_reset_cont,
                                                   ngx_pdn_mysql_reset_done };

const ngx_pdn_mysql_call_t ngx_pdn_mysql_select_db = {
    ngx_pdn_mysql_select_db_start, ngx_pdn_mysql_select_db_cont,
    ngx_pdn_mysql_select_db_done
};

const ngx_pdn_mysql_call_t ngx_pdn_mysql_renew = { ngx_pdn_mysql_renew_start,
                                                   ngx_pdn_mysql_renew_cont,
                                                   ngx_pdn_mysql_renew_done };
