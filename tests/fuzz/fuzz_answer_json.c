/* Any bytes as a body of any source that speaks JSON (the first byte says which). */
#include "answer_promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ohm_source sources[] = { OHM_SOURCE_TEMPO, OHM_SOURCE_TEMPO_SERVICES_RTE,
                                          OHM_SOURCE_TEMPO_COULEUR, OHM_SOURCE_EJP,
                                          OHM_SOURCE_DEMAND_RESPONSE };
    if (size == 0)
        return 0;
    answer_promise(sources[data[0] % (sizeof sources / sizeof *sources)],
                   ohm_span_of(data + 1, size - 1));
    return 0;
}
