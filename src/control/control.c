#include "control/control.h"

#include "control/arbiter.h"
#include "control/interlock.h"
#include "control/invariant.h"
#include "control/setting.h"
#include "control/shed.h"
#include "control/step.h"

enum {
    UNTIL_SLACK_MS = 2000, /* an end that moves by less is the same end, told by two clocks */
};

/* The facts of limits, by their force. */
static const unsigned force_facts[OHM_FORCES_COUNT] = {
    [OHM_FORCE_CAP] = OHM_FACT_CAP,
    [OHM_FORCE_GRID] = OHM_FACT_GRID,
    [OHM_FORCE_SAFETY] = OHM_FACT_BREAKER,
};

static const ohm_pressure no_pressure = { .limit = OHM_LIMIT_NONE };

typedef ohm_step_plan plan;
typedef ohm_step step;

/* --- what is asked ------------------------------------------------------------------------ */

/* Whether the grid asks for a shed. Without a calendar a shed under way goes on until the end
 * that was known when it was, and no new one starts. */
static bool limited(const step *s, uint16_t i)
{
    const ohm_load_state *state = &s->control->loads[i];
    if (s->now->calendar) /* no threshold is below OHM_LEVEL_SHED_MIN */
        return s->now->level >= OHM_LEVEL_SHED_MIN && !s->rules->loads[i].never_shed &&
               s->now->level >= ohm_step_threshold(s, i);
    if (s->rules->loads[i].never_shed)
        return false;
    return state->shedding && ohm_mono_since(state->shed_end_mono, s->now->mono) > 0;
}

/* The limit of power that asks for a shed, or has no room for the load. */
static unsigned pressing(const ohm_load_state *state)
{
    return force_facts[state->force];
}

static unsigned ruled(const ohm_load_state *state)
{
    if (state->rule == OHM_RULE_NONE)
        return 0;
    return state->rule_fed ? OHM_FACT_RULE_FED : OHM_FACT_RULE_SHED;
}

static ohm_asked asked_of(const step *s, uint16_t i)
{
    const ohm_load_state *state = &s->control->loads[i];
    return (ohm_asked){ s->rules->loads[i].failsafe_fed, state->override_fed, state->plan_fed };
}

static unsigned facts_of(const step *s, uint16_t i)
{
    const ohm_load_state *state = &s->control->loads[i];
    return (s->now->stopping ? OHM_FACT_STOPPING : 0U) |
           (ohm_step_output_failed(state, s->now->mono) ? OHM_FACT_OUTPUT_FAILED : 0U) |
           (state->overridden ? OHM_FACT_OVERRIDDEN : 0U) |
           (limited(s, i) ? OHM_FACT_LIMITED : 0U) | (state->planned ? OHM_FACT_PLANNED : 0U) |
           ruled(state) | ohm_fact_of_warmth(state->warmth) |
           (s->rules->loads[i].gives_w > 0 ? OHM_FACT_OWN : 0U);
}

/* --- what holds --------------------------------------------------------------------------- */

/* What keeps a load from being switched; STAGGER for every load that could come on: one of them
 * is then let through. */
static ohm_hold hold_of(const step *s, uint16_t i)
{
    const ohm_load *load = &s->rules->loads[i];
    const ohm_load_state *state = &s->control->loads[i];
    const plan *p = &s->plans[i];
    if (p->fed == state->fed)
        return p->spared;
    bool promised = state->exhausted && p->fed; /* its longest shed brings it back all the same */
    bool presses = p->cause == OHM_CAUSE_BREAKER && !p->fed;
    if (s->now->starting && !s->now->stopping && !promised && !presses)
        return OHM_HOLD_START;
    if (ohm_step_output_failed(state, s->now->mono))
        return OHM_HOLD_OUTPUT;
    if (state->fed)
        return state->rush || ohm_step_lasted(state, ohm_load_least_ms(load, true), s->now->mono)
                   ? OHM_HOLD_NONE
                   : OHM_HOLD_ON_MIN;
    if (!ohm_step_has_been_off(load, state, s->now->mono))
        return OHM_HOLD_OFF_MIN;
    /* What another one gives up is room once the meter shows it, and not before. */
    return state->borrows || ohm_interlock_other_is_fed(s, i, false) ? OHM_HOLD_INTERLOCK
                                                                     : OHM_HOLD_STAGGER;
}

