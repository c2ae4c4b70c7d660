#include "meter/meter_time.h"

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

/* IEC 62056-6-2, §4.1.6.1: UTC = local + deviation. Some meters write it the other way round, which
 * shows where the zone is never on that side of Greenwich. */
bool ohm_meter_time_is_opposite(const ohm_tz *tz, const ohm_dlms_time *said)
{
    enum { QUARTERS = 4, QUARTER_DAYS = 91 }; /* summer time is the longer half */
    bool opposite = false;
    if (!tz || !said->has_deviation || said->deviation_min == 0)
        return false;
    ohm_ms at_ms = ohm_meter_clock_as_utc(&said->local);
    for (int i = 0; i < QUARTERS; i++) {
        int32_t offset_min = ohm_tz_offset_s(tz, at_ms) / 60;
        if (offset_min == -said->deviation_min)
            return false;
        opposite = opposite || offset_min == said->deviation_min;
        at_ms -= QUARTER_DAYS * 24 * (int64_t)OHM_HOUR_MS;
    }
    return opposite;
}

ohm_ms ohm_meter_time_resolve(const ohm_meter_clock *clock, const ohm_dlms_message *message,
                              const ohm_dlms_time *said, ohm_ms now_ms)
{
    if (said->has_deviation) {
        int64_t ahead_ms = said->deviation_min * (int64_t)OHM_MINUTE_MS;
        bool opposite = ohm_meter_time_is_opposite(clock->tz, said);
        return ohm_meter_clock_as_utc(&said->local) + (opposite ? -ahead_ms : ahead_ms);
    }
    if (message->profile && message->profile->clock == OHM_CLOCK_STANDARD)
        return ohm_meter_clock_standard(clock, &said->local);
    bool summer = said->status != OHM_DLMS_TIME_NO_STATUS && (said->status & OHM_DLMS_TIME_SUMMER);
    return ohm_meter_clock_civil(clock, &said->local,
                                 summer ? OHM_SEASON_SUMMER : OHM_SEASON_UNSAID, now_ms);
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
    if (doubtful && now_ms != OHM_NO_MS)
        return now_ms;
    return ohm_meter_clock_accept(clock, time_ms, now_ms);
}
