#include "wire/readout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static ohm_readout readout;

static ohm_code parse(const char *text)
{
    const char *what = NULL;
    ohm_code code = ohm_readout_parse(ohm_span_text(text), &readout, &what);
    if (code != OHM_OK)
        assert_non_null(what);
    return code;
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *why, *line, *obis; /* NULL: none */
    } rows[] = {
        { "whole", "1-0:1.8.0*255(1)", "1-0:1.8.0*255" },
        { "F is left out", "1-0:1.8.1(1)", "1-0:1.8.1*255" },
        { "F behind a point, as DSMR 4.2 has it", "1-0:31.7.0.255(1)", "1-0:31.7.0*255" },
        { "F behind &: reset by hand", "1.6.1&03(1)", "1-0:1.6.1*3" },
        { "reduced", "1.8.0(1)", "1-0:1.8.0*255" },
        { "an earlier period", "2.8.1*12(1)", "1-0:2.8.1*12" },
        { "error register", "F.F(00)", "1-0:97.97.0*255" },
        { "serial number", "C.1.0(123)", "1-0:96.1.0*255" },
        { "without E", "C.1(123)", "1-0:96.1.0*255" },
        { "load profile", "P.01(1)", "1-0:99.1.0*255" },
        { "list of log book", "L.1.0(1)", "1-0:98.1.0*255" },
        { "one group is no code", "F(0)", NULL },
        { "a misprint of DSMR 4.0", "1-0:99:97.0(1)", NULL },
        { "above a byte", "1-0:1.8.256(1)", NULL },
        { "too many groups", "1.2.3.4(1)", NULL },
        { "a letter that no standard has", "X.8.0(1)", NULL },
        { "nothing behind the star", "1.8.0*(1)", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[OHM_OBIS_TEXT_MAX] = "";
        assert_int_equal(parse(rows[i].line), OHM_OK);
        if (readout.sets[0].has_obis)
            (void)ohm_obis_write(readout.sets[0].obis, got);
        if (strcmp(got, rows[i].obis ? rows[i].obis : "") != 0)
            fail_msg("%s: '%s'", rows[i].why, got);
    }
}

/* In a heat meter 6.8 is heat, and 6.8.1 no reactive energy. */
static void older_meters_are_not_completed(void **state)
{
    (void)state;
    assert_int_equal(parse("6.8(0029.055*MWh)6.8.1(000.2*MWh)C.1(77)1-0:1.8.0(5*kWh)"), OHM_OK);
    assert_int_equal(readout.count, 4);
    for (int i = 0; i < 3; i++) {
        assert_false(readout.sets[i].has_obis);
        assert_int_equal(readout.sets[i].quantity, OHM_Q_NONE);
    }
    assert_true(readout.sets[3].has_obis);
    assert_int_equal(readout.sets[0].unit, OHM_UNIT_WH);
    assert_int_equal(readout.sets[0].raw, 29055);
    assert_int_equal(readout.sets[0].scaler, 3);
    /* Other addresses of two numbers say nothing about the rest. */
    assert_int_equal(parse("0.0(40012345)1.8.0(5*kWh)"), OHM_OK);
    assert_true(!readout.sets[0].has_obis && readout.sets[1].has_obis);
}

