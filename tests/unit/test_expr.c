/* Expressions over series: what they come to, and what is none. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "web/expr.h"

static void values(void **state)
{
    static const struct {
        const char *why, *text;
        double want;
    } rows[] = {
        { "one series", "{a}", 7 },
        { "left to right", "{a} - {b} - 1", 3 },
        { "times before plus", "{a} + {b} * 2", 13 },
        { "parentheses", "({a} + {b}) * 2", 20 },
        { "a sign binds more than times", "-{a} * {b}", -21 },
        { "signs of signs", "{a} - --{b}", 4 },
        { "the same series once", "{a} / {a}", 1 },
        { "functions", "max({a}, {b}) - min({a}, {b}) + abs(-{b})", 7 },
        { "within one another", "max(min({a}, 5), {b} + 1.5)", 5 },
        { "a fraction", "{a} * 0.25", 1.75 },
        { "divided by nothing", "{a} / ({b} - 3)", (double)NAN },
        { "not there", "{a} + {none}", (double)NAN },
        { "not there in a choice either", "max({a}, {none})", (double)NAN },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_expr expr;
        double numbers[OHM_EXPR_SERIES_MAX];
        ohm_err err = ohm_expr_read(ohm_span_text(rows[i].text), &expr);
        if (ohm_failed(err))
            fail_msg("%s: %s at %u", rows[i].why, err.what, err.at);
        for (uint8_t s = 0; s < expr.series_count; s++)
            numbers[s] = expr.series[s][0] == 'a' ? 7 : expr.series[s][0] == 'b' ? 3 : (double)NAN;
        double got = ohm_expr_value(&expr, numbers);
        bool same = isnan(rows[i].want) ? isnan(got) : fabs(got - rows[i].want) < 1e-9;
        if (!same)
            fail_msg("%s: %g", rows[i].why, got);
    }
}

static void refusals(void **state)
{
    static const struct {
        const char *why, *text;
        ohm_code want;
    } rows[] = {
        { "nothing", "", OHM_BAD_FORMAT },
        { "no series", "1 + 2", OHM_BAD_FORMAT },
        { "a name without an end", "{a", OHM_BAD_FORMAT },
        { "a name of nothing", "{}", OHM_BAD_FORMAT },
        { "no right side", "{a} +", OHM_BAD_FORMAT },
        { "no left side", "* {a}", OHM_BAD_FORMAT },
        { "nothing between", "{a} {b}", OHM_BAD_FORMAT },
        { "not closed", "({a}", OHM_BAD_FORMAT },
        { "not opened", "{a})", OHM_BAD_FORMAT },
        { "empty", "()", OHM_BAD_FORMAT },
        { "one side of two", "max({a})", OHM_BAD_FORMAT },
        { "two sides of one", "abs({a}, {b})", OHM_BAD_FORMAT },
        { "three sides", "min({a}, {b}, {a})", OHM_BAD_FORMAT },
        { "a comma in plain parentheses", "({a}, {b})", OHM_BAD_FORMAT },
        { "a comma alone", "{a}, {b}", OHM_BAD_FORMAT },
        { "an unknown function", "sin({a})", OHM_BAD_FORMAT },
        { "two points", "{a} * 1.2.3", OHM_BAD_FORMAT },
        { "too deep", "((((((((((((((((((((((((({a})))))))))))))))))))))))))", OHM_TOO_BIG },
        { "nine series", "{a}+{b}+{c}+{d}+{e}+{f}+{g}+{h}+{i}", OHM_TOO_BIG },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_expr expr;
        ohm_err err = ohm_expr_read(ohm_span_text(rows[i].text), &expr);
        if (err.code != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err.what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
