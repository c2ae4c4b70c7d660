/* The ciphers, as a table of functions: the pure rooms know AES-GCM only by this contract.
 * host/crypto_aead.h fills the table with OpenSSL; the context behind it keeps the key
 * schedule, allocates nothing per message and compares tags in constant time.
 *
 * The tag is always the 12 bytes of DLMS/COSEM (Green Book, "general ciphering"). */
#ifndef OHM_BASE_AEAD_H
#define OHM_BASE_AEAD_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_AEAD_NONCE_LEN = 12,
    OHM_AEAD_TAG_LEN = 12,
    OHM_AEAD_AAD_PARTS = 2,
};

/* One message. `text` is changed in place. */
typedef struct ohm_aead_text {
    uint8_t nonce[OHM_AEAD_NONCE_LEN];
    ohm_span aad[OHM_AEAD_AAD_PARTS]; /* taken one after the other; may be empty */
    uint8_t *text;
    size_t len;
    uint8_t tag[OHM_AEAD_TAG_LEN]; /* checked by open, ignored by decrypt, written by seal */
} ohm_aead_text;

typedef struct ohm_aead {
    void *ctx;      /* holds one key */
    size_t key_len; /* 16 or 32 */
    /* OHM_OK, or OHM_BAD_TAG: `text` is then wiped and must not be read. */
    ohm_code (*open)(void *ctx, ohm_aead_text *message);
    /* Decrypts without any proof of origin: for 0x20 frames and for want of the
     * authentication key. OHM_OK, or OHM_IO. */
    ohm_code (*decrypt)(void *ctx, ohm_aead_text *message);
    /* Encrypts and writes the tag. OHM_OK, or OHM_IO. */
    ohm_code (*seal)(void *ctx, ohm_aead_text *message);
} ohm_aead;

#endif
