/* The M-Bus decoder: records by the tables of EN 13757-3, frames, headers, and refusals. The
 * bytes are made up from the standard's tables; no meter said them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../mbus_frames.h"

static ohm_mbus decoder;
static ohm_mbus_message message;

/* --- records ------------------------------------------------------------------------------------
 */

typedef struct record_case {
    const char *why, *records;
    const char *value; /* "null" for none */
    const char *unit, *text;
} record_case;

static void value_of(const ohm_mbus_message *m, const ohm_mbus_record *r, char *out, size_t cap)
{
    char text[OHM_MBUS_TEXT_MAX];
    size_t len = ohm_mbus_text(m, r, text);
    bool none = (r->flags & OHM_MBUS_INVALID) != 0 || r->kind == OHM_MBUS_NO_DATA;
    if (r->kind == OHM_MBUS_INTEGER || r->kind == OHM_MBUS_BCD || r->kind == OHM_MBUS_REAL ||
        r->kind == OHM_MBUS_COUNTER)
        len = ohm_mbus_number(r->mantissa, r->exponent, text);
    (void)snprintf(out, cap, "%.*s", none ? 4 : (int)len, none ? "null" : text);
}

static void parse(uint8_t ci, const char *hex, mbus_bytes *frame)
{
    ohm_mbus_reject reject;
    ohm_mbus_link unit;
    size_t claimed;
    *frame = mbus_frame(0x08, 1, ci, hex);
    assert_int_equal(ohm_mbus_link_parse(mbus_span(frame), &unit, &claimed), OHM_OK);
    assert_int_equal(
        ohm_mbus_parse(unit.control, unit.address, unit.ci, unit.data, &message, &reject), OHM_OK);
}

static void check_records(uint8_t ci, const record_case *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mbus_bytes frame;
        char value[OHM_MBUS_TEXT_MAX], unit[OHM_MBUS_TEXT_MAX];
        parse(ci, rows[i].records, &frame);
        assert_true(message.records_count >= 1);
        const ohm_mbus_record *r = &message.records[message.records_count - 1];
        value_of(&message, r, value, sizeof value);
        size_t len = ohm_mbus_unit(&message, r, unit);
        bool same = !strcmp(value, rows[i].value) && len == strlen(rows[i].unit) &&
                    !memcmp(unit, rows[i].unit, len) && !strcmp(r->vif->text, rows[i].text);
        if (!same)
            fail_msg("%s: %s %.*s %s", rows[i].why, value, (int)len, unit, r->vif->text);
    }
}

static void data_fields(void **state)
{
    (void)state;
    static const record_case rows[] = {
        { "no data", "00 03", "null", "Wh", "Energy" },
        { "8 bits, signed", "01 2B FE", "-2", "W", "Power" },
        { "16 bits", "02 2B 10 27", "10000", "W", "Power" },
        { "24 bits, negative", "03 2B FF FF FF", "-1", "W", "Power" },
        { "32 bits", "04 13 1F 00 00 00", "0.031", "m^3", "Volume" },
        { "48 bits", "06 03 FF FF FF FF FF 7F", "140737488355327", "Wh", "Energy" },
        { "64 bits, above 2^53", "07 03 01 00 00 00 00 00 20 00", "9007199254740993", "Wh",
          "Energy" },
        { "the lowest number of type B is none", "02 2B 00 80", "null", "W", "Power" },
        { "all ones of type C is none", "01 7A FF", "null", "", "Bus Address" },
        { "an address is unsigned", "01 7A FA", "250", "", "Bus Address" },
        { "bits are unsigned", "01 FD 17 FF", "255", "", "Error flags" },
        { "a maker's number is what it is", "02 FF 52 00 80", "-32768", "",
          "Manufacturer specific" },
        { "BCD 2", "09 2B 42", "42", "W", "Power" },
        { "BCD 4", "0A 5A 55 06", "65.5", "C", "Flow temperature" },
        { "BCD 6", "0B 3B 83 14 00", "1.483", "m^3/h", "Volume flow" },
        { "BCD 8", "0C 06 78 56 34 12", "12345678000", "Wh", "Energy" },
        { "BCD 12", "0E 03 12 90 78 56 34 12", "123456789012", "Wh", "Energy" },
        { "F in front is a minus", "0A 5A 21 F0", "-2.1", "C", "Flow temperature" },
        { "other digits are an error of the meter", "0C 2B BD EB DD DD", "null", "W", "Power" },
        { "F behind the front too", "0A 5A 2F 00", "null", "C", "Flow temperature" },
        { "a selection holds nothing", "08 13", "null", "m^3", "Volume" },
        { "filler before and between", "2F 2F 01 2B 01 2F 01 2B 02 2F", "2", "W", "Power" },
    };
    check_records(0x78, rows, sizeof rows / sizeof *rows);
}

