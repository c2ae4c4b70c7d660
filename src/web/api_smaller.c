/* Another subscribed power, over the site's own history (control/smaller.h): what would have been
 * passed, what would have tripped, who would have been shed, and what the subscription costs. */
#include <stdlib.h>

#include "control/smaller.h"
#include "store/query.h"
#include "web/bill_question.h"
#include "web/command.h"
#include "web/inner.h"

enum {
    DAYS = 365,
    DAYS_SHORT = 30,
    COARSE_MS = OHM_MINUTE_MS,      /* a longer step hides what trips a breaker */
    GAP_MS = 15 * OHM_MINUTE_MS,    /* a reading holds until the next one within this */
    CURVE_GAP_MS = 2 * OHM_HOUR_MS, /* of a load curve, whose steps are as long */
    COSINE_PERCENT = 95,            /* VA of watts, as the engine takes them */
    BYTES_MAX = (OHM_SMALLER_POWERS_MAX * (OHM_LOADS_MAX * 160 + 512)) + 4096,
    ASK_STOP_EVERY = 4096,
};

typedef struct smaller_query {
    ohm_bill_query bill; /* the meter, the range, the contracts */
    const ohm_load *loads;
    uint16_t loads_count;
    bool three_phase;
} smaller_query;
_Static_assert(sizeof(smaller_query) <= OHM_HISTORY_QUERY_MAX, "a question fits its queue");

/* What power is taken from, the best first. */
static const struct {
    ohm_quantity_id quantity;
    bool is_va;
    int64_t gap_ms;
} sources[] = {
    { OHM_Q_APPARENT_POWER_IMPORT, true, GAP_MS },
    { OHM_Q_APPARENT_POWER, true, GAP_MS },
    { OHM_Q_POWER_IMPORT, false, GAP_MS },
    { OHM_Q_POWER, false, GAP_MS },
    { OHM_Q_POWER_IMPORT_MEAN, false, CURVE_GAP_MS },
    { OHM_Q_ENERGY_IMPORT, false, 0 }, /* its steps of ten minutes (uses.h) */
};
enum { SOURCES = sizeof sources / sizeof *sources, SOURCE_STEPS = SOURCES - 1 };

typedef struct work {
    const smaller_query *q;
    const atomic_bool *stop;
    const ohm_web_tariffs *tariffs;
    ohm_contract *own; /* NULL: none */
    ohm_smaller *smaller;
    int source; /* of sources[] */
    bool has_last;
    ohm_point last;
    ohm_ms first_ms;
    uint64_t read;
} work;

/* --- reading -------------------------------------------------------------------------- */

static int64_t va_of(const work *w, int64_t value)
{
    const ohm_quantity *quantity = ohm_quantity_get(sources[w->source].quantity);
    for (int i = 0; i < quantity->decimals; i++)
        value /= 10;
    if (value <= 0) /* what is fed back draws nothing */
        return 0;
    value = value < OHM_ENGINE_POWER_W_MAX ? value : OHM_ENGINE_POWER_W_MAX;
    return sources[w->source].is_va ? value : value * 100 / COSINE_PERCENT;
}

static bool add_point(void *ctx, const ohm_point *point)
{
    work *w = ctx;
    if (point->quality == OHM_QUALITY_SUSPECT)
        return true;
    if (w->has_last && point->time_ms <= w->last.time_ms)
        return true;
    bool follows = w->has_last && point->time_ms - w->last.time_ms <= sources[w->source].gap_ms;
    if (follows)
        ohm_smaller_add(w->smaller, va_of(w, w->last.value),
                        (ohm_interval){ w->last.time_ms, point->time_ms });
    if (!w->has_last)
        w->first_ms = point->time_ms;
    w->has_last = true;
    w->last = *point;
    w->read++;
    return w->read % ASK_STOP_EVERY || !atomic_load_explicit(w->stop, memory_order_relaxed);
}

