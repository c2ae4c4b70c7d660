#include "analysis/alarms.h"

#include <assert.h>
#include <string.h>

static const double further_off = 1.5; /* than what was taught: no longer its like */
enum { NEAR_MINUTES = 120, DAY_MINUTES = 24 * 60, ALWAYS = -1 };

void ohm_alarms_init(ohm_alarms *a)
{
    memset(a, 0, sizeof *a);
    a->next_id = 1;
    a->judged_ms = OHM_NO_MS;
}

static ohm_alarm *find(ohm_alarms *a, uint32_t id)
{
    for (int i = 0; i < a->count; i++)
        if (a->alarm[i].id == id)
            return &a->alarm[i];
    return NULL;
}

const ohm_alarm *ohm_alarms_find(const ohm_alarms *a, uint32_t id)
{
    for (int i = 0; i < a->count; i++)
        if (a->alarm[i].id == id)
            return &a->alarm[i];
    return NULL;
}

/* The one of that series and type that has not ended, also where it is called normal. */
static ohm_alarm *latched(ohm_alarms *a, const char *series, ohm_detect_type type)
{
    for (int i = 0; i < a->count; i++)
        if (a->alarm[i].end_ms == OHM_NO_MS && a->alarm[i].type == type &&
            !strcmp(a->alarm[i].series, series))
            return &a->alarm[i];
    return NULL;
}

/* --- what is normal --------------------------------------------------------------------------- */

/* A load that moved, and a meter that counts wrongly, are so at any time of the day. */
static bool has_hour(ohm_detect_type type)
{
    return type == OHM_DETECT_ZERO || type == OHM_DETECT_SPIKE || type == OHM_DETECT_STUCK ||
           type == OHM_DETECT_GAP;
}

static int32_t off_of(const ohm_alarm *alarm)
{
    if (alarm->expected_w == OHM_ALARM_NO_W || alarm->actual_w == OHM_ALARM_NO_W)
        return OHM_ALARM_NO_W;
    int64_t off_w = (int64_t)alarm->actual_w - alarm->expected_w;
    return off_w > INT32_MAX ? INT32_MAX : off_w <= INT32_MIN ? INT32_MIN + 1 : (int32_t)off_w;
}

static ohm_taught pattern_of(const ohm_tz *tz, const ohm_alarm *alarm)
{
    ohm_civil at = ohm_civil_from_utc(tz, alarm->start_ms);
    ohm_taught t = { .id = alarm->id, .type = alarm->type, .off_w = off_of(alarm) };
    memcpy(t.series, alarm->series, sizeof t.series);
    t.minute = (int16_t)(has_hour(alarm->type) ? at.hour * 60 + at.minute : ALWAYS);
    t.weekend = ohm_date_weekday(at.date) >= 6;
    return t;
}

static bool is_near(int a, int b)
{
    int apart = a > b ? a - b : b - a;
    return apart <= NEAR_MINUTES || DAY_MINUTES - apart <= NEAR_MINUTES;
}

static bool is_like(const ohm_taught *known, const ohm_taught *now)
{
    if (known->type != now->type || strcmp(known->series, now->series) != 0)
        return false;
    if (known->minute != ALWAYS &&
        (known->weekend != now->weekend || !is_near(known->minute, now->minute)))
        return false;
    if (known->off_w == OHM_ALARM_NO_W || now->off_w == OHM_ALARM_NO_W)
        return true;
    if ((known->off_w < 0) != (now->off_w < 0))
        return false;
    double known_w = known->off_w, now_w = now->off_w;
    return known_w < 0 ? now_w >= further_off * known_w : now_w <= further_off * known_w;
}

bool ohm_alarm_is_normal(const ohm_taught *taught, int count, const ohm_tz *tz,
                         const ohm_alarm *alarm)
{
    ohm_taught now = pattern_of(tz, alarm);
    for (int i = 0; i < count; i++)
        if (is_like(&taught[i], &now))
            return true;
    return false;
}

static bool has_taught(const ohm_alarms *a, uint32_t id)
{
    for (int i = 0; i < a->taught_count; i++)
        if (a->taught[i].id == id)
            return true;
    return false;
}

/* --- they begin and end ----------------------------------------------------------------------- */

static void remove_at(ohm_alarms *a, int at)
{
    a->count--;
    memmove(&a->alarm[at], &a->alarm[at + 1], (size_t)(a->count - at) * sizeof *a->alarm);
}

/* The oldest one that is over goes; one that taught something is how that is taken back. */
static bool make_room(ohm_alarms *a)
{
    if (a->count < OHM_ALARMS_MAX)
        return true;
    for (int i = 0; i < a->count; i++)
        if (a->alarm[i].end_ms != OHM_NO_MS && !has_taught(a, a->alarm[i].id)) {
            remove_at(a, i);
            return true;
        }
    return false;
}

ohm_code ohm_alarms_begin(ohm_alarms *a, const ohm_tz *tz, const ohm_alarm *began, uint32_t *ret_id)
{
    assert(memchr(began->series, '\0', sizeof began->series));
    if (latched(a, began->series, began->type))
        return OHM_CONFLICT;
    for (int i = 0; i < a->count; i++)
        if (a->alarm[i].start_ms == began->start_ms && a->alarm[i].type == began->type &&
            !strcmp(a->alarm[i].series, began->series)) {
            a->alarm[i].end_ms = OHM_NO_MS;
            return OHM_CONFLICT;
        }
    if (ohm_alarm_is_normal(a->taught, a->taught_count, tz, began))
        return OHM_END;
    if (a->next_id == UINT32_MAX || !make_room(a)) {
        a->lost++;
        return OHM_TOO_BIG;
    }
    ohm_alarm *to = &a->alarm[a->count++];
    *to = *began;
    to->id = *ret_id = a->next_id++;
    to->acked_ms = OHM_NO_MS;
    to->acked_by[0] = '\0';
    to->taught = to->announced = to->end_announced = false;
    return OHM_OK;
}

