/* SPDX-License-Identifier: MIT */
/*
 * The lock read as if an enemy had written it: a merge request may change it,
 * so whatever could not have been written by pdn_lock_write() is refused.
 */

#include "pdn_jsonl.h"
#include "pdn_lock.h"

#include <string.h>

typedef struct {
    pdn_arena_t *arena;
    pdn_document_t *doc;
    pdn_error_t *err;
} pdn_lock_in_t;


static int
pdn_lock_refuse(pdn_lock_in_t *in, const char *what, const char *value)
{
    pdn_span_t span;

    pdn_value_span(in->doc, in->doc->root.start, 0, &span);
    pdn_error_at(in->err, &span, 201,
                 "the lock was not written by pandan: "
                 "%s%s%s%s",
                 what, value != NULL ? " '" : "", value != NULL ? value : "",
                 value != NULL ? "'" : "");

    return pdn_error_help(in->err, "restore it, or `pandan lock` makes it "
                                   "anew from the manifest");
}


static int
pdn_lock_is_hex(const char *text, size_t len)
{
    return strlen(text) == len && strspn(text, "0123456789abcdef") == len;
}


/* "sha256:<64 digits>"; NULL stays when the key is not there. */
static int
pdn_lock_read_hash(pdn_lock_in_t *in, const char *key, const char **hex)
{
    const pdn_value_t *v;
    const char *text;

    v = pdn_value_get(&in->doc->root, key);
    if (v == NULL) {
        return 0;
    }

    text = pdn_value_text(v);

    if (text == NULL || strncmp(text, "sha256:", 7) != 0
        || !pdn_lock_is_hex(text + 7, 64))
    {
        return pdn_lock_refuse(in, "a bad hash in", key);
    }

    *hex = text + 7;

    return 0;
}


/* Any text that is safe to show and to pass on. */
static int
pdn_lock_read_text(pdn_lock_in_t *in, const char *key, const char **text)
{
    const pdn_value_t *v;
    const char *p;

    v = pdn_value_get(&in->doc->root, key);
    if (v == NULL) {
        return 0;
    }

    *text = pdn_value_text(v);

    for (p = *text; p != NULL && *p != '\0'; p++) {
        if ((unsigned char) *p < 0x20 || *p == 0x7f) {
            break;
        }
    }

    return p != NULL && *p == '\0' && p != *text
               ? 0
               : pdn_lock_refuse(in, "a bad text in", key);
}


/* A word that names a kind: "builtin", "linux-x86_64". */
static int
pdn_lock_read_word(pdn_lock_in_t *in, const char *key, const char **text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-.";

    if (pdn_lock_read_text(in, key, text) != 0) {
        return -1;
    }

    return *text == NULL || strspn(*text, allowed) == strlen(*text)
               ? 0
               : pdn_lock_refuse(in, "a bad word in", key);
}


static int
pdn_lock_read_id(pdn_lock_in_t *in, const char *text, pdn_id_t *id)
{
    char again[PDN_ID_MAX + 1];
    pdn_id_rc_t rc;

    rc = text == NULL ? PDN_ID_EMPTY
                      : pdn_id_parse(in->arena, text, strlen(text), id);

    if (rc == PDN_ID_MEMORY) {
        return pdn_error_memory(in->err);
    }

    return rc == PDN_ID_OK && strcmp(pdn_id_text(id, again), text) == 0
               ? 0
               : pdn_lock_refuse(in, "a bad name", text);
}


