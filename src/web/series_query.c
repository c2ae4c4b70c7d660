#include "web/series_query.h"

#include <stdio.h>

#include "base/civil.h"
#include "store/store.h"
#include "web/api.h"
#include "web/inner.h"

const char *const ohm_series_fields[OHM_SERIES_FIELDS_COUNT] = {
    [OHM_FIELD_ENERGY] = "energy",     [OHM_FIELD_MEAN] = "mean",   [OHM_FIELD_MIN] = "min",
    [OHM_FIELD_MAX] = "max",           [OHM_FIELD_FIRST] = "first", [OHM_FIELD_LAST] = "last",
    [OHM_FIELD_READINGS] = "readings",
};

/* The word of `format`, the type of Accept, what is sent, and how a file of it ends. */
static const struct {
    const char *word, *accept, *type, *extension;
} forms[] = {
    [OHM_FORM_JSON] = { "json", "application/json", "application/json", NULL },
    [OHM_FORM_CSV] = { "csv", "text/csv", "text/csv; charset=utf-8; header=present", "csv" },
    [OHM_FORM_CSV_FR] = { "csv-fr", NULL, "text/csv; charset=utf-8; header=present", "csv" },
    [OHM_FORM_NDJSON] = { "ndjson", "application/x-ndjson", "application/x-ndjson", NULL },
};

const char *ohm_series_type(ohm_series_form form)
{
    return forms[form].type;
}

ohm_rows_form ohm_series_rows(ohm_series_form form)
{
    static const ohm_rows_form rows[] = { [OHM_FORM_CSV] = OHM_ROWS_CSV,
                                          [OHM_FORM_CSV_FR] = OHM_ROWS_CSV_FR,
                                          [OHM_FORM_NDJSON] = OHM_ROWS_NDJSON };
    assert(form != OHM_FORM_JSON);
    return rows[form];
}

const char *ohm_series_extension(ohm_series_form form)
{
    return forms[form].extension;
}

static bool refuse(ohm_exchange *x, const char *key)
{
    ohm_reply_fault(x, OHM_FAULT_QUERY, key);
    return false;
}

static bool has_only_known_keys(ohm_exchange *x, const ohm_series_query *q)
{
    static const char *const expr_keys[] = { "from", "to", "step", "agg", "expr", NULL };
    static const char *const keys[] = { "from",   "to",           "step",       "agg", "fields",
                                        "format", "compare_from", "compare_to", "v",   NULL };
    const char *const *all = q->is_expr ? expr_keys : keys;
    for (int i = 0; i < x->target.pairs_count; i++) {
        bool known = false;
        for (int k = 0; all[k] && !known; k++)
            known = !strcmp(x->target.keys[i], all[k]);
        if (!known)
            return refuse(x, x->target.keys[i]);
    }
    return true;
}

/* --- what ----------------------------------------------------------------------------------- */

/* Energy is what registers gained, and the integral of powers: nothing else has any. */
static bool has_energy(const ohm_quantity *quantity)
{
    if (quantity->kind == OHM_COUNTER)
        return true;
    return quantity->kind == OHM_GAUGE &&
           (!strcmp(quantity->unit, "W") || !strcmp(quantity->unit, "VA") ||
            !strcmp(quantity->unit, "var"));
}

/* One more field; none twice, and none that the quantity does not have. */
static bool add_field(ohm_series_query *q, ohm_span name)
{
    const ohm_quantity *quantity = ohm_quantity_get(q->quantity);
    for (uint8_t f = 0; f < OHM_SERIES_FIELDS_COUNT; f++) {
        if (!ohm_span_is(name, ohm_series_fields[f]))
            continue;
        for (uint8_t i = 0; i < q->fields_count; i++)
            if (q->fields[i] == f)
                return false;
        q->fields[q->fields_count++] = f;
        return f != OHM_FIELD_ENERGY || has_energy(quantity);
    }
    return false;
}

static bool read_fields(ohm_exchange *x, ohm_series_query *q)
{
    const char *agg = ohm_target_query(&x->target, "agg");
    const char *fields = ohm_target_query(&x->target, "fields");
    const char *key = agg ? "agg" : "fields";
    if (q->is_expr && !agg)
        agg = "mean";
    if (ohm_quantity_get(q->quantity)->kind == OHM_TEXT || (agg && fields))
        return refuse(x, key);
    q->raw = agg && !strcmp(agg, "raw");
    q->one = agg != NULL;
    if (q->raw)
        return !q->is_expr || refuse(x, key);
    if (agg)
        return add_field(q, ohm_span_text(agg)) || refuse(x, key);
    for (const char *at = fields; at;) {
        const char *comma = strchr(at, ',');
        size_t len = comma ? (size_t)(comma - at) : strlen(at);
        if (!add_field(q, ohm_span_of(at, len)))
            return refuse(x, key);
        at = comma ? comma + 1 : NULL;
    }
    return true;
}

bool ohm_series_form_read(ohm_exchange *x, ohm_series_form *out)
{
    const char *word = ohm_target_query(&x->target, "format");
    ohm_span accept = x->fields[OHM_FIELD_ACCEPT];
    *out = OHM_FORM_JSON;
    for (ohm_series_form f = OHM_FORM_JSON; f <= OHM_FORM_NDJSON; f++) {
        bool meant = word ? !strcmp(forms[f].word, word)
                          : forms[f].accept && ohm_span_is(accept, forms[f].accept);
        if (meant) {
            *out = f;
            return true;
        }
    }
    return !word || refuse(x, "format");
}

