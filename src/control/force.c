/* What is in force, how long it holds, and what the meter says of it. */
#include <assert.h>
#include <string.h>

#include "control/look.h"
#include "control/shed.h"

static int32_t lower(int32_t a, int32_t b)
{
    if (a <= 0 || b <= 0)
        return a > b ? a : b;
    return a < b ? a : b;
}

/* What the breaker is rated, and what may be drawn for ever. */
static int32_t breaking_va(const ohm_control_rules *rules, const ohm_supply *supply)
{
    if (supply->breaking_va > 0)
        return supply->breaking_va;
    return supply->subscribed_va > 0 ? supply->subscribed_va : rules->contract_va;
}

void ohm_shed_bounds(const ohm_control_rules *rules, const ohm_control *control, int32_t level,
                     ohm_day_code day, ohm_bounds *out)
{
    const ohm_supply *supply = &control->supply;
    memset(out, 0, sizeof *out);
    int32_t main_va = lower(supply->subscribed_va, supply->breaking_va);
    if (main_va == 0)
        main_va = rules->contract_va;
    if (!supply->ever) /* a meter that has no power to tell never will: nothing to go by */
        main_va = 0;
    bool none = main_va <= 0;
    ohm_bound whole = { .limit = OHM_LIMIT_MAIN, .va = none ? OHM_LIMIT_VA_NONE : main_va };
    ohm_bound third = { .limit = OHM_LIMIT_MAIN, .va = none ? OHM_LIMIT_VA_NONE : main_va / 3 };
    ohm_bounds_add(out, OHM_FORCE_SAFETY, 0, whole);
    for (uint8_t s = 1; s < OHM_SCOPES && supply->three_phase; s++)
        ohm_bounds_add(out, OHM_FORCE_SAFETY, s, third);
    for (uint16_t i = 0; i < rules->limits_count; i++) {
        const ohm_power_limit *limit = &rules->limits[i];
        ohm_bound one = { .limit = i, .va = ohm_limit_now(limit, &control->limits[i], level, day) };
        ohm_bounds_add(out, ohm_limit_force(limit->kind), ohm_limit_scope(limit), one);
    }
}

int32_t ohm_shed_left_s(const ohm_control_rules *rules, const ohm_control *control, uint8_t scope,
                        const ohm_bound *bound)
{
    const ohm_supply *supply = &control->supply;
    int64_t va = ohm_control_va(control, scope);
    if (bound->limit != OHM_LIMIT_MAIN) {
        if (rules->limits[bound->limit].kind != OHM_LIMIT_FUSE)
            return OHM_THERMAL_NEVER;
        int32_t x = ohm_thermal_ratio(va, bound->va);
        return ohm_thermal_left_s(OHM_THERMAL_FUSE, control->fuse_heat[bound->limit], x);
    }
    /* A three-phase meter watches its phases, each for itself. */
    int32_t rated_va = breaking_va(rules, supply) / (scope == 0 ? 1 : 3);
    if (rated_va <= 0)
        rated_va = bound->va;
    if (rated_va <= 0) /* a third of next to nothing: no breaker is rated so */
        return OHM_THERMAL_NEVER;
    int32_t x = ohm_thermal_ratio(va, rated_va);
    return ohm_thermal_left_s(OHM_THERMAL_LINKY, control->heat[scope], x);
}

void ohm_overrun_calm(ohm_overrun *over, ohm_mono_ms now)
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

void ohm_overrun_exceed(ohm_overrun *over, bool fresh, ohm_mono_ms now)
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

