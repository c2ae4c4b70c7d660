/* A book of alarms as bytes: one walk, both ways (analysis/keep.h). Types go by their names, so
 * that a table that grew or moved reads what an older one wrote. */
#include <string.h>

#include "analysis/alarms.h"
#include "analysis/alarms_old.h"
#include "analysis/keep.h"

enum { MAGIC = 0x316c6f6d, VERSION = 2, SEVERITY_MAX = 2, MINUTE_MAX = 24 * 60 - 1 };

/* Without control characters; names of people and tokens are UTF-8. */
static void keep_text(ohm_keep *k, char *text, size_t cap)
{
    int len = k->reads ? 0 : (int)strlen(text);
    ohm_keep_int(k, &len, 0, (int)cap - 1);
    if (k->reads)
        memset(text, 0, cap);
    ohm_keep_bytes(k, (uint8_t *)text, (size_t)len);
    for (int i = 0; i < len; i++)
        if ((uint8_t)text[i] < ' ' || text[i] == 0x7f)
            ohm_keep_fail(k, OHM_BAD_FORMAT, "a text has control characters");
}

static void keep_w(ohm_keep *k, int32_t *w)
{
    uint8_t bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)((uint32_t)*w >> 8 * (3 - i));
    ohm_keep_bytes(k, bytes, sizeof bytes);
    *w = (int32_t)ohm_be32(bytes);
}

static void keep_id(ohm_keep *k, uint32_t *id, int64_t least, int64_t most)
{
    int64_t value = k->reads ? least : *id;
    ohm_keep_long(k, &value, least, most);
    *id = (uint32_t)value;
}

static void keep_type(ohm_keep *k, ohm_detect_type *type)
{
    char name[OHM_ALARM_ACTOR_MAX] = "";
    if (!k->reads)
        memcpy(name, ohm_detect_type_name(*type), strlen(ohm_detect_type_name(*type)));
    keep_text(k, name, sizeof name);
    int at = 0;
    while (at < OHM_DETECT_TYPES && strcmp(name, ohm_detect_type_name((ohm_detect_type)at)) != 0)
        at++;
    *type = at < OHM_DETECT_TYPES ? (ohm_detect_type)at : OHM_DETECT_GAP;
    if (at == OHM_DETECT_TYPES)
        ohm_keep_fail(k, OHM_BAD_FORMAT, "there is no such alarm");
}

static void keep_alarm(ohm_keep *k, ohm_alarm *alarm, uint32_t after, uint32_t before)
{
    keep_id(k, &alarm->id, (int64_t)after + 1, (int64_t)before - 1);
    keep_type(k, &alarm->type);
    keep_text(k, alarm->series, sizeof alarm->series);
    ohm_keep_time(k, &alarm->start_ms);
    ohm_keep_time(k, &alarm->told_ms);
    ohm_keep_time(k, &alarm->end_ms);
    ohm_keep_time(k, &alarm->acked_ms);
    if (alarm->start_ms == OHM_NO_MS || alarm->told_ms == OHM_NO_MS)
        ohm_keep_fail(k, OHM_RANGE, "an alarm never began");
    keep_text(k, alarm->acked_by, sizeof alarm->acked_by);
    ohm_keep_flag(k, &alarm->taught);
    ohm_keep_flag(k, &alarm->announced);
    ohm_keep_flag(k, &alarm->end_announced);
    int severity = k->reads ? 0 : alarm->severity;
    ohm_keep_int(k, &severity, 0, SEVERITY_MAX);
    alarm->severity = (uint8_t)severity;
    ohm_keep_long(k, &alarm->cost_ueur_per_day, INT64_MIN, INT64_MAX);
    keep_w(k, &alarm->expected_w);
    keep_w(k, &alarm->actual_w);
    for (int b = 0; b < 3; b++)
        for (int h = 0; h < OHM_ALARM_HOURS; h++)
            keep_w(k, &alarm->band_w[b][h]);
}

static void keep_taught(ohm_keep *k, ohm_taught *taught, uint32_t before)
{
    int minute = k->reads ? 0 : taught->minute;
    keep_id(k, &taught->id, 1, (int64_t)before - 1);
    keep_type(k, &taught->type);
    keep_text(k, taught->series, sizeof taught->series);
    ohm_keep_int(k, &minute, -1, MINUTE_MAX);
    taught->minute = (int16_t)minute;
    ohm_keep_flag(k, &taught->weekend);
    keep_w(k, &taught->off_w);
}

/* What stands before the alarms. */
typedef struct head {
    int version, count, taught_count;
    uint32_t next_id;
    ohm_ms judged_ms;
    int64_t lost;
} head;

static void keep_head(ohm_keep *k, head *h)
{
    ohm_keep_same(k, MAGIC);
    ohm_keep_int(k, &h->version, 0, OHM_KEEP_COUNT_MAX);
    if (h->version != VERSION)
        ohm_keep_fail(k, OHM_UNSUPPORTED, "these bytes are of another version");
    keep_id(k, &h->next_id, 1, UINT32_MAX);
    ohm_keep_time(k, &h->judged_ms);
    ohm_keep_long(k, &h->lost, 0, INT64_MAX);
    ohm_keep_int(k, &h->count, 0, OHM_ALARMS_MAX);
    ohm_keep_int(k, &h->taught_count, 0, OHM_ALARMS_TAUGHT_MAX);
}

/* NULL: only looks whether all of it is good. */
static void keep_lists(ohm_keep *k, const head *h, ohm_alarms *a)
{
    ohm_alarm one = { .id = 0 };
    ohm_taught pattern = { .id = 0 };
    uint32_t after = 0;
    for (int i = 0; i < h->count && !ohm_failed(k->err); i++) {
        ohm_alarm *alarm = a ? &a->alarm[i] : &one;
        keep_alarm(k, alarm, after, h->next_id);
        after = alarm->id;
    }
    for (int i = 0; i < h->taught_count && !ohm_failed(k->err); i++)
        keep_taught(k, a ? &a->taught[i] : &pattern, h->next_id);
}

ohm_code ohm_alarms_encode(const ohm_alarms *a, uint8_t *out, size_t cap, size_t *ret_len)
{
    ohm_keep k;
    head h = { .version = VERSION,
               .count = a->count,
               .taught_count = a->taught_count,
               .next_id = a->next_id,
               .judged_ms = a->judged_ms,
               .lost = (int64_t)(a->lost & INT64_MAX) };
    ohm_keep_write(&k, out, cap);
    keep_head(&k, &h);
    keep_lists(&k, &h, (ohm_alarms *)(uintptr_t)a); /* a walk that writes changes nothing */
    ohm_err err = ohm_keep_end(&k);
    if (!ohm_failed(err))
        *ret_len = k.pos;
    return err.code;
}

ohm_code ohm_alarms_decode(ohm_span bytes, ohm_alarms *out)
{
    ohm_keep k;
    head h = { .version = 0 };
    if (ohm_alarms_old_is(bytes))
        return ohm_alarms_old_decode(bytes, out);
    ohm_keep_read(&k, bytes);
    keep_head(&k, &h);
    ohm_keep again = k;
    keep_lists(&k, &h, NULL);
    ohm_err err = ohm_keep_end(&k);
    if (ohm_failed(err))
        return err.code == OHM_UNSUPPORTED ? OHM_UNSUPPORTED : OHM_BAD_FORMAT;
    keep_lists(&again, &h, out);
    out->next_id = h.next_id;
    out->judged_ms = h.judged_ms;
    out->lost = (uint64_t)h.lost;
    out->count = h.count;
    out->taught_count = h.taught_count;
    return OHM_OK;
}
