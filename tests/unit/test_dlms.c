/* The decoder from bytes to messages.
 *
 * It is longer than 600 lines because each framing, transport, cipher and layout has its case. */
#include "wire/dlms.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../decode.h"
#include "host/crypto_aead.h"

static ohm_crypto_aead *cipher, *long_cipher;

static ohm_dlms_config keyed_config(void)
{
    ohm_dlms_config config = plain_config();
    config.aead = ohm_crypto_aead_table(cipher);
    config.auth_key_len = 16;
    memcpy(config.auth_key, push_auth_key, 16);
    return config;
}

static const ohm_dlms_value *value_of(const ohm_dlms_message *m, ohm_quantity_id id)
{
    for (int i = 0; i < m->count; i++)
        if (m->values[i].quantity == id)
            return &m->values[i];
    fail_msg("no %s", ohm_quantity_get(id)->name);
    return NULL;
}

static int64_t quantised(const ohm_dlms_message *m, ohm_quantity_id id)
{
    int64_t v = -1;
    assert_int_equal(ohm_dlms_value_quantise(value_of(m, id), &v), OHM_OK);
    return v;
}

/* --- what comes out ------------------------------------------------------------------------- */

static void the_push_of_a_plain_e450(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    const push list = push_e450_list(25149419);
    outcome out = decode_push(&config, push_gbt(&list));
    assert_int_equal(out.messages, 1);
    assert_int_equal(out.rejections, 0);
    assert_int_equal(decoder.counters.frames, 4);
    const ohm_dlms_message *m = out.last;
    assert_int_equal(m->invoke_id, PUSH_INVOKE);
    assert_int_equal(m->layout, OHM_PUSH_SELF_DESCRIBING);
    assert_string_equal(m->profile->name, "e450");
    assert_true(ohm_span_is(m->id, "LGZ1030012345678"));
    assert_false(m->has_title || m->security.present || m->time.has_deviation);
    assert_int_equal(m->time.local.minute, 58);
    assert_int_equal(m->count, 15);
    assert_int_equal(quantised(m, OHM_Q_ENERGY_IMPORT), 25149419);
    assert_int_equal(quantised(m, OHM_Q_POWER_IMPORT), 280);
    assert_int_equal(quantised(m, OHM_Q_POWER_FACTOR), 9410);
    assert_int_equal(value_of(m, OHM_Q_ENERGY_IMPORT)->obis[1], 1); /* channel 1 of this meter */
}

static void the_push_of_a_ciphered_e450(void **state)
{
    (void)state;
    const ohm_dlms_config config = keyed_config();
    const push pairs = push_e450_pairs(12048950);
    const push sealed = push_sealed(config.aead, 0x30, 707715, &pairs);
    outcome out = decode_push(&config, push_gbt(&sealed));
    assert_int_equal(out.messages, 1);
    const ohm_dlms_message *m = out.last;
    assert_true(m->has_title && m->security.present && m->security.authenticated);
    assert_memory_equal(m->title, push_title, sizeof push_title);
    assert_int_equal(m->security.counter, 707715);
    assert_int_equal(m->layout, OHM_PUSH_PAIRS);
    assert_int_equal(m->count, 17);
    assert_int_equal(m->values[0].kind, OHM_DLMS_DATETIME);
    assert_false(m->values[0].has_obis);
    assert_int_equal(quantised(m, OHM_Q_ENERGY_IMPORT), 12048950);
}

static void the_push_brings_its_own_scale(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    const push records = push_records(1362);
    outcome out = decode_push(&config, push_hdlc(&records, 500));
    assert_int_equal(out.messages, 1);
    assert_int_equal(out.last->layout, OHM_PUSH_RECORDS);
    assert_true(ohm_span_is(out.last->list_id, "AIDON_V0001"));
    assert_int_equal(value_of(out.last, OHM_Q_VOLTAGE_L1)->scaler_source, OHM_SCALER_PUSH);
    assert_int_equal(quantised(out.last, OHM_Q_VOLTAGE_L1), 23010);
    assert_int_equal(quantised(out.last, OHM_Q_POWER_IMPORT), 13620);
}

