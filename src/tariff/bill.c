#include "tariff/bill.h"

#include <string.h>

enum {
    YEARS_LCM = 365 * 366, /* shares of years of both lengths */
    SEGMENTS_MAX = OHM_BILL_SEGMENTS_MAX,
};

/* The least common multiple of 28, 29, 30 and 31. */
#define MONTH_SHARES INT64_C(377580)
#define CENT_PEUR    INT64_C(10000000000)
#define MICRO        INT64_C(1000000)

/* A stretch of days with one price row, one VAT, one set of charges. */
typedef struct segment {
    ohm_interval when; /* inside the bill's period */
    int8_t row, vat;
    int32_t days;                       /* whose midnight lies inside */
    int64_t shares;                     /* of those days, in parts of the LCM */
    uint32_t charges;                   /* bits */
    int64_t import_mwh;                 /* of all periods */
    int64_t export_mwh;                 /* OHM_NO_USE: never measured */
    int64_t spot_peur;                  /* of the spot period */
    int64_t active_mwh, reactive_mvarh; /* in the hours when reactive energy counts */
    int64_t overrun_hours, overrun_va;
    int64_t period_mwh[OHM_PERIODS_MAX];
} segment;

typedef struct making {
    const ohm_bill_request *q;
    const ohm_contract *c;
    ohm_bill *bill;
    uint16_t count;
    segment segments[SEGMENTS_MAX];
    /* While going through the uses. */
    uint16_t at; /* segment */
    ohm_day_plan plan;
    size_t spot;
    int64_t overrun_hour; /* the last one counted */
    ohm_ms covered_to_ms;
} making;

int64_t ohm_cents_of_peur(int64_t peur)
{
    int64_t half = peur < 0 ? -CENT_PEUR / 2 : CENT_PEUR / 2;
    return peur / CENT_PEUR + (peur % CENT_PEUR + half) / CENT_PEUR;
}

static ohm_err fail_at(making *m, ohm_code code, const char *what, ohm_ms at_ms)
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

static ohm_err add_segment(making *m, ohm_date date, ohm_ms from_ms)
{
    const ohm_contract *c = m->c;
    int8_t row = (int8_t)ohm_contract_row(c, date), vat = (int8_t)ohm_contract_vat(c, date);
    uint32_t charges = charges_on(c, ohm_days_from_date(date));
    segment *last = m->count ? &m->segments[m->count - 1] : NULL;
    if (row < 0)
        return fail_at(m, OHM_RANGE, "the contract has no price yet", from_ms);
    bool same = last && last->row == row && last->vat == vat && last->charges == charges;
    if (same && !(by_months(c) && date.day == 1))
        return ohm_ok();
    if (m->count == SEGMENTS_MAX)
        return fail_at(m, OHM_TOO_BIG, "too many prices for one bill", from_ms);
    if (last)
        last->when.to_ms = from_ms;
    m->segments[m->count++] = (segment){
        .when = { from_ms, m->q->period.to_ms },
        .row = row,
        .vat = vat,
        .charges = charges,
        .export_mwh = OHM_NO_USE,
    };
    return ohm_ok();
}

/* Day by day: which stretches there are, and the days that the subscription counts. */
static ohm_err make_segments(making *m)
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
        segment *s = &m->segments[m->count - 1];
        if (when.from_ms < period.from_ms)
            continue;
        s->days++;
        s->shares += share_of(m->c, date);
        m->bill->unverified_days += m->c->rows[s->row].unverified;
        if (m->c->superseded.year && day >= ohm_days_from_date(m->c->superseded))
            m->bill->superseded = true;
        if (m->c->codes && ohm_day_code_known(m->q->codes, day) == OHM_DAY_UNKNOWN &&
            ohm_day_code_at(m->q->codes, day) != OHM_DAY_UNKNOWN)
            m->bill->assumed_days++;
    }
}

/* --- energy --------------------------------------------------------------------------------- */

