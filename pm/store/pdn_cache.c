/* SPDX-License-Identifier: MIT */
/* What was fetched, as it was fetched: safe to remove; see pdn_store.h. */

#include "pdn_store.h"
#include "pdn_sha256.h"
#include "pdn_store_io.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>


static void
pdn_cache_name(const char *hash, char out[96])
{
    snprintf(out, 96, "artifacts/%s", hash);
}


int
pdn_cache_put(pdn_store_t *s, const char *hash, const char *data, size_t len,
              pdn_error_t *err)
{
    char name[96];

    pdn_cache_name(hash, name);

    return pdn_io_put(s->cache_fd, name, data, len, 0444, err);
}


int
pdn_cache_has(pdn_store_t *s, const char *hash)
{
    char name[96];

    pdn_cache_name(hash, name);

    return faccessat(s->cache_fd, name, R_OK, 0) == 0;
}


int
pdn_cache_get(pdn_store_t *s, const char *hash, pdn_str_t *out)
{
    char name[96], hex[PDN_DIGEST_HEX + 1];
    pdn_error_t ignored = { 0 };
    pdn_digest_t sum;

    pdn_cache_name(hash, name);
    out->len = 0;

    if (pdn_io_get(s->cache_fd, name, out) != 1) {
        return 0;
    }

    if (pdn_digest(pdn_str_z(out), out->len, &sum, &ignored) != 0) {
        pdn_error_release(&ignored);
        return 0;
    }

    pdn_digest_hex(&sum, hex);

    if (strcmp(hex, hash) != 0) {
        unlinkat(s->cache_fd, name, 0);
        return 0;
    }

    return 1;
}


/* The tag stands in the first line, in the file of the text: one rename. */
int
pdn_cache_put_index(pdn_store_t *s, const char *url, const char *etag,
                    const pdn_str_t *text, pdn_error_t *err)
{
    pdn_str_t all = { 0 };
    char name[96], hash[65];
    int rc;

    pdn_sha256_hex(url, strlen(url), hash);
    snprintf(name, sizeof(name), "index/%s", hash);
    pdn_str_printf(&all, "%s\n", etag);
    pdn_str_add(&all, pdn_str_z(text), text->len);

    rc = all.failed
             ? pdn_error_memory(err)
             : pdn_io_put(s->cache_fd, name, all.data, all.len, 0644, err);
    pdn_str_release(&all);

    return rc;
}


int
pdn_cache_get_index(pdn_store_t *s, const char *url, char etag[160],
                    pdn_str_t *text)
{
    char name[96], hash[65], *line;
    size_t len;

    pdn_sha256_hex(url, strlen(url), hash);
    snprintf(name, sizeof(name), "index/%s", hash);
    text->len = 0;

    if (pdn_io_get(s->cache_fd, name, text) != 1) {
        return 0;
    }

    line = memchr(pdn_str_z(text), '\n', text->len);
    if (line == NULL || line - text->data >= 160) {
        return 0;
    }

    len = line - text->data;
    memcpy(etag, text->data, len);
    etag[len] = '\0';
    text->len -= len + 1;
    memmove(text->data, line + 1, text->len + 1);

    return 1;
}
