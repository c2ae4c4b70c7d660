#include "tariff/bill.h"

#include <string.h>

#include "tariff/bill_own.h"

int64_t ohm_cents_of_peur(int64_t peur)
{
    int64_t half = peur < 0 ? -CENT_PEUR / 2 : CENT_PEUR / 2;
    return peur / CENT_PEUR + (peur % CENT_PEUR + half) / CENT_PEUR;
}

ohm_err ohm_bill_fail(ohm_bill_making *m, ohm_code code, const char *what, ohm_ms at_ms)
{
    m->bill->fault_ms = at_ms;
    return ohm_fail(code, 0, what);
}

/* --- segments ------------------------------------------------------------------------------- */

static int days_of_month(ohm_date date)
{
    int64_t first = ohm_days_from_date((ohm_date){ date.year, date.month, 1 });
    ohm_date next = { (int16_t)(date.year + date.month / 12), (uint8_t)(date.month % 12 + 1), 1 };
    return (int)(ohm_days_from_date(next) - first);
}

/* A day's share of what a year (or a twelfth of it a month) costs. */
static int64_t share_of(const ohm_contract *c, ohm_date date)
{
    if (c->months_alike)
        return MONTH_SHARES / days_of_month(date);
    return YEARS_LCM / (ohm_date_valid(date.year, 2, 29) ? 366 : 365);
}

static bool by_months(const ohm_contract *c)
{
    return c->professional.reactive_ueur_per_kvarh || c->professional.overrun_ueur_per_kva;
}

static uint32_t charges_on(const ohm_contract *c, int64_t day)
{
    uint32_t bits = 0;
    for (uint8_t i = 0; i < c->charges_count; i++) {
        const ohm_charge *charge = &c->charges[i];
        bool begun = !charge->from.year || ohm_days_from_date(charge->from) <= day;
        bool ended = charge->to.year && ohm_days_from_date(charge->to) <= day;
        if (begun && !ended)
            bits |= 1U << i;
    }
    return bits;
}

static ohm_err add_segment(ohm_bill_making *m, ohm_date date, ohm_ms from_ms)
{
    const ohm_contract *c = m->c;
    int8_t row = (int8_t)ohm_contract_row(c, date), vat = (int8_t)ohm_contract_vat(c, date);
    uint32_t charges = charges_on(c, ohm_days_from_date(date));
    ohm_bill_segment *last = m->count ? &m->segments[m->count - 1] : NULL;
    if (row < 0)
        return ohm_bill_fail(m, OHM_RANGE, "the contract has no price yet", from_ms);
    bool same = last && last->row == row && last->vat == vat && last->charges == charges;
    if (same && !(by_months(c) && date.day == 1))
        return ohm_ok();
    if (m->count == SEGMENTS_MAX)
        return ohm_bill_fail(m, OHM_TOO_BIG, "too many prices for one bill", from_ms);
    if (last)
        last->when.to_ms = from_ms;
    m->segments[m->count++] = (ohm_bill_segment){
        .when = { from_ms, m->q->period.to_ms },
        .row = row,
        .vat = vat,
        .charges = charges,
        .export_mwh = OHM_NO_USE,
    };
    return ohm_ok();
}

/* Day by day: which stretches there are, and the days that the subscription counts. */
static ohm_err make_segments(ohm_bill_making *m)
{
    ohm_interval period = m->q->period;
    int64_t day = ohm_days_from_date(ohm_civil_from_utc(m->q->tz, period.from_ms).date);
    for (;; day++) {
        ohm_date date = ohm_date_from_days(day);
        ohm_interval when = ohm_date_interval(m->q->tz, date);
        if (when.from_ms >= period.to_ms)
            return ohm_ok();
        OHM_TRY(
            add_segment(m, date, when.from_ms < period.from_ms ? period.from_ms : when.from_ms));
        ohm_bill_segment *s = &m->segments[m->count - 1];
        if (when.from_ms < period.from_ms)
            continue;
        s->days++;
        s->shares += share_of(m->c, date);
        m->bill->unverified_days += m->c->rows[s->row].unverified;
        if (m->c->superseded.year && day >= ohm_days_from_date(m->c->superseded))
            m->bill->superseded = true;
        if (m->c->codes && ohm_day_code_known(m->q->codes, m->c->codes, day) == OHM_DAY_UNKNOWN &&
            ohm_day_code_at(m->q->codes, m->c->codes, day) != OHM_DAY_UNKNOWN)
            m->bill->assumed_days++;
    }
}

