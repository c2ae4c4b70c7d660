/* Any bytes as an event and as an action: refused, or taken, with one form only of this version;
 * what an earlier version wrote has one of this version. */
#include <stdlib.h>

#include "engine/codec.h"
#include "engine/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Are these the bytes that were read, if this version wrote them? */
static bool same(ohm_span read, const uint8_t *bytes, size_t len)
{
    return read.ptr[0] != OHM_FORM || (len == read.len && memcmp(bytes, read.ptr, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_event_box box;
    static uint8_t bytes[OHM_EVENT_BYTES_MAX], again[OHM_EVENT_BYTES_MAX];
    const ohm_span read = ohm_span_of(data, size);
    ohm_action action;
    size_t len = 0, again_len = 0;
    if (!ohm_failed(ohm_event_decode(read, &box))) {
        must(ohm_event_encode(&box.event, bytes, sizeof bytes, &len) == OHM_OK);
        must(same(read, bytes, len));
        must(!ohm_failed(ohm_event_decode(ohm_span_of(bytes, len), &box)));
        must(ohm_event_encode(&box.event, again, sizeof again, &again_len) == OHM_OK);
        must(len == again_len && memcmp(bytes, again, len) == 0);
    }
    if (!ohm_failed(ohm_action_decode(read, &action))) {
        must(ohm_action_encode(&action, bytes, sizeof bytes, &len) == OHM_OK);
        must(same(read, bytes, len));
        must(!ohm_failed(ohm_action_decode(ohm_span_of(bytes, len), &action)));
        must(ohm_action_encode(&action, again, sizeof again, &again_len) == OHM_OK);
        must(len == again_len && memcmp(bytes, again, len) == 0);
    }
    return 0;
}
