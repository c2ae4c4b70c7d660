/* The parts of the daemon's planning: what is known of the coming day, as plain values, and what a
 * worker makes of it. Only its own files include this. */
#ifndef OHM_CMD_DAEMON_PLAN_H
#define OHM_CMD_DAEMON_PLAN_H

#include <stdatomic.h>

#include "base/civil.h"
#include "config/site.h"
#include "control/load.h"
#include "plan/home.h"
#include "plan/home_told.h"
#include "sim/house.h"

enum {
    OHM_DAY_STEPS_MAX = 48 * 12,
    OHM_DAY_SLOTS = 96, /* of what the house draws, by quarters of the day */
};

/* A load that is planned. */
typedef struct ohm_day_load {
    bool there;
    uint16_t load;
    char id[OHM_LOAD_ID_MAX];
    double power_kw;
} ohm_day_load;

/* What is known, by steps from from_ms on. */
typedef struct ohm_day_facts {
    ohm_site_plan plan;
    const ohm_tz *tz;
    ohm_ms from_ms, made_ms;
    int64_t step_ms;
    int steps;
    int priced;    /* steps whose price is known; those after it have that of a day before */
    bool has_sun;  /* somebody forecasts what the panels make */
    bool has_demo; /* the weather, the sun and the house are those of `demo`, lived ahead */
    ohm_house demo;
    double subscribed_kw;
    double price_eur[OHM_DAY_STEPS_MAX], export_eur[OHM_DAY_STEPS_MAX];
    double sun_kw[OHM_DAY_STEPS_MAX], outdoor_c[OHM_DAY_STEPS_MAX];
    double base_kw[OHM_DAY_SLOTS];
    ohm_day_load loads[OHM_HOME_DEVICES];
    double water_kwh; /* above the least temperature */
    bool water_seen;  /* by a sensor; else estimated */
    double indoor_c;
    double car_left_kwh; /* of the stay under way; NAN: it is away */
    bool heating_runs;
} ohm_day_facts;

/* The problem of a day. Its series are in it. */
typedef struct ohm_day {
    ohm_home home;
    double series[9][OHM_DAY_STEPS_MAX];
    double low_c[OHM_DAY_STEPS_MAX], high_c[OHM_DAY_STEPS_MAX]; /* of the zone */
    double water_most_kwh, stay_need_kwh;
} ohm_day;

/* daemon_plan_day.c. Lives the demo's house ahead where there is one. */
void ohm_day_make(ohm_day_facts *facts, ohm_day *out);
/* kWh in the tank at that temperature, above its least one; and what it holds. */
double ohm_day_water_kwh(const ohm_site_plan *plan, double temperature_c);
double ohm_day_water_room_kwh(const ohm_site_plan *plan);
/* What the house draws beside the planned loads, of what the meter says (negative: it feeds the
 * grid), what the panels make, and the power of each load that is fed: one whose power is not in
 * what is left does not draw it. */
double ohm_day_base_kw(double net_kw, double sun_kw, const double *fed_kw, int count);
/* Whether the car should be there at that minute of the day; for how long it stays. */
bool ohm_day_car_home(const ohm_site_plan *plan, int minute);
double ohm_day_stay_h(const ohm_site_plan *plan);

/* What a load is to do, from one time to another. */
typedef struct ohm_day_action {
    ohm_home_device device;
    ohm_ms from_ms, to_ms;
    bool runs;
    ohm_plan_reason reason;
} ohm_day_action;

/* One for every step of every device: there is always room. */
enum { OHM_DAY_ACTIONS_MAX = OHM_HOME_DEVICES * OHM_DAY_STEPS_MAX };

/* One planning: made on the loop, done on a worker, read on the loop. */
typedef struct ohm_day_job {
    ohm_day_facts facts;
    ohm_day day;
    int64_t budget_ms;
    _Atomic bool cancelled;
    bool planned; /* else `why` says why not */
    const char *why;
    int actions_count;
    ohm_day_action actions[OHM_DAY_ACTIONS_MAX];
    double levels[OHM_HOME_DEVICES][OHM_DAY_STEPS_MAX];
    bool runs[OHM_HOME_DEVICES][OHM_DAY_STEPS_MAX];
    double until_us; /* of its clock */
    char *json;      /* malloc'ed: /api/v1/plan; NULL: out of memory */
    size_t json_len;
} ohm_day_job;

/* daemon_plan_job.c: on a worker. */
void ohm_day_solve(ohm_day_job *job);
/* Tells that there is none, and `why`; on the loop. */
void ohm_day_tell_none(ohm_day_job *job);

#endif
