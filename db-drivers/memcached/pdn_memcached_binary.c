/*
 * SPDX-License-Identifier: MIT
 *
 * A packet: 24 bytes of a head, extras, a key and a value.
 *
 *   0 magic  1 opcode  2-3 key's length  4 extras' length  6-7 status
 *   8-11 length of all behind the head  12-15 opaque  16-23 cas
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pdn_memcached_binary.h"


#define PDN_MEMCACHED_HEAD     24
#define PDN_MEMCACHED_REQUEST  0x80
#define PDN_MEMCACHED_RESPONSE 0x81
#define PDN_MEMCACHED_NEVER    0xffffffff /* is a counter made */


typedef enum {
    PDN_MEMCACHED_GET = 0x00,
    PDN_MEMCACHED_SET = 0x01,
    PDN_MEMCACHED_ADD = 0x02,
    PDN_MEMCACHED_REPLACE = 0x03,
    PDN_MEMCACHED_DELETE = 0x04,
    PDN_MEMCACHED_INCREMENT = 0x05,
    PDN_MEMCACHED_DECREMENT = 0x06,
    PDN_MEMCACHED_FLUSH = 0x08,
    PDN_MEMCACHED_NOOP = 0x0a,
    PDN_MEMCACHED_VERSION = 0x0b,
    PDN_MEMCACHED_APPEND = 0x0e,
    PDN_MEMCACHED_PREPEND = 0x0f,
    PDN_MEMCACHED_VERBOSITY = 0x1b,
    PDN_MEMCACHED_TOUCH = 0x1c,
    PDN_MEMCACHED_GAT = 0x1d,
    PDN_MEMCACHED_LOGIN = 0x21
} pdn_memcached_opcode_e;


typedef enum {
    PDN_MEMCACHED_DONE = 0,
    PDN_MEMCACHED_NOT_FOUND = 1,
    PDN_MEMCACHED_EXISTS = 2,
    PDN_MEMCACHED_NOT_STORED = 5
} pdn_memcached_status_e;


typedef struct {
    unsigned status;
    const char *text; /* as the text protocols say it */
} pdn_memcached_failure_t;


static unsigned pdn_memcached_opcode(const pdn_memcached_ask_t *ask);
static const char *pdn_memcached_flag(const char *tail, char flag);
static uint64_t pdn_memcached_number(const char *tail, char flag,
                                     uint64_t none);
static char *pdn_memcached_extras(char *p, unsigned opcode, const char *tail);
static char *pdn_memcached_put32(char *p, uint32_t n);
static char *pdn_memcached_put64(char *p, uint64_t n);
static size_t pdn_memcached_seal(char *p, unsigned opcode, size_t extras,
                                 size_t key, size_t value);
static uint64_t pdn_memcached_get(const char *p, size_t bytes);
static void pdn_memcached_done(pdn_memcached_reply_t *reply, unsigned opcode,
                               const char *extras, size_t extras_len);
static void pdn_memcached_refused(pdn_memcached_reply_t *reply, unsigned opcode,
                                  unsigned status);
static void pdn_memcached_say(pdn_memcached_reply_t *reply, const char *text);


static const pdn_memcached_failure_t pdn_memcached_failures[] = {
    { 0x03, "SERVER_ERROR object too large for cache" },
    { 0x04, "CLIENT_ERROR invalid arguments" },
    { 0x06, "CLIENT_ERROR cannot increment or decrement non-numeric value" },
    { 0x08, "CLIENT_ERROR authentication failure" },
    { 0x20, "CLIENT_ERROR authentication failure" },
    { 0x21, "CLIENT_ERROR authentication failure" },
    { 0x81, "ERROR unknown command" },
    { 0x82, "SERVER_ERROR out of memory storing object" },
    { 0, "SERVER_ERROR" }
};


