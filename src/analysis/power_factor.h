/* Power factor, reactive energy and what compensates it.
 *
 * The true power factor is P/S of RMS values, the displacement factor the cosine of the
 * fundamental's angle (IEEE Std 1459). Neither is defined where hardly anything flows, nor for a
 * site that gives back. tan phi = Q/P. Capacitors mend displacement alone, never distortion. */
#ifndef OHM_ANALYSIS_POWER_FACTOR_H
#define OHM_ANALYSIS_POWER_FACTOR_H

#include <stdbool.h>

#include "base/civil.h"

/* Energy and angle by quadrant (IEC 62053-23, annex C): I draws, lagging; II gives, lagging; III
 * gives, leading; IV draws, leading. 0: no power flows. */
typedef struct ohm_power_factor {
    int quadrant;
    bool defined, displacement_defined;
    double factor;       /* true: P/S */
    double displacement; /* cos phi */
} ohm_power_factor;

/* W, var (positive: lagging) and VA; NAN: not measured. Where VA are missing they are those of P
 * and Q. Below `least_va` nothing is defined. */
ohm_power_factor ohm_power_factor_of(double p_w, double q_var, double s_va, double least_va);

/* The hours and months in which French reactive energy counts above 36 kVA: November to March,
 * Monday to Saturday, 6 to 22 h (TURPE, high-voltage A and low-voltage above 36 kVA). */
bool ohm_reactive_hour(const ohm_civil *local, int weekday); /* weekday 0: Monday */
bool ohm_reactive_month(int month);                          /* 1..12 */

/* kvarh to pay beyond `limit` (0.4; 0.31 behind a customer's transformer) of the active kWh. */
double ohm_reactive_billed(double kwh, double kvarh, double limit);

/* kvar that bring P from one tan phi to another, never below 0. */
double ohm_capacitor_kvar(double p_kw, double tan_now, double tan_wanted);

typedef struct ohm_capacitor_ask {
    double kvar;               /* what is needed at most */
    double step_kvar;          /* of the bank: 12.5, 25, … */
    double short_circuit_kva;  /* at the bank; NAN: not known */
    double thd_current_pct;    /* NAN: not known */
    double eur_per_kvar;       /* NAN: not known */
    double saved_eur_per_year; /* NAN: not known */
} ohm_capacitor_ask;

typedef struct ohm_capacitor {
    int steps;
    double kvar;          /* of all steps */
    double resonance;     /* harmonic order; NAN: not known */
    int near_order;       /* the harmonic that it strengthens, or 0 */
    bool detuned;         /* a bank with reactors is what these harmonics ask for */
    double payback_years; /* NAN: not known, or nothing is saved */
} ohm_capacitor;

/* The bank in whole steps; its resonance with the network, order sqrt(Ssc/Qc); detuned where that
 * order lies within half of a harmonic that loads make (3, 5, 7, 11, 13), or where the current is
 * distorted by OHM_CAPACITOR_THD_PCT and more. */
#define OHM_CAPACITOR_THD_PCT 15.0
bool ohm_capacitor_of(const ohm_capacitor_ask *ask, ohm_capacitor *out);

#endif
