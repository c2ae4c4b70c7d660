/* Shedding: what the limits of power ask of each load, and when there is room for it again.
 *
 * Over a limit, loads are chosen (control/select.h) and marked with its force: at once for an
 * order of the grid, else after OHM_SHED_PATIENCE_MS (of which what is below takes back
 * OHM_SHED_CALMING times as much), or as soon as the breaker or fuse would give way within
 * OHM_SHED_TRIP_S. What was just shed counts as gone until the meter can show it, so nothing is
 * shed twice; what it then still shows is shed for again.
 *
 * A load that is off comes back only when, on each scope and for each force, its power and a tenth
 * and OHM_SHED_MARGIN_VA fit below the limit, and have so for OHM_SHED_HOLD_MS (twice as long for
 * each time it came back and was too much; twice again after a power cut). Until then it is
 * marked with the force of the limit that has no room. Its latest end is its longest shed, or
 * OHM_SHED_LONGEST_MS: before that, others of its tier or below are shed in its place, and if there
 * are none that is said.
 *
 * At that end, and for a person, its bare power has to fit; and once it is over, what a breaker
 * holds for ever. A load that fitted when it went off is never kept off by the margin.
 *
 * A silent meter: the same, on what the loads that are fed and a base draw by their plates. */
#ifndef OHM_CONTROL_SHED_H
#define OHM_CONTROL_SHED_H

#include "control/control.h"

enum {
    OHM_SHED_PATIENCE_MS = 20000,
    OHM_SHED_CALMING = 4, /* a second below a limit takes back so many above it */
    OHM_SHED_TRIP_S = 45,
    OHM_SHED_SETTLE_MS = 3000, /* a switching shows in the meter after this */
    OHM_SHED_MARGIN_VA = 100,
    OHM_SHED_HOLD_MS = 30000,
    OHM_SHED_DOUBLINGS_MAX = 5,
    OHM_SHED_FAILED_MS = 15 * OHM_MINUTE_MS,   /* too much so soon after it came back: it failed */
    OHM_SHED_FORGIVEN_MS = 30 * OHM_MINUTE_MS, /* fed for so long: its failures are forgotten */
    OHM_SHED_LONGEST_MS = OHM_HOUR_MS,
    OHM_SHED_TURN_MS = 90000, /* so long before its latest end others give way */
    OHM_SHED_COLD_MS = 15 * OHM_MINUTE_MS,
    OHM_SHED_COLD_GAP = 3, /* times the gap */
    OHM_SHED_BASE_PERCENT = 30,
    OHM_SHED_TRIAL_PERCENT = 115, /* of a breaker: holds for ever, and is tried when overdue */
    OHM_GLIDE_AGAIN_MS = OHM_MINUTE_MS, /* lowered again so soon: to its least, then cut */
    OHM_GLIDE_UP_MS = 30000,            /* a surplus that lasts is followed, */
    OHM_GLIDE_DOWN_MS = 10000,          /* sooner down than up */
    OHM_SHED_REASON_MS = OHM_MINUTE_MS, /* a milder reason is named after so long */
};

/* Marks every load; at the begin of a step. */
void ohm_shed_look(const ohm_control_rules *rules, ohm_control *control, const ohm_control_now *now,
                   ohm_decisions *decisions);
/* A load was switched. */
void ohm_shed_switched(const ohm_control_rules *rules, ohm_control *control, uint16_t load,
                       ohm_mono_ms now);
/* What a load is told to draw was changed by so much. */
void ohm_shed_moved(const ohm_control_rules *rules, ohm_control *control, uint16_t load,
                    int32_t change_va, ohm_mono_ms now);
/* A frame: what drew nothing may have begun to, what would draw more than all of it does not. */
void ohm_shed_follow(const ohm_control_rules *rules, ohm_control *control,
                     const int32_t *before_va);
/* Moves every time of mono_ms but the loads'. */
void ohm_shed_rebase(ohm_control *control, int64_t shift_ms);
/* When a limit's hold on a load ends at the latest. */
static inline ohm_mono_ms ohm_shed_latest(const ohm_load *load, const ohm_load_state *state)
{
    return ohm_mono_after(state->limited_mono,
                          load->shed_max_ms > 0 ? load->shed_max_ms : OHM_SHED_LONGEST_MS);
}

/* Nothing but a limit keeps it off, as of the last step. */
bool ohm_shed_is_wanted(const ohm_load_state *state);

/* It is off, and that end is near: its turn comes before others'. */
bool ohm_shed_is_due(const ohm_load *load, const ohm_load_state *state, ohm_mono_ms now);

/* What is in force, and what is drawn by what is known: for the page. */
void ohm_shed_bounds(const ohm_control_rules *rules, const ohm_control *control, int32_t level,
                     ohm_day_code day, ohm_bounds *out);
/* Seconds until what limits this scope gives way as things are; OHM_THERMAL_NEVER. */
int32_t ohm_shed_left_s(const ohm_control_rules *rules, const ohm_control *control, uint8_t scope,
                        const ohm_bound *bound);

#endif
