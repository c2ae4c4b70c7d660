/* The same use under every contract: which is the cheapest, by how much, and why. */
#include <stdio.h>
#include <stdlib.h>

#include "web/bill_question.h"
#include "web/command.h"
#include "web/inner.h"
#include "web/view_json.h"

enum {
    COMPARE_DAYS = 365,
    MISSING_PART = 20, /* with more than a twentieth unmeasured, nothing is called the cheapest */
    ITEM_BYTES_MAX = 2048,
    POWERS_MAX = 64,       /* subscribed ones; of each 24 counts and a few words */
    REST_BYTES = 64 << 10, /* those, the months' peaks, and what is moved */
};

typedef struct candidate {
    const char *name; /* "" = the site's own */
    const ohm_contract *contract;
    ohm_outcome outcome;
    ohm_outcome shifted; /* with loads at other hours, if that is asked */
} candidate;

/* What a comparison works on beside the uses. */
typedef struct comparing {
    ohm_bill_work w;
    candidate *all;
    size_t count;
    ohm_use *shifted; /* as many as the work's uses; NULL: nothing is moved */
    int64_t moved_mwh[OHM_SHIFTS_MAX];
} comparing;

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

/* Whether its subscribed power suffices; of no other than the site's own that is known where no
 * step of the use tells a power. */
typedef enum fit { FIT_UNKNOWN, FIT_NO, FIT_YES } fit;

static fit fit_of(const candidate *c, const ohm_peak *peak)
{
    if (!c->contract->subscribed_va)
        return FIT_YES;
    if (peak->from_ms == OHM_NO_MS)
        return FIT_UNKNOWN;
    return peak->power <= c->contract->subscribed_va ? FIT_YES : FIT_NO;
}

/* Whether it may be called the cheapest: it suffices, or has the power that the site has now. */
static bool serves(const candidate *c, const ohm_peak *peak, const candidate *own)
{
    fit fits = fit_of(c, peak);
    bool same = own && c->contract->subscribed_va == own->contract->subscribed_va;
    return fits == FIT_YES || (fits == FIT_UNKNOWN && same);
}

