/* The same use under every contract: which is the cheapest, by how much, and why. */
#include <stdio.h>
#include <stdlib.h>

#include "web/bill_question.h"
#include "web/command.h"
#include "web/inner.h"

enum { COMPARE_DAYS = 365, ITEM_BYTES_MAX = 2048 };

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
        ohm_bill_cents(json, "total_eur", o->total_cents);
        ohm_bill_cents(json, "subscription_eur", o->subscription_cents);
        ohm_bill_cents(json, "energy_eur", o->energy_cents);
        write_periods(json, c);
        ohm_json_key_int(json, "steps_over", o->steps_over);
        ohm_json_key_decimal(json, "estimated_kwh", o->estimated_mwh, -6);
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
static void write_best(ohm_json *json, const ohm_bill_work *w, const candidate *best,
                       const candidate *own)
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
        ohm_bill_request request = ohm_bill_ask(w, w->q->range);
        ohm_bill_cents(json, "saving_eur", own->outcome.total_cents - best->outcome.total_cents);
        ohm_bill_cents(json, "subscription_saving_eur",
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

static ohm_code write_comparison(const ohm_bill_work *w, candidate *all, size_t count,
                                 char **ret_json, size_t *ret_len)
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
    return ohm_bill_finish(&json, bytes, ret_json, ret_len);
}

static ohm_code run_comparison(ohm_reader *reader, const void *query, const atomic_bool *stop,
                               char **ret_json, size_t *ret_len)
{
    const ohm_bill_query *q = query;
    ohm_bill_work w;
    ohm_code code = ohm_bill_open(&w, reader, q, q->range, stop);
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
        ohm_bill_request request = ohm_bill_ask(&w, q->range);
        ohm_outcome_make(&request, c->contract, w.bill, &c->outcome);
        if (atomic_load(stop))
            code = OHM_MORE;
    }
    if (code == OHM_OK)
        code = write_comparison(&w, all, count, ret_json, ret_len);
    free(all);
    ohm_bill_close(&w);
    return code;
}

void ohm_api_contracts(ohm_exchange *x)
{
    static const char *const keys[] = { "from", "to", NULL };
    const ohm_view *view;
    ohm_bill_query q = { .tarif_ueur = 0 };
    if (!ohm_bill_keys(x, keys) || !ohm_bill_prepare(x, &q, &view))
        return;
    q.range.to_ms = ohm_civil_day(&view->tz, view->time_ms).from_ms;
    int64_t day = ohm_days_from_date(ohm_civil_from_utc(&view->tz, view->time_ms).date);
    q.range.from_ms = ohm_date_interval(&view->tz, ohm_date_from_days(day - COMPARE_DAYS)).from_ms;
    if (ohm_bill_time(x, view, "from", &q.range.from_ms) &&
        ohm_bill_time(x, view, "to", &q.range.to_ms) && ohm_bill_range(x, &q))
        ohm_history_send(x, run_comparison, &q, sizeof q, ohm_bill_answered);
}
