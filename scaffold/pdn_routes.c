/* SPDX-License-Identifier: MIT */
/* Lines in config/routes.lua; see pdn_routes.h. */

#include "pdn_routes.h"

#include <string.h>


/* Is the line at `p` this one, white space at its ends aside? */
static int
pdn_routes_is(const char *p, const char *end, const char *line)
{
    size_t n;

    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }

    while (end > p && (end[-1] == ' ' || end[-1] == '\r')) {
        end--;
    }

    n = strlen(line);

    return (size_t) (end - p) == n && memcmp(p, line, n) == 0;
}


static const char *
pdn_routes_find(const char *text, const char *line)
{
    const char *end, *p;

    for (p = text; *p != '\0'; p = *end ? end + 1 : end) {
        end = strchrnul(p, '\n');
        if (pdn_routes_is(p, end, line)) {
            return p;
        }
    }

    return NULL;
}


static const char *
pdn_routes_place(const char *text)
{
    const char *p, *place;

    place = pdn_routes_find(text, PDN_ROUTES_MARK);
    if (place != NULL) {
        return place;
    }

    for (p = text; p != NULL; p = strchr(p, '\n')) {
        p += (*p == '\n');
        if (strncmp(p, "end", 3) == 0) {
            place = p;
        }
    }

    return place;
}


int
pdn_routes_with(const char *text, const char *line, pdn_str_t *out)
{
    const char *place;

    if (pdn_routes_find(text, line) != NULL) {
        pdn_str_puts(out, text);
        return 0;
    }

    place = pdn_routes_place(text);
    if (place == NULL) {
        return -1;
    }

    pdn_str_add(out, text, place - text);
    pdn_str_printf(out, "    %s\n", line);
    pdn_str_puts(out, place);

    return 0;
}


void
pdn_routes_without(const char *text, const char *line, pdn_str_t *out)
{
    const char *end, *p;

    p = pdn_routes_find(text, line);
    if (p == NULL) {
        pdn_str_puts(out, text);
        return;
    }

    end = strchrnul(p, '\n');
    pdn_str_add(out, text, p - text);
    pdn_str_puts(out, *end ? end + 1 : end);
}
