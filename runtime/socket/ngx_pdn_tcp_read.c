/*
 * SPDX-License-Identifier: MIT
 *
 * Reading from cosockets.  What arrives lies in one buffer until it makes a
 * whole result, which becomes a Lua string in one step; lines are searched
 * with memchr and only where they have not been searched before.
 */

#include "ngx_pdn_tcp.h"


/* An empty buffer larger than this many initial ones is given back. */
#define NGX_PDN_TCP_KEEP_BUFFERS 16


static ngx_int_t ngx_pdn_tcp_read_more(ngx_pdn_tcp_t *u);
static ngx_uint_t ngx_pdn_tcp_read_found(ngx_pdn_tcp_t *u);
static ngx_int_t ngx_pdn_tcp_read_fill(ngx_pdn_tcp_t *u);
static void ngx_pdn_tcp_read_failed(ngx_pdn_tcp_t *u, const char *text,
                                    ngx_err_t code);
static ngx_msec_t ngx_pdn_tcp_read_timeout(ngx_pdn_tcp_t *u);
static ngx_int_t ngx_pdn_tcp_read_arm(ngx_pdn_tcp_t *u);
static int ngx_pdn_tcp_read_push(lua_State *L, ngx_pdn_wait_t *wait);
static int ngx_pdn_tcp_read_results(lua_State *L, ngx_pdn_tcp_t *u);
static void ngx_pdn_tcp_read_push_line(lua_State *L, const u_char *line,
                                       size_t len);
static void ngx_pdn_tcp_read_cancel(ngx_pdn_wait_t *wait);
static void ngx_pdn_tcp_read_disown(ngx_pdn_tcp_t *u);


/* sock:receive(size | "*l" | "*a") -> data | nil, err, partial */
int
ngx_pdn_tcp_receive(lua_State *L)
{
    int n;
    size_t len;
    lua_Number size;
    const char *pattern;
    ngx_pdn_tcp_t *u;

    n = lua_gettop(L);

    if (n != 1 && n != 2) {
        return luaL_error(L,
                          "expecting 1 or 2 arguments "
                          "(including the object), but got %d",
                          n);
    }

    u = ngx_pdn_tcp_check(L);

    if (ngx_pdn_tcp_unreadable(L, u)) {
        return 2;
    }

    if (n == 1) {
        return ngx_pdn_tcp_read(L, u, NGX_PDN_TCP_LINE, 0, NULL);
    }

    if (lua_isnumber(L, 2)) {
        size = lua_tonumber(L, 2);

        if (!(size >= 0 && size < (lua_Number) NGX_MAX_SIZE_T_VALUE / 4)) {
            return luaL_argerror(L, 2, "bad pattern argument");
        }

        if (size < 1) {
            lua_pushliteral(L, "");
            return 1;
        }

        return ngx_pdn_tcp_read(L, u, NGX_PDN_TCP_SIZE, (size_t) size, NULL);
    }

    if (lua_type(L, 2) != LUA_TSTRING) {
        return luaL_argerror(L, 2, "bad pattern argument");
    }

    pattern = lua_tolstring(L, 2, &len);

    if (len == 2 && pattern[0] == '*' && pattern[1] == 'l') {
        return ngx_pdn_tcp_read(L, u, NGX_PDN_TCP_LINE, 0, NULL);
    }

    if (len == 2 && pattern[0] == '*' && pattern[1] == 'a') {
        return ngx_pdn_tcp_read(L, u, NGX_PDN_TCP_ALL, 0, NULL);
    }

    return luaL_argerror(
        L, 2, lua_pushfstring(L, "bad pattern argument: %s", pattern));
}


