#include "sim/house.h"

enum {
    DAYS = 4,
    SPELLS_BACK_MS = 6 * OHM_HOUR_MS,   /* how much of the past keeps its spells */
    SPELLS_AHEAD_MS = 12 * OHM_HOUR_MS, /* how far ahead they are announced */
    NORMAL = 1,
    TENSE = 2,
    VERY_TENSE = 3,
};

/* The k-th spell: two soon after the start, then one every two hours, orange and red in turn. */
static ohm_signal_interval spell(ohm_ms start_ms, int k)
{
    static const int first_minutes[] = { 2, 20 };
    ohm_ms from_ms = start_ms + (k < 2 ? first_minutes[k] * (int64_t)OHM_MINUTE_MS
                                       : (int64_t)(k - 1) * 2 * OHM_HOUR_MS);
    int64_t long_ms = (k < 2 ? 10 : 15) * (int64_t)OHM_MINUTE_MS;
    return (ohm_signal_interval){ { from_ms, from_ms + long_ms }, k % 2 ? VERY_TENSE : TENSE };
}

/* The level of a whole hour: the days after the first have a tense morning or evening. */
static int32_t hour_level(uint64_t seed, int64_t days_since_start, int hour)
{
    if (days_since_start <= 0)
        return NORMAL;
    switch ((days_since_start + (int64_t)(seed % 2)) % 3) {
    case 0:
        return NORMAL;
    case 1:
        return hour == 8 || hour == 9 ? TENSE : NORMAL;
    default:
        return hour == 19 ? VERY_TENSE : hour == 18 || hour == 20 ? TENSE : NORMAL;
    }
}

static void add(ohm_signal_set *set, ohm_ms from_ms, ohm_ms to_ms, int32_t level)
{
    if (from_ms >= to_ms)
        return;
    assert(set->count < OHM_SIGNAL_INTERVALS_MAX);
    set->intervals[set->count++] = (ohm_signal_interval){ { from_ms, to_ms }, level };
}

/* One hour, cut where a spell passes through it. */
static void add_hour(ohm_signal_set *set, ohm_interval hour, int32_t level, ohm_ms start_ms,
                     ohm_interval window)
{
    ohm_ms done_ms = hour.from_ms;
    int64_t lived_ms = hour.from_ms - start_ms;
    int first = lived_ms > 4 * OHM_HOUR_MS ? (int)(lived_ms / (2 * OHM_HOUR_MS)) : 0;
    for (int k = first; k < first + 5; k++) {
        ohm_signal_interval s = spell(start_ms, k);
        if (s.when.from_ms < window.from_ms || s.when.from_ms >= window.to_ms)
            continue;
        ohm_ms from_ms = s.when.from_ms > done_ms ? s.when.from_ms : done_ms;
        ohm_ms to_ms = s.when.to_ms < hour.to_ms ? s.when.to_ms : hour.to_ms;
        if (from_ms >= to_ms)
            continue;
        add(set, done_ms, from_ms, level);
        add(set, from_ms, to_ms, s.level > level ? s.level : level);
        done_ms = to_ms;
    }
    add(set, done_ms, hour.to_ms, level);
}

void ohm_house_ecowatt(uint64_t seed, const ohm_tz *tz, ohm_ms start_ms, ohm_ms now_ms,
                       ohm_signal_set *out)
{
    assert(now_ms >= start_ms);
    start_ms -= start_ms % OHM_MINUTE_MS; /* whole minutes, as a forecast would have */
    ohm_date today = ohm_civil_from_utc(tz, now_ms).date;
    int64_t first_day = ohm_days_from_date(ohm_civil_from_utc(tz, start_ms).date);
    int64_t now_day = ohm_days_from_date(today);
    ohm_interval window = { now_ms - SPELLS_BACK_MS, now_ms + SPELLS_AHEAD_MS };

    out->kind = OHM_SIGNAL_ECOWATT;
    out->count = 0;
    out->made_ms = now_ms - now_ms % (15 * (int64_t)OHM_MINUTE_MS);
    out->fetched_ms = now_ms;
    for (int d = 0; d < DAYS; d++) {
        ohm_interval day = ohm_date_interval(tz, ohm_date_from_days(now_day + d));
        for (ohm_ms t = day.from_ms; t < day.to_ms; t += OHM_HOUR_MS) {
            ohm_ms end_ms = t + OHM_HOUR_MS < day.to_ms ? t + OHM_HOUR_MS : day.to_ms;
            int hour = ohm_civil_from_utc(tz, t).hour;
            int32_t level = hour_level(seed, now_day + d - first_day, hour);
            add_hour(out, (ohm_interval){ t, end_ms }, level, start_ms, window);
        }
    }
}
