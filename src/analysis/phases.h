/* Three phases: how unequal they are, and what flows back in the neutral.
 *
 * The true factor is that of negative to positive sequence (Fortescue 1918; IEC 61000-4-30, 5.7).
 * From three line voltages alone it follows by CIGRE's formula. The deviations from the mean are
 * other figures: NEMA MG 1 takes line voltages (LVUR), IEEE Std 141 phase voltages (PVUR); they
 * must not be taken for one another, nor for the true factor.
 *
 * Values are RMS, of any one unit. NAN is "not measured"; false means "not defined", and then
 * nothing is written. */
#ifndef OHM_ANALYSIS_PHASES_H
#define OHM_ANALYSIS_PHASES_H

#include <stdbool.h>
#include <stddef.h>

enum { OHM_PHASES = 3 };

typedef struct ohm_phasor {
    double re, im;
} ohm_phasor;

ohm_phasor ohm_phasor_polar(double rms, double angle_deg);

/* Magnitudes of the symmetrical components, in the unit of the phases. */
typedef struct ohm_sequence {
    double zero, positive, negative;
} ohm_sequence;

ohm_sequence ohm_sequence_of(const ohm_phasor phase[OHM_PHASES]);

/* Negative (VUF2) and zero sequence (VUF0) of the positive one, %. Not defined where there is no
 * positive sequence to speak of: below a thousandth of the greatest component. */
bool ohm_unbalance(const ohm_phasor phase[OHM_PHASES], double *ret_negative_pct,
                   double *ret_zero_pct);

/* VUF2 from three line voltages, %: sqrt((1 - r) / (1 + r)), r = sqrt(3 - 6 b), b the sum of fourth
 * powers over the square of the sum of squares (CIGRE). Not defined where they make no triangle. */
bool ohm_unbalance_lines(const double line[OHM_PHASES], double *ret_pct);

/* The greatest deviation from the mean, % of it: LVUR of line voltages, PVUR of phase voltages,
 * the unbalance of currents. Not defined where the mean is below `mean_min`. */
bool ohm_deviation(const double of[OHM_PHASES], double mean_min, double *ret_pct);

/* The neutral's current: of phasors; or of magnitudes alone, for phases 120 degrees apart at the
 * same power factor and without harmonics of order 3, which would add to it. */
double ohm_neutral(const ohm_phasor amps[OHM_PHASES]);
bool ohm_neutral_of_rms(const double amps[OHM_PHASES], double *ret_amps);

/* The most and the least loaded phase, and half of what lies between: what to move from one to the
 * other. */
typedef struct ohm_phase_move {
    int from, to; /* 0..2 */
    double amps;
} ohm_phase_move;

bool ohm_phase_move_of(const double amps[OHM_PHASES], double mean_min, ohm_phase_move *out);

/* Which single-phase load to move to `to`: the one that leaves the three nearest together. `amps`
 * are the loads' mean currents, `phase` where each is (0..2; others are never moved). false: none
 * makes it better. */
bool ohm_phase_load(const double mean_amps[OHM_PHASES], const double *amps, const int *phase,
                    size_t count, size_t *ret_load, int *ret_to);

#endif
