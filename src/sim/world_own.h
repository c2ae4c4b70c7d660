/* Inside of a world: its parts, for the files world*.c. */
#ifndef OHM_SIM_WORLD_OWN_H
#define OHM_SIM_WORLD_OWN_H

#include "control/thermal.h"
#include "sim/world.h"

enum {
    WORLD_PHASES = 3,
    WORLD_OPERATIONS = 20, /* a minute and relay, as a Phidget 1017 is rated */
    WORLD_RELAY_MS = 3000,
    WORLD_SAVE_MS = 1800000,
    WORLD_PENDING = 8,     /* commands acknowledged and not yet over */
    WORLD_STOP_MS = 75000, /* a daemon that is stopped waits so long for minimum times */
    ZONE_BAND_CC = 30,
    ZONE_SLACK_CC = 200,
    ZONE_NIGHT_CC = 150, /* by which a zone is colder from 22:00 to 06:00 */
    WORLD_SENSORS = 100, /* the device of a load's sensor is that and its index */
};

/* --- the house (world_house.c) ------------------------------------------------------------- */

typedef struct world_load {
    bool wants;             /* its thermostat is on */
    double temp_c, left_wh; /* left: to be charged, of a battery until it is full */
    int64_t gives_w;        /* a battery, now */
} world_load;

typedef struct world_use {
    bool on;
    ohm_mono_ms change; /* when it is switched next */
} world_use;

typedef struct world_house {
    world_load loads[OHM_WORLD_LOADS_MAX];
    world_use uses[OHM_WORLD_USES_MAX];
    double outdoor_c;
    ohm_civil local; /* to the minute */
    ohm_ms local_until_ms;
    bool powered; /* the grid is there and the breaker is in */
    int64_t phase_w[WORLD_PHASES];
    int64_t import_mj, import_from_mj;
    int64_t heat[OHM_SCOPES]; /* of the breaker: 1..3 on three phases, else 0 */
    ohm_mono_ms heated;
} world_house;

/* --- relays --------------------------------------------------------------------------------- */

typedef struct world_relay {
    bool told_fed; /* as last ordered */
    bool fed;      /* in truth */
    bool stuck;    /* does not move, and says that it did */
    bool refuses;  /* does not move, and says so */
    bool liar;     /* moves, and says something else now and then */
    bool settles;  /* what it said of an order that failed is still to be made true */
    bool report;   /* an answer waits to be told */
    ohm_output_state report_state;
    bool report_fed;
    /* Of a load that has settings: in truth, as last ordered, and as it says. */
    int32_t setting, told_setting, report_setting;
    int64_t moved[WORLD_OPERATIONS]; /* mono ms, a ring */
    unsigned moved_next;
    uint64_t moves;
} world_relay;

/* --- what goes wrong ------------------------------------------------------------------------- */

typedef enum world_fault {
    WORLD_METER_SILENT,
    WORLD_METER_FROZEN,
    WORLD_METER_UNIT,
    WORLD_REGISTER_BACK,
    WORLD_CLOCK_JUMP,
    WORLD_CLOCK_LOST,
    WORLD_RELAY_STUCK,
    WORLD_RELAY_LIAR,
    WORLD_RELAY_REFUSES,
    WORLD_POWER_CUT,
    WORLD_KILLED,
    WORLD_CUT_AT_WRITE,
    WORLD_DISK_FULL,
    WORLD_FLOOD,
    WORLD_COMMAND_STORM,
    WORLD_STOPPED,
    WORLD_SENSOR_SILENT,
    WORLD_SENSOR_FROZEN,
    WORLD_SIGNAL_SILENT,
    WORLD_RULES_CHANGED,
    WORLD_RECONFIGURED,
    WORLD_FAULTS_COUNT
} world_fault;

