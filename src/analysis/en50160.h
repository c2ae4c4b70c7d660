/* The weekly report of EN 50160 (low voltage): counts of values against their limits.
 *
 * The standard is about the terminals of the public supply and about means over ten minutes (ten
 * seconds for the frequency). Fed with anything coarser the result is an indication only; the
 * caller says so. A value that was not measured (NAN) counts for nothing. */
#ifndef OHM_ANALYSIS_EN50160_H
#define OHM_ANALYSIS_EN50160_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/phases.h"

/* What is judged; each has two limits: for most of the time, and for all of it. */
typedef enum ohm_en50160_kind {
    OHM_EN50160_U1, /* of the nominal voltage: ±10 % for 95 %, +10/−15 % always (4.2.2) */
    OHM_EN50160_U2,
    OHM_EN50160_U3,
    OHM_EN50160_FREQUENCY, /* 50 Hz ±1 % for 99.5 %, +4/−6 % always (4.2.1) */
    OHM_EN50160_UNBALANCE, /* ≤ 2 % for 95 % (4.2.4) */
    OHM_EN50160_THD,       /* ≤ 8 % for 95 % (4.2.5) */
    OHM_EN50160_H3,        /* harmonics of the voltage, each for 95 % (table 1) */
    OHM_EN50160_H5,
    OHM_EN50160_H7,
    OHM_EN50160_H9,
    OHM_EN50160_H11,
    OHM_EN50160_H13,
    OHM_EN50160_PLT, /* flicker ≤ 1 for 95 % (4.2.3) */
    OHM_EN50160_KINDS
} ohm_en50160_kind;

typedef struct ohm_en50160_limit {
    const char *name, *unit;
    double low, high;           /* of the value; for voltages in parts of the nominal one */
    double share;               /* of the values that has to lie between them */
    double low_ever, high_ever; /* for all of them; infinite: none */
} ohm_en50160_limit;

extern const ohm_en50160_limit ohm_en50160_limits[OHM_EN50160_KINDS];

typedef struct ohm_en50160_count {
    uint32_t values, within, low, high, beyond; /* beyond: what no single value may be */
    double least, most;
} ohm_en50160_count;

typedef struct ohm_en50160 {
    double nominal_v;
    ohm_en50160_count of[OHM_EN50160_KINDS];
} ohm_en50160;

void ohm_en50160_init(ohm_en50160 *week, double nominal_v);
/* Volts, hertz, % or Plt, by its kind. */
void ohm_en50160_add(ohm_en50160 *week, ohm_en50160_kind kind, double value);

typedef enum ohm_en50160_verdict {
    OHM_EN50160_NOTHING, /* nothing was measured */
    OHM_EN50160_KEPT,
    OHM_EN50160_BROKEN,
} ohm_en50160_verdict;

ohm_en50160_verdict ohm_en50160_judge(const ohm_en50160_count *count, ohm_en50160_kind kind);
/* Of all kinds together: broken if one is. */
ohm_en50160_verdict ohm_en50160_judge_all(const ohm_en50160 *week);
/* The share within the limits, 0..1; NAN of nothing. */
double ohm_en50160_share(const ohm_en50160_count *count);

#endif
