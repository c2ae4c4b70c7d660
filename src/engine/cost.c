/* What today costs: at once, as energy is counted, and again when a price, a colour or the
 * contract turns out to be another. */
#include "engine/ledger.h"
#include "grid/signal.h"
#include "tariff/bill.h"

enum {
    QUARTER_MS = 15 * OHM_MINUTE_MS,
    NEUR = 1000, /* of a µEUR */
};

_Static_assert((int)OHM_DAY_CODES_COUNT <= 16, "a code fits four bits");

/* --- the price of an instant ---------------------------------------------------------------- */

typedef struct pricing {
    const ohm_ledger *ledger;
    const ohm_engine_config *config;
    uint8_t bytes[OHM_LEDGER_DAYS];
} pricing;

static void begin(pricing *p, const ohm_ledger *ledger, const ohm_engine_config *config)
{
    p->ledger = ledger;
    p->config = config;
    for (int i = 0; i < OHM_LEDGER_DAYS; i++) {
        uint8_t code = ledger->codes >> 4 * i & 15;
        p->bytes[i] = code < OHM_DAY_CODES_COUNT ? code : OHM_DAY_UNKNOWN;
    }
}

static ohm_day_codes codes_of(const pricing *p)
{
    return (ohm_day_codes){ .first_day = p->ledger->codes_day,
                            .count = OHM_LEDGER_DAYS,
                            .codes = p->bytes };
}

/* A spot period's, until its price or its period ends. */
static bool spot_at(const pricing *p, ohm_ms at_ms, ohm_price *out)
{
    const ohm_day_codes codes = codes_of(p);
    const ohm_signal_interval *market = ohm_signal_at(&p->ledger->spot, at_ms);
    if (!market)
        return false;
    ohm_ms border_ms = ohm_contract_border(&p->config->contract, &p->config->tz, &codes, at_ms);
    int64_t neur = ohm_spot_all_in(&p->config->contract.spot, (int64_t)market->level * NEUR);
    out->ueur_per_kwh = neur / NEUR;
    out->until_ms = market->when.to_ms < border_ms ? market->when.to_ms : border_ms;
    return true;
}

/* False: it is not known, and may not be until *out's end. */
static bool price_at(const pricing *p, ohm_ms at_ms, ohm_price *out)
{
    const ohm_day_codes codes = codes_of(p);
    ohm_code code = ohm_contract_price(&p->config->contract, &p->config->tz, &codes, at_ms, out);
    if (code == OHM_OK || (code == OHM_UNSUPPORTED && spot_at(p, at_ms, out)))
        return true;
    out->until_ms = at_ms - at_ms % QUARTER_MS + QUARTER_MS;
    return false;
}

bool ohm_ledger_price(const ohm_ledger *ledger, const ohm_engine_config *config, ohm_ms utc_ms,
                      int64_t *ret_ueur_per_kwh)
{
    pricing p;
    ohm_price price;
    if (!config->has_contract)
        return false;
    begin(&p, ledger, config);
    bool known = price_at(&p, utc_ms, &price);
    if (known)
        *ret_ueur_per_kwh = price.ueur_per_kwh;
    return known;
}

/* --- what energy is worth ------------------------------------------------------------------- */

typedef struct sum {
    ohm_ledger_worth worth;
    unsigned prices; /* one after the other, that it was drawn at; not to know is one, too */
    bool known;      /* the last of them */
    int64_t ueur_per_kwh;
} sum;

static void add(sum *s, bool known, int64_t wh, int64_t ueur_per_kwh)
{
    int64_t product, neur;
    bool fits = known && !__builtin_mul_overflow(wh, ueur_per_kwh, &product) &&
                !__builtin_add_overflow(s->worth.neur, product, &neur) &&
                neur <= OHM_LEDGER_NEUR_MAX / 2 && neur >= -OHM_LEDGER_NEUR_MAX / 2;
    if (fits)
        s->worth.neur = neur;
    else
        s->worth.unpriced_wh += wh;
    s->prices += s->prices == 0 || known != s->known || ueur_per_kwh != s->ueur_per_kwh;
    s->known = known;
    s->ueur_per_kwh = ueur_per_kwh;
}

/* `wh`, drawn evenly over a time. */
static void price_over(const pricing *p, ohm_interval over, int64_t wh, sum *s)
{
    int64_t span_ms = over.to_ms - over.from_ms;
    int64_t done_wh = 0;
    ohm_ms at_ms = over.from_ms;
    while (done_wh < wh) {
        ohm_price price;
        bool known = price_at(p, at_ms, &price);
        bool last = price.until_ms == OHM_NO_MS || price.until_ms >= over.to_ms;
        /* Below 2^63: at most 50 MW for 60 days (step_wh_max) times the ms of a day. */
        int64_t so_far_wh = last ? wh : wh * (price.until_ms - over.from_ms) / span_ms;
        add(s, known, so_far_wh - done_wh, known ? price.ueur_per_kwh : 0);
        done_wh = so_far_wh;
        at_ms = price.until_ms;
    }
}

