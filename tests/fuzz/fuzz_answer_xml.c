/* Any bytes as a document of ENTSO-E. */
#include "answer_promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    answer_promise(OHM_SOURCE_ENTSOE, ohm_span_of(data, size));
    return 0;
}
