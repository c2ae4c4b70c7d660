#include "wire/push.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../pushes.h"

static ohm_push_memo memo;
static ohm_dlms_message message;
static const char *what;

static ohm_code read_body(ohm_span body)
{
    ohm_push_context context = { .profiles = push_profiles,
                                 .profiles_count = PUSH_PROFILES,
                                 .memo = &memo };
    return ohm_push_read(&context, body, &message, &what);
}

static ohm_code read_writer(const ohm_writer *w)
{
    assert_false(w->full);
    return read_body(ohm_writer_span(w));
}

static int forget(void **state)
{
    (void)state;
    ohm_push_forget(&memo);
    return 0;
}

static const uint8_t obis[] = { 1, 0, 1, 8, 0, 255 }, clock_obis[] = { 0, 0, 1, 0, 0, 255 };

static void values_of_every_kind(void **state)
{
    (void)state;
    static const uint8_t bits[] = { 0xa0 }, octets[] = { 0, 8, 25 }, zeros[] = { 0, 0 };
    uint8_t bytes[256], datetime[1 + OHM_DLMS_TIME_LEN] = { OHM_AXDR_DATETIME };
    ohm_dlms_time_write(&push_time, datetime + 1);
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    ohm_axdr_put_structure(&w, 15);
    ohm_axdr_put_obis(&w, obis);
    ohm_axdr_put_u32(&w, 7);
    ohm_axdr_put_null(&w);
    ohm_axdr_put_bool(&w, true);
    ohm_axdr_put_enum(&w, 3);
    ohm_axdr_put_f32(&w, 230.5F);
    ohm_axdr_put_f64(&w, -0.25);
    ohm_axdr_put_bits(&w, (ohm_span){ bits, 1 }, 3);
    ohm_axdr_put_octets(&w, ohm_span_of("SERIAL\0", 8)); /* padding is cut */
    ohm_axdr_put_octets(&w, (ohm_span){ octets, sizeof octets });
    ohm_axdr_put_octets(&w, (ohm_span){ zeros, sizeof zeros });
    ohm_axdr_put_octets(&w, (ohm_span){ NULL, 0 });
    ohm_put_bytes(&w, (ohm_span){ datetime, sizeof datetime });
    ohm_put_bytes(&w, ohm_span_text("\x1b\x0a\x0b\x0c\xff")); /* a time of day */
    ohm_axdr_put_scaler_unit(&w, 0, OHM_UNIT_W);              /* on its own: just a structure */
    assert_int_equal(read_writer(&w), OHM_OK);

    static const struct {
        ohm_dlms_kind kind;
        size_t len;
        uint16_t position;
    } want[] = {
        { OHM_DLMS_INTEGER, 0, 0 }, { OHM_DLMS_NULL, 0, 2 },     { OHM_DLMS_BOOL, 0, 3 },
        { OHM_DLMS_ENUM, 0, 4 },    { OHM_DLMS_FLOAT, 0, 5 },    { OHM_DLMS_FLOAT, 0, 6 },
        { OHM_DLMS_BITS, 1, 7 },    { OHM_DLMS_TEXT, 6, 8 },     { OHM_DLMS_OCTETS, 3, 9 },
        { OHM_DLMS_OCTETS, 2, 10 }, { OHM_DLMS_TEXT, 0, 11 },    { OHM_DLMS_DATETIME, 12, 12 },
        { OHM_DLMS_OCTETS, 4, 13 }, { OHM_DLMS_COMPLEX, 6, 14 },
    };
    assert_int_equal(message.count, sizeof want / sizeof *want);
    for (size_t i = 0; i < message.count; i++) {
        const ohm_dlms_value *v = &message.values[i];
        if (v->kind != want[i].kind || v->bytes.len != want[i].len ||
            v->position != want[i].position)
            fail_msg("value %zu: kind %d, %zu bytes at %d", i, v->kind, v->bytes.len, v->position);
    }
    assert_true(message.values[4].real == 230.5 && message.values[5].real == -0.25);
    assert_int_equal(message.values[6].raw, 3);
}

