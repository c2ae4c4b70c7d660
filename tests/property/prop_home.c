/* Random homes: every one has a plan that can be lived, under any time limit, with a bound below
 * it; heat pump and tank are switched as they may be, the battery stays in its range. */
#include "plan/home.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROUNDS = 60, ROUNDS_SANITIZED = 10, STEPS_MAX = 32, SERIES = 13 };

static uint64_t seed;

static double draw(double low, double high)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

static void make(ohm_home *home, double series[SERIES][STEPS_MAX])
{
    static const double ranges[SERIES][2] = { { 0.1, 0.7 }, { 0, 0.1 }, { 0.1, 4 }, { -2, 6 },
                                              { 0, 1 },     { 0, 1 },   { 2, 4 },   { -0.1, 0.1 },
                                              { 0.2, 1 },   { 0, 12 },  { 0, 6 },   { 0, 1.4 },
                                              { 0, 1.4 } };
    *home = (ohm_home){ .steps = 1 + (int)draw(0, STEPS_MAX - 0.01),
                        .dt_h = 0.25,
                        .subscribed_kw = draw(0, 9),
                        .has_battery = draw(0, 1) < 0.6,
                        .has_car = draw(0, 1) < 0.6,
                        .has_tank = draw(0, 1) < 0.6,
                        .has_pump = draw(0, 1) < 0.6 };
    bool negative = draw(0, 1) < 0.3, deep = draw(0, 1) < 0.3, feeds = draw(0, 1) < 0.05;
    for (int i = 0; i < SERIES; i++)
        for (int k = 0; k < home->steps; k++)
            series[i][k] = draw(ranges[i][0], ranges[i][1]);
    for (int k = 0; k < home->steps; k++) {
        series[0][k] -= negative && (deep || k % 3 == 0) ? 0.5 : 0;
        series[2][k] -= feeds ? 6 : 0; /* more comes back than may be fed in */
        series[3][k] = series[3][k] > 0 ? series[3][k] : 0;
        series[5][k] = k % 12 < 8 ? 1 : 0;
        for (int i = 11; i < SERIES; i++)
            series[i][k] = series[i][k] > 1 ? 1 : 0;
    }
    const double **const to[SERIES] = { &home->import_eur, &home->export_eur,     &home->load_kw,
                                        &home->pv_kw,      &home->draw_kw,        &home->car_here,
                                        &home->cop,        &home->drift,          &home->offset,
                                        &home->import_kw,  &home->tank_least_kwh, &home->tank_held,
                                        &home->car_held };
    for (int i = 0; i < SERIES; i++)
        *to[i] = series[i];
    home->tank_least_kwh = draw(0, 1) < 0.3 ? home->tank_least_kwh : NULL;
    home->import_kw = draw(0, 1) < 0.4 ? home->import_kw : NULL;
    home->tank_held = draw(0, 1) < 0.4 ? home->tank_held : NULL;
    home->car_held = draw(0, 1) < 0.4 ? home->car_held : NULL;
    home->battery = (ohm_home_battery){ 1,    10,   draw(0, 12), draw(0, 5), draw(0, 5),
                                        0.95, 0.95, 0.015,       0,          home->steps % 2 == 1 };
    home->car = (ohm_home_car){ 1.4, draw(1.4, 7.4), 0.92, fmax(0, draw(-5, 20)), 1.5, 0, 0 };
    home->battery.wear_eur_per_kwh = draw(0, 1) < 0.3 ? 0 : 0.015; /* then burning energy pays */
    home->tank = (ohm_home_tank){ draw(0, 3), 0.004, draw(0, 10), 1.5, 8.5, 1, 0 };
    home->pump = (ohm_home_pump){ 0.8,
                                  draw(0.8, 3.2),
                                  0.02,
                                  (int)draw(0, 5),
                                  (int)draw(0, 5),
                                  draw(0, 1) < 0.5,
                                  0.992,
                                  0.0425,
                                  0.935,
                                  0.873,
                                  draw(15, 25),
                                  20,
                                  19.5,
                                  23,
                                  0.75,
                                  0.15,
                                  0.29 };
}