uint32_t ohm_alarms_end(ohm_alarms *a, const char *series, ohm_detect_type type, ohm_ms end_ms)
{
    ohm_alarm *alarm = latched(a, series, type);
    if (!alarm)
        return 0;
    alarm->end_ms = end_ms > alarm->start_ms ? end_ms : alarm->start_ms;
    return alarm->id;
}

int ohm_alarms_sync(ohm_alarms *a, const char *series, unsigned open, ohm_ms now_ms,
                    uint32_t ret_ids[static OHM_DETECT_TYPES])
{
    int ended = 0;
    for (int type = 0; type < OHM_DETECT_TYPES; type++) {
        uint32_t id =
            open & 1u << type ? 0 : ohm_alarms_end(a, series, (ohm_detect_type)type, now_ms);
        if (id)
            ret_ids[ended++] = id;
    }
    return ended;
}

/* --- what people say of them ------------------------------------------------------------------ */

static void sign(ohm_alarm *alarm, const char *actor, ohm_ms now_ms)
{
    size_t len = strlen(actor);
    memset(alarm->acked_by, 0, sizeof alarm->acked_by);
    memcpy(alarm->acked_by, actor, len < sizeof alarm->acked_by ? len : sizeof alarm->acked_by - 1);
    alarm->acked_ms = now_ms;
}

ohm_code ohm_alarms_acknowledge(ohm_alarms *a, uint32_t id, const char *actor, ohm_ms now_ms)
{
    ohm_alarm *alarm = find(a, id);
    if (!alarm)
        return OHM_UNKNOWN;
    if (alarm->acked_ms == OHM_NO_MS)
        sign(alarm, actor, now_ms);
    return OHM_OK;
}

ohm_code ohm_alarms_teach(ohm_alarms *a, const ohm_tz *tz, uint32_t id, const char *actor,
                          ohm_ms now_ms)
{
    ohm_alarm *alarm = find(a, id);
    if (!alarm)
        return OHM_UNKNOWN;
    if (alarm->taught)
        return OHM_OK;
    if (a->taught_count == OHM_ALARMS_TAUGHT_MAX)
        return OHM_TOO_BIG;
    a->taught[a->taught_count++] = pattern_of(tz, alarm);
    alarm->taught = true;
    sign(alarm, actor, now_ms);
    return OHM_OK;
}

ohm_code ohm_alarms_unteach(ohm_alarms *a, uint32_t id)
{
    ohm_alarm *alarm = find(a, id);
    int at = 0;
    while (at < a->taught_count && a->taught[at].id != id)
        at++;
    if (at == a->taught_count)
        return OHM_UNKNOWN;
    a->taught_count--;
    memmove(&a->taught[at], &a->taught[at + 1], (size_t)(a->taught_count - at) * sizeof *a->taught);
    if (alarm)
        alarm->taught = false;
    return OHM_OK;
}

bool ohm_alarms_forget(ohm_alarms *a, const char *series)
{
    int had = a->count + a->taught_count;
    for (int i = a->count - 1; i >= 0; i--)
        if (!strcmp(a->alarm[i].series, series))
            remove_at(a, i);
    for (int i = a->taught_count - 1; i >= 0; i--)
        if (!strcmp(a->taught[i].series, series)) {
            a->taught_count--;
            memmove(&a->taught[i], &a->taught[i + 1],
                    (size_t)(a->taught_count - i) * sizeof *a->taught);
        }
    return had != a->count + a->taught_count;
}

bool ohm_alarms_rename(ohm_alarms *a, const char *from, const char *to)
{
    bool had = false;
    assert(strlen(to) < OHM_ALARM_SERIES_MAX);
    for (int i = 0; i < a->count; i++) {
        ohm_alarm *alarm = &a->alarm[i];
        if (strcmp(alarm->series, from) != 0)
            continue;
        if (alarm->end_ms == OHM_NO_MS && latched(a, to, alarm->type))
            alarm->end_ms = alarm->start_ms; /* the other one goes on */
        memset(alarm->series, 0, sizeof alarm->series);
        memcpy(alarm->series, to, strlen(to));
        had = true;
    }
    for (int i = 0; i < a->taught_count; i++)
        if (!strcmp(a->taught[i].series, from)) {
            memset(a->taught[i].series, 0, sizeof a->taught[i].series);
            memcpy(a->taught[i].series, to, strlen(to));
            had = true;
        }
    return had;
}

int ohm_alarms_taught_of(const ohm_alarms *a, const char *series, ohm_taught *out, int cap)
{
    int count = 0;
    for (int i = 0; i < a->taught_count; i++)
        if (!strcmp(a->taught[i].series, series) && count++ < cap)
            out[count - 1] = a->taught[i];
    return count;
}

void ohm_alarms_clock(ohm_alarms *a, ohm_ms now_ms)
{
    if (a->judged_ms > now_ms)
        a->judged_ms = now_ms;
}
