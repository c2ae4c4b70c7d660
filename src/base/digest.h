/* Hashes and one block cipher as a table of functions, for the proofs of identity in
 * DLMS/COSEM associations and the telegrams of M-Bus meters: the pure rooms know them only by this
 * contract, like base/aead.h. host/crypto_digest.h fills the table with OpenSSL. */
#ifndef OHM_BASE_DIGEST_H
#define OHM_BASE_DIGEST_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_DIGEST_LEN_MAX = 32,
    OHM_CIPHER_BLOCK_LEN = 16,
};

typedef enum ohm_digest_kind {
    OHM_DIGEST_MD5,
    OHM_DIGEST_SHA1,
    OHM_DIGEST_SHA256,
} ohm_digest_kind;

typedef struct ohm_digests {
    /* The digest of the parts, one after the other. OHM_OK and *len, or OHM_UNSUPPORTED where
     * the machine's policy forbids an old hash. */
    ohm_code (*digest)(ohm_digest_kind kind, const ohm_span *parts, size_t count,
                       uint8_t out[static OHM_DIGEST_LEN_MAX], size_t *len);
    /* AES-128 of one block in place. OHM_OK, or OHM_IO. */
    ohm_code (*aes_block)(const uint8_t key[static OHM_CIPHER_BLOCK_LEN],
                          uint8_t block[static OHM_CIPHER_BLOCK_LEN]);
    /* The same backwards. */
    ohm_code (*aes_unblock)(const uint8_t key[static OHM_CIPHER_BLOCK_LEN],
                            uint8_t block[static OHM_CIPHER_BLOCK_LEN]);
} ohm_digests;

#endif
