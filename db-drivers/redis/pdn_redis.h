/*
 * SPDX-License-Identifier: MIT
 *
 * What is known of Redis without a connection: the names of its errors, and
 * the slots of its clusters.
 */

#ifndef PDN_REDIS_H
#define PDN_REDIS_H


#include <stddef.h>


#define PDN_REDIS_SLOTS    16384
#define PDN_REDIS_WORD_MAX 32


/*
 * Our code of an error that the server told: "WRONGTYPE Operation ..." is
 * "wrong_type", an unknown one "error".  The server's own word goes to `word`
 * (at most PDN_REDIS_WORD_MAX bytes with its zero).
 */
const char *pdn_redis_code(const char *text, size_t len, char *word);

/* The slot of a key: of what stands in its first {}, if anything does. */
unsigned pdn_redis_slot(const char *key, size_t len);


#endif /* PDN_REDIS_H */
