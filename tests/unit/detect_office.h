/* A plain office, hour by hour, that tests of detection put faults into. */
#ifndef OHM_TESTS_DETECT_OFFICE_H
#define OHM_TESTS_DETECT_OFFICE_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/detect.h"

enum { SLOTS = 24, CALM = 84, FAULT_DAY = 98, DAYS = 112, ALARMS_MAX = 64 };

static inline uint32_t mix(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

/* 10 at night, 50 in working hours of five days, with a tenth of noise. */
static inline double office(int64_t day, int hour)
{
    bool rest = ((day + 3) % 7) >= 5;
    double noise = (double)mix((uint32_t)(day * SLOTS + hour)) / UINT32_MAX - 0.5;
    return (hour >= 8 && hour < 18 && !rest ? 50 : 10) * (1 + 0.1 * noise);
}

static inline int gather(const ohm_detect_news *news, ohm_detect_alarm *out, int count)
{
    for (int i = 0; i < news->count; i++)
        if (news->alarm[i].end_ms != OHM_NO_MS && count < ALARMS_MAX)
            out[count++] = news->alarm[i];
    return count;
}

#endif
