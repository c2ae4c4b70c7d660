#include "control/shed.h"

#include <assert.h>
#include <string.h>

#include "control/invariant.h"
#include "control/select.h"

/* One look at things: what is in force, what is drawn. */
typedef struct look {
    const ohm_control_rules *rules;
    ohm_control *control;
    const ohm_control_now *now;
    ohm_decisions *decisions;
    ohm_bounds bounds;
    bool blind;
    uint8_t scopes;               /* bit s: what is drawn there is known */
    int64_t drawn_va[OHM_SCOPES]; /* as measured, or by the static plan */
    int64_t gone_va[OHM_SCOPES];  /* of it, just shed: the meter can't show it yet */
    int64_t came_va[OHM_SCOPES];  /* on top, just back */
    int64_t kept_va[OHM_SCOPES];  /* on top, for the load whose turn it is */
    uint16_t turn;                /* that load, or OHM_LOADS_MAX */
} look;

static void tell(look *l, ohm_news news)
{
    if (l->decisions->news_count < OHM_NEWS_MAX)
        l->decisions->news[l->decisions->news_count++] = news;
}

/* Of `va` of a load, what is on a scope: a third of it where it has no phase of its own. */
static int64_t share(const ohm_load *load, uint8_t scope, int64_t va)
{
    if (scope == 0 || load->phase == scope)
        return va;
    return load->phase == 0 ? (va + 2) / 3 : 0;
}

/* --- what is drawn -------------------------------------------------------------------------- */

/* By the plates of what is fed, and a base: where the meter is silent. */
static void draw_blindly(look *l)
{
    const ohm_bound *main = &l->bounds.at[OHM_FORCE_SAFETY][0];
    int64_t base_va = l->rules->base_va;
    for (int f = OHM_FORCE_SAFETY; f > OHM_FORCE_NONE && !main->given; f--)
        main = &l->bounds.at[f][0];
    if (base_va == 0 && main->given)
        base_va = (int64_t)main->va * OHM_SHED_BASE_PERCENT / 100;
    l->scopes = l->control->supply.three_phase ? 0xf : 0x1;
    for (uint8_t s = 0; s < OHM_SCOPES; s++) {
        l->drawn_va[s] = s == 0 ? base_va : base_va / 3;
        for (uint16_t i = 0; i < l->rules->count; i++)
            if (l->control->loads[i].fed)
                l->drawn_va[s] += share(&l->rules->loads[i], s, ohm_load_va(&l->rules->loads[i]));
    }
}

static void draw(look *l)
{
    const ohm_supply *supply = &l->control->supply;
    l->blind = ohm_supply_is_blind(supply, l->now->mono);
    if (l->blind) {
        draw_blindly(l);
        return;
    }
    l->scopes = ohm_supply_known(supply, l->now->mono);
    for (uint8_t s = 0; s < OHM_SCOPES; s++)
        l->drawn_va[s] = supply->va[s];
    for (uint16_t i = 0; i < l->rules->count; i++) {
        const ohm_load *load = &l->rules->loads[i];
        const ohm_load_state *state = &l->control->loads[i];
        int64_t shown_ms = ohm_mono_since(supply->seen_mono, state->changed_mono);
        if (!state->has_changed || shown_ms >= OHM_SHED_SETTLE_MS)
            continue;
        int64_t *way_va = state->fed ? l->came_va : l->gone_va;
        for (uint8_t s = 0; s < OHM_SCOPES; s++)
            way_va[s] += share(load, s, ohm_load_va(load));
    }
}

static bool knows(const look *l, uint8_t scope)
{
    return (l->scopes >> scope) & 1;
}

static ohm_pressure pressure_of(const look *l, uint8_t scope, const ohm_bound *bound)
{
    bool known = knows(l, scope) && !l->blind;
    return (ohm_pressure){
        .limit = bound->limit,
        .phase = scope,
        .blind = l->blind,
        .va = bound->va,
        .measured_va = known ? (int32_t)l->drawn_va[scope] : -1,
        .trip_s = known ? ohm_shed_left_s(l->rules, l->control, scope, bound) : OHM_THERMAL_NEVER,
    };
}

/* --- shedding ------------------------------------------------------------------------------- */

static bool on_long_enough(const look *l, uint16_t i)
{
    return ohm_mono_since(l->now->mono, l->control->loads[i].changed_mono) >=
           l->rules->loads[i].on_min_ms;
}

/* It did not do as it was told, and is not to be told again yet. */
static bool is_out(const look *l, const ohm_load_state *state)
{
    return state->output_failures > 0 && ohm_mono_since(state->output_retry_mono, l->now->mono) > 0;
}