static void values(void **state)
{
    (void)state;
    static const struct {
        const char *why, *line;
        int64_t raw;
        int scaler, unit;
        bool number;
    } rows[] = {
        { "kWh to Wh", "1.8.0(00185.000*kWh)", 185000, 0, OHM_UNIT_WH, true },
        { "no decimals", "1.8.0(185*kWh)", 185, 3, OHM_UNIT_WH, true },
        { "a comma", "1.8.0(1,23*kWh)", 123, 1, OHM_UNIT_WH, true },
        { "spaces in front", "1.7.0(  80*W)", 80, 0, OHM_UNIT_W, true },
        { "negative", "16.7.0(-1.5*kW)", -15, 2, OHM_UNIT_W, true },
        { "a plus", "16.7.0(+1.5*kW)", 15, 2, OHM_UNIT_W, true },
        { "letters of any size", "32.7.0(220.1*v)", 2201, -1, OHM_UNIT_V, true },
        { "mega is not milli", "1.8.0(1*MWh)", 1, 6, OHM_UNIT_WH, true },
        { "a unit we don't know", "1.8.0(5*furlong)", 5, 0, OHM_UNIT_UNKNOWN, true },
        { "no unit", "1.8.0(000001.2963)", 12963, -4, OHM_UNIT_UNKNOWN, true },
        { "value and time of a maximum", "1.6.1(02.5*kW)(261120130000)", 25, 2, OHM_UNIT_W, true },
        { "time and value of a maximum", "1.6.0(261120130000W)(02.5*kW)", 25, 2, OHM_UNIT_W, true },
        { "eighteen digits", "1.8.0(123456789012345678*Wh)", 123456789012345678, 0, OHM_UNIT_WH,
          true },
        { "leading zeros don't count", "1.8.0(0000000000000000000007*Wh)", 7, 0, OHM_UNIT_WH,
          true },
        { "nineteen digits", "1.8.0(1234567890123456789*Wh)", 0, 0, 0, false },
        { "a long number is a name", "0.2.2(1234567890123456)", 0, 0, 0, false },
        { "a serial number", "C.1.0(00012345)", 0, 0, 0, false },
        { "a point alone", "1.8.0(.*kWh)", 0, 0, 0, false },
        { "a point behind", "1.8.0(5.*kWh)", 0, 0, 0, false },
        { "two points", "1.8.0(1.2.3*kWh)", 0, 0, 0, false },
        { "nothing", "1.8.0()", 0, 0, 0, false },
        { "a sign alone", "1.8.0(-*kWh)", 0, 0, 0, false },
        { "a list", "1-0:98.1.0(1*kW)(2*kW)", 0, 0, 0, false },
        { "two plain numbers", "1.8.0(1)(2)", 0, 0, 0, false },
        { "a date", "0-0:1.0.0(261120130000W)", 0, 0, 0, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(parse(rows[i].line), OHM_OK);
        const ohm_readout_set *s = &readout.sets[0];
        bool same = s->has_number == rows[i].number;
        if (rows[i].number)
            same = same && s->raw == rows[i].raw && s->scaler == rows[i].scaler &&
                   s->unit == rows[i].unit;
        if (!same)
            fail_msg("%s: %lld e%d unit %d", rows[i].why, (long long)s->raw, s->scaler, s->unit);
    }
}

static void lines(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        int sets, values;
        ohm_code code;
    } rows[] = {
        { "nothing", "", 0, 0, OHM_OK },
        { "CR LF, LF, and none", "1.8.0(1)\r\n2.8.0(2)\n3.8.0(3)", 3, 3, OHM_OK },
        { "several on a line", "1.8.0(1)2.8.0(2)3.8.0()\r\n", 3, 3, OHM_OK },
        { "goes on in the next line", "0-1:24.3.0(1)(2)\r\n(00124.477)\r\n", 1, 3, OHM_OK },
        { "fill before a line", "\x7f\x7f 1.8.0(1)\r\n", 1, 1, OHM_OK },
        { "signs inside a bracket", "0-0:96.13.0(a-/-b!c*d&e)\r\n", 1, 1, OHM_OK },
        { "no bracket", "1.8.0\r\n", 0, 0, OHM_BAD_FORMAT },
        { "no end", "1.8.0(12", 0, 0, OHM_BAD_FORMAT },
        { "a line's end in a bracket", "1.8.0(1\r\n2)", 0, 0, OHM_BAD_FORMAT },
        { "a bracket in a bracket", "1.8.0((1))", 0, 0, OHM_BAD_FORMAT },
        { "a bracket before any address", "(1)", 0, 0, OHM_BAD_FORMAT },
        { "an end without beginning", "1.8.0)1)", 0, 0, OHM_BAD_FORMAT },
        { "a space in an address", "1.8 .0(1)", 0, 0, OHM_BAD_FORMAT },
        { "an address without end", "1234567890123456789012345678901234567890(1)", 0, 0,
          OHM_BAD_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_code code = parse(rows[i].text);
        if (code != rows[i].code || (code == OHM_OK && (readout.count != rows[i].sets ||
                                                        readout.values_count != rows[i].values)))
            fail_msg("%s: %s, %d sets, %d values", rows[i].why, ohm_code_name(code), readout.count,
                     readout.values_count);
    }
}

static void more_than_fits(void **state)
{
    (void)state;
    enum { LINE = 5 };
    static char text[LINE * (OHM_READOUT_SETS_MAX + 1) + 4 * OHM_READOUT_VALUES_MAX];
    for (int i = 0; i < OHM_READOUT_SETS_MAX; i++)
        memcpy(text + LINE * i, "1(2)\n", LINE);
    assert_int_equal(parse(text), OHM_OK);
    assert_int_equal(readout.count, OHM_READOUT_SETS_MAX);
    strcat(text, "1(2)\n");
    assert_int_equal(parse(text), OHM_TOO_BIG);
    strcpy(text, "1");
    for (int i = 0; i < OHM_READOUT_VALUES_MAX; i++)
        memcpy(text + 1 + 3 * i, "(2)", 4);
    assert_int_equal(parse(text), OHM_OK);
    assert_int_equal(readout.sets[0].count, OHM_READOUT_VALUES_MAX);
    strcat(text, "(2)");
    assert_int_equal(parse(text), OHM_TOO_BIG);
}

static void times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ohm_code code;
        int season;
    } rows[] = {
        { "261120130000W", OHM_OK, OHM_READOUT_WINTER },
        { "260720130000S", OHM_OK, OHM_READOUT_SUMMER },
        { "261120130000", OHM_OK, OHM_READOUT_UNSAID },
        { "261120130000X", OHM_UNKNOWN, 0 },
        { "261320130000W", OHM_UNKNOWN, 0 }, /* month 13 */
        { "260230130000W", OHM_UNKNOWN, 0 },
        { "261120240000W", OHM_UNKNOWN, 0 },
        { "261120136000W", OHM_UNKNOWN, 0 },
        { "2611201300", OHM_UNKNOWN, 0 },
        { "26112013000AW", OHM_UNKNOWN, 0 },
        { "", OHM_UNKNOWN, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_readout_time time;
        ohm_code code = ohm_readout_time_parse(ohm_span_text(rows[i].text), &time);
        if (code != rows[i].code || (code == OHM_OK && time.season != rows[i].season))
            fail_msg("%s: %s", rows[i].text, ohm_code_name(code));
        if (code == OHM_OK)
            assert_true(time.local.date.year == 2026 && time.local.hour == 13);
    }
}