static void floats_are_what_they_were_meant_to_be(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double real;
        int scaler;
        ohm_quantity_id quantity;
        ohm_code want;
        int64_t out;
    } rows[] = {
        { "32 bits, no tail", (double)230.1F, 0, OHM_Q_VOLTAGE_L1, OHM_OK, 23010 },
        { "64 bits", 230.1, 0, OHM_Q_VOLTAGE_L1, OHM_OK, 23010 },
        { "a scaler on top", (double)1.5F, 3, OHM_Q_ENERGY_IMPORT, OHM_OK, 1500 },
        { "and one below", 12345.0, -1, OHM_Q_ENERGY_IMPORT, OHM_OK, 1235 },
        { "a half, away from zero", 0.5, 0, OHM_Q_ENERGY_IMPORT, OHM_OK, 1 },
        { "beyond 32 bits", 16777217.0, 0, OHM_Q_ENERGY_IMPORT, OHM_OK, 16777217 },
        { "2^53 is held", 9007199254740992.0, 0, OHM_Q_ENERGY_IMPORT, OHM_OK, 9007199254740992 },
        { "minus zero", -0.0, 0, OHM_Q_ENERGY_IMPORT, OHM_OK, 0 },
        { "very small", 1e-300, 0, OHM_Q_ENERGY_IMPORT, OHM_OK, 0 },
        { "too large", 1e300, 0, OHM_Q_ENERGY_IMPORT, OHM_RANGE, 0 },
        { "no number", NAN, 0, OHM_Q_ENERGY_IMPORT, OHM_UNKNOWN, 0 },
        { "endless", INFINITY, 0, OHM_Q_ENERGY_IMPORT, OHM_UNKNOWN, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static const uint8_t volts[] = { 1, 0, 32, 7, 0, 255 }, energy[] = { 1, 0, 1, 8, 0, 255 };
        ohm_dlms_value v = { .kind = OHM_DLMS_FLOAT,
                             .quantity = (uint16_t)rows[i].quantity,
                             .scaler = (int8_t)rows[i].scaler,
                             .scaler_source = OHM_SCALER_PUSH,
                             .real = rows[i].real };
        memcpy(v.obis, rows[i].quantity == OHM_Q_VOLTAGE_L1 ? volts : energy, sizeof v.obis);
        v.unit = ohm_obis_unit(v.obis);
        int64_t got = 0;
        if (ohm_dlms_value_quantise(&v, &got) != rows[i].want || got != rows[i].out)
            fail_msg("%s: %lld", rows[i].why, (long long)got);
    }
}

static void without_a_profile_there_is_no_scale(void **state)
{
    (void)state;
    const ohm_dlms_config config = { 0 };
    const push list = push_e450_list(1000), one = push_positional(948);
    outcome out = decode_push(&config, push_gbt(&list));
    assert_int_equal(out.messages, 1);
    assert_null(out.last->profile);
    const ohm_dlms_value *v = value_of(out.last, OHM_Q_ENERGY_IMPORT);
    int64_t got;
    assert_int_equal(v->raw, 1000);
    assert_int_equal(v->scaler_source, OHM_SCALER_NONE);
    assert_int_equal(ohm_dlms_value_quantise(v, &got), OHM_UNKNOWN);

    out = decode_push(&config, push_hdlc(&one, 500));
    assert_int_equal(out.messages, 0);
    assert_int_equal(out.reject.code, OHM_UNKNOWN);
    assert_int_equal(decoder.counters.unknown_layout, 1);
}

