/* Statistics and key figures of a load, of columns, as JSON (docs/analysis.md). */
#ifndef OHM_REPORT_STATS_H
#define OHM_REPORT_STATS_H

#include "analysis/baseline.h"
#include "base/json.h"
#include "report/columns.h"

enum { OHM_STATS_PARTS_MAX = 40, OHM_STATS_OTHERS_MAX = 8 };

typedef enum ohm_stats_by {
    OHM_STATS_DAY,
    OHM_STATS_WEEK,
    OHM_STATS_MONTH,
    OHM_STATS_YEAR
} ohm_stats_by;

/* A column of power, or of each row's energy. */
typedef struct ohm_stats_power {
    const ohm_column *column; /* NULL: not there */
    bool is_energy;
    double scale;     /* to W, or Wh */
    const char *unit; /* "kWh"…; NULL: the name says none, and it is taken for W */
} ohm_stats_power;

typedef struct ohm_stats {
    const ohm_columns *columns;
    const ohm_tz *tz;
    ohm_ms step_ms;
    ohm_stats_power load, solar, parts[OHM_STATS_PARTS_MAX];
    int parts_count;
    const ohm_column *temperature, *pieces;
    ohm_stats_by by;
    double eur_per_kwh, g_co2_per_kwh, base_c; /* NAN: not known */
    const double *eur_of_rows;                 /* what a kWh costs in each row; NULL: eur_per_kwh */
    ohm_stats_power others[OHM_STATS_OTHERS_MAX]; /* who else measures the load */
    int others_count;
    double *room; /* of `rows` numbers */
} ohm_stats;

/* The mean power of a row, W: an energy's over the row's hours. */
double ohm_stats_w(const ohm_stats *s, const ohm_stats_power *of, size_t row);
/* How long a row's value holds: to the next row, but over a gap its step. */
double ohm_stats_hours(const ohm_stats *s, size_t row);

/* What a row's energy of a column cost at the meter, EUR: the part of the load that the grid gave;
 * NAN: not known. */
double ohm_stats_eur(const ohm_stats *s, const ohm_stats_power *of, size_t row);

/* The whole answer, one object. */
void ohm_stats_write(ohm_json *json, const ohm_stats *s);

/* Members of the answer; null where a column lacks. */
void ohm_stats_summary(ohm_json *json, const ohm_stats *s);
/* The greatest peaks of five days, and which parts were above their usual then. */
void ohm_stats_peaks(ohm_json *json, const ohm_stats *s);
void ohm_stats_profile(ohm_json *json, const ohm_stats *s);
void ohm_stats_solar(ohm_json *json, const ohm_stats *s);
void ohm_stats_parts(ohm_json *json, const ohm_stats *s);
void ohm_stats_sources(ohm_json *json, const ohm_stats *s);
void ohm_stats_periods(ohm_json *json, const ohm_stats *s);
void ohm_stats_baseline(ohm_json *json, const ohm_stats *s);

#endif
