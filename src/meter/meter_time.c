#include "meter/meter_time.h"

#include <stdlib.h>

#include "host/clock.h"

enum {
    OFF_MS_MAX = OHM_HOUR_MS,      /* a meter's clock further from ours is wrong */
    NEAR_MS_MAX = 2 * OHM_HOUR_MS, /* close enough to ours to choose between two hours */
    BACK_MS_MAX = OHM_MINUTE_MS,   /* messages of one minute may cross */
};

static const uint8_t obis_clock[OHM_OBIS_LEN] = { 0, 0, 1, 0, 0, 255 };

bool ohm_meter_time_said(const ohm_dlms_message *message, ohm_dlms_time *out)
{
    if (message->time.present) {
        *out = message->time;
        return true;
    }
    for (int i = 0; i < message->count; i++) {
        const ohm_dlms_value *v = &message->values[i];
        bool clock = v->kind == OHM_DLMS_DATETIME && v->bytes.len == OHM_DLMS_TIME_LEN &&
                     (!v->has_obis || !memcmp(v->obis, obis_clock, OHM_OBIS_LEN));
        ohm_dlms_time said;
        if (clock && ohm_dlms_time_parse(v->bytes.ptr, &said) == OHM_OK && said.present) {
            *out = said;
            return true;
        }
    }
    return false;
}

/* The zone's offset outside summer, at about this time. */
static int32_t standard_offset_s(const ohm_tz *tz, ohm_ms utc_ms)
{
    for (int month = 0; month < 12; month++) {
        ohm_ms at_ms = utc_ms - month * 30 * 24 * (int64_t)OHM_HOUR_MS;
        if (!ohm_tz_is_dst(tz, at_ms))
            return ohm_tz_offset_s(tz, at_ms);
    }
    return ohm_tz_offset_s(tz, utc_ms);
}

/* Local time read as if it were UTC. */
static ohm_ms as_utc(const ohm_civil *local)
{
    ohm_tz utc;
    ohm_ms first_ms = 0, last_ms = 0;
    ohm_tz_utc(&utc);
    (void)ohm_civil_to_utc(&utc, *local, &first_ms, &last_ms);
    return first_ms;
}

/* Which of the two hours that autumn makes. */
static ohm_ms choose(const ohm_meter_clock *clock, const ohm_dlms_time *said, ohm_ms now_ms,
                     ohm_ms first_ms, ohm_ms last_ms)
{
    if (said->status != OHM_DLMS_TIME_NO_STATUS && (said->status & OHM_DLMS_TIME_SUMMER))
        return first_ms;
    if (clock->live && now_ms != OHM_NO_MS) {
        int64_t first_off_ms = llabs(now_ms - first_ms), last_off_ms = llabs(now_ms - last_ms);
        if (first_off_ms < NEAR_MS_MAX || last_off_ms < NEAR_MS_MAX)
            return first_off_ms <= last_off_ms ? first_ms : last_ms;
    }
    bool passed = clock->last_ms != OHM_NO_MS && first_ms < clock->last_ms - BACK_MS_MAX;
    return passed ? last_ms : first_ms;
}

ohm_ms ohm_meter_time_resolve(const ohm_meter_clock *clock, const ohm_dlms_message *message,
                              const ohm_dlms_time *said, ohm_ms now_ms)
{
    ohm_ms local_ms = as_utc(&said->local);
    if (said->has_deviation)
        return local_ms + said->deviation_min * (int64_t)OHM_MINUTE_MS;
    if (!clock->tz)
        return OHM_NO_MS;
    if (message->profile && message->profile->clock == OHM_CLOCK_STANDARD)
        return local_ms - standard_offset_s(clock->tz, local_ms) * (int64_t)OHM_SECOND_MS;
    ohm_ms first_ms = 0, last_ms = 0;
    switch (ohm_civil_to_utc(clock->tz, said->local, &first_ms, &last_ms)) {
    case OHM_CIVIL_ONCE:
        return first_ms;
    case OHM_CIVIL_TWICE:
        return choose(clock, said, now_ms, first_ms, last_ms);
    case OHM_CIVIL_NEVER:
        break;
    }
    return OHM_NO_MS;
}

ohm_ms ohm_meter_time_of(const ohm_meter_clock *clock, const ohm_dlms_message *message,
                         ohm_ms now_ms)
{
    ohm_dlms_time said;
    if (!ohm_meter_time_said(message, &said))
        return now_ms;
    bool has_status = said.status != OHM_DLMS_TIME_NO_STATUS;
    bool doubtful = has_status && (said.status & OHM_DLMS_TIME_INVALID);
    ohm_ms time_ms = ohm_meter_time_resolve(clock, message, &said, now_ms);
    if (time_ms == OHM_NO_MS || (doubtful && now_ms != OHM_NO_MS))
        return now_ms;
    if (!clock->live)
        return time_ms;
    if (now_ms == OHM_NO_MS)
        return ohm_clock_plausible(time_ms) ? time_ms : OHM_NO_MS;
    return llabs(time_ms - now_ms) <= OFF_MS_MAX ? time_ms : now_ms;
}
