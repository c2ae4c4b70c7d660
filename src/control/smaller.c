#include "control/smaller.h"

#include <assert.h>
#include <string.h>

#include "control/select.h"
#include "control/shed.h"
#include "control/thermal.h"

void ohm_smaller_init(ohm_smaller *s, const ohm_load *loads, uint16_t loads_count,
                      const int32_t *powers, uint16_t powers_count)
{
    assert(loads_count <= OHM_LOADS_MAX && powers_count <= OHM_SMALLER_POWERS_MAX);
    memset(s, 0, sizeof *s);
    s->loads = loads;
    s->loads_count = loads_count;
    s->powers_count = powers_count;
    s->end_ms = OHM_NO_MS;
    for (uint16_t i = 0; i < powers_count; i++) {
        assert(powers[i] > 0);
        s->powers[i].va = powers[i];
        s->powers[i].last_ms = OHM_NO_MS;
    }
}

/* --- as it was drawn ------------------------------------------------------------------ */

/* The breaker of `rated_va` warms up for whole seconds; true when it opens in them. It is closed
 * again by hand once what is drawn fits. */
static bool warm(int64_t *heat, bool *is_tripped, int64_t va, int32_t rated_va, int64_t seconds)
{
    int32_t x = ohm_thermal_ratio(va, rated_va);
    int32_t left_s =
        va > rated_va ? ohm_thermal_left_s(OHM_THERMAL_LINKY, *heat, x) : OHM_THERMAL_NEVER;
    bool opens = !*is_tripped && left_s != OHM_THERMAL_NEVER && left_s < seconds;
    *is_tripped = (*is_tripped || opens) && va > rated_va;
    *heat = *is_tripped ? 0 : ohm_thermal_step(OHM_THERMAL_LINKY, *heat, x, seconds);
    return opens;
}

static void look(ohm_smaller_power *p, int64_t va, ohm_interval when, int64_t seconds)
{
    int64_t ms = when.to_ms - when.from_ms;
    p->trips += warm(&p->heat, &p->is_tripped, va, p->va, seconds);
    if (va <= p->va) {
        p->is_over = false;
        return;
    }
    if (!p->is_over) {
        p->overruns++;
        p->over_since_ms = when.from_ms;
    }
    p->is_over = true;
    p->over_ms += ms;
    p->last_ms = when.from_ms;
    if (when.to_ms - p->over_since_ms > p->longest_ms)
        p->longest_ms = when.to_ms - p->over_since_ms;
}

/* --- with shedding -------------------------------------------------------------------- */

static int64_t drawn_of(const ohm_smaller_power *p, int64_t va)
{
    return va > p->covered_va ? va - p->covered_va : 0;
}

static void begin_shed(const ohm_smaller *s, ohm_smaller_power *p, uint16_t load, ohm_ms now_ms)
{
    ohm_smaller_load *l = &p->loads[load];
    l->is_shed = true;
    l->since_ms = now_ms;
    l->times++;
    p->switchings++;
    p->covered_va += ohm_load_va(&s->loads[load]);
}

static void end_shed(const ohm_smaller *s, ohm_smaller_power *p, uint16_t load, ohm_ms now_ms)
{
    ohm_smaller_load *l = &p->loads[load];
    int64_t ms = now_ms - l->since_ms;
    l->is_shed = false;
    l->shed_ms += ms;
    l->longest_ms = ms > l->longest_ms ? ms : l->longest_ms;
    p->switchings++;
    p->covered_va -= ohm_load_va(&s->loads[load]);
}

/* Chooses loads for what is over. False: there is none that could be drawing. */
static bool cut(const ohm_smaller *s, ohm_smaller_power *p, int64_t va, ohm_ms now_ms)
{
    ohm_candidate candidates[OHM_LOADS_MAX];
    uint16_t count = 0;
    int64_t drawn_va = drawn_of(p, va);
    for (uint16_t i = 0; i < s->loads_count; i++) {
        const ohm_load *load = &s->loads[i];
        int32_t relief_va = ohm_load_va(load);
        bool may = !load->never_shed && !p->loads[i].is_shed && relief_va > 0;
        if (may && relief_va <= drawn_va)
            candidates[count++] = (ohm_candidate){ .load = i,
                                                   .tier = load->tier,
                                                   .relief_va = relief_va,
                                                   .served_ms = p->loads[i].shed_ms };
    }
    if (!count)
        return false;
    (void)ohm_select(candidates, count, drawn_va - p->va);
    for (uint16_t i = 0; i < count; i++)
        if (candidates[i].chosen)
            begin_shed(s, p, candidates[i].load, now_ms);
    return true;
}

/* The load that comes back first: of the highest tier, and there the one that went off last. */
static int next_back(const ohm_smaller *s, const ohm_smaller_power *p)
{
    int best = -1;
    for (uint16_t i = 0; i < s->loads_count; i++) {
        if (!p->loads[i].is_shed)
            continue;
        bool later = best >= 0 && s->loads[i].tier == s->loads[best].tier &&
                     p->loads[i].since_ms > p->loads[best].since_ms;
        if (best < 0 || s->loads[i].tier > s->loads[best].tier || later)
            best = i;
    }
    return best;
}

