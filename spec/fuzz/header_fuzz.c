/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the headers of a request, with the NULs that nginx's parser
 * leaves behind: ngx.req.raw_header() must tell what they were.
 */

#include <stdlib.h>

#include <ngx_config.h>
#include <ngx_core.h>
#include "../../runtime/http/ngx_http_pdn_unparse.c"


/* What nginx answers by 400. */
static ngx_uint_t
fuzz_refused(const u_char *line, const u_char *name_end,
             const u_char *value_end)
{
    const u_char *p;

    for (p = line; p < name_end; p++) {
        if (*p <= 0x20) {
            return 1;
        }
    }

    return name_end == line || memchr(line, CR, value_end - line) != NULL;
}


/*
 * Puts NULs behind names and values as nginx's parser does.  The empty line,
 * or NULL without one.
 */
static u_char *
fuzz_parse(u_char *p, u_char *last)
{
    u_char *lf, *line, *name_end, *value_end;

    for (line = p; line < last; line = lf + 1) {

        lf = memchr(line, LF, last - line);
        if (lf == NULL) {
            return NULL;
        }

        if (lf == line || (lf == line + 1 && *line == CR)) {
            return line;
        }

        value_end = lf;

        while (value_end > line && value_end[-1] == CR) {
            value_end--;
        }

        name_end = memchr(line, ':', value_end - line);

        if (name_end == NULL) {
            name_end = value_end;
        }

        if (fuzz_refused(line, name_end, value_end)) {
            return NULL;
        }

        while (value_end > name_end + 1 && value_end[-1] == ' ') {
            value_end--;
        }

        *name_end = '\0';
        *value_end = '\0';
    }

    return NULL;
}


/* Whether the byte is one of those that can not be told apart. */
static ngx_uint_t
fuzz_alike(const u_char *p)
{
    return (*p == ' ' && p[1] == LF) || (*p == CR && p[1] == CR);
}


/* Is there a line without a colon that a bare LF ends? */
static ngx_uint_t
fuzz_bare_name(const u_char *p, const u_char *end)
{
    const u_char *line;

    for (line = p; p < end; p++) {
        if (*p == LF) {
            if (memchr(line, ':', p - line) == NULL && p > line) {
                return 1;
            }

            line = p + 1;
        }
    }

    return 0;
}


static void
fuzz_compare(const u_char *data, const u_char *copy, const u_char *end)
{
    u_char *out;
    size_t i, n;

    n = end - copy;
    out = malloc(n + (n == 0));

    if (ngx_http_pdn_unparse(out, copy, end) != out + n) {
        abort();
    }

    for (i = 0; i < n; i++) {
        if (out[i] != data[i] && !fuzz_alike(data + i)) {
            abort();
        }
    }

    free(out);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char *copy, *end;

    copy = malloc(size + (size == 0));
    memcpy(copy, data, size);

    end = fuzz_parse(copy, copy + size);

    if (end != NULL && memchr(data, '\0', end - copy) == NULL
        && !fuzz_bare_name(data, data + (end - copy)))
    {
        fuzz_compare(data, copy, end);
    }

    free(copy);

    return 0;
}
