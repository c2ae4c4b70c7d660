/* Version 1: the magic and the version in four bytes each, then numbers of eight bytes (watts of
 * four), the lowest first, and texts behind a byte that is their length. Nothing writes it any
 * more; what was acknowledged and taught then is still so. */
#include "analysis/alarms_old.h"

#include <string.h>

#include "analysis/keep.h"

enum { MAGIC = 0x6d6c4f41, VERSION = 1, FLAG_TAUGHT = 1, FLAG_TOLD = 2, FLAG_END_TOLD = 4 };
enum { FLAGS = FLAG_TAUGHT | FLAG_TOLD | FLAG_END_TOLD, SEVERITY_MAX = 2 };
enum { NUMBER_BYTES = 8, W_BYTES = 4, MINUTE_MAX = 24 * 60 - 1 };

typedef struct cursor {
    ohm_span in;
    size_t at;
    bool failed;
} cursor;

static const uint8_t *get_bytes(cursor *c, size_t len)
{
    c->failed = c->failed || len > c->in.len - c->at;
    if (c->failed)
        return NULL;
    c->at += len;
    return c->in.ptr + c->at - len;
}

static uint64_t get_number(cursor *c, int len)
{
    const uint8_t *bytes = get_bytes(c, (size_t)len);
    uint64_t value = 0;
    for (int i = 0; bytes && i < len; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static int64_t get_within(cursor *c, int64_t least, int64_t most)
{
    int64_t value = (int64_t)get_number(c, NUMBER_BYTES);
    c->failed = c->failed || value < least || value > most;
    return c->failed ? least : value;
}

static ohm_ms get_time(cursor *c, bool or_none)
{
    ohm_ms time_ms = (ohm_ms)get_number(c, NUMBER_BYTES);
    c->failed = c->failed || (time_ms == OHM_NO_MS ? !or_none : !ohm_keep_is_time(time_ms));
    return time_ms;
}

static int32_t get_w(cursor *c)
{
    return (int32_t)(uint32_t)get_number(c, W_BYTES);
}

static void get_text(cursor *c, char *out, size_t cap)
{
    size_t len = (size_t)get_number(c, 1);
    c->failed = c->failed || len >= cap;
    memset(out, 0, cap);
    const uint8_t *bytes = c->failed ? NULL : get_bytes(c, len);
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
    alarm->start_ms = get_time(c, false);
    alarm->told_ms = get_time(c, false);
    alarm->end_ms = get_time(c, true);
    alarm->acked_ms = get_time(c, true);
    get_text(c, alarm->acked_by, sizeof alarm->acked_by);
    int64_t flags = get_within(c, 0, FLAGS);
    alarm->taught = flags & FLAG_TAUGHT;
    alarm->announced = flags & FLAG_TOLD;
    alarm->end_announced = flags & FLAG_END_TOLD;
    alarm->severity = (uint8_t)get_within(c, 0, SEVERITY_MAX);
    alarm->cost_ueur_per_day = (int64_t)get_number(c, NUMBER_BYTES);
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
    taught->minute = (int16_t)get_within(c, -1, MINUTE_MAX);
    taught->weekend = get_within(c, 0, 1) == 1;
    taught->off_w = get_w(c);
}

/* Behind the version. NULL: only looks whether all of it is good. */
static bool get_all(cursor *c, ohm_alarms *out)
{
    ohm_alarm alarm = { .id = 0 };
    ohm_taught taught = { .id = 0 };
    uint32_t next_id = (uint32_t)get_within(c, 1, UINT32_MAX);
    ohm_ms judged_ms = get_time(c, true);
    int64_t lost = get_within(c, 0, INT64_MAX);
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
        out->lost = (uint64_t)lost;
        out->count = count;
        out->taught_count = taught_count;
    }
    return !c->failed && c->at == c->in.len;
}

bool ohm_alarms_old_is(ohm_span bytes)
{
    cursor c = { .in = bytes };
    return get_number(&c, W_BYTES) == MAGIC && get_number(&c, W_BYTES) == VERSION && !c.failed;
}

ohm_code ohm_alarms_old_decode(ohm_span bytes, ohm_alarms *out)
{
    cursor c = { .in = bytes };
    (void)get_bytes(&c, (size_t)2 * W_BYTES);
    cursor again = c;
    if (!get_all(&c, NULL))
        return OHM_BAD_FORMAT;
    (void)get_all(&again, out);
    return OHM_OK;
}
