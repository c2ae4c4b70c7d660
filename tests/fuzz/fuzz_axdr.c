/* Any bytes: a value whose end a resumed walk finds too, and which writes out to a value
 * without compact arrays; or a refusal. */
#include <stdlib.h>

#include "wire/axdr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[4096];
    ohm_axdr c = ohm_axdr_over(ohm_span_of(data, size));
    ohm_code code = ohm_axdr_skip(&c);
    ohm_axdr_walk walk = { 0 }, expanded = { 0 };
    ohm_code resumed = OHM_MORE;
    for (size_t len = 0; resumed == OHM_MORE && len <= size; len++)
        resumed = ohm_axdr_walk_on(&walk, ohm_span_of(data, len));
    if (resumed != code || (code == OHM_OK && walk.pos != c.pos))
        abort();
    size_t len = 0;
    if (code != OHM_OK ||
        ohm_axdr_expand(ohm_span_of(data, c.pos), out, sizeof out, &len) != OHM_OK)
        return 0;
    code = ohm_axdr_walk_on(&expanded, ohm_span_of(out, len));
    if (code != OHM_TOO_BIG && (code != OHM_OK || expanded.pos != len || expanded.compact))
        abort();
    return 0;
}
