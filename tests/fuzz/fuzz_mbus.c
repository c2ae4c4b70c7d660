/* Any stream, in two splits: the same telegrams and the same refusals, also as JSON. */
#include "../mbus_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_span stream = { data, size };
    if (mbus_digest(stream, 4096) != mbus_digest(stream, 1))
        abort();
    return 0;
}
