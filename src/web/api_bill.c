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
    AHEAD_MAX = 96,      /* hours that are forecast */
    LOOK_BACK_DAYS = 29, /* before now, for the projection's sample */
    LINE_BYTES_MAX = 768,
    MONTH_BYTES_MAX = 512,
    PROJECT_DAYS_MAX = 400, /* of a billing period */
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
    if (ohm_target_query(&x->target, "from") || ohm_target_query(&x->target, "to")) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "month");
        return false;
    }
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

/* What the register of the last bill was good for. */
typedef struct since_last {
    bool has_filled, has_off;
    int64_t filled_wh; /* between that bill and the first reading of ours */
    int64_t off_wh;    /* our register at that midnight is so much above the bill's */
} since_last;

static ohm_code write_bill(const ohm_bill_work *w, const since_last *since, char **ret_json,
                           size_t *ret_len)
{
    size_t cap = 4096 + (size_t)w->bill->count * LINE_BYTES_MAX;
    char *bytes = malloc(cap);
    ohm_json json;
    if (!bytes)
        return OHM_NO_MEMORY;
    ohm_json_init(&json, bytes, cap);
    ohm_json_object(&json);
    ohm_bill_json_members(&json, w->contract, &w->tariffs->tz, w->q->device, w->bill);
    if (w->q->since_last) {
        ohm_json_key(&json, "last_bill");
        ohm_last_bill_write(&json, &w->q->last);
    }
    if (since->has_filled)
        ohm_json_key_decimal(&json, "from_last_bill_kwh", since->filled_wh, -3);
    if (since->has_off)
        ohm_json_key_decimal(&json, "register_off_kwh", since->off_wh, -3);
    ohm_json_end(&json);
    return ohm_bill_finish(&json, bytes, ret_json, ret_len);
}

static bool keep_first(void *ctx, const ohm_bucket *bucket)
{
    *(ohm_bucket *)ctx = *bucket;
    return false;
}

/* The energy between the register of the last bill and the first reading of ours: one stretch
 * before all others. Where ours go back as far, they count, and the two are compared. */
static ohm_code fill_since(ohm_bill_work *w, ohm_reader *reader, since_last *out)
{
    const ohm_bill_query *q = w->q;
    char key[OHM_SERIES_KEY_MAX];
    ohm_bucket first = { .count = 0 };
    if (!q->since_last || !q->last.has_register || !w->uses.count)
        return OHM_OK;
    ohm_ms from_ms = w->uses.items[0].from_ms;
    (void)snprintf(key, sizeof key, "%.*s/energy_import", (int)sizeof key - 16, q->device);
    ohm_interval look = { from_ms, w->uses.items[w->uses.count - 1].to_ms };
    ohm_err err = ohm_reader_range(reader, key, look, 0, keep_first, &first);
    bool none = err.code == OHM_UNKNOWN; /* a load curve or days: nothing to compare with */
    if (ohm_failed(err) && err.code != OHM_TOO_BIG && !none)
        return err.code;
    if (none || !first.count)
        return OHM_OK;
    if (from_ms == q->range.from_ms) {
        out->has_off = true;
        out->off_wh = first.last - q->last.register_wh;
        return OHM_OK;
    }
    if (first.last < q->last.register_wh)
        return OHM_CONFLICT;
    ohm_use *more = realloc(w->uses.items, (w->uses.count + 1) * sizeof *more);
    if (!more)
        return OHM_NO_MEMORY;
    w->uses.items = more;
    memmove(more + 1, more, w->uses.count++ * sizeof *more);
    out->has_filled = true;
    out->filled_wh = first.last - q->last.register_wh;
    more[0] = (ohm_use){ .from_ms = q->range.from_ms,
                         .to_ms = from_ms,
                         .import_mwh = out->filled_wh * 1000,
                         .export_mwh = OHM_NO_USE,
                         .reactive_mvarh = OHM_NO_USE,
                         .va = OHM_NO_USE,
                         .flags = OHM_USE_ESTIMATED };
    return OHM_OK;
}

