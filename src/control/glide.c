/* Setpoints: how far limits lower the loads that can draw less, when they rise again, and what
 * follows the sun.
 *
 * A limit's overrun lowers a load as far as it needs (shed.c chooses which); what was lowered less
 * than OHM_GLIDE_AGAIN_MS ago goes to its minimum, and from there it is cut, so that a charger
 * which draws less than it may costs three orders and no more. It rises when there was room for a
 * step on every limit for OHM_SHED_HOLD_MS (longer after it came back and was too much), by the
 * least room there was in that time: a room that comes and goes raises nothing. What is off comes
 * before that: none rises into the room in which another waits out its hold.
 *
 * A rule that looks at the surplus has its load follow it: up by the least that was fed back for
 * OHM_GLIDE_UP_MS, down by the least that was drawn for OHM_GLIDE_DOWN_MS. */
#include <string.h>

#include "control/look.h"
#include "control/setting.h"
#include "control/shed.h"

/* --- what a limit takes ----------------------------------------------------------------------- */

static bool is_again(const ohm_look *l, const ohm_load_state *state)
{
    return state->moved_w < 0 &&
           ohm_mono_since(l->now->mono, state->moved_mono) < OHM_GLIDE_AGAIN_MS;
}

int32_t ohm_glide_relief(const ohm_look *l, uint16_t i, uint8_t scope, int64_t need_va,
                         bool may_cut)
{
    const ohm_load *load = &l->rules->loads[i];
    const ohm_load_state *state = &l->control->loads[i];
    int64_t whole = ohm_look_share(load, state, scope, state->setting);
    int64_t soft = ohm_look_share(load, state, scope, state->setting - load->min_w);
    if (need_va > soft)
        return (int32_t)(may_cut ? whole : soft);
    if (is_again(l, state))
        return (int32_t)soft;
    int64_t need_w = (need_va * state->setting + whole - 1) / whole;
    int32_t to_w = ohm_setting_snap(load, state->setting - need_w);
    return (int32_t)ohm_look_share(load, state, scope, state->setting - to_w);
}

int32_t ohm_glide_to(const ohm_look *l, uint16_t i, uint8_t scope, int32_t relief_va,
                     int64_t *excess_va)
{
    const ohm_load *load = &l->rules->loads[i];
    const ohm_load_state *state = &l->control->loads[i];
    int64_t whole = ohm_look_share(load, state, scope, state->setting);
    if (relief_va < whole)
        return ohm_setting_snap(load, state->setting - relief_va * state->setting / whole);
    int64_t keeps_w = *excess_va * state->setting / whole;
    if (keeps_w < load->min_w || is_again(l, state))
        return 0;
    int32_t to_w = ohm_setting_snap(load, keeps_w);
    *excess_va -= ohm_look_share(load, state, scope, to_w);
    return to_w;
}

void ohm_glide_lower(ohm_look *l, uint16_t i, int32_t to_w, ohm_force force, ohm_pressure pressure)
{
    const ohm_load *load = &l->rules->loads[i];
    ohm_load_state *state = &l->control->loads[i];
    bool rose = state->raised && !l->now->starting &&
                ohm_mono_since(l->now->mono, state->raised_mono) < OHM_SHED_FAILED_MS;
    /* What another limit asked for in this look, or a look before, and is not told to it yet. */
    bool waits = state->most_w > 0 && state->most_w < state->setting;
    int32_t from_w = waits ? state->most_w : state->setting;
    if (to_w >= from_w)
        return; /* that limit asks for no less */
    if (rose && state->restore_failures < OHM_SHED_DOUBLINGS_MAX)
        state->restore_failures++;
    state->raised = false;
    for (uint8_t s = 0; s < l->scopes_count; s++)
        l->gone_va[s] += ohm_look_share(load, state, s, from_w - to_w);
    state->most_w = to_w;
    state->most_force = force;
    state->most_pressure = pressure;
    state->rises = false;
}

/* --- room ------------------------------------------------------------------------------------ */

/* What of a limit a load may go beyond: the household's own, when a person or its comfort asks. */
static bool passes(const ohm_load_state *state, uint8_t force)
{
    bool by_hand = state->overridden && state->override_fed;
    return force == OHM_FORCE_CAP && (by_hand || ohm_load_is_spared(state));
}

/* The least room for more of a load on any limit, in W of it and with a margin; and which limit.
 * False: a meter is silent, nobody knows. */
static bool room_of(const ohm_look *l, uint16_t i, int64_t *ret_w, const ohm_look_check **ret_check)
{
    const ohm_load *load = &l->rules->loads[i];
    const ohm_load_state *state = &l->control->loads[i];
    int64_t least_w = load->nominal_w;
    *ret_check = NULL;
    for (uint8_t c = 0; c < l->checks_count; c++) {
        const ohm_look_check *check = &l->checks[c];
        int64_t whole = ohm_look_share(load, state, check->scope, load->nominal_w);
        if (whole == 0 || passes(state, check->force))
            continue;
        if (ohm_look_is_blind(l, check->scope))
            return false;
        int64_t others_va = l->kept_va[check->scope];
        if (state->fed && l->waits_va[check->scope] > others_va)
            others_va = l->waits_va[check->scope];
        int64_t free_va = check->va - OHM_SHED_MARGIN_VA - l->drawn_va[check->scope] -
                          l->came_va[check->scope] - others_va;
        int64_t w = free_va * load->nominal_w / whole;
        if (w >= least_w)
            continue;
        least_w = w;
        *ret_check = check;
    }
    *ret_w = least_w;
    return true;
}