/* --- energy --------------------------------------------------------------------------------- */

/* all × part / whole, part within 0..whole; exact at both ends, and never falling. */
int64_t ohm_bill_share(int64_t all, int64_t part, int64_t whole)
{
    while (whole > INT32_MAX) { /* longer than 24 days: to two ms, four, … */
        part >>= 1;
        whole >>= 1;
    }
    if (part >= whole)
        return all;
    return all / whole * part + all % whole * part / whole;
}

static bool add_peur(int64_t *sum, int64_t mwh, int64_t neur_per_kwh)
{
    /* mWh × nEUR/kWh is 10^-15 EUR: thousandths of a pEUR. */
    int64_t product;
    if (__builtin_mul_overflow(mwh, neur_per_kwh / 1000, &product))
        return false;
    int64_t rest = mwh / 1000 * (neur_per_kwh % 1000);
    rest += mwh % 1000 * (neur_per_kwh % 1000) / 1000;
    return !__builtin_add_overflow(*sum, product, sum) && !__builtin_add_overflow(*sum, rest, sum);
}

static int64_t by_ppm(int64_t neur, int64_t ppm)
{
    int64_t product = neur * ppm, half = product < 0 ? -MICRO / 2 : MICRO / 2;
    return (product + half) / MICRO;
}

int64_t ohm_spot_all_in(const ohm_spot_terms *terms, int64_t neur)
{
    /* Market prices stay within ±10 EUR/kWh, factors within 100: the products are below 2^63. */
    int64_t priced = by_ppm(neur, terms->factor_ppm);
    priced += by_ppm(priced, terms->loss_ppm);
    return priced + (terms->fee_ueur_per_kwh + terms->tax_ueur_per_kwh) * 1000;
}

/* Spot energy over [from, to), each price for its time. */
static ohm_err add_spot(ohm_bill_making *m, ohm_bill_segment *s, ohm_interval when, int64_t mwh)
{
    const ohm_bill_request *q = m->q;
    int64_t done_mwh = 0;
    ohm_ms at_ms = when.from_ms;
    while (at_ms < when.to_ms) {
        while (m->spot < q->spots_count && q->spots[m->spot].when.to_ms <= at_ms)
            m->spot++;
        if (m->spot == q->spots_count || q->spots[m->spot].when.from_ms > at_ms)
            return ohm_bill_fail(m, OHM_GAP, "no spot price is known", at_ms);
        const ohm_spot_price *spot = &q->spots[m->spot];
        ohm_ms end_ms = spot->when.to_ms < when.to_ms ? spot->when.to_ms : when.to_ms;
        int64_t upto = ohm_bill_share(mwh, end_ms - when.from_ms, when.to_ms - when.from_ms);
        int64_t neur = ohm_spot_all_in(&m->c->spot, spot->neur_per_kwh);
        if (!add_peur(&s->spot_peur, upto - done_mwh, neur))
            return ohm_bill_fail(m, OHM_TOO_BIG, "the amount is too large", at_ms);
        done_mwh = upto;
        at_ms = end_ms;
    }
    return ohm_ok();
}

static ohm_err add_part(ohm_bill_making *m, ohm_interval when, uint8_t period, int64_t mwh)
{
    ohm_bill_segment *s = &m->segments[m->at];
    if (period == OHM_NO_PERIOD)
        return ohm_bill_fail(m, OHM_GAP, "the colour of the day is not known", when.from_ms);
    if (__builtin_add_overflow(s->period_mwh[period], mwh, &s->period_mwh[period]) ||
        __builtin_add_overflow(s->import_mwh, mwh, &s->import_mwh))
        return ohm_bill_fail(m, OHM_TOO_BIG, "the energy is too large", when.from_ms);
    if (m->flags & OHM_USE_ESTIMATED)
        s->estimated_mwh[period] += mwh; /* a part of what fitted */
    return period == m->c->spot_period ? add_spot(m, s, when, mwh) : ohm_ok();
}

