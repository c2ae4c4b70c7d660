#include <string.h>

#include "tariff/bill_own.h"

/* --- lines ---------------------------------------------------------------------------------- */

static void line_id(ohm_bill_line *line, const char *prefix, const char *id)
{
    size_t n = strlen(prefix), more = strlen(id);
    assert(n + more < sizeof line->id);
    memcpy(line->id, prefix, n);
    memcpy(line->id + n, id, more + 1);
}

static ohm_err add_line(ohm_bill_making *m, const ohm_bill_line *line)
{
    ohm_bill *bill = m->bill;
    if (bill->count == OHM_BILL_LINES_MAX)
        return ohm_bill_fail(m, OHM_TOO_BIG, "too many lines for one bill", line->from_ms);
    ohm_bill_line *out = &bill->lines[bill->count++];
    *out = *line;
    out->amount_cents = ohm_cents_of_peur(line->amount_peur);
    bill->total_cents += out->amount_cents;
    return ohm_ok();
}

/* quantity × price, in pEUR; the price is in µEUR a unit. */
static ohm_err price_line(ohm_bill_making *m, ohm_bill_line *line, int64_t ueur)
{
    line->price_neur = ueur * 1000;
    if (__builtin_mul_overflow(line->quantity_micro, ueur, &line->amount_peur))
        return ohm_bill_fail(m, OHM_TOO_BIG, "the amount is too large", line->from_ms);
    return add_line(m, line);
}

static int16_t vat_of(const ohm_contract *c, int8_t vat, bool subscription)
{
    if (vat < 0)
        return -1;
    return (int16_t)(subscription ? c->vats[vat].subscription : c->vats[vat].energy);
}

/* A price a year for the days of segments first..last. */
static ohm_err yearly_line(ohm_bill_making *m, ohm_bill_line *line, int64_t ueur, uint16_t first,
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
        return ohm_bill_fail(m, OHM_TOO_BIG, "the amount is too large", line->from_ms);
    /* ueur × shares / whole in pEUR: the whole µEUR, then the rest, rounded to the pEUR. */
    line->amount_peur += (neur % whole * MICRO + (ueur < 0 ? -whole / 2 : whole / 2)) / whole;
    line->price_neur = line->amount_peur / 1000 / days;
    return add_line(m, line);
}

/* The last segment from `first` on with the same row and VAT. */
static uint16_t run_of(const ohm_bill_making *m, uint16_t first)
{
    uint16_t last = first;
    while (last + 1 < m->count && m->segments[last + 1].row == m->segments[first].row &&
           m->segments[last + 1].vat == m->segments[first].vat)
        last++;
    return last;
}

static ohm_bill_line new_line(const ohm_bill_making *m, ohm_line_kind kind, uint16_t first,
                              uint16_t last)
{
    const ohm_bill_segment *s = &m->segments[first];
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

static ohm_err subscription_lines(ohm_bill_making *m)
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

static ohm_err energy_line(ohm_bill_making *m, uint8_t period, uint16_t first, uint16_t last)
{
    ohm_bill_line line = new_line(m, OHM_LINE_ENERGY, first, last);
    int64_t spot_peur = 0;
    line.period = period;
    line_id(&line, "energy_", m->c->periods[period].id);
    for (uint16_t i = first; i <= last; i++) {
        line.quantity_micro += m->segments[i].period_mwh[period];
        line.estimated_mwh += m->segments[i].estimated_mwh[period];
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

static ohm_err energy_lines(ohm_bill_making *m)
{
    for (uint16_t first = 0, last; first < m->count; first = (uint16_t)(last + 1)) {
        last = run_of(m, first);
        for (uint8_t p = 0; p < m->c->periods_count; p++)
            OHM_TRY(energy_line(m, p, first, last));
    }
    return ohm_ok();
}

static ohm_err charge_line(ohm_bill_making *m, uint8_t i, uint16_t first, uint16_t last)
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

static ohm_err charge_lines(ohm_bill_making *m)
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

static ohm_err professional_lines(ohm_bill_making *m, uint16_t i)
{
    const ohm_professional *pro = &m->c->professional;
    const ohm_bill_segment *s = &m->segments[i];
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

static ohm_err feed_in_lines(ohm_bill_making *m)
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
static ohm_err vat_lines(ohm_bill_making *m)
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

ohm_err ohm_bill_lines(ohm_bill_making *m)
{
    OHM_TRY(subscription_lines(m));
    OHM_TRY(energy_lines(m));
    OHM_TRY(charge_lines(m));
    for (uint16_t i = 0; i < m->count; i++)
        OHM_TRY(professional_lines(m, i));
    OHM_TRY(feed_in_lines(m));
    return m->c->tax_excluded ? vat_lines(m) : ohm_ok();
}