static void a_named_profile_is_used(void **state)
{
    (void)state;
    ohm_dlms_config config = { .profile = &push_profiles[1] };
    const push one = push_positional(948);
    outcome out = decode_push(&config, push_hdlc(&one, 500));
    assert_int_equal(out.messages, 1);
    assert_int_equal(quantised(out.last, OHM_Q_POWER_IMPORT), 9480);
    assert_int_equal(out.last->layout, OHM_PUSH_POSITIONAL);
}

static void every_form_of_the_date_time(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    for (int form = OHM_TIME_ABSENT; form <= OHM_TIME_TAGGED_ONE; form++) {
        push p;
        ohm_writer w = push_writer(&p);
        ohm_put_notification(&w, 1, (ohm_time_form)form, &push_time);
        ohm_axdr_put_structure(&w, 1);
        ohm_axdr_put_u32(&w, 5);
        push_done(&p, &w);
        outcome out = decode_push(&config, push_hdlc(&p, 500));
        assert_int_equal(out.messages, 1);
        assert_int_equal(out.last->time.present, form != OHM_TIME_ABSENT);
        if (form != OHM_TIME_ABSENT)
            assert_int_equal(out.last->time.local.second, 50);
    }
}

static void several_apdus_in_one_frame(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    static const uint8_t llc[] = { 0xe6, 0xe7, 0x00 };
    push frame = push_records(1);
    for (uint32_t i = 2; i <= 3; i++) {
        const push more = push_records(i);
        push_append(&frame, (ohm_span){ llc, sizeof llc });
        push_append(&frame, push_span(&more));
    }
    push_append(&frame, ohm_span_text("\x01\x02")); /* trailing bytes mean nothing */
    outcome out = decode_push(&config, push_hdlc(&frame, 1000));
    assert_int_equal(out.messages, 3);
    assert_int_equal(out.rejections, 0);
    assert_int_equal(quantised(out.last, OHM_Q_POWER_IMPORT), 30);
}

static void compact_arrays_are_read(void **state)
{
    (void)state;
    static const uint8_t body[] = { 0x13, 2, 3, 9, 6,   2,   2, 0x0f, 0x16, 26, 6,  1,
                                    0,    1, 7, 0, 255, 0,   0, 5,    220,  0,  27, 6,
                                    1,    0, 2, 7, 0,   255, 0, 0,    0,    7,  0,  27 };
    const ohm_dlms_config config = plain_config();
    push p;
    ohm_writer w = push_writer(&p);
    ohm_put_notification(&w, 1, OHM_TIME_ABSENT, NULL);
    ohm_put_bytes(&w, (ohm_span){ body, sizeof body });
    push_done(&p, &w);
    outcome out = decode_push(&config, push_hdlc(&p, 500));
    assert_int_equal(out.messages, 1);
    assert_int_equal(quantised(out.last, OHM_Q_POWER_IMPORT), 15000);
    assert_int_equal(quantised(out.last, OHM_Q_POWER_EXPORT), 70);
}

static void embriq_swaps_two_bytes(void **state)
{
    (void)state;
    static const uint8_t body[] = { 1,   1,    2,    3,    6, 9, 1,    0,    31,   7, 0,
                                    255, 0x10, 0x0c, 0x6c, 2, 2, 0x0f, 0xfe, 0x16, 33 };
    const ohm_dlms_config config = plain_config();
    push p;
    ohm_writer w = push_writer(&p);
    ohm_put_notification(&w, 1, OHM_TIME_ABSENT, NULL);
    ohm_put_bytes(&w, (ohm_span){ body, sizeof body });
    push_done(&p, &w);
    outcome out = decode_push(&config, push_hdlc(&p, 500));
    assert_int_equal(out.messages, 1);
    assert_int_equal(quantised(out.last, OHM_Q_CURRENT_L1), 31800);
}

