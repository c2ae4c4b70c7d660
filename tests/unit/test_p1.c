#include "wire/p1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../telegrams.h"
#include "host/crypto_aead.h"

static ohm_p1 decoder;
static ohm_crypto_aead *cipher, *other_cipher;
static const uint8_t own_auth_key[16] = "nor is this one.";

typedef struct outcome {
    int messages, rejections;
    ohm_p1_reject reject;
} outcome;

static outcome feed(ohm_span in, bool finish)
{
    outcome out = { 0 };
    ohm_code code;
    if (finish)
        ohm_p1_finish(&decoder);
    do {
        const ohm_p1_message *m;
        ohm_p1_reject reject;
        code = ohm_p1_next(&decoder, &in, &m, &reject);
        out.messages += code == OHM_OK;
        if (code != OHM_OK && code != OHM_MORE && code != OHM_END) {
            out.rejections++;
            out.reject = reject;
        }
    } while (code != OHM_MORE && code != OHM_END);
    return out;
}

static outcome decode(const ohm_p1_config *config, ohm_span in)
{
    static const ohm_p1_config plain = { .aead = NULL };
    ohm_p1_init(&decoder, config ? config : &plain);
    return feed(in, true);
}

static const ohm_readout_set *set_of(const char *address)
{
    const ohm_readout *r = &decoder.message.readout;
    for (int i = 0; i < r->count; i++)
        if (ohm_span_is(r->sets[i].address, address))
            return &r->sets[i];
    fail_msg("%s is missing", address);
    return NULL;
}

static void a_telegram_is_read(void **state)
{
    (void)state;
    const telegram t = telegram_household(4711082, 1244);
    outcome out = decode(NULL, telegram_span(&t));
    assert_int_equal(out.messages, 1);
    assert_int_equal(out.rejections, 0);
    const ohm_p1_message *m = &decoder.message;
    assert_true(m->checked && !m->ciphered);
    assert_string_equal(m->id, "OHM0001");
    assert_true(ohm_span_is(m->ident.manufacturer, "OHM"));
    assert_int_equal(m->time.season, OHM_READOUT_WINTER);
    assert_int_equal(m->time.local.hour, 13);
    int64_t quantised;
    assert_int_equal(ohm_readout_quantise(set_of("1-0:1.8.1"), &quantised), OHM_OK);
    assert_int_equal(quantised, 4711082);
    assert_int_equal(ohm_readout_quantise(set_of("1-0:1.7.0"), &quantised), OHM_OK);
    assert_int_equal(quantised, 12440);
    assert_int_equal(set_of("1-0:99.97.0")->count, 6);
    const ohm_readout_set *gas = set_of("0-1:24.2.1");
    assert_int_equal(gas->quantity, OHM_Q_GAS_VOLUME);
    assert_int_equal(gas->time.local.minute, 55);
    assert_int_equal(ohm_readout_quantise(gas, &quantised), OHM_OK);
    assert_int_equal(quantised, 4711082);
    assert_int_equal(decoder.counters.frames, 1);
    assert_int_equal(decoder.counters.bytes_skipped, 0);
}

/* A register, and the line that DSMR 2 and 3 have. */
#define OLD "1-0:1.8.1(1*kWh)\r\n0-0:96.13.1()\r\n"