static void reals(void **state)
{
    (void)state;
    static const record_case rows[] = {
        { "one", "05 2B 00 00 80 3F", "1", "W", "Power" },
        { "17 digits name the double", "05 5B 22 F3 26 42", "41.737434387207031", "C",
          "Flow temperature" },
        { "scaled", "05 2E 00 00 C0 3F", "1500", "W", "Power" },
        { "minus nothing", "05 2B 00 00 00 80", "0", "W", "Power" },
        { "negative", "05 2B 00 00 20 C1", "-10", "W", "Power" },
        { "a small one", "05 2B BD 37 86 35", "0.00000099999999747524271", "W", "Power" },
        { "the smallest", "05 2B 01 00 00 00", "14012984643248171e-61", "W", "Power" },
        { "the largest", "05 2B FF FF 7F 7F", "34028234663852886e22", "W", "Power" },
        { "no number", "05 2B 00 00 C0 7F", "null", "W", "Power" },
        { "without end", "05 2B 00 00 80 FF", "null", "W", "Power" },
    };
    check_records(0x78, rows, sizeof rows / sizeof *rows);
}

static void variable_length(void **state)
{
    (void)state;
    static const record_case rows[] = {
        { "text, last character first", "0D FD 0C 03 43 42 41", "ABC", "", "Model / Version" },
        { "ISO 8859-1", "0D FD 11 02 E9 41", "A\xc3\xa9", "", "Customer" },
        { "no text", "0D FD 11 00", "", "", "Customer" },
        { "C2h: two bytes of digits", "0D 13 C2 34 12", "1.234", "m^3", "Volume" },
        { "D2h: negative", "0D 13 D2 34 12", "-1.234", "m^3", "Volume" },
        { "C9h: 18 digits", "0D 03 C9 18 17 16 15 14 13 12 11 10", "101112131415161718", "Wh",
          "Energy" },
        { "a wrong digit", "0D 13 C1 A0", "null", "m^3", "Volume" },
        { "a sign belongs in the length", "0D 13 C1 F1", "null", "m^3", "Volume" },
        { "E3h: binary", "0D 13 E3 01 02 03", "197.121", "m^3", "Volume" },
        { "all ones is none", "0D 13 E2 FF FF", "null", "m^3", "Volume" },
        { "nine bytes are no number", "0D 13 E9 01 02 03 04 05 06 07 08 09",
          "01 02 03 04 05 06 07 08 09", "m^3", "Volume" },
        { "F0h: sixteen", "0D 13 F0 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10",
          "01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10", "m^3", "Volume" },
    };
    check_records(0x78, rows, sizeof rows / sizeof *rows);
}

