/* The bytes of a simulated E450 on standard output, for tests that drive the program.
 *
 * usage: push_e450 [--pairs] [--key HEX --auth-key HEX] [--start UTC_MS] COUNT
 *
 * COUNT pushing times of five seconds from noon of 2026-11-20 (or another start), each with
 * what is due. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/hex_input.h"
#include "host/crypto_aead.h"
#include "sim/e450.h"

static int fail(const char *why)
{
    (void)fprintf(stderr, "push_e450: %s\n", why);
    return 2;
}

static int push(ohm_e450 *meter, ohm_ms start_ms, int count)
{
    static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    uint8_t bytes[OHM_E450_PUSH_MAX];
    ohm_house house;
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_house_init(&house, 450, start_ms - OHM_HOUR_MS);
    for (int i = 0; i < count; i++) {
        ohm_writer out = ohm_writer_over(bytes, sizeof bytes);
        ohm_house_step(&house, &utc, start_ms + i * OHM_E450_PERIOD_MS, fed);
        if (ohm_e450_push(meter, &house, &utc, &out) != OHM_OK ||
            fwrite(out.ptr, 1, out.len, stdout) != out.len)
            return fail("no push");
    }
    return fflush(stdout) == 0 ? 0 : fail("no output");
}

int main(int argc, char **argv)
{
    ohm_e450 meter;
    ohm_crypto_aead *cipher = NULL;
    uint8_t key[16];
    size_t len = 0;
    ohm_ms start_ms = 1795176000000;
    ohm_e450_init(&meter);
    int i = 1;
    for (; i + 1 < argc; i++) {
        if (!strcmp(argv[i], "--pairs")) {
            meter.layout = OHM_E450_PAIRS;
            continue;
        }
        const char *value = argv[++i];
        if (!strcmp(argv[i - 1], "--start"))
            start_ms = strtoll(value, NULL, 10);
        else if (ohm_hex_parse(ohm_span_text(value), key, sizeof key, &len) != OHM_OK || len != 16)
            return fail("a key is 32 hex digits");
        else if (!strcmp(argv[i - 1], "--auth-key"))
            memcpy(meter.auth_key, key, sizeof key);
        else if (ohm_crypto_aead_new(ohm_span_of(key, sizeof key), &cipher) != OHM_OK)
            return fail("no cipher");
    }
    if (i >= argc)
        return fail("how many?");
    if (cipher)
        meter.aead = ohm_crypto_aead_table(cipher);
    int status = push(&meter, start_ms, atoi(argv[i]));
    ohm_crypto_aead_free(cipher);
    return status;
}
