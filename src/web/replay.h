/* The site's own measured use, lived again with panels and a battery that it has not: by whoever
 * starts the web, which may not simulate. */
#ifndef OHM_WEB_REPLAY_H
#define OHM_WEB_REPLAY_H

#include "tariff/bill.h"

enum { OHM_REPLAY_STEP_MS = 15 * OHM_MINUTE_MS };

typedef struct ohm_replay {
    ohm_interval when; /* whole steps */
    int steps;
    const ohm_tz *tz;
    const ohm_use *uses; /* what the meter counted */
    size_t uses_count;
    const ohm_contract *contract; /* what the battery is planned by */
    const ohm_day_codes *codes;
    const ohm_spot_price *spots;
    size_t spots_count;
    int64_t pv_yield; /* what a kWp makes in a typical year, kWh; 0: as the made weather has it */
    int64_t pv_w, battery_wh; /* more than there is; both 0: the use as it was measured */
} ohm_replay;

typedef struct ohm_replayed {
    int missing;         /* steps that were not measured: those of another week stand for them */
    double pv_kwh;       /* what the panels make */
    bool place_known;    /* where the sun stands is of the configuration; else as in Paris */
    const char *weather; /* "typical": made, of no real days */
} ohm_replayed;

/* At the meter, the mean of each step, W; below 0 is fed in. OHM_END: too much was not measured;
 * OHM_RANGE, OHM_GAP, OHM_UNSUPPORTED: what energy costs is not known; OHM_NO_MEMORY. */
typedef ohm_code ohm_replay_run(void *ctx, const ohm_replay *ask, double *grid_w,
                                ohm_replayed *ret_told);

#endif
