/* Any bytes as a book of alarms: refused, or a book that is written as it was read. */
#include <stdlib.h>

#include "analysis/alarms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_alarms book;
    static uint8_t again[OHM_ALARMS_BYTES_MAX];
    size_t len;
    if (ohm_alarms_decode(ohm_span_of(data, size), &book) != OHM_OK)
        return 0;
    if (book.count > OHM_ALARMS_MAX || book.taught_count > OHM_ALARMS_TAUGHT_MAX)
        abort();
    if (ohm_alarms_encode(&book, again, sizeof again, &len) != OHM_OK)
        abort();
    bool old = size > 0 && data[0] != 0; /* version 1 is written as the present one */
    if (old ? ohm_alarms_decode(ohm_span_of(again, len), &book) != OHM_OK
            : len != size || memcmp(again, data, size) != 0)
        abort();
    return 0;
}
