#include "host/crypto_digest.h"

#include <openssl/evp.h>

static const EVP_MD *algorithm(ohm_digest_kind kind)
{
    switch (kind) {
    case OHM_DIGEST_MD5:
        return EVP_md5();
    case OHM_DIGEST_SHA1:
        return EVP_sha1();
    case OHM_DIGEST_SHA256:
        return EVP_sha256();
    }
    return NULL;
}

static ohm_code digest(ohm_digest_kind kind, const ohm_span *parts, size_t count,
                       uint8_t out[static OHM_DIGEST_LEN_MAX], size_t *len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned n = 0;
    if (!ctx)
        return OHM_NO_MEMORY;
    bool good = EVP_DigestInit_ex(ctx, algorithm(kind), NULL) == 1;
    for (size_t i = 0; good && i < count; i++)
        good = parts[i].len == 0 || EVP_DigestUpdate(ctx, parts[i].ptr, parts[i].len) == 1;
    good = good && EVP_DigestFinal_ex(ctx, out, &n) == 1;
    EVP_MD_CTX_free(ctx);
    if (!good)
        return OHM_UNSUPPORTED;
    *len = n;
    return OHM_OK;
}

static ohm_code one_block(int encrypt, const uint8_t key[static OHM_CIPHER_BLOCK_LEN],
                          uint8_t block[static OHM_CIPHER_BLOCK_LEN])
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0;
    if (!ctx)
        return OHM_NO_MEMORY;
    bool good = EVP_CipherInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL, encrypt) == 1 &&
                EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
                EVP_CipherUpdate(ctx, block, &n, block, OHM_CIPHER_BLOCK_LEN) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return good ? OHM_OK : OHM_IO;
}

static ohm_code aes_block(const uint8_t key[static OHM_CIPHER_BLOCK_LEN],
                          uint8_t block[static OHM_CIPHER_BLOCK_LEN])
{
    return one_block(1, key, block);
}

static ohm_code aes_unblock(const uint8_t key[static OHM_CIPHER_BLOCK_LEN],
                            uint8_t block[static OHM_CIPHER_BLOCK_LEN])
{
    return one_block(0, key, block);
}

const ohm_digests ohm_crypto_digests = { digest, aes_block, aes_unblock };
