/* Enciphered telegrams of M-Bus meters: security modes 5 and 7, with a made-up key. */
#include "wire/mbus_cipher.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../mbus_frames.h"
#include "host/crypto_digest.h"

static const ohm_mbus_cipher cipher = { &ohm_crypto_digests, "not any meter's" };
static const ohm_mbus_cipher other = { &ohm_crypto_digests, "nor is this one" };
static const ohm_mbus_cipher none;
static ohm_mbus decoder;

/* A long header, and 17.185 kWh behind it. */
#define PLAIN "78563412 2410 01 02 55 00 0000 0403 21430000"

static void cmac(void **state)
{
    (void)state;
    /* RFC 4493 §4, examples 1 to 4. */
    static const char key[] = "2b7e151628aed2a6abf7158809cf4f3c";
    static const char text[] = "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51"
                               "30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710";
    static const struct {
        size_t len;
        const char *want;
    } rows[] = {
        { 0, "bb1d6929e95937287fa37d129b756746" },
        { 16, "070a16b46b4d4144f79bdd9dd04a287c" },
        { 40, "dfa66747de9ae63030ca32611497c827" },
        { 64, "51f0bebf7e3b9d92fc49741779363cfe" },
    };
    const mbus_bytes k = mbus_hex(key), m = mbus_hex(text);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t got[OHM_CMAC_LEN];
        const mbus_bytes want = mbus_hex(rows[i].want);
        assert_int_equal(
            ohm_cmac(&ohm_crypto_digests, k.bytes, ohm_span_of(m.bytes, rows[i].len), got), OHM_OK);
        assert_memory_equal(got, want.bytes, sizeof got);
    }
}

static mbus_bytes sealed(const ohm_mbus_security *how)
{
    const mbus_bytes plain = mbus_hex(PLAIN);
    uint8_t data[OHM_MBUS_DATA_MAX + 1];
    size_t len = 0;
    mbus_bytes out;
    assert_int_equal(ohm_mbus_encipher(&cipher, how, mbus_span(&plain), data, &len), OHM_OK);
    out.len = ohm_mbus_put_long(0x08, 1, data[0], ohm_span_of(data + 1, len - 1), out.bytes);
    return out;
}

/* The checksum made right again. */
static void mend(mbus_bytes *b)
{
    uint8_t sum = 0;
    for (size_t i = 4; i < b->len - 2; i++)
        sum = (uint8_t)(sum + b->bytes[i]);
    b->bytes[b->len - 2] = sum;
}

static ohm_code decode(const ohm_mbus_cipher *key, const mbus_bytes *b, ohm_mbus_reject *reject)
{
    const ohm_mbus_message *m = NULL;
    ohm_span in = mbus_span(b);
    ohm_mbus_init(&decoder);
    decoder.cipher = *key;
    return ohm_mbus_next(&decoder, &in, &m, reject);
}

static const ohm_mbus_security modes[] = {
    { .mode = 5 },
    { .mode = 7, .has_counter = true, .counter = 4711 },
    { .mode = 7, .has_counter = true, .counter = 0xfffffffe, .authenticated = true },
};

static void opens(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        ohm_mbus_reject reject;
        const mbus_bytes b = sealed(&modes[i]);
        if (decode(&cipher, &b, &reject) != OHM_OK)
            fail_msg("%zu: %s", i, reject.what);
        const ohm_mbus_message *m = &decoder.message;
        assert_string_equal(m->id, "12345678");
        assert_int_equal(m->records_count, 1);
        assert_int_equal(m->records[0].mantissa, 17185);
        assert_memory_equal(&m->security, &modes[i], sizeof modes[i]);
        assert_int_equal(decoder.counters.messages, 1);
    }
}

