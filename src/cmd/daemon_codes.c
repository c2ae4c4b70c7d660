/* The codes of days: the shipped calendars, with what the store remembers and what the sources and
 * the meter say laid over them. The loop writes them; the store's thread reads them, too, where
 * the energy ledger cuts days. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "grid/source.h"
#include "grid/tempo.h"
#include "host/clock.h"
#include "host/log.h"
#include "tariff/use_csv.h"
#include "web/day_codes.h"

enum {
    NOBODY = UINT8_MAX,
    CLOCKS_MS = 10 * OHM_MINUTE_MS, /* a meter's clock is not further from ours */
};

struct ohm_daemon_codes {
    pthread_mutex_t lock; /* of the codes */
    uint8_t codes[OHM_CALENDARS_COUNT][OHM_CODES_DAYS];
    uint8_t rank[OHM_CALENDARS_COUNT][OHM_CODES_DAYS]; /* who said it; the loop's own */
    uint64_t fed; /* what the engine was told of the days around now; 0: nothing yet */
    int64_t fed_day;
    ohm_ms spot_day; /* likewise of the market's prices of that day; 0: nothing yet */
    uint64_t spot_mark;
    ohm_ms border_ms; /* where the period of the tariff may change next; 0: not looked yet */
};

/* --- the codes ------------------------------------------------------------------------------ */

/* False: somebody better said something else, or nothing is new. */
static bool put(ohm_daemon_codes *c, ohm_calendar calendar, ohm_date date, ohm_day_code code,
                int32_t rank)
{
    int64_t at = ohm_days_from_date(date) - ohm_codes_first_day();
    if (at < 0 || at >= OHM_CODES_DAYS || !(1 << code & ohm_calendar_bits(calendar)) ||
        rank > c->rank[calendar][at])
        return false;
    bool same = c->codes[calendar][at] == code && c->rank[calendar][at] == rank;
    pthread_mutex_lock(&c->lock);
    c->codes[calendar][at] = (uint8_t)code;
    pthread_mutex_unlock(&c->lock);
    c->rank[calendar][at] = (uint8_t)rank;
    return !same;
}

typedef struct loading {
    ohm_daemon_codes *codes;
    ohm_calendar calendar;
} loading;

static bool load_day(void *ctx, const ohm_day_said *said)
{
    const loading *l = ctx;
    (void)put(l->codes, l->calendar, said->date, ohm_day_code_of(said->code), said->rank);
    return true;
}

ohm_err ohm_daemon_codes_start(ohm_daemon *d)
{
    ohm_daemon_codes *c = calloc(1, sizeof *c);
    if (!c)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    int failed = pthread_mutex_init(&c->lock, NULL);
    assert(!failed);
    (void)failed;
    d->codes = c;
    memset(c->rank, NOBODY, sizeof c->rank);
    for (int k = 0; k < OHM_CALENDARS_COUNT; k++) {
        if (!ohm_daemon_calendar((ohm_calendar)k, c->codes[k]))
            return ohm_fail(OHM_BAD_FORMAT, 0, "a shipped calendar can't be read");
        for (int i = 0; i < OHM_CODES_DAYS; i++)
            if (c->codes[k][i] != OHM_DAY_UNKNOWN)
                c->rank[k][i] = OHM_RANK_OPERATOR;
    }
    return ohm_ok();
}

ohm_err ohm_daemon_codes_load(ohm_daemon *d, ohm_reader *reader)
{
    const ohm_date last = ohm_date_from_days(ohm_codes_first_day() + OHM_CODES_DAYS - 1);
    for (int k = 0; k < OHM_CALENDARS_COUNT; k++) {
        loading l = { d->codes, (ohm_calendar)k };
        OHM_TRY(ohm_said_days(reader, ohm_calendar_name((ohm_calendar)k),
                              (ohm_date){ OHM_CODES_FIRST_YEAR, 1, 1 }, last, load_day, &l));
    }
    return ohm_ok();
}

void ohm_daemon_codes_free(ohm_daemon *d)
{
    if (d->codes)
        pthread_mutex_destroy(&d->codes->lock);
    free(d->codes);
    d->codes = NULL;
}

