/* Any captured stream, in two splits: the same transactions and the same refusals. */
#include <stdlib.h>

#include "../modbus_streams.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_span captured = { data, size };
    if (digest_modbus(captured, 4096) != digest_modbus(captured, 1))
        abort();
    return 0;
}
