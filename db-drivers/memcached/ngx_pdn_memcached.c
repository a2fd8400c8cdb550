/*
 * SPDX-License-Identifier: MIT
 *
 * memcached as a driver of the pool: nothing is ever lent, for all commands
 * can share a wire.
 */

#include "ngx_pdn_memcached.h"
#include "ngx_pdn_shared.h"
#include "pdn_memcached_binary.h"


static void ngx_pdn_memcached_begin(ngx_pdn_wire_t *wire);
static ngx_int_t ngx_pdn_memcached_frame(ngx_pdn_wire_t *wire, u_char *data,
                                         size_t len, size_t *size,
                                         ngx_pdn_wire_frame_e *kind,
                                         const char **err);
static void ngx_pdn_memcached_greet(ngx_pdn_wire_t *wire);
static void ngx_pdn_memcached_log_in(ngx_pdn_wire_t *wire);
static void ngx_pdn_memcached_say(ngx_pdn_wire_t *wire, size_t len);
static void ngx_pdn_memcached_greeted(ngx_pdn_wire_ask_t *ask);


static const ngx_pdn_wire_protocol_t ngx_pdn_memcached_protocol = {
    .name = "memcached",
    .port = 11211,
    .begin = ngx_pdn_memcached_begin,
    .frame = ngx_pdn_memcached_frame,
    .greet = ngx_pdn_memcached_greet
};


static const ngx_pdn_wire_protocol_t ngx_pdn_memcached_binary = {
    .name = "memcached",
    .port = 11211,
    .begin = ngx_pdn_memcached_begin,
    .frame = ngx_pdn_memcached_frame,
    .greet = ngx_pdn_memcached_log_in
};


const ngx_pdn_db_driver_t ngx_pdn_memcached_driver = {
    .name = "memcached", .drain = ngx_pdn_shared_drain
};


ngx_pdn_wire_t *
ngx_pdn_memcached_wire(ngx_pdn_db_pool_t *pool)
{
    return ngx_pdn_wire_create(ngx_pdn_db_pool_get(pool, "sasl") != NULL
                                   ? &ngx_pdn_memcached_binary
                                   : &ngx_pdn_memcached_protocol,
                               pool, 0);
}


ngx_uint_t
ngx_pdn_memcached_is_binary(ngx_pdn_wire_t *wire)
{
    return wire->protocol == &ngx_pdn_memcached_binary;
}


pdn_memcached_rc_e
ngx_pdn_memcached_read(ngx_pdn_wire_t *wire, const u_char *data, size_t len,
                       pdn_memcached_reply_t *reply, size_t *size,
                       const char **err)
{
    return ngx_pdn_memcached_is_binary(wire)
               ? pdn_memcached_binary_read((const char *) data, len, reply,
                                           size, err)
               : pdn_memcached_read((const char *) data, len, reply, size, err);
}


/* A reply is read anew each time: its line is short. */
static void
ngx_pdn_memcached_begin(ngx_pdn_wire_t *wire)
{
    (void) wire;
}


static ngx_int_t
ngx_pdn_memcached_frame(ngx_pdn_wire_t *wire, u_char *data, size_t len,
                        size_t *size, ngx_pdn_wire_frame_e *kind,
                        const char **err)
{
    pdn_memcached_reply_t reply;

    *kind = NGX_PDN_WIRE_REPLY;

    switch (ngx_pdn_memcached_read(wire, data, len, &reply, size, err)) {

    case PDN_MEMCACHED_OK:
        return NGX_OK;

    case PDN_MEMCACHED_AGAIN:
        return NGX_AGAIN;

    default:
        return NGX_ERROR;
    }
}


/* Its text protocols log in by setting any key to "user password". */
static void
ngx_pdn_memcached_greet(ngx_pdn_wire_t *wire)
{
    size_t len;
    const char *user, *password;

    user = ngx_pdn_db_pool_get(wire->pool, "user");
    password = ngx_pdn_db_pool_get(wire->pool, "password");

    if (user == NULL || password == NULL) {
        ngx_pdn_wire_ready(wire);
        return;
    }

    len = ngx_strlen(user) + 1 + ngx_strlen(password);

    if (ngx_pdn_bytes_reserve(&wire->head, len + NGX_INT_T_LEN + 32) != NGX_OK)
    {
        ngx_pdn_memcached_say(wire, 0);
        return;
    }

    ngx_pdn_memcached_say(wire, ngx_sprintf(wire->head.last,
                                            "set auth 0 0 %uz\r\n%s %s\r\n",
                                            len, user, password)
                                    - wire->head.last);
}


/* With SASL, by a packet. */
static void
ngx_pdn_memcached_log_in(ngx_pdn_wire_t *wire)
{
    const char *user, *password;

    user = ngx_pdn_db_pool_get(wire->pool, "user");
    password = ngx_pdn_db_pool_get(wire->pool, "password");

    if (ngx_pdn_bytes_reserve(&wire->head, ngx_strlen(user)
                                               + ngx_strlen(password)
                                               + PDN_MEMCACHED_PACKET)
        != NGX_OK)
    {
        ngx_pdn_memcached_say(wire, 0);
        return;
    }

    ngx_pdn_memcached_say(wire, pdn_memcached_binary_login(
                                    (char *) wire->head.last, user, password));
}


/* What lies in the head, `len` bytes of it; 0: there was no memory. */
static void
ngx_pdn_memcached_say(ngx_pdn_wire_t *wire, size_t len)
{
    ngx_pdn_wire_ask_t *ask;

    ask = len ? ngx_calloc(sizeof(ngx_pdn_wire_ask_t), ngx_cycle->log) : NULL;

    if (ask == NULL) {
        pdn_db_fail(&wire->error, "error", "no memory");
        ngx_pdn_wire_fail(wire);
        return;
    }

    wire->head.last += len;
    ask->replies = 1;
    ask->done = ngx_pdn_memcached_greeted;
    ngx_pdn_wire_greet(wire, ask);
}


static void
ngx_pdn_memcached_greeted(ngx_pdn_wire_ask_t *ask)
{
    size_t size;
    const char *err;
    ngx_pdn_wire_t *wire = ask->wire;
    pdn_memcached_reply_t reply;

    (void) ngx_pdn_memcached_read(wire, ask->data, ask->len, &reply, &size,
                                  &err);

    if ((reply.word_len != 6 || ngx_memcmp(reply.word, "STORED", 6) != 0)
        && (reply.word_len != 2 || ngx_memcmp(reply.word, "HD", 2) != 0))
    {
        pdn_db_fail(&wire->error, "auth_failed",
                    "memcached refused the connection: %.*s",
                    (int) (reply.rest + reply.rest_len - reply.word),
                    reply.word);
        ngx_free(ask);
        ngx_pdn_wire_fail(wire);
        return;
    }

    ngx_free(ask);
    ngx_pdn_wire_ready(wire);
}
