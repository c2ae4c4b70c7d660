/* Limits of power: what the site, or one phase of it, may draw, who says so and until when.
 *
 * A limit of the configuration has a value of its own, 0 for none: it holds while its source says
 * nothing. What its source says (a command with an end) holds instead until that end; a source
 * that goes silent is thereby replaced by the configuration's value. A limit with a level holds
 * only while Ecowatt is at that level or above, one with a day only on days of that colour. One
 * more limit is in no list: what the main meter says is subscribed, else the contract.
 *
 * A limit holds for the site, for one phase of it, or for a branch: what hangs on a meter of its
 * own, with the loads that say so. Each of these is a scope.
 *
 * Of the limits of one kind of force on one scope the lowest is in force. Forces stay apart,
 * since a person may go beyond a limit of the household but not beyond a breaker. */
#ifndef OHM_CONTROL_LIMIT_H
#define OHM_CONTROL_LIMIT_H

#include "control/load.h"
#include "tariff/calendar.h"

enum {
    OHM_LIMITS_MAX = 20,
    OHM_SCOPES = 4, /* 0 = the whole site, 1..3 = one phase */
    OHM_BRANCHES_MAX = 8,
    OHM_SCOPES_ALL = OHM_SCOPES + OHM_BRANCHES_MAX, /* and then the branches */
    OHM_LIMIT_VA_MAX = 50000000,
    OHM_LIMIT_VA_NONE = -1,
};

typedef enum ohm_limit_kind {
    OHM_LIMIT_FUSE, /* of the site, a branch that carries it all, or a phase */
    OHM_LIMIT_GRID, /* the operator may order it: EEBus, OpenADR, section 14a */
    OHM_LIMIT_CAP,  /* the household's own */
    OHM_LIMIT_KINDS_COUNT
} ohm_limit_kind;

typedef struct ohm_power_limit {
    char id[OHM_LOAD_ID_MAX];
    ohm_limit_kind kind;
    uint8_t phase;         /* 1..3; 0 = all together */
    int32_t va;            /* while its source says nothing; 0 = none */
    int32_t ecowatt_level; /* holds from this level of Ecowatt on; 0 = always */
    /* Holds on such days: OHM_DAY_RED, OHM_DAY_WHITE (and red ones), OHM_DAY_PEAK of EJP;
     * OHM_DAY_UNKNOWN = always. A day that nobody told limits nothing. */
    ohm_day_code day;
    uint8_t branch; /* 1..OHM_BRANCHES_MAX; 0 = the site, or a phase of it */
} ohm_power_limit;

typedef struct ohm_limit_state {
    bool set; /* its source said a value, which still holds */
    int32_t va;
    ohm_mono_ms end_mono;
    ohm_ms end_ms; /* the same on the calendar, as asked for */
} ohm_limit_state;

/* What is in force on one scope with one force. */
typedef struct ohm_bound {
    bool given;
    uint16_t limit; /* index, or OHM_LIMIT_MAIN */
    int32_t va;
} ohm_bound;

typedef struct ohm_bounds {
    bool any;
    ohm_bound at[OHM_FORCES_COUNT][OHM_SCOPES_ALL];
} ohm_bounds;

ohm_force ohm_limit_force(ohm_limit_kind kind);
/* "fuse", "grid", "cap". */
const char *ohm_limit_kind_name(ohm_limit_kind kind);

/* Refuses duplicate or empty ids and values out of range; `at` is the index of the limit. */
OHM_MUST_CHECK ohm_err ohm_limits_check(const ohm_power_limit *limits, uint16_t count);

/* What it limits. */
static inline uint8_t ohm_limit_scope(const ohm_power_limit *limit)
{
    return limit->branch > 0 ? (uint8_t)(OHM_SCOPES - 1 + limit->branch) : limit->phase;
}

/* The value that holds now, or OHM_LIMIT_VA_NONE; `day` is the code of today. */
int32_t ohm_limit_now(const ohm_power_limit *limit, const ohm_limit_state *state, int32_t level,
                      ohm_day_code day);

/* Lays one more limit over what is in force. */
void ohm_bounds_add(ohm_bounds *bounds, ohm_force force, uint8_t scope, ohm_bound bound);

#endif
