/* Zones and a car behind one meter, few enough steps that all ways can be gone through: the bound
 * is never above the best of them, the plan costs what it says, and is near the best. */
#include "plan/joint.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 60, ROUNDS_SANITIZED = 10, STEPS = 8, UNITS = 3, WAYS = 1 << STEPS, SERIES = 9 };

#define SHED_EUR      5.0
#define OVER_KWH      2.0
#define FORBIDDEN_EUR 50.0

static uint64_t seed;

static double draw(double low, double high)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

static bool chance(double share)
{
    return draw(0, 1) < share;
}

static double series[SERIES][STEPS], zone_series[UNITS][3][STEPS];
static ohm_joint_zone zones[UNITS];

static void make_zone(int z, int steps)
{
    double loss = draw(0.02, 0.2), warm = draw(0.5, 3), outdoor = draw(-5, 10);
    zones[z] = (ohm_joint_zone){ .cop = zone_series[z][0],
                                 .drift = zone_series[z][1],
                                 .offset = zone_series[z][2] };
    double kw = draw(0.5, 3);
    zones[z].pump = (ohm_home_pump){ .least_kw = kw,
                                     .most_kw = kw,
                                     .start_eur = chance(0.5) ? 0 : draw(0, 0.1),
                                     .hold_on = (int)draw(0, 3.9),
                                     .hold_off = (int)draw(0, 3.9),
                                     .running = chance(0.5),
                                     .a = 1 - loss,
                                     .b = warm / kw,
                                     .c = 1,
                                     .d = chance(0.7) ? 0 : draw(0, 0.2),
                                     .start_c = draw(15, 22),
                                     .end_c = draw(18, 21),
                                     .low_c = draw(17, 20),
                                     .high_c = draw(20, 23),
                                     .low_eur = draw(0, 1.5),
                                     .high_eur = draw(0, 0.5),
                                     .end_eur = draw(0, 0.4) };
    for (int k = 0; k < steps; k++) {
        zone_series[z][0][k] = chance(0.5) ? 1 : draw(1, 4);
        zone_series[z][1][k] = loss * outdoor;
        zone_series[z][2][k] = draw(-0.5, 0.5);
    }
}

static ohm_joint make(void)
{
    ohm_joint p = { .zones = 2 + chance(0.4), .zone = zones };
    ohm_home *home = &p.home;
    home->has_car = p.zones < UNITS && chance(0.6);
    home->steps = p.zones + home->has_car == UNITS ? 6 : STEPS;
    home->dt_h = chance(0.5) ? 1 : 0.25;
    double all_kw = 0;
    for (int z = 0; z < p.zones; z++) {
        make_zone(z, home->steps);
        all_kw += zones[z].pump.most_kw;
    }
    double kw = draw(1, 3);
    home->subscribed_kw = draw(0.4, 1.1) * (all_kw + (home->has_car ? kw : 0));
    home->car = (ohm_home_car){ .least_kw = kw,
                                .most_kw = kw,
                                .ratio = draw(0.8, 1),
                                .need_kwh = draw(0, 0.8) * kw * home->dt_h * home->steps,
                                .short_eur_per_kwh = draw(0.1, 2),
                                .stay_h = home->dt_h * home->steps };
    const double **const to[SERIES] = { &home->import_eur, &home->export_eur, &home->load_kw,
                                        &home->pv_kw,      &home->draw_kw,    &home->car_here,
                                        &home->cop,        &home->drift,      &home->offset };
    memset(series, 0, sizeof series);
    for (int i = 0; i < SERIES; i++)
        *to[i] = series[i];
    bool sun = chance(0.4), negative = chance(0.2);
    for (int k = 0; k < home->steps; k++) {
        series[0][k] = draw(negative ? -0.1 : 0.05, 0.5);
        series[1][k] = chance(0.5) ? 0 : draw(0, 0.15);
        series[2][k] = draw(0, 0.6);
        series[3][k] = sun ? draw(0, 4) : 0;
        series[5][k] = 1;
    }
    return p;
}

/* --- all ways -------------------------------------------------------------------------------- */

static double zone_eur(const ohm_joint *p, const ohm_joint_zone *zone, unsigned way)
{
    const ohm_home_pump *pump = &zone->pump;
    double x = pump->start_c, eur = 0;
    bool was = pump->running;
    int held = 99;
    for (int k = 0; k < p->home.steps; k++) {
        bool on = way >> k & 1;
        if (on != was && held < (was ? pump->hold_on : pump->hold_off))
            return INFINITY;
        held = on == was ? held + 1 : 1;
        eur += on && !was ? pump->start_eur : 0;
        was = on;
        double heat = on ? zone->cop[k] * pump->most_kw : 0;
        double y = x + pump->d * heat + zone->offset[k];
        eur +=
            pump->low_eur * fmax(0, pump->low_c - y) + pump->high_eur * fmax(0, y - pump->high_c);
        x = pump->a * x + pump->b * heat + zone->drift[k];
    }
    return eur + pump->end_eur * fmax(0, pump->end_c - x);
}

