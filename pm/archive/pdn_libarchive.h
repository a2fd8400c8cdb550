/* SPDX-License-Identifier: MIT */
/* The functions of libarchive that we call, loaded when first needed. */

#ifndef PDN_LIBARCHIVE_H
#define PDN_LIBARCHIVE_H

#include "pdn_error.h"

#include <archive.h>
#include <archive_entry.h>

/* clang-format off */
#define PDN_LIBARCHIVE_MAP(row)                                               \
    row(archive_read_new)                                                     \
    row(archive_read_free)                                                    \
    row(archive_read_support_format_tar)                                      \
    row(archive_read_support_format_zip_seekable)                             \
    row(archive_read_support_filter_gzip)                                     \
    row(archive_read_support_filter_bzip2)                                    \
    row(archive_read_support_filter_xz)                                       \
    row(archive_read_support_filter_zstd)                                     \
    row(archive_read_open_memory)                                             \
    row(archive_read_next_header)                                             \
    row(archive_read_data)                                                    \
    row(archive_error_string)                                                 \
    row(archive_entry_pathname)                                               \
    row(archive_entry_filetype)                                               \
    row(archive_entry_perm)                                                   \
    row(archive_entry_hardlink)                                               \
    row(archive_entry_symlink)                                                \
    row(archive_entry_size)                                                   \
    row(archive_entry_size_is_set)                                            \
    row(archive_write_new)                                                    \
    row(archive_write_free)                                                   \
    row(archive_write_close)                                                  \
    row(archive_write_set_format_ustar)                                       \
    row(archive_write_set_format_zip)                                         \
    row(archive_write_add_filter_gzip)                                        \
    row(archive_write_set_options)                                            \
    row(archive_write_set_bytes_in_last_block)                                \
    row(archive_write_open)                                                   \
    row(archive_write_header)                                                 \
    row(archive_write_data)                                                   \
    row(archive_entry_new)                                                    \
    row(archive_entry_free)                                                   \
    row(archive_entry_set_pathname)                                           \
    row(archive_entry_set_filetype)                                           \
    row(archive_entry_set_perm)                                               \
    row(archive_entry_set_size)                                               \
    row(archive_entry_set_mtime)
/* clang-format on */

#define PDN_LIBARCHIVE_MEMBER(name) __typeof__(&name) name;

typedef struct {
    int loaded;
    PDN_LIBARCHIVE_MAP(PDN_LIBARCHIVE_MEMBER)
} pdn_libarchive_t;

/* The loaded library, NULL with `err` when it is not there. */
const pdn_libarchive_t *pdn_libarchive_load(pdn_error_t *err);

#endif /* PDN_LIBARCHIVE_H */
