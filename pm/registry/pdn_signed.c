/* SPDX-License-Identifier: MIT */
/* Signed files; see pdn_signed.h. */

#include "pdn_signed.h"

#include <string.h>


int
pdn_role_has(const pdn_role_t *role, const pdn_key_t *key)
{
    size_t i;

    for (i = 0; i < role->n; i++) {
        if (memcmp(role->keys[i].bytes, key->bytes, PDN_KEY_LEN) == 0) {
            return 1;
        }
    }

    return 0;
}


int
pdn_role_read(const pdn_value_t *root, const char *keys, const char *threshold,
              pdn_role_t *out)
{
    const pdn_value_t *list;
    const char *hex;
    int64_t n;
    size_t i;

    memset(out, 0, sizeof(pdn_role_t));
    list = pdn_value_get(root, keys);
    n = pdn_value_size(pdn_value_get(root, threshold));

    if (list == NULL || pdn_value_count(list) > PDN_SIGNED_KEYS) {
        return -1;
    }

    for (i = 1; i <= pdn_value_count(list); i++) {
        hex = pdn_value_text(pdn_value_at(list, i));

        if (hex == NULL
            || pdn_hex_read(hex, PDN_KEY_LEN, out->keys[out->n].bytes) != 0
            || pdn_role_has(out, &out->keys[out->n]))
        {
            return -1;
        }
        out->n++;
    }

    out->threshold = n > 0 ? n : 0;

    return out->threshold >= 1 && out->threshold <= out->n ? 0 : -1;
}


int
pdn_signed_read(pdn_arena_t *a, const char *type, const char *text, size_t len,
                pdn_signed_t *out, pdn_error_t *err)
{
    const char *end, *said;
    size_t pos;

    memset(out, 0, sizeof(pdn_signed_t));
    out->text = pdn_arena_text(a, text, len);
    out->size = len;

    if (out->text == NULL) {
        return pdn_error_memory(err);
    }

    end = memchr(out->text, '\n', len);
    out->document.file = type;
    out->document.text = out->text;
    out->document.len = end != NULL ? (size_t) (end - out->text) + 1 : 0;
    out->len = end != NULL ? end - out->text : 0;
    pos = 0;

    if (end == NULL || pdn_jsonl_next(a, &out->document, &pos, err) != 1) {
        return pdn_error(err, 520, "the registry's %s is not a signed file",
                         type);
    }

    said = pdn_value_get_text(&out->document.root, "type");
    out->version = pdn_value_size(
        pdn_value_get(&out->document.root, "version"));
    out->expires = pdn_value_size(
        pdn_value_get(&out->document.root, "expires"));

    if (said == NULL || strcmp(said, type) != 0 || out->version < 1
        || out->expires < 0)
    {
        return pdn_error(err, 520, "the registry's %s is another file", type);
    }

    return 0;
}


int
pdn_signed_check(pdn_arena_t *a, const pdn_signed_t *s, const pdn_role_t *role,
                 pdn_error_t *err)
{
    pdn_document_t d = { .file = "signatures" };
    pdn_role_t seen = { .n = 0 };
    const char *key, *sig;
    pdn_key_t bytes;
    size_t pos;
    int rc;

    d.text = s->text + s->len + 1;
    d.len = s->size - s->len - 1;
    pos = 0;

    while ((rc = pdn_jsonl_next(a, &d, &pos, err)) == 1) {
        key = pdn_value_get_text(&d.root, "key");
        sig = pdn_value_get_text(&d.root, "sig");

        if (key == NULL || sig == NULL
            || pdn_hex_read(key, PDN_KEY_LEN, bytes.bytes) != 0
            || !pdn_role_has(role, &bytes) || pdn_role_has(&seen, &bytes))
        {
            continue;
        }

        rc = pdn_sign_verify(&bytes, s->text, s->len, sig, err);
        if (rc < 0) {
            return -1;
        }

        if (rc == 1) {
            seen.keys[seen.n++] = bytes;
        }
    }

    if (rc == 0 && role->threshold != 0 && seen.n >= role->threshold) {
        return 0;
    }

    return pdn_error(err, 520,
                     "the registry's %s has %zu good signatures, and "
                     "needs %zu",
                     s->document.file, seen.n, role->threshold);
}


int
pdn_signed_add(pdn_str_t *out, size_t payload, const pdn_key_t *secret,
               pdn_error_t *err)
{
    char sig[PDN_SIG_HEX + 1], hex[PDN_KEY_HEX + 1];
    pdn_key_t key;

    if (out->failed || pdn_sign_public(secret, &key, err) != 0
        || pdn_sign(secret, out->data, payload, sig, err) != 0)
    {
        return out->failed ? pdn_error_memory(err) : -1;
    }

    pdn_hex_write(key.bytes, PDN_KEY_LEN, hex);
    pdn_str_printf(out, "\n{\"key\":\"%s\",\"sig\":\"%s\"}", hex, sig);

    return out->failed ? pdn_error_memory(err) : 0;
}
