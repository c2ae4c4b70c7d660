#include "tariff/whatif.h"

enum {
    PEAK_STEP_MS_MAX = 15 * OHM_MINUTE_MS,
    SAMPLE_DAYS = 28, /* that a projection looks back: four of each weekday */
    SAMPLE_DAYS_MIN = 3,
};

/* --- peaks ------------------------------------------------------------------------------------ */

/* The mean power of a step; -1 where it does not say. */
static int64_t power_of(const ohm_use *use, bool *ret_is_va)
{
    int64_t ms = use->to_ms - use->from_ms;
    /* One register of several is not the power, and what is spread over a gap has no peaks. */
    if (ms > PEAK_STEP_MS_MAX || use->of_period || use->flags & OHM_USE_ESTIMATED)
        return -1;
    *ret_is_va = use->va != OHM_NO_USE;
    if (*ret_is_va)
        return use->va;
    return use->import_mwh == OHM_NO_USE ? -1 : use->import_mwh * 3600 / ms;
}

static bool inside(const ohm_use *use, ohm_interval period)
{
    return use->from_ms >= period.from_ms && use->to_ms <= period.to_ms;
}

void ohm_peak_of(const ohm_use *uses, size_t count, ohm_interval period, ohm_peak *out)
{
    *out = (ohm_peak){ .from_ms = OHM_NO_MS };
    for (size_t i = 0; i < count; i++) {
        bool is_va = false;
        int64_t power = inside(&uses[i], period) ? power_of(&uses[i], &is_va) : -1;
        if (power > out->power)
            *out = (ohm_peak){ power, uses[i].from_ms, is_va };
    }
}

void ohm_power_use_of(const ohm_bill_request *request, int32_t subscribed_va, ohm_power_use *out)
{
    *out = (ohm_power_use){ .steps_over = 0 };
    for (size_t i = 0; subscribed_va && i < request->uses_count; i++) {
        bool is_va;
        const ohm_use *use = &request->uses[i];
        if (!inside(use, request->period) || power_of(use, &is_va) <= subscribed_va)
            continue;
        out->steps_over++;
        out->over_ms += use->to_ms - use->from_ms;
        out->hours[ohm_civil_from_utc(request->tz, use->from_ms).hour]++;
    }
}

/* --- other contracts ------------------------------------------------------------------------ */

static uint32_t steps_over(const ohm_bill_request *request, int32_t subscribed_va)
{
    uint32_t over = 0;
    for (size_t i = 0; subscribed_va && i < request->uses_count; i++) {
        bool is_va;
        const ohm_use *use = &request->uses[i];
        over += inside(use, request->period) && power_of(use, &is_va) > subscribed_va;
    }
    return over;
}

void ohm_outcome_make(const ohm_bill_request *request, const ohm_contract *contract,
                      ohm_bill *scratch, ohm_outcome *out)
{
    ohm_bill_request own = *request;
    own.contract = contract;
    *out = (ohm_outcome){ .fault_ms = OHM_NO_MS };
    out->err = ohm_bill_make(&own, scratch);
    out->fault_ms = scratch->fault_ms;
    if (ohm_failed(out->err))
        return;
    out->total_cents = scratch->total_cents;
    out->unverified_days = scratch->unverified_days;
    out->assumed_days = scratch->assumed_days;
    out->estimated_mwh = scratch->estimated_mwh;
    out->missing_ms = scratch->missing_ms;
    out->steps_over = steps_over(request, contract->subscribed_va);
    for (uint16_t i = 0; i < scratch->count; i++) {
        const ohm_bill_line *line = &scratch->lines[i];
        if (line->kind == OHM_LINE_SUBSCRIPTION)
            out->subscription_cents += line->amount_cents;
        if (line->kind != OHM_LINE_ENERGY)
            continue;
        out->period_mwh[line->period] += line->quantity_micro;
        out->period_peur[line->period] += line->amount_peur;
    }
    out->energy_cents = out->total_cents - out->subscription_cents;
}

