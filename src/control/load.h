/* Loads, what is known of each, and the decisions about them: plain values shared by control,
 * the engine, the relays and the page. */
#ifndef OHM_CONTROL_LOAD_H
#define OHM_CONTROL_LOAD_H

#include <stdbool.h>

#include "base/err.h"
#include "base/time.h"
#include "plan/why.h"

enum {
    OHM_LOADS_MAX = 200,
    OHM_LOAD_ID_MAX = 32,
    OHM_LOAD_NAME_MAX = 64,
    OHM_LEVEL_NEVER = 100,  /* an Ecowatt threshold that no level reaches: never shed for it */
    OHM_LEVEL_SHED_MIN = 2, /* levels 0 (abundant) and 1 (normal) never shed, whatever is set */
    OHM_LEVEL_MAX = 3,
    OHM_LEVEL_NONE = -1,
    OHM_RESTORE_GAP_MS = 10000, /* usual, between two loads that come back */
    OHM_LOAD_STEPS = 5,
    OHM_LOAD_SURE = 3,       /* so many of them have to agree */
    OHM_LOAD_EMPTY = 6,      /* so many switchings without effect are suspect */
    OHM_LOAD_BROKEN = 3,     /* so many refusals in a row: broken, until it does as it is told */
    OHM_LOAD_REST_MS = 3000, /* a relay that moved does not move again before this */
    OHM_LOAD_WEIGHT_MAX = 10,
    OHM_LOAD_DAY_MS = 24 * OHM_HOUR_MS,
    OHM_LOAD_FELT_MS = OHM_HOUR_MS, /* a sensor that is silent for longer protects nothing */
    OHM_LIMIT_MAIN = 0xfffe,        /* as a limit: what the meter, else the contract, says */
    OHM_LIMIT_NONE = 0xffff,
    OHM_RULE_NONE = 0xffff,
};

/* What its output can be told. */
typedef enum ohm_load_kind {
    OHM_LOAD_SWITCHED,  /* fed, or not */
    OHM_LOAD_PILOT,     /* an order on the pilot wire of a heater (control/setting.h) */
    OHM_LOAD_MODULATED, /* a setpoint, in W: a charger, a tank with a power controller */
    OHM_LOAD_KINDS_COUNT
} ohm_load_kind;

/* A load as configured. Fed means: may draw power (its own thermostat decides whether it does).
 * Steps look at all but its names: those come last. */
typedef struct ohm_load {
    uint8_t tier;      /* 1 is shed first and restored last */
    uint8_t phase;     /* 1..3; 0 = three-phase or not known */
    uint8_t branch;    /* that it hangs on (control/limit.h), 0 = none */
    uint8_t interlock; /* of those with the same number never two are fed; 0 = none */
    uint8_t weight;    /* a minute off counts so many times in its tier's turns; 0 = once */
    bool failsafe_fed; /* the state when nothing can be known */
    bool never_shed;
    /* Its comfort: below this value of a device's quantity it is shed for a breaker, a fuse or an
     * order of the grid alone. */
    uint16_t comfort_device; /* 1 + the device; 0 = none */
    int32_t nominal_w;
    int32_t ecowatt_threshold; /* 0 = the site's; 2, 3; OHM_LEVEL_NEVER = not concerned */
    int64_t on_min_ms, off_min_ms;
    int64_t shed_max_ms; /* longest shed by a signal; 0 = as long as the signal lasts */
    int64_t shed_day_ms; /* shed in a day of 24 hours, all together; 0 = as it comes */
    int64_t
        rest_min_ms; /* after a longest shed: no new one before this; in proportion after less */
    int64_t comfort_min; /* as quantised */
    uint16_t comfort_quantity;
    ohm_load_kind kind;
    int32_t min_w, step_w; /* of a setpoint; the most is nominal_w */
    int32_t w_per_a;       /* of one in A: what an ampere on each phase is; 0: in W */
    int32_t gives_w; /* a battery: the most that it may be told to give (setting.h); 0 = none */
    int32_t shed_setting;         /* a heater: the order that sheds it */
    int32_t safe_setting;         /* what its output does when nobody tells it anything */
    uint8_t orders;               /* a heater: bit o is set where it can be told the ohm_order o */
    char id[OHM_LOAD_ID_MAX];     /* "water_heater" */
    char name[OHM_LOAD_NAME_MAX]; /* as the household calls it */
} ohm_load;

