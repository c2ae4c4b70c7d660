#include "base/squeeze.h"

enum {
    COPY = 0x80,
    COPY_MIN = 4, /* a shorter one is no gain */
    COPY_MAX = 0x7f + COPY_MIN,
    PLAIN_MAX = 0x80,
    BACK_MAX = 0xffff,
    PLACES_BITS = 10,
    PLACES = 1 << PLACES_BITS,
};

/* Where four bytes like these were seen last. */
static unsigned slot_of(const uint8_t *p)
{
    uint32_t four =
        (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    return four * 2654435761u >> (32 - PLACES_BITS); /* Knuth's multiplicative hash */
}

static size_t put_plain(const uint8_t *p, size_t len, uint8_t *out, size_t at)
{
    while (len > 0) {
        size_t n = len < PLAIN_MAX ? len : PLAIN_MAX;
        out[at++] = (uint8_t)(n - 1);
        memcpy(out + at, p, n);
        at += n;
        p += n;
        len -= n;
    }
    return at;
}

/* How many bytes at `a` are the same as at `b`, before `end`. */
static size_t alike(const uint8_t *a, const uint8_t *b, const uint8_t *end)
{
    size_t n = 0;
    while (n < COPY_MAX && b + n < end && a[n] == b[n])
        n++;
    return n;
}

size_t ohm_squeeze(ohm_span text, uint8_t *out, size_t cap)
{
    uint32_t seen[PLACES] = { 0 }; /* the place plus one */
    size_t at = 0, plain = 0, i = 0;
    assert(cap >= OHM_SQUEEZE_MAX(text.len) && text.len < UINT32_MAX);
    while (text.len - i >= COPY_MIN) {
        unsigned slot = slot_of(text.ptr + i);
        size_t before = seen[slot];
        seen[slot] = (uint32_t)i + 1;
        bool near = before > 0 && i - (before - 1) <= BACK_MAX;
        size_t same = near ? alike(text.ptr + before - 1, text.ptr + i, text.ptr + text.len) : 0;
        if (same < COPY_MIN) {
            i++;
            continue;
        }
        size_t back = i - (before - 1);
        at = put_plain(text.ptr + plain, i - plain, out, at);
        out[at++] = (uint8_t)(COPY + same - COPY_MIN);
        out[at++] = (uint8_t)back;
        out[at++] = (uint8_t)(back >> 8);
        i += same;
        plain = i;
    }
    return put_plain(text.ptr + plain, text.len - plain, out, at);
}

/* One step of `in` at *at; *len bytes of `out` are written. */
static ohm_code step(ohm_span in, size_t *at, uint8_t *out, size_t cap, size_t *len)
{
    uint8_t head = in.ptr[*at];
    size_t left = in.len - *at - 1, n = head < COPY ? head + 1u : head - COPY + (size_t)COPY_MIN;
    const uint8_t *next = in.ptr + *at + 1;
    if (left < (head < COPY ? n : 2))
        return OHM_BAD_FORMAT;
    if (n > cap - *len)
        return OHM_TOO_BIG;
    if (head < COPY) {
        memcpy(out + *len, next, n);
        *at += 1 + n;
        *len += n;
        return OHM_OK;
    }
    size_t back = next[0] | (size_t)next[1] << 8;
    if (back == 0 || back > *len)
        return OHM_BAD_FORMAT;
    for (size_t i = 0; i < n; i++) /* byte by byte: it may repeat what it writes */
        out[*len + i] = out[*len + i - back];
    *at += 3;
    *len += n;
    return OHM_OK;
}

ohm_code ohm_unsqueeze(ohm_span in, uint8_t *out, size_t cap, size_t *ret_len)
{
    size_t len = 0;
    for (size_t at = 0; at < in.len;) {
        ohm_code code = step(in, &at, out, cap, &len);
        if (code != OHM_OK)
            return code;
    }
    *ret_len = len;
    return OHM_OK;
}
