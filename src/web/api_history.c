/* What the store remembers: the series and their points.
 *
 * Every query is bounded by what it asks for: every series there is, 10 000 points. What
 * grows with the rows behind its points is answered on the store's thread (history.h). */
#include <stdlib.h>

#include "base/civil.h"
#include "store/reader.h"
#include "web/api.h"
#include "web/command.h"
#include "web/inner.h"

enum {
    SERIES_MAX = OHM_DEVICES_MAX * OHM_FRAME_VALUES_MAX, /* room that is taken as it is filled */
    POINT_BYTES_MAX = 112,                               /* a time and three numbers */
    STEP_S_MAX = 366 * 24 * 3600,
};

/* The web thread's own reader, or NULL with a fault answered. */
static ohm_reader *reader_of(ohm_exchange *x)
{
    ohm_reader *reader = ohm_web_reader(x->web);
    if (!reader)
        ohm_reply_fault(x, OHM_FAULT_STORE, NULL);
    return reader;
}

/* Does the query hold these keys alone? */
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

/* --- the series ----------------------------------------------------------------------- */

static const char *const kinds[] = {
    [OHM_GAUGE] = "gauge",
    [OHM_COUNTER] = "counter",
    [OHM_STATE] = "state",
    [OHM_TEXT] = "text",
};

typedef struct series_list {
    ohm_series_info *rows;
    size_t count;
    char past[OHM_PAST_MAX];
} series_list;

static bool add_series(void *ctx, const ohm_series_info *info)
{
    series_list *list = ctx;
    list->rows[list->count++] = *info;
    return list->count < SERIES_MAX;
}

static void write_series_list(ohm_json *json, const void *ctx)
{
    const series_list *list = ctx;
    ohm_json_object(json);
    ohm_json_key_str(json, "past", list->past[0] ? list->past : NULL);
    ohm_json_key(json, "items");
    ohm_json_array(json);
    for (size_t i = 0; i < list->count; i++) {
        const ohm_quantity *quantity = ohm_quantity_get(list->rows[i].quantity);
        ohm_json_object(json);
        ohm_json_key_str(json, "key", list->rows[i].key);
        ohm_json_key_str(json, "unit", quantity->unit);
        ohm_json_key_str(json, "kind", kinds[quantity->kind]);
        ohm_json_end(json);
    }
    ohm_json_end(json);
    ohm_json_end(json);
}

void ohm_api_series_list(ohm_exchange *x)
{
    static const char *const keys[] = { NULL };
    if (ohm_target_query(&x->target, "source")) {
        ohm_api_remote_list(x);
        return;
    }
    ohm_reader *reader = has_only(x, keys) ? reader_of(x) : NULL;
    if (!reader)
        return;
    series_list list = { calloc(SERIES_MAX, sizeof *list.rows), 0, { 0 } };
    (void)ohm_api_past(x, list.past); /* before the list: never newer than it */
    if (!list.rows)
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
    else if (ohm_failed(ohm_reader_series(reader, add_series, &list)))
        ohm_reply_fault(x, OHM_FAULT_STORE, NULL);
    else
        ohm_reply_json(x, MHD_HTTP_OK, write_series_list, &list);
    free(list.rows);
}

/* --- points --------------------------------------------------------------------------- */

typedef struct series_query {
    char key[OHM_SERIES_KEY_MAX];
    ohm_quantity_id quantity;
    ohm_interval range;
    int64_t step_s;
    ohm_json json;           /* what is written to, on the store's thread */
    const atomic_bool *stop; /* likewise */
} series_query;
_Static_assert(sizeof(series_query) <= OHM_HISTORY_QUERY_MAX, "a question fits");

/* "60s", "5m", "1h", "1d", or seconds without a unit. */
bool ohm_step_read(const char *from, int64_t *ret_s)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    char digits[12];
    uint64_t count;
    size_t len = strlen(from), last = len ? len - 1 : 0;
    int64_t seconds = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (len && from[last] == units[i].unit)
            seconds = units[i].seconds;
    size_t digits_len = seconds ? last : len;
    if (!digits_len || digits_len >= sizeof digits)
        return false;
    memcpy(digits, from, digits_len);
    digits[digits_len] = '\0';
    if (ohm_text_uint(digits, STEP_S_MAX, &count) != OHM_OK || !count)
        return false;
    *ret_s = (int64_t)count * (seconds ? seconds : 1);
    return *ret_s <= STEP_S_MAX;
}

static bool read_time(ohm_exchange *x, const char *key, ohm_ms *io_ms)
{
    const char *from = ohm_target_query(&x->target, key);
    if (!from || !ohm_failed(ohm_rfc3339_parse(ohm_span_text(from), io_ms)))
        return true;
    ohm_reply_fault(x, OHM_FAULT_QUERY, key);
    return false;
}