static void times(void **state)
{
    (void)state;
    static const record_case rows[] = {
        { "type G", "02 6C DF 1C", "2014-12-31", "-", "Time point (date)" },
        { "type F", "04 6D 1A 0E CD 13", "2014-03-13T14:26", "-", "Time point (date & time)" },
        { "type F, by its length", "04 6C 1A 0E CD 13", "2014-03-13T14:26", "-",
          "Time point (date)" },
        { "type I", "06 6D 1E 1A 0E CD 13 00", "2014-03-13T14:26:30", "-",
          "Time point (date & time)" },
        { "type J", "03 6D 1E 1A 0E", "14:26:30", "-", "Time point (date & time)" },
        { "type J that is none", "03 6D FF FF FF", "null", "-", "Time point (date & time)" },
        { "marked invalid", "04 6D 9A 0E CD 13", "null", "-", "Time point (date & time)" },
        { "type I, marked invalid", "06 6D 1E 9A 0E CD 13 00", "null", "-",
          "Time point (date & time)" },
        { "no date", "02 6C 00 00", "null", "-", "Time point (date)" },
        { "all ones", "02 6C FF FF", "null", "-", "Time point (date)" },
        { "30 February", "02 6C DE 12", "null", "-", "Time point (date)" },
        { "29 February of a leap year", "02 6C 9D 22", "2020-02-29", "-", "Time point (date)" },
        { "every hour", "04 6D 1A 1F CD 13", "null", "-", "Time point (date & time)" },
        { "a century is said", "04 6D 1A 2E CD 13", "2014-03-13T14:26", "-",
          "Time point (date & time)" },
        { "85 is 1985", "02 6C A1 A1", "1985-01-01", "-", "Time point (date)" },
        { "start of a tariff", "02 FD 30 DF 1C", "2014-12-31", "-", "Start (date/time) of tariff" },
        { "BCD is no time", "0A 6C 34 12", "1234", "-", "Time point (date)" },
    };
    check_records(0x78, rows, sizeof rows / sizeof *rows);
    assert_int_equal(message.records[0].flags & OHM_MBUS_SUMMER, 0);
    mbus_bytes frame;
    parse(0x78, "04 6D 1A 8E CD 16", &frame);
    assert_int_equal(message.records[0].flags & OHM_MBUS_SUMMER, OHM_MBUS_SUMMER);
}

static void value_information(void **state)
{
    (void)state;
    static const record_case rows[] = {
        { "days to seconds", "02 23 A7 04", "102902400", "s", "On time" },
        { "FBh", "02 FB 01 02 00", "2000000", "Wh", "Energy" },
        { "FBh GJ", "02 FB 09 02 00", "2000000000", "J", "Energy" },
        { "FBh varh", "02 FB 02 02 00", "2000", "varh", "Reactive energy" },
        { "FBh VAh", "02 FB 04 02 00", "2000", "VAh", "Apparent energy" },
        { "FBh var", "02 FB 14 02 00", "2", "var", "Reactive power" },
        { "FBh VA", "02 FB 35 02 00", "20", "VA", "Apparent power" },
        { "FBh Hz", "02 FB 2D 8A 13", "50.02", "Hz", "Frequency" },
        { "FBh humidity", "02 FB 1A 13 02", "53.1", "%", "Relative humidity" },
        { "FBh m3", "01 FB 10 02", "200", "m^3", "Volume" },
        { "FDh V", "02 FD 48 FC 08", "230", "V", "Voltage" },
        { "FDh A", "02 FD 59 D2 04", "1.234", "A", "Current" },
        { "FDh months", "01 FD 6E 02", "2", "month", "Operating time battery" },
        { "FDh FDh", "01 FD FD 02 07", "7", "month", "Remaining battery life time" },
        { "FDh type K is bytes", "04 FD 72 01 02 03 04", "01 02 03 04", "", "Daylight saving" },
        { "reserved", "01 FD 7F 07", "7", "", "Reserved" },
        { "EFh is reserved", "01 EF 01 07", "7", "", "Reserved" },
        { "in plain text", "01 7C 03 48 52 25 07", "7", "%RH", "ASCII unit" },
        { "in plain text, scaled", "02 FC 03 48 52 25 74 22 15", "54.1", "%RH", "ASCII unit" },
        { "times a thousandth behind FDh", "02 FD BA 73 E2 03", "0.994", "", "Dimensionless" },
        { "times a hundred thousandth and ten", "02 AB F1 77 E8 03", "0.1", "W", "Power" },
        { "times a thousand", "01 AB 7D 05", "5000", "W", "Power" },
        { "plus a hundredth", "02 AB 79 E8 03", "1000.01", "W", "Power" },
        { "plus one, of a small unit", "01 93 7B 05", "1.005", "m^3", "Volume" },
        { "a maker's VIFE changes nothing", "01 AB FF 79 05", "5", "W", "Power" },
        { "nor what follows it", "02 83 FF F9 77 05 00", "5", "Wh", "Energy" },
        { "an error instead of a value", "01 AB 15 05", "null", "W", "Power" },
        { "data error", "01 AB 18 05", "null", "W", "Power" },
        { "of type C by FCh 11h", "02 AB FC 11 FE FF", "65534", "W", "Power" },
        { "any VIF", "04 7E 17 09 00 00", "2327", "", "Any VIF" },
    };
    check_records(0x78, rows, sizeof rows / sizeof *rows);
}

