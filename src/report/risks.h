/* What may go wrong on a site's supply: overload, power factor, voltage, harmonics, unbalance; how
 * grave it is, when, and what to do about it.
 *
 * The limits are those of EN 50160 for the voltage (±10 % for 95 % of the time, −15 % never), its
 * 8 % of distortion and 2 % of unbalance, the subscribed power for the load, and for the power
 * factor 0.93 (tan phi 0.4, above which reactive energy is billed in France) and 0.85. */
#ifndef OHM_REPORT_RISKS_H
#define OHM_REPORT_RISKS_H

#include "report/mains.h"

typedef enum ohm_risk_kind {
    OHM_RISK_OVERLOAD, /* against the subscribed power */
    OHM_RISK_POWER_FACTOR,
    OHM_RISK_VOLTAGE_LOW,
    OHM_RISK_VOLTAGE_HIGH,
    OHM_RISK_THD,
    OHM_RISK_UNBALANCE,         /* of the voltages */
    OHM_RISK_CURRENT_UNBALANCE, /* for most of the time */
    OHM_RISK_KINDS
} ohm_risk_kind;

typedef enum ohm_risk_level {
    OHM_RISK_NONE,
    OHM_RISK_MINOR,
    OHM_RISK_MAJOR,
    OHM_RISK_CRITICAL,
    OHM_RISK_LEVELS
} ohm_risk_level;

typedef struct ohm_risk {
    ohm_risk_level level;
    size_t rows, over, far;   /* with a value; beyond the limit; beyond a graver one */
    double worst, limit;      /* in the kind's unit; NAN: none was measured */
    ohm_ms worst_ms, last_ms; /* the worst row, and the last one beyond; OHM_NO_MS */
} ohm_risk;

extern const char *const ohm_risk_names[OHM_RISK_KINDS];
extern const char *const ohm_risk_units[OHM_RISK_KINDS];
extern const char *const ohm_risk_actions[OHM_RISK_KINDS]; /* what to do, as a word */
extern const char *const ohm_risk_levels[OHM_RISK_LEVELS];

/* `subscribed_va` 0: not known, and no overload either. */
void ohm_risks_of(const ohm_mains *q, double subscribed_va, ohm_risk out[OHM_RISK_KINDS]);

/* {"level":…,"found":[…],"lacks":[…]}: the gravest first; kinds that nothing measures are lacking.
 */
void ohm_risks_write(ohm_json *json, const ohm_risk risks[OHM_RISK_KINDS]);

#endif
