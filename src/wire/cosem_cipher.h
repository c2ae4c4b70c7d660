/* What protects an association (IEC 62056-5-3, §5.3 to §5.7): ciphered APDUs under the global
 * or the dedicated key, and the proofs by which client and meter know each other.
 *
 * The invocation counter of what we send must never repeat under one key: its owner keeps a
 * stretch of numbers in store before it lends them here, and nothing is sealed beyond it. */
#ifndef OHM_WIRE_COSEM_CIPHER_H
#define OHM_WIRE_COSEM_CIPHER_H

#include "base/digest.h"
#include "wire/cosem_acse.h"

enum {
    OHM_COSEM_PROOF_MAX = 80, /* a challenge of 64 in whole blocks, or SC, counter and tag */
    OHM_COSEM_KEY_MAX = 32,
    OHM_COSEM_SEAL_EXTRA = 1 + 5 + 1 + 4 + OHM_AEAD_TAG_LEN, /* around a ciphered APDU */
};

typedef struct ohm_cosem_security {
    uint8_t control; /* 0: none; 0x10, 0x20 or 0x30, plus the suite */
    const ohm_aead *aead;
    uint8_t auth_key[OHM_COSEM_KEY_MAX];
    uint8_t auth_key_len;
    const ohm_aead *dedicated; /* NULL: the global key does it all */
    uint8_t dedicated_key[OHM_COSEM_KEY_MAX];
    uint8_t dedicated_key_len;
    const ohm_digests *digests;          /* for HIGH, MD5, SHA1, SHA256 */
    uint8_t title[OHM_SYSTEM_TITLE_LEN]; /* ours */
    uint32_t counter, counter_end;       /* the next to be used; the first that is not ours */
    /* Of the meter, learnt; what an association before learnt of it may stand here to begin with.
     */
    bool has_peer;
    uint8_t peer[OHM_SYSTEM_TITLE_LEN];
    bool heard, heard_dedicated; /* a counter of its was accepted, under either key */
    uint32_t last, last_dedicated;
} ohm_cosem_security;

/* The meter says its title. Counters that another one's messages bore are none of its own. */
void ohm_cosem_peer(ohm_cosem_security *s, bool has_title,
                    const uint8_t title[static OHM_SYSTEM_TITLE_LEN]);

/* The tag of the ciphered form of a plain APDU, under the global or the dedicated key; 0 if it
 * has none. */
uint8_t ohm_cosem_cipher_tag(uint8_t plain, bool dedicated);

/* Appends `plain` ciphered. OHM_OK; OHM_NO_KEY; OHM_RANGE: the counters lent are used up;
 * OHM_TOO_BIG; OHM_IO. */
OHM_MUST_CHECK ohm_code ohm_cosem_seal(ohm_cosem_security *s, bool dedicated, ohm_span plain,
                                       ohm_writer *w);

/* Deciphers in place: *plain borrows from `apdu`. OHM_BAD_FORMAT; OHM_BAD_TAG; OHM_REPLAYED;
 * OHM_DENIED: less protected than what we send; OHM_NO_KEY. */
OHM_MUST_CHECK ohm_code ohm_cosem_unseal(ohm_cosem_security *s, uint8_t *apdu, size_t len,
                                         ohm_span *plain);
/* Why it could not be deciphered, for people. */
const char *ohm_cosem_unseal_text(ohm_code code);

/* What an authentication needs to know. */
typedef struct ohm_cosem_proof {
    ohm_cosem_auth auth;
    ohm_span secret;       /* the HLS secret; of GMAC: none, its keys are the security's */
    ohm_span ours, theirs; /* challenges: CtoS and StoC */
} ohm_cosem_proof;

/* Our answer to the meter's challenge (pass 3). Codes as of seal; OHM_UNSUPPORTED. */
OHM_MUST_CHECK ohm_code ohm_cosem_prove(ohm_cosem_security *s, const ohm_cosem_proof *proof,
                                        uint8_t out[static OHM_COSEM_PROOF_MAX], size_t *len);

/* The meter's answer to ours (pass 4). OHM_OK, OHM_BAD_TAG: it is not who it says. */
OHM_MUST_CHECK ohm_code ohm_cosem_verify(ohm_cosem_security *s, const ohm_cosem_proof *proof,
                                         ohm_span answer);

#endif
