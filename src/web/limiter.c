#include "web/limiter.h"

#include <sodium.h>

#include "host/random.h"

enum { KEY_TEXT_MAX = 160 };

_Static_assert(OHM_LIMITER_KEY_BYTES == crypto_shorthash_KEYBYTES, "the hash's own key");

void ohm_limiter_init(ohm_limiter *limiter)
{
    *limiter = (ohm_limiter){ .secret = { 0 } };
    ohm_random(limiter->secret, sizeof limiter->secret);
}

/* Keys longer than the buffer share a row with those that begin alike: a stricter limit. */
uint64_t ohm_limiter_hash(const ohm_limiter *limiter, const char *kind, ohm_span key)
{
    uint8_t text[KEY_TEXT_MAX];
    size_t kind_len = strlen(kind) + 1; /* its NUL parts it from the key */
    size_t room = sizeof text - kind_len, len = key.len < room ? key.len : room;
    memcpy(text, kind, kind_len);
    if (len)
        memcpy(text + kind_len, key.ptr, len);
    uint64_t out;
    (void)crypto_shorthash((uint8_t *)&out, text, kind_len + len, limiter->secret);
    return out ? out : 1;
}

int64_t ohm_limiter_wait_ms(const ohm_limiter *limiter, const char *kind, ohm_span key,
                            ohm_limit limit, ohm_mono_ms now)
{
    uint64_t wanted = ohm_limiter_hash(limiter, kind, key);
    for (int i = 0; i < OHM_LIMITER_ROWS; i++) {
        if (limiter->rows[i].key != wanted)
            continue;
        int64_t lack_ms = ohm_mono_since(limiter->rows[i].full_at, now);
        int64_t wait_ms = lack_ms - (limit.burst - 1) * limit.every_ms;
        return wait_ms > 0 ? wait_ms : 0;
    }
    return 0;
}

/* The row of the key, or the one that limits least. */
static int find_row(const ohm_limiter *limiter, uint64_t wanted)
{
    int best = 0;
    for (int i = 0; i < OHM_LIMITER_ROWS; i++) {
        if (limiter->rows[i].key == wanted)
            return i;
        if (limiter->rows[i].full_at.v < limiter->rows[best].full_at.v)
            best = i;
    }
    return best;
}

void ohm_limiter_take(ohm_limiter *limiter, const char *kind, ohm_span key, ohm_limit limit,
                      ohm_mono_ms now)
{
    uint64_t wanted = ohm_limiter_hash(limiter, kind, key);
    int row = find_row(limiter, wanted);
    bool known = limiter->rows[row].key == wanted;
    ohm_mono_ms from = known ? limiter->rows[row].full_at : now;
    if (from.v < now.v)
        from = now;
    if (ohm_mono_since(from, now) >= limit.burst * limit.every_ms)
        return;
    limiter->rows[row].key = wanted;
    limiter->rows[row].full_at = ohm_mono_after(from, limit.every_ms);
}

void ohm_limiter_forgive(ohm_limiter *limiter, const char *kind, ohm_span key)
{
    uint64_t wanted = ohm_limiter_hash(limiter, kind, key);
    for (int i = 0; i < OHM_LIMITER_ROWS; i++)
        if (limiter->rows[i].key == wanted) {
            limiter->rows[i].key = 0;
            limiter->rows[i].full_at = (ohm_mono_ms){ 0 };
        }
}
