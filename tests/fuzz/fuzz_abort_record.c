/* Any bytes as a copy of what is kept of aborts, behind a checksum that is right: refused, or a
 * record that is written the same. */
#include <stdlib.h>
#include <string.h>

#include "cmd/abort_record.h"
#include "store/chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t copy[OHM_ABORTS_BYTES], again[OHM_ABORTS_BYTES];
    enum { CHECKED = OHM_ABORTS_BYTES - 4 };
    ohm_abort_record r;
    ohm_aborts_init(&r);
    ohm_aborts_encode(&r, copy);
    memcpy(copy + 8, data, size < CHECKED - 8 ? size : CHECKED - 8);
    ohm_put_be32(copy + CHECKED, ohm_crc32c(0, ohm_span_of(copy, CHECKED)));
    if (ohm_aborts_decode(ohm_span_of(copy, sizeof copy), &r) != OHM_OK)
        return 0;
    ohm_aborts_encode(&r, again);
    if (r.count > OHM_ABORTS_KEPT || memcmp(copy, again, 1024) != 0)
        abort();
    ohm_aborts_add(&r, &r.items[0]);
    return 0;
}