static void only_registers_of_numbers_become_readings(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_dlms_value value;
        ohm_code code;
    } rows[] = {
        { "a scaled integer",
          { .kind = OHM_DLMS_INTEGER, .unit = OHM_UNIT_WH, .scaler_source = OHM_SCALER_PROFILE },
          OHM_OK },
        { "no scaler", { .kind = OHM_DLMS_INTEGER, .unit = OHM_UNIT_WH }, OHM_UNKNOWN },
        { "another unit",
          { .kind = OHM_DLMS_INTEGER, .unit = OHM_UNIT_W, .scaler_source = OHM_SCALER_PUSH },
          OHM_UNKNOWN },
        { "a null",
          { .kind = OHM_DLMS_NULL, .unit = OHM_UNIT_WH, .scaler_source = OHM_SCALER_PROFILE },
          OHM_UNKNOWN },
        { "text",
          { .kind = OHM_DLMS_TEXT, .unit = OHM_UNIT_WH, .scaler_source = OHM_SCALER_PROFILE },
          OHM_UNKNOWN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_dlms_value v = rows[i].value;
        int64_t out = -1;
        memcpy(v.obis, obis, sizeof obis);
        v.has_obis = true;
        v.quantity = OHM_Q_ENERGY_IMPORT;
        if (ohm_dlms_value_quantise(&v, &out) != rows[i].code)
            fail_msg("%s", rows[i].why);
    }
    ohm_dlms_value state_of = { .kind = OHM_DLMS_ENUM, .quantity = OHM_Q_DISCONNECTOR, .raw = 2 };
    int64_t out = -1;
    assert_int_equal(ohm_dlms_value_quantise(&state_of, &out), OHM_OK);
    assert_int_equal(out, 2);
    state_of.quantity = OHM_Q_METER_ID;
    assert_int_equal(ohm_dlms_value_quantise(&state_of, &out), OHM_UNKNOWN);
}

/* An array of n objects in front of the given number of u32 values. */
static ohm_code read_list(size_t objects, uint16_t first_class, size_t values, bool long_entries)
{
    uint8_t bytes[512];
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    ohm_axdr_put_structure(&w, 1 + values);
    ohm_axdr_put_array(&w, objects);
    for (size_t i = 0; i < objects; i++) {
        ohm_axdr_put_structure(&w, long_entries ? 5 : 4);
        ohm_axdr_put_u16(&w, i == 0 ? first_class : 3);
        ohm_axdr_put_obis(&w, obis);
        ohm_axdr_put_i8(&w, 2);
        ohm_axdr_put_u16(&w, 0);
        if (long_entries)
            ohm_axdr_put_structure(&w, 0); /* restrictions of newer push objects */
    }
    for (size_t i = 0; i < values; i++)
        ohm_axdr_put_u32(&w, (uint32_t)(100 + i));
    return read_writer(&w);
}

static void lists_and_their_values(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        size_t objects, values;
        uint16_t first_class;
        bool long_entries;
        ohm_code code;
    } rows[] = {
        { "the list names itself", 3, 2, 40, false, OHM_OK },
        { "it does not", 3, 3, 3, false, OHM_OK },
        { "entries with restrictions", 3, 3, 3, true, OHM_OK },
        { "a value is missing", 3, 1, 40, false, OHM_BAD_FORMAT },
        { "a value too many", 3, 3, 40, false, OHM_BAD_FORMAT },
        { "an object too many", 3, 2, 3, false, OHM_BAD_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int again = 0; again < 2; again++) { /* the second time from memory */
            ohm_code code = read_list(rows[i].objects, rows[i].first_class, rows[i].values,
                                      rows[i].long_entries);
            if (code != rows[i].code)
                fail_msg("%s: %s (%s)", rows[i].why, ohm_code_name(code), what);
            if (code != OHM_OK)
                continue;
            assert_int_equal(message.count, rows[i].values);
            assert_int_equal(message.values[1].raw, 101);
            assert_int_equal(message.values[1].attribute, 2);
        }
    }
}

/* What was remembered of one list must not leak into another. */
static void memory_changes_nothing(void **state)
{
    (void)state;
    uint32_t seed = 3;
    static ohm_dlms_message fresh;
    for (int round = 0; round < 500; round++) {
        seed = seed * 1664525 + 1013904223;
        push list = push_e450_list(seed);
        if (seed >> 30 == 1)
            list.bytes[18 + 4 + 20 + (seed >> 8) % 250] ^= 1; /* another list, or none */
        ohm_span body = ohm_span_part(push_span(&list), 18, list.len - 18);
        ohm_code code = read_body(body);
        fresh = message;
        uint16_t count = message.count;
        ohm_push_memo kept = memo;
        ohm_push_forget(&memo);
        assert_int_equal(read_body(body), code);
        memo = kept;
        if (code != OHM_OK)
            continue;
        assert_int_equal(message.count, count);
        for (uint16_t i = 0; i < count; i++) {
            assert_memory_equal(message.values[i].obis, fresh.values[i].obis, OHM_OBIS_LEN);
            assert_int_equal(message.values[i].raw, fresh.values[i].raw);
            assert_int_equal(message.values[i].quantity, fresh.values[i].quantity);
            assert_int_equal(message.values[i].scaler, fresh.values[i].scaler);
            assert_int_equal(message.values[i].class_id, fresh.values[i].class_id);
        }
    }
}

