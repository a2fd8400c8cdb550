/* SPDX-License-Identifier: MIT */
/* One download's way through libcurl; used by pdn_net.c only. */

#ifndef PDN_TRANSFER_H
#define PDN_TRANSFER_H

#include "pdn_curl.h"
#include "pdn_net.h"
#include "pdn_url.h"

#include <time.h>

#define PDN_NET_REDIRECTS 5

typedef struct pdn_transfer_s pdn_transfer_t;

struct pdn_transfer_s {
    pdn_net_t *net;
    pdn_fetch_t *fetch;
    CURL *easy;
    struct curl_slist *headers;
    pdn_transfer_t *next; /* of those that wait for another try */

    char url[PDN_URL_MAX]; /* where it is now, after redirects */
    int tries;
    int redirects;
    long retry_after;    /* seconds that the server asked for, -1 for none */
    int64_t due;         /* ms of the clock at which the next try starts */
    size_t have;         /* bytes of an earlier try that are kept */
    char validator[160]; /* entity tag or date that these bytes belong to */
    size_t put_done;
    unsigned too_large : 1;
    unsigned refused_range : 1; /* 206 of something else */
    unsigned started : 1;       /* the first byte of this answer was seen */
    unsigned memory : 1;
    char said[CURL_ERROR_SIZE];
};

typedef enum {
    PDN_TRANSFER_DONE,  /* fetch->status or fetch->err tell how */
    PDN_TRANSFER_AGAIN, /* at t->due */
    PDN_TRANSFER_MOVED  /* at once, t->url is another */
} pdn_transfer_rc_t;

struct pdn_net_s {
    const pdn_curl_t *curl;
    pdn_net_config_t config;
    CURLM *multi;
    pdn_transfer_t *waiting;
    CURL *spare[16]; /* handles of ended downloads */
    int spares;
    int running; /* in libcurl's hands */
    int open;    /* added and not done */
    unsigned requests;
    const char *ca_file;
};

/* Sets all options of the handle for t->url; 0, or -1 with fetch->err. */
int pdn_transfer_prepare(pdn_transfer_t *t);

/* What to do about how libcurl ended. */
pdn_transfer_rc_t pdn_transfer_ended(pdn_transfer_t *t, CURLcode code);

int64_t pdn_net_clock(void);

#endif /* PDN_TRANSFER_H */
