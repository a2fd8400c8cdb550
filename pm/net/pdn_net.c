/* SPDX-License-Identifier: MIT */
/* All downloads of a command; see pdn_net.h. */

#include "pdn_transfer.h"

#include <stdlib.h>
#include <string.h>

#define PDN_NET_CONNECTIONS 8
#define PDN_NET_TIMEOUT     30
#define PDN_NET_TRIES       4
#define PDN_NET_POLL        1000 /* ms */

static void pdn_net_end(pdn_transfer_t *t);


int64_t
pdn_net_clock(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


/* libcurl itself does not look at these; the command `curl` does. */
static const char *
pdn_net_ca_file(void)
{
    static const char *const names[] = { "PANDAN_CA_FILE", "SSL_CERT_FILE",
                                         "CURL_CA_BUNDLE" };
    const char *file;
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        file = getenv(names[i]);
        if (file != NULL && file[0] != '\0') {
            return file;
        }
    }

    return NULL;
}


pdn_net_t *
pdn_net_open(const pdn_net_config_t *config, pdn_error_t *err)
{
    pdn_net_t *net;

    net = calloc(1, sizeof(pdn_net_t));
    if (net == NULL) {
        pdn_error_memory(err);
        return NULL;
    }

    net->config = *config;

    if (net->config.connections == 0) {
        net->config.connections = PDN_NET_CONNECTIONS;
    }
    if (net->config.timeout == 0) {
        net->config.timeout = PDN_NET_TIMEOUT;
    }
    if (net->config.tries == 0) {
        net->config.tries = PDN_NET_TRIES;
    }

    net->ca_file = pdn_net_ca_file();

    if (config->offline) {
        return net;
    }

    net->curl = pdn_curl_load(err);
    if (net->curl == NULL) {
        free(net);
        return NULL;
    }

    net->multi = net->curl->curl_multi_init();
    if (net->multi == NULL) {
        free(net);
        pdn_error_memory(err);
        return NULL;
    }

    net->curl->curl_multi_setopt(net->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                                 (long) net->config.connections);
    net->curl->curl_multi_setopt(net->multi, CURLMOPT_PIPELINING,
                                 (long) CURLPIPE_MULTIPLEX);

    return net;
}


void
pdn_net_close(pdn_net_t *net)
{
    if (net == NULL) {
        return;
    }

    while (net->spares > 0) {
        net->curl->curl_easy_cleanup(net->spare[--net->spares]);
    }

    if (net->multi != NULL) {
        net->curl->curl_multi_cleanup(net->multi);
    }

    free(net);
}


unsigned
pdn_net_requests(const pdn_net_t *net)
{
    return net->requests;
}


static void
pdn_net_start(pdn_transfer_t *t)
{
    pdn_net_t *net = t->net;

    if (pdn_transfer_prepare(t) != 0) {
        pdn_net_end(t);
        return;
    }

    if (net->curl->curl_multi_add_handle(net->multi, t->easy) != CURLM_OK) {
        pdn_error_memory(&t->fetch->err);
        pdn_net_end(t);
        return;
    }

    net->requests++;
    net->running++;
}


/* Kept for what was added but cannot start: told from the loop, not at once. */
static void
pdn_net_later(pdn_transfer_t *t)
{
    t->next = t->net->waiting;
    t->net->waiting = t;
}


void
pdn_net_add(pdn_net_t *net, pdn_fetch_t *f)
{
    pdn_transfer_t *t;

    t = calloc(1, sizeof(pdn_transfer_t));
    if (t == NULL) {
        pdn_error_memory(&f->err);
        if (f->done != NULL) {
            f->done(f, f->ctx);
        }
        return;
    }

    t->net = net;
    t->fetch = f;
    f->transfer = t;
    f->body.len = 0;
    net->open++;

    if (net->config.offline) {
        pdn_error(&f->err, 404,
                  "'%s' is not here, and --offline forbids to "
                  "fetch it",
                  f->what != NULL ? f->what : f->url);
        pdn_net_later(t);
        return;
    }

    if (strlen(f->url) >= sizeof(t->url)) {
        pdn_error(&f->err, 502, "refusing an address of %zu bytes",
                  strlen(f->url));
        pdn_net_later(t);
        return;
    }

    memcpy(t->url, f->url, strlen(f->url) + 1);

    t->easy = net->spares > 0 ? net->spare[--net->spares]
                              : net->curl->curl_easy_init();
    if (t->easy == NULL) {
        pdn_error_memory(&f->err);
    }

    pdn_net_later(t);
}


