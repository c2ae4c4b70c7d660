/* The battery of the day's plan: what is known of it, what it is to do by steps and why, and what
 * it is told. It comes after the plan of everything else, on what that leaves at the meter, exactly
 * (plan/battery.h). Only the files of the daemon's planning include this. */
#ifndef OHM_CMD_DAEMON_PLAN_BATTERY_H
#define OHM_CMD_DAEMON_PLAN_BATTERY_H

#include <stdatomic.h>

#include "base/json.h"
#include "base/time.h"
#include "control/load.h"
#include "plan/home.h"
#include "plan/why.h"

enum { OHM_DAY_BATTERY_STEPS_MAX = 48 * 12 };

/* What is configured, and what is known of it now. */
typedef struct ohm_day_battery {
    bool there;
    char id[OHM_LOAD_ID_MAX];
    uint16_t load;
    double capacity_kwh, charge_kw, least_kw, discharge_kw;
    double charge_ratio, discharge_ratio, reserve_ratio, wear_eur_per_kwh;
    int32_t step_w;
    double charged_ratio; /* NAN: nobody says it, or not lately */
} ohm_day_battery;

/* From one time to another, as control/setting.h has it: OHM_SETTING_OWN, OHM_SETTING_REST, W. */
typedef struct ohm_battery_action {
    ohm_ms from_ms, to_ms;
    int32_t setting;
    ohm_plan_reason reason;
} ohm_battery_action;

/* What the meter costs with a battery beside it, with weights, wear and what passes the limit, less
 * what is stored at the end is worth; and what of it is paid to nobody. */
typedef struct ohm_battery_bill {
    double all_eur, wear_eur, stored_eur, weight_eur;
    ohm_home_gave over; /* of the power limit */
} ohm_battery_bill;

typedef struct ohm_battery_day {
    bool planned;
    int actions_count;
    ohm_battery_action actions[OHM_DAY_BATTERY_STEPS_MAX];
    /* By steps: what goes in (negative: comes out), how full it is after, and the meter then. */
    double kw[OHM_DAY_BATTERY_STEPS_MAX], charged_ratio[OHM_DAY_BATTERY_STEPS_MAX];
    double import_kw[OHM_DAY_BATTERY_STEPS_MAX], export_kw[OHM_DAY_BATTERY_STEPS_MAX];
    /* By the plan, by the inverter's own mode, and the least that any plan of this battery comes to
     * beside what else is planned. */
    ohm_battery_bill plan, own;
    double bound_eur;
} ohm_battery_day;

typedef struct ohm_day_facts ohm_day_facts;
typedef struct ohm_day_job ohm_day_job;
typedef struct ohm_daemon ohm_daemon;
typedef struct ohm_daemon_plan ohm_daemon_plan;

/* On a worker: what it is to do beside what these controls do; a battery in them is left out.
 * Nothing is planned where its charge is not known, or once `cancelled` (NULL: never) is set. */
void ohm_day_battery_plan(const ohm_day_facts *facts, const ohm_home_controls *controls,
                          const _Atomic bool *cancelled, ohm_battery_day *out);
/* What its own mode comes to beside that need, kW by steps (below 0: surplus). False: out of
 * memory. */
OHM_MUST_CHECK bool ohm_day_battery_rest(const ohm_day_facts *facts, const double *need_kw,
                                         ohm_battery_bill *out);
/* As plan/home.h has it, above its reserve. */
ohm_home_battery ohm_day_battery_of(const ohm_day_facts *facts);
/* The key "battery" of /api/v1/plan: null where there is none. */
void ohm_day_battery_tell(ohm_json *json, const ohm_day_job *job);

/* On the loop. */
void ohm_daemon_battery_start(const ohm_daemon *d, ohm_day_facts *facts);
void ohm_daemon_battery_know(const ohm_daemon *d, ohm_day_facts *facts);
/* What goes in now, W: as its meter says, else as it is told. False: nobody knows. */
bool ohm_daemon_battery_w(const ohm_daemon_plan *p, double *ret_w);
/* Asks the engine for what the plan has now. */
void ohm_daemon_battery_ask(ohm_daemon_plan *p);

#endif