/* ms that it stays fed, or off, at the least: as configured, and a relay rests in any case. */
static inline int64_t ohm_load_least_ms(const ohm_load *load, bool fed)
{
    int64_t ms = fed ? load->on_min_ms : load->off_min_ms;
    return ms > OHM_LOAD_REST_MS ? ms : OHM_LOAD_REST_MS;
}

/* What asks for the state of a load. The winner of the arbitration (control/control.h). */
typedef enum ohm_cause {
    OHM_CAUSE_NORMAL,     /* nothing asks for less */
    OHM_CAUSE_ECOWATT,    /* the grid's level reaches the load's threshold */
    OHM_CAUSE_MANUAL,     /* a person, until an end */
    OHM_CAUSE_FAILSAFE,   /* stop, failed output */
    OHM_CAUSE_BREAKER,    /* the breaker, what is subscribed, or a fuse would give way */
    OHM_CAUSE_GRID,       /* an order of the grid's operator limits the site */
    OHM_CAUSE_CAP,        /* the household's own limit */
    OHM_CAUSE_INTERLOCK,  /* another load is fed, and never both may be */
    OHM_CAUSE_PLAN,       /* the plan of the coming hours, until an end */
    OHM_CAUSE_RULE,       /* a rule of the household's */
    OHM_CAUSE_THERMOSTAT, /* its zone is warm enough, or is not (control/heat.h) */
    OHM_CAUSE_FROST,      /* its zone is below the frost floor */
    OHM_CAUSE_OWN,        /* a battery that nobody asks anything of: its inverter's own mode */
    OHM_CAUSES_COUNT
} ohm_cause;

/* What a load's zone asks of it (control/heat.h). */
typedef enum ohm_warmth {
    OHM_WARMTH_NONE, /* it is in none, or its sensor is silent */
    OHM_WARMTH_REST, /* the thermostat: warm enough */
    OHM_WARMTH_HEAT, /* the thermostat: to be heated */
    OHM_WARMTH_COLD, /* colder than a plan may let it get */
    OHM_WARMTH_HOT,  /* warmer than a plan or a rule may */
    OHM_WARMTH_FROST,
    OHM_WARMTHS_COUNT
} ohm_warmth;

/* How hard a limit of power presses, in the order of the arbitration. */
typedef enum ohm_force {
    OHM_FORCE_NONE,
    OHM_FORCE_CAP,    /* of the household */
    OHM_FORCE_GRID,   /* of the grid's operator */
    OHM_FORCE_SAFETY, /* breaker, subscribed power, fuse */
    OHM_FORCES_COUNT
} ohm_force;

/* The limit that a decision is about, and how things stood when it was taken. */
typedef struct ohm_pressure {
    uint16_t limit;      /* index in the configuration, OHM_LIMIT_MAIN, OHM_LIMIT_NONE */
    uint8_t phase;       /* its scope: 1..3 a phase, 0 = all together, more: a branch */
    bool blind;          /* by the static plan: the meter is silent */
    int32_t va;          /* the limit */
    int32_t measured_va; /* what was drawn; -1 = not known */
    int32_t trip_s;      /* until it gives way if nothing is done; -1 = it holds */
} ohm_pressure;

/* What keeps a load where it is although its cause asks otherwise. */
typedef enum ohm_hold {
    OHM_HOLD_NONE,
    OHM_HOLD_ON_MIN,    /* was switched on too recently */
    OHM_HOLD_OFF_MIN,   /* was switched off too recently */
    OHM_HOLD_SHED_MAX,  /* was shed for as long as it may be, and rests */
    OHM_HOLD_STAGGER,   /* waits its turn: loads come back one after the other */
    OHM_HOLD_START,     /* the process has just started: meter or signals are not fresh yet */
    OHM_HOLD_OUTPUT,    /* its output failed: the next attempt comes later */
    OHM_HOLD_INTERLOCK, /* another load has to be off first */
    OHM_HOLD_BUDGET,    /* was shed today for as long as it may be */
    OHM_HOLD_COMFORT,   /* what it heats is below what it must not fall below */
    OHM_HOLDS_COUNT
} ohm_hold;

typedef enum ohm_output_state {
    OHM_OUTPUT_UNKNOWN, /* not confirmed yet */
    OHM_OUTPUT_OK,      /* confirmed in the state asked for */
    OHM_OUTPUT_FAILED,  /* refused, or does not do what it is told */
    OHM_OUTPUTS_COUNT
} ohm_output_state;

