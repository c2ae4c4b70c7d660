#include "meter/residue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MAIN = 3, SAW = 5, PRESS = 8, REST = 9, STALE_MS = 60000 };

static ohm_residue residue;
static ohm_frame out;
static ohm_mono_ms now;

static void start(void)
{
    const ohm_residue_config config = { .device = REST,
                                        .main = { MAIN, STALE_MS },
                                        .subs_count = 2,
                                        .subs = { { SAW, STALE_MS }, { PRESS, STALE_MS } } };
    ohm_residue_init(&residue, &config);
    now.v = 1000000;
}

/* A frame of tenths of watts and of Wh; a negative register is none. */
static ohm_residue_news say(uint16_t device, int64_t power_w, int64_t wh)
{
    ohm_frame frame = { .device = device, .time_ms = 1795176000000 + now.v };
    frame.values[frame.count++] = (ohm_value){ OHM_Q_POWER, OHM_QUALITY_GOOD, 10 * power_w };
    if (wh >= 0)
        frame.values[frame.count++] = (ohm_value){ OHM_Q_ENERGY_IMPORT, OHM_QUALITY_GOOD, wh };
    now.v += 1000;
    return ohm_residue_take(&residue, &frame, now, &out);
}

static bool got(ohm_quantity_id id, int64_t *ret_value, uint8_t *ret_quality)
{
    for (int i = 0; i < out.count; i++)
        if (out.values[i].quantity == id) {
            *ret_value = out.values[i].value;
            *ret_quality = out.values[i].quality;
            return true;
        }
    return false;
}

static void check_power(int64_t power_w, uint8_t quality)
{
    int64_t value = 0;
    uint8_t seen = 0;
    assert_true(got(OHM_Q_POWER, &value, &seen));
    assert_int_equal(value, 10 * power_w);
    assert_int_equal(seen, quality);
}

static void the_rest_is_what_nobody_counts(void **state)
{
    (void)state;
    int64_t wh = 0;
    uint8_t quality = 0;
    start();
    (void)say(SAW, 1200, 5000);
    assert_int_equal(out.count, 0); /* only the main meter's frames give one */
    (void)say(PRESS, 300, 2000);
    (void)say(MAIN, 2000, 10000);
    check_power(500, OHM_QUALITY_GOOD);
    assert_int_equal(out.device, REST);
    assert_true(got(OHM_Q_ENERGY_IMPORT, &wh, &quality));
    assert_int_equal(wh, 3000);
    (void)say(7, 99999, 99999); /* a meter of another place */
    (void)say(MAIN, 1500, 10001);
    check_power(0, OHM_QUALITY_GOOD);
}

static void gaps_stay_gaps(void **state)
{
    (void)state;
    start();
    (void)say(SAW, 1200, 5000);
    (void)say(MAIN, 2000, 10000);
    assert_int_equal(out.count, 0); /* the press was never heard */
    (void)say(PRESS, 300, 2000);
    (void)say(MAIN, 2000, 10000);
    assert_int_equal(out.count, 2);
    for (int i = 0; i < 50; i++)
        (void)say(SAW, 1200, 5000);
    now.v += STALE_MS - 30000;
    (void)say(MAIN, 2000, 10000);
    assert_int_equal(out.count, 0); /* the press is silent */
    (void)say(PRESS, 300, 2000);
    (void)say(MAIN, 2000, 10000);
    assert_int_equal(out.count, 2);
}

static void halves_make_a_whole(void **state)
{
    (void)state;
    start();
    (void)say(SAW, 100, -1);
    (void)say(PRESS, -400, -1); /* a roof among the sub-meters feeds */
    ohm_frame frame = { .device = MAIN, .count = 2, .time_ms = 1 };
    frame.values[0] = (ohm_value){ OHM_Q_POWER_IMPORT, OHM_QUALITY_GOOD, 0 };
    frame.values[1] = (ohm_value){ OHM_Q_POWER_EXPORT, OHM_QUALITY_UNAUTHENTICATED, 2000 };
    now.v += 1;
    (void)ohm_residue_take(&residue, &frame, now, &out);
    check_power(100, OHM_QUALITY_UNAUTHENTICATED); /* -200 - 100 + 400 */
    assert_int_equal(out.count, 1);
}

static void below_zero_is_said(void **state)
{
    (void)state;
    start();
    (void)say(SAW, 1200, -1);
    (void)say(PRESS, 300, -1);
    assert_int_equal(say(MAIN, 1480, -1), OHM_RESIDUE_NO_NEWS); /* read a moment apart */
    check_power(-20, OHM_QUALITY_SUSPECT);
    assert_int_equal(say(MAIN, 1000, -1), OHM_RESIDUE_NO_NEWS);
    assert_int_equal(say(MAIN, 1000, -1), OHM_RESIDUE_NO_NEWS);
    assert_int_equal(say(MAIN, 1000, -1), OHM_RESIDUE_BELOW_ZERO);
    check_power(-500, OHM_QUALITY_SUSPECT);
    assert_int_equal(say(MAIN, 1000, -1), OHM_RESIDUE_NO_NEWS);
    assert_int_equal(say(MAIN, 1600, -1), OHM_RESIDUE_GOOD_AGAIN);
    check_power(100, OHM_QUALITY_GOOD);
}

static void its_register_never_goes_down(void **state)
{
    (void)state;
    int64_t wh = 0, last = 0;
    uint8_t quality = 0;
    start();
    (void)say(SAW, 0, 5000);
    (void)say(PRESS, 0, 2000);
    for (int i = 0; i < 200; i++) {
        (void)say(MAIN, 0, 8000 + 10 * i);
        if (i % 3 == 0)
            (void)say(SAW, 0, 5000 + 8 * i); /* in steps: the difference dips between them */
        (void)say(PRESS, 0, 2000);
        (void)say(MAIN, 0, 8000 + 10 * i);
        if (!got(OHM_Q_ENERGY_IMPORT, &wh, &quality))
            continue;
        assert_true(wh >= last);
        last = wh;
    }
    assert_true(last > 1000);
    (void)say(SAW, 0, 999999); /* older than the main meter: no register, and no negative one */
    (void)say(MAIN, 0, 20000);
    assert_false(got(OHM_Q_ENERGY_IMPORT, &wh, &quality));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rest_is_what_nobody_counts),
        cmocka_unit_test(gaps_stay_gaps),
        cmocka_unit_test(halves_make_a_whole),
        cmocka_unit_test(below_zero_is_said),
        cmocka_unit_test(its_register_never_goes_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
