#include "grid/ecowatt.h"

enum { TENSE = 2, LEVEL_MAX = 3 };

void ohm_ecowatt_day_init(ohm_ecowatt_day *day, ohm_date date, ohm_ms made_ms)
{
    memset(day, 0, sizeof *day);
    day->date = date;
    day->made_ms = made_ms;
}

int32_t ohm_ecowatt_level(int32_t published)
{
    return published >= 0 && published <= LEVEL_MAX ? published : TENSE;
}

bool ohm_ecowatt_worse(int32_t a, int32_t b)
{
    int32_t level_a = ohm_ecowatt_level(a), level_b = ohm_ecowatt_level(b);
    return level_a != level_b ? level_a > level_b : a > b;
}

void ohm_ecowatt_day_add(ohm_ecowatt_day *day, unsigned step, int32_t level)
{
    assert(step < OHM_ECOWATT_STEPS);
    if (!day->has_level[step] || ohm_ecowatt_worse(level, day->level[step]))
        day->level[step] = level;
    day->has_level[step] = true;
}

/* The instant a step starts: the first time the clock on the wall shows it. An hour that the
 * clocks skip starts, and ends, at the jump. */
static ohm_ms step_start(const ohm_tz *tz, ohm_date date, unsigned step)
{
    ohm_interval day = ohm_date_interval(tz, date);
    if (step == OHM_ECOWATT_STEPS)
        return day.to_ms;
    ohm_ms first_ms, last_ms;
    ohm_civil hour = { .date = date, .hour = (uint8_t)step };
    (void)ohm_civil_to_utc(tz, hour, &first_ms, &last_ms);
    return first_ms;
}

static bool same_date(ohm_date a, ohm_date b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

static bool is_outdated(const ohm_ecowatt_day *days, size_t count, const ohm_ecowatt_day *day)
{
    for (size_t i = 0; i < count; i++)
        if (same_date(days[i].date, day->date) && days[i].made_ms > day->made_ms)
            return true;
    return false;
}

/* A growing list of hours; `overflow` sticks. */
typedef struct hours {
    ohm_signal_interval items[OHM_SIGNAL_INTERVALS_MAX];
    size_t count;
    bool overflow;
} hours;

/* A step in pieces of an hour: two of them when the clocks go back. */
static void add_step(hours *list, ohm_ms from_ms, ohm_ms to_ms, int32_t level)
{
    while (from_ms < to_ms) {
        ohm_ms end_ms = to_ms - from_ms > OHM_HOUR_MS ? from_ms + OHM_HOUR_MS : to_ms;
        if (list->count == OHM_SIGNAL_INTERVALS_MAX) {
            list->overflow = true;
            return;
        }
        list->items[list->count++] = (ohm_signal_interval){ { from_ms, end_ms }, level };
        from_ms = end_ms;
    }
}

ohm_code ohm_ecowatt_set(const ohm_ecowatt_day *days, size_t count, const ohm_tz *tz,
                         ohm_ms fetched_ms, ohm_signal_set *out)
{
    if (count > OHM_ECOWATT_DAYS_MAX)
        return OHM_TOO_BIG;
    hours list = { .count = 0 };
    ohm_ms made_ms = OHM_NO_MS;
    for (size_t i = 0; i < count; i++) {
        const ohm_ecowatt_day *day = &days[i];
        if (is_outdated(days, count, day))
            continue;
        made_ms = day->made_ms > made_ms ? day->made_ms : made_ms;
        for (unsigned step = 0; step < OHM_ECOWATT_STEPS; step++)
            if (day->has_level[step])
                add_step(&list, step_start(tz, day->date, step),
                         step_start(tz, day->date, step + 1), day->level[step]);
    }
    if (list.overflow)
        return OHM_TOO_BIG;

    ohm_signal_set set;
    ohm_signal_init(&set, OHM_SIGNAL_ECOWATT);
    set.made_ms = made_ms;
    set.fetched_ms = fetched_ms;
    ohm_code code = ohm_signal_normalise(list.items, list.count, &set);
    if (code == OHM_OK)
        *out = set;
    return code;
}

ohm_code ohm_ecowatt_from_segments(ohm_segments levels, ohm_ms made_ms, ohm_ms fetched_ms,
                                   ohm_signal_set *out)
{
    if (levels.count > OHM_SIGNAL_INTERVALS_MAX)
        return OHM_TOO_BIG;
    ohm_signal_init(out, OHM_SIGNAL_ECOWATT);
    out->made_ms = made_ms;
    out->fetched_ms = fetched_ms;
    for (size_t i = 0; i < levels.count; i++)
        out->intervals[i] =
            (ohm_signal_interval){ levels.items[i].when, (int32_t)levels.items[i].mantissa };
    out->count = (uint16_t)levels.count;
    return OHM_OK;
}

int ohm_ecowatt_level_at(const ohm_signal_set *set, ohm_ms at_ms)
{
    const ohm_signal_interval *item = ohm_signal_at(set, at_ms);
    return item ? ohm_ecowatt_level(item->level) : -1;
}

void ohm_ecowatt_critical(const ohm_signal_set *set, int32_t threshold, ohm_ms now_ms,
                          ohm_signal_set *out)
{
    ohm_signal_init(out, set->kind);
    out->made_ms = set->made_ms;
    out->fetched_ms = set->fetched_ms;
    for (uint16_t i = 0; i < set->count; i++) {
        const ohm_signal_interval *item = &set->intervals[i];
        if (item->when.to_ms > now_ms && ohm_ecowatt_level(item->level) >= threshold)
            out->intervals[out->count++] = *item;
    }
}

ohm_ms ohm_ecowatt_until(const ohm_signal_set *set, int32_t threshold, ohm_ms now_ms)
{
    ohm_ms until_ms = now_ms;
    for (uint16_t i = 0; i < set->count; i++) {
        const ohm_signal_interval *item = &set->intervals[i];
        bool holds = item->when.from_ms <= until_ms && until_ms < item->when.to_ms;
        if (holds && ohm_ecowatt_level(item->level) >= threshold)
            until_ms = item->when.to_ms;
    }
    return until_ms;
}
