/* Any text as a meter profile: read whole, or refused with a place. */
#include <stdint.h>
#include <stdlib.h>

#include "meter/profiles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_meter_profile profile;
    ohm_profile_fault fault = { "" };
    ohm_code code = ohm_profile_parse(ohm_span_of(data, size), "fuzz", &profile, &fault);
    if (code != OHM_OK && code != OHM_NO_MEMORY && strncmp(fault.text, "fuzz:", 5) != 0)
        abort();
    if (code == OHM_OK && (!profile.name[0] || profile.rows_count > OHM_PROFILE_ROWS_MAX))
        abort();
    return 0;
}
