/* Any bytes: a set in order with its bounds kept, or a refusal. */
#include <stdlib.h>

#include "fetch/ecowatt_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_tz tz;
    ohm_signal_set set;
    ohm_tz_utc(&tz);
    if (ohm_failed(ohm_ecowatt_body_to_set(ohm_span_of(data, size), &tz, 0, &set)))
        return 0;
    if (set.count > OHM_SIGNAL_INTERVALS_MAX)
        abort();
    for (uint16_t i = 0; i < set.count; i++)
        if (set.intervals[i].when.from_ms >= set.intervals[i].when.to_ms ||
            (i > 0 && set.intervals[i - 1].when.to_ms > set.intervals[i].when.from_ms))
            abort();
    return 0;
}
