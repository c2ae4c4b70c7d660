/* The engine: everything that decides, as one deterministic step.
 *
 *     ohm_engine_init(&engine, &config, start_event)      once
 *     ohm_engine_step(&engine, &event, &actions)          for every event, in order
 *
 * A step does no I/O, reads no clock, allocates nothing and uses only + - * / on integers in
 * what it decides, so the same configuration, state and events give the same actions byte for
 * byte on every machine. The daemon feeds it real events, the simulator simulated ones, replay
 * recorded ones.
 *
 * Events carry both clocks. Durations (minimum on and off times, ends of overrides once
 * accepted) run on mono_ms; calendars (prices, signals, days) on utc_ms. A jump of the wall
 * clock is itself an event, and until the wall clock is known to be set (OHM_EVENT_CLOCK with
 * set == true) no calendar decision is taken.
 *
 * Who owns what: the engine is one plain value of fixed size, owned by the loop thread. What
 * an event points to is borrowed for the length of the step. */
#ifndef OHM_ENGINE_ENGINE_H
#define OHM_ENGINE_ENGINE_H

#include "base/civil.h"
#include "base/err.h"
#include "base/reading.h"
#include "base/signal.h"
#include "base/time.h"
#include "control/load.h"
#include "tariff/contract.h"

enum {
    OHM_ACTIONS_MAX = 2 * OHM_LOADS_MAX + 16, /* a step never makes more */
};

/* --- configuration: plain data, checked by config/ before it gets here -------------------- */

typedef struct ohm_engine_config {
    ohm_tz tz;
    uint16_t main_device;       /* the meter whose registers are the bill's */
    int64_t meter_stale_ms;     /* silent for longer: the meter is lost (default 30 s) */
    int32_t ecowatt_threshold;  /* a load without its own threshold sheds from this level: 2 */
    bool has_contract;
    ohm_contract contract;
    uint16_t loads_count;
    ohm_load loads[OHM_LOADS_MAX];
} ohm_engine_config;

/* --- events ------------------------------------------------------------------------------- */

typedef enum ohm_event_kind {
    OHM_EVENT_START,   /* the process started (or the engine was restored) */
    OHM_EVENT_TICK,    /* once a second */
    OHM_EVENT_FRAME,   /* readings of one device */
    OHM_EVENT_SIGNAL,  /* one source's whole current answer */
    OHM_EVENT_COMMAND, /* a person or a program asks */
    OHM_EVENT_OUTPUT,  /* what an output reported after an action */
    OHM_EVENT_CLOCK,   /* the wall clock was set, unset or jumped */
    OHM_EVENT_STOP,    /* orderly shutdown: outputs go to their fail-safe state */
    OHM_EVENT_KINDS_COUNT
} ohm_event_kind;

typedef enum ohm_command_kind {
    OHM_COMMAND_OVERRIDE,        /* load, fed, until_ms */
    OHM_COMMAND_OVERRIDE_CLEAR,  /* load */
    OHM_COMMAND_LEVEL,           /* interval, level: one or more hours of Ecowatt by hand */
    OHM_COMMAND_LEVEL_CLEAR,     /* all hours by hand */
} ohm_command_kind;

enum { OHM_ACTOR_MAX = 40 };

typedef struct ohm_command {
    uint64_t id; /* of the request: the notice that answers it carries the same */
    ohm_command_kind kind;
    uint16_t load;
    bool fed;
    ohm_ms until_ms;
    ohm_interval interval;
    int32_t level;
    char actor[OHM_ACTOR_MAX]; /* "user:marie", "token:ha", "demo": for the journal */
} ohm_command;

typedef enum ohm_output_state {
    OHM_OUTPUT_UNKNOWN, /* not confirmed yet */
    OHM_OUTPUT_OK,      /* confirmed in the state asked for */
    OHM_OUTPUT_FAILED,  /* refused, or does not do what it is told */
} ohm_output_state;

