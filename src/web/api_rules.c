/* What rules that are not armed yet would have done, beside those that are.
 *
 * A trial replays the minutes of the last days on the store's thread: each series that a rule looks
 * at by its last reading of the minute, the contract's price, the wall clock. Levels of Ecowatt are
 * in no history, and what the loads drew stays as it was: the answer says so. */
#include <stdio.h>
#include <stdlib.h>

#include "store/query.h"
#include "web/api.h"
#include "web/body.h"
#include "web/command.h"
#include "web/inner.h"
#include "web/view_json.h"

enum {
    DAYS = 7,
    DAYS_MAX = 31,
    EPISODES_MAX = 10, /* the last ones of each rule */
    KEYS_MAX = 4096,   /* bytes of the keys of all series */
    BYTES_MAX = 64 << 10,
};

typedef struct trial_query {
    ohm_rule_set set;
    uint16_t others;                       /* the first so many are armed already */
    uint64_t versions[OHM_RULES_MAX];      /* of those after them */
    uint16_t keys_at[OHM_RULE_INPUTS_MAX]; /* into `keys` */
    char keys[KEYS_MAX];
    const ohm_load *loads;
    uint16_t loads_count;
    ohm_interval range;
    ohm_code (*contract)(void *ctx, ohm_contract *out);
    const ohm_web_tariffs *(*tariffs)(void *ctx);
    void (*tried)(void *ctx, const uint64_t *versions, uint16_t count);
    void *ctx;
} trial_query;
_Static_assert(sizeof(trial_query) <= OHM_HISTORY_QUERY_MAX, "a question fits its queue");

typedef struct seen {
    uint32_t times;
    int64_t active_ms, unknown_ms;
    uint32_t episodes_count; /* of all; the last EPISODES_MAX are kept */
    ohm_interval episodes[EPISODES_MAX];
} seen;

typedef struct trial {
    const trial_query *q;
    const atomic_bool *stop;
    size_t minutes;
    int64_t *values; /* of each input, each minute; INT64_MIN: none came */
    uint16_t input;  /* that is being read */
    ohm_contract *contract;
    const ohm_web_tariffs *tariffs;
    ohm_rules rules;
    ohm_load_state states[OHM_LOADS_MAX];
    uint32_t switchings[OHM_LOADS_MAX];
    bool price_unknown;
    ohm_ms hour_ms; /* whose cheaper hours these are */
    int cheaper;
    seen seen[OHM_RULES_MAX];
} trial;

/* --- the past ------------------------------------------------------------------------- */

static bool add_point(void *ctx, const ohm_point *point)
{
    trial *t = ctx;
    int64_t minute = (point->time_ms - t->q->range.from_ms) / OHM_MINUTE_MS;
    bool good = point->quality != OHM_QUALITY_SUSPECT && minute >= 0 &&
                (size_t)minute < t->minutes && point->value >= -OHM_RULE_VALUE_MAX &&
                point->value <= OHM_RULE_VALUE_MAX;
    if (good)
        t->values[t->input * t->minutes + (size_t)minute] = point->value;
    return !atomic_load_explicit(t->stop, memory_order_relaxed);
}

static ohm_code read_past(trial *t, ohm_reader *reader)
{
    size_t count = (size_t)t->q->set.inputs_count * t->minutes;
    t->values = malloc((count ? count : 1) * sizeof *t->values);
    if (!t->values)
        return OHM_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        t->values[i] = INT64_MIN;
    for (t->input = 0; t->input < t->q->set.inputs_count; t->input++) {
        const char *key = t->q->keys + t->q->keys_at[t->input];
        ohm_err err = ohm_query_points(reader, key, t->q->range, add_point, t);
        if (atomic_load(t->stop))
            return OHM_MORE;
        if (ohm_failed(err) && err.code != OHM_UNKNOWN) /* a series that never spoke is none */
            return err.code;
    }
    return OHM_OK;
}

static int64_t price_at(const trial *t, ohm_ms at_ms)
{
    ohm_price price;
    if (!t->contract || ohm_contract_price(t->contract, &t->tariffs->tz, &t->tariffs->codes, at_ms,
                                           &price) != OHM_OK)
        return OHM_RULE_NO_PRICE;
    return price.ueur_per_kwh;
}

/* --- each minute ---------------------------------------------------------------------- */