static int
pdn_lock_read_deps(pdn_lock_in_t *in, pdn_lock_entry_t *entry)
{
    const pdn_value_t *deps;
    size_t i;

    deps = pdn_value_get(&in->doc->root, "deps");
    if (deps == NULL) {
        return 0;
    }

    if (deps->type != PDN_LIST || deps->n == 0) {
        return pdn_lock_refuse(in, "deps is not a list", NULL);
    }

    entry->deps = pdn_arena_array(in->arena, deps->n, sizeof(*entry->deps));
    if (entry->deps == NULL) {
        return pdn_error_memory(in->err);
    }

    entry->n_deps = deps->n;

    for (i = 0; i < deps->n; i++) {
        if (pdn_lock_read_id(in, pdn_value_text(&deps->items[i]),
                             &entry->deps[i])
            != 0) {
            return -1;
        }

        if (i > 0 && pdn_id_compare(&entry->deps[i - 1], &entry->deps[i]) >= 0)
        {
            return pdn_lock_refuse(in, "deps out of order", NULL);
        }
    }

    return 0;
}


static int
pdn_lock_read_place(pdn_lock_in_t *in, pdn_lock_entry_t *entry)
{
    const char *git, *path, *url;

    git = path = url = NULL;

    if (pdn_lock_read_text(in, "git", &git) != 0
        || pdn_lock_read_text(in, "path", &path) != 0
        || pdn_lock_read_text(in, "url", &url) != 0
        || pdn_lock_read_text(in, "rev", &entry->place.rev) != 0
        || pdn_lock_read_word(in, "commit", &entry->commit) != 0)
    {
        return -1;
    }

    entry->place.kind = git != NULL    ? PDN_PLACE_GIT
                        : path != NULL ? PDN_PLACE_PATH
                        : url != NULL  ? PDN_PLACE_URL
                                       : PDN_PLACE_SOURCE;
    entry->place.url = git != NULL ? git : url;
    entry->place.path = path;
    entry->place.sha256 = url != NULL ? entry->src : NULL;

    if ((git != NULL) + (path != NULL) + (url != NULL) > 1
        || (git != NULL) != (entry->commit != NULL)
        || (git == NULL && entry->place.rev != NULL)
        || (git != NULL && !pdn_lock_is_hex(entry->commit, 40)))
    {
        return pdn_lock_refuse(in, "a place that is none", NULL);
    }

    return path != NULL || entry->src != NULL
               ? 0
               : pdn_lock_refuse(in, "an entry without its hash", NULL);
}


static int
pdn_lock_read_version(pdn_lock_in_t *in, pdn_lock_entry_t *entry)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+~";
    int64_t size;

    entry->version = pdn_value_get_text(&in->doc->root, "v");

    if (entry->version == NULL || entry->version[0] == '\0'
        || strlen(entry->version) > PDN_VERSION_MAX
        || strspn(entry->version, allowed) != strlen(entry->version))
    {
        return pdn_lock_refuse(in, "a bad version", entry->version);
    }

    if (pdn_value_get(&in->doc->root, "size") != NULL) {
        size = pdn_value_size(pdn_value_get(&in->doc->root, "size"));
        if (size <= 0) {
            return pdn_lock_refuse(in, "a bad size", NULL);
        }
        entry->size = (uint64_t) size;
    }

    return 0;
}


/* Keys that are known, in the order in which they are written. */
static int
pdn_lock_check_keys(pdn_lock_in_t *in)
{
    static const char *const keys[] = { "id",   "v",    "art",  "src",
                                        "meta", "size", "deps", "build",
                                        "by",   "git",  "rev",  "commit",
                                        "path", "url" };
    const pdn_value_t *root;
    size_t i, k;

    root = &in->doc->root;

    if (root->type != PDN_TABLE) {
        return pdn_lock_refuse(in, "a line that is no object", NULL);
    }

    for (i = 0, k = 0; i < root->n; i++, k++) {
        while (k < sizeof(keys) / sizeof(keys[0])
               && strcmp(keys[k], root->pairs[i].key) != 0)
        {
            k++;
        }

        if (k == sizeof(keys) / sizeof(keys[0])) {
            return pdn_lock_refuse(in, "unknown or out of order is",
                                   root->pairs[i].key);
        }
    }

    return 0;
}


