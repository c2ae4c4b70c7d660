/* Any bytes: a frame inside them, the same however much follows, or a refusal. */
#include <stdlib.h>

#include "wire/mbus_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_mbus_frame f, again;
    size_t claimed;
    if (ohm_mbus_frame_parse(ohm_span_of(data, size), &f, &claimed) != OHM_OK)
        return 0;
    if (f.size > size || f.size > OHM_MBUS_FRAME_MAX || data[f.size - 1] != OHM_MBUS_STOP)
        abort();
    if (f.data.ptr != data + 7 || f.data.len != f.size - 9)
        abort();
    if (ohm_mbus_frame_parse(ohm_span_of(data, f.size), &again, &claimed) != OHM_OK ||
        again.size != f.size)
        abort();
    return 0;
}
