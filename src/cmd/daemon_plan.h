/* The parts of the daemon's planning: what is known of the coming day, as plain values, and what a
 * worker makes of it. Only its own files include this. */
#ifndef OHM_CMD_DAEMON_PLAN_H
#define OHM_CMD_DAEMON_PLAN_H

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "base/civil.h"
#include "base/segment.h"
#include "cmd/daemon_plan_base.h"
#include "cmd/daemon_plan_battery.h"
#include "cmd/order_listener.h"
#include "config/site.h"
#include "control/heat.h"
#include "control/load.h"
#include "engine/engine.h"
#include "plan/home.h"
#include "plan/home_told.h"
#include "sim/house.h"
#include "web/car_wish.h"

enum {
    OHM_DAY_STEPS_MAX = 48 * 12,
    OHM_DAY_ZONES_MAX = OHM_HEAT_ZONES_MAX,
    OHM_DAY_ZONE = OHM_HOME_PUMP, /* the first of them, among what is planned */
    OHM_DAY_LOADS = OHM_DAY_ZONE + OHM_DAY_ZONES_MAX,
};

/* What is planned: a load, or all that heat a zone. */
typedef struct ohm_day_load {
    bool there;
    char id[OHM_LOAD_ID_MAX];   /* of the first of them */
    char zone[OHM_LOAD_ID_MAX]; /* "" of what is none, and of plan.heating */
    uint16_t count;
    uint16_t loads[OHM_HEAT_LOADS_MAX];
    uint8_t interlock[OHM_HEAT_LOADS_MAX], tier;  /* as control/load.h; the least tier of them */
    double each_kw[OHM_HEAT_LOADS_MAX], power_kw; /* together */
    double least_kw; /* of one with a setpoint: from there on, by steps */
    int32_t step_w;  /* 0: it is fed or not */
} ohm_day_load;

/* What is known of a zone. */
typedef struct ohm_day_zone {
    double loss_w_per_k, store_wh_per_k, cop;
    double below_k, above_k; /* how far from its set point it may go */
    double indoor_c;
    bool runs;
    float set_c[OHM_DAY_STEPS_MAX];
} ohm_day_zone;

/* Who says what the panels will make. */
typedef enum ohm_sun_origin {
    OHM_SUN_NONE,
    OHM_SUN_LEARNT,  /* what they did on other days (analysis/forecast.h) */
    OHM_SUN_SERVICE, /* of forecasts */
} ohm_sun_origin;

/* Who decides about a load in a step in the plan's place. */
typedef enum ohm_day_by {
    OHM_DAY_BY_NOBODY,
    OHM_DAY_BY_ECOWATT,
    OHM_DAY_BY_HAND,
    OHM_DAY_BY_RULE,
    OHM_DAY_BY_INTERLOCK, /* another one of its interlock runs then */
    OHM_DAY_BY_ROOM,      /* its phase or branch has no room for it */
} ohm_day_by;

/* A phase or a branch that a limit holds for. */
typedef struct ohm_day_scope {
    bool limited;
    float draw_kw[OHM_DAY_LOADS];     /* what each load draws on it */
    float room_kw[OHM_DAY_STEPS_MAX]; /* beside what nobody plans */
} ohm_day_scope;

