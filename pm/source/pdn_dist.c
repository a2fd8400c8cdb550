/* SPDX-License-Identifier: MIT */
/* dist.ini; see pdn_dist.h. */

#include "pdn_dist.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define PDN_DIST_MAX  (256 * 1024)
#define PDN_DIST_DEPS 100

static const struct {
    const char *key;
    size_t at; /* in pdn_dist_t; 0 for what nobody needs */
} pdn_dist_keys[] = {
    { "name", offsetof(pdn_dist_t, name) },
    { "account", offsetof(pdn_dist_t, account) },
    { "version", offsetof(pdn_dist_t, version) },
    { "license", offsetof(pdn_dist_t, license) },
    { "abstract", offsetof(pdn_dist_t, abstract) },
    { "lib_dir", offsetof(pdn_dist_t, lib_dir) },
    { "requires", 0 },
    { "author", 0 },
    { "is_original", 0 },
    { "repo_link", 0 },
    { "doc_dir", 0 },
    { "main_module", 0 },
    { "exclude_files", 0 },
};

#define PDN_DIST_KEYS (sizeof(pdn_dist_keys) / sizeof(pdn_dist_keys[0]))


static int
pdn_dist_dep(pdn_arena_t *a, const char *text, size_t len, pdn_dep_t *dep,
             pdn_error_t *err)
{
    const char *end, *name, *req;
    pdn_id_rc_t rc;
    char *id;

    end = text + len;
    name = text;
    req = memchr(text, ' ', len);
    req = req != NULL ? req : end;

    /* ngx_lua goes by two names; all that has no account is the runtime's */
    if (memchr(name, '/', req - name) != NULL) {
        id = pdn_arena_printf(a, "opm:%.*s", (int) (req - name), name);
    } else if (req - name == 12 && strncmp(name, "ngx_http_lua", 12) == 0) {
        id = pdn_arena_printf(a, "runtime:ngx_lua");
    } else {
        id = pdn_arena_printf(a, "runtime:%.*s", (int) (req - name), name);
    }

    rc = id != NULL ? pdn_id_parse(a, id, strlen(id), &dep->id) : PDN_ID_MEMORY;
    if (rc != PDN_ID_OK) {
        return pdn_error(err, 405, "dist.ini requires '%.*s': %s", (int) len,
                         text, pdn_id_problem(rc));
    }

    while (req < end && isspace((unsigned char) *req)) {
        req++;
    }

    dep->req = pdn_arena_text(a, req, end - req);

    return dep->req != NULL ? 0 : pdn_error_memory(err);
}


static int
pdn_dist_requires(pdn_arena_t *a, const char *text, pdn_dist_t *out,
                  pdn_error_t *err)
{
    size_t len;

    out->deps = pdn_arena_array(a, PDN_DIST_DEPS, sizeof(pdn_dep_t));
    if (out->deps == NULL) {
        return pdn_error_memory(err);
    }

    for (/* void */; *text != '\0'; text += text[len] == ',' ? len + 1 : len) {
        text += strspn(text, " \t");
        len = strcspn(text, ",");

        while (len > 0 && isspace((unsigned char) text[len - 1])) {
            len--;
        }

        if (len != 0) {
            if (out->n_deps == PDN_DIST_DEPS) {
                return pdn_error(err, 405, "dist.ini requires too much");
            }
            if (pdn_dist_dep(a, text, len, &out->deps[out->n_deps], err) != 0) {
                return -1;
            }
            out->n_deps++;
        }

        len = strcspn(text, ",");
    }

    return 0;
}


static int
pdn_dist_line(pdn_arena_t *a, const char *line, size_t len, int n,
              unsigned *seen, pdn_dist_t *out, pdn_error_t *err)
{
    const char *equals, *value, *end;
    char *text;
    size_t i, key;

    end = line + len;
    equals = memchr(line, '=', len);
    if (equals == NULL) {
        return pdn_error(err, 405, "dist.ini:%d is no `key = value`", n);
    }

    for (key = equals - line; key > 0 && isspace((unsigned char) line[key - 1]);
         key--)
    {
        /* void */
    }

    for (i = 0; i < PDN_DIST_KEYS; i++) {
        if (strlen(pdn_dist_keys[i].key) == key
            && strncmp(pdn_dist_keys[i].key, line, key) == 0)
        {
            break;
        }
    }

    if (i == PDN_DIST_KEYS || (*seen & 1u << i) != 0) {
        return pdn_error(err, 405, "dist.ini:%d: the key '%.*s' is %s", n,
                         (int) key, line,
                         i == PDN_DIST_KEYS ? "not known" : "there twice");
    }

    *seen |= 1u << i;

    for (value = equals + 1; value < end && isspace((unsigned char) *value);
         value++)
    {
        /* void */
    }

    text = pdn_arena_text(a, value, end - value);
    if (text == NULL) {
        return pdn_error_memory(err);
    }

    if (strcmp(pdn_dist_keys[i].key, "requires") == 0) {
        return pdn_dist_requires(a, text, out, err);
    }

    if (pdn_dist_keys[i].at != 0 || i == 0) {
        memcpy((char *) out + pdn_dist_keys[i].at, &text, sizeof(text));
    }

    return 0;
}


int
pdn_dist_read(pdn_arena_t *a, const char *text, size_t len, pdn_dist_t *out,
              pdn_error_t *err)
{
    const char *end, *stop, *line;
    unsigned seen;
    int n;

    memset(out, 0, sizeof(pdn_dist_t));
    seen = 0;
    n = 0;
    stop = text + len;

    if (len > PDN_DIST_MAX || memchr(text, '\0', len) != NULL) {
        return pdn_error(err, 405, "dist.ini is no text, or too long");
    }

    for (line = text; line < stop; line = end + 1) {
        n++;
        end = memchr(line, '\n', stop - line);
        end = end != NULL ? end : stop;

        for (len = end - line;
             len > 0 && isspace((unsigned char) line[len - 1]); len--) {
            /* void */
        }

        while (len > 0 && isspace((unsigned char) *line)) {
            line++;
            len--;
        }

        if (len != 0 && *line != '#' && *line != ';'
            && pdn_dist_line(a, line, len, n, &seen, out, err) != 0)
        {
            return -1;
        }
    }

    if (out->name == NULL) {
        return pdn_error(err, 405, "dist.ini has no name");
    }

    if (out->lib_dir == NULL) {
        out->lib_dir = "lib";
    }

    return 0;
}