typedef struct ohm_decision {
    uint16_t load; /* index in the configuration */
    bool fed;      /* the state from now on */
    bool switches; /* the output moves; false: the reason alone changes */
    ohm_cause cause;
    ohm_hold hold;         /* not NONE: the state is not what the cause asks for, and this is why */
    int32_t level;         /* the limit in force when the cause is ECOWATT; OHM_LEVEL_NONE if not */
    int32_t expected_w;    /* change of power expected, negative when shedding */
    ohm_pressure pressure; /* when the cause is a limit: OHM_LIMIT_NONE if not */
    ohm_plan_reason plan;  /* when the cause is PLAN: WHY_NONE if not */
    ohm_ms until_ms;       /* when this is expected to end; OHM_NO_MS if not known */
    uint16_t rule;         /* index, when the cause is a rule; OHM_RULE_NONE if not */
    bool adjusts;    /* the output gets another setting, and neither feeds the load nor sheds it */
    int32_t setting; /* the order of a pilot wire (control/setting.h); else 0 */
} ohm_decision;

/* What every step looks at comes first and close together, that of 200 loads in a core's first
 * cache; what belongs to something that is seldom the case comes after it. */
typedef struct ohm_load_state {
    bool fed;
    bool restate; /* the next step says anew where the load is, and why */
    bool rush;    /* this step may break its minimum on time: a breaker is about to trip */
    bool overridden, override_fed;
    bool override_exact, plan_exact; /* they say what setting, else the usual one */
    bool planned, plan_fed;          /* a plan asks, for less than a person or a limit may */
    bool shedding;                   /* off since a signal held it off, see below */
    bool exhausted; /* it has been shed for as long as it may be: comes back next */
    bool resting;   /* after a shed of a load with a longest one */
    bool limited;   /* a limit kept it off since it went off */
    bool room;      /* while off: there is power to spare for it */
    bool overdue;   /* said so: its longest shed is over, and nothing gives way */
    bool sure;      /* most of its steps agree: what it draws when it does */
    bool suspect;   /* switchings without a step: its contact may be stuck: said so */
    bool idle;      /* by what the meter showed last it draws nothing (effect.c) */
    bool spent;     /* its budget of the day, all of it: said so */
    bool chilly;    /* below its comfort */
    bool felt;      /* its sensor spoke */
    bool borrows;   /* it has room by what another one of its interlock is to give up */
    bool rule_fed;
    bool has_changed;         /* false until the first switching this engine knows of */
    bool failed_fed;          /* the state that it was last told, and did not come to */
    uint8_t restore_failures; /* in a row: came back, and was too much */
    ohm_cause cause;
    ohm_hold hold;
    ohm_warmth warmth; /* of its zone, as of this step */
    int32_t level;
    int32_t setting;          /* what the output is told beyond fed or not (setting.h) */
    ohm_force force;          /* what limit of power keeps it off (control/shed.h); NONE */
    ohm_mono_ms changed_mono; /* last switching; where none is known, the start of the process */
    ohm_ms until_ms;          /* OHM_NO_MS if not known */
    uint16_t rule;            /* of the household's, that asks for a state; OHM_RULE_NONE */
    uint16_t said_rule;       /* that the last decision named */
    uint16_t output_failures; /* in a row */
    ohm_mono_ms limited_mono; /* since when it is limited */
    ohm_mono_ms
        reason_mono;       /* since when that limit is named: reasons do not change by the second */
    ohm_mono_ms room_mono; /* since when there is room */
    int64_t day_ms;        /* shed since the day began */
    ohm_pressure said;     /* the limit that the last decision named */
    ohm_plan_reason plan_said; /* what the last decision named */
    ohm_pressure pressure;     /* the limit that keeps it off, as it stood */
    int32_t learnt_va;         /* the median of its steps; 0 = nothing was seen yet */

    ohm_ms since_ms;               /* of changed_mono, on the calendar; OHM_NO_MS if not known */
    ohm_mono_ms override_end_mono; /* what ends it */
    ohm_ms override_end_ms;        /* what was asked for */
    ohm_mono_ms plan_end_mono;     /* what ends it: then the load's own thermostat goes on */
    ohm_plan_reason plan;
    ohm_output_state output;
    ohm_mono_ms output_retry_mono; /* no attempt before this, while failures > 0 */
    ohm_mono_ms shed_start_mono;   /* since when it is shedding */
    ohm_mono_ms shed_end_mono;     /* when the signal ends: holds if the wall clock gets lost */
    ohm_mono_ms rest_end_mono;
    int64_t limited_ms; /* how long limits have kept it off, for fair turns */
    /* What the meter showed at its switchings (effect.c). */
    uint8_t steps_count;
    uint8_t empty; /* switchings in a row that showed nothing */
    int32_t steps_va[OHM_LOAD_STEPS];
    int32_t phase_va[3];  /* of them on each phase, on average */
    ohm_mono_ms day_mono; /* its day began then: with the first shed of these 24 hours */
    ohm_mono_ms felt_mono;
    uint64_t switchings;
    int32_t override_setting, plan_setting; /* exactly what they ask for (setting.h) */
    bool rule_exact;                        /* likewise its rule, as of this step */
    int32_t rule_setting;
    /* Of a setpoint (glide.c). */
    int32_t moved_w; /* its last change, switchings included */
    ohm_mono_ms moved_mono;
    int32_t most_w;       /* what limits leave it, while it is fed; 0: all */
    ohm_force most_force; /* of the limit that does */
    ohm_pressure most_pressure;
    bool rises, raised; /* there is room for more, since `rise_mono`; it rose, at `raised_mono` */
    int32_t rise_w;     /* the least of it since then */
    ohm_mono_ms rise_mono, raised_mono;
    bool follows;    /* its rule looks at the surplus: as of this step */
    int32_t spare_w; /* the same: what is fed back, with what is drawn below 0 */
    ohm_mono_ms spare_mono;
    int32_t sun_w;   /* what the rule asks for; 0: nothing yet */
    uint8_t sun_way; /* 1: more, 2: less, since `sun_mono`; `sun_change_w` the least of it */
    int32_t sun_change_w;
    ohm_mono_ms sun_mono;
} ohm_load_state;

