/* The site's alarms: the book (analysis/alarms.h), kept in the store, told once.
 *
 * The loop writes what detectors tell, the web what people say of it, both under the lock; the
 * bytes are put into the store's queue under it too, so that the newest book wins. What is told
 * goes to the journal, which the live stream and the page show, and to the log. */
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/detect_words.h"
#include "base/json.h"
#include "cmd/daemon_watch.h"
#include "host/clock.h"
#include "host/log.h"

enum {
    FRESH_HOURS = 26, /* one that is over and was told longer ago is history, not news */
    DAY_HOURS = 24,
    ALARM_JSON_MAX = 3 << 10,
    JSON_HEAD = 256,
    ANSWERED_MAX = 8,
    KEEP_MS = 24 * 3600000, /* judged_ms alone is kept this often */
};
static const char state_key[] = "analysis/alarms", unread_key[] = "analysis/alarms_unread";

struct ohm_daemon_alarms {
    ohm_daemon *daemon;
    pthread_mutex_t lock; /* of the book */
    ohm_ms kept_judged_ms;
    int answered_count;
    char answered[ANSWERED_MAX][OHM_ALARM_SERIES_MAX]; /* more are heard within the hour */
    ohm_alarms book;
};

/* --- the store -------------------------------------------------------------------------------- */

/* Under the lock. */
static ohm_code keep(ohm_daemon_alarms *a)
{
    size_t len;
    uint8_t *bytes = malloc(OHM_ALARMS_BYTES_MAX);
    ohm_code code = OHM_NO_MEMORY;
    if (bytes) {
        code = ohm_alarms_encode(&a->book, bytes, OHM_ALARMS_BYTES_MAX, &len);
        assert(code == OHM_OK);
        code = ohm_store_put(a->daemon->store, state_key, ohm_span_of(bytes, len));
    }
    free(bytes);
    if (code == OHM_OK)
        a->kept_judged_ms = a->book.judged_ms;
    else
        ohm_log(OHM_LOG_WARNING, "alarms not kept why=%s", ohm_code_name(code));
    return code;
}

static void load(ohm_daemon_alarms *a, ohm_reader *reader)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (ohm_failed(ohm_reader_get(reader, state_key, &bytes, &len)))
        return;
    ohm_code code = ohm_alarms_decode(ohm_span_of(bytes, len), &a->book);
    if (code != OHM_OK) {
        ohm_log(OHM_LOG_ERROR, "alarms of before are not readable why=%s kept_as=%s",
                ohm_code_name(code), unread_key);
        if (ohm_store_put(a->daemon->store, unread_key, ohm_span_of(bytes, len)) != OHM_OK)
            ohm_log(OHM_LOG_ERROR, "they could not be kept");
    }
    free(bytes);
}

/* --- what they cost --------------------------------------------------------------------------- */

/* A kWh through the hours of the day on which it was told; NAN: the price is not known. */
static double mean_price_eur(const ohm_daemon *d, ohm_ms told_ms)
{
    ohm_ms from_ms = ohm_civil_day(&d->config->tz, told_ms - 1).from_ms;
    double sum = 0;
    int count = 0;
    for (int h = 0; h < DAY_HOURS; h++) {
        ohm_price price;
        if (ohm_daemon_price(d, from_ms + h * OHM_HOUR_MS, &price) == OHM_OK) {
            sum += (double)price.ueur_per_kwh / 1e6;
            count++;
        }
    }
    return count > DAY_HOURS / 2 ? sum / count : NAN;
}

/* What a m³ costs, as it is configured; NAN: nobody said. */
static double water_price_eur(const ohm_daemon *d)
{
    return d->site->water_ueur_per_m3 > 0 ? (double)d->site->water_ueur_per_m3 / 1e6 : NAN;
}

static int64_t cost_of(const ohm_daemon *d, const ohm_watched *s, const ohm_watch_news *news)
{
    bool water = ohm_watch_is_water(s->kind),
         pays = water || (s->kind == OHM_WATCH_DRAWN && !s->solar);
    double more = ohm_detect_per_day(&news->alarm) / 1000; /* kWh of W, m³ of l/h */
    double price = water ? water_price_eur(d) : mean_price_eur(d, news->told_ms);
    double eur = pays && more > 0 ? more * price : NAN;
    return isfinite(eur) && eur < 1e9 ? llround(eur * 1e6) : OHM_ALARM_NO_COST;
}

/* --- what detectors tell ---------------------------------------------------------------------- */

