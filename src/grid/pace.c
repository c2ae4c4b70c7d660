/* The pace of each source: what its operator allows or asks for, and when it publishes.
 *
 *   RTE            one call in 15 minutes for an application; colours are binding at about 10:30,
 *                  Ecowatt's file is made in the evening and gets its last day after midnight
 *   markets        prices of the day-ahead auctions come at about 12:45 to 13:00 of the day before
 *   EDF            tells EJP at about 17:00
 *   Open-Meteo     10 000 calls a day for everybody behind one address; models run hourly
 *   forecast.solar 12 calls an hour for an address
 *   éco2mix        a row each quarter of an hour
 *   volunteers     are asked as rarely as the matter allows */
#include "grid/schedule.h"
#include "grid/signal.h"

#define HM(hours, minutes) ((hours)*60 + (minutes))

enum {
    QUARTER_MS = 15 * OHM_MINUTE_MS,
    HALF_MS = 30 * OHM_MINUTE_MS,
    SIX_HOURS_MS = 6 * OHM_HOUR_MS,
    MIDNIGHT_MIN = 24 * 60 - 1,
};

/* Once the colour of tomorrow is binding, until it is there; tomorrow's day ends after 06:00. */
#define COLOUR_PACE(gap)                                                                           \
    {                                                                                              \
        .gap_ms = gap, .usual_ms = SIX_HOURS_MS, .due_min = { HM(10, 40), HM(11, 20) },            \
        .watch_from_min = HM(10, 40), .watch_to_min = MIDNIGHT_MIN, .reach_days = 1,               \
        .reach_min = HM(6, 0), .again_ms = HALF_MS                                                 \
    }
#define PRICE_PACE                                                                                 \
    {                                                                                              \
        .gap_ms = QUARTER_MS, .usual_ms = SIX_HOURS_MS, .due_min = { HM(13, 5) },                  \
        .watch_from_min = HM(13, 0), .watch_to_min = MIDNIGHT_MIN, .reach_days = 1,                \
        .again_ms = HALF_MS                                                                        \
    }

static const ohm_pace paces[OHM_SOURCES_COUNT] = {
    [OHM_SOURCE_ECOWATT] = { .gap_ms = QUARTER_MS,
                             .usual_ms = OHM_HOUR_MS,
                             .due_min = { HM(0, 5), HM(17, 5) },
                             .watch_from_min = HM(0, 5),
                             .watch_to_min = HM(2, 30),
                             .reach_days = 3,
                             .again_ms = QUARTER_MS },
    [OHM_SOURCE_TEMPO] = COLOUR_PACE(QUARTER_MS),
    [OHM_SOURCE_TEMPO_SERVICES_RTE] = COLOUR_PACE(HALF_MS),
    [OHM_SOURCE_TEMPO_COULEUR] = COLOUR_PACE(HALF_MS),
    [OHM_SOURCE_EJP] = { .gap_ms = HALF_MS,
                         .usual_ms = SIX_HOURS_MS,
                         .due_min = { HM(17, 5) },
                         .watch_from_min = HM(17, 0),
                         .watch_to_min = MIDNIGHT_MIN,
                         .reach_days = 1,
                         .reach_min = HM(7, 0),
                         .again_ms = HALF_MS },
    [OHM_SOURCE_DEMAND_RESPONSE] = { .gap_ms = QUARTER_MS,
                                     .usual_ms = SIX_HOURS_MS,
                                     .due_min = { HM(10, 40), HM(17, 5) },
                                     .again_ms = HALF_MS },
    [OHM_SOURCE_ENTSOE] = PRICE_PACE,
    [OHM_SOURCE_ENERGY_CHARTS] = PRICE_PACE,
    [OHM_SOURCE_NORDPOOL] = PRICE_PACE,
    [OHM_SOURCE_AWATTAR] = PRICE_PACE,
    [OHM_SOURCE_TIBBER] = PRICE_PACE,
    [OHM_SOURCE_ECO2MIX] = { .gap_ms = QUARTER_MS, .usual_ms = HALF_MS },
    [OHM_SOURCE_OPEN_METEO] = { .gap_ms = HALF_MS + OHM_MINUTE_MS, .usual_ms = OHM_HOUR_MS },
    [OHM_SOURCE_EPW] = { .gap_ms = SIX_HOURS_MS, .usual_ms = SIX_HOURS_MS },
    [OHM_SOURCE_PVGIS] = { .gap_ms = SIX_HOURS_MS, .usual_ms = SIX_HOURS_MS },
    [OHM_SOURCE_FORECAST_SOLAR] = { .gap_ms = QUARTER_MS, .usual_ms = 2 * OHM_HOUR_MS },
    [OHM_SOURCE_GENERIC] = { .gap_ms = OHM_MINUTE_MS, .usual_ms = QUARTER_MS },
    [OHM_SOURCE_OPENADR] = { .gap_ms = OHM_MINUTE_MS, .usual_ms = 5 * OHM_MINUTE_MS },
};

const ohm_pace *ohm_pace_of(ohm_source source)
{
    assert((unsigned)source < OHM_SOURCES_COUNT);
    return &paces[source];
}

int64_t ohm_pace_stale_ms(ohm_source source)
{
    int64_t stale_ms = 6 * ohm_pace_of(source)->usual_ms;
    if (stale_ms < OHM_HOUR_MS)
        return OHM_HOUR_MS;
    return stale_ms < OHM_SIGNAL_STALE_MS ? stale_ms : OHM_SIGNAL_STALE_MS;
}
