/* The engine: everything that decides, as one deterministic step.
 *
 *     engine = allocate(ohm_engine_size())                once
 *     ohm_engine_init(engine, &config)                    a first start, or
 *     ohm_engine_restore(engine, bytes)                   from the last snapshot, then
 *     ohm_engine_reconfigure(engine, &config)             what the configuration file says now
 *     ohm_engine_step(engine, &start, &actions)           OHM_EVENT_START first,
 *     ohm_engine_step(engine, &event, &actions)           then every event, in order
 *
 * A step does no I/O, reads no clock, allocates nothing and uses only + - * / on integers in
 * what it decides, so the same configuration, state and events give the same actions byte for
 * byte on every machine. The daemon feeds it real events, the simulator simulated ones, replay
 * recorded ones.
 *
 * Events carry both clocks. Durations (minimum on and off times, ends of overrides once
 * accepted) run on mono_ms; calendars (prices, signals, days) on utc_ms. A jump of the wall
 * clock is itself an event, and until the wall clock is known to be set (START or CLOCK with
 * `clock_set`) no calendar decision is taken: loads keep their state, a shed under way still
 * ends when it was to end, by mono_ms.
 *
 * After START nothing switches before the main meter and the signals are fresh, or start_wait_ms
 * has passed. After STOP the loads go to their fail-safe states one after the other, a second
 * apart, as minimum times allow: feed ticks until ohm_engine_is_settled, or as long as the
 * service manager is patient. Each further STOP then brings one more there, whatever its minimum
 * time, since the process that holds it elsewhere ends: one a second, or, if there is no time for
 * that, until ohm_engine_is_let_go.
 *
 * The event stream that the store keeps holds encoded events (engine/codec.h) and, among them,
 * encoded snapshots: one at each start before START, and checkpoints (at local midnight) that
 * replay compares with its own state.
 *
 * Who owns what: the engine is one plain value of fixed size, owned by the loop thread. What
 * an event points to is borrowed for the length of the step. */
#ifndef OHM_ENGINE_ENGINE_H
#define OHM_ENGINE_ENGINE_H

#include "base/civil.h"
#include "base/err.h"
#include "base/reading.h"
#include "base/signal.h"
#include "base/span.h"
#include "base/time.h"
#include "control/control.h"
#include "control/heat.h"
#include "control/rule.h"
#include "grid/signal.h"
#include "tariff/contract.h"

enum {
    OHM_ACTIONS_MAX =
        2 * OHM_LOADS_MAX + 16 + OHM_NEWS_MAX + OHM_HEAT_ZONES_MAX, /* a step never makes more */
    OHM_DEVICE_NONE = UINT16_MAX,
    OHM_ENGINE_POWER_W_MAX = 50000000, /* 50 MW: the ledger's products stay below 2^63 */
    OHM_SPOT_UEUR_MAX = 10000000,      /* 10 EUR/kWh: no market says more */
    OHM_CO2_G_MAX = 10000,             /* a kWh: no grid emits more */
    OHM_OUTDOOR_CC_MAX = 10000,        /* 100 degrees either way */
};

/* 2024-01-01: a wall clock before this was never set. */
#define OHM_CLOCK_MS_MIN INT64_C(1704067200000)

/* --- configuration: plain data, checked by config/ before it gets here -------------------- */

