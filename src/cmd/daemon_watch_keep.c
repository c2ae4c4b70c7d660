/* A register's state in the store: a head that says whose it is and up to when, and the watch's own
 * bytes (analysis/watch.h; none of water), which are read as if anybody had written them. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon_watch.h"

enum { HEAD_VERSION = 2, HEAD_WORDS = 8, HEAD_BYTES = 8 * HEAD_WORDS };
static const uint64_t magic = 0x6863746157000000; /* "Watch", and the version */

void ohm_watch_forget(ohm_watched *s)
{
    free(s->state);
    s->state = NULL;
}

bool ohm_watch_make_room(ohm_watched *s, ohm_watch_options *ret_options)
{
    *ret_options = (ohm_watch_options){ .forecast = { .slots = OHM_WATCH_SLOTS,
                                                      .solar = s->solar,
                                                      .others = s->weather ? OHM_WATCH_OTHERS : 0,
                                                      .warmth = s->weather ? 1 : 0 },
                                        .detect_slots = OHM_WATCH_SLOTS,
                                        .fine_slots = s->quarters ? OHM_WATCH_QUARTERS : 0 };
    ohm_watch_forget(s);
    if (ohm_watch_is_water(s->kind))
        return true;
    s->state = malloc(ohm_watch_size(ret_options));
    return s->state != NULL;
}

uint64_t ohm_watch_hash(const char *text)
{
    uint64_t h = 14695981039346656037u;
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * 1099511628211u;
    return h;
}

void ohm_watch_key(const char *series, char out[static OHM_STORE_KEY_MAX])
{
    (void)snprintf(out, OHM_STORE_KEY_MAX, OHM_WATCH_PREFIX "%016llx",
                   (unsigned long long)ohm_watch_hash(series));
}

uint64_t ohm_watch_taught_sum(const ohm_watch_job *job)
{
    uint64_t sum = 0;
    for (int i = 0; i < job->taught_count; i++)
        sum = sum * 1099511628211u + job->taught[i].id;
    return sum;
}

static void put(uint8_t *out, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *in)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value |= (uint64_t)in[i] << (8 * i);
    return value;
}

/* False: out of memory; it is put in another time. */
bool ohm_watch_keep(ohm_watch_job *job)
{
    const ohm_watched *s = job->series;
    size_t key_len = strlen(s->key), len = 0;
    if (s->state && ohm_watch_save(s->state, NULL, 0, &len) != OHM_TOO_BIG)
        return false;
    uint8_t *bytes = malloc(HEAD_BYTES + key_len + len);
    if (!bytes)
        return false;
    const uint64_t head[HEAD_WORDS] = { magic | HEAD_VERSION,
                                        (uint64_t)s->through_ms,
                                        (uint64_t)s->changes,
                                        s->open,
                                        (uint64_t)s->solar | (uint64_t)s->weather << 1 |
                                            (uint64_t)s->quarters << 2,
                                        key_len,
                                        job->zone,
                                        s->taught };
    for (int i = 0; i < HEAD_WORDS; i++)
        put(bytes + 8 * i, head[i]);
    memcpy(bytes + HEAD_BYTES, s->key, key_len);
    if (s->state && ohm_watch_save(s->state, bytes + HEAD_BYTES + key_len, len, &len) != OHM_OK) {
        free(bytes);
        return false;
    }
    ohm_watch_key(s->key, job->saved_key);
    free(job->saved);
    job->saved = bytes;
    job->saved_len = HEAD_BYTES + key_len + len;
    return true;
}

/* The head says that it is of this register, of the past as it is now, of no time to come, of this
 * zone's hours, and made with what is taught now. */
static bool is_ours(const ohm_watch_job *job, ohm_span bytes, int64_t changes,
                    uint64_t head[static HEAD_WORDS])
{
    size_t key_len = strlen(job->series->key);
    if (bytes.len < HEAD_BYTES + key_len)
        return false;
    for (int i = 0; i < HEAD_WORDS; i++)
        head[i] = get(bytes.ptr + 8 * i);
    int64_t through_ms = (int64_t)head[1];
    return head[0] == (magic | HEAD_VERSION) && through_ms <= job->now_ms &&
           through_ms >= OHM_STORE_TIME_MIN && (int64_t)head[2] == changes && head[5] == key_len &&
           head[6] == job->zone && head[7] == ohm_watch_taught_sum(job) &&
           (head[4] >> 1 & 1) == job->with_weather &&
           head[4] >> 2 == ohm_watch_has_quarters(job, head[4] & 1) &&
           !memcmp(bytes.ptr + HEAD_BYTES, job->series->key, key_len);
}

/* The watch's own bytes; water has none. */
static bool load(ohm_watched *s, ohm_span bytes)
{
    ohm_watch_options options;
    if (!ohm_watch_make_room(s, &options))
        return false;
    if (!s->state)
        return bytes.len == 0;
    return !ohm_failed(ohm_watch_load(&options, s->state, bytes));
}

bool ohm_watch_recall(ohm_watch_job *job, ohm_reader *reader, int64_t changes)
{
    ohm_watched *s = job->series;
    char key[OHM_STORE_KEY_MAX];
    uint8_t *bytes = NULL;
    size_t len = 0;
    uint64_t head[HEAD_WORDS];
    ohm_watch_key(s->key, key);
    if (ohm_failed(ohm_reader_get(reader, key, &bytes, &len)))
        return false;
    bool good = is_ours(job, ohm_span_of(bytes, len), changes, head);
    if (good) {
        size_t at = HEAD_BYTES + strlen(s->key);
        s->solar = (head[4] & 1) == 1;
        s->weather = job->with_weather;
        s->quarters = ohm_watch_has_quarters(job, s->solar);
        s->weather_day = OHM_WATCH_NO_DAY;
        good = load(s, ohm_span_of(bytes + at, len - at));
    }
    if (good) {
        s->through_ms = (ohm_ms)head[1];
        s->saved_ms = ohm_civil_day(job->tz, s->through_ms).from_ms;
        s->open = (unsigned)head[3] & ((1u << OHM_DETECT_TYPES) - 1);
        s->changes = changes;
        s->taught = head[7];
    }
    free(bytes);
    return good;
}
