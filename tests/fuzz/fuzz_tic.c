/* Any stream, in two splits: the same messages and the same refusals. */
#include <stdlib.h>

#include "../tic_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_tic d;
    ohm_span stream = { data, size < 500 ? size : 500 }; /* what the outcome's text holds */
    const tic_outcome whole = tic_decode(&d, stream, 4096, true);
    uint64_t skipped = d.counters.bytes_skipped;
    const tic_outcome bits = tic_decode(&d, stream, 1, true);
    if (strcmp(whole.text, bits.text) != 0 || skipped != d.counters.bytes_skipped)
        abort();
    return 0;
}
