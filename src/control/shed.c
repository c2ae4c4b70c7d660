#include "control/shed.h"

#include <assert.h>
#include <string.h>

#include "control/invariant.h"
#include "control/look.h"
#include "control/select.h"

static ohm_pressure pressure_of(const ohm_look *l, uint8_t scope, const ohm_bound *bound)
{
    bool known = ohm_look_knows(l, scope) && !ohm_look_is_blind(l, scope);
    return (ohm_pressure){
        .limit = bound->limit,
        .phase = scope,
        .blind = ohm_look_is_blind(l, scope),
        .va = bound->va,
        .measured_va = known ? (int32_t)l->drawn_va[scope] : -1,
        .trip_s = known ? ohm_shed_left_s(l->rules, l->control, scope, bound) : OHM_THERMAL_NEVER,
    };
}

/* --- shedding ------------------------------------------------------------------------------- */

static bool on_long_enough(const ohm_look *l, uint16_t i)
{
    return ohm_mono_since(l->now->mono, l->control->loads[i].changed_mono) >=
           l->rules->loads[i].on_min_ms;
}

/* It did not do as it was told, and is not to be told again yet. */
static bool is_out(const ohm_look *l, const ohm_load_state *state)
{
    return state->output_failures > 0 && ohm_mono_since(state->output_retry_mono, l->now->mono) > 0;
}

/* What may be shed to relieve a scope. */
static bool may_shed(const ohm_look *l, uint16_t i, uint8_t scope, ohm_force force)
{
    const ohm_load *load = &l->rules->loads[i];
    const ohm_load_state *state = &l->control->loads[i];
    bool by_hand = state->overridden && state->override_fed;
    return state->fed && state->force == OHM_FORCE_NONE && !load->never_shed && !is_out(l, state) &&
           ohm_look_share(load, state, scope, ohm_load_drawn_va(load, state)) > 0 &&
           !(force == OHM_FORCE_CAP && (by_hand || ohm_load_is_spared(state)));
}

typedef struct choice {
    uint16_t count;
    ohm_candidate at[OHM_LOADS_MAX];
} choice;

/* `how`: what draws nothing by the last that was seen, whose contact may be stuck, and whose
 * minimum time on is not over, only if they must. For a turn: not what leaves for it anyway, by its
 * interlock; where too much is drawn that one is cut like any other. */
enum { LIST_USUAL, LIST_IDLE = 1, LIST_SUSPECTS = 2, LIST_RUSH = 4, LIST_TURN = 8 };

/* What cutting, or lowering, a load gives to a scope. */
static int64_t relief_of(const ohm_look *l, uint16_t i, uint8_t scope, bool may_cut,
                         int64_t need_va)
{
    const ohm_load *load = &l->rules->loads[i];
    const ohm_load_state *state = &l->control->loads[i];
    if (load->kind == OHM_LOAD_MODULATED)
        return ohm_glide_relief(l, i, scope, need_va, may_cut);
    return may_cut ? ohm_look_share(load, state, scope, ohm_load_drawn_va(load, state)) : 0;
}

/* A relay that moved a moment ago does not move again: the meter can't show it yet. */
static bool is_settled(const ohm_look *l, const ohm_load *load, const ohm_load_state *state)
{
    ohm_mono_ms moved = load->kind == OHM_LOAD_MODULATED ? state->moved_mono : state->changed_mono;
    return ohm_mono_since(l->now->mono, moved) >= OHM_SHED_SETTLE_MS;
}

/* What is too much, and where. */
typedef struct lack {
    uint8_t scope;
    ohm_force force;
    int64_t va;
} lack;

