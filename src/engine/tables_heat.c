/* The tables of zones: what they are, and what is remembered of them. */
#include "engine/table_rows.h"

static const ohm_field heat_load[] = { { .name = "item", .type = OHM_FIELD_U16 } };
static const ohm_fields of_heat_load = TABLE(heat_load);

static const ohm_field heat_time[] = {
    NUMBER(ohm_heat_time, minute, U16),
    NUMBER(ohm_heat_time, weekdays, U8),
    NUMBER(ohm_heat_time, set_cc, I32),
};
static const ohm_fields of_heat_time = TABLE(heat_time);

static const ohm_field heat_zone[] = {
    TEXT(ohm_heat_zone, id),
    TEXT(ohm_heat_zone, name),
    NUMBER(ohm_heat_zone, device, U16),
    NUMBER(ohm_heat_zone, stale_ms, SPAN),
    NUMBER(ohm_heat_zone, stale_fed, BOOL),
    NUMBER(ohm_heat_zone, hysteresis_cc, I32),
    NUMBER(ohm_heat_zone, frost_cc, I32),
    NUMBER(ohm_heat_zone, below_cc, I32),
    NUMBER(ohm_heat_zone, above_cc, I32),
    LIST(ohm_heat_zone, loads, loads_count, of_heat_load),
    LIST(ohm_heat_zone, times, times_count, of_heat_time),
};
const ohm_fields ohm_fields_heat_zone = TABLE(heat_zone);

static const ohm_field heat_state[] = {
    NUMBER(ohm_heat_state, known, BOOL),
    NUMBER(ohm_heat_state, lost, BOOL),
    NUMBER(ohm_heat_state, air_cc, I32),
    NUMBER(ohm_heat_state, mono.v, SPAN),
    NUMBER(ohm_heat_state, heats, BOOL),
    NUMBER(ohm_heat_state, frozen, BOOL),
    NUMBER(ohm_heat_state, cold, BOOL),
    NUMBER(ohm_heat_state, hot, BOOL),
    NUMBER(ohm_heat_state, has_set, BOOL),
    NUMBER(ohm_heat_state, set_cc, I32),
    NUMBER(ohm_heat_state, overridden, BOOL),
    NUMBER(ohm_heat_state, override_cc, I32),
    NUMBER(ohm_heat_state, override_end_mono.v, SPAN),
    NUMBER(ohm_heat_state, override_end_ms, TIME),
    { NAME(ohm_heat_state, same_mono.v), .type = OHM_FIELD_SPAN, .since = 8 },
    { NAME(ohm_heat_state, still), .type = OHM_FIELD_BOOL, .since = 8 },
};
const ohm_fields ohm_fields_heat_state = TABLE(heat_state);
