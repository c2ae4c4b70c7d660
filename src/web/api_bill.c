/* What energy cost: bills of the main meter, what the month will come to, other contracts, and
 * the prototype's costs at one price.
 *
 * All of it is worked out on the thread of long questions (history.h), from the store. */
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "tariff/csv.h"
#include "tariff/whatif.h"
#include "web/api.h"
#include "web/command.h"
#include "web/inner.h"
#include "web/tariffs.h"
#include "web/uses.h"

enum {
    LOOK_BACK_DAYS = 29, /* before now, for the projection's sample */
    COMPARE_DAYS = 365,
    YEARS_MAX = 20,
    LINE_BYTES_MAX = 768,
    ITEM_BYTES_MAX = 2048,
    PERIOD_TEXT_MAX = 16,
};

#define TARIF_UEUR_MAX INT64_C(100000000) /* 100 EUR/kWh */

typedef struct bill_query {
    const ohm_web_tariffs *(*tariffs)(void *ctx);
    void *ctx;
    char device[OHM_SERIES_KEY_MAX]; /* "home/ground/main" */
    ohm_interval range;
    ohm_ms now_ms;
    char contract[OHM_WEB_CONTRACT_NAME_MAX]; /* "" = the site's */
    int64_t tarif_ueur;                       /* of costs */
    char period[PERIOD_TEXT_MAX];             /* as it was asked */
} bill_query;

_Static_assert(sizeof(bill_query) <= OHM_HISTORY_QUERY_MAX, "a question fits its queue");

/* What a run works with. */
typedef struct work {
    const bill_query *q;
    const ohm_web_tariffs *tariffs;
    const ohm_contract *contract;
    ohm_uses uses;
    ohm_bill *bill;
} work;

/* --- what is asked ---------------------------------------------------------------------------- */

static bool has_only(ohm_exchange *x, const char *const *keys)
{
    for (int i = 0; i < x->target.pairs_count; i++) {
        bool known = false;
        for (int k = 0; keys[k] && !known; k++)
            known = !strcmp(x->target.keys[i], keys[k]);
        if (!known) {
            ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[i]);
            return false;
        }
    }
    return true;
}

static ohm_date first_of_month(ohm_date date)
{
    return (ohm_date){ date.year, date.month, 1 };
}

static ohm_date next_month(ohm_date date)
{
    return (ohm_date){ (int16_t)(date.year + date.month / 12), (uint8_t)(date.month % 12 + 1), 1 };
}

static bool read_time(ohm_exchange *x, const ohm_view *view, const char *key, ohm_ms *io_ms)
{
    const char *text = ohm_target_query(&x->target, key);
    if (!text || ohm_csv_time(ohm_span_text(text), &view->tz, OHM_NO_MS, io_ms) == OHM_OK)
        return true;
    ohm_reply_fault(x, OHM_FAULT_QUERY, key);
    return false;
}

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
    ohm_date next = next_month(ohm_civil_from_utc(&view->tz, at_ms).date);
    *io = (ohm_interval){ at_ms, ohm_date_interval(&view->tz, next).from_ms };
    return true;
}

/* Who is asked about: the main meter. */
static bool prepare(ohm_exchange *x, bill_query *q, const ohm_view **ret_view)
{
    const ohm_view *view = ohm_web_view(x->web);
    if (!view) {
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
        return false;
    }
    if (!x->web->options.tariffs || view->main_meter >= view->meters_count) {
        ohm_reply_fault(x, OHM_FAULT_SERIES, NULL);
        return false;
    }
    const ohm_view_meter *meter = &view->meters[view->main_meter];
    q->tariffs = x->web->options.tariffs;
    q->ctx = x->web->options.ctx;
    q->now_ms = view->time_ms;
    (void)snprintf(q->device, sizeof q->device, "%s/%s/%s", view->site_id, meter->zone,
                   meter->device);
    *ret_view = view;
    return true;
}

static bool range_good(ohm_exchange *x, bill_query *q)
{
    if (q->range.to_ms > q->now_ms)
        q->range.to_ms = q->now_ms;
    if (q->range.from_ms < q->range.to_ms &&
        q->range.to_ms - q->range.from_ms <= YEARS_MAX * INT64_C(366) * 24 * OHM_HOUR_MS)
        return true;
    ohm_reply_fault(x, OHM_FAULT_QUERY, "from");
    return false;
}

