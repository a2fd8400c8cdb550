/* SPDX-License-Identifier: MIT */
/* A package's files in memory; see pdn_files.h. */

#include "pdn_files.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define PDN_FILES_PATH 1024
#define PDN_FILES_PART 255

/*
 * Names with equal hashes are taken for equal; the seed is this process's, so
 * that nobody can choose two that are.
 */
static uint64_t pdn_files_seed;

/* A name that is taken: by its hash without case, and as it is written. */
typedef struct pdn_files_slot_s {
    uint64_t folded; /* 0: free */
    uint64_t exact;
    unsigned folder;
} pdn_files_slot_t;


/* The length of the UTF-8 character at p, 0 when it is none. */
static size_t
pdn_files_utf8(const unsigned char *p, size_t left)
{
    size_t n, i;

    if (p[0] < 0x80) {
        return p[0] < 0x20 || p[0] == 0x7f ? 0 : 1;
    }

    n = p[0] >= 0xf0 && p[0] <= 0xf4  ? 4
        : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
        : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
                                      : 0;
    if (n == 0 || n > left) {
        return 0;
    }

    for (i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }

    /* overlong forms, surrogates, beyond Unicode, C1 controls */
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)
        || (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)
        || (p[0] == 0xc2 && p[1] < 0xa0))
    {
        return 0;
    }

    return n;
}


static int
pdn_files_check_bytes(const char *path, size_t len, pdn_error_t *err)
{
    size_t i, n;

    for (i = 0; i < len; i += n) {
        n = pdn_files_utf8((const unsigned char *) path + i, len - i);
        if (n == 0 || path[i] == '\\') {
            return pdn_error(err, 603,
                             "the name '%.*s' has a byte that no file of a "
                             "package may have",
                             (int) len, path);
        }
    }

    return 0;
}


static int
pdn_files_check_part(const char *path, size_t len, const char *part, size_t n,
                     pdn_error_t *err)
{
    if ((n == 1 && part[0] == '.')
        || (n == 2 && part[0] == '.' && part[1] == '.')) {
        return pdn_error(err, 602, "the name '%.*s' leads out of the package",
                         (int) len, path);
    }

    if (n == 0 || n > PDN_FILES_PART) {
        return pdn_error(err, 603, "the name '%.*s' has a part that is %s",
                         (int) len, path, n == 0 ? "empty" : "too long");
    }

    return 0;
}


int
pdn_files_check(const char *path, size_t len, pdn_error_t *err)
{
    const char *part, *end, *slash;

    if (len == 0 || len > PDN_FILES_PATH) {
        return pdn_error(err, 603, "a name of %zu bytes", len);
    }

    if (path[0] == '/') {
        return pdn_error(err, 602, "the name '%.*s' is absolute", (int) len,
                         path);
    }

    if (pdn_files_check_bytes(path, len, err) != 0) {
        return -1;
    }

    end = path + len;

    for (part = path; part <= end; part = slash + 1) {
        slash = memchr(part, '/', end - part);
        slash = slash != NULL ? slash : end;

        if (pdn_files_check_part(path, len, part, slash - part, err) != 0) {
            return -1;
        }
    }

    return 0;
}


static uint64_t
pdn_files_hash(const char *path, size_t len, int fold)
{
    uint64_t h;
    size_t i;

    if (pdn_files_seed == 0) {
        if (getrandom(&pdn_files_seed, sizeof(pdn_files_seed), 0) < 0) {
            pdn_files_seed = (uintptr_t) &h;
        }
        pdn_files_seed |= 1;
    }

    h = pdn_files_seed;

    for (i = 0; i < len; i++) {
        h ^= (unsigned char) (fold ? tolower((unsigned char) path[i])
                                   : path[i]);
        h *= 0x9e3779b97f4a7c15ULL;
        h ^= h >> 29;
    }

    return h | 1;
}


static pdn_files_slot_t *
pdn_files_slot(const pdn_files_t *files, uint64_t folded)
{
    size_t i;

    for (i = folded >> 8;; i++) {
        i &= files->table_size - 1;
        if (files->table[i].folded == 0 || files->table[i].folded == folded) {
            return &files->table[i];
        }
    }
}


