#include "control/setting.h"

#include "control/pilot.h"
#include "shed_house.h"

enum {
    CONFORT = OHM_ORDER_CONFORT,
    LESS_1 = OHM_ORDER_CONFORT_1,
    ECO = OHM_ORDER_ECO,
    FROST = OHM_ORDER_HORS_GEL,
    ARRET = OHM_ORDER_ARRET,
    FOUR = 1 << CONFORT | 1 << ECO | 1 << FROST | 1 << ARRET,
};

/* --- the wire ------------------------------------------------------------------------------- */

static void an_order_is_a_wave(void **state)
{
    (void)state;
    static const struct {
        ohm_order order;
        bool positive, negative;
    } rows[] = {
        { OHM_ORDER_CONFORT, false, false },
        { OHM_ORDER_ECO, true, true },
        { OHM_ORDER_HORS_GEL, false, true },
        { OHM_ORDER_ARRET, true, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_pilot_wave wave = ohm_pilot_wave_of(rows[i].order);
        assert_int_equal(wave.positive, rows[i].positive);
        assert_int_equal(wave.negative, rows[i].negative);
        assert_int_equal(ohm_pilot_order_of(wave), rows[i].order);
    }
}

/* Between any two orders the wire passes through one more at the most, and never through Confort.
 */
static void the_way_between_two_orders(void **state)
{
    (void)state;
    static const struct {
        ohm_order from, to, through;
    } rows[] = {
        { OHM_ORDER_CONFORT, OHM_ORDER_ECO, OHM_ORDER_HORS_GEL },
        { OHM_ORDER_ECO, OHM_ORDER_CONFORT, OHM_ORDER_HORS_GEL },
        { OHM_ORDER_HORS_GEL, OHM_ORDER_ARRET, OHM_ORDER_ECO },
        { OHM_ORDER_ARRET, OHM_ORDER_HORS_GEL, OHM_ORDER_ECO },
        { OHM_ORDER_CONFORT, OHM_ORDER_ARRET, OHM_ORDER_ARRET }, /* one contact alone moves */
        { OHM_ORDER_ECO, OHM_ORDER_HORS_GEL, OHM_ORDER_HORS_GEL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_pilot_wave wave = ohm_pilot_wave_of(rows[i].from);
        const ohm_pilot_wave to = ohm_pilot_wave_of(rows[i].to);
        bool positive = ohm_pilot_positive_first(to);
        if (wave.positive == to.positive || wave.negative == to.negative)
            positive = wave.positive != to.positive; /* the other one stays */
        if (positive)
            wave.positive = to.positive;
        else
            wave.negative = to.negative;
        assert_int_equal(ohm_pilot_order_of(wave), rows[i].through);
    }
}

static void orders_have_names(void **state)
{
    (void)state;
    ohm_order found;
    for (int o = 0; o < (int)OHM_ORDERS_COUNT; o++) {
        assert_true(ohm_order_find(ohm_order_name((ohm_order)o), &found));
        assert_int_equal(found, o);
    }
    assert_false(ohm_order_find("Confort", &found));
    assert_false(ohm_order_find("", &found));
}

/* --- what is asked --------------------------------------------------------------------------- */

static ohm_load heater(int32_t shed_order)
{
    return (ohm_load){ .tier = 1,
                       .nominal_w = 2000,
                       .on_min_ms = 30 * S,
                       .off_min_ms = 30 * S,
                       .failsafe_fed = true,
                       .kind = OHM_LOAD_PILOT,
                       .shed_setting = shed_order,
                       .orders = FOUR };
}

static void what_a_cause_means(void **state)
{
    (void)state;
    enum { NOBODY = -1 };
    static const struct {
        const char *why;
        int32_t shed_order, hand, plan;
        ohm_cause cause;
        bool fed;
        int32_t want;
    } rows[] = {
        { "nothing asks", ECO, NOBODY, NOBODY, OHM_CAUSE_NORMAL, true, CONFORT },
        { "shed, by the order that was chosen", FROST, NOBODY, NOBODY, OHM_CAUSE_BREAKER, false,
          FROST },
        { "a person's order that feeds it", ARRET, ECO, NOBODY, OHM_CAUSE_MANUAL, true, ECO },
        { "a person's order that sheds it", ECO, FROST, NOBODY, OHM_CAUSE_MANUAL, false, FROST },
        { "a person warms what the plan had stopped", ECO, ECO, ARRET, OHM_CAUSE_MANUAL, false,
          ECO },
        { "a breaker does not warm what a person stopped", ECO, ARRET, NOBODY, OHM_CAUSE_BREAKER,
          false, ARRET },
        { "nor what the plan did", ECO, NOBODY, FROST, OHM_CAUSE_ECOWATT, false, FROST },
        { "a breaker sheds what a person has at Eco", ARRET, ECO, NOBODY, OHM_CAUSE_BREAKER, false,
          ARRET },
        { "the plan's order", FROST, NOBODY, ECO, OHM_CAUSE_PLAN, true, ECO },
        { "an output that failed", ECO, ARRET, NOBODY, OHM_CAUSE_FAILSAFE, true, CONFORT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_load load = heater(rows[i].shed_order);
        const ohm_mono_ms end = { 1000 };
        ohm_load_state is;
        ohm_control_init(&is);
        if (rows[i].hand != NOBODY)
            ohm_control_override_set(&is, &load, rows[i].hand, end, OHM_NO_MS);
        if (rows[i].plan != NOBODY)
            ohm_control_plan_set(&is, &load, rows[i].plan, end,
                                 (ohm_plan_reason){ .why = OHM_PLAN_WHY_LATER });
        int32_t got = ohm_setting_asked(&load, &is, rows[i].cause, rows[i].fed);
        if (got != rows[i].want)
            fail_msg("%s: %s", rows[i].why, ohm_order_name((ohm_order)got));
        assert_int_equal(ohm_setting_feeds(&load, got), rows[i].fed);
    }
}

/* A rule's order: exactly that while it wins, no warmer than that while a limit sheds. */
static void what_a_rule_asks(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t shed_order, order;
        ohm_cause cause;
        bool fed;
        int32_t want;
    } rows[] = {
        { "it feeds", ARRET, ECO, OHM_CAUSE_RULE, true, ECO },
        { "it sheds", ECO, FROST, OHM_CAUSE_RULE, false, FROST },
        { "a breaker does not warm it", ECO, FROST, OHM_CAUSE_BREAKER, false, FROST },
        { "a breaker sheds what it feeds", FROST, ECO, OHM_CAUSE_BREAKER, false, FROST },
        { "a person wins", FROST, ECO, OHM_CAUSE_MANUAL, true, CONFORT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_load load = heater(rows[i].shed_order);
        ohm_load_state is;
        ohm_control_init(&is);
        is.rule = 0;
        is.rule_exact = true;
        is.rule_setting = rows[i].order;
        is.rule_fed = ohm_setting_feeds(&load, rows[i].order);
        int32_t got = ohm_setting_asked(&load, &is, rows[i].cause, rows[i].fed);
        if (got != rows[i].want)
            fail_msg("%s: %s", rows[i].why, ohm_order_name((ohm_order)got));
    }
}

static void what_a_heater_can_be_told(void **state)
{
    (void)state;
    ohm_load load = heater(ECO);
    assert_true(ohm_setting_ok(&load, ARRET) && !ohm_setting_ok(&load, LESS_1));
    assert_true(!ohm_setting_ok(&load, -1) && !ohm_setting_ok(&load, OHM_ORDERS_COUNT));
    assert_true(ohm_setting_agrees(&load, false, ECO) && !ohm_setting_agrees(&load, true, ECO));
    load.kind = OHM_LOAD_SWITCHED;
    assert_true(ohm_setting_ok(&load, 0) && !ohm_setting_ok(&load, ECO));
    assert_true(ohm_setting_agrees(&load, false, 0) && ohm_setting_agrees(&load, true, 0));

    static const struct {
        const char *why;
        int32_t shed, safe;
        bool failsafe_fed;
        uint8_t orders;
        bool good;
    } rows[] = {
        { "as usual", ECO, CONFORT, true, FOUR, true },
        { "shed at rest", ECO, FROST, false, FOUR, true },
        { "what is left at rest feeds it", ARRET, FROST, true, FOUR, true },
        { "at rest it is not what it says", ECO, FROST, true, FOUR, false },
        { "shed by Confort", CONFORT, CONFORT, false, FOUR, false },
        { "shed by what its relays can't make", FROST, CONFORT, true, 1 << CONFORT | 1 << ECO,
          false },
        { "no Confort", ARRET, ECO, true, FOUR & ~(1 << CONFORT), false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        load = heater(rows[i].shed);
        strcpy(load.id, "salon");
        load.safe_setting = rows[i].safe;
        load.failsafe_fed = rows[i].failsafe_fed;
        load.orders = rows[i].orders;
        if (ohm_failed(ohm_loads_check(&load, 1, 0)) == rows[i].good)
            fail_msg("%s", rows[i].why);
    }
}

/* --- in the house ---------------------------------------------------------------------------- */

static void begin_heater(int32_t shed_order)
{
    begin(2);
    char id[OHM_LOAD_ID_MAX];
    memcpy(id, h.loads[0].id, sizeof id);
    h.loads[0] = heater(shed_order);
    memcpy(h.loads[0].id, id, sizeof id);
    h.loads[1].tier = 2;
}

static void a_breaker_orders_eco_and_gives_back(void **state)
{
    (void)state;
    begin_heater(ECO);
    h.rest_w[0] = 2500; /* 6500 VA */
    live(21 * S);
    assert_int_equal(fed(), 2);
    assert_int_equal(h.control.loads[0].setting, ECO);
    assert_int_equal(h.switchings, 1);
    h.rest_w[0] = 500;
    assert_true(wait_for(3) >= 0);
    assert_int_equal(h.control.loads[0].setting, CONFORT);
}

/* An order by hand that feeds it, or sheds it deeper, moves the output and is no switching. */
static void a_person_orders(void **state)
{
    (void)state;
    begin_heater(FROST);
    live(S);
    const ohm_mono_ms end = ohm_mono_after(h.now.mono, 10 * M);
    ohm_control_override_set(&h.control.loads[0], &h.loads[0], ECO, end, h.now.utc_ms + 10 * M);
    live(S);
    assert_int_equal(h.decisions.count, 1);
    const ohm_decision *d = &h.decisions.items[0];
    assert_true(d->adjusts && !d->switches && d->fed && d->setting == ECO);
    assert_int_equal(d->cause, OHM_CAUSE_MANUAL);
    assert_int_equal(d->expected_w, 0);
    ohm_control_override_set(&h.control.loads[0], &h.loads[0], ARRET, end, h.now.utc_ms + 10 * M);
    live(S);
    d = &h.decisions.items[0];
    assert_true(d->switches && !d->adjusts && !d->fed && d->setting == ARRET);
    ohm_control_override_clear(&h.control.loads[0]);
    assert_true(wait_for(3) >= 0);
    assert_int_equal(h.control.loads[0].setting, CONFORT);
}

/* Its relays say that they are elsewhere: taken as it is, and tried again after a minute. */
static void an_output_that_is_elsewhere(void **state)
{
    (void)state;
    begin_heater(ECO);
    ohm_load_state *is = &h.control.loads[0];
    live(S);
    assert_true(ohm_control_output_at(is, OHM_OUTPUT_FAILED, false, ARRET, &h.now));
    live(S);
    assert_true(!is->fed && is->setting == ARRET);
    live(90 * S);
    assert_true(is->fed && is->setting == CONFORT);
    /* The word of another order proves nothing, its own one does. */
    is->output = OHM_OUTPUT_UNKNOWN;
    assert_false(ohm_control_output_at(is, OHM_OUTPUT_OK, true, LESS_1, &h.now));
    assert_int_equal(is->output, OHM_OUTPUT_UNKNOWN);
    (void)ohm_control_output_at(is, OHM_OUTPUT_OK, true, CONFORT, &h.now);
    assert_int_equal(is->output, OHM_OUTPUT_OK);
}

/* At the end it goes to what its released relays leave, also from an order that feeds it. */
static void the_end_leaves_the_order_at_rest(void **state)
{
    (void)state;
    begin_heater(ARRET);
    ohm_control_override_set(&h.control.loads[0], &h.loads[0], ECO, ohm_mono_after(h.now.mono, H),
                             h.now.utc_ms + H);
    live(S);
    assert_int_equal(h.control.loads[0].setting, ECO);
    h.now.stopping = true;
    ohm_control_let_go(&h.rules, &h.control, &h.now, &h.decisions);
    assert_int_equal(h.decisions.count, 1);
    const ohm_decision *d = &h.decisions.items[0];
    assert_true(d->adjusts && !d->switches && d->fed && d->setting == CONFORT);
    ohm_control_let_go(&h.rules, &h.control, &h.now, &h.decisions);
    assert_int_equal(h.decisions.count, 0);
}

/* Chargers are named by round kilowatts: theirs are the amperes above. */
static void in_amperes(void **state)
{
    (void)state;
    static const struct {
        int32_t nominal_w, min_w, w_per_a;
        int64_t least, most; /* tenths of an ampere */
    } rows[] = { { 7360, 1380, 230, 60, 320 },
                 { 11000, 4140, 690, 60, 160 },
                 { 22000, 4140, 690, 60, 320 },
                 { 3700, 1500, 230, 66, 170 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_load load = { .kind = OHM_LOAD_MODULATED,
                                .nominal_w = rows[i].nominal_w,
                                .min_w = rows[i].min_w,
                                .step_w = rows[i].w_per_a,
                                .w_per_a = rows[i].w_per_a };
        int64_t least, most;
        ohm_setting_amperes(&load, &least, &most);
        assert_int_equal(least, rows[i].least);
        assert_int_equal(most, rows[i].most);
        assert_true(ohm_setting_ok(&load, ohm_setting_snap(&load, most * rows[i].w_per_a / 10)));
        assert_true(ohm_setting_ok(&load, ohm_setting_snap(&load, least * rows[i].w_per_a / 10)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_a_wave),
        cmocka_unit_test(the_way_between_two_orders),
        cmocka_unit_test(orders_have_names),
        cmocka_unit_test(what_a_cause_means),
        cmocka_unit_test(what_a_rule_asks),
        cmocka_unit_test(what_a_heater_can_be_told),
        cmocka_unit_test(a_breaker_orders_eco_and_gives_back),
        cmocka_unit_test(a_person_orders),
        cmocka_unit_test(an_output_that_is_elsewhere),
        cmocka_unit_test(the_end_leaves_the_order_at_rest),
        cmocka_unit_test(in_amperes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