static void see_rule(trial *t, uint16_t i, bool was_active, ohm_ms at_ms)
{
    const ohm_rule_state *state = &t->rules.rules[i];
    seen *s = &t->seen[i];
    s->unknown_ms += state->known ? 0 : OHM_MINUTE_MS;
    if (!state->active)
        return;
    s->active_ms += OHM_MINUTE_MS;
    if (!was_active) {
        s->times++;
        s->episodes[s->episodes_count++ % EPISODES_MAX] = (ohm_interval){ at_ms, at_ms };
    }
    s->episodes[(s->episodes_count - 1) % EPISODES_MAX].to_ms = at_ms + OHM_MINUTE_MS;
}

static void ask_loads(trial *t)
{
    for (uint16_t l = 0; l < t->q->loads_count; l++) {
        bool fed = true;
        if (ohm_rules_ask(&t->q->set, &t->rules, l, &fed) == OHM_RULE_NONE)
            fed = true;
        t->switchings[l] += fed != t->states[l].fed;
        t->states[l].fed = fed;
    }
}

/* How many hours of that day are cheaper, as the engine counts them; found once an hour. */
static int cheaper_at(trial *t, ohm_date date, ohm_ms at_ms)
{
    ohm_interval day = ohm_date_interval(&t->tariffs->tz, date);
    ohm_ms hour_ms = at_ms - (at_ms - day.from_ms) % OHM_HOUR_MS;
    if (hour_ms == t->hour_ms)
        return t->cheaper;
    t->hour_ms = hour_ms;
    t->cheaper = 0;
    int64_t price = price_at(t, hour_ms);
    for (ohm_ms other_ms = day.from_ms; other_ms < day.to_ms; other_ms += OHM_HOUR_MS) {
        int64_t other = price_at(t, other_ms);
        if (price == OHM_RULE_NO_PRICE || other == OHM_RULE_NO_PRICE)
            t->cheaper = -1;
        else if (t->cheaper >= 0)
            t->cheaper += other < price || (other == price && other_ms < hour_ms);
    }
    t->price_unknown |= t->cheaper < 0;
    return t->cheaper;
}

/* The colours of the contract's day and of the next one, and when that begins. */
static void see_days(const trial *t, ohm_date date, ohm_rules_now *now)
{
    int begins = t->contract ? t->contract->day_start_minute : 0;
    uint8_t wanted = t->contract ? t->contract->codes : 0;
    int64_t day = ohm_days_from_date(date) - (now->minute < begins);
    ohm_civil next = { .date = ohm_date_from_days(day + 1),
                       .hour = (uint8_t)(begins / 60),
                       .minute = (uint8_t)(begins % 60) };
    ohm_ms last_ms;
    now->day = (uint8_t)ohm_day_code_known(&t->tariffs->codes, wanted, day);
    now->next_day = (uint8_t)ohm_day_code_known(&t->tariffs->codes, wanted, day + 1);
    if (ohm_civil_to_utc(&t->tariffs->tz, next, &now->next_day_ms, &last_ms) == OHM_CIVIL_NEVER)
        now->next_day_ms = OHM_NO_MS;
}

static void step_minute(trial *t, size_t minute, bool asks_price)
{
    const ohm_rule_set *set = &t->q->set;
    ohm_ms at_ms = t->q->range.from_ms + (int64_t)minute * OHM_MINUTE_MS;
    ohm_civil civil = ohm_civil_from_utc(&t->tariffs->tz, at_ms);
    ohm_rules_now now = {
        .mono = { at_ms },
        .utc_ms = at_ms,
        .calendar = true,
        .weekday = (uint8_t)(ohm_date_weekday(civil.date) - 1),
        .minute = (uint16_t)(civil.hour * 60 + civil.minute),
        .level = OHM_LEVEL_NONE,
        .price_ueur = asks_price ? price_at(t, at_ms) : OHM_RULE_NO_PRICE,
        .next_day_ms = OHM_NO_MS,
        .cheaper_hours = -1,
        .presence = -1,
        .loads = t->q->loads,
        .states = t->states,
        .loads_count = t->q->loads_count,
    };
    bool active[OHM_RULES_MAX];
    if (ohm_rules_look_at(set, OHM_WHEN_DAY))
        see_days(t, civil.date, &now);
    if (ohm_rules_look_at(set, OHM_WHEN_CHEAP))
        now.cheaper_hours = cheaper_at(t, civil.date, at_ms);
    t->price_unknown |= asks_price && now.price_ueur == OHM_RULE_NO_PRICE;
    for (uint16_t i = 0; i < set->inputs_count; i++) {
        int64_t value = t->values[i * t->minutes + minute];
        if (value != INT64_MIN)
            t->rules.inputs[i] = (ohm_input_state){ true, value, now.mono };
    }
    for (uint16_t i = 0; i < set->count; i++)
        active[i] = t->rules.rules[i].active;
    ohm_rules_step(set, &t->rules, &now);
    for (uint16_t i = 0; i < set->count; i++)
        see_rule(t, i, active[i], at_ms);
    ask_loads(t);
}