/* --- running -------------------------------------------------------------------------------- */

static const ohm_contract *contract_named(const ohm_web_tariffs *tariffs, const char *name)
{
    if (!name[0])
        return tariffs->has_own ? &tariffs->own : NULL;
    for (size_t i = 0; i < tariffs->count; i++)
        if (!strcmp(tariffs->others[i].name, name))
            return &tariffs->others[i].contract;
    return NULL;
}

static void close_work(work *w)
{
    ohm_uses_free(&w->uses);
    free(w->bill);
}

/* OHM_NO_KEY: there is no such contract. */
static ohm_code open_work(work *w, ohm_reader *reader, const bill_query *q, ohm_interval range,
                          const atomic_bool *stop)
{
    *w = (work){ .q = q, .tariffs = q->tariffs(q->ctx), .bill = malloc(sizeof *w->bill) };
    if (!w->tariffs || !w->bill)
        return OHM_NO_MEMORY;
    w->contract = contract_named(w->tariffs, q->contract);
    return ohm_uses_read(reader, q->device, range, stop, &w->uses);
}

static ohm_bill_request request_of(const work *w, ohm_interval period)
{
    return (ohm_bill_request){
        .contract = w->contract,
        .tz = &w->tariffs->tz,
        .codes = &w->tariffs->codes,
        .period = period,
        .uses = w->uses.items,
        .uses_count = w->uses.count,
    };
}

static ohm_code finish_json(ohm_json *json, char *bytes, char **ret_json, size_t *ret_len)
{
    ohm_code code = ohm_json_finish(json, ret_len);
    assert(code == OHM_OK);
    (void)code;
    *ret_json = bytes;
    return OHM_OK;
}

static ohm_code write_bill(const work *w, char **ret_json, size_t *ret_len)
{
    size_t cap = 4096 + (size_t)w->bill->count * LINE_BYTES_MAX;
    char *bytes = malloc(cap);
    ohm_json json;
    if (!bytes)
        return OHM_NO_MEMORY;
    ohm_json_init(&json, bytes, cap);
    ohm_bill_json(&json, w->contract, &w->tariffs->tz, w->q->device, w->bill);
    return finish_json(&json, bytes, ret_json, ret_len);
}

static ohm_code run_bill(ohm_reader *reader, const void *query, const atomic_bool *stop,
                         char **ret_json, size_t *ret_len)
{
    const bill_query *q = query;
    work w;
    ohm_code code = open_work(&w, reader, q, q->range, stop);
    if (code == OHM_OK && !w.contract)
        code = OHM_NO_KEY;
    if (code == OHM_OK) {
        ohm_bill_request request = request_of(&w, q->range);
        code = ohm_bill_make(&request, w.bill).code;
    }
    if (code == OHM_OK)
        code = write_bill(&w, ret_json, ret_len);
    close_work(&w);
    return code;
}

static void key_cents(ohm_json *json, const char *key, int64_t cents)
{
    ohm_json_key_decimal(json, key, cents, -2);
}

static ohm_code write_projection(const work *w, ohm_interval period, const ohm_projection *p,
                                 char **ret_json, size_t *ret_len)
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
    key_cents(&json, "so_far_eur", p->so_far_cents);
    key_cents(&json, "low_eur", p->low_cents);
    key_cents(&json, "expected_eur", p->expected_cents);
    key_cents(&json, "high_eur", p->high_cents);
    ohm_json_key_int(&json, "days_known", p->days_known);
    ohm_json_key_int(&json, "days_left", p->days_left);
    ohm_json_end(&json);
    return finish_json(&json, bytes, ret_json, ret_len);
}