size_t
pdn_memcached_binary_put(char *p, const pdn_memcached_ask_t *ask)
{
    char *last;
    size_t extras;
    unsigned opcode;

    opcode = pdn_memcached_opcode(ask);

    if (opcode == PDN_MEMCACHED_LOGIN) {
        return 0;
    }

    last = pdn_memcached_extras(p + PDN_MEMCACHED_HEAD, opcode, ask->tail);
    extras = last - p - PDN_MEMCACHED_HEAD;
    memcpy(last, ask->key, ask->key_len);

    if (ask->value != NULL) {
        memcpy(last + ask->key_len, ask->value, ask->value_len);
    }

    /* what a value that others changed meanwhile has not */
    (void) pdn_memcached_put64(p + 16, pdn_memcached_number(ask->tail, 'C', 0));

    return pdn_memcached_seal(p, opcode, extras, ask->key_len,
                              ask->value != NULL ? ask->value_len : 0);
}


size_t
pdn_memcached_binary_login(char *p, const char *user, const char *password)
{
    char *last;
    size_t user_len, password_len;

    static const char mechanism[] = "PLAIN";

    user_len = strlen(user);
    password_len = strlen(password);
    last = p + PDN_MEMCACHED_HEAD;
    memcpy(last, mechanism, sizeof(mechanism) - 1);
    last += sizeof(mechanism) - 1;
    *last++ = '\0';
    memcpy(last, user, user_len);
    last += user_len;
    *last++ = '\0';
    memcpy(last, password, password_len);
    (void) pdn_memcached_put64(p + 16, 0);

    return pdn_memcached_seal(p, PDN_MEMCACHED_LOGIN, 0, sizeof(mechanism) - 1,
                              user_len + password_len + 2);
}


pdn_memcached_rc_e
pdn_memcached_binary_read(const char *data, size_t len,
                          pdn_memcached_reply_t *reply, size_t *size,
                          const char **err)
{
    size_t key, extras, body;
    unsigned opcode, status;

    if (len < PDN_MEMCACHED_HEAD) {
        *size = PDN_MEMCACHED_HEAD;
        return PDN_MEMCACHED_AGAIN;
    }

    opcode = (unsigned char) data[1];
    key = pdn_memcached_get(data + 2, 2);
    extras = (unsigned char) data[4];
    status = (unsigned) pdn_memcached_get(data + 6, 2);
    body = pdn_memcached_get(data + 8, 4);

    if ((unsigned char) data[0] != PDN_MEMCACHED_RESPONSE) {
        *err = "a packet is not an answer";
        return PDN_MEMCACHED_ERROR;
    }

    if (key + extras > body || body > PDN_MEMCACHED_MAX) {
        *err = "a packet's length is out of bounds";
        return PDN_MEMCACHED_ERROR;
    }

    *size = PDN_MEMCACHED_HEAD + body;

    if (*size > len) {
        return PDN_MEMCACHED_AGAIN;
    }

    data += PDN_MEMCACHED_HEAD;
    reply->value = data + extras + key;
    reply->value_len = body - extras - key;

    if (status != PDN_MEMCACHED_DONE) {
        reply->value = NULL;
        pdn_memcached_refused(reply, opcode, status);
        return PDN_MEMCACHED_OK;
    }

    snprintf(reply->text, sizeof(reply->text), "VA c%llu",
             (unsigned long long) pdn_memcached_get(data - 8, 8));
    pdn_memcached_done(reply, opcode, data, extras);

    return PDN_MEMCACHED_OK;
}


