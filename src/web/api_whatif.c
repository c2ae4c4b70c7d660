/* What if, on what the site used: panels, a battery, another contract and subscribed power, other
 * walls and set points. The use is lived again (replay.h) and billed as it is billed, so that what
 * is compared are bills. */
#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "tariff/whatif.h"
#include "web/bill_question.h"
#include "web/command.h"
#include "web/inner.h"
#include "web/whatif_site.h"

enum {
    DAYS = 365,
    DAYS_MAX = 3 * 366,
    ASKED_MAX = 16, /* scenarios */
    PV_W_MAX = 1000000,
    BATTERY_WH_MAX = 1000000,
    VA_MAX = 250000,
    YIELD_MIN = 100,
    YIELD_MAX = 3000,
    CO2_MG_MAX = 2000000,
    CO2_UNKNOWN = -1,
    LOSS_PERMILLE_MIN = 100, /* of what zones lose now */
    LOSS_PERMILLE_MAX = 2000,
    SET_MORE_MK_MAX = 5000,
    ITEM_BYTES = 2048,
};

/* A list of numbers, in thousandths of what the parameter says; none: the one that changes nothing.
 */
typedef struct numbers {
    int64_t value[ASKED_MAX];
    unsigned count;
} numbers;

/* What is varied, the one that turns fastest first. */
enum { BATTERY, PV, SET_MORE, LOSS, VA, LISTS };

typedef struct whatif_query {
    ohm_bill_query bill;
    ohm_replay_run *replay;
    int64_t pv_yield;   /* kWh a year of a kWp; 0: not said */
    int64_t co2_mg;     /* of a kWh of the grid; CO2_UNKNOWN: not said, nothing is assumed */
    int64_t own_peak_w; /* of the site's panels; OHM_REPLAY_AS_CONFIGURED */
    numbers lists[LISTS];
    char contract[ASKED_MAX][OHM_WEB_CONTRACT_NAME_MAX]; /* "": the site's */
    unsigned contracts;
    ohm_whatif_site site;
} whatif_query;
_Static_assert(sizeof(whatif_query) <= OHM_HISTORY_QUERY_MAX, "a question fits its queue");

typedef struct scenario {
    int64_t of[LISTS];
    const char *name; /* of its contract; NULL: the site's own */
    const ohm_contract *contract;
    ohm_replayed told;
    ohm_outcome outcome;
    ohm_peak peak;
    int64_t import_mwh, export_mwh;
    bool impossible; /* what energy costs is not known */
    bool no_twin;    /* how its zones lose heat is not */
} scenario;

typedef struct work {
    const whatif_query *q;
    ohm_bill_work bill;
    ohm_interval when;
    int steps;
    double *grid_w;
    ohm_use *uses; /* as the meter would have counted them */
    ohm_use *sun;  /* what the site's panels made */
    size_t sun_count;
    scenario all[1 + ASKED_MAX];
    unsigned count; /* the first is the site as it is */
} work;

/* --- what is asked ----------------------------------------------------------------------------
 */

/* A parameter, its numbers scaled by 10^decimals. */
typedef struct parameter {
    const char *key;
    int decimals;
    int64_t least, most, without;
} parameter;

static const parameter list_rows[LISTS] = {
    [BATTERY] = { "battery_kwh", 3, 0, BATTERY_WH_MAX, 0 },
    [PV] = { "pv_kwp", 3, 0, PV_W_MAX, 0 },
    [SET_MORE] = { "setpoint_k", 3, -SET_MORE_MK_MAX, SET_MORE_MK_MAX, 0 },
    [LOSS] = { "insulation", 3, LOSS_PERMILLE_MIN, LOSS_PERMILLE_MAX, 1000 },
    [VA] = { "kva", 3, 1, VA_MAX, 0 },
};
static const parameter yield_row = { "pv_yield", 0, YIELD_MIN, YIELD_MAX, 0 };
static const parameter own_row = { "own_kwp", 3, 0, PV_W_MAX, OHM_REPLAY_AS_CONFIGURED };
static const parameter co2_row = { "co2", 3, 0, CO2_MG_MAX, CO2_UNKNOWN };

static bool read_number(const parameter *row, ohm_span text, int64_t *out)
{
    return ohm_number_scaled(text, row->decimals, out) == OHM_OK && *out >= row->least &&
           *out <= row->most;
}

static bool take_number(ohm_exchange *x, const parameter *row, int64_t *out)
{
    const char *text = ohm_target_query(&x->target, row->key);
    *out = row->without;
    if (!text || read_number(row, ohm_span_text(text), out))
        return true;
    ohm_reply_fault(x, OHM_FAULT_QUERY, row->key);
    return false;
}