static bool begin(ohm_daemon_alarms *a, const ohm_watched *s, const ohm_watch_news *news)
{
    ohm_alarm alarm;
    uint32_t id;
    if (!s->anew && !news->again && news->told_ms <= a->book.judged_ms)
        return false;
    ohm_watch_alarm_of(s, &news->alarm, news->told_ms, &alarm);
    alarm.cost_ueur_per_day = cost_of(a->daemon, s, news);
    memcpy(alarm.band_w, news->band_w, sizeof alarm.band_w);
    ohm_code code = ohm_alarms_begin(&a->book, &a->daemon->config->tz, &alarm, &id);
    return code == OHM_OK || code == OHM_CONFLICT; /* one that was over may go on */
}

/* --- telling ---------------------------------------------------------------------------------- */

static void tell(ohm_daemon *d, ohm_notice notice, const ohm_alarm *alarm)
{
    char device[OHM_ALARM_SERIES_MAX];
    (void)snprintf(device, sizeof device, "%s", alarm->series);
    char *quantity = strrchr(device, '/');
    assert(quantity);
    *quantity = '\0';
    const char *id = strrchr(device, '/') ? strrchr(device, '/') + 1 : device;
    ohm_note note = { .notice = notice, .device = OHM_DEVICE_NONE, .detail = alarm->id };
    for (uint16_t i = 0; i < d->site->meters_count; i++)
        if (!strcmp(d->devices[i].id, id))
            note.device = i;
    note.quantity = (uint16_t)ohm_quantity_find(ohm_span_text(quantity + 1));
    (void)snprintf(note.device_id, sizeof note.device_id, "%.39s", id);
    ohm_log(OHM_LOG_NOTICE, "%s id=%" PRIu32 " type=%s series=%s",
            notice == OHM_NOTICE_ALARM ? "alarm" : "alarm_ended", alarm->id,
            ohm_detect_type_name(alarm->type), alarm->series);
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_NOTE, .note = &note });
}

/* Collected under the lock, told without it. */
typedef struct to_tell {
    int count;
    ohm_notice notice[OHM_ALARMS_MAX];
    ohm_alarm alarm[OHM_ALARMS_MAX];
} to_tell;

/* False: there is no room; another time. */
static bool collect(to_tell *t, ohm_notice notice, const ohm_alarm *alarm)
{
    if (!t || t->count == OHM_ALARMS_MAX)
        return false;
    t->notice[t->count] = notice;
    t->alarm[t->count++] = *alarm;
    return true;
}

/* An alarm is news once; its end is, if its begin was. What ended while it was called normal is no
 * news later. Returns whether it is not as it was. */
static bool collect_of(ohm_alarm *alarm, ohm_ms now_ms, to_tell *out)
{
    const ohm_alarm before = *alarm;
    bool over = alarm->end_ms != OHM_NO_MS;
    bool fresh = !over || now_ms - alarm->told_ms < FRESH_HOURS * OHM_HOUR_MS;
    if (alarm->taught) {
        alarm->end_announced = over;
        return alarm->end_announced != before.end_announced;
    }
    if (!alarm->announced && fresh)
        alarm->announced = collect(out, OHM_NOTICE_ALARM, alarm);
    if (over && alarm->announced && !alarm->end_announced)
        alarm->end_announced = collect(out, OHM_NOTICE_ALARM_ENDED, alarm);
    else
        alarm->end_announced = over;
    return alarm->announced != before.announced || alarm->end_announced != before.end_announced;
}

/* Under the lock. */
static bool collect_news(ohm_daemon_alarms *a, const char *series, ohm_ms now_ms, to_tell *out)
{
    bool changed = false;
    for (int i = 0; i < a->book.count; i++)
        if (!strcmp(a->book.alarm[i].series, series))
            changed = collect_of(&a->book.alarm[i], now_ms, out) || changed;
    return changed;
}

void ohm_daemon_alarms_take(ohm_daemon_alarms *a, const ohm_watch_job *job, ohm_ms now_ms)
{
    const ohm_watched *s = job->series;
    to_tell *out = calloc(1, sizeof *out); /* without: told with the next hour */
    uint32_t ended[OHM_DETECT_TYPES];
    bool changed = false;
    pthread_mutex_lock(&a->lock);
    for (int i = 0; i < job->news_count; i++) {
        const ohm_watch_news *news = &job->news[i];
        if (news->alarm.end_ms == OHM_NO_MS)
            changed = begin(a, s, news) || changed;
        else
            changed = ohm_alarms_end(&a->book, s->key, news->alarm.type, news->told_ms) || changed;
    }
    if (!job->more && job->code == OHM_OK) {
        changed = ohm_alarms_sync(&a->book, s->key, s->open, s->through_ms, ended) || changed;
        changed = collect_news(a, s->key, now_ms, out) || changed;
    }
    if (changed)
        (void)keep(a);
    pthread_mutex_unlock(&a->lock);
    for (int i = 0; out && i < out->count; i++)
        tell(a->daemon, out->notice[i], &out->alarm[i]);
    free(out);
}

