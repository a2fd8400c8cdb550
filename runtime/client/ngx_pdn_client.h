/*
 * SPDX-License-Identifier: MIT
 *
 * What hosts with a client have in common: a request of HTTP, a session of
 * stream.  Lua's functions about a client stand once, in this folder, and ask
 * the host by these accessors; a host without a client has none of them.
 */

#ifndef NGX_PDN_CLIENT_H
#define NGX_PDN_CLIENT_H


#include "ngx_pdn_engine.h"


typedef struct ngx_pdn_peer_s ngx_pdn_peer_t;


/*
 * nginx's variables.  `of` is the request or the session, `variable` one of
 * its configuration's: an ngx_http_variable_t, an ngx_stream_variable_t.
 */

typedef struct {
    ngx_hash_t *(*known)(void *of); /* the configuration's, by name */

    /* A value of one of them, `own` being room for it; NULL: it has none. */
    ngx_variable_value_t *(*get)(void *of, void *variable,
                                 ngx_variable_value_t *own);

    /* The same for names that are made up as they are asked for: "arg_x". */
    ngx_variable_value_t *(*find)(void *of, ngx_str_t *name, ngx_uint_t hash);

    /* NGX_OK, NGX_ERROR or one of NGX_PDN_VAR_*; unset: `value->data` NULL. */
    ngx_int_t (*set)(void *of, void *variable, ngx_pool_t *pool,
                     ngx_str_t *value);

    /* Of the last regex: positions, two for each, and how many of these. */
    int *(*captures)(void *of, ngx_uint_t *n, u_char **data);
} ngx_pdn_variable_ops_t;


struct ngx_pdn_client_ops_s {

    /* Output.  All answer NGX_OK, or NGX_ERROR with a reason in `*err`. */

    /* Called before the values of one print. */
    ngx_int_t (*can_print)(ngx_pdn_host_t *host, const char **err);
    ngx_int_t (*print)(ngx_pdn_host_t *host, const u_char *data, size_t len,
                       const char **err);
    ngx_int_t (*eof)(ngx_pdn_host_t *host, const char **err);

    /* Sends what was printed.  NGX_AGAIN: not all has left, to be awaited. */
    ngx_int_t (*flush)(ngx_pdn_host_t *host, ngx_uint_t wait, const char **err);

    /*
     * Goes on with what flush() left, as it does, and sees to it that
     * ngx_pdn_flush_event() is called as soon as there is more to do.
     */
    ngx_int_t (*flush_more)(ngx_pdn_host_t *host, const char **err);

    /* Nobody waits for the flush any more. */
    void (*flush_end)(ngx_pdn_host_t *host);

    /*
     * Before ngx.exit(): what is to be given to ngx_pdn_leave() in the place
     * of `rc`.  May raise.  [-0, +0, e]
     */
    ngx_int_t (*exit)(lua_State *L, ngx_pdn_host_t *host, ngx_int_t rc);

    /* ngx.req.socket(), with its arguments on the stack. */
    int (*socket)(lua_State *L, ngx_pdn_host_t *host);

    double (*start_time)(ngx_pdn_host_t *host);

    /* ngx.status, and what it is set to */
    ngx_int_t (*status)(ngx_pdn_host_t *host);
    void (*set_status)(ngx_pdn_host_t *host, ngx_int_t status);

    const ngx_pdn_variable_ops_t *variables;

    /* lua_check_client_abort */
    ngx_flag_t (*watches)(ngx_pdn_host_t *host);

    /* Of balancer_by_lua*, while its code runs; NULL: there is no upstream. */
    ngx_pdn_peer_t *(*peer)(ngx_pdn_host_t *host, const char **err);
};


/* Why a variable could not be set. */

#define NGX_PDN_VAR_UNKNOWN   1
#define NGX_PDN_VAR_CONSTANT  2
#define NGX_PDN_VAR_NO_SETTER 3

/*
 * Sets a variable to a copy of `value`; NULL unsets it.  NGX_OK, NGX_ERROR or
 * one of the reasons above.
 */
ngx_int_t ngx_pdn_variable_set(const ngx_pdn_variable_ops_t *ops, void *of,
                               ngx_pool_t *pool, const u_char *name, size_t len,
                               const u_char *value, size_t value_len);

/* Gives a value the bytes of `value`, which live long enough. */
void ngx_pdn_variable_fill(ngx_variable_value_t *v, const ngx_str_t *value);


/*
 * The current host, if the phase is one of `phases` and there is a client;
 * raises otherwise.  [-0, +0, e]
 */
ngx_pdn_host_t *ngx_pdn_client_check(lua_State *L, ngx_uint_t phases);

/* The same for FFI: NGX_OK, NGX_PDN_NO_REQUEST or NGX_PDN_BAD_CONTEXT. */
ngx_int_t ngx_pdn_client_enter(ngx_uint_t phases, ngx_pdn_host_t **host);

/* Lua: 1, or nil and `err` if `rc` is NGX_ERROR  [-0, +2, e] */
int ngx_pdn_client_result(lua_State *L, ngx_int_t rc, const char *err);


/* ngx_pdn_flush.c: the flush that the host's code waits for can go on. */
void ngx_pdn_flush_event(ngx_pdn_host_t *host);


/* ngx_pdn_abort.c */

/* Has the client closed, or lost, its connection?  Reads nothing. */
ngx_uint_t ngx_pdn_client_gone(ngx_connection_t *c);

/*
 * The client has gone: runs the function given to ngx.on_abort() and answers
 * NGX_OK; NGX_DECLINED: there is none, the host is to end; NGX_DONE: it was
 * told before.
 */
ngx_int_t ngx_pdn_abort_tell(ngx_pdn_host_t *host);

/* Sees to it that the read event of the connection comes. */
void ngx_pdn_abort_watch(ngx_connection_t *c);

/* Lets go of the function. */
void ngx_pdn_abort_forget(ngx_pdn_host_t *host);


#endif /* NGX_PDN_CLIENT_H */
