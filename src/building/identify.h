/* A zone's figures from its own series: indoor temperature, heating, weather.
 *
 * Two nodes, air and mass, joined to each other and each to outdoors; heating and sun act on both.
 * The figures are those that reproduce the measured indoor temperature best over the whole series
 * (output error, by Gauss and Newton as Levenberg (1944) and Marquardt (1963) damp it), each with a
 * wide expectation of what houses are like, so that what the series doesn't tell stays where it
 * was, and its confidence says so. Residuals that are alike for hours widen it.
 *
 * Held-out proof: figures from the first two thirds predict 24 hours, again and again, in the last
 * third. Pure: + - * / sqrt and exp. */
#ifndef OHM_BUILDING_IDENTIFY_H
#define OHM_BUILDING_IDENTIFY_H

#include "base/err.h"

enum { OHM_IDENTIFY_STEPS_MAX = 200000 };

typedef struct ohm_identify_series {
    int steps;
    double step_s;
    const double *indoor_c; /* NAN: not measured in that step */
    const double *outdoor_c, *heat_w, *solar, *gain_w;
} ohm_identify_series;

typedef enum ohm_identify_figure {
    OHM_IDENTIFY_LOSS,     /* W/K, of the whole zone to outdoors */
    OHM_IDENTIFY_CONSTANT, /* h: the slow time constant */
    OHM_IDENTIFY_AIR_OUT,  /* W/K, air to outdoors */
    OHM_IDENTIFY_MASS_OUT,
    OHM_IDENTIFY_AIR_MASS,
    OHM_IDENTIFY_AIR_J,
    OHM_IDENTIFY_MASS_J,
    OHM_IDENTIFY_SOLAR,  /* W of gain for one of the column: m2 where that is W/m2 */
    OHM_IDENTIFY_GAIN,   /* W, always there */
    OHM_IDENTIFY_TO_AIR, /* share of the heating */
    OHM_IDENTIFY_FIGURES
} ohm_identify_figure;

/* 95 of 100 times the figure lies between low and high. */
typedef struct ohm_identify_value {
    double value, low, high;
} ohm_identify_value;

/* x+ = a x + heat·W + outdoor·°C + solar·column + gain·W + constant; x: air, mass. */
typedef struct ohm_identify_model {
    double a[2][2], heat[2], outdoor[2], solar[2], gain[2], constant[2];
} ohm_identify_model;

typedef struct ohm_identify_result {
    const char *lacks; /* why this is not enough information; NULL: it is */
    ohm_identify_value figure[OHM_IDENTIFY_FIGURES];
    ohm_identify_model model;
    double fit_k;     /* RMS of the residuals over the series */
    double predict_k; /* RMS of the predictions of 24 hours, at 24 hours and before; NAN: none */
    int predictions;
} ohm_identify_result;

/* Names and units, in the order of the figures. */
extern const char *const ohm_identify_names[OHM_IDENTIFY_FIGURES];
extern const char *const ohm_identify_units[OHM_IDENTIFY_FIGURES];

/* OHM_OK, or OHM_RANGE with the step and what is impossible there. */
OHM_MUST_CHECK ohm_err ohm_identify_check(const ohm_identify_series *series);

/* The series was checked. Always an answer; `lacks` says whether it is worth anything. */
void ohm_identify(const ohm_identify_series *series, ohm_identify_result *result);

#endif
