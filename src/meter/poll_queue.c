#include "meter/poll_queue.h"

void ohm_poll_slot_init(ohm_poll_slot *slot, int64_t every_ms, ohm_mono_ms now)
{
    if (every_ms < OHM_POLL_PACE_MS_MIN)
        every_ms = OHM_POLL_PACE_MS_MIN;
    *slot = (ohm_poll_slot){ .every_ms = every_ms, .due_ms = now.v };
}

int ohm_poll_pick(const ohm_poll_slot *const *slots, size_t count, bool after_dead, ohm_mono_ms now,
                  int64_t *ret_wait_ms)
{
    int living = -1, dead = -1;
    int64_t wait_ms = -1;
    for (size_t i = 0; i < count; i++) {
        int *best = slots[i]->failures > 0 ? &dead : &living;
        int64_t left_ms = slots[i]->due_ms - now.v;
        if (wait_ms < 0 || left_ms < wait_ms)
            wait_ms = left_ms < 0 ? 0 : left_ms;
        if (left_ms <= 0 && (*best < 0 || slots[i]->due_ms < slots[*best]->due_ms))
            *best = (int)i;
    }
    *ret_wait_ms = wait_ms;
    if (living < 0 || dead < 0)
        return living < 0 ? dead : living;
    return after_dead || slots[living]->due_ms <= slots[dead]->due_ms ? living : dead;
}

void ohm_poll_ended(ohm_poll_slot *slot, bool good, ohm_mono_ms now)
{
    if (good) {
        slot->failures = 0;
        slot->due_ms += slot->every_ms;
        if (slot->due_ms < now.v) /* what was missed is not caught up with */
            slot->due_ms = now.v;
        return;
    }
    int64_t rest_ms = slot->every_ms;
    int64_t most_ms = rest_ms > OHM_POLL_REST_MS_MAX ? rest_ms : OHM_POLL_REST_MS_MAX;
    for (uint32_t i = 0; i < slot->failures && rest_ms < most_ms; i++)
        rest_ms *= 2;
    slot->failures += slot->failures < UINT32_MAX;
    slot->due_ms = now.v + (rest_ms < most_ms ? rest_ms : most_ms);
}
