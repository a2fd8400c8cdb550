/*
 * SPDX-License-Identifier: MIT
 *
 * A connection to a server that answers in the order it was asked: Redis,
 * memcached.  Many may ask over one wire at once; what one turn of the event
 * loop asks goes out in one write.  Knows neither Lua nor any protocol.
 *
 *   ngx_pdn_wire.c       asking, answers, deadlines, the end
 *   ngx_pdn_wire_open.c  from a name to a connection that was greeted
 *   ngx_pdn_wire_io.c    reading and writing
 *   ngx_pdn_wire_tls.c   TLS by the pool's keywords
 *
 *     resolving ── connecting ── handshake ── greeting ── ready ── closed
 */

#ifndef NGX_PDN_WIRE_H
#define NGX_PDN_WIRE_H


#include "ngx_pdn_db.h"
#include "ngx_pdn_bytes.h"
#include "ngx_pdn_dial.h"
#include "ngx_pdn_resolve.h"


typedef struct ngx_pdn_wire_s ngx_pdn_wire_t;
typedef struct ngx_pdn_wire_ask_s ngx_pdn_wire_ask_t;


/* The first member of a block on the heap. */

struct ngx_pdn_wire_ask_s {
    ngx_queue_t link;
    ngx_pdn_wire_t *wire;
    ngx_msec_t timeout;  /* 0: none */
    ngx_msec_t deadline; /* ours */
    ngx_uint_t replies;  /* that are still to come */

    /*
     * Called once, from the event loop, never while Lua runs: with `error`,
     * or with `data`, the bytes of all replies, which go when this returns.
     * Afterwards the block is the asker's, who frees it; one that is `late`
     * stays the wire's, which frees it.
     */
    void (*done)(ngx_pdn_wire_ask_t *ask);
    const pdn_db_error_t *error;
    u_char *data;
    size_t len;

    unsigned any : 1;  /* wants the next frame, of whatever kind */
    unsigned late : 1; /* its answer will come, and be thrown away */
};


typedef enum {
    NGX_PDN_WIRE_REPLY = 0,
    NGX_PDN_WIRE_MESSAGE /* nobody asked for it */
} ngx_pdn_wire_frame_e;


typedef struct {
    const char *name; /* in errors: "Redis" */
    in_port_t port;

    /* What `frame` keeps between its calls begins anew. */
    void (*begin)(ngx_pdn_wire_t *wire);

    /*
     * Looks at the frame that begins at `data`.  NGX_OK: it is `*size` bytes
     * long; NGX_AGAIN: more must come, `*size` bytes in all at least;
     * NGX_ERROR: the server broke the protocol, see `*err`.
     */
    ngx_int_t (*frame)(ngx_pdn_wire_t *wire, u_char *data, size_t len,
                       size_t *size, ngx_pdn_wire_frame_e *kind,
                       const char **err);

    /*
     * The connection is there: says hello by ngx_pdn_wire_greet(), or ends
     * with ngx_pdn_wire_ready().
     */
    void (*greet)(ngx_pdn_wire_t *wire);
} ngx_pdn_wire_protocol_t;


typedef enum {
    NGX_PDN_WIRE_OPENING = 0,
    NGX_PDN_WIRE_READY,
    NGX_PDN_WIRE_CLOSED
} ngx_pdn_wire_state_e;


struct ngx_pdn_wire_s {
    ngx_queue_t link; /* the owner's, or zero */
    const ngx_pdn_wire_protocol_t *protocol;
    ngx_pdn_db_pool_t *pool; /* how to connect, and for how long */
    ngx_connection_t *connection;
    ngx_pdn_wire_state_e state;

    ngx_pdn_resolve_t resolve;
    ngx_str_t name;
    ngx_uint_t next; /* address to be tried */
    ngx_event_t opening;

    ngx_queue_t asks; /* in their order */
    ngx_uint_t nasks; /* of them, those that somebody waits for */
    ngx_pdn_wire_ask_t *greeting;
    size_t seen; /* bytes at the front that are the first ask's */
    size_t want; /* a frame needs that many */
    ngx_pdn_bytes_t in;
    ngx_pdn_bytes_t head; /* the greeting, goes out first */
    ngx_pdn_bytes_t out;
    ngx_event_t turn;  /* posted: the turn of the loop ends */
    ngx_event_t timer; /* the next deadline, or the end of rest */

