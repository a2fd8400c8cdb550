/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what follows the brace of a *_by_lua_block.  What LuaJIT can
 * read must be found whole, up to the brace put behind it.
 */

#include "fuzz_nginx.h"

#include "../../runtime/engine/ngx_pdn_block.c"


static char *fuzz_feed(const u_char *data, size_t size, ngx_str_t *text);
static int fuzz_is_lua(const u_char *data, size_t size);


void
ngx_conf_log_error(ngx_uint_t level, ngx_conf_t *cf, ngx_err_t err,
                   const char *fmt, ...)
{
    (void) level;
    (void) cf;
    (void) err;
    (void) fmt;
}


/* All of the file is in the buffer already. */
ssize_t
ngx_read_file(ngx_file_t *file, u_char *buf, size_t size, off_t offset)
{
    (void) file;
    (void) buf;
    (void) size;
    (void) offset;
    abort();
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char *whole;
    ngx_str_t text;

    (void) fuzz_feed(data, size, NULL);

    /* The feed behind it ends a comment. */

    whole = malloc(size + 2);
    memcpy(whole, data, size);
    whole[size] = '\n';
    whole[size + 1] = '}';

    if (fuzz_is_lua(whole, size + 1)) {
        (void) fuzz_feed(whole, size + 2, &text);
    }

    free(whole);

    return 0;
}


/* With `text`, aborts unless all but the last byte is the block's code. */
static char *
fuzz_feed(const u_char *data, size_t size, ngx_str_t *text)
{
    char *rv;
    u_char *copy;
    ngx_buf_t buf;
    ngx_str_t code;
    ngx_conf_t cf;
    ngx_conf_file_t file;

    copy = malloc(size + (size == 0));
    memcpy(copy, data, size);

    memset(&buf, 0, sizeof(buf));
    memset(&cf, 0, sizeof(cf));
    memset(&file, 0, sizeof(file));

    buf.start = copy;
    buf.pos = copy;
    buf.last = copy + size;
    buf.end = buf.last;
    file.buffer = &buf;
    file.file.fd = NGX_INVALID_FILE;
    cf.conf_file = &file;
    cf.pool = NULL;

    rv = ngx_pdn_block_read(&cf, &code);

    if (rv == NGX_CONF_OK && code.len > 0
        && memcmp(code.data, copy, code.len) != 0) {
        abort();
    }

    if (text != NULL
        && (rv != NGX_CONF_OK || code.len != size - 1 || buf.pos != buf.last))
    {
        abort();
    }

    fuzz_free_pieces();
    free(copy);

    return rv;
}


/* LuaJIT leaves out a first line that begins with "#", for scripts. */
static int
fuzz_is_lua(const u_char *data, size_t size)
{
    int rc;

    static lua_State *L;

    if (data[0] == '#' || data[0] == 0xef) {
        return 0;
    }

    if (L == NULL) {
        L = luaL_newstate();
    }

    rc = luaL_loadbufferx(L, (const char *) data, size, "=fuzz", "t");
    lua_settop(L, 0);

    return rc == 0;
}
