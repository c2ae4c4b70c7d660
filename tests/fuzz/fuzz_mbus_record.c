/* Any bytes as the data of a telegram: what the checksum would keep from a fuzzer of streams. */
#include <stdlib.h>

#include "meter/mbus_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t cis[] = { 0x72, 0x78, 0x7a, 0x76, 0x73, 0x70 };
    static ohm_mbus_message message;
    static char text[1 << 18];
    const ohm_meter_clock clock = { .last_ms = OHM_NO_MS };
    ohm_mbus_reject reject;
    ohm_json json;
    size_t len = 0;
    if (size < 1 || size > OHM_MBUS_DATA_MAX)
        return 0;
    ohm_span records = { data + 1, size - 1 };
    uint8_t ci = cis[data[0] % sizeof cis];
    if (ohm_mbus_parse(0x08, 1, ci, records, &message, &reject) != OHM_OK)
        return 0;
    ohm_json_init(&json, text, sizeof text);
    ohm_mbus_json(&json, &message, &clock);
    if (ohm_json_finish(&json, &len) != OHM_OK)
        abort();
    return 0;
}
