/* Any text as a profile of M-Bus meters. */
#include <stdlib.h>

#include "meter/mbus_profiles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_schema_report report = { .line = ignore };
    ohm_mbus_profile_file *file = calloc(1, sizeof *file);
    if (!file)
        return 0;
    ohm_code code = ohm_mbus_profile_parse(ohm_span_of(data, size), "fuzz", file, &report);
    if (code == OHM_OK && report.errors > 0)
        abort();
    for (size_t i = 0; code == OHM_OK && i < file->profile.mappings_count; i++)
        if (file->profile.mappings[i].vib.len == 0)
            abort();
    free(file);
    return 0;
}
