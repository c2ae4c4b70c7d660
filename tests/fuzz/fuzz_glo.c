/* Any bytes: a ciphered message whose parts lie inside it, or a refusal. */
#include <stdlib.h>

#include "wire/glo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_glo glo;
    size_t whole = 0;
    ohm_code sized = ohm_glo_size(ohm_span_of(data, size), &whole);
    ohm_code code = ohm_glo_parse(ohm_span_of(data, size), &glo);
    if (code == OHM_OK && (sized != OHM_OK || whole != glo.size || glo.size > size))
        abort();
    if (sized == OHM_OK && whole <= size && code == OHM_MORE)
        abort();
    if (code != OHM_OK)
        return 0;
    const uint8_t *end = glo.text.ptr + glo.text.len + glo.tag.len;
    if (end != data + glo.size || glo.text.ptr < data + 7)
        abort();
    if ((glo.title.len != 0 && glo.title.len != 8) || (glo.tag.len != 0 && glo.tag.len != 12))
        abort();
    return 0;
}
