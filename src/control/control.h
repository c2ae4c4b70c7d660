/* Control: where every load should be now, and what keeps it from there.
 *
 *     limits which loads the limits of power ask for (shed.h)
 *     wish   what wins the arbitration (arbiter.h)
 *     hold   what keeps the load where it is all the same: minimum times, a rest after the
 *            longest shed, the process's start, a failed output, its turn to come back
 *
 * Hard, whatever asks: a load is not switched on before its minimum off time nor off before its
 * minimum on time (but for the end of the process, and the latter to keep a breaker from tripping),
 * levels 0 and 1 shed nobody, one load comes on per restore gap. A load that nears its longest shed
 * is released early enough that all of them come back one by one in time, and before any other load
 * that waits.
 *
 * The state is plain data, owned by the engine; nothing here reads a clock. */
#ifndef OHM_CONTROL_CONTROL_H
#define OHM_CONTROL_CONTROL_H

#include "control/limit.h"
#include "control/load.h"
#include "control/supply.h"

typedef struct ohm_control_rules {
    const ohm_load *loads; /* checked by ohm_loads_check */
    uint16_t count;
    int32_t ecowatt_threshold; /* of the loads without their own: 2 or 3 */
    int64_t restore_gap_ms;
    int64_t restore_jitter_ms;     /* on top of the gap, up to so much, drawn anew each time */
    const ohm_power_limit *limits; /* checked by ohm_limits_check */
    uint16_t limits_count;
    uint8_t branches_count; /* what limits and loads name is at most that */
    int32_t contract_va;    /* subscribed, where the meter does not say; 0 = not known */
    int32_t base_va;        /* what all else is taken to draw when the meter is silent; 0: 30 % */
    /* How long the main meter, then those of the branches, may be silent (control/supply.h). */
    int64_t silence_ms[1 + OHM_BRANCHES_MAX];
} ohm_control_rules;

/* One limit that is passed, since when, and whether shedding has nothing left to give. Not on:
 * since when, to come, nothing of it counts any more. */
typedef struct ohm_overrun {
    bool on, uncovered;
    ohm_mono_ms since_mono;
} ohm_overrun;

/* A switching whose effect the meter has not shown yet. */
typedef struct ohm_effect {
    bool waits;
    uint16_t load; /* OHM_LOADS_MAX: several at once */
    int32_t expected_va, before_va;
    int32_t before_phase_va[3];
    ohm_mono_ms mono; /* of the last of them */
} ohm_effect;

/* What hangs on a meter of its own. */
typedef struct ohm_branch {
    ohm_supply supply;
    ohm_overrun overruns[OHM_FORCES_COUNT];
} ohm_branch;

typedef struct ohm_control {
    ohm_load_state loads[OHM_LOADS_MAX];
    bool has_restored;
    ohm_mono_ms restored_mono; /* the last load switched on */
    int64_t gap_extra_ms;      /* drawn for the next one */
    uint64_t random;           /* what it is drawn from; not 0 */
    ohm_mono_ms cold_end_mono; /* until then loads that had no power for long want it all */
    bool cold;

    /* Limits of power (control/shed.h). */
    ohm_supply supply;
    ohm_limit_state limits[OHM_LIMITS_MAX];
    ohm_overrun overruns[OHM_FORCES_COUNT][OHM_SCOPES];
    int64_t heat[OHM_SCOPES];          /* of the breaker in the meter */
    int64_t fuse_heat[OHM_LIMITS_MAX]; /* of each limit that is a fuse */
    ohm_mono_ms heated_mono;           /* up to when */
    ohm_effect effect;
    ohm_branch branches[OHM_BRANCHES_MAX];
    ohm_mono_ms counted_mono; /* up to when the budgets of the day are counted */
} ohm_control;

/* Where a scope's power comes from, and what of it: the site and its phases share a meter. */
static inline const ohm_supply *ohm_control_supply(const ohm_control *control, uint8_t scope)
{
    return scope < OHM_SCOPES ? &control->supply : &control->branches[scope - OHM_SCOPES].supply;
}

