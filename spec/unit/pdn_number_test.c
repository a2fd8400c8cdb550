/* SPDX-License-Identifier: MIT */

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include "test.h"

#include "../../framework/native/pdn_number.c"


static void
reads(const char *text, double d)
{
    size_t n;
    pdn_err_t err;
    pdn_number_t number;

    n = pdn_number_read(pdn_slice(text, strlen(text)), &number, &err);

    check_that(n == strlen(text) && number.d == d, text);
}


static void
refuses(const char *text, size_t pos)
{
    pdn_err_t err;
    pdn_number_t number;

    check_that(pdn_number_read(pdn_slice(text, strlen(text)), &number, &err)
                       == 0
                   && err.msg != NULL && err.pos == pos,
               text);
}


static void
writes(double d, const char *text)
{
    u_char out[PDN_NUMBER_SIZE];

    check_that(pdn_number_write(out, d) == strlen(text)
                   && memcmp(out, text, strlen(text)) == 0,
               text);
}


/* Any double reads back as itself, whatever its bits. */
static void
round_trips(void)
{
    int i, same;
    size_t n;
    double d;
    u_char out[PDN_NUMBER_SIZE];
    uint64_t bits;
    pdn_err_t err;
    pdn_number_t number;

    bits = 88172645463325252ULL;
    same = 1;

    for (i = 0; i < 20000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&d, &bits, sizeof(d));

        if (!isfinite(d)) {
            continue;
        }

        n = pdn_number_write(out, d);
        same = same && n <= PDN_NUMBER_SIZE
               && pdn_number_read(pdn_slice(out, n), &number, &err) == n
               && number.d == d;

        d = (double) (int64_t) bits / 1e4;
        n = pdn_number_write(out, d);
        same = same && pdn_number_read(pdn_slice(out, n), &number, &err) == n
               && number.d == d;
    }

    check(same);
}


static void
keeps_integers(void)
{
    pdn_err_t err;
    pdn_number_t n;

    pdn_number_read(pdn_text("-9223372036854775808"), &n, &err);
    check(n.kind == PDN_NUMBER_INTEGER && n.negative
          && n.magnitude == 1ULL << 63);

    pdn_number_read(pdn_text("18446744073709551615"), &n, &err);
    check(n.kind == PDN_NUMBER_INTEGER && n.magnitude == UINT64_MAX);

    pdn_number_read(pdn_text("18446744073709551616"), &n, &err);
    check(n.kind == PDN_NUMBER_DOUBLE);

    pdn_number_read(pdn_text("1.0"), &n, &err);
    check(n.kind == PDN_NUMBER_DOUBLE);
}


/* Digits far beyond a double's own still decide a tie. */
static void
reads_many_digits(void)
{
    char text[2000];

    memset(text, '0', sizeof(text));
    memcpy(text, "9007199254740993", 16);
    text[16] = '.';
    text[1900] = '1';
    text[1901] = '\0';
    reads(text, 9007199254740994.0);

    text[1900] = '\0';
    reads(text, 9007199254740992.0);
}


test("reads numbers")
{
    reads("0", 0);
    reads("-0", -0.0);
    reads("12", 12);
    reads("1.5e3", 1500);
    reads("1E-2", 0.01);
    reads("123456789012345678901234567890", 1.2345678901234568e29);
    reads("2.2250738585072011e-308", 2.2250738585072011e-308);
    reads("4.9406564584124654e-324", 5e-324);
    reads("1e-400", 0);
    reads("0e999999999999", 0);
    reads("1.7976931348623157e308", DBL_MAX);
}


test("refuses what is no number of JSON")
{
    refuses("", 0);
    refuses("-", 1);
    refuses("01", 0);
    refuses("+1", 0);
    refuses("1.", 2);
    refuses("1.e5", 2);
    refuses("1e", 2);
    refuses("1e+", 3);
    refuses("1e999", 0);
}


test("writes the shortest digits that read back")
{
    writes(0, "0");
    writes(-0.0, "-0");
    writes(1, "1");
    writes(0.1, "0.1");
    writes(19.99, "19.99");
    writes(0.1 + 0.2, "0.30000000000000004");
    writes(1.0 / 3, "0.3333333333333333");
    writes(1e21, "1e+21");
    writes(1e20, "100000000000000000000");
    writes(1e-6, "0.000001");
    writes(1e-7, "1e-7");
    writes(-1.5e-9, "-1.5e-9");
    writes(5e-324, "5e-324");
    writes(DBL_MAX, "1.7976931348623157e+308");
    writes(9007199254740992.0, "9007199254740992");
}


test("brings random numbers back unchanged")
{
    round_trips();
}


test("keeps integers")
{
    keeps_integers();
}


test("reads many digits")
{
    reads_many_digits();
}
