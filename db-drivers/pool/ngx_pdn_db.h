/*
 * SPDX-License-Identifier: MIT
 *
 * Connections to databases on nginx's events: one pool for all drivers.  An
 * operation borrows a connection, runs its request there and gives it back,
 * or keeps it for a transaction.  Knows neither Lua nor http.
 *
 *     submit ── queued ── opening ── checking ── running ── done()
 *         │        └─────────┴── timer, abandon ── paused    │
 *         └─ gathered ── shared ─────────────────────────────┘
 */

#ifndef NGX_PDN_DB_H
#define NGX_PDN_DB_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "pdn_db.h"


typedef struct ngx_pdn_db_pool_s ngx_pdn_db_pool_t;
typedef struct ngx_pdn_db_conn_s ngx_pdn_db_conn_t;
typedef struct ngx_pdn_db_op_s ngx_pdn_db_op_t;
typedef struct ngx_pdn_db_packet_s ngx_pdn_db_packet_t;
typedef struct ngx_pdn_db_known_s ngx_pdn_db_known_t;


typedef enum {
    NGX_PDN_DB_NEW = 0,
    NGX_PDN_DB_GATHERED, /* waits for the end of the turn */
    NGX_PDN_DB_QUEUED,   /* waits for a connection */
    NGX_PDN_DB_OPENING,
    NGX_PDN_DB_CHECKING, /* is the connection still alive? */
    NGX_PDN_DB_RUNNING,
    NGX_PDN_DB_SHARED, /* a packet runs it */
    NGX_PDN_DB_PAUSED, /* a part was given, the next was not asked for */
    NGX_PDN_DB_DONE
} ngx_pdn_db_stage_e;


/* How one statement of a batch has ended; result is NULL on failure. */

typedef struct {
    void *result;          /* the driver's */
    pdn_db_error_t *error; /* by ngx_alloc(); NULL on success */
} ngx_pdn_db_outcome_t;


struct ngx_pdn_db_op_s {
    ngx_queue_t link;  /* in pool->waiting, or pool->gathered */
    ngx_event_t timer; /* deadline of the stage */
    ngx_pdn_db_stage_e stage;
    ngx_pdn_db_pool_t *pool;
    ngx_pdn_db_conn_t *conn;

    /*
     * Freed with the operation; a driver that needs it longer takes it and
     * leaves NULL.
     */
    pdn_db_request_t *request;

    void *result; /* the driver's; NULL on failure */

    /*
     * Of a batch, whose requests are chained by `next`: an outcome for each
     * of them, zero at first, by ngx_alloc().  The operation itself fails
     * only when the connection does.
     */
    ngx_pdn_db_outcome_t *outcomes;
    ngx_uint_t noutcomes;

    /* For COPY FROM: what ngx_pdn_db_more() sends; the caller's memory. */
    const ngx_str_t *input;

    /*
     * Called once, or once for each part; never after ngx_pdn_db_abandon().
     * May free `op`.
     */
    void (*done)(ngx_pdn_db_op_t *op);
    void *data;

    /* Whose `resolver` finds the server; may be NULL. */
    struct ngx_pdn_host_s *host;

    ngx_msec_t timeout; /* of each stage; 0: the pool's */
    ngx_msec_t began;   /* to run */

    ngx_pdn_db_known_t *known; /* by ngx_pdn_db_know(); may be NULL */
    uint32_t hash;
    ngx_pdn_db_packet_t *packet; /* that it is in, at this place */
    ngx_uint_t place;

    unsigned session : 1; /* `conn` is borrowed, not in a transaction */
    unsigned keep : 1;    /* on success `conn` stays with us */
    unsigned leased : 1;  /* `conn` was ours before */
    unsigned misused : 1; /* failed by the caller's mistake */
    unsigned retried : 1; /* moved on to another connection */
    unsigned joined : 1;  /* `conn` is another operation's */
    unsigned shares : 1;  /* may go with others in a packet */

    /*
     * The caller takes results in parts.  While `more` is set in done(),
     * `result` is one, or NULL, and the server waits for ngx_pdn_db_more();
     * a driver may also give everything at once.
     */
    unsigned stream : 1;
    unsigned more : 1;
    unsigned discard : 1; /* the rest is read, but not given */

    /*
     * A stream of what the server sends unasked.  ngx_pdn_db_more() waits for
     * `patience`, and gives NULL when it is over; its connection is closed
     * at the end.  In a session it is no stream: ngx_pdn_db_run() waits, and
     * the operation ends with what came first, or NULL.
     */
    unsigned listen : 1;
    ngx_msec_t patience;

    /* The last member, for it is great: see ngx_pdn_db_zero(). */
    pdn_db_error_t error; /* error.code: it failed */
};


