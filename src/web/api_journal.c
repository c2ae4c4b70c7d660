/* The journal, newest first and page by page: whole, or what fits of it.
 *
 * The newest lines are answered at once. A search may read many lines for one that fits, so it is
 * answered on the store's thread (history.h), SCAN_MAX lines at a time: `next` then goes on where
 * it stopped, whether it found a page full or not. */
#include <stdlib.h>

#include "base/civil.h"
#include "engine/codec.h"
#include "store/reader.h"
#include "web/api.h"
#include "web/command.h"
#include "web/grow.h"
#include "web/inner.h"

enum {
    LIMIT = 50,
    LIMIT_MAX = 500,
    SCAN_MAX = 20000, /* lines read for one answer */
    KIND_MAX = 32,
    TEXT_MAX = 64,
};

typedef struct journal_query {
    uint64_t before, limit;
    char load[OHM_LOAD_ID_MAX]; /* "": of any */
    char kind[KIND_MAX];        /* "", "decision", "notice", or a notice's name */
    char text[TEXT_MAX];        /* in lower case; "": any */
    ohm_interval when;
    bool searches; /* any of these is given */
} journal_query;
_Static_assert(sizeof(journal_query) <= OHM_HISTORY_QUERY_MAX, "a question fits");

typedef struct journal {
    const journal_query *query;
    const atomic_bool *stop; /* NULL: on the web thread */
    ohm_grow out;
    uint64_t count, scanned, last_seq;
    bool more;
} journal;

/* --- what fits ------------------------------------------------------------------------ */

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool holds(const char *text, const char *wanted)
{
    for (; *text; text++) {
        size_t i = 0;
        while (wanted[i] && lower(text[i]) == wanted[i])
            i++;
        if (!wanted[i])
            return true;
    }
    return false;
}

static const char *text_of(const json_t *line, const char *key)
{
    const char *text = json_string_value(json_object_get(line, key));
    return text ? text : "";
}

