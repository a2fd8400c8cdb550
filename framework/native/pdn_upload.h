/* SPDX-License-Identifier: MIT */
/*
 * A file that an upload is written to: in a given folder, under a random
 * name, readable by nobody else (0600).
 */

#ifndef PDN_UPLOAD_H
#define PDN_UPLOAD_H

#include "pdn.h"

#define PDN_UPLOAD_PATH 1024

typedef struct {
    int fd; /* -1 while there is none */
    size_t size;
    char path[PDN_UPLOAD_PATH];
} pdn_upload_t;

/* Each returns NULL, or a static text that says what failed (see errno). */
const char *pdn_upload_create(pdn_upload_t *u, const char *folder);
const char *pdn_upload_write(pdn_upload_t *u, pdn_slice_t data);

/* Closes the file and leaves it where it is. */
const char *pdn_upload_close(pdn_upload_t *u);

#endif /* PDN_UPLOAD_H */