/* "normal", "ecowatt"…; "min_on", "min_off"…, NULL for OHM_HOLD_NONE; "unknown", "ok", "failed". */
const char *ohm_cause_name(ohm_cause cause);
const char *ohm_hold_name(ohm_hold hold);
/* "cheap", "sun"…, NULL for OHM_PLAN_WHY_NONE. */
const char *ohm_plan_why_name(ohm_plan_why why);
/* It is fed although a signal asks for a shed, and nothing moves until either ends. */
static inline bool ohm_hold_is_kept(ohm_hold hold)
{
    return hold == OHM_HOLD_SHED_MAX || hold == OHM_HOLD_BUDGET || hold == OHM_HOLD_COMFORT;
}
const char *ohm_output_name(ohm_output_state state);

/* The power a load is taken to draw, in VA: by its plate, or as the meter showed it. */
static inline int32_t ohm_load_va(const ohm_load *load)
{
    return load->nominal_w;
}

static inline int32_t ohm_load_drawn_va(const ohm_load *load, const ohm_load_state *state)
{
    if (load->kind == OHM_LOAD_MODULATED) /* what it is told, or would begin with */
        return state->fed ? state->setting : load->min_w;
    return state->sure ? state->learnt_va : load->nominal_w;
}

/* It refused again and again to come on: nobody gives way for another attempt, but for a load that
 * is never to be shed. */
static inline bool ohm_load_is_broken(const ohm_load *load, const ohm_load_state *state)
{
    return !state->fed && state->output_failures >= OHM_LOAD_BROKEN && !load->never_shed;
}

/* How long limits have kept it off, as it counts for whose turn it is. */
static inline int64_t ohm_load_weighed_ms(const ohm_load *load, const ohm_load_state *state)
{
    return state->limited_ms * (load->weight > 0 ? load->weight : 1);
}

/* Only what a breaker or the grid's operator asks for sheds it now. */
static inline bool ohm_load_is_spared(const ohm_load_state *state)
{
    return state->spent || state->chilly || state->warmth == OHM_WARMTH_FROST;
}

/* Refuses loads that contradict themselves: duplicate or empty id, a threshold below 2, a load
 * never to be shed whose fail-safe state is shed, a longest shed without a rest, shorter than
 * the minimum off time or than loads take to come back one every `restore_gap_ms`; of an interlock
 * two that are never to be shed, or that are fed when nothing is known. `at` is the index of the
 * load. */
OHM_MUST_CHECK ohm_err ohm_loads_check(const ohm_load *loads, uint16_t count,
                                       int64_t restore_gap_ms);

#endif