/* What forbids the shed that a signal asks for. */
static ohm_hold spared_by(const ohm_load_state *state, ohm_cause cause)
{
    if (cause != OHM_CAUSE_ECOWATT)
        return OHM_HOLD_NONE;
    if (state->exhausted || state->resting)
        return OHM_HOLD_SHED_MAX;
    if (state->chilly)
        return OHM_HOLD_COMFORT;
    return state->spent ? OHM_HOLD_BUDGET : OHM_HOLD_NONE;
}

/* Never two of an interlock: all but one give way. */
static void settle_interlock(step *s, uint16_t i)
{
    const ohm_load_state *state = &s->control->loads[i];
    plan *p = &s->plans[i];
    if (!p->fed || !ohm_interlock_yields(s, i))
        return;
    ohm_wish wish =
        ohm_arbitrate(facts_of(s, i) | pressing(state) | OHM_FACT_INTERLOCK, asked_of(s, i));
    p->cause = p->asks = wish.cause;
    p->fed = wish.fed;
    p->spared = OHM_HOLD_NONE;
}

/* True if the load could come on. */
static bool set_hold(step *s, uint16_t i)
{
    s->plans[i].hold = hold_of(s, i);
    return s->plans[i].hold == OHM_HOLD_STAGGER;
}

/* What wins. A load that a signal must not shed is as it would be without the signal: a room that
 * is warm, or what a rule keeps off, is not fed for having been spared. */
static void make_wish(step *s, uint16_t i)
{
    const ohm_load_state *state = &s->control->loads[i];
    const ohm_asked asked = asked_of(s, i);
    plan *p = &s->plans[i];
    unsigned facts = facts_of(s, i);
    ohm_wish wish = ohm_arbitrate(facts, asked);
    ohm_cause signal = wish.cause;
    p->spared = spared_by(state, signal);
    if (p->spared != OHM_HOLD_NONE) {
        facts &= ~(unsigned)OHM_FACT_LIMITED;
        wish = ohm_arbitrate(facts, asked);
    }
    /* It would be fed: a limit may have no room for it. And what breaks a minimum time is the
     * breaker's doing, whatever else asks for the same. */
    if ((wish.fed || state->rush) && pressing(state))
        wish = ohm_arbitrate(facts | pressing(state), asked);
    p->asks = wish.cause;
    p->fed = wish.fed;
    if (!wish.fed)
        p->spared = OHM_HOLD_NONE;
    p->cause = p->spared != OHM_HOLD_NONE ? signal : wish.cause;
}

/* Returns how many loads could come on. */
static uint16_t make_plans(step *s)
{
    uint16_t waiting = 0;
    bool interlocked = false;
    for (uint16_t i = 0; i < s->rules->count; i++) {
        make_wish(s, i);
        if (s->rules->loads[i].interlock > 0)
            interlocked = true; /* it depends on the plans of others */
        else
            waiting = (uint16_t)(waiting + set_hold(s, i));
    }
    for (uint16_t i = 0; i < s->rules->count && interlocked; i++)
        if (s->rules->loads[i].interlock > 0)
            settle_interlock(s, i);
    for (uint16_t i = 0; i < s->rules->count && interlocked; i++)
        if (s->rules->loads[i].interlock > 0)
            waiting = (uint16_t)(waiting + set_hold(s, i));
    return waiting;
}

/* Who comes on first: a promised end (longest shed), a person, the rest. */
static int urgency(const step *s, uint16_t i)
{
    const ohm_load_state *state = &s->control->loads[i];
    if (state->exhausted || ohm_shed_is_due(&s->rules->loads[i], state, s->now->mono))
        return 2;
    return s->plans[i].cause == OHM_CAUSE_MANUAL;
}