static void ends_of_telegrams(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        int messages;
        ohm_code code; /* of the refusal; OHM_OK: none */
    } rows[] = {
        { "DSMR 3 has no CRC", "/OHM5x\r\n\r\n" OLD "!\r\n", 1, OHM_OK },
        { "nor anything behind !", "/OHM5x\r\n\r\n" OLD "!", 1, OHM_OK },
        { "LF alone", "/OHM5x\n\n1-0:1.8.1(1*kWh)\n0-0:96.13.1()\n!\n", 1, OHM_OK },
        { "two in a row", "/OHM5x\r\n" OLD "!/OHM5x\r\n" OLD "!\r\n", 2, OHM_OK },
        { "a recording without its last !", "/OHM5x\r\n\r\n" OLD, 1, OHM_OK },
        { "its gas tells it too",
          "/OHM5x\r\n1-0:1.8.1(1*kWh)\r\n"
          "0-1:24.3.0(120517020000)(08)(60)(1)(0-1:24.2.1)(m3)(1)\r\n!\r\n",
          1, OHM_OK },
        { "the CRC's digits were lost", "/OHM5x\r\n\r\n1-0:1.8.0(9234.567*kWh)\r\n!\r\n", 0,
          OHM_BAD_CHECKSUM },
        { "and so was the version", "/OHM5x\r\n\r\n0-0:1.0.0(261120130000W)\r\n" OLD "!\r\n", 0,
          OHM_BAD_CHECKSUM },
        { "nor its last line's end", "/OHM5x\r\n\r\n1-0:1.8.1(1*kWh)\r\n1-0:1.8.2(1*kWh)", 0,
          OHM_GAP },
        { "DSMR 5 has a CRC", "/OHM5x\r\n\r\n1-3:0.2.8(50)\r\n" OLD "!\r\n", 0, OHM_BAD_CHECKSUM },
        { "so has Belgium", "/OHM5x\r\n\r\n0-0:96.1.4(50221)\r\n" OLD "!\r\n", 0,
          OHM_BAD_CHECKSUM },
        { "a clock came with the CRC", "/OHM5x\r\n0-0:1.0.0(261120130000W)\r\n" OLD, 0, OHM_GAP },
        { "a wrong CRC", "/OHM5x\r\n\r\n" OLD "!1234\r\n", 0, OHM_BAD_CHECKSUM },
        { "no CRC at all", "/OHM5x\r\n\r\n" OLD "!XYZW\r\n", 0, OHM_BAD_CHECKSUM },
        { "no line that is none", "/OHM5x\r\n\r\nwhat is this\r\n!\r\n", 0, OHM_BAD_FORMAT },
        { "a readout of another protocol", "/OHM5x\r\n1.8.0(1*kWh)\r\n!\r\n", 0, OHM_UNSUPPORTED },
        { "with codes to the full", "/OHM5x\r\n1-0:1.8.0*255(1*kWh)\r\n!\r\n", 0, OHM_UNSUPPORTED },
        { "no values", "/OHM5x\r\n\r\n!\r\n", 0, OHM_UNSUPPORTED },
        { "cut by the next", "/OHM5x\r\n1-0:1.8.1(1\r\n/OHM5x\r\n" OLD "!\r\n", 1, OHM_GAP },
        { "a slash and ! in a text", "/OHM5x\r\n0-0:96.13.0(a /abc!)\r\n" OLD "!\r\n", 1, OHM_OK },
        { "! behind a CR alone", "/OHM5x\r!\r\n" OLD "!\r\n", 1, OHM_OK },
        { "junk in front", "1(\xff/!/?!\r\n/OHM5x\r\n" OLD "!\r\n", 1, OHM_OK },
        { "nothing of it", "it was a dark and stormy night", 0, OHM_BAD_FORMAT },
        { "nothing", "", 0, OHM_OK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        outcome out = decode(NULL, ohm_span_text(rows[i].text));
        if (out.messages != rows[i].messages || (out.rejections > 0) != (rows[i].code != OHM_OK) ||
            (out.rejections > 0 && out.reject.code != rows[i].code))
            fail_msg("%s: %d messages, %d refusals: %s", rows[i].why, out.messages, out.rejections,
                     out.rejections ? ohm_code_name(out.reject.code) : "");
    }
}

/* A meter that sent a CRC once sends it always, whatever its lines look like; and one is not taken
 * from another stream's meter. */
