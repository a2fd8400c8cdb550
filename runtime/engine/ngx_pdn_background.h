/*
 * SPDX-License-Identifier: MIT
 *
 * Hosts without a client: timers, and the worker's own code.
 */

#ifndef NGX_PDN_BACKGROUND_H
#define NGX_PDN_BACKGROUND_H


#include "ngx_pdn_vm.h"


/*
 * What a background host takes over from where it was asked for: the
 * configuration of a location, or of http itself, and whom log lines name.
 */

struct ngx_pdn_like_s {
    ngx_log_t *log; /* of the configuration: lives as long as the cycle */
    const ngx_pdn_socket_conf_t *socket_conf; /* so does this */
    ngx_resolver_t *resolver;                 /* or NULL */
    ngx_msec_t resolver_timeout;
    ngx_pdn_subsystem_e subsystem;
    ngx_str_t client; /* address, or empty */
    ngx_str_t server;
};


/* The host is gone; `rc` as of finish(). */
typedef void (*ngx_pdn_background_end_pt)(void *data, ngx_int_t rc);


/*
 * A host with a pool of its own, which `like` is copied to; NULL without
 * memory.  When a run of it had
 * to wait, the host frees itself at the end and calls `end` (may be NULL);
 * when ngx_pdn_run() answers anything but NGX_AGAIN, the caller frees it.
 */
ngx_pdn_host_t *ngx_pdn_background_create(ngx_pdn_vm_t *vm,
                                          const ngx_pdn_like_t *like,
                                          ngx_pdn_background_end_pt end,
                                          void *data);
void ngx_pdn_background_free(ngx_pdn_host_t *host);


#endif /* NGX_PDN_BACKGROUND_H */
