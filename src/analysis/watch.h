/* A series that is watched as it comes: a detector and a forecast in one state, fed reading by
 * reading, the daemon's one per series.
 *
 * Readings come in equal steps (what was not measured as NAN), each with its local day and slot
 * (analysis/detect.h). When a reading begins a local day, the day before is learnt by the
 * forecast, without what the detector had flagged by then as stuck, zero, rolled back, reversed, a
 * peak, of another ratio, a level that moved at once or a night that was none. What an alarm that
 * is told later says of days before is taken out of what is looked back on. What people call normal
 * is learnt, and a level that drifts. The caller then says which days come (ohm_watch_ahead), with
 * their holidays and weather; what is said of them stays until it is said anew. A slot of the
 * forecast is the mean of its steps, and none where fewer than half of them are right; of an hour
 * that clocks show twice it is the second.
 *
 * Where finer steps are asked for too (quarter-hours beside hours), a second forecast learns them,
 * by the same days and without what was flagged of the coarser steps.
 *
 * Pure: the caller gives the memory; the state holds no pointer, it can be copied. */
#ifndef OHM_ANALYSIS_WATCH_H
#define OHM_ANALYSIS_WATCH_H

#include "analysis/detect.h"
#include "analysis/forecast.h"

/* What is no fault of a series, whatever the detector says. */
typedef struct ohm_watch_judge {
    unsigned ignored; /* bits 1 << type: such alarms are nothing of it, it is learnt */
    bool (*is_normal)(const void *ctx, const ohm_detect_alarm *began); /* NULL: never */
    const void *ctx;
} ohm_watch_judge;

/* Who learns from readings; judge may be NULL. */
typedef struct ohm_watch_learner {
    ohm_detect *detect;
    ohm_forecast *forecast; /* it learns the days; NULL: nothing is taken out of it again */
    ohm_forecast *fine;     /* and finer steps of them; NULL: there is none */
    int slots, forecast_slots, fine_slots; /* of a day */
    bool weather; /* it is forecast by its temperature, which moves levels: they are learnt */
    const ohm_watch_judge *judge;
} ohm_watch_learner;

/* A reading into its place among a day's steps, and into the detector; what it tells to be wrong,
 * of this day up to now, becomes NAN, and is taken out of the days before. What is normal is taught
 * first: its end is told with its beginning. */
void ohm_watch_reading(const ohm_watch_learner *learner, const ohm_detect_reading *r,
                       float *day_values, ohm_detect_news *news);

typedef struct ohm_watch_options {
    ohm_forecast_options forecast;
    int detect_slots; /* steps of a day: a multiple of forecast.slots, OHM_DETECT_SLOTS_MAX most */
    int fine_slots; /* of a second forecast, by finer steps; 0: none. A multiple of detect_slots */
} ohm_watch_options;

typedef struct ohm_watch ohm_watch;

/* Bytes of a state, to be aligned as for any object. 0: options that are none. */
size_t ohm_watch_size(const ohm_watch_options *options);
ohm_watch *ohm_watch_create(const ohm_watch_options *options, void *memory);

/* Alarms that began or cleared with this reading. true: it is the first of a local day. A day
 * before the present one is no reading of the series: nothing is done. `judge` may be NULL. */
bool ohm_watch_step(ohm_watch *w, const ohm_detect_reading *reading, const ohm_watch_judge *judge,
                    ohm_detect_news *news);

/* What the steps of the finer forecast were within a reading that was stepped: fine_slots of a day
 * by detect_slots of them, NAN where not measured. What is wrong of the reading is of them too. */
void ohm_watch_fine(ohm_watch *w, const ohm_detect_reading *reading, const double *values);

/* The days that come: ahead[0].day is today, or later if nothing is measured any more; each day
 * follows the one before. Their weather is what today's will be learnt with. */
void ohm_watch_ahead(ohm_watch *w, const ohm_forecast_day *ahead, int count);

/* What was said of a slot of the days ahead; NULL: nothing. */
const ohm_forecast_value *ohm_watch_said(const ohm_watch *w, int64_t day, int slot);

/* The same by the finer steps; NULL also where there is no finer forecast. */
const ohm_forecast_value *ohm_watch_said_fine(const ohm_watch *w, int64_t day, int slot);

/* The parts, for what they tell: alarms taught (ohm_detect_teach), days learnt, errors. */
ohm_detect *ohm_watch_detect(ohm_watch *w);
const ohm_forecast *ohm_watch_forecast(const ohm_watch *w);
const ohm_forecast *ohm_watch_fine_forecast(const ohm_watch *w); /* NULL: there is none */

/* The state as bytes of a version; OHM_TOO_BIG: *ret_len (always written) is what it takes. */
OHM_MUST_CHECK ohm_code ohm_watch_save(const ohm_watch *w, uint8_t *out, size_t cap,
                                       size_t *ret_len);
/* Creates a state in `memory` and reads it; of bytes that are none, of another version
 * (OHM_CONFLICT) or other options it is as new. Any bytes are safe. */
OHM_MUST_CHECK ohm_err ohm_watch_load(const ohm_watch_options *options, void *memory,
                                      ohm_span bytes);

#endif
