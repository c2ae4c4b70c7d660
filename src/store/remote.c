#include "store/remote.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/mirror_ask.h"
#include "store/mirror_line.h"
#include "store/remote_own.h"

enum { URL_MAX = 1900, TEXT_MAX = 3072, SELECTOR_MAX = 1024 };

/* One question: where it goes, and what reads the answer. */
typedef struct question {
    char url[URL_MAX];
    char text[TEXT_MAX]; /* of a question that is a body or is added to the URL */
    bool post;
    const char *content, *accept;
} question;

/* The parts of a key. */
typedef struct place {
    ohm_span site, zone, device;
    const char *quantity;
} place;

/* What could end a string in a query language ends the question: no device has such a name. */
bool ohm_remote_is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || strchr("\"'\\${}", *text))
            return false;
    return true;
}

static bool split(const char *key, place *out)
{
    ohm_span *parts[] = { &out->site, &out->zone, &out->device };
    if (!ohm_remote_is_plain(key))
        return false;
    for (int i = 0; i < 3; i++) {
        const char *slash = strchr(key, '/');
        if (!slash || slash == key)
            return false;
        *parts[i] = ohm_span_of(key, (size_t)(slash - key));
        key = slash + 1;
    }
    out->quantity = key;
    return true;
}

/* False: it does not fit. */
__attribute__((format(printf, 3, 4))) static bool print(char *out, size_t cap, const char *form,
                                                        ...)
{
    va_list args;
    size_t len = strlen(out);
    va_start(args, form);
    int n = vsnprintf(out + len, cap - len, form, args);
    va_end(args);
    return n >= 0 && (size_t)n < cap - len;
}

#define SPAN(span) (int)(span).len, (const char *)(span).ptr

/* --- VictoriaMetrics ---------------------------------------------------------------------- */

static bool ask_victoria(const ohm_remote_query *q, const ohm_remote_rows *r, question *out)
{
    static const char rollups[] = "aggr_over_time((\"avg_over_time\",\"min_over_time\","
                                  "\"max_over_time\",\"first_over_time\",\"last_over_time\","
                                  "\"count_over_time\"),";
    char selector[SELECTOR_MAX], key[OHM_SERIES_KEY_MAX];
    const char *slash = strrchr(q->series_key, '/');
    (void)snprintf(key, sizeof key, "%.*s", (int)(slash - q->series_key), q->series_key);
    if (ohm_mirror_selector(key, r->quantity, -1, selector, sizeof selector) != OHM_OK)
        return false;
    long long from = r->range.from_ms, to = r->range.to_ms, step = r->step_ms;
    if (step == 0)
        return print(out->url, URL_MAX,
                     "%s/api/v1/export/csv?format=__timestamp__:unix_ms,__value__"
                     "&start=%lld.%03lld&end=%lld.%03lld&match%%5B%%5D=",
                     q->engine->read_url, from / 1000, from % 1000, (to - 1) / 1000,
                     (to - 1) % 1000) &&
               ohm_mirror_url_add(out->url, URL_MAX, selector);
    from += step - 1; /* the last millisecond of each step */
    to--;
    return print(out->text, TEXT_MAX, "%s%s[%lldms])", rollups, selector, step) &&
           print(out->url, URL_MAX,
                 "%s/api/v1/query_range?nocache=1&latency_offset=1ms&start=%lld.%03lld"
                 "&end=%lld.%03lld&step=%lldms&query=",
                 q->engine->read_url, from / 1000, from % 1000, to / 1000, to % 1000, step) &&
           ohm_mirror_url_add(out->url, URL_MAX, out->text);
}

static bool list_victoria(const ohm_remote_query *q, const char *site, question *out)
{
    return print(out->text, TEXT_MAX, "{__name__=~\"ohmstead_.+\"") &&
           (!site || print(out->text, TEXT_MAX, ",site=\"%s\"", site)) &&
           print(out->text, TEXT_MAX, "}") &&
           /* not 0, which it takes for "not said": then it looks at the last minutes only */
           print(out->url, URL_MAX,
                 "%s/api/v1/series?start=%lld&match%%5B%%5D=", q->engine->read_url,
                 (long long)(OHM_STORE_TIME_MIN / 1000)) &&
           ohm_mirror_url_add(out->url, URL_MAX, out->text);
}