static ohm_code run_minutes(trial *t)
{
    bool asks_price = ohm_rules_look_at(&t->q->set, OHM_WHEN_PRICE);
    for (uint16_t l = 0; l < t->q->loads_count; l++)
        t->states[l].fed = true;
    for (size_t m = 0; m < t->minutes; m++) {
        if (m % 1024 == 0 && atomic_load_explicit(t->stop, memory_order_relaxed))
            return OHM_MORE;
        step_minute(t, m, asks_price);
    }
    return OHM_OK;
}

/* --- the answer ----------------------------------------------------------------------- */

static void write_seen(ohm_json *json, const trial *t, uint16_t i)
{
    const seen *s = &t->seen[i];
    uint32_t first = s->episodes_count > EPISODES_MAX ? s->episodes_count - EPISODES_MAX : 0;
    ohm_json_object(json);
    ohm_json_key_str(json, "id", t->q->set.rules[i].id);
    ohm_json_key_bool(json, "armed", i < t->q->others);
    ohm_json_key_int(json, "times", s->times);
    ohm_json_key_int(json, "active_s", s->active_ms / OHM_SECOND_MS);
    ohm_json_key_int(json, "unknown_s", s->unknown_ms / OHM_SECOND_MS);
    ohm_json_key(json, "last");
    ohm_json_array(json);
    for (uint32_t e = s->episodes_count; e > first; e--) {
        const ohm_interval *when = &s->episodes[(e - 1) % EPISODES_MAX];
        ohm_json_object(json);
        ohm_json_key_time(json, "from", when->from_ms);
        ohm_json_key_time(json, "to", when->to_ms);
        ohm_json_end(json);
    }
    ohm_json_end(json);
    ohm_json_end(json);
}

static ohm_code write_trial(const trial *t, char **ret_json, size_t *ret_len)
{
    char *bytes = malloc(BYTES_MAX);
    ohm_json json;
    if (!bytes)
        return OHM_NO_MEMORY;
    ohm_json_init(&json, bytes, BYTES_MAX);
    ohm_json_object(&json);
    ohm_json_key_time(&json, "from", t->q->range.from_ms);
    ohm_json_key_time(&json, "to", t->q->range.to_ms);
    ohm_json_key_int(&json, "step_s", OHM_MINUTE_MS / OHM_SECOND_MS);
    ohm_json_key(&json, "lacks");
    ohm_json_array(&json);
    static const struct {
        ohm_when_kind kind;
        const char *word;
    } lacks[] = { { OHM_WHEN_LEVEL, "ecowatt" },   { OHM_WHEN_PRESENCE, "presence" },
                  { OHM_WHEN_ORDER, "order" },     { OHM_WHEN_CO2, "co2" },
                  { OHM_WHEN_OUTDOOR, "outdoor" }, { OHM_WHEN_OVERRUN, "overrun" } };
    for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++)
        if (ohm_rules_look_at(&t->q->set, lacks[i].kind))
            ohm_json_str(&json, lacks[i].word);
    if (t->price_unknown)
        ohm_json_str(&json, "price");
    ohm_json_end(&json);
    ohm_json_key(&json, "items");
    ohm_json_array(&json);
    for (uint16_t i = 0; i < t->q->set.count; i++)
        write_seen(&json, t, i);
    ohm_json_end(&json);
    ohm_json_key(&json, "loads");
    ohm_json_array(&json);
    for (uint16_t l = 0; l < t->q->loads_count; l++) {
        if (!t->switchings[l])
            continue;
        ohm_json_object(&json);
        ohm_json_key_str(&json, "load", t->q->loads[l].id);
        ohm_json_key_int(&json, "switchings", t->switchings[l]);
        ohm_json_end(&json);
    }
    ohm_json_end(&json);
    ohm_json_end(&json);
    ohm_code code = ohm_json_finish(&json, ret_len);
    if (code == OHM_OK)
        *ret_json = bytes;
    else
        free(bytes);
    return code;
}

