/* SPDX-License-Identifier: MIT */
/* Making and changing a registry; see pdn_registry_edit.h. */

#include "pdn_digest.h"
#include "pdn_registry_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PDN_REGISTRY_DAY       86400
#define PDN_REGISTRY_DAYS      14
#define PDN_REGISTRY_ROOT_DAYS 365


static void
pdn_edit_head(pdn_str_t *out, const char *type, int64_t version,
              int64_t expires)
{
    pdn_jsonl_open(out, '{');
    pdn_jsonl_field(out, "type", type);
    pdn_jsonl_key(out, "version");
    pdn_jsonl_uint(out, version);
    pdn_jsonl_key(out, "expires");
    pdn_jsonl_uint(out, expires);
}


static void
pdn_edit_keys(pdn_str_t *out, const char *name, const char *threshold,
              const pdn_key_t *key)
{
    char hex[PDN_KEY_HEX + 1];

    pdn_hex_write(key->bytes, PDN_KEY_LEN, hex);
    pdn_jsonl_key(out, name);
    pdn_jsonl_open(out, '[');
    pdn_jsonl_string(out, hex);
    pdn_jsonl_close(out, ']');
    pdn_jsonl_key(out, threshold);
    pdn_jsonl_uint(out, 1);
}


/* Signs the payload with each secret, and writes the file. */
static int
pdn_edit_sign(const pdn_registry_edit_t *e, const char *name, pdn_str_t *out,
              const pdn_key_t *const *secrets, pdn_error_t *err)
{
    size_t payload;

    payload = out->len;

    for (/* void */; *secrets != NULL; secrets++) {
        if (pdn_signed_add(out, payload, *secrets, err) != 0) {
            return -1;
        }
    }

    pdn_str_puts(out, "\n");

    return out->failed ? pdn_error_memory(err)
                       : pdn_folder_write(e, name, out->data, out->len, err);
}


/* The next root, signed by its own key and by the one before, if any. */
static int
pdn_edit_root(const pdn_registry_edit_t *e, const pdn_key_t *root,
              const pdn_key_t *online, const pdn_key_t *before,
              pdn_error_t *err)
{
    const pdn_key_t *secrets[] = { root, before, NULL };
    pdn_key_t root_key, online_key;
    pdn_str_t out = { 0 };
    char name[40];
    int64_t version;
    int rc;

    if (pdn_sign_public(root, &root_key, err) != 0
        || pdn_sign_public(online, &online_key, err) != 0)
    {
        return -1;
    }

    version = pdn_folder_root(e) + 1;
    snprintf(name, sizeof(name), "root.%" PRId64 ".json", version);

    pdn_edit_head(&out, "root", version,
                  e->now + PDN_REGISTRY_ROOT_DAYS * PDN_REGISTRY_DAY);
    pdn_edit_keys(&out, "keys", "threshold", &root_key);
    pdn_edit_keys(&out, "online", "online_threshold", &online_key);
    pdn_jsonl_close(&out, '}');

    rc = pdn_edit_sign(e, name, &out, secrets, err);
    pdn_str_release(&out);

    return rc;
}


/* Does the newest root name this key? */
static int
pdn_edit_named(const pdn_registry_edit_t *e, const pdn_key_t *secret,
               pdn_error_t *err)
{
    char name[40], hex[PDN_KEY_HEX + 1];
    pdn_str_t text = { 0 };
    pdn_key_t key;
    int rc;

    snprintf(name, sizeof(name), "root.%" PRId64 ".json", pdn_folder_root(e));

    if (pdn_sign_public(secret, &key, err) != 0) {
        return -1;
    }

    pdn_hex_write(key.bytes, PDN_KEY_LEN, hex);
    rc = pdn_folder_read(e, name, &text, err);
    rc = rc == 1 ? strstr(pdn_str_z(&text), hex) != NULL : rc;
    pdn_str_release(&text);

    return rc;
}


/*
 * New keys are kept beside the old ones until a root names them. Killed at any
 * point, either the old ones are good, or this makes the new ones good.
 */