static double car_eur(const ohm_home *home, unsigned way)
{
    double kwh = 0;
    for (int k = 0; k < home->steps; k++)
        kwh += way >> k & 1 ? home->dt_h * home->car.ratio * home->car.most_kw : 0;
    double over = fmax(0, kwh - home->car.need_kwh - OVER_KWH);
    return home->car.short_eur_per_kwh * fmax(0, home->car.need_kwh - kwh) + FORBIDDEN_EUR * over;
}

/* The cheapest of curtailing, feeding in, buying and shedding, one after the other. */
static double meter_eur(const ohm_home *home, int k, double kw)
{
    double buy = home->import_eur[k], sell = home->export_eur[k], best = INFINITY;
    double most = home->subscribed_kw, pv = home->pv_kw[k];
    bool any = false;
    for (int i = 0; i < home->steps; i++)
        any = any || home->import_eur[i] < 0;
    bool one = buy < 0 || (sell > buy && any);
    /* A corner of the program: all but one at 0 or at most, the one as the balance wants. */
    for (int i = 0; i < 27; i++) {
        const double in[3] = { 0, most, NAN }, off[3] = { 0, pv, NAN };
        double a = in[i % 3], b = in[i / 3 % 3], c = off[i / 9];
        int open = isnan(a) + isnan(b) + isnan(c);
        if (open > 1)
            continue;
        a = isnan(a) ? kw + b + c : a;
        b = isnan(b) ? a - c - kw : b;
        c = isnan(c) ? a - b - kw : c;
        double shed = open == 0 ? kw - (a - b - c) : 0;
        if (a < -1e-9 || a > most + 1e-9 || b < -1e-9 || b > most + 1e-9 || c < -1e-9 ||
            c > pv + 1e-9 || shed < -1e-9 || (one && a > 1e-9 && b > 1e-9))
            continue;
        best = fmin(best, a * buy - b * sell + shed * SHED_EUR);
    }
    double over = fmax(0, -kw - most - pv);
    return over > 0 ? (-most * sell + over * FORBIDDEN_EUR) * home->dt_h : best * home->dt_h;
}

static double own[UNITS][WAYS], meter[STEPS][1 << UNITS];

static double cost_of(const ohm_joint *p, const unsigned *ways)
{
    double eur = own[0][ways[0]] + own[1][ways[1]] + own[2][ways[2]];
    for (int k = 0; k < p->home.steps; k++)
        eur += meter[k][(ways[0] >> k & 1) | (ways[1] >> k & 1) << 1 | (ways[2] >> k & 1) << 2];
    return eur;
}

static double best_of(const ohm_joint *p)
{
    const ohm_home *home = &p->home;
    unsigned count = 1u << home->steps, all[UNITS] = { count, count, 1 };
    double kw[UNITS] = { 0 }, best = INFINITY;
    bool third = p->zones == UNITS || home->has_car;
    all[2] = third ? count : 1;
    for (int i = 0; i < UNITS; i++) {
        bool zone = i < p->zones, car = i == p->zones && home->has_car;
        kw[i] = zone ? zones[i].pump.most_kw : car ? home->car.most_kw : 0;
        for (unsigned w = 0; w < count; w++)
            own[i][w] = zone ? zone_eur(p, &zones[i], w) : car ? car_eur(home, w) : 0;
    }
    for (int k = 0; k < home->steps; k++)
        for (int on = 0; on < 1 << UNITS; on++)
            meter[k][on] = meter_eur(home, k,
                                     home->load_kw[k] - home->pv_kw[k] + (on & 1 ? kw[0] : 0) +
                                         (on & 2 ? kw[1] : 0) + (on & 4 ? kw[2] : 0));
    for (unsigned a = 0; a < all[0]; a++)
        for (unsigned b = 0; b < all[1] && isfinite(own[0][a]); b++)
            for (unsigned c = 0; c < all[2] && isfinite(own[1][b]); c++)
                best = fmin(best, cost_of(p, (const unsigned[]){ a, b, c }));
    return best;
}

/* --- the plan -------------------------------------------------------------------------------- */

