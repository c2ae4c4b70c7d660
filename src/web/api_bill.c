/* What energy cost: bills of the main meter, what the month will come to, and the prototype's
 * costs at one price.
 *
 * All of it is worked out on the thread of long questions (history.h), from the store. */
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "tariff/csv.h"
#include "web/bill_question.h"
#include "web/command.h"
#include "web/inner.h"

enum {
    LOOK_BACK_DAYS = 29, /* before now, for the projection's sample */
    LINE_BYTES_MAX = 768,
};

#define TARIF_UEUR_MAX INT64_C(100000000) /* 100 EUR/kWh */

/* "2026-11" */
static bool read_month(ohm_exchange *x, const ohm_view *view, ohm_interval *io)
{
    const char *month = ohm_target_query(&x->target, "month");
    char first[16];
    ohm_ms at_ms;
    if (!month)
        return true;
    (void)snprintf(first, sizeof first, "%.7s-01", month);
    if (strlen(month) != 7 ||
        ohm_csv_time(ohm_span_text(first), &view->tz, OHM_NO_MS, &at_ms) != OHM_OK) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "month");
        return false;
    }
    ohm_date next = ohm_next_month(ohm_civil_from_utc(&view->tz, at_ms).date);
    *io = (ohm_interval){ at_ms, ohm_date_interval(&view->tz, next).from_ms };
    return true;
}

static ohm_code write_bill(const ohm_bill_work *w, char **ret_json, size_t *ret_len)
{
    size_t cap = 4096 + (size_t)w->bill->count * LINE_BYTES_MAX;
    char *bytes = malloc(cap);
    ohm_json json;
    if (!bytes)
        return OHM_NO_MEMORY;
    ohm_json_init(&json, bytes, cap);
    ohm_bill_json(&json, w->contract, &w->tariffs->tz, w->q->device, w->bill);
    return ohm_bill_finish(&json, bytes, ret_json, ret_len);
}

static ohm_code run_bill(ohm_reader *reader, const void *query, const atomic_bool *stop,
                         char **ret_json, size_t *ret_len)
{
    const ohm_bill_query *q = query;
    ohm_bill_work w;
    ohm_code code = ohm_bill_open(&w, reader, q, q->range, stop);
    if (code == OHM_OK && !w.contract)
        code = OHM_NO_KEY;
    if (code == OHM_OK) {
        ohm_bill_request request = ohm_bill_ask(&w, q->range);
        code = ohm_bill_make(&request, w.bill).code;
    }
    if (code == OHM_OK)
        code = write_bill(&w, ret_json, ret_len);
    ohm_bill_close(&w);
    return code;
}

static ohm_code write_projection(const ohm_bill_work *w, ohm_interval period,
                                 const ohm_projection *p, char **ret_json, size_t *ret_len)
{
    enum { CAP = 1024 };
    char *bytes = malloc(CAP), from[OHM_LOCAL_MAX], to[OHM_LOCAL_MAX];
    ohm_json json;
    if (!bytes)
        return OHM_NO_MEMORY;
    ohm_local_write(&w->tariffs->tz, period.from_ms, from);
    ohm_local_write(&w->tariffs->tz, period.to_ms, to);
    ohm_json_init(&json, bytes, CAP);
    ohm_json_object(&json);
    ohm_json_key_str(&json, "from", from);
    ohm_json_key_str(&json, "to", to);
    ohm_bill_cents(&json, "so_far_eur", p->so_far_cents);
    ohm_bill_cents(&json, "low_eur", p->low_cents);
    ohm_bill_cents(&json, "expected_eur", p->expected_cents);
    ohm_bill_cents(&json, "high_eur", p->high_cents);
    ohm_json_key_int(&json, "days_known", p->days_known);
    ohm_json_key_int(&json, "days_estimated", p->days_estimated);
    ohm_json_key_int(&json, "days_left", p->days_left);
    ohm_json_end(&json);
    return ohm_bill_finish(&json, bytes, ret_json, ret_len);
}

static ohm_code run_projection(ohm_reader *reader, const void *query, const atomic_bool *stop,
                               char **ret_json, size_t *ret_len)
{
    const ohm_bill_query *q = query;
    ohm_interval known = { q->now_ms - LOOK_BACK_DAYS * INT64_C(24) * OHM_HOUR_MS, q->now_ms };
    if (q->range.from_ms < known.from_ms)
        known.from_ms = q->range.from_ms;
    ohm_bill_work w;
    ohm_code code = ohm_bill_open(&w, reader, q, known, stop);
    ohm_projection p;
    if (code == OHM_OK && !w.contract)
        code = OHM_NO_KEY;
    if (code == OHM_OK) {
        ohm_bill_request request = ohm_bill_ask(&w, q->range);
        code = ohm_project(&request, q->now_ms, w.bill, &p).code;
        if (code == OHM_MORE)
            code = OHM_END;
    }
    if (code == OHM_OK)
        code = write_projection(&w, q->range, &p, ret_json, ret_len);
    ohm_bill_close(&w);
    return code;
}

/* --- the prototype's ----------------------------------------------------------------------------
 */

