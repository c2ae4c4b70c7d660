/* The battery of the day's plan: days whose answer is worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/daemon_plan.h"
#include "control/setting.h"

enum { HOURS = 24 };

/* A day by the hour that begins at a midnight: what the home draws and feeds, without the battery.
 */
typedef struct day {
    ohm_day_facts *facts;
    ohm_battery_day *out;
    double import_kw[HOURS], export_kw[HOURS], curtail_kw[HOURS], shed_kw[HOURS];
} day;

static day d;

/* 1 kW all day at 0.20; 4 kWh without losses or wear, 2 kW both ways, empty, no reserve. */
static void begin(void)
{
    free(d.facts);
    free(d.out);
    memset(&d, 0, sizeof d);
    d.facts = calloc(1, sizeof *d.facts);
    d.out = calloc(1, sizeof *d.out);
    assert_true(d.facts && d.out);
    d.facts->steps = HOURS;
    d.facts->step_ms = OHM_HOUR_MS;
    d.facts->from_ms = INT64_C(1767225600000);
    d.facts->battery = (ohm_day_battery){ .there = true,
                                          .capacity_kwh = 4,
                                          .charge_kw = 2,
                                          .least_kw = 0.1,
                                          .discharge_kw = 2,
                                          .charge_ratio = 1,
                                          .discharge_ratio = 1,
                                          .step_w = 50 };
    for (int k = 0; k < HOURS; k++) {
        d.facts->price_eur[k] = 0.20;
        d.facts->import_kw[k] = 6;
        d.import_kw[k] = 1;
    }
}

static void plan(void)
{
    const ohm_home_controls controls = { .import_kw = d.import_kw,
                                         .export_kw = d.export_kw,
                                         .curtail_kw = d.curtail_kw,
                                         .shed_kw = d.shed_kw };
    ohm_day_battery_plan(d.facts, &controls, NULL, d.out);
}

static const ohm_battery_action *at(int hour)
{
    ohm_ms ms = d.facts->from_ms + hour * OHM_HOUR_MS;
    for (int i = 0; i < d.out->actions_count; i++)
        if (ms >= d.out->actions[i].from_ms && ms < d.out->actions[i].to_ms)
            return &d.out->actions[i];
    fail_msg("nothing at %d h", hour);
    return NULL;
}

static double sum(double sense)
{
    double kwh = 0;
    for (int k = 0; k < HOURS; k++)
        kwh += d.out->kw[k] * sense > 0 ? d.out->kw[k] * sense : 0;
    return kwh;
}

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-6)

/* Seven hours at 0.10, then 0.30: 4 kWh go in, 4 come out, 0.80 EUR are saved. */
static void it_charges_where_it_is_cheap(void **state)
{
    (void)state;
    begin();
    for (int k = 0; k < HOURS; k++)
        d.facts->price_eur[k] = k < 7 ? 0.10 : 0.30;
    plan();
    assert_true(d.out->planned);
    NEAR(sum(1), 4);
    NEAR(sum(-1), 4);
    NEAR(d.out->own.all_eur, 7 * 0.10 + 17 * 0.30);
    NEAR(d.out->plan.all_eur, d.out->own.all_eur - 0.80);
    NEAR(d.out->bound_eur, d.out->plan.all_eur);
    for (int k = 0; k < HOURS; k++) {
        if (d.out->kw[k] > 0) {
            assert_true(k < 7 && at(k)->setting > 0);
            assert_int_equal(at(k)->reason.why, OHM_PLAN_WHY_CHEAP);
            assert_int_equal(at(k)->reason.ueur_per_kwh, 100000);
            assert_int_equal(at(k)->reason.instead_ueur_per_kwh, 300000);
        }
        if (d.out->kw[k] < 0) { /* all that the house needs: its own mode does that */
            assert_true(k >= 7 && at(k)->setting == OHM_SETTING_OWN);
            assert_int_equal(at(k)->reason.why, OHM_PLAN_WHY_DEAR);
            NEAR(d.out->import_kw[k], 0);
        }
    }
}

/* Full in the morning, a dear evening: by itself it would be empty by then. */
static void it_keeps_for_dearer_hours(void **state)
{
    (void)state;
    begin();
    d.facts->battery.charged_ratio = 1;
    for (int k = 20; k < HOURS; k++)
        d.facts->price_eur[k] = 0.70;
    plan();
    assert_int_equal(at(0)->setting, OHM_SETTING_REST);
    assert_int_equal(at(0)->reason.why, OHM_PLAN_WHY_SAVE);
    assert_int_equal(at(0)->reason.instead_ueur_per_kwh, 700000);
    assert_int_equal(at(20)->setting, OHM_SETTING_OWN);
    assert_int_equal(at(20)->reason.why, OHM_PLAN_WHY_DEAR);
    NEAR(d.out->own.all_eur - d.out->plan.all_eur, 4 * (0.70 - 0.20));
}

