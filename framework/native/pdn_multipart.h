/* SPDX-License-Identifier: MIT */
/*
 * multipart/form-data (RFC 7578), pushed in pieces of any size. Parts come
 * out by callbacks, their data as slices, so nothing is kept but the headers
 * of the part at hand and what of a boundary has been seen.
 */

#ifndef PDN_MULTIPART_H
#define PDN_MULTIPART_H

#include "pdn.h"

#define PDN_MULTIPART_BOUNDARY 70
#define PDN_MULTIPART_HEADERS  8192

typedef struct {
    pdn_slice_t name;
    pdn_slice_t filename; /* the last step of a path; data is NULL if none */
    pdn_slice_t type;     /* Content-Type; data is NULL if none */
} pdn_multipart_part_t;

/*
 * Slices die when the callback returns. Each returns 0, or a static text that
 * says why it refuses, which ends the parse with that error.
 */
typedef struct {
    const char *(*part)(void *ctx, const pdn_multipart_part_t *part);
    const char *(*data)(void *ctx, pdn_slice_t data);
    const char *(*end)(void *ctx);
} pdn_multipart_sink_t;

typedef struct {
    pdn_err_t err; /* `pos` counts from the start of the body */

    /* private from here */

    const pdn_multipart_sink_t *sink;
    void *ctx;
    size_t max_parts;
    size_t parts;
    size_t offset;       /* of `start` in the body */
    const u_char *start; /* of the piece being fed */
    unsigned state;
    size_t matched;  /* bytes of the delimiter seen */
    size_t mark_len; /* of "\r\n--boundary" */
    size_t headers_len;
    u_char mark[PDN_MULTIPART_BOUNDARY + 4];
    u_char headers[PDN_MULTIPART_HEADERS];
} pdn_multipart_t;

/*
 * Finds the boundary in the value of a Content-Type header, and writes it,
 * at most PDN_MULTIPART_BOUNDARY bytes.
 *
 *   PDN_OK     found
 *   PDN_ERROR  not multipart/form-data, or no boundary of 1 to 70 letters
 */
pdn_rc_t pdn_multipart_boundary(pdn_slice_t type, u_char *boundary,
                                size_t *len);

/*
 * Takes the headers of a part apart, which end with the CRLF of the last one;
 * undoes escapes in place. Returns NULL, or why they are refused.
 */
const char *pdn_multipart_part_read(u_char *text, size_t len,
                                    pdn_multipart_part_t *part);

void pdn_multipart_init(pdn_multipart_t *m, pdn_slice_t boundary,
                        size_t max_parts, const pdn_multipart_sink_t *sink,
                        void *ctx);

/*
 *   PDN_AGAIN  taken, the closing boundary has not been seen yet
 *   PDN_DONE   the closing boundary has been seen; what follows is ignored
 *   PDN_ERROR  see `m->err`; stays so
 */
pdn_rc_t pdn_multipart_feed(pdn_multipart_t *m, pdn_slice_t in);

/* The body ended: PDN_DONE if it was complete, else PDN_ERROR. */
pdn_rc_t pdn_multipart_finish(pdn_multipart_t *m);

#endif /* PDN_MULTIPART_H */
