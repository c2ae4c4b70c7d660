/* Any bytes as what a module says of its level: it is one, or nothing. */
#include "relay/level_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const pointers[] = { "", "/a/0/b", "/w" };
    for (int kind = 0; kind < 3; kind++) /* a setpoint, an order, a battery */
        for (size_t p = 0; p < sizeof pointers / sizeof *pointers; p++) {
            const ohm_level_form form = { kind == 1, kind == 0, 3, 230, 690, kind == 2 };
            const ohm_level_call call = { form, OHM_LEVEL_ZIGBEE2MQTT, "d", 0 };
            int32_t level = 0;
            if (ohm_level_read(&call, pointers[p], ohm_span_of(data, size), 0, &level) &&
                (level < (form.gives ? -1000000 : 0) || level > 1000000))
                __builtin_trap();
        }
    return 0;
}