typedef struct ohm_engine_config {
    ohm_tz tz;
    uint16_t main_device; /* the meter whose registers are the bill's, or OHM_DEVICE_NONE */
    char main_id[OHM_LOAD_ID_MAX]; /* "main": its name in the journal */
    int64_t meter_stale_ms;        /* silent for longer: the meter is lost (default 30 s) */
    int64_t power_w_max; /* no site draws more: bounds a register's step (100 kW, or twice what is
                            subscribed) */
    bool has_ecowatt;    /* a source of levels is configured: START waits for it */
    int32_t ecowatt_threshold; /* a load without its own threshold sheds from this level: 2 */
    int64_t start_wait_ms;     /* 60 s */
    int64_t restore_gap_ms;    /* between two loads switched on (10 s) */
    int64_t restore_jitter_ms; /* on top of it, up to so much (none) */
    uint64_t seed;             /* of what that is drawn from */
    int32_t base_va; /* drawn beside the loads, when the meter is silent; 0 = 30 % of the limit */
    uint16_t limits_count;
    ohm_power_limit limits[OHM_LIMITS_MAX];
    uint16_t branches_count;             /* meters with limits of their own */
    uint16_t branches[OHM_BRANCHES_MAX]; /* their devices */
    /* How long the main meter, then those of the branches, may say no power before the static plan
     * holds (OHM_SUPPLY_SILENCE_MS_MAX at the most); 0 = as its pace has it. */
    int64_t silence_ms[1 + OHM_BRANCHES_MAX];
    bool has_contract;
    ohm_contract contract;
    uint16_t loads_count;
    ohm_load loads[OHM_LOADS_MAX];
    ohm_rule_set rules;
    uint16_t zones_count;
    ohm_heat_zone zones[OHM_HEAT_ZONES_MAX];
} ohm_engine_config;

/* Everything empty, with the defaults above, in UTC. */
void ohm_engine_config_defaults(ohm_engine_config *out);
/* Refuses what the engine can't run on; `at` is the load, row or slot, `what` says which. */
OHM_MUST_CHECK ohm_err ohm_engine_config_check(const ohm_engine_config *config);

/* --- events ------------------------------------------------------------------------------- */

typedef enum ohm_event_kind {
    OHM_EVENT_START,    /* the process started: `boot` */
    OHM_EVENT_TICK,     /* once a second */
    OHM_EVENT_FRAME,    /* readings of the main meter, or of a device that rules look at */
    OHM_EVENT_SIGNAL,   /* one source's whole current answer */
    OHM_EVENT_COMMAND,  /* a person or a program asks */
    OHM_EVENT_OUTPUT,   /* what an output reported after an action */
    OHM_EVENT_CLOCK,    /* the wall clock was set, unset or jumped */
    OHM_EVENT_STOP,     /* orderly shutdown: outputs go to their fail-safe state */
    OHM_EVENT_NOTE,     /* the drivers saw something that belongs into the journal */
    OHM_EVENT_CONTRACT, /* the site has another contract from now on, or none any more */
    OHM_EVENT_RULES,    /* the household has other rules from now on, or none any more */
    OHM_EVENT_KINDS_COUNT
} ohm_event_kind;

typedef enum ohm_command_kind {
    OHM_COMMAND_OVERRIDE,       /* load, fed, until_ms: at most 7 days ahead */
    OHM_COMMAND_OVERRIDE_CLEAR, /* load */
    OHM_COMMAND_LEVEL,          /* interval, level 0..3: one or more hours of Ecowatt by hand */
    OHM_COMMAND_LEVEL_CLEAR,    /* all hours by hand */
    OHM_COMMAND_LIMIT, /* limit, va (0: nothing may be drawn), until_ms: at most 7 days ahead */
    OHM_COMMAND_LIMIT_CLEAR,    /* limit */
    OHM_COMMAND_PLAN,           /* load, fed, until_ms: at most 7 days ahead; plan: why */
    OHM_COMMAND_PLAN_CLEAR,     /* load */
    OHM_COMMAND_ZONE,           /* zone, set_cc, until_ms: at most 31 days ahead */
    OHM_COMMAND_ZONE_CLEAR,     /* zone */
    OHM_COMMAND_PRESENCE,       /* fed: somebody is at home; else nobody is */
    OHM_COMMAND_PRESENCE_CLEAR, /* nobody says any more */
    OHM_COMMANDS_COUNT
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
    uint16_t limit;
    int32_t va;
    ohm_plan_reason plan;
    uint16_t zone;
    int32_t set_cc; /* hundredths of a degree */
    bool exact;     /* OVERRIDE, PLAN: that setting, which says what `fed` is; else the usual one */
    int32_t setting;           /* of a load that has one (control/setting.h) */
    char actor[OHM_ACTOR_MAX]; /* "user:marie", "token:ha", "demo": for the journal */
} ohm_command;