static void every_code_has_a_row(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 128; code++) {
        for (int table = OHM_MBUS_PRIMARY; table <= OHM_MBUS_FD_FD; table++) {
            const ohm_mbus_vif *row = ohm_mbus_vif_of((ohm_mbus_table)table, (uint8_t)code);
            assert_non_null(row->unit);
            assert_true(row->factor >= 1);
            assert_true(row->exponent >= -12 && row->exponent <= 12);
        }
        assert_non_null(ohm_mbus_vife_of((uint8_t)code, false).text);
        assert_non_null(ohm_mbus_vife_of((uint8_t)code, true).text);
    }
    /* The powers of ten of whole groups: 10 kW, 100 kA, 1 GJ. */
    assert_int_equal(ohm_mbus_vif_of(OHM_MBUS_PRIMARY, 0x2f)->exponent, 4);
    assert_int_equal(ohm_mbus_vif_of(OHM_MBUS_FD, 0x4f)->exponent, 6);
    assert_int_equal(ohm_mbus_vif_of(OHM_MBUS_FD, 0x5f)->exponent, 3);
    assert_int_equal(ohm_mbus_fixed_unit(0x13)->exponent, 11);
    assert_int_equal(ohm_mbus_fixed_unit(0x35)->exponent, 0);
    assert_string_equal(ohm_mbus_fixed_unit(0x35)->unit, "m^3/h");
}

static void storage_tariff_subunit(void **state)
{
    (void)state;
    mbus_bytes frame;
    parse(0x78, "C4 81 D0 65 13 00 00 00 00", &frame);
    const ohm_mbus_record *r = &message.records[0];
    /* bit 6 of DIF, then 1, 0, 5 in nibbles; tariffs 0, 1, 2; subunits 0, 1, 1 */
    assert_int_equal(r->storage, 1 + (1 << 1) + (5 << 9));
    assert_int_equal(r->tariff, (1 << 2) + (2 << 4));
    assert_int_equal(r->subunit, 6);
    assert_int_equal(r->flags & OHM_MBUS_EXTENDED, OHM_MBUS_EXTENDED);

    parse(0x78, "F4 FF FF FF FF FF FF FF FF FF 7F 13 00 00 00 00", &frame);
    r = &message.records[0];
    assert_true(r->storage == (UINT64_C(1) << 41) - 1);
    assert_int_equal(r->tariff, (1 << 20) - 1);
    assert_int_equal(r->subunit, 1023);
    assert_int_equal(r->function, OHM_MBUS_IN_ERROR);

    parse(0x78, "14 13 00 00 00 00 24 13 00 00 00 00", &frame);
    assert_int_equal(message.records[0].function, OHM_MBUS_MAXIMUM);
    assert_int_equal(message.records[1].function, OHM_MBUS_MINIMUM);
    assert_int_equal(message.records[1].flags, 0);
}

