/* Any bytes: a frame that our encoder would write just so, or a refusal. */
#include <stdlib.h>

#include "wire/dlms_encode.h"
#include "wire/hdlc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_hdlc_frame f;
    size_t claimed;
    if (ohm_hdlc_parse(ohm_span_of(data, size), &f, &claimed) != OHM_OK)
        return 0;
    uint8_t bytes[OHM_HDLC_LENGTH_MAX + 2];
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    const ohm_hdlc_addresses to = { f.destination, f.source, f.control };
    ohm_put_hdlc(&w, &to, f.segment, f.info);
    /* A frame with an HCS but no information is read, never written. */
    bool bare = f.info.len == 0 && w.len + 2 == f.size + 1;
    if (claimed != f.size + 1 ||
        (!bare && !ohm_span_equal(ohm_writer_span(&w), ohm_span_of(data, claimed))))
        abort();
    return 0;
}