/* Warms up what may give way, with the greater of the last two powers. */
static void heat(ohm_control *control, const ohm_control_rules *rules, const int32_t *before_va,
                 ohm_mono_ms now)
{
    const ohm_supply *supply = &control->supply;
    int64_t seconds = ohm_mono_since(now, control->heated_mono) / OHM_SECOND_MS;
    if (seconds <= 0)
        return;
    control->heated_mono = ohm_mono_after(control->heated_mono, seconds * OHM_SECOND_MS);
    int32_t rated_va = breaking_va(rules, supply);
    int32_t worst[OHM_SCOPES];
    for (int s = 0; s < OHM_SCOPES; s++)
        worst[s] = before_va[s] > supply->va[s] ? before_va[s] : supply->va[s];
    for (int s = 0; s < OHM_SCOPES && rated_va > 2; s++) {
        int32_t x = ohm_thermal_ratio(worst[s], s == 0 ? rated_va : rated_va / 3);
        control->heat[s] = ohm_thermal_step(OHM_THERMAL_LINKY, control->heat[s], x, seconds);
    }
    for (uint16_t i = 0; i < rules->limits_count; i++) {
        const ohm_power_limit *limit = &rules->limits[i];
        if (limit->kind != OHM_LIMIT_FUSE)
            continue;
        int32_t va = limit->branch > 0 ? control->branches[limit->branch - 1].supply.va[0]
                                       : worst[limit->phase];
        int32_t x = ohm_thermal_ratio(va, limit->va);
        control->fuse_heat[i] =
            ohm_thermal_step(OHM_THERMAL_FUSE, control->fuse_heat[i], x, seconds);
    }
}

bool ohm_control_frame(ohm_control *control, const ohm_control_rules *rules, const ohm_frame *frame,
                       ohm_mono_ms now, int64_t power_w_max)
{
    int32_t before_va[OHM_SCOPES];
    bool saw = control->supply.seen;
    memcpy(before_va, control->supply.va, sizeof before_va);
    /* Five times what the breaker holds is nothing that a house draws. */
    int64_t most_w = (int64_t)breaking_va(rules, &control->supply) * 5 / 2;
    if (most_w == 0 || most_w > power_w_max)
        most_w = power_w_max;
    if (!ohm_supply_frame(&control->supply, frame, now, most_w))
        return false;
    heat(control, rules, before_va, now);
    if (saw)
        ohm_shed_follow(rules, control, before_va);
    return true;
}

bool ohm_control_branch_frame(ohm_control *control, const ohm_control_rules *rules, uint8_t branch,
                              const ohm_frame *frame, ohm_mono_ms now, int64_t power_w_max)
{
    assert(branch > 0 && branch <= rules->branches_count);
    ohm_supply *supply = &control->branches[branch - 1].supply;
    int32_t before_va = supply->va[0];
    if (!ohm_supply_frame(supply, frame, now, power_w_max))
        return false;
    /* Up to now it is warmed by the greater of the last two powers. */
    int32_t after_va = supply->va[0];
    supply->va[0] = before_va > after_va ? before_va : after_va;
    heat(control, rules, control->supply.va, now);
    supply->va[0] = after_va;
    return true;
}

void ohm_control_start(ohm_control *control, ohm_mono_ms now, bool cold)
{
    ohm_supply_start(&control->supply);
    control->cold = cold;
    control->cold_end_mono = ohm_mono_after(now, OHM_SHED_COLD_MS);
    control->effect.waits = false;
    if (cold || ohm_mono_since(now, control->heated_mono) < 0) {
        memset(control->heat, 0, sizeof control->heat);
        memset(control->fuse_heat, 0, sizeof control->fuse_heat);
    }
    if (cold || control->heated_mono.v == 0)
        control->heated_mono = now;
    memset(control->overruns, 0, sizeof control->overruns);
    for (int b = 0; b < OHM_BRANCHES_MAX; b++) {
        ohm_supply_start(&control->branches[b].supply);
        memset(control->branches[b].overruns, 0, sizeof control->branches[b].overruns);
    }
}

void ohm_shed_rebase(ohm_control *control, int64_t shift_ms)
{
    ohm_supply_rebase(&control->supply, shift_ms);
    for (int b = 0; b < OHM_BRANCHES_MAX; b++) {
        ohm_supply_rebase(&control->branches[b].supply, shift_ms);
        for (int f = 0; f < OHM_FORCES_COUNT; f++)
            control->branches[b].overruns[f].since_mono.v += shift_ms;
    }
    control->cold_end_mono.v += shift_ms;
    control->heated_mono.v += shift_ms;
    control->effect.mono.v += shift_ms;
    for (int i = 0; i < OHM_LIMITS_MAX; i++)
        control->limits[i].end_mono.v += shift_ms;
    for (int f = 0; f < OHM_FORCES_COUNT; f++)
        for (int s = 0; s < OHM_SCOPES; s++)
            control->overruns[f][s].since_mono.v += shift_ms;
}
