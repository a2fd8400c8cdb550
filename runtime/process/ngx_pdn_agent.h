/*
 * SPDX-License-Identifier: MIT
 *
 * The privileged agent: a process that serves nobody, keeps the rights of the
 * master (a worker gives root away), and runs init_worker_by_lua and timers.
 * init_by_lua asks for it.
 */

#ifndef NGX_PDN_AGENT_H
#define NGX_PDN_AGENT_H


#include "ngx_pdn_vm.h"


/* Told as a process's type, beside NGX_PROCESS_WORKER ... */
#define NGX_PDN_PROCESS_AGENT 99


/* Is this process one? */
ngx_uint_t ngx_pdn_is_agent(void);

/* Once a configuration is complete, in the master: starts it if asked for. */
ngx_int_t ngx_pdn_agent_start(ngx_cycle_t *cycle);


#endif /* NGX_PDN_AGENT_H */
