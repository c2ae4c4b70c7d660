/* For fuzz_p1: what comes out of a stream, as one number. */
#ifndef OHM_TESTS_DIGEST_P1_H
#define OHM_TESTS_DIGEST_P1_H

#include "wire/p1.h"

/* The cipher is none at all, so that what lies behind it is reached too. */
static inline ohm_code digest_pass(void *ctx, ohm_aead_text *message)
{
    (void)ctx;
    return message->tag[0] == 0xff ? OHM_BAD_TAG : OHM_OK;
}

static inline uint64_t digest_readout(const ohm_readout *r)
{
    uint64_t digest = 0;
    for (int i = 0; i < r->count; i++)
        digest = digest * 31 + (uint64_t)r->sets[i].raw + r->sets[i].quantity + r->sets[i].count;
    for (int i = 0; i < r->values_count; i++)
        digest = digest * 31 + r->values[i].len;
    return digest;
}

static inline uint64_t digest_stream(ohm_span bytes, size_t chunk, bool keyed)
{
    static ohm_p1 p;
    static const ohm_aead none = { NULL, 16, digest_pass, digest_pass, digest_pass };
    const ohm_p1_config config = { .aead = keyed ? &none : NULL };
    uint64_t digest = 0;
    const ohm_p1_message *m;
    ohm_p1_reject reject;
    ohm_p1_init(&p, &config);
    for (ohm_code code = OHM_MORE; code != OHM_END;) {
        ohm_span in = ohm_span_part(bytes, 0, bytes.len < chunk ? bytes.len : chunk);
        bytes = ohm_span_part(bytes, in.len, bytes.len - in.len);
        while ((code = ohm_p1_next(&p, &in, &m, &reject)) != OHM_MORE && code != OHM_END)
            digest = digest * 31 + (code == OHM_OK ? digest_readout(&m->readout) : (uint64_t)code);
        if (bytes.len == 0)
            ohm_p1_finish(&p);
    }
    return digest * 31 + p.counters.bytes_skipped;
}

#endif
