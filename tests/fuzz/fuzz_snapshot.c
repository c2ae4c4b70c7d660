/* Any bytes as a snapshot: refused, or an engine that goes on without breaking an invariant. */
#include <stdlib.h>

#include "engine/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_engine *engine;
    static ohm_actions actions;
    if (!engine)
        engine = malloc(ohm_engine_size());
    if (!engine || ohm_failed(ohm_engine_restore(engine, ohm_span_of(data, size))))
        return 0;
    ohm_event tick = { .kind = OHM_EVENT_TICK, .mono = { INT64_C(1) << 40 } };
    for (int i = 0; i < 4; i++, tick.mono.v += 600000, tick.utc_ms = 1795363200000)
        if (ohm_engine_accepts(engine, &tick) == OHM_OK)
            ohm_engine_step(engine, &tick, &actions);
    return 0;
}