/* Where no power is stored: what a register counted in ten minutes. */
static ohm_code read_steps(work *w, ohm_reader *reader)
{
    const ohm_uses_query query = { .device = w->q->bill.device,
                                   .range = w->q->bill.range,
                                   .stop = w->stop };
    ohm_uses uses = { .count = 0 };
    ohm_code code = ohm_uses_read(reader, &query, &uses);
    for (size_t i = 0; code == OHM_OK && i < uses.count; i++) {
        const ohm_use *use = &uses.items[i];
        int64_t ms = use->to_ms - use->from_ms;
        bool tells = ms > 0 && ms <= GAP_MS && !(use->flags & OHM_USE_ESTIMATED) &&
                     use->import_mwh >= 0 && use->import_mwh <= OHM_ENGINE_POWER_W_MAX * ms / 3600;
        if (!tells)
            continue;
        if (!w->smaller->count)
            w->first_ms = use->from_ms;
        ohm_smaller_add(w->smaller, use->import_mwh * 3600 / ms * 100 / COSINE_PERCENT,
                        (ohm_interval){ use->from_ms, use->to_ms });
    }
    ohm_uses_free(&uses);
    ohm_smaller_end(w->smaller);
    return code == OHM_OK && !w->smaller->count ? OHM_UNKNOWN : code;
}

/* The first source that says something of the range. */
static ohm_code read_powers(work *w, ohm_reader *reader)
{
    char key[OHM_SERIES_KEY_MAX + 64];
    for (w->source = 0; w->source < SOURCE_STEPS; w->source++) {
        (void)snprintf(key, sizeof key, "%s/%s", w->q->bill.device,
                       ohm_quantity_get(sources[w->source].quantity)->name);
        ohm_err err = ohm_query_points(reader, key, w->q->bill.range, add_point, w);
        if (atomic_load(w->stop))
            return OHM_MORE;
        if (ohm_failed(err) && err.code != OHM_UNKNOWN)
            return err.code;
        if (w->smaller->count) {
            ohm_smaller_end(w->smaller);
            return OHM_OK;
        }
        w->has_last = false;
    }
    return read_steps(w, reader);
}

/* --- the powers ----------------------------------------------------------------------- */

/* The contracts of the site's own kind; of all kinds where it has none. */
static bool is_kin(const work *w, const ohm_web_contract *other)
{
    return other->contract.subscribed_va > 0 &&
           (!w->own || !strcmp(other->contract.name, w->own->name));
}

static bool has_kin(const work *w)
{
    for (size_t i = 0; i < w->tariffs->count; i++)
        if (w->own && is_kin(w, &w->tariffs->others[i]))
            return true;
    return false;
}

/* What is above `last_va`; INT32_MAX: nothing. */
static int32_t next_power(const work *w, bool kin, int32_t last_va)
{
    int32_t next = INT32_MAX;
    for (size_t i = 0; i < w->tariffs->count; i++) {
        int32_t va = w->tariffs->others[i].contract.subscribed_va;
        bool counts = !kin || is_kin(w, &w->tariffs->others[i]);
        if (counts && va > last_va && va < next)
            next = va;
    }
    if (w->own && w->own->subscribed_va > last_va && w->own->subscribed_va < next)
        next = w->own->subscribed_va;
    return next;
}

static uint16_t powers_of(const work *w, int32_t out[static OHM_SMALLER_POWERS_MAX])
{
    bool kin = has_kin(w);
    uint16_t count = 0;
    int32_t va = next_power(w, kin, 0);
    for (; va != INT32_MAX && count < OHM_SMALLER_POWERS_MAX; va = next_power(w, kin, va))
        out[count++] = va;
    return count;
}

/* What the subscription of such a contract costs now, a year; OHM_NO_PRICE: not known. */
static int64_t subscription_of(const work *w, int32_t va)
{
    ohm_date today = ohm_civil_from_utc(&w->tariffs->tz, w->q->bill.now_ms).date;
    const ohm_contract *found = w->own && w->own->subscribed_va == va ? w->own : NULL;
    for (size_t i = 0; i < w->tariffs->count && !found && w->own; i++)
        if (w->tariffs->others[i].contract.subscribed_va == va && is_kin(w, &w->tariffs->others[i]))
            found = &w->tariffs->others[i].contract;
    int row = found ? ohm_contract_row(found, today) : -1;
    return row < 0 ? OHM_NO_PRICE : found->rows[row].subscription_ueur_per_year;
}