/* Of two loads that could come on: does `a` go first? Then the nearer end, then the load that is
 * shed last, then the order of the configuration. */
static bool goes_first(const step *s, uint16_t a, uint16_t b)
{
    const ohm_load *load_a = &s->rules->loads[a], *load_b = &s->rules->loads[b];
    int urgency_a = urgency(s, a), urgency_b = urgency(s, b);
    if (urgency_a != urgency_b)
        return urgency_a > urgency_b;
    if (s->control->loads[a].exhausted && s->control->loads[b].exhausted) {
        int64_t end_a = s->control->loads[a].shed_start_mono.v + load_a->shed_max_ms;
        int64_t end_b = s->control->loads[b].shed_start_mono.v + load_b->shed_max_ms;
        if (end_a != end_b)
            return end_a < end_b;
    }
    if (load_a->tier != load_b->tier)
        return load_a->tier > load_b->tier;
    return a < b;
}

/* Lets one load come on, if the last one is a gap ago; true if it did. */
static bool let_one_through(step *s)
{
    const ohm_control *control = s->control;
    uint16_t first = s->rules->count;
    for (uint16_t i = 0; i < s->rules->count; i++)
        if (s->plans[i].hold == OHM_HOLD_STAGGER &&
            (first == s->rules->count || goes_first(s, i, first)))
            first = i;
    if (first == s->rules->count)
        return false;
    int64_t gap_ms = s->rules->restore_gap_ms + control->gap_extra_ms;
    if (control->cold && urgency(s, first) < 2 && !s->now->stopping)
        gap_ms *= OHM_SHED_COLD_GAP;
    if (control->has_restored && ohm_mono_since(s->now->mono, control->restored_mono) < gap_ms)
        return false;
    s->plans[first].hold = s->plans[first].spared;
    return true;
}

static bool same_end(ohm_ms a, ohm_ms b)
{
    if (a == OHM_NO_MS || b == OHM_NO_MS)
        return a == b;
    return a - b <= UNTIL_SLACK_MS && b - a <= UNTIL_SLACK_MS;
}

/* --- what follows ------------------------------------------------------------------------- */

static void switch_to(const step *s, uint16_t i, bool fed)
{
    ohm_load_state *state = &s->control->loads[i];
    OHM_INVARIANT("never_shed is never shed", fed || !s->rules->loads[i].never_shed);
    state->fed = fed;
    if (!fed && s->rules->loads[i].interlock > 0 && state->output == OHM_OUTPUT_OK)
        state->output = OHM_OUTPUT_UNKNOWN; /* its relay's word is what the other one waits for */
    state->has_changed = true;
    state->changed_mono = s->now->mono;
    state->since_ms = s->now->calendar ? s->now->utc_ms : OHM_NO_MS;
    state->switchings++;
    ohm_shed_switched(s->rules, s->control, i, s->now->mono);
    if (fed) {
        s->control->has_restored = true;
        s->control->restored_mono = s->now->mono;
        s->control->gap_extra_ms = ohm_control_draw_extra(s->rules, s->control);
    }
}

static void move(const step *s, uint16_t i)
{
    const ohm_load *load = &s->rules->loads[i];
    const ohm_load_state *state = &s->control->loads[i];
    bool fed = s->plans[i].fed;
    OHM_INVARIANT("never two of an interlock", !fed || !ohm_interlock_other_is_fed(s, i, false));
    OHM_INVARIANT("never on before off_min",
                  !fed || ohm_step_has_been_off(load, state, s->now->mono));
    OHM_INVARIANT("never off before on_min",
                  fed || state->rush ||
                      ohm_step_lasted(state, ohm_load_least_ms(load, true), s->now->mono));
    switch_to(s, i, fed);
}

/* A shed with a longest one earns its rest, whatever ended it: all of it at its longest, before
 * that in proportion. Else a minute on, now and then, would stretch the longest shed for ever. */
