/* A series by `agg` or `fields`: steps on civil boundaries, or the readings as they are.
 *
 * GET /api/v1/series/…?agg=energy&step=day. Its entity tag is of its content, so that a period that
 * is over costs a browser a 304, and one that late data changed is shown as it is. An address with
 * the number of the past (`v`, of the list of series) names an answer that does not change any
 * more: it need not be asked for again. */
#include <stdio.h>
#include <stdlib.h>

#include "store/revision.h"
#include "web/api.h"
#include "web/command.h"
#include "web/inner.h"
#include "web/series_query.h"

enum {
    ETAG_MAX = 24,
    NAME_MAX_BYTES = 96,
};

/* FNV-1a, 64 bits (the parameters are public domain): names a content, proves nothing. */
#define FNV_START UINT64_C(14695981039346656037)
static uint64_t fnv(uint64_t hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

/* --- what is over ----------------------------------------------------------------------------- */

/* Days are cut by the zone, and answers are written by the program: both are in its name. */
bool ohm_api_past(ohm_exchange *x, char out[static OHM_PAST_MAX])
{
    int64_t revision;
    ohm_reader *reader = ohm_web_reader(x->web);
    if (!reader || !x->web->has_tz || ohm_failed(ohm_reader_revision(reader, &revision)))
        return false;
    const ohm_tz *tz = ohm_web_tz(x->web);
    uint64_t hash = fnv(FNV_START, (const char *)&revision, sizeof revision);
    hash = fnv(hash, tz->name, strlen(tz->name));
    hash = fnv(hash, OHM_VERSION, strlen(OHM_VERSION));
    (void)snprintf(out, OHM_PAST_MAX, "%016llx", (unsigned long long)hash);
    return true;
}

bool ohm_api_is_past(ohm_exchange *x, ohm_interval range)
{
    char past[OHM_PAST_MAX];
    const char *v = ohm_target_query(&x->target, "v");
    const ohm_view *view = ohm_web_view(x->web);
    /* twice: a reading may wait for its group's commit */
    return v && view && range.to_ms <= view->time_ms - 2 * OHM_LATE_MS && ohm_api_past(x, past) &&
           !strcmp(v, past);
}

/* --- answers ---------------------------------------------------------------------------------- */

static struct MHD_Response *response_of(ohm_exchange *x, bool same)
{
    static char nothing[1];
    if (same || x->answer_len == 0)
        return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(x->answer_len, x->answer, MHD_RESPMEM_MUST_FREE);
    if (response)
        x->answer = NULL; /* the response's now */
    return response;
}

static void add_name(struct MHD_Response *response, const char *name)
{
    char value[NAME_MAX_BYTES + 32];
    (void)snprintf(value, sizeof value, "attachment; filename=\"%s\"", name);
    (void)MHD_add_response_header(response, "Content-Disposition", value);
}

void ohm_reply_answer(ohm_exchange *x, const char *type, const char *name, ohm_caching caching)
{
    char etag[ETAG_MAX], quoted[ETAG_MAX + 2];
    (void)snprintf(etag, sizeof etag, "%016llx",
                   (unsigned long long)fnv(FNV_START, x->answer, x->answer_len));
    (void)snprintf(quoted, sizeof quoted, "\"%s\"", etag);
    bool same = ohm_etag_matches(x->fields[OHM_FIELD_IF_NONE_MATCH], etag);
    struct MHD_Response *response = response_of(x, same);
    if (!response) {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
        return;
    }
    (void)MHD_add_response_header(response, "ETag", quoted);
    (void)MHD_add_response_header(response, "Vary", "Accept");
    (void)MHD_add_response_header(response, "Content-Type", type);
    if (name)
        add_name(response, name);
    ohm_reply(x, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response, caching);
}

static void reply_fault(ohm_exchange *x, ohm_code outcome)
{
    if (outcome == OHM_UNKNOWN)
        ohm_reply_fault(x, OHM_FAULT_SERIES, NULL);
    else if (outcome == OHM_TOO_BIG)
        ohm_reply_fault(x, OHM_FAULT_POINTS, "step");
    else if (outcome == OHM_MORE)
        ohm_reply_fault(x, OHM_FAULT_SLOW, NULL);
    else
        ohm_reply_fault(x, outcome == OHM_RANGE ? OHM_FAULT_QUERY : OHM_FAULT_STORE, NULL);
}

/* What the exchange notes across its wait. */
enum { NOTE_PAST = 1, NOTE_FORM = 8 };

/* "power_import-main.csv": what is saved is found again. */
static void name_of(const ohm_exchange *x, const char *extension, char out[static NAME_MAX_BYTES])
{
    char *at = out;
    int n = snprintf(out, NAME_MAX_BYTES, "%.32s-%.32s.%s", x->params[3], x->params[2], extension);
    assert(n < NAME_MAX_BYTES);
    for (; *at; at++) /* a header holds no quotes and no bytes beyond ASCII */
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", *at))
            *at = '_';
}

void ohm_reply_rows(ohm_exchange *x, ohm_code outcome, ohm_series_form form, ohm_caching caching)
{
    char name[NAME_MAX_BYTES];
    if (outcome != OHM_OK) {
        reply_fault(x, outcome);
        return;
    }
    const char *extension = ohm_series_extension(form);
    if (extension)
        name_of(x, extension, name);
    ohm_reply_answer(x, ohm_series_type(form), extension ? name : NULL, caching);
}

static void steps_done(ohm_exchange *x, ohm_code outcome)
{
    bool past = outcome == OHM_OK && x->user & NOTE_PAST;
    ohm_reply_rows(x, outcome == OHM_GAP ? OHM_OK : outcome, (ohm_series_form)(x->user / NOTE_FORM),
                   past ? OHM_PRIVATE_IMMUTABLE : OHM_PRIVATE);
}

void ohm_api_steps(ohm_exchange *x, const char *key, ohm_quantity_id quantity)
{
    ohm_series_query q = { .quantity = quantity };
    _Static_assert(sizeof q <= OHM_HISTORY_QUERY_MAX, "a question fits");
    (void)snprintf(q.key, sizeof q.key, "%s", key);
    if (!ohm_series_query_read(x, &q))
        return;
    bool past = ohm_api_is_past(x, q.range) &&
                (q.other.from_ms >= q.other.to_ms || ohm_api_is_past(x, q.other));
    x->user = (int64_t)q.form * NOTE_FORM + (past ? NOTE_PAST : 0);
    ohm_history_send(x, ohm_series_answer, &q, sizeof q, steps_done);
}