/* An output as found at start, before anything moves. */
typedef struct ohm_boot_output {
    bool known; /* it could be read back; if not: as remembered, else its fail-safe state */
    bool fed;
    int64_t settled_ms; /* it has been so for at least this long; 0 = can't be known */
    int32_t setting;    /* of a load that has one */
} ohm_boot_output;

typedef struct ohm_boot {
    uint64_t boot_id;       /* of the machine's boot: mono_ms goes on while it stays the same */
    bool clock_set;         /* the wall clock can be trusted */
    uint16_t outputs_count; /* loads_count of the configuration, or 0: nothing can be read */
    ohm_boot_output outputs[OHM_LOADS_MAX];
} ohm_boot;

typedef enum ohm_notice {
    OHM_NOTICE_NONE,
    OHM_NOTICE_COMMAND_DONE,
    OHM_NOTICE_COMMAND_REFUSED, /* `detail` says why, an ohm_code */
    OHM_NOTICE_OVERRIDE_ENDED,
    OHM_NOTICE_METER_LOST,
    OHM_NOTICE_METER_BACK,
    OHM_NOTICE_REGISTER_BACKWARDS, /* a register went down: held back; `detail` is the drop in Wh */
    OHM_NOTICE_REGISTER_JUMP,     /* an impossible step up: held back; `detail` is the step in Wh */
    OHM_NOTICE_REGISTER_ACCEPTED, /* confirmed by repeated readings; `detail` is the register */
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
    /* Of any meter, as OHM_EVENT_NOTE brings them; the device's id is in `actor`. */
    OHM_NOTICE_REGISTER_ROLLED,    /* a register passed its last digit; `detail`: where it stood */
    OHM_NOTICE_REGISTER_REPLACED,  /* another meter counts; `detail`: where the old one stood */
    OHM_NOTICE_REGISTER_CORRECTED, /* it went down, and nothing says why; `detail`: by how much */
    OHM_NOTICE_SOURCES_DISAGREE,   /* `detail`: the other source minus the one that is used */
    OHM_NOTICE_SOURCES_AGREE,      /* again */
    OHM_NOTICE_METER_TRUSTED,   /* a sender proved the key for the first time, and is the one that
                                   is believed; `detail`: the end of its system title */
    OHM_NOTICE_REGISTER_HELD,   /* a reading that can't follow, held back; `detail`: the step */
    OHM_NOTICE_REGISTER_JUMPED, /* it went up at once, and stays; `detail`: by how much */
    /* Of shedding. */
    OHM_NOTICE_LIMIT_UNCOVERED, /* passed, and nothing is left to shed; `detail`: by how many VA */
    OHM_NOTICE_ON_MIN_BROKEN,   /* of the load, for a breaker or fuse */
    OHM_NOTICE_SHED_MAX_BROKEN, /* of the load: there is no power for it */
    OHM_NOTICE_EFFECT,      /* of the load's switching, or of several: decision.expected_w expected,
                               `detail` measured, both in VA of the site */
    OHM_NOTICE_LIMIT_ENDED, /* what its source said holds no longer; `detail`: its index */
    OHM_NOTICE_CONTRACT, /* the site has another contract; `detail`: the VA that are subscribed, 0
                            where none is said */
    OHM_NOTICE_RATING_ENDED, /* the meter has not said for a day what is subscribed, or what its
                                breaker holds: another value holds now; `detail`: the VA of before
                              */
    OHM_NOTICE_NO_EFFECT, /* of the load: so many switchings in a row (`detail`) show nothing on the
                             meter: a contact that is stuck, or nothing plugged in */
    OHM_NOTICE_SHED_DAY_SPENT, /* the load was shed today for as long as it may be; `detail`: ms */
    OHM_NOTICE_RULES,          /* the household has other rules; `detail`: how many */
    OHM_NOTICE_ZONE_LOST,      /* a zone's sensor is silent; the zone's id is in `actor` */
    OHM_NOTICE_ZONE_BACK,      /* it speaks again */
    /* Of a register that is watched; `detail`: the alarm's number. */
    OHM_NOTICE_ALARM,       /* something is wrong with what it measures, or with its measurement */
    OHM_NOTICE_ALARM_ENDED, /* it is over */
    OHM_NOTICE_RULE_ARMED,  /* the action's `rule`; `detail`: 1 = without a trial */
    OHM_NOTICE_RULE_DISARMED,
    OHM_NOTICE_RULE_REMOVED,
    OHM_NOTICE_ABORTED,    /* the daemon ended before, and nobody had asked it to; `detail`: when,
                              in ms UTC; `actor`: of what ("fault SIGSEGV") */
    OHM_NOTICE_SAFE_MODE,  /* it aborts again and again: outputs stay in their fail-safe states;
                              `actor`: "safe", "bare" when not even meters are read, or
                              "unreadable" when nobody can tell whether it does */
    OHM_NOTICE_ZONE_STILL, /* the sensor of zone `actor` says the same for three days */
    OHM_NOTICE_OPTION_IGNORED, /* nothing looks at it; `actor`: which, `detail`: its line */
    OHM_NOTICES_COUNT
} ohm_notice;

