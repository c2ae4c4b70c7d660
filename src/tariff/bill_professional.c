#include "tariff/bill_own.h"

/* The reactive energy, and the active that some of it is free for, inside the hours that count.
 * A step across their border, or that of a month, is shared by time, as all energy is. */
static ohm_err add_reactive(ohm_bill_making *m, const ohm_use *use)
{
    const ohm_contract_slot *hours = &m->c->professional.reactive;
    int64_t span = use->to_ms - use->from_ms, done_mwh = 0, done_mvarh = 0;
    for (ohm_ms at_ms = use->from_ms, end_ms; at_ms < use->to_ms; at_ms = end_ms) {
        bool counts = ohm_contract_slot_at(m->c, hours, m->q->tz, m->q->codes, at_ms);
        ohm_bill_move_to(m, at_ms);
        ohm_bill_segment *s = &m->segments[m->at];
        end_ms = ohm_contract_slot_until(m->c, hours, m->q->tz, at_ms);
        end_ms = end_ms < s->when.to_ms ? end_ms : s->when.to_ms;
        end_ms = end_ms < use->to_ms ? end_ms : use->to_ms;
        m->shared |= end_ms < use->to_ms;
        if (counts && use->reactive_mvarh == OHM_NO_USE)
            return ohm_bill_fail(m, OHM_GAP, "reactive energy is not measured", at_ms);
        int64_t upto_mwh = ohm_bill_share(use->import_mwh, end_ms - use->from_ms, span);
        int64_t upto_mvarh = use->reactive_mvarh == OHM_NO_USE
                                 ? 0
                                 : ohm_bill_share(use->reactive_mvarh, end_ms - use->from_ms, span);
        if (counts && (__builtin_add_overflow(s->active_mwh, upto_mwh - done_mwh, &s->active_mwh) ||
                       __builtin_add_overflow(s->reactive_mvarh, upto_mvarh - done_mvarh,
                                              &s->reactive_mvarh)))
            return ohm_bill_fail(m, OHM_TOO_BIG, "the energy is too large", at_ms);
        done_mwh = upto_mwh;
        done_mvarh = upto_mvarh;
    }
    return ohm_ok();
}

/* The clock hours that a mean power above the subscribed one touches, each once, and the greatest
 * overrun, in every stretch that the step reaches. */
static void add_overrun(ohm_bill_making *m, const ohm_use *use, int64_t over_va)
{
    for (ohm_ms at_ms = use->from_ms; at_ms < use->to_ms;) {
        ohm_bill_move_to(m, at_ms);
        ohm_bill_segment *s = &m->segments[m->at];
        ohm_ms end_ms = s->when.to_ms < use->to_ms ? s->when.to_ms : use->to_ms;
        int64_t first = at_ms / OHM_HOUR_MS, last = (end_ms - 1) / OHM_HOUR_MS;
        if (first <= m->overrun_hour)
            first = m->overrun_hour + 1;
        if (first <= last) {
            s->overrun_hours += last - first + 1;
            m->overrun_hour = last;
        }
        if (over_va > s->overrun_va)
            s->overrun_va = over_va;
        at_ms = end_ms;
    }
}

ohm_err ohm_bill_professional(ohm_bill_making *m, const ohm_use *use)
{
    const ohm_professional *pro = &m->c->professional;
    if (pro->reactive_ueur_per_kvarh)
        OHM_TRY(add_reactive(m, use));
    if (!pro->overrun_ueur_per_hour && !pro->overrun_ueur_per_kva)
        return ohm_ok();
    if (use->va == OHM_NO_USE)
        return ohm_bill_fail(m, OHM_GAP, "the power drawn is not measured", use->from_ms);
    if (use->va > m->c->subscribed_va)
        add_overrun(m, use, use->va - m->c->subscribed_va);
    return ohm_ok();
}