/* The defaults: the last 24 hours, in minutes. */
static bool read_series_query(ohm_exchange *x, series_query *q)
{
    static const char *const keys[] = { "from", "to", "step", "v", NULL };
    const ohm_view *view = ohm_web_view(x->web);
    const char *step = ohm_target_query(&x->target, "step");
    if (!has_only(x, keys))
        return false;
    if (!view) {
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
        return false;
    }
    q->step_s = 60;
    q->range.to_ms = view->time_ms;
    if (!read_time(x, "to", &q->range.to_ms))
        return false;
    q->range.from_ms = q->range.to_ms - 24 * OHM_HOUR_MS;
    if (!read_time(x, "from", &q->range.from_ms))
        return false;
    if (step && !ohm_step_read(step, &q->step_s)) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "step");
        return false;
    }
    if (q->range.from_ms >= q->range.to_ms) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "from");
        return false;
    }
    int64_t step_ms = q->step_s * OHM_SECOND_MS;
    if ((q->range.to_ms - q->range.from_ms) / step_ms >= OHM_BUCKETS_MAX) {
        ohm_reply_fault(x, OHM_FAULT_POINTS, "step");
        return false;
    }
    return true;
}

/* The key of the path: four segments, the last a quantity. */
static bool read_series_key(ohm_exchange *x, series_query *q)
{
    size_t len = 0;
    for (int i = 0; i < OHM_ROUTE_PARAMS_MAX; i++) {
        size_t part = strlen(x->params[i]);
        if (part + 2 > sizeof q->key - len)
            return false;
        memcpy(q->key + len, x->params[i], part);
        len += part;
        q->key[len++] = '/';
    }
    q->key[len - 1] = '\0';
    q->quantity = ohm_quantity_find(ohm_span_text(x->params[OHM_ROUTE_PARAMS_MAX - 1]));
    return q->quantity != OHM_Q_NONE;
}

static bool add_point(void *ctx, const ohm_bucket *bucket)
{
    series_query *q = ctx;
    const ohm_quantity *quantity = ohm_quantity_get(q->quantity);
    bool is_last = quantity->kind != OHM_GAUGE; /* the last register, three times */
    const int64_t values[] = { is_last ? bucket->last : bucket->mean,
                               is_last ? bucket->last : bucket->min,
                               is_last ? bucket->last : bucket->max };
    ohm_json_array(&q->json);
    ohm_json_time(&q->json, bucket->from_ms);
    for (int i = 0; i < 3; i++) {
        if (bucket->count)
            ohm_json_decimal(&q->json, values[i], -(int)quantity->decimals);
        else
            ohm_json_null(&q->json);
    }
    ohm_json_end(&q->json);
    return !atomic_load_explicit(q->stop, memory_order_relaxed);
}

static void write_series_head(series_query *q)
{
    const ohm_quantity *quantity = ohm_quantity_get(q->quantity);
    ohm_json_object(&q->json);
    ohm_json_key_str(&q->json, "key", q->key);
    ohm_json_key_str(&q->json, "unit", quantity->unit);
    ohm_json_key_str(&q->json, "kind", kinds[quantity->kind]);
    ohm_json_key_time(&q->json, "from", q->range.from_ms);
    ohm_json_key_time(&q->json, "to", q->range.to_ms);
    ohm_json_key_int(&q->json, "step_s", q->step_s);
    ohm_json_key(&q->json, "points");
    ohm_json_array(&q->json);
}

/* On the store's thread: the points as JSON. */
static ohm_code run_series(ohm_reader *reader, const void *query, const atomic_bool *stop,
                           char **ret_json, size_t *ret_len)
{
    series_query q = *(const series_query *)query;
    int64_t step_ms = q.step_s * OHM_SECOND_MS;
    size_t points = (size_t)((q.range.to_ms - q.range.from_ms) / step_ms) + 2;
    size_t cap = 512 + OHM_SERIES_KEY_MAX + points * POINT_BYTES_MAX, len = 0;
    char *bytes = malloc(cap);
    if (!bytes)
        return OHM_NO_MEMORY;
    q.stop = stop;
    ohm_json_init(&q.json, bytes, cap);
    write_series_head(&q);
    ohm_err err = ohm_reader_range(reader, q.key, q.range, step_ms, add_point, &q);
    if (ohm_failed(err) || atomic_load(stop)) {
        free(bytes);
        return ohm_failed(err) ? err.code : OHM_MORE;
    }
    ohm_json_end(&q.json);
    ohm_json_end(&q.json);
    ohm_code code = ohm_json_finish(&q.json, &len);
    assert(code == OHM_OK);
    (void)code;
    char *fitted = realloc(bytes, len);
    *ret_json = fitted ? fitted : bytes;
    *ret_len = len;
    return OHM_OK;
}

static void series_done(ohm_exchange *x, ohm_code outcome)
{
    ohm_reply_rows(x, outcome, OHM_FORM_JSON, x->user ? OHM_PRIVATE_IMMUTABLE : OHM_PRIVATE);
}

void ohm_api_series(ohm_exchange *x)
{
    series_query q = { .step_s = 0 };
    if (!read_series_key(x, &q)) {
        ohm_reply_fault(x, OHM_FAULT_SERIES, NULL);
        return;
    }
    if (ohm_target_query(&x->target, "source")) {
        ohm_api_remote(x, q.key, q.quantity);
    } else if (ohm_target_query(&x->target, "agg") || ohm_target_query(&x->target, "fields")) {
        ohm_api_steps(x, q.key, q.quantity);
    } else if (read_series_query(x, &q)) {
        x->user = ohm_api_is_past(x, q.range);
        ohm_history_send(x, run_series, &q, sizeof q, series_done);
    }
}
