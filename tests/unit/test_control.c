#include "control/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { S = OHM_SECOND_MS, M = OHM_MINUTE_MS, H = OHM_HOUR_MS };

#define UTC  INT64_C(1795348800000) /* 2026-11-22T12:00:00Z, when mono is NOON */
#define NOON 1000000000

static ohm_load heater(void)
{
    return (ohm_load){
        .id = "water_heater",
        .name = "Chauffe-eau",
        .tier = 1,
        .nominal_w = 2400,
        .on_min_ms = 5 * M,
        .off_min_ms = 10 * M,
        .failsafe_fed = true,
    };
}

/* A little world: up to four loads, a level, two clocks. */
typedef struct world {
    ohm_load loads[4];
    ohm_control_rules rules;
    ohm_control control;
    ohm_control_now now;
    ohm_decisions decisions;
} world;

static void set_level(world *w, int level, int64_t for_ms)
{
    w->now.level = level;
    for (int k = 0; k <= OHM_LEVEL_MAX; k++)
        w->now.until_ms[k] = k <= level ? w->now.utc_ms + for_ms : OHM_NO_MS;
}

/* Everything fed and settled for an hour, level 1. */
static world *a_world(uint16_t count)
{
    static world w;
    memset(&w, 0, sizeof w);
    w.now = (ohm_control_now){ .mono = { NOON }, .utc_ms = UTC, .calendar = true };
    for (uint16_t i = 0; i < count; i++) {
        w.loads[i] = heater();
        (void)snprintf(w.loads[i].id, sizeof w.loads[i].id, "load_%d", i);
        ohm_control_init(&w.control.loads[i]);
        ohm_control_boot(&w.control.loads[i], true, H, &w.now);
    }
    w.rules = (ohm_control_rules){
        .loads = w.loads, .count = count, .ecowatt_threshold = 2, .restore_gap_ms = 10 * S
    };
    set_level(&w, 1, H);
    return &w;
}

static void step(world *w)
{
    ohm_control_step(&w->rules, &w->control, &w->now, &w->decisions);
}

static void pass(world *w, int64_t ms)
{
    w->now.mono.v += ms;
    w->now.utc_ms += ms;
}

/* --- holds: one row a way of being held, or not -------------------------------------------- */

typedef struct hold_case {
    const char *why;
    bool fed;       /* before */
    int64_t for_ms; /* it has been so for this long */
    int level;
    int by_hand; /* 0 no override, 1 fed, -1 shed */
    bool starting, stopping, failed, resting, clock_lost;
    bool want_fed;
    ohm_cause cause;
    ohm_hold hold;
    int64_t until_ms; /* from now; -1 = not known */
} hold_case;