static void begin_rest(const step *s, uint16_t i)
{
    const ohm_load *load = &s->rules->loads[i];
    ohm_load_state *state = &s->control->loads[i];
    if (load->shed_max_ms == 0)
        return;
    int64_t shed_ms = ohm_mono_since(s->now->mono, state->shed_start_mono);
    if (shed_ms > load->shed_max_ms || state->exhausted)
        shed_ms = load->shed_max_ms;
    /* Below 2^63: both are a week at most. */
    int64_t rest_ms = shed_ms > 0 ? load->rest_min_ms * shed_ms / load->shed_max_ms : 0;
    state->resting = rest_ms > 0;
    state->rest_end_mono = ohm_mono_after(s->now->mono, rest_ms);
}

/* Keeps count of the shed under way and of the rest after it. */
/* Nobody sheds it: it is off because nobody wants it on. */
static bool is_off_anyway(ohm_cause cause)
{
    return cause == OHM_CAUSE_THERMOSTAT || cause == OHM_CAUSE_RULE || cause == OHM_CAUSE_PLAN ||
           cause == OHM_CAUSE_OWN;
}

static void follow_shed(const step *s, uint16_t i)
{
    ohm_load_state *state = &s->control->loads[i];
    if (state->fed) {
        if (state->shedding)
            begin_rest(s, i);
        state->shedding = false;
        state->exhausted = false;
        return;
    }
    if (state->cause != OHM_CAUSE_ECOWATT) {
        if (state->shedding && !limited(s, i) && is_off_anyway(state->cause)) {
            begin_rest(s, i);
            state->shedding = state->exhausted = false;
        }
        return;
    }
    if (!state->shedding)
        state->shed_start_mono = s->now->mono;
    state->shedding = true;
    if (s->now->calendar)
        state->shed_end_mono = ohm_mono_after(
            s->now->mono, s->now->until_ms[ohm_step_threshold(s, i)] - s->now->utc_ms);
}

static void assert_invariants(const step *s, uint16_t i)
{
    const ohm_load_state *state = &s->control->loads[i];
    bool kept = state->fed || state->hold != OHM_HOLD_NONE;
    bool ecowatt = state->cause == OHM_CAUSE_ECOWATT;
    OHM_INVARIANT("a shed has a cause", kept || state->cause != OHM_CAUSE_NORMAL);
    OHM_INVARIANT("a longest shed ends", kept || !ecowatt || !state->exhausted);
    OHM_INVARIANT("levels 0 and 1 never shed",
                  !ecowatt || !s->now->calendar || s->now->level >= ohm_step_threshold(s, i));
    const ohm_load *load = &s->rules->loads[i];
    OHM_INVARIANT("a setting feeds its load, or sheds it",
                  load->kind == OHM_LOAD_SWITCHED ||
                      ohm_setting_feeds(load, state->setting) == state->fed);
    OHM_INVARIANT("an override has an end",
                  !state->overridden || ohm_mono_since(state->override_end_mono, s->now->mono) > 0);
}

static bool same_limit(const ohm_pressure *a, const ohm_pressure *b)
{
    return a->limit == b->limit && a->phase == b->phase && a->va == b->va;
}

/* A spared load is told what it would be without the signal; a limit that lowers it says how far.
 */
static int32_t asked_setting(const step *s, uint16_t i)
{
    const ohm_load_state *state = &s->control->loads[i];
    const plan *p = &s->plans[i];
    bool spared = p->spared != OHM_HOLD_NONE && state->cause == p->cause;
    return ohm_setting_asked(&s->rules->loads[i], state, spared ? p->asks : state->cause,
                             state->fed);
}

/* What its output is told from now on: as it is told while something holds the load, else as the
 * cause says. */
static int32_t setting_of(const step *s, uint16_t i)
{
    const ohm_load_state *state = &s->control->loads[i];
    bool starting = s->now->starting && !s->now->stopping;
    bool held =
        s->plans[i].fed != state->fed || starting || ohm_step_output_failed(state, s->now->mono);
    return held ? state->setting : asked_setting(s, i);
}