void ohm_daemon_alarms_judged(ohm_daemon_alarms *a, ohm_ms judged_ms)
{
    pthread_mutex_lock(&a->lock);
    if (judged_ms > a->book.judged_ms)
        a->book.judged_ms = judged_ms;
    if (a->kept_judged_ms == OHM_NO_MS || a->book.judged_ms - a->kept_judged_ms >= KEEP_MS)
        (void)keep(a);
    pthread_mutex_unlock(&a->lock);
}

/* --- lists of registers ----------------------------------------------------------------------- */

static void ask_for(ohm_watch_job *job, const char *series)
{
    for (int i = 0; i < job->asked_count; i++)
        if (!strcmp(job->asked[i].key, series))
            return;
    (void)snprintf(job->asked[job->asked_count++].key, OHM_ALARM_SERIES_MAX, "%s", series);
}

bool ohm_daemon_alarms_ask(ohm_daemon_alarms *a, ohm_watch_job *job)
{
    pthread_mutex_lock(&a->lock);
    int most = a->book.count + a->book.taught_count;
    job->asked = calloc((size_t)most + 1, sizeof *job->asked);
    for (int i = 0; job->asked && i < a->book.count; i++)
        ask_for(job, a->book.alarm[i].series);
    for (int i = 0; job->asked && i < a->book.taught_count; i++)
        ask_for(job, a->book.taught[i].series);
    pthread_mutex_unlock(&a->lock);
    return job->asked != NULL;
}

/* The register of the same device and direction that is watched; NULL: none. */
static const char *heir_of(const ohm_watch_job *job, const char *series)
{
    const char *quantity = strrchr(series, '/');
    size_t device_len = quantity ? (size_t)(quantity - series) + 1 : 0;
    if (!quantity)
        return NULL;
    ohm_watch_kind kind = ohm_watch_kind_of(ohm_quantity_find(ohm_span_text(quantity + 1)));
    for (int i = 0; i < job->found_count; i++)
        if (!strncmp(job->found[i].key, series, device_len) &&
            !strchr(job->found[i].key + device_len, '/') &&
            ohm_watch_kind_of(job->found[i].quantity) == kind)
            return job->found[i].key;
    return NULL;
}

static bool is_found(const ohm_watch_job *job, const char *series)
{
    for (int i = 0; i < job->found_count; i++)
        if (!strcmp(job->found[i].key, series))
            return true;
    return false;
}

void ohm_daemon_alarms_listed(ohm_daemon_alarms *a, const ohm_watch_job *job)
{
    uint32_t ended[OHM_DETECT_TYPES];
    bool changed = false;
    pthread_mutex_lock(&a->lock);
    for (int i = 0; i < job->asked_count; i++) {
        const char *series = job->asked[i].key, *heir = heir_of(job, series);
        if (is_found(job, series))
            continue;
        if (!job->asked[i].there)
            changed = ohm_alarms_forget(&a->book, series) || changed;
        else if (heir)
            changed = ohm_alarms_rename(&a->book, series, heir) || changed;
        else
            changed = ohm_alarms_sync(&a->book, series, 0, job->now_ms, ended) || changed;
    }
    if (changed)
        (void)keep(a);
    pthread_mutex_unlock(&a->lock);
}

/* --- what is normal --------------------------------------------------------------------------- */

bool ohm_daemon_alarms_normal(ohm_daemon_alarms *a, ohm_watch_job *job)
{
    const char *series = job->series->key;
    pthread_mutex_lock(&a->lock);
    int count = ohm_alarms_taught_of(&a->book, series, NULL, 0);
    job->taught = calloc((size_t)count + 1, sizeof *job->taught);
    if (job->taught)
        job->taught_count = ohm_alarms_taught_of(&a->book, series, job->taught, count);
    pthread_mutex_unlock(&a->lock);
    return job->taught != NULL;
}

bool ohm_daemon_alarms_answered(ohm_daemon_alarms *a, char series[static OHM_ALARM_SERIES_MAX])
{
    pthread_mutex_lock(&a->lock);
    bool any = a->answered_count > 0;
    if (any)
        memcpy(series, a->answered[--a->answered_count], OHM_ALARM_SERIES_MAX);
    pthread_mutex_unlock(&a->lock);
    return any;
}

