/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL 3 through EVP. Every context is made and freed within a call: but for
 * the algorithm's handle, there is nothing to share or to leave behind.
 */

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <sys/random.h>
#include "pdn_crypto.h"


/*
 * AES-256-GCM, looked up among OpenSSL's providers once for the process:
 * that takes a third of the time in which a session is opened.
 */
static EVP_CIPHER *pdn_crypto_gcm;
static pthread_once_t pdn_crypto_once = PTHREAD_ONCE_INIT;


static void
pdn_crypto_fetch(void)
{
    pdn_crypto_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
}


static const EVP_CIPHER *
pdn_crypto_cipher(void)
{
    (void) pthread_once(&pdn_crypto_once, pdn_crypto_fetch);

    return pdn_crypto_gcm;
}


pdn_rc_t
pdn_crypto_seal(u_char *out, const u_char *key, pdn_slice_t text,
                pdn_slice_t aad)
{
    int n;
    u_char *body;
    pdn_rc_t rc;
    EVP_CIPHER_CTX *ctx;

    rc = PDN_ERROR;
    ctx = NULL;
    body = out + PDN_CRYPTO_NONCE;

    if (text.len > INT_MAX || aad.len > INT_MAX
        || pdn_crypto_random(out, PDN_CRYPTO_NONCE) != PDN_OK)
    {
        goto done;
    }

    ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        goto done;
    }

    if (EVP_EncryptInit_ex(ctx, pdn_crypto_cipher(), NULL, key, out) != 1
        || EVP_EncryptUpdate(ctx, NULL, &n, aad.data, (int) aad.len) != 1
        || EVP_EncryptUpdate(ctx, body, &n, text.data, (int) text.len) != 1
        || EVP_EncryptFinal_ex(ctx, body + text.len, &n) != 1
        || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, PDN_CRYPTO_TAG,
                               body + text.len)
               != 1)
    {
        goto done;
    }

    rc = PDN_OK;

done:

    EVP_CIPHER_CTX_free(ctx);

    return rc;
}


pdn_rc_t
pdn_crypto_open(u_char *out, const u_char *key, pdn_slice_t sealed,
                pdn_slice_t aad)
{
    int n;
    size_t len;
    pdn_rc_t rc;
    const u_char *body;
    EVP_CIPHER_CTX *ctx;

    if (sealed.len < PDN_CRYPTO_OVERHEAD || sealed.len > INT_MAX
        || aad.len > INT_MAX)
    {
        return PDN_ERROR;
    }

    rc = PDN_ERROR;
    len = sealed.len - PDN_CRYPTO_OVERHEAD;
    body = sealed.data + PDN_CRYPTO_NONCE;

    ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return PDN_ERROR;
    }

    if (EVP_DecryptInit_ex(ctx, pdn_crypto_cipher(), NULL, key, sealed.data)
            == 1
        && EVP_DecryptUpdate(ctx, NULL, &n, aad.data, (int) aad.len) == 1
        && EVP_DecryptUpdate(ctx, out, &n, body, (int) len) == 1
        && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, PDN_CRYPTO_TAG,
                               (void *) (uintptr_t) (body + len))
               == 1
        && EVP_DecryptFinal_ex(ctx, out + len, &n) == 1)
    {
        rc = PDN_OK;

    } else {
        OPENSSL_cleanse(out, len);
    }

    EVP_CIPHER_CTX_free(ctx);

    return rc;
}


pdn_rc_t
pdn_crypto_hkdf(u_char *out, size_t len, pdn_slice_t key, pdn_slice_t salt,
                pdn_slice_t info)
{
    pdn_rc_t rc;
    EVP_PKEY_CTX *ctx;

    if (key.len > INT_MAX || salt.len > INT_MAX || info.len > 1024) {
        return PDN_ERROR;
    }

    ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    if (ctx == NULL) {
        return PDN_ERROR;
    }

    rc = PDN_ERROR;

    if (EVP_PKEY_derive_init(ctx) == 1
        && EVP_PKEY_CTX_set_hkdf_md(ctx, EVP_sha256()) == 1
        && EVP_PKEY_CTX_set1_hkdf_salt(ctx, salt.data, (int) salt.len) == 1
        && EVP_PKEY_CTX_set1_hkdf_key(ctx, key.data, (int) key.len) == 1
        && EVP_PKEY_CTX_add1_hkdf_info(ctx, info.data, (int) info.len) == 1
        && EVP_PKEY_derive(ctx, out, &len) == 1)
    {
        rc = PDN_OK;
    }

    EVP_PKEY_CTX_free(ctx);

    return rc;
}


pdn_rc_t
pdn_crypto_hmac(u_char *out, pdn_slice_t key, pdn_slice_t text)
{
    unsigned int n;

    if (key.len > INT_MAX) {
        return PDN_ERROR;
    }

    n = PDN_CRYPTO_HASH;

    return HMAC(EVP_sha256(), key.data, (int) key.len, text.data, text.len, out,
                &n) != NULL
               ? PDN_OK
               : PDN_ERROR;
}


pdn_rc_t
pdn_crypto_sha256(u_char *out, pdn_slice_t text)
{
    unsigned int n;

    return EVP_Digest(text.data, text.len, out, &n, EVP_sha256(), NULL) == 1
               ? PDN_OK
               : PDN_ERROR;
}


pdn_rc_t
pdn_crypto_random(u_char *out, size_t len)
{
    ssize_t n;

    while (len > 0) {
        n = getrandom(out, len, 0);

        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }

            return PDN_ERROR;
        }

        out += n;
        len -= n;
    }

    return PDN_OK;
}


void
pdn_crypto_xor(u_char *out, const u_char *a, const u_char *b, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        out[i] = a[i] ^ b[i];
    }
}


int
pdn_crypto_equal(pdn_slice_t a, pdn_slice_t b)
{
    return a.len == b.len && CRYPTO_memcmp(a.data, b.data, a.len) == 0;
}