static ohm_code run_bill(ohm_reader *reader, const void *query, const atomic_bool *stop,
                         char **ret_json, size_t *ret_len)
{
    const ohm_bill_query *q = query;
    ohm_bill_work w;
    ohm_code code = ohm_bill_open(&w, reader, q, q->range, stop);
    if (code == OHM_OK && !w.contract)
        code = OHM_NO_KEY;
    since_last since = { .filled_wh = 0 };
    if (code == OHM_OK)
        code = fill_since(&w, reader, &since);
    if (code == OHM_OK) {
        ohm_bill_request request = ohm_bill_ask(&w, q->range);
        ohm_err err = ohm_bill_make(&request, w.bill);
        code = err.code;
        if (ohm_failed(err))
            ohm_bill_say_fault(&w, err, ret_json, ret_len);
    }
    if (code == OHM_OK)
        code = write_bill(&w, &since, ret_json, ret_len);
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
    ohm_json_key_int(&json, "days_forecast", p->days_forecast);
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
        ohm_use ahead[AHEAD_MAX];
        size_t count = q->ahead ? q->ahead(q->ctx, q->device, ahead, AHEAD_MAX) : 0;
        code = ohm_project(&request, ahead, count, q->now_ms, w.bill, &p).code;
        if (code == OHM_MORE)
            code = OHM_END;
    }
    if (code == OHM_OK)
        code = write_projection(&w, q->range, &p, ret_json, ret_len);
    ohm_bill_close(&w);
    return code;
}

/* --- month after month --------------------------------------------------------------------------
 */

static void write_month(ohm_json *json, const ohm_bill_work *w, ohm_interval month,
                        const ohm_outcome *o)
{
    char from[OHM_LOCAL_MAX], to[OHM_LOCAL_MAX];
    bool failed = ohm_failed(o->err);
    ohm_local_write(&w->tariffs->tz, month.from_ms, from);
    ohm_local_write(&w->tariffs->tz, month.to_ms, to);
    ohm_json_object(json);
    ohm_json_key_str(json, "from", from);
    ohm_json_key_str(json, "to", to);
    ohm_json_key_str(json, "fault", failed ? ohm_bill_fault_word(o->err.code) : NULL);
    ohm_json_key_time(json, "fault_at", failed ? o->fault_ms : OHM_NO_MS);
    if (!failed) {
        ohm_bill_cents(json, "total_eur", o->total_cents);
        ohm_bill_cents(json, "subscription_eur", o->subscription_cents);
        ohm_bill_cents(json, "energy_eur", o->energy_cents);
        ohm_json_key_decimal(json, "import_kwh", w->bill->import_mwh, -6);
        ohm_json_key_int(json, "missing_s", w->bill->missing_ms / OHM_SECOND_MS);
        ohm_json_key_int(json, "estimated_s", w->bill->estimated_ms / OHM_SECOND_MS);
        ohm_json_key_int(json, "unverified_days", o->unverified_days);
    }
    ohm_json_end(json);
}

/* Bills of years by the prices of now: each month read and priced anew, so that a price that was
 * corrected shows in all of them at once. */
static ohm_code run_months(ohm_reader *reader, const void *query, const atomic_bool *stop,
                           char **ret_json, size_t *ret_len)
{
    const ohm_bill_query *q = query;
    const ohm_web_tariffs *tariffs = q->tariffs(q->ctx);
    size_t cap = 1024 + MONTH_BYTES_MAX * (12 * (OHM_BILL_YEARS_MAX + 1));
    char *bytes = tariffs ? malloc(cap) : NULL;
    ohm_code code = bytes ? OHM_OK : OHM_NO_MEMORY;
    int64_t cents = 0, priced = 0, faults = 0;
    ohm_json json;
    ohm_json_init(&json, bytes, bytes ? cap : 0);
    ohm_json_object(&json);
    ohm_json_key(&json, "months");
    ohm_json_array(&json);
    for (ohm_ms at_ms = q->range.from_ms; code == OHM_OK && at_ms < q->range.to_ms;) {
        ohm_date first = ohm_first_of_month(ohm_civil_from_utc(&tariffs->tz, at_ms).date);
        ohm_interval month = { at_ms,
                               ohm_date_interval(&tariffs->tz, ohm_next_month(first)).from_ms };
        if (month.to_ms > q->range.to_ms)
            month.to_ms = q->range.to_ms;
        ohm_bill_work w;
        code = ohm_bill_open(&w, reader, q, month, stop);
        if (code == OHM_OK && !w.contract)
            code = OHM_NO_KEY;
        if (code == OHM_OK) {
            ohm_outcome o;
            ohm_bill_request request = ohm_bill_ask(&w, month);
            ohm_outcome_make(&request, w.contract, w.bill, &o);
            write_month(&json, &w, month, &o);
            cents += o.total_cents;
            *(ohm_failed(o.err) ? &faults : &priced) += 1;
        }
        ohm_bill_close(&w);
        at_ms = month.to_ms;
    }
    ohm_json_end(&json);
    if (faults) /* a sum without them would be taken for all of it */
        ohm_json_key_null(&json, "total_eur");
    else
        ohm_bill_cents(&json, "total_eur", cents);
    ohm_json_key_int(&json, "months_priced", priced);
    ohm_json_end(&json);
    if (code == OHM_OK)
        return ohm_bill_finish(&json, bytes, ret_json, ret_len);
    free(bytes);
    return code;
}

