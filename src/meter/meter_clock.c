#include "meter/meter_clock.h"

#include <stdlib.h>

#include "host/clock.h"

enum {
    OFF_MS_MAX = 10 * OHM_MINUTE_MS, /* a meter's clock further from ours is wrong */
    NEAR_MS_MAX = 2 * OHM_HOUR_MS,   /* close enough to ours to choose between two hours */
    BACK_MS_MAX = OHM_MINUTE_MS,     /* messages of one minute may cross */
};

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

ohm_ms ohm_meter_clock_as_utc(const ohm_civil *local)
{
    ohm_tz utc;
    ohm_ms first_ms = 0, last_ms = 0;
    ohm_tz_utc(&utc);
    (void)ohm_civil_to_utc(&utc, *local, &first_ms, &last_ms);
    return first_ms;
}

ohm_ms ohm_meter_clock_standard(const ohm_meter_clock *clock, const ohm_civil *local)
{
    if (!clock->tz)
        return OHM_NO_MS;
    ohm_ms local_ms = ohm_meter_clock_as_utc(local);
    return local_ms - standard_offset_s(clock->tz, local_ms) * (int64_t)OHM_SECOND_MS;
}

/* Which of the two hours that autumn makes. */
static ohm_ms choose(const ohm_meter_clock *clock, ohm_meter_season season, ohm_ms now_ms,
                     ohm_ms first_ms, ohm_ms last_ms)
{
    if (season != OHM_SEASON_UNSAID)
        return season == OHM_SEASON_SUMMER ? first_ms : last_ms;
    if (clock->live && now_ms != OHM_NO_MS) {
        int64_t first_off_ms = llabs(now_ms - first_ms), last_off_ms = llabs(now_ms - last_ms);
        if (first_off_ms < NEAR_MS_MAX || last_off_ms < NEAR_MS_MAX)
            return first_off_ms <= last_off_ms ? first_ms : last_ms;
    }
    bool passed = clock->last_ms != OHM_NO_MS && first_ms < clock->last_ms - BACK_MS_MAX;
    return passed ? last_ms : first_ms;
}

ohm_ms ohm_meter_clock_civil(const ohm_meter_clock *clock, const ohm_civil *local,
                             ohm_meter_season season, ohm_ms now_ms)
{
    ohm_ms first_ms = 0, last_ms = 0;
    if (!clock->tz)
        return OHM_NO_MS;
    switch (ohm_civil_to_utc(clock->tz, *local, &first_ms, &last_ms)) {
    case OHM_CIVIL_ONCE:
        return first_ms;
    case OHM_CIVIL_TWICE:
        return choose(clock, season, now_ms, first_ms, last_ms);
    case OHM_CIVIL_NEVER:
        break;
    }
    return OHM_NO_MS;
}

ohm_ms ohm_meter_clock_either(const ohm_meter_clock *clock, const ohm_civil *local, ohm_ms now_ms)
{
    ohm_ms standard_ms = ohm_meter_clock_standard(clock, local);
    ohm_ms civil_ms = ohm_meter_clock_civil(clock, local, OHM_SEASON_UNSAID, now_ms);
    if (standard_ms == civil_ms)
        return civil_ms;
    if (!clock->live || now_ms == OHM_NO_MS)
        return OHM_NO_MS;
    if (civil_ms == OHM_NO_MS)
        return standard_ms;
    return llabs(now_ms - standard_ms) < llabs(now_ms - civil_ms) ? standard_ms : civil_ms;
}

ohm_ms ohm_meter_clock_accept(const ohm_meter_clock *clock, ohm_ms said_ms, ohm_ms now_ms)
{
    if (said_ms == OHM_NO_MS)
        return now_ms;
    if (!clock->live)
        return said_ms;
    if (now_ms == OHM_NO_MS)
        return ohm_clock_plausible(said_ms) ? said_ms : OHM_NO_MS;
    bool far = llabs(said_ms - now_ms) > OFF_MS_MAX;
    if (clock->ret_off_ms)
        *clock->ret_off_ms = far ? said_ms - now_ms : 0;
    return far ? now_ms : said_ms;
}