/* Moves on to the day and the segment of an instant. */
void ohm_bill_move_to(ohm_bill_making *m, ohm_ms at_ms)
{
    if (at_ms >= m->plan.day.to_ms || at_ms < m->plan.day.from_ms)
        ohm_contract_day(m->c, m->q->tz, m->q->codes, ohm_civil_from_utc(m->q->tz, at_ms).date,
                         &m->plan);
    while (m->at > 0 && at_ms < m->segments[m->at].when.from_ms)
        m->at--;
    while (at_ms >= m->segments[m->at].when.to_ms) {
        assert(m->at + 1 < m->count);
        m->at++;
    }
}

/* The energy of [from, to), a part of a use or all of it. */
static ohm_err add_import(ohm_bill_making *m, ohm_interval when, int64_t mwh)
{
    int64_t done_mwh = 0;
    ohm_ms at_ms = when.from_ms;
    unsigned parts = 0;
    while (at_ms < when.to_ms) {
        ohm_bill_move_to(m, at_ms);
        uint16_t i = 0;
        while (i + 1 < m->plan.count && m->plan.pieces[i + 1].from_ms <= at_ms)
            i++;
        ohm_ms end_ms = i + 1 < m->plan.count ? m->plan.pieces[i + 1].from_ms : m->plan.day.to_ms;
        if (end_ms > when.to_ms)
            end_ms = when.to_ms;
        int64_t upto = ohm_bill_share(mwh, end_ms - when.from_ms, when.to_ms - when.from_ms);
        OHM_TRY(add_part(m, (ohm_interval){ at_ms, end_ms }, m->plan.pieces[i].period,
                         upto - done_mwh));
        done_mwh = upto;
        at_ms = end_ms;
        parts++;
    }
    m->shared |= parts > 1;
    return ohm_ok();
}

/* The energy of a register of one period: only prices and taxes that change split it. */
static ohm_err add_counted(ohm_bill_making *m, ohm_interval when, uint8_t period, int64_t mwh)
{
    int64_t done_mwh = 0;
    ohm_ms at_ms = when.from_ms;
    if (period >= m->c->periods_count)
        return ohm_bill_fail(m, OHM_UNKNOWN, "a register is of no period of the contract", at_ms);
    for (unsigned parts = 0; at_ms < when.to_ms; parts++) {
        ohm_bill_move_to(m, at_ms);
        ohm_ms end_ms = m->segments[m->at].when.to_ms;
        if (end_ms > when.to_ms)
            end_ms = when.to_ms;
        int64_t upto = ohm_bill_share(mwh, end_ms - when.from_ms, when.to_ms - when.from_ms);
        OHM_TRY(add_part(m, (ohm_interval){ at_ms, end_ms }, period, upto - done_mwh));
        m->shared |= parts == 1;
        done_mwh = upto;
        at_ms = end_ms;
    }
    return ohm_ok();
}

/* What was injected, each part in the stretch of its price. */
static ohm_err add_export(ohm_bill_making *m, ohm_interval when, int64_t mwh)
{
    int64_t done_mwh = 0;
    for (ohm_ms at_ms = when.from_ms; at_ms < when.to_ms;) {
        ohm_bill_move_to(m, at_ms);
        ohm_bill_segment *s = &m->segments[m->at];
        ohm_ms end_ms = s->when.to_ms < when.to_ms ? s->when.to_ms : when.to_ms;
        int64_t upto = ohm_bill_share(mwh, end_ms - when.from_ms, when.to_ms - when.from_ms);
        if (s->export_mwh == OHM_NO_USE)
            s->export_mwh = 0;
        if (__builtin_add_overflow(s->export_mwh, upto - done_mwh, &s->export_mwh))
            return ohm_bill_fail(m, OHM_TOO_BIG, "the energy is too large", at_ms);
        m->shared |= end_ms < when.to_ms;
        done_mwh = upto;
        at_ms = end_ms;
    }
    return ohm_ok();
}

static void note_gap(ohm_bill_making *m, ohm_ms from_ms, ohm_ms to_ms)
{
    if (from_ms >= to_ms)
        return;
    if (!m->bill->gaps_count++)
        m->bill->gap_ms = from_ms;
    m->bill->missing_ms += to_ms - from_ms;
}

/* What is not as it was measured must be said. */
static void note_flags(ohm_bill_making *m, ohm_interval when, int64_t mwh)
{
    ohm_bill *bill = m->bill;
    if (m->flags & OHM_USE_ESTIMATED) {
        bill->estimated_ms += when.to_ms - when.from_ms;
        bill->estimated_mwh += mwh; /* a part of import_mwh, which fitted */
        if (bill->estimated_from_ms == OHM_NO_MS)
            bill->estimated_from_ms = when.from_ms;
    }
    if (m->flags & OHM_USE_CHANGED && !bill->meter_changes++)
        bill->change_ms = when.from_ms;
    if (m->flags & OHM_USE_STRAY && !bill->strays++)
        bill->stray_ms = when.from_ms;
}

