/* A world's file: a house, its people and what goes wrong, for `ohmstead simulate`. */
#ifndef OHM_CONFIG_WORLD_FILE_H
#define OHM_CONFIG_WORLD_FILE_H

#include "config/schema.h"
#include "config/site.h"

enum { OHM_WORLD_FILE_LOADS_MAX = 16, OHM_WORLD_FILE_USES_MAX = 24 };

typedef struct ohm_world_file_load {
    char id[OHM_LOAD_ID_MAX];
    int kind; /* tank, zone, car, plug, battery */
    int64_t tier, phase, nominal_w, draws_w;
    int64_t on_min_s, off_min_s, shed_max_s, rest_min_s, ecowatt_threshold;
    bool never_shed, no;
    int64_t shed_day_s, interlock, comfort_c100;
    int64_t set_cc, frost_cc;         /* of a zone that ohmstead heats */
    int64_t min_w, step_w;            /* of a setpoint; 0 = not one */
    int64_t gives_w, comfort_percent; /* of a battery */
    int shed_order;                   /* ohm_order of a pilot wire; 0 = none */
} ohm_world_file_load;

typedef struct ohm_world_file_use {
    int64_t power_w, least_s, most_s, a_day, from_h, to_h, phase;
} ohm_world_file_use;

typedef struct ohm_world_file {
    char timezone[OHM_TZ_NAME_MAX];
    ohm_date start;
    int64_t power_va, base_w, tense_days;
    bool three_phase, no_tic;
    uint16_t loads_count, uses_count, limits_count;
    ohm_world_file_load loads[OHM_WORLD_FILE_LOADS_MAX];
    ohm_world_file_use uses[OHM_WORLD_FILE_USES_MAX];
    ohm_site_limit limits[OHM_LIMITS_MAX];
    struct {
        int64_t meter_silent, meter_frozen, meter_unit, register_back, clock_jump, clock_lost;
        int64_t relay_stuck, relay_liar, relay_refuses, power_cut, killed, disk_full;
        int64_t command_storm, stopped, cut_at_write, flood;
        int64_t sensor_silent, sensor_frozen, signal_silent, rules_changed, reconfigured;
    } faults; /* in a hundred days */
} ohm_world_file;

extern const ohm_field ohm_world_file_fields[];

/* Reads and checks a world; *ret_world is to be used on OHM_OK only. */
OHM_MUST_CHECK ohm_code ohm_world_file_read(ohm_span yaml, const char *file,
                                            ohm_world_file *ret_world, ohm_schema_report *report);

#endif
