/* An energy baseline (ISO 50006): energy a day against degree days a day, by least squares over
 * months, and what it says of later months. */
#ifndef OHM_ANALYSIS_BASELINE_H
#define OHM_ANALYSIS_BASELINE_H

#include <stdbool.h>
#include <stddef.h>

enum { OHM_BASELINE_MONTHS_MIN = 12 };
#define OHM_BASELINE_R2_MIN 0.75

/* A month: means over the days that were measured. */
typedef struct ohm_baseline_month {
    double kwh_per_day, degree_days_per_day;
} ohm_baseline_month;

typedef enum ohm_baseline_verdict {
    OHM_BASELINE_GOOD,
    OHM_BASELINE_TOO_SHORT, /* fewer than twelve months */
    OHM_BASELINE_NO_SPREAD, /* the degree days of all months are the same, or energy is */
    OHM_BASELINE_LOOSE, /* R² below 0.75: weather does not explain the energy; no normalising */
} ohm_baseline_verdict;

typedef struct ohm_baseline {
    size_t months;
    double kwh_per_day;        /* without heating */
    double kwh_per_degree_day; /* K·d */
    double r2;
    double cv_rmse_pct; /* with months − 2 degrees of freedom (ASHRAE Guideline 14) */
    ohm_baseline_verdict verdict;
} ohm_baseline;

/* Figures are NAN where there are none (fewer than three months, no spread). */
void ohm_baseline_fit(const ohm_baseline_month *months, size_t count, ohm_baseline *out);

/* kWh a day to be expected at such weather; NAN unless the baseline is good. */
double ohm_baseline_expected(const ohm_baseline *baseline, double degree_days_per_day);

#endif
