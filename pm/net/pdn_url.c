/* SPDX-License-Identifier: MIT */
/* Addresses; see pdn_url.h. */

#include "pdn_url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int
pdn_url_is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0
           || (strncmp(host, "127.", 4) == 0
               && host[strspn(host, "0123456789.")] == '\0');
}


/* Bytes that no address holds: some readers skip them, some do not. */
static int
pdn_url_is_plain(const char *text)
{
    const unsigned char *p;

    for (p = (const unsigned char *) text; *p != '\0'; p++) {
        if (*p <= ' ' || *p >= 0x7f || *p == '\\' || *p == '"' || *p == '<'
            || *p == '>')
        {
            return 0;
        }
    }

    return 1;
}


static int
pdn_url_scheme(const char **text, pdn_url_t *url)
{
    static const struct {
        const char *name;
        int port;
    } known[] = { { "https", 443 }, { "http", 80 } };
    size_t i, len;

    for (i = 0; i < 2; i++) {
        len = strlen(known[i].name);
        if (strncasecmp(*text, known[i].name, len) == 0
            && strncmp(*text + len, "://", 3) == 0)
        {
            snprintf(url->scheme, sizeof(url->scheme), "%s", known[i].name);
            url->port = known[i].port;
            *text += len + 3;
            return 0;
        }
    }

    return -1;
}


/* HOST, HOST:PORT or [ADDRESS]:PORT, `len` bytes of it. */
static int
pdn_url_authority(const char *text, size_t len, pdn_url_t *url)
{
    const char *end, *colon;
    char *digits_end, port[8];
    size_t n;
    long number;

    end = text + len;

    if (len > 0 && text[0] == '[') {
        text++;
        colon = memchr(text, ']', end - text);
        if (colon == NULL) {
            return -1;
        }
        n = colon - text;
        colon++;
    } else {
        colon = memchr(text, ':', len);
        colon = colon != NULL ? colon : end;
        n = colon - text;
    }

    if (n == 0 || n >= sizeof(url->host)) {
        return -1;
    }

    url->host[n] = '\0';
    while (n-- > 0) {
        url->host[n] = tolower((unsigned char) text[n]);
    }

    if (colon == end) {
        return 0;
    }

    n = end - colon - 1;
    if (*colon != ':' || n == 0 || n >= sizeof(port)) {
        return -1;
    }

    memcpy(port, colon + 1, n);
    port[n] = '\0';
    number = strtol(port, &digits_end, 10);
    if (!isdigit((unsigned char) port[0]) || *digits_end != '\0' || number < 1
        || number > 65535)
    {
        return -1;
    }

    url->port = number;

    return 0;
}


int
pdn_url_read(const char *text, pdn_url_t *url, pdn_error_t *err)
{
    const char *rest;
    size_t len;

    memset(url, 0, sizeof(pdn_url_t));
    rest = text;

    if (strlen(text) >= PDN_URL_MAX || !pdn_url_is_plain(text)) {
        return pdn_error(err, 502,
                         "refusing an address with bytes that belong in "
                         "none");
    }

    if (pdn_url_scheme(&rest, url) != 0) {
        return pdn_error(err, 502, "refusing '%s': only https is spoken", text);
    }

    len = strcspn(rest, "/?#");

    if (memchr(rest, '@', len) != NULL) {
        return pdn_error(err, 502,
                         "refusing an address with a name or password in "
                         "it; 'pandan login' keeps tokens");
    }

    if (pdn_url_authority(rest, len, url) != 0) {
        return pdn_error(err, 502, "'%s' names no server", text);
    }

    url->path = rest + len;
    url->loopback = pdn_url_is_loopback(url->host);

    if (strcmp(url->scheme, "http") == 0 && !url->loopback) {
        return pdn_error(err, 502,
                         "refusing '%s': plain http is for this machine "
                         "only",
                         text);
    }

    return 0;
}


int
pdn_url_same_origin(const pdn_url_t *a, const pdn_url_t *b)
{
    return strcmp(a->scheme, b->scheme) == 0 && strcmp(a->host, b->host) == 0
           && a->port == b->port;
}


int
pdn_url_below(const char *base, const char *path)
{
    size_t n;

    /* what a server may read as another path is below nothing */
    if (strstr(path, "/.") != NULL || strchr(path, '%') != NULL
        || strstr(path, "//") != NULL)
    {
        return 0;
    }

    n = strlen(base);
    while (n > 0 && base[n - 1] == '/') {
        n--;
    }

    return strncmp(base, path, n) == 0
           && (path[n] == '/' || path[n] == '\0' || path[n] == '?');
}


int
pdn_url_join(char out[PDN_URL_MAX], const char *base, const char *name)
{
    size_t n;
    int len;

    n = strlen(base);
    while (n > 0 && base[n - 1] == '/') {
        n--;
    }

    while (*name == '/') {
        name++;
    }

    len = snprintf(out, PDN_URL_MAX, "%.*s/%s", (int) n, base, name);

    return len > 0 && len < PDN_URL_MAX ? 0 : -1;
}