/* --- the answer ----------------------------------------------------------------------- */

static void key_money(ohm_json *json, const char *key, int64_t ueur)
{
    if (ueur == OHM_NO_PRICE)
        ohm_json_key_null(json, key);
    else
        ohm_json_key_decimal(json, key, (ueur + (ueur < 0 ? -5000 : 5000)) / 10000, -2);
}

static void write_shed(ohm_json *json, const work *w, const ohm_smaller_power *p)
{
    ohm_json_key(json, "shed");
    ohm_json_object(json);
    ohm_json_key_int(json, "switchings", p->switchings);
    ohm_json_key_int(json, "trips", p->trips_left);
    ohm_json_key_int(json, "uncovered_s", p->uncovered_ms / OHM_SECOND_MS);
    ohm_json_key(json, "loads");
    ohm_json_array(json);
    for (uint16_t i = 0; i < w->q->loads_count; i++) {
        const ohm_smaller_load *load = &p->loads[i];
        if (!load->times)
            continue;
        ohm_json_object(json);
        ohm_json_key_str(json, "load", w->q->loads[i].id);
        ohm_json_key_int(json, "times", load->times);
        ohm_json_key_int(json, "shed_s", load->shed_ms / OHM_SECOND_MS);
        ohm_json_key_int(json, "longest_s", load->longest_ms / OHM_SECOND_MS);
        ohm_json_end(json);
    }
    ohm_json_end(json);
    ohm_json_end(json);
}

static void write_power(ohm_json *json, const work *w, const ohm_smaller_power *p)
{
    int64_t cost = subscription_of(w, p->va);
    int64_t own = w->own ? subscription_of(w, w->own->subscribed_va) : OHM_NO_PRICE;
    bool both = cost != OHM_NO_PRICE && own != OHM_NO_PRICE;
    ohm_json_object(json);
    ohm_json_key_decimal(json, "power_kva", p->va, -3);
    ohm_json_key_bool(json, "own", w->own && w->own->subscribed_va == p->va);
    key_money(json, "subscription_eur_per_year", cost);
    key_money(json, "saving_eur_per_year", both ? own - cost : OHM_NO_PRICE);
    ohm_json_key_int(json, "overruns", p->overruns);
    ohm_json_key_int(json, "over_s", p->over_ms / OHM_SECOND_MS);
    ohm_json_key_int(json, "longest_s", p->longest_ms / OHM_SECOND_MS);
    ohm_json_key_time(json, "last", p->last_ms);
    ohm_json_key_int(json, "trips", p->trips);
    write_shed(json, w, p);
    ohm_json_end(json);
}

static int64_t pace_ms(const work *w)
{
    return w->smaller->measured_ms / (int64_t)w->smaller->count;
}

/* What the answer can't know. */
static void write_lacks(ohm_json *json, const work *w)
{
    const struct {
        bool lacks;
        const char *word;
    } rows[] = {
        { !sources[w->source].is_va, "va" },
        { pace_ms(w) > COARSE_MS, "fine_steps" },
        { w->smaller->measured_ms < DAYS_SHORT * INT64_C(24) * OHM_HOUR_MS, "history" },
        { w->q->three_phase, "phases" },
        { !w->own, "contract" },
        { w->own && !has_kin(w), "prices" },
        { !w->q->loads_count, "loads" },
        { w->q->loads_count > 0, "who_drew" },
    };
    ohm_json_key(json, "lacks");
    ohm_json_array(json);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].lacks)
            ohm_json_str(json, rows[i].word);
    ohm_json_end(json);
}