static void once_checked_always_checked(void **state)
{
    (void)state;
    static const char old[] = "/OHM5\\2TEST\r\n\r\n" OLD "!\r\n";
    const telegram crc = telegram_of(OLD);
    telegram t = crc;
    telegram_append(&t, ohm_span_text(old));
    outcome out = decode(NULL, telegram_span(&t));
    assert_int_equal(out.messages, 1);
    assert_int_equal(out.reject.code, OHM_BAD_CHECKSUM);
    ohm_p1_reset(&decoder); /* the line broke: it is the same meter */
    assert_int_equal(feed(ohm_span_text(old), true).messages, 0);
    assert_int_equal(decode(NULL, ohm_span_text(old)).messages, 1);
}

/* A Warmtelink drops the zero in front; lower case is read too. */
static void digits_of_the_checksum(void **state)
{
    (void)state;
    int shorter = 0;
    for (uint32_t i = 0; i < 200; i++) {
        telegram t = telegram_household(4711082 + i, 300);
        uint8_t *digits = t.bytes + t.len - 6;
        for (int k = 0; k < 4; k++)
            if (digits[k] >= 'A')
                digits[k] |= 0x20;
        assert_int_equal(decode(NULL, telegram_span(&t)).messages, 1);
        if (digits[0] != '0')
            continue;
        memmove(digits, digits + 1, 5);
        t.len--;
        assert_int_equal(decode(NULL, telegram_span(&t)).messages, 1);
        shorter++;
    }
    assert_true(shorter > 0);
}

