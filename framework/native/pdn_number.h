/* SPDX-License-Identifier: MIT */
/*
 * Decimal numbers: read exactly, written in the shortest form that reads back
 * as the same double. Neither depends on the locale of the process.
 */

#ifndef PDN_NUMBER_H
#define PDN_NUMBER_H

#include "pdn.h"

typedef enum {
    PDN_NUMBER_DOUBLE,  /* has a fraction or an exponent, or is huge: `d` */
    PDN_NUMBER_INTEGER, /* an integer of -(2^64-1) .. 2^64-1 */
} pdn_number_kind_t;

typedef struct {
    pdn_number_kind_t kind;
    unsigned negative : 1;
    uint64_t magnitude; /* of an integer */
    double d;           /* always set, rounded to nearest */
} pdn_number_t;

#define PDN_NUMBER_SIZE 32

/*
 * Reads the JSON number at the start of `in`. Returns its length in bytes, or
 * 0 with the reason in `err`, whose `pos` counts from the start of `in`. A
 * number too great for a double is refused, one too small becomes zero.
 */
size_t pdn_number_read(pdn_slice_t in, pdn_number_t *n, pdn_err_t *err);

/*
 * Writes at most PDN_NUMBER_SIZE bytes and returns how many. The double must
 * be finite.
 */
size_t pdn_number_write(u_char *out, double d);
size_t pdn_number_write_uint(u_char *out, uint64_t n);

#endif /* PDN_NUMBER_H */
