/* SPDX-License-Identifier: MIT */
/*
 * One download: what libcurl is told, what comes back, and whether it is
 * tried again. Redirects are followed by us, not by libcurl, so that each is
 * held against the rules of pdn_url.h and no token travels along.
 */

#include "pdn_transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PDN_NET_AGENT       "pandan/0.1.0"
#define PDN_NET_BACKOFF     250   /* ms before the second try, then doubled */
#define PDN_NET_BACKOFF_MAX 30000 /* and the most that Retry-After gets */


static size_t
pdn_transfer_write(char *data, size_t size, size_t n, void *ctx)
{
    pdn_transfer_t *t = ctx;
    pdn_fetch_t *f = t->fetch;
    long status;

    n *= size;

    if (!t->started) {
        t->started = 1;
        t->net->curl->curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE,
                                        &status);
        if (status != 206) {
            f->body.len = 0;
        } else if (t->have == 0 || t->refused_range) {
            t->refused_range = 1;
            return 0;
        }
    }

    if (n > f->limit || f->body.len > f->limit - n) {
        t->too_large = 1;
        return 0;
    }

    pdn_str_add(&f->body, data, n);
    if (f->body.failed) {
        t->memory = 1;
        return 0;
    }

    if (t->net->config.progress != NULL && !f->metadata) {
        t->net->config.progress(t->net->config.progress_ctx, n);
    }

    return n;
}


static size_t
pdn_transfer_read(char *to, size_t size, size_t n, void *ctx)
{
    pdn_transfer_t *t = ctx;
    size_t left;

    left = t->fetch->put_len - t->put_done;
    n = n * size < left ? n * size : left;
    memcpy(to, t->fetch->put + t->put_done, n);
    t->put_done += n;

    return n;
}


