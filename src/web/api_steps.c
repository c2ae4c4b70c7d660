/* A series in steps on civil boundaries: what it gained or used (energy), or one aggregate of it.
 *
 * GET /api/v1/series/…?agg=energy&step=day. Its entity tag is of its content, so that a period that
 * is over costs a browser a 304, and one that late data changed is shown as it is. */
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "store/query.h"
#include "web/api.h"
#include "web/command.h"
#include "web/inner.h"

enum {
    ROW_BYTES_MAX = 96, /* a time, a number and a word */
    HEAD_BYTES_MAX = 768,
    ETAG_MAX = 24,
};

typedef enum agg { AGG_ENERGY, AGG_MEAN, AGG_MIN, AGG_MAX, AGG_FIRST, AGG_LAST, AGG_COUNT } agg;

static const char *const agg_names[AGG_COUNT] = {
    [AGG_ENERGY] = "energy", [AGG_MEAN] = "mean",   [AGG_MIN] = "min",
    [AGG_MAX] = "max",       [AGG_FIRST] = "first", [AGG_LAST] = "last",
};

typedef struct steps_query {
    char key[OHM_SERIES_KEY_MAX];
    ohm_quantity_id quantity;
    ohm_interval range;
    agg agg;
    ohm_step step;
    char step_name[16];
    const ohm_tz *tz;        /* the web's: stays */
    ohm_json json;           /* what is written to, on the store's thread */
    const atomic_bool *stop; /* likewise */
} steps_query;
_Static_assert(sizeof(steps_query) <= OHM_HISTORY_QUERY_MAX, "a question fits");

/* --- the question --------------------------------------------------------------------- */

static bool refuse(ohm_exchange *x, const char *key)
{
    ohm_reply_fault(x, OHM_FAULT_QUERY, key);
    return false;
}

static bool has_only_known_keys(ohm_exchange *x)
{
    static const char *const keys[] = { "from", "to", "step", "agg", NULL };
    for (int i = 0; i < x->target.pairs_count; i++) {
        bool known = false;
        for (int k = 0; keys[k] && !known; k++)
            known = !strcmp(x->target.keys[i], keys[k]);
        if (!known)
            return refuse(x, x->target.keys[i]);
    }
    return true;
}

/* "day", "week", "month", "year", or a length as of a series without agg. */
static bool read_civil_step(const char *from, steps_query *q)
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

static bool read_when(ohm_exchange *x, const char *key, ohm_ms *io_ms)
{
    const char *from = ohm_target_query(&x->target, key);
    if (!from || !ohm_failed(ohm_rfc3339_parse(ohm_span_text(from), io_ms)))
        return true;
    return refuse(x, key);
}

/* Energy is what registers gained, and the integral of powers: nothing else has any. */
static bool has_energy(const ohm_quantity *quantity)
{
    if (quantity->kind == OHM_COUNTER)
        return true;
    return quantity->kind == OHM_GAUGE &&
           (!strcmp(quantity->unit, "W") || !strcmp(quantity->unit, "VA") ||
            !strcmp(quantity->unit, "var"));
}

static bool read_agg(ohm_exchange *x, steps_query *q)
{
    const char *name = ohm_target_query(&x->target, "agg");
    const ohm_quantity *quantity = ohm_quantity_get(q->quantity);
    q->agg = AGG_COUNT;
    for (agg a = AGG_ENERGY; name && a < AGG_COUNT; a++)
        if (!strcmp(agg_names[a], name))
            q->agg = a;
    if (q->agg == AGG_COUNT || quantity->kind == OHM_TEXT)
        return refuse(x, "agg");
    return q->agg != AGG_ENERGY || has_energy(quantity) || refuse(x, "agg");
}

/* The least number of steps in the range: more than can be answered are refused at once. */
static int64_t steps_at_least(const steps_query *q)
{
    static const int64_t days[] = {
        [OHM_STEP_DAY] = 1, [OHM_STEP_WEEK] = 7, [OHM_STEP_MONTH] = 31, [OHM_STEP_YEAR] = 366
    };
    int64_t ms = q->step.unit == OHM_STEP_MS ? q->step.ms : days[q->step.unit] * 25 * OHM_HOUR_MS;
    return (q->range.to_ms - q->range.from_ms) / ms;
}