/* Runs that begin within the horizon last, save the last one. */
static void check_runs(const ohm_home *home, const double *on)
{
    bool before = home->pump.running;
    int start = -1;
    for (int k = 0; k < home->steps; k++) {
        if ((on[k] > 0.5) == before)
            continue;
        if (start >= 0)
            assert_true(k - start >= (before ? home->pump.hold_on : home->pump.hold_off));
        start = k;
        before = on[k] > 0.5;
    }
}

static void check_battery(const ohm_home *home, const ohm_home_controls *of)
{
    double kwh = home->battery.start_kwh;
    for (int k = 0; k < home->steps; k++) {
        double in = of->charge_kw[k], out = of->discharge_kw[k];
        assert_true(in >= 0 && in <= home->battery.charge_kw + 1e-6);
        assert_true(out >= 0 && out <= home->battery.discharge_kw + 1e-6);
        assert_true(in < 1e-6 || out < 1e-6);
        kwh += home->dt_h * (home->battery.charge_ratio * in - out / home->battery.discharge_ratio);
        assert_true(kwh <= fmax(home->battery.most_kwh, home->battery.start_kwh) + 1e-8);
        assert_true(kwh >= fmin(home->battery.least_kwh, home->battery.start_kwh) - 1e-8);
    }
    if (home->battery.start_kwh >= 1 && home->battery.start_kwh <= 10 && !home->battery.free_end)
        assert_true(kwh >= home->battery.start_kwh - 1e-5);
}

/* Of each stay no more than is needed and 2 kWh: of one that the horizon cuts, its part. */
static void check_car(const ohm_home *home, const ohm_home_controls *of)
{
    double kwh = 0;
    for (int k = 0, from = 0; k < home->steps; k++) {
        bool here = home->car_here[k] > 0.5, last = k + 1 == home->steps;
        from = here ? from : k + 1;
        assert_true(here || of->car_kw[k] == 0);
        kwh = (here ? kwh : 0) + home->dt_h * home->car.ratio * of->car_kw[k];
        double whole = last ? (double)(k + 1 - from) / OHM_HOME_STAY_STEPS : 1;
        if (here && (last || home->car_here[k + 1] <= 0.5))
            assert_true(kwh <= home->car.need_kwh * whole + 2 + 1e-5);
    }
}

/* What is held off draws nothing then. */
static void check_held(const ohm_home *home, const ohm_home_controls *of)
{
    for (int k = 0; k < home->steps; k++) {
        assert_true(ohm_home_tank_may(home, k) || of->tank_on[k] == 0);
        assert_true(ohm_home_car_may(home, k) || of->car_kw[k] == 0);
    }
}

static void check_grid(const ohm_home *home, const ohm_home_controls *of,
                       const ohm_home_result *result)
{
    for (int k = 0; k < home->steps; k++) {
        double net = home->load_kw[k] - home->pv_kw[k] + of->charge_kw[k] - of->discharge_kw[k] +
                     of->car_kw[k] + of->pump_kw[k] + home->tank.power_kw * of->tank_on[k];
        double seen = of->import_kw[k] - of->export_kw[k] - of->curtail_kw[k] + of->shed_kw[k];
        assert_true(of->import_kw[k] <= ohm_home_import_kw_max(home, k) + 1e-9);
        assert_true(of->export_kw[k] <= home->subscribed_kw + 1e-9);
        if (result->gave[OHM_HOME_FEED_IN].steps == 0)
            assert_true(fabs(net - seen) < 1e-5);
    }
}

static bool at_once(void *ctx)
{
    (void)ctx;
    return true;
}

