/*
 * SPDX-License-Identifier: MIT
 *
 * Reads the Lua code of a *_by_lua_block straight from the configuration
 * file.  It knows as much Lua as is needed to find the closing brace: quoted
 * strings, long brackets, comments, braces.
 */

#include "ngx_pdn_chunk.h"


typedef struct {
    ngx_conf_t *cf;
    ngx_array_t text;     /* u_char */
    ngx_uint_t line;      /* where the block began */
    const char *unclosed; /* what the end of file met */
} ngx_pdn_block_t;


#define NGX_PDN_BLOCK_EOF (-1)


static int ngx_pdn_block_fill(ngx_pdn_block_t *b);
static int ngx_pdn_block_next(ngx_pdn_block_t *b);
static int ngx_pdn_block_peek(ngx_pdn_block_t *b);
static ngx_int_t ngx_pdn_block_code(ngx_pdn_block_t *b);
static ngx_int_t ngx_pdn_block_quoted(ngx_pdn_block_t *b, int quote);
static int ngx_pdn_block_escaped(ngx_pdn_block_t *b);
static ngx_int_t ngx_pdn_block_bracket(ngx_pdn_block_t *b);
static void ngx_pdn_block_no_bracket(ngx_pdn_block_t *b, ngx_uint_t level);
static ngx_int_t ngx_pdn_block_comment(ngx_pdn_block_t *b);


char *
ngx_pdn_block_read(ngx_conf_t *cf, ngx_str_t *text)
{
    ngx_pdn_block_t b;

    ngx_memzero(&b, sizeof(ngx_pdn_block_t));

    b.cf = cf;
    b.line = cf->conf_file->line;

    if (ngx_array_init(&b.text, cf->pool, 256, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_pdn_block_code(&b) != NGX_OK) {

        if (b.unclosed != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "the block of line %ui: Lua code block missing "
                               "the closing %s, the inlined Lua code may be "
                               "too long",
                               b.line, b.unclosed);
        }

        return NGX_CONF_ERROR;
    }

    /* Without the closing brace. */

    text->data = b.text.elts;
    text->len = b.text.nelts - 1;

    return NGX_CONF_OK;
}


/* Answers how many bytes are left to read; 0 at the end of the file. */
static int
ngx_pdn_block_fill(ngx_pdn_block_t *b)
{
    off_t left;
    size_t size;
    ssize_t n;
    ngx_buf_t *buf;
    ngx_file_t *file;

    buf = b->cf->conf_file->buffer;

    if (buf->pos < buf->last) {
        return 1;
    }

    file = &b->cf->conf_file->file;

    if (file->fd == NGX_INVALID_FILE) {
        return 0;
    }

    left = ngx_file_size(&file->info) - file->offset;
    size = (size_t) ngx_min((off_t) (buf->end - buf->start), left);

    if (size == 0) {
        return 0;
    }

    n = ngx_read_file(file, buf->start, size, file->offset);

    if (n == NGX_ERROR || (size_t) n != size) {
        ngx_conf_log_error(NGX_LOG_EMERG, b->cf, 0,
                           "cannot read the rest of the Lua code block");
        return 0;
    }

    buf->pos = buf->start;
    buf->last = buf->start + n;

    return 1;
}


static int
ngx_pdn_block_peek(ngx_pdn_block_t *b)
{
    return ngx_pdn_block_fill(b) ? *b->cf->conf_file->buffer->pos
                                 : NGX_PDN_BLOCK_EOF;
}


/* Takes one byte over into the text. */
static int
ngx_pdn_block_next(ngx_pdn_block_t *b)
{
    u_char *slot;

    if (!ngx_pdn_block_fill(b)) {
        return NGX_PDN_BLOCK_EOF;
    }

    slot = ngx_array_push(&b->text);
    if (slot == NULL) {
        return NGX_PDN_BLOCK_EOF;
    }

    *slot = *b->cf->conf_file->buffer->pos++;

    if (*slot == '\n') {
        b->cf->conf_file->line++;
    }

    return *slot;
}


