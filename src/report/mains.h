/* Three phases, power factor and the supply's voltage, of columns of measurements: what a column
 * is, and what is made of them, as JSON (docs/analysis.md). */
#ifndef OHM_REPORT_MAINS_H
#define OHM_REPORT_MAINS_H

#include "analysis/en50160.h"
#include "analysis/power_factor.h"
#include "base/json.h"
#include "report/columns.h"

/* What a column can be. Powers: W, var, VA; volts, amperes, hertz, %. */
typedef enum ohm_mains_role {
    OHM_MAINS_U1, /* phase to neutral */
    OHM_MAINS_U2,
    OHM_MAINS_U3,
    OHM_MAINS_U12, /* phase to phase */
    OHM_MAINS_U23,
    OHM_MAINS_U31,
    OHM_MAINS_ANGLE1, /* of the phase voltages, degrees */
    OHM_MAINS_ANGLE2,
    OHM_MAINS_ANGLE3,
    OHM_MAINS_I1,
    OHM_MAINS_I2,
    OHM_MAINS_I3,
    OHM_MAINS_NEUTRAL,
    OHM_MAINS_P,
    OHM_MAINS_Q, /* lagging is positive; where there is a column of the leading too: lagging */
    OHM_MAINS_Q_LEAD,
    OHM_MAINS_S,
    OHM_MAINS_FREQUENCY,
    OHM_MAINS_THD_U,
    OHM_MAINS_THD_I,
    OHM_MAINS_H3,
    OHM_MAINS_H5,
    OHM_MAINS_H7,
    OHM_MAINS_H9,
    OHM_MAINS_H11,
    OHM_MAINS_H13,
    OHM_MAINS_PLT,
    OHM_MAINS_ROLES
} ohm_mains_role;

extern const char *const ohm_mains_role_names[OHM_MAINS_ROLES];

typedef struct ohm_mains_settings {
    double nominal_v, tan_limit, running_w; /* running_w NAN: a twentieth of the peak */
    double subscribed_va;                   /* 0: not known */
    double bank_step_kvar, short_circuit_kva, eur_per_kvar, eur_per_kvarh; /* NAN: not known */
} ohm_mains_settings;

typedef struct ohm_mains {
    const ohm_columns *columns;
    const ohm_tz *tz;
    ohm_mains_settings set;
    const double *of[OHM_MAINS_ROLES]; /* NULL: there is no such column */
    const char *name[OHM_MAINS_ROLES]; /* which it is */
    double scale[OHM_MAINS_ROLES];
    double *room; /* of `rows` numbers, for quantiles */
    ohm_ms step_ms;
} ohm_mains;

/* A value in the unit of its role; NAN: not measured. */
static inline double ohm_mains_at(const ohm_mains *q, ohm_mains_role role, size_t row)
{
    return q->of[role] ? q->of[role][row] * q->scale[role] : __builtin_nan("");
}
/* Reactive power, lagging less leading where they are two columns. */
double ohm_mains_reactive_at(const ohm_mains *q, size_t row);
bool ohm_mains_three(const ohm_mains *q, ohm_mains_role first, size_t row, double out[3]);
/* False where a phase is gone: what is left of the others says nothing of balance. */
bool ohm_mains_whole(const ohm_mains *q, size_t row);

void ohm_report_json_number(ohm_json *json, const char *key, double value, int decimals);
/* {"samples":…,"median":…,"p95":…,"max":…} of the first `count` numbers of the room, which it
 * sorts; null of none. */
void ohm_report_json_spread(ohm_json *json, const char *key, double *of, size_t count);

/* The whole answer, one object. */
void ohm_mains_write(ohm_json *json, const ohm_mains *q);

/* Each a member of the answer; null where the columns lack what it takes. */
void ohm_mains_unbalance(ohm_json *json, const ohm_mains *q);
void ohm_mains_currents(ohm_json *json, const ohm_mains *q);
void ohm_mains_voltages(ohm_json *json, const ohm_mains *q);
void ohm_mains_weeks(ohm_json *json, const ohm_mains *q);
void ohm_mains_factor(ohm_json *json, const ohm_mains *q);
void ohm_mains_reactive(ohm_json *json, const ohm_mains *q);

#endif
