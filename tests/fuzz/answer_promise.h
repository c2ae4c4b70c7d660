/* What every answer promises, whatever the bytes: segments in order, or a refusal with words. */
#ifndef OHM_TESTS_ANSWER_PROMISE_H
#define OHM_TESTS_ANSWER_PROMISE_H

#include <stdlib.h>

#include "fetch/answer.h"

static inline void answer_promise(ohm_source source, ohm_span bytes)
{
    ohm_tz tz;
    ohm_answer answer;
    ohm_refusal why;
    char text[OHM_SEGMENT_VALUE_MAX], reason[256];
    ohm_tz_utc(&tz);
    const ohm_answer_generic generic = { "/data", "/t", "/e~1", "/v", "EUR/kWh", 0, 1 };
    const ohm_answer_options options = { .tz = &tz, .generic = &generic };
    if (ohm_answer_read(source, bytes, &options, &answer, &why) != OHM_OK) {
        if (ohm_refusal_text(&why, reason, sizeof reason) == 0)
            abort();
        return;
    }
    bool typical = source == OHM_SOURCE_EPW || source == OHM_SOURCE_PVGIS;
    if (!typical && !ohm_segments_in_order((ohm_segments){ answer.segments, answer.count }, NULL))
        abort();
    for (size_t i = 0; i < answer.count; i++)
        if (ohm_segment_write(&answer.segments[i], answer.unit, text) == 0)
            abort();
    ohm_answer_release(&answer);
}

#endif
