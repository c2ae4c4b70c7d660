/* Hot water that is short: bought at once where that is cheaper than being short for so long. */
#include "plan/home.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STEPS_MAX = 32 };

/* A tank that nothing heats and nobody draws from, 1.5 kWh below its least. */
static void short_for_long_is_bought(void **state)
{
    (void)state;
    static const struct {
        int steps;
        double short_eur, want_eur;
        const char *why;
    } rows[] = {
        { 8, 1, 8 * 0.25 * 1.5, "short for two hours" },
        { 15, 1, 15 * 0.25 * 1.5, "short for as long as buying pays no more" },
        { 16, 1, 6, "both cost the same" },
        { 17, 1, 6, "a step longer: bought" },
        { 32, 3, 6, "dear: bought at once" },
        { 32, 0.4, 32 * 0.1 * 1.5, "cheap: never bought" },
    };
    static double none[STEPS_MAX], held[STEPS_MAX], price[STEPS_MAX];
    for (int k = 0; k < STEPS_MAX; k++) {
        held[k] = 1;
        price[k] = 0.2;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_home problem = { .steps = rows[i].steps,
                                   .dt_h = 0.25,
                                   .subscribed_kw = 6,
                                   .has_tank = true,
                                   .tank = { .power_kw = 2,
                                             .least_kwh = 1.5,
                                             .most_kwh = 5,
                                             .short_eur_per_kwh = rows[i].short_eur },
                                   .import_eur = price,
                                   .export_eur = none,
                                   .load_kw = none,
                                   .pv_kw = none,
                                   .draw_kw = none,
                                   .car_here = none,
                                   .cop = none,
                                   .drift = none,
                                   .offset = none,
                                   .tank_held = held };
        ohm_home_controls controls;
        ohm_home_result result;
        assert_int_equal(ohm_home_check(&problem).code, OHM_OK);
        void *memory = malloc(ohm_home_size(&problem));
        assert_non_null(memory);
        ohm_home_plan *plan = ohm_home_init(&problem, memory);
        ohm_home_solve(plan, &problem, NULL, &controls, &result);
        free(memory);
        if (fabs(result.objective_eur - rows[i].want_eur) > 1e-6)
            fail_msg("%s: %f, not %f", rows[i].why, result.objective_eur, rows[i].want_eur);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(short_for_long_is_bought) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
