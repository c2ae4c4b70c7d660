/* What records mean among our quantities: by medium, function, tariff, and by profile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../mbus_frames.h"
#include "wire/mbus_quantity.h"

static ohm_mbus_message message;

static const ohm_mbus_record *parse(uint8_t medium, const char *hex, mbus_bytes *data)
{
    ohm_mbus_reject reject;
    mbus_bytes records = mbus_hex(hex);
    *data = mbus_hex("78 56 34 12 24 40 01 00 55 00 00 00");
    data->bytes[7] = medium;
    memcpy(data->bytes + data->len, records.bytes, records.len);
    data->len += records.len;
    assert_int_equal(ohm_mbus_parse(0x08, 1, 0x72, mbus_span(data), &message, &reject), OHM_OK);
    return &message.records[0];
}

static void by_rule(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t medium;
        const char *record;
        ohm_quantity_id quantity;
        int64_t value;
    } rows[] = {
        { "electric energy", 2, "04 03 64 00 00 00", OHM_Q_ENERGY_IMPORT, 100 },
        { "of tariff 2", 2, "84 20 03 64 00 00 00", OHM_Q_ENERGY_IMPORT_T2, 100 },
        { "of tariff 5: we have none", 2, "84 90 10 03 64 00 00 00", OHM_Q_NONE, 0 },
        { "export", 2, "04 83 3C 64 00 00 00", OHM_Q_ENERGY_EXPORT, 100 },
        { "import, said", 2, "04 83 3B 64 00 00 00", OHM_Q_ENERGY_IMPORT, 100 },
        { "of L2", 2, "04 83 FC 02 64 00 00 00", OHM_Q_ENERGY_IMPORT_L2, 100 },
        { "reactive", 2, "04 FB 02 02 00 00 00", OHM_Q_REACTIVE_ENERGY_IMPORT, 2000 },
        { "power, signed", 2, "02 2B FE FF", OHM_Q_POWER, -20 },
        { "power of L3", 2, "02 AB FC 03 05 00", OHM_Q_POWER_L3, 50 },
        { "voltage", 2, "02 FD 48 FC 08", OHM_Q_VOLTAGE, 23000 },
        { "frequency", 2, "02 FB 2D 8A 13", OHM_Q_FREQUENCY, 50020 },
        { "power factor", 2, "02 FD BA 73 E2 03", OHM_Q_POWER_FACTOR, 9940 },
        { "no error, said", 2, "04 83 00 64 00 00 00", OHM_Q_ENERGY_IMPORT, 100 },
        { "a history is not now", 2, "44 03 64 00 00 00", OHM_Q_NONE, 0 },
        { "a maximum is not now", 2, "14 03 64 00 00 00", OHM_Q_NONE, 0 },
        { "a maker's own meaning", 2, "04 83 FF 01 64 00 00 00", OHM_Q_NONE, 0 },
        { "a date is no temperature", 4, "04 DA 6F 32 14 7A 18", OHM_Q_NONE, 0 },
        { "heat", 4, "04 06 01 00 00 00", OHM_Q_HEAT_ENERGY, 1000 },
        { "heat in GJ, rounded to Wh", 12, "01 FB 08 01", OHM_Q_HEAT_ENERGY, 27778 },
        { "cooling", 10, "04 06 01 00 00 00", OHM_Q_COOLING_ENERGY, 1000 },
        { "heat power", 4, "02 2B 05 00", OHM_Q_HEAT_POWER, 50 },
        { "flow", 4, "02 3B 05 00", OHM_Q_VOLUME_FLOW, 50 },
        { "flow temperature", 4, "02 5A 8E 02", OHM_Q_FLOW_TEMPERATURE, 6540 },
        { "return temperature", 4, "02 5E 8E 02", OHM_Q_RETURN_TEMPERATURE, 6540 },
        { "difference", 4, "02 61 FA FF", OHM_Q_TEMPERATURE_DIFFERENCE, -6 },
        { "water", 7, "04 13 1F 00 00 00", OHM_Q_VOLUME, 310 },
        { "gas", 3, "04 13 1F 00 00 00", OHM_Q_VOLUME, 310 },
        { "energy of nobody knows what", 0, "04 03 64 00 00 00", OHM_Q_NONE, 0 },
        { "a room", 27, "02 65 90 07", OHM_Q_TEMPERATURE, 1936 },
        { "its humidity", 27, "02 FB 1A 90 01", OHM_Q_HUMIDITY, 400 },
        { "a cost allocator", 8, "02 6E 05 00", OHM_Q_HEAT_COST_UNITS, 5 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mbus_bytes data;
        int64_t value = 0;
        const ohm_mbus_record *r = parse(rows[i].medium, rows[i].record, &data);
        ohm_quantity_id got = ohm_mbus_quantity(&message, r, NULL);
        if (got != rows[i].quantity)
            fail_msg("%s: %s", rows[i].why, ohm_quantity_get(got)->name);
        if (got == OHM_Q_NONE)
            continue;
        if (ohm_mbus_quantise(r, got, &value) != OHM_OK || value != rows[i].value)
            fail_msg("%s: %lld", rows[i].why, (long long)value);
    }
}

static void what_is_no_number(void **state)
{
    (void)state;
    static const char *const records[] = { "0C 03 0A 00 00 00", "05 2B 00 00 C0 7F", "00 03",
                                           "0D 03 01 41" };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        mbus_bytes data;
        int64_t value = 77;
        const ohm_mbus_record *r = parse(2, records[i], &data);
        assert_int_equal(ohm_mbus_quantise(r, OHM_Q_ENERGY_IMPORT, &value), OHM_UNKNOWN);
        assert_int_equal(value, 77);
    }
}

static void by_profile(void **state)
{
    (void)state;
    static const uint8_t vib[] = { 0xfd, 0x48 }, own[] = { 0x83, 0xff, 0x01 }, dib[] = { 0x04 };
    const ohm_mbus_mapping mappings[] = {
        { { NULL, 0 }, { vib, 2 }, 2, OHM_Q_VOLTAGE_L2 },
        { { dib, 1 }, { own, 3 }, -1, OHM_Q_ENERGY_IMPORT_L1 },
        { { NULL, 0 }, { vib, 2 }, 4, OHM_Q_NONE },
    };
    ohm_mbus_profile profile = { "x", "X", "PAD", -1, 2, mappings, 3 };
    mbus_bytes data;
    const ohm_mbus_record *r = parse(2, "82 80 40 FD 48 FC 08", &data);
    assert_true(ohm_mbus_profile_fits(&profile, &message));
    assert_int_equal(ohm_mbus_quantity(&message, r, &profile), OHM_Q_VOLTAGE_L2);
    r = parse(2, "04 83 FF 01 64 00 00 00", &data);
    assert_int_equal(ohm_mbus_quantity(&message, r, &profile), OHM_Q_ENERGY_IMPORT_L1);
    r = parse(2, "02 83 FF 01 64 00", &data);
    assert_int_equal(ohm_mbus_quantity(&message, r, &profile), OHM_Q_NONE);
    r = parse(2, "02 FD 48 FC 08", &data);
    assert_int_equal(ohm_mbus_quantity(&message, r, &profile), OHM_Q_VOLTAGE);

    profile.medium = 7;
    assert_false(ohm_mbus_profile_fits(&profile, &message));
    profile.medium = -1;
    profile.version = 9;
    assert_false(ohm_mbus_profile_fits(&profile, &message));
    profile.version = 1;
    assert_true(ohm_mbus_profile_fits(&profile, &message));
    memcpy(profile.manufacturer, "ABB", 4);
    assert_false(ohm_mbus_profile_fits(&profile, &message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_rule),
        cmocka_unit_test(what_is_no_number),
        cmocka_unit_test(by_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