/* The value of a header line without spaces around it, NULL if another's. */
static const char *
pdn_transfer_value(const char *line, size_t n, const char *name, size_t *len)
{
    const char *end = line + n;
    size_t name_len = strlen(name);

    if (n <= name_len || strncasecmp(line, name, name_len) != 0
        || line[name_len] != ':')
    {
        return NULL;
    }

    for (line += name_len + 1; line < end && *line == ' '; line++) {
        /* void */
    }

    while (end > line && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
    {
        end--;
    }

    *len = end - line;

    return line;
}


static void
pdn_transfer_keep(char *to, size_t size, const char *value, size_t len)
{
    if (len < size) {
        memcpy(to, value, len);
        to[len] = '\0';
    }
}


static size_t
pdn_transfer_header(char *line, size_t size, size_t n, void *ctx)
{
    pdn_transfer_t *t = ctx;
    pdn_fetch_t *f = t->fetch;
    const char *value;
    char text[32];
    size_t len;

    n *= size;

    value = pdn_transfer_value(line, n, "ETag", &len);
    if (value != NULL) {
        pdn_transfer_keep(f->answer_etag, sizeof(f->answer_etag), value, len);

        /* a weak tag does not promise the same bytes */
        if (len < 2 || memcmp(value, "W/", 2) != 0) {
            pdn_transfer_keep(t->validator, sizeof(t->validator), value, len);
        }
        return n;
    }

    value = pdn_transfer_value(line, n, "Last-Modified", &len);
    if (value != NULL && t->validator[0] == '\0') {
        pdn_transfer_keep(t->validator, sizeof(t->validator), value, len);
        return n;
    }

    value = pdn_transfer_value(line, n, "X-File-Checksum", &len);
    if (value != NULL) {
        pdn_transfer_keep(f->checksum, sizeof(f->checksum), value, len);
        return n;
    }

    value = pdn_transfer_value(line, n, "Retry-After", &len);
    if (value != NULL && len < sizeof(text)) {
        pdn_transfer_keep(text, sizeof(text), value, len);
        t->retry_after = text[0] >= '0' && text[0] <= '9'
                             ? strtol(text, NULL, 10)
                             : -1;
        return n;
    }

    value = pdn_transfer_value(line, n, "Content-Range", &len);
    if (value != NULL && len < sizeof(text) && len > 6) {
        pdn_transfer_keep(text, sizeof(text), value, len);
        t->refused_range = strncmp(text, "bytes ", 6) != 0
                           || strtoull(text + 6, NULL, 10) != t->have;
    }

    return n;
}


static int
pdn_transfer_add_header(pdn_transfer_t *t, const char *fmt, const char *value)
{
    struct curl_slist *more;
    char line[1024];

    if (snprintf(line, sizeof(line), fmt, value) >= (int) sizeof(line)) {
        return -1;
    }

    more = t->net->curl->curl_slist_append(t->headers, line);
    if (more == NULL) {
        return -1;
    }

    t->headers = more;

    return 0;
}


static int
pdn_transfer_headers(pdn_transfer_t *t)
{
    pdn_fetch_t *f = t->fetch;
    const char *token;
    char range[64];
    int rc;

    t->net->curl->curl_slist_free_all(t->headers);
    t->headers = NULL;
    rc = pdn_transfer_add_header(t, "User-Agent: %s", PDN_NET_AGENT);

    if (f->etag != NULL && f->etag[0] != '\0') {
        rc |= pdn_transfer_add_header(t, "If-None-Match: %s", f->etag);
    }

    if (t->have != 0) {
        snprintf(range, sizeof(range), "%zu-", t->have);
        rc |= pdn_transfer_add_header(t, "Range: bytes=%s", range);
        rc |= pdn_transfer_add_header(t, "If-Range: %s", t->validator);
    }

    if (f->put != NULL) {
        rc |= pdn_transfer_add_header(t, "%s",
                                      "Content-Type: application/gzip");
        rc |= pdn_transfer_add_header(t, "%s", "Accept: application/json");
        rc |= pdn_transfer_add_header(t, "%s", "Expect:");
    }

    /* asked for the address as it is now: another server has another token */
    token = t->net->config.token != NULL
                ? t->net->config.token(t->net->config.token_ctx, t->url)
                : NULL;
    if (token != NULL) {
        rc |= pdn_transfer_add_header(t, "Authorization: Bearer %s", token);
    }

    return rc;
}


int
pdn_transfer_prepare(pdn_transfer_t *t)
{
    const pdn_curl_t *c = t->net->curl;
    pdn_fetch_t *f = t->fetch;
    pdn_url_t url;
    CURL *e = t->easy;
    long quiet;

    if (pdn_url_read(t->url, &url, &f->err) != 0) {
        return -1;
    }

    quiet = t->net->config.timeout;
    t->started = 0;
    t->too_large = 0;
    t->refused_range = 0;
    t->retry_after = -1;
    t->put_done = 0;
    t->said[0] = '\0';
    t->have = t->validator[0] != '\0' ? f->body.len : 0;

    if (pdn_transfer_headers(t) != 0) {
        return pdn_error(&f->err, 401, "cannot ask for '%s': no memory",
                         t->url);
    }

    c->curl_easy_reset(e);
    c->curl_easy_setopt(e, CURLOPT_URL, t->url);
    c->curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    c->curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->said);
    c->curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    c->curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, url.scheme);
    c->curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    c->curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
    c->curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, pdn_transfer_header);
    c->curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    c->curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, pdn_transfer_write);
    c->curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    c->curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, quiet);
    c->curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 10L);
    c->curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, quiet);
    c->curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_2TLS);
    c->curl_easy_setopt(e, CURLOPT_PIPEWAIT,
                        strcmp(url.scheme, "https") == 0 ? 1L : 0L);
    c->curl_easy_setopt(e, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);

    if (f->metadata) {
        c->curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
    }

    if (url.loopback) {
        c->curl_easy_setopt(e, CURLOPT_PROXY, "");
    }

    if (t->net->ca_file != NULL) {
        c->curl_easy_setopt(e, CURLOPT_CAINFO, t->net->ca_file);
    }

    if (f->put != NULL) {
        c->curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
        c->curl_easy_setopt(e, CURLOPT_READFUNCTION, pdn_transfer_read);
        c->curl_easy_setopt(e, CURLOPT_READDATA, t);
        c->curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE,
                            (curl_off_t) f->put_len);
    }

    return 0;
}


/* Transient by its nature: another try may well succeed. */
static int
pdn_transfer_transient(CURLcode code, long status)
{
    switch (code) {
    case CURLE_OK:
        return status == 408 || status == 429 || status == 500 || status == 502
               || status == 503 || status == 504;

    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return 1;

    default:
        return 0;
    }
}


static int64_t
pdn_transfer_pause(const pdn_transfer_t *t)
{
    int64_t ms;

    if (t->retry_after >= 0) {
        return t->retry_after < PDN_NET_BACKOFF_MAX / 1000
                   ? t->retry_after * 1000
                   : PDN_NET_BACKOFF_MAX;
    }

    ms = (int64_t) PDN_NET_BACKOFF << (t->tries < 7 ? t->tries : 7);
    ms = ms < PDN_NET_BACKOFF_MAX ? ms : PDN_NET_BACKOFF_MAX;

    /* clients that failed together do not come back together */
    return ms / 2 + random() % (ms / 2 + 1);
}


