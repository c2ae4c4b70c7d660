/* A battery beside a known need: lived step by step it costs what the best of all ways on a grid
 * costs, and where there are losses no energy moved from one step to another makes it cheaper. */
#include "plan/battery.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 150, ROUNDS_SANITIZED = 30, STEPS = 24, LEVELS = 13, PAIRS = 60 };

static uint64_t seed;

static double draw(double low, double high)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

static double need[STEPS], import[STEPS], export[STEPS];

/* All in whole kW and kWh, so that the best way keeps to a grid of them. */
static ohm_battery make(bool whole)
{
    ohm_battery p = { .steps = 1 + (int)draw(0, STEPS - 0.01), .step_h = 1 };
    p.most_kwh = (int)draw(0, LEVELS - 0.01);
    p.stored_kwh = (int)draw(0, p.most_kwh + 0.99);
    p.charge_kw = (int)draw(1, 5);
    p.discharge_kw = (int)draw(1, 5);
    p.charge_ratio = whole ? 1 : draw(0.8, 1);
    p.discharge_ratio = whole ? 1 : draw(0.8, 1);
    p.wear_eur_per_kwh = draw(0, 1) < 0.5 ? 0 : 0.02;
    p.end_eur_per_kwh = draw(0, 1) < 0.5 ? 0 : draw(0, 0.2);
    p.line_kw = draw(0, 1) < 0.5 ? 0 : (int)draw(2, 6);
    bool negative = whole && draw(0, 1) < 0.2;
    for (int k = 0; k < STEPS; k++) {
        need[k] = (int)draw(-5, 6);
        import[k] = (int)draw(negative ? -5 : 5, 30) / 100.0;
        export[k] = fmin(import[k], (int)draw(0, 12) / 100.0);
    }
    p.need_kw = need;
    p.import_eur_per_kwh = import;
    p.export_eur_per_kwh = export;
    return p;
}

static double step_eur(const ohm_battery *p, int k, double kw)
{
    double grid = need[k] + kw, over = p->line_kw > 0 ? grid - p->line_kw : 0;
    return grid * (grid < 0 ? export[k] : import[k]) + p->wear_eur_per_kwh * fabs(kw) +
           (over > 0 ? over * OHM_BATTERY_OVER_EUR : 0);
}

static double after(const ohm_battery *p, double stored, double kw)
{
    return stored + (kw > 0 ? kw * p->charge_ratio : kw / p->discharge_ratio);
}

/* Infinite where the battery can't. */
static double cost_of(const ohm_battery *p, const double *kw)
{
    double stored = p->stored_kwh, sum = 0;
    for (int k = 0; k < p->steps; k++) {
        stored = after(p, stored, kw[k]);
        if (stored < -1e-9 || stored > p->most_kwh + 1e-9 || kw[k] > p->charge_kw + 1e-9 ||
            kw[k] < -p->discharge_kw - 1e-9)
            return INFINITY;
        sum += step_eur(p, k, kw[k]);
    }
    return sum - p->end_eur_per_kwh * stored;
}

/* *ret_first: what the first plan promised. */
static void live(const ohm_battery *of, double *kw, ohm_battery_result *ret_first)
{
    ohm_battery p = *of;
    double *room = malloc(ohm_battery_room(p.steps) * sizeof *room);
    assert_non_null(room);
    for (int k = 0; k < of->steps; k++) {
        assert_int_equal(ohm_battery_check(&p).code, OHM_OK);
        ohm_battery_result result;
        kw[k] = ohm_battery_plan(&p, room, &result);
        assert_true(result.bound_eur <= result.objective_eur + 1e-9);
        if (k == 0)
            *ret_first = result;
        p.stored_kwh = fmin(fmax(after(of, p.stored_kwh, kw[k]), 0), p.most_kwh);
        p.steps--;
        p.need_kw++;
        p.import_eur_per_kwh++;
        p.export_eur_per_kwh++;
    }
    free(room);
}

static double best_of_grid(const ohm_battery *p)
{
    double then[LEVELS], now[LEVELS];
    int most = (int)p->most_kwh;
    for (int e = 0; e <= most; e++)
        then[e] = -p->end_eur_per_kwh * e;
    for (int k = p->steps - 1; k >= 0; k--) {
        for (int e = 0; e <= most; e++) {
            now[e] = INFINITY;
            for (int to = 0; to <= most; to++)
                if (to - e <= p->charge_kw && e - to <= p->discharge_kw)
                    now[e] = fmin(now[e], step_eur(p, k, to - e) + then[to]);
        }
        memcpy(then, now, sizeof then);
    }
    return then[(int)p->stored_kwh];
}

static int rounds(void)
{
    return getenv("OHM_SANITIZED") ? ROUNDS_SANITIZED : ROUNDS;
}

