#include "grid/signal.h"

#include "grid/ecowatt.h"

enum { BOUNDS_MAX = 2 * OHM_SIGNAL_INTERVALS_MAX };

void ohm_signal_init(ohm_signal_set *set, ohm_signal_kind kind)
{
    memset(set, 0, sizeof *set);
    set->kind = kind;
    set->made_ms = OHM_NO_MS;
    set->fetched_ms = OHM_NO_MS;
}

static bool is_empty(ohm_interval when)
{
    return when.from_ms >= when.to_ms;
}

/* Inserts a bound into an ascending list without doubles. */
static size_t insert_bound(ohm_ms *bounds, size_t count, ohm_ms bound)
{
    size_t at = count;
    while (at > 0 && bounds[at - 1] >= bound)
        at--;
    if (at < count && bounds[at] == bound)
        return count;
    memmove(bounds + at + 1, bounds + at, (count - at) * sizeof *bounds);
    bounds[at] = bound;
    return count + 1;
}

/* The worst item that covers the stretch between two neighbouring bounds. */
static const ohm_signal_interval *worst_over(const ohm_signal_interval *items, size_t count,
                                             ohm_ms from_ms, ohm_ms to_ms)
{
    const ohm_signal_interval *worst = NULL;
    for (size_t i = 0; i < count; i++) {
        bool covers = items[i].when.from_ms <= from_ms && items[i].when.to_ms >= to_ms;
        if (covers && (!worst || ohm_ecowatt_worse(items[i].level, worst->level)))
            worst = &items[i];
    }
    return worst;
}

ohm_code ohm_signal_normalise(const ohm_signal_interval *items, size_t count, ohm_signal_set *out)
{
    ohm_ms bounds[BOUNDS_MAX];
    size_t bounds_count = 0;
    if (count > OHM_SIGNAL_INTERVALS_MAX)
        return OHM_TOO_BIG;
    for (size_t i = 0; i < count; i++) {
        if (is_empty(items[i].when))
            continue;
        bounds_count = insert_bound(bounds, bounds_count, items[i].when.from_ms);
        bounds_count = insert_bound(bounds, bounds_count, items[i].when.to_ms);
    }

    ohm_signal_interval made[OHM_SIGNAL_INTERVALS_MAX];
    size_t made_count = 0;
    for (size_t i = 1; i < bounds_count; i++) {
        const ohm_signal_interval *worst = worst_over(items, count, bounds[i - 1], bounds[i]);
        if (!worst)
            continue;
        if (made_count == OHM_SIGNAL_INTERVALS_MAX)
            return OHM_TOO_BIG;
        made[made_count++] = (ohm_signal_interval){ { bounds[i - 1], bounds[i] }, worst->level };
    }
    memset(out->intervals, 0, sizeof out->intervals);
    memcpy(out->intervals, made, made_count * sizeof *made);
    out->count = (uint16_t)made_count;
    return OHM_OK;
}

ohm_code ohm_signal_put(ohm_signal_set *set, ohm_signal_interval item)
{
    if (is_empty(item.when))
        return OHM_RANGE;
    /* What is there, cut around the new interval: two more at most. */
    ohm_signal_interval made[OHM_SIGNAL_INTERVALS_MAX + 2];
    size_t count = 0;
    size_t i = 0;
    for (; i < set->count && set->intervals[i].when.from_ms < item.when.from_ms; i++) {
        made[count] = set->intervals[i];
        if (made[count].when.to_ms > item.when.from_ms)
            made[count].when.to_ms = item.when.from_ms;
        count++;
    }
    made[count++] = item;
    if (i > 0 && set->intervals[i - 1].when.to_ms > item.when.to_ms)
        i--; /* the new one lies inside this: its rest follows */
    for (; i < set->count; i++) {
        ohm_signal_interval rest = set->intervals[i];
        if (rest.when.from_ms < item.when.to_ms)
            rest.when.from_ms = item.when.to_ms;
        if (!is_empty(rest.when))
            made[count++] = rest;
    }
    if (count > OHM_SIGNAL_INTERVALS_MAX)
        return OHM_TOO_BIG;
    memset(set->intervals, 0, sizeof set->intervals);
    memcpy(set->intervals, made, count * sizeof *made);
    set->count = (uint16_t)count;
    return OHM_OK;
}

ohm_code ohm_signal_layer(const ohm_signal_set *published, const ohm_signal_set *by_hand,
                          ohm_signal_set *out)
{
    ohm_signal_set layered = *published;
    for (uint16_t i = 0; i < by_hand->count; i++) {
        ohm_code code = ohm_signal_put(&layered, by_hand->intervals[i]);
        if (code != OHM_OK)
            return code;
    }
    *out = layered;
    return OHM_OK;
}

void ohm_signal_forget(ohm_signal_set *set, ohm_ms now_ms)
{
    uint16_t ended = 0;
    while (ended < set->count && set->intervals[ended].when.to_ms <= now_ms)
        ended++;
    set->count = (uint16_t)(set->count - ended);
    memmove(set->intervals, set->intervals + ended, set->count * sizeof *set->intervals);
    memset(set->intervals + set->count, 0, ended * sizeof *set->intervals);
}

const ohm_signal_interval *ohm_signal_at(const ohm_signal_set *set, ohm_ms at_ms)
{
    for (uint16_t i = 0; i < set->count; i++) {
        const ohm_signal_interval *item = &set->intervals[i];
        if (item->when.from_ms <= at_ms && at_ms < item->when.to_ms)
            return item;
    }
    return NULL;
}

ohm_ms ohm_signal_end(const ohm_signal_set *set)
{
    return set->count ? set->intervals[set->count - 1].when.to_ms : OHM_NO_MS;
}

ohm_signal_state ohm_signal_state_of(const ohm_signal_set *set, ohm_ms now_ms)
{
    if (set->count == 0 || ohm_signal_end(set) <= now_ms)
        return OHM_SIGNAL_NONE;
    ohm_ms born_ms = set->made_ms != OHM_NO_MS ? set->made_ms : set->fetched_ms;
    /* Clocks differ by minutes; a file from tomorrow is another matter. */
    bool fresh = born_ms != OHM_NO_MS && born_ms <= now_ms + OHM_HOUR_MS &&
                 now_ms <= born_ms + OHM_SIGNAL_STALE_MS;
    return fresh ? OHM_SIGNAL_FRESH : OHM_SIGNAL_STALE;
}

static bool same_date(ohm_date a, ohm_date b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

uint16_t ohm_signal_days(const ohm_signal_set *set, const ohm_tz *tz,
                         ohm_signal_day out[static OHM_SIGNAL_DAYS_MAX])
{
    uint16_t count = 0;
    for (uint16_t i = 0; i < set->count; i++) {
        const ohm_signal_interval *item = &set->intervals[i];
        ohm_date date = ohm_civil_from_utc(tz, item->when.from_ms).date;
        if (count == 0 || !same_date(out[count - 1].date, date)) {
            if (count == OHM_SIGNAL_DAYS_MAX)
                return count;
            out[count++] = (ohm_signal_day){ date, item->level, i, 1 };
            continue;
        }
        ohm_signal_day *day = &out[count - 1];
        day->count++;
        if (ohm_ecowatt_worse(item->level, day->level))
            day->level = item->level;
    }
    return count;
}