static ngx_int_t
ngx_pdn_block_code(ngx_pdn_block_t *b)
{
    int ch;
    ngx_int_t rc;
    ngx_uint_t depth;

    depth = 1;

    for (;;) {
        ch = ngx_pdn_block_next(b);
        rc = NGX_OK;

        switch (ch) {

        case NGX_PDN_BLOCK_EOF:
            b->unclosed = "brace \"}\"";
            return NGX_ERROR;

        case '{':
            depth++;
            break;

        case '}':
            if (--depth == 0) {
                return NGX_OK;
            }

            break;

        case '"':
        case '\'':
            rc = ngx_pdn_block_quoted(b, ch);
            break;

        case '[':
            rc = ngx_pdn_block_bracket(b);
            break;

        case '-':
            if (ngx_pdn_block_peek(b) == '-') {
                (void) ngx_pdn_block_next(b);
                rc = ngx_pdn_block_comment(b);
            }

            break;

        default:
            break;
        }

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }
    }
}


static ngx_int_t
ngx_pdn_block_quoted(ngx_pdn_block_t *b, int quote)
{
    int ch;

    for (;;) {
        ch = ngx_pdn_block_next(b);

        if (ch == '\\') {
            ch = ngx_pdn_block_escaped(b);

        } else if (ch == quote || ch == '\n' || ch == '\r') {
            /* The end of the line is Lua's error to report, with its line. */
            return NGX_OK;
        }

        if (ch == NGX_PDN_BLOCK_EOF) {
            b->unclosed = "quote of a string";
            return NGX_ERROR;
        }
    }
}


/*
 * What a backslash takes: a byte, the two of a line's end, or after `z` all
 * white space.
 */
static int
ngx_pdn_block_escaped(ngx_pdn_block_t *b)
{
    int ch, next;

    ch = ngx_pdn_block_next(b);
    next = ngx_pdn_block_peek(b);

    if ((ch == '\r' && next == '\n') || (ch == '\n' && next == '\r')) {
        return ngx_pdn_block_next(b);
    }

    while (ch == 'z' && (next == ' ' || (next >= '\t' && next <= '\r'))) {
        (void) ngx_pdn_block_next(b);
        next = ngx_pdn_block_peek(b);
    }

    return ch;
}


/*
 * After a `[`.  NGX_DECLINED: it opens no long bracket, and what was read so
 * far was only `=`.
 */
static ngx_int_t
ngx_pdn_block_bracket(ngx_pdn_block_t *b)
{
    int ch;
    ngx_uint_t level, seen;

    level = 0;

    while (ngx_pdn_block_peek(b) == '=') {
        (void) ngx_pdn_block_next(b);
        level++;
    }

    if (ngx_pdn_block_peek(b) != '[') {
        return NGX_DECLINED;
    }

    /* `seen` counts "]" and the "=" behind it. */

    seen = 0;

    for (;;) {
        ch = ngx_pdn_block_next(b);

        if (ch == NGX_PDN_BLOCK_EOF) {
            ngx_pdn_block_no_bracket(b, level);
            return NGX_ERROR;
        }

        if (ch == ']') {
            if (seen == level + 1) {
                return NGX_OK;
            }

            seen = 1;

        } else if (ch == '=' && seen > 0) {
            seen++;

        } else {
            seen = 0;
        }
    }
}


static void
ngx_pdn_block_no_bracket(ngx_pdn_block_t *b, ngx_uint_t level)
{
    u_char *p, *start;

    start = ngx_pnalloc(b->cf->pool, level + sizeof("long bracket \"]]\""));
    if (start == NULL) {
        return;
    }

    p = ngx_cpymem(start, "long bracket \"]", 15);

    while (level-- > 0) {
        *p++ = '=';
    }

    ngx_memcpy(p, "]\"", 3);
    b->unclosed = (char *) start;
}


static ngx_int_t
ngx_pdn_block_comment(ngx_pdn_block_t *b)
{
    int ch;
    ngx_int_t rc;

    if (ngx_pdn_block_peek(b) == '[') {
        (void) ngx_pdn_block_next(b);

        rc = ngx_pdn_block_bracket(b);
        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    do {
        ch = ngx_pdn_block_peek(b);

        if (ch == NGX_PDN_BLOCK_EOF) {
            break;
        }

        (void) ngx_pdn_block_next(b);

    } while (ch != '\n' && ch != '\r');

    return NGX_OK;
}
