/* Any bytes as a squeezed text: no more than there is room for; and as a text: it comes back. */
#include <stdlib.h>

#include "base/squeeze.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { TEXT_MAX = 4096 };
    static uint8_t small[OHM_SQUEEZE_MAX(TEXT_MAX)], back[TEXT_MAX];
    size_t len = 0;
    ohm_span in = { data, size < TEXT_MAX ? size : TEXT_MAX };
    if (ohm_unsqueeze(in, back, sizeof back, &len) == OHM_OK && len > sizeof back)
        abort();
    size_t n = ohm_squeeze(in, small, sizeof small);
    if (ohm_unsqueeze(ohm_span_of(small, n), back, in.len, &len) != OHM_OK || len != in.len ||
        (len > 0 && memcmp(back, in.ptr, len) != 0))
        abort();
    return 0;
}
