/* Any bytes as what a switch on MQTT says: it is a state, a refusal, a presence, or nothing. */
#include <stdlib.h>

#include "relay/switch_dialect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const ohm_switch_dialect *dialect;
        const char *topics[3];
    } rows[] = { { &ohm_switch_shelly, { "ohm/rpc", "d/events/rpc", "d/online" } },
                 { &ohm_switch_tasmota, { "stat/d/POWER2", "stat/d/RESULT", "tele/d/LWT" } },
                 { &ohm_switch_zigbee2mqtt, { "ohm/d", "ohm/d/availability", "ohm/d/set" } } };
    const ohm_switch_name name = { .device = "d", .part = "2" };
    const ohm_switch_call call = { .name = &name, .base = "ohm", .id = 7 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t t = 0; t < 3; t++) {
            ohm_switch_said said =
                rows[i].dialect->read(&call, rows[i].topics[t], ohm_span_of(data, size));
            if (said.kind > OHM_SWITCH_HERE || (said.on && said.kind != OHM_SWITCH_STATE))
                abort();
        }
    return 0;
}