/* One of the notices that drivers bring: OHM_NOTICE_REGISTER_ROLLED to
 * OHM_NOTICE_REGISTER_JUMPED, and those of alarms. */
static inline bool ohm_notice_is_noted(ohm_notice notice)
{
    return (notice >= OHM_NOTICE_REGISTER_ROLLED && notice <= OHM_NOTICE_REGISTER_JUMPED) ||
           notice == OHM_NOTICE_ALARM || notice == OHM_NOTICE_ALARM_ENDED;
}

/* One of those about the daemon itself: `actor` is no one, but what it was. */
static inline bool ohm_notice_is_of_run(ohm_notice notice)
{
    return notice == OHM_NOTICE_ABORTED || notice == OHM_NOTICE_SAFE_MODE ||
           notice == OHM_NOTICE_OPTION_IGNORED;
}

typedef struct ohm_note {
    ohm_notice notice;
    uint16_t device;
    uint16_t quantity; /* ohm_quantity_id */
    int64_t detail;
    char device_id[OHM_ACTOR_MAX];
} ohm_note;

typedef struct ohm_contract_change {
    bool has_contract;
    ohm_contract contract; /* checked */
    int64_t power_w_max;   /* as in the configuration: what is subscribed bounds it */
    char actor[OHM_ACTOR_MAX];
} ohm_contract_change;

typedef enum ohm_rules_deed {
    OHM_RULES_CHANGED, /* all of them */
    OHM_RULES_ARMED,
    OHM_RULES_DISARMED,
    OHM_RULES_REMOVED,
    OHM_RULES_DEEDS_COUNT
} ohm_rules_deed;

typedef struct ohm_rules_change {
    ohm_rule_set set; /* checked, and without a contradiction */
    char actor[OHM_ACTOR_MAX];
    char rule[OHM_LOAD_ID_MAX]; /* that the deed is about; "" = of CHANGED */
    ohm_rules_deed deed;
    bool untried; /* armed without a trial, as somebody said */
} ohm_rules_change;

typedef struct ohm_event {
    ohm_event_kind kind;
    ohm_mono_ms mono;
    ohm_ms utc_ms;
    union {
        const ohm_boot *boot;
        const ohm_frame *frame;
        const ohm_signal_set *signal;
        const ohm_command *command;
        const ohm_note *note;
        const ohm_contract_change *contract;
        const ohm_rules_change *rules;
        struct {
            uint16_t load;
            ohm_output_state state;
            bool fed;        /* the state the output is in, as far as it is known */
            int32_t setting; /* the same, of a load that has settings */
        } output;
        struct {
            bool set;        /* the wall clock can be trusted */
            int64_t jump_ms; /* new minus expected; 0 when only `set` changed */
        } clock;
    };
} ohm_event;