static void meters_on_the_bus(void **state)
{
    (void)state;
    static const struct {
        const char *why, *lines;
        int quantity; /* of the last line */
        int64_t quantised;
    } rows[] = {
        { "water", "0-2:24.1.0(007)\r\n0-2:24.2.1(261120125500W)(00872.234*m3)\r\n",
          OHM_Q_WATER_VOLUME, 872234 },
        { "Belgian gas", "0-1:24.1.0(003)\r\n0-1:24.2.3(261120125500W)(00112.384*m3)\r\n",
          OHM_Q_GAS_VOLUME, 112384 },
        { "heat in GJ", "0-1:24.1.0(004)\r\n0-1:24.2.1(261120125500W)(240.860*GJ)\r\n",
          OHM_Q_HEAT_ENERGY, INT64_C(240860000000) / 3600 },
        { "the kind behind the register",
          "0-3:24.1.0(012)\r\n0-3:24.2.1(261120125500W)(1.5*MJ)\r\n", OHM_Q_HEAT_ENERGY, 416 },
        { "gas of DSMR 3",
          "0-1:24.1.0(3)\r\n0-1:24.3.0(120517020000)(08)(60)(1)(0-1:24.2.1)(m3)\r\n"
          "(00124.477)\r\n",
          OHM_Q_GAS_VOLUME, 124477 },
        { "its brackets in another order",
          "0-1:24.1.0(3)\r\n0-1:24.3.0(120517020000)(08)(60)(1)(m3)(00124.477)\r\n", OHM_Q_NONE,
          0 },
        { "no kind said", "0-1:24.2.1(261120125500W)(00112.384*m3)\r\n", OHM_Q_NONE, 0 },
        { "a kind that we don't count", "0-1:24.1.0(008)\r\n0-1:24.2.1(261120125500W)(1*m3)\r\n",
          OHM_Q_NONE, 0 },
        { "the replaced meter is still on its channel",
          "0-1:24.1.0(003)\r\n0-2:24.1.0(003)\r\n0-1:24.2.1(261120125500W)(00001.000*m3)\r\n"
          "0-2:24.2.1(241120125500W)(09999.000*m3)\r\n",
          OHM_Q_NONE, 0 },
        { "the later of two speaks",
          "0-1:24.1.0(003)\r\n0-2:24.1.0(003)\r\n0-1:24.2.1(241120125500W)(09999.000*m3)\r\n"
          "0-2:24.2.1(261120125500W)(00001.000*m3)\r\n",
          OHM_Q_GAS_VOLUME, 1000 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const telegram t = telegram_of(rows[i].lines);
        assert_int_equal(decode(NULL, telegram_span(&t)).messages, 1);
        const ohm_readout *r = &decoder.message.readout;
        const ohm_readout_set *last = &r->sets[r->count - 1];
        int64_t got = 0;
        if (last->quantity != rows[i].quantity)
            fail_msg("%s: %s", rows[i].why,
                     ohm_quantity_get((ohm_quantity_id)last->quantity)->name);
        if (last->quantity != OHM_Q_NONE)
            assert_int_equal(ohm_readout_quantise(last, &got), OHM_OK);
        assert_int_equal(got, rows[i].quantised);
    }
}

static ohm_p1_config keyed(void)
{
    return (ohm_p1_config){ .aead = ohm_crypto_aead_table(cipher), .key_id = 1 };
}

static void ciphered_telegrams(void **state)
{
    (void)state;
    const ohm_aead *aead = ohm_crypto_aead_table(cipher);
    const telegram plain = telegram_household(4711082, 1244);
    const telegram sealed = telegram_sealed(&plain, aead, telegram_public_key, 0x30, 42);
    const telegram own = telegram_sealed(&plain, aead, own_auth_key, 0x30, 42);
    const telegram tagless = telegram_sealed(&plain, aead, own_auth_key, 0x20, 42);
    ohm_p1_config config = keyed(), with_own = keyed(), wrong = keyed();
    with_own.auth_key_len = 16;
    memcpy(with_own.auth_key, own_auth_key, 16);
    wrong.aead = ohm_crypto_aead_table(other_cipher);

    assert_int_equal(decode(&config, telegram_span(&sealed)).messages, 1);
    assert_true(decoder.message.ciphered);
    assert_int_equal(decoder.message.counter, 42);
    assert_memory_equal(decoder.message.title, telegram_title, sizeof telegram_title);
    assert_int_equal(decode(&with_own, telegram_span(&own)).messages, 1);
    assert_true(decoder.message.ciphered);

    assert_int_equal(decode(&config, telegram_span(&own)).reject.code, OHM_BAD_TAG);
    assert_int_equal(decode(&with_own, telegram_span(&sealed)).reject.code, OHM_BAD_TAG);
    assert_int_equal(decode(&config, telegram_span(&tagless)).messages, 0);
    assert_int_equal(decode(&wrong, telegram_span(&sealed)).reject.code, OHM_BAD_TAG);
    outcome out = decode(NULL, telegram_span(&sealed));
    assert_int_equal(out.reject.code, OHM_NO_KEY);
    assert_true(out.reject.has_title);
    assert_int_equal(out.reject.counter, 42);
    assert_int_equal(out.rejections, 1);
    assert_int_equal(decode(&config, telegram_span(&plain)).reject.code, OHM_DENIED);
    assert_int_equal(decoder.counters.refused, 1);
}

static void replayed_telegrams(void **state)
{
    (void)state;
    const ohm_aead *aead = ohm_crypto_aead_table(cipher);
    const telegram plain = telegram_household(4711082, 1244);
    telegram t = telegram_sealed(&plain, aead, telegram_public_key, 0x30, 7);
    const telegram next = telegram_sealed(&plain, aead, telegram_public_key, 0x30, 8);
    ohm_replay_guard guard;
    ohm_p1_config config = keyed();
    ohm_replay_init(&guard);
    config.guard = &guard;
    const telegram once = t;
    telegram_append(&t, telegram_span(&once));
    telegram_append(&t, telegram_span(&next));
    outcome out = decode(&config, telegram_span(&t));
    assert_int_equal(out.messages, 2);
    assert_int_equal(out.rejections, 1);
    assert_int_equal(out.reject.code, OHM_REPLAYED);
    config.pin_title = true;
    assert_int_equal(decode(&config, telegram_span(&next)).reject.code, OHM_DENIED);
    assert_int_equal(decoder.counters.strangers, 1);
}

static void any_flipped_bit_is_found(void **state)
{
    (void)state;
    const telegram plain = telegram_household(4711082, 1244);
    const telegram sealed =
        telegram_sealed(&plain, ohm_crypto_aead_table(cipher), telegram_public_key, 0x30, 42);
    const ohm_p1_config config = keyed();
    for (int ciphered = 0; ciphered < 2; ciphered++) {
        const telegram *good = ciphered ? &sealed : &plain;
        size_t checked = good->len - (ciphered ? 0 : 2);
        for (size_t bit = 0; bit < 8 * checked; bit++) {
            telegram t = *good;
            bool same = !ciphered && bit / 8 >= good->len - 6 && t.bytes[bit / 8] >= 'A' &&
                        bit % 8 == 5; /* a digit in lower case */
            t.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            telegram_append(&t, telegram_span(good));
            outcome out = decode(ciphered ? &config : NULL, telegram_span(&t));
            if (out.messages != (same ? 2 : 1))
                fail_msg("bit %zu: %d messages", bit, out.messages);
        }
    }
}

static void cut_telegrams_are_refused(void **state)
{
    (void)state;
    const telegram good = telegram_household(4711082, 1244);
    for (size_t len = 16; len < good.len - 2; len++) {
        outcome out = decode(NULL, ohm_span_of(good.bytes, len));
        if (out.messages != 0 || out.rejections != 1)
            fail_msg("cut at %zu: %d messages, %d refusals", len, out.messages, out.rejections);
    }
}

static void a_telegram_without_end(void **state)
{
    (void)state;
    static uint8_t bytes[3 * OHM_P1_TELEGRAM_MAX];
    const telegram good = telegram_household(4711082, 1244);
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, "/OHM5x\r\n", 8);
    memcpy(bytes + sizeof bytes - good.len, good.bytes, good.len);
    static const ohm_p1_config plain = { .aead = NULL };
    for (size_t chunk = 1; chunk <= sizeof bytes; chunk = chunk * 7 + 1) {
        int messages = 0, rejections = 0;
        ohm_p1_init(&decoder, &plain);
        for (size_t from = 0; from < sizeof bytes; from += chunk) {
            size_t n = sizeof bytes - from < chunk ? sizeof bytes - from : chunk;
            outcome out = feed(ohm_span_of(bytes + from, n), false);
            messages += out.messages;
            rejections += out.rejections;
        }
        assert_int_equal(messages, 1);
        assert_int_equal(rejections, 1);
        assert_int_equal(decoder.counters.bad_format, 1);
    }
}

