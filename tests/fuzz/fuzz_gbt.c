/* Any blocks in any order: a transfer stays inside its buffer and holds the blocks in order. */
#include <stdlib.h>

#include "wire/gbt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t buffer[300];
    ohm_gbt_transfer t = { 0 };
    ohm_gbt_block block;
    ohm_span rest = { data, size };
    while (ohm_gbt_parse(rest, &block) == OHM_OK) {
        size_t before = t.len;
        ohm_gbt_step step = ohm_gbt_take(&t, &block, buffer, sizeof buffer);
        bool taken = step == OHM_GBT_TAKEN || step == OHM_GBT_COMPLETE;
        if (t.len > sizeof buffer || block.size == 0 || block.size > rest.len)
            abort();
        if (taken && block.number != 1 && t.len != before + block.data.len)
            abort();
        if (step == OHM_GBT_COMPLETE && t.open)
            abort();
        rest = ohm_span_part(rest, block.size, rest.len - block.size);
    }
    return 0;
}
