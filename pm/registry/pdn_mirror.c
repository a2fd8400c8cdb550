/* SPDX-License-Identifier: MIT */
/* Mirrors of foreign servers; see pdn_mirror.h. */

#include "pdn_mirror.h"
#include "pdn_digest.h"
#include "pdn_fs.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>


int
pdn_mirror_takes(const pdn_lock_entry_t *entry)
{
    if (entry->place.kind != PDN_PLACE_SOURCE) {
        return 0;
    }

    /* of a rockspec alone the source lies elsewhere */
    return strcmp(entry->id.source, "opm") == 0
           || (strcmp(entry->id.source, "rocks") == 0 && entry->art != NULL
               && strcmp(entry->art, "rockspec") != 0
               && strchr(entry->id.name, '/') == NULL);
}


static int
pdn_mirror_path(const char *folder, const pdn_lock_entry_t *entry,
                char out[PATH_MAX], pdn_error_t *err)
{
    int n;

    n = entry->art != NULL
            ? snprintf(out, PATH_MAX, "%s/rocks/%s-%s.%s.rock", folder,
                       entry->id.name, entry->version, entry->art)
            : snprintf(out, PATH_MAX, "%s/opm/%s-%s.opm.tar.gz", folder,
                       entry->id.name, entry->version);

    return n < PATH_MAX ? 0
                        : pdn_error(err, 620, "the path of '%s' is too long",
                                    entry->id.name);
}


/* opm/index: "ACCOUNT/NAME VERSION MD5", a line for each. */
static int
pdn_mirror_index(const char *folder, const pdn_lock_entry_t *entry,
                 const pdn_str_t *bytes, pdn_error_t *err)
{
    pdn_str_t text = { 0 }, line = { 0 };
    pdn_problem_t problem;
    char path[PATH_MAX], sum[33];
    int rc;

    if (pdn_fs_join(path, folder, "opm/index") != 0) {
        return pdn_error(err, 620, "the path of '%s' is too long", folder);
    }

    if (pdn_digest_md5(bytes->data, bytes->len, sum, err) != 0) {
        return -1;
    }

    pdn_str_printf(&line, "%s %s %s\n", entry->id.name, entry->version, sum);
    rc = pdn_fs_exists(path) ? pdn_fs_read(path, &text, &problem) : 0;

    if (rc == 0 && strstr(pdn_str_z(&text), pdn_str_z(&line)) == NULL) {
        pdn_str_add(&text, line.data, line.len);
        rc = text.failed
                 ? -1
                 : pdn_fs_write(path, text.data, text.len, 0644, &problem);
    }

    rc = rc == 0       ? 0
         : text.failed ? pdn_error_memory(err)
                       : pdn_error(err, 620, "%s", problem.text);
    pdn_str_release(&text);
    pdn_str_release(&line);

    return rc;
}


int
pdn_mirror_put(const char *folder, pdn_store_t *store,
               const pdn_lock_entry_t *entry, pdn_error_t *err)
{
    pdn_str_t bytes = { 0 }, there = { 0 };
    pdn_problem_t problem;
    char path[PATH_MAX];
    int rc;

    if (pdn_mirror_path(folder, entry, path, err) != 0) {
        return -1;
    }

    rc = pdn_cache_get(store, entry->src, &bytes) ? 1 : -1;

    if (rc < 0) {
        pdn_error(err, 621, "the artifact of %s is not in the cache",
                  entry->id.name);

    } else if (pdn_fs_exists(path)) {
        rc = pdn_fs_read(path, &there, &problem) != 0
                 ? pdn_error(err, 620, "%s", problem.text)
             : there.len == bytes.len
                     && memcmp(there.data, bytes.data, bytes.len) == 0
                 ? 0
                 : pdn_error(err, 206,
                             "'%s' has other bytes than the server has now",
                             path);

    } else if (pdn_fs_write(path, bytes.data, bytes.len, 0644, &problem) != 0) {
        rc = pdn_error(err, 620, "%s", problem.text);
    }

    if (rc >= 0 && entry->art == NULL
        && pdn_mirror_index(folder, entry, &bytes, err) != 0)
    {
        rc = -1;
    }

    pdn_str_release(&bytes);
    pdn_str_release(&there);

    return rc;
}


/* One file of rocks/, taken apart from its end: NAME-VERSION-REV.ARCH.rock */
typedef struct {
    pdn_str_t *out;
    char name[256]; /* whose versions are being listed */
    char version[256];
} pdn_mirror_walk_t;


static int
pdn_mirror_split(const char *path, char full[256], char **version, char **arch)
{
    static const char tail[] = ".rock";
    size_t len;
    char *dash;

    len = strlen(path);

    if (len <= sizeof(tail) - 1 || len >= 256
        || strcmp(path + len - (sizeof(tail) - 1), tail) != 0
        || strpbrk(path, "\"\\/") != NULL)
    {
        return -1;
    }

    memcpy(full, path, len - (sizeof(tail) - 1));
    full[len - (sizeof(tail) - 1)] = '\0';

    *arch = strrchr(full, '.');
    if (*arch == NULL) {
        return -1;
    }
    *(*arch)++ = '\0';

    dash = strrchr(full, '-');
    while (dash != NULL && dash > full && *--dash != '-') {
        /* void */
    }

    if (dash == NULL || dash == full) {
        return -1;
    }

    *dash = '\0';
    *version = dash + 1;

    return 0;
}


static int
pdn_mirror_row(void *ctx, const char *path)
{
    pdn_mirror_walk_t *w = ctx;
    char full[256], *version, *arch;
    int same;

    if (pdn_mirror_split(path, full, &version, &arch) != 0) {
        return 0;
    }

    same = strcmp(w->name, full) == 0;

    if (w->version[0] != '\0' && (!same || strcmp(w->version, version) != 0)) {
        pdn_str_puts(w->out, " },\n");
        w->version[0] = '\0';
    }

    if (!same) {
        pdn_str_printf(w->out, "%s   [\"%s\"] = {\n",
                       w->name[0] != '\0' ? "   },\n" : "", full);
        snprintf(w->name, sizeof(w->name), "%s", full);
    }

    if (w->version[0] == '\0') {
        pdn_str_printf(w->out, "      [\"%s\"] = {", version);
        snprintf(w->version, sizeof(w->version), "%s", version);
    }

    pdn_str_printf(w->out, " { arch = \"%s\" },", arch);

    return 0;
}


int
pdn_mirror_list(const char *folder, pdn_error_t *err)
{
    pdn_str_t out = { 0 };
    pdn_mirror_walk_t walk = { .out = &out };
    pdn_problem_t problem;
    char rocks[PATH_MAX], path[PATH_MAX];
    int rc;

    if (pdn_fs_join(rocks, folder, "rocks") != 0
        || pdn_fs_join(path, rocks, "manifest-5.1") != 0)
    {
        return pdn_error(err, 620, "the path of '%s' is too long", folder);
    }

    if (!pdn_fs_is_folder(rocks)) {
        return 0;
    }

    pdn_str_puts(&out, "commands = {}\nmodules = {}\nrepository = {\n");
    rc = pdn_fs_walk(rocks, pdn_mirror_row, &walk, &problem);
    pdn_str_puts(&out, walk.version[0] != '\0' ? " },\n   },\n}\n" : "}\n");

    rc = out.failed ? pdn_error_memory(err)
         : rc != 0 || pdn_fs_write(path, out.data, out.len, 0644, &problem) != 0
             ? pdn_error(err, 620, "%s", problem.text)
             : 0;
    pdn_str_release(&out);

    return rc;
}
