/*
 * SPDX-License-Identifier: MIT
 *
 * TCP and unix cosockets: what their files share.
 *
 *   ngx_pdn_tcp_object.c   the object in Lua, its birth and death
 *   ngx_pdn_tcp.c          what the operations share, methods without waits
 *   ngx_pdn_tcp_option.c   setoption() and getoption()
 *   ngx_pdn_tcp_target.c   the arguments of connect()
 *   ngx_pdn_tcp_connect.c  from a name to a connection
 *   ngx_pdn_tcp_tls.c      sslhandshake()
 *   ngx_pdn_tcp_read.c     receive() and receiveany()
 *   ngx_pdn_tcp_until.c    receiveuntil()
 *   ngx_pdn_tcp_write.c    send()
 *   ngx_pdn_tcp_pool.c     pools by name, their count and their queue
 *   ngx_pdn_tcp_keepalive.c  setkeepalive() and the idle connections
 *
 * A socket belongs to the host that connected it and is closed when the host
 * ends.  One over a client's own connection (ngx.req.socket) has that lent by
 * its owner, and leaves closing to it.  Three operations may be pending at a
 * time, one of each kind: a connect alone, or a read beside a write.
 */

#ifndef NGX_PDN_TCP_H
#define NGX_PDN_TCP_H


#include "ngx_pdn_engine.h"
#include "ngx_pdn_vm.h"
#include "ngx_pdn_bytes.h"
#include "ngx_pdn_fault.h"
#include "ngx_pdn_member.h"
#include "ngx_pdn_resolve.h"
#include "ngx_pdn_lent.h"


#define ngx_pdn_tcp_debug1(u, fmt, a)                                          \
    ngx_log_debug2(NGX_LOG_DEBUG_CORE, (u)->host->log, 0, "%s" fmt,            \
                   ngx_pdn_said_by((u)->host->subsystem), a)

#define ngx_pdn_tcp_debug2(u, fmt, a, b)                                       \
    ngx_log_debug3(NGX_LOG_DEBUG_CORE, (u)->host->log, 0, "%s" fmt,            \
                   ngx_pdn_said_by((u)->host->subsystem), a, b)


typedef struct ngx_pdn_tcp_pool_s ngx_pdn_tcp_pool_t;
typedef struct ngx_pdn_tcp_until_s ngx_pdn_tcp_until_t;


/*
 * An operation is busy from its suspension until its results are pushed; it
 * is pending as long as an event may still end it.
 */

typedef struct {
    ngx_pdn_wait_t wait;
    ngx_pdn_fault_t fault;
    unsigned busy : 1;
    unsigned pending : 1;
} ngx_pdn_tcp_op_t;


typedef struct {
    ngx_pdn_tcp_op_t op;
    ngx_event_t timer; /* of the queue and of connect() */
    ngx_queue_t link;  /* in pool->waiting */
    ngx_pdn_resolve_t resolve;
    ngx_pdn_addr_t path;   /* of a unix socket */
    ngx_pdn_addr_t *addrs; /* to try, in turn */
    ngx_uint_t naddrs;
    ngx_uint_t next;
    ngx_uint_t left;
    ngx_str_t host;
    in_port_t port;
    unsigned queued : 1;
} ngx_pdn_tcp_connect_t;


typedef enum {
    NGX_PDN_TCP_LINE = 0,
    NGX_PDN_TCP_SIZE,
    NGX_PDN_TCP_ALL,
    NGX_PDN_TCP_ANY,
    NGX_PDN_TCP_UNTIL
} ngx_pdn_tcp_read_e;


typedef struct {
    ngx_pdn_tcp_op_t op;
    ngx_pdn_tcp_read_e mode;
    size_t size;    /* wanted; ANY, UNTIL: at most */
    size_t scanned; /* of what is buffered */
    size_t take;    /* the result's length */
    size_t skip;    /* what is dropped behind it */
    ngx_pdn_tcp_until_t *until;
} ngx_pdn_tcp_reader_t;


typedef struct {
    ngx_pdn_tcp_op_t op;
    size_t size; /* of the whole message */
} ngx_pdn_tcp_writer_t;


typedef struct {
    ngx_str_t name;      /* that the server's certificate must have */
    unsigned verify : 1; /* whether it must be good at all */
} ngx_pdn_tcp_tls_t;