/* PDN_MEMCACHED_LOGIN, which nobody asks for by name: there is none. */
static unsigned
pdn_memcached_opcode(const pdn_memcached_ask_t *ask)
{
    size_t i;
    const char *mode;

    static const struct {
        const char *command;
        char mode; /* what M says; 0: it says nothing */
        unsigned opcode;
    } opcodes[] = {
        { "mg", 0, PDN_MEMCACHED_GET },
        { "ms", 0, PDN_MEMCACHED_SET },
        { "ms", 'E', PDN_MEMCACHED_ADD },
        { "ms", 'R', PDN_MEMCACHED_REPLACE },
        { "ms", 'A', PDN_MEMCACHED_APPEND },
        { "ms", 'P', PDN_MEMCACHED_PREPEND },
        { "md", 0, PDN_MEMCACHED_DELETE },
        { "ma", 'I', PDN_MEMCACHED_INCREMENT },
        { "ma", 'D', PDN_MEMCACHED_DECREMENT },
        { "mn", 0, PDN_MEMCACHED_NOOP },
        { "flush_all", 0, PDN_MEMCACHED_FLUSH },
        { "version", 0, PDN_MEMCACHED_VERSION },
        { "verbosity", 0, PDN_MEMCACHED_VERBOSITY },
    };

    mode = pdn_memcached_flag(ask->tail, 'M');

    for (i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
        if (strlen(opcodes[i].command) != ask->command_len
            || memcmp(opcodes[i].command, ask->command, ask->command_len) != 0
            || opcodes[i].mode != (mode != NULL ? *mode : 0))
        {
            continue;
        }

        if (opcodes[i].opcode == PDN_MEMCACHED_GET
            && pdn_memcached_flag(ask->tail, 'T') != NULL)
        {
            return pdn_memcached_flag(ask->tail, 'v') != NULL
                       ? PDN_MEMCACHED_GAT
                       : PDN_MEMCACHED_TOUCH;
        }

        return opcodes[i].opcode;
    }

    return PDN_MEMCACHED_LOGIN;
}


/* What stands behind a flag; NULL: it is not there. */
static const char *
pdn_memcached_flag(const char *tail, char flag)
{
    for (/* void */; tail[0] != '\0'; tail++) {
        if (tail[0] == ' ' && tail[1] == flag) {
            return tail + 2;
        }
    }

    return NULL;
}


static uint64_t
pdn_memcached_number(const char *tail, char flag, uint64_t none)
{
    const char *p;

    p = pdn_memcached_flag(tail, flag);

    return p != NULL ? strtoull(p, NULL, 10) : none;
}


static char *
pdn_memcached_extras(char *p, unsigned opcode, const char *tail)
{
    switch (opcode) {

    case PDN_MEMCACHED_SET:
    case PDN_MEMCACHED_ADD:
    case PDN_MEMCACHED_REPLACE:
        p = pdn_memcached_put32(p, pdn_memcached_number(tail, 'F', 0));
        return pdn_memcached_put32(p, pdn_memcached_number(tail, 'T', 0));

    case PDN_MEMCACHED_INCREMENT:
    case PDN_MEMCACHED_DECREMENT:
        p = pdn_memcached_put64(p, pdn_memcached_number(tail, 'D', 1));
        p = pdn_memcached_put64(p, pdn_memcached_number(tail, 'J', 0));
        return pdn_memcached_put32(
            p, pdn_memcached_number(tail, 'N', PDN_MEMCACHED_NEVER));

    case PDN_MEMCACHED_TOUCH:
    case PDN_MEMCACHED_GAT:
        return pdn_memcached_put32(p, pdn_memcached_number(tail, 'T', 0));

    /* their tail is a number alone */
    case PDN_MEMCACHED_FLUSH:
    case PDN_MEMCACHED_VERBOSITY:
        return pdn_memcached_put32(p, strtoul(tail, NULL, 10));

    default:
        return p;
    }
}


static char *
pdn_memcached_put32(char *p, uint32_t n)
{
    int shift;

    for (shift = 24; shift >= 0; shift -= 8) {
        *p++ = (char) (n >> shift);
    }

    return p;
}


static char *
pdn_memcached_put64(char *p, uint64_t n)
{
    p = pdn_memcached_put32(p, (uint32_t) (n >> 32));

    return pdn_memcached_put32(p, (uint32_t) n);
}