static void list(const ohm_look *l, const lack *need, unsigned how, uint8_t tier_max, choice *out)
{
    out->count = 0;
    for (uint16_t k = 0; k < l->fed_count; k++) {
        uint16_t i = l->fed[k];
        const ohm_load *load = &l->rules->loads[i];
        const ohm_load_state *state = &l->control->loads[i];
        bool moves = (how & LIST_SUSPECTS) || !state->suspect;
        bool draws = (how & LIST_IDLE) || !state->idle || ohm_look_is_blind(l, need->scope);
        if (!may_shed(l, i, need->scope, need->force) || load->tier > tier_max || i == l->turn ||
            !is_settled(l, load, state) || !moves || !draws ||
            ((how & LIST_TURN) && ohm_look_yields(l, i, l->turn)))
            continue;
        bool may_cut = (how & LIST_RUSH) || on_long_enough(l, i);
        int64_t relief_va = relief_of(l, i, need->scope, may_cut, need->va);
        if (relief_va <= 0)
            continue;
        out->at[out->count++] = (ohm_candidate){
            .load = i,
            .tier = load->tier,
            .relief_va = (int32_t)relief_va,
            .served_ms = ohm_load_weighed_ms(load, state),
        };
    }
}

static bool is_warm(const ohm_load_state *state)
{
    return state->warmth == OHM_WARMTH_REST || state->warmth == OHM_WARMTH_HOT;
}

bool ohm_shed_is_wanted(const ohm_load_state *state)
{
    static const unsigned always = 1U << OHM_CAUSE_NORMAL | 1U << OHM_CAUSE_BREAKER |
                                   1U << OHM_CAUSE_GRID | 1U << OHM_CAUSE_CAP;
    return (always >> state->cause & 1) || (state->cause == OHM_CAUSE_PLAN && state->plan_fed) ||
           (state->cause == OHM_CAUSE_RULE && state->rule_fed) ||
           (state->cause == OHM_CAUSE_THERMOSTAT && !is_warm(state)) ||
           state->cause == OHM_CAUSE_FROST ||
           (state->cause == OHM_CAUSE_MANUAL && state->override_fed);
}

/* It is off because somebody wants it off. */
static bool is_unwanted(const ohm_load_state *state)
{
    return (state->cause == OHM_CAUSE_PLAN && !state->plan_fed) ||
           (state->cause == OHM_CAUSE_RULE && !state->rule_fed) ||
           (state->cause == OHM_CAUSE_THERMOSTAT && is_warm(state)) ||
           (state->cause == OHM_CAUSE_MANUAL && !state->override_fed) ||
           state->cause == OHM_CAUSE_OWN;
}

static void limit(ohm_load_state *state, ohm_mono_ms now)
{
    if (!state->limited)
        state->limited_mono =
            state->shedding ? state->shed_start_mono : now; /* one shed, one end */
    state->limited = true;
}

/* `turn`: it gives way to another; else it was too much. */
static void mark(ohm_look *l, uint16_t i, ohm_force force, uint8_t scope, bool turn)
{
    const ohm_bound *bound = &l->bounds.at[force][scope];
    const ohm_load *load = &l->rules->loads[i];
    ohm_load_state *state = &l->control->loads[i];
    bool back_just_now = state->has_changed && !l->now->starting &&
                         ohm_mono_since(l->now->mono, state->changed_mono) < OHM_SHED_FAILED_MS;
    if (back_just_now && !turn && state->restore_failures < OHM_SHED_DOUBLINGS_MAX)
        state->restore_failures++;
    state->force = force;
    state->pressure = pressure_of(l, scope, bound);
    state->reason_mono = l->now->mono;
    limit(state, l->now->mono);
    if (!on_long_enough(l, i)) {
        state->rush = true;
        ohm_look_tell(l, (ohm_news){ .kind = OHM_NEWS_ON_MIN, .load = i });
    }
    for (uint8_t s = 0; s < l->scopes_count; s++)
        l->gone_va[s] += ohm_look_share(load, state, s, ohm_load_drawn_va(load, state));
}

static bool choose(const ohm_look *l, const lack *need, unsigned how, choice *out)
{
    list(l, need, how, UINT8_MAX, out);
    return out->count > 0 && ohm_select(out->at, out->count, need->va);
}

