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
static ngx_uint_t ngx_pdn_pg_nth(const char *list, ngx_uint_t n,
                                 ngx_uint_t alone, ngx_str_t *item);
static void ngx_pdn_pg_next_host(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_hosts_known(ngx_pdn_pg_t *c);
static ngx_int_t ngx_pdn_pg_host_add(ngx_pdn_pg_t *c, const ngx_str_t *name,
                                     ngx_pdn_addr_t *a);
static ngx_int_t ngx_pdn_pg_list_add(ngx_str_t *list, const ngx_str_t *item);
static void ngx_pdn_pg_start(ngx_pdn_pg_t *c);
static const char *ngx_pdn_pg_value(ngx_pdn_pg_t *c, const char *keyword,
                                    const char *value);
static void ngx_pdn_pg_connected(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_opened(ngx_pdn_pg_t *c);
static void ngx_pdn_pg_connect_failed(ngx_pdn_pg_t *c, const char *text);
static char *ngx_pdn_pg_take_sqlstate(char *text, char *state);


void
ngx_pdn_pg_open(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op)
{
    const char *hosts;
    ngx_pdn_pg_t *c = (ngx_pdn_pg_t *) conn;

    (void) op;

    ngx_queue_init(&c->statements);
    c->watch.handler = ngx_pdn_pg_event;
    c->watch.conn = conn;

    hosts = ngx_pdn_db_pool_get(conn->pool, "host");

    /* libpq's own default, or nothing to be looked up */
    if (hosts == NULL || ngx_pdn_db_pool_get(conn->pool, "hostaddr") != NULL) {
        ngx_pdn_pg_start(c);
        return;
    }

    ngx_pdn_pg_next_host(c);
}


/* Item `n` of "a,b,c"; a list of one holds for all.  0 behind the end. */
static ngx_uint_t
ngx_pdn_pg_nth(const char *list, ngx_uint_t n, ngx_uint_t alone,
               ngx_str_t *item)
{
    ngx_uint_t i;
    const char *comma;

    if (list == NULL || (alone && strchr(list, ',') == NULL)) {
        n = 0;
    }

    if (list == NULL) {
        return 0;
    }

    for (i = 0; i < n; i++) {
        list = strchr(list, ',');

        if (list == NULL) {
            return 0;
        }

        list++;
    }

    comma = strchr(list, ',');
    item->data = (u_char *) list;
    item->len = comma ? (size_t) (comma - list) : ngx_strlen(list);

    return 1;
}


/* Looks up the hosts one after the other, then connects. */
static void
ngx_pdn_pg_next_host(ngx_pdn_pg_t *c)
{
    ngx_int_t port;
    ngx_str_t name, digits;
    ngx_pdn_db_pool_t *pool = c->conn.pool;

    for (;;) {
        if (!ngx_pdn_pg_nth(ngx_pdn_db_pool_get(pool, "host"), c->host, 0,
                            &name)) {
            ngx_pdn_pg_hosts_known(c);
            return;
        }

        /* a folder with a unix socket */
        if (name.len > 0 && name.data[0] != '/' && name.data[0] != '@') {
            break;
        }

        if (ngx_pdn_pg_host_add(c, &name, NULL) != NGX_OK) {
            ngx_pdn_pg_connect_failed(c, "no memory");
            return;
        }

        c->host++;
    }

    port = NGX_PDN_PG_PORT;

    if (ngx_pdn_pg_nth(ngx_pdn_db_pool_get(pool, "port"), c->host, 1, &digits)
        && digits.len > 0)
    {
        port = ngx_atoi(digits.data, digits.len);
    }

    if (ngx_pdn_resolve_start(&c->resolve, c->conn.op ? c->conn.op->host : NULL,
                              &name, port, pool->options.connect_timeout,
                              ngx_pdn_pg_resolved, c)
        != NGX_AGAIN)
    {
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


/* Of several hosts, one may be unknown: the others are tried. */
static void
ngx_pdn_pg_resolved(ngx_pdn_resolve_t *rs, void *data)
{
    ngx_int_t rc;
    ngx_str_t name;
    ngx_uint_t i;
    ngx_pdn_pg_t *c = data;

    ngx_pdn_pg_nth(ngx_pdn_db_pool_get(c->conn.pool, "host"), c->host, 0,
                   &name);

    if (rs->naddrs == 0) {
        pdn_db_fail(&c->error, "connect_failed",
                    "cannot connect to '%.*s': its name could not be resolved "
                    "(%ld: %s)",
                    (int) name.len, (char *) name.data, (long) rs->error,
                    (char *) ngx_resolver_strerror(rs->error));
    }

    rc = NGX_OK;

    for (i = 0; rc == NGX_OK && i < rs->naddrs; i++) {
        rc = ngx_pdn_pg_host_add(c, &name, &rs->addrs[i]);
    }

    ngx_pdn_resolve_release(rs);

    if (rc != NGX_OK) {
        ngx_pdn_pg_connect_failed(c, "no memory");
        return;
    }

    c->host++;
    ngx_pdn_pg_next_host(c);
}


static void
ngx_pdn_pg_hosts_known(ngx_pdn_pg_t *c)
{
    if (c->hosts.len == 0) {
        ngx_pdn_pg_opened(c);
        return;
    }

    c->error.code = NULL;
    ngx_pdn_pg_start(c);
}


/* libpq wants as many hosts as addresses, and as many ports. */
static ngx_int_t
ngx_pdn_pg_host_add(ngx_pdn_pg_t *c, const ngx_str_t *name, ngx_pdn_addr_t *a)
{
    u_char text[NGX_SOCKADDR_STRLEN];
    ngx_str_t addr, port;

    ngx_str_null(&addr);
    ngx_str_null(&port);

    if (a != NULL) {
        addr.data = text;
        addr.len = ngx_sock_ntop(&a->sockaddr.sockaddr, a->socklen, text,
                                 sizeof(text), 0);
    }

    ngx_pdn_pg_nth(ngx_pdn_db_pool_get(c->conn.pool, "port"), c->host, 1,
                   &port);

    if (ngx_pdn_pg_list_add(&c->addrs, &addr) != NGX_OK
        || ngx_pdn_pg_list_add(&c->ports, &port) != NGX_OK
        || ngx_pdn_pg_list_add(&c->hosts, name) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* A comma follows each item; the last one makes room for a zero. */
static ngx_int_t
ngx_pdn_pg_list_add(ngx_str_t *list, const ngx_str_t *item)
{
    u_char *p;

    p = realloc(list->data, list->len + item->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    list->data = p;
    p += list->len;

    if (item->len != 0) {
        p = ngx_cpymem(p, item->data, item->len);
    }

    *p = ',';
    list->len += item->len + 1;

    return NGX_OK;
}


static void
ngx_pdn_pg_start(ngx_pdn_pg_t *c)
{
    ngx_uint_t n, i;
    const char **keywords, **values;
    ngx_pdn_db_pool_t *pool = c->conn.pool;

    for (n = 0; pool->keywords[n]; n++) {
        /* void */
    }

    keywords = ngx_alloc(2 * (n + 2) * sizeof(char *), ngx_cycle->log);

    if (keywords == NULL) {
        ngx_pdn_pg_connect_failed(c, "no memory");
        return;
    }

    values = keywords + n + 2;

    for (i = 0; i < n; i++) {
        keywords[i] = pool->keywords[i];
        values[i] = ngx_pdn_pg_value(c, keywords[i], pool->values[i]);
    }

    if (c->hosts.len) {
        keywords[n] = "hostaddr";
        values[n++] = ngx_pdn_pg_value(c, "hostaddr", NULL);
    }

    keywords[n] = NULL;
    values[n] = NULL;

    c->pg = PQconnectStartParams(keywords, values, 0);

    ngx_free(keywords);

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
    PQsetNoticeReceiver(c->pg, ngx_pdn_pg_notice, c);

    if (ngx_pdn_pg_watch(c, 0, 1, 1) != NGX_OK) {
        ngx_pdn_pg_connect_failed(c, "cannot watch the connection");
    }
}


/* Our own lists stand in the place of what they came from. */
static const char *
ngx_pdn_pg_value(ngx_pdn_pg_t *c, const char *keyword, const char *value)
{
    ngx_str_t *list;

    list = ngx_strcmp(keyword, "host") == 0       ? &c->hosts
           : ngx_strcmp(keyword, "hostaddr") == 0 ? &c->addrs
           : ngx_strcmp(keyword, "port") == 0     ? &c->ports
                                                  : NULL;

    if (list == NULL || list->len == 0) {
        return value;
    }

    list->data[list->len - 1] = '\0';

    return (char *) list->data;
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