static ohm_code run_costs(ohm_reader *reader, const void *query, const atomic_bool *stop,
                          char **ret_json, size_t *ret_len)
{
    enum { CAP = 512 };
    const ohm_bill_query *q = query;
    ohm_uses uses = { NULL, 0 };
    ohm_code code = ohm_uses_read(reader, q->device, q->range, stop, &uses);
    if (code != OHM_OK)
        return code;
    int64_t mwh = 0, peur;
    for (size_t i = 0; i < uses.count; i++)
        mwh += uses.items[i].import_mwh;
    ohm_uses_free(&uses);
    if (__builtin_mul_overflow(mwh, q->tarif_ueur, &peur))
        return OHM_RANGE;
    char *bytes = malloc(CAP);
    ohm_json json;
    if (!bytes)
        return OHM_NO_MEMORY;
    ohm_json_init(&json, bytes, CAP);
    ohm_json_object(&json);
    ohm_json_key_decimal(&json, "tarif", q->tarif_ueur, -6);
    ohm_json_key_str(&json, "period", q->period);
    ohm_json_key_time(&json, "from", q->range.from_ms);
    ohm_json_key_time(&json, "to", q->range.to_ms);
    ohm_json_key_decimal(&json, "consommation_kwh", mwh, -6);
    ohm_bill_cents(&json, "cout", ohm_cents_of_peur(peur));
    ohm_json_end(&json);
    return ohm_bill_finish(&json, bytes, ret_json, ret_len);
}

void ohm_api_bill(ohm_exchange *x)
{
    static const char *const keys[] = { "from", "to", "month", "contract", NULL };
    const ohm_view *view;
    ohm_bill_query q = { .tarif_ueur = 0 };
    if (!ohm_bill_keys(x, keys) || !ohm_bill_prepare(x, &q, &view))
        return;
    ohm_date first = ohm_first_of_month(ohm_civil_from_utc(&view->tz, view->time_ms).date);
    q.range = (ohm_interval){ ohm_date_interval(&view->tz, first).from_ms, view->time_ms };
    if (!ohm_bill_contract_name(x, &q))
        return;
    if (read_month(x, view, &q.range) && ohm_bill_time(x, view, "from", &q.range.from_ms) &&
        ohm_bill_time(x, view, "to", &q.range.to_ms) && ohm_bill_range(x, &q))
        ohm_history_send(x, run_bill, &q, sizeof q, ohm_bill_answered);
}

void ohm_api_bill_projection(ohm_exchange *x)
{
    static const char *const keys[] = { NULL };
    const ohm_view *view;
    ohm_bill_query q = { .tarif_ueur = 0 };
    if (!ohm_bill_keys(x, keys) || !ohm_bill_prepare(x, &q, &view))
        return;
    ohm_date first = ohm_first_of_month(ohm_civil_from_utc(&view->tz, view->time_ms).date);
    q.range = (ohm_interval){ ohm_date_interval(&view->tz, first).from_ms,
                              ohm_date_interval(&view->tz, ohm_next_month(first)).from_ms };
    ohm_history_send(x, run_projection, &q, sizeof q, ohm_bill_answered);
}

/* "24h", "7d" */
bool ohm_period_read(const char *text, int64_t *ret_ms)
{
    size_t len = strlen(text);
    uint64_t count;
    char digits[OHM_BILL_PERIOD_TEXT_MAX];
    if (len < 2 || len >= sizeof digits || (text[len - 1] != 'h' && text[len - 1] != 'd'))
        return false;
    memcpy(digits, text, len - 1);
    digits[len - 1] = '\0';
    if (ohm_text_uint(digits, 24 * 366, &count) != OHM_OK || !count)
        return false;
    *ret_ms = (int64_t)count * (text[len - 1] == 'd' ? 24 : 1) * OHM_HOUR_MS;
    return true;
}

void ohm_api_costs(ohm_exchange *x)
{
    static const char *const keys[] = { "tarif", "period", NULL };
    const char *tarif = ohm_target_query(&x->target, "tarif");
    const char *period = ohm_target_query(&x->target, "period");
    const ohm_view *view;
    ohm_bill_query q = { .tarif_ueur = 0 };
    int64_t ms;
    if (!ohm_bill_keys(x, keys) || !ohm_bill_prepare(x, &q, &view))
        return;
    if (tarif && (ohm_number_scaled(ohm_span_text(tarif), 6, &q.tarif_ueur) != OHM_OK ||
                  q.tarif_ueur < 0 || q.tarif_ueur > TARIF_UEUR_MAX)) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "tarif");
        return;
    }
    if (!tarif && !view->has_price) { /* without one, the price of now */
        ohm_reply_fault(x, OHM_FAULT_QUERY, "tarif");
        return;
    }
    if (!tarif)
        q.tarif_ueur = view->price.ueur_per_kwh;
    if (!ohm_period_read(period ? period : "24h", &ms)) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "period");
        return;
    }
    (void)snprintf(q.period, sizeof q.period, "%s", period ? period : "24h");
    q.range = (ohm_interval){ view->time_ms - ms, view->time_ms };
    ohm_history_send(x, run_costs, &q, sizeof q, ohm_bill_answered);
}
