/*
 * SPDX-License-Identifier: MIT
 *
 * Limits of rates: buckets and windows.  Their state is a few numbers under a
 * key of a shared dictionary, that goes by itself when it says nothing any
 * more, and may be evicted like any value: then the limit begins anew.
 */

#ifndef NGX_PDN_LIMIT_H
#define NGX_PDN_LIMIT_H


#include "ngx_pdn_shm.h"


/* Known to Lua's FFI. */

typedef struct {
    double rate;   /* a bucket's: units a second that leave it */
    double size;   /* of a bucket or a window: units */
    double period; /* of a window: seconds */
    double cost;   /* units wanted; below 0 gives some back */
    int32_t sliding;
    int32_t peek; /* nothing is taken */
    double left;  /* out: units that could be had now */
    double wait;  /* out: seconds; see below */
} ngx_pdn_limit_t;


/*
 * A bucket, leaking or of tokens, which are two views of one thing.  Each
 * unit makes the moment when the bucket is empty later by 1/rate; that moment
 * may be size/rate from now at most.
 *
 *   NGX_OK        taken; wait: how long to wait to keep to the rate
 *   NGX_DECLINED  wait: until there would be enough
 *   NGX_ERROR     no memory
 */
int ngx_pdn_limit_bucket(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                         ngx_pdn_limit_t *limit);

/*
 * A window of `period` seconds.  Sliding, the part of the window before that
 * still counts is taken from its sum, as if that had come evenly.  NGX_OK:
 * wait is until the window ends.  Else as above.
 */
int ngx_pdn_limit_window(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                         ngx_pdn_limit_t *limit);


#endif /* NGX_PDN_LIMIT_H */
