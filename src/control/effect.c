/* What switchings do, by the meter. */
#include "control/look.h"
#include "control/shed.h"

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
void ohm_look_effect(ohm_look *l)
{
    ohm_effect *effect = &l->control->effect;
    const ohm_supply *supply = &l->control->supply;
    if (!effect->waits)
        return;
    if (ohm_supply_is_blind(supply, l->now->mono)) {
        effect->waits = false;
        return;
    }
    if (ohm_mono_since(supply->seen_mono, effect->mono) < OHM_SHED_SETTLE_MS)
        return;
    effect->waits = false;
    ohm_look_tell(l, (ohm_news){ .kind = OHM_NEWS_EFFECT,
                                 .load = effect->load,
                                 .expected_va = effect->expected_va,
                                 .detail = supply->va[0] - effect->before_va });
}