/* The price of a day's instant, µEUR/kWh; OHM_NO_PRICE where it is not fixed or not known. */
static int64_t price_in(const ohm_contract *contract, const ohm_day_plan *plan, int row,
                        ohm_ms at_ms)
{
    uint8_t period = plan->pieces[0].period;
    for (uint16_t i = 1; i < plan->count && plan->pieces[i].from_ms <= at_ms; i++)
        period = plan->pieces[i].period;
    return row < 0 || period == OHM_NO_PERIOD ? OHM_NO_PRICE
                                              : contract->rows[row].ueur_per_kwh[period];
}

void ohm_outcome_hours(const ohm_bill_request *request, const ohm_contract *from,
                       const ohm_contract *to, int64_t hours_peur[static 24])
{
    ohm_day_plan plan_from = { .count = 0 }, plan_to = { .count = 0 };
    int row_from = -1, row_to = -1;
    memset(hours_peur, 0, 24 * sizeof *hours_peur);
    for (size_t i = 0; i < request->uses_count; i++) {
        const ohm_use *use = &request->uses[i];
        if (!inside(use, request->period) || use->import_mwh == OHM_NO_USE)
            continue;
        ohm_ms at_ms = use->from_ms;
        ohm_civil local = ohm_civil_from_utc(request->tz, at_ms);
        if (!plan_from.count || at_ms >= plan_from.day.to_ms || at_ms < plan_from.day.from_ms) {
            ohm_contract_day(from, request->tz, request->codes, local.date, &plan_from);
            ohm_contract_day(to, request->tz, request->codes, local.date, &plan_to);
            row_from = ohm_contract_row(from, local.date);
            row_to = ohm_contract_row(to, local.date);
        }
        int64_t a = price_in(from, &plan_from, row_from, at_ms);
        int64_t b = price_in(to, &plan_to, row_to, at_ms), more;
        if (a == OHM_NO_PRICE || b == OHM_NO_PRICE ||
            __builtin_mul_overflow(use->import_mwh, b - a, &more) ||
            __builtin_add_overflow(hours_peur[local.hour], more, &more))
            continue;
        hours_peur[local.hour] = more;
    }
}

/* --- what the month will come to ----------------------------------------------------------------
 */

