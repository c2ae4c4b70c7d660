/* How loads come back: the gap between two of them, and whose longest shed is near. */
#include "control/control.h"

int64_t ohm_control_gap_max_ms(const ohm_control_rules *rules)
{
    return rules->restore_gap_ms + rules->restore_jitter_ms;
}

/* Each early enough for all of them to come back one after the other, with a gap before the first.
 */
void ohm_control_mark_exhausted(const ohm_control_rules *rules, ohm_control *control,
                                ohm_mono_ms now, int64_t waiting)
{
    int64_t lead_ms = (waiting + 1) * ohm_control_gap_max_ms(rules);

    for (uint16_t i = 0; i < rules->count && waiting > 0; i++) {
        ohm_load_state *state = &control->loads[i];
        int64_t shed_max_ms = rules->loads[i].shed_max_ms;
        if (state->shedding && shed_max_ms > 0 &&
            ohm_mono_since(now, state->shed_start_mono) >= shed_max_ms - lead_ms)
            state->exhausted = true;
    }
}

/* Houses that came back together drift apart (xorshift64*). */
int64_t ohm_control_draw_extra(const ohm_control_rules *rules, ohm_control *control)
{
    if (rules->restore_jitter_ms <= 0)
        return 0;
    uint64_t x = control->random ? control->random : 1;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    control->random = x;
    uint64_t drawn = (x * UINT64_C(2685821657736338717)) >> 32;
    return (int64_t)(drawn % (uint64_t)(rules->restore_jitter_ms + 1));
}
