/* Three phases, power factor and the supply's voltage, of columns of measurements: what a column
 * is, and what is made of them, as JSON (docs/analysis.md). */
#ifndef OHM_REPORT_QUALITY_H
#define OHM_REPORT_QUALITY_H

#include "analysis/en50160.h"
#include "analysis/power_factor.h"
#include "base/json.h"
#include "report/columns.h"

/* What a column can be. Powers: W, var, VA; volts, amperes, hertz, %. */
typedef enum ohm_quality_role {
    OHM_QUALITY_U1, /* phase to neutral */
    OHM_QUALITY_U2,
    OHM_QUALITY_U3,
    OHM_QUALITY_U12, /* phase to phase */
    OHM_QUALITY_U23,
    OHM_QUALITY_U31,
    OHM_QUALITY_ANGLE1, /* of the phase voltages, degrees */
    OHM_QUALITY_ANGLE2,
    OHM_QUALITY_ANGLE3,
    OHM_QUALITY_I1,
    OHM_QUALITY_I2,
    OHM_QUALITY_I3,
    OHM_QUALITY_NEUTRAL,
    OHM_QUALITY_P,
    OHM_QUALITY_Q, /* lagging is positive; where there is a column of the leading too: lagging */
    OHM_QUALITY_Q_LEAD,
    OHM_QUALITY_S,
    OHM_QUALITY_FREQUENCY,
    OHM_QUALITY_THD_U,
    OHM_QUALITY_THD_I,
    OHM_QUALITY_H3,
    OHM_QUALITY_H5,
    OHM_QUALITY_H7,
    OHM_QUALITY_H9,
    OHM_QUALITY_H11,
    OHM_QUALITY_H13,
    OHM_QUALITY_PLT,
    OHM_QUALITY_ROLES
} ohm_quality_role;

extern const char *const ohm_quality_role_names[OHM_QUALITY_ROLES];

typedef struct ohm_quality_settings {
    double nominal_v, tan_limit, running_w; /* running_w NAN: a twentieth of the peak */
    double bank_step_kvar, short_circuit_kva, eur_per_kvar, eur_per_kvarh; /* NAN: not known */
} ohm_quality_settings;

typedef struct ohm_quality {
    const ohm_columns *columns;
    const ohm_tz *tz;
    ohm_quality_settings set;
    const double *of[OHM_QUALITY_ROLES]; /* NULL: there is no such column */
    const char *name[OHM_QUALITY_ROLES]; /* which it is */
    double scale[OHM_QUALITY_ROLES];
    double *room; /* of `rows` numbers, for quantiles */
    ohm_ms step_ms;
} ohm_quality;

/* A value in the unit of its role; NAN: not measured. */
static inline double ohm_quality_at(const ohm_quality *q, ohm_quality_role role, size_t row)
{
    return q->of[role] ? q->of[role][row] * q->scale[role] : __builtin_nan("");
}
bool ohm_quality_three(const ohm_quality *q, ohm_quality_role first, size_t row, double out[3]);
/* False where a phase is gone: what is left of the others says nothing of balance. */
bool ohm_quality_whole(const ohm_quality *q, size_t row);

void ohm_quality_json_number(ohm_json *json, const char *key, double value, int decimals);
/* {"samples":…,"median":…,"p95":…,"max":…} of the first `count` numbers of the room, which it
 * sorts; null of none. */
void ohm_quality_json_spread(ohm_json *json, const char *key, double *of, size_t count);

/* The whole answer, one object. */
void ohm_quality_write(ohm_json *json, const ohm_quality *q);

/* Each a member of the answer; null where the columns lack what it takes. */
void ohm_quality_unbalance(ohm_json *json, const ohm_quality *q);
void ohm_quality_currents(ohm_json *json, const ohm_quality *q);
void ohm_quality_voltages(ohm_json *json, const ohm_quality *q);
void ohm_quality_weeks(ohm_json *json, const ohm_quality *q);
void ohm_quality_factor(ohm_json *json, const ohm_quality *q);
void ohm_quality_reactive(ohm_json *json, const ohm_quality *q);

#endif
