#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "store/mirror_own.h"
#include "store/text.h"

enum { URL_MAX = 3072 };

/* "URL/api/v1/PATH?QUERY…&match[]=SELECTOR"; false: it does not fit. */
static bool url_of(const char *base, const char *path, const char *selector,
                   char out[static URL_MAX])
{
    int len = snprintf(out, URL_MAX, "%s/api/v1/%smatch%%5B%%5D=", base, path);
    return len > 0 && len < URL_MAX && ohm_mirror_url_add(out, URL_MAX, selector);
}

static const char *device_key(ohm_mirror *m, const ohm_mirrored *series)
{
    return m->todo.places[series->device].key; /* never changes once it is there */
}

static ohm_mirror_end ask(ohm_mirror *m, const char *url, ohm_span body, ohm_mirror_answer *out)
{
    ohm_err err = ohm_mirror_ask_wait(&m->ask, url, body, out);
    if (err.code == OHM_END)
        return OHM_MIRROR_STOPPED;
    if (ohm_failed(err)) {
        ohm_mirror_say(m, OHM_MIRROR_OFFLINE, err.what);
        return OHM_MIRROR_UNSEEN;
    }
    if (out->result == OHM_HTTP_ANSWERED && out->status >= 200 && out->status < 300)
        return OHM_MIRROR_TAKEN;
    ohm_mirror_end end = ohm_mirror_failed(m, out);
    free(out->body);
    return end == OHM_MIRROR_TAKEN ? OHM_MIRROR_UNSEEN : end;
}

/* --- the export --------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    ohm_ms x = ((const ohm_mirror_point *)a)->time_ms, y = ((const ohm_mirror_point *)b)->time_ms;
    return (x > y) - (x < y);
}

ohm_err ohm_mirror_there_parse(ohm_span body, ohm_quantity_id quantity, ohm_mirror_there *out)
{
    size_t lines = 1;
    for (size_t i = 0; i < body.len; i++)
        lines += body.ptr[i] == '\n';
    ohm_mirror_there there = { .points = malloc(lines * sizeof *there.points) };
    if (!there.points)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_span line;
    for (uint32_t n = 1; ohm_text_cut(&body, '\n', &line); n++) {
        const uint8_t *comma = line.len ? memchr(line.ptr, ',', line.len) : NULL;
        size_t len = comma ? (size_t)(comma - line.ptr) : 0;
        ohm_mirror_point *point = &there.points[there.count];
        if (!comma || ohm_number_int(ohm_span_part(line, 0, len), &point->time_ms) != OHM_OK ||
            !ohm_mirror_quantise(ohm_span_part(line, len + 1, line.len - len - 1), quantity,
                                 &point->value)) {
            free(there.points);
            return ohm_fail(OHM_BAD_FORMAT, n, "a line of the engine's export does not read");
        }
        there.count++;
    }
    qsort(there.points, there.count, sizeof *there.points, by_time);
    *out = there;
    return ohm_ok();
}

void ohm_mirror_there_free(ohm_mirror_there *there)
{
    free(there->points);
    *there = (ohm_mirror_there){ 0 };
}

ohm_mirror_end ohm_mirror_there_get(ohm_mirror *m, const ohm_mirrored *series, ohm_interval range,
                                    ohm_mirror_there *out)
{
    char selector[1024], path[160], url[URL_MAX];
    (void)snprintf(
        path, sizeof path,
        "export/csv?format=__timestamp__:unix_ms,__value__&start=%lld.%03d&end=%lld.%03d&",
        (long long)(range.from_ms / 1000), (int)(range.from_ms % 1000),
        (long long)((range.to_ms - 1) / 1000), (int)((range.to_ms - 1) % 1000));
    ohm_quantity_id quantity = (ohm_quantity_id)series->quantity;
    if (ohm_mirror_selector(device_key(m, series), quantity, (int)series->revision, selector,
                            sizeof selector) != OHM_OK ||
        !url_of(m->config.read_url, path, selector, url)) {
        ohm_mirror_say(m, OHM_MIRROR_REFUSED, "the names are too long for a query");
        return OHM_MIRROR_UNSEEN;
    }
    ohm_mirror_answer answer;
    ohm_mirror_end end = ask(m, url, (ohm_span){ 0 }, &answer);
    if (end != OHM_MIRROR_TAKEN)
        return end;
    ohm_err err = ohm_mirror_there_parse(ohm_span_of(answer.body, answer.body_len), quantity, out);
    free(answer.body);
    if (!ohm_failed(err))
        return OHM_MIRROR_TAKEN;
    ohm_mirror_say(m, OHM_MIRROR_REFUSED, err.what);
    return OHM_MIRROR_UNSEEN;
}

bool ohm_mirror_there_has(ohm_mirror_there *there, ohm_ms time_ms, int64_t value)
{
    bool found = false;
    for (; there->at < there->count && there->points[there->at].time_ms <= time_ms; there->at++) {
        const ohm_mirror_point *point = &there->points[there->at];
        if (point->time_ms == time_ms && point->value == value)
            found = true;
        else
            there->differs = true;
    }
    return found;
}

bool ohm_mirror_there_more(const ohm_mirror_there *there)
{
    return there->at < there->count;
}

ohm_mirror_end ohm_mirror_there_delete(ohm_mirror *m, const ohm_mirrored *series)
{
    char selector[1024], url[URL_MAX];
    const char *base = m->config.delete_url[0] ? m->config.delete_url : m->config.read_url;
    if (ohm_mirror_selector(device_key(m, series), (ohm_quantity_id)series->quantity, -1, selector,
                            sizeof selector) != OHM_OK)
        return OHM_MIRROR_UNSEEN;
    size_t len = strlen(selector) - 1; /* before the brace */
    (void)snprintf(selector + len, sizeof selector - len, ",rev!=\"%u\"}",
                   (unsigned)series->revision);
    if (!url_of(base, "admin/tsdb/delete_series?", selector, url))
        return OHM_MIRROR_UNSEEN;
    ohm_mirror_answer answer;
    ohm_mirror_end end = ask(m, url, ohm_span_text(""), &answer);
    if (end == OHM_MIRROR_TAKEN)
        free(answer.body);
    return end;
}