static bool take_list(ohm_exchange *x, const parameter *row, numbers *out)
{
    const char *text = ohm_target_query(&x->target, row->key);
    *out = (numbers){ .value = { row->without }, .count = text ? 0 : 1 };
    while (text) {
        size_t len = strcspn(text, ",");
        int64_t value;
        bool good = out->count < ASKED_MAX && read_number(row, ohm_span_of(text, len), &value);
        if (!good) {
            ohm_reply_fault(x, OHM_FAULT_QUERY, row->key);
            return false;
        }
        out->value[out->count++] = value;
        text = text[len] ? text + len + 1 : NULL;
    }
    return true;
}

static bool take_lists(ohm_exchange *x, whatif_query *q)
{
    for (int i = 0; i < LISTS; i++)
        if (!take_list(x, &list_rows[i], &q->lists[i]))
            return false;
    return true;
}

static bool take_contracts(ohm_exchange *x, whatif_query *q)
{
    const char *text = ohm_target_query(&x->target, "contract");
    q->contracts = text ? 0 : 1;
    while (text) {
        size_t len = strcspn(text, ",");
        if (q->contracts == ASKED_MAX || len >= sizeof q->contract[0]) {
            ohm_reply_fault(x, OHM_FAULT_QUERY, "contract");
            return false;
        }
        memcpy(q->contract[q->contracts++], text, len);
        text = text[len] ? text + len + 1 : NULL;
    }
    return true;
}

/* --- the contracts ----------------------------------------------------------------------------
 */

static bool same_kind(const ohm_web_contract *other, const char *name, const ohm_contract *own)
{
    size_t len = strlen(name);
    if (!len)
        return !strcmp(other->contract.name, own->name);
    if (strncmp(other->name, name, len) != 0)
        return false;
    const char *rest = other->name + len; /* nothing, or "-9kva" */
    return !rest[0] || (rest[0] == '-' && rest[1] >= '0' && rest[1] <= '9');
}

/* "" is the site's own, "bleu-base-9kva" that one, "bleu-base" the one of that power, or of the
 * site's where none is said. */
static bool find_contract(const ohm_bill_work *w, const char *name, int64_t va, scenario *out)
{
    out->name = NULL;
    out->contract = w->own;
    if (!name[0] && (!va || va == w->own->subscribed_va))
        return true;
    int64_t power_va = va ? va : w->own->subscribed_va;
    for (size_t i = 0; i < w->tariffs->count; i++) {
        const ohm_web_contract *other = &w->tariffs->others[i];
        bool whole = !va && !strcmp(other->name, name);
        bool kin = same_kind(other, name, w->own);
        bool fits = !other->contract.subscribed_va || other->contract.subscribed_va == power_va;
        if (!whole && !(kin && fits))
            continue;
        out->name = other->name;
        out->contract = &other->contract;
        return true;
    }
    return false;
}

static unsigned combinations(const whatif_query *q)
{
    unsigned count = q->contracts;
    for (int i = 0; i < LISTS; i++)
        count *= q->lists[i].count;
    return count;
}

/* All combinations; contracts turn slowest. OHM_NO_KEY: there is no such contract. */
static ohm_code list_scenarios(work *w)
{
    const whatif_query *q = w->q;
    unsigned all = combinations(q);
    w->all[0] = (scenario){ .contract = w->bill.own };
    w->all[0].of[LOSS] = list_rows[LOSS].without;
    w->count = 1;
    for (unsigned n = 0; n < all; n++) {
        scenario *s = &w->all[w->count++];
        unsigned rest = n;
        for (int i = 0; i < LISTS; i++) {
            s->of[i] = q->lists[i].value[rest % q->lists[i].count];
            rest /= q->lists[i].count;
        }
        if (!find_contract(&w->bill, q->contract[rest], s->of[VA], s))
            return OHM_NO_KEY;
    }
    return OHM_OK;
}

/* --- running ----------------------------------------------------------------------------------
 */

