/* The engine's state, for the engine's own files. Others see it through engine.h. */
#ifndef OHM_ENGINE_STATE_H
#define OHM_ENGINE_STATE_H

#include "control/control.h"
#include "engine/engine.h"
#include "engine/ledger.h"

enum {
    OHM_STOP_GAP_MS = 1000, /* between two restores when stopping: currents don't coincide */
    OHM_TIME_BITS = 52,     /* times beyond ±2^52 ms are refused: sums of them can't overflow */
    OHM_OVERRIDE_MS_MAX = 7 * 24 * OHM_HOUR_MS,
    OHM_LEVEL_BY_HAND_MS_MAX = 7 * 24 * OHM_HOUR_MS,
};

/* Of a set point by hand: a holiday. */
#define OHM_ZONE_MS_MAX (INT64_C(31) * 24 * OHM_HOUR_MS)

typedef struct ohm_meter_watch {
    bool seen; /* since START */
    bool lost; /* and said so */
    ohm_mono_ms last_mono;
} ohm_meter_watch;

typedef struct ohm_ecowatt_watch {
    ohm_signal_set published, by_hand;
    bool stale;             /* and said so */
    ohm_signal_set layered; /* derived from the two: what is in force */
} ohm_ecowatt_watch;

struct ohm_engine {
    ohm_engine_config config;
    uint64_t next_seq;
    bool ran;     /* took a START, in this process or before a snapshot */
    bool running; /* took its START */
    bool starting, stopping;
    bool clock_set;
    bool clock_blind; /* a reboot without a clock: how long it took is not known */
    uint64_t boot_id;
    ohm_mono_ms mono, start_mono;
    ohm_ms utc_ms;
    ohm_meter_watch meter;
    ohm_ecowatt_watch ecowatt;
    ohm_control control;
    ohm_rules rules;
    uint8_t presence; /* as somebody said: 0 = nobody did, 1 = away, 2 = home */
    ohm_heat_state zones[OHM_HEAT_ZONES_MAX];
    ohm_ledger ledger;
    ohm_signal_set outlooks[OHM_OUTLOOKS_COUNT]; /* what is told of hours that come, for rules */
};

static inline bool ohm_time_ok(int64_t ms)
{
    return ms > -(INT64_C(1) << OHM_TIME_BITS) && ms < INT64_C(1) << OHM_TIME_BITS;
}

/* The next action of the step, with everything but its time and number empty. */
ohm_action *ohm_engine_add(ohm_engine *engine, ohm_actions *actions);
void ohm_engine_notice(ohm_engine *engine, ohm_actions *actions, ohm_notice notice, int64_t detail);
void ohm_engine_load_notice(ohm_engine *engine, ohm_actions *actions, ohm_notice notice,
                            uint16_t load);
/* The times and the rules of a step, for control. */
ohm_control_now ohm_engine_now(const ohm_engine *engine);
ohm_control_rules ohm_engine_rules(const ohm_engine *engine);

/* start.c: the states that loads begin in, and times across a reboot. */
void ohm_engine_start(ohm_engine *engine, const ohm_event *event, ohm_actions *actions);
/* A clock that is set after a blind reboot can only bring the end of an override nearer. */
void ohm_engine_see_clock(ohm_engine *engine);

/* rules.c: the household's rules, from nothing; another set; what they ask of each load now. */
void ohm_engine_rules_clear(ohm_engine *engine);
void ohm_engine_rules_take(ohm_engine *engine, const ohm_rules_change *change,
                           ohm_actions *actions);
void ohm_engine_rules_step(ohm_engine *engine);

/* heat.c: zones, from nothing; what their thermostats ask of each load now; as another
 * configuration has them; what was asked of the calendar when the clock is set. */
void ohm_engine_heat_clear(ohm_engine *engine);
void ohm_engine_heat_step(ohm_engine *engine, ohm_actions *actions);
void ohm_engine_heat_reconfigure(ohm_engine *engine, const ohm_engine_config *config);
void ohm_engine_heat_clock(ohm_engine *engine);

/* command.c */
void ohm_engine_command(ohm_engine *engine, const ohm_command *command, ohm_actions *actions);

/* Lays the hours by hand over the published ones; OHM_TOO_BIG if they don't fit. */
OHM_MUST_CHECK ohm_code ohm_engine_layer(ohm_engine *engine);

#endif