static void blocks_of_the_maker(void **state)
{
    (void)state;
    static const record_case rows[] = {
        { "to the end", "01 2B 05 0F 00 01 1F", "00 01 1F", "", "" },
        { "nothing in it", "0F", "", "", "" },
        { "more follows", "01 2B 05 1F 45", "45", "", "" },
    };
    check_records(0x78, rows, sizeof rows / sizeof *rows);
    assert_true(message.more_follows);
    assert_int_equal(message.records[1].function, OHM_MBUS_MORE_BLOCK);
}

static void qualifiers(void **state)
{
    (void)state;
    mbus_bytes frame;
    ohm_mbus_vife vife;
    ohm_mbus_record moment;
    uint8_t code;
    size_t at = 0;
    char text[OHM_MBUS_TEXT_MAX];
    parse(0x78, "04 DA 6F 32 14 7A 18", &frame);
    assert_true(ohm_mbus_vifes(&message, &message.records[0], &at, &vife, &code));
    assert_int_equal(code, 0x6f);
    assert_string_equal(vife.text, "end of the last");
    assert_false(ohm_mbus_vifes(&message, &message.records[0], &at, &vife, &code));
    assert_true(ohm_mbus_moment(&message, &message.records[0], &moment));
    text[ohm_mbus_text(&message, &moment, text)] = 0;
    assert_string_equal(text, "2011-08-26T20:50");

    parse(0x78, "04 AB FC 82 3B 00 00 00 00", &frame);
    assert_int_equal(message.records[0].phase, 2);
    assert_int_equal(message.records[0].flags, OHM_MBUS_IMPORT);
    assert_false(ohm_mbus_moment(&message, &message.records[0], &moment));
}

/* --- headers ------------------------------------------------------------------------------------
 */

static void headers(void **state)
{
    (void)state;
    mbus_bytes frame;
    parse(0x72, "78 56 34 12 24 40 01 07 55 04 00 00 03 13 15 31 00", &frame);
    assert_string_equal(message.id, "12345678");
    assert_string_equal(message.manufacturer, "PAD");
    assert_int_equal(message.version, 1);
    assert_int_equal(message.medium, 7);
    assert_int_equal(message.access, 0x55);
    assert_int_equal(message.status, 4);
    assert_int_equal(message.records_count, 1);

    parse(0x76, "12 34 56 78 40 24 01 07 55 04 60 05 04 13 00 00 00 1F", &frame);
    assert_string_equal(message.id, "12345678");
    assert_string_equal(message.manufacturer, "PAD");
    assert_int_equal(message.signature, 0x6005);
    assert_int_equal(message.records[0].mantissa, 31);

    parse(0x72, "78 56 34 12 B4 05 34 04 55 00 27 B6 01 2B 05", &frame);
    assert_int_equal(message.signature, 0xb627); /* of before there were modes */
    assert_int_equal(message.records[0].mantissa, 5);

    parse(0x7a, "55 04 00 00 01 2B 05", &frame);
    assert_false(message.has_id);
    assert_true(message.has_access);
    assert_int_equal(message.records[0].mantissa, 5);

    parse(0x70, "08", &frame);
    assert_int_equal(message.body, OHM_MBUS_ERROR);
    assert_string_equal(ohm_mbus_error_text(message.code),
                        "application too busy for handling the request");
    parse(0x71, "83", &frame);
    assert_int_equal(message.body, OHM_MBUS_ALARM);
    assert_int_equal(message.code, 0x83);

    parse(0x72, "AB 56 34 F2 24 40 01 07 55 04 00 00", &frame);
    assert_string_equal(message.id, "f23456ab"); /* hex digits are no mistake */
}