/* The cause of a setpoint that limits keep below what is asked for: theirs, if they win. */
static ohm_cause lowered_by(const step *s, uint16_t i)
{
    const ohm_load *load = &s->rules->loads[i];
    const ohm_load_state *state = &s->control->loads[i];
    const plan *p = &s->plans[i];
    if (state->most_w == 0 || ohm_setting_asked(load, state, p->asks, true) <= state->most_w)
        return p->cause;
    ohm_wish wish = ohm_arbitrate(facts_of(s, i) | force_facts[state->most_force], asked_of(s, i));
    return ohm_cause_is_limit(wish.cause) ? wish.cause : p->cause;
}

/* What a load with a setpoint is told was changed. */
static void note_move(const step *s, uint16_t i, int32_t change_w)
{
    ohm_load_state *state = &s->control->loads[i];
    state->moved_w = change_w;
    state->moved_mono = s->now->mono;
    if (state->cause != OHM_CAUSE_RULE) /* the sun moves it by the minute: that is no news */
        ohm_shed_moved(s->rules, s->control, i, change_w, s->now->mono);
}

/* Tells the output what the cause asks of it now; true if that is something else than before. */
static bool settle(const step *s, uint16_t i, bool switches)
{
    const ohm_load *load = &s->rules->loads[i];
    ohm_load_state *state = &s->control->loads[i];
    if (load->kind == OHM_LOAD_SWITCHED)
        return false;
    int32_t before = state->setting;
    state->setting = switches ? asked_setting(s, i) : setting_of(s, i);
    if (state->setting != before && load->kind == OHM_LOAD_MODULATED)
        note_move(s, i, state->setting - before);
    return state->setting != before;
}

/* The change of power that a decision is expected to make. */
static int32_t expected_w(const step *s, uint16_t i, bool switches, bool adjusts)
{
    const ohm_load *load = &s->rules->loads[i];
    const ohm_load_state *state = &s->control->loads[i];
    if (load->kind == OHM_LOAD_MODULATED)
        return switches || adjusts ? state->moved_w : 0;
    int32_t va = ohm_load_drawn_va(load, state);
    return !switches ? 0 : state->fed ? va : -va;
}

/* Carries out a plan; true, with the decision, if the load moves or its reason changes. */
static bool apply(const step *s, uint16_t i, ohm_decision *out)
{
    const plan *p = &s->plans[i];
    ohm_load_state *state = &s->control->loads[i];
    bool held = p->hold != OHM_HOLD_NONE && !ohm_hold_is_kept(p->hold);
    bool switches = p->fed != state->fed && !held;
    bool glides = s->rules->loads[i].kind == OHM_LOAD_MODULATED && p->fed && !held;
    ohm_cause cause = glides ? lowered_by(s, i) : p->cause;
    int32_t level = OHM_LEVEL_NONE;
    if (cause == OHM_CAUSE_ECOWATT)
        level = s->now->calendar ? s->now->level : state->level;
    ohm_pressure pressure = ohm_cause_is_limit(cause) ? state->pressure : no_pressure;
    if (cause != p->cause)
        pressure = state->most_pressure;
    ohm_plan_reason reason =
        cause == OHM_CAUSE_PLAN ? state->plan : (ohm_plan_reason){ .why = OHM_PLAN_WHY_NONE };
    uint16_t rule = cause == OHM_CAUSE_RULE ? state->rule : OHM_RULE_NONE;
    bool same = !switches && !state->restate && cause == state->cause && p->hold == state->hold &&
                level == state->level && rule == state->said_rule &&
                same_limit(&pressure, &state->said) && reason.why == state->plan_said.why;

    if (!same) {
        state->said = pressure;
        state->plan_said = reason;
        state->said_rule = rule;
        state->cause = cause;
        state->hold = p->hold;
        state->level = level;
        state->restate = false;
    }
    if (switches)
        move(s, i);
    bool adjusts = settle(s, i, switches) && !switches;
    follow_shed(s, i);
    assert_invariants(s, i);

    ohm_ms until_ms = ohm_step_until(s, i);
    if (same && !adjusts && same_end(until_ms, state->until_ms))
        return false;
    state->until_ms = until_ms;
    *out = (ohm_decision){
        .load = i,
        .fed = state->fed,
        .switches = switches,
        .cause = state->cause,
        .hold = state->hold,
        .level = level,
        .expected_w = expected_w(s, i, switches, adjusts),
        .pressure = pressure,
        .plan = reason,
        .until_ms = until_ms,
        .rule = rule,
        .adjusts = adjusts,
        .setting = state->setting,
    };
    return true;
}

