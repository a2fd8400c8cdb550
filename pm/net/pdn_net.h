/* SPDX-License-Identifier: MIT */
/*
 * Many downloads at once, over few connections: HTTP/2 where the server
 * speaks it, kept-alive HTTP/1.1 otherwise. What is transient is tried again,
 * a download that broke off goes on where it was, a redirect is followed only
 * to where we would have gone ourselves, and a token goes to the server it was
 * given for and to no other. It knows nothing of packages.
 */

#ifndef PDN_NET_H
#define PDN_NET_H

#include "pdn_error.h"
#include "pdn_str.h"

typedef struct pdn_net_s pdn_net_t;
typedef struct pdn_fetch_s pdn_fetch_t;

/* One download. The caller zeroes it, fills the first part and keeps it. */
struct pdn_fetch_s {
    const char *url;        /* lives until done */
    const char *etag;       /* of what we have, or NULL */
    const char *what;       /* for messages: "rocks:lpeg 1.1.0-1", or NULL */
    size_t limit;           /* more bytes than these are refused */
    unsigned metadata : 1;  /* may come compressed; not counted as progress */
    unsigned no_follow : 1; /* a redirect is an answer: see `location` */

    /* an upload: PUT of these bytes */
    const char *put;
    size_t put_len;

    /* called while the net works; it may add more downloads */
    void (*done)(pdn_fetch_t *f, void *ctx);
    void *ctx;

    /* The answer: 200, 304, 404 ... and 0 when `err` says what failed. */
    long status;
    pdn_str_t body;
    char answer_etag[160];
    char checksum[80]; /* X-File-Checksum, opm's */
    char location[2048];
    pdn_error_t err; /* released by pdn_fetch_release */

    struct pdn_transfer_s *transfer; /* ours while it runs */
};

typedef struct {
    int connections; /* to one server at most; 0 means 8 */
    int timeout;     /* seconds in which nothing comes; 0 means 30 */
    int tries;       /* of what is transient; 0 means 4 */
    int offline;     /* every download fails, saying so */

    /* A token for an address, NULL for none; the net keeps it from others. */
    const char *(*token)(void *ctx, const char *url);
    void *token_ctx;

    /* Told of bytes that came, for a progress bar; may be NULL. */
    void (*progress)(void *ctx, size_t bytes);
    void *progress_ctx;
} pdn_net_config_t;

/* NULL with `err`; libcurl is loaded here. */
pdn_net_t *pdn_net_open(const pdn_net_config_t *config, pdn_error_t *err);
void pdn_net_close(pdn_net_t *net);

/* Starts a download; what is wrong with it comes by `done` too. */
void pdn_net_add(pdn_net_t *net, pdn_fetch_t *f);

/* Works until all that was added is done. */
void pdn_net_run(pdn_net_t *net);

/* Works until something is done, or for that many ms; returns what is left. */
int pdn_net_step(pdn_net_t *net, int ms);

/* One download by itself: 0 and f->status, or -1 with `err`. */
int pdn_net_get(pdn_net_t *net, pdn_fetch_t *f, pdn_error_t *err);

void pdn_fetch_release(pdn_fetch_t *f);

/* Requests that were sent, for the curious and for specs. */
unsigned pdn_net_requests(const pdn_net_t *net);

#endif /* PDN_NET_H */
