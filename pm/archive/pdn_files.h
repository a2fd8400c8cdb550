/* SPDX-License-Identifier: MIT */
/*
 * A package's files in memory: what an archive holds, what a build made, what
 * goes into the store. A name gets in only by pdn_files_add(), which refuses
 * every name that could land elsewhere than meant.
 */

#ifndef PDN_FILES_H
#define PDN_FILES_H

#include "pdn_arena.h"
#include "pdn_error.h"

#define PDN_FILES_MAX      65536               /* of one package */
#define PDN_FILES_MAX_SIZE (256 * 1024 * 1024) /* of all of them, in bytes */

typedef struct {
    const char *path; /* relative, parts joined by single slashes */
    const char *data;
    size_t len;
    unsigned exec : 1;
} pdn_file_t;

/* All zeroes is none. Names and bytes lie in the arena. */
typedef struct {
    pdn_arena_t *arena;
    pdn_file_t *items;
    size_t n;
    size_t cap;
    size_t bytes;                   /* of all files */
    size_t max_bytes;               /* 0: PDN_FILES_MAX_SIZE */
    struct pdn_files_slot_s *table; /* of names, without their case */
    size_t table_size;
    size_t table_used;
} pdn_files_t;

/*
 * Is it a name that a package may have? P0602: absolute, or with `.` or `..`
 * as a part. P0603: empty parts, a backslash, control bytes, bytes that are
 * not UTF-8, a part over 255 bytes, all over 1024.
 */
int pdn_files_check(const char *path, size_t len, pdn_error_t *err);

/*
 * Adds a file whose bytes the caller keeps in the arena; the name is copied.
 * Beyond the above: P0607, the name is there already, or differs from one in
 * case only, or is both a file and a folder; P0608 and P0609, the limits.
 */
int pdn_files_add(pdn_files_t *files, const char *path, size_t len,
                  const char *data, size_t size, int exec, pdn_error_t *err);

const pdn_file_t *pdn_files_find(const pdn_files_t *files, const char *path);

/*
 * The folder that every file lies in, with its slash: "lpeg-1.1.0/"; "" when
 * they have none in common. Lives in the arena.
 */
const char *pdn_files_common(const pdn_files_t *files, pdn_error_t *err);

/* Reads a folder from disk; links and devices are refused (P0604, P0605). */
int pdn_files_read(pdn_files_t *files, const char *folder,
                   const char *const *skip, pdn_error_t *err);

/* Writes all below an empty folder that is ours. */
int pdn_files_write(const pdn_files_t *files, const char *folder,
                    pdn_error_t *err);

/* In the order of names. */
void pdn_files_sort(pdn_files_t *files);

#endif /* PDN_FILES_H */
