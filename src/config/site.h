/* The configuration of a site: one YAML file, checked whole before anything starts.
 *
 * ohm_site_read parses and cross-checks (names that must exist, ids that must be unique, slots
 * that must not overlap, files that must be readable). Secrets are not in it: the file names
 * where they are (a file, an environment variable or a systemd credential), and
 * ohm_site_secret fetches one when it is needed. */
#ifndef OHM_CONFIG_SITE_H
#define OHM_CONFIG_SITE_H

#include "base/civil.h"
#include "base/quantity.h"
#include "config/schema.h"
#include "config/site_rule.h"
#include "control/heat.h"
#include "control/limit.h"
#include "grid/source.h"
#include "tariff/contract.h"

/* The embedded site of the demo; it alone may have its meter at "sim:house", and a thermometer at
 * "sim:room", which has no line: the house says it. */
#define OHM_SITE_DEMO "data/demo/site.yaml"
#define OHM_SITE_ROOM "sim:room"

enum {
    OHM_SITE_METERS_MAX = 500,
    OHM_SITE_BOARDS_MAX = 8,
    OHM_SITE_SWITCHES_MAX = 16, /* of one board */
    OHM_SITE_MERGES_MAX = 8,
    OHM_SITE_SIGNALS_MAX = 16,
    OHM_SITE_RESTS_MAX = 8,
    OHM_SITE_SUBMETERS_MAX = 64, /* of one meter */
    OHM_SITE_SOURCES_MAX = 8,    /* of one merge */
    OHM_SITE_MIRRORS_MAX = 4,
    OHM_SITE_NODES_MAX = 16, /* of one mirror */
    OHM_SITE_ORDERS_MAX = 16,
    OHM_SITE_VALUES_MAX = 16, /* of one source of payloads, in its own words */
    OHM_SITE_ALL_VALUES_MAX = 4000,
    OHM_SITE_PARAMETERS_MAX = 4, /* of one source's preset */
    OHM_SITE_ALL_PARAMETERS_MAX = 2000,
    OHM_SITE_TEXT_MAX = 64,
    OHM_SITE_PATH_MAX = 256,
    OHM_SITE_HOSTS_MAX = 8,
    OHM_SITE_KEEPS_MAX = 4,
    OHM_SITE_METER_ID_MAX = 31, /* of a meter's id: the engine and the journal know it by that */
    OHM_SITE_SETTINGS_MAX = 480,
    OHM_SITE_DEVICE_KEY_MAX =
        127, /* of "site/zone/meter": the rest of a series' key is its quantity */
};

/* Where a secret is; exactly one is given, or none. */
typedef struct ohm_site_secret {
    char file[OHM_SITE_PATH_MAX];
    char env[OHM_SITE_TEXT_MAX];
    char credential[OHM_SITE_TEXT_MAX];
} ohm_site_secret;

/* A value in the payloads of a source that speaks MQTT or HTTP. */
typedef struct ohm_site_value {
    int quantity;                  /* ohm_quantity_id */
    char topic[OHM_SITE_TEXT_MAX]; /* "" = the source's own */
    char pointer[128], pattern[128];
    char unit[16];      /* "" = the quantity's */
    int64_t scale_nano; /* × 10^-9 */
    uint32_t line;
} ohm_site_value;

/* What a meter feeds alone, and is judged by (`cycles`, analysis/detect_more.h). */
typedef enum ohm_site_machine {
    OHM_MACHINE_NONE,
    OHM_MACHINE_FRIDGE,
    OHM_MACHINE_HEAT_PUMP
} ohm_site_machine;

