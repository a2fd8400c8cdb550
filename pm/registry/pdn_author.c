/* SPDX-License-Identifier: MIT */
/* Authors' signatures; see pdn_author.h. */

#include "pdn_author.h"
#include "pdn_fs.h"
#include "pdn_jsonl.h"

#include <stdio.h>
#include <string.h>


/* What is signed. */
static void
pdn_author_claim(pdn_str_t *out, const char *name, const char *version,
                 const char *sha256)
{
    pdn_str_printf(out, "pandan-package\n%s\n%s\n%s\n", name, version, sha256);
}


int
pdn_author_sign(const pdn_key_t *secret, const char *name, const char *version,
                const char *sha256, pdn_author_t *author, pdn_error_t *err)
{
    pdn_str_t claim = { 0 };
    pdn_key_t key;
    int rc;

    pdn_author_claim(&claim, name, version, sha256);
    rc = claim.failed ? pdn_error_memory(err)
         : pdn_sign_public(secret, &key, err) != 0
             ? -1
             : pdn_sign(secret, claim.data, claim.len, author->sig, err);
    pdn_str_release(&claim);

    if (rc == 0) {
        pdn_hex_write(key.bytes, PDN_KEY_LEN, author->key);
    }

    return rc;
}


int
pdn_author_check(const char *key, const char *sig, const char *name,
                 const char *version, const char *sha256, pdn_error_t *err)
{
    pdn_str_t claim = { 0 };
    pdn_key_t bytes;
    int good;

    pdn_author_claim(&claim, name, version, sha256);
    good = key != NULL && sig != NULL && !claim.failed
           && pdn_hex_read(key, PDN_KEY_LEN, bytes.bytes) == 0
           && pdn_sign_verify(&bytes, claim.data, claim.len, sig, err) == 1;
    pdn_str_release(&claim);

    return good ? 0
                : pdn_error(err, 520, "%s %s is not signed by its author's key",
                            name, version);
}


void
pdn_author_write(const pdn_author_t *author, pdn_str_t *out)
{
    pdn_jsonl_open(out, '{');
    pdn_jsonl_field(out, "key", author->key);
    pdn_jsonl_field(out, "sig", author->sig);
    pdn_jsonl_close(out, '}');
    pdn_str_puts(out, "\n");
}


int
pdn_author_read(const char *path, pdn_author_t *author, pdn_error_t *err)
{
    pdn_arena_t arena = { 0 };
    pdn_document_t d = { .file = path };
    pdn_str_t text = { 0 };
    pdn_problem_t problem;
    const char *key, *sig;
    size_t pos;
    int rc;

    if (!pdn_fs_exists(path)) {
        return 0;
    }

    if (pdn_fs_read(path, &text, &problem) != 0) {
        pdn_str_release(&text);
        return pdn_error(err, 620, "%s", problem.text);
    }

    d.text = pdn_str_z(&text);
    d.len = text.len;
    pos = 0;
    rc = pdn_jsonl_next(&arena, &d, &pos, err);
    key = rc == 1 ? pdn_value_get_text(&d.root, "key") : NULL;
    sig = rc == 1 ? pdn_value_get_text(&d.root, "sig") : NULL;

    if (key == NULL || sig == NULL || strlen(key) != PDN_KEY_HEX
        || strlen(sig) != PDN_SIG_HEX)
    {
        rc = pdn_error(err, 520, "'%s' is no signature", path);
    } else {
        memcpy(author->key, key, PDN_KEY_HEX + 1);
        memcpy(author->sig, sig, PDN_SIG_HEX + 1);
    }

    pdn_str_release(&text);
    pdn_arena_release(&arena);

    return rc;
}