/* --- InfluxDB 1 --------------------------------------------------------------------------- */

static bool send_influxql(const ohm_remote_query *q, question *out)
{
    return print(out->url, URL_MAX, "%s&epoch=ms&q=", q->engine->query_url) &&
           ohm_mirror_url_add(out->url, URL_MAX, out->text);
}

static bool ask_influxql(const ohm_remote_query *q, const ohm_remote_rows *r, question *out)
{
    place p;
    long long from = r->range.from_ms, to = r->range.to_ms, step = r->step_ms;
    bool fits = split(q->series_key, &p);
    if (fits && step == 0)
        fits = print(out->text, TEXT_MAX, "SELECT \"%s\"", p.quantity);
    else if (fits)
        fits = print(out->text, TEXT_MAX,
                     "SELECT mean(\"%s\"),min(\"%s\"),max(\"%s\"),first(\"%s\"),last(\"%s\"),"
                     "count(\"%s\")",
                     p.quantity, p.quantity, p.quantity, p.quantity, p.quantity, p.quantity);
    fits = fits && print(out->text, TEXT_MAX,
                         " FROM \"ohmstead\" WHERE \"site\"='%.*s' AND \"zone\"='%.*s' AND "
                         "\"device\"='%.*s' AND time>=%lldms AND time<%lldms",
                         SPAN(p.site), SPAN(p.zone), SPAN(p.device), from, to);
    fits = fits && (step ? print(out->text, TEXT_MAX, " GROUP BY time(%lldms,%lldms) fill(none)",
                                 step, from % step)
                         : print(out->text, TEXT_MAX, " LIMIT %u", r->max + 1));
    return fits && send_influxql(q, out);
}

static bool list_influxql(const ohm_remote_query *q, const char *site, question *out)
{
    return print(out->text, TEXT_MAX, "SELECT last(*) FROM \"ohmstead\"") &&
           (!site || print(out->text, TEXT_MAX, " WHERE \"site\"='%s'", site)) &&
           print(out->text, TEXT_MAX, " GROUP BY \"site\",\"zone\",\"device\"") &&
           send_influxql(q, out);
}

/* --- InfluxDB 2 --------------------------------------------------------------------------- */

static bool send_flux(const ohm_remote_query *q, question *out)
{
    out->post = true;
    out->content = "application/vnd.flux";
    out->accept = "application/csv";
    return print(out->url, URL_MAX, "%s", q->engine->query_url);
}

/* Times of Flux are made of nanoseconds since 1970. */
static bool ask_flux(const ohm_remote_query *q, const ohm_remote_rows *r, question *out)
{
    static const char *const names[] = { "mean", "min", "max", "first", "last", "count" };
    place p;
    long long from = r->range.from_ms, to = r->range.to_ms, step = r->step_ms;
    bool fits = split(q->series_key, &p) && ohm_remote_is_plain(q->engine->bucket);
    fits = fits && print(out->text, TEXT_MAX,
                         "d=from(bucket:\"%s\")|>range(start:time(v:%lld000000),"
                         "stop:time(v:%lld000000))|>filter(fn:(r)=>r._measurement==\"ohmstead\""
                         " and r._field==\"%s\" and r.site==\"%.*s\" and r.zone==\"%.*s\""
                         " and r.device==\"%.*s\")\n",
                         q->engine->bucket, from, to, p.quantity, SPAN(p.site), SPAN(p.zone),
                         SPAN(p.device));
    if (step == 0)
        return fits &&
               print(out->text, TEXT_MAX, "d|>keep(columns:[\"_time\",\"_value\"])|>limit(n:%u)",
                     r->max + 1) &&
               send_flux(q, out);
    fits = fits && print(out->text, TEXT_MAX, "union(tables:[");
    for (size_t i = 0; fits && i < sizeof names / sizeof *names; i++)
        fits = print(out->text, TEXT_MAX,
                     "%sd|>aggregateWindow(every:%lldms,offset:%lldms,fn:%s,createEmpty:false,"
                     "timeSrc:\"_start\")|>toFloat()|>set(key:\"rollup\",value:\"%s\")",
                     i ? "," : "", step, from % step, names[i], names[i]);
    return fits &&
           print(out->text, TEXT_MAX, "])|>keep(columns:[\"_time\",\"_value\",\"rollup\"])") &&
           send_flux(q, out);
}

