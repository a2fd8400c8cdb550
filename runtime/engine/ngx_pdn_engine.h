/*
 * SPDX-License-Identifier: MIT
 *
 * The engine's contract: hosts, tasks, waits.  Everything that Lua can wait
 * for is built on these three, in HTTP, in timers, in drivers alike.
 *
 *   host   what Lua runs for: a request, a timer, the worker itself.  It
 *          embeds ngx_pdn_host_t and fills in its accessors
 *   task   one coroutine that runs for a host: its entry code, or a light
 *          thread
 *   wait   what a suspended task waits for; the operation embeds it
 *
 * A suspending function, called from Lua:
 *
 *     static int
 *     ngx_pdn_thing_wait(lua_State *L)
 *     {
 *         ngx_pdn_thing_t  *t;
 *
 *         ngx_pdn_check(L, NGX_PDN_MAY_WAIT);          raises elsewhere
 *         t = ...;
 *         t->wait.push = ngx_pdn_thing_push;
 *         t->wait.cancel = ngx_pdn_thing_cancel;
 *         return ngx_pdn_suspend(L, &t->wait);
 *     }
 *
 * and its event handler ends with ngx_pdn_wake(&t->wait), after which `t`,
 * its task and its host may be gone.
 */

#ifndef NGX_PDN_ENGINE_H
#define NGX_PDN_ENGINE_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include <lua.h>
#include <lualib.h>
#include <lauxlib.h>
#include <luajit.h>


/* Phases, one bit each. */

#define NGX_PDN_SET              0x00001
#define NGX_PDN_REWRITE          0x00002
#define NGX_PDN_ACCESS           0x00004
#define NGX_PDN_CONTENT          0x00008
#define NGX_PDN_LOG              0x00010
#define NGX_PDN_HEADER_FILTER    0x00020
#define NGX_PDN_BODY_FILTER      0x00040
#define NGX_PDN_TIMER            0x00080
#define NGX_PDN_INIT_WORKER      0x00100
#define NGX_PDN_BALANCER         0x00200
#define NGX_PDN_SSL_CERT         0x00400
#define NGX_PDN_SSL_SESS_STORE   0x00800
#define NGX_PDN_SSL_SESS_FETCH   0x01000
#define NGX_PDN_EXIT_WORKER      0x02000
#define NGX_PDN_SSL_CLIENT_HELLO 0x04000
#define NGX_PDN_SERVER_REWRITE   0x08000
#define NGX_PDN_INIT             0x10000
#define NGX_PDN_PREREAD          0x20000 /* of stream */

/* Phases with a request whose client still waits for the answer. */
#define NGX_PDN_ANSWERING                                                      \
    (NGX_PDN_SERVER_REWRITE | NGX_PDN_REWRITE | NGX_PDN_ACCESS                 \
     | NGX_PDN_CONTENT | NGX_PDN_PREREAD)

/* Phases with a real request at all. */
#define NGX_PDN_REQUEST                                                        \
    (NGX_PDN_ANSWERING | NGX_PDN_SET | NGX_PDN_HEADER_FILTER                   \
     | NGX_PDN_BODY_FILTER | NGX_PDN_LOG | NGX_PDN_BALANCER)

/* Phases whose code may be suspended. */
#define NGX_PDN_MAY_WAIT                                                       \
    (NGX_PDN_ANSWERING | NGX_PDN_TIMER | NGX_PDN_SSL_CLIENT_HELLO              \
     | NGX_PDN_SSL_CERT | NGX_PDN_SSL_SESS_FETCH)


/* What an FFI function answers when it may not be called where it was. */

#define NGX_PDN_NO_REQUEST  (-100) /* "no request found" */
#define NGX_PDN_BAD_CONTEXT (-101) /* "API disabled in the context of" */


/* Small, so it finds room where access costs nothing (initial-exec). */
#define NGX_PDN_THREAD_LOCAL __thread __attribute__((tls_model("initial-exec")))


typedef struct ngx_pdn_vm_s ngx_pdn_vm_t;
typedef struct ngx_pdn_host_s ngx_pdn_host_t;
typedef struct ngx_pdn_task_s ngx_pdn_task_t;
typedef struct ngx_pdn_wait_s ngx_pdn_wait_t;
typedef struct ngx_pdn_like_s ngx_pdn_like_t;
typedef struct ngx_pdn_client_ops_s ngx_pdn_client_ops_t;


/* Whose configuration, variables and dictionaries code means. */

typedef enum {
    NGX_PDN_OF_HTTP = 0,
    NGX_PDN_OF_STREAM,
    NGX_PDN_NSUBSYSTEMS
} ngx_pdn_subsystem_e;


typedef struct {
    ngx_uint_t bit;
    const char *label; /* in messages: "access_by_lua*" */
    const char *name;  /* ngx.get_phase(): "access" */
} ngx_pdn_phase_t;


