/* What energy costs in each step of the laboratory, by a contract that ships or of a file. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/lab.h"
#include "grid/tempo.h"
#include "host/file.h"

enum {
    CODES_DAYS = OHM_LAB_DAYS_MAX + 2,
    TOLD_AT_HOUR = 11,
    COLOUR_FROM_HOUR = 6,
    AUCTION_AT_HOUR = 13 /* when the market's prices of tomorrow are known */
};

typedef struct prices {
    const ohm_lab_frame *frame;
    const ohm_lab_world *world;
    ohm_tariff tariff;
    uint8_t code[CODES_DAYS];
    ohm_day_codes codes;
} prices;

static void say(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "ohmstead: %s\n", text);
}

/* --- the contract ------------------------------------------------------------------------------
 */

static int take_contract(prices *p)
{
    const char *name = p->world->tariff;
    char shipped[OHM_LAB_TEXT_MAX + 8];
    ohm_tariff_wish wish = { 0, NULL, 0 };
    const ohm_asset *asset = ohm_tariff_find(name, &wish.power_va);
    if (!asset) { /* base, hphc, tempo, ejp: those of the regulated tariff */
        (void)snprintf(shipped, sizeof shipped, "bleu-%s", name);
        asset = ohm_tariff_find(shipped, &wish.power_va);
    }
    if (wish.power_va == 0)
        wish.power_va = (int64_t)(p->world->kva * 1000 + 0.5);
    uint8_t *own = NULL;
    size_t len = 0;
    if (!asset) {
        ohm_err err = ohm_file_read(name, OHM_SCHEMA_BYTES_MAX, &own, &len);
        if (ohm_failed(err))
            return ohm_cmd_fail(name, "is neither a shipped contract nor a file that can be read",
                                "base, hphc, tempo, ejp");
        wish.power_va = 0;
    }
    ohm_schema_report report = { say, NULL, 0 };
    ohm_span yaml = asset ? asset->bytes : ohm_span_of(own, len);
    ohm_code code = ohm_tariff_read(yaml, asset ? asset->name : name, &wish, &p->tariff, &report);
    free(own);
    return code == OHM_OK ? OHM_EXIT_OK : OHM_EXIT_FAILED;
}

/* --- the colours of days ------------------------------------------------------------------------
 */

typedef struct cold_day {
    int64_t day;
    double mean_c;
    bool may_red; /* a working day of the winter */
} cold_day;

static int compare_cold(const void *a, const void *b)
{
    const cold_day *one = a, *other = b;
    int by = (one->mean_c > other->mean_c) - (one->mean_c < other->mean_c);
    return by ? by : (one->day > other->day) - (one->day < other->day);
}

static double mean_of_day(const ohm_lab_frame *f, int64_t day)
{
    ohm_interval when = ohm_date_interval(&f->tz, ohm_date_from_days(day));
    double sum = 0;
    int count = 0;
    for (ohm_ms at_ms = when.from_ms; at_ms < when.to_ms; at_ms += OHM_HOUR_MS) {
        int64_t hour = (at_ms - f->weather.from_ms) / OHM_HOUR_MS;
        if (at_ms >= f->weather.from_ms && hour < f->weather.hours) {
            sum += f->weather.outdoor_c[hour];
            count++;
        }
    }
    return count ? sum / count : NAN;
}

/* A winter whose weather is of no real dates: its coldest working days from November to March are
 * red, the next coldest but Sundays white, as many as a season has (in part of a winter as many as
 * its share). */
static void colour_by_weather(prices *p, int64_t first, int64_t last)
{
    cold_day *list = malloc((size_t)(last - first + 1) * sizeof *list);
    size_t count = 0;
    double winter_days = 0;
    for (int64_t day = first; list && day <= last; day++) {
        ohm_date date = ohm_date_from_days(day);
        int weekday = ohm_date_weekday(date);
        bool winter = date.month >= 11 || date.month <= 3;
        p->code[day - p->codes.first_day] = OHM_DAY_BLUE;
        winter_days += winter;
        bool may_red = winter && weekday <= 5 && !ohm_is_holiday(OHM_HOLIDAYS_FR, date);
        double mean_c = winter && weekday != 7 ? mean_of_day(p->frame, day) : NAN;
        if (!isnan(mean_c))
            list[count++] = (cold_day){ day, mean_c, may_red };
    }
    double share = winter_days / 151.25; /* November to March */
    int red = (int)(OHM_TEMPO_RED_DAYS * share + 0.5);
    int white = (int)(OHM_TEMPO_WHITE_DAYS * share + 0.5);
    if (count)
        qsort(list, count, sizeof *list, compare_cold);
    for (size_t i = 0; i < count; i++) {
        uint8_t *code = &p->code[list[i].day - p->codes.first_day];
        if (list[i].may_red && red > 0) {
            *code = OHM_DAY_RED;
            red--;
        } else if (white > 0) {
            *code = OHM_DAY_WHITE;
            white--;
        }
    }
    free(list);
}

