#include "wire/obis.h"

#include "wire/dlms_unit.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void text_and_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        ohm_code code;
        uint8_t want[OHM_OBIS_LEN];
        const char *back;
    } rows[] = {
        { "whole", "1-0:1.8.0*255", OHM_OK, { 1, 0, 1, 8, 0, 255 }, "1-0:1.8.0*255" },
        { "F left out", "0-0:96.1.0", OHM_OK, { 0, 0, 96, 1, 0, 255 }, "0-0:96.1.0*255" },
        { "an earlier period", "1-1:1.8.0*11", OHM_OK, { 1, 1, 1, 8, 0, 11 }, "1-1:1.8.0*11" },
        { "too large", "1-0:256.8.0", OHM_BAD_FORMAT, { 0 }, NULL },
        { "four digits", "1-0:0001.8.0", OHM_BAD_FORMAT, { 0 }, NULL },
        { "a group missing", "1-0:1.8", OHM_BAD_FORMAT, { 0 }, NULL },
        { "junk behind", "1-0:1.8.0*255 ", OHM_BAD_FORMAT, { 0 }, NULL },
        { "no code, a pattern", "1-*:1.8.0", OHM_BAD_FORMAT, { 0 }, NULL },
        { "nothing", "", OHM_BAD_FORMAT, { 0 }, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t got[OHM_OBIS_LEN] = { 0 };
        char text[OHM_OBIS_TEXT_MAX];
        ohm_code code = ohm_obis_parse(ohm_span_text(rows[i].text), got);
        if (code != rows[i].code || memcmp(got, rows[i].want, sizeof got) != 0)
            fail_msg("%s", rows[i].why);
        if (code != OHM_OK)
            continue;
        size_t len = ohm_obis_write(got, text);
        assert_string_equal(text, rows[i].back);
        assert_int_equal(len, strlen(text));
    }
    static const uint8_t longest[] = { 255, 255, 255, 255, 255, 255 };
    char text[OHM_OBIS_TEXT_MAX];
    assert_int_equal(ohm_obis_write(longest, text), 23);
}

