/*
 * SPDX-License-Identifier: MIT
 *
 * memcached's old binary protocol, in the words of the meta protocol: what is
 * asked in these is put as its packets, and its answers are read as theirs.
 * It is the only one in which a server with SASL listens.  Plain C.
 */

#ifndef PDN_MEMCACHED_BINARY_H
#define PDN_MEMCACHED_BINARY_H


#include "pdn_memcached.h"


/* Bytes of a packet beyond its key and value, at most. */
#define PDN_MEMCACHED_PACKET 48


typedef struct {
    const char *command; /* "mg", "ms", "version" ... */
    size_t command_len;
    const char *key;
    size_t key_len;
    const char *tail;  /* flags, each with a space before it; ends with zero */
    const char *value; /* NULL: there is none */
    size_t value_len;
} pdn_memcached_ask_t;


/*
 * Writes the packet to `p`, where there is room for it; returns its length,
 * or 0 for a command that the protocol does not have.
 */
size_t pdn_memcached_binary_put(char *p, const pdn_memcached_ask_t *ask);

/* A packet that logs in, with PLAIN; `p` has room for the names, too. */
size_t pdn_memcached_binary_login(char *p, const char *user,
                                  const char *password);

/* As pdn_memcached_read(). */
pdn_memcached_rc_e pdn_memcached_binary_read(const char *data, size_t len,
                                             pdn_memcached_reply_t *reply,
                                             size_t *size, const char **err);


#endif /* PDN_MEMCACHED_BINARY_H */
