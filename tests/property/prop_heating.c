/* The heating of a zone on random problems: the exact program meets its own bound, the interior
 * point finds the same, and no other powers cost less than either says. */
#include "plan/heating_exact.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 300, ROUNDS_SANITIZED = 60, STEPS = 48, TRIES = 6 };

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

static double cost[STEPS], drift[STEPS], offset[STEPS];

static ohm_heating make(void)
{
    ohm_heating p = { .steps = 1 + (int)draw(0, STEPS - 0.01), .states = 1 };
    p.a[0][0] = draw(0.8, 1);
    p.b[0] = draw(0.01, 0.3);
    p.c[0] = draw(0.5, 1);
    p.d = chance(0.2) ? 0 : draw(0, 1.2);
    p.x0[0] = draw(10, 30);
    p.u_min = chance(0.2) ? draw(0, 1) : 0;
    p.u_max = p.u_min + draw(0.5, 10);
    p.y_min = draw(18, 21);
    p.y_max = p.y_min + (chance(0.3) ? 0 : draw(0, 6));
    p.low_price = chance(0.1) ? 0 : chance(0.1) ? 1e4 : draw(0, 1);
    p.high_price = chance(0.2) ? 0 : draw(0, 1);
    p.high_curve = chance(0.5) ? 0 : draw(0, 1);
    p.end[0] = draw(18, 22);
    p.end_price[0] = chance(0.3) ? 0 : draw(0, 3);
    bool flat = chance(0.3), negative = chance(0.2);
    double outdoor = draw(-10, 25);
    for (int k = 0; k < p.steps; k++) {
        cost[k] = flat ? 0.05 : draw(negative ? -0.1 : 0, 0.2);
        drift[k] = outdoor * (1 - p.a[0][0]) + draw(-0.1, 0.2);
        offset[k] = outdoor * (1 - p.c[0]) + draw(0, 1);
    }
    p.cost = cost;
    p.drift[0] = drift;
    p.offset = offset;
    return p;
}

static double cost_of(const ohm_heating *p, const double *u)
{
    double x = p->x0[0], sum = 0;
    for (int k = 0; k < p->steps; k++) {
        double y = p->c[0] * x + p->d * u[k] + offset[k];
        double low = p->y_min - y, high = y - p->y_max;
        sum += cost[k] * u[k] + (low > 0 ? low * p->low_price : 0);
        sum += high > 0 ? (p->high_price + p->high_curve * high) * high : 0;
        x = p->a[0][0] * x + p->b[0] * u[k] + drift[k];
    }
    return sum + (p->end[0] > x ? (p->end[0] - x) * p->end_price[0] : 0);
}

/* Powers near the answer and far from it: none is cheaper. */
static void try_others(const ohm_heating *p, const double *u, double bound, double slack)
{
    double other[STEPS];
    for (int t = 0; t < TRIES; t++) {
        double size = t < TRIES / 2 ? 0.05 : p->u_max;
        for (int k = 0; k < p->steps; k++) {
            other[k] = u[k] + draw(-size, size);
            other[k] = other[k] < p->u_min ? p->u_min : other[k];
            other[k] = other[k] > p->u_max ? p->u_max : other[k];
        }
        assert_true(cost_of(p, other) >= bound - slack);
    }
}

/* Near its own answer it finds it again; near nothing good, nothing cheaper, and it says so. */
static void check_near(ohm_heating_exact *work, const ohm_heating *p, const double *u, double paid,
                       double slack)
{
    double again[STEPS], far[STEPS], bound;
    assert_true(ohm_heating_exact_solve(work, p, u, again, &bound));
    assert_true(cost_of(p, again) <= paid + slack && bound >= paid - slack);
    for (int k = 0; k < p->steps; k++)
        far[k] = k % 2 ? p->u_max : p->u_min;
    if (ohm_heating_exact_solve(work, p, far, again, &bound))
        assert_true(bound <= paid + slack && cost_of(p, again) >= paid - slack);
}

static void check_exact(void **state)
{
    (void)state;
    int rounds = getenv("OHM_SANITIZED") ? ROUNDS_SANITIZED : ROUNDS;
    static ohm_heating_exact work;
    void *memory = malloc(ohm_heating_exact_size(STEPS));
    assert_non_null(memory);
    ohm_heating_exact_init(&work, STEPS, memory);
    for (int round = 0; round < rounds; round++) {
        double u[STEPS], bound;
        seed = (uint64_t)round * 7919 + 1;
        ohm_heating p = make();
        assert_false(ohm_failed(ohm_heating_check(&p)));
        assert_true(ohm_heating_exact_fits(&p));
        assert_true(ohm_heating_exact_solve(&work, &p, NULL, u, &bound));
        double paid = cost_of(&p, u), slack = 1e-8 * (1 + fabs(paid));
        if (!(paid - bound <= slack && bound - paid <= slack))
            print_error("round %d: costs %.12g, bound %.12g\n", round, paid, bound);
        assert_true(paid - bound <= slack && bound - paid <= slack);
        try_others(&p, u, bound, slack);
        check_near(&work, &p, u, paid, slack);
    }
    free(memory);
}

