/* A signal: what the grid, a supplier or a person says about an interval of time.
 *
 * Signals come as sets: one source's whole current answer, oldest interval first, never
 * overlapping (grid/ makes them so). A set is plain data with a cap, so it travels by value
 * through queues and into the engine's state. */
#ifndef OHM_BASE_SIGNAL_H
#define OHM_BASE_SIGNAL_H

#include "base/time.h"

typedef enum ohm_signal_kind {
    OHM_SIGNAL_ECOWATT, /* level: 0 abundant, 1 normal, 2 tense, 3 very tense */
    OHM_SIGNAL_DAYS,    /* level: the ohm_day_code of the local day that begins the interval */
    OHM_SIGNAL_SPOT,    /* level: the market's price, µEUR/kWh */
    OHM_SIGNAL_CO2,     /* level: g of a kWh of the grid's */
    OHM_SIGNAL_OUTDOOR, /* level: how warm it will be outdoors, hundredths of a degree */
    OHM_SIGNAL_OVERRUN, /* level: W by which the site is to pass its limit; 0 or less: it is not */
    OHM_SIGNAL_KINDS_COUNT
} ohm_signal_kind;

enum {
    OHM_SIGNAL_INTERVALS_MAX = 208, /* Ecowatt: 8 days of 25 hours, and a few by hand */
};

typedef struct ohm_signal_interval {
    ohm_interval when;
    int32_t level;
} ohm_signal_interval;

typedef struct ohm_signal_set {
    ohm_signal_kind kind;
    uint16_t count;
    ohm_ms made_ms;    /* when the source made it; OHM_NO_MS if it does not say */
    ohm_ms fetched_ms; /* when we got it */
    ohm_signal_interval intervals[OHM_SIGNAL_INTERVALS_MAX];
} ohm_signal_set;

#endif