static ohm_code run_projection(ohm_reader *reader, const void *query, const atomic_bool *stop,
                               char **ret_json, size_t *ret_len)
{
    const bill_query *q = query;
    ohm_interval known = { q->now_ms - LOOK_BACK_DAYS * INT64_C(24) * OHM_HOUR_MS, q->now_ms };
    if (q->range.from_ms < known.from_ms)
        known.from_ms = q->range.from_ms;
    work w;
    ohm_code code = open_work(&w, reader, q, known, stop);
    ohm_projection p;
    if (code == OHM_OK && !w.contract)
        code = OHM_NO_KEY;
    if (code == OHM_OK) {
        ohm_bill_request request = request_of(&w, q->range);
        code = ohm_project(&request, q->now_ms, w.bill, &p).code;
        if (code == OHM_MORE)
            code = OHM_END;
    }
    if (code == OHM_OK)
        code = write_projection(&w, q->range, &p, ret_json, ret_len);
    close_work(&w);
    return code;
}

/* --- other contracts -------------------------------------------------------------------------- */

typedef struct candidate {
    const char *name; /* "" = the site's own */
    const ohm_contract *contract;
    ohm_outcome outcome;
} candidate;

/* Cheapest first; what has no bill comes last. */
static int compare_candidates(const void *a, const void *b)
{
    const candidate *one = a, *other = b;
    bool one_failed = ohm_failed(one->outcome.err), other_failed = ohm_failed(other->outcome.err);
    if (one_failed != other_failed)
        return one_failed - other_failed;
    int64_t x = one->outcome.total_cents, y = other->outcome.total_cents;
    return x != y ? (x > y) - (x < y) : strcmp(one->name, other->name);
}

static const char *fault_word(ohm_code code)
{
    return code == OHM_RANGE ? "no_price" : code == OHM_GAP ? "not_known" : "too_large";
}

