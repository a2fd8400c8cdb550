/*
 * SPDX-License-Identifier: MIT
 *
 * Names of errors, and slots of keys.
 */

#include <stdint.h>
#include <string.h>

#include "pdn_redis.h"


typedef struct {
    const char *word;
    const char *code;
} pdn_redis_code_t;


static uint16_t pdn_redis_crc16(const char *p, size_t len);


static const pdn_redis_code_t pdn_redis_codes[] = {
    { "ERR", "error" },
    { "WRONGTYPE", "wrong_type" },
    { "MOVED", "moved" },
    { "ASK", "ask" },
    { "CROSSSLOT", "cross_slot" },
    { "TRYAGAIN", "try_again" },
    { "CLUSTERDOWN", "cluster_down" },
    { "NOSCRIPT", "no_script" },
    { "LOADING", "loading" },
    { "READONLY", "read_only" },
    { "OOM", "out_of_memory" },
    { "BUSY", "busy" },
    { "BUSYKEY", "exists" },
    { "BUSYGROUP", "exists" },
    { "NOGROUP", "no_group" },
    { "UNBLOCKED", "unblocked" },
    { "MASTERDOWN", "master_down" },
    { "NOREPLICAS", "no_replicas" },
    { "NOGOODSLAVE", "no_replicas" },
    { "MISCONF", "misconfigured" },
    { "EXECABORT", "aborted" },
    { "NOPERM", "no_permission" },
    { "NOAUTH", "auth_failed" },
    { "WRONGPASS", "auth_failed" },
    { "NOPROTO", "no_protocol" },
    { NULL, NULL }
};


const char *
pdn_redis_code(const char *text, size_t len, char *word)
{
    size_t n;
    const pdn_redis_code_t *c;

    for (n = 0; n < len && n < PDN_REDIS_WORD_MAX - 1; n++) {
        if (text[n] == ' ' || text[n] == '\n') {
            break;
        }

        word[n] = text[n];
    }

    word[n] = '\0';

    for (c = pdn_redis_codes; c->word; c++) {
        if (strcmp(c->word, word) == 0) {
            return c->code;
        }
    }

    return "error";
}


unsigned
pdn_redis_slot(const char *key, size_t len)
{
    const char *open, *close;

    open = memchr(key, '{', len);

    if (open != NULL) {
        open++;
        close = memchr(open, '}', key + len - open);

        if (close != NULL && close > open) {
            key = open;
            len = close - open;
        }
    }

    return pdn_redis_crc16(key, len) % PDN_REDIS_SLOTS;
}


/* Four bits at a time: the table is 32 bytes, and keys are short. */
static uint16_t
pdn_redis_crc16(const char *p, size_t len)
{
    size_t i;
    uint16_t crc;

    /* of the polynomial 0x1021, XMODEM's */
    static const uint16_t table[] = { 0x0000, 0x1021, 0x2042, 0x3063,
                                      0x4084, 0x50a5, 0x60c6, 0x70e7,
                                      0x8108, 0x9129, 0xa14a, 0xb16b,
                                      0xc18c, 0xd1ad, 0xe1ce, 0xf1ef };

    crc = 0;

    for (i = 0; i < len; i++) {
        crc ^= (uint16_t) ((unsigned char) p[i] << 8);
        crc = (uint16_t) (crc << 4 ^ table[crc >> 12]);
        crc = (uint16_t) (crc << 4 ^ table[crc >> 12]);
    }

    return crc;
}