/* The square root of a value below 2^62, rounded down. */
static int64_t root(int64_t value)
{
    int64_t low = 0, high = INT64_C(3037000499);
    while (low < high) {
        int64_t middle = (low + high + 1) / 2;
        if (middle <= value / middle)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* What a whole day cost without the subscription, in cents; false if it is not known whole, or is
 * estimated over a gap and such days are not wanted. */
static bool day_cost(const ohm_bill_request *request, ohm_interval day, bool estimated,
                     ohm_bill *scratch, int64_t *ret_cents)
{
    ohm_bill_request own = *request;
    own.period = day;
    if (ohm_failed(ohm_bill_make(&own, scratch)) || scratch->missing_ms ||
        (!estimated && (scratch->estimated_ms || scratch->meter_changes)))
        return false;
    *ret_cents = scratch->total_cents;
    for (uint16_t i = 0; i < scratch->count; i++)
        if (scratch->lines[i].kind == OHM_LINE_SUBSCRIPTION)
            *ret_cents -= scratch->lines[i].amount_cents;
    return true;
}

/* Mean and variance of the days before now: weekdays and weekends apart, if both are known. */
typedef struct sample {
    int64_t count, sum, squares;
} sample;

static void gather(const ohm_bill_request *request, int64_t today, bool estimated,
                   ohm_bill *scratch, sample samples[static 2])
{
    for (int64_t day = today - SAMPLE_DAYS; day < today; day++) {
        ohm_date date = ohm_date_from_days(day);
        int64_t cents;
        if (!day_cost(request, ohm_date_interval(request->tz, date), estimated, scratch, &cents) ||
            cents > 100000000 || cents < -100000000)
            continue;
        sample *s = &samples[ohm_date_weekday(date) >= 6];
        s->count++;
        s->sum += cents;
        s->squares += cents * cents;
    }
}

/* What a day will cost by what is forecast of it, without the subscription. */
static bool forecast_cost(const ohm_bill_request *request, const ohm_use *ahead, size_t count,
                          ohm_interval day, ohm_bill *scratch, int64_t *ret_cents)
{
    ohm_bill_request own = *request;
    if (!count || ahead[0].from_ms > day.from_ms || ahead[count - 1].to_ms < day.to_ms)
        return false;
    own.uses = ahead;
    own.uses_count = count;
    return day_cost(&own, day, true, scratch, ret_cents);
}

ohm_err ohm_project(const ohm_bill_request *request, const ohm_use *ahead, size_t ahead_count,
                    ohm_ms now_ms, ohm_bill *scratch, ohm_projection *out)
{
    ohm_projection p = { .days_left = 0 };
    sample samples[2] = { { 0 } };
    int64_t today = ohm_days_from_date(ohm_civil_from_utc(request->tz, now_ms).date);
    gather(request, today, false, scratch, samples);
    int64_t measured = samples[0].count + samples[1].count;
    if (measured < SAMPLE_DAYS_MIN) { /* an index a day, for instance */
        memset(samples, 0, sizeof samples);
        gather(request, today, true, scratch, samples);
        p.days_estimated = (uint16_t)(samples[0].count + samples[1].count - measured);
    }
    sample all = { samples[0].count + samples[1].count, samples[0].sum + samples[1].sum,
                   samples[0].squares + samples[1].squares };
    if (all.count < SAMPLE_DAYS_MIN)
        return ohm_fail(OHM_MORE, 0, "less than three whole days are known");
    for (int w = 0; w < 2; w++)
        if (samples[w].count < 2)
            samples[w] = all;

    ohm_bill_request own = *request;
    ohm_ms cut_ms = ohm_date_interval(request->tz, ohm_date_from_days(today)).from_ms;
    if (cut_ms > request->period.to_ms)
        cut_ms = request->period.to_ms;
    own.period.to_ms = cut_ms;
    if (cut_ms > own.period.from_ms) {
        OHM_TRY(ohm_bill_make(&own, scratch));
        p.so_far_cents = scratch->total_cents;
    }
    /* What is left: its subscription, and each day's mean of its kind. */
    own.period = (ohm_interval){ cut_ms, request->period.to_ms };
    if (own.period.from_ms < request->period.from_ms)
        own.period.from_ms = request->period.from_ms;
    own.uses_count = 0;
    int64_t expected = 0, variance = 0;
    if (own.period.from_ms < own.period.to_ms) {
        OHM_TRY(ohm_bill_make(&own, scratch));
        expected = scratch->total_cents;
    }
    for (int64_t day = today;; day++) {
        ohm_date date = ohm_date_from_days(day);
        ohm_interval when = ohm_date_interval(request->tz, date);
        if (when.from_ms >= request->period.to_ms)
            break;
        if (when.from_ms < request->period.from_ms)
            continue;
        const sample *s = &samples[ohm_date_weekday(date) >= 6];
        int64_t mean = s->sum / s->count, cents;
        bool said = forecast_cost(request, ahead, ahead_count, when, scratch, &cents);
        expected += said ? cents : mean;
        p.days_forecast += said;
        variance += (s->squares - s->count * mean * mean) / (s->count > 1 ? s->count - 1 : 1);
        p.days_left++;
    }
    p.days_known = (uint16_t)all.count;
    /* Nine in ten of a normal law lie within 1.645 deviations. */
    int64_t band = root(variance > 0 ? variance : 0) * 1645 / 1000;
    p.expected_cents = p.so_far_cents + expected;
    p.low_cents = p.expected_cents - band;
    p.high_cents = p.expected_cents + band;
    *out = p;
    return ohm_ok();
}
