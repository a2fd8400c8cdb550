/*
 * SPDX-License-Identifier: MIT
 *
 * Leases: what a lock and a semaphore are made of.  Under one key up to
 * `limit` are out at a time, each until its deadline.  A lease ends when it
 * is given back, when its deadline passes, when the request (timer, ...) that
 * took it ends, or when its process dies: then those who wait learn of it by
 * the bell that the next worker rings.
 */

#ifndef NGX_PDN_LEASE_H
#define NGX_PDN_LEASE_H


#include "ngx_pdn_sync.h"


/* Known to Lua's FFI. */

typedef struct {
    double id; /* of the lease; unique in the zone, never 0 */
    const char *err;
} ngx_pdn_lease_value_t;


typedef struct {
    size_t limit;
    int64_t ttl; /* ms */
} ngx_pdn_lease_terms_t;


/*
 *   NGX_OK       taken: v->id
 *   NGX_AGAIN    `limit` are out: v->id is one of them
 *   NGX_ERROR    v->err is "no memory"
 */
int ngx_pdn_lease_take(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                       size_t limit, double ttl, ngx_pdn_lease_value_t *v);

/* NGX_OK, or NGX_DECLINED: it is not, or no longer, out. */
int ngx_pdn_lease_release(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                          double id);

/* The same; its deadline is now `ttl` from now. */
int ngx_pdn_lease_extend(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                         double id, double ttl);

/* How many are out. */
double ngx_pdn_lease_count(ngx_pdn_shm_t *dict, const u_char *key, size_t len);


/* The same as to release, when the host has been told already. */
int ngx_pdn_lease_end(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                      uint64_t id);


/* For those who hold the mutex. */

/* The id of a lease that is out (the first), or 0. */
uint64_t ngx_pdn_lease_held(ngx_pdn_shm_t *dict, const u_char *key, size_t len);

/* Ends all that are out; bells to ring go to `rung`. */
void ngx_pdn_lease_revoke(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                          ngx_pdn_bell_set_t *rung);

/* Is nothing out, and nobody there who waits? */
ngx_uint_t ngx_pdn_lease_over(ngx_pdn_sync_node_t *node);

/* Removes the node of a lease. */
void ngx_pdn_lease_drop(ngx_pdn_shm_t *dict, ngx_pdn_sync_node_t *node);

/* Takes one, whose id it gives, for no host: else as ngx_pdn_lease_take(). */
ngx_int_t ngx_pdn_lease_try(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                            const ngx_pdn_lease_terms_t *terms, uint64_t *id);

/*
 * While some are out: rings this process when one ends.  `*again` is made to
 * tell, at the latest, when the first deadline passes.
 */
void ngx_pdn_lease_join(ngx_pdn_shm_t *dict, const u_char *key, size_t len,
                        int64_t *again);


#endif /* NGX_PDN_LEASE_H */
