/* What an engine elsewhere knows of a series: of another site, or from before what this machine
 * holds. GET /api/v1/series/…?source=ID, as without `source`; the answer says where it comes from.
 * Never energy or money: those come from the registers at the site. */
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "host/log.h"
#include "host/random.h"
#include "store/remote.h"
#include "web/api.h"
#include "web/command.h"
#include "web/inner.h"

enum {
    POINT_BYTES_MAX = 112,
    SERIES_BYTES_MAX = OHM_SERIES_KEY_MAX * 2 + 64,
    SERIES_MAX = 20000,
    NAME_MAX_BYTES = 64,
};

typedef struct remote_query {
    const ohm_web *web; /* its options: they stay */
    char source[OHM_MIRROR_ID_MAX], site[NAME_MAX_BYTES];
    bool any_site; /* of a list */
    char key[OHM_SERIES_KEY_MAX];
    ohm_quantity_id quantity;
    ohm_interval range;
    int64_t step_s;
    ohm_json json;
    const atomic_bool *stop;
    uint32_t count;
} remote_query;
_Static_assert(sizeof(remote_query) <= OHM_HISTORY_QUERY_MAX, "a question fits");

/* --- the question --------------------------------------------------------------------- */

static bool refuse(ohm_exchange *x, ohm_fault fault, const char *key)
{
    ohm_reply_fault(x, fault, key);
    return false;
}

static bool has_only(ohm_exchange *x, const char *const *keys)
{
    for (int i = 0; i < x->target.pairs_count; i++) {
        bool known = false;
        for (int k = 0; keys[k] && !known; k++)
            known = !strcmp(x->target.keys[i], keys[k]);
        if (!known)
            return refuse(x, OHM_FAULT_QUERY, x->target.keys[i]);
    }
    return true;
}

/* Which engine, and of which site. */
static bool read_source(ohm_exchange *x, const char *site, remote_query *q)
{
    const char *source = ohm_target_query(&x->target, "source");
    q->web = x->web;
    if (strlen(source) >= sizeof q->source || !x->web->options.mirror)
        return refuse(x, OHM_FAULT_MIRROR, "source");
    if (strlen(site) >= sizeof q->site || !ohm_remote_is_plain(site))
        return refuse(x, OHM_FAULT_QUERY, "site");
    (void)snprintf(q->source, sizeof q->source, "%s", source);
    (void)snprintf(q->site, sizeof q->site, "%s", site);
    return true;
}

static bool read_time(ohm_exchange *x, const char *key, ohm_ms *io_ms)
{
    const char *from = ohm_target_query(&x->target, key);
    if (!from || !ohm_failed(ohm_rfc3339_parse(ohm_span_text(from), io_ms)))
        return true;
    return refuse(x, OHM_FAULT_QUERY, key);
}

/* The defaults: the last 24 hours, in minutes; step=raw is each reading. */
static bool read_range(ohm_exchange *x, remote_query *q)
{
    const ohm_view *view = ohm_web_view(x->web);
    const char *step = ohm_target_query(&x->target, "step");
    if (!view)
        return refuse(x, OHM_FAULT_STARTING, NULL);
    q->step_s = 60;
    if (step && !strcmp(step, "raw"))
        q->step_s = 0;
    else if (step && !ohm_step_read(step, &q->step_s))
        return refuse(x, OHM_FAULT_QUERY, "step");
    q->range.to_ms = view->time_ms;
    if (!read_time(x, "to", &q->range.to_ms))
        return false;
    q->range.from_ms = q->range.to_ms - 24 * OHM_HOUR_MS;
    if (!read_time(x, "from", &q->range.from_ms))
        return false;
    if (q->range.from_ms < OHM_STORE_TIME_MIN || q->range.from_ms >= q->range.to_ms ||
        q->range.to_ms > OHM_STORE_TIME_MAX)
        return refuse(x, OHM_FAULT_QUERY, "from");
    int64_t step_ms = q->step_s * OHM_SECOND_MS;
    if (step_ms && (q->range.to_ms - q->range.from_ms) / step_ms >= OHM_BUCKETS_MAX)
        return refuse(x, OHM_FAULT_POINTS, "step");
    return true;
}

/* --- the answer, on the engines' thread ----------------------------------------------- */

static bool stopped(void *ctx)
{
    const remote_query *q = ctx;
    return atomic_load_explicit(q->stop, memory_order_relaxed);
}

static const char *const kinds[] = {
    [OHM_GAUGE] = "gauge", [OHM_COUNTER] = "counter", [OHM_STATE] = "state", [OHM_TEXT] = "text"
};

static bool add_point(void *ctx, const ohm_slice *b)
{
    remote_query *q = ctx;
    int exponent = -(int)ohm_quantity_get(q->quantity)->decimals;
    bool is_last = ohm_quantity_get(q->quantity)->kind != OHM_GAUGE; /* as of our own series */
    const int64_t values[] = { is_last ? b->last : b->mean, is_last ? b->last : b->min,
                               is_last ? b->last : b->max };
    ohm_json_array(&q->json);
    ohm_json_time(&q->json, b->from_ms);
    for (int i = 0; i < 3; i++) {
        if (b->count)
            ohm_json_decimal(&q->json, values[i], exponent);
        else
            ohm_json_null(&q->json);
    }
    ohm_json_end(&q->json);
    return true;
}

