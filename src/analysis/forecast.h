/* What a load or a solar plant will do on the next days, from what it did: mean and deciles.
 *
 * Time is local days of equal slots (analysis/days.h maps instants to them and back). Day after
 * day the caller says what the day was (ohm_forecast_learn), then asks for the days that begin
 * (ohm_forecast_make): the model judges itself by what it said, so a history is told the same
 * way, one day after the other. What is missing, or flagged as wrong, is NAN: it is not learnt.
 *
 * Inside: for each hour of each of the two days a regression on lags, weekday and season, kept as
 * a decayed Gram matrix, drawn towards one that all hours share, with rows weighted so that it
 * fits the median; one for a whole day, from all hours of the day before; three smoothings of hours
 * with a day's and a week's season; beside them simple rules (four same weekdays, last week,
 * yesterday, the week's mean and median, the middle of the days that looked most alike). What is
 * said is their mixture by how each of them did lately, so it falls back to a simple rule by
 * itself. The deciles are those of its own errors, widened or narrowed until 8 of 10 values fall
 * into the band. A holiday counts as a Sunday.
 *
 * A load that was never negative is never said to become so.
 *
 * Pure: the caller gives the memory; the state holds no pointer, it can be copied. */
#ifndef OHM_ANALYSIS_FORECAST_H
#define OHM_ANALYSIS_FORECAST_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_FORECAST_SLOTS_MAX = 96,
    OHM_FORECAST_OTHERS_MAX = 3, /* exogenous columns */
    OHM_FORECAST_DAYS_MAX = 3,
    OHM_FORECAST_DECILES = 9,
};

typedef struct ohm_forecast_options {
    int slots;  /* of a day: 24, 48 or 96 */
    bool solar; /* no weekdays, and never below zero */
    int others; /* exogenous columns, known ahead (weather forecast) */
    unsigned
        warmth; /* bit i: column i is a temperature in °C, which heats below 18, cools over 22 */
} ohm_forecast_options;

/* A day as it was, or what is known of one that comes. */
typedef struct ohm_forecast_day {
    int64_t day; /* since 1970-01-01, local */
    bool holiday;
    const double *values;                          /* slots of them; NULL: a day that comes */
    const double *others[OHM_FORECAST_OTHERS_MAX]; /* slots each; NULL or NAN: not known */
} ohm_forecast_day;

typedef struct ohm_forecast_value {
    double mean;
    double decile[OHM_FORECAST_DECILES]; /* ascending; [4] is the median */
} ohm_forecast_value;

typedef struct ohm_forecast ohm_forecast;

/* Bytes of a state, to be aligned as for any object. 0: options that are none. */
size_t ohm_forecast_size(const ohm_forecast_options *options);
ohm_forecast *ohm_forecast_create(const ohm_forecast_options *options, void *memory);

/* Days ascend; one that is left out was not measured. A day that is not after the last is left
 * out (false). */
bool ohm_forecast_learn(ohm_forecast *f, const ohm_forecast_day *day);
/* That slot of a day that was learnt was wrong, as is known now: what looks back on days (lags,
 * means, medians, days alike) does without. What was fitted to it stays, and fades. */
void ohm_forecast_unlearn(ohm_forecast *f, int64_t day, int slot);

/* The `count` days that begin with ahead[0].day, which is after all that was learnt; the days
 * follow one another. `out` has count × slots values; NAN where nothing is known at all. A NULL
 * `out` rehearses a day of a long history: cheaper, as it is judged but not shown. Let the last
 * quarter of a year before a forecast be made in full: its band comes from there. */
void ohm_forecast_make(ohm_forecast *f, const ohm_forecast_day *ahead, int count,
                       ohm_forecast_value *out);

/* How far it was off lately, as a mean of absolute errors as measured, beside the better of the two
 * simple rules (four same weekdays, last week); NAN before there is any. */
double ohm_forecast_error(const ohm_forecast *f, double *ret_simple);
/* Days learnt so far, and the last of them. */
int ohm_forecast_days(const ohm_forecast *f);
int64_t ohm_forecast_last_day(const ohm_forecast *f);

/* The state as bytes of a version; OHM_TOO_BIG: *ret_len (always written) is what it takes. */
OHM_MUST_CHECK ohm_code ohm_forecast_save(const ohm_forecast *f, uint8_t *out, size_t cap,
                                          size_t *ret_len);
/* Creates a state in `memory` and reads it; of bytes that are none, of another version
 * (OHM_CONFLICT) or other options it is as new. Any bytes are safe. */
OHM_MUST_CHECK ohm_err ohm_forecast_load(const ohm_forecast_options *options, void *memory,
                                         ohm_span bytes);

#endif