/* Whether the last power of a scope is too old to decide by; `silence_ms` as in the rules. */
static inline bool ohm_control_is_blind(const ohm_control *control,
                                        const int64_t silence_ms[static 1 + OHM_BRANCHES_MAX],
                                        uint8_t scope, ohm_mono_ms now)
{
    int meter = scope < OHM_SCOPES ? 0 : scope - OHM_SCOPES + 1;
    return ohm_supply_is_blind(ohm_control_supply(control, scope), silence_ms[meter], now);
}

static inline int32_t ohm_control_va(const ohm_control *control, uint8_t scope)
{
    return ohm_control_supply(control, scope)->va[scope < OHM_SCOPES ? scope : 0];
}

/* What a step is told. */
typedef struct ohm_control_now {
    ohm_mono_ms mono;
    ohm_ms utc_ms;
    bool calendar; /* the wall clock can be trusted: levels and calendar times mean something */
    bool starting; /* nothing switches but what its longest shed brings back */
    ohm_mono_ms start_mono; /* of this run */
    ohm_mono_ms start_end_mono;
    bool stopping;
    int32_t level;    /* Ecowatt now, 0..3, OHM_LEVEL_NONE */
    ohm_day_code day; /* of limits that hold on some days; OHM_DAY_UNKNOWN */
    /* until_ms[k]: the end of the run of hours of level >= k that holds now */
    ohm_ms until_ms[OHM_LEVEL_MAX + 1];
} ohm_control_now;

typedef enum ohm_news_kind {
    OHM_NEWS_UNCOVERED, /* a limit is passed, and no load is left to shed; `detail`: by how much */
    OHM_NEWS_ON_MIN,    /* a minimum on time was broken for a breaker */
    OHM_NEWS_SHED_MAX,  /* a longest shed is over, and there is no power for the load */
    OHM_NEWS_EFFECT,    /* what a switching did: `expected_va`, and as measured `detail` */
    OHM_NEWS_LIMIT_ENDED,  /* what a limit's source said holds no longer; `detail`: the limit */
    OHM_NEWS_RATING_ENDED, /* what the meter said is subscribed holds no longer; `detail`: it */
    OHM_NEWS_NO_EFFECT,    /* switchings of the load show nothing: its contact may be stuck */
    OHM_NEWS_BUDGET,       /* it was shed today for as long as it may be */
    OHM_NEWS_KINDS_COUNT
} ohm_news_kind;

typedef struct ohm_news {
    ohm_news_kind kind;
    uint16_t load; /* OHM_LOADS_MAX: none, or several */
    int32_t expected_va;
    int64_t detail;
} ohm_news;

enum { OHM_NEWS_MAX = 32 };

typedef struct ohm_decisions {
    uint16_t count, news_count;
    ohm_decision items[OHM_LOADS_MAX];
    ohm_news news[OHM_NEWS_MAX];
} ohm_decisions;

/* Not known yet: shed, nothing remembered. */
void ohm_control_init(ohm_load_state *state);

/* A load found fed or not at the start of a process; `settled_ms` is how long it has been so, 0
 * if that can't be known (minimum times then count from now). */
void ohm_control_boot(ohm_load_state *state, bool fed, int64_t settled_ms,
                      const ohm_control_now *now);

/* `end_ms` OHM_NO_MS: asked for without a clock that could tell. */
void ohm_control_override(ohm_load_state *state, bool fed, ohm_mono_ms end_mono, ohm_ms end_ms);
/* The same, and exactly that setting, which feeds the load or sheds it. */
void ohm_control_override_set(ohm_load_state *state, const ohm_load *load, int32_t setting,
                              ohm_mono_ms end_mono, ohm_ms end_ms);
void ohm_control_override_clear(ohm_load_state *state);
/* The wall clock was set, or moved by itself: what happened in this run (it began at `run_start`)
 * and what is to end keep their durations, and get the calendar's times anew. */
