/* SPDX-License-Identifier: MIT */
/*
 * Unpacks tar (plain, gz, bz2, xz, zst) and zip into memory, by libarchive,
 * which is loaded when first needed. Regular files and folders only: a link,
 * a device or a set-uid bit makes the whole archive an error, as does one
 * that unpacks to more than it should.
 */

#ifndef PDN_ARCHIVE_H
#define PDN_ARCHIVE_H

#include "pdn_files.h"

/*
 * Adds all files of the archive. The bytes stay the caller's. Returns 0, or
 * -1 with P0601 to P0610 noted.
 */
int pdn_archive_read(const char *data, size_t len, pdn_files_t *files,
                     pdn_error_t *err);

/* Is it an archive by its first bytes? */
int pdn_archive_is(const char *data, size_t len);

/* A .tar.gz of the files in their order, the same bytes for the same files. */
int pdn_archive_pack(const pdn_files_t *files, const char *prefix,
                     pdn_str_t *out, pdn_error_t *err);

/* A .zip, stored and deflated, likewise. */
int pdn_archive_zip(const pdn_files_t *files, pdn_str_t *out, pdn_error_t *err);

#endif /* PDN_ARCHIVE_H */
