/* The heating of a zone with two states on random problems, lived step by step: from the corner of
 * before and from nothing the same is found, it meets its bound, and no other powers cost less. */
#include "plan/heating_corner.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ZONES = 60, ZONES_SANITIZED = 12, STEPS = 40, TURNS = 8, LEN = STEPS + TURNS, TRIES = 3 };

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

static double cost[LEN], drift[2][LEN], offset[LEN];

static void make_series(const ohm_heating *p)
{
    bool flat = chance(0.3), negative = chance(0.2), tariff = chance(0.5);
    double outdoor = draw(-10, 25);
    for (int k = 0; k < LEN; k++) {
        cost[k] = flat     ? 0.05
                  : tariff ? (k / 8 % 3 == 1 ? 0.17 : 0.04)
                           : draw(negative ? -0.1 : 0, 0.2);
        for (int i = 0; i < 2; i++)
            drift[i][k] = outdoor * (1 - p->a[i][0] - p->a[i][1]) + draw(-0.1, 0.2) * p->b[i];
        offset[k] = outdoor * (1 - p->c[0] - p->c[1]) + draw(0, 0.5);
    }
}

/* Air and mass; now and then one that nobody built: the power hardly reaches comfort, or that of a
 * step undoes what it does to the next. */
static ohm_heating make(void)
{
    ohm_heating p = { .steps = 2 + (int)draw(0, STEPS - 2.01), .states = 2 };
    double leak = draw(0.001, 0.05), touch = draw(0, 0.3), slow = draw(0.001, 0.03);
    p.a[0][0] = 1 - leak - touch;
    p.a[0][1] = touch;
    p.a[1][0] = slow;
    p.a[1][1] = 1 - slow - draw(0, 0.01);
    p.b[0] = draw(0.02, 0.3);
    p.b[1] = chance(0.3) ? 0 : draw(0, 0.01);
    bool after = chance(0.5); /* comfort at the end of the step */
    p.c[0] = after ? p.a[0][0] : draw(0.3, 1);
    p.c[1] = after ? p.a[0][1] : 1 - p.c[0];
    p.d = after ? p.b[0] : chance(0.3) ? 0 : draw(0, 1);
    p.u_min = chance(0.2) ? draw(0, 1) : 0;
    p.u_max = p.u_min + draw(0.5, 10);
    p.y_min = draw(18, 21);
    p.y_max = p.y_min + draw(0.1, 6);
    p.low_price = chance(0.1) ? 0 : chance(0.1) ? 1e3 : draw(0, 1);
    p.high_price = chance(0.2) ? 0 : draw(0, 1);
    p.high_curve = chance(0.6) ? 0 : draw(0, 1);
    for (int i = 0; i < 2; i++) {
        p.x0[i] = draw(17, 23);
        p.end[i] = draw(18, 22);
        p.end_price[i] = chance(0.3) ? 0 : draw(0, 3);
    }
    make_series(&p);
    return p;
}

static ohm_heating at(const ohm_heating *of, int turn)
{
    ohm_heating p = *of;
    p.cost = cost + turn;
    p.offset = offset + turn;
    p.drift[0] = drift[0] + turn;
    p.drift[1] = drift[1] + turn;
    return p;
}

static double step(const ohm_heating *p, int k, double u, double x[2])
{
    double y = p->c[0] * x[0] + p->c[1] * x[1] + p->d * u + p->offset[k];
    double low = p->y_min - y, high = y - p->y_max, then[2];
    for (int i = 0; i < 2; i++)
        then[i] = p->a[i][0] * x[0] + p->a[i][1] * x[1] + p->b[i] * u + p->drift[i][k];
    memcpy(x, then, sizeof then);
    return p->cost[k] * u + (low > 0 ? low * p->low_price : 0) +
           (high > 0 ? (p->high_price + p->high_curve * high) * high : 0);
}

static double cost_of(const ohm_heating *p, const double *u)
{
    double x[2] = { p->x0[0], p->x0[1] }, sum = 0;
    for (int k = 0; k < p->steps; k++)
        sum += step(p, k, u[k], x);
    for (int i = 0; i < 2; i++)
        sum += p->end[i] > x[i] ? (p->end[i] - x[i]) * p->end_price[i] : 0;
    return sum;
}

