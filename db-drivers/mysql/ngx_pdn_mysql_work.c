/*
 * SPDX-License-Identifier: MIT
 *
 * The steps of a request as one call of the library that waits where its own
 * calls do.  What the library starts it runs on a stack of its own, and there
 * its plain calls do not block but suspend the whole.  Of the calls that it
 * starts one does nothing but to ask the handle's table of methods, which may
 * be replaced: so the steps get there.
 */

#include "ngx_pdn_mysql.h"


static int ngx_pdn_mysql_work_inside(MYSQL *mysql);


static int
ngx_pdn_mysql_work_start(ngx_pdn_mysql_t *c)
{
    c->plain = c->mysql->methods;
    c->methods = *c->plain;
    c->methods.db_read_query_result = ngx_pdn_mysql_work_inside;
    c->mysql->methods = &c->methods;

    return mysql_read_query_result_start(&c->ret.failed, c->mysql);
}


static int
ngx_pdn_mysql_work_cont(ngx_pdn_mysql_t *c)
{
    return mysql_read_query_result_cont(&c->ret.failed, c->mysql, c->waits);
}


/* A call that has found no memory for the stack has made no step. */
static ngx_pdn_mysql_step_e
ngx_pdn_mysql_work_done(ngx_pdn_mysql_t *c)
{
    if (c->mysql->methods == &c->methods) {
        c->mysql->methods = c->plain;
        return ngx_pdn_mysql_failed(c);
    }

    return c->step;
}


const ngx_pdn_mysql_call_t ngx_pdn_mysql_work = { ngx_pdn_mysql_work_start,
                                                  ngx_pdn_mysql_work_cont,
                                                  ngx_pdn_mysql_work_done };


static int
ngx_pdn_mysql_work_inside(MYSQL *mysql)
{
    ngx_pdn_mysql_t *c;

    c = ngx_queue_data(mysql->methods, ngx_pdn_mysql_t, methods);
    mysql->methods = c->plain;

    ngx_pdn_mysql_walk(c, c->step);

    return 0;
}


void
ngx_pdn_mysql_walk(ngx_pdn_mysql_t *c, ngx_pdn_mysql_step_e step)
{
    c->step = step;

    while (c->step != NGX_PDN_MYSQL_END && c->step != NGX_PDN_MYSQL_PART) {
        c->step = ngx_pdn_mysql_steps[c->step](c);

        if (c->conn.broken) {
            c->step = NGX_PDN_MYSQL_END;
        }
    }
}