/* --- actions ------------------------------------------------------------------------------ */

enum { OHM_LOAD_NONE = UINT16_MAX };

/* One thing the engine wants done or known. A decision (notice == NONE) moves, or explains anew,
 * one load; a notice goes to the journal and the live stream only. */
typedef struct ohm_action {
    uint64_t seq; /* of actions, from 1, never reused */
    ohm_ms time_ms;
    ohm_notice notice;
    ohm_decision decision;    /* for notices only `load`: OHM_LOAD_NONE where it concerns none */
    uint64_t command_id;      /* the command this answers, or 0 */
    uint16_t device;          /* OHM_DEVICE_NONE where it concerns none */
    ohm_quantity_id quantity; /* of a register's notice, else OHM_Q_NONE */
    int64_t detail;
    char actor[OHM_ACTOR_MAX];  /* of a command, else "" */
    char rule[OHM_LOAD_ID_MAX]; /* of a notice about a rule, else "" */
} ohm_action;

typedef struct ohm_actions {
    uint16_t count;
    ohm_action items[OHM_ACTIONS_MAX];
} ohm_actions;

/* "command_done", "meter_lost"…; NULL for OHM_NOTICE_NONE. */
const char *ohm_notice_name(ohm_notice notice);

/* --- state: open for reading (the web's view is made from it), written by the step only ---- */

typedef struct ohm_engine_today {
    bool known; /* false until the clock is set and a register was read */
    ohm_date date;
    ohm_ms from_ms; /* since when it is counted: midnight, or later → incomplete */
    bool complete;  /* nothing of the day is missing */
    bool estimated; /* some cost fell across a change of price while the meter was silent */
    bool has_cost;  /* there is a contract, and some of the energy has a price */
    int64_t import_wh, export_wh;
    int64_t unpriced_wh; /* of import_wh: no price, colour or market price is known (yet) */
    int64_t cost_ueur;   /* of the rest: energy only, µEUR, as the contract's prices are */
} ohm_engine_today;

typedef struct ohm_engine ohm_engine;

/* The size of an engine; the caller allocates it once, at start. */
size_t ohm_engine_size(void);

/* A new engine from a checked configuration, waiting for its START. */
void ohm_engine_init(ohm_engine *engine, const ohm_engine_config *config);

/* Takes another configuration (checked) between two runs: loads, overrides and states go on by
 * the id of the load, registers and today by the id of the main meter. Before START only. */
void ohm_engine_reconfigure(ohm_engine *engine, const ohm_engine_config *config);

/* The next action's number is at least `seq`: a journal that is longer than the engine remembers
 * goes on. Before START only. */
void ohm_engine_number_from(ohm_engine *engine, uint64_t seq);

/* Whether the engine looks at the frames of a device: what it does not look at needs no replay. */
bool ohm_engine_looks_at(const ohm_engine_config *config, uint16_t device);

/* What must hold for a step, without taking it: OHM_CONFLICT when time goes back, OHM_RANGE or
 * OHM_UNKNOWN for indices and times out of range, OHM_BAD_FORMAT for a signal out of order.
 * ohm_engine_step asserts it: whoever feeds it bytes from outside (replay) asks first. */
OHM_MUST_CHECK ohm_code ohm_engine_accepts(const ohm_engine *engine, const ohm_event *event);

void ohm_engine_step(ohm_engine *engine, const ohm_event *event, ohm_actions *ret_actions);

/* --- snapshots ---------------------------------------------------------------------------- */

