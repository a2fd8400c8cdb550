/*
 * SPDX-License-Identifier: MIT
 *
 * Programs that a worker runs, for the module `ngx.pipe`: a child process
 * with a pipe to each of its standard streams.  Nothing here blocks: pipes
 * and the child's end are events.
 *
 * A child belongs to the Lua value that it was given to and to the host that
 * began it; when either ends, so does the child, by SIGKILL.
 */

#ifndef NGX_PDN_CHILD_H
#define NGX_PDN_CHILD_H


#include "ngx_pdn_vm.h"
#include "ngx_pdn_bytes.h"


typedef enum {
    NGX_PDN_CHILD_STDIN = 0,
    NGX_PDN_CHILD_STDOUT,
    NGX_PDN_CHILD_STDERR,
    NGX_PDN_CHILD_NENDS
} ngx_pdn_child_end_e;


/* What a read wants. */

typedef enum {
    NGX_PDN_CHILD_ALL = 0,
    NGX_PDN_CHILD_BYTES,
    NGX_PDN_CHILD_LINE,
    NGX_PDN_CHILD_ANY
} ngx_pdn_child_kind_e;


typedef struct ngx_pdn_child_s ngx_pdn_child_t;


/* Our end of a pipe, and the one task that may wait for it. */

typedef struct {
    ngx_pdn_wait_t wait;
    ngx_pdn_child_t *child;
    ngx_connection_t *c;   /* NULL: closed */
    ngx_pdn_bytes_t bytes; /* come and not asked for, or still to go */
    ngx_msec_t timeout;    /* 0: none */
    ngx_pdn_child_kind_e kind;
    size_t want;     /* of NGX_PDN_CHILD_BYTES and _ANY; bytes to write */
    const char *err; /* why it waited in vain */
    int anchor;      /* keeps the Lua value while a task waits */
    unsigned waiting : 1;
    unsigned aborted : 1; /* closed while a task waited */
} ngx_pdn_child_end_t;


struct ngx_pdn_child_s {
    ngx_queue_t link; /* in the worker's list, until it is reaped */
    ngx_pid_t pid;
    ngx_pdn_vm_t *vm;
    ngx_connection_t *watch; /* its pidfd; NULL: it has ended */
    ngx_pdn_child_end_t ends[NGX_PDN_CHILD_NENDS];
    ngx_pool_cleanup_t *cleanup; /* of the host; NULL: it has ended */
    size_t buffer_size;
    ngx_uint_t refs;

    /* wait() */
    ngx_pdn_wait_t wait;
    ngx_event_t timer;
    ngx_msec_t timeout;
    int anchor;
    const char *err;

    const char *reason; /* "exit", "signal"; NULL while it runs */
    int status;
    unsigned waiting : 1;
    unsigned merged : 1; /* stderr goes where stdout goes */
    unsigned closed : 1; /* its end was told of, or it was destroyed */
};


typedef struct {
    char *const *argv; /* ends with NULL; the program first */
    char *const *envp; /* NULL: the worker's */
    size_t buffer_size;
    ngx_uint_t merge_stderr;
} ngx_pdn_child_options_t;


/*
 * Starts a program for `host`; NULL with `*err`, and `*code` of errno or 0.
 * The caller's reference is given back by ngx_pdn_child_free().
 */
ngx_pdn_child_t *ngx_pdn_child_spawn(ngx_pdn_host_t *host,
                                     const ngx_pdn_child_options_t *options,
                                     const char **err, int *code);

/* Kills it, wakes who waits ("aborted"), closes its pipes. */
void ngx_pdn_child_destroy(ngx_pdn_child_t *child);
void ngx_pdn_child_free(ngx_pdn_child_t *child);

/* Closes our end; who waits for it is woken: "aborted". */
void ngx_pdn_child_close(ngx_pdn_child_end_t *end);

/* Before the worker exits: kills all of them. */
void ngx_pdn_children_end(void);

/* A pipe's events, see ngx_pdn_child_io.c. */
void ngx_pdn_child_read_handler(ngx_event_t *ev);
void ngx_pdn_child_write_handler(ngx_event_t *ev);
void ngx_pdn_child_idle_handler(ngx_event_t *ev);


/*
 * For Lua, with the child's value at index 1 of the stack.  Each suspends
 * or pushes its results at once, and answers how many.  [-0, +n, e]
 */
int ngx_pdn_child_read(lua_State *L, ngx_pdn_child_end_t *end,
                       ngx_pdn_child_kind_e kind, size_t want);
int ngx_pdn_child_write(lua_State *L, ngx_pdn_child_end_t *end,
                        const u_char *data, size_t len);
int ngx_pdn_child_wait(lua_State *L, ngx_pdn_child_t *child);

/* nil, err  [-0, +2, e] */
int ngx_pdn_child_refuse(lua_State *L, const char *err);


#endif /* NGX_PDN_CHILD_H */
