/* The laboratory's loop: energy adds up, comfort is kept, knowledge pays, and nothing of it can be
 * bought by breaking the house. And what makes the heat. */
#include "sim/lab.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DAYS = 8, DAY = 96, STEPS = DAYS * DAY };

static void assert_near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("%.12g for %.12g", got, want);
}

typedef struct fixture {
    double outdoor_c[STEPS], solar_w[STEPS], internal_w[STEPS], load_w[STEPS], pv_w[STEPS];
    double price[STEPS], export_price[STEPS], low_c[STEPS], co2[STEPS], heat_w[STEPS];
    uint8_t period[STEPS], hour[STEPS], here[STEPS];
    double draw[STEPS];
    int known[STEPS];
    ohm_lab_house house;
    ohm_lab_series series;
    ohm_lab_control control;
} fixture;

/* A cold week, dear by day; every other day dearer. */
static void make(fixture *f)
{
    memset(f, 0, sizeof *f);
    for (int k = 0; k < STEPS; k++) {
        double hour = k % DAY / 4.0;
        bool dear = hour >= 6 && hour < 22;
        f->outdoor_c[k] = 1 + 4 * sin((hour - 9) * 0.2618) - 3 * (k / DAY % 3 == 1);
        f->solar_w[k] = hour > 9 && hour < 16 ? 800 : -80;
        f->internal_w[k] = 300;
        f->load_w[k] = hour > 17 && hour < 22 ? 700 : 250;
        f->price[k] = dear ? (k / DAY % 2 ? 0.7 : 0.19) : 0.15;
        f->export_price[k] = 0.04;
        f->low_c[k] = 19.5;
        f->co2[k] = 50;
        f->period[k] = dear;
        f->hour[k] = (uint8_t)hour;
        f->here[k] = hour >= 18.5 || hour < 7;
        f->draw[k] = hour >= 6 && hour < 8 ? 1.2 : hour >= 19 && hour < 21 ? 1 : 0;
        f->known[k] = STEPS;
    }
    f->house = (ohm_lab_house){
        .has_zone = true,
        .zone = { 100, 30, 2700, 1800, 50, 20e6, 300, 540, OHM_ZONE_AIR, OHM_ZONE_AIR, INFINITY,
                  INFINITY },
        .heater = ohm_heater_of(OHM_HEATER_ELECTRIC, 9000),
        .comfort_width_k = 6,
        .band_k = 1,
        .mass_start_c = 20,
        .battery_kw = 3,
        .battery_ratio = 0.95,
    };
    f->series = (ohm_lab_series){ STEPS,     0.25,     f->outdoor_c, f->solar_w,      f->internal_w,
                                  f->load_w, f->pv_w,  f->price,     f->export_price, f->low_c,
                                  f->period, f->known, f->heat_w,    f->co2,          f->hour,
                                  f->here,   f->draw };
    f->control = (ohm_lab_control){ OHM_LAB_MPC, true, DAY, 3, 0.4 };
}

static ohm_lab_sums run(const fixture *f, ohm_lab_step *steps)
{
    ohm_lab_sums sums;
    assert_int_equal(ohm_lab_run(&f->house, &f->series, &f->control, steps, &sums).code, OHM_OK);
    return sums;
}

static ohm_lab_sums run_as(fixture *f, ohm_lab_mode mode, bool perfect)
{
    f->control.mode = mode;
    f->control.perfect = perfect;
    return run(f, NULL);
}

static double even_cost(const ohm_lab_sums *s)
{
    return s->energy_eur - s->feed_in_eur - s->mass_gain_kwh * 0.15;
}

static void a_plan_pays_and_keeps_comfort(void **state)
{
    fixture *f = *state;
    make(f);
    ohm_lab_sums ideal = run_as(f, OHM_LAB_IDEAL, false);
    ohm_lab_sums plan = run_as(f, OHM_LAB_MPC, true);
    ohm_lab_sums blind = run_as(f, OHM_LAB_MPC, false);
    assert_int_equal(ideal.plans, 0);
    assert_int_equal(plan.plans, STEPS);
    assert_near(ideal.cold_kh, 0, 1e-9);
    assert_near(plan.cold_kh, 0, 0.05);
    assert_true(plan.period_kwh[1] < 0.7 * ideal.period_kwh[1]); /* moved out of the dear hours */
    assert_true(even_cost(&plan) < 0.9 * even_cost(&ideal));
    double saved = even_cost(&ideal) - even_cost(&plan);
    assert_true(even_cost(&ideal) - even_cost(&blind) > 0.6 * saved);
    assert_true(plan.plans_late_eur < 1e-3 * plan.energy_eur); /* its bounds prove it */
    assert_near(plan.co2_kg, plan.import_kwh * 0.05, 1e-9);
}

