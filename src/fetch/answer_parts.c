#include "fetch/answer_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"

enum {
    CAP_FIRST = 64,
    DIGITS_MAX = 15, /* what a double carries exactly */
    EXPONENT_MIN = -15,
    EXPONENT_MAX = 3,
};

ohm_err ohm_answer_add(ohm_answer_reading *b, ohm_draft draft)
{
    if (b->count == OHM_ANSWER_SEGMENTS_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "the body has too many values");
    if (b->count == b->cap) {
        size_t cap = b->cap ? 2 * b->cap : CAP_FIRST;
        ohm_draft *drafts = realloc(b->drafts, cap * sizeof *drafts);
        if (!drafts)
            return ohm_fail(OHM_NO_MEMORY, 0, "no memory to read the body");
        b->drafts = drafts;
        b->cap = cap;
    }
    b->drafts[b->count++] = draft;
    return ohm_ok();
}

ohm_err ohm_answer_add_int(ohm_answer_reading *b, ohm_interval when, int64_t value)
{
    return ohm_answer_add(b, (ohm_draft){ .segment = { when, value, 0 }, .known = true });
}

/* --- in order ------------------------------------------------------------------------------ */

static int by_time(const void *a, const void *b)
{
    const ohm_interval *x = &((const ohm_draft *)a)->segment.when;
    const ohm_interval *y = &((const ohm_draft *)b)->segment.when;
    if (x->from_ms != y->from_ms)
        return x->from_ms < y->from_ms ? -1 : 1;
    return x->to_ms == y->to_ms ? 0 : x->to_ms < y->to_ms ? -1 : 1;
}

static bool same(const ohm_draft *a, const ohm_draft *b)
{
    bool same_time = a->segment.when.from_ms == b->segment.when.from_ms &&
                     a->segment.when.to_ms == b->segment.when.to_ms;
    return same_time && a->known == b->known &&
           (!a->known || ohm_segment_same_value(&a->segment, &b->segment));
}

/* Drafts that are told twice are one. */
static void drop_doubles(ohm_answer_reading *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++)
        if (kept == 0 || !same(&b->drafts[kept - 1], &b->drafts[i]))
            b->drafts[kept++] = b->drafts[i];
    b->count = kept;
}

/* The ends of drafts that last until the next one. A distance counts as the step unless it is
 * longer than the step before and the next distance does not confirm it: then it is a gap. The
 * first has none before: a shorter one that follows is the step. */
static void close_drafts(ohm_answer_reading *b, int64_t step_ms)
{
    int64_t usual_ms = 0;
    for (size_t i = 0; i < b->count; i++) {
        ohm_interval *when = &b->drafts[i].segment.when;
        if (when->to_ms != OHM_NO_MS)
            continue;
        int64_t next_ms =
            i + 1 < b->count ? b->drafts[i + 1].segment.when.from_ms - when->from_ms : 0;
        int64_t after_ms = i + 2 < b->count ? b->drafts[i + 2].segment.when.from_ms -
                                                  b->drafts[i + 1].segment.when.from_ms
                                            : 0;
        if (usual_ms == 0 && after_ms > 0 && after_ms < next_ms)
            next_ms = after_ms;
        bool sane = next_ms > 0 && next_ms <= OHM_HOUR_MS;
        bool confirmed = usual_ms == 0 || next_ms <= usual_ms || next_ms == after_ms;
        if (sane && confirmed)
            usual_ms = next_ms;
        when->to_ms = when->from_ms + (usual_ms ? usual_ms : step_ms);
    }
}

/* The first draft that overlaps the one before it; count if there is none. */
static size_t first_clash(const ohm_draft *drafts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const ohm_interval *when = &drafts[i].segment.when;
        if (when->from_ms >= when->to_ms ||
            (i > 0 && drafts[i - 1].segment.when.to_ms > when->from_ms))
            return i;
    }
    return count;
}

static ohm_err settle_sorted(ohm_answer_reading *b, int64_t step_ms, const char *clash)
{
    qsort(b->drafts, b->count, sizeof *b->drafts, by_time);
    if (!b->keep_order)
        drop_doubles(b);
    close_drafts(b, step_ms);
    size_t at = first_clash(b->drafts, b->count);
    if (at == b->count)
        return ohm_ok();
    return ohm_answer_at(b, b->drafts[at].segment.when.from_ms, ohm_fail(OHM_CONFLICT, 0, clash));
}

