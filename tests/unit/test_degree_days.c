#include "analysis/degree_days.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

static void both_methods_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double least, most, meteo, costic;
    } rows[] = {
        { "a cold day", 0, 10, 13, 13 },
        { "up to the base", 10, 18, 4, 4 },
        { "a day that passes the base", 12, 24, 0, 6 * (0.08 + 0.42 * 6 / 12) },
        { "one that hardly goes below", 17.9, 25, 0, 0.1 * (0.08 + 0.42 * 0.1 / 7.1) },
        { "from the base on", 18, 25, 0, 0 },
        { "a warm day", 20, 32, 0, 0 },
        { "frost", -5, 3, 19, 19 },
        { "one temperature all day", 5, 5, 13, 13 },
        { "the least above the greatest", 10, 5, NAN, NAN },
        { "one is missing", NAN, 5, NAN, NAN },
        { "the other is missing", 5, NAN, NAN, NAN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double meteo = ohm_degree_days_meteo(rows[i].least, rows[i].most, 18);
        double costic = ohm_degree_days_costic(rows[i].least, rows[i].most, 18);
        bool same = isnan(rows[i].meteo) ? isnan(meteo) && isnan(costic)
                                         : fabs(meteo - rows[i].meteo) < 1e-12 &&
                                               fabs(costic - rows[i].costic) < 1e-12;
        if (!same)
            fail_msg("%s: %.9f %.9f", rows[i].why, meteo, costic);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(both_methods_by_hand) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
