/* Any bytes in any pieces (of the size of the first byte) through every protocol at once. */
#include "meter/decoder.h"

static void feed(ohm_decoder *d, ohm_span in)
{
    static char text[OHM_PROTOCOL_JSON_MAX];
    ohm_meter_clock clock = { .last_ms = OHM_NO_MS };
    const void *message = NULL;
    ohm_protocol_reject reject;
    ohm_code code;
    while ((code = ohm_decoder_next(d, &in, &message, &reject)) != OHM_MORE && code != OHM_END) {
        ohm_json json;
        size_t len = 0;
        ohm_json_init(&json, text, sizeof text);
        if (code == OHM_OK)
            ohm_decoder_protocol(d)->json(&json, message, &clock);
        assert(code != OHM_OK || ohm_json_finish(&json, &len) == OHM_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ohm_protocol_config config = { .line = size > 1 && data[1] % 2 };
    ohm_decoder *d = NULL;
    assert(!ohm_failed(ohm_decoder_open("auto", &config, &d)));
    for (size_t at = 1, n = size ? data[0] + 1u : 1; at < size; at += n)
        feed(d, ohm_span_of(data + at, size - at < n ? size - at : n)), ohm_decoder_quiet(d);
    ohm_decoder_finish(d), feed(d, ohm_span_of(NULL, 0)), ohm_decoder_free(d);
    return 0;
}
