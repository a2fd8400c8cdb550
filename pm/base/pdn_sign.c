/* SPDX-License-Identifier: MIT */
/* Ed25519; see pdn_sign.h. */

#include "pdn_sign.h"
#include "pdn_lazy.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

typedef struct {
    int loaded;
    __typeof__(&EVP_PKEY_new_raw_private_key) EVP_PKEY_new_raw_private_key;
    __typeof__(&EVP_PKEY_new_raw_public_key) EVP_PKEY_new_raw_public_key;
    __typeof__(&EVP_PKEY_get_raw_public_key) EVP_PKEY_get_raw_public_key;
    __typeof__(&EVP_PKEY_free) EVP_PKEY_free;
    __typeof__(&EVP_MD_CTX_new) EVP_MD_CTX_new;
    __typeof__(&EVP_MD_CTX_free) EVP_MD_CTX_free;
    __typeof__(&EVP_DigestSignInit) EVP_DigestSignInit;
    __typeof__(&EVP_DigestSign) EVP_DigestSign;
    __typeof__(&EVP_DigestVerifyInit) EVP_DigestVerifyInit;
    __typeof__(&EVP_DigestVerify) EVP_DigestVerify;
} pdn_sign_lib_t;

#define row(name) pdn_lazy_row(pdn_sign_lib_t, name)

static const pdn_lazy_symbol_t pdn_sign_symbols[] = {
    row(EVP_PKEY_new_raw_private_key),
    row(EVP_PKEY_new_raw_public_key),
    row(EVP_PKEY_get_raw_public_key),
    row(EVP_PKEY_free),
    row(EVP_MD_CTX_new),
    row(EVP_MD_CTX_free),
    row(EVP_DigestSignInit),
    row(EVP_DigestSign),
    row(EVP_DigestVerifyInit),
    row(EVP_DigestVerify),
    { NULL, 0 },
};

#undef row

/* A library is the process's, so is this. */
static pdn_sign_lib_t pdn_sign_lib;


static int
pdn_sign_load(pdn_error_t *err)
{
    if (pdn_sign_lib.loaded) {
        return 0;
    }

    if (pdn_lazy_load("libcrypto.so.3", "libssl3", pdn_sign_symbols,
                      &pdn_sign_lib, err)
        != 0)
    {
        return -1;
    }

    pdn_sign_lib.loaded = 1;

    return 0;
}


int
pdn_sign_secret(pdn_key_t *secret, pdn_error_t *err)
{
    return getrandom(secret->bytes, PDN_KEY_LEN, 0) == PDN_KEY_LEN
               ? 0
               : pdn_error(err, 901, "no randomness: %s", strerror(errno));
}


int
pdn_sign_public(const pdn_key_t *secret, pdn_key_t *key, pdn_error_t *err)
{
    EVP_PKEY *pkey;
    size_t len;
    int ok;

    if (pdn_sign_load(err) != 0) {
        return -1;
    }

    len = PDN_KEY_LEN;
    pkey = pdn_sign_lib.EVP_PKEY_new_raw_private_key(
        EVP_PKEY_ED25519, NULL, secret->bytes, PDN_KEY_LEN);
    ok = pkey != NULL
         && pdn_sign_lib.EVP_PKEY_get_raw_public_key(pkey, key->bytes, &len);
    pdn_sign_lib.EVP_PKEY_free(pkey);

    return ok ? 0 : pdn_error(err, 901, "OpenSSL makes no Ed25519 key");
}


int
pdn_sign(const pdn_key_t *secret, const void *data, size_t len,
         char out[PDN_SIG_HEX + 1], pdn_error_t *err)
{
    unsigned char sig[PDN_SIG_LEN];
    EVP_MD_CTX *md;
    EVP_PKEY *pkey;
    size_t n;
    int ok;

    if (pdn_sign_load(err) != 0) {
        return -1;
    }

    n = PDN_SIG_LEN;
    md = pdn_sign_lib.EVP_MD_CTX_new();
    pkey = pdn_sign_lib.EVP_PKEY_new_raw_private_key(
        EVP_PKEY_ED25519, NULL, secret->bytes, PDN_KEY_LEN);
    ok = md != NULL && pkey != NULL
         && pdn_sign_lib.EVP_DigestSignInit(md, NULL, NULL, NULL, pkey) == 1
         && pdn_sign_lib.EVP_DigestSign(md, sig, &n, data, len) == 1;
    pdn_sign_lib.EVP_MD_CTX_free(md);
    pdn_sign_lib.EVP_PKEY_free(pkey);

    if (!ok) {
        return pdn_error(err, 901, "OpenSSL signs nothing");
    }

    pdn_hex_write(sig, PDN_SIG_LEN, out);

    return 0;
}


int
pdn_sign_verify(const pdn_key_t *key, const void *data, size_t len,
                const char *sig, pdn_error_t *err)
{
    unsigned char bytes[PDN_SIG_LEN];
    EVP_MD_CTX *md;
    EVP_PKEY *pkey;
    int ok;

    if (pdn_hex_read(sig, PDN_SIG_LEN, bytes) != 0) {
        return 0;
    }

    if (pdn_sign_load(err) != 0) {
        return -1;
    }

    md = pdn_sign_lib.EVP_MD_CTX_new();
    pkey = pdn_sign_lib.EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
                                                    key->bytes, PDN_KEY_LEN);
    ok = md != NULL && pkey != NULL
         && pdn_sign_lib.EVP_DigestVerifyInit(md, NULL, NULL, NULL, pkey) == 1
         && pdn_sign_lib.EVP_DigestVerify(md, bytes, PDN_SIG_LEN, data, len)
                == 1;
    pdn_sign_lib.EVP_MD_CTX_free(md);
    pdn_sign_lib.EVP_PKEY_free(pkey);

    return ok;
}