static ohm_pressure pressure_of(const ohm_look *l, const ohm_look_check *check)
{
    const ohm_bound *bound = &l->bounds.at[check->force][check->scope];
    return (ohm_pressure){
        .limit = bound->limit,
        .phase = check->scope,
        .va = bound->va,
        .measured_va = (int32_t)l->drawn_va[check->scope],
        .trip_s = OHM_THERMAL_NEVER,
    };
}

/* Those that are off, have room and wait until it has lasted: one of them comes at a time, and none
 * that is not wanted, or whose place another one of its interlock has. A load that is to give its
 * own place to one need not draw less before. */
static void find_waiting(ohm_look *l, uint16_t riser)
{
    memset(l->waits_va, 0, sizeof l->waits_va);
    for (uint16_t i = 0; i < l->rules->count; i++) {
        const ohm_load_state *state = &l->control->loads[i];
        if (state->fed || !state->room || state->force == OHM_FORCE_NONE ||
            !ohm_shed_is_wanted(state) || ohm_look_is_locked(l, i) || ohm_look_yields(l, riser, i))
            continue;
        int64_t need_va = ohm_look_need(l, i);
        for (uint8_t s = 0; s < l->scopes_count; s++) {
            int64_t va = ohm_look_share(&l->rules->loads[i], state, s, need_va);
            if (va > 0 && l->rules->loads[i].interlock > 0)
                va -= ohm_look_yielded(l, i, s);
            if (va > l->waits_va[s])
                l->waits_va[s] = va;
        }
    }
}

/* While it is off: with what it would begin. */
static void prepare(const ohm_look *l, uint16_t i)
{
    const ohm_load *load = &l->rules->loads[i];
    ohm_load_state *state = &l->control->loads[i];
    const ohm_look_check *check;
    int64_t room_w = 0;
    bool known = room_of(l, i, &room_w, &check);
    state->rises = state->raised = false;
    state->most_w = 0;
    if (known && room_w >= load->nominal_w)
        return;
    state->most_w = ohm_setting_snap(load, known ? room_w : 0);
    if (!check) /* of a meter that is silent nobody knows which one */
        check = &l->checks[0];
    state->most_force = (ohm_force)check->force;
    state->most_pressure = pressure_of(l, check);
}

static void rise(const ohm_look *l, uint16_t i)
{
    const ohm_load *load = &l->rules->loads[i];
    ohm_load_state *state = &l->control->loads[i];
    const ohm_look_check *check;
    int64_t room_w = 0;
    if (state->most_w == 0)
        return;
    if (!room_of(l, i, &room_w, &check) || room_w < load->step_w) {
        state->rises = false;
        return;
    }
    if (!state->rises || room_w < state->rise_w)
        state->rise_w = (int32_t)room_w;
    if (!state->rises)
        state->rise_mono = l->now->mono;
    state->rises = true;
    int64_t hold_ms = (int64_t)OHM_SHED_HOLD_MS << state->restore_failures;
    if (ohm_look_shown_ms(l, i, state->rise_mono) < (l->control->cold ? 2 : 1) * hold_ms)
        return;
    int64_t to_w = (int64_t)state->setting + state->rise_w;
    state->rises = false;
    if (to_w > state->most_w) {
        state->most_w = to_w >= load->nominal_w ? 0 : ohm_setting_snap(load, to_w);
        state->raised = true;
        state->raised_mono = l->now->mono;
    }
}

/* --- the sun --------------------------------------------------------------------------------- */

enum { MORE = 1, LESS = 2 };

static void follow(const ohm_look *l, uint16_t i)
{
    const ohm_load *load = &l->rules->loads[i];
    ohm_load_state *state = &l->control->loads[i];
    if (!state->follows || !state->fed || state->cause != OHM_CAUSE_RULE) {
        if (!state->follows || !state->fed)
            state->sun_w = 0;
        state->sun_way = 0;
        return;
    }
    if (state->sun_w == 0)
        state->sun_w = load->min_w;
    if (ohm_mono_since(state->spare_mono, state->moved_mono) < OHM_SHED_SETTLE_MS)
        return; /* it does not show yet what the last order did */
    int64_t least_w = load->nominal_w / 20 > load->step_w ? load->nominal_w / 20 : load->step_w;
    uint8_t way = state->spare_w >= least_w ? MORE : state->spare_w < 0 ? LESS : 0;
    if (way != state->sun_way) {
        state->sun_way = way;
        state->sun_mono = l->now->mono;
        state->sun_change_w = state->spare_w;
    }
    bool nearer =
        way == MORE ? state->spare_w < state->sun_change_w : state->spare_w > state->sun_change_w;
    if (nearer)
        state->sun_change_w = state->spare_w;
    int64_t wait_ms = way == MORE ? OHM_GLIDE_UP_MS : OHM_GLIDE_DOWN_MS;
    if (way == 0 || ohm_mono_since(l->now->mono, state->sun_mono) < wait_ms)
        return;
    state->sun_w = ohm_setting_snap(load, (int64_t)state->setting + state->sun_change_w);
    state->sun_way = 0;
}

void ohm_look_glide(ohm_look *l)
{
    bool waited = false;
    for (uint16_t i = 0; i < l->rules->count; i++) {
        if (l->rules->loads[i].kind != OHM_LOAD_MODULATED)
            continue;
        follow(l, i);
        bool lowered = l->control->loads[i].fed && l->control->loads[i].most_w > 0;
        bool locks =
            l->rules->loads[i].interlock > 0; /* then nobody waits alike for it and others */
        if (lowered && (locks || !waited)) {
            find_waiting(l, i);
            waited = !locks;
        }
        if (l->control->loads[i].fed)
            rise(l, i);
        else if (l->checks_count > 0)
            prepare(l, i);
    }
}