static const hold_case holds[] = {
    { "nothing asks, nothing happens", true, H, 1, 0, 0, 0, 0, 0, 0, true, OHM_CAUSE_NORMAL,
      OHM_HOLD_NONE, -1 },
    { "level 0 is no reason to shed", true, H, 0, 0, 0, 0, 0, 0, 0, true, OHM_CAUSE_NORMAL,
      OHM_HOLD_NONE, -1 },
    { "no level is no reason to shed", true, H, -1, 0, 0, 0, 0, 0, 0, true, OHM_CAUSE_NORMAL,
      OHM_HOLD_NONE, -1 },
    { "orange sheds", true, H, 2, 0, 0, 0, 0, 0, 0, false, OHM_CAUSE_ECOWATT, OHM_HOLD_NONE, H },
    { "red sheds", true, H, 3, 0, 0, 0, 0, 0, 0, false, OHM_CAUSE_ECOWATT, OHM_HOLD_NONE, H },
    { "orange, switched on just now", true, 0, 2, 0, 0, 0, 0, 0, 0, true, OHM_CAUSE_ECOWATT,
      OHM_HOLD_ON_MIN, 5 * M },
    { "orange, one ms before the minimum on time", true, 5 * M - 1, 2, 0, 0, 0, 0, 0, 0, true,
      OHM_CAUSE_ECOWATT, OHM_HOLD_ON_MIN, 1 },
    { "orange, at the minimum on time", true, 5 * M, 2, 0, 0, 0, 0, 0, 0, false, OHM_CAUSE_ECOWATT,
      OHM_HOLD_NONE, H },
    { "over, switched off just now", false, 0, 1, 0, 0, 0, 0, 0, 0, false, OHM_CAUSE_NORMAL,
      OHM_HOLD_OFF_MIN, 10 * M },
    { "over, one ms before the minimum off time", false, 10 * M - 1, 1, 0, 0, 0, 0, 0, 0, false,
      OHM_CAUSE_NORMAL, OHM_HOLD_OFF_MIN, 1 },
    { "over, at the minimum off time", false, 10 * M, 1, 0, 0, 0, 0, 0, 0, true, OHM_CAUSE_NORMAL,
      OHM_HOLD_NONE, -1 },
    { "a person feeds it through orange", true, H, 2, 1, 0, 0, 0, 0, 0, true, OHM_CAUSE_MANUAL,
      OHM_HOLD_NONE, 2 * H },
    { "a person sheds it on a green day", true, H, 1, -1, 0, 0, 0, 0, 0, false, OHM_CAUSE_MANUAL,
      OHM_HOLD_NONE, 2 * H },
    { "a person can't shorten the minimum on time", true, M, 1, -1, 0, 0, 0, 0, 0, true,
      OHM_CAUSE_MANUAL, OHM_HOLD_ON_MIN, 4 * M },
    { "a person can't shorten the minimum off time", false, M, 2, 1, 0, 0, 0, 0, 0, false,
      OHM_CAUSE_MANUAL, OHM_HOLD_OFF_MIN, 9 * M },
    { "starting: nothing is switched off", true, H, 2, 0, 1, 0, 0, 0, 0, true, OHM_CAUSE_ECOWATT,
      OHM_HOLD_START, M },
    { "starting: nothing is switched on", false, H, 1, 0, 1, 0, 0, 0, 0, false, OHM_CAUSE_NORMAL,
      OHM_HOLD_START, M },
    { "starting: a person waits too", true, H, 1, -1, 1, 0, 0, 0, 0, true, OHM_CAUSE_MANUAL,
      OHM_HOLD_START, M },
    { "stopping: the fail-safe state, in red too", false, H, 3, 0, 0, 1, 0, 0, 0, true,
      OHM_CAUSE_FAILSAFE, OHM_HOLD_NONE, -1 },
    { "stopping: against a person", false, H, 3, -1, 0, 1, 0, 0, 0, true, OHM_CAUSE_FAILSAFE,
      OHM_HOLD_NONE, -1 },
    { "stopping while starting", false, H, 3, 0, 1, 1, 0, 0, 0, true, OHM_CAUSE_FAILSAFE,
      OHM_HOLD_NONE, -1 },
    { "stopping: the minimum off time is hard", false, M, 1, 0, 0, 1, 0, 0, 0, false,
      OHM_CAUSE_FAILSAFE, OHM_HOLD_OFF_MIN, 9 * M },
    { "output failed while fed: it stays", true, H, 3, 0, 0, 0, 1, 0, 0, true, OHM_CAUSE_FAILSAFE,
      OHM_HOLD_NONE, -1 },
    { "output failed while shed: the next attempt in a minute", false, H, 3, 0, 0, 0, 1, 0, 0,
      false, OHM_CAUSE_FAILSAFE, OHM_HOLD_OUTPUT, M },
    { "resting after the longest shed", true, H, 2, 0, 0, 0, 0, 1, 0, true, OHM_CAUSE_ECOWATT,
      OHM_HOLD_SHED_MAX, 30 * M },
    { "resting is no reason on a green day", true, H, 1, 0, 0, 0, 0, 1, 0, true, OHM_CAUSE_NORMAL,
      OHM_HOLD_NONE, -1 },
    { "a person may shed while it rests", true, H, 2, -1, 0, 0, 0, 1, 0, false, OHM_CAUSE_MANUAL,
      OHM_HOLD_NONE, 2 * H },
    { "clock lost: no new shed", true, H, 3, 0, 0, 0, 0, 0, 1, true, OHM_CAUSE_NORMAL,
      OHM_HOLD_NONE, -1 },
    { "clock lost: a person is heard, until the time asked for", true, H, 1, -1, 0, 0, 0, 0, 1,
      false, OHM_CAUSE_MANUAL, OHM_HOLD_NONE, 2 * H },
    { "clock lost: a hold has no end on the calendar", false, 0, 1, 0, 0, 0, 0, 0, 1, false,
      OHM_CAUSE_NORMAL, OHM_HOLD_OFF_MIN, -1 },
};