static pdn_transfer_rc_t
pdn_transfer_redirect(pdn_transfer_t *t)
{
    pdn_fetch_t *f = t->fetch;
    pdn_url_t from, to;
    char *target = NULL;

    t->net->curl->curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &target);

    if (target == NULL || strlen(target) >= PDN_URL_MAX) {
        pdn_error(&f->err, 402, "'%s' redirects to nowhere", t->url);
        return PDN_TRANSFER_DONE;
    }

    snprintf(f->location, sizeof(f->location), "%s", target);

    if (f->no_follow) {
        return PDN_TRANSFER_DONE;
    }

    f->status = 0;

    if (f->put != NULL || ++t->redirects > PDN_NET_REDIRECTS) {
        pdn_error(&f->err, 503, "refusing to follow '%s': %s", t->url,
                  f->put != NULL ? "an upload goes where it was sent"
                                 : "more than 5 redirects");
        return PDN_TRANSFER_DONE;
    }

    if (pdn_url_read(t->url, &from, &f->err) != 0
        || pdn_url_read(target, &to, &f->err) != 0)
    {
        pdn_error_within(&f->err, "redirect from '%s'", t->url);
        return PDN_TRANSFER_DONE;
    }

    if (strcmp(from.scheme, "https") == 0 && strcmp(to.scheme, "https") != 0) {
        pdn_error(&f->err, 503,
                  "refusing the redirect from '%s' to '%s': it gives up https",
                  t->url, target);
        return PDN_TRANSFER_DONE;
    }

    if (!from.loopback && to.loopback) {
        pdn_error(&f->err, 503,
                  "refusing the redirect from '%s' to '%s': a server has no "
                  "say in what is asked of this machine",
                  t->url, target);
        return PDN_TRANSFER_DONE;
    }

    snprintf(t->url, sizeof(t->url), "%s", target);
    f->body.len = 0;
    t->validator[0] = '\0';

    return PDN_TRANSFER_MOVED;
}


/* What is said when it is given up. */
static void
pdn_transfer_failed(pdn_transfer_t *t, CURLcode code, long status)
{
    pdn_fetch_t *f = t->fetch;

    if (code == CURLE_OK) {
        pdn_error(&f->err, 402, "'%s' answers %ld, after %d tries", t->url,
                  status, t->tries);
        return;
    }

    pdn_error(&f->err, 401, "cannot fetch '%s': %s%s", t->url,
              t->said[0] != '\0' ? t->said
                                 : t->net->curl->curl_easy_strerror(code),
              t->tries > 1 ? " (tried again and again)" : "");

    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        f->err.number = 504;
    }
}


pdn_transfer_rc_t
pdn_transfer_ended(pdn_transfer_t *t, CURLcode code)
{
    pdn_fetch_t *f = t->fetch;
    long status = 0;

    t->net->curl->curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->tries++;

    if (t->too_large) {
        pdn_error(&f->err, 505, "'%s' is larger than the %zu bytes allowed",
                  t->url, f->limit);
        return PDN_TRANSFER_DONE;
    }

    if (t->memory) {
        pdn_error_memory(&f->err);
        return PDN_TRANSFER_DONE;
    }

    if (t->refused_range) {
        /* begins again, with nothing kept */
        code = CURLE_PARTIAL_FILE;
        t->validator[0] = '\0';
        f->body.len = 0;
    }

    if (code == CURLE_OK && status == 304 && f->etag != NULL) {
        f->status = status;
        return PDN_TRANSFER_DONE;
    }

    if (code == CURLE_OK && status >= 300 && status < 400) {
        f->status = status;
        return pdn_transfer_redirect(t);
    }

    if (!pdn_transfer_transient(code, status) && code == CURLE_OK) {
        f->status = status == 206 ? 200 : status;
        return PDN_TRANSFER_DONE;
    }

    if (!pdn_transfer_transient(code, status)
        || t->tries >= t->net->config.tries) {
        pdn_transfer_failed(t, code, status);
        return PDN_TRANSFER_DONE;
    }

    if (code == CURLE_OK || t->validator[0] == '\0' || f->metadata) {
        f->body.len = 0;
        t->validator[0] = '\0';
    }

    t->due = pdn_net_clock() + pdn_transfer_pause(t);

    return PDN_TRANSFER_AGAIN;
}
