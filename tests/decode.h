/* For the tests of the decoder: a stream in, what came out as one value. */
#ifndef OHM_TESTS_DECODE_H
#define OHM_TESTS_DECODE_H

#include "pushes.h"
#include "wire/dlms.h"

static ohm_dlms decoder;

/* The result of one stream: how many messages, the last one, and the last refusal. */
typedef struct outcome {
    int messages, rejections;
    const ohm_dlms_message *last;
    ohm_dlms_reject reject;
} outcome;

static inline ohm_dlms_config plain_config(void)
{
    return (ohm_dlms_config){ .profiles = push_profiles, .profiles_count = PUSH_PROFILES };
}

/* Goes on with the decoder as it is; to the end of the stream when `finish`. */
static inline outcome feed(ohm_span in, bool finish)
{
    outcome out = { 0 };
    ohm_code code;
    if (finish)
        ohm_dlms_finish(&decoder);
    do {
        ohm_dlms_reject reject;
        code = ohm_dlms_next(&decoder, &in, &out.last, &reject);
        out.messages += code == OHM_OK;
        if (code != OHM_OK && code != OHM_MORE && code != OHM_END) {
            out.rejections++;
            out.reject = reject;
        }
    } while (code != OHM_MORE && code != OHM_END);
    return out;
}

static inline outcome decode(const ohm_dlms_config *config, ohm_span in)
{
    ohm_dlms_init(&decoder, config);
    return feed(in, true);
}

static inline outcome decode_push(const ohm_dlms_config *config, push p)
{
    return decode(config, push_span(&p));
}

#endif