/* The same zone twice over, as two states: that is the interior point's. */
static void check_both(void **state)
{
    (void)state;
    int rounds = getenv("OHM_SANITIZED") ? ROUNDS_SANITIZED / 2 : ROUNDS / 2;
    for (int round = 0; round < rounds; round++) {
        seed = (uint64_t)round * 104729 + 7;
        ohm_heating one = make(), two = one;
        ohm_heating_plan plan;
        ohm_heating_result exact, other;
        two.states = 2;
        two.a[1][1] = 0.5; /* nothing sees it */
        two.drift[1] = drift;
        for (int n = 1; n <= 2; n++) {
            const ohm_heating *p = n == 1 ? &one : &two;
            void *memory = aligned_alloc(64, ohm_heating_size(p->steps, n));
            assert_non_null(memory);
            ohm_heating_init(&plan, p->steps, n, memory);
            ohm_heating_solve(&plan, p, &(ohm_heating_options){ 0 }, n == 1 ? &exact : &other);
            free(memory);
        }
        double slack = 1e-5 * (1 + fabs(exact.objective_eur));
        if (fabs(exact.objective_eur - other.objective_eur) > slack)
            print_error("round %d: %.9g and %.9g\n", round, exact.objective_eur,
                        other.objective_eur);
        assert_true(fabs(exact.objective_eur - other.objective_eur) <= slack);
        assert_true(other.bound_eur <= exact.objective_eur + 1e-4 * slack);
    }
}

/* A room that must start a hair too cold, at a price of cold at which a hair is dear: it is paid
 * for, and the objective is not below what no plan can beat. */
static void check_hair(void **state)
{
    (void)state;
    for (int states = 1; states <= OHM_HEATING_STATES_MAX; states++) {
        seed = 11;
        ohm_heating p = make();
        static double air[STEPS];
        p.steps = STEPS;
        p.states = states;
        p.a[0][0] = p.a[1][1] = 0.9;
        p.c[0] = 1;
        p.b[1] = 0.1;
        p.drift[1] = air;
        p.d = p.c[1] = 0;
        p.low_price = 1e9;
        p.high_price = p.high_curve = 0;
        p.end_price[0] = 0;
        p.x0[0] = p.x0[1] = 20;
        p.y_min = 20 + 5e-7;
        p.y_max = 30;
        p.u_max = 100;
        for (int k = 0; k < STEPS; k++) {
            offset[k] = 0;
            drift[k] = air[k] = 1.9;
        }
        assert_int_equal(ohm_heating_check(&p).code, OHM_OK);
        void *memory = aligned_alloc(64, (ohm_heating_size(STEPS, states) + 63) / 64 * 64);
        assert_non_null(memory);
        ohm_heating_plan plan;
        ohm_heating_result result;
        ohm_heating_init(&plan, STEPS, states, memory);
        ohm_heating_solve(&plan, &p, &(ohm_heating_options){ .warm = false }, &result);
        assert_true(result.objective_eur >= 499);
        assert_true(result.objective_eur >= result.bound_eur - 1e-6 * result.objective_eur);
        free(memory);
    }
}

static void check_limits(void **state)
{
    (void)state;
    seed = 3;
    ohm_heating good = make();
    const struct {
        const char *why;
        double *value;
        double bad;
    } rows[] = {
        { "a zone that runs away", &good.a[0][0], 1e9 },
        { "no number", &good.b[0], NAN },
        { "endless power", &good.u_max, INFINITY },
        { "power below its least", &good.u_max, -1 },
        { "a negative price of cold", &good.low_price, -1 },
        { "a price that is none", &cost[0], NAN },
        { "weather that is none", &drift[0], INFINITY },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double before = *rows[i].value;
        *rows[i].value = rows[i].bad;
        if (!ohm_failed(ohm_heating_check(&good)))
            print_error("taken: %s\n", rows[i].why);
        assert_true(ohm_failed(ohm_heating_check(&good)));
        *rows[i].value = before;
        assert_false(ohm_failed(ohm_heating_check(&good)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_exact),
        cmocka_unit_test(check_both),
        cmocka_unit_test(check_hair),
        cmocka_unit_test(check_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
