/* Any text as a preset of sensors: read whole, and usable with parameters, or refused with a place.
 */
#include <stdlib.h>

#include "config/preset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void line(void *ctx, const char *text)
{
    *(bool *)ctx = strncmp(text, "fuzz:", 5) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_preset preset;
    static ohm_site_value values[OHM_PRESET_VALUES_MAX];
    static const ohm_schema_pair pair = { "device", "a/~b", 1 };
    const ohm_preset_given given = { &pair, 1 };
    char port[OHM_SITE_PATH_MAX], fault[OHM_PRESET_FAULT_MAX];
    bool told = false;
    uint16_t count;
    ohm_schema_report report = { .line = line, .ctx = &told };
    ohm_code code = ohm_preset_parse(ohm_span_of(data, size), "fuzz", &preset, &report);
    if (code == OHM_OK ? told : !told && code != OHM_NO_MEMORY)
        abort();
    if (code == OHM_OK && ohm_preset_port(&preset, &given, "mqtt://h", port, fault) == OHM_OK)
        code = ohm_preset_values(&preset, &given, NULL, 0, values, &count, fault);
    return 0;
}