static void registers_beyond_63_bits_are_told(void **state)
{
    (void)state;
    static const uint8_t obis[] = { 1, 0, 1, 8, 0, 255 };
    const ohm_dlms_config config = plain_config();
    push p;
    ohm_writer w = push_writer(&p);
    ohm_put_notification(&w, 1, OHM_TIME_ABSENT, NULL);
    ohm_axdr_put_array(&w, 1);
    ohm_axdr_put_structure(&w, 3);
    ohm_axdr_put_obis(&w, obis);
    ohm_axdr_put_u64(&w, UINT64_MAX);
    ohm_axdr_put_scaler_unit(&w, 0, OHM_UNIT_WH);
    push_done(&p, &w);
    outcome out = decode_push(&config, push_hdlc(&p, 500));
    int64_t got;
    assert_int_equal(out.last->values[0].kind, OHM_DLMS_UNSIGNED);
    assert_int_equal(ohm_dlms_value_quantise(&out.last->values[0], &got), OHM_RANGE);
}

/* --- what is refused ------------------------------------------------------------------------ */

typedef struct refusal {
    const char *why;
    uint8_t control; /* 0: plain */
    bool key, auth_key, pin_other;
    ohm_code code; /* OHM_OK: a message */
    bool authenticated;
} refusal;

static void ciphered_messages_and_keys(void **state)
{
    (void)state;
    static const refusal rows[] = {
        { "both keys", 0x30, true, true, false, OHM_OK, true },
        { "no authentication key: read, but not proven", 0x30, true, false, false, OHM_OK, false },
        { "no key", 0x30, false, false, false, OHM_NO_KEY, false },
        { "encrypted only", 0x20, true, false, false, OHM_OK, false },
        { "encrypted only, where proof is asked for", 0x20, true, true, false, OHM_DENIED, false },
        { "plain, where proof is asked for", 0, true, true, false, OHM_DENIED, false },
        { "plain, though a key is set", 0, true, false, false, OHM_DENIED, false },
        { "plain, and no key at all", 0, false, false, false, OHM_OK, false },
        { "authenticated only", 0x10, true, true, false, OHM_OK, true },
        { "authenticated only, nobody can tell", 0x10, false, false, false, OHM_OK, false },
        { "authenticated only, and no cipher to check it", 0x10, false, true, false, OHM_NO_KEY,
          false },
        { "a tag that nobody checks, on clear text", 0x10, true, false, false, OHM_DENIED, false },
        { "an envelope without protection, though a key is set", 0x00 | 0x01, true, false, false,
          OHM_DENIED, false },
        { "suite 1 is as suite 0", 0x31, true, true, false, OHM_OK, true },
        { "suite 2 wants a longer key", 0x32, true, true, false, OHM_NO_KEY, false },
        { "suite 3 does not exist", 0x33, true, true, false, OHM_UNSUPPORTED, false },
        { "the broadcast key", 0x70, true, true, false, OHM_UNSUPPORTED, false },
        { "compressed", 0xb0, true, true, false, OHM_UNSUPPORTED, false },
        { "another meter", 0x30, true, true, true, OHM_DENIED, false },
    };
    const push pairs = push_e450_pairs(5000);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const refusal *row = &rows[i];
        ohm_dlms_config config = keyed_config();
        push sealed = row->control ? push_sealed(config.aead, row->control, 9, &pairs) : pairs;
        if (!row->key)
            config.aead = NULL;
        if (!row->auth_key)
            config.auth_key_len = 0;
        config.pin_title = config.has_title = row->pin_other;
        outcome out = decode_push(&config, push_gbt(&sealed));
        if (out.messages != (row->code == OHM_OK) || out.rejections != (row->code != OHM_OK) ||
            (row->code != OHM_OK && out.reject.code != row->code))
            fail_msg("%s: %d messages, %s (%s)", row->why, out.messages,
                     ohm_code_name(out.reject.code), out.reject.what ? out.reject.what : "");
        if (row->code == OHM_OK)
            assert_int_equal(out.last->security.authenticated, row->authenticated);
        else if (row->control != 0)
            assert_true(out.reject.has_counter && out.reject.counter == 9);
    }
}