static void bodies_without_type_tags(void **state)
{
    (void)state;
    static const uint8_t body[] = {
        2,   2, 0x16, 1, 1, 2, /* enum, array of 2 */
        2,   2, 0,    1, 0, 0, 0x60, 1, 1, 0xff, 2, 9, 4, '1', '2', '3',  '4', /* serial */
        2,   2, 0,    3, 1, 0, 1,    7, 0, 0xff, 2, 6, 0, 0,   7,   0xa4,      /* power */
        0xee                                                                   /* another thing */
    };
    enum { END = sizeof body - 1 };
    size_t end = 0;
    for (size_t len = 0; len < END; len++)
        assert_int_equal(ohm_push_tagless_end((ohm_span){ body, len }, &end), OHM_MORE);
    assert_int_equal(ohm_push_tagless_end((ohm_span){ body, sizeof body }, &end), OHM_OK);
    assert_int_equal(end, END);
    assert_int_equal(read_body((ohm_span){ body, END }), OHM_OK);
    assert_int_equal(message.layout, OHM_PUSH_TAGLESS);
    assert_int_equal(message.count, 2);
    assert_true(ohm_span_is(message.id, "1234"));
    assert_int_equal(message.values[1].raw, 1956);
    assert_int_equal(message.values[1].class_id, 3);
    assert_int_equal(message.values[1].quantity, OHM_Q_POWER_IMPORT);

    uint8_t other[sizeof body];
    static const size_t marks[] = { 0, 2, 4, 6, 10, 15, 23 };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        memcpy(other, body, sizeof body);
        other[marks[i]] = 0x40;
        assert_int_not_equal(ohm_push_tagless_end((ohm_span){ other, END }, &end), OHM_OK);
    }
}

static void names_of_the_meter(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t codes[2][OHM_OBIS_LEN];
        const char *texts[2], *id;
    } rows[] = {
        { "the device name before the serial number",
          { { 0, 0, 96, 1, 0, 255 }, { 0, 0, 42, 0, 0, 255 } },
          { "123", "LGZ1" },
          "LGZ1" },
        { "the number before the type",
          { { 1, 1, 96, 1, 1, 255 }, { 1, 1, 0, 0, 5, 255 } },
          { "6841", "5706" },
          "5706" },
        { "96.1.0 before 96.1.1",
          { { 0, 0, 96, 1, 1, 255 }, { 0, 0, 96, 1, 0, 255 } },
          { "b", "a" },
          "a" },
        { "an empty name is none",
          { { 0, 0, 42, 0, 0, 255 }, { 0, 0, 96, 1, 0, 255 } },
          { "", "a" },
          "a" },
        { "a sub-meter's is another's",
          { { 0, 1, 96, 1, 0, 255 }, { 0, 0, 96, 1, 7, 255 } },
          { "gas", "type" },
          "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t bytes[128];
        ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
        ohm_axdr_put_structure(&w, 4);
        for (int k = 0; k < 2; k++) {
            ohm_axdr_put_obis(&w, rows[i].codes[k]);
            ohm_axdr_put_text(&w, ohm_span_text(rows[i].texts[k]));
        }
        assert_int_equal(read_writer(&w), OHM_OK);
        if (!ohm_span_is(message.id, rows[i].id))
            fail_msg("%s", rows[i].why);
    }
}

static void pairs_with_things_between(void **state)
{
    (void)state;
    uint8_t bytes[256];
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    ohm_axdr_put_structure(&w, 8);
    ohm_axdr_put_text(&w, ohm_span_text("Kamstrup_V0001"));
    ohm_axdr_put_obis(&w, obis);
    ohm_axdr_put_u32(&w, 5);
    ohm_axdr_put_null(&w);
    ohm_axdr_put_obis(&w, clock_obis);
    ohm_axdr_put_time(&w, &push_time);
    ohm_axdr_put_octets(&w, ohm_span_text("601109")); /* six digits are no code */
    ohm_axdr_put_octets(&w, ohm_span_text("181220000009"));
    assert_int_equal(read_writer(&w), OHM_OK);
    assert_int_equal(message.count, 6);
    assert_true(ohm_span_is(message.list_id, "Kamstrup_V0001"));
    assert_true(ohm_span_is(message.id, "181220000009"));
    assert_int_equal(message.values[1].position, 1);
    assert_int_equal(message.values[2].kind, OHM_DLMS_NULL);
    assert_int_equal(message.values[2].position, 3);
    assert_int_equal(message.values[3].kind, OHM_DLMS_DATETIME);
    assert_false(message.values[4].has_obis);
    assert_int_equal(message.values[4].kind, OHM_DLMS_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(values_of_every_kind, forget),
        cmocka_unit_test_setup(only_registers_of_numbers_become_readings, forget),
        cmocka_unit_test_setup(lists_and_their_values, forget),
        cmocka_unit_test_setup(memory_changes_nothing, forget),
        cmocka_unit_test_setup(bodies_without_type_tags, forget),
        cmocka_unit_test_setup(names_of_the_meter, forget),
        cmocka_unit_test_setup(pairs_with_things_between, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
