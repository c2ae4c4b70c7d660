/* The sources of signals, one row each: what they are called, what they tell, and which of two
 * that tell the same is believed. */
#ifndef OHM_GRID_SOURCE_H
#define OHM_GRID_SOURCE_H

#include "base/err.h"
#include "base/segment.h"
#include "base/span.h"

typedef enum ohm_source {
    OHM_SOURCE_ECOWATT,            /* RTE: how tense the grid is */
    OHM_SOURCE_TEMPO,              /* RTE's calendar of contracts like Tempo */
    OHM_SOURCE_TEMPO_SERVICES_RTE, /* the same without a key, a season at once */
    OHM_SOURCE_TEMPO_COULEUR,      /* api-couleur-tempo.fr, run by volunteers */
    OHM_SOURCE_EJP,                /* EDF's calendar */
    OHM_SOURCE_DEMAND_RESPONSE,    /* RTE: the days of the call for tenders */
    OHM_SOURCE_ENTSOE,             /* transparency platform, document A44 */
    OHM_SOURCE_ENERGY_CHARTS,
    OHM_SOURCE_NORDPOOL,
    OHM_SOURCE_AWATTAR,
    OHM_SOURCE_TIBBER,
    OHM_SOURCE_ECO2MIX, /* RTE: CO2 of what France makes */
    OHM_SOURCE_OPEN_METEO,
    OHM_SOURCE_EPW,
    OHM_SOURCE_PVGIS,
    OHM_SOURCE_FORECAST_SOLAR,
    OHM_SOURCE_OPENADR,
    OHM_SOURCE_GENERIC, /* an address of the user's own, with pointers into its JSON */
    OHM_SOURCES_COUNT
} ohm_source;

/* What is told; of several sources with one topic the best rank that knows is believed. */
typedef enum ohm_topic {
    OHM_TOPIC_TENSION,
    OHM_TOPIC_COLOUR,
    OHM_TOPIC_EJP,
    OHM_TOPIC_DEMAND_RESPONSE,
    OHM_TOPIC_PRICE,
    OHM_TOPIC_CO2,
    OHM_TOPIC_WEATHER,
    OHM_TOPIC_PV,
    OHM_TOPIC_EVENT,
    OHM_TOPIC_OTHER,
    OHM_TOPICS_COUNT
} ohm_topic;

/* Who says it: the meter on the wall beats the grid's operator, and that beats everybody else. */
typedef enum ohm_rank {
    OHM_RANK_METER,
    OHM_RANK_OPERATOR,
    OHM_RANK_SUPPLIER,
    OHM_RANK_PUBLIC, /* a service that passes on what others said */
} ohm_rank;

typedef struct ohm_source_row {
    const char *name; /* "tempo-services-rte" */
    ohm_topic topic;
    ohm_rank rank;
} ohm_source_row;

const ohm_source_row *ohm_source_of(ohm_source source);

/* OHM_UNKNOWN: no source has that name. */
OHM_MUST_CHECK ohm_code ohm_source_find(ohm_span name, ohm_source *out);

#endif