void ohm_daemon_codes_read(const ohm_daemon *d, ohm_calendar calendar, int64_t first_day,
                           uint8_t *out, size_t count)
{
    ohm_daemon_codes *c = d->codes;
    int64_t at = first_day - ohm_codes_first_day();
    memset(out, OHM_DAY_UNKNOWN, count);
    if (calendar == OHM_CALENDARS_COUNT)
        return;
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < count; i++, at++)
        if (at >= 0 && at < OHM_CODES_DAYS)
            out[i] = c->codes[calendar][at];
    pthread_mutex_unlock(&c->lock);
}

/* On the loop, which alone writes them. */
static ohm_day_codes codes_of(const ohm_daemon *d)
{
    return (ohm_day_codes){
        .first_day = ohm_codes_first_day(),
        .count = OHM_CODES_DAYS,
        .codes = d->codes->codes[OHM_CALENDAR_TEMPO],
        .also = d->codes->codes[OHM_CALENDAR_EJP],
    };
}

/* --- what is said --------------------------------------------------------------------------- */

static void said(ohm_daemon *d, ohm_calendar calendar, ohm_date date, ohm_day_code code,
                 const char *source, ohm_rank rank)
{
    if (!put(d->codes, calendar, date, code, (int32_t)rank))
        return;
    ohm_interval day = ohm_date_interval(&d->config->tz, date);
    ohm_day_said row = {
        .date = date,
        .rank = (int32_t)rank,
        .when = { day.from_ms, day.to_ms + 12 * OHM_HOUR_MS }, /* into the next morning */
        .said_ms = ohm_clock_utc(),
    };
    (void)snprintf(row.calendar, sizeof row.calendar, "%s", ohm_calendar_name(calendar));
    (void)snprintf(row.code, sizeof row.code, "%s", ohm_day_code_name(code));
    (void)snprintf(row.source, sizeof row.source, "%s", source);
    if (ohm_store_day(d->store, &row) != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "code of a day not stored source=%s", source);
}

static void tempo_said(ohm_daemon *d, ohm_date date, int64_t colour, const char *source,
                       ohm_rank rank)
{
    if (colour >= OHM_COLOUR_BLUE && colour <= OHM_COLOUR_RED)
        said(d, OHM_CALENDAR_TEMPO, date, (ohm_day_code)(colour - OHM_COLOUR_BLUE + OHM_DAY_BLUE),
             source, rank);
}

void ohm_daemon_codes_frame(ohm_daemon *d, const ohm_frame *frame)
{
    const ohm_ms now_ms = ohm_clock_utc();
    ohm_date today = ohm_tempo_date(&d->config->tz, now_ms);
    ohm_interval day = ohm_tempo_day(&d->config->tz, today);
    /* The meter turns the page by its own clock: around ours nobody knows which day it means. */
    bool sure = now_ms >= day.from_ms + CLOCKS_MS && now_ms < day.to_ms - CLOCKS_MS;
    for (int i = 0; sure && i < frame->count && d->clock_set; i++) {
        const ohm_value *v = &frame->values[i];
        bool tomorrow = v->quantity == OHM_Q_TEMPO_TOMORROW;
        bool sound = v->quality == OHM_QUALITY_GOOD || v->quality == OHM_QUALITY_UNAUTHENTICATED;
        if ((!tomorrow && v->quantity != OHM_Q_TEMPO_TODAY) || !sound)
            continue;
        ohm_date date = ohm_date_from_days(ohm_days_from_date(today) + tomorrow);
        tempo_said(d, date, v->value, d->devices[frame->device].id, OHM_RANK_METER);
    }
    ohm_daemon_codes_feed(d);
}

/* 1 EUR/MWh is 10^6 nEUR/kWh; false: nothing that a market would say. */
static bool spot_of(const ohm_segment *segment, int64_t *ret_neur)
{
    int64_t neur = segment->mantissa;
    int32_t exponent = segment->exponent + 6;
    for (; exponent > 0; exponent--)
        if (__builtin_mul_overflow(neur, 10, &neur))
            return false;
    for (; exponent < -1; exponent++)
        neur /= 10;
    if (exponent == -1)
        neur = (neur + (neur < 0 ? -5 : 5)) / 10;
    *ret_neur = neur;
    return neur >= -OHM_SPOT_NEUR_MAX && neur <= OHM_SPOT_NEUR_MAX;
}