    ngx_msec_t opened;
    ngx_msec_t used;
    pdn_db_error_t error; /* of a wire that is closed */

    /*
     * Of the owner, told once each: it is ready; it takes no more asks, and
     * is closed or will be.  It may be freed by ngx_pdn_wire_free() then.
     */
    void (*ready)(ngx_pdn_wire_t *wire);
    void (*gone)(ngx_pdn_wire_t *wire);
    void *data;

    void (*tls_done)(ngx_pdn_wire_t *wire);
    void *scan; /* the protocol's, on the heap */
    ngx_uint_t held;
    unsigned shared : 1;    /* rests until its idle_timeout */
    unsigned listening : 1; /* messages are wanted, one by one */
    unsigned alone : 1;     /* no owner: ends with its last ask */
    unsigned up : 1;        /* the server can be talked to */
    unsigned failing : 1;   /* the error is there, to be told */
    unsigned freed : 1;
};


/* An unopened one; `scan_size` bytes are the protocol's.  NULL: no memory. */
ngx_pdn_wire_t *ngx_pdn_wire_create(const ngx_pdn_wire_protocol_t *protocol,
                                    ngx_pdn_db_pool_t *pool, size_t scan_size);

/* Begins to open it; ready() or gone() follow, never before this returns. */
void ngx_pdn_wire_open(ngx_pdn_wire_t *wire, struct ngx_pdn_host_s *host);

/*
 * Asks for ask->replies answers to what the caller has put to wire->out, all
 * at once.  The wire is not closed.
 */
void ngx_pdn_wire_ask(ngx_pdn_wire_t *wire, ngx_pdn_wire_ask_t *ask);

/* What was put to wire->out goes out with this turn of the loop. */
void ngx_pdn_wire_send(ngx_pdn_wire_t *wire);

/* Nobody waits for it any more; the block is the wire's. */
void ngx_pdn_wire_forget(ngx_pdn_wire_ask_t *ask);

/* The owner leaves: it ends when all that was asked is answered. */
void ngx_pdn_wire_leave(ngx_pdn_wire_t *wire);

/* Closes and frees it; asks that are pending fail, without gone(). */
void ngx_pdn_wire_free(ngx_pdn_wire_t *wire);


/* For protocols, while greeting. */

/* `ask` is for what was put to wire->head; its deadline is the opening's. */
void ngx_pdn_wire_greet(ngx_pdn_wire_t *wire, ngx_pdn_wire_ask_t *ask);
void ngx_pdn_wire_ready(ngx_pdn_wire_t *wire);


/* Closes it: whatever is pending fails with wire->error, already set. */
void ngx_pdn_wire_fail(ngx_pdn_wire_t *wire);


/* ngx_pdn_wire_io.c */

void ngx_pdn_wire_read_event(ngx_event_t *ev);
void ngx_pdn_wire_write_event(ngx_event_t *ev);
void ngx_pdn_wire_read(ngx_pdn_wire_t *wire);
void ngx_pdn_wire_flush(ngx_pdn_wire_t *wire);


/* ngx_pdn_wire.c, for the files of this folder */

/* Gives answers that have come to those who wait. */
void ngx_pdn_wire_deliver(ngx_pdn_wire_t *wire);

/* Around what may free the wire. */
void ngx_pdn_wire_hold(ngx_pdn_wire_t *wire);
void ngx_pdn_wire_release(ngx_pdn_wire_t *wire);


/* ngx_pdn_wire_tls.c */

/* Whether the pool's keywords ask for TLS. */
ngx_uint_t ngx_pdn_wire_wants_tls(ngx_pdn_wire_t *wire);

/*
 * Begins TLS; `done` is called when the handshake has ended and the server
 * is who it should be, or wire->error says why not.  NGX_ERROR: the same, at
 * once.
 */
ngx_int_t ngx_pdn_wire_tls(ngx_pdn_wire_t *wire,
                           void (*done)(ngx_pdn_wire_t *wire));

/* Forgets the settings of a worker that ends. */
void ngx_pdn_wire_tls_release(ngx_queue_t *settings);


#endif /* NGX_PDN_WIRE_H */