/* --- when ----------------------------------------------------------------------------------- */

/* "day", "week", "month", "year", or a length as of a series without agg. */
static bool read_step(const char *from, ohm_series_query *q)
{
    static const struct {
        const char *name;
        ohm_step_unit unit;
    } units[] = { { "day", OHM_STEP_DAY },
                  { "week", OHM_STEP_WEEK },
                  { "month", OHM_STEP_MONTH },
                  { "year", OHM_STEP_YEAR } };
    int64_t step_s;
    if (strlen(from) >= sizeof q->step_name)
        return false;
    (void)snprintf(q->step_name, sizeof q->step_name, "%s", from);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(units[i].name, from) != 0)
            continue;
        q->step = (ohm_step){ .unit = units[i].unit };
        return true;
    }
    if (!ohm_step_read(from, &step_s))
        return false;
    q->step = (ohm_step){ OHM_STEP_MS, step_s * OHM_SECOND_MS };
    return true;
}

/* True when it was there and is a time, or was not there. */
static bool read_when(ohm_exchange *x, const char *key, ohm_ms *io_ms)
{
    const char *from = ohm_target_query(&x->target, key);
    if (!from || !ohm_failed(ohm_rfc3339_parse(ohm_span_text(from), io_ms)))
        return true;
    return refuse(x, key);
}

/* So many days on by the calendar, at the same time of the day. Of an hour that comes twice the one
 * that has the same offset from UTC, if any. */
static ohm_ms days_on(const ohm_tz *tz, ohm_ms at_ms, int64_t days)
{
    ohm_civil local = ohm_civil_from_utc(tz, at_ms);
    ohm_ms first_ms, last_ms;
    local.date = ohm_date_from_days(ohm_days_from_date(local.date) + days);
    (void)ohm_civil_to_utc(tz, local, &first_ms, &last_ms);
    return ohm_tz_offset_s(tz, last_ms) == ohm_tz_offset_s(tz, at_ms) ? last_ms : first_ms;
}

static bool is_kept(ohm_interval range)
{
    return range.from_ms >= OHM_STORE_TIME_MIN && range.to_ms <= OHM_STORE_TIME_MAX;
}

/* Without an end it is as many days as the first period. */
static bool read_other(ohm_exchange *x, ohm_series_query *q)
{
    const ohm_interval *r = &q->range;
    if (!ohm_target_query(&x->target, "compare_from"))
        return !ohm_target_query(&x->target, "compare_to") || refuse(x, "compare_to");
    if (!read_when(x, "compare_from", &q->other.from_ms))
        return false;
    q->other.to_ms = q->other.from_ms + 1;
    if (q->raw || q->form != OHM_FORM_JSON || !is_kept(*r) || !is_kept(q->other))
        return refuse(x, "compare_from");
    int64_t first = ohm_days_from_date(ohm_civil_from_utc(q->tz, r->from_ms).date);
    int64_t then = ohm_days_from_date(ohm_civil_from_utc(q->tz, q->other.from_ms).date);
    q->other.to_ms = days_on(q->tz, r->to_ms, then - first);
    if (!read_when(x, "compare_to", &q->other.to_ms))
        return false;
    return q->other.from_ms < q->other.to_ms || refuse(x, "compare_to");
}

static bool read_range(ohm_exchange *x, ohm_series_query *q, ohm_ms now_ms)
{
    q->range.to_ms = q->raw ? now_ms : ohm_civil_day(q->tz, now_ms).to_ms;
    if (!read_when(x, "to", &q->range.to_ms))
        return false;
    q->range.from_ms = days_on(q->tz, q->range.to_ms, q->raw ? -1 : -30);
    return read_when(x, "from", &q->range.from_ms) &&
           (q->range.from_ms < q->range.to_ms || refuse(x, "from"));
}

/* The least number of steps in a range: more than can be answered are refused at once. */
static int64_t steps_at_least(const ohm_series_query *q, const ohm_interval *range)
{
    static const int64_t days[] = {
        [OHM_STEP_DAY] = 1, [OHM_STEP_WEEK] = 7, [OHM_STEP_MONTH] = 31, [OHM_STEP_YEAR] = 366
    };
    int64_t ms = q->step.unit == OHM_STEP_MS ? q->step.ms : days[q->step.unit] * 25 * OHM_HOUR_MS;
    return (range->to_ms - range->from_ms) / ms;
}

/* The defaults: days, of the thirty that end with today; of readings, those of 24 hours. */
bool ohm_series_query_read(ohm_exchange *x, ohm_series_query *q)
{
    const char *step = ohm_target_query(&x->target, "step");
    const ohm_view *view = ohm_web_view(x->web);
    if (!has_only_known_keys(x, q) || !read_fields(x, q) ||
        (!q->is_expr && !ohm_series_form_read(x, &q->form)))
        return false;
    if (!view) {
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
        return false;
    }
    q->tz = ohm_web_tz(x->web);
    if ((q->raw && step) || (!q->raw && !read_step(step ? step : "day", q)))
        return refuse(x, "step");
    if (!read_range(x, q, view->time_ms) || !read_other(x, q))
        return false;
    int64_t max = q->form == OHM_FORM_JSON ? OHM_BUCKETS_MAX : OHM_SERIES_ROWS_MAX;
    if (q->raw || (steps_at_least(q, &q->range) < max && steps_at_least(q, &q->other) < max))
        return true;
    ohm_reply_fault(x, OHM_FAULT_POINTS, "step");
    return false;
}