static void try_hold(const hold_case *c)
{
    world *w = a_world(1);
    ohm_load_state *state = &w->control.loads[0];
    ohm_control_boot(state, c->fed, c->for_ms, &w->now);
    set_level(w, c->level, H);
    w->now.starting = c->starting;
    w->now.start_end_mono = ohm_mono_after(w->now.mono, M);
    w->now.stopping = c->stopping;
    if (c->by_hand)
        ohm_control_override(state, c->by_hand > 0, ohm_mono_after(w->now.mono, 2 * H),
                             w->now.utc_ms + 2 * H);
    if (c->failed)
        (void)ohm_control_output(state, OHM_OUTPUT_FAILED, c->fed, &w->now);
    if (c->resting) {
        state->resting = true;
        state->rest_end_mono = ohm_mono_after(w->now.mono, 30 * M);
    }
    w->now.calendar = !c->clock_lost;
    step(w);
    ohm_ms until_ms = c->until_ms < 0 ? OHM_NO_MS : w->now.utc_ms + c->until_ms;
    if (state->fed != c->want_fed || state->cause != c->cause || state->hold != c->hold ||
        state->until_ms != until_ms)
        fail_msg("%s: fed %d cause %s held by %s until %lld", c->why, state->fed,
                 ohm_cause_name(state->cause),
                 ohm_hold_name(state->hold) ? ohm_hold_name(state->hold) : "nothing",
                 (long long)(state->until_ms - w->now.utc_ms));

    /* The decision says the same as the state, and what it is expected to change. */
    assert_int_equal(w->decisions.count, 1);
    const ohm_decision *d = &w->decisions.items[0];
    bool moved = c->fed != c->want_fed;
    assert_int_equal(d->fed, state->fed);
    assert_int_equal(d->switches, moved);
    assert_int_equal(d->expected_w, !moved ? 0 : c->want_fed ? 2400 : -2400);
    assert_int_equal(d->cause, state->cause);
    assert_int_equal(d->hold, state->hold);
    assert_true(d->until_ms == until_ms);
    assert_int_equal(d->level, c->cause == OHM_CAUSE_ECOWATT ? c->level : OHM_LEVEL_NONE);
}

static void every_hold_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof holds / sizeof *holds; i++)
        try_hold(&holds[i]);
}

/* --- thresholds --------------------------------------------------------------------------- */

static void thresholds_decide_who_is_shed(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int32_t site, own;
        bool never;
        int level;
        bool fed;
    } rows[] = {
        { "the site's threshold", 2, 0, false, 2, false },
        { "the site's threshold, red only", 3, 0, false, 2, true },
        { "its own, red only", 2, 3, false, 2, true },
        { "its own, red only, in red", 2, 3, false, 3, false },
        { "its own before the site's", 3, 2, false, 2, false },
        { "not concerned", 2, OHM_LEVEL_NEVER, false, 3, true },
        { "never shed", 2, 2, true, 3, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world *w = a_world(1);
        w->rules.ecowatt_threshold = rows[i].site;
        w->loads[0].ecowatt_threshold = rows[i].own;
        w->loads[0].never_shed = rows[i].never;
        set_level(w, rows[i].level, H);
        step(w);
        if (w->control.loads[0].fed != rows[i].fed)
            fail_msg("%s: fed %d", rows[i].why, w->control.loads[0].fed);
    }
}

/* --- stories ------------------------------------------------------------------------------ */

static void only_what_changes_is_said(void **state)
{
    (void)state;
    world *w = a_world(2);
    step(w); /* where each is at start */
    assert_int_equal(w->decisions.count, 2);
    pass(w, S);
    step(w);
    assert_int_equal(w->decisions.count, 0);
    set_level(w, 2, H);
    step(w);
    assert_int_equal(w->decisions.count, 2);
    pass(w, S);
    w->now.until_ms[2] += 1000; /* the same end, told by two clocks */
    step(w);
    assert_int_equal(w->decisions.count, 0);
    set_level(w, 3, H); /* worse: the reason is another, the output is not */
    step(w);
    assert_int_equal(w->decisions.count, 2);
    assert_false(w->decisions.items[0].switches);
    assert_int_equal(w->decisions.items[0].level, 3);
    w->now.until_ms[2] += H; /* longer */
    w->now.until_ms[3] += H;
    step(w);
    assert_int_equal(w->decisions.count, 2);
}