static int
pdn_files_room(pdn_files_t *files)
{
    pdn_files_slot_t *old;
    size_t i, size;

    if (files->table_used * 2 < files->table_size) {
        return 0;
    }

    old = files->table;
    size = files->table_size;
    files->table_size = size != 0 ? size * 2 : 64;
    files->table = pdn_arena_array(files->arena, files->table_size,
                                   sizeof(pdn_files_slot_t));
    if (files->table == NULL) {
        files->table = old;
        files->table_size = size;
        return -1;
    }

    for (i = 0; i < size; i++) {
        if (old[i].folded != 0) {
            *pdn_files_slot(files, old[i].folded) = old[i];
        }
    }

    return 0;
}


/* Takes the name of a file or of a folder; a folder may be taken again. */
static int
pdn_files_claim(pdn_files_t *files, const char *path, size_t len,
                unsigned folder, pdn_error_t *err)
{
    pdn_files_slot_t *slot;
    uint64_t folded, exact;

    if (pdn_files_room(files) != 0) {
        return pdn_error_memory(err);
    }

    folded = pdn_files_hash(path, len, 1);
    exact = pdn_files_hash(path, len, 0);
    slot = pdn_files_slot(files, folded);

    if (slot->folded == 0) {
        *slot = (pdn_files_slot_t){ folded, exact, folder };
        files->table_used++;
        return 0;
    }

    if (slot->exact != exact) {
        return pdn_error(err, 607,
                         "the name '%.*s' differs from another in case only",
                         (int) len, path);
    }

    if (folder && slot->folder) {
        return 0;
    }

    return pdn_error(err, 607, "the name '%.*s' is there twice", (int) len,
                     path);
}


int
pdn_files_add(pdn_files_t *files, const char *path, size_t len,
              const char *data, size_t size, int exec, pdn_error_t *err)
{
    pdn_file_t *items;
    size_t i, max;

    if (pdn_files_check(path, len, err) != 0) {
        return -1;
    }

    max = files->max_bytes != 0 ? files->max_bytes : PDN_FILES_MAX_SIZE;

    if (size > max || files->bytes > max - size) {
        return pdn_error(err, 608, "more than %zu bytes when unpacked", max);
    }

    if (files->n >= PDN_FILES_MAX) {
        return pdn_error(err, 609, "more than %d files", PDN_FILES_MAX);
    }

    for (i = 1; i < len; i++) {
        if (path[i] == '/' && pdn_files_claim(files, path, i, 1, err) != 0) {
            return -1;
        }
    }

    if (pdn_files_claim(files, path, len, 0, err) != 0) {
        return -1;
    }

    items = pdn_arena_grow(files->arena, files->items, files->n, &files->cap,
                           sizeof(pdn_file_t));
    if (items == NULL) {
        return pdn_error_memory(err);
    }

    files->items = items;
    items[files->n] = (pdn_file_t){
        .path = pdn_arena_text(files->arena, path, len),
        .data = data,
        .len = size,
        .exec = exec != 0,
    };

    if (items[files->n].path == NULL) {
        return pdn_error_memory(err);
    }

    files->n++;
    files->bytes += size;

    return 0;
}


const pdn_file_t *
pdn_files_find(const pdn_files_t *files, const char *path)
{
    size_t i;

    for (i = 0; i < files->n; i++) {
        if (strcmp(files->items[i].path, path) == 0) {
            return &files->items[i];
        }
    }

    return NULL;
}


const char *
pdn_files_common(const pdn_files_t *files, pdn_error_t *err)
{
    const char *first, *slash, *text;
    size_t i, len;

    if (files->n == 0) {
        return "";
    }

    first = files->items[0].path;
    slash = strchr(first, '/');
    len = slash != NULL ? slash - first + 1 : 0;

    for (i = 1; len != 0 && i < files->n; i++) {
        if (strncmp(files->items[i].path, first, len) != 0) {
            len = 0;
        }
    }

    text = pdn_arena_text(files->arena, first, len);
    if (text == NULL) {
        pdn_error_memory(err);
    }

    return text;
}


static int
pdn_files_order(const void *a, const void *b)
{
    return strcmp(((const pdn_file_t *) a)->path,
                  ((const pdn_file_t *) b)->path);
}


void
pdn_files_sort(pdn_files_t *files)
{
    if (files->n > 1) {
        qsort(files->items, files->n, sizeof(pdn_file_t), pdn_files_order);
    }
}