static void fixed_structure(void **state)
{
    (void)state;
    mbus_bytes frame;
    char value[OHM_MBUS_TEXT_MAX];
    parse(0x73, "78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00 00", &frame);
    assert_string_equal(message.id, "12345678");
    assert_int_equal(message.medium, 7);
    value_of(&message, &message.records[0], value, sizeof value);
    assert_string_equal(value, "0.001");
    value_of(&message, &message.records[1], value, sizeof value);
    assert_string_equal(value, "0.135");
    assert_int_equal(message.records[1].storage, 1);
    assert_int_equal(message.records[0].function, OHM_MBUS_ACTUAL);

    /* binary, at a fixed date; kWh and J */
    parse(0x77, "12 34 56 78 0A 03 0B 85 FF FF FF FE 00 00 01 00", &frame);
    assert_int_equal(message.records[0].function, OHM_MBUS_STORED);
    value_of(&message, &message.records[0], value, sizeof value);
    assert_string_equal(value, "-2000");
    assert_string_equal(message.records[0].vif->unit, "Wh");
    value_of(&message, &message.records[1], value, sizeof value);
    assert_string_equal(value, "256000");
    assert_string_equal(message.records[1].vif->unit, "J");
    assert_int_equal(message.medium, 2);

    parse(0x73, "78 56 34 12 0A 00 05 05 0A 00 00 00 35 01 00 00", &frame);
    value_of(&message, &message.records[0], value, sizeof value);
    assert_string_equal(value, "null");
}

