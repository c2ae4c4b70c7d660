#include "report/risks.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 100 };

typedef struct bench {
    ohm_ms time_ms[ROWS];
    double of[OHM_MAINS_ROLES][ROWS];
    ohm_columns columns;
    ohm_mains q;
} bench;

/* A row every ten minutes; nothing is measured yet. */
static void begin(bench *b)
{
    memset(b, 0, sizeof *b);
    b->columns.rows = ROWS;
    b->columns.time_ms = b->time_ms;
    for (int row = 0; row < ROWS; row++)
        b->time_ms[row] = row * INT64_C(600000);
    b->q.columns = &b->columns;
    b->q.set.nominal_v = 230;
}

/* `usual`, but `odd` in the last `count` rows. */
static void measure(bench *b, ohm_mains_role role, double usual, double odd, int count)
{
    for (int row = 0; row < ROWS; row++)
        b->of[role][row] = row >= ROWS - count ? odd : usual;
    b->q.of[role] = b->of[role];
    b->q.scale[role] = 1;
}

static void each_kind_has_its_levels(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_mains_role role;
        double usual, odd;
        int count;
        ohm_risk_kind kind;
        ohm_risk_level level;
    } rows[] = {
        { "within nine tenths", OHM_MAINS_S, 3000, 5300, 5, OHM_RISK_OVERLOAD, OHM_RISK_NONE },
        { "near the limit", OHM_MAINS_S, 3000, 5500, 1, OHM_RISK_OVERLOAD, OHM_RISK_MAJOR },
        { "above it", OHM_MAINS_S, 3000, 6001, 1, OHM_RISK_OVERLOAD, OHM_RISK_CRITICAL },
        { "W count where VA lack", OHM_MAINS_P, 3000, 6001, 1, OHM_RISK_OVERLOAD,
          OHM_RISK_CRITICAL },
        { "fed in", OHM_MAINS_P, 3000, -9000, 50, OHM_RISK_OVERLOAD, OHM_RISK_NONE },
        { "at the limit", OHM_MAINS_U1, 230, 207, 50, OHM_RISK_VOLTAGE_LOW, OHM_RISK_NONE },
        { "low now and then", OHM_MAINS_U1, 230, 206, 5, OHM_RISK_VOLTAGE_LOW, OHM_RISK_MINOR },
        { "low too often", OHM_MAINS_U2, 230, 206, 6, OHM_RISK_VOLTAGE_LOW, OHM_RISK_MAJOR },
        { "far too low", OHM_MAINS_U3, 230, 195, 1, OHM_RISK_VOLTAGE_LOW, OHM_RISK_CRITICAL },
        { "a phase that is gone is no low voltage", OHM_MAINS_U3, 230, 3, 50, OHM_RISK_VOLTAGE_LOW,
          OHM_RISK_NONE },
        { "high now and then", OHM_MAINS_U1, 230, 254, 5, OHM_RISK_VOLTAGE_HIGH, OHM_RISK_MINOR },
        { "high too often", OHM_MAINS_U1, 230, 254, 6, OHM_RISK_VOLTAGE_HIGH, OHM_RISK_MAJOR },
        { "far too high", OHM_MAINS_U1, 230, 265, 1, OHM_RISK_VOLTAGE_HIGH, OHM_RISK_CRITICAL },
        { "distorted too often", OHM_MAINS_THD_U, 3, 9, 6, OHM_RISK_THD, OHM_RISK_MAJOR },
        { "never measured", OHM_MAINS_THD_U, NAN, NAN, 0, OHM_RISK_THD, OHM_RISK_NONE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static bench b;
        ohm_risk out[OHM_RISK_KINDS];
        begin(&b);
        measure(&b, rows[i].role, rows[i].usual, rows[i].odd, rows[i].count);
        ohm_risks_of(&b.q, 6000, out);
        if (out[rows[i].kind].level != rows[i].level)
            fail_msg("%s: %s", rows[i].why, ohm_risk_levels[out[rows[i].kind].level]);
    }
}

