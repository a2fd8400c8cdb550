/* SPDX-License-Identifier: MIT */
/* What of a registry may be believed; see pdn_registry.h. */

#include "pdn_registry.h"
#include "pdn_author.h"
#include "pdn_digest.h"
#include "pdn_id.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>


/* How often the files may change under us before that is an error. */
#define PDN_REGISTRY_TRIES 3


static int
pdn_registry_read(pdn_registry_t *r, const char *name, const char *hash,
                  const char *type, pdn_signed_t *out, pdn_error_t *err)
{
    pdn_str_t text = { 0 };
    int rc;

    rc = r->get(r->ctx, name, hash, PDN_REGISTRY_FILE_MAX, &text, err);
    if (rc == 1
        && pdn_signed_read(r->arena, type, pdn_str_z(&text), text.len, out, err)
               != 0)
    {
        rc = -1;
    }

    pdn_str_release(&text);

    return rc;
}


/* Makes a root the one that is believed. */
static int
pdn_registry_take_root(pdn_registry_t *r, const pdn_signed_t *root,
                       pdn_error_t *err)
{
    pdn_role_t keys, online;

    if (pdn_role_read(&root->document.root, "keys", "threshold", &keys) != 0
        || pdn_role_read(&root->document.root, "online", "online_threshold",
                         &online)
               != 0)
    {
        return pdn_error(err, 520, "the registry's root names no good keys");
    }

    /* it must be able to sign for itself, else nobody could follow it */
    if (pdn_signed_check(r->arena, root, &keys, err) != 0) {
        return -1;
    }

    r->root = *root;
    r->root_role = keys;
    r->online_role = online;
    r->root_text = root->text;
    r->root_len = root->size;

    return 0;
}


static int
pdn_registry_first_root(pdn_registry_t *r, pdn_error_t *err)
{
    pdn_signed_t root;
    pdn_role_t pin = { .n = 1, .threshold = 1 };
    int rc;

    if (r->root_text != NULL) {
        return pdn_signed_read(r->arena, "root", r->root_text, r->root_len,
                               &root, err)
                       != 0
                   ? -1
                   : pdn_registry_take_root(r, &root, err);
    }

    rc = pdn_registry_read(r, "root.1.json", NULL, "root", &root, err);
    if (rc != 1) {
        return rc == 0 ? pdn_error(err, 402,
                                   "there is no root.1.json: it is "
                                   "no registry of ours")
                       : -1;
    }

    /*
     * The pinned key has to sign it, for anybody can name it; and nothing is
     * kept of a root before that.
     */
    if (r->pin != NULL
        && (pdn_hex_read(r->pin, PDN_KEY_LEN, pin.keys[0].bytes) != 0
            || pdn_signed_check(r->arena, &root, &pin, err) != 0))
    {
        pdn_error_release(err);
        memset(err, 0, sizeof(pdn_error_t));

        return pdn_error(err, 524,
                         "the registry's root is not that of the "
                         "key %.16s... in the manifest",
                         r->pin);
    }

    return pdn_registry_take_root(r, &root, err);
}


static int
pdn_registry_same_keys(const pdn_role_t *a, const pdn_role_t *b)
{
    size_t i;

    for (i = 0; i < a->n && pdn_role_has(b, &a->keys[i]); i++) {
        /* void */
    }

    return i == a->n && a->n == b->n && a->threshold == b->threshold;
}


/* Each next root is signed by the one before it, and by itself. */
static int
pdn_registry_follow(pdn_registry_t *r, pdn_error_t *err)
{
    pdn_signed_t next;
    pdn_role_t online;
    char name[40];
    int steps, rc;

    for (steps = 0; steps < PDN_REGISTRY_ROOTS_MAX; steps++) {
        snprintf(name, sizeof(name), "root.%" PRId64 ".json",
                 r->root.version + 1);

        rc = pdn_registry_read(r, name, NULL, "root", &next, err);
        if (rc <= 0) {
            return rc;
        }

        if (next.version != r->root.version + 1
            || pdn_signed_check(r->arena, &next, &r->root_role, err) != 0)
        {
            return pdn_error(err, 524,
                             "the registry's %s is not signed by the "
                             "keys of the root before it",
                             name);
        }

        online = r->online_role;

        if (pdn_registry_take_root(r, &next, err) != 0) {
            return -1;
        }

        /* a thief of the old keys may have signed version 999999999 */
        if (!pdn_registry_same_keys(&online, &r->online_role)) {
            r->seen_timestamp = 0;
            r->seen_snapshot = 0;
        }
    }

    return pdn_error(err, 505, "the registry has more than %d roots",
                     PDN_REGISTRY_ROOTS_MAX);
}


static int
pdn_registry_is_fresh(const pdn_registry_t *r, const pdn_signed_t *s,
                      int64_t seen, pdn_error_t *err)
{
    if (s->version < seen) {
        return pdn_error(err, 522,
                         "the registry's %s is version %" PRId64
                         ", and %" PRId64 " was seen before",
                         s->document.file, s->version, seen);
    }

    return s->expires > r->now
               ? 0
               : pdn_error(err, 521, "the registry's %s has expired",
                           s->document.file);
}


static int
pdn_registry_role(pdn_registry_t *r, const char *type, const char *hash,
                  int64_t seen, pdn_signed_t *out, pdn_error_t *err)
{
    char name[32];
    int rc;

    snprintf(name, sizeof(name), "%s.json", type);
    rc = pdn_registry_read(r, name, hash, type, out, err);

    if (rc != 1) {
        return rc == 0 ? pdn_error(err, 402, "the registry has no %s", name)
                       : -1;
    }

    return pdn_signed_check(r->arena, out, &r->online_role, err) != 0
               ? -1
               : pdn_registry_is_fresh(r, out, seen, err);
}