/* all × part / whole, part within 0..whole; exact at both ends, and never falling. */
static int64_t share(int64_t all, int64_t part, int64_t whole)
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

static int64_t spot_all_in(const ohm_spot_terms *terms, int64_t neur)
{
    /* Market prices stay within ±10 EUR/kWh: the products are below 2^63. */
    int64_t priced = neur * (terms->factor_ppm / 100) / 10000;
    priced += priced * (terms->loss_ppm / 100) / 10000;
    return priced + (terms->fee_ueur_per_kwh + terms->tax_ueur_per_kwh) * 1000;
}

/* Spot energy over [from, to), each price for its time. */
static ohm_err add_spot(making *m, segment *s, ohm_interval when, int64_t mwh)
{
    const ohm_bill_request *q = m->q;
    int64_t done_mwh = 0;
    ohm_ms at_ms = when.from_ms;
    while (at_ms < when.to_ms) {
        while (m->spot < q->spots_count && q->spots[m->spot].when.to_ms <= at_ms)
            m->spot++;
        if (m->spot == q->spots_count || q->spots[m->spot].when.from_ms > at_ms)
            return fail_at(m, OHM_GAP, "no spot price is known", at_ms);
        const ohm_spot_price *spot = &q->spots[m->spot];
        ohm_ms end_ms = spot->when.to_ms < when.to_ms ? spot->when.to_ms : when.to_ms;
        int64_t upto = share(mwh, end_ms - when.from_ms, when.to_ms - when.from_ms);
        int64_t neur = spot_all_in(&m->c->spot, spot->neur_per_kwh);
        if (!add_peur(&s->spot_peur, upto - done_mwh, neur))
            return fail_at(m, OHM_TOO_BIG, "the amount is too large", at_ms);
        done_mwh = upto;
        at_ms = end_ms;
    }
    return ohm_ok();
}

static ohm_err add_part(making *m, ohm_interval when, uint8_t period, int64_t mwh)
{
    segment *s = &m->segments[m->at];
    if (period == OHM_NO_PERIOD)
        return fail_at(m, OHM_GAP, "the colour of the day is not known", when.from_ms);
    if (__builtin_add_overflow(s->period_mwh[period], mwh, &s->period_mwh[period]) ||
        __builtin_add_overflow(s->import_mwh, mwh, &s->import_mwh))
        return fail_at(m, OHM_TOO_BIG, "the energy is too large", when.from_ms);
    return period == m->c->spot_period ? add_spot(m, s, when, mwh) : ohm_ok();
}

/* Moves on to the day and the segment of an instant. */
static void move_to(making *m, ohm_ms at_ms)
{
    if (at_ms >= m->plan.day.to_ms || at_ms < m->plan.day.from_ms)
        ohm_contract_day(m->c, m->q->tz, m->q->codes, ohm_civil_from_utc(m->q->tz, at_ms).date,
                         &m->plan);
    while (at_ms >= m->segments[m->at].when.to_ms) {
        assert(m->at + 1 < m->count);
        m->at++;
    }
}

/* The energy of [from, to), a part of a use or all of it. */
static ohm_err add_import(making *m, ohm_interval when, int64_t mwh)
{
    int64_t done_mwh = 0;
    ohm_ms at_ms = when.from_ms;
    unsigned parts = 0;
    while (at_ms < when.to_ms) {
        move_to(m, at_ms);
        uint16_t i = 0;
        while (i + 1 < m->plan.count && m->plan.pieces[i + 1].from_ms <= at_ms)
            i++;
        ohm_ms end_ms = i + 1 < m->plan.count ? m->plan.pieces[i + 1].from_ms : m->plan.day.to_ms;
        if (end_ms > when.to_ms)
            end_ms = when.to_ms;
        int64_t upto = share(mwh, end_ms - when.from_ms, when.to_ms - when.from_ms);
        OHM_TRY(add_part(m, (ohm_interval){ at_ms, end_ms }, m->plan.pieces[i].period,
                         upto - done_mwh));
        done_mwh = upto;
        at_ms = end_ms;
        parts++;
    }
    m->bill->shared_uses += parts > 1;
    return ohm_ok();
}

