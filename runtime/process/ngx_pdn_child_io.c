/*
 * SPDX-License-Identifier: MIT
 *
 * Reads and writes of child processes.  One task may wait for each end of a
 * pipe: it waits in the struct's own wait, and keeps the Lua value alive
 * meanwhile.
 */

#include "ngx_pdn_child.h"


static ngx_int_t ngx_pdn_child_fill(ngx_pdn_child_end_t *end);
static ngx_uint_t ngx_pdn_child_complete(ngx_pdn_child_end_t *end);
static int ngx_pdn_child_push_read(lua_State *L, ngx_pdn_child_end_t *end);
static void ngx_pdn_child_push_line(lua_State *L, const u_char *p, size_t len);
static int ngx_pdn_child_read_push(lua_State *L, ngx_pdn_wait_t *wait);
static ngx_int_t ngx_pdn_child_flush(ngx_pdn_child_end_t *end,
                                     const u_char *data, size_t len,
                                     size_t *sent);
static int ngx_pdn_child_write_push(lua_State *L, ngx_pdn_wait_t *wait);
static int ngx_pdn_child_suspend(lua_State *L, ngx_pdn_child_end_t *end,
                                 ngx_event_t *ev);
static void ngx_pdn_child_leave(ngx_pdn_child_end_t *end);
static void ngx_pdn_child_io_cancel(ngx_pdn_wait_t *wait);


/* Reading */

int
ngx_pdn_child_read(lua_State *L, ngx_pdn_child_end_t *end,
                   ngx_pdn_child_kind_e kind, size_t want)
{
    if (end->waiting) {
        return ngx_pdn_child_refuse(L, "pipe busy reading");
    }

    if (end->c == NULL && ngx_pdn_bytes_len(&end->bytes) == 0) {
        return ngx_pdn_child_refuse(L, "closed");
    }

    end->kind = kind;
    end->want = want;
    end->err = NULL;

    if (ngx_pdn_child_fill(end) != NGX_AGAIN) {
        return ngx_pdn_child_push_read(L, end);
    }

    end->wait.push = ngx_pdn_child_read_push;

    return ngx_pdn_child_suspend(L, end, end->c->read);
}


/*
 *   NGX_OK     what was asked for is there
 *   NGX_AGAIN  not yet
 *   NGX_ERROR  nor will it, see end->err
 */
static ngx_int_t
ngx_pdn_child_fill(ngx_pdn_child_end_t *end)
{
    ssize_t n;

    for (;;) {
        if (ngx_pdn_child_complete(end)) {
            return NGX_OK;
        }

        if (end->c == NULL) {
            end->err = "closed";
            return NGX_ERROR;
        }

        if (ngx_pdn_bytes_reserve(&end->bytes, end->child->buffer_size)
            != NGX_OK) {
            end->err = "no memory";
            return NGX_ERROR;
        }

        n = read(end->c->fd, end->bytes.last, ngx_pdn_bytes_room(&end->bytes));

        if (n > 0) {
            end->bytes.last += n;
            continue;
        }

        if (n == -1 && ngx_errno == NGX_EINTR) {
            continue;
        }

        if (n == -1 && ngx_errno == NGX_EAGAIN) {
            end->c->read->ready = 0;
            return NGX_AGAIN;
        }

        if (n == -1) {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_errno,
                          "reading from process %P failed", end->child->pid);
        }

        ngx_close_connection(end->c);
        end->c = NULL;
    }
}


static ngx_uint_t
ngx_pdn_child_complete(ngx_pdn_child_end_t *end)
{
    size_t len;

    len = ngx_pdn_bytes_len(&end->bytes);

    switch (end->kind) {

    case NGX_PDN_CHILD_ALL:
        return end->c == NULL;

    case NGX_PDN_CHILD_BYTES:
        return len >= end->want;

    case NGX_PDN_CHILD_LINE:
        return len > 0 && memchr(end->bytes.pos, LF, len) != NULL;

    default:
        return len > 0;
    }
}


