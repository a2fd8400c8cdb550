/*
 * SPDX-License-Identifier: MIT
 *
 * Starts and runs the privileged agent.  nginx spawns and respawns it as it
 * does its workers; what it does between is what nginx's cache manager does,
 * but for giving its rights away.
 *
 * The moment is the end of a configuration's making.  When nginx goes to the
 * background (`daemon on`), that is before it does, so the child would be
 * nobody's: there the agent comes with the first reload.
 */

#include <ngx_channel.h>

#include "ngx_pdn_agent.h"


/* For Lua's FFI, in init_by_lua. */
ngx_int_t ngx_pdn_ffi_agent_enable(ngx_int_t connections);


static ngx_uint_t ngx_pdn_agent_too_early(void);
static void ngx_pdn_agent_cycle(ngx_cycle_t *cycle, void *data);
static void ngx_pdn_agent_init(ngx_cycle_t *cycle);
static void ngx_pdn_agent_close_channels(ngx_cycle_t *cycle);
static void ngx_pdn_agent_channel(ngx_event_t *ev);
static void ngx_pdn_agent_command(ngx_channel_t *ch);
static void ngx_pdn_agent_quit(ngx_cycle_t *cycle);
static void ngx_pdn_agent_exit(ngx_cycle_t *cycle);


/* What this process is; a reload changes nothing about that. */
static ngx_uint_t ngx_pdn_agent;


ngx_uint_t
ngx_pdn_is_agent(void)
{
    return ngx_pdn_agent;
}


/* NGX_DECLINED: there will be none. */
ngx_int_t
ngx_pdn_ffi_agent_enable(ngx_int_t connections)
{
    ngx_core_conf_t *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    if (!ccf->master || ngx_pdn_agent_too_early()) {
        return NGX_DECLINED;
    }

    ngx_pdn_conf((ngx_cycle_t *) ngx_cycle)->agent_connections = ngx_max(
        connections, 1);

    return NGX_OK;
}


static ngx_uint_t
ngx_pdn_agent_too_early(void)
{
    ngx_core_conf_t *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    return ccf->daemon && !ngx_daemonized && !ngx_inherited;
}


ngx_int_t
ngx_pdn_agent_start(ngx_cycle_t *cycle)
{
    ngx_int_t kind;

    if (ngx_pdn_conf(cycle)->agent_connections == 0 || ngx_test_config) {
        return NGX_OK;
    }

    /* One that a reload brings is not to get the signal for the old ones. */

    kind = ngx_process == NGX_PROCESS_MASTER ? NGX_PROCESS_JUST_RESPAWN
                                             : NGX_PROCESS_RESPAWN;

    return ngx_spawn_process(cycle, ngx_pdn_agent_cycle, NULL,
                             "privileged agent process", kind)
                   == NGX_INVALID_PID
               ? NGX_ERROR
               : NGX_OK;
}


static void
ngx_pdn_agent_cycle(ngx_cycle_t *cycle, void *data)
{
    (void) data;

    ngx_process = NGX_PROCESS_HELPER;
    ngx_pdn_agent = 1;
    ngx_cycle = cycle;

    ngx_pdn_agent_init(cycle);

    ngx_setproctitle("privileged agent process");

    for (;;) {

        if (ngx_terminate
            || (ngx_exiting && ngx_event_no_timers_left() == NGX_OK)) {
            ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0, "exiting");
            ngx_pdn_agent_exit(cycle);
        }

        if (ngx_quit) {
            ngx_quit = 0;
            ngx_pdn_agent_quit(cycle);
        }

        if (ngx_reopen) {
            ngx_reopen = 0;
            ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0, "reopening logs");
            ngx_reopen_files(cycle, -1);
        }

        ngx_process_events_and_timers(cycle);
    }
}


