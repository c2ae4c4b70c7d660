/* For fuzz_dlms: what comes out of a stream, as one number. */
#ifndef OHM_TESTS_DIGEST_H
#define OHM_TESTS_DIGEST_H

#include "../pushes.h"
#include "wire/dlms.h"

/* The cipher is none at all, so that what lies behind it is reached too. */
static inline ohm_code digest_pass(void *ctx, ohm_aead_text *message)
{
    (void)ctx;
    return message->tag[0] == 0xff ? OHM_BAD_TAG : OHM_OK;
}

static inline uint64_t digest_stream(ohm_span bytes, size_t chunk, bool keyed)
{
    static ohm_dlms d;
    static const ohm_aead none = { NULL, 16, digest_pass, digest_pass, digest_pass };
    ohm_dlms_config config = { .profiles = push_profiles, .profiles_count = 2 };
    config.aead = keyed ? &none : NULL; /* with a key, nothing is read that is not sealed */
    uint64_t digest = 0;
    ohm_dlms_init(&d, &config);
    while (true) {
        ohm_span in = ohm_span_part(bytes, 0, bytes.len < chunk ? bytes.len : chunk);
        bytes = ohm_span_part(bytes, in.len, bytes.len - in.len);
        const ohm_dlms_message *m;
        ohm_dlms_reject reject;
        ohm_code code;
        while ((code = ohm_dlms_next(&d, &in, &m, &reject)) != OHM_MORE && code != OHM_END) {
            digest = digest * 31 + (uint64_t)code;
            for (int i = 0; code == OHM_OK && i < m->count; i++)
                digest = digest * 31 + (uint64_t)m->values[i].raw + m->values[i].bytes.len;
        }
        if (code == OHM_END)
            return digest + d.counters.bytes_skipped;
        if (bytes.len == 0)
            ohm_dlms_finish(&d);
    }
}

#endif