/* Timeouts and sizes of cosockets, merged by location. */

typedef struct {
    ngx_msec_t connect_timeout;
    ngx_msec_t send_timeout;
    ngx_msec_t read_timeout;
    ngx_msec_t keepalive_timeout;
    size_t send_lowat;
    size_t buffer_size;
    ngx_uint_t pool_size;
    ngx_flag_t log_errors;
    ngx_flag_t tcp_nodelay; /* nginx's own directive */
    ngx_ssl_t *ssl;         /* of clients, see ngx_pdn_tls_conf_t */
} ngx_pdn_socket_conf_t;


typedef struct {
    const char *name; /* "http", "timer", "worker" */

    /*
     * A run that had been suspended has ended: `rc` is NGX_OK, NGX_ERROR
     * (an error was logged) or what ngx_pdn_leave() was given.  May free
     * the host.
     */
    void (*finish)(ngx_pdn_host_t *host, ngx_int_t rc);

    /*
     * The resolver that a `resolver` directive configured for this host, or
     * NULL: then the system's files decide.
     */
    ngx_resolver_t *(*resolver)(ngx_pdn_host_t *host, ngx_msec_t *timeout);

    /* Every task waits now: time to send what was printed.  May be NULL. */
    void (*pause)(ngx_pdn_host_t *host);

    /*
     * What the host is about, for debug lines: a request's URI and its
     * arguments.  NULL where it is about nothing.
     */
    void (*subject)(ngx_pdn_host_t *host, ngx_str_t *uri, ngx_str_t *args);

    /*
     * Fills in what a timer made here takes over, see ngx_pdn_background.h.
     * NULL where no timer can be made.
     */
    void (*like)(ngx_pdn_host_t *host, ngx_pdn_like_t *like);

    /* The client's; NULL, or no function at all: there is no client. */
    ngx_connection_t *(*connection)(ngx_pdn_host_t *host);

    /* See ngx_pdn_client.h; NULL: there is no client to answer. */
    const ngx_pdn_client_ops_t *client;
} ngx_pdn_host_ops_t;


struct ngx_pdn_host_s {
    const ngx_pdn_host_ops_t *ops;
    const ngx_pdn_phase_t *phase; /* being run now */
    ngx_pdn_vm_t *vm;
    ngx_pool_t *pool; /* lives as long as the host */
    ngx_log_t *log;
    const ngx_pdn_socket_conf_t *socket_conf;
    void *data;        /* ngx_http_request_t ... */
    ngx_queue_t tasks; /* ngx_pdn_task_t, living */
    ngx_queue_t ready; /* of them, those woken */
    ngx_queue_t woken; /* in the engine's own queue */
    ngx_uint_t living; /* tasks that have not ended */
    ngx_int_t leave_rc;
    double id;             /* 0 until somebody asks, then this host's alone */
    int ctx_ref;           /* ngx.ctx, or LUA_NOREF */
    int on_abort;          /* reference of its function, or 0 */
    ngx_pdn_wait_t *flush; /* ngx.flush(true) waits */
    ngx_pdn_subsystem_e subsystem;
    unsigned leaving : 1;   /* ngx_pdn_leave() was called */
    unsigned running : 1;   /* a run has not ended */
    unsigned suspended : 1; /* finish() is to be called */
    unsigned failed : 1;    /* the entry task raised */
    unsigned linked : 1;    /* `woken` is in use */
    unsigned settling : 1;  /* its tasks are being run */
};


typedef enum {
    NGX_PDN_TASK_RUNNING = 0,
    NGX_PDN_TASK_SUSPENDED,
    NGX_PDN_TASK_READY,  /* woken, in the queue of the ready */
    NGX_PDN_TASK_ZOMBIE, /* ended; its parent has not asked yet */
    NGX_PDN_TASK_DEAD
} ngx_pdn_task_state_e;


struct ngx_pdn_task_s {
    ngx_queue_t link;  /* in host->tasks */
    ngx_queue_t ready; /* in the queue of the ready */
    ngx_pdn_host_t *host;
    ngx_pdn_task_t *parent; /* of a light thread */
    ngx_queue_t children;   /* by sibling */
    ngx_queue_t sibling;
    ngx_pdn_wait_t *wait;    /* what it waits for, or NULL */
    ngx_pdn_task_t *spawned; /* child that is to start first */
    lua_State *L;
    int ref;   /* keeps L from the collector */
    int nargs; /* on L, for when it is resumed */
    ngx_pdn_task_state_e state;
    unsigned light : 1;
    unsigned failed : 1;   /* ended by an error */
    unsigned gave_way : 1; /* by coroutine.yield() */
    unsigned awaited : 1;  /* its parent waits for it */
    unsigned joining : 1;  /* it waits for children */
    unsigned bound : 1;    /* not to be killed while it waits */
    unsigned nested : 1;   /* a user's coroutine of it waits */
};