/* The defaults: days, of the thirty that end with today. */
static bool read_query(ohm_exchange *x, steps_query *q)
{
    const char *step = ohm_target_query(&x->target, "step");
    const ohm_view *view = ohm_web_view(x->web);
    if (!has_only_known_keys(x) || !read_agg(x, q))
        return false;
    if (!view) {
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
        return false;
    }
    q->tz = ohm_web_tz(x->web);
    if (!read_civil_step(step ? step : "day", q))
        return refuse(x, "step");
    q->range.to_ms = ohm_civil_day(q->tz, view->time_ms).to_ms;
    if (!read_when(x, "to", &q->range.to_ms))
        return false;
    int64_t day = ohm_days_from_date(ohm_civil_from_utc(q->tz, q->range.to_ms - 1).date);
    q->range.from_ms = ohm_date_interval(q->tz, ohm_date_from_days(day - 29)).from_ms;
    if (!read_when(x, "from", &q->range.from_ms))
        return false;
    if (q->range.from_ms >= q->range.to_ms)
        return refuse(x, "from");
    if (steps_at_least(q) < OHM_BUCKETS_MAX)
        return true;
    ohm_reply_fault(x, OHM_FAULT_POINTS, "step");
    return false;
}

/* --- the answer, on the store's thread ------------------------------------------------ */

/* How far a number can be trusted; NULL: there is none. */
static const char *word_of(const steps_query *q, const ohm_slice *slice)
{
    if (q->agg == AGG_ENERGY) {
        if (!(slice->flags & OHM_SLICE_ENERGY))
            return NULL;
        return slice->flags & OHM_SLICE_RESET       ? "meter_change"
               : slice->flags & OHM_SLICE_ESTIMATED ? "estimated"
               : slice->flags & OHM_SLICE_PARTIAL   ? "partial"
                                                    : "measured";
    }
    if (q->agg == AGG_MEAN ? !(slice->flags & OHM_SLICE_MEAN) : !slice->count)
        return NULL;
    return slice->flags & OHM_SLICE_PARTIAL ? "partial" : "measured";
}

static int64_t value_of(const steps_query *q, const ohm_slice *slice)
{
    const int64_t values[AGG_COUNT] = {
        [AGG_ENERGY] = slice->energy, [AGG_MEAN] = slice->mean,   [AGG_MIN] = slice->min,
        [AGG_MAX] = slice->max,       [AGG_FIRST] = slice->first, [AGG_LAST] = slice->last
    };
    return values[q->agg];
}

static bool add_step(void *ctx, const ohm_slice *slice)
{
    steps_query *q = ctx;
    const char *word = word_of(q, slice);
    ohm_json_array(&q->json);
    ohm_json_time(&q->json, slice->from_ms);
    if (word) {
        ohm_json_decimal(&q->json, value_of(q, slice),
                         -(int)ohm_quantity_get(q->quantity)->decimals);
        ohm_json_str(&q->json, word);
    } else {
        ohm_json_null(&q->json);
        ohm_json_str(&q->json, "gap");
    }
    ohm_json_end(&q->json);
    return true;
}

static bool stopped(void *ctx)
{
    const steps_query *q = ctx;
    return atomic_load_explicit(q->stop, memory_order_relaxed);
}

static void write_head(steps_query *q)
{
    const ohm_quantity *quantity = ohm_quantity_get(q->quantity);
    char unit[16];
    (void)snprintf(unit, sizeof unit, "%s%s", quantity->unit,
                   q->agg == AGG_ENERGY && quantity->kind == OHM_GAUGE ? "h" : "");
    ohm_json_object(&q->json);
    ohm_json_key_str(&q->json, "key", q->key);
    ohm_json_key_str(&q->json, "unit", unit);
    ohm_json_key_str(&q->json, "agg", agg_names[q->agg]);
    ohm_json_key_str(&q->json, "step", q->step_name);
    ohm_json_key_str(&q->json, "timezone", q->tz->name);
    ohm_json_key_time(&q->json, "from", q->range.from_ms);
    ohm_json_key_time(&q->json, "to", q->range.to_ms);
    ohm_json_key(&q->json, "points");
    ohm_json_array(&q->json);
}

