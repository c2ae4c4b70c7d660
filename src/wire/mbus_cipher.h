/* What lies between a long frame of the M-Bus and its records: the authentication and
 * fragmentation layer (EN 13757-7 §6, CI 90h) and the ciphers of the transport layer (§7.6, §9.4):
 * security mode 5 (AES-128 in CBC, the initialisation vector from the meter's address and the
 * access number) and mode 7 (the same with a key that is derived for each message, and a MAC where
 * the frame has the layer for it).
 *
 * The first two bytes of what was deciphered must be 2Fh 2Fh, or nothing of it is believed. Mode 5
 * proves no more than that; a right MAC of mode 7 proves who said it. With a key a telegram of
 * records in the clear is refused, since anybody on the line could have said it. */
#ifndef OHM_WIRE_MBUS_CIPHER_H
#define OHM_WIRE_MBUS_CIPHER_H

#include "base/digest.h"
#include "wire/mbus.h"

/* A long frame's CI and what is behind it, changed in place. */
typedef struct ohm_mbus_payload {
    uint8_t ci;
    uint8_t *data;
    size_t len;
} ohm_mbus_payload;

/* Takes the layer off and deciphers: *payload is then what ohm_mbus_parse reads. Without a key an
 * enciphered telegram stays as it is, and ohm_mbus_parse refuses it. *reject is written on failure
 * only: OHM_BAD_TAG, OHM_DENIED (in the clear), OHM_UNSUPPORTED, OHM_BAD_FORMAT; its offset counts
 * from `data`. */
OHM_MUST_CHECK ohm_code ohm_mbus_decipher(const ohm_mbus_cipher *cipher, ohm_mbus_payload *payload,
                                          ohm_mbus_security *ret_security, ohm_mbus_reject *reject);

/* The way back, for the simulator and the tests: `plain` is a long header (its configuration field
 * is written here) and records, *out is what goes behind A. how->mode is 5, or 7 with a counter and
 * with the layer and a MAC where how->authenticated. At most OHM_MBUS_DATA_MAX bytes come of it;
 * OHM_TOO_BIG: of more than 15 blocks. */
OHM_MUST_CHECK ohm_code ohm_mbus_encipher(const ohm_mbus_cipher *cipher,
                                          const ohm_mbus_security *how, ohm_span plain,
                                          uint8_t out[static OHM_MBUS_DATA_MAX + 1],
                                          size_t *ret_len);

enum { OHM_CMAC_LEN = OHM_CIPHER_BLOCK_LEN };

/* AES-CMAC (RFC 4493) of a message of any length. */
OHM_MUST_CHECK ohm_code ohm_cmac(const ohm_digests *digests,
                                 const uint8_t key[static OHM_CIPHER_BLOCK_LEN], ohm_span message,
                                 uint8_t out[static OHM_CMAC_LEN]);

#endif