/* 10 kWh of sun at noon, 0.05 for what is fed: what fits goes in by its own mode. */
static void the_sun_fills_it(void **state)
{
    (void)state;
    begin();
    d.facts->battery.wear_eur_per_kwh = 0.01;
    for (int k = 0; k < HOURS; k++)
        d.facts->export_eur[k] = 0.05;
    for (int k = 10; k < 15; k++) {
        d.import_kw[k] = 0;
        d.export_kw[k] = 2;
    }
    plan();
    NEAR(sum(1), 4);
    for (int k = 10; k < 15; k++)
        if (d.out->kw[k] > 1.9) {
            assert_int_equal(at(k)->setting, OHM_SETTING_OWN);
            assert_int_equal(at(k)->reason.why, OHM_PLAN_WHY_SUN);
        }
}

/* What is left is for a power cut: it rests, since by itself it would go on. */
static void the_reserve_is_kept(void **state)
{
    (void)state;
    begin();
    d.facts->battery.reserve_ratio = 0.5;
    d.facts->battery.charged_ratio = 0.5;
    plan();
    assert_int_equal(at(12)->setting, OHM_SETTING_REST);
    assert_int_equal(at(12)->reason.why, OHM_PLAN_WHY_RESERVE);
    NEAR(sum(-1), 0);
    for (int k = 0; k < HOURS; k++)
        assert_true(d.out->charged_ratio[k] >= 0.5 - 1e-9);
}

/* One price all day, so that nothing pays but what keeps an hour of 5 kW below 3. */
static void it_gives_what_is_above_the_limit(void **state)
{
    (void)state;
    begin();
    d.facts->battery.charged_ratio = 1;
    d.facts->battery.wear_eur_per_kwh = 0.01;
    d.facts->battery.discharge_kw = 3; /* by itself it would give all of that */
    d.facts->import_kw[18] = 3;
    d.import_kw[18] = 3;
    d.shed_kw[18] = 2; /* what the home's plan could not serve */
    plan();
    assert_int_equal(at(18)->setting, -2000);
    assert_int_equal(at(18)->reason.why, OHM_PLAN_WHY_UNDER);
    NEAR(d.out->import_kw[18], 3);
    NEAR(sum(-1), 2);
    /* And never charges above it: 0.10 now, but room for 0.5 kW only. */
    begin();
    d.facts->price_eur[3] = 0.10;
    d.facts->import_kw[3] = 1.5;
    plan();
    assert_int_equal(at(3)->setting, 500);
}

/* Feed-in that pays more than import: what it holds is not sold all the same. */
static void it_sells_nothing(void **state)
{
    (void)state;
    begin();
    d.facts->battery.charged_ratio = 1;
    for (int k = 0; k < HOURS; k++)
        d.facts->export_eur[k] = 0.50;
    plan();
    for (int k = 0; k < HOURS; k++) {
        assert_true(d.out->kw[k] >= -1 - 1e-9);
        NEAR(d.out->export_kw[k], 0);
    }
    assert_true(d.out->bound_eur <= d.out->plan.all_eur + 1e-9);
}

static void unknown_is_left_alone(void **state)
{
    (void)state;
    begin();
    d.facts->battery.charged_ratio = (double)NAN;
    plan();
    assert_false(d.out->planned);
    assert_int_equal(d.out->actions_count, 0);
    ohm_day_job *job = calloc(1, sizeof *job);
    assert_non_null(job);
    job->facts = *d.facts;
    static char text[1024];
    ohm_json json;
    size_t len = 0;
    ohm_json_init(&json, text, sizeof text - 1);
    ohm_json_object(&json);
    ohm_day_battery_tell(&json, job);
    ohm_json_end(&json);
    assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
    text[len] = '\0';
    assert_non_null(strstr(text, "\"state\":\"own\""));
    assert_non_null(strstr(text, "\"error\":\"how full the battery is nobody says\""));
    assert_non_null(strstr(text, "\"charge_percent\":null"));
    free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_charges_where_it_is_cheap),
        cmocka_unit_test(it_keeps_for_dearer_hours),
        cmocka_unit_test(the_sun_fills_it),
        cmocka_unit_test(the_reserve_is_kept),
        cmocka_unit_test(it_gives_what_is_above_the_limit),
        cmocka_unit_test(it_sells_nothing),
        cmocka_unit_test(unknown_is_left_alone),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(d.facts);
    free(d.out);
    return failed;
}
