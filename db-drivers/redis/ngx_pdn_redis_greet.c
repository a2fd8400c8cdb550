/*
 * SPDX-License-Identifier: MIT
 *
 * The first words on a connection: HELLO, which agrees on RESP3 and logs in;
 * with a server that does not know it, AUTH.  Then the database, and what
 * else the connection is for.
 */

#include "ngx_pdn_redis.h"
#include "pdn_redis.h"


typedef struct {
    ngx_pdn_wire_ask_t ask; /* first: a block of the heap */
    ngx_uint_t hello;       /* its first answer is that of HELLO */
} ngx_pdn_redis_greeting_t;


static void ngx_pdn_redis_say(ngx_pdn_wire_t *wire, ngx_uint_t hello);
static ngx_int_t ngx_pdn_redis_say_hello(ngx_pdn_wire_t *wire,
                                         ngx_uint_t *replies);
static ngx_int_t ngx_pdn_redis_say_auth(ngx_pdn_wire_t *wire,
                                        ngx_uint_t *replies);
static ngx_int_t ngx_pdn_redis_say_rest(ngx_pdn_wire_t *wire,
                                        ngx_uint_t *replies);
static void ngx_pdn_redis_greeted(ngx_pdn_wire_ask_t *ask);
static ngx_uint_t ngx_pdn_redis_unknown(const char *code,
                                        const pdn_resp_item_t *item);
static void ngx_pdn_redis_unwelcome(ngx_pdn_wire_t *wire,
                                    const pdn_resp_item_t *item);


void
ngx_pdn_redis_greet(ngx_pdn_wire_t *wire)
{
    const char *protocol;

    protocol = ngx_pdn_db_pool_get(wire->pool, "protocol");

    ngx_pdn_redis_say(wire, protocol == NULL || ngx_strcmp(protocol, "2") != 0);
}


static void
ngx_pdn_redis_say(ngx_pdn_wire_t *wire, ngx_uint_t hello)
{
    ngx_int_t rc;
    ngx_uint_t replies;
    ngx_pdn_redis_greeting_t *g;

    replies = 0;

    rc = hello ? ngx_pdn_redis_say_hello(wire, &replies)
               : ngx_pdn_redis_say_auth(wire, &replies);

    if (rc == NGX_OK) {
        rc = ngx_pdn_redis_say_rest(wire, &replies);
    }

    if (rc == NGX_OK && replies == 0) {
        ngx_pdn_wire_ready(wire);
        return;
    }

    g = rc == NGX_OK
            ? ngx_calloc(sizeof(ngx_pdn_redis_greeting_t), ngx_cycle->log)
            : NULL;

    if (g == NULL) {
        pdn_db_fail(&wire->error, "error", "no memory");
        ngx_pdn_wire_fail(wire);
        return;
    }

    g->hello = hello;
    g->ask.replies = replies;
    g->ask.done = ngx_pdn_redis_greeted;
    ngx_pdn_wire_greet(wire, &g->ask);
}


static ngx_int_t
ngx_pdn_redis_say_hello(ngx_pdn_wire_t *wire, ngx_uint_t *replies)
{
    size_t n;
    const char *user, *password, *name;
    const char *words[8] = { "HELLO", "3" };

    n = 2;
    user = ngx_pdn_db_pool_get(wire->pool, "user");
    password = ngx_pdn_db_pool_get(wire->pool, "password");
    name = ngx_pdn_db_pool_get(wire->pool, "client_name");

    if (password != NULL) {
        words[n++] = "AUTH";
        words[n++] = user ? user : "default";
        words[n++] = password;
    }

    if (name != NULL) {
        words[n++] = "SETNAME";
        words[n++] = name;
    }

    *replies += 1;

    return ngx_pdn_redis_put(&wire->head, words);
}