static ohm_code write_answer(const work *w, char **ret_json, size_t *ret_len)
{
    char *bytes = malloc(BYTES_MAX);
    ohm_json json;
    if (!bytes)
        return OHM_NO_MEMORY;
    int64_t asked_ms = w->q->bill.range.to_ms - w->first_ms;
    ohm_json_init(&json, bytes, BYTES_MAX);
    ohm_json_object(&json);
    ohm_json_key_time(&json, "from", w->first_ms);
    ohm_json_key_time(&json, "to", w->q->bill.range.to_ms);
    ohm_json_key_str(&json, "contract", w->own ? w->own->name : NULL);
    ohm_json_key_str(&json, "series", ohm_quantity_get(sources[w->source].quantity)->name);
    ohm_json_key_decimal(&json, "step_s", pace_ms(w), -3);
    ohm_json_key_int(&json, "measured_s", w->smaller->measured_ms / OHM_SECOND_MS);
    ohm_json_key_int(&json, "missing_s", (asked_ms - w->smaller->measured_ms) / OHM_SECOND_MS);
    write_lacks(&json, w);
    ohm_json_key(&json, "powers");
    ohm_json_array(&json);
    for (uint16_t i = 0; i < w->smaller->powers_count; i++)
        write_power(&json, w, &w->smaller->powers[i]);
    ohm_json_end(&json);
    ohm_json_end(&json);
    return ohm_bill_finish(&json, bytes, ret_json, ret_len);
}

static ohm_code prepare(work *w)
{
    const ohm_bill_query *b = &w->q->bill;
    int32_t powers[OHM_SMALLER_POWERS_MAX];
    w->tariffs = b->tariffs(b->ctx);
    w->own = malloc(sizeof *w->own);
    w->smaller = malloc(sizeof *w->smaller);
    if (!w->tariffs || !w->own || !w->smaller)
        return OHM_NO_MEMORY;
    bool has = b->own ? b->own(b->ctx, w->own) == OHM_OK : w->tariffs->has_own;
    if (has && !b->own)
        *w->own = w->tariffs->own;
    if (!has) {
        free(w->own);
        w->own = NULL;
    }
    uint16_t count = powers_of(w, powers);
    ohm_smaller_init(w->smaller, w->q->loads, w->q->loads_count, powers, count);
    return OHM_OK;
}

static ohm_code run_smaller(ohm_reader *reader, const void *query, const atomic_bool *stop,
                            char **ret_json, size_t *ret_len)
{
    work w = { .q = query, .stop = stop };
    ohm_code code = prepare(&w);
    if (code == OHM_OK)
        code = read_powers(&w, reader);
    if (code == OHM_OK)
        code = write_answer(&w, ret_json, ret_len);
    free(w.own);
    free(w.smaller);
    return code;
}

/* The main meter tells its second phase. */
static bool is_three_phase(const ohm_view *view)
{
    const ohm_view_meter *meter = &view->meters[view->main_meter];
    for (int i = 0; i < meter->values_count; i++) {
        ohm_quantity_id quantity = (ohm_quantity_id)ohm_view_values(view, meter)[i].quantity;
        if (quantity == OHM_Q_POWER_IMPORT_L2 || quantity == OHM_Q_APPARENT_POWER_IMPORT_L2 ||
            quantity == OHM_Q_CURRENT_L2)
            return true;
    }
    return false;
}

void ohm_api_powers(ohm_exchange *x)
{
    static const char *const keys[] = { "from", "to", NULL };
    const ohm_view *view;
    smaller_query q = { .loads = NULL };
    if (!ohm_bill_keys(x, keys) || !ohm_bill_prepare(x, &q.bill, &view))
        return;
    q.bill.range =
        (ohm_interval){ view->time_ms - DAYS * INT64_C(24) * OHM_HOUR_MS, view->time_ms };
    if (!ohm_bill_time(x, view, "from", &q.bill.range.from_ms) ||
        !ohm_bill_time(x, view, "to", &q.bill.range.to_ms) || !ohm_bill_range(x, &q.bill))
        return;
    if (x->web->options.loads)
        q.loads = x->web->options.loads(x->web->options.ctx, &q.loads_count);
    q.three_phase = is_three_phase(view);
    /* Each raw reading of the time, under each power: the charts do not wait for that. */
    ohm_years_send(x, run_smaller, &q, sizeof q, ohm_bill_answered);
}