static void loads_come_back_one_by_one(void **state)
{
    (void)state;
    world *w = a_world(4);
    w->loads[0].tier = 1;
    w->loads[1].tier = 3;
    w->loads[2].tier = 2;
    w->loads[3].tier = 3;
    set_level(w, 2, 20 * M);
    step(w);
    assert_int_equal(w->decisions.count, 4);
    pass(w, 20 * M);
    set_level(w, 1, H);

    static const uint16_t order[] = { 1, 3, 2, 0 }; /* what is shed last comes back first */
    for (int second = 0; second < 40; second++) {
        step(w);
        int switched = 0;
        for (uint16_t i = 0; i < w->decisions.count; i++)
            switched += w->decisions.items[i].switches;
        assert_int_equal(switched, second % 10 == 0);
        assert_true(w->control.loads[order[second / 10]].fed);
        for (int later = second / 10 + 1; later < 4; later++) {
            const ohm_load_state *waiting = &w->control.loads[order[later]];
            assert_false(waiting->fed);
            assert_int_equal(waiting->hold, OHM_HOLD_STAGGER);
            ohm_ms back_ms = w->now.utc_ms - second * S + 30 * S;
            assert_true(waiting->until_ms == back_ms);
        }
        pass(w, S);
    }
}

static void a_person_goes_before_the_rest(void **state)
{
    (void)state;
    world *w = a_world(3);
    set_level(w, 2, 20 * M);
    step(w);
    pass(w, 20 * M);
    set_level(w, 1, H);
    w->loads[0].tier = 9;
    ohm_control_override(&w->control.loads[2], true, ohm_mono_after(w->now.mono, H),
                         w->now.utc_ms + H);
    step(w);
    assert_true(w->control.loads[2].fed);
    assert_false(w->control.loads[0].fed);
}

static void the_longest_shed_ends_in_time(void **state)
{
    (void)state;
    world *w = a_world(4);
    for (int i = 0; i < 4; i++) {
        w->loads[i].shed_max_ms = 2 * H;
        w->loads[i].rest_min_ms = H;
    }
    assert_int_equal(ohm_loads_check(w->loads, 4, 10 * S).code, OHM_OK);
    set_level(w, 3, 24 * H);
    step(w);
    assert_true(w->control.loads[0].until_ms == w->now.utc_ms + 2 * H);

    int64_t shed_ms[4] = { 0 }, last_on_ms = -H;
    for (int64_t t = 0; t < 3 * H - M; t += S) {
        bool before[4];
        for (int i = 0; i < 4; i++)
            before[i] = w->control.loads[i].fed;
        step(w);
        for (int i = 0; i < 4; i++) {
            const ohm_load_state *load = &w->control.loads[i];
            shed_ms[i] += load->fed ? 0 : S;
            if (before[i] || !load->fed)
                continue;
            assert_true(t - last_on_ms >= 10 * S); /* one by one all the same */
            last_on_ms = t;
            assert_int_equal(load->hold, OHM_HOLD_SHED_MAX);
            assert_int_equal(load->cause, OHM_CAUSE_ECOWATT);
            assert_true(load->until_ms == w->now.utc_ms + H); /* the rest */
        }
        pass(w, S);
    }
    for (int i = 0; i < 4; i++) {
        assert_true(shed_ms[i] <= 2 * H);
        assert_true(shed_ms[i] >= 2 * H - 60 * S);
        assert_true(w->control.loads[i].fed);
    }
    for (int64_t t = 0; t < 2 * M; t += S, pass(w, S))
        step(w);
    for (int i = 0; i < 4; i++) /* the rest is over, the grid still asks */
        assert_false(w->control.loads[i].fed);
}

static void the_nearest_end_comes_back_first(void **state)
{
    (void)state;
    world *w = a_world(2);
    w->loads[0].shed_max_ms = H + 5 * S;
    w->loads[1].shed_max_ms = H;
    w->loads[0].rest_min_ms = w->loads[1].rest_min_ms = H;
    w->loads[0].tier = 9; /* which would come first otherwise */
    set_level(w, 2, 24 * H);
    step(w);
    pass(w, H - 20 * S);
    step(w);
    assert_false(w->control.loads[0].fed);
    assert_true(w->control.loads[1].fed);
}