void ohm_control_clock(ohm_load_state *state, ohm_mono_ms run_start, const ohm_control_now *now);
/* Ends the override whose time has come; true if it did. Call before the step. */
bool ohm_control_override_expire(ohm_load_state *state, ohm_mono_ms now);

/* What a plan asks until an end; the next step says it, with its reason. */
void ohm_control_plan(ohm_load_state *state, bool fed, ohm_mono_ms end_mono,
                      ohm_plan_reason reason);
void ohm_control_plan_set(ohm_load_state *state, const ohm_load *load, int32_t setting,
                          ohm_mono_ms end_mono, ohm_plan_reason reason);
void ohm_control_plan_clear(ohm_load_state *state);

/* What an output says. True when it has just failed, or has just come back: state->output then
 * says which. After a failure the load goes to its fail-safe state, and the next attempt comes
 * after one minute, two, four … an hour. */
bool ohm_control_output(ohm_load_state *state, ohm_output_state output, bool fed,
                        const ohm_control_now *now);
/* Of a load that has a setting, with the one that it is at. */
bool ohm_control_output_at(ohm_load_state *state, ohm_output_state output, bool fed,
                           int32_t setting, const ohm_control_now *now);

/* Fed, or off by an order of this run that its relay has not confirmed. Any board has answered by
 * the end of OHM_INTERLOCK_CONFIRM_MS (relay/board.c); one that is lost after that takes no place.
 */
enum { OHM_INTERLOCK_CONFIRM_MS = 5 * OHM_MINUTE_MS };
bool ohm_control_may_be_fed(const ohm_load_state *state, const ohm_control_now *now);

/* A frame of the main meter: true if its power is believed. */
bool ohm_control_frame(ohm_control *control, const ohm_control_rules *rules, const ohm_frame *frame,
                       ohm_mono_ms now, int64_t power_w_max);
/* A frame of any device: what loads' comfort goes by. */
void ohm_control_feel(ohm_control *control, const ohm_control_rules *rules, const ohm_frame *frame,
                      ohm_mono_ms now);
/* A frame of a branch's meter, 1..branches_count. */
bool ohm_control_branch_frame(ohm_control *control, const ohm_control_rules *rules, uint8_t branch,
                              const ohm_frame *frame, ohm_mono_ms now, int64_t power_w_max);
/* A process starts; after a power cut (`cold`) loads come back more slowly for a while. */
void ohm_control_start(ohm_control *control, ohm_mono_ms now, bool cold);

/* Moves every time of mono_ms by `shift_ms`: a new boot counts from elsewhere. */
void ohm_control_rebase(ohm_control *control, uint16_t count, int64_t shift_ms);

/* The end of the process: one load goes to its fail-safe state, which is where its released contact
 * leaves it; the one switching that waits for no minimum time. The load that is nearest to the end
 * of its own goes first; none is left when no decision comes. */
void ohm_control_let_go(const ohm_control_rules *rules, ohm_control *control,
                        const ohm_control_now *now, ohm_decisions *ret_decisions);

/* What time alone does, at the begin of a step: counts the day's budgets, ends rests and plans,
 * hears which sensors fell silent. Returns how many loads are shed that have a longest shed. */
uint16_t ohm_control_count(const ohm_control_rules *rules, ohm_control *control,
                           const ohm_control_now *now, ohm_decisions *decisions);

/* pace.c: between two loads that come back, at the most; marks the loads whose longest shed is
 * near, of `waiting` that have one; what the next gap is longer by. */
int64_t ohm_control_gap_max_ms(const ohm_control_rules *rules);
void ohm_control_mark_exhausted(const ohm_control_rules *rules, ohm_control *control,
                                ohm_mono_ms now, int64_t waiting);
int64_t ohm_control_draw_extra(const ohm_control_rules *rules, ohm_control *control);

/* One decision for every load that moves or whose reason changes. */
void ohm_control_step(const ohm_control_rules *rules, ohm_control *control,
                      const ohm_control_now *now, ohm_decisions *ret_decisions);

#endif