/* From the first day that was measured; whole steps. */
static ohm_code take_time(work *w)
{
    const ohm_bill_query *q = &w->q->bill;
    if (!w->bill.uses.count)
        return OHM_UNKNOWN;
    ohm_ms first_ms = ohm_civil_day(&w->bill.tariffs->tz, w->bill.uses.items[0].from_ms).from_ms;
    w->when.from_ms = first_ms > q->range.from_ms ? first_ms : q->range.from_ms;
    w->steps = (int)((q->range.to_ms - w->when.from_ms) / OHM_REPLAY_STEP_MS);
    w->when.to_ms = w->when.from_ms + (ohm_ms)w->steps * OHM_REPLAY_STEP_MS;
    if (w->steps * (int64_t)OHM_REPLAY_STEP_MS < 24 * (int64_t)OHM_HOUR_MS)
        return OHM_END; /* no day to speak of */
    w->grid_w = malloc((size_t)w->steps * sizeof *w->grid_w);
    w->uses = malloc((size_t)w->steps * sizeof *w->uses);
    return w->grid_w && w->uses ? OHM_OK : OHM_NO_MEMORY;
}

static void count_uses(work *w, scenario *s)
{
    for (int k = 0; k < w->steps; k++) {
        int64_t mwh = (int64_t)llround(w->grid_w[k] * OHM_REPLAY_STEP_MS / 3600.0);
        ohm_use *use = &w->uses[k];
        *use = (ohm_use){ .from_ms = w->when.from_ms + (ohm_ms)k * OHM_REPLAY_STEP_MS,
                          .import_mwh = mwh > 0 ? mwh : 0,
                          .export_mwh = mwh < 0 ? -mwh : 0,
                          .reactive_mvarh = OHM_NO_USE,
                          .va = OHM_NO_USE };
        use->to_ms = use->from_ms + OHM_REPLAY_STEP_MS;
        s->import_mwh += use->import_mwh;
        s->export_mwh += use->export_mwh;
    }
}

static ohm_code live(work *w, ohm_reader *reader, scenario *s)
{
    const ohm_replay ask = {
        .when = w->when,
        .steps = w->steps,
        .tz = &w->bill.tariffs->tz,
        .reader = reader,
        .uses = w->bill.uses.items,
        .uses_count = w->bill.uses.count,
        .contract = s->contract,
        .codes = &w->bill.codes,
        .spots = w->bill.spots.list.items,
        .spots_count = w->bill.spots.list.count,
        .pv_yield = w->q->pv_yield,
        .pv_w = s->of[PV],
        .battery_wh = s->of[BATTERY],
        .sun = w->sun,
        .sun_count = w->sun_count,
        .sun_peak_w = w->q->own_peak_w,
        .zones = w->q->site.zones,
        .zones_count = w->q->site.zones_count,
        .loss_ratio = (double)s->of[LOSS] / 1000,
        .set_more_k = (double)s->of[SET_MORE] / 1000,
    };
    ohm_code code = w->q->replay(w->q->bill.ctx, &ask, w->grid_w, &s->told);
    s->impossible = code == OHM_RANGE || code == OHM_GAP || code == OHM_UNSUPPORTED;
    if (code != OHM_OK)
        return s->impossible ? OHM_OK : code;
    s->no_twin =
        !s->told.zones_lived && (s->of[LOSS] != list_rows[LOSS].without || s->of[SET_MORE]);
    count_uses(w, s);
    ohm_bill_request request = ohm_bill_ask(&w->bill, w->when);
    request.uses = w->uses;
    request.uses_count = (size_t)w->steps;
    ohm_outcome_make(&request, s->contract, w->bill.bill, &s->outcome);
    ohm_peak_of(w->uses, (size_t)w->steps, w->when, &s->peak);
    return OHM_OK;
}

/* --- the answer -------------------------------------------------------------------------------
 */

static void key_ratio(ohm_json *json, const char *key, double part, double whole)
{
    if (!(whole > 0)) {
        ohm_json_key_null(json, key);
        return;
    }
    double ratio = part / whole;
    ratio = ratio < 0 ? 0 : ratio > 1 ? 1 : ratio;
    ohm_json_key_decimal(json, key, llround(ratio * 10000), -4);
}