static ohm_code run_steps(ohm_reader *reader, const void *query, const atomic_bool *stop,
                          char **ret_json, size_t *ret_len)
{
    steps_query q = *(const steps_query *)query;
    /* a civil step is at least 23/25 of what it was counted as; both ends may be cut */
    size_t rows = (size_t)steps_at_least(&q) * 5 / 4 + 4;
    size_t cap = HEAD_BYTES_MAX + rows * ROW_BYTES_MAX;
    char *bytes = malloc(cap);
    if (!bytes)
        return OHM_NO_MEMORY;
    q.stop = stop;
    ohm_json_init(&q.json, bytes, cap);
    write_head(&q);
    const ohm_steps_query asked = { .series_key = q.key,
                                    .range = q.range,
                                    .step = q.step,
                                    .tz = q.tz,
                                    .rows_max = (uint32_t)rows,
                                    .cancelled = stopped,
                                    .cancelled_ctx = &q };
    ohm_err err = ohm_query_steps(reader, &asked, add_step, &q);
    ohm_code code = err.code == OHM_BUSY ? OHM_MORE : err.code;
    if (code == OHM_OK) {
        ohm_json_end(&q.json);
        ohm_json_end(&q.json);
        code = ohm_json_finish(&q.json, ret_len);
    }
    if (code != OHM_OK) {
        free(bytes);
        return code;
    }
    *ret_json = bytes;
    return OHM_OK;
}

/* --- the answer, on the web's thread -------------------------------------------------- */

/* FNV-1a, 64 bits (the parameters are public domain): names a content, proves nothing. */
static uint64_t content_of(const char *bytes, size_t len)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

static void reply_steps(ohm_exchange *x)
{
    static char nothing[1];
    char etag[ETAG_MAX], quoted[ETAG_MAX + 2];
    (void)snprintf(etag, sizeof etag, "%016llx",
                   (unsigned long long)content_of(x->answer, x->answer_len));
    (void)snprintf(quoted, sizeof quoted, "\"%s\"", etag);
    bool same = ohm_etag_matches(x->fields[OHM_FIELD_IF_NONE_MATCH], etag);
    struct MHD_Response *response =
        same ? MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT)
             : MHD_create_response_from_buffer(x->answer_len, x->answer, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
        return;
    }
    if (!same)
        x->answer = NULL; /* the response's now */
    (void)MHD_add_response_header(response, "ETag", quoted);
    (void)MHD_add_response_header(response, "Content-Type", "application/json");
    ohm_reply(x, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response, OHM_PRIVATE);
}

static void steps_done(ohm_exchange *x, ohm_code outcome)
{
    if (outcome == OHM_OK)
        reply_steps(x);
    else if (outcome == OHM_UNKNOWN)
        ohm_reply_fault(x, OHM_FAULT_SERIES, NULL);
    else if (outcome == OHM_TOO_BIG)
        ohm_reply_fault(x, OHM_FAULT_POINTS, "step");
    else if (outcome == OHM_MORE)
        ohm_reply_fault(x, OHM_FAULT_SLOW, NULL);
    else
        ohm_reply_fault(x, outcome == OHM_RANGE ? OHM_FAULT_QUERY : OHM_FAULT_STORE, NULL);
}

void ohm_api_steps(ohm_exchange *x, const char *key, ohm_quantity_id quantity)
{
    steps_query q = { .quantity = quantity };
    (void)snprintf(q.key, sizeof q.key, "%s", key);
    if (read_query(x, &q))
        ohm_history_send(x, run_steps, &q, sizeof q, steps_done);
}
