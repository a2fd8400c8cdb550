/*
 * SPDX-License-Identifier: MIT
 *
 * What error.log says of a refused call: where it stands, where such a call
 * may stand, and what to do instead.
 */

#include "ngx_pdn_refusal.h"
#include "ngx_pdn_vm.h"


/* From so many allowed phases on, those are named that are not. */
#define NGX_PDN_REFUSAL_MANY 10

#define NGX_PDN_REFUSAL_NAME 64

/* The phases that stream has. */
#define NGX_PDN_REFUSAL_STREAM                                                 \
    (NGX_PDN_INIT | NGX_PDN_INIT_WORKER | NGX_PDN_EXIT_WORKER                  \
     | NGX_PDN_PREREAD | NGX_PDN_CONTENT | NGX_PDN_BALANCER | NGX_PDN_LOG      \
     | NGX_PDN_TIMER | NGX_PDN_SSL_CLIENT_HELLO | NGX_PDN_SSL_CERT)


/* The call as its user wrote it. */

typedef struct {
    char place[LUA_IDSIZE + 16];     /* "app.lua:7" */
    char name[NGX_PDN_REFUSAL_NAME]; /* "sleep", or "" */
} ngx_pdn_refusal_call_t;


/* What to do in one of the phases `in` for a call that may be in `allowed`. */

typedef struct {
    ngx_uint_t in;
    ngx_uint_t allowed;
    const char *cure;
} ngx_pdn_refusal_cure_t;


static ngx_uint_t ngx_pdn_refusal_find(lua_State *L,
                                       ngx_pdn_refusal_call_t *call);
static ngx_uint_t ngx_pdn_refusal_new(lua_State *L,
                                      const ngx_pdn_refusal_call_t *call,
                                      const char *why);
static u_char *ngx_pdn_refusal_phases(u_char *p, u_char *last,
                                      ngx_uint_t phases,
                                      ngx_pdn_subsystem_e subsystem);
static const char *ngx_pdn_refusal_cure(ngx_uint_t in, ngx_uint_t phases);


/* The address keys the registry's table of places that were told of. */
static char ngx_pdn_refusal_key;


/* clang-format off */

static const struct {
    ngx_uint_t bit;
    const char *label;
} ngx_pdn_refusal_labels[] = {
    { NGX_PDN_INIT,             "init_by_lua*" },
    { NGX_PDN_INIT_WORKER,      "init_worker_by_lua*" },
    { NGX_PDN_SSL_CLIENT_HELLO, "ssl_client_hello_by_lua*" },
    { NGX_PDN_SSL_CERT,         "ssl_certificate_by_lua*" },
    { NGX_PDN_SSL_SESS_FETCH,   "ssl_session_fetch_by_lua*" },
    { NGX_PDN_SSL_SESS_STORE,   "ssl_session_store_by_lua*" },
    { NGX_PDN_SET,              "set_by_lua*" },
    { NGX_PDN_SERVER_REWRITE,   "server_rewrite_by_lua*" },
    { NGX_PDN_REWRITE,          "rewrite_by_lua*" },
    { NGX_PDN_ACCESS,           "access_by_lua*" },
    { NGX_PDN_PREREAD,          "preread_by_lua*" },
    { NGX_PDN_CONTENT,          "content_by_lua*" },
    { NGX_PDN_BALANCER,         "balancer_by_lua*" },
    { NGX_PDN_HEADER_FILTER,    "header_filter_by_lua*" },
    { NGX_PDN_BODY_FILTER,      "body_filter_by_lua*" },
    { NGX_PDN_LOG,              "log_by_lua*" },
    { NGX_PDN_TIMER,            "ngx.timer.*" },
    { NGX_PDN_EXIT_WORKER,      "exit_worker_by_lua*" },
    { 0,                        NULL }
};

/* The first row that fits. */
static const ngx_pdn_refusal_cure_t ngx_pdn_refusal_cures[] = {
    { NGX_PDN_INIT, NGX_PDN_TIMER,
      "do it in a timer that init_worker_by_lua* starts" },
    { NGX_PDN_SET, NGX_PDN_REWRITE,
      "do it in rewrite_by_lua*" },
    { NGX_PDN_BALANCER, NGX_PDN_ACCESS,
      "do it in access_by_lua* and keep what came of it in ngx.ctx" },
    { NGX_PDN_HEADER_FILTER | NGX_PDN_BODY_FILTER | NGX_PDN_LOG
      | NGX_PDN_INIT_WORKER | NGX_PDN_SSL_SESS_STORE, NGX_PDN_TIMER,
      "do it in a timer: ngx.timer.at(0, ...)" },
    { NGX_PDN_HEADER_FILTER | NGX_PDN_BODY_FILTER | NGX_PDN_LOG,
      NGX_PDN_ANSWERING,
      "do it before the answer is on its way" },
    { ~NGX_PDN_REQUEST, NGX_PDN_REQUEST,
      "there is no request here: pass on what is needed of one" },
    { 0, 0, NULL }
};

/* clang-format on */