/* What becomes of them, and what else happens to the daemon. */
typedef enum world_deed {
    WORLD_DEED_CUT_AT_WRITE, /* power went after an order, before its record */
    WORLD_DEED_FORGOTTEN,    /* a start from an older state: the disk was full */
    WORLD_DEED_HELD,         /* a board held its coils while nobody was there */
    WORLD_DEED_SWALLOWED,    /* an order that a stuck relay said it had done */
    WORLD_DEED_REFUSED,      /* one that it said it had not */
    WORLD_DEED_LIE,          /* an answer that was not so */
    WORLD_DEED_TRIP,         /* of the breaker */
    WORLD_DEED_ADJUSTED,     /* another setpoint or pilot order, without a switching */
    WORLD_DEED_RULES_CHANGED,
    WORLD_DEED_RULES_REFUSED, /* a set that contradicts itself, or can't be */
    WORLD_DEED_RECONFIGURED,  /* a start with another configuration */
    WORLD_DEED_SENSOR_MUTE,   /* a sensor's frame that did not come */
    WORLD_DEED_SENSOR_STILL,  /* one that said what was so before */
    WORLD_DEED_SIGNAL_MUTE,   /* Ecowatt's answer that did not come */
    WORLD_DEEDS_COUNT
} world_deed;

typedef struct world_fault_state {
    bool on;
    ohm_mono_ms change; /* when it begins, or ends */
    uint16_t load;
    int64_t factor; /* of a unit */
} world_fault_state;

/* --- what is watched (world_watch.c) --------------------------------------------------------- */

typedef struct world_watch_load {
    bool known, fed;
    int64_t changed;     /* mono ms of the last order */
    int64_t free_since;  /* nothing asks for a shed since; INT64_MAX */
    int64_t blind_since; /* its limit counts plates since; INT64_MAX */
    int64_t shed_since;  /* a signal or limit keeps it off since; INT64_MAX */
    bool on_min_excused; /* the journal said that a minimum on time yields */
    bool shed_max_excused;
    int64_t low_since; /* its setpoint is lowered though there is room, since; INT64_MAX */
    int32_t low_w;     /* what it was lowered to then */
    uint16_t failures; /* of its returns: forgiven ones begin a wait anew */
} world_watch_load;

typedef struct world_promise { /* an acknowledged override */
    bool on;
    uint16_t load;
    bool fed;
    int64_t end;
} world_promise;

typedef struct world_watch {
    world_watch_load loads[OHM_WORLD_LOADS_MAX];
    int64_t last_on;
    uint64_t next_seq;
    int64_t today_wh;
    ohm_date today;
    int64_t counted_wh;
    world_promise promise;
} world_watch;

struct ohm_world {
    ohm_world_config config;
    ohm_engine_config file; /* as it was at first */
    ohm_world_result result;
    uint64_t seed, random;
    ohm_mono_ms now;     /* of the world: never stops */
    int64_t boot_offset; /* the daemon's mono clock is now minus this */
    int64_t clock_error; /* the daemon's wall clock is the true one plus this */
    bool clock_set;
    uint64_t boot_id;
    bool running; /* the daemon is */
    bool stopped; /* in an orderly way */
    bool reload;  /* and started again with another configuration */
    ohm_mono_ms start_at;
    ohm_mono_ms stop_next;                    /* while it is stopped: its next tick */
    ohm_mono_ms stop_end;                     /* while it is stopped: when it stops waiting */
    int64_t felt[OHM_WORLD_LOADS_MAX];        /* what a load's sensor said last, */
    ohm_mono_ms felt_at[OHM_WORLD_LOADS_MAX]; /* and when */
    ohm_mono_ms started;                      /* the daemon was, last */

    ohm_world_on_action on_action;
    void *ctx;
    ohm_world_on_minute on_minute;
    void *minute_ctx;
    ohm_world_minute minute; /* so far */
    ohm_engine *engine;
    ohm_actions actions;
    uint8_t *saved; /* the engine's state as of the last save */
    size_t saved_len;
    ohm_mono_ms saved_at;
    bool unsaved;     /* something happened since that a daemon has saved */
    int64_t heard_mj; /* what the register said last, */
    int64_t saved_mj; /* and had said when the state was saved */
    uint64_t command_id;

