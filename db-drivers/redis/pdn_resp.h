/*
 * SPDX-License-Identifier: MIT
 *
 * What a Redis server says (RESP2 and RESP3), read where it lies.  Plain C:
 * no sockets, no memory of its own, no Lua.
 *
 * A frame is one whole reply, or one message that was not asked for.  It is
 * looked for with a scan while its bytes come in, and read item by item when
 * all of it is there.
 */

#ifndef PDN_RESP_H
#define PDN_RESP_H


#include <stddef.h>
#include <stdint.h>


#define PDN_RESP_DEPTH 64                   /* of lists in lists */
#define PDN_RESP_LINE  65536                /* bytes of a line */
#define PDN_RESP_MAX   (1024 * 1024 * 1024) /* bytes of a frame */


typedef enum {
    PDN_RESP_OK = 0,
    PDN_RESP_AGAIN,
    PDN_RESP_ERROR
} pdn_resp_rc_e;


/* One item; of what holds others (see below) only its head. */

typedef struct {
    char type;        /* as the protocol writes it: '+', '$', '%' ... */
    int null;         /* whatever the type: there is no value */
    int64_t n;        /* ':' the number, '#' 0 or 1; items that follow */
    const char *data; /* of all other types */
    size_t len;
} pdn_resp_item_t;


/* How far the search for the frame's end has come. */

typedef struct {
    size_t pos;  /* from the frame's start; its length in the end */
    size_t want; /* the frame is at least as long */
    char type;   /* of the frame, 0 until it is known */
    unsigned depth;
    uint64_t attributes; /* bit N: what is at depth N is no value */
    int64_t left[PDN_RESP_DEPTH];
    const char *err;
} pdn_resp_scan_t;


/* Types whose values are other items: `n` of them follow. */
#define pdn_resp_holds(type)                                                   \
    ((type) == '*' || (type) == '%' || (type) == '~' || (type) == '>'          \
     || (type) == '|')


void pdn_resp_scan_init(pdn_resp_scan_t *scan);

/*
 * Goes on with the frame that begins at `data`, of which `len` bytes are
 * there.
 *
 *   PDN_RESP_OK     the frame is scan->pos bytes long
 *   PDN_RESP_AGAIN  more is needed, up to scan->want at least
 *   PDN_RESP_ERROR  the server broke the protocol, see scan->err; stays so
 */
pdn_resp_rc_e pdn_resp_scan(pdn_resp_scan_t *scan, const char *data,
                            size_t len);

/*
 * Reads the item at data + *pos, and moves *pos behind it.  Answers as
 * above; when it needs more, *pos stays and `*want` is where data must reach.
 * In a frame that was scanned it always answers PDN_RESP_OK.
 */
pdn_resp_rc_e pdn_resp_item(const char *data, size_t len, size_t *pos,
                            pdn_resp_item_t *item, size_t *want,
                            const char **err);


#endif /* PDN_RESP_H */
