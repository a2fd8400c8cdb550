/* SPDX-License-Identifier: MIT */
/*
 * Searching an opm server: it answers with a line for each package, the name,
 * blanks, and what the package is for; and with 404 when there is none.
 */

#include "pdn_opm_search.h"

#include <ctype.h>
#include <string.h>

#define PDN_OPM_QUERY_MAX  128
#define PDN_OPM_ANSWER_MAX (256 * 1024)


/* What servers take: letters, digits, `_`, `-`, `.`, and `+` between words. */
static int
pdn_opm_query(const pdn_query_t *words, char out[PDN_OPM_QUERY_MAX + 1],
              pdn_error_t *err)
{
    const char *p;
    size_t i, n;

    for (i = 0, n = 0; i < words->n; i++) {
        if (i != 0 && n < PDN_OPM_QUERY_MAX) {
            out[n++] = '+';
        }

        for (p = words->items[i]; *p != '\0'; p++) {
            if ((!isalnum((unsigned char) *p) && strchr("_-.", *p) == NULL)
                || n == PDN_OPM_QUERY_MAX)
            {
                return pdn_error(err, 112,
                                 "opm is searched for letters, digits, '_', "
                                 "'-' and '.', %d bytes at most",
                                 PDN_OPM_QUERY_MAX);
            }
            out[n++] = *p;
        }
    }

    out[n] = '\0';

    return 0;
}


/* A line of the answer; those that are none are left out. */
static int
pdn_opm_line(const pdn_source_t *source, char *line, pdn_finds_t *out)
{
    char *summary;

    summary = line + strcspn(line, " \t");

    if (*summary != '\0') {
        *summary++ = '\0';
        summary += strspn(summary, " \t");
    }

    return strchr(line, '/') == NULL
               ? 0
               : pdn_finds_add(out, source->name, line, NULL, summary);
}


int
pdn_opm_search(pdn_sources_t *s, const pdn_source_t *source,
               const pdn_query_t *words, pdn_finds_t *out, pdn_error_t *err)
{
    char query[PDN_OPM_QUERY_MAX + 1], below[200], url[PDN_URL_MAX];
    pdn_str_t text = { 0 };
    char *line, *state;
    int rc;

    if (pdn_opm_query(words, query, err) != 0) {
        return -1;
    }

    snprintf(below, sizeof(below), "api/pkg/search?q=%s", query);

    rc = pdn_url_join(url, source->url, below) == 0
             ? pdn_sources_text(s, url, PDN_OPM_ANSWER_MAX, &text, err)
             : pdn_error(err, 502, "the address is too long");

    line = rc == 1 ? strtok_r((char *) pdn_str_z(&text), "\r\n", &state) : NULL;

    for (/* void */; line != NULL; line = strtok_r(NULL, "\r\n", &state)) {
        if (pdn_opm_line(source, line, out) != 0) {
            rc = pdn_error_memory(err);
            break;
        }
    }

    pdn_str_release(&text);

    return rc < 0 ? -1 : 0;
}