    world_house house;
    world_relay relays[OHM_WORLD_LOADS_MAX];
    world_fault_state faults[WORLD_FAULTS_COUNT];
    ohm_frame frame; /* the last one */
    int64_t frame_gap;
    ohm_mono_ms frame_at, tick_at, signal_at, command_at, busy_until, disturbed;
    int64_t over_since; /* the true power is beyond the breaker since; INT64_MAX */
    world_watch watch;
    ohm_signal_set signal;
    ohm_boot boot;
};

/* world.c */
uint32_t world_draw(ohm_world *w, uint32_t n); /* 0 to n - 1 */
ohm_ms world_utc(const ohm_world *w);          /* in truth */
void world_feed(ohm_world *w, ohm_event event);
void world_save(ohm_world *w);
/* The daemon ends at once, and comes back; `held`: its contacts stay where they are. */
void world_down(ohm_world *w, int64_t ms, bool held);
/* The daemon is told to stop, and takes its time. */
void world_stop(ohm_world *w);
void world_break(ohm_world *w, const char *invariant);
/* Asserts it, and counts that it did. */
void world_holds(ohm_world *w, bool holds, const char *invariant);
/* Something happened that the meter shows and the engine may act upon. */
void world_busy(ohm_world *w);

/* world_house.c */
void world_house_init(ohm_world *w);
void world_house_pass(ohm_world *w, int64_t ms);
void world_house_change(ohm_world *w); /* uses and thermostats whose time has come */
void world_house_draw(ohm_world *w);   /* what is drawn now */
ohm_mono_ms world_house_next(const ohm_world *w);
int64_t world_site_w(const ohm_world *w);
/* What a load's sensor sees, in the unit of what is said of it. */
uint16_t world_sensed(const ohm_world *w, uint16_t load, int64_t *ret_value);
int64_t world_base_w(const ohm_world *w, int phase); /* 0..2, of what nobody can shed */
/* The breaker opened while shedding could have kept it in: false, and why not. */
bool world_trip_was_preventable(const ohm_world *w, int scope);

/* world_faults.c */
void world_faults_init(ohm_world *w);
void world_faults_change(ohm_world *w);
ohm_mono_ms world_faults_next(const ohm_world *w);
bool world_is(const ohm_world *w, world_fault fault);
void world_make_frame(ohm_world *w, ohm_frame *out);
void world_command(ohm_world *w);
void world_signal(ohm_world *w);

/* world_relay.c */
void world_relay_order(ohm_world *w, uint16_t load, bool fed, int32_t setting);
void world_relay_release(ohm_world *w);             /* the daemon is gone: contacts fall back */
void world_relay_read(ohm_world *w, uint16_t load); /* a start reads its coil, not its contact */
void world_relay_report(ohm_world *w);

/* world_change.c */
bool world_has_sensor(const ohm_world *w, uint16_t load);
void world_change_rules(ohm_world *w);
bool world_rule_may_shed(const ohm_world *w, uint16_t load);
void world_reconfigure(ohm_world *w);

/* world_count.c */
void world_count_fault(ohm_world *w, world_fault fault);
void world_count_deed(ohm_world *w, world_deed deed);
void world_count_command(ohm_world *w, ohm_command_kind kind); /* one that was obeyed */
void world_count_action(ohm_world *w, const ohm_action *action);

/* world_trace.c: time is about to pass */
void world_trace_pass(ohm_world *w, int64_t ms);

/* world_watch.c */
void world_watch_init(ohm_world *w);
void world_watch_start(ohm_world *w);
void world_watch_actions(ohm_world *w, const ohm_event *event);
void world_watch_after(ohm_world *w, const ohm_event *event);

#endif
