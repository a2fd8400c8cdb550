/*
 * SPDX-License-Identifier: MIT
 *
 * Connecting to PostgreSQL: the name is looked up by the engine's resolver,
 * so that libpq never asks for it itself (it would block).
 */

#include <arpa/inet.h>

#include "ngx_pdn_pg.h"


#define NGX_PDN_PG_PORT 5432


static void ngx_pdn_pg_resolved(ngx_pdn_resolve_t *rs, void *data);
static void ngx_pdn_pg_start(ngx_pdn_pg_t *c);
static char *ngx_pdn_pg_list(ngx_pdn_pg_t *c, ngx_uint_t addresses);
static void ngx_pdn_pg_connected(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_opened(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_connect_failed(ngx_pdn_pg_t *c, const char *text);
static char *ngx_pdn_pg_take_sqlstate(char *text, char *state);
static void ngx_pdn_pg_notice(void *data, const char *text);


void
ngx_pdn_pg_open(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    ngx_int_t port;
    const char *text;
    ngx_pdn_pg_t *c = (ngx_pdn_pg_t *) conn;

    ngx_queue_init(&c->statements);
    c->watch.handler = ngx_pdn_pg_event;
    c->watch.conn = conn;

    text = ngx_pdn_db_pool_get(conn->pool, "host");

    /* a folder with a unix socket, or libpq's own default */
    if (text == NULL || text[0] == '/' || text[0] == '@'
        || ngx_pdn_db_pool_get(conn->pool, "hostaddr") != NULL)
    {
        ngx_pdn_pg_start(c);
        return;
    }

    c->name.data = (u_char *) text;
    c->name.len = ngx_strlen(text);

    text = ngx_pdn_db_pool_get(conn->pool, "port");
    port = text ? ngx_atoi((u_char *) text, ngx_strlen(text)) : NGX_PDN_PG_PORT;

    switch (ngx_pdn_resolve_start(&c->resolve, op->host, &c->name, port,
                                  conn->pool->options.connect_timeout,
                                  ngx_pdn_pg_resolved, c))
    {

    case NGX_AGAIN:
        break;

    default:
        ngx_pdn_pg_resolved(&c->resolve, c);
    }
}


/* Called when libpq's socket is ready for what it asked for. */
void
ngx_pdn_pg_connect_event(ngx_pdn_pg_t *c)
{
    ngx_int_t rc;

    rc = NGX_OK;

    switch (PQconnectPoll(c->pg)) {

    case PGRES_POLLING_READING:
        rc = ngx_pdn_pg_watch(c, 1, 0, 1);
        break;

    case PGRES_POLLING_WRITING:
        rc = ngx_pdn_pg_watch(c, 0, 1, 1);
        break;

    case PGRES_POLLING_OK:
        ngx_pdn_pg_connected(c);
        return;

    default:
        ngx_pdn_pg_connect_failed(c, PQerrorMessage(c->pg));
        return;
    }

    if (rc != NGX_OK) {
        ngx_pdn_pg_connect_failed(c, "cannot watch the connection");
    }
}


static void
ngx_pdn_pg_resolved(ngx_pdn_resolve_t *rs, void *data)
{
    ngx_pdn_pg_t *c = data;

    if (rs->naddrs == 0) {
        pdn_db_fail(&c->error, "connect_failed",
                    "cannot connect to '%s': its name could not be resolved "
                    "(%ld: %s)",
                    (char *) c->name.data, (long) rs->error,
                    (char *) ngx_resolver_strerror(rs->error));
        ngx_pdn_resolve_release(rs);
        ngx_pdn_pg_opened(c);
        return;
    }

    ngx_pdn_pg_start(c);
}


static void
ngx_pdn_pg_start(ngx_pdn_pg_t *c)
{
    char *hosts, *addrs;
    ngx_uint_t n, i;
    const char **keywords, **values;
    ngx_pdn_db_pool_t *pool = c->conn.pool;

    for (n = 0; pool->keywords[n]; n++) {
        /* void */
    }

    hosts = NULL;
    addrs = NULL;
    values = NULL;

    keywords = ngx_alloc(2 * (n + 2) * sizeof(char *), ngx_cycle->log);
    if (keywords == NULL) {
        goto done;
    }

    values = keywords + n + 2;

    for (i = 0; i < n; i++) {
        keywords[i] = pool->keywords[i];
        values[i] = pool->values[i];
    }

    if (c->resolve.naddrs) {
        hosts = ngx_pdn_pg_list(c, 0);
        addrs = ngx_pdn_pg_list(c, 1);

        if (hosts == NULL || addrs == NULL) {
            goto done;
        }

        for (i = 0; i < n; i++) {
            if (ngx_strcmp(keywords[i], "host") == 0) {
                values[i] = hosts;
            }
        }

        keywords[n] = "hostaddr";
        values[n] = addrs;
        n++;
    }

    keywords[n] = NULL;
    values[n] = NULL;

    c->pg = PQconnectStartParams(keywords, values, 0);

done:

    ngx_pdn_resolve_release(&c->resolve);
    ngx_free(keywords);
    ngx_free(hosts);
    ngx_free(addrs);

    if (c->pg == NULL) {
        ngx_pdn_pg_connect_failed(c, "no memory");
        return;
    }

    if (PQstatus(c->pg) == CONNECTION_BAD) {
        ngx_pdn_pg_connect_failed(c, PQerrorMessage(c->pg));
        return;
    }

    /* shows the SQLSTATE, which libpq gives nowhere else this early */
    PQsetErrorVerbosity(c->pg, PQERRORS_VERBOSE);
    PQsetNoticeProcessor(c->pg, ngx_pdn_pg_notice, c);

    if (ngx_pdn_pg_watch(c, 0, 1, 1) != NGX_OK) {
        ngx_pdn_pg_connect_failed(c, "cannot watch the connection");
    }
}


/* All addresses in digits, or the name as often: libpq wants as many. */
static char *
ngx_pdn_pg_list(ngx_pdn_pg_t *c, ngx_uint_t addresses)
{
    u_char *list, *p;
    size_t each;
    ngx_uint_t i;
    ngx_pdn_addr_t *a;
    ngx_pdn_resolve_t *rs = &c->resolve;

    each = addresses ? NGX_SOCKADDR_STRLEN : c->name.len;

    list = ngx_alloc(rs->naddrs * (each + 1) + 1, ngx_cycle->log);
    if (list == NULL) {
        return NULL;
    }

    p = list;

    for (i = 0; i < rs->naddrs; i++) {
        a = &rs->addrs[i];

        if (i) {
            *p++ = ',';
        }

        if (addresses) {
            p += ngx_sock_ntop(&a->sockaddr.sockaddr, a->socklen, p, each, 0);

        } else {
            p = ngx_cpymem(p, c->name.data, c->name.len);
        }
    }

    *p = '\0';

    return (char *) list;
}


static void
ngx_pdn_pg_connected(ngx_pdn_pg_t *c)
{
    if (PQsetnonblocking(c->pg, 1) != 0
        || ngx_pdn_pg_watch(c, 1, 0, 1) != NGX_OK) {
        ngx_pdn_pg_connect_failed(c, "cannot watch the connection");
        return;
    }

    PQsetErrorVerbosity(c->pg, PQERRORS_DEFAULT);

    c->state = NGX_PDN_PG_READY;
    ngx_pdn_pg_opened(c);
}


static void
ngx_pdn_pg_connect_failed(ngx_pdn_pg_t *c, const char *text)
{
    char *p, state[6];
    pdn_db_error_t *err = &c->error;

    pdn_db_fail(err, "connect_failed", "%s", text);

    p = ngx_pdn_pg_take_sqlstate(err->text, state);

    if (p != NULL) {
        err->code = pdn_db_sqlstate_code(state);
        ngx_cpystrn((u_char *) err->server, (u_char *) state,
                    sizeof(err->server));

        if (ngx_strcmp(err->code, "error") == 0
            || ngx_strcmp(err->code, "closed") == 0) {
            err->code = "connect_failed";
        }
    }

    ngx_pdn_pg_opened(c);
}


/* Connected, or not, as c->error says; perhaps nobody waits any longer. */
static void
ngx_pdn_pg_opened(ngx_pdn_pg_t *c)
{
    ngx_pdn_db_op_t *op = c->conn.op;

    if (c->error.code != NULL) {
        c->conn.broken = 1;
    }

    if (op == NULL) {
        ngx_pdn_pg_clear(c);
        ngx_pdn_db_give_back(&c->conn);
        return;
    }

    op->error = c->error;
    ngx_pdn_pg_clear(c);
    ngx_pdn_db_finish(op);
}


/*
 * "... FATAL:  28P01: password authentication failed ... LOCATION: ..."
 * becomes the same without code and place.
 */
static char *
ngx_pdn_pg_take_sqlstate(char *text, char *state)
{
    size_t i;
    char *p, *end;

    for (p = strstr(text, ":  "); p != NULL; p = strstr(p + 1, ":  ")) {
        for (i = 0; i < 5; i++) {
            if (!((p[3 + i] >= '0' && p[3 + i] <= '9')
                  || (p[3 + i] >= 'A' && p[3 + i] <= 'Z')))
            {
                break;
            }
        }

        if (i < 5 || p[8] != ':' || p[9] != ' ') {
            continue;
        }

        ngx_cpystrn((u_char *) state, (u_char *) p + 3, 6);
        memmove(p + 2, p + 9, strlen(p + 9) + 1);

        end = strstr(p, " LOCATION:");
        if (end != NULL) {
            *end = '\0';
        }

        return p;
    }

    return NULL;
}


static void
ngx_pdn_pg_notice(void *data, const char *text)
{
    size_t len;

    (void) data;

    len = strlen(text);

    while (len > 0 && text[len - 1] == '\n') {
        len--;
    }

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0, "PostgreSQL: %*s", len,
                  text);
}
