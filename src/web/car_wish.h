/* What somebody asks of the car that is planned: so much by then, once or daily. */
#ifndef OHM_WEB_CAR_WISH_H
#define OHM_WEB_CAR_WISH_H

#include <stdbool.h>

#include "base/time.h"

#define OHM_WISH_WH_MAX   INT64_C(200000)
#define OHM_WISH_AHEAD_MS (INT64_C(48) * OHM_HOUR_MS)

typedef struct ohm_day_wish {
    bool there, daily;
    int64_t need_wh;
    ohm_ms ready_ms; /* daily: at that time of each day */
    ohm_ms asked_ms;
} ohm_day_wish;

/* May it be asked for now? */
static inline bool ohm_day_wish_ok(const ohm_day_wish *wish, ohm_ms now_ms)
{
    return wish->ready_ms > now_ms && wish->ready_ms - now_ms <= OHM_WISH_AHEAD_MS &&
           wish->need_wh >= 0 && wish->need_wh <= OHM_WISH_WH_MAX;
}

#endif
