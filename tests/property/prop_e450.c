/* The simulated E450 and the decoder are inverse: for a day of the house, in both configurations,
 * plain and ciphered, whatever pieces the bytes come in, each push gives the frame of the house. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/crypto_aead.h"
#include "meter/meter_time.h"
#include "meter/profiles.h"
#include "meter/readings.h"
#include "sim/e450.h"

/* 2026-10-24T12:00:00Z: the day holds the hour that Paris repeats. */
static const ohm_ms start_ms = 1792843200000;
enum { PUSHES = 86400 / 5, EVERY = 7 };

static const uint8_t key[16] = "encryption key 1", auth_key[16] = "authentication 1";

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

typedef struct bench {
    ohm_tz tz;
    ohm_house house;
    ohm_e450 e450;
    ohm_profiles *profiles;
    ohm_crypto_aead *cipher;
    ohm_replay_guard guard;
    ohm_dlms dlms;
    uint64_t seed;
    int messages;
} bench;

/* The frame a message must give: the list is known by what it holds. */
static void check(bench *b, const ohm_dlms_message *m)
{
    unsigned list = b->e450.layout == OHM_E450_PAIRS ? OHM_E450_AUSTRIAN
                    : m->id.len > 0                  ? OHM_E450_REGISTERS
                                                     : OHM_E450_POWERS;
    static ohm_frame got, want;
    ohm_meter_clock clock = { &b->tz, true, OHM_NO_MS, NULL };
    ohm_e450_frame(list, &b->house, 1, &want);
    ohm_readings_of(m, 1, ohm_meter_time_of(&clock, m, b->house.time_ms + 1700), &got);
    assert_int_equal(got.time_ms, want.time_ms);
    assert_int_equal(got.count, want.count);
    for (int i = 0; i < want.count; i++) {
        assert_int_equal(got.values[i].quantity, want.values[i].quantity);
        assert_int_equal(got.values[i].value, want.values[i].value);
        assert_int_equal(got.values[i].quality, m->security.authenticated
                                                    ? OHM_QUALITY_GOOD
                                                    : OHM_QUALITY_UNAUTHENTICATED);
    }
    b->messages++;
}

/* Any split: pieces of 1 to 200 bytes. */
static void feed(bench *b, ohm_span bytes)
{
    while (bytes.len > 0) {
        size_t n = 1 + (size_t)(next_random(&b->seed) % 200);
        ohm_span piece = ohm_span_part(bytes, 0, n < bytes.len ? n : bytes.len);
        bytes = ohm_span_part(bytes, piece.len, bytes.len - piece.len);
        const ohm_dlms_message *m = NULL;
        ohm_dlms_reject reject;
        ohm_code code;
        while ((code = ohm_dlms_next(&b->dlms, &piece, &m, &reject)) != OHM_MORE) {
            if (code != OHM_OK)
                fail_msg("%s", reject.what);
            check(b, m);
        }
    }
}

static void a_day(ohm_e450_layout layout, bool ciphered)
{
    static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    static uint8_t bytes[OHM_E450_PUSH_MAX];
    bench *b = calloc(1, sizeof *b);
    ohm_profile_fault fault;
    assert_non_null(b);
    assert_int_equal(ohm_profiles_load(NULL, &b->profiles, &fault), OHM_OK);
    assert_int_equal(ohm_crypto_aead_new(ohm_span_of(key, sizeof key), &b->cipher), OHM_OK);
    ohm_tz_utc(&b->tz);
    /* Paris around that night: what its zone file says, without needing one. */
    b->tz.types_count = 2;
    b->tz.type_offset_s[0] = 7200;
    b->tz.type_is_dst[0] = true;
    b->tz.type_offset_s[1] = 3600;
    b->tz.transitions_count = 1;
    b->tz.transition_s[0] = 1792890000;
    b->tz.transition_type[0] = 1;
    b->tz.has_rule = false;
    ohm_house_init(&b->house, 11, start_ms);
    ohm_e450_init(&b->e450);
    b->e450.layout = layout;
    b->seed = 5;
    ohm_dlms_config config = { .framings = OHM_DLMS_LINE,
                               .guard = &b->guard,
                               .profiles = b->profiles->items,
                               .profiles_count = b->profiles->count };
    if (layout == OHM_E450_PAIRS) /* which says nothing of its maker while it is plain */
        config.profile = ohm_profiles_find(b->profiles, "lg-e450");
    if (ciphered) {
        b->e450.aead = ohm_crypto_aead_table(b->cipher);
        memcpy(b->e450.auth_key, auth_key, sizeof auth_key);
        config.aead = b->e450.aead;
        memcpy(config.auth_key, auth_key, sizeof auth_key);
        config.auth_key_len = sizeof auth_key;
    }
    ohm_dlms_init(&b->dlms, &config);
    for (int i = 1; i <= PUSHES; i += EVERY) {
        ohm_house_step(&b->house, &b->tz, start_ms + i * OHM_E450_PERIOD_MS, fed);
        ohm_writer out = ohm_writer_over(bytes, sizeof bytes);
        assert_int_equal(ohm_e450_push(&b->e450, &b->house, &b->tz, &out), OHM_OK);
        int before = b->messages;
        feed(b, ohm_writer_span(&out));
        bool minute = layout == OHM_E450_SELF_DESCRIBING && b->house.time_ms % OHM_MINUTE_MS == 0;
        assert_int_equal(b->messages - before, minute ? 2 : 1);
    }
    ohm_crypto_aead_free(b->cipher);
    ohm_profiles_free(b->profiles);
    free(b);
}

static void plain_lists(void **state)
{
    (void)state;
    a_day(OHM_E450_SELF_DESCRIBING, false);
}

static void ciphered_lists(void **state)
{
    (void)state;
    a_day(OHM_E450_SELF_DESCRIBING, true);
}

static void plain_pairs(void **state)
{
    (void)state;
    a_day(OHM_E450_PAIRS, false);
}

static void ciphered_pairs(void **state)
{
    (void)state;
    a_day(OHM_E450_PAIRS, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lists),
        cmocka_unit_test(ciphered_lists),
        cmocka_unit_test(plain_pairs),
        cmocka_unit_test(ciphered_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