static void the_power_factor_counts_while_the_site_works(void **state)
{
    (void)state;
    static bench b;
    ohm_risk out[OHM_RISK_KINDS];
    begin(&b);
    measure(&b, OHM_MAINS_P, 5000, 100, 50); /* half of the time next to nothing, at 0.1 */
    measure(&b, OHM_MAINS_Q, 500, 1000, 50);
    ohm_risks_of(&b.q, 0, out);
    assert_int_equal(out[OHM_RISK_POWER_FACTOR].level, OHM_RISK_NONE);
    assert_int_equal(out[OHM_RISK_POWER_FACTOR].rows, 50);
    assert_int_equal(out[OHM_RISK_OVERLOAD].rows, 0); /* nobody said what is subscribed */
    measure(&b, OHM_MAINS_Q, 2200, 0, 0);
    ohm_risks_of(&b.q, 0, out);
    assert_int_equal(out[OHM_RISK_POWER_FACTOR].level, OHM_RISK_MINOR); /* 0.915 */
    measure(&b, OHM_MAINS_Q, 4000, 0, 0);
    ohm_risks_of(&b.q, 0, out);
    assert_int_equal(out[OHM_RISK_POWER_FACTOR].level, OHM_RISK_MAJOR); /* 0.78 */
}

static void unequal_phases(void **state)
{
    (void)state;
    static bench b;
    ohm_risk out[OHM_RISK_KINDS];
    begin(&b);
    for (int p = 0; p < 3; p++)
        measure(&b, (ohm_mains_role)(OHM_MAINS_I1 + p), p == 0 ? 20 : 8, p == 0 ? 20 : 8, 0);
    for (int p = 0; p < 3; p++)
        measure(&b, (ohm_mains_role)(OHM_MAINS_U12 + p), 400, p == 0 ? 380 : 400, 10);
    ohm_risks_of(&b.q, 0, out);
    assert_int_equal(out[OHM_RISK_CURRENT_UNBALANCE].level, OHM_RISK_MINOR);
    assert_int_equal(out[OHM_RISK_UNBALANCE].level, OHM_RISK_MAJOR);
    assert_int_equal(out[OHM_RISK_UNBALANCE].over, 10);
    assert_int_equal(out[OHM_RISK_UNBALANCE].worst_ms, 90 * INT64_C(600000));
    assert_int_equal(out[OHM_RISK_UNBALANCE].last_ms, 99 * INT64_C(600000));
}

static void the_gravest_is_told_first(void **state)
{
    (void)state;
    static bench b;
    ohm_risk risks[OHM_RISK_KINDS];
    char text[4096];
    ohm_json json;
    size_t len;
    begin(&b);
    measure(&b, OHM_MAINS_S, 3000, 7000, 1);
    measure(&b, OHM_MAINS_U1, 230, 206, 5);
    ohm_risks_of(&b.q, 6000, risks);
    ohm_json_init(&json, text, sizeof text - 1);
    ohm_risks_write(&json, risks);
    assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
    text[len] = '\0';
    assert_non_null(strstr(text, "{\"level\":\"critical\",\"found\":[{\"kind\":\"overload\""));
    assert_non_null(strstr(text, "{\"kind\":\"voltage_low\",\"level\":\"minor\""));
    assert_non_null(strstr(text, "\"lacks\":[\"power_factor\",\"thd\",\"unbalance\","
                                 "\"current_unbalance\"]"));
}

/* 400 var lagging and 1000 leading are 600 leading: no less of a factor. */
static void what_leads_counts(void **state)
{
    (void)state;
    static bench b;
    ohm_risk risks[OHM_RISK_KINDS];
    begin(&b);
    measure(&b, OHM_MAINS_P, 800, 800, 0);
    measure(&b, OHM_MAINS_Q, 400, 400, 0);
    measure(&b, OHM_MAINS_Q_LEAD, 1000, 1000, 0);
    ohm_risks_of(&b.q, 6000, risks);
    assert_true(fabs(risks[OHM_RISK_POWER_FACTOR].worst - 0.8) < 1e-9);
    assert_int_equal(risks[OHM_RISK_POWER_FACTOR].level, OHM_RISK_MAJOR);
    assert_true(fabs(risks[OHM_RISK_OVERLOAD].worst - 1000) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_levels),
        cmocka_unit_test(what_leads_counts),
        cmocka_unit_test(the_power_factor_counts_while_the_site_works),
        cmocka_unit_test(unequal_phases),
        cmocka_unit_test(the_gravest_is_told_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
