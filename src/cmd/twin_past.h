/* What a zone went through lately, by steps of a quarter of an hour: what its figures are found
 * from (building/identify.h). A ring of four weeks as plain data, and its bytes in the store.
 *
 *     ohm_twin_add     what is so now, for so long; a step ends when a later one begins
 *     ohm_twin_series  the past as ohm_identify wants it
 *
 * A step in which the room was not measured has no indoor temperature; a longer silence of the
 * weather, or of this program, than OHM_TWIN_HELD_STEPS begins the past anew: what acted on the
 * room then is not known. */
#ifndef OHM_CMD_TWIN_PAST_H
#define OHM_CMD_TWIN_PAST_H

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"
#include "building/identify.h"

enum {
    OHM_TWIN_STEP_MS = 15 * OHM_MINUTE_MS,
    OHM_TWIN_STEPS_MAX = 28 * 96,
    OHM_TWIN_HELD_STEPS = 8,
    OHM_TWIN_BYTES_MAX = 16 + 8 * OHM_TWIN_STEPS_MAX,
};

/* Hundredths of °C, W, W: as they are kept. */
typedef struct ohm_twin_step {
    int16_t indoor_cc, outdoor_cc; /* OHM_TWIN_NONE: not measured */
    uint16_t heat_w, sun_w;
} ohm_twin_step;

enum { OHM_TWIN_NONE = INT16_MIN };

typedef struct ohm_twin_now {
    double indoor_c, outdoor_c; /* NAN: not known */
    double heat_w, sun_w;       /* sun NAN: somebody should say it, and does not */
} ohm_twin_now;

typedef struct ohm_twin_past {
    int64_t first; /* the number of the step (of 1970) that steps[0] is */
    int count;
    ohm_twin_step steps[OHM_TWIN_STEPS_MAX];
    /* The step under way. */
    int64_t step;
    int held; /* steps in a row whose weather is that of before */
    double indoor_sum, outdoor_sum, heat_sum, sun_sum, ms, indoor_ms, weather_ms;
} ohm_twin_past;

void ohm_twin_add(ohm_twin_past *past, ohm_ms utc_ms, int64_t ms, const ohm_twin_now *now);

/* Little-endian, with a version; returns the bytes. */
size_t ohm_twin_write(const ohm_twin_past *past, uint8_t out[static OHM_TWIN_BYTES_MAX]);
/* Refused whole or taken whole. */
OHM_MUST_CHECK ohm_err ohm_twin_read(ohm_twin_past *past, ohm_span bytes);

/* Columns of OHM_TWIN_STEPS_MAX each, five of them one after the other, that `ret_series` points
 * into. False: too little for any answer. */
OHM_MUST_CHECK bool ohm_twin_series(const ohm_twin_past *past, double *columns,
                                    ohm_identify_series *ret_series);

#endif
