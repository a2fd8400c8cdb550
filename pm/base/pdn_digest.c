/* SPDX-License-Identifier: MIT */
/* Digests; see pdn_digest.h. */

#include "pdn_digest.h"
#include "pdn_hex.h"
#include "pdn_lazy.h"

#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    int loaded;
    __typeof__(&EVP_Digest) EVP_Digest;
    __typeof__(&EVP_MD_fetch) EVP_MD_fetch;
    __typeof__(&EVP_MD_CTX_new) EVP_MD_CTX_new;
    __typeof__(&EVP_MD_CTX_free) EVP_MD_CTX_free;
    __typeof__(&EVP_DigestInit_ex) EVP_DigestInit_ex;
    __typeof__(&EVP_DigestUpdate) EVP_DigestUpdate;
    __typeof__(&EVP_DigestFinal_ex) EVP_DigestFinal_ex;
    /* fetched once: looking them up costs more than a small digest */
    EVP_MD *sha256;
    EVP_MD *md5;
} pdn_crypto_lib_t;

#define row(name) pdn_lazy_row(pdn_crypto_lib_t, name)

static const pdn_lazy_symbol_t pdn_crypto_symbols[] = {
    row(EVP_Digest),         row(EVP_MD_fetch),
    row(EVP_MD_CTX_new),     row(EVP_MD_CTX_free),
    row(EVP_DigestInit_ex),  row(EVP_DigestUpdate),
    row(EVP_DigestFinal_ex), { NULL, 0 },
};

#undef row

/* A library is the process's, so is this. */
static pdn_crypto_lib_t pdn_crypto;


static int
pdn_digest_load(pdn_error_t *err)
{
    if (pdn_crypto.loaded) {
        return 0;
    }

    if (pdn_lazy_load("libcrypto.so.3", "libssl3", pdn_crypto_symbols,
                      &pdn_crypto, err)
        != 0)
    {
        return -1;
    }

    pdn_crypto.sha256 = pdn_crypto.EVP_MD_fetch(NULL, "SHA256", NULL);
    pdn_crypto.md5 = pdn_crypto.EVP_MD_fetch(NULL, "MD5", NULL);

    if (pdn_crypto.sha256 == NULL) {
        return pdn_error(err, 901, "OpenSSL has no SHA-256");
    }

    pdn_crypto.loaded = 1;

    return 0;
}


int
pdn_digest(const void *data, size_t len, pdn_digest_t *out, pdn_error_t *err)
{
    if (pdn_digest_load(err) != 0) {
        return -1;
    }

    if (!pdn_crypto.EVP_Digest(data, len, out->bytes, NULL, pdn_crypto.sha256,
                               NULL))
    {
        return pdn_error(err, 901, "cannot compute SHA-256");
    }

    return 0;
}


int
pdn_digest_fd(int fd, pdn_digest_t *out, pdn_error_t *err)
{
    char chunk[65536];
    EVP_MD_CTX *md;
    ssize_t n;
    int ok;

    if (pdn_digest_load(err) != 0) {
        return -1;
    }

    md = pdn_crypto.EVP_MD_CTX_new();
    n = 0;
    ok = md != NULL
         && pdn_crypto.EVP_DigestInit_ex(md, pdn_crypto.sha256, NULL);

    while (ok) {
        n = read(fd, chunk, sizeof(chunk));
        if (n <= 0) {
            break;
        }
        ok = pdn_crypto.EVP_DigestUpdate(md, chunk, n);
    }

    ok = ok && n == 0 && pdn_crypto.EVP_DigestFinal_ex(md, out->bytes, NULL);
    pdn_crypto.EVP_MD_CTX_free(md);

    if (!ok) {
        return pdn_error(err, 901, "cannot compute SHA-256: %s",
                         n == -1 ? strerror(errno) : "OpenSSL refused");
    }

    return 0;
}


void
pdn_digest_hex(const pdn_digest_t *sum, char out[PDN_DIGEST_HEX + 1])
{
    pdn_hex_write(sum->bytes, PDN_DIGEST_LEN, out);
}


static int
pdn_digest_nibble(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 32;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


int
pdn_digest_read(const char *hex, size_t len, pdn_digest_t *out)
{
    int high, low;
    size_t i;

    if (len != PDN_DIGEST_HEX) {
        return -1;
    }

    for (i = 0; i < PDN_DIGEST_LEN; i++) {
        high = pdn_digest_nibble(hex[2 * i]);
        low = pdn_digest_nibble(hex[2 * i + 1]);
        if (high == -1 || low == -1) {
            return -1;
        }
        out->bytes[i] = high << 4 | low;
    }

    return 0;
}


int
pdn_digest_md5(const void *data, size_t len, char out[33], pdn_error_t *err)
{
    unsigned char sum[16];

    if (pdn_digest_load(err) != 0) {
        return -1;
    }

    if (pdn_crypto.md5 == NULL
        || !pdn_crypto.EVP_Digest(data, len, sum, NULL, pdn_crypto.md5, NULL))
    {
        return pdn_error(err, 901, "cannot compute MD5");
    }

    pdn_hex_write(sum, sizeof(sum), out);

    return 0;
}
