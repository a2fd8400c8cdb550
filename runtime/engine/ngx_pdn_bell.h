/*
 * SPDX-License-Identifier: MIT
 *
 * Bells: how one worker wakes another.  Whoever changes something in shared
 * memory that others wait for rings their bells; a bell says "look again" and
 * no more, so rings that come together are one.
 *
 * Each process of nginx has the bell of its slot.  They are eventfds that the
 * master makes once and hands on from configuration to configuration, so the
 * workers of before a reload hear those of after it.  A worker that starts
 * rings all others: it may stand in for one that died with something in hand.
 */

#ifndef NGX_PDN_BELL_H
#define NGX_PDN_BELL_H


#include "ngx_pdn_vm.h"


/* Bells there are at most; processes beyond share them. */
#define NGX_PDN_BELLS 128


/* A set of bells: who waits for one thing.  Lies in shared memory. */

typedef struct {
    uint64_t bits[NGX_PDN_BELLS / 64];
} ngx_pdn_bell_set_t;


/* Called in the event loop when this process' bell was rung. */

typedef struct {
    ngx_queue_t link;
    void (*handler)(void);
} ngx_pdn_bell_listener_t;


/*
 * The bells of a new configuration: those of `old`, or new ones.  They live
 * as long as a cycle that has them.
 */
ngx_int_t ngx_pdn_bells_create(ngx_cycle_t *cycle, ngx_pdn_conf_t *old);

/* Listens from now on, in a process that has just been forked. */
ngx_int_t ngx_pdn_bell_start(ngx_cycle_t *cycle);

void ngx_pdn_bell_listen(ngx_pdn_bell_listener_t *listener);

/* How many there are, and which is this process' own. */
ngx_uint_t ngx_pdn_bell_count(void);
ngx_uint_t ngx_pdn_bell_own(void);

/* Puts this process' own bell into a set. */
void ngx_pdn_bell_join(ngx_pdn_bell_set_t *set);

/* Moves all bells of `from` to `to`. */
void ngx_pdn_bell_move(ngx_pdn_bell_set_t *from, ngx_pdn_bell_set_t *to);

/* Rings them; not to be called under a lock, for it is a system call each. */
void ngx_pdn_bell_ring(const ngx_pdn_bell_set_t *set);


#endif /* NGX_PDN_BELL_H */
