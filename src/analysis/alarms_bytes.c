/* A book of alarms as bytes: the magic, a version, then numbers of eight bytes, the lowest first,
 * and texts behind their length. Types go by their names, so that a table that grew or moved reads
 * what an older one wrote. */
#include <string.h>

#include "analysis/alarms.h"

enum { MAGIC = 0x6d6c4f41, VERSION = 1, FLAG_TAUGHT = 1, FLAG_TOLD = 2, FLAG_END_TOLD = 4 };
enum { FLAGS = FLAG_TAUGHT | FLAG_TOLD | FLAG_END_TOLD, SEVERITY_MAX = 2 };

typedef struct cursor {
    uint8_t *out;
    const uint8_t *in;
    size_t at, cap;
    bool failed;
} cursor;

/* --- writing ---------------------------------------------------------------------------------- */

static void put_bytes(cursor *c, const void *from, size_t len)
{
    c->failed = c->failed || len > c->cap - c->at;
    if (c->failed)
        return;
    memcpy(c->out + c->at, from, len);
    c->at += len;
}

static void put(cursor *c, int64_t value)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)value >> (8 * i));
    put_bytes(c, bytes, sizeof bytes);
}

static void put_w(cursor *c, int32_t value)
{
    uint8_t bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)((uint32_t)value >> (8 * i));
    put_bytes(c, bytes, sizeof bytes);
}

static void put_text(cursor *c, const char *text)
{
    uint8_t len = (uint8_t)strlen(text); /* shorter than OHM_ALARM_SERIES_MAX */
    put_bytes(c, &len, 1);
    put_bytes(c, text, len);
}

static void put_alarm(cursor *c, const ohm_alarm *alarm)
{
    put(c, alarm->id);
    put_text(c, ohm_detect_type_name(alarm->type));
    put_text(c, alarm->series);
    put(c, alarm->start_ms);
    put(c, alarm->told_ms);
    put(c, alarm->end_ms);
    put(c, alarm->acked_ms);
    put_text(c, alarm->acked_by);
    put(c, (alarm->taught ? FLAG_TAUGHT : 0) | (alarm->announced ? FLAG_TOLD : 0) |
               (alarm->end_announced ? FLAG_END_TOLD : 0));
    put(c, alarm->severity);
    put(c, alarm->cost_ueur_per_day);
    put_w(c, alarm->expected_w);
    put_w(c, alarm->actual_w);
    for (int b = 0; b < 3; b++)
        for (int h = 0; h < OHM_ALARM_HOURS; h++)
            put_w(c, alarm->band_w[b][h]);
}

static void put_taught(cursor *c, const ohm_taught *taught)
{
    put(c, taught->id);
    put_text(c, ohm_detect_type_name(taught->type));
    put_text(c, taught->series);
    put(c, taught->minute);
    put(c, taught->weekend);
    put_w(c, taught->off_w);
}