/* Fills the head but for cas; gives the length of the packet. */
static size_t
pdn_memcached_seal(char *p, unsigned opcode, size_t extras, size_t key,
                   size_t value)
{
    (void) pdn_memcached_put32(p, (uint32_t) PDN_MEMCACHED_REQUEST << 24
                                      | opcode << 16 | (uint32_t) key);
    (void) pdn_memcached_put32(p + 4, (uint32_t) extras << 24);
    (void) pdn_memcached_put32(p + 8, (uint32_t) (extras + key + value));
    (void) pdn_memcached_put32(p + 12, 0);

    return PDN_MEMCACHED_HEAD + extras + key + value;
}


static uint64_t
pdn_memcached_get(const char *p, size_t bytes)
{
    uint64_t n;

    for (n = 0; bytes > 0; bytes--) {
        n = n << 8 | (unsigned char) *p++;
    }

    return n;
}


/* reply->text is "VA" and the cas. */
static void
pdn_memcached_done(pdn_memcached_reply_t *reply, unsigned opcode,
                   const char *extras, size_t extras_len)
{
    size_t len;

    switch (opcode) {

    case PDN_MEMCACHED_GET:
    case PDN_MEMCACHED_GAT:
        len = strlen(reply->text);
        snprintf(reply->text + len, sizeof(reply->text) - len, " f%llu",
                 (unsigned long long) pdn_memcached_get(extras, extras_len));
        pdn_memcached_say(reply, reply->text);
        return;

    case PDN_MEMCACHED_INCREMENT:
    case PDN_MEMCACHED_DECREMENT:
        snprintf(
            reply->text, sizeof(reply->text), "VA %llu",
            (unsigned long long) pdn_memcached_get(
                reply->value, reply->value_len <= 8 ? reply->value_len : 8));
        pdn_memcached_say(reply, reply->text);
        reply->value = reply->rest;
        reply->value_len = reply->rest_len;
        return;

    case PDN_MEMCACHED_VERSION:
        snprintf(reply->text, sizeof(reply->text), "VERSION %.*s",
                 (int) (reply->value_len < sizeof(reply->text)
                            ? reply->value_len
                            : sizeof(reply->text)),
                 reply->value);
        pdn_memcached_say(reply, reply->text);
        break;

    default:
        pdn_memcached_say(reply, "HD");
        break;
    }

    reply->value = NULL;
}


static void
pdn_memcached_refused(pdn_memcached_reply_t *reply, unsigned opcode,
                      unsigned status)
{
    const pdn_memcached_failure_t *f;

    switch (status) {

    case PDN_MEMCACHED_NOT_FOUND:
        pdn_memcached_say(reply, opcode == PDN_MEMCACHED_GET
                                         || opcode == PDN_MEMCACHED_GAT
                                         || opcode == PDN_MEMCACHED_TOUCH
                                     ? "EN"
                                 : opcode == PDN_MEMCACHED_REPLACE ? "NS"
                                                                   : "NF");
        return;

    case PDN_MEMCACHED_EXISTS:
        pdn_memcached_say(reply, opcode == PDN_MEMCACHED_ADD ? "NS" : "EX");
        return;

    case PDN_MEMCACHED_NOT_STORED:
        pdn_memcached_say(reply, "NS");
        return;
    }

    for (f = pdn_memcached_failures; f->status && f->status != status; f++) {
        /* void */
    }

    pdn_memcached_say(reply, f->text);
}


/* A word, and the rest behind a space. */
static void
pdn_memcached_say(pdn_memcached_reply_t *reply, const char *text)
{
    const char *space;

    space = strchr(text, ' ');
    reply->word = text;
    reply->word_len = space != NULL ? (size_t) (space - text) : strlen(text);
    reply->rest = space != NULL ? space + 1 : text + reply->word_len;
    reply->rest_len = strlen(reply->rest);
}
