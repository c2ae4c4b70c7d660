/* A watched series with a little of everything in it, for tests of its state. */
#ifndef OHM_TESTS_WATCHED_H
#define OHM_TESTS_WATCHED_H

#include <math.h>
#include <stdint.h>

#include "analysis/watch.h"

enum { WATCHED_SLOTS = 24, WATCHED_DAYS = 16, WATCHED_BYTES = 1 << 20 };

static const ohm_watch_options watched_options = {
    .forecast = { .slots = WATCHED_SLOTS, .others = 1, .warmth = 1 },
    .detect_slots = WATCHED_SLOTS * 2,
    .fine_slots = WATCHED_SLOTS * 2,
};

static inline double watched_value(int64_t day, int slot)
{
    uint32_t x = (uint32_t)(day * 97 + slot) * 0x9e3779b1u;
    x = (x ^ x >> 15) * 0x85ebca6bu;
    double noise = (double)(x >> 8) / (1 << 24);
    if (day % 7 == 5 && slot > 40)
        return NAN;
    return slot > 16 && slot < 36 && day % 7 < 5 ? 5 + noise : 1 + 0.2 * noise;
}

/* The days from `from` on, as the daemon feeds them. */
static inline void watched_days(ohm_watch *w, int64_t from, int64_t to)
{
    const int slots = watched_options.detect_slots;
    const ohm_ms day_ms = 24 * OHM_HOUR_MS;
    double warmth[WATCHED_SLOTS];
    for (int64_t day = from; day < to; day++)
        for (int s = 0; s < slots; s++) {
            const ohm_detect_reading r = { day * day_ms + s * (day_ms / slots), day, s,
                                           watched_value(day, s) };
            ohm_detect_news news;
            bool begins = ohm_watch_step(w, &r, NULL, &news);
            ohm_watch_fine(w, &r, &r.value);
            if (!begins)
                continue;
            for (int h = 0; h < WATCHED_SLOTS; h++)
                warmth[h] = 10 + (double)(day % 9);
            const ohm_forecast_day ahead[] = { { .day = day, .others = { warmth } },
                                               { .day = day + 1, .holiday = day % 5 == 0 } };
            ohm_watch_ahead(w, ahead, 2);
        }
}

/* A state of WATCHED_DAYS days as bytes: how many. */
static inline size_t watched_state(void *memory, uint8_t *out)
{
    size_t len = 0;
    ohm_watch *w = ohm_watch_create(&watched_options, memory);
    watched_days(w, 0, WATCHED_DAYS);
    return ohm_watch_save(w, out, WATCHED_BYTES, &len) == OHM_OK ? len : 0;
}

#endif
