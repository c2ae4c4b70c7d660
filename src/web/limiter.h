/* How often something may be tried: a bucket per key, in a table of fixed size.
 *
 * A bucket holds `burst` tries and gets one back every `every_ms`. Keys are hashed with a secret
 * of the process, so nobody can choose keys that share a row. When the table is full, the bucket
 * that is closest to being full again makes room: it limits least. */
#ifndef OHM_WEB_LIMITER_H
#define OHM_WEB_LIMITER_H

#include "base/span.h"
#include "base/time.h"

enum { OHM_LIMITER_ROWS = 256, OHM_LIMITER_KEY_BYTES = 16 };

typedef struct ohm_limiter {
    uint8_t secret[OHM_LIMITER_KEY_BYTES];
    struct {
        uint64_t key;        /* 0 = free */
        ohm_mono_ms full_at; /* when the bucket will be full again */
    } rows[OHM_LIMITER_ROWS];
} ohm_limiter;

typedef struct ohm_limit {
    int64_t every_ms;
    int burst;
} ohm_limit;

void ohm_limiter_init(ohm_limiter *limiter);

/* The hash of a key, of this process only. */
uint64_t ohm_limiter_hash(const ohm_limiter *limiter, const char *kind, ohm_span key);

/* How long until one more try is allowed: 0 = now. Takes nothing. */
int64_t ohm_limiter_wait_ms(const ohm_limiter *limiter, const char *kind, ohm_span key,
                            ohm_limit limit, ohm_mono_ms now);
/* Takes one try, allowed or not: one that comes too early makes the wait no longer. */
void ohm_limiter_take(ohm_limiter *limiter, const char *kind, ohm_span key, ohm_limit limit,
                      ohm_mono_ms now);
/* The bucket is full again. */
void ohm_limiter_forgive(ohm_limiter *limiter, const char *kind, ohm_span key);

#endif