void ohm_control_step(const ohm_control_rules *rules, ohm_control *control,
                      const ohm_control_now *now, ohm_decisions *ret_decisions)
{
    assert(rules->count <= OHM_LOADS_MAX);
    step s = { .rules = rules, .control = control, .now = now };
    ret_decisions->count = ret_decisions->news_count = 0;

    int64_t waits = ohm_control_count(rules, control, now, ret_decisions);
    ohm_control_mark_exhausted(rules, control, now->mono, waits);
    ohm_shed_look(rules, control, now, ret_decisions);
    uint16_t waiting = make_plans(&s);
    ohm_mono_ms last = control->restored_mono;
    if (waiting > 0 && let_one_through(&s)) {
        last = now->mono;
        waiting--;
    }
    s.all_back = ohm_mono_after(last, waiting * ohm_control_gap_max_ms(rules));
    for (uint16_t i = 0; i < rules->count; i++)
        if (apply(&s, i, &ret_decisions->items[ret_decisions->count]))
            ret_decisions->count++;
}

/* Of the loads that are not in their fail-safe state, the one whose minimum time ends first. */
static uint16_t next_to_let_go(const step *s)
{
    uint16_t next = s->rules->count;
    int64_t least_ms = INT64_MAX;
    for (uint16_t i = 0; i < s->rules->count; i++) {
        const ohm_load *load = &s->rules->loads[i];
        const ohm_load_state *state = &s->control->loads[i];
        int64_t left_ms =
            ohm_load_least_ms(load, state->fed) - ohm_mono_since(s->now->mono, state->changed_mono);
        bool waits =
            !state->fed && ohm_interlock_other_is_fed(s, i, true); /* which goes off, and first */
        bool safe = state->fed == load->failsafe_fed && state->setting == load->safe_setting;
        if (safe || left_ms >= least_ms || waits)
            continue;
        least_ms = left_ms;
        next = i;
    }
    return next;
}

void ohm_control_let_go(const ohm_control_rules *rules, ohm_control *control,
                        const ohm_control_now *now, ohm_decisions *ret_decisions)
{
    const step s = { .rules = rules, .control = control, .now = now };
    ret_decisions->count = ret_decisions->news_count = 0;
    uint16_t i = next_to_let_go(&s);
    if (i == rules->count)
        return;
    const ohm_load *load = &rules->loads[i];
    ohm_load_state *state = &control->loads[i];
    state->cause = OHM_CAUSE_FAILSAFE;
    state->hold = OHM_HOLD_NONE;
    state->level = OHM_LEVEL_NONE;
    state->until_ms = OHM_NO_MS;
    bool switches = state->fed != load->failsafe_fed;
    if (switches)
        switch_to(&s, i, load->failsafe_fed);
    state->setting = load->safe_setting;
    follow_shed(&s, i);
    ret_decisions->items[ret_decisions->count++] = (ohm_decision){
        .load = i,
        .fed = state->fed,
        .switches = switches,
        .adjusts = !switches,
        .setting = state->setting,
        .cause = OHM_CAUSE_FAILSAFE,
        .level = OHM_LEVEL_NONE,
        .expected_w = !switches    ? 0
                      : state->fed ? ohm_load_drawn_va(load, state)
                                   : -ohm_load_drawn_va(load, state),
        .pressure = no_pressure,
        .until_ms = OHM_NO_MS,
        .rule = OHM_RULE_NONE,
    };
}
