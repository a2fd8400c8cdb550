/*
 * SPDX-License-Identifier: MIT
 *
 * A c-ares channel on nginx's event loop.
 */

#ifndef NGX_PDN_ARES_H
#define NGX_PDN_ARES_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <ares.h>


typedef struct {
    ares_channel channel;
    ngx_event_t timer;
    ngx_event_t end;    /* posted: frees it */
    ngx_uint_t pending; /* lookups under way */
    ngx_queue_t sockets;
    unsigned stale : 1; /* resolv.conf has changed since */
} ngx_pdn_ares_t;


/* The worker's channel, made when there is none; NULL after logging why. */
ngx_pdn_ares_t *ngx_pdn_ares_current(void);

/* To be called after each question, so that its timeout is kept. */
void ngx_pdn_ares_set_timer(ngx_pdn_ares_t *ares);

/* One lookup less of those that were counted in `pending`. */
void ngx_pdn_ares_release(ngx_pdn_ares_t *ares);


#endif /* NGX_PDN_ARES_H */
