/* Telegrams of both modes, under the target's key: usage: seed_mbus_cipher FOLDER */
#include "seed.h"

#include "host/crypto_digest.h"
#include "wire/mbus_cipher.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    static const ohm_mbus_security modes[] = {
        { .mode = 5 },
        { .mode = 7, .has_counter = true, .counter = 4711 },
        { .mode = 7, .has_counter = true, .counter = 4711, .authenticated = true },
    };
    const ohm_mbus_cipher cipher = { &ohm_crypto_digests, "no meter's key." };
    static const uint8_t plain[] = { 0x78, 0x56, 0x34, 0x12, 0x24, 0x10, 1,    2,    0x55,
                                     0,    0,    0,    0x04, 0x03, 0x21, 0x43, 0x00, 0x00 };
    const char *names[] = { "mode5", "mode7", "mode7_mac" };
    for (size_t i = 0; i < 3; i++) {
        uint8_t out[OHM_MBUS_DATA_MAX + 1];
        size_t len = 0;
        if (ohm_mbus_encipher(&cipher, &modes[i], ohm_span_of(plain, sizeof plain), out, &len) !=
            OHM_OK)
            return EXIT_FAILURE;
        seed_write(argv[1], names[i], ohm_span_of(out, len));
    }
    return EXIT_SUCCESS;
}
