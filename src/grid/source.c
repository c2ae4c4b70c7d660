#include "grid/source.h"

static const ohm_source_row rows[OHM_SOURCES_COUNT] = {
    [OHM_SOURCE_ECOWATT] = { "ecowatt", OHM_TOPIC_TENSION, OHM_RANK_OPERATOR },
    [OHM_SOURCE_TEMPO] = { "tempo", OHM_TOPIC_COLOUR, OHM_RANK_OPERATOR },
    [OHM_SOURCE_TEMPO_SERVICES_RTE] = { "tempo-services-rte", OHM_TOPIC_COLOUR, OHM_RANK_PUBLIC },
    [OHM_SOURCE_TEMPO_COULEUR] = { "tempo-couleur", OHM_TOPIC_COLOUR, OHM_RANK_PUBLIC },
    [OHM_SOURCE_EJP] = { "ejp", OHM_TOPIC_EJP, OHM_RANK_SUPPLIER },
    [OHM_SOURCE_DEMAND_RESPONSE] = { "demand-response", OHM_TOPIC_DEMAND_RESPONSE,
                                     OHM_RANK_OPERATOR },
    [OHM_SOURCE_ENTSOE] = { "entsoe", OHM_TOPIC_PRICE, OHM_RANK_OPERATOR },
    [OHM_SOURCE_ENERGY_CHARTS] = { "energy-charts", OHM_TOPIC_PRICE, OHM_RANK_PUBLIC },
    [OHM_SOURCE_NORDPOOL] = { "nordpool", OHM_TOPIC_PRICE, OHM_RANK_OPERATOR },
    [OHM_SOURCE_AWATTAR] = { "awattar", OHM_TOPIC_PRICE, OHM_RANK_SUPPLIER },
    [OHM_SOURCE_TIBBER] = { "tibber", OHM_TOPIC_PRICE, OHM_RANK_SUPPLIER },
    [OHM_SOURCE_ECO2MIX] = { "eco2mix", OHM_TOPIC_CO2, OHM_RANK_OPERATOR },
    [OHM_SOURCE_OPEN_METEO] = { "open-meteo", OHM_TOPIC_WEATHER, OHM_RANK_PUBLIC },
    [OHM_SOURCE_EPW] = { "epw", OHM_TOPIC_WEATHER, OHM_RANK_PUBLIC },
    [OHM_SOURCE_PVGIS] = { "pvgis", OHM_TOPIC_WEATHER, OHM_RANK_PUBLIC },
    [OHM_SOURCE_FORECAST_SOLAR] = { "forecast-solar", OHM_TOPIC_PV, OHM_RANK_PUBLIC },
    [OHM_SOURCE_OPENADR] = { "openadr", OHM_TOPIC_EVENT, OHM_RANK_OPERATOR },
    [OHM_SOURCE_GENERIC] = { "generic", OHM_TOPIC_OTHER, OHM_RANK_PUBLIC },
};

const ohm_source_row *ohm_source_of(ohm_source source)
{
    assert((unsigned)source < OHM_SOURCES_COUNT);
    return &rows[source];
}

ohm_code ohm_source_find(ohm_span name, ohm_source *out)
{
    for (int i = 0; i < OHM_SOURCES_COUNT; i++) {
        if (!ohm_span_is(name, rows[i].name))
            continue;
        *out = (ohm_source)i;
        return OHM_OK;
    }
    return OHM_UNKNOWN;
}
