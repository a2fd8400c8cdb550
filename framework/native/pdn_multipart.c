/* SPDX-License-Identifier: MIT */
/*
 *   --boundary CRLF headers CRLF CRLF data CRLF--boundary ... CRLF--boundary--
 *
 * The delimiter "\r\n--boundary" holds one \r, its first byte, so a failed
 * match never restarts within itself: what was matched is data, and the
 * search goes on at the byte that failed. The body is read as if a CRLF stood
 * before it.
 */

#include "pdn_multipart.h"

enum {
    STATE_PREAMBLE = 0, /* before the first boundary */
    STATE_DATA,
    STATE_BOUNDARY, /* behind a boundary: CRLF or -- */
    STATE_BOUNDARY_CR,
    STATE_BOUNDARY_DASH,
    STATE_HEADERS,
    STATE_DONE,
    STATE_FAILED
};

static const u_char *pdn_multipart_data(pdn_multipart_t *m, const u_char *p,
                                        const u_char *end);
static const u_char *pdn_multipart_after(pdn_multipart_t *m, const u_char *p);
static const u_char *pdn_multipart_headers(pdn_multipart_t *m, const u_char *p,
                                           const u_char *end);
static const u_char *pdn_multipart_fail(pdn_multipart_t *m, const char *msg,
                                        const u_char *p);


void
pdn_multipart_init(pdn_multipart_t *m, pdn_slice_t boundary, size_t max_parts,
                   const pdn_multipart_sink_t *sink, void *ctx)
{
    m->err.msg = NULL;
    m->err.pos = 0;
    m->sink = sink;
    m->ctx = ctx;
    m->max_parts = max_parts;
    m->parts = 0;
    m->offset = 0;
    m->state = STATE_PREAMBLE;
    m->headers_len = 0;

    m->matched = 2;
    m->mark_len = boundary.len + 4;
    memcpy(m->mark, "\r\n--", 4);
    memcpy(m->mark + 4, boundary.data, boundary.len);
}


pdn_rc_t
pdn_multipart_feed(pdn_multipart_t *m, pdn_slice_t in)
{
    const u_char *p, *end;

    p = in.data;
    end = in.data + in.len;
    m->start = p;

    while (p < end && m->state != STATE_FAILED) {
        switch (m->state) {

        case STATE_PREAMBLE:
        case STATE_DATA:
            p = pdn_multipart_data(m, p, end);
            break;

        case STATE_HEADERS:
            p = pdn_multipart_headers(m, p, end);
            break;

        case STATE_DONE:
            p = end;
            break;

        default:
            p = pdn_multipart_after(m, p);
        }
    }

    m->offset += in.len;

    if (m->state == STATE_FAILED) {
        return PDN_ERROR;
    }

    return m->state == STATE_DONE ? PDN_DONE : PDN_AGAIN;
}


pdn_rc_t
pdn_multipart_finish(pdn_multipart_t *m)
{
    if (m->state == STATE_DONE) {
        return PDN_DONE;
    }

    if (m->state != STATE_FAILED) {
        m->state = STATE_FAILED;
        m->err.pos = m->offset;
        m->err.msg = m->parts == 0
                         ? "the multipart body holds no boundary"
                         : "the multipart body ends before its last boundary";
    }

    return PDN_ERROR;
}


/* Gives the sink what cannot belong to a delimiter; nothing in the preamble. */
static const char *
pdn_multipart_emit(pdn_multipart_t *m, const u_char *p, size_t n)
{
    if (n == 0 || m->state == STATE_PREAMBLE) {
        return NULL;
    }

    return m->sink->data(m->ctx, pdn_slice(p, n));
}


static const u_char *
pdn_multipart_data(pdn_multipart_t *m, const u_char *p, const u_char *end)
{
    size_t n, held;
    const char *msg;
    const u_char *cr;

    if (m->matched == 0) {
        cr = memchr(p, '\r', (size_t) (end - p));
        n = (size_t) ((cr != NULL ? cr : end) - p);

        msg = pdn_multipart_emit(m, p, n);
        if (msg != NULL) {
            return pdn_multipart_fail(m, msg, p);
        }

        if (cr == NULL) {
            return end;
        }

        m->matched = 1;
        p = cr + 1;
    }

    while (p < end && m->matched < m->mark_len && *p == m->mark[m->matched]) {
        m->matched++;
        p++;
    }

    if (m->matched < m->mark_len) {
        if (p == end) {
            return p;
        }

        /* no delimiter: what was held back is data */

        held = m->matched;
        m->matched = 0;

        msg = pdn_multipart_emit(m, m->mark, held);

        return msg != NULL ? pdn_multipart_fail(m, msg, p) : p;
    }

    if (m->state == STATE_DATA) {
        msg = m->sink->end(m->ctx);
        if (msg != NULL) {
            return pdn_multipart_fail(m, msg, p);
        }
    }

    m->matched = 0;
    m->state = STATE_BOUNDARY;

    return p;
}


/* One byte behind a boundary: spaces, then CRLF; or the -- of the end. */
static const u_char *
pdn_multipart_after(pdn_multipart_t *m, const u_char *p)
{
    if (m->state == STATE_BOUNDARY) {
        switch (*p) {

        case '\r':
            m->state = STATE_BOUNDARY_CR;
            return p + 1;

        case '-':
            m->state = STATE_BOUNDARY_DASH;
            return p + 1;

        case ' ':
        case '\t':
            return p + 1;
        }

    } else if (m->state == STATE_BOUNDARY_CR && *p == '\n') {
        if (m->parts == m->max_parts) {
            return pdn_multipart_fail(m, "the form has too many parts", p);
        }

        m->parts++;
        m->headers_len = 0;
        m->state = STATE_HEADERS;
        return p + 1;

    } else if (m->state == STATE_BOUNDARY_DASH && *p == '-') {
        m->parts++;
        m->state = STATE_DONE;
        return p + 1;
    }

    return pdn_multipart_fail(m, "a boundary line is malformed", p);
}


/* Collects up to the empty line, which may be the first one. */
static const u_char *
pdn_multipart_headers(pdn_multipart_t *m, const u_char *p, const u_char *end)
{
    size_t n;
    const char *msg;
    const u_char *h;
    pdn_multipart_part_t part;

    for (/* void */; p < end; p++) {
        if (m->headers_len == PDN_MULTIPART_HEADERS) {
            return pdn_multipart_fail(m, "the headers of a part are too long",
                                      p);
        }

        n = m->headers_len++;
        h = m->headers;
        m->headers[n] = *p;

        if (*p == '\0' || (*p == '\n' && (n == 0 || h[n - 1] != '\r'))) {
            return pdn_multipart_fail(m, "a header of a part is malformed", p);
        }

        if (*p == '\n' && (n == 1 || (n >= 3 && h[n - 2] == '\n'))) {
            msg = pdn_multipart_part_read(m->headers, n - 1, &part);

            if (msg == NULL) {
                msg = m->sink->part(m->ctx, &part);
            }

            if (msg != NULL) {
                return pdn_multipart_fail(m, msg, p);
            }

            m->state = STATE_DATA;

            return p + 1;
        }
    }

    return p;
}


static const u_char *
pdn_multipart_fail(pdn_multipart_t *m, const char *msg, const u_char *p)
{
    m->state = STATE_FAILED;
    m->err.msg = msg;
    m->err.pos = m->offset + (size_t) (p - m->start);

    return p;
}