/* Those that were chosen are cut, or lowered as far as the need goes. */
static void carry_out(ohm_look *l, const choice *c, const lack *need, bool turn)
{
    int64_t excess_va = -need->va;
    for (uint16_t k = 0; k < c->count; k++)
        excess_va += c->at[k].chosen ? c->at[k].relief_va : 0;
    for (uint16_t k = 0; k < c->count; k++) {
        uint16_t i = c->at[k].load;
        int32_t to_w = 0;
        if (!c->at[k].chosen)
            continue;
        if (l->rules->loads[i].kind == OHM_LOAD_MODULATED)
            to_w = ohm_glide_to(l, i, need->scope, c->at[k].relief_va, &excess_va);
        const ohm_bound *bound = &l->bounds.at[need->force][need->scope];
        if (to_w > 0)
            ohm_glide_lower(l, i, to_w, need->force, pressure_of(l, need->scope, bound));
        else
            mark(l, i, need->force, need->scope, turn);
    }
}

/* Chooses and marks; false if there was not enough to shed. */
static bool shed(ohm_look *l, uint8_t scope, ohm_force force, const ohm_bound *bound, bool rush)
{
    choice c;
    const lack need = { scope, force, l->drawn_va[scope] - l->gone_va[scope] - bound->va };
    bool enough = choose(l, &need, LIST_USUAL, &c) || choose(l, &need, LIST_IDLE, &c) ||
                  choose(l, &need, LIST_IDLE | LIST_SUSPECTS, &c) ||
                  (rush && choose(l, &need, LIST_IDLE | LIST_SUSPECTS | LIST_RUSH, &c));
    carry_out(l, &c, &need, false);
    return enough;
}

static ohm_overrun *overrun_of(ohm_control *control, ohm_force force, uint8_t scope)
{
    return scope < OHM_SCOPES ? &control->overruns[force][scope]
                              : &control->branches[scope - OHM_SCOPES].overruns[force];
}

static void watch_limit(ohm_look *l, ohm_force force, uint8_t scope)
{
    const ohm_bound *bound = &l->bounds.at[force][scope];
    ohm_overrun *over = overrun_of(l->control, force, scope);
    bool blind = ohm_look_is_blind(l, scope);
    if (!bound->given || !ohm_look_knows(l, scope)) {
        *over = (ohm_overrun){ .on = false };
        return;
    }
    if (l->drawn_va[scope] <= bound->va) {
        ohm_overrun_calm(over, l->now->mono);
        return;
    }
    /* No house goes from little to that at once: the next frame has to say it too. */
    const ohm_bound *safe = &l->bounds.at[OHM_FORCE_SAFETY][scope];
    int64_t sane_va = (int64_t)(safe->given ? safe->va : bound->va) * 5 / 2;
    bool huge = !blind && l->drawn_va[scope] > sane_va;
    ohm_overrun_exceed(over, huge, l->now->mono);
    /* It is that frame that began it, and not an order that came after. */
    bool wild = huge && over->since_mono.v == ohm_control_supply(l->control, scope)->seen_mono.v;

    int32_t left_s = OHM_THERMAL_NEVER;
    if (force == OHM_FORCE_SAFETY && !blind)
        left_s = ohm_shed_left_s(l->rules, l->control, scope, bound);
    bool rush = left_s != OHM_THERMAL_NEVER && left_s <= OHM_SHED_TRIP_S;
    bool waited = ohm_mono_since(l->now->mono, over->since_mono) >= OHM_SHED_PATIENCE_MS;
    bool acts = rush || waited || (force == OHM_FORCE_GRID && !blind);
    int64_t need_va = l->drawn_va[scope] - l->gone_va[scope] - bound->va;
    bool deaf = l->now->starting && blind; /* it has not had time to speak */
    if (!acts || wild || need_va <= 0 || l->now->stopping || deaf)
        return;
    if (shed(l, scope, force, bound, rush) || over->uncovered)
        return;
    over->uncovered = true;
    ohm_look_tell(
        l, (ohm_news){ .kind = OHM_NEWS_UNCOVERED, .load = OHM_LOADS_MAX, .detail = need_va });
}