static void suite_2_takes_the_long_key(void **state)
{
    (void)state;
    ohm_dlms_config config = keyed_config();
    config.aead = ohm_crypto_aead_table(long_cipher);
    const push pairs = push_e450_pairs(5000);
    const push sealed = push_sealed(config.aead, 0x32, 9, &pairs);
    outcome out = decode_push(&config, push_gbt(&sealed));
    assert_int_equal(out.messages, 1);
    assert_true(out.last->security.authenticated);
}

static void a_wrong_key_is_told_apart(void **state)
{
    (void)state;
    ohm_crypto_aead *wrong = NULL;
    assert_int_equal(ohm_crypto_aead_new((ohm_span){ push_auth_key, 16 }, &wrong), OHM_OK);
    ohm_dlms_config config = keyed_config();
    const push pairs = push_e450_pairs(5000);
    for (uint32_t counter = 0; counter < 2000; counter++) {
        bool proof = counter % 2 == 0;
        const push sealed = push_sealed(ohm_crypto_aead_table(cipher), 0x30, counter, &pairs);
        config.aead = ohm_crypto_aead_table(wrong);
        config.auth_key_len = proof ? 16 : 0;
        outcome out = decode_push(&config, push_gbt(&sealed));
        assert_int_equal(out.messages, 0);
        assert_int_equal(out.reject.code, OHM_BAD_TAG);
        assert_int_equal(decoder.counters.tag_failures, 1);
        assert_int_equal(decoder.counters.bad_format, 0);
    }
    ohm_crypto_aead_free(wrong);
}

static void a_title_left_out_is_the_configured_one(void **state)
{
    (void)state;
    ohm_dlms_config config = keyed_config();
    const push pairs = push_e450_pairs(5000);
    ohm_glo_seal seal = push_seal(config.aead, 0x30, 9);
    seal.title.len = 0;
    push p;
    ohm_writer w = push_writer(&p);
    assert_int_equal(ohm_put_glo(&w, &seal, push_span(&pairs)), OHM_OK);
    push_done(&p, &w);
    assert_int_equal(decode_push(&config, push_gbt(&p)).reject.code, OHM_NO_KEY);
    config.has_title = true;
    memcpy(config.title, push_title, sizeof push_title);
    outcome out = decode_push(&config, push_gbt(&p));
    assert_int_equal(out.messages, 1);
    assert_memory_equal(out.last->title, push_title, sizeof push_title);
}

static void replays_are_refused_and_forgeries_move_nothing(void **state)
{
    (void)state;
    ohm_replay_guard guard;
    ohm_replay_init(&guard);
    ohm_dlms_config config = keyed_config();
    config.guard = &guard;
    const push pairs = push_e450_pairs(5000);
    static const struct {
        const char *why;
        uint32_t counter;
        bool forged;
        ohm_code code;
    } rows[] = {
        { "the first", 100, false, OHM_OK },
        { "the same once more", 100, false, OHM_REPLAYED },
        { "an older one", 99, false, OHM_REPLAYED },
        { "a forged one far ahead", 100000, true, OHM_BAD_TAG },
        { "the next one is still taken", 101, false, OHM_OK },
    };
    ohm_dlms_init(&decoder, &config);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        push sealed = push_sealed(config.aead, 0x30, rows[i].counter, &pairs);
        sealed.bytes[100] ^= rows[i].forged ? 1 : 0;
        const push stream = push_gbt(&sealed);
        outcome out = feed(push_span(&stream), false);
        if (out.messages != (rows[i].code == OHM_OK) ||
            (rows[i].code != OHM_OK && out.reject.code != rows[i].code))
            fail_msg("%s: %s", rows[i].why, ohm_code_name(out.reject.code));
    }
    assert_int_equal(decoder.counters.replays, 2);
    assert_int_equal(guard.changes, 2);
}

