/* Any bytes through the decoder: whatever it makes of them can be printed and read. */
#include "meter/message_json.h"
#include "meter/readings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_dlms dlms;
    static char text[OHM_MESSAGE_JSON_MAX];
    static ohm_frame frame;
    ohm_meter_clock clock = { NULL, false, OHM_NO_MS, NULL };
    ohm_dlms_config config = { .framings = OHM_DLMS_ANY };
    ohm_span in = ohm_span_of(data, size);
    ohm_dlms_init(&dlms, &config);
    for (int ended = 0; ended < 2; ended++) {
        const ohm_dlms_message *m = NULL;
        ohm_dlms_reject reject;
        ohm_code code;
        while ((code = ohm_dlms_next(&dlms, &in, &m, &reject)) != OHM_MORE && code != OHM_END) {
            ohm_json json;
            size_t len = 0;
            ohm_json_init(&json, text, sizeof text);
            if (code == OHM_OK)
                ohm_message_json(&json, m, &clock), ohm_readings_of(m, 0, 0, &frame);
            assert(code != OHM_OK || ohm_json_finish(&json, &len) == OHM_OK);
        }
        ohm_dlms_finish(&dlms);
    }
    return 0;
}