static int take_codes(prices *p)
{
    const ohm_lab_frame *f = p->frame;
    int64_t first = ohm_days_from_date(ohm_civil_from_utc(&f->tz, f->when.from_ms).date) - 1;
    int64_t last = ohm_days_from_date(ohm_civil_from_utc(&f->tz, f->when.to_ms).date);
    p->codes = (ohm_day_codes){ .first_day = first, .count = CODES_DAYS, .codes = p->code };
    if (!p->tariff.contract.codes)
        return OHM_EXIT_OK;
    if (f->colours_by_weather && p->tariff.contract.codes & 1U << OHM_DAY_RED) {
        colour_by_weather(p, first, last);
        return OHM_EXIT_OK;
    }
    ohm_code code = ohm_calendar_shipped(&p->tariff.contract, first, p->code, CODES_DAYS);
    if (code != OHM_OK && code != OHM_UNKNOWN)
        return ohm_cmd_fail("the shipped calendar", ohm_code_text(code), NULL);
    return OHM_EXIT_OK;
}

/* --- the steps
 * ------------------------------------------------------------------------------------ */

/* Up to when the colours are told: today's from 06:00 on since yesterday, tomorrow's at about
 * eleven in the morning. */
static ohm_ms told_until(const ohm_tz *tz, ohm_ms now_ms)
{
    ohm_civil now = ohm_civil_from_utc(tz, now_ms);
    int64_t day = ohm_days_from_date(now.date) + (now.hour >= TOLD_AT_HOUR ? 2 : 1);
    return ohm_date_interval(tz, ohm_date_from_days(day)).from_ms + COLOUR_FROM_HOUR * OHM_HOUR_MS;
}

/* The market's prices of tomorrow are known from the early afternoon on. */
static ohm_ms sold_until(const ohm_tz *tz, ohm_ms now_ms)
{
    ohm_civil now = ohm_civil_from_utc(tz, now_ms);
    int64_t day = ohm_days_from_date(now.date) + (now.hour >= AUCTION_AT_HOUR ? 2 : 1);
    return ohm_date_interval(tz, ohm_date_from_days(day)).from_ms;
}