typedef struct ohm_event {
    ohm_event_kind kind;
    ohm_mono_ms mono;
    ohm_ms utc_ms;
    union {
        const ohm_frame *frame;
        const ohm_signal_set *signal;
        const ohm_command *command;
        struct {
            uint16_t load;
            ohm_output_state state;
            bool fed; /* the state the output is in, as far as it is known */
        } output;
        struct {
            bool set;       /* the wall clock can be trusted */
            int64_t jump_ms; /* new minus expected; 0 when only `set` changed */
        } clock;
    };
} ohm_event;

/* --- actions ------------------------------------------------------------------------------ */

typedef enum ohm_notice {
    OHM_NOTICE_NONE,
    OHM_NOTICE_COMMAND_DONE,
    OHM_NOTICE_COMMAND_REFUSED, /* `detail` says why, an ohm_code */
    OHM_NOTICE_OVERRIDE_ENDED,
    OHM_NOTICE_METER_LOST,
    OHM_NOTICE_METER_BACK,
    OHM_NOTICE_REGISTER_BACKWARDS, /* a register went down: `detail` is the drop in Wh */
    OHM_NOTICE_REGISTER_JUMP,      /* an impossible step up: held back until confirmed */
    OHM_NOTICE_REGISTER_ACCEPTED,  /* a new register level confirmed by repeated readings */
    OHM_NOTICE_SIGNAL_NEW,
    OHM_NOTICE_SIGNAL_STALE,
    OHM_NOTICE_LEVEL_UNKNOWN, /* a published level outside 0..3, treated as 2; `detail` is it */
    OHM_NOTICE_OUTPUT_FAILED,
    OHM_NOTICE_OUTPUT_BACK,
    OHM_NOTICE_CLOCK_UNSET,
    OHM_NOTICE_CLOCK_SET,
    OHM_NOTICE_CLOCK_JUMP, /* `detail` is the jump in ms */
    OHM_NOTICE_STARTED,
    OHM_NOTICE_STOPPED,
    OHM_NOTICES_COUNT
} ohm_notice;

/* One thing the engine wants done or known. A decision (notice == NONE) moves, or explains anew,
 * one load; a notice goes to the journal and the live stream only. */
typedef struct ohm_action {
    uint64_t seq; /* of actions, from 1, never reused */
    ohm_ms time_ms;
    ohm_notice notice;
    ohm_decision decision; /* control/load.h; for notices only `load` where it concerns one */
    uint64_t command_id;   /* the command this answers, or 0 */
    uint16_t device;
    int64_t detail;
    char actor[OHM_ACTOR_MAX];
} ohm_action;

typedef struct ohm_actions {
    uint16_t count;
    ohm_action items[OHM_ACTIONS_MAX];
} ohm_actions;

/* --- state: open for reading (the web's view is made from it), written by the step only ---- */

typedef struct ohm_engine_today {
    ohm_date date;
    ohm_ms from_ms;      /* the first register reading counted: later than midnight → incomplete */
    bool complete;
    bool has_cost;
    int64_t import_wh, export_wh;
    int64_t cost_ueur;   /* energy only, µEUR, tax included */
} ohm_engine_today;

typedef struct ohm_engine ohm_engine;

/* The size of an engine; the caller allocates it once, at start. */
size_t ohm_engine_size(void);

/* Starts afresh from a configuration. The loads begin in `boot_fed` states (what the outputs
 * read back, or their fail-safe state). */
void ohm_engine_init(ohm_engine *engine, const ohm_engine_config *config);

void ohm_engine_step(ohm_engine *engine, const ohm_event *event, ohm_actions *ret_actions);

/* What readers may see, all borrowed from the engine. */
const ohm_engine_config *ohm_engine_config_of(const ohm_engine *engine);
const ohm_engine_today *ohm_engine_today_of(const ohm_engine *engine);
const ohm_load_state *ohm_engine_loads_of(const ohm_engine *engine); /* loads_count of them */
/* The Ecowatt hours in force (published plus by hand), and the level now: -1 = none. */
const ohm_signal_set *ohm_engine_ecowatt_of(const ohm_engine *engine);
int ohm_engine_ecowatt_level_of(const ohm_engine *engine, ohm_ms utc_ms);
bool ohm_engine_level_is_manual(const ohm_engine *engine, ohm_ms utc_ms);
bool ohm_engine_meter_fresh_of(const ohm_engine *engine);

#endif