static int
pdn_edit_settle(const pdn_registry_edit_t *e, pdn_error_t *err)
{
    static const char *const names[] = { "online.key", "root.key" };
    char path[PATH_MAX], fresh[PATH_MAX], aside[PATH_MAX + 32];
    pdn_key_t key;
    size_t i;
    int rc;

    for (i = 0; i < 2; i++) {
        snprintf(aside, sizeof(aside), "%s.new", names[i]);

        if (pdn_folder_path(path, e->keys, names[i], err) != 0
            || pdn_folder_path(fresh, e->keys, aside, err) != 0)
        {
            return -1;
        }

        if (!pdn_fs_exists(fresh)) {
            continue;
        }

        rc = pdn_registry_key(fresh, 0, &key, err);
        rc = rc == 0 ? pdn_edit_named(e, &key, err) : rc;

        if (rc < 0) {
            return -1;
        }

        snprintf(aside, sizeof(aside), "%s.%" PRId64, path,
                 pdn_folder_root(e) - 1);

        if (rc == 1
            && ((rename(path, aside) != 0 && errno != ENOENT)
                || rename(fresh, path) != 0))
        {
            return pdn_error(err, 620, "cannot change '%s': %s", path,
                             strerror(errno));
        }
    }

    return 0;
}


int
pdn_registry_lock(const pdn_registry_edit_t *e, pdn_error_t *err)
{
    char path[PATH_MAX];
    int fd;

    if (pdn_folder_path(path, e->keys, "lock", err) != 0) {
        return -1;
    }

    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    while (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            close(fd);
            fd = -1;
        }
    }

    if (fd < 0) {
        return pdn_error(err, 620, "cannot lock '%s': %s", path,
                         strerror(errno));
    }

    if (pdn_edit_settle(e, err) != 0) {
        close(fd);
        return -1;
    }

    return fd;
}


int
pdn_registry_init(const pdn_registry_edit_t *e, pdn_error_t *err)
{
    pdn_key_t root, online;
    pdn_problem_t problem;
    char index[PATH_MAX];

    if (pdn_folder_root(e) != 0) {
        return pdn_error(err, 620, "'%s' is a registry already", e->folder);
    }

    if (pdn_folder_path(index, e->folder, "index", err) != 0) {
        return -1;
    }

    if (pdn_fs_mkdir(index, &problem) != 0
        || pdn_fs_mkdir(e->keys, &problem) != 0) {
        return pdn_error(err, 620, "%s", problem.text);
    }

    if (chmod(e->keys, 0700) != 0) {
        return pdn_error(err, 620, "cannot keep '%s' to ourselves: %s", e->keys,
                         strerror(errno));
    }

    return pdn_folder_key(e, "root.key", 1, &root, err) != 0
                   || pdn_folder_key(e, "online.key", 1, &online, err) != 0
                   || pdn_edit_root(e, &root, &online, NULL, err) != 0
               ? -1
               : pdn_registry_sign(e, err);
}


/*
 * A copy that is found by its hash. Who still has the list of before finds
 * what it names, so nobody sees half of a change.
 */
static int
pdn_edit_by_hash(const pdn_registry_edit_t *e, const pdn_str_t *text,
                 char hex[PDN_DIGEST_HEX + 1], pdn_error_t *err)
{
    char name[PDN_DIGEST_HEX + 16], path[PATH_MAX];
    pdn_digest_t sum;

    if (pdn_digest(text->data, text->len, &sum, err) != 0) {
        return -1;
    }

    pdn_digest_hex(&sum, hex);
    snprintf(name, sizeof(name), "by-hash/%s", hex);

    if (pdn_folder_path(path, e->folder, name, err) != 0) {
        return -1;
    }

    return pdn_fs_exists(path)
               ? 0
               : pdn_folder_write(e, name, text->data, text->len, err);
}


/* "name": "hash" of each index. */
typedef struct {
    const pdn_registry_edit_t *e;
    pdn_str_t *out;
    pdn_error_t *err;
} pdn_edit_walk_t;


