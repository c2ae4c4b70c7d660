/* The site's own measured use, lived again with panels and a battery that it has not, or with other
 * walls and other set points: by whoever starts the web, which may not simulate. */
#ifndef OHM_WEB_REPLAY_H
#define OHM_WEB_REPLAY_H

#include "control/heat.h"
#include "store/reader.h"
#include "tariff/bill.h"
#include "web/view.h"

enum { OHM_REPLAY_STEP_MS = 15 * OHM_MINUTE_MS, OHM_REPLAY_AS_CONFIGURED = -1 };

/* A zone that is heated, and what is known of it. */
typedef struct ohm_replay_zone {
    ohm_heat_zone zone;
    ohm_view_twin twin;
    double power_w; /* of its loads together */
} ohm_replay_zone;

typedef struct ohm_replay {
    ohm_interval when; /* whole steps */
    int steps;
    const ohm_tz *tz;
    ohm_reader *reader;  /* of the weather that was kept */
    const ohm_use *uses; /* what the meter counted */
    size_t uses_count;
    const ohm_contract *contract; /* what the battery is planned by */
    const ohm_day_codes *codes;
    const ohm_spot_price *spots;
    size_t spots_count;
    int64_t pv_yield; /* what a kWp makes in a typical year, kWh; 0: as the made weather has it */
    int64_t pv_w, battery_wh; /* more than there is; both 0: none */
    const ohm_use *sun;       /* what panels of the site made: export_mwh */
    size_t sun_count;
    int64_t sun_peak_w; /* theirs; 0: not known, OHM_REPLAY_AS_CONFIGURED */
    const ohm_replay_zone *zones;
    int zones_count;
    double loss_ratio; /* of what the zones lose now: 1 as they are */
    double set_more_k; /* to each of their set points */
} ohm_replay;

typedef struct ohm_replayed {
    int missing;          /* steps that were not measured: those of another week stand for them */
    double pv_kwh;        /* what the panels that are not there make */
    bool place_known;     /* where the sun stands is of the configuration; else as in Paris */
    const char *weather;  /* "typical": made, of no real days */
    bool own_sun;         /* what the site's panels made is known of all this time, near enough */
    int64_t sun_peak_w;   /* theirs; 0: not known. With both, new panels make as much a kWp */
    int weather_days;     /* of real days, for the zones; the others are made */
    uint32_t zones_lived; /* bits: those whose heating is known */
    double heating_kwh, cold_kh; /* electricity of those; degree-hours below today's set points */
    /* By how much they need more today than the house drew, day by day: it was not heated so. */
    double unseen_kwh;
} ohm_replayed;

/* At the meter, the mean of each step, W; below 0 is fed in. OHM_END: too much was not measured;
 * OHM_RANGE, OHM_GAP, OHM_UNSUPPORTED: what energy costs is not known; OHM_NO_MEMORY. */
typedef ohm_code ohm_replay_run(void *ctx, const ohm_replay *ask, double *grid_w,
                                ohm_replayed *ret_told);

#endif