/* What is known, by steps from from_ms on. */
typedef struct ohm_day_facts {
    ohm_site_plan plan;
    const ohm_tz *tz;
    ohm_ms from_ms, made_ms;
    int64_t step_ms;
    int steps;
    int priced; /* steps whose price is known; those after it have that of a day before */
    ohm_sun_origin sun_origin;
    ohm_base_origin base_origin;
    int base_days;
    bool has_demo; /* the weather, the sun and the house are those of `demo`, lived ahead */
    ohm_house demo;
    double subscribed_kw;
    double import_kw[OHM_DAY_STEPS_MAX]; /* the least of it and of the limits in force then */
    uint8_t limit[OHM_DAY_STEPS_MAX];    /* 1 + whose that is in the configuration; 0: subscribed */
    char limit_ids[OHM_LIMITS_MAX][OHM_LOAD_ID_MAX];
    int8_t level[OHM_DAY_STEPS_MAX]; /* of Ecowatt; OHM_LEVEL_NONE: not known */
    /* What of a load's power (0 to 1) is off or fed in a step without the plan, and for whom
     * (ohm_day_by). */
    uint8_t by[OHM_DAY_LOADS][OHM_DAY_STEPS_MAX];
    float off_share[OHM_DAY_LOADS][OHM_DAY_STEPS_MAX], fed_share[OHM_DAY_LOADS][OHM_DAY_STEPS_MAX];
    ohm_day_scope
        scopes[OHM_SCOPES_ALL]; /* phases and branches: of the site as a whole is import_kw */
    double weight_eur[OHM_DAY_STEPS_MAX]; /* of a kWh, beside its price */
    float co2_g[OHM_DAY_STEPS_MAX];       /* a kWh; NAN */
    double price_eur[OHM_DAY_STEPS_MAX], export_eur[OHM_DAY_STEPS_MAX];
    double sun_kw[OHM_DAY_STEPS_MAX], outdoor_c[OHM_DAY_STEPS_MAX];
    double base_kw[OHM_DAY_STEPS_MAX];   /* what the house draws beside all that is planned */
    double margin_kw[OHM_DAY_STEPS_MAX]; /* how far that, less the sun, may be more */
    ohm_day_load loads[OHM_DAY_LOADS];
    ohm_day_zone zones[OHM_DAY_ZONES_MAX];
    double water_kwh; /* above the least temperature */
    bool water_seen;  /* by a sensor; else estimated */
    /* When the tank has to be heated through at the latest; OHM_NO_MS: it need not. */
    ohm_ms hygiene_due_ms;
    bool wished;          /* somebody asked for what follows */
    ohm_ms wish_ready_ms; /* for once: it is there until then; OHM_NO_MS */
    double car_left_kwh;  /* of the stay under way; NAN: it is away */
    ohm_day_battery battery;
    bool in_order; /* planned at the prices that keep the order in which limits give way */
} ohm_day_facts;

enum { OHM_DAY_SERIES = 14, OHM_DAY_IMPORT = 9 /* home.import_kw */ };

/* The problem of a day. Its series are in it. */
typedef struct ohm_day {
    ohm_home home;
    double series[OHM_DAY_SERIES][OHM_DAY_STEPS_MAX];
    double base_kw[OHM_DAY_STEPS_MAX]; /* as of the facts, or as the demo's house will live */
    int hygiene_from, hygiene_to;      /* steps in which the tank is heated through; -1 */
    double water_most_kwh, stay_need_kwh;
} ohm_day;

/* daemon_plan_day.c. All but the zones; lives the demo's house ahead where there is one. */
void ohm_day_make(ohm_day_facts *facts, ohm_day *out);
/* The home's one zone is that one, and what the others draw (kW by steps) is its load. */
void ohm_day_zone_in(const ohm_day_facts *facts, ohm_day *day, int zone, const double *others_kw);
/* The home has none: they are planned beside it. */
void ohm_day_zones_in(const ohm_day_facts *facts, ohm_day *day);
/* kWh in the tank at that temperature, above its least one; and what it holds. */
double ohm_day_water_kwh(const ohm_site_plan *plan, double temperature_c);
double ohm_day_water_room_kwh(const ohm_site_plan *plan);
/* daemon_plan_hygiene.c: the tank's cycle against legionella, as a floor of its steps. */
void ohm_day_hygiene(const ohm_day_facts *facts, ohm_day *day, double *least_kwh);
/* What the tank holds when it is through, and for how long it has to. */
double ohm_day_hygiene_kwh(const ohm_site_plan *plan);
int64_t ohm_day_hygiene_hold_ms(const ohm_site_plan *plan);

/* When a tank was heated through last (OHM_NO_MS: not known), and for how long it is hot now. */
typedef struct ohm_day_hygiene_state {
    ohm_ms through_ms;
    int64_t hot_ms;
} ohm_day_hygiene_state;

/* It was that warm (NAN: no sensor says so, and it is taken to hold water_kwh) for so long. True:
 * there is news to keep; *ret_through: it is that the tank is through, else that counting begins.
 */
bool ohm_day_hygiene_count(ohm_day_hygiene_state *state, const ohm_site_plan *plan, double water_c,
                           double water_kwh, ohm_ms utc_ms, int64_t ms, bool *ret_through);

/* What the house draws beside the planned loads, of what the meter says (negative: it feeds the
 * grid), what the panels make, and the power of each load that is fed: one whose power is not in
 * what is left does not draw it. */
double ohm_day_base_kw(double net_kw, double sun_kw, const double *fed_kw, int count);
/* Whether the car should be there at that minute of the day; for how long it stays. */
bool ohm_day_car_home(const ohm_site_plan *plan, int minute);
double ohm_day_stay_h(const ohm_site_plan *plan);

/* daemon_plan_know.c: the zones of the configuration, and plan.heating where there are none; what
 * is known of them now. `own_c` is the temperature that plan.heating names. */