void
ngx_pdn_refusal_tell(lua_State *L, ngx_uint_t phases)
{
    u_char *p, *last, text[1024];
    const char *cure;
    ngx_pdn_host_t *host;
    ngx_pdn_refusal_call_t call;

    host = ngx_pdn_task->host;

    if (!ngx_pdn_refusal_find(L, &call)
        || !ngx_pdn_refusal_new(L, &call, host->phase->label))
    {
        return;
    }

    last = text + sizeof(text) - 1;
    p = ngx_pdn_refusal_phases(text, last, phases, host->subsystem);
    cure = ngx_pdn_refusal_cure(host->phase->bit, phases);

    if (cure != NULL) {
        p = ngx_snprintf(p, last - p, "; %s", cure);
    }

    *p = '\0';

    ngx_log_error(NGX_LOG_WARN, host->log, 0,
                  "[lua] %s: %s%s may not be used in %s, %s", call.place,
                  call.name[0] ? call.name : "this", call.name[0] ? "()" : "",
                  host->phase->label, text);
}


void
ngx_pdn_refusal_foreign(lua_State *L, const char *what)
{
    ngx_pdn_refusal_call_t call;

    if (ngx_pdn_refusal_find(L, &call) && ngx_pdn_refusal_new(L, &call, what)) {
        ngx_log_error(NGX_LOG_WARN, ngx_pdn_task->host->log, 0,
                      "[lua] %s: %s of another request or timer cannot be "
                      "used here; make one for each, and keep none in a "
                      "module's variables",
                      call.place, what);
    }

    (void) luaL_error(L, "bad request");
}


/* The innermost function that is not the runtime's, and what it called. */
static ngx_uint_t
ngx_pdn_refusal_find(lua_State *L, ngx_pdn_refusal_call_t *call)
{
    int level;
    u_char *p;
    lua_Debug ar;

    call->name[0] = '\0';

    for (level = 0; lua_getstack(L, level, &ar); level++) {

        if (!lua_getinfo(L, "nSl", &ar)) {
            return 0;
        }

        if (ar.currentline > 0 && ngx_strncmp(ar.short_src, "pandan:", 7) != 0)
        {
            p = ngx_snprintf((u_char *) call->place, sizeof(call->place) - 1,
                             "%s:%d", ar.short_src, ar.currentline);
            *p = '\0';
            return 1;
        }

        /* pcall(ngx.sleep) and metamethods do not tell what was called. */

        if (ar.name != NULL && ngx_strcmp(ar.name, "pcall") != 0
            && ngx_strncmp(ar.name, "__", 2) != 0)
        {
            (void) ngx_cpystrn((u_char *) call->name, (u_char *) ar.name,
                               sizeof(call->name));

        } else {
            call->name[0] = '\0';
        }
    }

    return 0;
}


/* Is it the first time that this is wrong there?  [-0, +0, m] */
static ngx_uint_t
ngx_pdn_refusal_new(lua_State *L, const ngx_pdn_refusal_call_t *call,
                    const char *why)
{
    ngx_uint_t is_new;

    luaL_checkstack(L, 6, NULL);

    lua_pushlightuserdata(L, &ngx_pdn_refusal_key);
    lua_rawget(L, LUA_REGISTRYINDEX);

    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushlightuserdata(L, &ngx_pdn_refusal_key);
        lua_pushvalue(L, -2);
        lua_rawset(L, LUA_REGISTRYINDEX);
    }

    lua_pushfstring(L, "%s %s %s", call->place, call->name, why);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);

    is_new = lua_isnil(L, -1);
    lua_pop(L, 1);

    if (is_new) {
        lua_pushboolean(L, 1);
        lua_rawset(L, -3);
        lua_pop(L, 1);

    } else {
        lua_pop(L, 2);
    }

    return is_new;
}


/* "but in access_by_lua*, content_by_lua*" */
static u_char *
ngx_pdn_refusal_phases(u_char *p, u_char *last, ngx_uint_t phases,
                       ngx_pdn_subsystem_e subsystem)
{
    ngx_uint_t i, n, among, there;
    const char *before;

    there = subsystem == NGX_PDN_OF_STREAM ? NGX_PDN_REFUSAL_STREAM
                                           : (ngx_uint_t) ~NGX_PDN_PREREAD;
    phases &= there;

    for (i = 0, n = 0; ngx_pdn_refusal_labels[i].label != NULL; i++) {
        n += (ngx_pdn_refusal_labels[i].bit & phases) != 0;
    }

    among = n >= NGX_PDN_REFUSAL_MANY ? ~phases & there : phases;
    before = n >= NGX_PDN_REFUSAL_MANY ? "but anywhere except in " : "but in ";

    for (i = 0; ngx_pdn_refusal_labels[i].label != NULL; i++) {

        if (ngx_pdn_refusal_labels[i].bit & among) {
            p = ngx_snprintf(p, last - p, "%s%s", before,
                             ngx_pdn_refusal_labels[i].label);
            before = ", ";
        }
    }

    return p;
}


static const char *
ngx_pdn_refusal_cure(ngx_uint_t in, ngx_uint_t phases)
{
    const ngx_pdn_refusal_cure_t *row;

    for (row = ngx_pdn_refusal_cures; row->cure != NULL; row++) {
        if ((row->in & in) && (row->allowed & phases)) {
            return row->cure;
        }
    }

    return NULL;
}