/* What may be shed to relieve a scope. */
static bool may_shed(const look *l, uint16_t i, uint8_t scope, ohm_force force)
{
    const ohm_load *load = &l->rules->loads[i];
    const ohm_load_state *state = &l->control->loads[i];
    bool by_hand = state->overridden && state->override_fed;
    return state->fed && state->force == OHM_FORCE_NONE && !load->never_shed && !is_out(l, state) &&
           share(load, scope, ohm_load_va(load)) > 0 && !(force == OHM_FORCE_CAP && by_hand);
}

typedef struct choice {
    uint16_t count;
    ohm_candidate at[OHM_LOADS_MAX];
} choice;

static void list(const look *l, uint8_t scope, ohm_force force, bool rush, uint8_t tier_max,
                 choice *out)
{
    out->count = 0;
    for (uint16_t i = 0; i < l->rules->count; i++) {
        const ohm_load *load = &l->rules->loads[i];
        if (!may_shed(l, i, scope, force) || load->tier > tier_max || i == l->turn ||
            (!rush && !on_long_enough(l, i)))
            continue;
        out->at[out->count++] = (ohm_candidate){
            .load = i,
            .tier = load->tier,
            .relief_va = (int32_t)share(load, scope, ohm_load_va(load)),
            .served_ms = l->control->loads[i].limited_ms,
        };
    }
}

/* Nothing but a limit keeps it off, as of the last step. */
static bool is_wanted(const ohm_load_state *state)
{
    return state->cause == OHM_CAUSE_NORMAL || state->cause == OHM_CAUSE_BREAKER ||
           state->cause == OHM_CAUSE_GRID || state->cause == OHM_CAUSE_CAP;
}

static void limit(ohm_load_state *state, ohm_mono_ms now)
{
    if (!state->limited)
        state->limited_mono =
            state->shedding ? state->shed_start_mono : now; /* one shed, one end */
    state->limited = true;
}

/* `turn`: it gives way to another; else it was too much. */
static void mark(look *l, uint16_t i, ohm_force force, uint8_t scope, bool turn)
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
        tell(l, (ohm_news){ .kind = OHM_NEWS_ON_MIN, .load = i });
    }
    for (uint8_t s = 0; s < OHM_SCOPES; s++)
        l->gone_va[s] += share(load, s, ohm_load_va(load));
}

/* Chooses and marks; false if there was not enough to shed. */
static bool shed(look *l, uint8_t scope, ohm_force force, const ohm_bound *bound, bool rush)
{
    choice c;
    int64_t need_va = l->drawn_va[scope] - l->gone_va[scope] - bound->va;
    list(l, scope, force, false, UINT8_MAX, &c);
    bool enough = c.count > 0 && ohm_select(c.at, c.count, need_va);
    if (!enough && rush) {
        list(l, scope, force, true, UINT8_MAX, &c);
        enough = c.count > 0 && ohm_select(c.at, c.count, need_va);
    }
    for (uint16_t i = 0; i < c.count; i++)
        if (c.at[i].chosen)
            mark(l, c.at[i].load, force, scope, false);
    return enough;
}

/* A second below the limit takes back several of those above it: a power that dips under it now and
 * then passes it all the same. While it is below, `since_mono` is when all is taken back. */
static void calm(ohm_overrun *over, ohm_mono_ms now)
{
    if (over->on) {
        int64_t over_ms = ohm_mono_since(now, over->since_mono);
        if (over_ms > OHM_SHED_PATIENCE_MS)
            over_ms = OHM_SHED_PATIENCE_MS;
        over->on = false;
        over->since_mono = ohm_mono_after(now, over_ms / OHM_SHED_CALMING);
    }
    if (ohm_mono_since(over->since_mono, now) <= 0)
        *over = (ohm_overrun){ .on = false };
}

/* `fresh`: what was above before does not count. */
static void exceed(ohm_overrun *over, bool fresh, ohm_mono_ms now)
{
    if (over->on)
        return;
    int64_t left_ms = ohm_mono_since(over->since_mono, now);
    bool goes_on = left_ms > 0 && left_ms <= OHM_SHED_PATIENCE_MS / OHM_SHED_CALMING && !fresh;
    *over = (ohm_overrun){
        .on = true,
        .uncovered = goes_on && over->uncovered,
        .since_mono = { now.v - (goes_on ? left_ms * OHM_SHED_CALMING : 0) },
    };
}

