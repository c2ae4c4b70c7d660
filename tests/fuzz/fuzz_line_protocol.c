/* Any stream of line protocol, in two splits: the same points and the same refusals. */
#include <stdlib.h>

#include "../inout_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_span file = { data, size };
    if (digest_points(file, 4096) != digest_points(file, 1))
        abort();
    return 0;
}