/* What only professional contracts ask for, by the start of the step. */
static ohm_err add_professional(making *m, const ohm_use *use, ohm_interval when)
{
    const ohm_professional *pro = &m->c->professional;
    move_to(m, when.from_ms);
    segment *s = &m->segments[m->at];
    if (pro->reactive_ueur_per_kvarh &&
        ohm_contract_slot_at(m->c, &pro->reactive, m->q->tz, m->q->codes, when.from_ms)) {
        if (use->reactive_mvarh == OHM_NO_USE)
            return fail_at(m, OHM_GAP, "reactive energy is not measured", when.from_ms);
        s->active_mwh += use->import_mwh;
        s->reactive_mvarh += use->reactive_mvarh;
    }
    if (!pro->overrun_ueur_per_hour && !pro->overrun_ueur_per_kva)
        return ohm_ok();
    if (use->va == OHM_NO_USE)
        return fail_at(m, OHM_GAP, "the power drawn is not measured", when.from_ms);
    int64_t over_va = use->va - m->c->subscribed_va;
    int64_t hour = when.from_ms / OHM_HOUR_MS;
    if (over_va <= 0)
        return ohm_ok();
    s->overrun_hours += hour != m->overrun_hour;
    m->overrun_hour = hour;
    if (over_va > s->overrun_va)
        s->overrun_va = over_va;
    return ohm_ok();
}

static void note_gap(making *m, ohm_ms from_ms, ohm_ms to_ms)
{
    if (from_ms >= to_ms)
        return;
    if (!m->bill->gaps_count++)
        m->bill->gap_ms = from_ms;
    m->bill->missing_ms += to_ms - from_ms;
}

static ohm_err add_use(making *m, const ohm_use *use)
{
    ohm_interval period = m->q->period, when = { use->from_ms, use->to_ms };
    if (when.to_ms <= period.from_ms || when.from_ms >= period.to_ms ||
        use->import_mwh == OHM_NO_USE)
        return ohm_ok();
    int64_t span = when.to_ms - when.from_ms, mwh = use->import_mwh, export_mwh = use->export_mwh;
    int64_t before = when.from_ms < period.from_ms ? period.from_ms - when.from_ms : 0;
    int64_t upto = when.to_ms > period.to_ms ? period.to_ms - when.from_ms : span;
    if (before || upto < span) {
        when = (ohm_interval){ use->from_ms + before, use->from_ms + upto };
        mwh = share(use->import_mwh, upto, span) - share(use->import_mwh, before, span);
        if (export_mwh != OHM_NO_USE)
            export_mwh = share(use->export_mwh, upto, span) - share(use->export_mwh, before, span);
        m->bill->shared_uses++;
    }
    note_gap(m, m->covered_to_ms, when.from_ms);
    m->covered_to_ms = when.to_ms;
    move_to(m, when.from_ms);
    segment *s = &m->segments[m->at];
    if (export_mwh != OHM_NO_USE)
        s->export_mwh = (s->export_mwh == OHM_NO_USE ? 0 : s->export_mwh) + export_mwh;
    OHM_TRY(add_professional(m, use, when));
    if (__builtin_add_overflow(m->bill->import_mwh, mwh, &m->bill->import_mwh))
        return fail_at(m, OHM_TOO_BIG, "the energy is too large", when.from_ms);
    return add_import(m, when, mwh);
}

/* --- lines ---------------------------------------------------------------------------------- */

static void line_id(ohm_bill_line *line, const char *prefix, const char *id)
{
    size_t n = strlen(prefix), more = strlen(id);
    assert(n + more < sizeof line->id);
    memcpy(line->id, prefix, n);
    memcpy(line->id + n, id, more + 1);
}

