/* SPDX-License-Identifier: MIT */
/* The lock written; it is read by pdn_lock_read.c. See pdn_lock.h. */

#include "pdn_lock.h"
#include "pdn_jsonl.h"

#include <stdlib.h>
#include <string.h>


static int
pdn_lock_order(const void *a, const void *b)
{
    return pdn_id_compare(&((const pdn_lock_entry_t *) a)->id,
                          &((const pdn_lock_entry_t *) b)->id);
}


static int
pdn_lock_order_id(const void *a, const void *b)
{
    return pdn_id_compare(a, b);
}


static void
pdn_lock_hash(pdn_str_t *out, const char *key, const char *hex)
{
    char text[80];

    if (hex != NULL) {
        snprintf(text, sizeof(text), "sha256:%.64s", hex);
        pdn_jsonl_field(out, key, text);
    }
}


static void
pdn_lock_write_place(pdn_str_t *out, const pdn_lock_entry_t *entry)
{
    switch (entry->place.kind) {

    case PDN_PLACE_SOURCE:
        return;

    case PDN_PLACE_GIT:
        pdn_jsonl_field(out, "git", entry->place.url);
        pdn_jsonl_field(out, "rev", entry->place.rev);
        pdn_jsonl_field(out, "commit", entry->commit);
        return;

    case PDN_PLACE_PATH:
        pdn_jsonl_field(out, "path", entry->place.path);
        return;

    case PDN_PLACE_URL:
        pdn_jsonl_field(out, "url", entry->place.url);
    }
}


static void
pdn_lock_write_entry(pdn_str_t *out, pdn_lock_entry_t *entry)
{
    char text[PDN_ID_MAX + 1];
    size_t i;

    if (entry->n_deps != 0) {
        qsort(entry->deps, entry->n_deps, sizeof(*entry->deps),
              pdn_lock_order_id);
    }

    pdn_jsonl_open(out, '{');
    pdn_jsonl_field(out, "id", pdn_id_text(&entry->id, text));
    pdn_jsonl_field(out, "v", entry->version);
    pdn_jsonl_field(out, "art", entry->art);
    pdn_lock_hash(out, "src", entry->src);
    pdn_lock_hash(out, "meta", entry->meta);

    if (entry->size != 0) {
        pdn_jsonl_key(out, "size");
        pdn_jsonl_uint(out, entry->size);
    }

    if (entry->n_deps != 0) {
        pdn_jsonl_key(out, "deps");
        pdn_jsonl_open(out, '[');
        for (i = 0; i < entry->n_deps; i++) {
            pdn_jsonl_string(out, pdn_id_text(&entry->deps[i], text));
        }
        pdn_jsonl_close(out, ']');
    }

    pdn_jsonl_field(out, "build", entry->build);
    pdn_jsonl_field(out, "by", entry->by);
    pdn_lock_write_place(out, entry);
    pdn_jsonl_close(out, '}');
    pdn_str_add(out, "\n", 1);
}


int
pdn_lock_write(pdn_lock_t *lock, pdn_str_t *out, pdn_error_t *err)
{
    size_t i;

    if (lock->n != 0) {
        qsort(lock->items, lock->n, sizeof(*lock->items), pdn_lock_order);
    }

    pdn_jsonl_open(out, '{');
    pdn_jsonl_key(out, "lock");
    pdn_jsonl_uint(out, PDN_LOCK_FORMAT);
    pdn_lock_hash(out, "manifest", lock->manifest);
    pdn_jsonl_close(out, '}');
    pdn_str_add(out, "\n", 1);

    for (i = 0; i < lock->n; i++) {
        pdn_lock_write_entry(out, &lock->items[i]);
    }

    return out->failed ? pdn_error_memory(err) : 0;
}


const pdn_lock_entry_t *
pdn_lock_find(const pdn_lock_t *lock, const pdn_id_t *id)
{
    pdn_lock_entry_t key;

    if (lock->n == 0) {
        return NULL;
    }

    key.id = *id;

    return bsearch(&key, lock->items, lock->n, sizeof(*lock->items),
                   pdn_lock_order);
}