typedef struct ohm_site_meter {
    char id[OHM_SITE_TEXT_MAX], zone[OHM_SITE_TEXT_MAX], name[OHM_SITE_TEXT_MAX];
    /* "serial:/dev/…", "tcp:host:port", "udp:host:port", "file:PATH", "mqtt://host/topic",
     * "http://…" */
    char port[OHM_SITE_PATH_MAX];
    int protocol; /* index into ohm_site_protocols */
    int64_t baud; /* 0 = as usual for the protocol; so is "" as a framing */
    char framing[4];
    char profile[OHM_SITE_TEXT_MAX], timezone[OHM_TZ_NAME_MAX];
    char system_title[17];
    ohm_site_secret key, auth_key, password;
    char address[OHM_SITE_TEXT_MAX];      /* of the device on its line */
    char settings[OHM_SITE_SETTINGS_MAX]; /* what else its protocol wants to know */
    bool allow_disconnect;
    int64_t every_ms;                     /* 0 = not given */
    bool echo;                            /* the line gives back what is sent */
    int64_t stale_after_s;                /* 0 = as its pace asks for */
    char submeters_of[OHM_SITE_TEXT_MAX]; /* the meter that counts it too; "" = none */
    int machine;                          /* of ohm_site_machines: an ohm_site_machine */
    int merge;     /* 1 + the index into merges of what it stands for; 0 = a meter */
    int rest;      /* 1 + the index of the meter whose rest it stands for; 0 = a meter */
    uint32_t line; /* in the file, for messages; not first: offset 0 means nowhere */
    /* Of MQTT and HTTP: who asks, where payloads say when, what they are, and what is in them: so
     * many of the site's parameters and values, from the first one on. */
    char user[OHM_SITE_TEXT_MAX], time[128];
    char preset[32]; /* "" = none */
    uint16_t parameters_first, parameters_count;
    uint16_t values_first, values_count;
} ohm_site_meter;

/* Made of other meters, or by the demo: it has no line of its own. */
static inline bool ohm_site_is_made(const ohm_site_meter *meter)
{
    return meter->merge != 0 || meter->rest != 0 || !strcmp(meter->port, OHM_SITE_ROOM);
}

typedef struct ohm_site_source {
    char id[OHM_SITE_TEXT_MAX];
} ohm_site_source;

typedef struct ohm_site_order {
    int quantity; /* ohm_quantity_id */
    uint16_t from_count;
    ohm_site_source from[OHM_SITE_SOURCES_MAX];
} ohm_site_order;

/* Several meters of the same measurements as one, by preference. */
typedef struct ohm_site_merge {
    char id[OHM_SITE_TEXT_MAX], zone[OHM_SITE_TEXT_MAX], name[OHM_SITE_TEXT_MAX];
    uint16_t from_count, orders_count;
    ohm_site_source from[OHM_SITE_SOURCES_MAX];
    ohm_site_order orders[OHM_SITE_ORDERS_MAX];
    int64_t tolerance_permille;
    uint32_t line; /* in the file, for messages; not first: offset 0 means nowhere */
} ohm_site_merge;

/* A source of signals (grid/source.h). */
typedef struct ohm_site_signal {
    char id[OHM_SITE_TEXT_MAX]; /* "" becomes the source's name */
    ohm_source source;
    char url[OHM_SITE_PATH_MAX], area[OHM_SITE_TEXT_MAX], client_id[128];
    ohm_site_secret secret;
    char pointer[OHM_SITE_TEXT_MAX], start[OHM_SITE_TEXT_MAX], end[OHM_SITE_TEXT_MAX];
    char value[OHM_SITE_TEXT_MAX], unit[32];
    int64_t latitude_e4, longitude_e4; /* OHM_SITE_NOWHERE: not given */
    int64_t tilt_deg, azimuth_deg, power_w, every_s;
    /* openadr */
    char ven_name[OHM_SITE_TEXT_MAX], resource[OHM_SITE_TEXT_MAX], target_type[OHM_SITE_TEXT_MAX];
    char targets[OHM_SITE_TEXT_MAX], token_url[OHM_SITE_PATH_MAX];
    bool reports;
    uint32_t line; /* in the file, for messages; not first: offset 0 means nowhere */
} ohm_site_signal;

#define OHM_SITE_NOWHERE INT64_MIN

typedef struct ohm_site_host {
    char name[OHM_SITE_TEXT_MAX];
} ohm_site_host;

/* A server that has the history. */
typedef struct ohm_site_postgres {
    char host[OHM_SITE_PATH_MAX];
    int64_t port;
    char database[OHM_SITE_TEXT_MAX], user[OHM_SITE_TEXT_MAX], schema[OHM_SITE_TEXT_MAX];
    int tls; /* index into ohm_site_postgres_tls; 0 = by where it is */
    char ca_file[OHM_SITE_PATH_MAX];
    ohm_site_secret password;
} ohm_site_postgres;

