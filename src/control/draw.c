/* What is drawn on each scope: as its meter says, else by the static plan. */
#include "control/look.h"
#include "control/shed.h"

int64_t ohm_look_phase_share(const ohm_load_state *state, uint8_t scope, int64_t va)
{
    int64_t all_va = (int64_t)state->phase_va[0] + state->phase_va[1] + state->phase_va[2];
    if (!state->sure || all_va <= 0)
        return (va + 2) / 3;
    return (va * state->phase_va[scope - 1] + all_va - 1) / all_va;
}

/* Without a meter the greater of what its plate says and what was learnt. */
static int64_t plate_share(const ohm_load *load, const ohm_load_state *state, uint8_t scope)
{
    int32_t va = ohm_load_drawn_va(load, state);
    bool plate = load->kind != OHM_LOAD_MODULATED && va < load->nominal_w;
    return ohm_look_share(load, state, scope, plate ? load->nominal_w : va);
}

static int64_t plates_va(const ohm_look *l, uint8_t scope)
{
    int64_t va = 0;
    for (uint16_t i = 0; i < l->rules->count; i++)
        if (l->control->loads[i].fed)
            va += plate_share(&l->rules->loads[i], &l->control->loads[i], scope);
    return va;
}

/* By the plates of what is fed, and a base: where the meter is silent. A branch has none. */
static void draw_blindly(ohm_look *l)
{
    const ohm_bound *main = &l->bounds.at[OHM_FORCE_SAFETY][0];
    int64_t base_va = l->rules->base_va;
    for (int f = OHM_FORCE_SAFETY; f > OHM_FORCE_NONE && !main->given; f--)
        main = &l->bounds.at[f][0];
    if (base_va == 0 && main->given)
        base_va = (int64_t)main->va * OHM_SHED_BASE_PERCENT / 100;
    for (uint8_t s = 0; s < OHM_SCOPES; s++)
        if (ohm_look_knows(l, s))
            l->drawn_va[s] = (s == 0 ? base_va : base_va / 3) + plates_va(l, s);
}

/* What was switched a moment ago, which the meter of some scopes can't show yet. */
static void draw_changes(ohm_look *l, uint16_t i, uint8_t first, uint8_t end)
{
    const ohm_load *load = &l->rules->loads[i];
    const ohm_load_state *state = &l->control->loads[i];
    const ohm_supply *supply = ohm_control_supply(l->control, first);
    bool glides = load->kind == OHM_LOAD_MODULATED;
    ohm_mono_ms moved = glides ? state->moved_mono : state->changed_mono;
    int64_t shown_ms = ohm_mono_since(supply->seen_mono, moved);
    if (!(glides ? state->moved_w != 0 : state->has_changed) || shown_ms >= OHM_SHED_SETTLE_MS)
        return;
    bool more = glides ? state->moved_w > 0 : state->fed;
    int32_t less_va = state->moved_w < 0 ? -state->moved_w : state->moved_w;
    int32_t va = glides ? less_va : ohm_load_drawn_va(load, state);
    int64_t *way_va = more ? l->came_va : l->gone_va;
    for (uint8_t s = first; s < end; s++)
        way_va[s] += ohm_look_share(load, state, s, va);
}

static void draw_branch(ohm_look *l, uint8_t scope)
{
    const ohm_supply *supply = ohm_control_supply(l->control, scope);
    l->scopes |= (uint16_t)(1U << scope);
    if (ohm_control_is_blind(l->control, l->rules->silence_ms, scope, l->now->mono)) {
        l->blind |= (uint16_t)(1U << scope);
        l->drawn_va[scope] = plates_va(l, scope);
        return;
    }
    l->drawn_va[scope] = supply->va[0];
    for (uint16_t i = 0; i < l->rules->count; i++)
        if (l->rules->loads[i].branch == scope - OHM_SCOPES + 1)
            draw_changes(l, i, scope, (uint8_t)(scope + 1));
}