static void
ngx_pdn_agent_init(ngx_cycle_t *cycle)
{
    sigset_t set;
    ngx_uint_t i;
    ngx_core_conf_t *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    ngx_close_listening_sockets(cycle);

    cycle->connection_n = ngx_pdn_conf(cycle)->agent_connections;

    /* When nginx starts, the master has not installed them yet. */

    sigemptyset(&set);

    if (ngx_init_signals(cycle->log) != NGX_OK
        || sigprocmask(SIG_SETMASK, &set, NULL) == -1
        || ngx_set_environment(cycle, NULL) == NULL)
    {
        exit(2);
    }

    if (ccf->working_directory.len
        && chdir((char *) ccf->working_directory.data) == -1)
    {
        ngx_log_error(NGX_LOG_ALERT, cycle->log, ngx_errno,
                      "chdir(\"%s\") failed", ccf->working_directory.data);
        exit(2);
    }

    for (i = 0; cycle->modules[i] != NULL; i++) {
        if (cycle->modules[i]->init_process != NULL
            && cycle->modules[i]->init_process(cycle) == NGX_ERROR)
        {
            exit(2);
        }
    }

    ngx_use_accept_mutex = 0;

    ngx_pdn_agent_close_channels(cycle);
}


/* Of other processes' channels it keeps the ends to write to. */
static void
ngx_pdn_agent_close_channels(ngx_cycle_t *cycle)
{
    ngx_int_t n;

    for (n = 0; n < ngx_last_process; n++) {
        if (ngx_processes[n].pid != -1 && n != ngx_process_slot
            && ngx_processes[n].channel[1] != -1)
        {
            (void) close(ngx_processes[n].channel[1]);
        }
    }

    (void) close(ngx_processes[ngx_process_slot].channel[0]);

    if (ngx_add_channel_event(cycle, ngx_channel, NGX_READ_EVENT,
                              ngx_pdn_agent_channel)
        == NGX_ERROR)
    {
        exit(2);
    }
}


static void
ngx_pdn_agent_channel(ngx_event_t *ev)
{
    ngx_int_t n;
    ngx_channel_t ch;
    ngx_connection_t *c = ev->data;

    if (ev->timedout) {
        ev->timedout = 0;
        return;
    }

    for (;;) {
        n = ngx_read_channel(c->fd, &ch, sizeof(ngx_channel_t), ev->log);

        if (n == NGX_ERROR) {

            if (ngx_event_flags & NGX_USE_EPOLL_EVENT) {
                ngx_del_conn(c, 0);
            }

            ngx_close_connection(c);
            return;
        }

        if (n == NGX_AGAIN) {
            return;
        }

        ngx_pdn_agent_command(&ch);
    }
}


static void
ngx_pdn_agent_command(ngx_channel_t *ch)
{
    switch (ch->command) {

    case NGX_CMD_QUIT:
        ngx_quit = 1;
        break;

    case NGX_CMD_TERMINATE:
        ngx_terminate = 1;
        break;

    case NGX_CMD_REOPEN:
        ngx_reopen = 1;
        break;

    case NGX_CMD_OPEN_CHANNEL:
        ngx_processes[ch->slot].pid = ch->pid;
        ngx_processes[ch->slot].channel[0] = ch->fd;
        ngx_last_process = ngx_max(ngx_last_process, ch->slot + 1);
        break;

    case NGX_CMD_CLOSE_CHANNEL:
        (void) close(ngx_processes[ch->slot].channel[0]);
        ngx_processes[ch->slot].channel[0] = -1;
        ngx_processes[ch->slot].pid = -1;
        break;

    default:
        break;
    }
}


/* Gracefully: timers that run may end. */
static void
ngx_pdn_agent_quit(ngx_cycle_t *cycle)
{
    if (ngx_exiting) {
        return;
    }

    ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0, "gracefully shutting down");

    ngx_exiting = 1;
    ngx_set_shutdown_timer(cycle);
    ngx_close_idle_connections(cycle);
    ngx_event_process_posted(cycle, &ngx_posted_events);
}


static void
ngx_pdn_agent_exit(ngx_cycle_t *cycle)
{
    ngx_uint_t i;

    for (i = 0; cycle->modules[i] != NULL; i++) {
        if (cycle->modules[i]->exit_process != NULL) {
            cycle->modules[i]->exit_process(cycle);
        }
    }

    ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0, "exit");

    exit(0);
}
