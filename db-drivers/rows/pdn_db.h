/*
 * SPDX-License-Identifier: MIT
 *
 * What every database driver speaks: a request (a statement and its bound
 * values), an error, and the codes that errors are known by.  Plain C: no
 * nginx, no Lua, no client library.
 */

#ifndef PDN_DB_H
#define PDN_DB_H


#include <stddef.h>
#include <stdint.h>


#define PDN_DB_PARAMS_MAX 32766 /* SQLite's limit; PostgreSQL has 65535 */


typedef enum {
    PDN_DB_NULL = 0,
    PDN_DB_INT,
    PDN_DB_FLOAT,
    PDN_DB_BOOL,
    PDN_DB_TEXT,
    PDN_DB_BINARY,
    PDN_DB_UINT /* beyond INT64_MAX; MySQL alone has such */
} pdn_db_type_e;


typedef struct {
    pdn_db_type_e type;
    unsigned oid; /* of a text, its type at PostgreSQL; 0: not said */
    union {
        int64_t i; /* PDN_DB_INT, PDN_DB_BOOL, PDN_DB_UINT */
        double f;
        struct {
            const char *data; /* of the request; ends with a zero */
            size_t len;
        } s; /* PDN_DB_TEXT, PDN_DB_BINARY */
    } as;
} pdn_db_value_t;


/* A request for what the database gives, with as little done to it. */

typedef enum {
    PDN_DB_RAW_NAMES = 1, /* rows by the names of columns */
    PDN_DB_RAW_ARRAYS
} pdn_db_raw_e;


/* One block of memory: it can be handed to a thread as it is. */

typedef struct pdn_db_request_s pdn_db_request_t;

struct pdn_db_request_s {
    pdn_db_request_t *next; /* of a batch */
    char *sql;              /* ends with a zero */
    size_t sql_len;
    unsigned nparams;
    unsigned script; /* several statements, no parameters */
    unsigned reads;  /* known to be one that pdn_db_only_reads() */
    unsigned backup; /* SQLite: `sql` is a path to copy it to */
    unsigned raw;    /* MySQL's text protocol: pdn_db_raw_e, 0 for no */
    pdn_db_value_t *params;
    char *free; /* where the next text goes */
};


/* What went wrong; `code` is NULL when nothing did. */

typedef struct {
    const char *code;  /* of docs/architecture.md, static */
    size_t fields_len; /* 0 for none */
    char server[16];   /* the server's own code */
    char text[1024];   /* not set without a code */

    /* What else the server tells: names and values, each ends with a zero. */
    char fields[2048];
} pdn_db_error_t;


typedef enum {
    PDN_DB_SQLITE = 0,
    PDN_DB_POSTGRES,
    PDN_DB_MYSQL
} pdn_db_dialect_e;


/*
 * `bytes` is the sum of the lengths of all texts.  NULL without memory; freed
 * with pdn_db_request_free(), which frees those chained to it too.
 */
pdn_db_request_t *pdn_db_request_create(const char *sql, size_t len,
                                        unsigned nparams, size_t bytes);
void pdn_db_request_free(pdn_db_request_t *rq);

/* Copies a text into the request's block, as its parameter `i`. */
void pdn_db_request_set_text(pdn_db_request_t *rq, unsigned i,
                             pdn_db_type_e type, const char *data, size_t len);


/* Fills in the error; the text is cut to what fits. */
void pdn_db_fail(pdn_db_error_t *err, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a field of the error, once pdn_db_fail() was called. */
void pdn_db_error_field(pdn_db_error_t *err, const char *name,
                        const char *value);

/* Our name of a SQLSTATE ("23505"); "error" for those without one. */
const char *pdn_db_sqlstate_code(const char *sqlstate);

/* Our name of SQLite's extended result code. */
const char *pdn_db_sqlite_code(int rc, const char *message);


/* Our name of an error number of MySQL or of its client library. */
const char *pdn_db_mysql_code(unsigned number);

/*
 * The greatest N of the placeholders $N in the statement, 0 for none; what
 * stands in strings, quoted names and comments does not count.
 */
unsigned pdn_db_placeholders(const char *sql, size_t len,
                             pdn_db_dialect_e dialect);

/*
 * The statement of MySQL with a question mark for each $N; `order` gets the N
 * of each.  `out` has room for `len` bytes, `order` for `len / 2` numbers.
 * Answers how many there are, `*out_len` the new length.
 */
unsigned pdn_db_question_marks(const char *sql, size_t len, char *out,
                               size_t *out_len, unsigned *order);

/*
 * Whether the statement looks like one that only reads.  A guess by the first
 * word: SQLite itself has the last word.
 */
int pdn_db_looks_readonly(const char *sql, size_t len);

/* The same for SELECT, WITH and VALUES only. */
int pdn_db_looks_selecting(const char *sql, size_t len);

/* The same for INSERT, UPDATE, DELETE and REPLACE, of MySQL. */
int pdn_db_looks_changing(const char *sql, size_t len);

/*
 * What a statement, or a script, leaves in the session that it ran in: a
 * careful guess by its words.
 */
typedef enum {
    PDN_DB_SESSION_SAME = 0,
    PDN_DB_SESSION_CHANGED, /* a reset of the session undoes it */
    PDN_DB_SESSION_SPOILT   /* better to close it */
} pdn_db_session_e;

pdn_db_session_e pdn_db_session(const char *sql, size_t len,
                                pdn_db_dialect_e dialect);

/* Whether a copy of the database can answer: by its words it only reads. */
int pdn_db_only_reads(const char *sql, size_t len, pdn_db_dialect_e dialect);

/*
 * Whether it only reads, and does not ask for the session that it runs in
 * either: any connection does, also one that others use at the same time.
 */
int pdn_db_shares(const char *sql, size_t len, pdn_db_dialect_e dialect);


#endif /* PDN_DB_H */
