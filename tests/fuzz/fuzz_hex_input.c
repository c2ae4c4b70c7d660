/* Captured bytes in any form: the same bytes whatever the pieces they come in. */
#include <stdlib.h>

#include "cmd/hex_input.h"

static size_t feed(ohm_span in, size_t piece, uint8_t *out, ohm_code *code)
{
    ohm_hex_input input;
    size_t len = 0, more = 0;
    ohm_hex_input_init(&input, OHM_INPUT_AUTO);
    *code = OHM_OK;
    for (size_t at = 0; *code == OHM_OK && at < in.len; at += piece, len += more) {
        ohm_span part = ohm_span_part(in, at, piece < in.len - at ? piece : in.len - at);
        *code = ohm_hex_input_take(&input, part, out + len, &more).code;
    }
    *code = *code == OHM_OK ? ohm_hex_input_finish(&input, out + len, &more).code : *code;
    return *code == OHM_OK ? len + more : len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t whole[70000], pieces[70000];
    ohm_code a, b;
    ohm_span in = ohm_span_of(data, size < 65536 ? size : 65536);
    size_t n = feed(in, in.len + 1, whole, &a), m = feed(in, 3, pieces, &b);
    if (n != m || a != b || memcmp(whole, pieces, n) != 0)
        abort();
    return 0;
}