void ohm_api_bill_months(ohm_exchange *x)
{
    static const char *const keys[] = { "from", "to", "contract", NULL };
    const ohm_view *view;
    ohm_bill_query q = { .cut = true };
    if (!ohm_bill_keys(x, keys) || !ohm_bill_prepare(x, &q, &view) ||
        !ohm_bill_contract_name(x, &q))
        return;
    ohm_date first = ohm_first_of_month(ohm_civil_from_utc(&view->tz, view->time_ms).date);
    first.year--; /* a year and this month */
    q.range = (ohm_interval){ ohm_date_interval(&view->tz, first).from_ms, view->time_ms };
    if (ohm_bill_time(x, view, "from", &q.range.from_ms) &&
        ohm_bill_time(x, view, "to", &q.range.to_ms) && ohm_bill_range(x, &q))
        ohm_bill_send(x, run_months, &q);
}

/* --- the prototype's ----------------------------------------------------------------------------
 */

static ohm_code run_costs(ohm_reader *reader, const void *query, const atomic_bool *stop,
                          char **ret_json, size_t *ret_len)
{
    enum { CAP = 512 };
    const ohm_bill_query *q = query;
    ohm_uses uses = { .count = 0 };
    const ohm_uses_query query_of = { .device = q->device, .range = q->range, .stop = stop };
    ohm_code code = ohm_uses_read(reader, &query_of, &uses);
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

/* "since=last": from the last bill on, whose date somebody told. */
static bool read_since(ohm_exchange *x, const ohm_view *view, ohm_bill_query *q)
{
    const char *since = ohm_target_query(&x->target, "since");
    ohm_reader *reader = ohm_web_reader(x->web);
    if (!since)
        return true;
    if (strcmp(since, "last") != 0 || ohm_target_query(&x->target, "month") ||
        ohm_target_query(&x->target, "from")) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "since");
        return false;
    }
    if (!reader || ohm_last_bill_load(reader, &q->last) != OHM_OK) {
        ohm_reply_fault(x, OHM_FAULT_LAST_BILL, NULL);
        return false;
    }
    q->since_last = true;
    q->range.from_ms = ohm_date_interval(&view->tz, q->last.date).from_ms;
    return true;
}

void ohm_api_bill(ohm_exchange *x)
{
    static const char *const keys[] = { "from", "to", "month", "contract", "since", NULL };
    const ohm_view *view;
    ohm_bill_query q = { .cut = true };
    if (!ohm_bill_keys(x, keys) || !ohm_bill_prepare(x, &q, &view))
        return;
    ohm_date first = ohm_first_of_month(ohm_civil_from_utc(&view->tz, view->time_ms).date);
    q.range = (ohm_interval){ ohm_date_interval(&view->tz, first).from_ms, view->time_ms };
    if (!ohm_bill_contract_name(x, &q))
        return;
    if (read_since(x, view, &q) && read_month(x, view, &q.range) &&
        ohm_bill_time(x, view, "from", &q.range.from_ms) &&
        ohm_bill_time(x, view, "to", &q.range.to_ms) && ohm_bill_range(x, &q))
        ohm_bill_send(x, run_bill, &q);
}

void ohm_api_bill_projection(ohm_exchange *x)
{
    static const char *const keys[] = { "from", "to", NULL };
    const ohm_view *view;
    ohm_bill_query q = { .cut = true };
    if (!ohm_bill_keys(x, keys) || !ohm_bill_prepare(x, &q, &view))
        return;
    ohm_date first = ohm_first_of_month(ohm_civil_from_utc(&view->tz, view->time_ms).date);
    q.range = (ohm_interval){ ohm_date_interval(&view->tz, first).from_ms,
                              ohm_date_interval(&view->tz, ohm_next_month(first)).from_ms };
    if (!ohm_bill_time(x, view, "from", &q.range.from_ms) ||
        !ohm_bill_time(x, view, "to", &q.range.to_ms))
        return;
    if (q.range.from_ms >= q.range.to_ms ||
        q.range.to_ms - q.range.from_ms > PROJECT_DAYS_MAX * INT64_C(24) * OHM_HOUR_MS)
        ohm_reply_fault(x, OHM_FAULT_QUERY, "to");
    else
        ohm_bill_send(x, run_projection, &q);
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
    ohm_bill_send(x, run_costs, &q);
}