static void write_periods(ohm_json *json, const scenario *s)
{
    ohm_json_key(json, "periods");
    ohm_json_array(json);
    for (uint8_t p = 0; p < s->contract->periods_count; p++) {
        ohm_json_object(json);
        ohm_json_key_str(json, "period", s->contract->periods[p].id);
        ohm_json_key_decimal(json, "kwh", s->outcome.period_mwh[p], -6);
        ohm_json_key_decimal(json, "eur", s->outcome.period_peur[p], -12);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static void write_scenario(ohm_json *json, const work *w, const scenario *s)
{
    const scenario *base = &w->all[0];
    bool failed = s->impossible || s->no_twin || ohm_failed(s->outcome.err);
    bool saves = !failed && !base->impossible && !ohm_failed(base->outcome.err);
    double pv_mwh = s->told.pv_kwh * 1e6, left = (double)(s->export_mwh - base->export_mwh);
    ohm_json_object(json);
    ohm_json_key_decimal(json, "pv_kwp", s->of[PV], -3);
    ohm_json_key_decimal(json, "battery_kwh", s->of[BATTERY], -3);
    ohm_json_key_decimal(json, "insulation", s->of[LOSS], -3);
    ohm_json_key_decimal(json, "setpoint_k", s->of[SET_MORE], -3);
    ohm_json_key_str(json, "name", s->name);
    ohm_json_key_str(json, "contract", s->contract->name);
    ohm_json_key_decimal(json, "power_kva", s->contract->subscribed_va, -3);
    ohm_json_key_bool(json, "own", !s->name);
    ohm_json_key_str(json, "fault",
                     s->impossible ? "not_known"
                     : s->no_twin  ? "no_twin"
                     : failed      ? ohm_bill_fault_word(s->outcome.err.code)
                                   : NULL);
    if (!failed) {
        ohm_bill_cents(json, "total_eur", s->outcome.total_cents);
        ohm_bill_cents(json, "subscription_eur", s->outcome.subscription_cents);
        ohm_bill_cents(json, "energy_eur", s->outcome.energy_cents);
        write_periods(json, s);
        ohm_json_key_decimal(json, "import_kwh", s->import_mwh, -6);
        ohm_json_key_decimal(json, "export_kwh", s->export_mwh, -6);
        ohm_json_key_decimal(json, "pv_kwh", llround(s->told.pv_kwh * 1000), -3);
        key_ratio(json, "self_consumption", pv_mwh - left, pv_mwh);
        key_ratio(json, "self_sufficiency", (double)(base->import_mwh - s->import_mwh),
                  (double)base->import_mwh);
        if (s->told.zones_lived) {
            ohm_json_key_decimal(json, "heating_kwh", llround(s->told.heating_kwh * 1000), -3);
            ohm_json_key_decimal(json, "cold_kh", llround(s->told.cold_kh * 10), -1);
        }
        if (w->q->co2_mg != CO2_UNKNOWN) /* of what is bought; what is fed in is not taken off */
            ohm_json_key_decimal(json, "co2_kg",
                                 llround((double)s->import_mwh / 1e6 * (double)w->q->co2_mg / 1000),
                                 -3);
        ohm_json_key_int(json, "peak_w", s->peak.power);
        ohm_json_key_int(json, "over_subscribed_s",
                         (int64_t)s->outcome.steps_over * OHM_REPLAY_STEP_MS / OHM_SECOND_MS);
        ohm_json_key_int(json, "unverified_days", s->outcome.unverified_days);
        if (saves)
            ohm_bill_cents(json, "saving_eur", base->outcome.total_cents - s->outcome.total_cents);
    }
    ohm_json_end(json);
}

/* Whose sun new panels have: that of the site's own where it was measured and their peak power is
 * known. */
static void write_sun(ohm_json *json, const work *w, const ohm_replayed *told)
{
    bool own = told->own_sun && told->sun_peak_w > 0;
    const char *lacks = !w->sun_count || own ? NULL : told->own_sun ? "kwp" : "days";
    ohm_json_key_str(json, "sun", own ? "own" : "typical");
    ohm_json_key_str(json, "sun_lacks", lacks);
    if (w->sun_count && told->sun_peak_w > 0)
        ohm_json_key_decimal(json, "own_kwp", told->sun_peak_w, -3);
    else
        ohm_json_key_null(json, "own_kwp");
}

static ohm_code write_answer(const work *w, char **ret_json, size_t *ret_len)
{
    size_t cap = ITEM_BYTES * (w->count + 1);
    char *bytes = malloc(cap), from[OHM_LOCAL_MAX], to[OHM_LOCAL_MAX];
    ohm_json json;
    if (!bytes)
        return OHM_NO_MEMORY;
    const ohm_replayed *told = &w->all[0].told;
    ohm_local_write(&w->bill.tariffs->tz, w->when.from_ms, from);
    ohm_local_write(&w->bill.tariffs->tz, w->when.to_ms, to);
    ohm_json_init(&json, bytes, cap);
    ohm_json_object(&json);
    ohm_json_key_str(&json, "from", from);
    ohm_json_key_str(&json, "to", to);
    ohm_json_key_decimal(&json, "days",
                         w->steps * INT64_C(100) * OHM_REPLAY_STEP_MS / (24 * (int64_t)OHM_HOUR_MS),
                         -2);
    ohm_json_key_int(&json, "missing_s",
                     (int64_t)told->missing * OHM_REPLAY_STEP_MS / OHM_SECOND_MS);
    ohm_json_key_str(&json, "weather", told->weather);
    write_sun(&json, w, told);
    ohm_whatif_write_heating(&json, &w->q->site, told);
    ohm_json_key_bool(&json, "place_known", told->place_known);
    if (w->q->co2_mg == CO2_UNKNOWN)
        ohm_json_key_null(&json, "co2_g_per_kwh");
    else
        ohm_json_key_decimal(&json, "co2_g_per_kwh", w->q->co2_mg, -3);
    ohm_json_key(&json, "base");
    write_scenario(&json, w, &w->all[0]);
    ohm_json_key(&json, "items");
    ohm_json_array(&json);
    for (unsigned i = 1; i < w->count; i++)
        write_scenario(&json, w, &w->all[i]);
    ohm_json_end(&json);
    ohm_json_end(&json);
    return ohm_bill_finish(&json, bytes, ret_json, ret_len);
}

static ohm_code run_work(work *w, ohm_reader *reader, const atomic_bool *stop)
{
    const ohm_bill_query *q = &w->q->bill;
    ohm_code code = ohm_bill_open(&w->bill, reader, q, q->range, stop);
    if (code == OHM_OK && !w->bill.own)
        code = OHM_NO_KEY;
    if (code == OHM_OK)
        code = list_scenarios(w);
    for (unsigned i = 0; code == OHM_OK && i < w->count && !w->bill.spots.list.items; i++)
        if (w->all[i].contract->spot_period != OHM_NO_PERIOD)
            code = ohm_spots_read(reader, q->range, &w->bill.spots).code;
    if (code == OHM_OK)
        code = take_time(w);
    if (code == OHM_OK)
        code = ohm_whatif_sun(reader, &w->q->site.beside, w->when, stop, &w->sun, &w->sun_count);
    for (unsigned i = 0; code == OHM_OK && i < w->count; i++)
        code = atomic_load(stop) ? OHM_MORE : live(w, reader, &w->all[i]);
    return code;
}

static ohm_code run_whatif(ohm_reader *reader, const void *query, const atomic_bool *stop,
                           char **ret_json, size_t *ret_len)
{
    work *w = calloc(1, sizeof *w);
    if (!w)
        return OHM_NO_MEMORY;
    w->q = query;
    ohm_code code = run_work(w, reader, stop);
    if (code == OHM_OK)
        code = write_answer(w, ret_json, ret_len);
    ohm_bill_close(&w->bill);
    free(w->grid_w);
    free(w->uses);
    free(w->sun);
    free(w);
    return code;
}

/* Whole days, up to the last midnight, where nothing else is asked. */
static bool take_range(ohm_exchange *x, const ohm_view *view, ohm_bill_query *q)
{
    q->range.to_ms = ohm_civil_day(&view->tz, view->time_ms).from_ms;
    q->range.from_ms = ohm_civil_day(&view->tz, q->range.to_ms - DAYS * INT64_C(24) * OHM_HOUR_MS +
                                                    12 * (int64_t)OHM_HOUR_MS)
                           .from_ms;
    if (!ohm_bill_time(x, view, "from", &q->range.from_ms) ||
        !ohm_bill_time(x, view, "to", &q->range.to_ms) || !ohm_bill_range(x, q))
        return false;
    if (q->range.to_ms - q->range.from_ms <= DAYS_MAX * INT64_C(24) * OHM_HOUR_MS)
        return true;
    ohm_reply_fault(x, OHM_FAULT_QUERY, "from");
    return false;
}

void ohm_api_whatif(ohm_exchange *x)
{
    static const char *const keys[] = { "pv_kwp",     "battery_kwh", "contract", "kva",
                                        "pv_yield",   "own_kwp",     "co2",      "insulation",
                                        "setpoint_k", "from",        "to",       NULL };
    const ohm_view *view;
    whatif_query q = { .replay = x->web->options.replay };
    if (!ohm_bill_keys(x, keys) || !ohm_bill_prepare(x, &q.bill, &view) ||
        !take_range(x, view, &q.bill) || !take_contracts(x, &q) || !take_lists(x, &q) ||
        !take_number(x, &yield_row, &q.pv_yield) || !take_number(x, &own_row, &q.own_peak_w) ||
        !take_number(x, &co2_row, &q.co2_mg))
        return;
    if (!q.replay) {
        ohm_reply_fault(x, OHM_FAULT_SERIES, NULL);
        return;
    }
    if (combinations(&q) > ASKED_MAX) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "contract");
        return;
    }
    ohm_whatif_know(view, &q.site);
    ohm_years_send(x, run_whatif, &q, sizeof q, ohm_bill_answered);
}