/* Zeroes what ends with an operation, but for the texts of its error. */
#define ngx_pdn_db_zero(p, type, op)                                           \
    ngx_memzero(p, offsetof(type, op) + offsetof(ngx_pdn_db_op_t, error)       \
                       + offsetof(pdn_db_error_t, text))


/* The first member of a driver's own connection. */

struct ngx_pdn_db_conn_s {
    ngx_queue_t link; /* in pool->idle, or pool->lent */
    ngx_pdn_db_pool_t *pool;
    ngx_pdn_db_op_t *op;   /* run now; NULL once abandoned */
    ngx_pdn_db_op_t reset; /* our own, that rolls back */
    ngx_msec_t opened;
    ngx_msec_t used;
    pdn_db_session_e session; /* what statements left in it */
    ngx_uint_t reused;        /* how often it was lent after its first time */
    const char *server;       /* version, the driver's memory; NULL: not told */
    unsigned idle : 1;
    unsigned broken : 1;   /* to be closed, never lent */
    unsigned retired : 1;  /* to be closed when it comes back */
    unsigned borrowed : 1; /* so too, for who knows what was done to it */
};


typedef struct {
    const char *name;
    pdn_db_dialect_e dialect;
    size_t conn_size;

    /*
     * Each starts something that ends with ngx_pdn_db_finish(op), perhaps
     * before it returns.  `open` leaves conn->broken set when it fails,
     * `check` too.
     */
    void (*open)(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
    void (*run)(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);
    void (*check)(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);

    /*
     * May be NULL.  Runs the request here and now, if that surely takes no
     * time: answers 1 with op->result or op->error set.  0: nothing was done.
     */
    ngx_uint_t (*brief)(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);

    /*
     * Goes on after a part was given: ends with ngx_pdn_db_finish(op), as
     * `run` does, with op->more set again or not.  NULL: op->stream is
     * ignored.
     */
    void (*more)(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);

    /*
     * Forgets conn->op, which is freed right after, and stops what runs as
     * soon as can be (`late`: its time was over; else it may end by itself).
     * Ends with ngx_pdn_db_give_back(conn), perhaps before it returns.
     */
    void (*abandon)(ngx_pdn_db_conn_t *conn, ngx_uint_t late);

    /* Forgets `op`, which has joined; NULL when none does. */
    void (*part)(ngx_pdn_db_conn_t *conn, ngx_pdn_db_op_t *op);

    /* Whether a transaction is open. */
    ngx_uint_t (*dirty)(ngx_pdn_db_conn_t *conn);

    /*
     * The statements that make a changed session a new one, but for what is
     * prepared; NULL: its connection is closed.
     */
    const char *reset;

    void (*close)(ngx_pdn_db_conn_t *conn);
    void (*free_result)(void *result);

    /*
     * Ends what the driver keeps in pool->data, as ngx_pdn_db_pool_drain()
     * does with the rest; at once when pool->closing.  May be NULL.
     */
    void (*drain)(ngx_pdn_db_pool_t *pool);

    /* Whether `run` knows batches; else they come one statement at a time. */
    unsigned batches : 1;
} ngx_pdn_db_driver_t;


typedef enum {
    NGX_PDN_DB_SHARE_NEVER = 0,
    NGX_PDN_DB_SHARE_ALWAYS,
    NGX_PDN_DB_SHARE_BRIEF /* what was brief before */
} ngx_pdn_db_share_e;


typedef struct {
    ngx_uint_t limit;
    ngx_msec_t pool_timeout;
    ngx_msec_t connect_timeout;
    ngx_msec_t query_timeout;
    ngx_msec_t idle_timeout; /* 0: never */
    ngx_msec_t lifetime;     /* 0: for ever */
    ngx_msec_t check_after;  /* idle that long: look first */
    ngx_msec_t busy_timeout; /* SQLite: another's lock */
    ngx_uint_t statements;   /* prepared, a connection */
    ngx_uint_t readonly;     /* SQLite: a pool of readers */
    ngx_uint_t int64;        /* how Lua gets great integers */
    ngx_uint_t max_size;     /* SQLite: bytes; 0: no limit */
    ngx_uint_t lasting;      /* SQLite: data would go with it */
    ngx_uint_t numeric;      /* PostgreSQL: as numbers */
    ngx_uint_t json;         /* PostgreSQL: decoded */
    ngx_uint_t arrays;       /* PostgreSQL: as tables */
    ngx_uint_t warnings;     /* MySQL: read them */
    ngx_uint_t share_reads;  /* ngx_pdn_db_share_e */
} ngx_pdn_db_options_t;


typedef struct {
    ngx_uint_t opened;
    ngx_uint_t closed;
    ngx_uint_t queries;
    ngx_uint_t errors;
    ngx_uint_t timeouts;
    ngx_uint_t waited; /* had to queue */
    ngx_uint_t abandoned;
    ngx_uint_t brief;  /* of the queries, run at once */
    ngx_uint_t shared; /* of the queries, run with others */
    ngx_uint_t resets; /* sessions that were made new */

    /* now */
    ngx_uint_t idle;
    ngx_uint_t lent;
    ngx_uint_t waiting;
    ngx_uint_t limit;
} ngx_pdn_db_counters_t;


/* One for each set of connections that are alike; lives with the worker. */

struct ngx_pdn_db_pool_s {
    ngx_queue_t link;
    ngx_str_t key;
    const ngx_pdn_db_driver_t *driver;
    ngx_pdn_db_options_t options;
    char **keywords; /* how to connect; NULL ends */
    char **values;
    ngx_pdn_db_pool_t *writer; /* of a pool of readers */
    ngx_queue_t idle;          /* used last stands first */
    ngx_queue_t lent;
    ngx_queue_t waiting;
    ngx_queue_t gathered; /* at the end of the turn: */
    ngx_event_t turn;
    ngx_pdn_db_known_t *known; /* statements; NULL at first */
    ngx_event_t sweep;
    ngx_pdn_db_counters_t *count; /* in shared memory, or: */
    ngx_pdn_db_counters_t own;
    void *data; /* the driver's */
    unsigned closing : 1;
};


extern ngx_module_t ngx_pandan_db_module;
extern const ngx_pdn_db_driver_t ngx_pdn_sqlite_driver;
extern const ngx_pdn_db_driver_t ngx_pdn_pg_driver;
extern const ngx_pdn_db_driver_t ngx_pdn_mysql_driver;
extern const ngx_pdn_db_driver_t ngx_pdn_redis_driver;
extern const ngx_pdn_db_driver_t ngx_pdn_memcached_driver;


/*
 * The worker's pool of that key; it is made at the first time.  `keywords`
 * and `values` are copied then.  Under `label`, which may be empty, others
 * see its counters.  NULL without memory.
 */
ngx_pdn_db_pool_t *ngx_pdn_db_pool(const ngx_pdn_db_driver_t *driver,
                                   ngx_str_t *key, ngx_str_t *label,
                                   const ngx_pdn_db_options_t *options,
                                   ngx_uint_t n, const char **keywords,
                                   const char **values);

/* A value that the pool connects with, or NULL. */
const char *ngx_pdn_db_pool_get(ngx_pdn_db_pool_t *pool, const char *keyword);

/* Closes what is idle; what is lent follows when it comes back. */
void ngx_pdn_db_pool_drain(ngx_pdn_db_pool_t *pool);

/* All pools of a worker that ends. */
void ngx_pdn_db_pools_release(ngx_queue_t *pools);


/*
 * Runs op->request on a connection of op->pool, or only lends that without a
 * request and with op->keep; the rest of `op` is zero but for request, done,
 * data, host and keep.  done() may be called before this returns.
 */
void ngx_pdn_db_submit(ngx_pdn_db_op_t *op);

/* The same on a connection that an earlier operation kept. */
void ngx_pdn_db_run(ngx_pdn_db_op_t *op, ngx_pdn_db_conn_t *conn);

/*
 * The caller has taken op->result of a part, and left NULL there: done() is
 * called with the next one, perhaps before this returns.
 */
void ngx_pdn_db_more(ngx_pdn_db_op_t *op);

/* Nobody waits for `op` any longer; it may be freed. */
void ngx_pdn_db_abandon(ngx_pdn_db_op_t *op);

/* A kept connection comes back; an open transaction is rolled back. */
void ngx_pdn_db_give_back(ngx_pdn_db_conn_t *conn);

/* Frees what the operation holds, not `op` itself. */
void ngx_pdn_db_op_release(ngx_pdn_db_op_t *op);


/*
 * For drivers: the stage of `op` has ended, op->error says how; or has come to
 * a part, with op->more.
 */
void ngx_pdn_db_finish(ngx_pdn_db_op_t *op);

/* For drivers: a statement of a batch has failed so; 0 without memory. */
ngx_uint_t ngx_pdn_db_outcome_fail(ngx_pdn_db_outcome_t *outcome,
                                   const pdn_db_error_t *err);

/*
 * For drivers, while they start to run conn->op: the first that waits, if it
 * is one statement and `may` says so; NULL else.  It runs on `conn`, too, and
 * ends with ngx_pdn_db_finish() before conn->op does.
 */
ngx_pdn_db_op_t *ngx_pdn_db_join(ngx_pdn_db_conn_t *conn,
                                 ngx_uint_t (*may)(ngx_pdn_db_conn_t *conn,
                                                   ngx_pdn_db_op_t *op));

/* For drivers: this idle connection is dead. */
void ngx_pdn_db_lost(ngx_pdn_db_conn_t *conn);


#endif /* NGX_PDN_DB_H */