/* sock:receiveany(max) -> data | nil, err, partial */
int
ngx_pdn_tcp_receiveany(lua_State *L)
{
    lua_Number max;
    ngx_pdn_tcp_t *u;

    if (lua_gettop(L) != 2) {
        return luaL_error(L,
                          "expecting 2 arguments "
                          "(including the object), but got %d",
                          lua_gettop(L));
    }

    u = ngx_pdn_tcp_check(L);

    if (ngx_pdn_tcp_unreadable(L, u)) {
        return 2;
    }

    max = lua_isnumber(L, 2) ? lua_tonumber(L, 2) : 0;

    if (!(max >= 1 && max < (lua_Number) NGX_MAX_SIZE_T_VALUE / 4)) {
        return luaL_argerror(L, 2, "bad max argument");
    }

    ngx_pdn_tcp_debug1(u,
                       "lua tcp socket calling receiveany() method to "
                       "read at most %uz bytes",
                       (size_t) max);

    return ngx_pdn_tcp_read(L, u, NGX_PDN_TCP_ANY, (size_t) max, NULL);
}


ngx_uint_t
ngx_pdn_tcp_unreadable(lua_State *L, ngx_pdn_tcp_t *u)
{
    ngx_pdn_host_t *host;

    host = ngx_pdn_check(L, NGX_PDN_MAY_WAIT);

    if (u->connection == NULL || u->read_closed) {

        if (host->socket_conf->log_errors) {
            ngx_log_error(NGX_LOG_ERR, host->log, 0,
                          "attempt to receive data on a closed socket: u:%p, "
                          "c:%p, ft:%d eof:%d",
                          u, u->connection, u->read_closed, u->eof);
        }

        ngx_pdn_fault_text(L, "closed");
        return 1;
    }

    ngx_pdn_tcp_check_host(L, u);

    return ngx_pdn_tcp_busy(L, u, NGX_PDN_TCP_CONNECTING | NGX_PDN_TCP_READING);
}


int
ngx_pdn_tcp_read(lua_State *L, ngx_pdn_tcp_t *u, ngx_pdn_tcp_read_e mode,
                 size_t size, ngx_pdn_tcp_until_t *until)
{
    ngx_pdn_tcp_reader_t *reader;

    reader = &u->reader;
    reader->mode = mode;
    reader->size = size;
    reader->until = until;
    reader->scanned = 0;
    ngx_memzero(&reader->op.fault, sizeof(ngx_pdn_fault_t));

    ngx_pdn_tcp_debug1(u, "lua tcp socket read timeout: %M",
                       ngx_pdn_tcp_read_timeout(u));

    if (ngx_pdn_tcp_read_more(u) == NGX_AGAIN
        && ngx_pdn_tcp_read_arm(u) == NGX_OK) {
        return ngx_pdn_tcp_suspend(L, &reader->op, ngx_pdn_tcp_read_push,
                                   ngx_pdn_tcp_read_cancel);
    }

    return ngx_pdn_tcp_read_results(L, u);
}


/* NGX_OK: ended, see op.fault; NGX_AGAIN. */
static ngx_int_t
ngx_pdn_tcp_read_more(ngx_pdn_tcp_t *u)
{
    ngx_int_t rc;
    ngx_pdn_tcp_reader_t *reader;

    reader = &u->reader;

    for (;;) {

        if (ngx_pdn_tcp_read_found(u)) {
            return NGX_OK;
        }

        if (u->eof) {
            reader->take = ngx_pdn_bytes_len(&u->in);
            reader->skip = 0;

            if (reader->mode != NGX_PDN_TCP_ALL) {
                ngx_pdn_tcp_read_failed(u, "closed", 0);
            }

            return NGX_OK;
        }

        rc = ngx_pdn_tcp_read_fill(u);

        if (rc == NGX_AGAIN) {
            return NGX_AGAIN;
        }

        if (rc == NGX_ERROR) {
            return NGX_OK;
        }
    }
}


