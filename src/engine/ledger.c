#include "engine/ledger.h"

#include "control/invariant.h"
#include "grid/signal.h"

enum {
    METER_CLOCK_SLACK_MS = 10 * OHM_MINUTE_MS, /* a meter's clock further off is not used */
    SILENCE_MINUTES_MAX = 60 * 24 * 60,        /* bounds the products below: 60 days */
    REGISTER_BITS = 50,                        /* registers of 2^50 Wh and more are nonsense */
};

void ohm_ledger_init(ohm_ledger *ledger)
{
    memset(ledger, 0, sizeof *ledger);
    ledger->today.from_ms = OHM_NO_MS;
    ohm_signal_init(&ledger->spot, OHM_SIGNAL_SPOT);
}

void ohm_ledger_rebase(ohm_ledger *ledger, int64_t shift_ms)
{
    ledger->import.mono.v += shift_ms;
    ledger->import.doubt_last_mono.v += shift_ms;
    ledger->export.mono.v += shift_ms;
    ledger->export.doubt_last_mono.v += shift_ms;
}

static bool same_date(ohm_date a, ohm_date b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

/* The calendar costs more than a step of the engine: it is asked once a day. */
static ohm_interval day_of(ohm_ledger *ledger, const ohm_engine_config *config, ohm_ms utc_ms)
{
    if (utc_ms < ledger->day.from_ms || utc_ms >= ledger->day.to_ms) {
        ledger->day = ohm_civil_day(&config->tz, utc_ms);
        ledger->day_date = ohm_civil_from_utc(&config->tz, utc_ms).date;
    }
    return ledger->day;
}

void ohm_ledger_day(ohm_ledger *ledger, const ohm_engine_config *config, ohm_ms utc_ms)
{
    (void)day_of(ledger, config, utc_ms);
    ohm_date date = ledger->day_date;
    if (same_date(date, ledger->today.date))
        return;
    ledger->today = (ohm_engine_today){
        .date = date,
        .from_ms = OHM_NO_MS,
        .has_cost = config->has_contract,
    };
    ledger->cost_neur = 0;
    memset(ledger->quarter_wh, 0, sizeof ledger->quarter_wh);
}

/* --- what prices go by ----------------------------------------------------------------------- */

void ohm_ledger_codes(ohm_ledger *ledger, const ohm_engine_config *config,
                      const ohm_signal_set *days)
{
    const ohm_ledger_worth before = ohm_ledger_worth_of(ledger, config);
    ledger->codes = 0;
    ledger->codes_day = 0;
    for (uint16_t i = 0; i < days->count; i++) {
        ohm_ms at_ms = days->intervals[i].when.from_ms;
        int64_t day = ohm_days_from_date(ohm_civil_from_utc(&config->tz, at_ms).date);
        if (i == 0)
            ledger->codes_day = day;
        int64_t at = 4 * (day - ledger->codes_day);
        if (at >= 4 * OHM_LEDGER_DAYS)
            break;
        ledger->codes &= ~(UINT64_C(15) << at); /* of a day that is told twice the last holds */
        ledger->codes |= (uint64_t)days->intervals[i].level << at;
    }
    ohm_ledger_reprice(ledger, config, &before);
}

ohm_day_code ohm_ledger_code_of(const ohm_ledger *ledger, int64_t day)
{
    int64_t i = day - ledger->codes_day;
    unsigned code = i >= 0 && i < OHM_LEDGER_DAYS ? ledger->codes >> 4 * i & 15 : 0;
    return code < OHM_DAY_CODES_COUNT ? (ohm_day_code)code : OHM_DAY_UNKNOWN;
}

void ohm_ledger_spot(ohm_ledger *ledger, const ohm_engine_config *config,
                     const ohm_signal_set *prices)
{
    const ohm_ledger_worth before = ohm_ledger_worth_of(ledger, config);
    ledger->spot = *prices;
    ohm_ledger_reprice(ledger, config, &before);
}

/* --- registers ---------------------------------------------------------------------------- */

/* The most a register can have moved: what the site can draw, and the coarseness of meters. The
 * longer of the two clocks counts: the wall clock may have been put back. */
static int64_t step_wh_max(const ohm_engine_config *config, int64_t mono_ms, int64_t utc_ms)
{
    int64_t span_ms = mono_ms > utc_ms ? mono_ms : utc_ms;
    int64_t minutes = span_ms > 0 ? span_ms / OHM_MINUTE_MS + 1 : 1;
    if (minutes > SILENCE_MINUTES_MAX)
        minutes = SILENCE_MINUTES_MAX;
    return OHM_LEDGER_STEP_WH + config->power_w_max * minutes / 60;
}

typedef struct reading {
    ohm_ms time_ms;
    ohm_mono_ms mono;
    int64_t wh;
} reading;

static bool follows(const ohm_engine_config *config, const reading *from, const reading *to)
{
    int64_t most_wh =
        step_wh_max(config, ohm_mono_since(to->mono, from->mono), to->time_ms - from->time_ms);
    return to->wh >= from->wh && to->wh - from->wh <= most_wh;
}

static reading believed(const ohm_register *reg)
{
    return (reading){ reg->time_ms, reg->mono, reg->wh };
}

static void believe(ohm_register *reg, const reading *now)
{
    reg->known = true;
    reg->time_ms = now->time_ms;
    reg->mono = now->mono;
    reg->wh = now->wh;
    reg->doubted = false;
}

static void doubt(ohm_register *reg, const reading *now)
{
    reg->doubted = true;
    reg->confirmations = 1;
    reg->doubt_ms = now->time_ms;
    reg->doubt_wh = now->wh;
    reg->doubt_last_wh = now->wh;
    reg->doubt_last_mono = now->mono;
    reg->doubt_last_ms = now->time_ms;
}

/* What a reading turned out to be. */
typedef enum verdict {
    VERDICT_FIRST,    /* nothing was known before */
    VERDICT_NEXT,     /* follows what is believed */
    VERDICT_DOUBTED,  /* contests it, for the first time */
    VERDICT_WAITING,  /* contests it again, not often enough */
    VERDICT_REPLACED, /* has contested it often enough */
} verdict;

static verdict judge(const ohm_register *reg, const ohm_engine_config *config, const reading *now)
{
    if (!reg->known)
        return VERDICT_FIRST;
    reading last = believed(reg);
    if (follows(config, &last, now))
        return VERDICT_NEXT;
    reading contest = { reg->doubt_last_ms, reg->doubt_last_mono, reg->doubt_last_wh };
    if (!reg->doubted || !follows(config, &contest, now))
        return VERDICT_DOUBTED;
    return reg->confirmations + 1 < OHM_LEDGER_CONFIRMATIONS ? VERDICT_WAITING : VERDICT_REPLACED;
}

static void add_notice(ohm_ledger_notices *notices, ohm_notice notice, ohm_quantity_id quantity,
                       int64_t detail)
{
    assert(notices->count < OHM_LEDGER_NOTICES_MAX);
    notices->items[notices->count++] = (ohm_ledger_notice){ notice, quantity, detail };
}

/* Takes a reading in. True, with the step from the last believed reading, if it is believed;
 * from_ms is OHM_NO_MS when there was none before it. */
static bool take(ohm_register *reg, const ohm_engine_config *config, ohm_quantity_id quantity,
                 const reading *now, reading *ret_from, ohm_ledger_notices *notices)
{
    const ohm_register before = *reg;
    verdict v = judge(reg, config, now);
    if (v == VERDICT_WAITING) {
        reg->confirmations++;
        reg->doubt_last_wh = now->wh;
        reg->doubt_last_mono = now->mono;
        reg->doubt_last_ms = now->time_ms;
        return false;
    }
    if (v == VERDICT_DOUBTED) {
        bool down = now->wh < reg->wh;
        doubt(reg, now);
        if (before.doubted)
            return false; /* yet another level: one notice for all of them */
        add_notice(notices, down ? OHM_NOTICE_REGISTER_BACKWARDS : OHM_NOTICE_REGISTER_JUMP,
                   quantity, down ? before.wh - now->wh : now->wh - before.wh);
        return false;
    }
    *ret_from = v == VERDICT_NEXT ? believed(&before) : *now;
    if (v == VERDICT_FIRST)
        ret_from->time_ms = OHM_NO_MS;
    if (v == VERDICT_REPLACED) {
        *ret_from = (reading){ before.doubt_ms, before.doubt_last_mono, before.doubt_wh };
        add_notice(notices, OHM_NOTICE_REGISTER_ACCEPTED, quantity, now->wh);
    }
    believe(reg, now);
    OHM_INVARIANT("a register never goes down silently",
                  !before.known || now->wh >= before.wh || notices->count > 0);
    return true;
}

/* --- the day ------------------------------------------------------------------------------ */

/* Whether what was counted since `from_ms` belongs to the day of midnight `day_ms`. */
static bool counts_for(ohm_ms from_ms, ohm_ms day_ms)
{
    return from_ms != OHM_NO_MS && from_ms >= day_ms - OHM_LEDGER_BORDER_MS;
}

/* The first reading that counts for a day: is it near enough to midnight to be the whole of it? */
static void open_day(ohm_engine_today *today, ohm_ms first_ms, ohm_ms day_ms)
{
    today->known = true;
    today->complete = first_ms <= day_ms + OHM_LEDGER_BORDER_MS;
    today->from_ms = today->complete ? day_ms : first_ms;
}

static void import(ohm_ledger *ledger, const ohm_engine_config *config, const reading *now,
                   ohm_ledger_notices *notices)
{
    ohm_engine_today *today = &ledger->today;
    reading from;
    uint8_t notices_before = notices->count;
    if (!take(&ledger->import, config, OHM_Q_ENERGY_IMPORT, now, &from, notices))
        return;
    ohm_ms day_ms = day_of(ledger, config, now->time_ms).from_ms;
    bool counts = counts_for(from.time_ms, day_ms);
    if (!today->known)
        open_day(today, counts ? from.time_ms : now->time_ms, day_ms);
    if (notices->count > notices_before)
        today->complete = false; /* another meter: what came before it is not known */
    if (!counts)
        return;
    int64_t wh = now->wh - from.wh;
    today->import_wh += wh;
    ohm_interval over = { from.time_ms, now->time_ms };
    if (over.from_ms >= over.to_ms) /* the wall clock was put back: the price of now */
        over = (ohm_interval){ now->time_ms, now->time_ms + 1 };
    ohm_ledger_charge(ledger, config, over, wh);
}

static void export(ohm_ledger *ledger, const ohm_engine_config *config, const reading *now,
                   ohm_ledger_notices *notices)
{
    reading from;
    if (!take(&ledger->export, config, OHM_Q_ENERGY_EXPORT, now, &from, notices))
        return;
    if (counts_for(from.time_ms, day_of(ledger, config, now->time_ms).from_ms))
        ledger->today.export_wh += now->wh - from.wh;
}

/* The value of a register in a frame, if it can be decided upon. */
static bool find(const ohm_frame *frame, ohm_quantity_id quantity, int64_t *ret_wh)
{
    for (uint16_t i = 0; i < frame->count; i++) {
        const ohm_value *v = &frame->values[i];
        bool sound = v->quality == OHM_QUALITY_GOOD || v->quality == OHM_QUALITY_UNAUTHENTICATED;
        if (v->quantity == quantity && sound && v->value >= 0 &&
            v->value < INT64_C(1) << REGISTER_BITS) {
            *ret_wh = v->value;
            return true;
        }
    }
    return false;
}

/* The meter's time, unless its clock is far off or on the other side of midnight: one day has
 * one border, ours. */
static ohm_ms reading_time(ohm_ledger *ledger, const ohm_engine_config *config, ohm_ms meter_ms,
                           ohm_ms utc_ms)
{
    ohm_interval day = day_of(ledger, config, utc_ms);
    bool near =
        meter_ms >= utc_ms - METER_CLOCK_SLACK_MS && meter_ms <= utc_ms + METER_CLOCK_SLACK_MS;
    return near && meter_ms >= day.from_ms && meter_ms < day.to_ms ? meter_ms : utc_ms;
}

void ohm_ledger_frame(ohm_ledger *ledger, const ohm_engine_config *config, const ohm_event *event,
                      ohm_ledger_notices *ret_notices)
{
    const ohm_frame *frame = event->frame;
    reading now = { reading_time(ledger, config, frame->time_ms, event->utc_ms), event->mono, 0 };

    ret_notices->count = 0;
    ohm_ledger_day(ledger, config, event->utc_ms);
    if (find(frame, OHM_Q_ENERGY_IMPORT, &now.wh))
        import(ledger, config, &now, ret_notices);
    if (find(frame, OHM_Q_ENERGY_EXPORT, &now.wh))
        export(ledger, config, &now, ret_notices);
}