/* --- room ----------------------------------------------------------------------------------- */

/* What has to be free for a load: some more than it takes, but not for ever, if it can come. */
int64_t ohm_look_need(const ohm_look *l, uint16_t i)
{
    const ohm_load *load = &l->rules->loads[i];
    const ohm_load_state *state = &l->control->loads[i];
    bool by_hand = state->overridden && state->override_fed;
    bool due = ohm_shed_is_due(load, state, l->now->mono) && !ohm_look_is_locked(l, i);
    if (by_hand || due)
        return ohm_load_drawn_va(load, state);
    return (int64_t)ohm_load_drawn_va(load, state) * 11 / 10 + OHM_SHED_MARGIN_VA;
}

/* Up to where: a breaker holds somewhat more, and what is overdue may try it while it does. */
static int64_t most_of(const ohm_look *l, const ohm_load_state *state, const ohm_look_check *check)
{
    bool tries = check->force == OHM_FORCE_SAFETY && state->overdue &&
                 !ohm_look_is_blind(l, check->scope) && l->drawn_va[check->scope] <= check->va;
    return tries ? (int64_t)check->va * OHM_SHED_TRIAL_PERCENT / 100 : check->va;
}

/* What there is to check a load's return against, once a look. */
static void find_checks(ohm_look *l)
{
    for (int f = OHM_FORCE_SAFETY; f > OHM_FORCE_NONE; f--)
        for (uint8_t s = 0; s < l->scopes_count; s++)
            if (l->bounds.at[f][s].given && ohm_look_knows(l, s))
                l->checks[l->checks_count++] =
                    (ohm_look_check){ (uint8_t)f, s, l->bounds.at[f][s].va };
}

/* By how much a load that takes `all_va` would pass a limit; `borrows`: with what others of its
 * interlock are to give up. */
static int64_t missing_of(const ohm_look *l, uint16_t i, int64_t all_va, const ohm_look_check *c,
                          bool borrows)
{
    const ohm_load_state *state = &l->control->loads[i];
    int64_t need_va = ohm_look_share(&l->rules->loads[i], state, c->scope, all_va);
    int64_t kept_va = i == l->turn ? 0 : l->kept_va[c->scope];
    if (need_va == 0)
        return 0;
    if (borrows && l->rules->loads[i].interlock > 0)
        need_va -= ohm_look_yielded(l, i, c->scope);
    return l->drawn_va[c->scope] + l->came_va[c->scope] + kept_va + need_va - most_of(l, state, c);
}

/* The strongest force of a limit that a load's return would pass; where, and by how much. */
static ohm_force lacking(const ohm_look *l, uint16_t i, bool borrows, uint8_t *ret_scope,
                         int64_t *ret_va)
{
    const ohm_load_state *state = &l->control->loads[i];
    int least = ohm_load_is_spared(state) ? OHM_FORCE_CAP : OHM_FORCE_NONE;
    int64_t all_va = l->checks_count > 0 ? ohm_look_need(l, i) : 0;
    for (const ohm_look_check *c = l->checks; c < l->checks + l->checks_count; c++) {
        if (c->force <= least)
            break;
        int64_t missing_va = missing_of(l, i, all_va, c, borrows);
        if (missing_va <= 0)
            continue;
        *ret_scope = c->scope;
        *ret_va = missing_va;
        return (ohm_force)c->force;
    }
    return OHM_FORCE_NONE;
}

/* What a load waits for that has room, but not for long enough yet: the mildest force there is. */
static ohm_force mildest(const ohm_look *l, uint8_t *ret_scope)
{
    for (int f = OHM_FORCE_CAP; f < OHM_FORCES_COUNT; f++)
        for (uint8_t s = 0; s < l->scopes_count; s++)
            if (l->bounds.at[f][s].given) {
                *ret_scope = s;
                return (ohm_force)f;
            }
    return OHM_FORCE_NONE;
}