/* The words of a line are its codes and names, not the sentences that a page makes of them. */
static bool says(const json_t *line, const char *wanted)
{
    static const char *const keys[] = { "load",   "state",    "cause", "held_by", "notice",
                                        "device", "quantity", "why",   "actor",   "limit" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (holds(text_of(line, keys[i]), wanted))
            return true;
    return holds(text_of(json_object_get(line, "limit"), "id"), wanted);
}

static bool is_of_kind(const json_t *line, const char *kind)
{
    const char *notice = text_of(line, "notice");
    if (!strcmp(kind, "decision"))
        return !notice[0];
    if (!strcmp(kind, "notice"))
        return notice[0] != '\0';
    return !strcmp(kind, notice);
}

static bool fits(const journal_query *q, const ohm_record *record)
{
    if (record->utc_ms < q->when.from_ms || record->utc_ms >= q->when.to_ms)
        return false;
    if (!q->load[0] && !q->kind[0] && !q->text[0])
        return true;
    json_t *line = json_loadb((const char *)record->json.ptr, record->json.len, 0, NULL);
    bool fit = line && (!q->load[0] || !strcmp(text_of(line, "load"), q->load)) &&
               (!q->kind[0] || is_of_kind(line, q->kind)) && (!q->text[0] || says(line, q->text));
    json_decref(line);
    return fit;
}

static bool add_line(void *ctx, const ohm_record *record)
{
    journal *j = ctx;
    bool stopped = j->stop && atomic_load_explicit(j->stop, memory_order_relaxed);
    if (j->count == j->query->limit || j->scanned == SCAN_MAX || stopped) {
        j->more = true;
        return false;
    }
    j->scanned++;
    j->last_seq = record->seq;
    if (j->query->searches && !fits(j->query, record))
        return true;
    if (j->count)
        ohm_grow_add(&j->out, ",", 1);
    ohm_grow_add(&j->out, record->json.ptr, record->json.len);
    j->count++;
    return !j->out.failed;
}

/* A page, as JSON. */
static ohm_code read_page(ohm_reader *reader, journal *j, char **ret_json, size_t *ret_len)
{
    uint64_t most = j->query->searches ? SCAN_MAX : j->query->limit;
    ohm_grow_add(&j->out, "{\"items\":[", 10);
    ohm_err err = ohm_reader_journal(reader, j->query->before, (uint32_t)most + 1, add_line, j);
    char end[48];
    ohm_json json; /* of the tail: a number or null between fixed text */
    size_t len = 0;
    ohm_grow_add(&j->out, "],\"next\":", 9);
    ohm_json_init(&json, end, sizeof end);
    if (j->more)
        ohm_json_int(&json, (int64_t)j->last_seq);
    else
        ohm_json_null(&json);
    j->out.failed |= ohm_json_finish(&json, &len) != OHM_OK;
    ohm_grow_add(&j->out, end, len);
    ohm_grow_add(&j->out, "}", 1);
    return ohm_grow_give(&j->out, ohm_failed(err) ? OHM_IO : OHM_OK, ret_json, ret_len);
}

static ohm_code run_journal(ohm_reader *reader, const void *query, const atomic_bool *stop,
                            char **ret_json, size_t *ret_len)
{
    journal j = { .query = query, .stop = stop };
    return read_page(reader, &j, ret_json, ret_len);
}

/* --- what is asked -------------------------------------------------------------------- */

static bool fault(ohm_exchange *x, const char *key)
{
    ohm_reply_fault(x, OHM_FAULT_QUERY, key);
    return false;
}

static bool read_number(ohm_exchange *x, const char *key, uint64_t most, uint64_t *io_value)
{
    const char *text = ohm_target_query(&x->target, key);
    if (text && (ohm_text_uint(text, most, io_value) != OHM_OK || !*io_value))
        return fault(x, key);
    return true;
}

static bool read_text(ohm_exchange *x, const char *key, char *out, size_t cap)
{
    const char *text = ohm_target_query(&x->target, key);
    size_t len = text ? strlen(text) : 0;
    if (text && (!len || len >= cap))
        return fault(x, key);
    memcpy(out, text ? text : "", len + 1);
    return true;
}

static bool read_time(ohm_exchange *x, const char *key, ohm_ms *io_ms)
{
    const char *text = ohm_target_query(&x->target, key);
    return !text || !ohm_failed(ohm_rfc3339_parse(ohm_span_text(text), io_ms)) || fault(x, key);
}

static bool is_kind(const char *kind)
{
    bool known = !kind[0] || !strcmp(kind, "decision") || !strcmp(kind, "notice");
    for (int i = OHM_NOTICE_NONE + 1; i < OHM_NOTICES_COUNT && !known; i++)
        known = !strcmp(kind, ohm_notice_name((ohm_notice)i));
    return known;
}

static bool read_query(ohm_exchange *x, journal_query *q)
{
    static const char *const keys[] = { "limit", "before", "load", "kind", "q", "from", "to" };
    for (int i = 0; i < x->target.pairs_count; i++) {
        size_t k = 0;
        while (k < sizeof keys / sizeof *keys && strcmp(x->target.keys[i], keys[k]) != 0)
            k++;
        if (k == sizeof keys / sizeof *keys)
            return fault(x, x->target.keys[i]);
        q->searches |= k >= 2;
    }
    if (!read_number(x, "limit", LIMIT_MAX, &q->limit) ||
        !read_number(x, "before", INT64_MAX, &q->before) ||
        !read_text(x, "load", q->load, sizeof q->load) ||
        !read_text(x, "kind", q->kind, sizeof q->kind) ||
        !read_text(x, "q", q->text, sizeof q->text) || !read_time(x, "from", &q->when.from_ms) ||
        !read_time(x, "to", &q->when.to_ms))
        return false;
    for (char *c = q->text; *c; c++)
        *c = lower(*c);
    return is_kind(q->kind) || fault(x, "kind");
}

static void journal_done(ohm_exchange *x, ohm_code outcome)
{
    ohm_reply_rows(x, outcome, OHM_FORM_JSON, OHM_NO_STORE);
}

void ohm_api_journal(ohm_exchange *x)
{
    journal_query q = { .limit = LIMIT, .when = { INT64_MIN, INT64_MAX } };
    if (!read_query(x, &q))
        return;
    if (q.searches) {
        ohm_history_send(x, run_journal, &q, sizeof q, journal_done);
        return;
    }
    ohm_reader *reader = ohm_web_reader(x->web);
    journal j = { .query = &q };
    char *json = NULL;
    size_t len = 0;
    ohm_code code = reader ? read_page(reader, &j, &json, &len) : OHM_IO;
    struct MHD_Response *response =
        code == OHM_OK ? MHD_create_response_from_buffer(len, json, MHD_RESPMEM_MUST_FREE) : NULL;
    if (!response) {
        free(json);
        ohm_reply_fault(x, code == OHM_IO ? OHM_FAULT_STORE : OHM_FAULT_MEMORY, NULL);
        return;
    }
    (void)MHD_add_response_header(response, "Content-Type", "application/json");
    ohm_reply(x, MHD_HTTP_OK, response, OHM_NO_STORE);
}
