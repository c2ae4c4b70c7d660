/* What if: the same use under other contracts and powers, with loads moved to other hours, and
 * what the month will come to.
 *
 * Pure; the caller owns everything. A comparison prices each contract by a whole bill
 * (tariff/bill.h): its figures are those that a bill would have. */
#ifndef OHM_TARIFF_WHATIF_H
#define OHM_TARIFF_WHATIF_H

#include "tariff/bill.h"

/* What one contract makes of the use. */
typedef struct ohm_outcome {
    ohm_err err;     /* of its bill: a price or a colour is missing */
    ohm_ms fault_ms; /* where */
    int64_t total_cents, subscription_cents, energy_cents; /* energy: all but the subscription */
    int64_t period_mwh[OHM_PERIODS_MAX];
    int64_t period_peur[OHM_PERIODS_MAX];
    uint32_t unverified_days, assumed_days;
    int64_t estimated_mwh; /* spread evenly over gaps: its hours are not known */
    int64_t missing_ms;    /* of the period: nothing was measured */
    uint32_t steps_over;   /* of the use, above its subscribed power */
} ohm_outcome;

/* The greatest mean power of a step, and when. VA where the meter measures them, else W: a
 * subscribed power of 6 kVA carries 6 kW at most. Steps longer than a quarter of an hour, and
 * those estimated over a gap, say too little: they are left out. */
typedef struct ohm_peak {
    int64_t power;  /* VA or W; 0: no step says */
    ohm_ms from_ms; /* OHM_NO_MS: none */
    bool is_va;
} ohm_peak;
void ohm_peak_of(const ohm_use *uses, size_t count, ohm_interval period, ohm_peak *out);

/* The steps above a subscribed power, and in which local hours of the day they lie: what a weaker
 * subscription would have to do without. The steps are those of ohm_peak_of. */
typedef struct ohm_power_use {
    uint32_t steps_over;
    int64_t over_ms;
    uint32_t hours[24]; /* steps over, by local hour */
} ohm_power_use;
void ohm_power_use_of(const ohm_bill_request *request, int32_t subscribed_va, ohm_power_use *out);

/* Prices request's use by another contract. `scratch` is a bill's room. */
void ohm_outcome_make(const ohm_bill_request *request, const ohm_contract *contract,
                      ohm_bill *scratch, ohm_outcome *out);

/* Why one is cheaper: what energy costs under `to` more than under `from` in each local hour of
 * the day, pEUR. Prices that are not fixed (spot) or not known count nothing. */
void ohm_outcome_hours(const ohm_bill_request *request, const ohm_contract *from,
                       const ohm_contract *to, int64_t hours_peur[static 24]);

/* A load that runs at other hours: up to power_w of what is used in the window `from`, and
 * daily_wh at most (0: no limit), is used in the window `to` of the same day instead. */
typedef struct ohm_shift {
    uint16_t from_minute, from_end_minute, to_minute, to_end_minute; /* as windows of a slot */
    int64_t power_w, daily_wh;
} ohm_shift;
/* The same of a load that has a name. "boiler:2200@22:00-06:00/6.5": its power in W, the hours it
 * shall run in instead of all others, and at most so many kWh of a day; ":2200" and "/6.5" may be
 * left out (power_w is then 0: to be filled in by who knows the load; daily_wh 0). */
enum { OHM_SHIFT_NAME_MAX = 32, OHM_SHIFTS_MAX = 4, OHM_SHIFT_W_MAX = 1000000 };
typedef struct ohm_named_shift {
    char load[OHM_SHIFT_NAME_MAX];
    ohm_shift shift;
} ohm_named_shift;
OHM_MUST_CHECK ohm_code ohm_shift_read(ohm_span text, ohm_named_shift *out);
/* Several, with commas. OHM_TOO_BIG: more than OHM_SHIFTS_MAX. */
OHM_MUST_CHECK ohm_code ohm_shifts_read(ohm_span text, ohm_named_shift out[static OHM_SHIFTS_MAX],
                                        unsigned *ret_count);

/* Moves energy between the uses of each local day, none is lost; returns the mWh moved. */
int64_t ohm_uses_shift(ohm_use *uses, size_t count, const ohm_tz *tz, const ohm_shift *shift);

/* What a period that is not over will cost, from its days so far and those before. */
typedef struct ohm_projection {
    int64_t so_far_cents;
    int64_t low_cents, expected_cents, high_cents; /* nine times in ten between low and high */
    uint16_t days_known, days_left;
    uint16_t days_estimated; /* of those known: they were used since too few are measured */
    uint16_t days_forecast;  /* of those left: what they cost is their forecast's, not a mean's */
} ohm_projection;
/* request's period is the whole one, its uses those known until now_ms, and of some weeks before;
 * `ahead` are uses that are forecast, ascending, from today's midnight on: a day that they cover
 * whole is counted as they say, another one as the mean of its kind.
 * OHM_MORE: less than three whole days are known. */
OHM_MUST_CHECK ohm_err ohm_project(const ohm_bill_request *request, const ohm_use *ahead,
                                   size_t ahead_count, ohm_ms now_ms, ohm_bill *scratch,
                                   ohm_projection *out);

#endif