static void release(ohm_load_state *state)
{
    state->force = OHM_FORCE_NONE;
    state->pressure = (ohm_pressure){ .limit = OHM_LIMIT_NONE };
}

static int64_t hold_ms(const ohm_look *l, const ohm_load_state *state, bool is_turn)
{
    int64_t ms = (int64_t)OHM_SHED_HOLD_MS << state->restore_failures;
    if (l->control->cold)
        ms *= 2;
    bool promised = is_turn && !state->borrows;
    return promised && ms > OHM_SHED_HOLD_MS ? OHM_SHED_HOLD_MS : ms;
}

/* Whether its room is what another one of its interlock draws, or drew a moment ago. That one was
 * to go off, and the meter does not show it: it had drawn nothing, and another try comes later. */
static void watch_borrowed(const ohm_look *l, uint16_t i, bool lacks)
{
    ohm_load_state *state = &l->control->loads[i];
    uint8_t scope;
    int64_t missing_va;
    bool tried = state->borrows && state->force == OHM_FORCE_NONE;
    if (lacks && tried && state->restore_failures < OHM_SHED_DOUBLINGS_MAX)
        state->restore_failures++;
    state->borrows = !lacks && l->rules->loads[i].interlock > 0 &&
                     lacking(l, i, false, &scope, &missing_va) != OHM_FORCE_NONE;
}

/* A stronger limit is named at once, another one when the first was named for a while: power that
 * wanders between two of them must not fill the journal. */
static void name_limit(const ohm_look *l, ohm_load_state *state, ohm_force force, uint8_t scope)
{
    const ohm_bound *bound = &l->bounds.at[force][scope];
    const ohm_pressure *p = &state->pressure;
    bool same = state->force == force && p->limit == bound->limit && p->phase == scope &&
                p->va == bound->va;
    bool holds = state->force != OHM_FORCE_NONE && l->bounds.at[state->force][p->phase].given &&
                 l->bounds.at[state->force][p->phase].limit == p->limit;
    bool recent = ohm_mono_since(l->now->mono, state->reason_mono) < OHM_SHED_REASON_MS;
    if (same)
        state->reason_mono = l->now->mono;
    if (same || (force <= state->force && holds && recent))
        return;
    state->force = force;
    state->pressure = pressure_of(l, scope, bound);
    state->reason_mono = l->now->mono;
}

/* A load that is off: is there room for it? */
static void watch_room(ohm_look *l, uint16_t i)
{
    ohm_load_state *state = &l->control->loads[i];
    uint8_t scope = 0;
    int64_t missing_va = 0;
    ohm_force force = lacking(l, i, true, &scope, &missing_va);
    watch_borrowed(l, i, force != OHM_FORCE_NONE);
    if (force != OHM_FORCE_NONE) {
        state->room = false;
    } else if (!state->room) {
        state->room = true;
        state->room_mono = l->now->mono;
    }
    if (state->room &&
        ohm_look_shown_ms(l, i, state->room_mono) >= hold_ms(l, state, i == l->turn)) {
        release(state);
        return;
    }
    if (state->room && state->force != OHM_FORCE_NONE)
        return; /* it goes on waiting for what it waited for */
    if (state->room)
        force = mildest(l, &scope);
    if (ohm_shed_is_wanted(state))
        limit(state, l->now->mono);
    /* What just went off is in what is drawn until the meter shows it: that names no other limit.
     */
    if (state->force == OHM_FORCE_NONE || missing_va > l->gone_va[scope])
        name_limit(l, state, force, scope);
}

/* --- turns ---------------------------------------------------------------------------------- */

bool ohm_shed_is_due(const ohm_load *load, const ohm_load_state *state, ohm_mono_ms now)
{
    return !state->fed && state->limited &&
           ohm_mono_since(ohm_shed_latest(load, state), now) <= OHM_SHED_TURN_MS &&
           ohm_shed_is_wanted(state);
}