struct ngx_pdn_wait_s {
    ngx_pdn_task_t *task; /* while pending, else NULL */

    /*
     * Pushes the operation's results on `L`, answers how many.  Called right
     * before the task goes on; afterwards the wait is not touched again, so
     * this may free the operation.  [-0, +n, -]
     */
    int (*push)(lua_State *L, ngx_pdn_wait_t *wait);

    /*
     * The task dies (killed, client gone, worker exit): gives back whatever
     * the operation holds: timers, events, descriptors.  Never wakes.
     */
    void (*cancel)(ngx_pdn_wait_t *wait);
};


/*
 * The task whose Lua code runs now; NULL outside of Lua, and always on the
 * threads of ngx.run_worker_thread().
 */
extern NGX_PDN_THREAD_LOCAL ngx_pdn_task_t *ngx_pdn_task;


/* Raises "API disabled in the context of ..." outside of `phases`. */
ngx_pdn_host_t *ngx_pdn_check(lua_State *L, ngx_uint_t phases);

/* Of the current task: "access_by_lua*", "access"; NULL outside of any. */
const char *ngx_pdn_phase_label(void);
int ngx_pdn_lacks_request(void);
const char *ngx_pdn_phase_name(void);

/* For FFI: NGX_OK, NGX_PDN_NO_REQUEST or NGX_PDN_BAD_CONTEXT. */
ngx_int_t ngx_pdn_allowed(ngx_uint_t phases);

/*
 * Suspends the current task until ngx_pdn_wake(); a C function called by Lua
 * returns the value of this at once.  The wait lives until push or cancel.
 * Cancels it and raises where Lua cannot yield: in a comparison function of
 * table.sort(), say.
 */
int ngx_pdn_suspend(lua_State *L, ngx_pdn_wait_t *wait);

/*
 * The operation has ended.  Outside of Lua the task runs before this
 * returns, and may free wait, task and host; inside of Lua it runs as soon
 * as the running task stops.
 */
void ngx_pdn_wake(ngx_pdn_wait_t *wait);

/*
 * Ends the whole run of the current host with `rc`, all of its tasks
 * included; a C function returns the value of this at once.  In phases that
 * cannot wait it only notes `rc` in host->leave_rc and returns 0.
 */
int ngx_pdn_leave(lua_State *L, ngx_int_t rc);


/*
 * What log lines say about code of stream, as ngx_lua's sister does: "stream "
 * or "".
 */
static ngx_inline const char *
ngx_pdn_said_by(ngx_pdn_subsystem_e subsystem)
{
    return subsystem == NGX_PDN_OF_STREAM ? "stream " : "";
}


/* For those who fill in a host. */

void ngx_pdn_host_init(ngx_pdn_host_t *host, const ngx_pdn_host_ops_t *ops,
                       ngx_pdn_vm_t *vm, ngx_pool_t *pool, ngx_log_t *log);

/*
 * Runs the function on top of the host's VM stack, with `nargs` arguments
 * above it, as the entry task of `phase`.  [-(1+nargs), +0, -]
 *
 *   NGX_OK      ended, with all light threads
 *   NGX_AGAIN   suspended; host->ops->finish() will tell the end
 *   NGX_ERROR   failed, logged
 *   other       what ngx_pdn_leave() was given
 */
ngx_int_t ngx_pdn_run(ngx_pdn_host_t *host, const ngx_pdn_phase_t *phase,
                      int nargs);

/*
 * The same for phases that cannot wait; `nresults` results are left on the
 * VM's stack when it answers NGX_OK, nothing otherwise.
 */
ngx_int_t ngx_pdn_call(ngx_pdn_host_t *host, const ngx_pdn_phase_t *phase,
                       int nargs, int nresults);

/* Kills what still runs; the host may run something else afterwards. */
void ngx_pdn_host_stop(ngx_pdn_host_t *host);

/*
 * The host's number.  Unlike an address it is never used again, so that what
 * was kept of a host cannot be found by another.
 */
double ngx_pdn_host_id(ngx_pdn_host_t *host);

/* Forgets ngx.ctx: the next look at it makes another table. */
void ngx_pdn_ctx_drop(ngx_pdn_host_t *host);

/* Stops it, and drops ngx.ctx.  The host's memory is the caller's. */
void ngx_pdn_host_release(ngx_pdn_host_t *host);


/* Counters of this worker, to prove that nothing leaks. */

typedef struct {
    ngx_uint_t hosts;   /* living */
    ngx_uint_t tasks;   /* living */
    ngx_uint_t waits;   /* pending */
    ngx_uint_t timers;  /* pending ngx.timer.* */
    ngx_uint_t sockets; /* open cosockets, pooled too */
    uint64_t resumes;   /* since the start */
} ngx_pdn_counters_t;

extern ngx_pdn_counters_t ngx_pdn_counters;


#endif /* NGX_PDN_ENGINE_H */
