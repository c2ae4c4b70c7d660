/* Any bytes as an event and as an action: refused, or taken with one form only. */
#include <stdlib.h>

#include "engine/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_event_box box;
    static uint8_t bytes[OHM_EVENT_BYTES_MAX];
    ohm_action action;
    size_t len = 0;
    if (!ohm_failed(ohm_event_decode(ohm_span_of(data, size), &box)) &&
        (ohm_event_encode(&box.event, bytes, sizeof bytes, &len) != OHM_OK || len != size ||
         memcmp(bytes, data, len) != 0))
        abort();
    if (!ohm_failed(ohm_action_decode(ohm_span_of(data, size), &action)) &&
        (ohm_action_encode(&action, bytes, sizeof bytes, &len) != OHM_OK || len != size ||
         memcmp(bytes, data, len) != 0))
        abort();
    return 0;
}