typedef struct ohm_daemon ohm_daemon;
typedef struct ohm_reader ohm_reader;
void ohm_day_zones_start(const ohm_daemon *d, ohm_day_facts *facts);
void ohm_day_zones_know(const ohm_daemon *d, ohm_day_facts *facts, bool weather, double own_c);
/* daemon_plan_grid.c: limits, Ecowatt, weights; of loads that are known. */
void ohm_day_grid_know(const ohm_daemon *d, ohm_day_facts *facts);
double ohm_day_number(const ohm_segment *segment);
/* The temperature that a meter says, NAN if none lately. */
double ohm_daemon_plan_sensor_c(const ohm_daemon *d, const char *id);

/* What a load is to do, from one time to another. */
typedef struct ohm_day_action {
    int load; /* of the day's */
    ohm_ms from_ms, to_ms;
    bool runs;
    int32_t watts; /* of a load with a setpoint; else 0 */
    ohm_plan_reason reason;
} ohm_day_action;

/* One for every step of every device: there is always room. */
enum { OHM_DAY_ACTIONS_MAX = OHM_DAY_LOADS * OHM_DAY_STEPS_MAX };

/* One planning: made on the loop, done on a worker, read on the loop. */
typedef struct ohm_day_job {
    ohm_day_facts facts;
    ohm_day day;
    int64_t budget_ms; /* of the first solve; half of what is left of twice that: each next one */
    _Atomic bool cancelled;
    bool planned; /* else `why` says why not */
    const char *why;
    int actions_count;
    ohm_day_action actions[OHM_DAY_ACTIONS_MAX];
    float levels[OHM_DAY_LOADS][OHM_DAY_STEPS_MAX];
    bool runs[OHM_DAY_LOADS][OHM_DAY_STEPS_MAX];
    int32_t car_w[OHM_DAY_STEPS_MAX]; /* where it has a setpoint */
    double zone_kw[OHM_DAY_ZONES_MAX][OHM_DAY_STEPS_MAX];
    ohm_battery_day battery;
    double last_us, until_us; /* of its clock: of all solves, and of the one under way */
    char *json;               /* malloc'ed: /api/v1/plan; NULL: out of memory */
    size_t json_len;
} ohm_day_job;

/* What a day costs, and what of it nobody is paid: wear, what a battery holds more (taken off), and
 * weights. */
typedef struct ohm_day_cost {
    double all_eur, wear_eur, stored_eur, weight_eur;
} ohm_day_cost;

/* What a plan of all zones comes to. */
typedef struct ohm_day_sum {
    ohm_day_cost plan, rules;
    double bound_eur;
    ohm_home_gave gave[OHM_HOME_LIMITS], rules_gave[OHM_HOME_LIMITS];
    ohm_home_gave zone_gave[OHM_DAY_ZONES_MAX][OHM_HOME_LIMITS]; /* of the plan, by zones */
    double forgiven_eur;    /* warmth that nothing could help: taken off the plan and the bound */
    const double *rules_kw; /* at the meter then, without a battery */
    ohm_home_controls controls; /* its pump is the last zone */
} ohm_day_sum;

/* daemon_plan_day.c. By how much the plan passes the limit of a step; negative: what is left. */
double ohm_day_over_kw(const ohm_day_job *job, int k);

/* daemon_plan_margin.c: how far a house may draw more than is expected, kW (`sun` NULL: none, or
 * nobody says how sure). */
double ohm_day_margin_kw(const ohm_base_value *base, const ohm_forecast_value *sun);
/* What may be drawn, in the day's problem: less the margin of each step, or all of it. */
void ohm_day_margin_leave(const ohm_day_facts *facts, ohm_day *day, bool leave);
/* Whether a plan leaves less free somewhere than the margin. */
bool ohm_day_margin_lacks(const ohm_day_facts *facts, const ohm_home_controls *controls);
/* What gave way, as it is priced. */
double ohm_day_given_eur(const ohm_home_gave gave[OHM_HOME_LIMITS]);

/* daemon_plan_zones.c: the day's plan; `each` is called for every load, the day's home then as that
 * load sees it, if `takes` (NULL: yes) wants the plan. *ret_memory, from malloc, holds the
 * controls; NULL: it was not wanted, and what the job tells is as it was. */
typedef void ohm_day_each(ohm_day_job *job, int load, const ohm_home_controls *controls);
typedef bool ohm_day_takes(ohm_day_job *job, const ohm_day_sum *sum, void *ctx);
OHM_MUST_CHECK ohm_err ohm_day_plan_zones(ohm_day_job *job, ohm_day_takes *takes, void *ctx,
                                          void **ret_memory, ohm_day_sum *ret_sum,
                                          ohm_day_each *each);

