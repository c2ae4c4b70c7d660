#include "analysis/phases.h"

#include <math.h>

static const double third_turn_re = -0.5, third_turn_im = 0.86602540378443864676; /* e^(j 120°) */
static const double degree = 0.017453292519943295769;
static const double least_positive = 1e-3; /* of the greatest component */

ohm_phasor ohm_phasor_polar(double rms, double angle_deg)
{
    return (ohm_phasor){ rms * cos(angle_deg * degree), rms * sin(angle_deg * degree) };
}

/* a + turn·b + turn²·c, a third, its magnitude; `sign` turns the other way. */
static double component(const ohm_phasor v[OHM_PHASES], double sign)
{
    double im_turn = sign * third_turn_im;
    double re = v[0].re + third_turn_re * (v[1].re + v[2].re) - im_turn * (v[1].im - v[2].im);
    double im = v[0].im + third_turn_re * (v[1].im + v[2].im) + im_turn * (v[1].re - v[2].re);
    return hypot(re, im) / 3;
}

ohm_sequence ohm_sequence_of(const ohm_phasor phase[OHM_PHASES])
{
    return (ohm_sequence){
        .zero = ohm_neutral(phase) / 3,
        .positive = component(phase, 1),
        .negative = component(phase, -1),
    };
}

bool ohm_unbalance(const ohm_phasor phase[OHM_PHASES], double *ret_negative_pct,
                   double *ret_zero_pct)
{
    const ohm_sequence s = ohm_sequence_of(phase);
    double greatest = fmax(s.positive, fmax(s.negative, s.zero));
    if (!(s.positive > 0 && s.positive >= least_positive * greatest) || !isfinite(greatest))
        return false;
    *ret_negative_pct = 100 * s.negative / s.positive;
    *ret_zero_pct = 100 * s.zero / s.positive;
    return true;
}

bool ohm_unbalance_lines(const double line[OHM_PHASES], double *ret_pct)
{
    double squares = 0, fourths = 0, sum = 0, greatest = 0;
    for (int i = 0; i < OHM_PHASES; i++) {
        if (!(line[i] > 0) || !isfinite(line[i]))
            return false;
        squares += line[i] * line[i];
        fourths += line[i] * line[i] * line[i] * line[i];
        sum += line[i];
        greatest = fmax(greatest, line[i]);
    }
    if (greatest > sum - greatest) /* the longest side must not pass the two others */
        return false;
    double r = sqrt(fmax(0, 3 - 6 * fourths / (squares * squares)));
    *ret_pct = 100 * sqrt(fmax(0, (1 - r) / (1 + r)));
    return true;
}

static bool mean_of(const double of[OHM_PHASES], double *ret_mean)
{
    *ret_mean = (of[0] + of[1] + of[2]) / 3;
    return of[0] >= 0 && of[1] >= 0 && of[2] >= 0 && isfinite(*ret_mean);
}

bool ohm_deviation(const double of[OHM_PHASES], double mean_min, double *ret_pct)
{
    double mean, most = 0;
    if (!mean_of(of, &mean) || !(mean > 0) || mean < mean_min)
        return false;
    for (int i = 0; i < OHM_PHASES; i++)
        most = fmax(most, fabs(of[i] - mean));
    *ret_pct = 100 * most / mean;
    return true;
}

double ohm_neutral(const ohm_phasor amps[OHM_PHASES])
{
    return hypot(amps[0].re + amps[1].re + amps[2].re, amps[0].im + amps[1].im + amps[2].im);
}

bool ohm_neutral_of_rms(const double amps[OHM_PHASES], double *ret_amps)
{
    double mean;
    if (!mean_of(amps, &mean))
        return false;
    double squares = amps[0] * amps[0] + amps[1] * amps[1] + amps[2] * amps[2];
    double products = amps[0] * amps[1] + amps[1] * amps[2] + amps[2] * amps[0];
    *ret_amps = sqrt(fmax(0, squares - products));
    return true;
}

bool ohm_phase_move_of(const double amps[OHM_PHASES], double mean_min, ohm_phase_move *out)
{
    double mean;
    if (!mean_of(amps, &mean) || !(mean > 0) || mean < mean_min)
        return false;
    ohm_phase_move move = { 0, 0, 0 };
    for (int i = 1; i < OHM_PHASES; i++) {
        move.from = amps[i] > amps[move.from] ? i : move.from;
        move.to = amps[i] < amps[move.to] ? i : move.to;
    }
    move.amps = (amps[move.from] - amps[move.to]) / 2;
    *out = move;
    return move.from != move.to;
}

static double spread(const double amps[OHM_PHASES])
{
    double mean = (amps[0] + amps[1] + amps[2]) / 3;
    return fmax(fabs(amps[0] - mean), fmax(fabs(amps[1] - mean), fabs(amps[2] - mean)));
}

bool ohm_phase_load(const double mean_amps[OHM_PHASES], const double *amps, const int *phase,
                    size_t count, size_t *ret_load, int *ret_to)
{
    double mean;
    if (!mean_of(mean_amps, &mean))
        return false;
    double best = spread(mean_amps);
    bool found = false;
    for (size_t i = 0; i < count * OHM_PHASES; i++) {
        size_t load = i / OHM_PHASES;
        int to = (int)(i % OHM_PHASES), from = phase[load];
        if (from < 0 || from >= OHM_PHASES || from == to || !(amps[load] > 0))
            continue;
        double then[OHM_PHASES] = { mean_amps[0], mean_amps[1], mean_amps[2] };
        then[from] = fmax(0, then[from] - amps[load]);
        then[to] += amps[load];
        if (spread(then) >= best)
            continue;
        best = spread(then);
        *ret_load = load;
        *ret_to = to;
        found = true;
    }
    return found;
}