/* data | nil, err, partial */
static int
ngx_pdn_child_push_read(lua_State *L, ngx_pdn_child_end_t *end)
{
    u_char *p;
    size_t len, taken;

    p = end->bytes.pos;
    len = ngx_pdn_bytes_len(&end->bytes);
    taken = len;

    if (end->err != NULL) {
        lua_pushnil(L);
        lua_pushstring(L, end->err);

    } else if (end->kind == NGX_PDN_CHILD_LINE) {
        len = (u_char *) memchr(p, LF, len) - p;
        taken = len + 1;

    } else if (end->kind != NGX_PDN_CHILD_ALL) {
        len = ngx_min(len, end->want);
        taken = len;
    }

    if (end->kind == NGX_PDN_CHILD_LINE) {
        ngx_pdn_child_push_line(L, p, len);

    } else {
        lua_pushlstring(L, (char *) p, len);
    }

    ngx_pdn_bytes_drop(&end->bytes, taken);

    if (end->child->closed) {
        ngx_pdn_child_close(end);
    }

    return end->err != NULL ? 3 : 1;
}


/* Without its carriage returns, as the cosockets' lines. */
static void
ngx_pdn_child_push_line(lua_State *L, const u_char *p, size_t len)
{
    size_t part;
    luaL_Buffer b;
    const u_char *cr, *last;

    if (len == 0 || memchr(p, CR, len) == NULL) {
        lua_pushlstring(L, (const char *) p, len);
        return;
    }

    luaL_buffinit(L, &b);
    last = p + len;

    while (p < last) {
        cr = memchr(p, CR, last - p);
        part = (cr ? cr : last) - p;

        luaL_addlstring(&b, (const char *) p, part);
        p += part + 1;
    }

    luaL_pushresult(&b);
}


void
ngx_pdn_child_read_handler(ngx_event_t *ev)
{
    ngx_connection_t *c = ev->data;
    ngx_pdn_child_end_t *end = c->data;

    if (!end->waiting) {
        (void) ngx_handle_read_event(ev, 0);
        return;
    }

    if (ev->timedout) {
        ev->timedout = 0;
        end->err = "timeout";

    } else if (ngx_pdn_child_fill(end) == NGX_AGAIN
               && ngx_handle_read_event(ev, 0) == NGX_OK)
    {
        return;
    }

    ngx_pdn_wake(&end->wait);
}


static int
ngx_pdn_child_read_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    ngx_pdn_child_end_t *end;

    end = ngx_queue_data(wait, ngx_pdn_child_end_t, wait);
    ngx_pdn_child_leave(end);

    if (end->aborted) {
        ngx_pdn_bytes_release(&end->bytes);
        return ngx_pdn_child_refuse(L, end->err);
    }

    return ngx_pdn_child_push_read(L, end);
}


/* Writing */

int
ngx_pdn_child_write(lua_State *L, ngx_pdn_child_end_t *end, const u_char *data,
                    size_t len)
{
    size_t sent;
    ngx_int_t rc;

    if (end->waiting) {
        return ngx_pdn_child_refuse(L, "pipe busy writing");
    }

    if (end->c == NULL) {
        return ngx_pdn_child_refuse(L, "closed");
    }

    end->want = len;
    end->err = NULL;
    sent = 0;

    rc = ngx_pdn_child_flush(end, data, len, &sent);

    if (rc == NGX_ERROR) {
        return ngx_pdn_child_refuse(L, end->err);
    }

    if (rc == NGX_OK) {
        lua_pushinteger(L, (lua_Integer) len);
        return 1;
    }

    if (ngx_pdn_bytes_reserve(&end->bytes, len - sent) != NGX_OK) {
        return ngx_pdn_child_refuse(L, "no memory");
    }

    end->bytes.last = ngx_cpymem(end->bytes.last, data + sent, len - sent);
    end->wait.push = ngx_pdn_child_write_push;

    return ngx_pdn_child_suspend(L, end, end->c->write);
}