/* An engine that gets a copy of the readings. Its URLs may have {site} and {node} in them. */
typedef struct ohm_site_mirror {
    char id[OHM_SITE_TEXT_MAX];
    int kind;                    /* index into ohm_site_mirror_kinds */
    char url[OHM_SITE_PATH_MAX]; /* base address */
    char write[OHM_SITE_PATH_MAX], read[OHM_SITE_PATH_MAX],
        erase[OHM_SITE_PATH_MAX]; /* "" = of url */
    uint16_t nodes_count;         /* one of them has this site */
    ohm_site_host nodes[OHM_SITE_NODES_MAX];
    char user[OHM_SITE_TEXT_MAX];
    ohm_site_secret password, token;
    char database[OHM_SITE_TEXT_MAX], org[OHM_SITE_TEXT_MAX], bucket[OHM_SITE_TEXT_MAX];
    int64_t every_s; /* 0 = as usual */
    bool single_field;
    uint32_t line; /* in the file, for messages; not first: offset 0 means nowhere */
} ohm_site_mirror;

/* A channel that has a name: a device, or one relay of it. */
typedef struct ohm_site_switch {
    char name[96];
} ohm_site_switch;

typedef struct ohm_site_board {
    char id[OHM_SITE_TEXT_MAX];
    char driver[OHM_SITE_TEXT_MAX];
    char port[OHM_SITE_PATH_MAX]; /* "tcp:host:port", "serial:/dev/…", "mqtt://host" */
    int64_t unit, first, count, baud, serial;
    char framing[4];
    bool rtu, active_low;
    uint16_t names_count; /* of its channels */
    ohm_site_switch names[OHM_SITE_SWITCHES_MAX];
    char user[OHM_SITE_TEXT_MAX], ca_file[OHM_SITE_PATH_MAX];
    char on_url[OHM_SITE_PATH_MAX], off_url[OHM_SITE_PATH_MAX], state_url[OHM_SITE_PATH_MAX];
    char pointer[OHM_SITE_TEXT_MAX];
    char set[OHM_SITE_PATH_MAX], payload[OHM_SITE_PATH_MAX]; /* of an order that is a level */
    char own_payload[OHM_SITE_PATH_MAX];                     /* leaves a battery to itself */
    int words, reg;                                          /* ohm_level_words, ohm_level_unit */
    ohm_site_secret password;
    int64_t deadman_s; /* -1 = as usual for the driver */
    uint32_t line;     /* in the file, for messages; not first: offset 0 means nowhere */
} ohm_site_board;

typedef struct ohm_site_load {
    char id[OHM_LOAD_ID_MAX], name[OHM_LOAD_NAME_MAX];
    int64_t tier, phase, nominal_w;
    int64_t on_min_s, off_min_s, shed_max_s, rest_min_s;
    int32_t ecowatt_threshold; /* 0 = the site's */
    bool never_shed;
    int failsafe; /* 0 = fed, 1 = shed: as the contact leaves it */
    char board[OHM_SITE_TEXT_MAX];
    int64_t channel;                  /* -1: none, it has what follows */
    int64_t positive, negative, full; /* of a heater's pilot wire; -1: none */
    int shed_order, at_rest;          /* ohm_order of a heater; 0 = not one; at rest: Confort */
    /* Of a setpoint; its line is 0 where there is none. */
    uint32_t setpoint_line;
    int unit; /* 0 = W, 1 = A */
    int64_t min, step, safe, phases, voltage;
    int64_t gives_w;              /* of plan.battery: what it may be told to give; else 0 */
    char branch[OHM_LOAD_ID_MAX]; /* a limit with a meter of its own, or "" */
    int64_t shed_day_s;           /* 0 = as it comes */
    int64_t weight;               /* of its minutes off, in turns; 0 = 1 */
    char interlock[OHM_LOAD_ID_MAX];
    char comfort_meter[OHM_SITE_TEXT_MAX]; /* "" = none */
    int comfort_quantity;
    int64_t comfort_milli; /* of the quantity's unit */
    int contact;           /* 0 = NC, 1 = NO */
    uint32_t line;         /* in the file, for messages; not first: offset 0 means nowhere */
} ohm_site_load;

/* A limit of power (control/limit.h). */
typedef struct ohm_site_limit {
    char id[OHM_LOAD_ID_MAX];
    int kind; /* ohm_limit_kind */
    int64_t phase, va, ecowatt_level;
    int day;                       /* 0 = any, white, red, peak */
    char meter[OHM_SITE_TEXT_MAX]; /* of a branch; "" = the main one */
    char mqtt[OHM_SITE_PATH_MAX];  /* where orders come from, or "" */
    char user[OHM_SITE_TEXT_MAX], ca_file[OHM_SITE_PATH_MAX];
    ohm_site_secret password;
    char signal[OHM_SITE_TEXT_MAX]; /* or the source that says them, or "" */
    uint32_t line; /* in the file, for messages; not first: offset 0 means nowhere */
} ohm_site_limit;