/* The air is changed at noon above all: more heat then, and comfort as before. */
static void air_by_the_hour(void **state)
{
    fixture *f = *state;
    static ohm_lab_step even[STEPS], aired[STEPS];
    make(f);
    f->control.mode = OHM_LAB_IDEAL;
    (void)run(f, even);
    f->house.airs_by_hour = true;
    for (int h = 0; h < OHM_LAB_HOURS; h++)
        f->house.h_ve_w_per_k[h] = f->house.zone.h_ve_w_per_k * (h == 12 ? 4 : 0.8);
    ohm_lab_sums ideal = run(f, aired);
    double noon_w = 0, night_w = 0;
    for (int k = DAY; k < STEPS; k++) {
        noon_w += f->hour[k] == 12 ? aired[k].heat_w - even[k].heat_w : 0;
        night_w += f->hour[k] == 3 ? aired[k].heat_w - even[k].heat_w : 0;
    }
    assert_true(noon_w > 0 && night_w < 0);
    assert_near(ideal.cold_kh, 0, 1e-9); /* the heat of the moment is that of this hour's zone */
    ohm_lab_sums plan = run_as(f, OHM_LAB_MPC, true);
    assert_near(plan.cold_kh, 0, 0.5);
    assert_true(even_cost(&plan) < 0.95 * even_cost(&ideal));
    for (int h = 0; h < OHM_LAB_HOURS; h++) /* as the zone's own: nothing changes */
        f->house.h_ve_w_per_k[h] = f->house.zone.h_ve_w_per_k;
    f->control.mode = OHM_LAB_IDEAL;
    (void)run(f, aired);
    for (int k = 0; k < STEPS; k++)
        assert_near(aired[k].heat_w, even[k].heat_w, 1e-9);
    f->hour[7] = 24;
    assert_int_equal(ohm_lab_check(&f->house, &f->series, &f->control).code, OHM_RANGE);
}

/* With forecasts as of a day ago nothing of a step is bought by what comes after it. */
static void a_blind_plan_knows_no_sun_to_come(void **state)
{
    enum { SAME = 3 * DAY + 20 }; /* early in the fourth day */
    static ohm_lab_step cloudy[STEPS], sunny[STEPS];
    fixture *f = *state;
    make(f);
    f->control.mode = OHM_LAB_MPC;
    f->control.perfect = false;
    (void)run(f, cloudy);
    for (int k = SAME; k < STEPS; k++)
        f->pv_w[k] = f->solar_w[k] > 0 ? 6000 : 0;
    (void)run(f, sunny);
    for (int k = 0; k < SAME; k++)
        assert_near(sunny[k].heat_w, cloudy[k].heat_w, 0);
    f->control.perfect = true; /* who knows it waits for it */
    (void)run(f, sunny);
    double apart_w = 0;
    for (int k = SAME - DAY / 4; k < SAME; k++)
        apart_w += fabs(sunny[k].heat_w - cloudy[k].heat_w);
    assert_true(apart_w > 1);
}

static void a_thermostat_has_its_band(void **state)
{
    fixture *f = *state;
    make(f);
    static ohm_lab_step steps[STEPS];
    f->control.mode = OHM_LAB_MANUAL;
    ohm_lab_sums sums = run(f, steps);
    assert_true(sums.switchings > 10);
    for (int k = 1; k < STEPS; k++) {
        assert_true(steps[k].heat_w == 0 || steps[k].heat_w == 9000);
        double before_c = steps[k - 1].operative_c;
        if (steps[k].heat_w > 0 && steps[k - 1].heat_w == 0)
            assert_true(before_c < 19.5);
        if (steps[k].heat_w == 0 && steps[k - 1].heat_w > 0)
            assert_true(before_c > 20.5);
    }
}

