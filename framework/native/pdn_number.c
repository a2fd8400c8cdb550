/* SPDX-License-Identifier: MIT */
/*
 * The quick paths use that powers of ten up to 10^22 and integers up to 2^53
 * are exact doubles, so one multiplication or division of the two is rounded
 * once, which is what correct means. Everything else goes through the C
 * library, asked in a form in which the decimal point of a locale has no part.
 */

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "pdn_number.h"

#define PDN_EXACT (1ULL << 53)

typedef struct {
    const u_char *int_start;
    const u_char *int_end;
    const u_char *frac_start;
    const u_char *frac_end;
    int exponent;
} pdn_number_parts_t;

static const double pdn_powers[] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

static const char pdn_digit_pairs[] =
    "0001020304050607080910111213141516171819"
    "2021222324252627282930313233343536373839"
    "4041424344454647484950515253545556575859"
    "6061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

static const u_char *pdn_number_scan(const u_char *p, const u_char *end,
                                     pdn_number_parts_t *parts,
                                     const char **msg);
static double pdn_number_slow(const pdn_number_parts_t *parts);
static size_t pdn_number_layout(u_char *out, const char *digits, int n,
                                int exponent);


static inline int
pdn_is_digit(const u_char *p, const u_char *end)
{
    return p < end && (u_char) (*p - '0') <= 9;
}


size_t
pdn_number_read(pdn_slice_t in, pdn_number_t *n, pdn_err_t *err)
{
    uint64_t m;
    int digits, scale, exact, integer;
    const u_char *p, *end, *q;
    pdn_number_parts_t parts;

    p = in.data;
    end = in.data + in.len;

    n->negative = (p < end && *p == '-');
    p += n->negative;

    p = pdn_number_scan(p, end, &parts, &err->msg);
    if (err->msg != NULL) {
        err->pos = (size_t) (p - in.data);
        return 0;
    }

    /* at most 19 digits fit whatever they are; the 20th is checked */
    m = 0;
    exact = 1;
    digits = 0;

    for (q = parts.int_start; q < parts.int_end; q++) {
        exact = exact && !__builtin_mul_overflow(m, 10, &m)
                && !__builtin_add_overflow(m, (uint64_t) (*q - '0'), &m);
    }

    integer = (p == parts.int_end);

    for (q = parts.frac_start; q < parts.frac_end; q++) {
        exact = exact && !__builtin_mul_overflow(m, 10, &m)
                && !__builtin_add_overflow(m, (uint64_t) (*q - '0'), &m);
        digits++;
    }

    scale = parts.exponent - digits;
    n->kind = (integer && exact) ? PDN_NUMBER_INTEGER : PDN_NUMBER_DOUBLE;
    n->magnitude = m;

    if (exact && scale == 0) {
        n->d = (double) m;

    } else if (exact && m <= PDN_EXACT && scale >= -22 && scale <= 22) {
        n->d = (scale < 0) ? (double) m / pdn_powers[-scale]
                           : (double) m * pdn_powers[scale];

    } else {
        n->d = pdn_number_slow(&parts);
    }

    if (!isfinite(n->d)) {
        err->msg = "number is too large";
        err->pos = 0;
        return 0;
    }

    if (n->negative) {
        n->d = -n->d;
    }

    return (size_t) (p - in.data);
}


static const u_char *
pdn_number_scan(const u_char *p, const u_char *end, pdn_number_parts_t *parts,
                const char **msg)
{
    int e, negative;

    *msg = NULL;
    parts->int_start = p;
    parts->exponent = 0;

    if (!pdn_is_digit(p, end)) {
        *msg = "a number needs a digit here";
        return p;
    }

    if (*p == '0' && pdn_is_digit(p + 1, end)) {
        *msg = "a number must not start with 0";
        return p;
    }

    while (pdn_is_digit(p, end)) {
        p++;
    }

    parts->int_end = p;
    parts->frac_start = p;
    parts->frac_end = p;

    if (p < end && *p == '.') {
        p++;
        parts->frac_start = p;

        while (pdn_is_digit(p, end)) {
            p++;
        }

        parts->frac_end = p;

        if (parts->frac_start == p) {
            *msg = "a number needs a digit after the point";
            return p;
        }
    }

    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        negative = (p < end && *p == '-');
        p += (p < end && (*p == '-' || *p == '+'));

        if (!pdn_is_digit(p, end)) {
            *msg = "a number needs a digit in its exponent";
            return p;
        }

        for (e = 0; pdn_is_digit(p, end); p++) {
            /* capped: far beyond what any mantissa we take can balance */
            e = (e < 100000000) ? e * 10 + (*p - '0') : e;
        }

        parts->exponent = negative ? -e : e;
    }

    return p;
}


/*
 * Many digits or a wide exponent. strtod() gets digits and an exponent but no
 * point; digits beyond 800 cannot change the result except by not being zero
 * (a double's exact expansion has at most 767), so a 1 stands for them.
 */
