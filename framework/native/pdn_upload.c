/* SPDX-License-Identifier: MIT */
/*
 * Plain writes: they go to the page cache, as nginx's own spooling of bodies
 * does.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "pdn_upload.h"
#include "pdn_base64.h"
#include "pdn_crypto.h"


const char *
pdn_upload_create(pdn_upload_t *u, const char *folder)
{
    int n;
    u_char raw[18], name[25];

    u->fd = -1;
    u->size = 0;

    if (pdn_crypto_random(raw, sizeof(raw)) != PDN_OK) {
        return "cannot name a file for an upload";
    }

    name[pdn_base64_encode(name, pdn_slice(raw, sizeof(raw)), 1)] = '\0';

    n = snprintf(u->path, sizeof(u->path), "%s/upload-%s", folder, name);
    if (n < 0 || (size_t) n >= sizeof(u->path)) {
        errno = ENAMETOOLONG;
        return "cannot create a file for an upload";
    }

    u->fd = open(u->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                 0600);

    return u->fd < 0 ? "cannot create a file for an upload" : NULL;
}


const char *
pdn_upload_write(pdn_upload_t *u, pdn_slice_t data)
{
    ssize_t n;

    while (data.len != 0) {
        n = write(u->fd, data.data, data.len);

        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }

            return "cannot write an upload to its file";
        }

        data.data += n;
        data.len -= (size_t) n;
        u->size += (size_t) n;
    }

    return NULL;
}


const char *
pdn_upload_close(pdn_upload_t *u)
{
    int rc;

    rc = close(u->fd);
    u->fd = -1;

    return rc == 0 ? NULL : "cannot write an upload to its file";
}