typedef struct ohm_site_zone_load {
    char id[OHM_LOAD_ID_MAX];
} ohm_site_zone_load;

typedef struct ohm_site_zone_time {
    uint16_t minute;
    uint8_t weekdays;
    int64_t set_dc;
} ohm_site_zone_time;

/* A zone that is heated (control/heat.h; site_zone.c). */
typedef struct ohm_site_zone {
    char id[OHM_LOAD_ID_MAX], name[OHM_LOAD_NAME_MAX], sensor[OHM_SITE_TEXT_MAX];
    uint16_t loads_count, times_count;
    ohm_site_zone_load loads[OHM_HEAT_LOADS_MAX];
    ohm_site_zone_time times[OHM_HEAT_TIMES_MAX];
    int64_t frost_dc, hysteresis_dk, below_dk, above_dk, stale_s;
    int stale;                            /* 0 = fed, 1 = shed */
    int64_t loss_w_per_k, store_wh_per_k; /* 0 = not given */
    int64_t cop_percent;
    uint32_t line; /* in the file, for messages; not first: offset 0 means nowhere */
} ohm_site_zone;

/* What is planned ahead, and what is known of it (site_plan.c). */
typedef struct ohm_site_plan {
    int64_t hours, step_minutes, base_w;
    uint32_t water_line, car_line, heating_line, battery_line; /* 0 = not given */
    /* Of a battery (site_battery.c); discharge_w 0: as much as it charges with. */
    char battery_load[OHM_LOAD_ID_MAX], battery_sensor[OHM_SITE_TEXT_MAX];
    int64_t battery_wh, discharge_w, charge_percent, discharge_percent, reserve_percent;
    int64_t cycle_eur; /* 10^-4 EUR a kWh that goes in or out */
    char water_load[OHM_LOAD_ID_MAX], water_sensor[OHM_SITE_TEXT_MAX];
    int64_t litres, day_litres, water_low_c, water_high_c;
    int64_t hygiene_days, hygiene_c; /* against legionella; 0 days: never */
    char car_load[OHM_LOAD_ID_MAX];
    int64_t need_wh;
    uint16_t home_minute, ready_minute;
    char car_mqtt[OHM_SITE_PATH_MAX]; /* where it is asked for, or "" */
    char car_user[OHM_SITE_TEXT_MAX], car_ca_file[OHM_SITE_PATH_MAX];
    ohm_site_secret car_password;
    char heating_load[OHM_LOAD_ID_MAX], heating_sensor[OHM_SITE_TEXT_MAX];
    int64_t loss_w_per_k, store_wh_per_k, cop_percent, day_dc, night_dc, band_dk;
    uint16_t day_minute, night_minute;
    /* What a kWh weighs beside its price: 10^-4 EUR, and EUR a tonne. */
    int64_t weight_orange, weight_red, weight_tempo_white, weight_tempo_red, weight_co2_eur_per_t;
} ohm_site_plan;

typedef struct ohm_site_price {
    ohm_date from;
    int64_t base_ueur, hp_ueur, hc_ueur; /* per kWh; 0 = not given */
    int64_t subscription_ueur;           /* per year */
} ohm_site_price;

typedef struct ohm_site_slot {
    ohm_contract_slot slot;
} ohm_site_slot;

/* Readings older than that are thinned out. */
typedef struct ohm_site_keep {
    int64_t after_days, every_minutes; /* one stays in this time; 0: none */
} ohm_site_keep;