/* The share of a quantity that a use's part inside the period has. */
static int64_t trimmed(const ohm_use *use, ohm_interval when, int64_t all)
{
    int64_t span = use->to_ms - use->from_ms;
    if (all == OHM_NO_USE || when.to_ms - when.from_ms == span)
        return all;
    return ohm_bill_share(all, when.to_ms - use->from_ms, span) -
           ohm_bill_share(all, when.from_ms - use->from_ms, span);
}

static ohm_err add_use(ohm_bill_making *m, const ohm_use *use)
{
    ohm_interval period = m->q->period, when = { use->from_ms, use->to_ms };
    if (when.to_ms <= period.from_ms || when.from_ms >= period.to_ms ||
        use->import_mwh == OHM_NO_USE)
        return ohm_ok();
    if (when.from_ms < period.from_ms)
        when.from_ms = period.from_ms;
    if (when.to_ms > period.to_ms)
        when.to_ms = period.to_ms;
    m->shared = when.from_ms != use->from_ms || when.to_ms != use->to_ms;
    ohm_use part = *use;
    part.from_ms = when.from_ms;
    part.to_ms = when.to_ms;
    part.import_mwh = trimmed(use, when, use->import_mwh);
    part.export_mwh = trimmed(use, when, use->export_mwh);
    part.reactive_mvarh = trimmed(use, when, use->reactive_mvarh);
    note_gap(m, m->covered_to_ms, when.from_ms);
    if (when.to_ms > m->covered_to_ms)
        m->covered_to_ms = when.to_ms;
    if (__builtin_add_overflow(m->bill->import_mwh, part.import_mwh, &m->bill->import_mwh))
        return ohm_bill_fail(m, OHM_TOO_BIG, "the energy is too large", when.from_ms);
    m->flags = use->flags;
    note_flags(m, when, part.import_mwh);
    if (part.export_mwh != OHM_NO_USE)
        OHM_TRY(add_export(m, when, part.export_mwh));
    OHM_TRY(ohm_bill_professional(m, &part));
    OHM_TRY(use->of_period ? add_counted(m, when, (uint8_t)(use->of_period - 1), part.import_mwh)
                           : add_import(m, when, part.import_mwh));
    m->bill->shared_uses += m->shared;
    return ohm_ok();
}

/* The first use that ends after the period's start. */
static size_t first_use(const ohm_bill_request *q)
{
    size_t low = 0, high = q->uses_count;
    if (high && q->uses[0].of_period) /* registers of several periods: their ends need not ascend */
        return 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (q->uses[middle].to_ms <= q->period.from_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

ohm_err ohm_bill_make(const ohm_bill_request *q, ohm_bill *out)
{
    ohm_bill_making m = { .q = q, .c = q->contract, .bill = out, .overrun_hour = INT64_MIN };
    out->count = 0;
    out->total_cents = 0;
    out->period = q->period;
    out->import_mwh = out->export_mwh = 0;
    out->missing_ms = 0;
    out->gaps_count = out->shared_uses = out->assumed_days = out->unverified_days = 0;
    out->gap_ms = out->fault_ms = OHM_NO_MS;
    out->estimated_ms = out->estimated_mwh = 0;
    out->estimated_from_ms = out->change_ms = out->stray_ms = OHM_NO_MS;
    out->meter_changes = out->strays = 0;
    out->basis = q->basis;
    out->superseded = false;
    if (q->period.from_ms >= q->period.to_ms)
        return ohm_bill_fail(&m, OHM_RANGE, "the period is empty", q->period.from_ms);
    OHM_TRY(make_segments(&m));
    m.covered_to_ms = q->period.from_ms;
    for (size_t i = first_use(q); i < q->uses_count; i++) {
        if (q->uses[i].from_ms >= q->period.to_ms)
            break;
        assert(q->uses[i].from_ms < q->uses[i].to_ms);
        OHM_TRY(add_use(&m, &q->uses[i]));
    }
    note_gap(&m, m.covered_to_ms, q->period.to_ms);
    return ohm_bill_lines(&m);
}