static void try_others(const ohm_heating *p, const double *u, double bound, double slack)
{
    double other[STEPS];
    for (int t = 0; t < TRIES; t++) {
        double size = t == 0 ? p->u_max : 0.02;
        for (int k = 0; k < p->steps; k++)
            other[k] = fmin(fmax(u[k] + draw(-size, size), p->u_min), p->u_max);
        assert_true(cost_of(p, other) >= bound - slack);
    }
}

static void judge(const ohm_heating *p, const ohm_heating_plan *plan, const ohm_heating_result *of)
{
    /* A millionth of a kelvin is not said to have given way. */
    double paid = cost_of(p, plan->u), slack = 2e-6 * (1 + fabs(paid));
    for (int k = 0; k < p->steps; k++)
        assert_true(plan->u[k] >= p->u_min && plan->u[k] <= p->u_max);
    assert_true(fabs(paid - of->objective_eur) <= slack);
    assert_true(of->bound_eur <= of->objective_eur + slack);
    try_others(p, plan->u, of->bound_eur, slack);
}

typedef struct tally {
    int warm, by_corner;
} tally;

static void live(int zone, tally *of)
{
    seed = (uint64_t)zone * 7919 + 3;
    ohm_heating zone_of = make(), p;
    void *memory[2];
    ohm_heating_plan plan[2];
    ohm_heating_result warm, cold;
    for (int i = 0; i < 2; i++) {
        memory[i] = aligned_alloc(64, ohm_heating_size(zone_of.steps, 2));
        assert_non_null(memory[i]);
        ohm_heating_init(&plan[i], zone_of.steps, 2, memory[i]);
    }
    for (int turn = 0; turn < TURNS; turn++) {
        p = at(&zone_of, turn);
        p.x0[0] += turn > 0 ? draw(-0.05, 0.05) : 0; /* measured, not as planned */
        assert_false(ohm_failed(ohm_heating_check(&p)));
        ohm_heating_solve(&plan[0], &p, &(ohm_heating_options){ .warm = turn > 0 }, &warm);
        ohm_heating_solve(&plan[1], &p, &(ohm_heating_options){ 0 }, &cold);
        judge(&p, &plan[0], &warm);
        judge(&p, &plan[1], &cold);
        double slack = 1e-5 * (1 + fabs(cold.objective_eur));
        if (!(fabs(warm.objective_eur - cold.objective_eur) <= slack))
            print_error("zone %d, turn %d: warm %.9g, cold %.9g\n", zone, turn, warm.objective_eur,
                        cold.objective_eur);
        assert_true(fabs(warm.objective_eur - cold.objective_eur) <= slack);
        of->warm += turn > 0;
        of->by_corner += turn > 0 && plan[0].corner->known && !plan[0].solved;
        memcpy(zone_of.x0, p.x0, sizeof p.x0);
        (void)step(&p, 0, plan[0].u[0], zone_of.x0);
    }
    free(memory[0]);
    free(memory[1]);
}

static void check_lived(void **state)
{
    (void)state;
    tally of = { 0, 0 };
    int zones = getenv("OHM_SANITIZED") ? ZONES_SANITIZED : ZONES;
    for (int zone = 0; zone < zones; zone++)
        live(zone, &of);
    /* Most are answered by edges alone: else the corners are not what they are for. */
    if (of.by_corner * 10 < of.warm * 6)
        print_error("%d of %d\n", of.by_corner, of.warm);
    assert_true(of.by_corner * 10 >= of.warm * 6);
}

/* Nothing to choose, limits that cross: not for corners. */
static void check_not_its_kind(void **state)
{
    (void)state;
    seed = 11;
    ohm_heating p = make();
    assert_true(ohm_heating_corner_fits(&p));
    const struct {
        const char *why;
        double *value;
        double to;
    } rows[] = { { "no choice of power", &p.u_max, p.u_min },
                 { "limits of comfort that cross", &p.y_max, p.y_min - 1 },
                 { "limits of comfort that meet", &p.y_max, p.y_min } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double before = *rows[i].value;
        *rows[i].value = rows[i].to;
        if (ohm_heating_corner_fits(&p))
            print_error("taken: %s\n", rows[i].why);
        assert_false(ohm_heating_corner_fits(&p));
        *rows[i].value = before;
    }
    p.states = 1;
    assert_false(ohm_heating_corner_fits(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_lived),
        cmocka_unit_test(check_not_its_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
