/* What a house draws beside what is planned: learnt by hours of its days with the forecaster of
 * analysis/forecast.h, told for the days that come with deciles. Before it knows two weeks: the
 * mean of the quarters of the day, and before that what the configuration says.
 *
 * Only instants and powers come in, so that a test can live a month. */
#ifndef OHM_CMD_DAEMON_PLAN_BASE_H
#define OHM_CMD_DAEMON_PLAN_BASE_H

#include "analysis/forecast.h"
#include "analysis/holidays.h"
#include "base/civil.h"

enum {
    OHM_DAY_SLOTS = 96,   /* quarters of the day */
    OHM_BASE_ENOUGH = 14, /* days, from which on the forecaster is believed */
    OHM_BASE_AHEAD = 3,   /* days */
    OHM_BASE_HOURS = 24,
};

typedef enum ohm_base_origin {
    OHM_BASE_CONFIGURED,
    OHM_BASE_PROFILE,
    OHM_BASE_LEARNT,
    OHM_BASE_ORIGINS
} ohm_base_origin;

/* "configured", "profile", "learnt". */
const char *ohm_base_origin_name(ohm_base_origin origin);

typedef struct ohm_base {
    double slot_kw[OHM_DAY_SLOTS];
    int64_t slot_ms[OHM_DAY_SLOTS]; /* how long it was seen, a day at most */
    bool begun;
    int64_t day; /* local, since 1970-01-01: the one that is counted */
    double hour_kwms[OHM_BASE_HOURS];
    int64_t hour_ms[OHM_BASE_HOURS];
    ohm_forecast *model;
    int64_t said_day; /* the first of those that are told */
    bool said_there;
    ohm_forecast_value said[OHM_BASE_AHEAD * OHM_BASE_HOURS];
} ohm_base;

/* As a forecast told or measured it, in kW. */
typedef struct ohm_base_value {
    ohm_base_origin origin;
    double kw;
    double decile_kw[OHM_FORECAST_DECILES]; /* of LEARNT only */
} ohm_base_value;

/* False: out of memory. */
OHM_MUST_CHECK bool ohm_base_init(ohm_base *base);
void ohm_base_release(ohm_base *base);
/* So much was drawn for so long, until that instant. A day that is over is learnt: true then. */
bool ohm_base_count(ohm_base *base, const ohm_tz *tz, const ohm_closed_days *holidays,
                    ohm_ms now_ms, double kw, int64_t ms);
/* The hour, or quarter, that holds an instant; `else_kw` where nothing is known. */
ohm_base_value ohm_base_at(const ohm_base *base, const ohm_tz *tz, ohm_ms at_ms, double else_kw);
int ohm_base_days(const ohm_base *base);

/* As bytes: malloc'ed, NULL: out of memory. What can't be read is as new (false). */
uint8_t *ohm_base_save(const ohm_base *base, size_t *ret_len);
bool ohm_base_load(ohm_base *base, ohm_span bytes);

#endif