static ohm_err add_line(making *m, const ohm_bill_line *line)
{
    ohm_bill *bill = m->bill;
    if (bill->count == OHM_BILL_LINES_MAX)
        return fail_at(m, OHM_TOO_BIG, "too many lines for one bill", line->from_ms);
    ohm_bill_line *out = &bill->lines[bill->count++];
    *out = *line;
    out->amount_cents = ohm_cents_of_peur(line->amount_peur);
    bill->total_cents += out->amount_cents;
    return ohm_ok();
}

/* quantity × price, in pEUR; the price is in µEUR a unit. */
static ohm_err price_line(making *m, ohm_bill_line *line, int64_t ueur)
{
    line->price_neur = ueur * 1000;
    if (__builtin_mul_overflow(line->quantity_micro, ueur, &line->amount_peur))
        return fail_at(m, OHM_TOO_BIG, "the amount is too large", line->from_ms);
    return add_line(m, line);
}

static int16_t vat_of(const ohm_contract *c, int8_t vat, bool subscription)
{
    if (vat < 0)
        return -1;
    return (int16_t)(subscription ? c->vats[vat].subscription : c->vats[vat].energy);
}

/* A price a year for the days of segments first..last. */
static ohm_err yearly_line(making *m, ohm_bill_line *line, int64_t ueur, uint16_t first,
                           uint16_t last)
{
    int64_t shares = 0, days = 0, whole = m->c->months_alike ? 12 * MONTH_SHARES : YEARS_LCM;
    for (uint16_t i = first; i <= last; i++) {
        shares += m->segments[i].shares;
        days += m->segments[i].days;
    }
    if (days == 0 || ueur == 0)
        return ohm_ok();
    line->unit = OHM_UNIT_DAY;
    line->quantity_micro = days * MICRO;
    line->base_ueur_per_year = ueur;
    int64_t neur;
    if (__builtin_mul_overflow(ueur, shares, &neur) ||
        __builtin_mul_overflow(neur / whole, MICRO, &line->amount_peur))
        return fail_at(m, OHM_TOO_BIG, "the amount is too large", line->from_ms);
    /* ueur × shares / whole in pEUR: the whole µEUR, then the rest, rounded to the pEUR. */
    line->amount_peur += (neur % whole * MICRO + (ueur < 0 ? -whole / 2 : whole / 2)) / whole;
    line->price_neur = line->amount_peur / 1000 / days;
    return add_line(m, line);
}

/* The last segment from `first` on with the same row and VAT. */
static uint16_t run_of(const making *m, uint16_t first)
{
    uint16_t last = first;
    while (last + 1 < m->count && m->segments[last + 1].row == m->segments[first].row &&
           m->segments[last + 1].vat == m->segments[first].vat)
        last++;
    return last;
}

static ohm_bill_line new_line(const making *m, ohm_line_kind kind, uint16_t first, uint16_t last)
{
    const segment *s = &m->segments[first];
    return (ohm_bill_line){
        .kind = kind,
        .from_ms = s->when.from_ms,
        .to_ms = m->segments[last].when.to_ms,
        .row = s->row,
        .period = OHM_NO_PERIOD,
        .unit = OHM_UNIT_KWH,
        .vat = vat_of(m->c, s->vat, kind == OHM_LINE_SUBSCRIPTION),
    };
}

static ohm_err subscription_lines(making *m)
{
    for (uint16_t first = 0, last; first < m->count; first = (uint16_t)(last + 1)) {
        last = run_of(m, first);
        ohm_bill_line line = new_line(m, OHM_LINE_SUBSCRIPTION, first, last);
        line_id(&line, "subscription", "");
        OHM_TRY(yearly_line(m, &line, m->c->rows[m->segments[first].row].subscription_ueur_per_year,
                            first, last));
    }
    return ohm_ok();
}