/* Every watt-hour of a step is somewhere, with or without a battery, whoever controls. */
static void energy_adds_up(void **state)
{
    fixture *f = *state;
    static ohm_lab_step steps[STEPS];
    for (int round = 0; round < 8; round++) {
        make(f);
        f->control.mode = round % 2 ? OHM_LAB_MPC : OHM_LAB_IDEAL;
        f->house.battery_kwh = round & 2 ? 7 : 0;
        if (round & 4)
            for (int k = 0; k < STEPS; k++)
                f->pv_w[k] = f->solar_w[k] > 0 ? 3000 : 0;
        f->house.heater =
            ohm_heater_of(round & 4 ? OHM_HEATER_PUMP_AIR : OHM_HEATER_ELECTRIC, 8000);
        ohm_lab_sums sums = run(f, steps);
        double stored_kwh = 0, in_kwh = 0, out_kwh = 0;
        for (int k = 0; k < STEPS; k++) {
            const ohm_lab_step *s = &steps[k];
            assert_near(s->grid_w, f->load_w[k] + s->heating_w - f->pv_w[k] + s->battery_w, 1e-6);
            stored_kwh += s->battery_w * 0.25e-3 * (s->battery_w > 0 ? 0.95 : 1 / 0.95);
            assert_near(s->stored_kwh, stored_kwh, 1e-9);
            assert_true(s->stored_kwh >= -1e-9 && s->stored_kwh <= f->house.battery_kwh + 1e-9);
            assert_true(fabs(s->battery_w) <= 3000 + 1e-6);
            assert_true(s->heat_w >= 0 && s->heat_w <= 9000 + 1e-6);
            in_kwh += s->grid_w > 0 ? s->grid_w * 0.25e-3 : 0;
            out_kwh -= s->grid_w < 0 ? s->grid_w * 0.25e-3 : 0;
        }
        assert_near(sums.import_kwh, in_kwh, 1e-9 * in_kwh);
        assert_near(sums.export_kwh, out_kwh, 1e-9 * (1 + out_kwh));
        assert_near(sums.import_kwh - sums.export_kwh,
                    sums.load_kwh + sums.heating_kwh - sums.pv_kwh + sums.stored_gain_kwh +
                        (sums.battery_in_kwh - sums.stored_gain_kwh) -
                        (sums.battery_in_kwh * 0.95 - sums.stored_gain_kwh) * 0.95,
                    1e-6);
        assert_near(sums.period_kwh[0] + sums.period_kwh[1], sums.import_kwh, 1e-6);
        assert_near(sums.period_eur[0] + sums.period_eur[1], sums.energy_eur, 1e-6);
        if (round & 4)
            assert_true(sums.heat_kwh > 2.5 * sums.heating_kwh);
    }
}

static void a_battery_saves_where_prices_differ(void **state)
{
    fixture *f = *state;
    make(f);
    ohm_lab_sums without = run_as(f, OHM_LAB_IDEAL, false);
    f->house.battery_kwh = 10;
    ohm_lab_sums with = run_as(f, OHM_LAB_IDEAL, true);
    assert_true(with.energy_eur < without.energy_eur - 5);
    f->house.subscribed_kw = 1; /* what charges it must fit below the subscribed power */
    ohm_lab_sums weak = run_as(f, OHM_LAB_IDEAL, true);
    f->house.battery_kwh = 0;
    ohm_lab_sums bare = run_as(f, OHM_LAB_IDEAL, true);
    f->house.battery_kwh = 10;
    assert_true(weak.over_h <= bare.over_h && weak.energy_eur > with.energy_eur);
    for (int k = 0; k < STEPS; k++)
        f->price[k] = 0.2;
    f->house.subscribed_kw = 0;
    f->house.battery_wear_eur_per_kwh = 0.01;
    assert_near(run_as(f, OHM_LAB_IDEAL, true).battery_in_kwh, 0, 1e-9); /* nothing to be had */
}

/* A plan's battery is never worse than the rule's, and knows what the rule does not: that panels
 * will not fill it. */
static void a_planned_battery_saves_more(void **state)
{
    fixture *f = *state;
    for (int sun = 0; sun < 3; sun++) {
        make(f);
        f->house.has_zone = false;
        f->house.battery_kwh = 6;
        f->house.battery_wear_eur_per_kwh = 0.005;
        for (int k = 0; k < STEPS; k++)
            f->pv_w[k] = sun && f->solar_w[k] > 0 ? 700 * sun : 0;
        ohm_lab_sums rule = run_as(f, OHM_LAB_MANUAL, true);
        ohm_lab_sums plan = run_as(f, OHM_LAB_MPC, true);
        double rule_eur = rule.energy_eur - rule.feed_in_eur + rule.wear_eur;
        double plan_eur = plan.energy_eur - plan.feed_in_eur + plan.wear_eur;
        rule_eur -= 0.15 * 0.95 * rule.stored_gain_kwh;
        plan_eur -= 0.15 * 0.95 * plan.stored_gain_kwh;
        if (!(plan_eur < rule_eur - 0.1))
            print_error("sun %d: plan %.3f, rule %.3f\n", sun, plan_eur, rule_eur);
        assert_true(plan_eur < rule_eur - 0.1);
        assert_true(run_as(f, OHM_LAB_MPC, false).energy_eur < rule.energy_eur + 1);
    }
}