struct ngx_pdn_tcp_s {
    ngx_connection_t *connection;
    ngx_pdn_tcp_owner_t *owner; /* of a lent connection, or NULL */
    ngx_pdn_host_t *host;       /* NULL: never connected, or gone */
    ngx_pdn_member_t member;    /* of the host */
    ngx_pdn_tcp_pool_t *pool;   /* that counts this connection */
    ngx_str_t name;             /* of the pool it may go to */
    ngx_uint_t reused;
    ngx_msec_t connect_timeout; /* 0: the host's */
    ngx_msec_t send_timeout;
    ngx_msec_t read_timeout;
    ngx_pdn_addr_t local; /* bind() */
    ngx_pdn_bytes_t in;
    ngx_pdn_bytes_t out;
    ngx_pdn_tcp_connect_t connect;
    ngx_pdn_tcp_reader_t reader;
    ngx_pdn_tcp_writer_t writer;
    ngx_pdn_tcp_tls_t tls;
    unsigned read_closed : 1;
    unsigned write_closed : 1;
    unsigned eof : 1;    /* the peer has ended */
    unsigned orphan : 1; /* collected while busy */
};


/* The object: ngx_pdn_tcp_object.c */

/* The socket at index 1, or raises. */
ngx_pdn_tcp_t *ngx_pdn_tcp_check(lua_State *L);

/* The same for FFI, of what the object has at [1]; NULL: no live socket. */
ngx_pdn_tcp_t *ngx_pdn_tcp_of(void *handle);

/* Frees a socket that was collected, once nothing waits in it. */
void ngx_pdn_tcp_bury(ngx_pdn_tcp_t *u);


/* Operations: ngx_pdn_tcp.c */

/* Raises "bad request" unless the socket belongs to the current host. */
void ngx_pdn_tcp_check_host(lua_State *L, ngx_pdn_tcp_t *u);

#define NGX_PDN_TCP_CONNECTING 1
#define NGX_PDN_TCP_READING    2
#define NGX_PDN_TCP_WRITING    4

/* Pushes nil and "socket busy ..." [+2] and is true, or false [+0]. */
ngx_uint_t ngx_pdn_tcp_busy(lua_State *L, ngx_pdn_tcp_t *u, ngx_uint_t ops);

/* The same as a text, or NULL. */
const char *ngx_pdn_tcp_busy_text(const ngx_pdn_tcp_t *u, ngx_uint_t ops);

/* Closes the connection, if any, and forgets all about it. */
void ngx_pdn_tcp_shut(ngx_pdn_tcp_t *u);

/* The same without closing it: another owner has it now. */
void ngx_pdn_tcp_detach(ngx_pdn_tcp_t *u);

/* Suspends the task in the operation; a C function returns this at once. */
int ngx_pdn_tcp_suspend(lua_State *L, ngx_pdn_tcp_op_t *op,
                        int (*push)(lua_State *L, ngx_pdn_wait_t *wait),
                        void (*cancel)(ngx_pdn_wait_t *wait));

/* To be called last by each push and cancel: `u` may be gone afterwards. */
void ngx_pdn_tcp_op_end(ngx_pdn_tcp_t *u, ngx_pdn_tcp_op_t *op);

/* The operation has ended; `u` may be gone afterwards. */
void ngx_pdn_tcp_op_wake(ngx_pdn_tcp_op_t *op);

/* Handlers of an open connection's events. */
void ngx_pdn_tcp_read_event(ngx_event_t *rev);
void ngx_pdn_tcp_write_event(ngx_event_t *wev);
void ngx_pdn_tcp_connect_event(ngx_event_t *ev);

/* An open connection becomes the socket's. */
void ngx_pdn_tcp_attach(ngx_pdn_tcp_t *u, ngx_connection_t *c);

/* Binds the socket to a host until the host ends; NGX_ERROR: no memory. */
ngx_int_t ngx_pdn_tcp_adopt(ngx_pdn_tcp_t *u, ngx_pdn_host_t *host);


/* Methods: (sock, ...) of Lua */

