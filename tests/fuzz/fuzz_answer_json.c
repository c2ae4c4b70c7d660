/* Any bytes as a body of any source that speaks JSON (the first byte says which). */
#include "answer_promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ohm_source sources[] = { OHM_SOURCE_TEMPO,           OHM_SOURCE_TEMPO_SERVICES_RTE,
                                          OHM_SOURCE_TEMPO_COULEUR,   OHM_SOURCE_EJP,
                                          OHM_SOURCE_DEMAND_RESPONSE, OHM_SOURCE_ENERGY_CHARTS,
                                          OHM_SOURCE_NORDPOOL,        OHM_SOURCE_AWATTAR,
                                          OHM_SOURCE_TIBBER,          OHM_SOURCE_ECO2MIX,
                                          OHM_SOURCE_OPEN_METEO,      OHM_SOURCE_FORECAST_SOLAR,
                                          OHM_SOURCE_OPENADR,         OHM_SOURCE_GENERIC };
    if (size == 0)
        return 0;
    answer_promise(sources[data[0] % (sizeof sources / sizeof *sources)],
                   ohm_span_of(data + 1, size - 1));
    return 0;
}
