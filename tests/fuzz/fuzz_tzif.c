/* Any bytes: a zone or a refusal, and the conversions of a zone stay total. */
#include <stdlib.h>

#include "base/civil.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_tz tz;
    if (ohm_failed(ohm_tz_parse(ohm_span_of(data, size), "Fuzz/Zone", &tz)))
        return 0;
    for (ohm_ms t = -4000000000000; t < 8000000000000; t += 999999999999) {
        ohm_ms first, last;
        ohm_civil local = ohm_civil_from_utc(&tz, t);
        ohm_civil_kind kind = ohm_civil_to_utc(&tz, local, &first, &last);
        if (kind == OHM_CIVIL_NEVER || first > t || last < t)
            abort();
        ohm_interval day = ohm_civil_day(&tz, t);
        if (day.from_ms > day.to_ms)
            abort();
    }
    return 0;
}