static bool list_flux(const ohm_remote_query *q, const char *site, question *out)
{
    return ohm_remote_is_plain(q->engine->bucket) &&
           print(out->text, TEXT_MAX,
                 "from(bucket:\"%s\")|>range(start:0)"
                 "|>filter(fn:(r)=>r._measurement==\"ohmstead\"",
                 q->engine->bucket) &&
           (!site || print(out->text, TEXT_MAX, " and r.site==\"%s\"", site)) &&
           print(out->text, TEXT_MAX,
                 ")|>last()|>keep(columns:[\"site\",\"zone\",\"device\",\"_field\"])") &&
           send_flux(q, out);
}

/* --- the way there and back --------------------------------------------------------------- */

static const struct {
    bool (*ask)(const ohm_remote_query *q, const ohm_remote_rows *r, question *out);
    ohm_remote_parse *raw, *steps;
    bool (*list)(const ohm_remote_query *q, const char *site, question *out);
    ohm_remote_list *list_parse;
} kinds[OHM_MIRROR_KINDS_COUNT] = {
    [OHM_MIRROR_VICTORIAMETRICS] = { ask_victoria, ohm_remote_export, ohm_remote_matrix,
                                     list_victoria, ohm_remote_list_matrix },
    [OHM_MIRROR_INFLUXDB1] = { ask_influxql, ohm_remote_influxql, ohm_remote_influxql,
                               list_influxql, ohm_remote_list_influxql },
    [OHM_MIRROR_INFLUXDB2] = { ask_flux, ohm_remote_flux, ohm_remote_flux, list_flux,
                               ohm_remote_list_flux },
};

static ohm_err judge(const ohm_mirror_answer *answer)
{
    if (answer->result == OHM_HTTP_TOO_BIG)
        return ohm_fail(OHM_TOO_BIG, 0, "the engine's answer is too long: ask for less");
    if (answer->result != OHM_HTTP_ANSWERED)
        return ohm_fail(OHM_IO, 0, answer->what);
    if (answer->status == 401 || answer->status == 403)
        return ohm_fail(OHM_DENIED, 0, "the engine wants another password or token");
    if (answer->status >= 500)
        return ohm_fail(OHM_IO, 0, "the engine is in trouble");
    if (answer->status < 200 || answer->status >= 300)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the engine refuses the question");
    return ohm_ok();
}

/* OHM_OK: the body is in out->body, for the caller to free. */
static ohm_err fetch(const ohm_remote_query *q, const question *what, ohm_mirror_answer *out)
{
    ohm_mirror_ask ask = { .wake_fd = -1,
                           .authorization = q->engine->authorization,
                           .content = what->content,
                           .accept = what->accept,
                           .timeout_ms = OHM_REMOTE_TIMEOUT_MS,
                           .given_up = q->cancelled,
                           .given_up_ctx = q->cancelled_ctx };
    OHM_TRY(ohm_http_new(NULL, &ask.http));
    ohm_span body = what->post ? ohm_span_text(what->text) : ohm_span_of(NULL, 0);
    ohm_err err = ohm_mirror_ask_wait(&ask, what->url, body, out);
    ohm_http_free(ask.http);
    if (err.code == OHM_END)
        return ohm_fail(OHM_BUSY, 0, "cancelled");
    OHM_TRY(err);
    err = judge(out);
    if (ohm_failed(err))
        free(out->body);
    return err;
}

