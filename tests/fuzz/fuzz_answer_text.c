/* Any bytes as a weather file: EPW, or PVGIS in CSV or JSON. */
#include "answer_promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    answer_promise(OHM_SOURCE_EPW, ohm_span_of(data, size));
    answer_promise(OHM_SOURCE_PVGIS, ohm_span_of(data, size));
    return 0;
}