static void patterns(void **state)
{
    (void)state;
    static const struct {
        const char *why, *pattern, *obis;
        bool matches;
    } rows[] = {
        { "the channel is free", "1-*:1.8.0", "1-1:1.8.0", true },
        { "F is fixed when left out", "1-*:1.8.0", "1-1:1.8.0*1", false },
        { "all energies", "1-*:*.8.*", "1-0:61.8.2", true },
        { "not a power", "1-*:*.8.*", "1-0:1.7.0", false },
        { "no pattern: F follows a star", "*-*:*.*.*.*", "1-0:1.7.0", false },
        { "everything", "*-*:*.*.***", "0-0:1.0.0*9", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_obis_pattern pattern;
        uint8_t obis[OHM_OBIS_LEN];
        assert_int_equal(ohm_obis_parse(ohm_span_text(rows[i].obis), obis), OHM_OK);
        ohm_code code = ohm_obis_pattern_parse(ohm_span_text(rows[i].pattern), &pattern);
        if ((code == OHM_OK && ohm_obis_matches(&pattern, obis)) != rows[i].matches)
            fail_msg("%s", rows[i].why);
    }
}

static void quantities_and_units(void **state)
{
    (void)state;
    static const struct {
        const char *why, *obis;
        ohm_quantity_id quantity;
        uint8_t unit;
    } rows[] = {
        { "import", "1-0:1.8.0", OHM_Q_ENERGY_IMPORT, OHM_UNIT_WH },
        { "B is a channel of the same meter", "1-1:1.8.0", OHM_Q_ENERGY_IMPORT, OHM_UNIT_WH },
        { "another meter's channel", "1-3:1.8.0", OHM_Q_NONE, OHM_UNIT_UNKNOWN },
        { "tariff 2", "1-0:1.8.2", OHM_Q_ENERGY_IMPORT_T2, OHM_UNIT_WH },
        { "tariff 5 is none of ours", "1-0:1.8.5", OHM_Q_NONE, OHM_UNIT_WH },
        { "reactive quadrant", "1-1:8.8.1", OHM_Q_REACTIVE_ENERGY_Q4_T1, OHM_UNIT_VARH },
        { "power of L3", "1-0:61.7.0", OHM_Q_POWER_IMPORT_L3, OHM_UNIT_W },
        { "power factor", "1-0:13.7.0", OHM_Q_POWER_FACTOR, OHM_UNIT_RATIO },
        { "voltage", "1-0:52.7.0", OHM_Q_VOLTAGE_L2, OHM_UNIT_V },
        { "neutral", "1-0:91.7.0", OHM_Q_CURRENT_N, OHM_UNIT_A },
        { "a billing period's register", "1-0:1.8.0*1", OHM_Q_NONE, OHM_UNIT_WH },
        { "the last row of group C and beyond", "1-0:200.7.0", OHM_Q_NONE, OHM_UNIT_UNKNOWN },
        { "clock", "0-0:1.0.0", OHM_Q_METER_CLOCK, OHM_UNIT_UNKNOWN },
        { "Kamstrup's number", "1-1:0.0.5", OHM_Q_METER_ID, OHM_UNIT_UNKNOWN },
        { "disconnector", "0-0:96.3.10", OHM_Q_DISCONNECTOR, OHM_UNIT_UNKNOWN },
        { "Kamstrup's clock", "0-1:1.0.0", OHM_Q_METER_CLOCK, OHM_UNIT_UNKNOWN },
        { "the first sub-meter's", "0-1:96.1.0", OHM_Q_NONE, OHM_UNIT_UNKNOWN },
        { "the second one's", "0-2:96.1.0", OHM_Q_NONE, OHM_UNIT_UNKNOWN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t obis[OHM_OBIS_LEN];
        assert_int_equal(ohm_obis_parse(ohm_span_text(rows[i].obis), obis), OHM_OK);
        if (ohm_obis_quantity(obis) != rows[i].quantity || ohm_obis_unit(obis) != rows[i].unit)
            fail_msg("%s", rows[i].why);
    }
}

/* A quantity's unit in the house's table is the unit its registers count in. */
static void units_agree_with_the_house(void **state)
{
    (void)state;
    int seen = 0;
    for (int c = 0; c < 256; c++) {
        for (int d = 7; d <= 8; d++) {
            for (int e = 0; e <= 4; e++) {
                const uint8_t obis[] = { 1, 0, (uint8_t)c, (uint8_t)d, (uint8_t)e, 255 };
                ohm_quantity_id id = ohm_obis_quantity(obis);
                if (id == OHM_Q_NONE)
                    continue;
                uint8_t unit = ohm_obis_unit(obis);
                const char *text = unit == OHM_UNIT_RATIO ? "1" : ohm_dlms_unit_text(unit);
                assert_string_equal(text, ohm_quantity_get(id)->unit);
                seen++;
            }
        }
    }
    assert_true(seen > 60);
}

static void unit_names(void **state)
{
    (void)state;
    static const uint8_t codes[] = { OHM_UNIT_W,   OHM_UNIT_VA,     OHM_UNIT_VAR, OHM_UNIT_WH,
                                     OHM_UNIT_VAH, OHM_UNIT_VARH,   OHM_UNIT_A,   OHM_UNIT_V,
                                     OHM_UNIT_HZ,  OHM_UNIT_CELSIUS };
    for (size_t i = 0; i < sizeof codes; i++)
        assert_int_equal(ohm_dlms_unit_find(ohm_span_text(ohm_dlms_unit_text(codes[i]))), codes[i]);
    assert_int_equal(ohm_dlms_unit_find(ohm_span_text("1")), OHM_UNIT_RATIO);
    assert_int_equal(ohm_dlms_unit_find(ohm_span_text("")), OHM_UNIT_UNKNOWN);
    assert_int_equal(ohm_dlms_unit_find(ohm_span_text("kW")), OHM_UNIT_UNKNOWN);
    assert_null(ohm_dlms_unit_text(200));
    assert_string_equal(ohm_dlms_unit_text(OHM_UNIT_RATIO), "");
}

/* Every register that names a quantity is the one that it is found by. */
static void quantities_and_back(void **state)
{
    (void)state;
    uint8_t obis[OHM_OBIS_LEN];
    char text[OHM_OBIS_TEXT_MAX];
    int found = 0;
    for (int q = 0; q < OHM_QUANTITIES_COUNT; q++) {
        if (!ohm_obis_of((ohm_quantity_id)q, obis))
            continue;
        found++;
        assert_int_equal(ohm_obis_quantity(obis), q);
    }
    assert_int_equal(found, 84);
    assert_true(ohm_obis_of(OHM_Q_ENERGY_EXPORT_T2, obis));
    (void)ohm_obis_write(obis, text);
    assert_string_equal(text, "1-0:2.8.2*255");
    assert_false(ohm_obis_of(OHM_Q_NONE, obis));
    assert_false(ohm_obis_of(OHM_Q_HEAT_ENERGY, obis));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_bytes),
        cmocka_unit_test(quantities_and_back),
        cmocka_unit_test(patterns),
        cmocka_unit_test(quantities_and_units),
        cmocka_unit_test(units_agree_with_the_house),
        cmocka_unit_test(unit_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
