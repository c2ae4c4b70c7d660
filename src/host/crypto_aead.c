#include "host/crypto_aead.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

/* OpenSSL wants one context a direction: both keep the key schedule, and a message only sets
 * the nonce. The cipher is fetched once, because an implicit fetch costs as much as a message. */
struct ohm_crypto_aead {
    ohm_aead table;
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *opener, *sealer;
};

/* Sets the nonce and feeds what is authenticated only. */
static bool begin(EVP_CIPHER_CTX *ctx, const ohm_aead_text *message)
{
    if (EVP_CipherInit_ex2(ctx, NULL, NULL, message->nonce, -1, NULL) != 1)
        return false;
    for (int i = 0; i < OHM_AEAD_AAD_PARTS; i++) {
        int n = 0;
        if (message->aad[i].len == 0)
            continue;
        if (EVP_CipherUpdate(ctx, NULL, &n, message->aad[i].ptr, (int)message->aad[i].len) != 1)
            return false;
    }
    return true;
}

static bool transform(EVP_CIPHER_CTX *ctx, const ohm_aead_text *message)
{
    int n = 0;
    return message->len == 0 ||
           EVP_CipherUpdate(ctx, message->text, &n, message->text, (int)message->len) == 1;
}

static ohm_code aead_open(void *ctx, ohm_aead_text *message)
{
    ohm_crypto_aead *aead = ctx;
    uint8_t rest[16];
    int n = 0;
    /* The final call compares the tag in constant time. */
    if (begin(aead->opener, message) && transform(aead->opener, message) &&
        EVP_CIPHER_CTX_ctrl(aead->opener, EVP_CTRL_AEAD_SET_TAG, OHM_AEAD_TAG_LEN, message->tag) ==
            1 &&
        EVP_CipherFinal_ex(aead->opener, rest, &n) == 1)
        return OHM_OK;
    if (message->len > 0)
        OPENSSL_cleanse(message->text, message->len);
    return OHM_BAD_TAG;
}

static ohm_code aead_decrypt(void *ctx, ohm_aead_text *message)
{
    ohm_crypto_aead *aead = ctx;
    return begin(aead->opener, message) && transform(aead->opener, message) ? OHM_OK : OHM_IO;
}

static ohm_code aead_seal(void *ctx, ohm_aead_text *message)
{
    ohm_crypto_aead *aead = ctx;
    uint8_t rest[16];
    int n = 0;
    bool done = begin(aead->sealer, message) && transform(aead->sealer, message) &&
                EVP_CipherFinal_ex(aead->sealer, rest, &n) == 1 &&
                EVP_CIPHER_CTX_ctrl(aead->sealer, EVP_CTRL_AEAD_GET_TAG, OHM_AEAD_TAG_LEN,
                                    message->tag) == 1;
    return done ? OHM_OK : OHM_IO;
}

static EVP_CIPHER_CTX *keyed(const EVP_CIPHER *cipher, ohm_span key, int encrypt)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx && EVP_CipherInit_ex2(ctx, cipher, key.ptr, NULL, encrypt, NULL) == 1)
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

ohm_code ohm_crypto_aead_new(ohm_span key, ohm_crypto_aead **out)
{
    if (key.len != 16 && key.len != 32)
        return OHM_RANGE;
    ohm_crypto_aead *aead = calloc(1, sizeof *aead);
    if (!aead)
        return OHM_NO_MEMORY;
    aead->cipher = EVP_CIPHER_fetch(NULL, key.len == 16 ? "AES-128-GCM" : "AES-256-GCM", NULL);
    if (aead->cipher) {
        aead->opener = keyed(aead->cipher, key, 0);
        aead->sealer = keyed(aead->cipher, key, 1);
    }
    if (!aead->opener || !aead->sealer) {
        ohm_crypto_aead_free(aead);
        return OHM_IO;
    }
    aead->table = (ohm_aead){
        .ctx = aead,
        .key_len = key.len,
        .open = aead_open,
        .decrypt = aead_decrypt,
        .seal = aead_seal,
    };
    *out = aead;
    return OHM_OK;
}

void ohm_crypto_aead_free(ohm_crypto_aead *aead)
{
    if (!aead)
        return;
    EVP_CIPHER_CTX_free(aead->opener); /* wipes the key schedule */
    EVP_CIPHER_CTX_free(aead->sealer);
    EVP_CIPHER_free(aead->cipher);
    free(aead);
}

const ohm_aead *ohm_crypto_aead_table(const ohm_crypto_aead *aead)
{
    return &aead->table;
}

uint32_t ohm_crypto_key_id(ohm_span key)
{
    static const uint8_t label[] = "ohmstead replay guard";
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!HMAC(EVP_sha256(), key.ptr, (int)key.len, label, sizeof label - 1, digest, &n) || n < 4)
        abort(); /* SHA-256 is always there: without it nothing here works */
    uint32_t id = ohm_be32(digest);
    OPENSSL_cleanse(digest, sizeof digest);
    return id;
}