int ngx_pdn_tcp_bind(lua_State *L);
int ngx_pdn_tcp_close(lua_State *L);
int ngx_pdn_tcp_connect(lua_State *L);
int ngx_pdn_tcp_getfd(lua_State *L);
int ngx_pdn_tcp_getreusedtimes(lua_State *L);
int ngx_pdn_tcp_handshake(lua_State *L);
int ngx_pdn_tcp_receive(lua_State *L);
int ngx_pdn_tcp_receiveany(lua_State *L);
int ngx_pdn_tcp_receiveuntil(lua_State *L);
int ngx_pdn_tcp_send(lua_State *L);
int ngx_pdn_tcp_setkeepalive(lua_State *L);
int ngx_pdn_tcp_setoption(lua_State *L);
int ngx_pdn_tcp_getoption(lua_State *L);
int ngx_pdn_tcp_settimeout(lua_State *L);
int ngx_pdn_tcp_shutdown(lua_State *L);
int ngx_pdn_tcp_settimeouts(lua_State *L);


/* Reading: ngx_pdn_tcp_read.c */

/*
 * True, pushing [+2] nil and an error, when nothing can be read: closed, or
 * another thread reads.  Raises when it is another host's.
 */
ngx_uint_t ngx_pdn_tcp_unreadable(lua_State *L, ngx_pdn_tcp_t *u);

/* Reads as `mode` says; a C function returns the value of this at once. */
int ngx_pdn_tcp_read(lua_State *L, ngx_pdn_tcp_t *u, ngx_pdn_tcp_read_e mode,
                     size_t size, ngx_pdn_tcp_until_t *until);

/* Sets reader.take and .skip when the pattern or enough before it is there. */
ngx_uint_t ngx_pdn_tcp_until_found(ngx_pdn_tcp_t *u);

/* How many bytes at the end may be the beginning of the pattern. */
size_t ngx_pdn_tcp_until_held(ngx_pdn_tcp_t *u);


/* Connecting: ngx_pdn_tcp_target.c, ngx_pdn_tcp_connect.c */

typedef struct {
    ngx_str_t host;
    in_port_t port;
    ngx_str_t pool;       /* its own name, or empty */
    ngx_uint_t pool_size; /* 0: not given */
    ngx_int_t backlog;    /* -1: not given */
} ngx_pdn_tcp_target_t;

/* Reads the arguments; 0, or the number of results pushed: nil, err. */
int ngx_pdn_tcp_target_read(lua_State *L, ngx_pdn_tcp_target_t *target);

/* Copies host and pool name to the socket; NGX_ERROR: no memory. */
ngx_int_t ngx_pdn_tcp_target_keep(ngx_pdn_tcp_t *u,
                                  ngx_pdn_tcp_target_t *target);

ngx_msec_t ngx_pdn_tcp_connect_timeout(const ngx_pdn_tcp_t *u);

/* A queued connect's turn has come; it is counted by the pool already. */
void ngx_pdn_tcp_connect_admitted(ngx_pdn_tcp_t *u);


/* Pools: ngx_pdn_tcp_pool.c, ngx_pdn_tcp_keepalive.c */

ngx_pdn_tcp_pool_t *ngx_pdn_tcp_pool_find(lua_State *L, ngx_str_t *name);

/* `backlog` below 0: any number of connections.  NULL: no memory. */
ngx_pdn_tcp_pool_t *ngx_pdn_tcp_pool_create(lua_State *L, ngx_str_t *name,
                                            ngx_uint_t size, ngx_int_t backlog,
                                            ngx_log_t *log);

/* Counts the socket's connection, also one that is only tried. */
void ngx_pdn_tcp_pool_count(ngx_pdn_tcp_pool_t *pool, ngx_pdn_tcp_t *u);
void ngx_pdn_tcp_pool_uncount(ngx_pdn_tcp_t *u);

/* Gives the socket the latest idle connection; NGX_DECLINED: there is none. */
ngx_int_t ngx_pdn_tcp_pool_take(ngx_pdn_tcp_pool_t *pool, ngx_pdn_tcp_t *u);

/*
 * Asks for a connection: NGX_OK go ahead, NGX_AGAIN queued,
 * NGX_DECLINED the queue is full.
 */
ngx_int_t ngx_pdn_tcp_pool_admit(ngx_pdn_tcp_pool_t *pool, ngx_pdn_tcp_t *u);

/* Leaves the queue. */
void ngx_pdn_tcp_pool_leave(ngx_pdn_tcp_t *u);


#endif /* NGX_PDN_TCP_H */
