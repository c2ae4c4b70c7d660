/* Hashes and single AES blocks by OpenSSL behind base/digest.h. */
#ifndef OHM_HOST_CRYPTO_DIGEST_H
#define OHM_HOST_CRYPTO_DIGEST_H

#include "base/digest.h"

extern const ohm_digests ohm_crypto_digests;

#endif
