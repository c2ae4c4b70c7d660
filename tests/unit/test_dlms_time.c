#include "wire/dlms_time.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void reads_what_meters_write(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t bytes[OHM_DLMS_TIME_LEN];
        ohm_code code;
        bool present, has_deviation, has_hundredths;
        int16_t deviation_min;
    } rows[] = {
        { "E450: no deviation",
          { 7, 0xe7, 11, 10, 5, 10, 58, 50, 0xff, 0x80, 0, 0 },
          OHM_OK,
          true,
          false,
          false,
          0 },
        { "Paris in summer",
          { 7, 0xe7, 4, 1, 6, 21, 32, 35, 0, 0xff, 0x88, 0x80 },
          OHM_OK,
          true,
          true,
          true,
          -120 },
        { "everything free",
          { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80, 0, 0xff },
          OHM_OK,
          false,
          false,
          false,
          0 },
        { "the last day of any month",
          { 7, 0xe7, 0xff, 0xfe, 0xff, 0, 0, 0, 0, 0x80, 0, 0 },
          OHM_OK,
          false,
          false,
          false,
          0 },
        { "a free second is 0",
          { 7, 0xe7, 4, 1, 0xff, 21, 32, 0xff, 0xff, 0, 0, 0 },
          OHM_OK,
          true,
          true,
          false,
          0 },
        { "month 13", { 7, 0xe7, 13, 1, 6, 0, 0, 0, 0, 0, 0, 0 }, OHM_BAD_FORMAT, 0, 0, 0, 0 },
        { "31 February", { 7, 0xe7, 2, 31, 6, 0, 0, 0, 0, 0, 0, 0 }, OHM_BAD_FORMAT, 0, 0, 0, 0 },
        { "29 February of a leap year",
          { 7, 0xe8, 2, 29, 4, 0, 0, 0, 0, 0, 0, 0 },
          OHM_OK,
          true,
          true,
          true,
          0 },
        { "hour 24", { 7, 0xe7, 2, 1, 6, 24, 0, 0, 0, 0, 0, 0 }, OHM_BAD_FORMAT, 0, 0, 0, 0 },
        { "a deviation of 13 hours",
          { 7, 0xe7, 2, 1, 6, 0, 0, 0, 0, 3, 12, 0 },
          OHM_BAD_FORMAT,
          0,
          0,
          0,
          0 },
        { "twelve digits",
          { '1', '8', '1', '2', '2', '0', '0', '0', '0', '0', '0', '9' },
          OHM_BAD_FORMAT,
          0,
          0,
          0,
          0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_dlms_time t = { .present = false };
        ohm_code code = ohm_dlms_time_parse(rows[i].bytes, &t);
        if (code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
        if (code != OHM_OK)
            continue;
        if (t.present != rows[i].present || t.has_deviation != rows[i].has_deviation ||
            t.has_hundredths != rows[i].has_hundredths || t.deviation_min != rows[i].deviation_min)
            fail_msg("%s", rows[i].why);
    }
}

static void fields_and_back(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 7, 0xe7, 4, 1, 6, 21, 32, 35, 18, 0xff, 0x88, 0x80 };
    ohm_dlms_time t;
    uint8_t again[OHM_DLMS_TIME_LEN];
    assert_int_equal(ohm_dlms_time_parse(bytes, &t), OHM_OK);
    assert_int_equal(t.local.date.year, 2023);
    assert_int_equal(t.local.date.month, 4);
    assert_int_equal(t.local.date.day, 1);
    assert_int_equal(t.local.hour, 21);
    assert_int_equal(t.local.minute, 32);
    assert_int_equal(t.local.second, 35);
    assert_int_equal(t.local.ms, 180);
    assert_int_equal(t.weekday, 6);
    assert_int_equal(t.status, OHM_DLMS_TIME_SUMMER);
    ohm_dlms_time_write(&t, again);
    assert_memory_equal(again, bytes, sizeof bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_meters_write),
        cmocka_unit_test(fields_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