/* Whoever holds no key moves no counter: else one message would lock the meter out for ever. */
static void counters_without_proof_lock_nobody_out(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t forged; /* the forger's security control */
        bool key, auth_key;
        uint8_t honest;
        ohm_code code; /* of the forged message */
    } rows[] = {
        { "an envelope in the clear", 0x00, true, false, 0x20, OHM_DENIED },
        { "clear, with a tag that nobody checks", 0x10, true, false, 0x20, OHM_DENIED },
        { "clear, where proof is asked for", 0x00, true, true, 0x30, OHM_DENIED },
        { "a wrong tag, where proof is asked for", 0x10, true, true, 0x30, OHM_BAD_TAG },
        { "clear, and no key at all", 0x00, false, false, 0x00, OHM_OK },
    };
    const push pairs = push_e450_pairs(5000);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_replay_guard guard;
        ohm_replay_init(&guard);
        ohm_dlms_config config = keyed_config();
        push forged = push_sealed(config.aead, rows[i].forged, UINT32_MAX, &pairs);
        const push honest = push_sealed(config.aead, rows[i].honest, 7, &pairs);
        if (rows[i].code == OHM_BAD_TAG)
            forged.bytes[forged.len - 1] ^= 1;
        config.guard = &guard;
        config.aead = rows[i].key ? config.aead : NULL;
        config.auth_key_len = rows[i].auth_key ? 16 : 0;
        ohm_dlms_init(&decoder, &config);
        const push attack = push_gbt(&forged), stream = push_gbt(&honest);
        outcome out = feed(push_span(&attack), false);
        if (out.messages != (rows[i].code == OHM_OK) ||
            (rows[i].code != OHM_OK && out.reject.code != rows[i].code) || guard.count != 0)
            fail_msg("%s: %d messages, %s", rows[i].why, out.messages,
                     ohm_code_name(out.reject.code));
        assert_int_equal(decoder.counters.unprotected, rows[i].code == OHM_DENIED);
        out = feed(push_span(&stream), false);
        if (out.messages != 1)
            fail_msg("%s: the meter is locked out", rows[i].why);
    }
}

static void bodies_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t body[16];
        size_t len;
        ohm_code code;
    } rows[] = {
        { "no such type", { 7 }, 1, OHM_BAD_FORMAT },
        { "cut", { 2, 2, 6, 0, 0 }, 5, OHM_BAD_FORMAT },
        { "more elements than bytes", { 1, 0x82, 0xff, 0xff, 0 }, 5, OHM_BAD_FORMAT },
        { "nothing named", { 2, 1, 0x16, 5 }, 4, OHM_UNKNOWN },
        { "a lone number", { 6, 0, 0, 0, 1 }, 5, OHM_UNKNOWN },
        { "a list of objects without the values", { 2, 2, 1, 0, 0 }, 5, OHM_UNKNOWN },
    };
    const ohm_dlms_config config = plain_config();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        push p;
        ohm_writer w = push_writer(&p);
        ohm_put_notification(&w, 1, OHM_TIME_ABSENT, NULL);
        ohm_put_bytes(&w, (ohm_span){ rows[i].body, rows[i].len });
        push_done(&p, &w);
        outcome out = decode_push(&config, push_hdlc(&p, 500));
        if (out.messages != 0 || out.reject.code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(out.reject.code));
    }
}

static void more_values_than_a_message_holds(void **state)
{
    (void)state;
    static const uint8_t obis[] = { 1, 0, 1, 8, 0, 255 };
    const ohm_dlms_config config = plain_config();
    for (size_t count = OHM_DLMS_VALUES_MAX; count <= OHM_DLMS_VALUES_MAX + 1; count++) {
        push p;
        ohm_writer w = push_writer(&p);
        ohm_put_notification(&w, 1, OHM_TIME_ABSENT, NULL);
        ohm_axdr_put_structure(&w, 2 * count);
        for (size_t i = 0; i < count; i++) {
            ohm_axdr_put_obis(&w, obis);
            ohm_axdr_put_u8(&w, 1);
        }
        push_done(&p, &w);
        outcome out = decode(&config, push_span(&p));
        assert_int_equal(out.messages, count == OHM_DLMS_VALUES_MAX);
        if (count > OHM_DLMS_VALUES_MAX)
            assert_int_equal(out.reject.code, OHM_TOO_BIG);
    }
}