typedef enum ohm_snapshot_kind {
    OHM_SNAPSHOT_START = 100,      /* a process starts here: replay takes this state */
    OHM_SNAPSHOT_CHECKPOINT = 101, /* replay's own state must be the same bytes */
} ohm_snapshot_kind;

enum { OHM_SNAPSHOT_MAX = 192 << 10 }; /* bytes; a house takes a few thousand */

/* Configuration and state as versioned bytes, an entry of the event stream as they are. */
OHM_MUST_CHECK ohm_code ohm_engine_snapshot(const ohm_engine *engine, ohm_snapshot_kind kind,
                                            uint8_t *out, size_t cap, size_t *ret_len);
/* Bytes are hostile: refused whole or taken whole. `at` is a byte position. Those of an earlier
 * version are taken: an update forgets no order, no override and no minimum time. */
OHM_MUST_CHECK ohm_err ohm_engine_restore(ohm_engine *engine, ohm_span bytes);
/* The engine is as these bytes say, in the form of the version that wrote them; `room` is for its
 * own. */
bool ohm_engine_is_as(const ohm_engine *engine, ohm_span bytes, uint8_t *room, size_t cap);
/* Whether an entry of the event stream is a snapshot, and which; false for an event. */
bool ohm_snapshot_is(ohm_span bytes, ohm_snapshot_kind *ret_kind);

/* --- what readers may see, all borrowed from the engine ------------------------------------ */

const ohm_engine_config *ohm_engine_config_of(const ohm_engine *engine);
const ohm_engine_today *ohm_engine_today_of(const ohm_engine *engine);
/* A register of the main meter contests what is believed: what today was is not known now. */
bool ohm_engine_register_doubted_of(const ohm_engine *engine);
const ohm_load_state *ohm_engine_loads_of(const ohm_engine *engine); /* loads_count of them */
/* As somebody said: 1 = home, 0 = away, -1 = nobody did. */
int ohm_engine_presence_of(const ohm_engine *engine);
const ohm_rules *ohm_engine_rules_of(const ohm_engine *engine); /* those of the configuration */
const ohm_heat_state *ohm_engine_zones_of(const ohm_engine *engine); /* zones_count of them */
/* The Ecowatt hours in force (published, and those by hand laid over them; levels as published),
 * and the level that decides at an instant: 0..3, OHM_LEVEL_NONE where none is known. */
const ohm_signal_set *ohm_engine_ecowatt_of(const ohm_engine *engine);
int ohm_engine_ecowatt_level_of(const ohm_engine *engine, ohm_ms utc_ms);
bool ohm_engine_level_is_manual(const ohm_engine *engine, ohm_ms utc_ms);
/* What the source published: NONE before its first answer and after its last hour in hand. */
ohm_signal_state ohm_engine_ecowatt_state_of(const ohm_engine *engine);
/* The limits of power as they are: configured (limits_count of them), what is in force now, and
 * what the main meter says is drawn. */
const ohm_control *ohm_engine_control_of(const ohm_engine *engine);
void ohm_engine_bounds(const ohm_engine *engine, ohm_bounds *out);
/* The code of today, as limits that hold on some days see it; OHM_DAY_UNKNOWN where none does. */
ohm_day_code ohm_engine_day_of(const ohm_engine *engine);
/* Seconds until what limits this scope gives way; OHM_THERMAL_NEVER. */
int32_t ohm_engine_left_s(const ohm_engine *engine, uint8_t scope, const ohm_bound *bound);
bool ohm_engine_meter_fresh_of(const ohm_engine *engine);
bool ohm_engine_clock_set_of(const ohm_engine *engine);
bool ohm_engine_is_starting(const ohm_engine *engine); /* nothing switches yet */
/* Every load is where its cause wants it: after STOP, the process may end. */
bool ohm_engine_is_settled(const ohm_engine *engine);
/* Every load is where its released contact leaves it. */
bool ohm_engine_is_let_go(const ohm_engine *engine);
uint64_t ohm_engine_next_seq(const ohm_engine *engine); /* of actions */

#endif
