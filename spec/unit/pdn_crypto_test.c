/*
 * SPDX-License-Identifier: MIT
 */

#include "test.h"

#include "../../framework/native/pdn_crypto.c"


static int
hex_is(const u_char *data, const char *hex)
{
    unsigned v;

    for (/* void */; *hex != '\0'; hex += 2, data++) {
        sscanf(hex, "%2x", &v);

        if (*data != v) {
            return 0;
        }
    }

    return 1;
}


static void
seals(void)
{
    size_t i;
    u_char key[PDN_CRYPTO_KEY], other[PDN_CRYPTO_KEY], out[64], back[64];
    pdn_slice_t sealed;

    check(pdn_crypto_random(key, sizeof(key)) == PDN_OK);
    memcpy(other, key, sizeof(key));
    other[31] ^= 1;

    check(pdn_crypto_seal(out, key, pdn_text("secret"), pdn_text("a"))
          == PDN_OK);

    sealed = pdn_slice(out, 6 + PDN_CRYPTO_OVERHEAD);

    check(pdn_crypto_open(back, key, sealed, pdn_text("a")) == PDN_OK);
    check_text(back, (size_t) 6, "secret");

    check(pdn_crypto_open(back, other, sealed, pdn_text("a")) == PDN_ERROR);
    check(pdn_crypto_open(back, key, sealed, pdn_text("b")) == PDN_ERROR);

    for (i = 0; i < sealed.len; i++) {
        out[i] ^= 1;
        check(pdn_crypto_open(back, key, sealed, pdn_text("a")) == PDN_ERROR);
        out[i] ^= 1;
        check(pdn_crypto_open(back, key, pdn_slice(out, i), pdn_text("a"))
              == PDN_ERROR);
    }
}


test("computes digests as the standards print them")
{
    u_char out[64];

    /* FIPS 180-2, RFC 4231 case 2, RFC 5869 case 1 */

    check(pdn_crypto_sha256(out, pdn_text("abc")) == PDN_OK);
    check(hex_is(out, "ba7816bf8f01cfea414140de5dae2223"
                      "b00361a396177a9cb410ff61f20015ad"));

    check(pdn_crypto_hmac(out, pdn_text("Jefe"),
                          pdn_text("what do ya want for nothing?"))
          == PDN_OK);
    check(hex_is(out, "5bdcc146bf60754e6a042426089575c7"
                      "5a003f089d2739839dec58b964ec3843"));

    check(pdn_crypto_hkdf(
              out, 42,
              pdn_text("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                       "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
              pdn_text("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"),
              pdn_text("\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9"))
          == PDN_OK);
    check(hex_is(out, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c"
                      "5db02d56ecc4c5bf34007208d5b887185865"));
}


test("compares in constant time")
{
    check(pdn_crypto_equal(pdn_text("abc"), pdn_text("abc")));
    check(!pdn_crypto_equal(pdn_text("abc"), pdn_text("abd")));
    check(!pdn_crypto_equal(pdn_text("abc"), pdn_text("ab")));
}


test("opens only what it sealed, unchanged")
{
    seals();
}