/* A typical year: checked in the order of time, kept in its own. */
static ohm_err settle_in_place(ohm_answer_reading *b, const char *clash)
{
    ohm_draft *own = malloc(b->count * sizeof *own);
    if (!own)
        return ohm_fail(OHM_NO_MEMORY, 0, "no memory to read the body");
    memcpy(own, b->drafts, b->count * sizeof *own);
    size_t count = b->count;
    ohm_err err = settle_sorted(b, OHM_HOUR_MS, clash);
    memcpy(b->drafts, own, count * sizeof *own);
    b->count = count;
    free(own);
    return err;
}

ohm_err ohm_answer_settle(ohm_answer_reading *b, int64_t step_ms, const char *clash)
{
    if (b->count == 0)
        return ohm_ok();
    return b->keep_order ? settle_in_place(b, clash) : settle_sorted(b, step_ms, clash);
}

/* --- refusals ------------------------------------------------------------------------------ */

ohm_err ohm_answer_at(ohm_answer_reading *b, ohm_ms when_ms, ohm_err err)
{
    b->why->when_ms = when_ms;
    return err;
}

ohm_err ohm_answer_quote(ohm_answer_reading *b, ohm_span words, ohm_err err)
{
    size_t len = 0;
    for (size_t i = 0; i < words.len && len < OHM_ANSWER_QUOTE_MAX - 1; i++) {
        uint8_t c = words.ptr[i];
        b->why->quoted[len++] = c >= ' ' && c < 0x7f ? (char)c : '?';
    }
    b->why->quoted[len] = '\0';
    return err;
}

ohm_err ohm_answer_quote_json(ohm_answer_reading *b, const json_t *text, ohm_err err)
{
    return json_is_string(text) ? ohm_answer_quote(b, ohm_answer_text(text), err) : err;
}

/* As RTE's API manager ({"error":"TMPLIKSUPCON_TMPLIKCAL_T05"}), RFC 9457 and others write. */
ohm_err ohm_answer_refuse_error(ohm_answer_reading *b, const json_t *root, const char *what)
{
    static const char *const keys[] = { "error", "detail", "message", "reason", "text", "title" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const json_t *words = json_object_get(root, keys[i]);
        if (json_is_string(words))
            return ohm_answer_quote_json(
                b, words, ohm_fail(OHM_BAD_FORMAT, 0, "the service answered with an error"));
    }
    return ohm_fail(OHM_BAD_FORMAT, 0, what);
}

/* --- values -------------------------------------------------------------------------------- */

ohm_code ohm_answer_decimal_text(ohm_span text, int shift, ohm_segment *out)
{
    while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\n' || text.ptr[0] == '\t' ||
                        text.ptr[0] == '\r'))
        text = ohm_span_part(text, 1, text.len - 1);
    while (text.len && (text.ptr[text.len - 1] <= ' '))
        text.len--;
    int64_t mantissa;
    int exponent;
    ohm_code code = ohm_number_decimal(text, &mantissa, &exponent);
    if (code != OHM_OK)
        return code;
    for (; mantissa != 0 && mantissa % 10 == 0 && exponent < 0; exponent++)
        mantissa /= 10;
    int64_t max = 1;
    for (int i = 0; i < DIGITS_MAX; i++)
        max *= 10;
    exponent = mantissa ? exponent + shift : 0;
    if (mantissa > max || mantissa < -max || exponent < EXPONENT_MIN ||
        exponent > EXPONENT_MAX + shift)
        return OHM_RANGE;
    out->mantissa = mantissa;
    out->exponent = exponent;
    return OHM_OK;
}

ohm_code ohm_answer_decimal(const json_t *value, int shift, ohm_segment *out)
{
    char text[40];
    if (!value || json_is_null(value))
        return OHM_UNKNOWN;
    if (json_is_integer(value))
        (void)snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        (void)snprintf(text, sizeof text, "%.*g", DIGITS_MAX, json_real_value(value));
    else
        return OHM_BAD_FORMAT;
    return ohm_answer_decimal_text(ohm_span_text(text), shift, out);
}

ohm_span ohm_answer_text(const json_t *value)
{
    return ohm_span_of(json_string_value(value), json_string_length(value));
}