static void a_shed_by_hand_does_not_restart_the_longest(void **state)
{
    (void)state;
    world *w = a_world(1);
    w->loads[0].shed_max_ms = H;
    w->loads[0].rest_min_ms = H;
    ohm_load_state *load = &w->control.loads[0];
    set_level(w, 2, 24 * H);
    step(w);
    pass(w, 30 * M);
    ohm_control_override(load, false, ohm_mono_after(w->now.mono, H), w->now.utc_ms + H);
    step(w);
    assert_int_equal(load->cause, OHM_CAUSE_MANUAL);
    pass(w, 59 * M); /* off for 89 minutes: a person may */
    step(w);
    assert_false(load->fed);
    pass(w, M);
    assert_true(ohm_control_override_expire(load, w->now.mono));
    step(w); /* the grid may not */
    assert_true(load->fed);
    assert_int_equal(load->hold, OHM_HOLD_SHED_MAX);
}

static void a_longest_shed_ends_while_starting(void **state)
{
    (void)state;
    world *w = a_world(1);
    w->loads[0].shed_max_ms = H;
    w->loads[0].rest_min_ms = H;
    set_level(w, 2, 24 * H);
    step(w);
    pass(w, H - 20 * S);
    w->now.starting = true;
    w->now.start_end_mono = ohm_mono_after(w->now.mono, M);
    step(w);
    assert_true(w->control.loads[0].fed);
}

static void a_load_found_fed_has_no_longest_shed_to_end(void **state)
{
    (void)state;
    world *w = a_world(1);
    ohm_load_state *load = &w->control.loads[0];
    w->loads[0].shed_max_ms = H;
    w->loads[0].rest_min_ms = H;
    set_level(w, 2, 24 * H);
    step(w);
    pass(w, H);
    load->exhausted = true; /* as a snapshot taken just before may say */
    ohm_control_boot(load, true, H, &w->now);
    ohm_control_override(load, false, ohm_mono_after(w->now.mono, H), w->now.utc_ms + H);
    w->now.starting = true;
    w->now.start_end_mono = ohm_mono_after(w->now.mono, M);
    step(w);
    assert_true(load->fed);
    assert_int_equal(load->hold, OHM_HOLD_START);
    assert_false(load->resting);
}

/* Without a clock a shed under way ends when it was to end. */
static void a_lost_clock_ends_no_shed_late(void **state)
{
    (void)state;
    world *w = a_world(1);
    ohm_load_state *load = &w->control.loads[0];
    set_level(w, 2, 30 * M);
    step(w);
    pass(w, 15 * M);
    w->now.calendar = false;
    w->now.utc_ms = 0;
    w->now.level = OHM_LEVEL_NONE;
    step(w);
    assert_false(load->fed);
    assert_int_equal(load->cause, OHM_CAUSE_ECOWATT);
    assert_int_equal(load->level, 2);
    assert_true(load->until_ms == OHM_NO_MS);
    w->now.mono.v += 15 * M - 1;
    step(w);
    assert_false(load->fed);
    w->now.mono.v += 1;
    step(w);
    assert_true(load->fed);
    assert_true(load->since_ms == OHM_NO_MS);
}

/* --- outputs ------------------------------------------------------------------------------ */

static void a_failed_output_is_tried_again_later_and_later(void **state)
{
    (void)state;
    world *w = a_world(1);
    w->loads[0].on_min_ms = 0;
    w->loads[0].off_min_ms = 0;
    ohm_load_state *load = &w->control.loads[0];
    set_level(w, 2, 24 * H);
    int64_t wait_ms = M;
    for (int attempt = 0; attempt < 9; attempt++) {
        step(w); /* orange: it should go off */
        assert_false(load->fed);
        bool told = ohm_control_output(load, OHM_OUTPUT_FAILED, true, &w->now);
        assert_int_equal(told, attempt == 0);
        step(w); /* it is where the output says, and for that reason */
        assert_int_equal(w->decisions.count, 1);
        assert_true(w->decisions.items[0].fed);
        assert_false(w->decisions.items[0].switches);
        assert_int_equal(load->cause, OHM_CAUSE_FAILSAFE);
        pass(w, wait_ms - 1);
        assert_false(ohm_control_output(load, OHM_OUTPUT_FAILED, true, &w->now)); /* known */
        step(w);
        assert_true(load->fed);
        pass(w, 1);
        wait_ms = wait_ms < 64 * M ? 2 * wait_ms : wait_ms;
    }
    step(w);
    assert_false(load->fed);
    assert_true(ohm_control_output(load, OHM_OUTPUT_OK, false, &w->now));
    assert_int_equal(load->output, OHM_OUTPUT_OK);
    assert_int_equal(load->output_failures, 0);
}