static ohm_err energy_line(making *m, uint8_t period, uint16_t first, uint16_t last)
{
    ohm_bill_line line = new_line(m, OHM_LINE_ENERGY, first, last);
    int64_t spot_peur = 0;
    line.period = period;
    line_id(&line, "energy_", m->c->periods[period].id);
    for (uint16_t i = first; i <= last; i++) {
        line.quantity_micro += m->segments[i].period_mwh[period];
        spot_peur += m->segments[i].spot_peur;
    }
    if (line.quantity_micro == 0)
        return ohm_ok();
    if (period != m->c->spot_period)
        return price_line(m, &line, m->c->rows[line.row].ueur_per_kwh[period]);
    line.amount_peur = spot_peur;
    line.price_neur = spot_peur / (line.quantity_micro / 1000 ? line.quantity_micro / 1000 : 1);
    return add_line(m, &line);
}

static ohm_err energy_lines(making *m)
{
    for (uint16_t first = 0, last; first < m->count; first = (uint16_t)(last + 1)) {
        last = run_of(m, first);
        for (uint8_t p = 0; p < m->c->periods_count; p++)
            OHM_TRY(energy_line(m, p, first, last));
    }
    return ohm_ok();
}

static ohm_err charge_line(making *m, uint8_t i, uint16_t first, uint16_t last)
{
    const ohm_charge *charge = &m->c->charges[i];
    ohm_bill_line line = new_line(m, OHM_LINE_CHARGE, first, last);
    line.vat = vat_of(m->c, m->segments[first].vat, charge->reduced_vat);
    line_id(&line, charge->id, "");
    if (charge->unit == OHM_CHARGE_PER_YEAR)
        return yearly_line(m, &line, charge->ueur, first, last);
    for (uint16_t s = first; s <= last; s++)
        line.quantity_micro += m->segments[s].import_mwh;
    return line.quantity_micro ? price_line(m, &line, charge->ueur) : ohm_ok();
}

static ohm_err charge_lines(making *m)
{
    for (uint8_t i = 0; i < m->c->charges_count; i++) {
        for (uint16_t first = 0, last; first < m->count; first = (uint16_t)(last + 1)) {
            last = first;
            if (!(m->segments[first].charges & 1U << i))
                continue;
            while (last + 1 < m->count && m->segments[last + 1].charges & 1U << i &&
                   m->segments[last + 1].vat == m->segments[first].vat)
                last++;
            OHM_TRY(charge_line(m, i, first, last));
        }
    }
    return ohm_ok();
}

static ohm_err professional_lines(making *m, uint16_t i)
{
    const ohm_professional *pro = &m->c->professional;
    const segment *s = &m->segments[i];
    int64_t free_mvarh =
        s->active_mwh / MICRO * pro->tan_phi_ppm + s->active_mwh % MICRO * pro->tan_phi_ppm / MICRO;
    ohm_bill_line line = new_line(m, OHM_LINE_REACTIVE, i, i);
    if (pro->reactive_ueur_per_kvarh && s->reactive_mvarh > free_mvarh) {
        line_id(&line, "reactive", "");
        line.unit = OHM_UNIT_KVARH;
        line.quantity_micro = s->reactive_mvarh - free_mvarh;
        OHM_TRY(price_line(m, &line, pro->reactive_ueur_per_kvarh));
    }
    line.kind = OHM_LINE_OVERRUN;
    line_id(&line, "overrun", "");
    if (pro->overrun_ueur_per_hour && s->overrun_hours) {
        line.unit = OHM_UNIT_HOUR;
        line.quantity_micro = s->overrun_hours * MICRO;
        OHM_TRY(price_line(m, &line, pro->overrun_ueur_per_hour));
    }
    if (pro->overrun_ueur_per_kva && s->overrun_va) {
        line.unit = OHM_UNIT_KVA;
        line.quantity_micro = s->overrun_va * 1000;
        OHM_TRY(price_line(m, &line, pro->overrun_ueur_per_kva));
    }
    return ohm_ok();
}

