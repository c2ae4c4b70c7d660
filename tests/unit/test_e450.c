#include "sim/e450.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* 2026-11-20T12:00:00Z */
static const ohm_ms noon_ms = 1795176000000;

static ohm_house house_at(const ohm_tz *tz, ohm_ms at_ms)
{
    static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    ohm_house house;
    ohm_house_init(&house, 7, noon_ms - 6 * (int64_t)OHM_HOUR_MS);
    ohm_house_step(&house, tz, at_ms, fed);
    return house;
}

/* Walks the frames by their own lengths; returns how many there are. */
static int frames_in(ohm_span bytes)
{
    int count = 0;
    size_t at = 0;
    while (at < bytes.len) {
        const uint8_t *p = bytes.ptr + at;
        assert_int_equal(p[0], 0x7e);
        assert_int_equal(p[1] & 0xf8, 0xa0); /* format 3, not segmented */
        size_t len = ((size_t)(p[1] & 7) << 8 | p[2]) + 2;
        assert_true(len <= 141 && at + len <= bytes.len);
        assert_int_equal(p[len - 1], 0x7e);
        assert_memory_equal(p + 3, "\xce\xff\x03\x13", 4);
        at += len;
        count++;
    }
    return count;
}

static void pushes_fit_the_line(void **state)
{
    (void)state;
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_e450 meter;
    ohm_e450_init(&meter);
    uint8_t bytes[OHM_E450_PUSH_MAX];

    ohm_house house = house_at(&utc, noon_ms + 5000);
    ohm_writer out = ohm_writer_over(bytes, sizeof bytes);
    assert_int_equal(ohm_e450_push(&meter, &house, &utc, &out), OHM_OK);
    assert_in_range(out.len, 400, 500);
    assert_int_equal(frames_in(ohm_writer_span(&out)), 4);
    assert_int_equal(meter.counter, 1001);

    house = house_at(&utc, noon_ms);
    out = ohm_writer_over(bytes, sizeof bytes);
    assert_int_equal(ohm_e450_push(&meter, &house, &utc, &out), OHM_OK);
    assert_int_equal(frames_in(ohm_writer_span(&out)), 8);
    assert_int_equal(meter.counter, 1003);
    /* Both lists of a full minute go through 2400 baud 8E1 before the next push is due. */
    assert_true(out.len * 11 * 1000 / 2400 < OHM_E450_PERIOD_MS);

    meter.layout = OHM_E450_PAIRS;
    out = ohm_writer_over(bytes, sizeof bytes);
    assert_int_equal(ohm_e450_push(&meter, &house, &utc, &out), OHM_OK);
    assert_int_equal(frames_in(ohm_writer_span(&out)), 2);
}

static void a_small_buffer_is_said(void **state)
{
    (void)state;
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_e450 meter;
    ohm_e450_init(&meter);
    ohm_house house = house_at(&utc, noon_ms);
    uint8_t bytes[600];
    ohm_writer out = ohm_writer_over(bytes, sizeof bytes);
    assert_int_equal(ohm_e450_push(&meter, &house, &utc, &out), OHM_TOO_BIG);
}

static int64_t value_of(const ohm_frame *frame, ohm_quantity_id quantity)
{
    for (int i = 0; i < frame->count; i++)
        if (frame->values[i].quantity == quantity)
            return frame->values[i].value;
    fail_msg("%s is missing", ohm_quantity_get(quantity)->name);
    return 0;
}

static void the_frame_is_the_house(void **state)
{
    (void)state;
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_house house = house_at(&utc, noon_ms);
    house.phase_w[0] = 1500;
    house.phase_w[1] = 200;
    house.phase_w[2] = -2000;
    house.phase_var[0] = 0;
    house.phase_v[0] = 229.6;
    ohm_frame frame;
    ohm_e450_frame(OHM_E450_POWERS | OHM_E450_REGISTERS, &house, 3, &frame);
    assert_int_equal(frame.device, 3);
    assert_int_equal(frame.time_ms, noon_ms);
    assert_int_equal(frame.count, 25);
    assert_int_equal(value_of(&frame, OHM_Q_POWER_IMPORT), 0);
    assert_int_equal(value_of(&frame, OHM_Q_POWER_EXPORT), 3000);
    assert_int_equal(value_of(&frame, OHM_Q_POWER_IMPORT_L1), 15000);
    assert_int_equal(value_of(&frame, OHM_Q_POWER_EXPORT_L1), 0);
    assert_int_equal(value_of(&frame, OHM_Q_POWER_EXPORT_L3), 20000);
    assert_int_equal(value_of(&frame, OHM_Q_VOLTAGE_L1), 23000);
    assert_int_equal(value_of(&frame, OHM_Q_CURRENT_L1), 6530); /* 1500 / 229.6, two decimals */
    assert_int_equal(value_of(&frame, OHM_Q_ENERGY_IMPORT), house.import_mj / 3600000);
    int64_t by_rate =
        value_of(&frame, OHM_Q_ENERGY_IMPORT_T1) + value_of(&frame, OHM_Q_ENERGY_IMPORT_T2);
    assert_in_range(value_of(&frame, OHM_Q_ENERGY_IMPORT) - by_rate, 0, 1); /* floors */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushes_fit_the_line),
        cmocka_unit_test(a_small_buffer_is_said),
        cmocka_unit_test(the_frame_is_the_house),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