static void add_devices(fixture *f)
{
    f->house.car_need_kwh = 9;
    f->house.car_least_kw = 1.4;
    f->house.car_kw = 7.4;
    f->house.car_ratio = 0.92;
    f->house.car_stay_h = 12.5;
    f->house.tank_kw = 2.4;
    f->house.tank_kwh = 8;
    f->house.tank_loss_per_h = 0.01;
}

/* A car and a tank: what is drawn is somewhere, each stay gets what it needs, and a plan pays less
 * for it, below the subscribed power. */
static void car_and_tank_are_planned(void **state)
{
    fixture *f = *state;
    static ohm_lab_step steps[STEPS];
    double eur[2];
    for (int planned = 0; planned < 2; planned++) {
        make(f);
        add_devices(f);
        f->series.steps = DAY + DAY / 2;
        f->control.horizon = DAY / 2;
        f->house.has_zone = false;
        f->house.subscribed_kw = 6;
        f->house.battery_kwh = planned ? 4 : 0;
        f->control.mode = planned ? OHM_LAB_MPC : OHM_LAB_MANUAL;
        ohm_lab_sums sums = run(f, steps);
        double water_kwh = 8, got_kwh = 0;
        for (int k = 0; k < f->series.steps; k++) {
            const ohm_lab_step *s = &steps[k];
            assert_near(s->grid_w, f->load_w[k] + s->battery_w + s->car_w + s->tank_w, 1e-6);
            assert_true(s->car_w <= 7400 + 1e-6 && (f->here[k] || s->car_w == 0));
            assert_true(s->tank_w >= 0 && s->tank_w <= 2400 + 1e-6);
            water_kwh = water_kwh * (1 - 0.01 * 0.25) + 0.25 * (s->tank_w / 1000 - f->draw[k]);
            assert_true(water_kwh >= -1e-6 && water_kwh <= 8 + 1e-6);
            got_kwh += s->car_w * 0.25e-3 * 0.92;
            if (k % DAY == 28) { /* it left at seven: the first stay, and each after it */
                assert_near(got_kwh, 9, planned ? 0.05 : 1e-6);
                got_kwh = 0;
            }
        }
        assert_near(sums.water_short_kwh, 0, 1e-9);
        assert_near(sums.car_short_kwh, 0, 0.2);
        assert_near(sums.water_gain_kwh, water_kwh - 8, 1e-6);
        assert_true(planned ? sums.over_h == 0 : sums.over_h > 0);
        assert_true(planned ? sums.plans > 8 : sums.plans == 0);
        eur[planned] =
            sums.energy_eur - 0.2 * (got_kwh + sums.water_gain_kwh + sums.stored_gain_kwh);
    }
    if (!(eur[1] < 0.8 * eur[0]))
        print_error("planned %.3f, at once %.3f\n", eur[1], eur[0]);
    assert_true(eur[1] < 0.8 * eur[0]);
}