static ohm_err fill(const ohm_remote_query *q, ohm_remote_rows *rows, question *what)
{
    ohm_mirror_answer answer;
    const ohm_mirror_kind kind = q->engine->kind;
    if (!kinds[kind].ask(q, rows, what))
        return ohm_fail(OHM_BAD_FORMAT, 0, "the name of the series can't be asked for");
    OHM_TRY(fetch(q, what, &answer));
    ohm_err err = (q->step_ms ? kinds[kind].steps
                              : kinds[kind].raw)(ohm_span_of(answer.body, answer.body_len), rows);
    free(answer.body);
    return err;
}

ohm_err ohm_remote_range(const ohm_remote_query *q, bool (*row)(void *ctx, const ohm_slice *slice),
                         void *ctx)
{
    ohm_remote_rows rows;
    OHM_TRY(ohm_remote_rows_init(&rows, q->series_key, q->range, q->step_ms, q->rows_max));
    question *what = calloc(1, sizeof *what);
    ohm_err err = what ? fill(q, &rows, what) : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    free(what);
    if (!ohm_failed(err)) {
        ohm_remote_rows_finish(&rows);
        for (uint32_t i = 0; i < rows.count; i++)
            if (!row(ctx, &rows.rows[i]))
                break;
    }
    ohm_remote_rows_release(&rows);
    return err;
}

/* --- which series --------------------------------------------------------------------------- */

enum { KEYS_MAX = 40000 };

/* An engine has a series once for each revision of its readings: each key is told once. */
typedef struct keys {
    ohm_series_info *items;
    size_t count, cap;
    ohm_err err;
} keys;

static bool gather(void *ctx, const ohm_series_info *info)
{
    keys *k = ctx;
    if (k->count == k->cap) {
        size_t cap = k->cap ? 2 * k->cap : 256;
        ohm_series_info *more = cap <= KEYS_MAX * 2 ? realloc(k->items, cap * sizeof *more) : NULL;
        if (!more) {
            k->err = k->count < KEYS_MAX
                         ? ohm_fail(OHM_NO_MEMORY, 0, "out of memory")
                         : ohm_fail(OHM_TOO_BIG, 0, "the engine has too many series");
            return false;
        }
        k->items = more;
        k->cap = cap;
    }
    k->items[k->count++] = *info;
    return true;
}

static int by_key(const void *a, const void *b)
{
    const ohm_series_info *x = a, *y = b;
    return strcmp(x->key, y->key);
}

static void tell(const keys *k, ohm_remote_key_row *row, void *ctx)
{
    if (k->count)
        qsort(k->items, k->count, sizeof *k->items, by_key);
    for (size_t i = 0; i < k->count; i++)
        if ((i == 0 || strcmp(k->items[i - 1].key, k->items[i].key) != 0) &&
            !row(ctx, &k->items[i]))
            return;
}

ohm_err ohm_remote_series(const ohm_remote_query *q, const char *site, ohm_remote_key_row *row,
                          void *ctx)
{
    const ohm_mirror_kind kind = q->engine->kind;
    ohm_mirror_answer answer;
    keys all = { .err = ohm_ok() };
    question *what = calloc(1, sizeof *what);
    if (!what)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = (site && !ohm_remote_is_plain(site)) || !kinds[kind].list(q, site, what)
                      ? ohm_fail(OHM_BAD_FORMAT, 0, "the name of the site can't be asked for")
                      : fetch(q, what, &answer);
    free(what);
    OHM_TRY(err);
    err = kinds[kind].list_parse(ohm_span_of(answer.body, answer.body_len), gather, &all);
    free(answer.body);
    if (!ohm_failed(err))
        err = all.err;
    if (!ohm_failed(err))
        tell(&all, row, ctx);
    free(all.items);
    return err;
}