/* One load comes back when it fits: `va` is what would be drawn with all of them. */
static void restore(const ohm_smaller *s, ohm_smaller_power *p, int64_t va, ohm_interval when)
{
    int load = p->covered_va ? next_back(s, p) : -1;
    int64_t drawn_va = load < 0 ? 0 : va - p->covered_va + ohm_load_va(&s->loads[load]);
    if (load < 0 || drawn_va + OHM_SHED_MARGIN_VA > p->va) {
        p->fits = false;
        return;
    }
    if (!p->fits)
        p->fits_since_ms = when.from_ms;
    p->fits = true;
    int64_t rested_ms = p->loads[load].since_ms + s->loads[load].off_min_ms;
    int64_t due_ms = p->fits_since_ms + OHM_SHED_HOLD_MS;
    due_ms = due_ms > rested_ms ? due_ms : rested_ms;
    if (due_ms > when.to_ms)
        return;
    end_shed(s, p, (uint16_t)load, due_ms > when.from_ms ? due_ms : when.from_ms);
    p->fits = false;
}

/* From when on something has to be shed, if things stay as they are. */
static ohm_ms act_by(const ohm_smaller_power *p, int64_t drawn_va, ohm_ms now_ms)
{
    ohm_ms due_ms = p->waits_since_ms + OHM_SHED_PATIENCE_MS;
    int32_t x = ohm_thermal_ratio(drawn_va, p->va);
    int32_t left_s = ohm_thermal_left_s(OHM_THERMAL_LINKY, p->heat_left, x);
    ohm_ms trip_ms = now_ms + (left_s - OHM_SHED_TRIP_S) * INT64_C(1000);
    return left_s != OHM_THERMAL_NEVER && trip_ms < due_ms ? trip_ms : due_ms;
}

static void shed(const ohm_smaller *s, ohm_smaller_power *p, int64_t va, ohm_interval when,
                 int64_t seconds)
{
    int64_t drawn_va = drawn_of(p, va);
    if (drawn_va > p->va && !p->waits) {
        p->waits = true;
        p->waits_since_ms = when.from_ms;
    }
    p->waits = drawn_va > p->va;
    if (p->waits) {
        ohm_ms due_ms = act_by(p, drawn_va, when.from_ms);
        due_ms = due_ms > when.from_ms ? due_ms : when.from_ms;
        if (due_ms < when.to_ms && cut(s, p, va, due_ms)) {
            /* What is left of the interval goes by what is then drawn. */
            int64_t before_s = (due_ms - when.from_ms) / 1000;
            before_s = before_s < seconds ? before_s : seconds;
            p->trips_left += warm(&p->heat_left, &p->is_tripped_left, drawn_va, p->va, before_s);
            seconds -= before_s;
            when.from_ms = due_ms;
            drawn_va = drawn_of(p, va);
            p->waits = drawn_va > p->va;
        }
    }
    p->trips_left += warm(&p->heat_left, &p->is_tripped_left, drawn_va, p->va, seconds);
    bool patient = p->waits && when.to_ms - p->waits_since_ms <= OHM_SHED_PATIENCE_MS;
    if (drawn_va > p->va && !patient)
        p->uncovered_ms += when.to_ms - when.from_ms;
    restore(s, p, va, when);
}

/* --- all of it ------------------------------------------------------------------------ */

/* After a gap nobody knows: what was shed is given back, what was warm is cold. */
static void forget(const ohm_smaller *s, ohm_smaller_power *p)
{
    for (uint16_t i = 0; i < s->loads_count && p->covered_va; i++)
        if (p->loads[i].is_shed)
            end_shed(s, p, i, s->end_ms);
    p->is_over = p->is_tripped = p->is_tripped_left = p->waits = p->fits = false;
    p->heat = p->heat_left = 0;
}

void ohm_smaller_end(ohm_smaller *s)
{
    for (uint16_t i = 0; i < s->powers_count; i++)
        forget(s, &s->powers[i]);
}

void ohm_smaller_add(ohm_smaller *s, int64_t va, ohm_interval when)
{
    assert(when.from_ms < when.to_ms && va >= 0);
    bool gap = s->end_ms != OHM_NO_MS && when.from_ms != s->end_ms;
    int64_t ms = s->rest_ms + when.to_ms - when.from_ms;
    for (uint16_t i = 0; i < s->powers_count; i++) {
        if (gap)
            forget(s, &s->powers[i]);
        look(&s->powers[i], va, when, ms / 1000);
        shed(s, &s->powers[i], va, when, ms / 1000);
    }
    s->rest_ms = ms % 1000;
    s->end_ms = when.to_ms;
    s->measured_ms += when.to_ms - when.from_ms;
    s->count++;
}