static void other_services_are_named(void **state)
{
    (void)state;
    const ohm_dlms_config config = keyed_config();
    push p = { { 0x61, 0x29 }, 2 };
    outcome out = decode_push(&config, push_hdlc(&p, 500));
    assert_int_equal(out.reject.code, OHM_UNSUPPORTED);
    assert_int_equal(decoder.counters.not_push, 1);

    uint8_t bytes[16];
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    ohm_hdlc_addresses to = ohm_hdlc_e450();
    to.control = 0x93; /* SNRM: a frame without information */
    ohm_put_hdlc(&w, &to, false, (ohm_span){ NULL, 0 });
    out = decode(&config, ohm_writer_span(&w));
    assert_int_equal(out.reject.code, OHM_UNSUPPORTED);
    assert_int_equal(decoder.counters.frames, 1);

    push telegram = { "/EST5\\253710000_A\r\n", 19 };
    p = push_sealed(config.aead, 0x30, 5, &telegram);
    out = decode(&config, push_span(&p));
    assert_int_equal(out.messages, 0);
    assert_int_equal(out.reject.code, OHM_UNSUPPORTED);
}

static void a_stream_without_frames_is_told_once(void **state)
{
    (void)state;
    const ohm_dlms_config config = plain_config();
    outcome out = decode(&config, ohm_span_text("/KFM5KAIFA-METER\r\n\r\n1-3:0.2.8(42)\r\n!\r\n"));
    assert_int_equal(out.messages, 0);
    assert_int_equal(out.rejections, 1);
    assert_int_equal(out.reject.code, OHM_BAD_FORMAT);
    out = decode(&config, ohm_span_text(""));
    assert_int_equal(out.rejections, 0);
}

static int set_up(void **state)
{
    (void)state;
    return ohm_crypto_aead_new((ohm_span){ push_key, 16 }, &cipher) != OHM_OK ||
           ohm_crypto_aead_new((ohm_span){ push_key, 32 }, &long_cipher) != OHM_OK;
}

static int tear_down(void **state)
{
    (void)state;
    ohm_crypto_aead_free(cipher);
    ohm_crypto_aead_free(long_cipher);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_push_of_a_plain_e450),
        cmocka_unit_test(the_push_of_a_ciphered_e450),
        cmocka_unit_test(the_push_brings_its_own_scale),
        cmocka_unit_test(floats_are_what_they_were_meant_to_be),
        cmocka_unit_test(without_a_profile_there_is_no_scale),
        cmocka_unit_test(a_named_profile_is_used),
        cmocka_unit_test(every_form_of_the_date_time),
        cmocka_unit_test(several_apdus_in_one_frame),
        cmocka_unit_test(compact_arrays_are_read),
        cmocka_unit_test(embriq_swaps_two_bytes),
        cmocka_unit_test(registers_beyond_63_bits_are_told),
        cmocka_unit_test(ciphered_messages_and_keys),
        cmocka_unit_test(suite_2_takes_the_long_key),
        cmocka_unit_test(a_wrong_key_is_told_apart),
        cmocka_unit_test(a_title_left_out_is_the_configured_one),
        cmocka_unit_test(replays_are_refused_and_forgeries_move_nothing),
        cmocka_unit_test(counters_without_proof_lock_nobody_out),
        cmocka_unit_test(bodies_that_are_none),
        cmocka_unit_test(more_values_than_a_message_holds),
        cmocka_unit_test(other_services_are_named),
        cmocka_unit_test(a_stream_without_frames_is_told_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
