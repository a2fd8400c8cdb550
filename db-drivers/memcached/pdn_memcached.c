/*
 * SPDX-License-Identifier: MIT
 *
 * The reader of memcached's replies.
 */

#include <string.h>

#include "pdn_memcached.h"


static int pdn_memcached_length(pdn_memcached_reply_t *reply);
static int pdn_memcached_has(const pdn_memcached_reply_t *reply,
                             const char *text);


pdn_memcached_rc_e
pdn_memcached_read(const char *data, size_t len, pdn_memcached_reply_t *reply,
                   size_t *size, const char **err)
{
    const char *end, *space;

    end = memchr(data, '\n', len);

    if (end == NULL) {
        if (len > PDN_MEMCACHED_LINE) {
            *err = "a line is too long";
            return PDN_MEMCACHED_ERROR;
        }

        *size = len + 1;
        return PDN_MEMCACHED_AGAIN;
    }

    *size = end + 1 - data;

    if (end == data || end[-1] != '\r') {
        *err = "a line does not end";
        return PDN_MEMCACHED_ERROR;
    }

    end--;
    space = memchr(data, ' ', end - data);
    reply->word = data;
    reply->word_len = (space ? space : end) - data;
    reply->rest = space ? space + 1 : end;
    reply->rest_len = end - reply->rest;
    reply->value = NULL;
    reply->value_len = 0;

    if (reply->word_len != 2 || memcmp(reply->word, "VA", 2) != 0) {
        return PDN_MEMCACHED_OK;
    }

    if (!pdn_memcached_length(reply)) {
        *err = "a value has no length";
        return PDN_MEMCACHED_ERROR;
    }

    reply->value = data + *size;
    *size += reply->value_len + 2;

    if (*size > len) {
        return PDN_MEMCACHED_AGAIN;
    }

    if (memcmp(data + *size - 2, "\r\n", 2) != 0) {
        *err = "a value does not end where it should";
        return PDN_MEMCACHED_ERROR;
    }

    return PDN_MEMCACHED_OK;
}


int
pdn_memcached_plain(const char *key, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if ((unsigned char) key[i] <= ' ' || key[i] == 127) {
            return 0;
        }
    }

    return 1;
}


const char *
pdn_memcached_code(const pdn_memcached_reply_t *reply)
{
    if (pdn_memcached_has(reply, "SERVER_ERROR out of memory")) {
        return "out_of_memory";
    }

    if (pdn_memcached_has(reply, "SERVER_ERROR object too large")) {
        return "too_large";
    }

    if (pdn_memcached_has(reply, "CLIENT_ERROR unauthenticated")
        || pdn_memcached_has(reply, "CLIENT_ERROR authentication"))
    {
        return "auth_failed";
    }

    return pdn_memcached_has(reply, "SERVER_ERROR")
                   || pdn_memcached_has(reply, "CLIENT_ERROR")
                   || pdn_memcached_has(reply, "ERROR")
               ? "error"
               : NULL;
}


/* Takes the length off the line's rest. */
static int
pdn_memcached_length(pdn_memcached_reply_t *reply)
{
    size_t n;
    const char *p, *end;

    n = 0;
    end = reply->rest + reply->rest_len;

    for (p = reply->rest; p < end && *p >= '0' && *p <= '9'; p++) {
        n = n * 10 + (*p - '0');

        if (n > PDN_MEMCACHED_MAX) {
            return 0;
        }
    }

    if (p == reply->rest || (p < end && *p != ' ')) {
        return 0;
    }

    reply->value_len = n;
    reply->rest = p < end ? p + 1 : end;
    reply->rest_len = end - reply->rest;

    return 1;
}


/* The whole line begins with `text`. */
static int
pdn_memcached_has(const pdn_memcached_reply_t *reply, const char *text)
{
    size_t len;

    len = strlen(text);

    return (size_t) (reply->rest + reply->rest_len - reply->word) >= len
           && memcmp(reply->word, text, len) == 0;
}
