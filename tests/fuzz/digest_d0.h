/* For fuzz_d0: what comes out of a stream, as one number. */
#ifndef OHM_TESTS_DIGEST_D0_H
#define OHM_TESTS_DIGEST_D0_H

#include "wire/d0.h"

static inline uint64_t digest_readout(const ohm_readout *r)
{
    uint64_t digest = 0;
    ohm_d0_profile profile;
    for (int i = 0; i < r->count; i++) {
        digest = digest * 31 + (uint64_t)r->sets[i].raw + r->sets[i].quantity + r->sets[i].count;
        if (ohm_d0_profile_parse(r, &r->sets[i], &profile) == OHM_OK)
            digest = digest * 31 + profile.rows;
    }
    for (int i = 0; i < r->values_count; i++)
        digest = digest * 31 + r->values[i].len;
    return digest;
}

static inline uint64_t digest_stream(ohm_span bytes, size_t chunk, const ohm_d0_config *config)
{
    static ohm_d0 d;
    uint64_t digest = 0;
    const ohm_d0_message *m;
    ohm_d0_reject reject;
    ohm_d0_init(&d, config);
    for (ohm_code code = OHM_MORE; code != OHM_END;) {
        ohm_span in = ohm_span_part(bytes, 0, bytes.len < chunk ? bytes.len : chunk);
        bytes = ohm_span_part(bytes, in.len, bytes.len - in.len);
        while ((code = ohm_d0_next(&d, &in, &m, &reject)) != OHM_MORE && code != OHM_END)
            digest = digest * 31 + (code == OHM_OK ? digest_readout(&m->readout) : (uint64_t)code);
        if (bytes.len == 0)
            ohm_d0_finish(&d);
    }
    return digest * 31 + d.counters.bytes_skipped;
}

#endif