static void what_is_impossible_is_refused(void **state)
{
    fixture *f = *state;
    ohm_lab_sums sums;
    static const struct {
        const char *why;
        size_t at;
        double value;
    } rows[] = {
        { "no outdoor temperature", offsetof(fixture, outdoor_c[70]), NAN },
        { "an infinite price", offsetof(fixture, price[STEPS - 1]), INFINITY },
        { "a battery of less than nothing", offsetof(fixture, house.battery_kwh), -1 },
        { "one that makes energy", offsetof(fixture, house.battery_ratio), 1.1 },
        { "a zone without mass", offsetof(fixture, house.zone.c_m_j_per_k), 0 },
        { "a heater that cools", offsetof(fixture, house.heater.heat_w_max), -1 },
        { "a car that gives", offsetof(fixture, house.car_need_kwh), -5 },
        { "a car that can't charge", offsetof(fixture, house.car_kw), 0 },
        { "a tank of nothing", offsetof(fixture, house.tank_kwh), 0 },
        { "hot water that comes back", offsetof(fixture, draw[9]), -1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        make(f);
        add_devices(f);
        *(double *)((char *)f + rows[i].at) = rows[i].value;
        if (ohm_lab_run(&f->house, &f->series, &f->control, NULL, &sums).code != OHM_RANGE)
            fail_msg("%s", rows[i].why);
    }
    make(f);
    f->control.horizon = OHM_LAB_HORIZON_MAX + 1;
    assert_int_equal(ohm_lab_check(&f->house, &f->series, &f->control).code, OHM_RANGE);
    make(f);
    f->control.mode = OHM_LAB_PLAN;
    f->series.heat_w = NULL;
    assert_int_equal(ohm_lab_check(&f->house, &f->series, &f->control).code, OHM_RANGE);
}

static void a_plan_of_a_file_is_followed(void **state)
{
    fixture *f = *state;
    static ohm_lab_step steps[STEPS];
    make(f);
    f->control.mode = OHM_LAB_PLAN;
    for (int k = 0; k < STEPS; k++)
        f->heat_w[k] = k % 3 ? 2500 : k % 2 ? 20000 : -5;
    (void)run(f, steps);
    for (int k = 0; k < STEPS; k++)
        assert_near(steps[k].heat_w, k % 3 ? 2500 : k % 2 ? 9000 : 0, 0);
}

static void heaters(void **state)
{
    (void)state;
    ohm_heater radiator = ohm_heater_of(OHM_HEATER_ELECTRIC, 2000);
    ohm_heater air = ohm_heater_of(OHM_HEATER_PUMP_AIR, 8000);
    ohm_heater ground = ohm_heater_of(OHM_HEATER_PUMP_GROUND, 8000);
    assert_int_equal(ohm_heater_check(&air).code, OHM_OK);
    assert_near(ohm_heater_cop(&radiator, -20), 1, 0);
    /* 28 °C of flow at 10 °C outdoors: a lift of 18 K. */
    assert_near(ohm_heater_flow_c(&air, 10), 28, 1e-12);
    assert_near(ohm_heater_cop(&air, 10), 6.81 - 0.121 * 18 + 0.00063 * 324, 1e-12);
    assert_near(ohm_heater_cop(&ground, 10), 8.77 - 0.150 * 18 + 0.000734 * 324, 1e-12);
    for (double t = -30; t < 30; t++) { /* colder: never better, and never below resistance */
        assert_true(ohm_heater_cop(&air, t) <= ohm_heater_cop(&air, t + 1) + 1e-12);
        assert_true(ohm_heater_cop(&air, t) >= 1);
        assert_true(ohm_heater_flow_c(&air, t) >= ohm_heater_flow_c(&air, t + 1));
        assert_true(ohm_heater_flow_c(&air, t) <= air.flow_c_max);
    }
    assert_near(ohm_heater_valve_w(&air, 25), 2000, 1e-12);
    assert_near(ohm_heater_valve_w(&air, 130), 8000, 0);
    assert_near(ohm_heater_valve_w(&air, -3), 0, 0);
    assert_near(ohm_heater_valve_w(&air, NAN), 0, 0);
    assert_near(ohm_pilot_set_c(OHM_PILOT_COMFORT, 20), 20, 0);
    assert_near(ohm_pilot_set_c(OHM_PILOT_ECO, 20), 16.5, 0);
    assert_near(ohm_pilot_set_c(OHM_PILOT_COMFORT_2, 20), 18, 0);
    assert_near(ohm_pilot_set_c(OHM_PILOT_FROST, 20), 7, 0);
    assert_true(isnan(ohm_pilot_set_c(OHM_PILOT_OFF, 20)));
    air.flow_c_max = 10;
    assert_int_equal(ohm_heater_check(&air).code, OHM_RANGE);
}

static int set_up(void **state)
{
    *state = malloc(sizeof(fixture));
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_pays_and_keeps_comfort),
        cmocka_unit_test(a_blind_plan_knows_no_sun_to_come),
        cmocka_unit_test(a_thermostat_has_its_band),
        cmocka_unit_test(air_by_the_hour),
        cmocka_unit_test(energy_adds_up),
        cmocka_unit_test(a_battery_saves_where_prices_differ),
        cmocka_unit_test(a_planned_battery_saves_more),
        cmocka_unit_test(car_and_tank_are_planned),
        cmocka_unit_test(what_is_impossible_is_refused),
        cmocka_unit_test(a_plan_of_a_file_is_followed),
        cmocka_unit_test(heaters),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
