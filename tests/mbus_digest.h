/* What comes out of a stream of M-Bus bytes, as one number: every message as JSON, every
 * refusal, and the counters. */
#ifndef OHM_TESTS_MBUS_DIGEST_H
#define OHM_TESTS_MBUS_DIGEST_H

#include <stdlib.h>

#include "meter/protocol.h"

static inline uint64_t mbus_digest(ohm_span bytes, size_t chunk)
{
    static char text[OHM_PROTOCOL_JSON_MAX];
    const ohm_protocol *p = ohm_protocol_find("mbus");
    const ohm_meter_clock clock = { .last_ms = OHM_NO_MS };
    const ohm_protocol_config config = { .line = true };
    ohm_meter_counters counters = { 0 };
    uint64_t digest = 0;
    void *state = calloc(1, p->state_size);
    if (!state || p->init(state, &config).code != OHM_OK)
        abort();
    for (ohm_code code = OHM_MORE; code != OHM_END;) {
        ohm_span in = ohm_span_part(bytes, 0, bytes.len < chunk ? bytes.len : chunk);
        bytes = ohm_span_part(bytes, in.len, bytes.len - in.len);
        if (in.len == 0)
            p->finish(state);
        const void *message = NULL;
        ohm_protocol_reject reject;
        while ((code = p->next(state, &in, &message, &reject)) != OHM_MORE && code != OHM_END) {
            ohm_json json;
            size_t len = 0;
            digest = digest * 31 + (uint64_t)code;
            if (code != OHM_OK) {
                digest = digest * 31 + reject.offset;
                continue;
            }
            ohm_json_init(&json, text, sizeof text);
            p->json(&json, message, &clock);
            if (ohm_json_finish(&json, &len) != OHM_OK)
                abort();
            for (size_t i = 0; i < len; i++)
                digest = digest * 31 + (uint8_t)text[i];
            ohm_frame frame;
            p->readings(message, 0, 0, &frame);
            digest = digest * 31 + frame.count;
        }
    }
    p->count(state, &counters);
    free(state);
    return digest * 31 + counters.bytes_skipped + counters.messages;
}

#endif