static void reports_mean_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_output_state before, report;
        bool fed; /* the load is fed */
        ohm_output_state after;
        bool told;
    } rows[] = {
        { "confirmed", OHM_OUTPUT_UNKNOWN, OHM_OUTPUT_OK, true, OHM_OUTPUT_OK, false },
        { "an older order confirmed proves nothing", OHM_OUTPUT_OK, OHM_OUTPUT_OK, false,
          OHM_OUTPUT_UNKNOWN, false },
        { "not known any more", OHM_OUTPUT_OK, OHM_OUTPUT_UNKNOWN, true, OHM_OUTPUT_UNKNOWN,
          false },
        { "failed", OHM_OUTPUT_OK, OHM_OUTPUT_FAILED, true, OHM_OUTPUT_FAILED, true },
        { "still failed", OHM_OUTPUT_FAILED, OHM_OUTPUT_FAILED, true, OHM_OUTPUT_FAILED, false },
        { "unknown does not cure", OHM_OUTPUT_FAILED, OHM_OUTPUT_UNKNOWN, true, OHM_OUTPUT_FAILED,
          false },
        { "nor does an older order", OHM_OUTPUT_FAILED, OHM_OUTPUT_OK, false, OHM_OUTPUT_FAILED,
          false },
        { "back", OHM_OUTPUT_FAILED, OHM_OUTPUT_OK, true, OHM_OUTPUT_OK, true },
    };
    _Static_assert(sizeof rows / sizeof *rows == 8, "all that it can say");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world *w = a_world(1);
        ohm_load_state *load = &w->control.loads[0];
        load->output = rows[i].before;
        load->failed_fed = true; /* it was told to be fed */
        bool told = ohm_control_output(load, rows[i].report, rows[i].fed, &w->now);
        if (told != rows[i].told || load->output != rows[i].after)
            fail_msg("%s: %s, told %d", rows[i].why, ohm_output_name(load->output), told);
    }
}

static void a_new_boot_counts_from_elsewhere(void **state)
{
    (void)state;
    world *w = a_world(1);
    w->loads[0].shed_max_ms = 2 * H;
    w->loads[0].rest_min_ms = H;
    set_level(w, 2, 24 * H);
    step(w);
    ohm_control_override(&w->control.loads[0], false, ohm_mono_after(w->now.mono, H), UTC + H);
    w->control.loads[0].rest_end_mono = ohm_mono_after(w->now.mono, 2 * H);
    const ohm_control before = w->control;
    ohm_control_rebase(&w->control, 1, -NOON + 5);
    const ohm_load_state *a = &before.loads[0], *b = &w->control.loads[0];
    assert_true(b->changed_mono.v == a->changed_mono.v - NOON + 5);
    assert_true(b->override_end_mono.v == H + 5);
    assert_true(b->shed_start_mono.v == 5);
    assert_true(b->shed_end_mono.v == 24 * (int64_t)H + 5);
    assert_true(b->rest_end_mono.v == 2 * H + 5);
    assert_true(b->override_end_ms == a->override_end_ms);
}

static void everything_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < OHM_CAUSES_COUNT; i++)
        assert_non_null(ohm_cause_name((ohm_cause)i));
    assert_null(ohm_hold_name(OHM_HOLD_NONE));
    for (int i = OHM_HOLD_NONE + 1; i < OHM_HOLDS_COUNT; i++)
        assert_non_null(ohm_hold_name((ohm_hold)i));
    for (int i = 0; i < OHM_OUTPUTS_COUNT; i++)
        assert_non_null(ohm_output_name((ohm_output_state)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_hold_holds),
        cmocka_unit_test(thresholds_decide_who_is_shed),
        cmocka_unit_test(only_what_changes_is_said),
        cmocka_unit_test(loads_come_back_one_by_one),
        cmocka_unit_test(a_person_goes_before_the_rest),
        cmocka_unit_test(the_longest_shed_ends_in_time),
        cmocka_unit_test(the_nearest_end_comes_back_first),
        cmocka_unit_test(a_shed_by_hand_does_not_restart_the_longest),
        cmocka_unit_test(a_longest_shed_ends_while_starting),
        cmocka_unit_test(a_load_found_fed_has_no_longest_shed_to_end),
        cmocka_unit_test(a_lost_clock_ends_no_shed_late),
        cmocka_unit_test(a_failed_output_is_tried_again_later_and_later),
        cmocka_unit_test(reports_mean_what_they_say),
        cmocka_unit_test(a_new_boot_counts_from_elsewhere),
        cmocka_unit_test(everything_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
