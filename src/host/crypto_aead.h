/* AES-GCM by OpenSSL behind base/aead.h: general ciphering of DLMS/COSEM with suites 0 to 2.
 *
 * One ohm_crypto_aead holds one key: its schedule is computed once, and a message after that
 * costs no allocation. It belongs to one thread. The key itself is not kept outside OpenSSL's
 * contexts, which wipe it when they are freed. */
#ifndef OHM_HOST_CRYPTO_AEAD_H
#define OHM_HOST_CRYPTO_AEAD_H

#include "base/aead.h"

typedef struct ohm_crypto_aead ohm_crypto_aead;

/* A cipher for a key of 16 or 32 bytes. OHM_RANGE for another length, OHM_NO_MEMORY, OHM_IO if
 * OpenSSL lacks the cipher. The caller frees *out. */
OHM_MUST_CHECK ohm_code ohm_crypto_aead_new(ohm_span key, ohm_crypto_aead **out);
void ohm_crypto_aead_free(ohm_crypto_aead *aead); /* takes NULL */

/* The table of functions over it; valid as long as the cipher. */
const ohm_aead *ohm_crypto_aead_table(const ohm_crypto_aead *aead);

/* A number that changes with the key and does not reveal it, for the replay guard: the first
 * bytes of a keyed hash. The same key gives the same number on every machine. */
uint32_t ohm_crypto_key_id(ohm_span key);

#endif