/* Is a whole result in the buffer?  Sets take and skip. */
static ngx_uint_t
ngx_pdn_tcp_read_found(ngx_pdn_tcp_t *u)
{
    size_t len;
    u_char *end;
    ngx_pdn_tcp_reader_t *reader;

    reader = &u->reader;
    len = ngx_pdn_bytes_len(&u->in);
    reader->skip = 0;

    switch (reader->mode) {

    case NGX_PDN_TCP_LINE:
        if (len == reader->scanned) {
            return 0;
        }

        end = memchr(u->in.pos + reader->scanned, '\n', len - reader->scanned);
        reader->scanned = len;

        if (end == NULL) {
            return 0;
        }

        reader->take = end - u->in.pos;
        reader->skip = 1;
        return 1;

    case NGX_PDN_TCP_SIZE:
        reader->take = reader->size;
        return len >= reader->size;

    case NGX_PDN_TCP_ANY:
        ngx_pdn_tcp_debug1(u, "lua tcp socket read any, buffered: %uz", len);
        reader->take = ngx_min(len, reader->size);
        return len > 0;

    case NGX_PDN_TCP_UNTIL:
        return ngx_pdn_tcp_until_found(u);

    default: /* NGX_PDN_TCP_ALL */
        return 0;
    }
}


/* One read: NGX_OK, also at the end (u->eof), NGX_AGAIN, NGX_ERROR. */
static ngx_int_t
ngx_pdn_tcp_read_fill(ngx_pdn_tcp_t *u)
{
    ssize_t n;
    ngx_connection_t *c;

    c = u->connection;

    if (c->close) {
        /* worker_shutdown_timeout has run out */
        u->eof = 1;
        return NGX_OK;
    }

    if (u->owner == NULL && !c->read->ready) {
        return NGX_AGAIN;
    }

    if (ngx_pdn_bytes_room(&u->in) == 0
        && ngx_pdn_bytes_reserve(&u->in, u->host->socket_conf->buffer_size)
               != NGX_OK)
    {
        ngx_pdn_tcp_read_failed(u, "no memory", 0);
        return NGX_ERROR;
    }

    ngx_set_socket_errno(0);
    n = u->owner != NULL
            ? u->owner->recv(u->owner, u->in.last, ngx_pdn_bytes_room(&u->in))
            : c->recv(c, u->in.last, ngx_pdn_bytes_room(&u->in));

    if (n > 0) {
        u->in.last += n;
        return NGX_OK;
    }

    if (n == 0) {
        u->eof = 1;
        return NGX_OK;
    }

    if (n == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    if (n == NGX_ABORT) {
        ngx_pdn_tcp_read_failed(u, "client aborted", 0);

    } else {
        ngx_pdn_tcp_read_failed(u, NULL, ngx_socket_errno);
    }

    return NGX_ERROR;
}


/* All errors but a timeout end the reading side. */
static void
ngx_pdn_tcp_read_failed(ngx_pdn_tcp_t *u, const char *text, ngx_err_t code)
{
    ngx_pdn_tcp_reader_t *reader;

    reader = &u->reader;
    reader->op.fault.text = (text == NULL && code == 0) ? "error" : text;
    reader->op.fault.code = code;
    reader->take = ngx_pdn_bytes_len(&u->in);
    reader->skip = 0;
    u->read_closed = 1;
}


static ngx_msec_t
ngx_pdn_tcp_read_timeout(ngx_pdn_tcp_t *u)
{
    return u->read_timeout ? u->read_timeout
                           : u->host->socket_conf->read_timeout;
}


static ngx_int_t
ngx_pdn_tcp_read_arm(ngx_pdn_tcp_t *u)
{
    ngx_event_t *rev;

    rev = u->connection->read;

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_pdn_tcp_read_failed(u, "failed to handle read event", 0);
        return NGX_ERROR;
    }

    ngx_add_timer(rev, ngx_pdn_tcp_read_timeout(u));

    if (u->owner != NULL) {
        u->owner->reading(u->owner, u);
    }

    return NGX_OK;
}


void
ngx_pdn_tcp_read_event(ngx_event_t *rev)
{
    ngx_connection_t *c = rev->data;

    ngx_pdn_tcp_readable(c->data);
}