/* The turn is that of the load whose latest end is nearest, if it is near. */
static void consider_turn(ohm_look *l, uint16_t i)
{
    const ohm_load *load = &l->rules->loads[i];
    const ohm_load_state *state = &l->control->loads[i];
    if (!ohm_shed_is_due(load, state, l->now->mono) || state->output_failures > 0 ||
        ohm_look_is_locked(l, i))
        return;
    /* Others give way for one that can come: not for one whose minimum time off goes on. */
    if (ohm_mono_since(l->now->mono, state->changed_mono) < load->off_min_ms - OHM_SHED_HOLD_MS)
        return;
    if (l->turn != OHM_LOADS_MAX) {
        /* Nobody can make room for one that is overdue: it must not keep others from theirs. */
        const ohm_load_state *other = &l->control->loads[l->turn];
        int64_t latest = ohm_shed_latest(&l->rules->loads[l->turn], other).v;
        bool nearer = ohm_shed_latest(load, state).v < latest;
        if (state->overdue ? !other->overdue || !nearer : !other->overdue && !nearer)
            return;
    }
    l->turn = i;
}

static void keep_for_turn(ohm_look *l)
{
    if (l->turn == OHM_LOADS_MAX || l->control->loads[l->turn].overdue)
        return;
    const ohm_load *load = &l->rules->loads[l->turn];
    for (uint8_t s = 0; s < l->scopes_count; s++)
        l->kept_va[s] =
            ohm_look_share(load, &l->control->loads[l->turn], s, ohm_look_need(l, l->turn));
}

/* Whether others can make room for it wherever it lacks some: to cut them where it then still can't
 * come would be for nothing, and again and again. */
static bool may_come(const ohm_look *l)
{
    int64_t all_va = ohm_look_need(l, l->turn);
    for (uint8_t k = 0; k < l->checks_count; k++) {
        const ohm_look_check *c = &l->checks[k];
        int64_t missing_va = missing_of(l, l->turn, all_va, c, true) - l->gone_va[c->scope];
        if (missing_va <= 0)
            continue;
        choice others;
        const lack need = { c->scope, (ohm_force)c->force, missing_va };
        list(l, &need, LIST_TURN, l->rules->loads[l->turn].tier, &others);
        for (uint16_t i = 0; i < others.count; i++)
            missing_va -= others.at[i].relief_va;
        if (missing_va > 0)
            return false;
    }
    return true;
}

/* Others make room for it. */
static void give_turn(ohm_look *l)
{
    if (l->turn == OHM_LOADS_MAX || l->now->stopping || l->now->starting)
        return;
    uint8_t scope = 0;
    int64_t missing_va = 0;
    ohm_force force = lacking(l, l->turn, true, &scope, &missing_va);
    missing_va -= l->gone_va[scope];
    if (force == OHM_FORCE_NONE || missing_va <= 0 || !may_come(l))
        return;
    choice c;
    const lack need = { scope, force, missing_va };
    list(l, &need, LIST_TURN, l->rules->loads[l->turn].tier, &c);
    if (c.count > 0 && ohm_select(c.at, c.count, missing_va))
        carry_out(l, &c, &need, true);
}

/* A longest shed is over, and there is no room: said once; of many some in the next look. */
static void watch_latest(ohm_look *l, uint16_t i)
{
    ohm_load_state *state = &l->control->loads[i];
    ohm_mono_ms latest = ohm_shed_latest(&l->rules->loads[i], state);
    if (state->overdue || !ohm_shed_is_due(&l->rules->loads[i], state, l->now->mono) ||
        ohm_mono_since(l->now->mono, latest) < 0 || l->decisions->news_count == OHM_NEWS_MAX)
        return;
    state->overdue = true;
    ohm_look_tell(l, (ohm_news){ .kind = OHM_NEWS_SHED_MAX, .load = i });
}

/* --- the look ------------------------------------------------------------------------------- */