typedef struct ohm_site {
    char id[OHM_SITE_TEXT_MAX], name[OHM_SITE_TEXT_MAX], timezone[OHM_TZ_NAME_MAX];
    char main_meter[OHM_SITE_TEXT_MAX]; /* "" = the first */
    char profiles[OHM_SITE_PATH_MAX];   /* a folder of more meter profiles; "" = none */
    uint32_t site_line, contract_line, ecowatt_line, web_line, postgres_line; /* 0 = not given */

    bool has_contract;
    char tariff[OHM_SITE_TEXT_MAX];        /* of data/tariffs, or "" with prices of one's own */
    char contract_file[OHM_SITE_PATH_MAX]; /* of one's own, or "" */
    char contract_name[OHM_CONTRACT_NAME_MAX];
    int64_t power_va; /* written in kVA, three decimals */
    uint16_t slots_count, prices_count;
    ohm_site_slot slots[OHM_CONTRACT_SLOTS_MAX];
    ohm_site_price prices[OHM_CONTRACT_ROWS_MAX];

    bool has_ecowatt;
    char ecowatt_client_id[128], ecowatt_url[OHM_SITE_PATH_MAX];
    ohm_site_secret ecowatt_secret;
    int64_t ecowatt_threshold, ecowatt_every_s; /* 0 = as usual */

    uint16_t signals_count;
    ohm_site_signal signals[OHM_SITE_SIGNALS_MAX];

    uint16_t boards_count, loads_count, limits_count;
    ohm_site_limit limits[OHM_LIMITS_MAX];
    int64_t base_va; /* drawn beside the loads, when the meter is silent; 0 = as usual */
    ohm_site_board boards[OHM_SITE_BOARDS_MAX];
    ohm_site_load loads[OHM_LOADS_MAX];

    uint32_t analysis_line;
    int holidays;                     /* of ohm_site_holidays */
    int forecast_step;                /* of ohm_site_forecast_steps */
    int64_t water_ueur_per_m3;        /* 0: not said */
    char closures[OHM_SITE_PATH_MAX]; /* a file of dates (analysis/holidays.h), or "" */
    uint16_t zones_count;
    ohm_site_zone zones[OHM_HEAT_ZONES_MAX];
    uint32_t plan_line; /* 0 = nothing is planned */
    ohm_site_plan plan;
    ohm_site_rules rules;

    char listen[OHM_SITE_TEXT_MAX]; /* "127.0.0.1:8420" */
    bool behind_proxy;
    char public_origin[OHM_SITE_PATH_MAX];
    uint16_t hosts_count;
    ohm_site_host hosts[OHM_SITE_HOSTS_MAX];
    uint16_t proxies_count;
    ohm_site_host proxies[OHM_SITE_HOSTS_MAX];

    int64_t commit_s, events_keep_days;
    bool has_postgres;
    ohm_site_postgres postgres;
    uint16_t keeps_count;
    ohm_site_keep keeps[OHM_SITE_KEEPS_MAX];

    uint16_t mirrors_count;
    ohm_site_mirror mirrors[OHM_SITE_MIRRORS_MAX];

    /* Last: most sites use only the first few, and what is not written costs no memory. */
    uint16_t merges_count;
    uint16_t meters_count; /* those that stand for a merge or a rest, at the end, included */
    uint16_t values_count, parameters_count;
    ohm_site_meter meters[OHM_SITE_METERS_MAX];
    ohm_site_merge merges[OHM_SITE_MERGES_MAX];
    ohm_site_value values[OHM_SITE_ALL_VALUES_MAX];
    ohm_schema_pair parameters[OHM_SITE_ALL_PARAMETERS_MAX];
} ohm_site;

extern const ohm_field ohm_site_fields[];
extern const ohm_field ohm_site_limit_fields[]; /* of an ohm_site_limit; site_limit.c */
extern const ohm_field ohm_site_shedding_fields[];
extern const ohm_field ohm_site_signal_fields[]; /* of an ohm_site_signal; site_signal.c */
void ohm_site_signal_defaults(void *signal);
extern const ohm_field ohm_site_board_fields[]; /* of an ohm_site_board; site_board.c */
void ohm_site_board_defaults(void *board);
/* Its channels take levels: setpoints, and orders of a pilot wire as words. */
bool ohm_site_board_has_levels(const ohm_site_board *board);
void ohm_site_check_board(const ohm_site_board *board, const char *file, ohm_schema_report *report);
enum { OHM_CLOSURES_BYTES_MAX = 1 << 20 };
extern const ohm_field ohm_site_analysis_fields[]; /* of an ohm_site; site_analysis.c */
extern const char *const ohm_site_machines[];
extern const char *const ohm_site_holidays[];       /* "fr", "none", NULL */
extern const char *const ohm_site_forecast_steps[]; /* "1h", "15m", NULL */
extern const ohm_field ohm_site_plan_fields[];      /* of an ohm_site; site_plan.c */
extern const ohm_field ohm_site_battery_fields[];   /* the same; site_battery.c */
/* site_battery.c: gives the load of plan.battery what a battery's has; before loads are checked. */
/* False: the source lists what is in its payloads, and that is not among it. */
bool ohm_site_may_say(const ohm_site *site, const ohm_site_meter *meter, int quantity);
void ohm_site_mark_battery(ohm_site *site);
void ohm_site_check_battery(const ohm_site *site, const char *file, ohm_schema_report *report);
extern const ohm_field ohm_site_zone_fields[]; /* of an ohm_site_zone; site_zone.c */
void ohm_site_zone_defaults(void *zone);
/* Fills in default names. */
void ohm_site_check_zones(ohm_site *site, const char *file, ohm_schema_report *report);
void ohm_site_plan_defaults(ohm_site_plan *plan);
/* "mqtt://host[:port]/topic", or "". */
void ohm_site_check_topic(const char *url, const char *file, uint32_t line, const char *path,
                          ohm_schema_report *report);