/* --- refusals -----------------------------------------------------------------------------------
 */

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t control, ci;
        const char *data;
        ohm_code code;
    } rows[] = {
        { "ends inside a DIF", 0x08, 0x78, "8B", OHM_BAD_FORMAT },
        { "ends before a VIF", 0x08, 0x78, "04", OHM_BAD_FORMAT },
        { "ends inside a VIF", 0x08, 0x78, "04 93", OHM_BAD_FORMAT },
        { "ends behind FDh", 0x08, 0x78, "04 FD", OHM_BAD_FORMAT },
        { "ends behind FDh FDh", 0x08, 0x78, "04 FD FD", OHM_BAD_FORMAT },
        { "ends inside a unit", 0x08, 0x78, "04 7C 05 41", OHM_BAD_FORMAT },
        { "ends before a unit", 0x08, 0x78, "04 7C", OHM_BAD_FORMAT },
        { "ends inside a value", 0x08, 0x78, "04 13 00 00 00", OHM_BAD_FORMAT },
        { "ends before a length", 0x08, 0x78, "0D 13", OHM_BAD_FORMAT },
        { "ends inside a text", 0x08, 0x78, "0D 13 03 41", OHM_BAD_FORMAT },
        { "a reserved length", 0x08, 0x78, "0D 13 CA 00 00 00 00 00 00 00 00 00 00",
          OHM_BAD_FORMAT },
        { "a reserved DIF", 0x08, 0x78, "3F 13 00", OHM_BAD_FORMAT },
        { "11 DIFEs", 0x08, 0x78, "84 80 80 80 80 80 80 80 80 80 80 00 13 00 00 00 00",
          OHM_BAD_FORMAT },
        { "11 VIFEs", 0x08, 0x78, "01 93 F6 F6 F6 F6 F6 F6 F6 F6 F6 F6 76 00", OHM_BAD_FORMAT },
        { "a good record before it saves nothing", 0x08, 0x78, "01 2B 05 04 13", OHM_BAD_FORMAT },
        { "a header cut", 0x08, 0x72, "78 56 34 12 24", OHM_BAD_FORMAT },
        { "a fixed structure too long", 0x08, 0x73,
          "78 56 34 12 0A 00 05 05 0A 00 00 00 35 01 00 00 00", OHM_BAD_FORMAT },
        { "from the master", 0x53, 0x51, "01 7A 05", OHM_UNSUPPORTED },
        { "from the master, with a meter's CI", 0x53, 0x72, "", OHM_UNSUPPORTED },
        { "DLMS", 0x08, 0x10, "01 67 DB 08", OHM_UNSUPPORTED },
        { "compact", 0x08, 0x79, "00", OHM_UNSUPPORTED },
        { "mode 5, one block", 0x08, 0x7a, "55 00 10 05 01 02 03 04", OHM_NO_KEY },
        { "mode 7, one block", 0x08, 0x7a, "55 00 10 07 01 2B 05", OHM_NO_KEY },
        { "mode 1", 0x08, 0x7a, "55 00 10 01 01 2B 05", OHM_UNSUPPORTED },
        { "mode 4, ciphered bytes that look like a record", 0x08, 0x72,
          "78 56 34 12 24 40 01 07 55 00 10 04 01 2B 05", OHM_UNSUPPORTED },
        { "mode 6", 0x08, 0x7a, "55 00 F0 06 01 2B 05", OHM_UNSUPPORTED },
        { "mode 13", 0x08, 0x7a, "55 00 10 0D 01 2B 05", OHM_UNSUPPORTED },
        { "mode 15", 0x08, 0x7a, "55 00 10 0F 01 2B 05", OHM_UNSUPPORTED },
        { "a mode that no standard has", 0x08, 0x7a, "55 00 20 B6 01 2B 05", OHM_UNSUPPORTED },
        { "the same, from a maker without old signatures", 0x08, 0x72,
          "78 56 34 12 24 40 01 07 55 00 27 B6 01 2B 05", OHM_UNSUPPORTED },
        { "mode 4 of the maker with old signatures", 0x08, 0x72,
          "78 56 34 12 B4 05 34 04 55 00 10 04 01 2B 05", OHM_UNSUPPORTED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_mbus_reject reject = { 0 };
        const ohm_mbus_message *m = NULL;
        mbus_bytes frame = mbus_frame(rows[i].control, 1, rows[i].ci, rows[i].data);
        ohm_span in = mbus_span(&frame);
        ohm_mbus_init(&decoder);
        ohm_code code = ohm_mbus_next(&decoder, &in, &m, &reject);
        if (code != rows[i].code || reject.code != code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
        assert_int_equal(ohm_mbus_next(&decoder, &in, &m, &reject), OHM_MORE);
        assert_int_equal(decoder.counters.messages, 0);
        assert_int_equal(decoder.counters.bytes_skipped, 0);
    }
}

static void ten_are_allowed(void **state)
{
    (void)state;
    mbus_bytes frame;
    parse(0x78, "81 80 80 80 80 80 80 80 80 80 00 93 F6 F6 F6 F6 F6 F6 F6 F6 F6 76 07", &frame);
    assert_int_equal(message.records[0].mantissa, 7);
    assert_int_equal(message.records[0].dib_len, 11);
    assert_int_equal(message.records[0].vib_len, 11);
}

/* --- the stream ---------------------------------------------------------------------------------
 */

typedef struct stream_case {
    const char *why, *hex;
    int messages, rejects;
    uint64_t skipped;
    ohm_code last;
} stream_case;

static void streams(void **state)
{
    (void)state;
    static const stream_case rows[] = {
        { "a good one", "68 06 06 68 08 01 78 01 2B 05 B2 16", 1, 0, 0, OHM_OK },
        { "an ACK and a request before it", "E5 10 7B 01 7C 16 68 06 06 68 08 01 78 01 2B 05 B2 16",
          1, 0, 0, OHM_OK },
        { "noise before it", "00 FF 68 06 68 06 06 68 08 01 78 01 2B 05 B2 16", 1, 0, 4, OHM_OK },
        { "checksum", "68 06 06 68 08 01 78 01 2B 05 B3 16", 0, 1, 12, OHM_BAD_CHECKSUM },
        { "stop byte", "68 06 06 68 08 01 78 01 2B 05 B2 17", 0, 1, 12, OHM_BAD_CHECKSUM },
        { "lengths differ", "68 06 07 68 08 01 78 01 2B 05 B2 16", 0, 1, 12, OHM_BAD_FORMAT },
        { "a damaged one hides no good one",
          "68 06 06 68 08 01 78 68 06 06 68 08 01 78 01 2B 05 B2 16", 1, 1, 7, OHM_BAD_CHECKSUM },
        { "cut", "68 06 06 68 08 01 78 01", 0, 1, 8, OHM_GAP },
        { "a short frame that is none", "10 7B 01 7D 16", 0, 1, 5, OHM_BAD_CHECKSUM },
        { "only noise", "00 01 02", 0, 1, 3, OHM_BAD_FORMAT },
        { "HDLC", "7E A0 20 CE FF", 0, 1, 5, OHM_UNSUPPORTED },
        { "nothing", "", 0, 0, 0, OHM_OK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mbus_bytes bytes = mbus_hex(rows[i].hex);
        ohm_span in = mbus_span(&bytes);
        int messages = 0, rejects = 0;
        ohm_code code = OHM_MORE, last = OHM_OK;
        ohm_mbus_init(&decoder);
        while (code != OHM_END) {
            const ohm_mbus_message *m = NULL;
            ohm_mbus_reject reject;
            code = ohm_mbus_next(&decoder, &in, &m, &reject);
            messages += code == OHM_OK;
            rejects += code != OHM_OK && code != OHM_MORE && code != OHM_END;
            if (code != OHM_OK && code != OHM_MORE && code != OHM_END)
                last = code;
            if (code == OHM_MORE)
                ohm_mbus_finish(&decoder);
        }
        if (messages != rows[i].messages || rejects != rows[i].rejects || last != rows[i].last ||
            decoder.counters.bytes_skipped != rows[i].skipped)
            fail_msg("%s: %d messages, %d refusals, %s, %d skipped", rows[i].why, messages, rejects,
                     ohm_code_name(last), (int)decoder.counters.bytes_skipped);
    }
}

static void a_reset_forgets_the_half(void **state)
{
    (void)state;
    mbus_bytes half = mbus_hex("68 06 06 68 08 01"), whole = mbus_frame(0x08, 1, 0x78, "01 2B 05");
    const ohm_mbus_message *m = NULL;
    ohm_mbus_reject reject;
    ohm_span in = mbus_span(&half);
    ohm_mbus_init(&decoder);
    assert_int_equal(ohm_mbus_next(&decoder, &in, &m, &reject), OHM_MORE);
    ohm_mbus_reset(&decoder);
    in = mbus_span(&whole);
    assert_int_equal(ohm_mbus_next(&decoder, &in, &m, &reject), OHM_OK);
    assert_int_equal(m->offset, half.len);
    assert_int_equal(decoder.counters.bytes, half.len + whole.len);
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        int64_t mantissa;
        int exponent;
        const char *text;
    } rows[] = {
        { 0, -3, "0" },
        { 0, 40, "0" },
        { 230100, -3, "230.1" },
        { -5, -1, "-0.5" },
        { 12, 3, "12000" },
        { 12, 13, "12e13" },
        { 8, -6, "0.000008" },
        { 8, -8, "8e-8" },
        { INT64_MIN, 0, "-9223372036854775808" },
        { 100, -2, "1" },
        { 1, 12, "1000000000000" },
        { 123, -3, "0.123" },
        { 1234, -3, "1.234" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[OHM_MBUS_NUMBER_MAX + 1];
        text[ohm_mbus_number(rows[i].mantissa, rows[i].exponent, text)] = 0;
        assert_string_equal(text, rows[i].text);
    }
}

static void small_enough(void **state)
{
    (void)state;
    assert_true(sizeof(ohm_mbus) <= 8192); /* an idle device */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_fields),
        cmocka_unit_test(reals),
        cmocka_unit_test(variable_length),
        cmocka_unit_test(times),
        cmocka_unit_test(value_information),
        cmocka_unit_test(every_code_has_a_row),
        cmocka_unit_test(storage_tariff_subunit),
        cmocka_unit_test(blocks_of_the_maker),
        cmocka_unit_test(qualifiers),
        cmocka_unit_test(headers),
        cmocka_unit_test(fixed_structure),
        cmocka_unit_test(refused),
        cmocka_unit_test(ten_are_allowed),
        cmocka_unit_test(streams),
        cmocka_unit_test(a_reset_forgets_the_half),
        cmocka_unit_test(numbers),
        cmocka_unit_test(small_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