/* No bit of the message may change, and none of it comes out under another key. */
static void stays_shut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        ohm_mbus_reject reject;
        const mbus_bytes b = sealed(&modes[i]);
        assert_int_equal(decode(&other, &b, &reject), OHM_BAD_TAG);
        assert_int_equal(reject.stage, OHM_MBUS_AT_CIPHER);
        assert_int_equal(decoder.counters.tag_failures, 1);
        assert_int_equal(decode(&none, &b, &reject), OHM_NO_KEY);
        assert_int_equal(decoder.counters.no_key, 1);
        for (size_t at = 6; at < b.len - 2; at++) {
            enum { FRAGMENT_ID = 8 }; /* of the only fragment: it names nothing */
            mbus_bytes bent = b;
            if (at == FRAGMENT_ID)
                continue;
            bent.bytes[at] ^= 0x10;
            mend(&bent);
            ohm_code code = decode(&cipher, &bent, &reject);
            if (modes[i].authenticated && code == OHM_OK)
                fail_msg("byte %zu of mode %u", at, modes[i].mode);
        }
    }
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t ci;
        const char *data;
        ohm_code code;
    } rows[] = {
        { "in the clear", 0x72, PLAIN, OHM_DENIED },
        { "no header", 0x78, "04 03 21430000", OHM_DENIED },
        { "a fixed structure", 0x73, "78563412 0A 00 0505 0A000000 35010000", OHM_DENIED },
        { "no block is enciphered", 0x72, "78563412 2410 01 02 55 00 0005 0403 21430000",
          OHM_DENIED },
        { "a short header", 0x7a, "55 00 1005 00000000 00000000 00000000 00000000",
          OHM_UNSUPPORTED },
        { "another mode", 0x72, "78563412 2410 01 02 55 00 100D 00 00000000", OHM_UNSUPPORTED },
        { "fewer bytes than blocks", 0x72, "78563412 2410 01 02 55 00 2005 00000000",
          OHM_BAD_FORMAT },
        { "a field that is cut off", 0x72, "78563412 2410 01 02 55 00 1007", OHM_BAD_FORMAT },
        { "a key of its own without a counter", 0x72,
          "78563412 2410 01 02 55 00 1007 10 00000000 00000000 00000000 00000000", OHM_BAD_FORMAT },
        { "a layer of nothing", 0x90, "", OHM_BAD_FORMAT },
        { "a layer that is cut off", 0x90, "0F 00 2C 25 01 00", OHM_BAD_FORMAT },
        { "fragments", 0x90, "02 00 40 72", OHM_UNSUPPORTED },
        { "another length", 0x90, "03 00 00 78 04 03 21430000", OHM_BAD_FORMAT },
        { "a message of another length", 0x90, "04 00 10 08 00 78 04 03 21430000", OHM_BAD_FORMAT },
        { "a MAC of no length", 0x90, "03 00 24 20 78", OHM_UNSUPPORTED },
        { "a layer around the clear", 0x90, "02 00 00 78 04 03 21430000", OHM_DENIED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_mbus_reject reject = { 0 };
        const mbus_bytes b = mbus_frame(0x08, 1, rows[i].ci, rows[i].data);
        ohm_code code = decode(&cipher, &b, &reject);
        if (code != rows[i].code || reject.stage != OHM_MBUS_AT_CIPHER)
            fail_msg("%s: %s: %s", rows[i].why, ohm_code_name(code), reject.what);
        assert_int_equal(decoder.counters.messages, 0);
    }
}

/* Errors and alarms have nothing to hide; a layer without need is taken off. */
static void allowed(void **state)
{
    (void)state;
    ohm_mbus_reject reject;
    const mbus_bytes error = mbus_frame(0x08, 1, 0x70, "08");
    assert_int_equal(decode(&cipher, &error, &reject), OHM_OK);
    const mbus_bytes wrapped = mbus_frame(0x08, 1, 0x90, "04 00 10 07 00 78 04 03 21430000");
    assert_int_equal(decode(&none, &wrapped, &reject), OHM_OK);
    assert_int_equal(decoder.message.records[0].mantissa, 17185);
    assert_int_equal(decoder.message.security.mode, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cmac),    cmocka_unit_test(opens),   cmocka_unit_test(stays_shut),
        cmocka_unit_test(refused), cmocka_unit_test(allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