static void
pdn_net_end(pdn_transfer_t *t)
{
    pdn_net_t *net = t->net;
    pdn_fetch_t *f = t->fetch;

    if (t->easy != NULL && net->spares < 16) {
        net->spare[net->spares++] = t->easy;
    } else if (t->easy != NULL) {
        net->curl->curl_easy_cleanup(t->easy);
    }

    if (t->headers != NULL) {
        net->curl->curl_slist_free_all(t->headers);
    }

    free(t);
    f->transfer = NULL;
    net->open--;

    if (f->err.number != 0) {
        f->status = 0;
    }

    if (f->done != NULL) {
        f->done(f, f->ctx);
    }
}


/* Starts what is due; the ms until the next is, -1 when none waits. */
static int
pdn_net_start_due(pdn_net_t *net)
{
    pdn_transfer_t *list, *t;
    int64_t now, wait;

    list = net->waiting;
    net->waiting = NULL;
    now = pdn_net_clock();
    wait = -1;

    while (list != NULL) {
        t = list;
        list = t->next;

        if (t->fetch->err.number != 0) {
            pdn_net_end(t);

        } else if (t->due <= now) {
            pdn_net_start(t);

        } else {
            wait = wait == -1 || t->due - now < wait ? t->due - now : wait;
            pdn_net_later(t);
        }
    }

    return wait;
}


static void
pdn_net_ended(pdn_net_t *net, CURLMsg *msg)
{
    pdn_transfer_t *t;
    CURLcode code;

    code = msg->data.result;
    net->curl->curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
    net->curl->curl_multi_remove_handle(net->multi, msg->easy_handle);
    net->running--;

    switch (pdn_transfer_ended(t, code)) {
    case PDN_TRANSFER_DONE:
        pdn_net_end(t);
        break;

    case PDN_TRANSFER_AGAIN:
        pdn_net_later(t);
        break;

    case PDN_TRANSFER_MOVED:
        pdn_net_start(t);
        break;
    }
}


int
pdn_net_step(pdn_net_t *net, int ms)
{
    CURLMsg *msg;
    int wait, left, n, done;

    wait = pdn_net_start_due(net);
    done = 0;

    if (net->running > 0) {
        net->curl->curl_multi_perform(net->multi, &n);

        while ((msg = net->curl->curl_multi_info_read(net->multi, &left))
               != NULL) {
            done = 1;
            pdn_net_ended(net, msg);
        }
    }

    if (!done && net->open > 0 && net->multi != NULL) {
        wait = wait != -1 && wait < ms ? wait : ms;
        net->curl->curl_multi_poll(
            net->multi, NULL, 0,
            net->waiting != NULL || net->running > 0 ? wait : 0, &n);
    }

    return net->open;
}


void
pdn_net_run(pdn_net_t *net)
{
    while (pdn_net_step(net, PDN_NET_POLL) > 0) {
        /* void */
    }
}


int
pdn_net_get(pdn_net_t *net, pdn_fetch_t *f, pdn_error_t *err)
{
    pdn_net_add(net, f);
    pdn_net_run(net);

    if (f->status != 0) {
        return 0;
    }

    *err = f->err;
    memset(&f->err, 0, sizeof(pdn_error_t));

    return -1;
}


void
pdn_fetch_release(pdn_fetch_t *f)
{
    pdn_str_release(&f->body);
    pdn_error_release(&f->err);
}