void ohm_look_draw(ohm_look *l)
{
    const ohm_supply *supply = &l->control->supply;
    for (uint8_t s = OHM_SCOPES; s < l->scopes_count; s++)
        draw_branch(l, s);
    if (ohm_control_is_blind(l->control, l->rules->silence_ms, 0, l->now->mono)) {
        l->blind |= 0xf;
        l->scopes |= supply->three_phase ? 0xf : 0x1;
        draw_blindly(l);
        return;
    }
    l->scopes |= ohm_supply_known(supply, l->rules->silence_ms[0], l->now->mono);
    for (uint8_t s = 0; s < OHM_SCOPES; s++)
        l->drawn_va[s] = supply->va[s];
    for (uint16_t i = 0; i < l->rules->count; i++)
        draw_changes(l, i, 0, OHM_SCOPES);
}

int64_t ohm_look_shown_ms(const ohm_look *l, uint16_t i, ohm_mono_ms since)
{
    uint8_t branch = l->rules->loads[i].branch;
    const uint8_t scopes[] = { 0, branch > 0 ? (uint8_t)(OHM_SCOPES + branch - 1) : 0 };
    int64_t least_ms = ohm_mono_since(l->now->mono, since);
    for (size_t k = 0; k < sizeof scopes; k++) {
        int64_t ms = ohm_mono_since(ohm_control_supply(l->control, scopes[k])->seen_mono, since);
        if (!ohm_look_is_blind(l, scopes[k]) && ms < least_ms)
            least_ms = ms;
    }
    return least_ms;
}

/* --- interlocks ------------------------------------------------------------------------------ */

/* As control.c settles whose the place is, once the one that is off has its room. */
bool ohm_look_yields(const ohm_look *l, uint16_t other, uint16_t i)
{
    const ohm_load *load = &l->rules->loads[i], *that = &l->rules->loads[other];
    const ohm_load_state *state = &l->control->loads[i], *it = &l->control->loads[other];
    if (load->interlock == 0 || load->interlock != that->interlock || i == other)
        return false;
    if (that->never_shed || it->output_failures > 0 || ohm_load_is_broken(load, state))
        return false;
    bool by_hand = state->overridden && state->override_fed;
    bool its_hand = it->overridden && it->override_fed;
    if (load->never_shed || by_hand != its_hand)
        return load->never_shed || by_hand;
    bool frozen = state->warmth == OHM_WARMTH_FROST && !by_hand;
    bool its_frozen = it->warmth == OHM_WARMTH_FROST && !its_hand;
    return frozen != its_frozen ? frozen : load->tier > that->tier;
}

bool ohm_look_is_locked(const ohm_look *l, uint16_t i)
{
    uint8_t interlock = l->rules->loads[i].interlock;
    for (uint16_t j = 0; j < l->rules->count && interlock > 0; j++)
        if (l->rules->loads[j].interlock == interlock && l->control->loads[j].fed &&
            !ohm_look_yields(l, j, i))
            return true;
    return false;
}

/* Else the one that is shed last waited for as long as the other was fed, which it could replace.
 * What has just gone off is in what is drawn until the meter shows it. What they draw now nobody
 * measures: it is no more than all that is drawn there, and who comes waits until it is gone. */
int64_t ohm_look_yielded(const ohm_look *l, uint16_t i, uint8_t scope)
{
    int64_t va = 0;
    bool blind = ohm_look_is_blind(l, scope);
    for (uint16_t j = 0; j < l->rules->count; j++) {
        const ohm_load_state *it = &l->control->loads[j];
        if (!ohm_look_yields(l, j, i))
            continue;
        int64_t shown_ms =
            ohm_mono_since(ohm_control_supply(l->control, scope)->seen_mono, it->changed_mono);
        bool fading = it->has_changed && shown_ms < OHM_SHED_SETTLE_MS && !blind;
        bool draws = blind || (!it->idle && !it->suspect);
        if (!draws || !(it->fed || fading))
            continue;
        const ohm_load *load = &l->rules->loads[j];
        va += blind ? plate_share(load, it, scope)
                    : ohm_look_share(load, it, scope, ohm_load_drawn_va(load, it));
    }
    return va < l->drawn_va[scope] ? va : l->drawn_va[scope];
}
