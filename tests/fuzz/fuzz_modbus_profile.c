/* Any text as a profile of a Modbus device: read whole, with a plan, or refused with a place. */
#include <stdlib.h>

#include "meter/modbus_profiles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void line(void *ctx, const char *text)
{
    if (strncmp(text, "fuzz:", 5) != 0)
        abort();
    *(bool *)ctx = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_modbus_profile profile;
    static ohm_modbus_plan plan;
    bool told = false;
    ohm_schema_report report = { .line = line, .ctx = &told };
    ohm_code code = ohm_modbus_profile_parse(ohm_span_of(data, size), "fuzz", &profile, &report);
    if (code == OHM_OK ? told || ohm_modbus_plan_make(&profile, &plan) != OHM_OK
                       : !told && code != OHM_NO_MEMORY)
        abort();
    return 0;
}
