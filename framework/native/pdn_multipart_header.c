/* SPDX-License-Identifier: MIT */
/* The headers of a part, and the parameters that stand in them. */

#include <strings.h>
#include "pdn_multipart.h"

#define PDN_MULTIPART_TYPE 512

static pdn_rc_t pdn_multipart_parameter(u_char **pp, u_char *end,
                                        pdn_slice_t *name, pdn_slice_t *value);
static const char *pdn_multipart_disposition(u_char *p, u_char *end,
                                             pdn_multipart_part_t *part);


static pdn_slice_t
pdn_multipart_trim(u_char *p, u_char *end)
{
    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }

    while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }

    return pdn_slice(p, (size_t) (end - p));
}


static int
pdn_multipart_is(pdn_slice_t s, const char *text, size_t n)
{
    return s.len == n && strncasecmp((const char *) s.data, text, n) == 0;
}


const char *
pdn_multipart_part_read(u_char *text, size_t len, pdn_multipart_part_t *part)
{
    const char *msg;
    pdn_slice_t name, value;
    u_char *p, *line, *end, *colon;

    memset(part, 0, sizeof(*part));

    p = text;
    end = text + len;

    while (p < end) {
        line = p;
        p = memchr(p, '\n', (size_t) (end - p));
        p = p + 1;

        if (*line == ' ' || *line == '\t') {
            return "a header of a part is folded";
        }

        colon = memchr(line, ':', (size_t) (p - line));
        if (colon == NULL || colon == line) {
            return "a header of a part has no colon";
        }

        name = pdn_slice(line, (size_t) (colon - line));
        value = pdn_multipart_trim(colon + 1, p - 2);

        if (pdn_multipart_is(name, "content-disposition", 19)) {
            msg = pdn_multipart_disposition(colon + 1, p - 2, part);
            if (msg != NULL) {
                return msg;
            }

        } else if (pdn_multipart_is(name, "content-type", 12)) {
            part->type = value;
        }
    }

    if (part->name.data == NULL) {
        return "a part has no name";
    }

    return NULL;
}


/*
 * Takes the next "; name=value" or "; name="value"" off `*p`. Backslashes
 * before " and \ are undone in place; the text is ours to change.
 *
 *   PDN_OK, PDN_DONE, PDN_ERROR
 */
static pdn_rc_t
pdn_multipart_parameter(u_char **pp, u_char *end, pdn_slice_t *name,
                        pdn_slice_t *value)
{
    u_char *d, *p, *start;

    p = *pp;

    while (p < end && (*p == ' ' || *p == '\t' || *p == ';')) {
        p++;
    }

    if (p == end) {
        return PDN_DONE;
    }

    start = p;

    while (p < end && *p != '=' && *p != ';') {
        p++;
    }

    *name = pdn_multipart_trim(start, p);

    if (p == end || *p == ';' || name->len == 0) {
        return PDN_ERROR;
    }

    p++;

    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }

    start = p;

    if (p == end || *p != '"') {
        while (p < end && *p != ';') {
            p++;
        }

        *value = pdn_multipart_trim(start, p);
        *pp = p;

        return PDN_OK;
    }

    start = ++p;

    for (d = p; p < end && *p != '"'; p++) {
        if (*p == '\\' && end - p >= 2 && (p[1] == '"' || p[1] == '\\')) {
            p++;
        }

        *d++ = *p;
    }

    if (p == end) {
        return PDN_ERROR;
    }

    *value = pdn_slice(start, (size_t) (d - start));
    *pp = p + 1;

    return PDN_OK;
}


static const char *
pdn_multipart_disposition(u_char *p, u_char *end, pdn_multipart_part_t *part)
{
    size_t i;
    pdn_rc_t rc;
    pdn_slice_t name, text;

    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }

    if (end - p < 9 || strncasecmp((const char *) p, "form-data", 9) != 0) {
        return "a part is not form-data";
    }

    for (p += 9; /* void */; /* void */) {
        rc = pdn_multipart_parameter(&p, end, &name, &text);

        if (rc == PDN_DONE) {
            return NULL;
        }

        if (rc == PDN_ERROR) {
            return "the Content-Disposition of a part is malformed";
        }

        if (pdn_multipart_is(name, "name", 4)) {
            part->name = text;

        } else if (pdn_multipart_is(name, "filename", 8)) {
            for (i = text.len; i > 0; i--) {
                if (text.data[i - 1] == '/' || text.data[i - 1] == '\\') {
                    break;
                }
            }

            part->filename = pdn_slice(text.data + i, text.len - i);
        }
    }
}


pdn_rc_t
pdn_multipart_boundary(pdn_slice_t type, u_char *boundary, size_t *len)
{
    size_t i;
    u_char *p, *end, text[PDN_MULTIPART_TYPE];
    pdn_slice_t name, value;

    if (type.len < 19 || type.len > sizeof(text)
        || strncasecmp((const char *) type.data, "multipart/form-data", 19)
               != 0)
    {
        return PDN_ERROR;
    }

    memcpy(text, type.data, type.len);
    p = text + 19;
    end = text + type.len;

    while (pdn_multipart_parameter(&p, end, &name, &value) == PDN_OK) {
        if (!pdn_multipart_is(name, "boundary", 8)) {
            continue;
        }

        if (value.len < 1 || value.len > PDN_MULTIPART_BOUNDARY) {
            return PDN_ERROR;
        }

        for (i = 0; i < value.len; i++) {
            if (value.data[i] < ' ' || value.data[i] > '~') {
                return PDN_ERROR;
            }
        }

        memcpy(boundary, value.data, value.len);
        *len = value.len;

        return PDN_OK;
    }

    return PDN_ERROR;
}
