/* Any payload under rules of every kind: values within their limits, or none. */
#include <stdlib.h>

#include "meter/pick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ohm_pick_rule rules[] = {
        { OHM_Q_POWER, "/a/0/b", "", 1, 3 },
        { OHM_Q_ENERGY_IMPORT, "/e", "([0-9.]+) ?kWh", 1, 3 },
        { OHM_Q_DISCONNECTOR, "", "", 1, 0 },
        { OHM_Q_TEMPERATURE, "", "T=(-?[0-9.]+)", -7, -2 },
    };
    ohm_picked out;
    for (size_t first = 0; first < 3; first += 2) { /* as JSON, as text */
        ohm_picker *picker = NULL;
        if (ohm_failed(ohm_picker_new(rules + first, 2, first ? "" : "/t", &picker)))
            abort();
        if (ohm_pick(picker, ohm_span_of(data, size), &out) == OHM_OK && out.count != 2)
            abort();
        ohm_picker_free(picker);
    }
    return 0;
}
