/* For fuzz_text_json: everything that a row of the table says of what comes out of a stream. */
#ifndef OHM_TESTS_TEXT_ROWS_H
#define OHM_TESTS_TEXT_ROWS_H

#include <stdlib.h>

#include "meter/protocol.h"

static inline bool text_message_says(const ohm_protocol *row, const void *message)
{
    static char text[OHM_PROTOCOL_JSON_MAX], line[256];
    static ohm_frame frame;
    const ohm_meter_clock clock = { .last_ms = OHM_NO_MS };
    ohm_protocol_sender sender;
    ohm_protocol_item item;
    ohm_json json;
    size_t len = 0;
    ohm_json_init(&json, text, sizeof text);
    row->json(&json, message, &clock);
    if (ohm_json_finish(&json, &len) != OHM_OK || len == 0)
        return false;
    row->sender(message, &sender);
    row->heading(message, row->time_of(message, &clock, 0), line, sizeof line);
    row->readings(message, 0, 0, &frame);
    bool more = true;
    for (size_t i = 0; more; i++) {
        ohm_json_init(&json, text, sizeof text);
        more = row->item(message, i, &clock, &json, &item);
        if (more && ohm_json_finish(&json, &len) != OHM_OK)
            return false;
    }
    return frame.count <= OHM_FRAME_VALUES_MAX && (frame.count == 0 || row->wanted(message));
}

static inline bool text_row_says(const ohm_protocol *row, ohm_span in)
{
    const ohm_protocol_config config = { .line = true };
    bool good = true;
    void *state = calloc(1, row->state_size);
    if (!state || ohm_failed(row->init(state, &config)))
        exit(EXIT_FAILURE);
    for (int ended = 0; ended < 2; ended++) {
        const void *message = NULL;
        ohm_protocol_reject reject;
        ohm_code code;
        while ((code = row->next(state, &in, &message, &reject)) != OHM_MORE && code != OHM_END)
            good = good && (code != OHM_OK || text_message_says(row, message));
        row->finish(state);
    }
    free(state);
    return good;
}

#endif
