/*
 * SPDX-License-Identifier: MIT
 *
 * What a memcached says in its meta protocol, read where it lies.  Plain C:
 * no sockets, no memory of its own, no Lua.
 */

#ifndef PDN_MEMCACHED_H
#define PDN_MEMCACHED_H


#include <stddef.h>


#define PDN_MEMCACHED_KEY  250                  /* bytes of a key */
#define PDN_MEMCACHED_LINE 2048                 /* bytes of a line */
#define PDN_MEMCACHED_MAX  (1024 * 1024 * 1024) /* bytes of a value */


typedef enum {
    PDN_MEMCACHED_OK = 0,
    PDN_MEMCACHED_AGAIN,
    PDN_MEMCACHED_ERROR
} pdn_memcached_rc_e;


/* "VA 3 f1 c7" and a value, or a line without one. */

typedef struct {
    const char *word; /* "VA", "HD", "EN", "SERVER_ERROR" ... */
    size_t word_len;
    const char *rest; /* of the line that `word` begins, without the value's
                         length */
    size_t rest_len;
    const char *value; /* NULL: there is none */
    size_t value_len;
    char text[64]; /* of pdn_memcached_binary_read(), which has no words */
} pdn_memcached_reply_t;


/*
 * Reads the reply that begins at `data`, of which `len` bytes are there.
 *
 *   PDN_MEMCACHED_OK     `*reply`, which is `*size` bytes long
 *   PDN_MEMCACHED_AGAIN  more is needed, up to `*size` at least
 *   PDN_MEMCACHED_ERROR  the server broke the protocol, see `*err`
 */
pdn_memcached_rc_e pdn_memcached_read(const char *data, size_t len,
                                      pdn_memcached_reply_t *reply,
                                      size_t *size, const char **err);

/* Whether the protocol takes the key as it is; else it goes as base64. */
int pdn_memcached_plain(const char *key, size_t len);

/*
 * Our code of the error that `reply` is, NULL when it is none:
 * "SERVER_ERROR out of memory ..." is "out_of_memory".
 */
const char *pdn_memcached_code(const pdn_memcached_reply_t *reply);


#endif /* PDN_MEMCACHED_H */