static double
pdn_number_slow(const pdn_number_parts_t *parts)
{
    enum {
        MAX = 800
    };

    char buf[MAX + 32];
    int n, dropped, nonzero, in_frac;
    long exponent;
    const u_char *q, *stop;

    n = 0;
    dropped = 0;
    nonzero = 0;
    exponent = parts->exponent;

    for (in_frac = 0; in_frac < 2; in_frac++) {
        q = in_frac ? parts->frac_start : parts->int_start;
        stop = in_frac ? parts->frac_end : parts->int_end;

        for (/* void */; q < stop; q++) {
            if (n == MAX) {
                nonzero |= (*q != '0');
                dropped += !in_frac;
                continue;
            }

            exponent -= in_frac;

            if (n != 0 || *q != '0') {
                buf[n++] = (char) *q;
            }
        }
    }

    if (n == 0) {
        return 0;
    }

    exponent += dropped;

    if (nonzero) {
        buf[n++] = '1';
        exponent--;
    }

    snprintf(buf + n, sizeof(buf) - (size_t) n, "e%ld", exponent);

    return strtod(buf, NULL);
}


size_t
pdn_number_write_uint(u_char *out, uint64_t n)
{
    char tmp[20];
    char *p;

    p = tmp + sizeof(tmp);

    while (n >= 100) {
        p -= 2;
        memcpy(p, pdn_digit_pairs + (n % 100) * 2, 2);
        n /= 100;
    }

    if (n >= 10) {
        p -= 2;
        memcpy(p, pdn_digit_pairs + n * 2, 2);

    } else {
        *--p = (char) ('0' + n);
    }

    n = (uint64_t) (tmp + sizeof(tmp) - p);
    memcpy(out, p, n);

    return n;
}


size_t
pdn_number_write(u_char *out, double d)
{
    int n, k, exponent;
    char text[40], digits[24];
    double scaled;
    u_char *p;
    const char *s;

    p = out;

    if (signbit(d)) {
        *p++ = '-';
        d = -d;
    }

    /* a money-like number: an integer once a small power of ten is applied */

    for (k = 0; d < 1e15 && k <= 6; k++) {
        scaled = d * pdn_powers[k];

        if (scaled > 1e15) {
            break;
        }

        if (scaled != floor(scaled) || scaled / pdn_powers[k] != d) {
            continue;
        }

        n = (int) pdn_number_write_uint((u_char *) digits, (uint64_t) scaled);

        if (k == 0) {
            memcpy(p, digits, (size_t) n);
            return (size_t) (p + n - out);
        }

        exponent = n - k;

        while (n > 1 && digits[n - 1] == '0') {
            n--;
        }

        p += pdn_number_layout(p, digits, n, exponent);
        return (size_t) (p - out);
    }

    /* below the normal numbers even one digit may be enough */

    for (k = d < DBL_MIN ? 0 : 14; k < 17; k++) {
        snprintf(text, sizeof(text), "%.*e", k, d);

        if (k == 16 || strtod(text, NULL) == d) {
            break;
        }
    }

    for (s = text, n = 0; *s != 'e'; s++) {
        if ((u_char) (*s - '0') <= 9) {
            digits[n++] = *s;
        }
    }

    exponent = (int) strtol(s + 1, NULL, 10) + 1;

    while (n > 1 && digits[n - 1] == '0') {
        n--;
    }

    p += pdn_number_layout(p, digits, n, exponent);

    return (size_t) (p - out);
}


/*
 * Lays out 0.DIGITS * 10^exponent, as JavaScript does: plain digits for
 * exponents of -5 to 21, else d.ddde+x.
 */
static size_t
pdn_number_layout(u_char *out, const char *digits, int n, int exponent)
{
    u_char *p;

    p = out;

    if (exponent > 21 || exponent < -5) {
        *p++ = (u_char) digits[0];

        if (n > 1) {
            *p++ = '.';
            memcpy(p, digits + 1, (size_t) n - 1);
            p += n - 1;
        }

        *p++ = 'e';
        *p++ = (exponent - 1 < 0) ? '-' : '+';
        p += pdn_number_write_uint(p, (uint64_t) abs(exponent - 1));

        return (size_t) (p - out);
    }

    if (exponent <= 0) {
        memcpy(p, "0.000000", 8);
        p += 2 - exponent;
        memcpy(p, digits, (size_t) n);

        return (size_t) (p + n - out);
    }

    if (n <= exponent) {
        memcpy(p, digits, (size_t) n);
        memset(p + n, '0', (size_t) (exponent - n));

        return (size_t) (p + exponent - out);
    }

    memcpy(p, digits, (size_t) exponent);
    p[exponent] = '.';
    memcpy(p + exponent + 1, digits + exponent, (size_t) (n - exponent));

    return (size_t) (p + n + 1 - out);
}