/* daemon_plan_margin.c: a plan that leaves the margin free takes the other's place where comfort
 * and deadlines lose nothing. */
OHM_MUST_CHECK ohm_err ohm_day_margin_plan(ohm_day_job *job, void **io_memory, ohm_day_sum *io_sum,
                                           ohm_day_each *each);
/* daemon_plan_joined.c: the battery beside the plan, in job->battery; a plan of all devices that
 * knows of it takes the other's place where that costs less. Then the sum is of both. */
OHM_MUST_CHECK ohm_err ohm_day_join_battery(ohm_day_job *job, void **io_memory, ohm_day_sum *io_sum,
                                            ohm_day_each *each);

/* daemon_plan_relax.c: what a limit that gives way is counted at, EUR. A kWh that a load lacks; one
 * drawn above the limit. */
double ohm_day_lack_eur(const ohm_day_facts *facts, int load);
/* Who gives way before whom; of equals both at once. */
int ohm_day_key(const ohm_day_facts *facts, int load);
double ohm_day_over_eur(const ohm_day_facts *facts);
/* Of a room below its band, an hour of a kelvin; of the tank below its least, one of a kWh. */
double ohm_day_cold_eur(const ohm_day_facts *facts, int zone);
double ohm_day_short_water_eur(const ohm_day_facts *facts);
/* Solves, and once more where what gives way is not in its order; *ret_sum is at the prices that
 * things are told at. */
typedef ohm_err ohm_day_solver(ohm_day_job *job, void **ret_memory, ohm_day_sum *ret_sum);
OHM_MUST_CHECK ohm_err ohm_day_in_order(ohm_day_job *job, ohm_day_solver *solve, void **ret_memory,
                                        ohm_day_sum *ret_sum);

/* daemon_plan_asked.c. What is asked for already of loads, by hand, rules and Ecowatt. */
void ohm_day_asked_know(const ohm_daemon *d, ohm_day_facts *facts);
/* Nothing of it is left for the plan to decide; it is fed then, all or most of it. */
bool ohm_day_is_taken(const ohm_day_facts *facts, int load, int k);
bool ohm_day_is_fed(const ohm_day_facts *facts, int load, int k);
/* Off in a step, for that reason. */
void ohm_day_hold(ohm_day_facts *facts, int load, int k, ohm_day_by by);
/* kWh that it takes without the plan, `most_kwh` at most; what that draws is added to base_kw. */
double ohm_day_fed_kwh(const ohm_day_facts *facts, int load, double most_kwh, double *base_kw);

/* daemon_plan_scope.c. Limits of phases and branches; off is what does not fit there even alone. */
void ohm_day_scope_limit(ohm_day_facts *facts, uint8_t scope, int k, double kw);
void ohm_day_scopes_know(const ohm_daemon *d, ohm_day_facts *facts);
void ohm_day_scopes_hold(ohm_day_facts *facts);
/* Keeps off who gives way first where the plan draws more on a phase or branch than there is room
 * for; true: it did somewhere. `last`: so that no plan made after it does. */
bool ohm_day_crowds(ohm_day_job *job, bool last);

/* daemon_plan_apart.c. */
/* Keeps off who has to wait for another one of its interlock; true: the plan breaks one. `last`: so
 * that no plan made after it does. */
bool ohm_day_part(ohm_day_job *job, bool last);

/* daemon_plan_why.c: why a load does what these controls say in that step. */
ohm_plan_reason ohm_day_why(const ohm_day_job *job, int load, const ohm_home_controls *controls,
                            ohm_home_device device, int k);

/* daemon_plan_job.c: on a worker. */
void ohm_day_solve(ohm_day_job *job);
/* Tells that there is none, and `why`; on the loop. */
void ohm_day_tell_none(ohm_day_job *job);

/* --- the loop's own --------------------------------------------------------------------------- */

/* What was asked of the engine for a load. */
typedef struct ohm_day_asked {
    bool on, fed;
    int32_t watts;
    ohm_ms until_ms;
    ohm_plan_why why;
    ohm_mono_ms asked;
    bool refused; /* by the engine: asked again in a while */
} ohm_day_asked;

