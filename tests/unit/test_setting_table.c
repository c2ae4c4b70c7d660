/* What an output is told, for each kind of load, cause and mixture of those who ask: the decision
 * table of setting.c, against what must be so of each of its rows. */
#include "control/setting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "control/control.h"

enum { LEAST_W = 1380, MOST_W = 3680, SUN_W = 2000, LOWERED_W = 1500, WATTS = 2600 };

/* How somebody asks: not at all, plainly fed or off, with a setting of his own that feeds or that
 * sheds. */
typedef enum way { NOT, FED, OFF, EXACT_FED, EXACT_OFF, WAYS } way;

static bool is_exact(way w)
{
    return w == EXACT_FED || w == EXACT_OFF;
}

static bool is_fed(way w)
{
    return w == FED || w == EXACT_FED;
}

static ohm_load load_of(ohm_load_kind kind)
{
    ohm_load load = {
        .id = "a", .tier = 1, .kind = kind, .nominal_w = MOST_W, .failsafe_fed = true
    };
    if (kind == OHM_LOAD_PILOT) {
        load.shed_setting = OHM_ORDER_HORS_GEL;
        load.orders = 1 << OHM_ORDER_CONFORT | 1 << OHM_ORDER_ECO | 1 << OHM_ORDER_HORS_GEL |
                      1 << OHM_ORDER_ARRET;
    } else if (kind == OHM_LOAD_MODULATED) {
        load.min_w = load.safe_setting = LEAST_W;
        load.step_w = 10;
    }
    return load;
}

static int32_t setting_of(ohm_load_kind kind, way w)
{
    if (kind == OHM_LOAD_PILOT)
        return w == EXACT_FED ? OHM_ORDER_ECO : OHM_ORDER_ARRET;
    return kind == OHM_LOAD_MODULATED && w == EXACT_FED ? WATTS : 0;
}

typedef struct row {
    ohm_load load;
    ohm_load_state is;
    way hand, plan, rule;
    ohm_cause cause;
    bool fed;
} row;

static void ask(row *r)
{
    const ohm_mono_ms end = { 1000 };
    const ohm_plan_reason why = { .why = OHM_PLAN_WHY_LATER };
    if (is_exact(r->hand))
        ohm_control_override_set(&r->is, &r->load, setting_of(r->load.kind, r->hand), end, 0);
    else if (r->hand != NOT)
        ohm_control_override(&r->is, is_fed(r->hand), end, 0);
    if (is_exact(r->plan))
        ohm_control_plan_set(&r->is, &r->load, setting_of(r->load.kind, r->plan), end, why);
    else if (r->plan != NOT)
        ohm_control_plan(&r->is, is_fed(r->plan), end, why);
    if (r->rule == NOT)
        return;
    r->is.rule = 0;
    r->is.rule_fed = is_fed(r->rule);
    r->is.rule_exact = is_exact(r->rule);
    r->is.rule_setting = is_exact(r->rule) ? setting_of(r->load.kind, r->rule) : 0;
}

/* The setting of whoever the cause is, if it says exactly that state. */
static bool own_setting(const row *r, int32_t *ret)
{
    const way w = r->cause == OHM_CAUSE_MANUAL ? r->hand
                  : r->cause == OHM_CAUSE_RULE ? r->rule
                  : r->cause == OHM_CAUSE_PLAN ? r->plan
                                               : NOT;
    *ret = setting_of(r->load.kind, w);
    return is_exact(w) && is_fed(w) == r->fed;
}

static void of_a_heater(const row *r, int32_t got)
{
    int32_t own;
    if (own_setting(r, &own) && (r->fed || r->cause != OHM_CAUSE_PLAN)) {
        assert_int_equal(got, own);
        return;
    }
    if (r->fed) {
        assert_int_equal(got, OHM_ORDER_CONFORT);
        return;
    }
    /* Shed: as its order says, and no warmer than whoever has stopped it. */
    const bool stopped = r->hand == EXACT_OFF || r->plan == EXACT_OFF || r->rule == EXACT_OFF;
    assert_int_equal(got, stopped ? OHM_ORDER_ARRET : OHM_ORDER_HORS_GEL);
}

static void of_a_setpoint(const row *r, int32_t got)
{
    int32_t own;
    const bool limit =
        r->cause == OHM_CAUSE_BREAKER || r->cause == OHM_CAUSE_GRID || r->cause == OHM_CAUSE_CAP;
    if (!r->fed)
        assert_int_equal(got, 0);
    else if (limit && r->is.most_w > 0)
        assert_int_equal(got, r->is.most_w);
    else if (r->cause == OHM_CAUSE_RULE && r->is.follows)
        assert_int_equal(got, r->is.sun_w > 0 ? r->is.sun_w : LEAST_W);
    else
        assert_int_equal(got, own_setting(r, &own) ? own : MOST_W);
}

static void check(row *r)
{
    ask(r);
    const int32_t got = ohm_setting_asked(&r->load, &r->is, r->cause, r->fed);
    assert_true(ohm_setting_ok(&r->load, got));
    if (r->load.kind == OHM_LOAD_SWITCHED) {
        assert_int_equal(got, 0);
        return;
    }
    if (r->cause == OHM_CAUSE_FAILSAFE) {
        assert_int_equal(got, r->load.safe_setting);
        return;
    }
    assert_true(ohm_setting_agrees(&r->load, r->fed, got));
    if (r->load.kind == OHM_LOAD_PILOT)
        of_a_heater(r, got);
    else
        of_a_setpoint(r, got);
}

/* Everybody asks in every way, for each cause: 12 000 rows of each kind. */
static void each_row(void **state)
{
    (void)state;
    for (int kind = 0; kind < (int)OHM_LOAD_KINDS_COUNT; kind++)
        for (int cause = 0; cause < 2 * (int)OHM_CAUSES_COUNT; cause++)
            for (int ways = 0; ways < WAYS * WAYS * WAYS; ways++)
                for (int more = 0; more < (kind == OHM_LOAD_MODULATED ? 8 : 1); more++) {
                    row r = {
                        .load = load_of((ohm_load_kind)kind),
                        .hand = (way)(ways % WAYS),
                        .plan = (way)(ways / WAYS % WAYS),
                        .rule = (way)(ways / WAYS / WAYS),
                        .cause = (ohm_cause)(cause / 2),
                        .fed = cause % 2,
                    };
                    const bool exact = is_exact(r.hand) || is_exact(r.plan) || is_exact(r.rule);
                    if (kind == OHM_LOAD_SWITCHED && exact)
                        continue; /* it has no settings: refused before */
                    ohm_control_init(&r.is);
                    r.is.follows = more & 1;
                    r.is.sun_w = more & 2 ? SUN_W : 0;
                    r.is.most_w = more & 4 ? LOWERED_W : 0;
                    check(&r);
                }
}

/* What is usual of each kind, fed and off. */
static void what_is_usual(void **state)
{
    (void)state;
    static const struct {
        ohm_load_kind kind;
        int32_t fed, off;
    } rows[] = {
        { OHM_LOAD_SWITCHED, 0, 0 },
        { OHM_LOAD_PILOT, OHM_ORDER_CONFORT, OHM_ORDER_HORS_GEL },
        { OHM_LOAD_MODULATED, MOST_W, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_load load = load_of(rows[i].kind);
        assert_int_equal(ohm_setting_usual(&load, true), rows[i].fed);
        assert_int_equal(ohm_setting_usual(&load, false), rows[i].off);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row),
        cmocka_unit_test(what_is_usual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