static void identifications(void **state)
{
    (void)state;
    ohm_readout_ident ident;
    assert_int_equal(ohm_readout_ident_parse(ohm_span_text("/LGZ5\\2ZMD410.B31"), &ident), OHM_OK);
    assert_true(ohm_span_is(ident.manufacturer, "LGZ") && ident.baud == '5');
    assert_true(ohm_span_is(ident.id, "\\2ZMD410.B31"));
    assert_int_equal(ohm_readout_ident_parse(ohm_span_text("/NWA-"), &ident), OHM_OK);
    static const char *const bad[] = { "", "/", "/LGZ", "LGZ5x", "/L1Z5x", "/?!" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ohm_readout_ident_parse(ohm_span_text(bad[i]), &ident), OHM_BAD_FORMAT);
}

static void quantities(void **state)
{
    (void)state;
    static const struct {
        const char *why, *line;
        ohm_code code;
        int64_t quantised;
    } rows[] = {
        { "Wh", "1-0:1.8.0(1.5*kWh)", OHM_OK, 1500 },
        { "tenths of W", "1-0:1.7.0(00.244*kW)", OHM_OK, 2440 },
        { "the unit of another quantity", "1-0:1.8.0(1.5*kvarh)", OHM_UNKNOWN, 0 },
        { "no unit: it may be kWh or Wh", "1-0:1.8.0*255(000001.2963)", OHM_UNKNOWN, 0 },
        { "a state has none", "0-0:96.3.10(1)", OHM_OK, 1 },
        { "an earlier period", "1-0:1.8.0*1(1.5*kWh)", OHM_UNKNOWN, 0 },
        { "text", "0-0:96.1.1(4F48)", OHM_UNKNOWN, 0 },
        { "nothing", "1-0:1.8.0()", OHM_UNKNOWN, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t got = 0;
        assert_int_equal(parse(rows[i].line), OHM_OK);
        ohm_code code = ohm_readout_quantise(&readout.sets[0], &got);
        if (code != rows[i].code || (code == OHM_OK && got != rows[i].quantised))
            fail_msg("%s: %s %lld", rows[i].why, ohm_code_name(code), (long long)got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),       cmocka_unit_test(older_meters_are_not_completed),
        cmocka_unit_test(values),          cmocka_unit_test(lines),
        cmocka_unit_test(more_than_fits),  cmocka_unit_test(times),
        cmocka_unit_test(identifications), cmocka_unit_test(quantities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
