/* Any stream, with and without a key, in two splits: the same messages and the same refusals. */
#include <stdlib.h>

#include "digest_p1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_span stream = { data, size };
    for (int keyed = 0; keyed < 2; keyed++)
        if (digest_stream(stream, 4096, keyed) != digest_stream(stream, 1, keyed))
            abort();
    return 0;
}
