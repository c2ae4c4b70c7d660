/* A segment: what a source says about one interval of time, as an exact decimal.
 *
 * A signal set (base/signal.h) is short, has a cap and travels by value into the engine; segments
 * are for everything else that comes as intervals: a season of Tempo colours, days of prices, a
 * year of weather. A list of segments is oldest first and never overlaps, unless its maker says
 * otherwise.
 *
 * The value is mantissa × 10^exponent, as the source printed it: 61.2 is (612, -1). What it
 * measures is ohm_segment_unit; a level or a colour is a whole number. */
#ifndef OHM_BASE_SEGMENT_H
#define OHM_BASE_SEGMENT_H

#include <stddef.h>

#include "base/time.h"

typedef enum ohm_segment_unit {
    OHM_UNIT_LEVEL,  /* a number that its source defines: Ecowatt's 0..3, EJP's 0 and 1 */
    OHM_UNIT_COLOUR, /* ohm_colour */
    OHM_UNIT_EUR_PER_MWH,
    OHM_UNIT_G_PER_KWH, /* of CO2, or its equivalent */
    OHM_UNIT_CELSIUS,
    OHM_UNIT_W_PER_M2,
    OHM_UNIT_W,
    OHM_UNIT_WH,
    OHM_UNIT_OTHER, /* as the user named it */
    OHM_UNITS_COUNT
} ohm_segment_unit;

/* Of a Tempo day, in the order of the meters' own numbers. */
typedef enum ohm_colour {
    OHM_COLOUR_UNKNOWN,
    OHM_COLOUR_BLUE,
    OHM_COLOUR_WHITE,
    OHM_COLOUR_RED,
} ohm_colour;

typedef struct ohm_segment {
    ohm_interval when;
    int64_t mantissa;
    int32_t exponent; /* -18..18 */
} ohm_segment;

/* Borrowed. */
typedef struct ohm_segments {
    const ohm_segment *items;
    size_t count;
} ohm_segments;

#endif