static void the_line_breaks(void **state)
{
    (void)state;
    const telegram good = telegram_household(4711082, 1244);
    static const ohm_p1_config plain = { .aead = NULL };
    ohm_p1_init(&decoder, &plain);
    assert_int_equal(feed(ohm_span_of(good.bytes, 100), false).rejections, 0);
    ohm_p1_reset(&decoder);
    outcome out = feed(telegram_span(&good), false);
    assert_int_equal(out.messages, 1);
    assert_int_equal(out.rejections, 0);
    assert_int_equal(decoder.message.offset, 100);
}

static int begin(void **state)
{
    (void)state;
    static const uint8_t other[] = "another key, not this one";
    return ohm_crypto_aead_new(ohm_span_of(telegram_key, 16), &cipher) != OHM_OK ||
           ohm_crypto_aead_new(ohm_span_of(other, 16), &other_cipher) != OHM_OK;
}

static int end(void **state)
{
    (void)state;
    ohm_crypto_aead_free(cipher);
    ohm_crypto_aead_free(other_cipher);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_telegram_is_read),
        cmocka_unit_test(ends_of_telegrams),
        cmocka_unit_test(once_checked_always_checked),
        cmocka_unit_test(digits_of_the_checksum),
        cmocka_unit_test(meters_on_the_bus),
        cmocka_unit_test(ciphered_telegrams),
        cmocka_unit_test(replayed_telegrams),
        cmocka_unit_test(any_flipped_bit_is_found),
        cmocka_unit_test(cut_telegrams_are_refused),
        cmocka_unit_test(a_telegram_without_end),
        cmocka_unit_test(the_line_breaks),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