/* NGX_OK, NGX_AGAIN, or NGX_ERROR with end->err. */
static ngx_int_t
ngx_pdn_child_flush(ngx_pdn_child_end_t *end, const u_char *data, size_t len,
                    size_t *sent)
{
    ssize_t n;

    while (*sent < len) {
        n = write(end->c->fd, data + *sent, len - *sent);

        if (n >= 0) {
            *sent += n;
            continue;
        }

        if (ngx_errno == NGX_EINTR) {
            continue;
        }

        if (ngx_errno == NGX_EAGAIN) {
            end->c->write->ready = 0;
            return NGX_AGAIN;
        }

        /* Nobody reads any more. */

        end->err = ngx_errno == NGX_EPIPE ? "closed" : strerror(ngx_errno);
        ngx_close_connection(end->c);
        end->c = NULL;

        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_pdn_child_write_handler(ngx_event_t *ev)
{
    size_t sent;
    ngx_int_t rc;
    ngx_connection_t *c = ev->data;
    ngx_pdn_child_end_t *end = c->data;

    if (!end->waiting) {
        (void) ngx_handle_write_event(ev, 0);
        return;
    }

    if (ev->timedout) {
        ev->timedout = 0;
        end->err = "timeout";
        ngx_pdn_wake(&end->wait);
        return;
    }

    sent = 0;
    rc = ngx_pdn_child_flush(end, end->bytes.pos,
                             ngx_pdn_bytes_len(&end->bytes), &sent);
    ngx_pdn_bytes_drop(&end->bytes, sent);

    if (rc == NGX_AGAIN) {
        if (ngx_handle_write_event(ev, 0) == NGX_OK) {
            return;
        }

        end->err = "failed to add write event";
    }

    ngx_pdn_wake(&end->wait);
}


static int
ngx_pdn_child_write_push(lua_State *L, ngx_pdn_wait_t *wait)
{
    ngx_pdn_child_end_t *end;

    end = ngx_queue_data(wait, ngx_pdn_child_end_t, wait);
    ngx_pdn_child_leave(end);
    ngx_pdn_bytes_release(&end->bytes);

    if (end->err != NULL) {
        return ngx_pdn_child_refuse(L, end->err);
    }

    lua_pushinteger(L, (lua_Integer) end->want);

    return 1;
}


/* The other direction of a pipe has no events but its breaking. */
void
ngx_pdn_child_idle_handler(ngx_event_t *ev)
{
    ngx_log_debug0(NGX_LOG_DEBUG_CORE, ev->log, 0, "idle end of a pipe");
}


/* Waiting for either */

static int
ngx_pdn_child_suspend(lua_State *L, ngx_pdn_child_end_t *end, ngx_event_t *ev)
{
    ngx_int_t rc;

    rc = ev->write ? ngx_handle_write_event(ev, 0)
                   : ngx_handle_read_event(ev, 0);

    if (rc != NGX_OK) {
        return ngx_pdn_child_refuse(L, ev->write ? "failed to add write event"
                                                 : "failed to add read event");
    }

    if (end->timeout > 0) {
        ngx_add_timer(ev, end->timeout);
    }

    lua_pushvalue(L, 1);
    end->aborted = 0;
    end->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    end->waiting = 1;
    end->wait.cancel = ngx_pdn_child_io_cancel;

    return ngx_pdn_suspend(L, &end->wait);
}


static void
ngx_pdn_child_leave(ngx_pdn_child_end_t *end)
{
    luaL_unref(end->child->vm->L, LUA_REGISTRYINDEX, end->anchor);

    end->anchor = LUA_NOREF;
    end->waiting = 0;

    if (end->c != NULL && end->c->read->timer_set) {
        ngx_del_timer(end->c->read);
    }

    if (end->c != NULL && end->c->write->timer_set) {
        ngx_del_timer(end->c->write);
    }
}


static void
ngx_pdn_child_io_cancel(ngx_pdn_wait_t *wait)
{
    ngx_pdn_child_end_t *end;

    end = ngx_queue_data(wait, ngx_pdn_child_end_t, wait);
    ngx_pdn_child_leave(end);

    if (wait->push == ngx_pdn_child_write_push) {
        ngx_pdn_bytes_release(&end->bytes);
    }
}


int
ngx_pdn_child_refuse(lua_State *L, const char *err)
{
    lua_pushnil(L);
    lua_pushstring(L, err);

    return 2;
}