static ngx_int_t
ngx_pdn_redis_say_auth(ngx_pdn_wire_t *wire, ngx_uint_t *replies)
{
    size_t n;
    ngx_int_t rc;
    const char *user, *password;
    const char *words[4] = { "AUTH" };
    const char *name[4] = { "CLIENT", "SETNAME" };

    rc = NGX_OK;
    n = 1;
    user = ngx_pdn_db_pool_get(wire->pool, "user");
    password = ngx_pdn_db_pool_get(wire->pool, "password");
    name[2] = ngx_pdn_db_pool_get(wire->pool, "client_name");

    if (password != NULL) {
        if (user != NULL) {
            words[n++] = user;
        }

        words[n++] = password;
        *replies += 1;
        rc = ngx_pdn_redis_put(&wire->head, words);
    }

    if (rc == NGX_OK && name[2] != NULL) {
        *replies += 1;
        rc = ngx_pdn_redis_put(&wire->head, name);
    }

    return rc;
}


static ngx_int_t
ngx_pdn_redis_say_rest(ngx_pdn_wire_t *wire, ngx_uint_t *replies)
{
    ngx_int_t rc;
    const char *select[] = { "SELECT", NULL, NULL };
    const char *tracking[] = { "CLIENT",   "TRACKING", "ON",
                               "REDIRECT", NULL,       NULL };

    static const char *readonly[] = { "READONLY", NULL };

    rc = NGX_OK;
    select[1] = ngx_pdn_db_pool_get(wire->pool, "database");
    tracking[4] = ngx_pdn_db_pool_get(wire->pool, "redirect");

    if (select[1] != NULL && ngx_strcmp(select[1], "0") != 0) {
        *replies += 1;
        rc = ngx_pdn_redis_put(&wire->head, select);
    }

    if (rc == NGX_OK && ngx_pdn_db_pool_get(wire->pool, "readonly") != NULL) {
        *replies += 1;
        rc = ngx_pdn_redis_put(&wire->head, readonly);
    }

    if (rc == NGX_OK && tracking[4] != NULL) {
        *replies += 1;
        rc = ngx_pdn_redis_put(&wire->head, tracking);
    }

    return rc;
}


static void
ngx_pdn_redis_greeted(ngx_pdn_wire_ask_t *ask)
{
    size_t pos, end, want;
    const char *err, *data;
    ngx_uint_t hello;
    char word[PDN_REDIS_WORD_MAX];
    pdn_resp_item_t item;
    pdn_resp_scan_t scan;
    ngx_pdn_wire_t *wire = ask->wire;

    hello = ((ngx_pdn_redis_greeting_t *) ask)->hello;
    data = (const char *) ask->data;

    for (pos = 0; pos < ask->len; pos += scan.pos) {
        end = 0;
        pdn_resp_scan_init(&scan);
        (void) pdn_resp_scan(&scan, data + pos, ask->len - pos);
        (void) pdn_resp_item(data + pos, ask->len - pos, &end, &item, &want,
                             &err);

        if (item.type != '-' && item.type != '!') {
            continue;
        }

        if (pos == 0 && hello
            && ngx_pdn_redis_unknown(pdn_redis_code(item.data, item.len, word),
                                     &item))
        {
            ngx_free(ask);
            ngx_pdn_redis_say(wire, 0);
            return;
        }

        ngx_pdn_redis_unwelcome(wire, &item);
        ngx_free(ask);
        ngx_pdn_wire_fail(wire);
        return;
    }

    ngx_free(ask);
    ngx_pdn_wire_ready(wire);
}


/* A server before Redis 6, or one that speaks RESP2 only. */
static ngx_uint_t
ngx_pdn_redis_unknown(const char *code, const pdn_resp_item_t *item)
{
    static const char unknown[] = "ERR unknown command";

    return ngx_strcmp(code, "no_protocol") == 0
           || (item->len >= sizeof(unknown) - 1
               && ngx_strncmp(item->data, unknown, sizeof(unknown) - 1) == 0);
}


static void
ngx_pdn_redis_unwelcome(ngx_pdn_wire_t *wire, const pdn_resp_item_t *item)
{
    const char *code;
    char word[PDN_REDIS_WORD_MAX];

    code = pdn_redis_code(item->data, item->len, word);

    if (ngx_strcmp(code, "error") == 0) {
        code = "connect_failed";
    }

    pdn_db_fail(&wire->error, code, "Redis refused the connection: %.*s",
                (int) item->len, item->data);
    ngx_cpystrn((u_char *) wire->error.server, (u_char *) word,
                sizeof(wire->error.server));
}
