/* SPDX-License-Identifier: MIT */
/* Whole files in and out of a folder that is open; used by store/ only. */

#ifndef PDN_STORE_IO_H
#define PDN_STORE_IO_H

#include "pdn_error.h"

#include <sys/types.h>

/*
 * Writes a file that nobody sees before it is whole; makes its folders. One
 * that is there is replaced.
 */
int pdn_io_put(int folder, const char *name, const char *data, size_t len,
               mode_t mode, pdn_error_t *err);

/* Adds the file's bytes; 1, or 0 when it is not there or cannot be read. */
int pdn_io_get(int folder, const char *name, pdn_str_t *out);

/* The rest of an open file as a new one. */
int pdn_io_copy(int fd, int folder, const char *name, mode_t mode,
                pdn_error_t *err);

/* Makes the folders above a name; 0, or -1 with errno. */
int pdn_io_folders(int folder, const char *name);

#endif /* PDN_STORE_IO_H */