static void spot_said(ohm_daemon *d, const ohm_segment *segment, const char *name, ohm_rank rank)
{
    ohm_spot_said row = { .rank = (int32_t)rank,
                          .when = segment->when,
                          .said_ms = ohm_clock_utc() };
    (void)snprintf(row.source, sizeof row.source, "%s", name);
    if (spot_of(segment, &row.neur_per_kwh) && ohm_store_spot(d->store, &row) != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "price not stored source=%s", name);
}

bool ohm_daemon_is_market(ohm_source source, ohm_segment_unit unit)
{
    ohm_topic topic = ohm_source_of(source)->topic;
    bool by_unit = source == OHM_SOURCE_GENERIC || source == OHM_SOURCE_OPENADR;
    return (topic == OHM_TOPIC_PRICE || by_unit) && source != OHM_SOURCE_TIBBER &&
           unit == OHM_UNIT_EUR_PER_MWH;
}

void ohm_daemon_codes_signal(ohm_daemon *d, ohm_source source, const char *name, const ohm_tz *tz,
                             const ohm_answer *answer)
{
    const ohm_source_row *row = ohm_source_of(source);
    for (size_t i = 0; i < answer->count; i++) {
        const ohm_segment *s = &answer->segments[i];
        bool whole = s->exponent == 0;
        ohm_civil local = ohm_civil_from_utc(tz, s->when.from_ms);
        if (row->topic == OHM_TOPIC_COLOUR && whole)
            tempo_said(d, ohm_tempo_date(tz, s->when.from_ms), s->mantissa, name, row->rank);
        else if (row->topic == OHM_TOPIC_EJP && whole && local.hour == 7) /* the peak's begin */
            said(d, OHM_CALENDAR_EJP, local.date, s->mantissa ? OHM_DAY_PEAK : OHM_DAY_NORMAL, name,
                 row->rank);
        else if (ohm_daemon_is_market(source, answer->unit))
            spot_said(d, s, name, row->rank);
    }
}

/* --- what the engine knows ------------------------------------------------------------------- */

/* The codes of yesterday to the day after tomorrow, where they are not what it was told. */
void ohm_daemon_codes_feed(ohm_daemon *d)
{
    enum { AROUND = 4 };
    ohm_daemon_codes *c = d->codes;
    ohm_calendar calendar = ohm_calendar_of(&d->config->contract);
    if (!d->config->has_contract || !d->clock_set || calendar == OHM_CALENDARS_COUNT)
        return;
    uint8_t codes[AROUND];
    int64_t first =
        ohm_days_from_date(ohm_civil_from_utc(&d->config->tz, ohm_clock_utc()).date) - 1;
    ohm_daemon_codes_read(d, calendar, first, codes, AROUND);
    uint64_t packed = 1;
    for (int i = 0; i < AROUND; i++)
        packed = packed << 4 | codes[i];
    if (packed == c->fed && first == c->fed_day)
        return;
    ohm_signal_set *set = calloc(1, sizeof *set);
    if (!set)
        return; /* the next tick tries again */
    set->kind = OHM_SIGNAL_DAYS;
    set->made_ms = OHM_NO_MS;
    set->fetched_ms = ohm_clock_utc();
    for (int i = 0; i < AROUND; i++)
        set->intervals[set->count++] =
            (ohm_signal_interval){ ohm_date_interval(&d->config->tz, ohm_date_from_days(first + i)),
                                   codes[i] };
    c->fed = packed;
    c->fed_day = first;
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = set });
    free(set);
}

void ohm_daemon_codes_forget(ohm_daemon *d)
{
    d->codes->fed = 0;
    d->codes->border_ms = 0;
    d->codes->spot_day = 0;
}

