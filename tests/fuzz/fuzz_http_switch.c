/* Any bytes as what a switch on HTTP answers: it is a state, or nothing. */
#include "relay/http_dialect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const dialects[] = { "shelly-http", "shelly1-http", "tasmota-http", "http" };
    static const char *const pointers[] = { "", "/a/0/b", "/POWER" };
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        for (size_t p = 0; p < sizeof pointers / sizeof *pointers; p++) {
            bool on = false;
            const ohm_http_switch s = { .name = "d/1", .pointer = pointers[p] };
            (void)ohm_http_dialect_find(dialects[i])->read(&s, ohm_span_of(data, size), &on);
        }
    return 0;
}
