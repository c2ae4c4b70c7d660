/* What a fetcher keeps over a restart: when it asked, the newest good body, and what a VEN is at
 * its VTN. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "fetch/fetcher_own.h"
#include "host/log.h"

enum { FETCHED_DIGITS_MAX = 24, KEY_MAX = OHM_FETCH_NAME_MAX + 16 };

/* "tempo/schedule", "tempo/body": the body is "fetched_ms\n" and then as it came. */
static const char *key_of(const ohm_fetcher *e, const char *what, char out[static KEY_MAX])
{
    (void)snprintf(out, KEY_MAX, "%s/%s", e->name, what);
    return out;
}

static ohm_code keep(ohm_fetcher *e, const char *what, ohm_span value)
{
    char key[KEY_MAX];
    ohm_code code = e->state.put(e->state.ctx, key_of(e, what, key), value);
    if (code != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "signal_not_kept key=%s why=%s", key, ohm_code_name(code));
    return code;
}

ohm_code ohm_fetcher_keep_schedule(ohm_fetcher *e, ohm_ms now_ms, ohm_mono_ms now)
{
    char record[OHM_SCHEDULE_RECORD_MAX];
    size_t len = ohm_schedule_save(&e->schedule, now_ms, now, record);
    return keep(e, "schedule", ohm_span_of(record, len));
}

/* No record is a first start. One that can't be read may hide a call of a minute ago. */
void ohm_fetcher_restore_schedule(ohm_fetcher *e, ohm_ms now_ms, ohm_mono_ms now)
{
    uint8_t *record = NULL;
    size_t len = 0;
    char key[KEY_MAX];
    ohm_err err = e->state.get(e->state.ctx, key_of(e, "schedule", key), &record, &len);
    if (err.code != OHM_UNKNOWN) {
        ohm_span text = ohm_failed(err) ? ohm_span_of(NULL, 0) : ohm_span_of(record, len);
        if (ohm_schedule_restore(&e->schedule, text, now_ms, now) != OHM_OK)
            ohm_log(OHM_LOG_WARNING, "signal_schedule_lost source=%s code=%s", e->name,
                    ohm_code_name(err.code));
    }
    free(record);
    e->restored = true;
}

/* `came_ms`: when it came, of a value that does not say its own time. */
ohm_code ohm_fetcher_read_body(const ohm_fetcher *e, ohm_span body, const char *series,
                               ohm_ms came_ms, ohm_answer *out, ohm_refusal *ret_why)
{
    const ohm_answer_generic generic = {
        e->ask.pointer,          e->ask.start, e->ask.end, e->ask.value, e->ask.unit, came_ms,
        2 * e->schedule.usual_ms
    };
    const ohm_answer_options options = {
        .tz = &e->tz,
        .generic = e->ask.source == OHM_SOURCE_GENERIC ? &generic : NULL,
        .series = series                                                   ? series
                  : e->ask.source == OHM_SOURCE_NORDPOOL && e->ask.area[0] ? e->ask.area
                                                                           : NULL,
    };
    return ohm_answer_read(e->ask.source, body, &options, out, ret_why);
}

/* The body becomes ours. */
bool ohm_fetcher_take_body(ohm_fetcher *e, ohm_span body)
{
    uint8_t *copy = malloc(body.len ? body.len : 1);
    if (!copy)
        return false;
    if (body.len)
        memcpy(copy, body.ptr, body.len);
    free(e->body);
    e->body = copy;
    e->body_len = body.len;
    return true;
}

void ohm_fetcher_keep_body(ohm_fetcher *e)
{
    size_t cap = FETCHED_DIGITS_MAX + e->body_len;
    char *value = malloc(cap);
    if (!value) {
        ohm_log(OHM_LOG_WARNING, "signal_not_kept source=%s why=OHM_NO_MEMORY", e->name);
        return;
    }
    int digits = snprintf(value, FETCHED_DIGITS_MAX, "%lld\n", (long long)e->fetched_ms);
    if (e->body_len)
        memcpy(value + digits, e->body, e->body_len);
    (void)keep(e, "body", ohm_span_of(value, (size_t)digits + e->body_len));
    free(value);
}

void ohm_fetcher_restore_body(ohm_fetcher *e)
{
    uint8_t *value = NULL;
    size_t len = 0;
    char key[KEY_MAX];
    if (ohm_failed(e->state.get(e->state.ctx, key_of(e, "body", key), &value, &len)))
        return;
    const uint8_t *end = len ? memchr(value, '\n', len) : NULL;
    size_t at = end ? (size_t)(end - value) + 1 : 0;
    ohm_refusal why;
    if (end && ohm_number_int(ohm_span_of(value, at - 1), &e->fetched_ms) == OHM_OK) {
        ohm_span body = ohm_span_of(value + at, len - at);
        if (ohm_fetcher_read_body(e, body, NULL, e->fetched_ms, &e->hand, &why) != OHM_OK)
            ohm_log(OHM_LOG_WARNING, "signal_body_lost source=%s why=\"%s\"", e->name,
                    why.err.what);
        else if (!ohm_fetcher_take_body(e, body))
            ohm_answer_release(&e->hand);
    }
    free(value);
}

/* What the VTN knows of us; without it it is asked again. */
void ohm_fetcher_keep_ven(ohm_fetcher *e)
{
    if (!ohm_ven_is_changed(e->ven))
        return;
    char *text = ohm_ven_save(e->ven);
    if (text)
        (void)keep(e, "ven", ohm_span_text(text));
    free(text);
}

void ohm_fetcher_restore_ven(ohm_fetcher *e)
{
    uint8_t *record = NULL;
    size_t len = 0;
    char key[KEY_MAX];
    if (!ohm_failed(e->state.get(e->state.ctx, key_of(e, "ven", key), &record, &len)))
        ohm_ven_restore(e->ven, ohm_span_of(record, len));
    free(record);
}
