/* Any bytes in a watched series' state (each four of input: where, and which): refused, or a state
 * that goes on. */
#include <stdlib.h>

#include "../watched.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t good[WATCHED_BYTES], bytes[WATCHED_BYTES];
    static size_t len;
    static void *memory;
    if (len == 0) {
        memory = malloc(ohm_watch_size(&watched_options));
        len = watched_state(memory, good);
    }
    memcpy(bytes, good, len);
    for (size_t i = 0; i + 4 <= size; i += 4)
        bytes[(ohm_be32(data + i) & 0xffffff) % len] = data[i];
    ohm_span state = ohm_span_of(bytes, size % 4 == 3 ? len - data[0] : len);
    if (!ohm_failed(ohm_watch_load(&watched_options, memory, state)) && size % 8 >= 4)
        watched_days(memory, WATCHED_DAYS, WATCHED_DAYS + 1);
    return 0;
}
