/* Any stream, as from a line and as of a recording, in two splits: the same messages and the same
 * refusals. */
#include <stdlib.h>

#include "digest_d0.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ohm_d0_config configs[] = { { .recorded = true }, { .among_others = true } };
    ohm_span stream = { data, size };
    for (int i = 0; i < 2; i++)
        if (digest_stream(stream, 4096, &configs[i]) != digest_stream(stream, 1, &configs[i]))
            abort();
    return 0;
}