static void as_the_best_of_all(void **state)
{
    (void)state;
    for (int round = 0; round < rounds(); round++) {
        double kw[STEPS];
        ohm_battery_result first;
        seed = (uint64_t)round * 7919 + 5;
        ohm_battery p = make(true);
        live(&p, kw, &first);
        assert_true(fabs(first.objective_eur - best_of_grid(&p)) <= 1e-9);
        assert_true(fabs(first.bound_eur - best_of_grid(&p)) <= 1e-9);
        if (!(fabs(cost_of(&p, kw) - best_of_grid(&p)) <= 1e-9))
            print_error("round %d: %.12g, best %.12g\n", round, cost_of(&p, kw), best_of_grid(&p));
        assert_true(fabs(cost_of(&p, kw) - best_of_grid(&p)) <= 1e-9);
    }
}

static void nothing_moved_is_cheaper(void **state)
{
    (void)state;
    for (int round = 0; round < rounds(); round++) {
        double kw[STEPS];
        ohm_battery_result first;
        seed = (uint64_t)round * 104729 + 9;
        ohm_battery p = make(false);
        live(&p, kw, &first);
        double paid = cost_of(&p, kw);
        assert_true(isfinite(paid));
        assert_true(fabs(first.bound_eur - paid) <= 1e-9 &&
                    fabs(first.objective_eur - paid) <= 1e-9);
        for (int pair = 0; pair < PAIRS; pair++) {
            int from = (int)draw(0, p.steps - 0.01), to = (int)draw(0, p.steps - 0.01);
            double other[STEPS], kwh = draw(0, 1) < 0.5 ? 1e-3 : draw(0, 3);
            memcpy(other, kw, sizeof other);
            other[from] += kwh;
            other[to] -= kwh * p.charge_ratio * p.discharge_ratio;
            assert_true(cost_of(&p, other) >= paid - 1e-9);
            other[to] = kw[to]; /* or kept to the end */
            assert_true(from == to || cost_of(&p, other) >= paid - 1e-9);
        }
    }
}

/* Anything, by chance, that the battery can do; its cost. */
static double any_way(const ohm_battery *p)
{
    double kw[STEPS], stored = p->stored_kwh;
    for (int k = 0; k < p->steps; k++) {
        double most = fmin(p->charge_kw, (p->most_kwh - stored) / p->charge_ratio);
        double least = -fmin(p->discharge_kw, stored * p->discharge_ratio);
        double at = draw(-0.3, 1.3);
        kw[k] = least + fmin(fmax(at, 0), 1) * (most - least);
        stored = fmin(fmax(after(p, stored, kw[k]), 0), p->most_kwh);
    }
    return cost_of(p, kw);
}

/* Where losses pay, or feed-in pays more than import costs, no chain is exact: the plan keeps what
 * it promised, and nothing that can be done goes below the bound. */
static void bent_costs_have_a_bound(void **state)
{
    (void)state;
    int apart = 0;
    for (int round = 0; round < rounds(); round++) {
        double kw[STEPS];
        ohm_battery_result first;
        seed = (uint64_t)round * 15485863 + 3;
        bool whole = draw(0, 1) < 0.5;
        ohm_battery p = make(whole);
        for (int k = 0; k < STEPS; k++) {
            import[k] = draw(-0.3, 0.3);
            export[k] = draw(-0.1, 0.3);
        }
        live(&p, kw, &first);
        assert_true(cost_of(&p, kw) <= first.objective_eur + 1e-9);
        assert_true(!whole || first.bound_eur <= best_of_grid(&p) + 1e-9);
        for (int i = 0; i < PAIRS; i++)
            assert_true(any_way(&p) >= first.bound_eur - 1e-9);
        apart += first.objective_eur > first.bound_eur + 1e-6;
    }
    assert_true(apart > rounds() / 2); /* such problems were asked */
}

static void limits(void **state)
{
    (void)state;
    seed = 2;
    ohm_battery good = make(false);
    const struct {
        const char *why;
        double *value;
        double bad;
    } rows[] = { { "no time", &good.step_h, 0 },
                 { "more stored than can be", &good.stored_kwh, good.most_kwh + 1 },
                 { "no number", &good.most_kwh, NAN },
                 { "endless power", &good.charge_kw, INFINITY },
                 { "energy of nothing", &good.charge_ratio, 1.2 },
                 { "none comes out", &good.discharge_ratio, 0 },
                 { "wear that pays", &good.wear_eur_per_kwh, -1 },
                 { "a need that is none", &need[0], NAN },
                 { "a price that is none", &import[0], INFINITY } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double before = *rows[i].value;
        *rows[i].value = rows[i].bad;
        if (!ohm_failed(ohm_battery_check(&good)))
            print_error("taken: %s\n", rows[i].why);
        assert_true(ohm_failed(ohm_battery_check(&good)));
        *rows[i].value = before;
        assert_false(ohm_failed(ohm_battery_check(&good)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_best_of_all),
        cmocka_unit_test(nothing_moved_is_cheaper),
        cmocka_unit_test(bent_costs_have_a_bound),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