void ohm_site_check_plan(const ohm_site *site, const char *file, ohm_schema_report *report);
void ohm_site_check_limits(const ohm_site *site, const char *file, ohm_schema_report *report);
extern const ohm_field ohm_site_setpoint_fields[]; /* the same; site_output.c */
/* W of what its setpoint is written in. */
int64_t ohm_site_setpoint_w(const ohm_site_load *load, int64_t value);
extern const ohm_field ohm_site_output_fields[];             /* of an ohm_site_load; site_load.c */
const char *ohm_site_shed_order(ohm_span text, void *order); /* as ohm_field.parse: an int */
/* Bit o: its relays can make the ohm_order o; 0 of what is no heater on a pilot wire. */
uint8_t ohm_site_orders_of(const ohm_site_load *load);
/* Fills in the default name and fail-safe state, and checks a load against those before it. */
void ohm_site_check_load(ohm_site *site, int index, const char *file, ohm_schema_report *report);
/* The limit with a meter of its own that a load hangs on; NULL: none. */
const ohm_site_limit *ohm_site_branch_of(const ohm_site *site, const ohm_site_load *load);
extern const ohm_field ohm_site_value_fields[]; /* of an ohm_site_value */
void ohm_site_value_defaults(void *value);
extern const char *const ohm_site_protocols[];    /* "auto", "dlms", …, NULL */
extern const char *const ohm_site_postgres_tls[]; /* libpq's sslmode */
extern const char *const ohm_site_mirror_kinds[]; /* "victoriametrics", …, NULL */

/* The defaults of everything that may be left out; no meters. */
void ohm_site_defaults(ohm_site *site);

/* Reads and checks. `file` names the YAML for messages, and relative paths begin where it lies.
 * *ret_site is to be used on OHM_OK only. To look for more mistakes: OHM_CONFLICT means that each
 * field was read and some contradict others, OHM_BAD_FORMAT that some fields are as by default. */
OHM_MUST_CHECK ohm_code ohm_site_read(ohm_span yaml, const char *file, ohm_site *ret_site,
                                      ohm_schema_report *report);

/* An option that nothing looks at (a key of another driver, a dead-man beyond the board's own, an
 * interlock of one load): it would be believed in, and not be done. */
typedef struct ohm_site_odd {
    uint32_t line;
    const char *path; /* "boards.serial": static */
    const char *why;  /* and what to do instead: for the call */
} ohm_site_odd;

/* Tells those of a site that was read, and gives their number; ohm_site_read takes them. To who
 * checks a configuration they are mistakes; a daemon goes on without them (`drop`: they are as by
 * default afterwards), for one that does not start after an update heats nobody. */
unsigned ohm_site_odds(ohm_site *site, bool drop, void (*found)(void *ctx, const ohm_site_odd *odd),
                       void *ctx);

/* The contract that the site's `contract:` describes: a shipped tariff or its own prices, with its
 * off-peak slots. Reports what is wrong in the form of the other errors. */
OHM_MUST_CHECK ohm_code ohm_site_contract(const ohm_site *site, const char *file,
                                          ohm_contract *ret_contract, ohm_schema_report *report);

/* Splits "127.0.0.1:8420", "[::1]:8420" or ":8420"; false if it is not of that form. */
bool ohm_listen_parse(const char *text, char *ret_address, size_t cap, uint16_t *ret_port);

#endif