static int
pdn_edit_snapshot_one(void *ctx, const char *path)
{
    char name[PATH_MAX], hex[PDN_DIGEST_HEX + 1];
    pdn_edit_walk_t *w = ctx;
    pdn_str_t text = { 0 };
    int rc;

    rc = snprintf(name, sizeof(name), "index/%s", path) < (int) sizeof(name)
             ? pdn_folder_read(w->e, name, &text, w->err)
             : pdn_error(w->err, 620, "the path of '%s' is too long", path);
    rc = rc == 1 ? pdn_edit_by_hash(w->e, &text, hex, w->err) : -1;
    pdn_str_release(&text);

    if (rc == 0) {
        pdn_jsonl_field(w->out, path, hex);
    }

    return rc;
}


static int
pdn_edit_snapshot(const pdn_registry_edit_t *e, int64_t version,
                  int64_t expires, pdn_str_t *out, pdn_error_t *err)
{
    pdn_edit_walk_t walk = { e, out, err };
    pdn_problem_t problem;
    char index[PATH_MAX];

    if (pdn_folder_path(index, e->folder, "index", err) != 0) {
        return -1;
    }

    pdn_edit_head(out, "snapshot", version, expires);
    pdn_jsonl_key(out, "packages");
    pdn_jsonl_open(out, '{');

    if (pdn_fs_walk(index, pdn_edit_snapshot_one, &walk, &problem) != 0) {
        return err->number != 0 ? -1 : pdn_error(err, 620, "%s", problem.text);
    }

    pdn_jsonl_close(out, '}');
    pdn_jsonl_close(out, '}');

    return 0;
}


/* Names the snapshot by the hash of its file. */
static int
pdn_edit_timestamp(const pdn_registry_edit_t *e, const pdn_str_t *snapshot,
                   int64_t version, int64_t expires, pdn_str_t *out,
                   pdn_error_t *err)
{
    char hex[PDN_DIGEST_HEX + 1];

    if (pdn_edit_by_hash(e, snapshot, hex, err) != 0) {
        return -1;
    }

    pdn_edit_head(out, "timestamp",
                  pdn_folder_version(e, "timestamp.json", "timestamp") + 1,
                  expires);
    pdn_jsonl_field(out, "snapshot", hex);
    pdn_jsonl_key(out, "snapshot_version");
    pdn_jsonl_uint(out, version);
    pdn_jsonl_close(out, '}');

    return 0;
}


int
pdn_registry_sign(const pdn_registry_edit_t *e, pdn_error_t *err)
{
    const pdn_key_t *secrets[] = { NULL, NULL };
    pdn_str_t snapshot = { 0 }, timestamp = { 0 };
    int64_t version, expires;
    pdn_key_t online;
    int rc;

    if (pdn_folder_key(e, "online.key", 0, &online, err) != 0) {
        return -1;
    }

    secrets[0] = &online;
    version = pdn_folder_version(e, "snapshot.json", "snapshot") + 1;
    expires = e->expired ? e->now - 1
                         : e->now
                               + (e->days != 0 ? e->days : PDN_REGISTRY_DAYS)
                                     * PDN_REGISTRY_DAY;

    rc = pdn_edit_snapshot(e, version, expires, &snapshot, err) != 0
                 || pdn_edit_sign(e, "snapshot.json", &snapshot, secrets, err)
                        != 0
                 || pdn_edit_timestamp(e, &snapshot, version, expires,
                                       &timestamp, err)
                        != 0
             ? -1
             : pdn_edit_sign(e, "timestamp.json", &timestamp, secrets, err);

    pdn_str_release(&snapshot);
    pdn_str_release(&timestamp);

    return rc;
}


int
pdn_registry_rotate(const pdn_registry_edit_t *e, pdn_error_t *err)
{
    pdn_key_t before, root, online;

    return pdn_folder_key(e, "root.key", 0, &before, err) != 0
                   || pdn_folder_key(e, "root.key.new", 1, &root, err) != 0
                   || pdn_folder_key(e, "online.key.new", 1, &online, err) != 0
                   || pdn_edit_root(e, &root, &online, &before, err) != 0
                   || pdn_edit_settle(e, err) != 0
               ? -1
               : pdn_registry_sign(e, err);
}