/* Are the bytes those of a hash that was signed? */
static int
pdn_registry_same(const char *data, size_t len, const char *hash,
                  pdn_error_t *err)
{
    char hex[PDN_DIGEST_HEX + 1];
    pdn_digest_t sum;

    if (hash == NULL || pdn_digest(data, len, &sum, err) != 0) {
        return 0;
    }

    pdn_digest_hex(&sum, hex);

    return strcmp(hex, hash) == 0;
}


/* Timestamp and snapshot; 1 when they are of one state, 0 when not, -1. */
static int
pdn_registry_look(pdn_registry_t *r, pdn_error_t *err)
{
    const pdn_value_t *said;
    const char *hash;

    if (pdn_registry_role(r, "timestamp", NULL, r->seen_timestamp,
                          &r->timestamp, err)
        != 0)
    {
        return -1;
    }

    said = &r->timestamp.document.root;
    hash = pdn_value_get_text(said, "snapshot");

    if (pdn_registry_role(r, "snapshot", hash, r->seen_snapshot, &r->snapshot,
                          err)
        != 0)
    {
        return -1;
    }

    return pdn_registry_same(r->snapshot.text, r->snapshot.size, hash, err)
           && pdn_value_size(pdn_value_get(said, "snapshot_version"))
                  == r->snapshot.version;
}


/* A registry that is written just now is of one state a moment later. */
static int
pdn_registry_state(pdn_registry_t *r, pdn_error_t *err)
{
    int tries, rc;

    for (tries = 0, rc = 0; rc == 0 && tries < PDN_REGISTRY_TRIES; tries++) {
        rc = pdn_registry_look(r, err);
    }

    if (rc != 1) {
        return rc == 0 ? pdn_error(err, 523,
                                   "the registry's snapshot is not the one "
                                   "that its timestamp names")
                       : -1;
    }

    r->seen_timestamp = r->timestamp.version;
    r->seen_snapshot = r->snapshot.version;

    return 0;
}


int
pdn_registry_update(pdn_registry_t *r, pdn_error_t *err)
{
    return pdn_registry_first_root(r, err) != 0
                   || pdn_registry_follow(r, err) != 0
                   || pdn_registry_is_fresh(r, &r->root, 0, err) != 0
               ? -1
               : pdn_registry_state(r, err);
}


/* One try: 1, 0 when the bytes are not those of the hash or not there, -1. */
static int
pdn_registry_index_get(pdn_registry_t *r, const char *name, const char *hash,
                       pdn_str_t *out, pdn_error_t *err)
{
    char file[PDN_ID_MAX + 8];
    int rc;

    snprintf(file, sizeof(file), "index/%s", name);
    rc = r->get(r->ctx, file, hash, PDN_REGISTRY_FILE_MAX, out, err);

    return rc == 1 ? pdn_registry_same(pdn_str_z(out), out->len, hash, err)
                   : rc;
}


int
pdn_registry_index(pdn_registry_t *r, const char *name, pdn_str_t *out,
                   pdn_error_t *err)
{
    const char *hash, *before;
    int tries, rc;

    before = NULL;

    for (tries = 0; tries < PDN_REGISTRY_TRIES; tries++) {
        hash = pdn_value_get_text(
            pdn_value_get(&r->snapshot.document.root, "packages"), name);

        if (hash == NULL) {
            return 0;
        }

        if (before != NULL && strcmp(before, hash) == 0) {
            break;
        }

        rc = pdn_registry_index_get(r, name, hash, out, err);
        if (rc != 0) {
            return rc;
        }

        if (pdn_registry_state(r, err) != 0) {
            return -1;
        }

        before = hash;
    }

    return pdn_error(err, 523,
                     "the registry's index of %s is not the one that its "
                     "snapshot names",
                     name);
}


int
pdn_registry_next(pdn_registry_t *r, const char *name, pdn_document_t *d,
                  size_t *pos, pdn_registry_line_t *out, pdn_error_t *err)
{
    const pdn_value_t *yanked;
    int rc;

    memset(out, 0, sizeof(pdn_registry_line_t));
    rc = pdn_jsonl_next(r->arena, d, pos, err);
    if (rc != 1) {
        return rc;
    }

    out->version = pdn_value_get_text(&d->root, "v");
    out->sha256 = pdn_value_get_text(&d->root, "sha256");
    out->deps = pdn_value_get(&d->root, "deps");
    out->size = pdn_value_size(pdn_value_get(&d->root, "size"));
    out->published = pdn_value_size(pdn_value_get(&d->root, "pub"));
    out->by = pdn_value_get_text(&d->root, "by");
    out->license = pdn_value_get_text(&d->root, "license");
    out->summary = pdn_value_get_text(&d->root, "summary");
    yanked = pdn_value_get(&d->root, "yanked");
    out->yanked = yanked != NULL && yanked->type == PDN_BOOLEAN
                  && yanked->boolean;

    if (out->version == NULL || out->sha256 == NULL || out->size < 0
        || strlen(out->sha256) != PDN_DIGEST_HEX)
    {
        return pdn_error(err, 405, "a line of the index of %s lacks something",
                         name);
    }

    return out->by == NULL
                   || pdn_author_check(out->by,
                                       pdn_value_get_text(&d->root, "sig"),
                                       name, out->version, out->sha256, err)
                          == 0
               ? 1
               : -1;
}