static ohm_code run_trial(ohm_reader *reader, const void *query, const atomic_bool *stop,
                          char **ret_json, size_t *ret_len)
{
    const trial_query *q = query;
    trial *t = calloc(1, sizeof *t);
    if (!t)
        return OHM_NO_MEMORY;
    t->q = q;
    t->stop = stop;
    t->hour_ms = OHM_NO_MS;
    t->minutes = (size_t)((q->range.to_ms - q->range.from_ms) / OHM_MINUTE_MS);
    t->tariffs = q->tariffs(q->ctx);
    t->contract = q->contract ? malloc(sizeof *t->contract) : NULL;
    if (t->contract && q->contract(q->ctx, t->contract) != OHM_OK) {
        free(t->contract);
        t->contract = NULL;
    }
    ohm_code code = t->tariffs ? read_past(t, reader) : OHM_NO_MEMORY;
    if (code == OHM_OK)
        code = run_minutes(t);
    if (code == OHM_OK)
        code = write_trial(t, ret_json, ret_len);
    if (code == OHM_OK && q->tried)
        q->tried(q->ctx, q->versions, (uint16_t)(q->set.count - q->others));
    free(t->contract);
    free(t->values);
    free(t);
    return code;
}

/* --- what is asked -------------------------------------------------------------------- */

static bool fill_keys(trial_query *q, const ohm_view *view)
{
    size_t len = 0;
    for (uint16_t i = 0; i < q->set.inputs_count; i++) {
        const ohm_rule_input *input = &q->set.inputs[i];
        if (input->device >= view->meters_count)
            return false;
        const ohm_view_meter *meter = &view->meters[input->device];
        int n =
            snprintf(q->keys + len, sizeof q->keys - len, "%s/%s/%s/%s", view->site_id, meter->zone,
                     meter->device, ohm_quantity_get((ohm_quantity_id)input->quantity)->name);
        if (n < 0 || (size_t)n >= sizeof q->keys - len)
            return false;
        q->keys_at[i] = (uint16_t)len;
        len += (size_t)n + 1;
    }
    return true;
}

/* The rules of the body; false: answered. */
static bool read_rules(ohm_exchange *x, const ohm_view *view, trial_query *q)
{
    static const char *const members[] = { "yaml", "days", NULL };
    const ohm_web_options *options = &x->web->options;
    char why[OHM_CONTRACT_WHY_MAX];
    int64_t days = DAYS;
    json_t *body = ohm_body_read(x, members);
    const char *yaml = body ? ohm_body_text(x, body, "yaml", OHM_CONTRACT_YAML_MAX) : NULL;
    bool good = yaml && (!json_object_get(body, "days") ||
                         ohm_body_int(x, body, "days", 1, DAYS_MAX, &days));
    ohm_rules_draft *draft = good ? malloc(sizeof *draft) : NULL;
    if (good && !draft) {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
        good = false;
    }
    if (good && options->rules_read(options->ctx, ohm_span_text(yaml), draft, why) != OHM_OK) {
        ohm_reply_fault_lines(x, OHM_FAULT_BAD_RULES, "/yaml", why);
        good = false;
    }
    if (good) {
        q->set = draft->set;
        q->others = draft->others;
        memcpy(q->versions, draft->versions, sizeof q->versions);
    }
    free(draft);
    json_decref(body);
    ohm_ms now_ms = view->time_ms - view->time_ms % OHM_MINUTE_MS;
    q->range = (ohm_interval){ now_ms - days * 24 * OHM_HOUR_MS, now_ms };
    return good;
}

static void trial_done(ohm_exchange *x, ohm_code outcome)
{
    ohm_reply_rows(x, outcome, OHM_FORM_JSON, OHM_NO_STORE);
}

void ohm_api_rules_trial(ohm_exchange *x)
{
    const ohm_web_options *options = &x->web->options;
    const ohm_view *view = ohm_web_view(x->web);
    trial_query *q = view && options->rules_read && options->tariffs ? calloc(1, sizeof *q) : NULL;
    if (!q) {
        ohm_reply_fault(x, view ? OHM_FAULT_REFUSED : OHM_FAULT_STARTING, NULL);
        return;
    }
    if (read_rules(x, view, q)) {
        q->contract = options->contract_own;
        q->tariffs = options->tariffs;
        q->tried = options->rules_tried;
        q->ctx = options->ctx;
        if (options->loads)
            q->loads = options->loads(options->ctx, &q->loads_count);
        if (fill_keys(q, view))
            ohm_history_send(x, run_trial, q, sizeof *q, trial_done);
        else
            ohm_reply_fault(x, OHM_FAULT_FULL, NULL);
    }
    free(q);
}
