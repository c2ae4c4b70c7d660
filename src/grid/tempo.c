#include "grid/tempo.h"

ohm_date ohm_tempo_season(ohm_date date)
{
    int year = date.month >= 9 ? date.year : date.year - 1;
    return (ohm_date){ (int16_t)year, 9, 1 };
}

void ohm_tempo_used(ohm_segments colours, const ohm_tz *tz, ohm_ms now_ms,
                    uint16_t out[static OHM_COLOUR_RED + 1])
{
    ohm_date today = ohm_tempo_date(tz, now_ms);
    ohm_ms from_ms = ohm_tempo_day(tz, ohm_tempo_season(today)).from_ms;
    ohm_ms to_ms = ohm_tempo_day(tz, today).to_ms;
    memset(out, 0, (OHM_COLOUR_RED + 1) * sizeof *out);
    for (size_t i = 0; i < colours.count; i++) {
        const ohm_segment *day = &colours.items[i];
        bool counts = day->when.from_ms >= from_ms && day->when.from_ms < to_ms;
        if (counts && day->mantissa > OHM_COLOUR_UNKNOWN && day->mantissa <= OHM_COLOUR_RED)
            out[day->mantissa]++;
    }
}

size_t ohm_tempo_told(const ohm_tz *tz, ohm_date date, ohm_colour today, ohm_colour tomorrow,
                      ohm_segment out[static 2])
{
    const ohm_colour colours[2] = { today, tomorrow };
    size_t count = 0;
    for (int i = 0; i < 2; i++) {
        if (!ohm_colour_name(colours[i]))
            continue;
        ohm_date day = ohm_date_from_days(ohm_days_from_date(date) + i);
        out[count++] = (ohm_segment){ ohm_tempo_day(tz, day), colours[i], 0 };
    }
    return count;
}

ohm_colour ohm_tempo_assumed(const ohm_tz *tz, ohm_ms at_ms)
{
    enum { PEAK_FROM_HOUR = 6, PEAK_TO_HOUR = 22 };
    ohm_civil local = ohm_civil_from_utc(tz, at_ms);
    bool winter = local.date.month >= 11 || local.date.month <= 3;
    bool peak = local.hour >= PEAK_FROM_HOUR && local.hour < PEAK_TO_HOUR;
    return winter && peak ? OHM_COLOUR_WHITE : OHM_COLOUR_BLUE;
}