static void watch_limit(look *l, ohm_force force, uint8_t scope)
{
    const ohm_bound *bound = &l->bounds.at[force][scope];
    ohm_overrun *over = &l->control->overruns[force][scope];
    if (!bound->given || !knows(l, scope)) {
        *over = (ohm_overrun){ .on = false };
        return;
    }
    if (l->drawn_va[scope] <= bound->va) {
        calm(over, l->now->mono);
        return;
    }
    /* No house goes from little to that at once: the next frame has to say it too. */
    const ohm_bound *safe = &l->bounds.at[OHM_FORCE_SAFETY][scope];
    int64_t sane_va = (int64_t)(safe->given ? safe->va : bound->va) * 5 / 2;
    bool huge = !l->blind && l->drawn_va[scope] > sane_va;
    exceed(over, huge, l->now->mono);
    bool wild = huge && over->since_mono.v >= l->control->supply.seen_mono.v;

    int32_t left_s = OHM_THERMAL_NEVER;
    if (force == OHM_FORCE_SAFETY && !l->blind)
        left_s = ohm_shed_left_s(l->rules, l->control, scope, bound);
    bool rush = left_s != OHM_THERMAL_NEVER && left_s <= OHM_SHED_TRIP_S;
    bool waited = ohm_mono_since(l->now->mono, over->since_mono) >= OHM_SHED_PATIENCE_MS;
    bool acts = rush || waited || (force == OHM_FORCE_GRID && !l->blind);
    int64_t need_va = l->drawn_va[scope] - l->gone_va[scope] - bound->va;
    bool deaf = l->now->starting && l->blind; /* it has not had time to speak */
    if (!acts || wild || need_va <= 0 || l->now->stopping || deaf)
        return;
    if (shed(l, scope, force, bound, rush) || over->uncovered)
        return;
    over->uncovered = true;
    tell(l, (ohm_news){ .kind = OHM_NEWS_UNCOVERED, .load = OHM_LOADS_MAX, .detail = need_va });
}

/* --- room ----------------------------------------------------------------------------------- */

/* What has to be free for a load: some more than it takes, but not for ever. */
static int64_t need_of(const look *l, uint16_t i)
{
    const ohm_load *load = &l->rules->loads[i];
    const ohm_load_state *state = &l->control->loads[i];
    bool by_hand = state->overridden && state->override_fed;
    if (by_hand || ohm_shed_is_due(load, state, l->now->mono))
        return ohm_load_va(load);
    return (int64_t)ohm_load_va(load) * 11 / 10 + OHM_SHED_MARGIN_VA;
}

/* Up to where: a breaker holds somewhat more, and what is overdue may try it while it does. */
static int64_t most_of(const look *l, uint16_t i, ohm_force force, uint8_t scope)
{
    int64_t va = l->bounds.at[force][scope].va;
    bool tries = force == OHM_FORCE_SAFETY && l->control->loads[i].overdue && !l->blind &&
                 l->drawn_va[scope] <= va;
    return tries ? va * OHM_SHED_TRIAL_PERCENT / 100 : va;
}

/* Whether a load's return would pass a limit of this force; where, and by how much. */
static bool lacks(const look *l, uint16_t i, ohm_force force, uint8_t *ret_scope, int64_t *ret_va)
{
    for (uint8_t s = 0; s < OHM_SCOPES; s++) {
        const ohm_bound *bound = &l->bounds.at[force][s];
        if (!bound->given || !knows(l, s))
            continue;
        int64_t need_va = share(&l->rules->loads[i], s, need_of(l, i));
        if (need_va == 0)
            continue;
        int64_t kept_va = i == l->turn ? 0 : l->kept_va[s];
        int64_t missing_va =
            l->drawn_va[s] + l->came_va[s] + kept_va + need_va - most_of(l, i, force, s);
        if (missing_va <= 0)
            continue;
        *ret_scope = s;
        *ret_va = missing_va;
        return true;
    }
    return false;
}

static ohm_force lacking(const look *l, uint16_t i, uint8_t *ret_scope, int64_t *ret_va)
{
    for (int f = OHM_FORCE_SAFETY; f > OHM_FORCE_NONE; f--)
        if (lacks(l, i, (ohm_force)f, ret_scope, ret_va))
            return (ohm_force)f;
    return OHM_FORCE_NONE;
}