ohm_code ohm_alarms_encode(const ohm_alarms *a, uint8_t *out, size_t cap, size_t *ret_len)
{
    cursor c = { .out = out, .cap = cap };
    put_w(&c, MAGIC);
    put_w(&c, VERSION);
    put(&c, a->next_id);
    put(&c, a->judged_ms);
    put(&c, (int64_t)a->lost);
    put(&c, a->count);
    for (int i = 0; i < a->count; i++)
        put_alarm(&c, &a->alarm[i]);
    put(&c, a->taught_count);
    for (int i = 0; i < a->taught_count; i++)
        put_taught(&c, &a->taught[i]);
    if (c.failed)
        return OHM_TOO_BIG;
    *ret_len = c.at;
    return OHM_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

static const uint8_t *get_bytes(cursor *c, size_t len)
{
    c->failed = c->failed || len > c->cap - c->at;
    if (c->failed)
        return NULL;
    c->at += len;
    return c->in + c->at - len;
}

static int64_t get(cursor *c)
{
    const uint8_t *bytes = get_bytes(c, 8);
    uint64_t value = 0;
    for (int i = 0; bytes && i < 8; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return (int64_t)value;
}

static int64_t get_within(cursor *c, int64_t least, int64_t most)
{
    int64_t value = get(c);
    c->failed = c->failed || value < least || value > most;
    return c->failed ? least : value;
}

static int32_t get_w(cursor *c)
{
    const uint8_t *bytes = get_bytes(c, 4);
    uint32_t value = 0;
    for (int i = 0; bytes && i < 4; i++)
        value |= (uint32_t)bytes[i] << (8 * i);
    return (int32_t)value;
}

/* Without control characters; names of people and tokens are UTF-8. */
static void get_text(cursor *c, char *out, size_t cap)
{
    const uint8_t *bytes = get_bytes(c, 1);
    size_t len = bytes ? *bytes : 0;
    c->failed = c->failed || len >= cap;
    memset(out, 0, cap);
    bytes = c->failed ? NULL : get_bytes(c, len);
    for (size_t i = 0; bytes && i < len; i++) {
        c->failed = c->failed || bytes[i] < ' ' || bytes[i] == 0x7f;
        out[i] = (char)bytes[i];
    }
}

static ohm_detect_type get_type(cursor *c)
{
    char name[OHM_ALARM_ACTOR_MAX];
    get_text(c, name, sizeof name);
    for (int type = 0; !c->failed && type < OHM_DETECT_TYPES; type++)
        if (!strcmp(name, ohm_detect_type_name((ohm_detect_type)type)))
            return (ohm_detect_type)type;
    c->failed = true;
    return OHM_DETECT_GAP;
}

static void get_alarm(cursor *c, ohm_alarm *alarm, uint32_t after, uint32_t before)
{
    alarm->id = (uint32_t)get_within(c, (int64_t)after + 1, (int64_t)before - 1);
    alarm->type = get_type(c);
    get_text(c, alarm->series, sizeof alarm->series);
    alarm->start_ms = get(c);
    alarm->told_ms = get(c);
    alarm->end_ms = get(c);
    alarm->acked_ms = get(c);
    get_text(c, alarm->acked_by, sizeof alarm->acked_by);
    int64_t flags = get_within(c, 0, FLAGS);
    alarm->taught = flags & FLAG_TAUGHT;
    alarm->announced = flags & FLAG_TOLD;
    alarm->end_announced = flags & FLAG_END_TOLD;
    alarm->severity = (uint8_t)get_within(c, 0, SEVERITY_MAX);
    alarm->cost_ueur_per_day = get(c);
    alarm->expected_w = get_w(c);
    alarm->actual_w = get_w(c);
    for (int b = 0; b < 3; b++)
        for (int h = 0; h < OHM_ALARM_HOURS; h++)
            alarm->band_w[b][h] = get_w(c);
}

static void get_taught(cursor *c, ohm_taught *taught, uint32_t before)
{
    taught->id = (uint32_t)get_within(c, 1, (int64_t)before - 1);
    taught->type = get_type(c);
    get_text(c, taught->series, sizeof taught->series);
    taught->minute = (int16_t)get_within(c, -1, 24 * 60 - 1);
    taught->weekend = get_within(c, 0, 1) == 1;
    taught->off_w = get_w(c);
}

/* NULL as `out`: only looks whether all of it is good. */
static bool get_all(cursor *c, ohm_alarms *out)
{
    ohm_alarm alarm = { .id = 0 };
    ohm_taught taught;
    uint32_t next_id = (uint32_t)get_within(c, 1, UINT32_MAX);
    ohm_ms judged_ms = get(c);
    uint64_t lost = (uint64_t)get(c);
    int count = (int)get_within(c, 0, OHM_ALARMS_MAX);
    for (int i = 0; i < count && !c->failed; i++) {
        get_alarm(c, &alarm, alarm.id, next_id);
        if (out)
            out->alarm[i] = alarm;
    }
    int taught_count = (int)get_within(c, 0, OHM_ALARMS_TAUGHT_MAX);
    for (int i = 0; i < taught_count && !c->failed; i++) {
        get_taught(c, &taught, next_id);
        if (out)
            out->taught[i] = taught;
    }
    if (out) {
        out->next_id = next_id;
        out->judged_ms = judged_ms;
        out->lost = lost;
        out->count = count;
        out->taught_count = taught_count;
    }
    return !c->failed && c->at == c->cap;
}

ohm_code ohm_alarms_decode(ohm_span bytes, ohm_alarms *out)
{
    cursor c = { .in = bytes.ptr, .cap = bytes.len };
    bool ours = get_w(&c) == MAGIC;
    int32_t version = get_w(&c);
    if (c.failed || !ours)
        return OHM_BAD_FORMAT;
    if (version != VERSION)
        return OHM_UNSUPPORTED;
    cursor again = c;
    if (!get_all(&c, NULL))
        return OHM_BAD_FORMAT;
    (void)get_all(&again, out);
    return OHM_OK;
}