static void write_periods(ohm_json *json, const candidate *c)
{
    ohm_json_key(json, "periods");
    ohm_json_array(json);
    for (uint8_t p = 0; p < c->contract->periods_count; p++) {
        ohm_json_object(json);
        ohm_json_key_str(json, "period", c->contract->periods[p].id);
        ohm_json_key_decimal(json, "kwh", c->outcome.period_mwh[p], -6);
        ohm_json_key_decimal(json, "eur", c->outcome.period_peur[p], -12);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static void write_candidate(ohm_json *json, const candidate *c, bool fits)
{
    const ohm_outcome *o = &c->outcome;
    bool failed = ohm_failed(o->err);
    ohm_json_object(json);
    ohm_json_key_str(json, "name", c->name[0] ? c->name : NULL);
    ohm_json_key_str(json, "contract", c->contract->name);
    ohm_json_key_decimal(json, "power_kva", c->contract->subscribed_va, -3);
    ohm_json_key_bool(json, "own", !c->name[0]);
    ohm_json_key_bool(json, "fits", fits);
    ohm_json_key_str(json, "fault", failed ? fault_word(o->err.code) : NULL);
    ohm_json_key_time(json, "fault_at", failed ? o->fault_ms : OHM_NO_MS);
    if (!failed) {
        key_cents(json, "total_eur", o->total_cents);
        key_cents(json, "subscription_eur", o->subscription_cents);
        key_cents(json, "energy_eur", o->energy_cents);
        write_periods(json, c);
        ohm_json_key_int(json, "steps_over", o->steps_over);
        ohm_json_key_int(json, "unverified_days", o->unverified_days);
    }
    ohm_json_end(json);
}

static void write_peak(ohm_json *json, const ohm_peak *peak)
{
    ohm_json_key(json, "peak");
    if (peak->from_ms == OHM_NO_MS) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_int(json, "power", peak->power);
    ohm_json_key_str(json, "unit", peak->is_va ? "VA" : "W");
    ohm_json_key_time(json, "at", peak->from_ms);
    ohm_json_end(json);
}

/* The cheapest that carries the greatest power, and why it is cheaper than the site's own. */
static void write_best(ohm_json *json, const work *w, const candidate *best, const candidate *own)
{
    ohm_json_key(json, "cheapest");
    if (!best) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_str(json, "name", best->name[0] ? best->name : NULL);
    if (own && !ohm_failed(own->outcome.err)) {
        int64_t hours[24];
        ohm_bill_request request = request_of(w, w->q->range);
        key_cents(json, "saving_eur", own->outcome.total_cents - best->outcome.total_cents);
        key_cents(json, "subscription_saving_eur",
                  own->outcome.subscription_cents - best->outcome.subscription_cents);
        ohm_outcome_hours(&request, own->contract, best->contract, hours);
        ohm_json_key(json, "energy_saving_by_hour_eur");
        ohm_json_array(json);
        for (int h = 0; h < 24; h++)
            ohm_json_decimal(json, -ohm_cents_of_peur(hours[h]), -2);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static bool carries(const candidate *c, const ohm_peak *peak)
{
    return !c->contract->subscribed_va || peak->power <= c->contract->subscribed_va;
}

static ohm_code write_comparison(const work *w, candidate *all, size_t count, char **ret_json,
                                 size_t *ret_len)
{
    size_t cap = 4096 + count * ITEM_BYTES_MAX;
    char *bytes = malloc(cap), from[OHM_LOCAL_MAX], to[OHM_LOCAL_MAX];
    const candidate *best = NULL, *own = NULL;
    ohm_json json;
    ohm_peak peak;
    if (!bytes)
        return OHM_NO_MEMORY;
    ohm_peak_of(w->uses.items, w->uses.count, w->q->range, &peak);
    qsort(all, count, sizeof *all, compare_candidates);
    ohm_local_write(&w->tariffs->tz, w->q->range.from_ms, from);
    ohm_local_write(&w->tariffs->tz, w->q->range.to_ms, to);
    ohm_json_init(&json, bytes, cap);
    ohm_json_object(&json);
    ohm_json_key_str(&json, "from", from);
    ohm_json_key_str(&json, "to", to);
    write_peak(&json, &peak);
    ohm_json_key(&json, "items");
    ohm_json_array(&json);
    for (size_t i = 0; i < count; i++) {
        bool fits = carries(&all[i], &peak);
        write_candidate(&json, &all[i], fits);
        if (!best && fits && !ohm_failed(all[i].outcome.err))
            best = &all[i];
        if (!all[i].name[0])
            own = &all[i];
    }
    ohm_json_end(&json);
    write_best(&json, w, best, own);
    ohm_json_end(&json);
    return finish_json(&json, bytes, ret_json, ret_len);
}

static ohm_code run_comparison(ohm_reader *reader, const void *query, const atomic_bool *stop,
                               char **ret_json, size_t *ret_len)
{
    const bill_query *q = query;
    work w;
    ohm_code code = open_work(&w, reader, q, q->range, stop);
    size_t count = 0;
    candidate *all = code == OHM_OK ? calloc(w.tariffs->count + 1, sizeof *all) : NULL;
    if (code == OHM_OK && !all)
        code = OHM_NO_MEMORY;
    for (size_t i = 0; code == OHM_OK && i <= w.tariffs->count; i++) {
        bool is_own = i == w.tariffs->count;
        if (is_own && !w.tariffs->has_own)
            continue;
        candidate *c = &all[count++];
        c->name = is_own ? "" : w.tariffs->others[i].name;
        c->contract = is_own ? &w.tariffs->own : &w.tariffs->others[i].contract;
        ohm_bill_request request = request_of(&w, q->range);
        ohm_outcome_make(&request, c->contract, w.bill, &c->outcome);
        if (atomic_load(stop))
            code = OHM_MORE;
    }
    if (code == OHM_OK)
        code = write_comparison(&w, all, count, ret_json, ret_len);
    free(all);
    close_work(&w);
    return code;
}

/* --- the prototype's ----------------------------------------------------------------------------
 */

static ohm_code run_costs(ohm_reader *reader, const void *query, const atomic_bool *stop,
                          char **ret_json, size_t *ret_len)
{
    enum { CAP = 512 };
    const bill_query *q = query;
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
    key_cents(&json, "cout", ohm_cents_of_peur(peur));
    ohm_json_end(&json);
    return finish_json(&json, bytes, ret_json, ret_len);
}

/* --- answers ------------------------------------------------------------------------------------
 */

static void done(ohm_exchange *x, ohm_code outcome)
{
    if (outcome == OHM_OK) {
        struct MHD_Response *response =
            MHD_create_response_from_buffer(x->answer_len, x->answer, MHD_RESPMEM_MUST_FREE);
        if (response) {
            x->answer = NULL;
            (void)MHD_add_response_header(response, "Content-Type", "application/json");
            ohm_reply(x, MHD_HTTP_OK, response, OHM_NO_STORE);
            return;
        }
        outcome = OHM_NO_MEMORY;
    }
    ohm_fault fault = OHM_FAULT_STORE;
    if (outcome == OHM_UNKNOWN)
        fault = OHM_FAULT_SERIES;
    else if (outcome == OHM_MORE)
        fault = OHM_FAULT_SLOW;
    else if (outcome == OHM_NO_KEY)
        fault = OHM_FAULT_CONTRACT;
    else if (outcome == OHM_RANGE || outcome == OHM_GAP || outcome == OHM_TOO_BIG)
        fault = OHM_FAULT_PRICE;
    else if (outcome == OHM_END)
        fault = OHM_FAULT_FEW_DAYS;
    ohm_reply_fault(x, fault, NULL);
}

void ohm_api_bill(ohm_exchange *x)
{
    static const char *const keys[] = { "from", "to", "month", "contract", NULL };
    const char *contract = ohm_target_query(&x->target, "contract");
    const ohm_view *view;
    bill_query q = { .tarif_ueur = 0 };
    if (!has_only(x, keys) || !prepare(x, &q, &view))
        return;
    ohm_date first = first_of_month(ohm_civil_from_utc(&view->tz, view->time_ms).date);
    q.range = (ohm_interval){ ohm_date_interval(&view->tz, first).from_ms, view->time_ms };
    if (contract && strlen(contract) >= sizeof q.contract) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "contract");
        return;
    }
    if (contract)
        (void)snprintf(q.contract, sizeof q.contract, "%s", contract);
    if (read_month(x, view, &q.range) && read_time(x, view, "from", &q.range.from_ms) &&
        read_time(x, view, "to", &q.range.to_ms) && range_good(x, &q))
        ohm_history_send(x, run_bill, &q, sizeof q, done);
}

void ohm_api_bill_projection(ohm_exchange *x)
{
    static const char *const keys[] = { NULL };
    const ohm_view *view;
    bill_query q = { .tarif_ueur = 0 };
    if (!has_only(x, keys) || !prepare(x, &q, &view))
        return;
    ohm_date first = first_of_month(ohm_civil_from_utc(&view->tz, view->time_ms).date);
    q.range = (ohm_interval){ ohm_date_interval(&view->tz, first).from_ms,
                              ohm_date_interval(&view->tz, next_month(first)).from_ms };
    ohm_history_send(x, run_projection, &q, sizeof q, done);
}

void ohm_api_contracts(ohm_exchange *x)
{
    static const char *const keys[] = { "from", "to", NULL };
    const ohm_view *view;
    bill_query q = { .tarif_ueur = 0 };
    if (!has_only(x, keys) || !prepare(x, &q, &view))
        return;
    q.range.to_ms = ohm_civil_day(&view->tz, view->time_ms).from_ms;
    int64_t day = ohm_days_from_date(ohm_civil_from_utc(&view->tz, view->time_ms).date);
    q.range.from_ms = ohm_date_interval(&view->tz, ohm_date_from_days(day - COMPARE_DAYS)).from_ms;
    if (read_time(x, view, "from", &q.range.from_ms) && read_time(x, view, "to", &q.range.to_ms) &&
        range_good(x, &q))
        ohm_history_send(x, run_comparison, &q, sizeof q, done);
}

/* "24h", "7d" */
static bool read_period(const char *text, int64_t *ret_ms)
{
    size_t len = strlen(text);
    uint64_t count;
    char digits[PERIOD_TEXT_MAX];
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
    bill_query q = { .tarif_ueur = 0 };
    int64_t ms;
    if (!has_only(x, keys) || !prepare(x, &q, &view))
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
    if (!read_period(period ? period : "24h", &ms)) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "period");
        return;
    }
    (void)snprintf(q.period, sizeof q.period, "%s", period ? period : "24h");
    q.range = (ohm_interval){ view->time_ms - ms, view->time_ms };
    ohm_history_send(x, run_costs, &q, sizeof q, done);
}