static int
pdn_lock_read_entry(pdn_lock_in_t *in, pdn_lock_entry_t *entry)
{
    if (pdn_lock_check_keys(in) != 0
        || pdn_lock_read_id(in, pdn_value_get_text(&in->doc->root, "id"),
                            &entry->id)
               != 0
        || pdn_lock_read_version(in, entry) != 0
        || pdn_lock_read_word(in, "art", &entry->art) != 0
        || pdn_lock_read_hash(in, "src", &entry->src) != 0
        || pdn_lock_read_hash(in, "meta", &entry->meta) != 0
        || pdn_lock_read_deps(in, entry) != 0
        || pdn_lock_read_word(in, "build", &entry->build) != 0
        || pdn_lock_read_text(in, "by", &entry->by) != 0)
    {
        return -1;
    }

    return pdn_lock_read_place(in, entry);
}


static int
pdn_lock_read_head(pdn_lock_in_t *in, pdn_lock_t *lock)
{
    const pdn_value_t *root;
    int64_t format;

    root = &in->doc->root;
    format = pdn_value_size(pdn_value_get(root, "lock"));

    if (format < 0) {
        return pdn_lock_refuse(in, "its first line is not that of a lock",
                               NULL);
    }

    if (format != PDN_LOCK_FORMAT) {
        pdn_error(in->err, 202,
                  "'%s' is a lock of format %lld, and this pandan knows %d",
                  in->doc->file, (long long) format, PDN_LOCK_FORMAT);
        return pdn_error_help(in->err, "update pandan");
    }

    if (root->n != 2 || strcmp(root->pairs[1].key, "manifest") != 0) {
        return pdn_lock_refuse(in, "its first line has other keys", NULL);
    }

    return pdn_lock_read_hash(in, "manifest", &lock->manifest);
}


static int
pdn_lock_check_deps(pdn_lock_in_t *in, const pdn_lock_t *lock)
{
    char text[PDN_ID_MAX + 1];
    size_t i, k;

    for (i = 0; i < lock->n; i++) {
        for (k = 0; k < lock->items[i].n_deps; k++) {
            if (pdn_lock_find(lock, &lock->items[i].deps[k]) == NULL) {
                return pdn_lock_refuse(
                    in, "no line for",
                    pdn_id_text(&lock->items[i].deps[k], text));
            }
        }
    }

    return 0;
}


int
pdn_lock_read(pdn_arena_t *a, pdn_document_t *d, pdn_lock_t *lock,
              pdn_error_t *err)
{
    pdn_lock_in_t in = { a, d, err };
    pdn_lock_entry_t *items;
    size_t pos, cap;
    int rc;

    memset(lock, 0, sizeof(*lock));

    if (d->len > PDN_LOCK_MAX) {
        return pdn_error(err, 201, "'%s' is too big for a lock", d->file);
    }

    pos = 0;
    cap = 0;

    rc = pdn_jsonl_next(a, d, &pos, err);
    if (rc < 0) {
        return -1;
    }

    memset(&in.doc->root, 0, rc == 0 ? sizeof(in.doc->root) : 0);

    if (pdn_lock_read_head(&in, lock) != 0) {
        return -1;
    }

    while ((rc = pdn_jsonl_next(a, d, &pos, err)) > 0) {
        items = pdn_arena_grow(a, lock->items, lock->n, &cap, sizeof(*items));
        if (items == NULL) {
            return pdn_error_memory(err);
        }

        lock->items = items;
        memset(&items[lock->n], 0, sizeof(*items));

        if (pdn_lock_read_entry(&in, &items[lock->n]) != 0) {
            return -1;
        }

        if (lock->n > 0
            && pdn_id_compare(&items[lock->n - 1].id, &items[lock->n].id) >= 0)
        {
            return pdn_lock_refuse(&in, "lines out of order", NULL);
        }

        lock->n++;
    }

    return rc < 0 ? -1 : pdn_lock_check_deps(&in, lock);
}
