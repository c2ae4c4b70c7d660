/* Any stream, in two splits: the same messages and the same refusals. */
#include <stdlib.h>

#include "digest_sml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_span stream = { data, size };
    if (digest_stream(stream, 4096) != digest_stream(stream, 1))
        abort();
    return 0;
}
