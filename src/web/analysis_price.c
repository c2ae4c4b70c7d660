#include "web/analysis_price.h"

#include <math.h>

/* Looked for in order of time. */
typedef struct market {
    const ohm_contract *contract;
    const ohm_spot_list *spots;
    size_t at; /* the first that ends after the row's begin */
} market;

/* The mean over a row, of which all has to be known. */
static double market_eur(market *m, ohm_interval row)
{
    double sum = 0;
    ohm_ms known_ms = 0;
    while (m->at < m->spots->count && m->spots->items[m->at].when.to_ms <= row.from_ms)
        m->at++;
    for (size_t i = m->at; i < m->spots->count; i++) {
        const ohm_spot_price *spot = &m->spots->items[i];
        ohm_ms from_ms = spot->when.from_ms > row.from_ms ? spot->when.from_ms : row.from_ms;
        ohm_ms to_ms = spot->when.to_ms < row.to_ms ? spot->when.to_ms : row.to_ms;
        if (spot->when.from_ms >= row.to_ms)
            break;
        int64_t neur = ohm_spot_all_in(&m->contract->spot, spot->neur_per_kwh);
        sum += (double)neur / 1e9 * (double)(to_ms - from_ms);
        known_ms += to_ms - from_ms;
    }
    return known_ms == row.to_ms - row.from_ms ? sum / (double)known_ms : NAN;
}

static void price_rows(const ohm_history_table *t, const ohm_bill_work *w, const ohm_tz *tz,
                       double *eur)
{
    market m = { w->contract, &w->spots.list, 0 };
    ohm_price price = { .until_ms = OHM_NO_MS };
    ohm_code said = OHM_GAP;
    for (size_t row = 0; row < t->columns.rows; row++) {
        ohm_ms at_ms = t->columns.time_ms[row];
        bool holds = said == OHM_OK && (price.until_ms == OHM_NO_MS || at_ms < price.until_ms);
        if (!holds)
            said = ohm_contract_price(w->contract, tz, &w->codes, at_ms, &price);
        if (said == OHM_OK)
            eur[row] = (double)price.ueur_per_kwh / 1e6;
        else if (said == OHM_UNSUPPORTED)
            eur[row] = market_eur(&m, (ohm_interval){ at_ms, at_ms + t->step_ms });
    }
}

ohm_code ohm_analysis_prices(const ohm_history_table *t, const ohm_bill_query *q, const ohm_tz *tz,
                             double *eur)
{
    ohm_bill_work w;
    ohm_code code = ohm_bill_open_contract(&w, t->reader, q, t->range);
    for (size_t row = 0; row < t->columns.rows; row++)
        eur[row] = NAN;
    if (code == OHM_OK && w.contract)
        price_rows(t, &w, tz, eur);
    ohm_bill_close(&w);
    return code;
}