static void check_homes(void **state)
{
    (void)state;
    static double series[SERIES][STEPS_MAX];
    const ohm_home_clock hurry = { at_once, NULL };
    int rounds = getenv("OHM_SANITIZED") ? ROUNDS_SANITIZED : ROUNDS;
    for (int round = 0; round < rounds; round++) {
        ohm_home home;
        ohm_home_controls controls;
        ohm_home_result result, hurried;
        seed = (uint64_t)round * 7919 + 3;
        make(&home, series);
        assert_int_equal(ohm_home_check(&home).code, OHM_OK);
        void *memory = malloc(ohm_home_size(&home));
        assert_non_null(memory);
        ohm_home_plan *plan = ohm_home_init(&home, memory);
        ohm_home_solve(plan, &home, &hurry, &controls, &hurried);
        check_held(&home, &controls);
        ohm_home_solve(plan, &home, NULL, &controls, &result);
        assert_true(isfinite(hurried.objective_eur) && isfinite(result.objective_eur));
        double slack = 1e-5 * (1 + fabs(result.objective_eur));
        assert_true(result.objective_eur <= hurried.objective_eur + slack);
        assert_true(result.bound_eur <= result.objective_eur + slack);
        assert_true(hurried.bound_eur <= result.objective_eur + slack);
        if (home.has_pump)
            check_runs(&home, controls.pump_on);
        if (home.has_battery)
            check_battery(&home, &controls);
        if (home.has_car)
            check_car(&home, &controls);
        check_grid(&home, &controls, &result);
        check_held(&home, &controls);
        free(memory);
    }
}

/* It must be full at the end, too: nothing is left between its limits then. */
static void check_full_battery(void **state)
{
    (void)state;
    enum { FEW = 24 };
    static double price[FEW], zero[FEW], load[FEW];
    ohm_home home = { .steps = FEW, .dt_h = 0.25, .subscribed_kw = 9, .has_battery = true };
    home.battery = (ohm_home_battery){ 0, 4, 4, 2, 2, 0.9, 0.9, 0.01, 0, false };
    for (int k = 0; k < FEW; k++) {
        price[k] = k % 8 < 4 ? 0.1 : 0.4;
        load[k] = 0.5 + 0.1 * (k % 5);
    }
    home.import_eur = price;
    home.load_kw = load;
    home.export_eur = home.pv_kw = home.draw_kw = home.car_here = zero;
    home.cop = home.drift = home.offset = zero;
    assert_false(ohm_failed(ohm_home_check(&home)));
    void *memory = aligned_alloc(64, (ohm_home_size(&home) + 63) / 64 * 64);
    assert_non_null(memory);
    ohm_home_controls controls;
    ohm_home_result result;
    ohm_home_solve(ohm_home_init(&home, memory), &home, NULL, &controls, &result);
    assert_true(result.objective_eur - result.bound_eur <= 1e-3 * (1 + result.objective_eur));
    assert_true(result.bound_eur <= result.objective_eur + 1e-9);
    free(memory);
}

/* A tank, panels and prices below nothing: what importing at a step or exporting costs, whatever
 * the solver thinks of it. */
static double step_eur(const ohm_home *home, int k, bool on)
{
    double net = home->load_kw[k] - home->pv_kw[k] + (on ? home->tank.power_kw : 0);
    double sold = fmin(fmax(-net, 0), home->subscribed_kw);
    double bought = fmin(net + home->pv_kw[k], home->subscribed_kw); /* nothing of the panels */
    double least = fmax(net, 0);
    if (home->import_eur[k] >= 0)
        return home->dt_h * (home->import_eur[k] * least - home->export_eur[k] * sold);
    return home->dt_h * fmin(home->import_eur[k] * fmax(bought, least),
                             net > 0 ? INFINITY : -home->export_eur[k] * sold);
}

/* INFINITY where it boils over or lacks water. */
static double tank_eur(const ohm_home *home, unsigned pattern)
{
    const ohm_home_tank *tank = &home->tank;
    double kwh = tank->start_kwh, eur = 0;
    for (int k = 0; k < home->steps; k++) {
        bool on = pattern >> k & 1;
        kwh = (1 - tank->loss_ratio) * kwh +
              home->dt_h * ((on ? tank->power_kw : 0) - home->draw_kw[k]);
        if (kwh < 0 || (on && kwh > tank->most_kwh))
            return INFINITY;
        eur += tank->short_eur_per_kwh * home->dt_h * fmax(tank->least_kwh - kwh, 0);
        eur += step_eur(home, k, on);
    }
    return eur + 0.15 * fmax(tank->start_kwh - kwh, 0);
}