static ohm_err feed_in_lines(making *m)
{
    for (uint16_t first = 0, last; first < m->count; first = (uint16_t)(last + 1)) {
        last = run_of(m, first);
        int64_t ueur = m->c->rows[m->segments[first].row].export_ueur_per_kwh, mwh = 0;
        for (uint16_t i = first; i <= last; i++)
            mwh += m->segments[i].export_mwh == OHM_NO_USE ? 0 : m->segments[i].export_mwh;
        m->bill->export_mwh += mwh;
        if (ueur == OHM_NO_PRICE || mwh == 0)
            continue;
        ohm_bill_line line = new_line(m, OHM_LINE_FEED_IN, first, last);
        line_id(&line, "feed_in", "");
        line.quantity_micro = mwh;
        line.vat = 0; /* the sale of a household's surplus bears none */
        OHM_TRY(price_line(m, &line, -ueur));
    }
    return ohm_ok();
}

/* Prices without VAT: one line a rate, on the sum of the rounded lines that bear it. */
static ohm_err vat_lines(making *m)
{
    uint16_t lines = m->bill->count;
    for (uint16_t i = 0; i < lines; i++) {
        int16_t rate = m->bill->lines[i].vat;
        int64_t base_cents = 0;
        bool first = rate > 0;
        for (uint16_t j = 0; j < lines; j++) {
            if (m->bill->lines[j].vat != rate)
                continue;
            base_cents += m->bill->lines[j].amount_cents;
            first = first && j >= i;
        }
        if (!first)
            continue;
        char digits[OHM_DECIMAL_MAX];
        ohm_bill_line line = { .kind = OHM_LINE_VAT,
                               .from_ms = m->q->period.from_ms,
                               .to_ms = m->q->period.to_ms,
                               .unit = OHM_UNIT_EUR,
                               .period = OHM_NO_PERIOD,
                               .row = -1,
                               .vat = rate };
        (void)ohm_bill_decimal(rate, 2, 0, digits);
        line_id(&line, "vat_", digits);
        line.quantity_micro = base_cents * 10000;
        OHM_TRY(price_line(m, &line, rate * INT64_C(100)));
    }
    return ohm_ok();
}

static ohm_err make_lines(making *m)
{
    OHM_TRY(subscription_lines(m));
    OHM_TRY(energy_lines(m));
    OHM_TRY(charge_lines(m));
    for (uint16_t i = 0; i < m->count; i++)
        OHM_TRY(professional_lines(m, i));
    OHM_TRY(feed_in_lines(m));
    return m->c->tax_excluded ? vat_lines(m) : ohm_ok();
}

/* The first use that ends after the period's start. */
static size_t first_use(const ohm_bill_request *q)
{
    size_t low = 0, high = q->uses_count;
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
    making m = { .q = q, .c = q->contract, .bill = out, .overrun_hour = INT64_MIN };
    out->count = 0;
    out->total_cents = 0;
    out->period = q->period;
    out->import_mwh = out->export_mwh = 0;
    out->missing_ms = 0;
    out->gaps_count = out->shared_uses = out->assumed_days = out->unverified_days = 0;
    out->gap_ms = out->fault_ms = OHM_NO_MS;
    out->superseded = false;
    if (q->period.from_ms >= q->period.to_ms)
        return fail_at(&m, OHM_RANGE, "the period is empty", q->period.from_ms);
    OHM_TRY(make_segments(&m));
    m.covered_to_ms = q->period.from_ms;
    for (size_t i = first_use(q); i < q->uses_count; i++) {
        if (q->uses[i].from_ms >= q->period.to_ms)
            break;
        assert(q->uses[i].from_ms < q->uses[i].to_ms);
        OHM_TRY(add_use(&m, &q->uses[i]));
    }
    note_gap(&m, m.covered_to_ms, q->period.to_ms);
    return make_lines(&m);
}