static void write_head(remote_query *q)
{
    const ohm_quantity *quantity = ohm_quantity_get(q->quantity);
    ohm_json_object(&q->json);
    ohm_json_key_str(&q->json, "key", q->key);
    ohm_json_key_str(&q->json, "source", q->source);
    ohm_json_key_str(&q->json, "unit", quantity->unit);
    ohm_json_key_str(&q->json, "kind", kinds[quantity->kind]);
    ohm_json_key_time(&q->json, "from", q->range.from_ms);
    ohm_json_key_time(&q->json, "to", q->range.to_ms);
    ohm_json_key_int(&q->json, "step_s", q->step_s);
    ohm_json_key(&q->json, "points");
    ohm_json_array(&q->json);
}

static bool add_series(void *ctx, const ohm_series_info *info)
{
    remote_query *q = ctx;
    ohm_json_object(&q->json);
    ohm_json_key_str(&q->json, "key", info->key);
    ohm_json_key_str(&q->json, "unit", ohm_quantity_get(info->quantity)->unit);
    ohm_json_key_str(&q->json, "kind", kinds[ohm_quantity_get(info->quantity)->kind]);
    ohm_json_end(&q->json);
    return ++q->count < SERIES_MAX;
}

static ohm_err ask(remote_query *q)
{
    ohm_mirror_config engine;
    const ohm_web_options *options = &q->web->options;
    ohm_err err = options->mirror(options->ctx, q->source, q->site, &engine);
    if (ohm_failed(err))
        return err;
    const ohm_remote_query asked = { .engine = &engine,
                                     .series_key = q->key,
                                     .range = q->range,
                                     .step_ms = q->step_s * OHM_SECOND_MS,
                                     .cancelled = stopped,
                                     .cancelled_ctx = q };
    if (q->key[0])
        err = ohm_remote_range(&asked, add_point, q);
    else
        err = ohm_remote_series(&asked, q->any_site ? NULL : q->site, add_series, q);
    ohm_wipe(&engine, sizeof engine);
    if (ohm_failed(err) && err.code != OHM_BUSY && err.code != OHM_TOO_BIG)
        ohm_log(OHM_LOG_WARNING, "engine_asked mirror=%s why=\"%s\"", q->source, err.what);
    return err;
}

static ohm_code run(ohm_reader *reader, const void *query, const atomic_bool *stop, char **ret_json,
                    size_t *ret_len)
{
    remote_query q = *(const remote_query *)query;
    (void)reader;
    size_t rows = q.step_s ? (size_t)((q.range.to_ms - q.range.from_ms) / (q.step_s * 1000)) + 2
                           : OHM_BUCKETS_MAX;
    size_t cap = 1024 + (q.key[0] ? rows * POINT_BYTES_MAX : (size_t)SERIES_MAX * SERIES_BYTES_MAX);
    char *bytes = malloc(cap);
    if (!bytes)
        return OHM_NO_MEMORY;
    q.stop = stop;
    ohm_json_init(&q.json, bytes, cap);
    if (q.key[0]) {
        write_head(&q);
    } else {
        ohm_json_object(&q.json);
        ohm_json_key_str(&q.json, "source", q.source);
        ohm_json_key(&q.json, "items");
        ohm_json_array(&q.json);
    }
    ohm_err err = ask(&q);
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
    char *fitted = realloc(bytes, *ret_len);
    *ret_json = fitted ? fitted : bytes;
    return OHM_OK;
}

/* --- the answer, on the web's thread -------------------------------------------------- */

static void reply(ohm_exchange *x)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(x->answer_len, x->answer, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
        return;
    }
    x->answer = NULL; /* the response's now */
    (void)MHD_add_response_header(response, "Content-Type", "application/json");
    ohm_reply(x, MHD_HTTP_OK, response, OHM_NO_STORE);
}

static void done(ohm_exchange *x, ohm_code outcome)
{
    if (outcome == OHM_OK)
        reply(x);
    else if (outcome == OHM_UNKNOWN)
        ohm_reply_fault(x, OHM_FAULT_MIRROR, "source");
    else if (outcome == OHM_TOO_BIG)
        ohm_reply_fault(x, OHM_FAULT_POINTS, "step");
    else if (outcome == OHM_MORE)
        ohm_reply_fault(x, OHM_FAULT_SLOW, NULL);
    else
        ohm_reply_fault(x, OHM_FAULT_ENGINE, NULL);
}

void ohm_api_remote(ohm_exchange *x, const char *key, ohm_quantity_id quantity)
{
    static const char *const keys[] = { "source", "from", "to", "step", NULL };
    remote_query q = { .quantity = quantity };
    if (ohm_target_query(&x->target, "agg")) {
        ohm_reply_fault(x, OHM_FAULT_ENERGY_FAR, "agg");
        return;
    }
    if (ohm_quantity_get(quantity)->kind == OHM_TEXT) {
        ohm_reply_fault(x, OHM_FAULT_SERIES, NULL);
        return;
    }
    if (!ohm_remote_is_plain(key)) {
        ohm_reply_fault(x, OHM_FAULT_SERIES, NULL);
        return;
    }
    (void)snprintf(q.key, sizeof q.key, "%s", key);
    if (has_only(x, keys) && read_source(x, x->params[0], &q) && read_range(x, &q))
        ohm_remote_send(x, run, &q, sizeof q, done);
}

void ohm_api_remote_list(ohm_exchange *x)
{
    static const char *const keys[] = { "source", "site", NULL };
    const char *site = ohm_target_query(&x->target, "site");
    const ohm_view *view = ohm_web_view(x->web);
    remote_query q = { .any_site = !site };
    if (!view)
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
    else if (has_only(x, keys) && read_source(x, site ? site : view->site_id, &q))
        ohm_remote_send(x, run, &q, sizeof q, done);
}