void
ngx_pdn_tcp_readable(ngx_pdn_tcp_t *u)
{
    ngx_event_t *rev;
    ngx_connection_t *c;

    c = u->connection;
    rev = c->read;

    if (!u->reader.op.pending) {
        rev->timedout = 0;
        (void) ngx_handle_read_event(rev, 0);
        return;
    }

    if (rev->timer_set) {
        /* nginx would keep a timer that is but a little too early */
        ngx_del_timer(rev);
    }

    if (rev->timedout) {
        rev->timedout = 0;

        if (u->host->socket_conf->log_errors) {
            ngx_log_error(NGX_LOG_ERR, c->log, 0,
                          "lua tcp socket read timed out");
        }

        u->reader.op.fault.text = "timeout";
        u->reader.skip = 0;
        u->reader.take = ngx_pdn_bytes_len(&u->in);

        if (u->reader.mode == NGX_PDN_TCP_UNTIL) {
            u->reader.take -= ngx_pdn_tcp_until_held(u);
        }

    } else if (ngx_pdn_tcp_read_more(u) == NGX_AGAIN
               && ngx_pdn_tcp_read_arm(u) == NGX_OK)
    {
        return;
    }

    ngx_pdn_tcp_op_wake(&u->reader.op);
}


static int
ngx_pdn_tcp_read_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    int n;
    ngx_pdn_tcp_t *u;

    u = ngx_queue_data(wait, ngx_pdn_tcp_t, reader.op.wait);
    ngx_pdn_tcp_read_disown(u);
    n = ngx_pdn_tcp_read_results(L, u);
    ngx_pdn_tcp_op_end(u, &u->reader.op);

    return n;
}


/* data, or nil, err, partial; takes them from the buffer. */
static int
ngx_pdn_tcp_read_results(lua_State *L, ngx_pdn_tcp_t *u)
{
    int n;
    ngx_pdn_tcp_reader_t *reader;

    n = 0;
    reader = &u->reader;

    if (ngx_pdn_fault_seen(&reader->op.fault)) {
        n = ngx_pdn_fault_push(L, &reader->op.fault);
    }

    if (reader->mode == NGX_PDN_TCP_LINE) {
        ngx_pdn_tcp_read_push_line(L, u->in.pos, reader->take);

    } else {
        lua_pushlstring(L, (char *) u->in.pos, reader->take);
    }

    ngx_pdn_bytes_drop(&u->in, reader->take + reader->skip);
    ngx_pdn_bytes_shrink(&u->in, u->host->socket_conf->buffer_size
                                     * NGX_PDN_TCP_KEEP_BUFFERS);
    return n + 1;
}


/* A line has no carriage returns, wherever they stood, as in LuaSocket. */
static void
ngx_pdn_tcp_read_push_line(lua_State *L, const u_char *line, size_t len)
{
    size_t part;
    luaL_Buffer b;
    const u_char *cr, *last;

    if (len == 0) {
        lua_pushliteral(L, "");
        return;
    }

    last = line + len;
    cr = memchr(line, '\r', len);

    if (cr == NULL || cr == last - 1) {
        lua_pushlstring(L, (char *) line, cr != NULL ? len - 1 : len);
        return;
    }

    luaL_buffinit(L, &b);

    while (line < last) {
        cr = memchr(line, '\r', last - line);
        part = (cr != NULL ? cr : last) - line;
        luaL_addlstring(&b, (char *) line, part);
        line += part + 1;
    }

    luaL_pushresult(&b);
}


/* The reader dies; what has arrived stays for the next one. */
static void
ngx_pdn_tcp_read_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_tcp_t *u;

    u = ngx_queue_data(wait, ngx_pdn_tcp_t, reader.op.wait);

    if (u->connection != NULL && u->connection->read->timer_set) {
        ngx_del_timer(u->connection->read);
    }

    ngx_pdn_tcp_read_disown(u);
    ngx_pdn_tcp_op_end(u, &u->reader.op);
}


/* The read event is its owner's again. */
static void
ngx_pdn_tcp_read_disown(ngx_pdn_tcp_t *u)
{
    if (u->owner != NULL) {
        u->owner->reading(u->owner, NULL);
    }
}
