/* Any block of data sets: brackets inside it, each set with its own, or a refusal. */
#include <stdlib.h>

#include "wire/readout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_readout r;
    const char *what = NULL;
    int next = 0;
    if (ohm_readout_parse(ohm_span_of(data, size), &r, &what) != OHM_OK)
        return what ? 0 : (abort(), 0);
    for (int i = 0; i < r.count; i++) {
        if (r.sets[i].first != next || r.sets[i].count == 0 || r.sets[i].address.len == 0)
            abort();
        next += r.sets[i].count;
    }
    for (int i = 0; i < r.values_count; i++)
        if (r.values[i].ptr < data || r.values[i].len > (size_t)(data + size - r.values[i].ptr))
            abort();
    return next == r.values_count ? 0 : (abort(), 0);
}