static void write_candidate(ohm_json *json, const candidate *c, fit fits, bool moved)
{
    const ohm_outcome *o = &c->outcome;
    bool failed = ohm_failed(o->err);
    ohm_json_object(json);
    ohm_json_key_str(json, "name", c->name[0] ? c->name : NULL);
    ohm_json_key_str(json, "contract", c->contract->name);
    ohm_json_key_decimal(json, "power_kva", c->contract->subscribed_va, -3);
    ohm_json_key_bool(json, "own", !c->name[0]);
    if (fits == FIT_UNKNOWN)
        ohm_json_key_null(json, "fits");
    else
        ohm_json_key_bool(json, "fits", fits == FIT_YES);
    ohm_json_key_str(json, "fault", failed ? ohm_bill_fault_word(o->err.code) : NULL);
    ohm_json_key_time(json, "fault_at", failed ? o->fault_ms : OHM_NO_MS);
    if (!failed) {
        ohm_bill_cents(json, "total_eur", o->total_cents);
        ohm_bill_cents(json, "subscription_eur", o->subscription_cents);
        ohm_bill_cents(json, "energy_eur", o->energy_cents);
        write_periods(json, c);
        ohm_json_key_int(json, "steps_over", o->steps_over);
        ohm_json_key_decimal(json, "estimated_kwh", o->estimated_mwh, -6);
        ohm_json_key_int(json, "unverified_days", o->unverified_days);
        if (moved)
            ohm_bill_cents(json, "shifted_eur", c->shifted.total_cents);
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

/* Each subscribed power once, the smallest first: what would not have fitted, and when. */
static void write_powers(ohm_json *json, const comparing *c)
{
    int32_t last = 0;
    ohm_bill_request request = ohm_bill_ask(&c->w, c->w.q->range);
    ohm_json_key(json, "powers");
    ohm_json_array(json);
    for (int n = 0; n < POWERS_MAX; n++) {
        int32_t next = INT32_MAX;
        for (size_t i = 0; i < c->count; i++) {
            int32_t va = c->all[i].contract->subscribed_va;
            next = va > last && va < next ? va : next;
        }
        if (next == INT32_MAX)
            break;
        last = next;
        ohm_power_use use;
        ohm_power_use_of(&request, next, &use);
        ohm_json_object(json);
        ohm_json_key_decimal(json, "power_kva", next, -3);
        ohm_json_key_int(json, "steps_over", use.steps_over);
        ohm_json_key_int(json, "over_s", use.over_ms / OHM_SECOND_MS);
        ohm_json_key(json, "over_by_hour");
        ohm_json_array(json);
        for (int h = 0; h < 24; h++)
            ohm_json_int(json, use.hours[h]);
        ohm_json_end(json);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

/* The greatest power of each month. */
static void write_peaks(ohm_json *json, const comparing *c)
{
    const ohm_tz *tz = &c->w.tariffs->tz;
    ohm_interval range = c->w.q->range;
    size_t at = 0;
    ohm_json_key(json, "peaks");
    ohm_json_array(json);
    for (ohm_ms from_ms = range.from_ms; from_ms < range.to_ms;) {
        ohm_date first = ohm_first_of_month(ohm_civil_from_utc(tz, from_ms).date);
        ohm_ms next_ms = ohm_date_interval(tz, ohm_next_month(first)).from_ms;
        ohm_interval month = { from_ms, next_ms < range.to_ms ? next_ms : range.to_ms };
        size_t end = at;
        while (end < c->w.uses.count && c->w.uses.items[end].from_ms < month.to_ms)
            end++;
        ohm_peak peak;
        ohm_peak_of(c->w.uses.items + at, end - at, month, &peak);
        at = end;
        from_ms = month.to_ms;
        if (peak.from_ms == OHM_NO_MS)
            continue;
        char name[16];
        (void)snprintf(name, sizeof name, "%04d-%02u", first.year, first.month);
        ohm_json_object(json);
        ohm_json_key_str(json, "month", name);
        ohm_json_key_int(json, "power", peak.power);
        ohm_json_key_time(json, "at", peak.from_ms);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

/* What was moved, and which contract is the cheapest then. */
static void write_shift(ohm_json *json, const comparing *c, const candidate *own,
                        const ohm_peak *peak)
{
    const ohm_bill_query *q = c->w.q;
    const candidate *best = NULL;
    for (size_t i = 0; i < c->count; i++) {
        const candidate *one = &c->all[i];
        if (!ohm_failed(one->shifted.err) && serves(one, peak, own) &&
            (!best || one->shifted.total_cents < best->shifted.total_cents))
            best = one;
    }
    ohm_json_key(json, "shift");
    ohm_json_object(json);
    ohm_json_key(json, "loads");
    ohm_json_array(json);
    for (unsigned i = 0; i < q->shifts_count; i++) {
        ohm_json_object(json);
        ohm_json_key_str(json, "load", q->shifts[i].load);
        ohm_json_key_int(json, "power", q->shifts[i].shift.power_w);
        ohm_json_key_decimal(json, "kwh", c->moved_mwh[i], -6);
        ohm_json_end(json);
    }
    ohm_json_end(json);
    ohm_json_key_str(json, "cheapest", best && best->name[0] ? best->name : NULL);
    if (best && own && !ohm_failed(own->outcome.err))
        ohm_bill_cents(json, "saving_eur", own->outcome.total_cents - best->shifted.total_cents);
    ohm_json_end(json);
}

/* What of the time was not measured: the same for all that have a bill. */
static int64_t missing_of(const comparing *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (!ohm_failed(c->all[i].outcome.err))
            return c->all[i].outcome.missing_ms;
    return 0;
}

static ohm_code write_comparison(comparing *c, char **ret_json, size_t *ret_len)
{
    const ohm_bill_work *w = &c->w;
    size_t cap = REST_BYTES + c->count * ITEM_BYTES_MAX;
    char *bytes = malloc(cap), from[OHM_LOCAL_MAX], to[OHM_LOCAL_MAX];
    const candidate *best = NULL, *own = NULL;
    ohm_json json;
    ohm_peak peak;
    if (!bytes)
        return OHM_NO_MEMORY;
    ohm_peak_of(w->uses.items, w->uses.count, w->q->range, &peak);
    qsort(c->all, c->count, sizeof *c->all, compare_candidates);
    ohm_local_write(&w->tariffs->tz, w->q->range.from_ms, from);
    ohm_local_write(&w->tariffs->tz, w->q->range.to_ms, to);
    ohm_json_init(&json, bytes, cap);
    ohm_json_object(&json);
    ohm_json_key_str(&json, "from", from);
    ohm_json_key_str(&json, "to", to);
    for (size_t i = 0; i < c->count; i++)
        own = c->all[i].name[0] ? own : &c->all[i];
    int64_t missing_ms = missing_of(c);
    bool enough = missing_ms <= (w->q->range.to_ms - w->q->range.from_ms) / MISSING_PART;
    for (size_t i = 0; i < c->count && enough && !best; i++)
        if (!ohm_failed(c->all[i].outcome.err) && serves(&c->all[i], &peak, own))
            best = &c->all[i];
    ohm_json_key_int(&json, "missing_s", missing_ms / OHM_SECOND_MS);
    write_peak(&json, &peak);
    ohm_json_key(&json, "items");
    ohm_json_array(&json);
    for (size_t i = 0; i < c->count; i++)
        write_candidate(&json, &c->all[i], fit_of(&c->all[i], &peak), c->shifted != NULL);
    ohm_json_end(&json);
    write_best(&json, w, best, own);
    write_powers(&json, c);
    write_peaks(&json, c);
    if (c->shifted)
        write_shift(&json, c, own, &peak);
    ohm_json_end(&json);
    return ohm_bill_finish(&json, bytes, ret_json, ret_len);
}

/* The same uses with the loads at the hours that are asked for. */
static ohm_code shift_uses(comparing *c)
{
    const ohm_bill_query *q = c->w.q;
    if (!q->shifts_count || !c->w.uses.count)
        return OHM_OK;
    c->shifted = malloc(c->w.uses.count * sizeof *c->shifted);
    if (!c->shifted)
        return OHM_NO_MEMORY;
    memcpy(c->shifted, c->w.uses.items, c->w.uses.count * sizeof *c->shifted);
    for (unsigned i = 0; i < q->shifts_count; i++)
        c->moved_mwh[i] =
            ohm_uses_shift(c->shifted, c->w.uses.count, &c->w.tariffs->tz, &q->shifts[i].shift);
    return OHM_OK;
}

static void price(comparing *c, candidate *one)
{
    ohm_bill_request request = ohm_bill_ask(&c->w, c->w.q->range);
    ohm_outcome_make(&request, one->contract, c->w.bill, &one->outcome);
    one->shifted = one->outcome;
    request.uses = c->shifted;
    if (c->shifted)
        ohm_outcome_make(&request, one->contract, c->w.bill, &one->shifted);
}

static ohm_code run_comparison(ohm_reader *reader, const void *query, const atomic_bool *stop,
                               char **ret_json, size_t *ret_len)
{
    const ohm_bill_query *q = query;
    comparing c = { .count = 0 };
    ohm_bill_query asked = *q;
    ohm_code code = ohm_bill_open(&c.w, reader, q, q->range, stop);
    if (code == OHM_OK && q->clip &&
        c.w.uses.count) { /* no subscription of days before the meter */
        ohm_ms first_ms = ohm_civil_day(&c.w.tariffs->tz, c.w.uses.items[0].from_ms).from_ms;
        asked.range.from_ms = first_ms > asked.range.from_ms ? first_ms : asked.range.from_ms;
        c.w.q = &asked;
    }
    c.all = code == OHM_OK ? calloc(c.w.tariffs->count + 1, sizeof *c.all) : NULL;
    if (code == OHM_OK)
        code = c.all ? shift_uses(&c) : OHM_NO_MEMORY;
    for (size_t i = 0; code == OHM_OK && i <= c.w.tariffs->count; i++) {
        bool is_own = i == c.w.tariffs->count;
        if (is_own && !c.w.own)
            continue;
        candidate *one = &c.all[c.count++];
        one->name = is_own ? "" : c.w.tariffs->others[i].name;
        one->contract = is_own ? c.w.own : &c.w.tariffs->others[i].contract;
        price(&c, one);
        if (atomic_load(stop))
            code = OHM_MORE;
    }
    if (code == OHM_OK)
        code = write_comparison(&c, ret_json, ret_len);
    free(c.shifted);
    free(c.all);
    ohm_bill_close(&c.w);
    return code;
}

/* "shift=boiler@22:00-06:00,car:7400@01:00-06:00/12": powers that are not said are the loads'. */
static bool read_shifts(ohm_exchange *x, const ohm_view *view, ohm_bill_query *q)
{
    const char *text = ohm_target_query(&x->target, "shift");
    if (!text)
        return true;
    bool good = ohm_shifts_read(ohm_span_text(text), q->shifts, &q->shifts_count) == OHM_OK;
    for (unsigned i = 0; good && i < q->shifts_count; i++) {
        ohm_named_shift *s = &q->shifts[i];
        int load = s->shift.power_w ? -1 : ohm_view_find_load(view, s->load);
        if (load >= 0)
            s->shift.power_w = view->loads[load].nominal_w;
        good = s->shift.power_w > 0;
    }
    if (!good)
        ohm_reply_fault(x, OHM_FAULT_QUERY, "shift");
    return good;
}

void ohm_api_contracts(ohm_exchange *x)
{
    static const char *const keys[] = { "from", "to", "shift", NULL };
    const ohm_view *view;
    ohm_bill_query q = { .tarif_ueur = 0 };
    if (!ohm_bill_keys(x, keys) || !ohm_bill_prepare(x, &q, &view))
        return;
    q.range.to_ms = ohm_civil_day(&view->tz, view->time_ms).from_ms;
    int64_t day = ohm_days_from_date(ohm_civil_from_utc(&view->tz, view->time_ms).date);
    q.range.from_ms = ohm_date_interval(&view->tz, ohm_date_from_days(day - COMPARE_DAYS)).from_ms;
    if (ohm_bill_time(x, view, "from", &q.range.from_ms) &&
        ohm_bill_time(x, view, "to", &q.range.to_ms) && ohm_bill_range(x, &q) &&
        read_shifts(x, view, &q)) {
        q.clip = !ohm_target_query(&x->target, "from");
        ohm_bill_send(x, run_comparison, &q);
    }
}
