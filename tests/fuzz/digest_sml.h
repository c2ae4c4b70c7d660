/* For fuzz_sml: what comes out of a stream, as one number. */
#ifndef OHM_TESTS_DIGEST_SML_H
#define OHM_TESTS_DIGEST_SML_H

#include "wire/sml.h"

static inline uint64_t digest_stream(ohm_span bytes, size_t chunk)
{
    static ohm_sml s;
    uint64_t digest = 0;
    const ohm_sml_message *m;
    ohm_sml_reject reject;
    ohm_sml_init(&s);
    for (ohm_code code = OHM_MORE; code != OHM_END;) {
        ohm_span in = ohm_span_part(bytes, 0, bytes.len < chunk ? bytes.len : chunk);
        bytes = ohm_span_part(bytes, in.len, bytes.len - in.len);
        while ((code = ohm_sml_next(&s, &in, &m, &reject)) != OHM_MORE && code != OHM_END) {
            digest = digest * 31 + (uint64_t)code;
            for (int i = 0; code == OHM_OK && i < m->count; i++)
                digest = digest * 31 + (uint64_t)m->values[i].raw + m->values[i].bytes.len;
        }
        if (bytes.len == 0)
            ohm_sml_finish(&s);
    }
    return digest * 31 + s.counters.bytes_skipped;
}

#endif
