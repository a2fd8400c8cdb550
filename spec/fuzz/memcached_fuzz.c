/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what a memcached says, in either protocol: a reply that is
 * found is as long, however its bytes come in, and all that it names is its
 * own.  Any bytes as flags, too: a packet is no longer than there is room for.
 */

#include <stdint.h>
#include <stdlib.h>

#include "../../db-drivers/memcached/pdn_memcached.c"
#include "../../db-drivers/memcached/pdn_memcached_binary.c"


typedef pdn_memcached_rc_e (*fuzz_read_pt)(const char *data, size_t len,
                                           pdn_memcached_reply_t *reply,
                                           size_t *size, const char **err);


static void fuzz_read(fuzz_read_pt read, const char *data, size_t size);
static void fuzz_reply(const pdn_memcached_reply_t *reply);
static void fuzz_put(const char *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read(pdn_memcached_read, (const char *) data, size);
    fuzz_read(pdn_memcached_binary_read, (const char *) data, size);
    fuzz_put((const char *) data, size);

    return 0;
}


static void
fuzz_read(fuzz_read_pt read, const char *data, size_t size)
{
    char *copy;
    size_t n, want, whole;
    const char *err;
    pdn_memcached_rc_e rc, slow;
    pdn_memcached_reply_t reply;

    whole = 0;
    err = NULL;
    rc = read(data, size, &reply, &whole, &err);

    if (rc == PDN_MEMCACHED_ERROR && err == NULL) {
        abort();
    }

    slow = PDN_MEMCACHED_AGAIN;
    size = size > 512 ? 512 : size;

    /* a byte more each time, each time elsewhere, and nothing behind it */
    for (n = 0; n <= size && slow == PDN_MEMCACHED_AGAIN; n++) {
        copy = malloc(n ? n : 1);
        memcpy(copy, data, n);
        slow = read(copy, n, &reply, &want, &err);

        if (slow == PDN_MEMCACHED_AGAIN && want <= n) {
            abort();
        }

        if (slow == PDN_MEMCACHED_OK) {
            fuzz_reply(&reply);

            if (rc != PDN_MEMCACHED_OK || want != n || want != whole) {
                abort();
            }
        }

        free(copy);
    }
}


static void
fuzz_reply(const pdn_memcached_reply_t *reply)
{
    char *copy;

    (void) pdn_memcached_code(reply);

    copy = malloc(reply->word_len + reply->rest_len + reply->value_len + 1);
    memcpy(copy, reply->word, reply->word_len);
    memcpy(copy, reply->rest, reply->rest_len);

    if (reply->value != NULL) {
        memcpy(copy, reply->value, reply->value_len);
    }

    free(copy);
}


static void
fuzz_put(const char *data, size_t size)
{
    size_t i, len;
    char *room, *tail;
    pdn_memcached_ask_t ask;

    static const char *commands[] = {
        "mg", "ms", "md", "ma", "mn", "flush_all", "version", "verbosity"
    };

    tail = malloc(size + 1);
    memcpy(tail, data, size);
    tail[size] = '\0';

    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        ask.command = commands[i];
        ask.command_len = strlen(commands[i]);
        ask.key = data;
        ask.key_len = size > PDN_MEMCACHED_KEY ? PDN_MEMCACHED_KEY : size;
        ask.tail = tail;
        ask.value = i == 1 ? data : NULL;
        ask.value_len = i == 1 ? size : 0;

        room = malloc(ask.key_len + ask.value_len + PDN_MEMCACHED_PACKET);
        len = pdn_memcached_binary_put(room, &ask);

        if (len > ask.key_len + ask.value_len + PDN_MEMCACHED_PACKET) {
            abort();
        }

        free(room);
    }

    free(tail);
}