typedef struct ohm_daemon_plan {
    ohm_daemon *daemon;
    ohm_day_facts facts; /* what does not change, and what is counted on the way */
    ohm_day_job *job;    /* under way, or NULL */
    ohm_day_job *last;   /* the plan that holds, or NULL */
    uv_work_t work;
    uint64_t mark; /* of what the last one knew */
    ohm_mono_ms begun, counted, looked;
    ohm_day_asked asked[OHM_DAY_LOADS];
    bool battery_asks; /* battery_asked was asked for last */
    ohm_battery_action battery_asked;
    ohm_base base;
    double water_kwh, car_got_kwh; /* where no sensor says so */
    double car_kept_kwh;           /* of the latter, in the store */
    ohm_day_hygiene_state hygiene;
    bool car_was_home;
    ohm_day_wish wish;         /* of the car */
    ohm_order_listener orders; /* for it, by MQTT */
    ohm_day_wish order;
    bool order_waits;     /* one that no tick has taken yet */
    pthread_mutex_t lock; /* of what follows: the web's threads read json, and ask for the car */
    ohm_day_wish asked_wish;
    bool wish_news;
    char *json;
    size_t json_len;
} ohm_daemon_plan;

/* daemon_plan.c: what the plan asks of the engine. False: that does not take it as it is. */
bool ohm_daemon_plan_feed(ohm_daemon_plan *p, const ohm_command *command);
/* daemon_plan_count.c: what the main meter shows, W, fed back below 0; false: not lately. */
bool ohm_daemon_plan_net_w(const ohm_daemon *d, double *ret_w);
/* daemon_plan_count.c: what goes by, once a tick; what of it is kept over a restart. */
void ohm_daemon_plan_count(ohm_daemon_plan *p);
void ohm_daemon_plan_save(ohm_daemon_plan *p);
/* When the tank has to be heated through at the latest; OHM_NO_MS: never. */
ohm_ms ohm_daemon_plan_hygiene_due(const ohm_daemon_plan *p);
OHM_MUST_CHECK ohm_err ohm_daemon_plan_recall(ohm_daemon_plan *p, ohm_reader *reader);

/* daemon_plan_car.c: what somebody asks of the car, as text of the store and back, and into what is
 * configured. False: nothing is asked (any more). */
size_t ohm_day_wish_write(const ohm_day_wish *wish, char *out, size_t cap);
OHM_MUST_CHECK bool ohm_day_wish_read(ohm_span text, ohm_day_wish *out);
/* False: daily, and by the very minute in which it comes home, so that no stay has an end. */
bool ohm_day_wish_fits(const ohm_day_wish *wish, const ohm_tz *tz, const ohm_site_plan *plan);
bool ohm_day_wish_use(const ohm_day_wish *wish, const ohm_tz *tz, ohm_ms now_ms,
                      ohm_site_plan *plan);
/* What the stay under way got, over a restart; and when it ends: as wished for once, else at the
 * next time at which the car has to be ready. */
typedef struct ohm_day_stay {
    int64_t got_wh;
    ohm_ms end_ms;
} ohm_day_stay;
size_t ohm_day_stay_write(const ohm_day_stay *stay, char *out, size_t cap);
OHM_MUST_CHECK bool ohm_day_stay_read(ohm_span text, ohm_day_stay *out);
ohm_ms ohm_day_stay_end(const ohm_site_plan *plan, const ohm_tz *tz, ohm_ms wish_ready_ms,
                        ohm_ms now_ms);
void ohm_daemon_car_keep(ohm_daemon_plan *p, ohm_ms utc_ms);
void ohm_daemon_car_recall(ohm_daemon_plan *p, ohm_reader *reader);
void ohm_daemon_car_tick(ohm_daemon_plan *p);
/* daemon_plan_order.c: by MQTT, where it is configured. */
OHM_MUST_CHECK ohm_err ohm_daemon_car_listen(ohm_daemon_plan *p);

/* daemon_plan_facts.c: NULL, or why nothing can be planned (each reason is one text). A room whose
 * temperature nobody says is left to its thermostat; the others are planned without it. */
const char *ohm_daemon_plan_know(ohm_daemon_plan *p, ohm_day_facts *facts);
/* What a plan depends on, in steps that matter: another one is another plan. */
uint64_t ohm_day_mark(const ohm_day_facts *facts);
/* What the site's own sources make now, W: by their meters, of which some may be silent, as
 * inverters are that sleep where there is no sun; as forecast where none measures it. NAN: nobody
 * knows. */
double ohm_daemon_sun_now_w(const ohm_daemon *d, ohm_ms utc_ms);
double ohm_day_sun_w(int meters, int silent, double made_w, double forecast_w);
/* What the panels make at an instant, as forecast. */
double ohm_daemon_plan_sun_kw(const ohm_daemon *d, ohm_ms at_ms, ohm_sun_origin *ret_origin);

#endif