static void committed(void *ctx, ohm_err result)
{
    (void)ctx;
    (void)result; /* a disk that refuses is told by on_health */
}

void ohm_daemon_alarms_clock(ohm_daemon_alarms *a, ohm_ms now_ms)
{
    pthread_mutex_lock(&a->lock);
    ohm_ms judged_ms = a->book.judged_ms;
    ohm_alarms_clock(&a->book, now_ms);
    /* At once, else the next start believes the clock that was ahead. */
    if (a->book.judged_ms != judged_ms && keep(a) == OHM_OK &&
        ohm_store_commit(a->daemon->store, committed, NULL) != OHM_OK)
        ohm_log(OHM_LOG_DEBUG, "alarms: the clock's step goes with the next commit");
    pthread_mutex_unlock(&a->lock);
}

/* --- what people say -------------------------------------------------------------------------- */

ohm_code ohm_daemon_alarms_do(ohm_daemon_alarms *a, uint32_t id, ohm_alarm_act act,
                              const char *actor)
{
    const ohm_tz *tz = &a->daemon->config->tz;
    ohm_code code = OHM_UNKNOWN, kept = OHM_OK;
    pthread_mutex_lock(&a->lock);
    const ohm_alarm *alarm = ohm_alarms_find(&a->book, id);
    switch (act) {
    case OHM_ALARM_ACKNOWLEDGE:
        code = ohm_alarms_acknowledge(&a->book, id, actor, ohm_clock_utc());
        break;
    case OHM_ALARM_TEACH:
        code = ohm_alarms_teach(&a->book, tz, id, actor, ohm_clock_utc());
        break;
    case OHM_ALARM_UNTEACH:
        code = ohm_alarms_unteach(&a->book, id);
        break;
    }
    if (code == OHM_OK)
        kept = keep(a);
    if (code == OHM_OK && alarm && act != OHM_ALARM_ACKNOWLEDGE && a->answered_count < ANSWERED_MAX)
        memcpy(a->answered[a->answered_count++], alarm->series, OHM_ALARM_SERIES_MAX);
    pthread_mutex_unlock(&a->lock);
    if (code == OHM_OK && (kept != OHM_OK || ohm_failed(ohm_store_commit_wait(a->daemon->store))))
        return OHM_IO;
    return code;
}

/* --- as JSON ---------------------------------------------------------------------------------- */

static const char *state_of(const ohm_alarm *alarm)
{
    if (alarm->taught)
        return "normal";
    if (alarm->end_ms != OHM_NO_MS)
        return "over";
    return alarm->acked_ms == OHM_NO_MS ? "active" : "acknowledged";
}

static void put_w(ohm_json *json, const char *key, int32_t w)
{
    if (key)
        ohm_json_key(json, key);
    if (w == OHM_ALARM_NO_W)
        ohm_json_null(json);
    else
        ohm_json_int(json, w);
}

static void put_time(ohm_json *json, const char *key, ohm_ms ms)
{
    if (ms == OHM_NO_MS)
        ohm_json_key_null(json, key);
    else
        ohm_json_key_time(json, key, ms);
}

static void put_words(ohm_json *json, const char *key, const char *title, const char *advice)
{
    ohm_json_key(json, key);
    ohm_json_object(json);
    ohm_json_key_str(json, "title", title);
    ohm_json_key_str(json, "advice", advice);
    ohm_json_end(json);
}

