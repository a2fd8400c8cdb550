/* SPDX-License-Identifier: MIT */
/*
 * Which addresses may be asked, and whether two belong to the same server.
 * Plain http is for this machine only; nothing but http and https is spoken.
 */

#ifndef PDN_URL_H
#define PDN_URL_H

#include "pdn_error.h"

#include <stddef.h>

#define PDN_URL_MAX 2048

typedef struct {
    char scheme[8];
    char host[256]; /* lower case, without brackets */
    int port;
    const char *path; /* into the text, "" or beginning with a slash */
    unsigned loopback : 1;
} pdn_url_t;

/*
 * Takes an address apart. Refuses user names in it, white space and control
 * bytes, other schemes, and http to anything but the loopback addresses.
 */
int pdn_url_read(const char *text, pdn_url_t *url, pdn_error_t *err);

/* Same scheme, host and port. */
int pdn_url_same_origin(const pdn_url_t *a, const pdn_url_t *b);

/* Is `path` the folder `base` or below it? Both as they stand in a url. */
int pdn_url_below(const char *base, const char *path);

/* "base" and "name" with one slash between; 0, or -1 when too long. */
int pdn_url_join(char out[PDN_URL_MAX], const char *base, const char *name);

#endif /* PDN_URL_H */