/* All patterns of few steps are counted: the plan is the best of them, and its bound is near. */
static void check_negative_prices(void **state)
{
    (void)state;
    enum { FEW = 14, HOMES = 40 };
    double gap = 0, sum = 0;
    static double price[FEW], back[FEW], load[FEW], sun[FEW], drawn[FEW], zero[FEW];
    for (int round = 0; round < HOMES; round++) {
        seed = (uint64_t)round * 104729 + 5;
        ohm_home home = { .steps = FEW, .dt_h = 0.5, .subscribed_kw = 9, .has_tank = true };
        home.tank = (ohm_home_tank){ 2.4, 0.004, draw(2, 7), 1.5, 8.5, 1, 0 };
        double pays = draw(0, 0.1), sells = draw(0, 0.1);
        for (int k = 0; k < FEW; k++) {
            bool below = k > 3 && k < 11;
            price[k] = below ? -pays : draw(0.1, 0.3);
            back[k] = sells;
            load[k] = draw(0.2, 1);
            sun[k] = below ? draw(0, 6) : 0;
            drawn[k] = draw(0, 1) < 0.4 ? draw(0, 3) : 0;
        }
        home.import_eur = price;
        home.export_eur = back;
        home.load_kw = load;
        home.pv_kw = sun;
        home.draw_kw = drawn;
        home.car_here = home.cop = home.drift = home.offset = zero;
        assert_false(ohm_failed(ohm_home_check(&home)));
        double best = INFINITY;
        for (unsigned pattern = 0; pattern < 1u << FEW; pattern++)
            best = fmin(best, tank_eur(&home, pattern));
        void *memory = aligned_alloc(64, (ohm_home_size(&home) + 63) / 64 * 64);
        assert_non_null(memory);
        ohm_home_controls controls;
        ohm_home_result result;
        ohm_home_solve(ohm_home_init(&home, memory), &home, NULL, &controls, &result);
        gap += best - result.bound_eur;
        sum += fabs(best);
        assert_true(result.objective_eur <= best + 1e-3 * fabs(best) + 1e-6);
        assert_true(result.bound_eur <= result.objective_eur + 1e-6);
        free(memory);
    }
    assert_true(gap <= 0.1 * sum); /* the relaxation alone: 4 */
}

static bool at_last(void *ctx)
{
    int *left = ctx;
    return --*left < 0;
}

/* Two days of five minutes, ended wherever: what rounding leaves in a step does not add up. */
static void check_long_battery(void **state)
{
    (void)state;
    enum { MANY = 576 };
    static double price[MANY], back[MANY], zero[MANY], load[MANY];
    ohm_home home = { .steps = MANY, .dt_h = 1.0 / 12, .subscribed_kw = 9, .has_battery = true };
    home.battery = (ohm_home_battery){ 0, 10, 5, 5, 5, 0.95, 0.95, 0, 0, false };
    seed = 11;
    for (int k = 0; k < MANY; k++) {
        price[k] = k % 96 < 40 ? 0.13 : 0.25;
        back[k] = k % 96 < 40 ? 0.13 : 0.04;
        load[k] = draw(0.2, 3);
    }
    home.import_eur = price;
    home.export_eur = back;
    home.load_kw = load;
    home.pv_kw = home.draw_kw = home.car_here = home.cop = home.drift = home.offset = zero;
    assert_false(ohm_failed(ohm_home_check(&home)));
    void *memory = aligned_alloc(64, (ohm_home_size(&home) + 63) / 64 * 64);
    assert_non_null(memory);
    ohm_home_controls controls;
    ohm_home_result result;
    for (int asks = 1; asks < 200; asks += 20) {
        int left = asks;
        const ohm_home_clock clock = { at_last, &left };
        ohm_home_solve(ohm_home_init(&home, memory), &home, &clock, &controls, &result);
        check_battery(&home, &controls);
    }
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(check_homes),
                                        cmocka_unit_test(check_full_battery),
                                        cmocka_unit_test(check_negative_prices),
                                        cmocka_unit_test(check_long_battery) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