/* The last price that begins by then, if it still holds; NULL: none is known. */
static const ohm_spot_price *spot_at(const ohm_lab_frame *f, ohm_ms at_ms)
{
    size_t low = 0, high = f->spots_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (f->spots[middle].when.from_ms <= at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && f->spots[low - 1].when.to_ms > at_ms ? &f->spots[low - 1] : NULL;
}

ohm_code ohm_lab_price_at(const ohm_lab_frame *f, const ohm_contract *c, const ohm_day_codes *codes,
                          ohm_ms at_ms, ohm_price *now, double *ret_eur_per_kwh)
{
    ohm_code code = ohm_contract_price(c, &f->tz, codes, at_ms, now);
    if (code != OHM_OK && code != OHM_UNSUPPORTED)
        return code;
    *ret_eur_per_kwh = (double)now->ueur_per_kwh / 1e6;
    if (code == OHM_OK)
        return OHM_OK;
    const ohm_spot_price *spot = spot_at(f, at_ms);
    if (!spot)
        return OHM_UNSUPPORTED;
    *ret_eur_per_kwh = (double)ohm_spot_all_in(&c->spot, spot->neur_per_kwh) / 1e9;
    *now = (ohm_price){ .period = c->spot_period, .until_ms = at_ms + 1 };
    return OHM_OK;
}

int ohm_lab_known_until(const ohm_lab_frame *f, const ohm_contract *c, int steps, ohm_ms at_ms)
{
    ohm_ms known_ms = OHM_NO_MS;
    if (c->codes)
        known_ms = told_until(&f->tz, at_ms);
    if (c->spot_period != OHM_NO_PERIOD)
        known_ms = sold_until(&f->tz, at_ms);
    return known_ms == OHM_NO_MS ? steps
                                 : (int)((known_ms - f->when.from_ms) / (ohm_ms)(f->step_s * 1000));
}

static int fail_at(const prices *p, const char *why, ohm_ms at_ms)
{
    char at[OHM_RFC3339_MAX];
    (void)ohm_rfc3339_write(at_ms, at);
    return ohm_cmd_fail(p->world->tariff, why, at);
}

/* What holds from an instant on, and until when. */
static int price_now(const prices *p, ohm_ms at_ms, ohm_price *now, double *ret_eur_per_kwh)
{
    const ohm_lab_frame *f = p->frame;
    ohm_code code =
        ohm_lab_price_at(f, &p->tariff.contract, &p->codes, at_ms, now, ret_eur_per_kwh);
    if (code == OHM_OK)
        return OHM_EXIT_OK;
    const char *why = "there is no price from";
    if (code == OHM_GAP)
        why = "the colour of a day is not known: --colours weather takes the coldest";
    if (code == OHM_UNSUPPORTED)
        why = f->spots ? "the file of --prices has no price of the market from"
                       : "its price is the market's: --prices FILE says it, from";
    return fail_at(p, why, at_ms);
}

static int price_steps(const prices *p, ohm_lab_made *made, double *price)
{
    const ohm_lab_frame *f = p->frame;
    const ohm_contract *c = &p->tariff.contract;
    ohm_price now = { .until_ms = f->when.from_ms };
    ohm_ms step_ms = (ohm_ms)(f->step_s * 1000);
    double eur_per_kwh = 0;
    for (int k = 0; k < made->series.steps; k++) {
        ohm_ms at_ms = f->when.from_ms + k * step_ms;
        if (now.until_ms != OHM_NO_MS && at_ms >= now.until_ms) {
            int status = price_now(p, at_ms, &now, &eur_per_kwh);
            if (status != OHM_EXIT_OK)
                return status;
        }
        price[k] = eur_per_kwh;
        made->period[k] = now.period;
        made->known[k] = ohm_lab_known_until(f, c, made->series.steps, at_ms);
    }
    return OHM_EXIT_OK;
}

/* How much of a day the run lives. */
static double part_of_day(const ohm_lab_frame *f, ohm_date date)
{
    ohm_interval day = ohm_date_interval(&f->tz, date);
    ohm_ms from_ms = day.from_ms > f->when.from_ms ? day.from_ms : f->when.from_ms;
    ohm_ms to_ms = day.to_ms < f->when.to_ms ? day.to_ms : f->when.to_ms;
    return (double)(to_ms - from_ms) / (double)(day.to_ms - day.from_ms);
}

static void add_days(const prices *p, ohm_lab_made *made)
{
    const ohm_contract *c = &p->tariff.contract;
    const ohm_lab_frame *f = p->frame;
    int64_t first = ohm_days_from_date(ohm_civil_from_utc(&f->tz, f->when.from_ms).date);
    int64_t last = ohm_days_from_date(ohm_civil_from_utc(&f->tz, f->when.to_ms - 1).date);
    for (int64_t day = first; day <= last; day++) {
        ohm_date date = ohm_date_from_days(day);
        int row = ohm_contract_row(c, date), of = ohm_date_valid(date.year, 2, 29) ? 366 : 365;
        if (row >= 0)
            made->subscription_eur +=
                part_of_day(f, date) * (double)c->rows[row].subscription_ueur_per_year / 1e6 / of;
        ohm_day_code code = ohm_day_code_at(&p->codes, c->codes, day);
        made->red_days += c->codes && code == OHM_DAY_RED;
        made->white_days += c->codes && code == OHM_DAY_WHITE;
    }
}

int ohm_lab_prices(const ohm_lab_frame *frame, const ohm_lab_world *world, ohm_lab_made *made,
                   double *price)
{
    prices *p = calloc(1, sizeof *p);
    if (!p)
        return ohm_cmd_fail("contract", "out of memory", NULL);
    p->frame = frame;
    p->world = world;
    int status = take_contract(p);
    if (status == OHM_EXIT_OK)
        status = take_codes(p);
    if (status == OHM_EXIT_OK)
        status = price_steps(p, made, price);
    if (status == OHM_EXIT_OK) {
        const ohm_contract *c = &p->tariff.contract;
        add_days(p, made);
        (void)snprintf(made->contract, sizeof made->contract, "%s", c->name);
        made->periods_count = c->periods_count;
        memcpy(made->periods, c->periods, sizeof made->periods);
        made->by_market = c->spot_period != OHM_NO_PERIOD;
        made->house.subscribed_kw = (double)c->subscribed_va / 1000;
    }
    free(p);
    return status;
}