static void put_band(ohm_json *json, const ohm_daemon *d, const ohm_alarm *alarm)
{
    static const char *const keys[3] = { "q10_w", "median_w", "q90_w" };
    ohm_json_key(json, "day");
    ohm_json_object(json);
    put_time(json, "from", ohm_civil_day(&d->config->tz, alarm->start_ms).from_ms);
    for (int b = 0; b < 3; b++) {
        ohm_json_key(json, keys[b]);
        ohm_json_array(json);
        for (int h = 0; h < OHM_ALARM_HOURS; h++)
            put_w(json, NULL, alarm->band_w[b][h]);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

/* In the series' unit: W, or l/h of water. */
static void put_value(ohm_json *json, const char *key, bool water, int32_t value)
{
    if (water && value != OHM_ALARM_NO_W)
        ohm_json_key_decimal(json, key, value, -1);
    else
        put_w(json, key, value);
}

static bool is_water(const ohm_alarm *alarm)
{
    const char *quantity = strrchr(alarm->series, '/');
    return quantity &&
           ohm_watch_is_water(ohm_watch_kind_of(ohm_quantity_find(ohm_span_text(quantity + 1))));
}

static void put_alarm(ohm_json *json, const ohm_daemon *d, const ohm_alarm *alarm, bool band)
{
    const ohm_detect_words *words = ohm_detect_words_of(alarm->type);
    bool water = is_water(alarm);
    ohm_json_object(json);
    ohm_json_key_int(json, "id", alarm->id);
    ohm_json_key_str(json, "type", ohm_detect_type_name(alarm->type));
    ohm_json_key_str(json, "severity",
                     ohm_detect_severity_name((ohm_detect_severity)alarm->severity));
    ohm_json_key_str(json, "state", state_of(alarm));
    ohm_json_key_str(json, "series", alarm->series);
    put_time(json, "start", alarm->start_ms);
    put_time(json, "told", alarm->told_ms);
    put_time(json, "end", alarm->end_ms);
    ohm_json_key_str(json, "unit", water ? "l/h" : "W");
    put_value(json, "expected", water, alarm->expected_w);
    put_value(json, "actual", water, alarm->actual_w);
    put_w(json, "expected_w", water ? OHM_ALARM_NO_W : alarm->expected_w);
    put_w(json, "actual_w", water ? OHM_ALARM_NO_W : alarm->actual_w);
    if (alarm->cost_ueur_per_day == OHM_ALARM_NO_COST)
        ohm_json_key_null(json, "cost_eur_per_day");
    else
        ohm_json_key_decimal(json, "cost_eur_per_day", alarm->cost_ueur_per_day, -6);
    put_time(json, "acknowledged", alarm->acked_ms);
    ohm_json_key_str(json, "acknowledged_by",
                     alarm->acked_ms == OHM_NO_MS ? NULL : alarm->acked_by);
    put_words(json, "fr", words->fr, words->do_fr);
    put_words(json, "en", words->en, words->do_en);
    if (band)
        put_band(json, d, alarm);
    ohm_json_end(json);
}

static bool is_asked(const ohm_alarm *alarm, const ohm_alarms_ask *ask)
{
    bool open = ohm_alarm_is_open(alarm);
    return ask->which == OHM_ALARMS_ALL || open == (ask->which == OHM_ALARMS_OPEN);
}

/* Under the lock; newest first. */
static void put_all(ohm_json *json, const ohm_daemon_alarms *a, const ohm_alarms_ask *ask)
{
    ohm_json_object(json);
    put_time(json, "judged", a->book.judged_ms);
    ohm_json_key(json, "alarms");
    ohm_json_array(json);
    for (int i = a->book.count - 1; i >= 0; i--)
        if (is_asked(&a->book.alarm[i], ask))
            put_alarm(json, a->daemon, &a->book.alarm[i], false);
    ohm_json_end(json);
    ohm_json_end(json);
}

ohm_code ohm_daemon_alarms_json(ohm_daemon_alarms *a, const ohm_alarms_ask *ask, char **ret_text,
                                size_t *ret_len)
{
    ohm_json json;
    ohm_code code = OHM_UNKNOWN;
    pthread_mutex_lock(&a->lock);
    const ohm_alarm *one = ask->id ? ohm_alarms_find(&a->book, ask->id) : NULL;
    size_t cap = JSON_HEAD + (size_t)ALARM_JSON_MAX * (size_t)(one ? 1 : a->book.count);
    char *text = ask->id && !one ? NULL : malloc(cap);
    if (text) {
        ohm_json_init(&json, text, cap);
        if (one)
            put_alarm(&json, a->daemon, one, true);
        else
            put_all(&json, a, ask);
        code = ohm_json_finish(&json, ret_len);
    } else if (!ask->id || one) {
        code = OHM_NO_MEMORY;
    }
    pthread_mutex_unlock(&a->lock);
    if (code == OHM_OK)
        *ret_text = text;
    else
        free(text);
    return code;
}

/* --- its life --------------------------------------------------------------------------------- */

ohm_err ohm_daemon_alarms_start(ohm_daemon *d, ohm_reader *reader, ohm_daemon_alarms **ret_alarms)
{
    ohm_daemon_alarms *a = calloc(1, sizeof *a);
    if (!a || pthread_mutex_init(&a->lock, NULL)) {
        free(a);
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    a->daemon = d;
    ohm_alarms_init(&a->book);
    load(a, reader);
    a->kept_judged_ms = a->book.judged_ms;
    *ret_alarms = a;
    return ohm_ok();
}

void ohm_daemon_alarms_free(ohm_daemon_alarms *a)
{
    if (!a)
        return;
    pthread_mutex_destroy(&a->lock);
    free(a);
}