static ohm_joint_result plan_of(const ohm_joint *p, const ohm_home_clock *clock, unsigned *ways)
{
    ohm_err err = ohm_joint_check(p);
    if (ohm_failed(err))
        fail_msg("%s", err.what);
    size_t bytes = (ohm_joint_size(p) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    assert_non_null(memory);
    ohm_home_controls controls;
    ohm_joint_result result;
    ohm_joint_plan *plan = ohm_joint_init(p, memory);
    ohm_joint_solve(plan, clock, &controls, &result);
    for (int k = 0; k < p->home.steps; k++) {
        for (int z = 0; z < p->zones; z++)
            ways[z] |= (unsigned)(ohm_joint_on(plan, z)[k] > 0.5) << k;
        if (p->home.has_car)
            ways[p->zones] |= (unsigned)(controls.car_kw[k] > 1e-6) << k;
        double kw = p->home.load_kw[k] - p->home.pv_kw[k] + controls.car_kw[k];
        for (int z = 0; z < p->zones; z++)
            kw += ohm_joint_on(plan, z)[k] * zones[z].pump.most_kw;
        double left = controls.import_kw[k] - controls.export_kw[k] - controls.curtail_kw[k] +
                      controls.shed_kw[k] - kw;
        assert_true(fabs(left) < 1e-6 || left > 0); /* > 0: what can't be fed in */
        assert_true(controls.import_kw[k] <= p->home.subscribed_kw + 1e-9);
    }
    free(memory);
    return result;
}

static void never_below_the_bound(void **state)
{
    (void)state;
    int rounds = getenv("OHM_SANITIZED") ? ROUNDS_SANITIZED : ROUNDS, best_found = 0;
    double lost = 0, gap = 0;
    for (int round = 0; round < rounds; round++) {
        unsigned ways[UNITS] = { 0 };
        seed = (uint64_t)round * 7919 + 17;
        ohm_joint p = make();
        ohm_home_result of = plan_of(&p, NULL, ways).home;
        double best = best_of(&p), paid = cost_of(&p, ways), unit = 1 + fabs(best);
        if (fabs(paid - of.objective_eur) > 1e-6 || of.bound_eur > best + 1e-6 ||
            paid < best - 1e-6)
            fail_msg("round %d: objective %.9g, lived %.9g, best %.9g, bound %.9g", round,
                     of.objective_eur, paid, best, of.bound_eur);
        assert_true(of.objective_eur <= of.rules_eur + 1e-9);
        best_found += paid <= best + 1e-6;
        lost += (paid - best) / unit / rounds;
        gap += (of.objective_eur - of.bound_eur) / unit / rounds;
    }
    print_message("best of all in %d of %d; lost %.3f %%, gap %.3f %%\n", best_found, rounds,
                  100 * lost, 100 * gap);
    assert_true(lost <= 0.005);
    assert_true(gap <= 0.10);
}

static bool at_once(void *ctx)
{
    (void)ctx;
    return true;
}

static void there_is_a_plan_at_once(void **state)
{
    (void)state;
    const ohm_home_clock clock = { at_once, NULL };
    for (int round = 0; round < 20; round++) {
        unsigned ways[UNITS] = { 0 };
        seed = (uint64_t)round * 104729 + 5;
        ohm_joint p = make();
        ohm_joint_result of = plan_of(&p, &clock, ways);
        assert_true(of.home.time_over);
        assert_true(of.home.objective_eur <= of.home.rules_eur + 1e-9);
        assert_true(of.home.bound_eur <= of.home.objective_eur + 1e-6);
        (void)best_of(&p);
        assert_true(fabs(cost_of(&p, ways) - of.home.objective_eur) < 1e-6);
    }
}

static void limits(void **state)
{
    (void)state;
    seed = 3;
    ohm_joint good = make();
    const struct {
        const char *why;
        double *value;
        double bad;
    } rows[] = { { "a zone between on and off", &zones[0].pump.least_kw, 0 },
                 { "no number", &zones[1].pump.low_c, NAN },
                 { "a zone that keeps no heat", &zones[1].pump.a, 0 },
                 { "weather that is none", &zone_series[0][1][2], INFINITY },
                 { "no subscribed power", &good.home.subscribed_kw, -1 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double before = *rows[i].value;
        *rows[i].value = rows[i].bad;
        if (!ohm_failed(ohm_joint_check(&good)))
            fail_msg("taken: %s", rows[i].why);
        *rows[i].value = before;
        assert_false(ohm_failed(ohm_joint_check(&good)));
    }
    good.zones = OHM_JOINT_ZONES_MAX + 1;
    assert_true(ohm_failed(ohm_joint_check(&good)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_below_the_bound),
        cmocka_unit_test(there_is_a_plan_at_once),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
