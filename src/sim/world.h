/* A world: a house with its appliances, a tank, a heated zone, a car, people, a meter with a
 * breaker, relays, a grid, clocks, and the daemon's engine in the middle; and what goes wrong with
 * each of them. All of it from one seed, years in seconds: time goes from event to event.
 *
 *     ohm_world_new(&config, seed, &world)
 *     ohm_world_run(world, days)       until a day is over or an invariant is broken
 *     ohm_world_result_of(world)
 *
 * The engine is fed as the daemon feeds it: frames, ticks, signals, commands, clocks, outputs,
 * starts from the last state that was saved. After every event the invariants of
 * docs/architecture.md ("What never happens") are looked at from outside: by what the relays did
 * and what the house drew, not by what the engine says of itself.
 *
 * One world, one thread; it allocates at the start only. Pure but for that. */
#ifndef OHM_SIM_WORLD_H
#define OHM_SIM_WORLD_H

#include "engine/engine.h"

enum { OHM_WORLD_USES_MAX = 24, OHM_WORLD_LOADS_MAX = 16 };

/* How a load that may be shed behaves. */
typedef enum ohm_world_kind {
    OHM_WORLD_TANK,    /* hot water: a thermostat, showers */
    OHM_WORLD_ZONE,    /* heating: a thermostat, the weather */
    OHM_WORLD_CAR,     /* some kWh each evening */
    OHM_WORLD_PLUG,    /* draws whenever it is fed */
    OHM_WORLD_BATTERY, /* told what to charge and to give; left alone it feeds the house */
    OHM_WORLD_KINDS_COUNT
} ohm_world_kind;

typedef struct ohm_world_load {
    ohm_world_kind kind;
    int32_t draws_w; /* in truth; the engine knows its plate only */
    /* Of a zone or tank: guarded by a sensor that the engine hears, in hundredths of a degree; of a
     * battery its charge, in tenths of a percent; 0 = none. */
    int32_t comfort;
    int32_t set_cc; /* of a zone: the engine's thermostat has a sensor there; 0 = it has its own */
    int32_t frost_cc; /* and a floor */
} ohm_world_load;

/* What people switch on and nobody sheds. */
typedef struct ohm_world_use {
    int32_t power_w;
    int32_t least_s, most_s; /* how long it runs */
    int32_t a_day;           /* how often, on average */
    int32_t from_h, to_h;    /* local hours in which it begins */
    uint8_t phase;           /* 1..3 */
} ohm_world_use;

/* How often things go wrong, in a hundred days. */
typedef struct ohm_world_faults {
    int32_t meter_silent, meter_frozen, meter_unit, register_back;
    int32_t clock_jump, clock_lost; /* an hour either way; 1970 */
    int32_t relay_stuck, relay_liar, relay_refuses;
    int32_t power_cut, killed, cut_at_write, disk_full;
    int32_t flood, command_storm;
    int32_t sensor_silent, sensor_frozen, signal_silent;
    int32_t reconfigured;  /* stopped, and started with another configuration */
    int32_t rules_changed; /* by people: armed, edited, removed */
    int32_t stopped;       /* in an orderly way: an update, a new configuration */
} ohm_world_faults;

typedef struct ohm_world_config {
    ohm_engine_config engine; /* what the daemon is told; contract.subscribed_va is the breaker */
    ohm_ms start_ms;
    bool three_phase;
    bool tic; /* the meter says what is subscribed */
    int32_t base_w;
    ohm_world_load loads[OHM_WORLD_LOADS_MAX]; /* as many as the engine has */
    uint16_t uses_count;
    ohm_world_use uses[OHM_WORLD_USES_MAX];
    int32_t tense_days; /* of a hundred winter days, with orange and red hours */
    bool unasked;       /* nobody orders anything */
    ohm_world_faults faults;
} ohm_world_config;

/* What can happen in a world, counted, so that nobody trusts in what never came: the faults that
 * are drawn, what becomes of them, what people ask, what the journal says, what moves a load. */
enum { OHM_WORLD_COUNTS_MAX = 160 };

/* "fault meter_silent", "journal meter_lost"…; NULL from the last one on. */
const char *ohm_world_count_group(unsigned index);
const char *ohm_world_count_name(unsigned index);

typedef struct ohm_world_result {
    const char *broken; /* the invariant's name; NULL: all hold */
    ohm_ms broken_ms;   /* when */
    uint64_t asserted;  /* so often was looked whether an invariant holds */
    int64_t release_ms; /* the longest time from the end of a cause to the return of a load */
    uint32_t counts[OHM_WORLD_COUNTS_MAX];
    uint64_t events, switchings, sheds_by_power, sheds_by_grid, commands;
    uint64_t trips; /* of the breaker, that nobody could have prevented */
    uint64_t faults, starts;
    int64_t import_wh;
    int64_t overrun_s; /* beyond the breaker's rating, all together */
} ohm_world_result;

typedef struct ohm_world ohm_world;

/* The engine's load goes by the sensor that a world gives it. */
void ohm_world_guard(ohm_load *load, uint16_t index, const ohm_world_load *is);
/* The engine heats a zone of its own by that sensor: one more in the configuration. */
void ohm_world_heat(ohm_engine_config *config, uint16_t load, int32_t set_cc, int32_t frost_cc);

OHM_MUST_CHECK ohm_err ohm_world_new(const ohm_world_config *config, uint64_t seed,
                                     ohm_world **ret_world);
void ohm_world_free(ohm_world *world); /* takes NULL */
/* Who wants to see every action of the engine; set it before the first run. */
typedef void (*ohm_world_on_action)(void *ctx, const ohm_action *action);
void ohm_world_listen(ohm_world *world, ohm_world_on_action on_action, void *ctx);

/* What a minute of a house was, for who knows it all afterwards. Phases count from 0; a house on
 * one phase has all on the first. */
typedef struct ohm_world_minute {
    ohm_ms utc_ms;                          /* its begin */
    int64_t base_mj[3];                     /* of what nobody can shed: W and ms */
    int64_t wants_ms[OHM_WORLD_LOADS_MAX];  /* its thermostat was on */
    int64_t served_ms[OHM_WORLD_LOADS_MAX]; /* and it was fed */
    uint16_t switched[OHM_WORLD_LOADS_MAX]; /* orders to its relay */
} ohm_world_minute;

/* Who wants to see every minute; set it before the first run. */
typedef void (*ohm_world_on_minute)(void *ctx, const ohm_world_minute *minute);
void ohm_world_trace(ohm_world *world, ohm_world_on_minute on_minute, void *ctx);

void ohm_world_run(ohm_world *world, int64_t days);
const ohm_world_result *ohm_world_result_of(const ohm_world *world);

#endif
