/* SPDX-License-Identifier: MIT */
/* Names of packages; see pdn_id.h. */

#include "pdn_id.h"

#include <stdio.h>
#include <string.h>


static int
pdn_id_is_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_';
}


static pdn_id_rc_t
pdn_id_check_source(const char *p, size_t n)
{
    size_t i;

    if (n == 0 || p[0] < 'a' || p[0] > 'z') {
        return PDN_ID_SHAPE;
    }

    for (i = 0; i < n; i++) {
        if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= '0' && p[i] <= '9')
              || p[i] == '-' || p[i] == '_'))
        {
            return PDN_ID_BYTE;
        }
    }

    return PDN_ID_OK;
}


/* One or two parts, each a safe name of a file. */
static pdn_id_rc_t
pdn_id_check_name(const char *p, size_t n)
{
    unsigned slashes;
    int first;
    size_t i;

    slashes = 0;
    first = 1;

    for (i = 0; i < n; i++) {
        if (p[i] == '/') {
            if (first || ++slashes > 1) {
                return PDN_ID_SHAPE;
            }
            first = 1;
            continue;
        }

        if (!pdn_id_is_word((unsigned char) p[i]) && p[i] != '.' && p[i] != '-')
        {
            return p[i] == ':' ? PDN_ID_SHAPE : PDN_ID_BYTE;
        }

        if (first && !pdn_id_is_word((unsigned char) p[i])) {
            return PDN_ID_SHAPE;
        }

        first = 0;
    }

    return first ? PDN_ID_SHAPE : PDN_ID_OK;
}


pdn_id_rc_t
pdn_id_parse(pdn_arena_t *a, const char *text, size_t len, pdn_id_t *id)
{
    const char *colon;
    pdn_id_rc_t rc;
    char *name, *p;
    size_t n;

    if (len == 0) {
        return PDN_ID_EMPTY;
    }

    if (len > PDN_ID_MAX) {
        return PDN_ID_LONG;
    }

    colon = memchr(text, ':', len);
    n = colon != NULL ? (size_t) (colon - text) : 0;

    if (colon != NULL) {
        rc = pdn_id_check_source(text, n);
        if (rc != PDN_ID_OK) {
            return rc;
        }
        len -= n + 1;
    }

    rc = pdn_id_check_name(colon != NULL ? colon + 1 : text, len);
    if (rc != PDN_ID_OK) {
        return rc;
    }

    name = pdn_arena_text(a, colon != NULL ? colon + 1 : text, len);
    id->source = colon != NULL ? pdn_arena_text(a, text, n) : "";
    id->name = name;

    if (name == NULL || id->source == NULL) {
        return PDN_ID_MEMORY;
    }

    if (strcmp(id->source, "rocks") == 0) {
        for (p = name; *p != '\0'; p++) {
            *p = *p >= 'A' && *p <= 'Z' ? (char) (*p + 32) : *p;
        }
    }

    return PDN_ID_OK;
}


const char *
pdn_id_problem(pdn_id_rc_t rc)
{
    switch (rc) {
    case PDN_ID_OK:
        return "is fine";
    case PDN_ID_EMPTY:
        return "is empty";
    case PDN_ID_LONG:
        return "is too long";
    case PDN_ID_BYTE:
        return "has a character that names do not have: letters, digits and "
               "._- only";
    case PDN_ID_SHAPE:
        return "is not of the form name, owner/name or source:name";
    case PDN_ID_MEMORY:
        break;
    }

    return "does not fit into memory";
}


int
pdn_id_compare(const pdn_id_t *a, const pdn_id_t *b)
{
    int n;

    n = strcmp(a->source, b->source);

    return n != 0 ? n : strcmp(a->name, b->name);
}


const char *
pdn_id_text(const pdn_id_t *id, char out[PDN_ID_MAX + 1])
{
    snprintf(out, PDN_ID_MAX + 1, "%s%s%s", id->source,
             id->source[0] != '\0' ? ":" : "", id->name);

    return out;
}
