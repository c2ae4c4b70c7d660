/* Control: where every load should be now, and what keeps it from there.
 *
 *     wish   what wins the arbitration (arbiter.h)
 *     hold   what keeps the load where it is all the same: minimum times, a rest after the
 *            longest shed, the process's start, a failed output, its turn to come back
 *
 * Hard, whatever asks: a load is not switched on before its minimum off time nor off before its
 * minimum on time (but for the end of the process), levels 0 and 1 shed nobody, one load comes on
 * per restore gap. A load that nears its longest shed is released early enough that all of them
 * come back one by one in time, and before any other load that waits.
 *
 * The state is plain data, owned by the engine; nothing here reads a clock. */
#ifndef OHM_CONTROL_CONTROL_H
#define OHM_CONTROL_CONTROL_H

#include "control/load.h"

typedef struct ohm_control_rules {
    const ohm_load *loads; /* checked by ohm_loads_check */
    uint16_t count;
    int32_t ecowatt_threshold; /* of the loads without their own: 2 or 3 */
    int64_t restore_gap_ms;
} ohm_control_rules;

typedef struct ohm_control {
    ohm_load_state loads[OHM_LOADS_MAX];
    bool has_restored;
    ohm_mono_ms restored_mono; /* the last load switched on */
} ohm_control;

/* What a step is told. */
typedef struct ohm_control_now {
    ohm_mono_ms mono;
    ohm_ms utc_ms;
    bool calendar; /* the wall clock can be trusted: levels and calendar times mean something */
    bool starting; /* nothing switches but what its longest shed brings back */
    ohm_mono_ms start_end_mono;
    bool stopping;
    int32_t level; /* Ecowatt now, 0..3, OHM_LEVEL_NONE */
    /* until_ms[k]: the end of the run of hours of level >= k that holds now */
    ohm_ms until_ms[OHM_LEVEL_MAX + 1];
} ohm_control_now;

typedef struct ohm_decisions {
    uint16_t count;
    ohm_decision items[OHM_LOADS_MAX];
} ohm_decisions;

/* Not known yet: shed, nothing remembered. */
void ohm_control_init(ohm_load_state *state);

/* A load found fed or not at the start of a process; `settled_ms` is how long it has been so, 0
 * if that can't be known (minimum times then count from now). */
void ohm_control_boot(ohm_load_state *state, bool fed, int64_t settled_ms,
                      const ohm_control_now *now);

/* `end_ms` OHM_NO_MS: asked for without a clock that could tell. */
void ohm_control_override(ohm_load_state *state, bool fed, ohm_mono_ms end_mono, ohm_ms end_ms);
void ohm_control_override_clear(ohm_load_state *state);
/* The wall clock was set, or moved by itself: what happened in this run (it began at `run_start`)
 * and what is to end keep their durations, and get the calendar's times anew. */
void ohm_control_clock(ohm_load_state *state, ohm_mono_ms run_start, const ohm_control_now *now);
/* Ends the override whose time has come; true if it did. Call before the step. */
bool ohm_control_override_expire(ohm_load_state *state, ohm_mono_ms now);

/* What an output says. True when it has just failed, or has just come back: state->output then
 * says which. After a failure the load goes to its fail-safe state, and the next attempt comes
 * after one minute, two, four … an hour. */
bool ohm_control_output(ohm_load_state *state, ohm_output_state output, bool fed,
                        const ohm_control_now *now);

/* Moves every time of mono_ms by `shift_ms`: a new boot counts from elsewhere. */
void ohm_control_rebase(ohm_control *control, uint16_t count, int64_t shift_ms);

/* The end of the process: every load goes to its fail-safe state at once, which is where its
 * released contact leaves it; the one switching that waits for no minimum time. */
void ohm_control_let_go(const ohm_control_rules *rules, ohm_control *control,
                        const ohm_control_now *now, ohm_decisions *ret_decisions);

/* One decision for every load that moves or whose reason changes. */
void ohm_control_step(const ohm_control_rules *rules, ohm_control *control,
                      const ohm_control_now *now, ohm_decisions *ret_decisions);

#endif
