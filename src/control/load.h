/* Loads, what is known of each, and the decisions about them: plain values shared by control,
 * the engine, the relays and the page. */
#ifndef OHM_CONTROL_LOAD_H
#define OHM_CONTROL_LOAD_H

#include <stdbool.h>

#include "base/time.h"

enum {
    OHM_LOADS_MAX = 200,
    OHM_LOAD_ID_MAX = 32,
    OHM_LOAD_NAME_MAX = 64,
    OHM_LEVEL_NEVER = 100, /* an Ecowatt threshold that no level reaches: never shed for it */
};

/* A load as configured. Fed means: may draw power (its own thermostat decides whether it does). */
typedef struct ohm_load {
    char id[OHM_LOAD_ID_MAX];     /* "water_heater" */
    char name[OHM_LOAD_NAME_MAX]; /* as the household calls it */
    uint8_t tier;                 /* 1 is shed first */
    uint8_t phase;                /* 1..3; 0 = three-phase or not known */
    int32_t nominal_w;
    int32_t ecowatt_threshold;    /* 0 = the site's; OHM_LEVEL_NEVER = not concerned */
    int64_t on_min_ms, off_min_ms;
    int64_t shed_max_ms;          /* longest shed by a signal; 0 = as long as the signal lasts */
    int64_t rest_min_ms;          /* after a shed ended by shed_max_ms: no new one before this */
    bool failsafe_fed;            /* the state when nothing can be known */
    bool never_shed;
} ohm_load;

typedef enum ohm_cause {
    OHM_CAUSE_NORMAL,   /* nothing asks for less */
    OHM_CAUSE_ECOWATT,  /* the grid's level reaches the load's threshold */
    OHM_CAUSE_MANUAL,   /* a person, until an end */
    OHM_CAUSE_FAILSAFE, /* start, stop, failed output */
    OHM_CAUSES_COUNT
} ohm_cause;

/* What keeps a load where it is although its cause asks otherwise. */
typedef enum ohm_hold {
    OHM_HOLD_NONE,
    OHM_HOLD_ON_MIN,   /* was switched on too recently */
    OHM_HOLD_OFF_MIN,  /* was switched off too recently */
    OHM_HOLD_SHED_MAX, /* was shed for as long as it may be */
    OHM_HOLDS_COUNT
} ohm_hold;

typedef struct ohm_decision {
    uint16_t load;      /* index in the configuration */
    bool fed;           /* the state from now on */
    bool switches;      /* the output moves; false: the reason alone changes */
    ohm_cause cause;
    ohm_hold hold;
    int32_t level;      /* the limit in force: the Ecowatt level; -1 if none */
    int32_t expected_w; /* change of power expected, negative when shedding */
    ohm_ms until_ms;    /* when this is expected to end; OHM_NO_MS if not known */
} ohm_decision;

typedef struct ohm_load_state {
    bool fed;
    ohm_cause cause;
    ohm_hold hold;
    int32_t level;
    bool has_changed;         /* false until the first switching */
    ohm_mono_ms changed_mono; /* last switching */
    ohm_ms since_ms;          /* the same, on the calendar */
    ohm_ms until_ms;          /* OHM_NO_MS if not known */
    bool overridden;
    bool override_fed;
    ohm_mono_ms override_end_mono;
    ohm_ms override_end_ms;
    uint8_t output_state; /* ohm_output_state */
    int64_t shed_started_mono_ms; /* of the shed under way by a signal; 0 = none */
    int64_t rest_until_mono_ms;
    uint64_t switchings;
} ohm_load_state;

#endif
