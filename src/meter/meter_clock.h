/* From the local time that a meter says to an instant. Pure. */
#ifndef OHM_METER_METER_CLOCK_H
#define OHM_METER_METER_CLOCK_H

#include "base/civil.h"
#include "base/time.h"

typedef struct ohm_meter_clock {
    const ohm_tz *tz; /* of the meter's local time; NULL: not known */
    bool live;        /* the bytes come from the meter now, not from a recording */
    ohm_ms last_ms;   /* of the message before; OHM_NO_MS */
    /* Where to say how far the meter's clock is from ours, when that is too far; else 0. NULL:
     * nobody asks. */
    int64_t *ret_off_ms;
} ohm_meter_clock;

/* What a meter says of summer time besides the hour. */
typedef enum ohm_meter_season {
    OHM_SEASON_UNSAID,
    OHM_SEASON_SUMMER,
    OHM_SEASON_WINTER, /* said, not merely "no summer flag" */
} ohm_meter_season;

/* The instant of a civil time; OHM_NO_MS without a zone, or if it never was. In the hour that
 * autumn repeats the season decides, else our clock (`now_ms`, OHM_NO_MS if not set), else the
 * order of the messages. */
ohm_ms ohm_meter_clock_civil(const ohm_meter_clock *clock, const ohm_civil *local,
                             ohm_meter_season season, ohm_ms now_ms);

/* The instant of a time that is kept in the zone's winter time all year round. */
ohm_ms ohm_meter_clock_standard(const ohm_meter_clock *clock, const ohm_civil *local);

/* The instant of a time that is either of these two, and nothing says which: where they differ,
 * what is nearer to our clock. OHM_NO_MS without it, or of a recording. */
ohm_ms ohm_meter_clock_either(const ohm_meter_clock *clock, const ohm_civil *local, ohm_ms now_ms);

/* Local time read as if it were UTC. */
ohm_ms ohm_meter_clock_as_utc(const ohm_civil *local);

/* The time that a frame gets when its meter says `said_ms` (OHM_NO_MS: none known): that, or the
 * time of reception when the meter does not know it or is more than ten minutes off: a clock
 * left in summer time writes nothing into the future. */
ohm_ms ohm_meter_clock_accept(const ohm_meter_clock *clock, ohm_ms said_ms, ohm_ms now_ms);

#endif
