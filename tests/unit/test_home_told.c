#include "plan/home_told.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { STEPS = 4 };

/* A tank and a car, four hours: dear, cheap, dear, sunny. */
static const double import_eur[STEPS] = { 0.30, 0.10, 0.30, 0.30 }, export_eur[STEPS] = { 0 };
static const double load_kw[STEPS] = { 0.5, 0.5, 0.5, 0.5 }, pv_kw[STEPS] = { 0, 0, 0, 4 };
static const double draw_kw[STEPS] = { 0.5, 0.5, 0.5, 0.5 }, here[STEPS] = { 1, 1, 0, 1 };
static const double none[STEPS] = { 0 };

static ohm_home home(void)
{
    return (ohm_home){ .steps = STEPS,
                       .dt_h = 1,
                       .subscribed_kw = 6,
                       .has_tank = true,
                       .has_car = true,
                       .tank = { .power_kw = 2, .start_kwh = 2, .most_kwh = 5 },
                       .car = { .least_kw = 3, .most_kw = 3, .ratio = 1 },
                       .import_eur = import_eur,
                       .export_eur = export_eur,
                       .load_kw = load_kw,
                       .pv_kw = pv_kw,
                       .draw_kw = draw_kw,
                       .car_here = here,
                       .cop = none,
                       .drift = none,
                       .offset = none };
}

static void every_step_has_its_reason(void **state)
{
    (void)state;
    const struct {
        const char *why;
        double tank[STEPS], car[STEPS], import[STEPS], curtail[STEPS], sub;
        ohm_home_device device;
        int step;
        ohm_plan_why want;
        int32_t instead;
    } rows[] = {
        { "cheap now",
          { 0, 1, 0, 0 },
          { 0 },
          { .5, 2.5, .5, 0 },
          { 0, 0, 0, 3.5 },
          6,
          OHM_HOME_TANK,
          1,
          OHM_PLAN_WHY_NEED,
          0 },
        { "cheapest there is",
          { 0, 1, 0, 1 },
          { 0 },
          { .5, 2.5, .5, 0 },
          { 0, 0, 0, 1.5 },
          6,
          OHM_HOME_TANK,
          1,
          OHM_PLAN_WHY_CHEAP,
          300000 },
        { "by the sun",
          { 0, 0, 0, 1 },
          { 0 },
          { .5, .5, .5, 0 },
          { 0, 0, 0, 1.5 },
          6,
          OHM_HOME_TANK,
          3,
          OHM_PLAN_WHY_SUN,
          300000 },
        { "waits for the cheap hour",
          { 0, 1, 0, 0 },
          { 0 },
          { .5, 2.5, .5, 0 },
          { 0 },
          6,
          OHM_HOME_TANK,
          0,
          OHM_PLAN_WHY_LATER,
          100000 },
        { "no use for more",
          { 0, 1, 0, 0 },
          { 0 },
          { .5, 2.5, .5, 0 },
          { 0 },
          6,
          OHM_HOME_TANK,
          2,
          OHM_PLAN_WHY_ENOUGH,
          300000 },
        { "no room beside the others",
          { 1, 0, 0, 1 },
          { 0 },
          { 2.5, .5, .5, 1 },
          { 0 },
          2,
          OHM_HOME_TANK,
          1,
          OHM_PLAN_WHY_ROOM,
          300000 },
        { "the car's stay ends before the sun",
          { 0 },
          { 0, 3, 0, 0 },
          { .5, 3.5, .5, 0 },
          { 0, 0, 0, 3.5 },
          6,
          OHM_HOME_CAR,
          1,
          OHM_PLAN_WHY_CHEAP,
          100000 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_home problem = home();
        problem.subscribed_kw = rows[i].sub;
        const ohm_home_controls controls = { .import_kw = rows[i].import,
                                             .export_kw = none,
                                             .curtail_kw = rows[i].curtail,
                                             .shed_kw = none,
                                             .car_kw = rows[i].car,
                                             .pump_kw = none,
                                             .tank_on = rows[i].tank,
                                             .pump_on = none };
        ohm_plan_reason got = ohm_home_why(&problem, &controls, rows[i].device, rows[i].step);
        if (got.why != rows[i].want || got.instead_ueur_per_kwh != rows[i].instead)
            fail_msg("%s: %d, instead %d", rows[i].why, (int)got.why, got.instead_ueur_per_kwh);
    }
}

static void levels_follow_the_controls(void **state)
{
    (void)state;
    ohm_home problem = home();
    const double tank[STEPS] = { 1, 0, 0, 0 }, car[STEPS] = { 3, 3, 0, 3 };
    const ohm_home_controls controls = { .tank_on = tank, .car_kw = car };
    double level[STEPS];
    ohm_home_levels(&problem, &controls, OHM_HOME_TANK, level);
    assert_true(fabs(level[0] - 3.5) < 1e-9 && fabs(level[3] - 2) < 1e-9);
    ohm_home_levels(&problem, &controls, OHM_HOME_CAR, level);
    assert_true(fabs(level[1] - 6) < 1e-9 && level[2] == 0 && fabs(level[3] - 3) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_has_its_reason),
        cmocka_unit_test(levels_follow_the_controls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
