/* Any telegram under a key: what comes of it is records, or a refusal. */
#include <stdlib.h>

#include "host/crypto_digest.h"
#include "wire/mbus_cipher.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_mbus_message message;
    const ohm_mbus_cipher cipher = { &ohm_crypto_digests, "no meter's key." };
    uint8_t bytes[OHM_MBUS_DATA_MAX];
    ohm_mbus_security security;
    ohm_mbus_reject reject;
    if (size < 1 || size > sizeof bytes + 1)
        return 0;
    memcpy(bytes, data + 1, size - 1);
    ohm_mbus_payload p = { data[0], bytes, size - 1 };
    if (ohm_mbus_decipher(&cipher, &p, &security, &reject) != OHM_OK)
        return 0;
    if (p.len > size - 1 || p.data < bytes || p.data + p.len > bytes + size - 1)
        abort();
    if (ohm_mbus_parse(0x08, 1, p.ci, ohm_span_of(p.data, p.len), &message, &reject) == OHM_NO_KEY)
        abort();
    return 0;
}
