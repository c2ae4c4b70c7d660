/* Any line of settings: understood, or refused with a place inside it. */
#include <stdlib.h>

#include "meter/cosem_settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[OHM_COSEM_SETTINGS_MAX];
    ohm_cosem_settings s = { .client = 1 };
    size_t len = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, data, len);
    text[len] = 0;
    ohm_err err = ohm_cosem_settings_parse(text, &s);
    if (ohm_failed(err) ? err.at > strlen(text) : s.client == 0 || s.server > 0x3fff)
        abort();
    return 0;
}