/* What a load waits for that has room, but not for long enough yet: the mildest force there is. */
static ohm_force mildest(const look *l, uint8_t *ret_scope)
{
    for (int f = OHM_FORCE_CAP; f < OHM_FORCES_COUNT; f++)
        for (uint8_t s = 0; s < OHM_SCOPES; s++)
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

static int64_t hold_ms(const look *l, const ohm_load_state *state, bool is_turn)
{
    int64_t ms = (int64_t)OHM_SHED_HOLD_MS << state->restore_failures;
    if (l->control->cold)
        ms *= 2;
    return is_turn && ms > OHM_SHED_HOLD_MS ? OHM_SHED_HOLD_MS : ms; /* its end was promised */
}

/* A stronger limit is named at once, another one when the first was named for a while: power that
 * wanders between two of them must not fill the journal. */
static void name_limit(const look *l, ohm_load_state *state, ohm_force force, uint8_t scope)
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
static void watch_room(look *l, uint16_t i)
{
    ohm_load_state *state = &l->control->loads[i];
    uint8_t scope = 0;
    int64_t missing_va;
    ohm_force force = lacking(l, i, &scope, &missing_va);
    if (force != OHM_FORCE_NONE) {
        state->room = false;
    } else if (!state->room) {
        state->room = true;
        state->room_mono = l->now->mono;
    }
    if (state->room &&
        ohm_mono_since(l->now->mono, state->room_mono) >= hold_ms(l, state, i == l->turn)) {
        release(state);
        return;
    }
    if (state->room && state->force != OHM_FORCE_NONE)
        return; /* it goes on waiting for what it waited for */
    if (state->room)
        force = mildest(l, &scope);
    if (is_wanted(state))
        limit(state, l->now->mono);
    name_limit(l, state, force, scope);
}

/* --- turns ---------------------------------------------------------------------------------- */

ohm_mono_ms ohm_shed_latest(const ohm_load *load, const ohm_load_state *state)
{
    int64_t longest_ms = load->shed_max_ms > 0 ? load->shed_max_ms : OHM_SHED_LONGEST_MS;
    return ohm_mono_after(state->limited_mono, longest_ms);
}

bool ohm_shed_is_due(const ohm_load *load, const ohm_load_state *state, ohm_mono_ms now)
{
    return !state->fed && state->limited && is_wanted(state) &&
           ohm_mono_since(ohm_shed_latest(load, state), now) <= OHM_SHED_TURN_MS;
}

/* The load whose latest end is nearest, if it is near. */
static void find_turn(look *l)
{
    int64_t nearest = INT64_MAX;
    l->turn = OHM_LOADS_MAX;
    for (uint16_t i = 0; i < l->rules->count; i++) {
        const ohm_load_state *state = &l->control->loads[i];
        bool due = ohm_shed_is_due(&l->rules->loads[i], state, l->now->mono);
        int64_t latest = ohm_shed_latest(&l->rules->loads[i], state).v;
        /* Others give way for one that can come: not for one whose minimum time off goes on. */
        bool can = ohm_mono_since(l->now->mono, state->changed_mono) >=
                   l->rules->loads[i].off_min_ms - OHM_SHED_HOLD_MS;
        if (!due || !can || state->output_failures > 0)
            continue;
        /* Nobody can make room for one that is overdue: it must not keep others from theirs. */
        bool first = l->turn == OHM_LOADS_MAX;
        bool other_overdue = !first && l->control->loads[l->turn].overdue;
        if (first || (other_overdue && !state->overdue) ||
            (other_overdue == state->overdue && latest < nearest)) {
            nearest = latest;
            l->turn = i;
        }
    }
    if (l->turn == OHM_LOADS_MAX || l->control->loads[l->turn].overdue)
        return;
    const ohm_load *load = &l->rules->loads[l->turn];
    for (uint8_t s = 0; s < OHM_SCOPES; s++)
        l->kept_va[s] = share(load, s, need_of(l, l->turn));
}

/* Others make room for it. */
static void give_turn(look *l)
{
    if (l->turn == OHM_LOADS_MAX || l->now->stopping || l->now->starting)
        return;
    uint8_t scope = 0;
    int64_t missing_va = 0;
    ohm_force force = lacking(l, l->turn, &scope, &missing_va);
    missing_va -= l->gone_va[scope];
    if (force == OHM_FORCE_NONE || missing_va <= 0)
        return;
    choice c;
    list(l, scope, force, false, l->rules->loads[l->turn].tier, &c);
    if (c.count > 0 && ohm_select(c.at, c.count, missing_va)) {
        for (uint16_t i = 0; i < c.count; i++)
            if (c.at[i].chosen)
                mark(l, c.at[i].load, force, scope, true);
    }
}

/* A longest shed is over, and there is no room: said once. */
static void watch_latest(look *l, uint16_t i)
{
    ohm_load_state *state = &l->control->loads[i];
    ohm_mono_ms latest = ohm_shed_latest(&l->rules->loads[i], state);
    if (state->overdue || !ohm_shed_is_due(&l->rules->loads[i], state, l->now->mono) ||
        ohm_mono_since(l->now->mono, latest) < 0)
        return;
    state->overdue = true;
    tell(l, (ohm_news){ .kind = OHM_NEWS_SHED_MAX, .load = i });
}

/* --- effects -------------------------------------------------------------------------------- */

void ohm_shed_switched(const ohm_control_rules *rules, ohm_control *control, uint16_t load,
                       ohm_mono_ms now)
{
    ohm_effect *effect = &control->effect;
    int32_t va = ohm_load_va(&rules->loads[load]);
    int32_t change_va = control->loads[load].fed ? va : -va;
    if (ohm_supply_is_blind(&control->supply, now)) {
        effect->waits = false;
        return;
    }
    if (!effect->waits)
        *effect = (ohm_effect){ .load = load, .before_va = control->supply.va[0] };
    else
        effect->load = OHM_LOADS_MAX;
    effect->waits = true;
    effect->expected_va += change_va;
    effect->mono = now;
}

/* What the meter says once it can. */
static void watch_effect(look *l)
{
    ohm_effect *effect = &l->control->effect;
    const ohm_supply *supply = &l->control->supply;
    if (!effect->waits)
        return;
    if (l->blind) {
        effect->waits = false;
        return;
    }
    if (ohm_mono_since(supply->seen_mono, effect->mono) < OHM_SHED_SETTLE_MS)
        return;
    effect->waits = false;
    tell(l, (ohm_news){ .kind = OHM_NEWS_EFFECT,
                        .load = effect->load,
                        .expected_va = effect->expected_va,
                        .detail = supply->va[0] - effect->before_va });
}

/* --- the look ------------------------------------------------------------------------------- */

static void expire(look *l)
{
    for (uint16_t i = 0; i < l->rules->limits_count; i++) {
        ohm_limit_state *state = &l->control->limits[i];
        if (!state->set || ohm_mono_since(state->end_mono, l->now->mono) > 0)
            continue;
        *state = (ohm_limit_state){ .end_ms = OHM_NO_MS };
        tell(l, (ohm_news){ .kind = OHM_NEWS_LIMIT_ENDED, .load = OHM_LOADS_MAX, .detail = i });
    }
    int32_t rated_va = ohm_supply_expire(&l->control->supply, l->rules->contract_va, l->now->mono);
    if (rated_va > 0)
        tell(l, (ohm_news){
                    .kind = OHM_NEWS_RATING_ENDED, .load = OHM_LOADS_MAX, .detail = rated_va });
    if (l->control->cold && ohm_mono_since(l->now->mono, l->control->cold_end_mono) >= 0)
        l->control->cold = false;
}

/* Nothing limits: nobody is kept off. */
static void free_all(look *l)
{
    for (uint16_t i = 0; i < l->rules->count; i++) {
        ohm_load_state *state = &l->control->loads[i];
        release(state);
        state->limited = state->overdue = state->room = state->rush = false;
    }
    memset(l->control->overruns, 0, sizeof l->control->overruns);
}

static void begin_load(look *l, uint16_t i)
{
    ohm_load_state *state = &l->control->loads[i];
    state->rush = false;
    if (!state->fed)
        return;
    if (state->limited)
        state->limited_ms += ohm_mono_since(l->now->mono, state->limited_mono);
    state->limited = state->overdue = state->room = false;
    release(state);
    if (state->restore_failures > 0 &&
        ohm_mono_since(l->now->mono, state->changed_mono) >= OHM_SHED_FORGIVEN_MS)
        state->restore_failures = 0;
}

void ohm_shed_look(const ohm_control_rules *rules, ohm_control *control, const ohm_control_now *now,
                   ohm_decisions *decisions)
{
    look l = { .rules = rules, .control = control, .now = now, .decisions = decisions };
    l.turn = OHM_LOADS_MAX;
    expire(&l);
    ohm_shed_bounds(rules, control, now->calendar ? now->level : OHM_LEVEL_NONE, &l.bounds);
    l.blind = ohm_supply_is_blind(&control->supply, now->mono);
    watch_effect(&l);
    if (!l.bounds.any) {
        free_all(&l);
        return;
    }
    draw(&l);
    for (uint16_t i = 0; i < rules->count; i++)
        begin_load(&l, i);
    for (int f = OHM_FORCE_SAFETY; f > OHM_FORCE_NONE; f--)
        for (uint8_t s = 0; s < OHM_SCOPES; s++)
            watch_limit(&l, (ohm_force)f, s);
    find_turn(&l);
    give_turn(&l);
    for (uint16_t i = 0; i < rules->count; i++)
        if (!control->loads[i].fed) {
            watch_room(&l, i);
            watch_latest(&l, i);
        }
}