static ohm_interval quarter_of(ohm_ms day_ms, int i)
{
    return (ohm_interval){ day_ms + (int64_t)i * QUARTER_MS, day_ms + (i + 1) * QUARTER_MS };
}

ohm_ledger_worth ohm_ledger_worth_of(const ohm_ledger *ledger, const ohm_engine_config *config)
{
    sum all = { .prices = 0 };
    pricing p;
    if (!config->has_contract || !ledger->today.known)
        return all.worth;
    begin(&p, ledger, config);
    ohm_ms day_ms = ohm_date_interval(&config->tz, ledger->today.date).from_ms;
    for (int i = 0; i < OHM_LEDGER_QUARTERS; i++) {
        all.prices = 0;
        price_over(&p, quarter_of(day_ms, i), ledger->quarter_wh[i], &all);
        all.worth.shared = all.worth.shared || all.prices > 1;
    }
    return all.worth;
}

/* --- the cost of today ---------------------------------------------------------------------- */

static void show(ohm_ledger *ledger, const ohm_engine_config *config)
{
    ohm_engine_today *today = &ledger->today;
    int64_t half = ledger->cost_neur < 0 ? -NEUR / 2 : NEUR / 2;
    bool nothing = today->import_wh > 0 && today->unpriced_wh >= today->import_wh;
    today->cost_ueur = (ledger->cost_neur + half) / NEUR;
    today->has_cost = config->has_contract && !nothing;
}

/* Which quarter of today holds an instant; minutes before midnight count for the first. */
static int quarter_at(ohm_ms day_ms, ohm_ms at_ms)
{
    int64_t i = at_ms < day_ms ? 0 : (at_ms - day_ms) / QUARTER_MS;
    return i < OHM_LEDGER_QUARTERS ? (int)i : OHM_LEDGER_QUARTERS - 1;
}

static void keep_quarters(ohm_ledger *ledger, ohm_ms day_ms, ohm_interval over, int64_t wh)
{
    int64_t span_ms = over.to_ms - over.from_ms;
    int64_t done_wh = 0;
    for (int i = quarter_at(day_ms, over.from_ms); done_wh < wh; i++) {
        ohm_ms end_ms = quarter_of(day_ms, i).to_ms;
        bool last = end_ms >= over.to_ms || i == OHM_LEDGER_QUARTERS - 1;
        int64_t so_far_wh = last ? wh : wh * (end_ms - over.from_ms) / span_ms;
        ledger->quarter_wh[i] += so_far_wh - done_wh;
        done_wh = so_far_wh;
    }
}

void ohm_ledger_charge(ohm_ledger *ledger, const ohm_engine_config *config, ohm_interval over,
                       int64_t wh)
{
    sum step = { .prices = 0 };
    pricing p;
    ohm_ms day_ms = ohm_date_interval(&config->tz, ledger->today.date).from_ms;
    keep_quarters(ledger, day_ms, over, wh);
    if (!config->has_contract)
        return;
    begin(&p, ledger, config);
    price_over(&p, over, wh, &step);
    ledger->cost_neur += step.worth.neur;
    ledger->today.unpriced_wh += step.worth.unpriced_wh;
    if (step.prices > 1 && over.to_ms - over.from_ms > OHM_LEDGER_BORDER_MS)
        ledger->today.estimated = true;
    show(ledger, config);
}

void ohm_ledger_reprice(ohm_ledger *ledger, const ohm_engine_config *config,
                        const ohm_ledger_worth *before)
{
    ohm_engine_today *today = &ledger->today;
    const ohm_ledger_worth now = ohm_ledger_worth_of(ledger, config);
    bool same = now.neur == before->neur && now.unpriced_wh == before->unpriced_wh;
    if (!config->has_contract) {
        ledger->cost_neur = 0;
        today->unpriced_wh = 0;
    } else if (!same) {
        ledger->cost_neur += now.neur - before->neur;
        today->unpriced_wh += now.unpriced_wh - before->unpriced_wh;
        if (now.unpriced_wh == 0 || today->unpriced_wh < 0)
            today->unpriced_wh = 0;
        if (today->unpriced_wh > today->import_wh)
            today->unpriced_wh = today->import_wh;
        today->estimated = today->estimated || now.shared;
    }
    show(ledger, config);
}