/* The market's prices of today, in µEUR/kWh. */
static void collect_spot(const ohm_daemon *d, ohm_interval day, ohm_signal_set *out)
{
    enum { STEP_MS = 15 * OHM_MINUTE_MS };
    ohm_ms at_ms = day.from_ms;
    while (at_ms < day.to_ms && out->count < OHM_SIGNAL_INTERVALS_MAX) {
        const ohm_segment *segment = ohm_daemon_spot_at(d, at_ms);
        int64_t neur;
        if (!segment || !spot_of(segment, &neur)) {
            at_ms += STEP_MS;
            continue;
        }
        int64_t half = neur < 0 ? -500 : 500;
        ohm_interval when = { at_ms, segment->when.to_ms };
        out->intervals[out->count++] =
            (ohm_signal_interval){ when, (int32_t)((neur + half) / 1000) };
        at_ms = when.to_ms;
    }
}

/* Tells the engine, if they are not what it was told. */
static void feed_spot(ohm_daemon *d)
{
    ohm_daemon_codes *c = d->codes;
    ohm_ms now_ms = ohm_clock_utc();
    ohm_interval day = ohm_civil_day(&d->config->tz, now_ms);
    ohm_signal_set set = { .kind = OHM_SIGNAL_SPOT, .made_ms = OHM_NO_MS, .fetched_ms = now_ms };
    collect_spot(d, day, &set);
    uint64_t mark = 1;
    for (uint16_t i = 0; i < set.count; i++) {
        mark = mark * 1099511628211u ^ (uint64_t)set.intervals[i].when.from_ms;
        mark = mark * 1099511628211u ^ (uint32_t)set.intervals[i].level;
    }
    if (mark == c->spot_mark && day.from_ms == c->spot_day)
        return;
    c->spot_mark = mark;
    c->spot_day = day.from_ms;
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = &set });
}

/* --- the price of now, and the next border ---------------------------------------------------- */

/* The spot price of an instant, all in. */
static ohm_code spot_price(const ohm_daemon *d, ohm_ms at_ms, ohm_price *out)
{
    const ohm_contract *contract = &d->config->contract;
    const ohm_segment *segment = ohm_daemon_spot_at(d, at_ms);
    int64_t neur;
    if (contract->spot_period == OHM_NO_PERIOD || !segment || !spot_of(segment, &neur))
        return OHM_GAP;
    const ohm_day_codes codes = codes_of(d);
    ohm_ms border_ms = ohm_contract_border(contract, &d->config->tz, &codes, at_ms);
    *out = (ohm_price){ .period = contract->spot_period,
                        .ueur_per_kwh = ohm_spot_all_in(&contract->spot, neur) / 1000,
                        .until_ms =
                            segment->when.to_ms < border_ms ? segment->when.to_ms : border_ms };
    return OHM_OK;
}

ohm_code ohm_daemon_price(const ohm_daemon *d, ohm_ms at_ms, ohm_price *out)
{
    const ohm_day_codes codes = codes_of(d);
    ohm_code code = ohm_contract_price(&d->config->contract, &d->config->tz, &codes, at_ms, out);
    return code == OHM_UNSUPPORTED ? spot_price(d, at_ms, out) : code;
}

static void committed(void *ctx, ohm_err result)
{
    (void)ctx;
    (void)result; /* a disk that refuses says so by on_health, and it is tried again */
}

void ohm_daemon_codes_tick(ohm_daemon *d)
{
    ohm_ms now_ms = ohm_clock_utc();
    ohm_daemon_codes *c = d->codes;
    ohm_daemon_codes_feed(d);
    if (!d->config->has_contract || !d->clock_set)
        return;
    if (d->config->contract.spot_period != OHM_NO_PERIOD)
        feed_spot(d);
    bool passed = c->border_ms && now_ms >= c->border_ms;
    if (passed && ohm_store_commit(d->store, committed, d) != OHM_OK)
        return; /* the next tick asks again */
    const ohm_day_codes codes = codes_of(d);
    if (passed || !c->border_ms || c->border_ms - now_ms > 25 * OHM_HOUR_MS)
        c->border_ms = ohm_contract_border(&d->config->contract, &d->config->tz, &codes, now_ms);
}