/* --- times --------------------------------------------------------------------------------- */

static int number_at(ohm_span text, size_t at, size_t len)
{
    int number = 0;
    for (size_t i = at; i < at + len; i++) {
        if (i >= text.len || text.ptr[i] < '0' || text.ptr[i] > '9')
            return -1;
        number = number * 10 + (text.ptr[i] - '0');
    }
    return number;
}

ohm_code ohm_answer_date(ohm_span text, ohm_date *out)
{
    int year = number_at(text, 0, 4), month = number_at(text, 5, 2), day = number_at(text, 8, 2);
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' || year < 0 || month < 0 ||
        day < 0)
        return OHM_BAD_FORMAT;
    if (!ohm_date_valid(year, month, day))
        return OHM_RANGE;
    *out = (ohm_date){ (int16_t)year, (uint8_t)month, (uint8_t)day };
    return OHM_OK;
}

ohm_err ohm_answer_day(ohm_span text, const ohm_tz *tz, ohm_date *out)
{
    ohm_ms at_ms;
    static const char midnight[] = "T00:00:00";
    if (ohm_answer_time(text, NULL, &at_ms) != OHM_OK)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a day's date is not a time");
    bool from_midnight =
        text.len >= 19 && memcmp(text.ptr + 10, midnight, sizeof midnight - 1) == 0;
    if (from_midnight && ohm_answer_date(ohm_span_part(text, 0, 10), out) == OHM_OK)
        return ohm_ok();
    *out = ohm_civil_from_utc(tz, at_ms).date;
    return ohm_ok();
}

/* Where the zone starts after date and time of day; text.len if there is none. */
static size_t zone_at(ohm_span text)
{
    for (size_t i = 10; i < text.len; i++)
        if (text.ptr[i] == 'Z' || text.ptr[i] == 'z' || text.ptr[i] == '+' || text.ptr[i] == '-')
            return i;
    return text.len;
}

ohm_code ohm_answer_time(ohm_span text, const ohm_tz *tz, ohm_ms *out)
{
    enum { TIME_MAX = 48 };
    char full[TIME_MAX + 16];
    if (text.len < 16 || text.len > TIME_MAX)
        return OHM_BAD_FORMAT;
    size_t zone = zone_at(text), zone_len = text.len - zone;
    bool blank = text.ptr[10] == ' ' || text.ptr[10] == 'T' || text.ptr[10] == 't';
    if (!blank || zone < 16 || (zone_len == 0 && !tz))
        return OHM_BAD_FORMAT;
    const char *seconds = zone == 16 ? ":00" : "";
    const char *rest = (const char *)text.ptr + zone;
    if (zone_len == 5) /* +0100 */
        (void)snprintf(full, sizeof full, "%.10sT%.*s%s%.3s:%.2s", (const char *)text.ptr,
                       (int)(zone - 11), (const char *)text.ptr + 11, seconds, rest, rest + 3);
    else
        (void)snprintf(full, sizeof full, "%.10sT%.*s%s%.*s", (const char *)text.ptr,
                       (int)(zone - 11), (const char *)text.ptr + 11, seconds,
                       zone_len ? (int)zone_len : 1, zone_len ? rest : "Z");
    ohm_ms at_ms;
    ohm_err err = ohm_rfc3339_parse(ohm_span_text(full), &at_ms);
    if (ohm_failed(err))
        return err.code;
    if (zone_len == 0) {
        ohm_tz utc;
        ohm_tz_utc(&utc);
        ohm_ms last_ms;
        (void)ohm_civil_to_utc(tz, ohm_civil_from_utc(&utc, at_ms), &at_ms, &last_ms);
    }
    *out = at_ms;
    return OHM_OK;
}

void ohm_answer_made(ohm_answer_reading *b, ohm_span time)
{
    ohm_ms at_ms;
    if (ohm_answer_time(time, NULL, &at_ms) == OHM_OK && at_ms > b->made_ms)
        b->made_ms = at_ms;
}

/* --- members ------------------------------------------------------------------------------- */

const json_t *ohm_answer_array(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_array(value) ? value : NULL;
}

const json_t *ohm_answer_object(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_object(value) ? value : NULL;
}

bool ohm_answer_says(const json_t *object, const char *key, const char *text)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) && ohm_span_is(ohm_answer_text(value), text);
}