static void expire(ohm_look *l)
{
    for (uint16_t i = 0; i < l->rules->limits_count; i++) {
        ohm_limit_state *state = &l->control->limits[i];
        if (!state->set || ohm_mono_since(state->end_mono, l->now->mono) > 0)
            continue;
        *state = (ohm_limit_state){ .end_ms = OHM_NO_MS };
        ohm_look_tell(
            l, (ohm_news){ .kind = OHM_NEWS_LIMIT_ENDED, .load = OHM_LOADS_MAX, .detail = i });
    }
    int32_t rated_va = ohm_supply_expire(&l->control->supply, l->rules->contract_va, l->now->mono);
    if (rated_va > 0)
        ohm_look_tell(
            l,
            (ohm_news){ .kind = OHM_NEWS_RATING_ENDED, .load = OHM_LOADS_MAX, .detail = rated_va });
    if (l->control->cold && ohm_mono_since(l->now->mono, l->control->cold_end_mono) >= 0)
        l->control->cold = false;
}

/* Nothing limits: nobody is kept off. */
static void free_all(ohm_look *l)
{
    for (uint16_t i = 0; i < l->rules->count; i++) {
        ohm_load_state *state = &l->control->loads[i];
        release(state);
        state->limited = state->overdue = state->room = state->rush = state->borrows = false;
        state->most_w = 0;
    }
    memset(l->control->overruns, 0, sizeof l->control->overruns);
    for (int b = 0; b < OHM_BRANCHES_MAX; b++)
        memset(l->control->branches[b].overruns, 0, sizeof l->control->branches[b].overruns);
}

static void begin_load(ohm_look *l, uint16_t i)
{
    ohm_load_state *state = &l->control->loads[i];
    state->rush = false;
    if (!state->fed && !is_unwanted(state))
        return;
    if (state->limited)
        state->limited_ms += ohm_mono_since(l->now->mono, state->limited_mono);
    state->limited = state->overdue = false;
    if (!state->fed)
        return; /* what a limit does after that is another shed of its own */
    state->room = state->borrows = false;
    release(state);
    bool glides = l->rules->loads[i].kind == OHM_LOAD_MODULATED;
    ohm_mono_ms moved = glides ? state->moved_mono : state->changed_mono;
    if (state->restore_failures > 0 && ohm_mono_since(l->now->mono, moved) >= OHM_SHED_FORGIVEN_MS)
        state->restore_failures = 0;
}

void ohm_shed_look(const ohm_control_rules *rules, ohm_control *control, const ohm_control_now *now,
                   ohm_decisions *decisions)
{
    ohm_look l = { .rules = rules, .control = control, .now = now, .decisions = decisions };
    l.turn = OHM_LOADS_MAX;
    l.scopes_count = (uint8_t)(OHM_SCOPES + rules->branches_count);
    expire(&l);
    ohm_shed_bounds(rules, control, now->calendar ? now->level : OHM_LEVEL_NONE,
                    now->calendar ? now->day : OHM_DAY_UNKNOWN, &l.bounds);
    ohm_look_effect(&l);
    if (!l.bounds.any) {
        free_all(&l);
        ohm_look_glide(&l);
        return;
    }
    ohm_look_draw(&l);
    find_checks(&l);
    for (uint16_t i = 0; i < rules->count; i++) {
        begin_load(&l, i);
        if (control->loads[i].fed)
            l.fed[l.fed_count++] = i;
        else
            consider_turn(&l, i);
    }
    for (int f = OHM_FORCE_SAFETY; f > OHM_FORCE_NONE; f--)
        for (uint8_t s = 0; s < l.scopes_count; s++)
            watch_limit(&l, (ohm_force)f, s);
    keep_for_turn(&l);
    give_turn(&l);
    for (uint16_t i = 0; i < rules->count; i++)
        if (!control->loads[i].fed) {
            watch_room(&l, i);
            watch_latest(&l, i);
        }
    ohm_look_glide(&l);
}
