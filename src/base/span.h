/* Borrowed bytes. A span never owns what it points to; whoever made it says how long the
 * bytes live. An empty span has len 0 and may have a NULL pointer. */
#ifndef OHM_BASE_SPAN_H
#define OHM_BASE_SPAN_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct ohm_span {
    const uint8_t *ptr;
    size_t len;
} ohm_span;

static inline ohm_span ohm_span_of(const void *ptr, size_t len)
{
    return (ohm_span){ (const uint8_t *)ptr, len };
}

/* The bytes of a C string, without its terminator. */
static inline ohm_span ohm_span_text(const char *text)
{
    return (ohm_span){ (const uint8_t *)text, strlen(text) };
}

/* The `len` bytes from `from` on; both must lie inside `s`. */
static inline ohm_span ohm_span_part(ohm_span s, size_t from, size_t len)
{
    assert(from <= s.len);
    assert(len <= s.len - from);
    return (ohm_span){ s.len ? s.ptr + from : s.ptr, len };
}

static inline bool ohm_span_equal(ohm_span a, ohm_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool ohm_span_is(ohm_span a, const char *text)
{
    return ohm_span_equal(a, ohm_span_text(text));
}

/* Reading integers; the caller has checked that the bytes are there. */
static inline uint16_t ohm_be16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t ohm_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t ohm_be64(const uint8_t *p)
{
    return (uint64_t)ohm_be32(p) << 32 | ohm_be32(p + 4);
}

static inline uint16_t ohm_le16(const uint8_t *p)
{
    return (uint16_t)((unsigned)p[1] << 8 | p[0]);
}

static inline void ohm_put_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void ohm_put_be32(uint8_t *p, uint32_t v)
{
    ohm_put_be16(p, (uint16_t)(v >> 16));
    ohm_put_be16(p + 2, (uint16_t)v);
}

static inline void ohm_put_be64(uint8_t *p, uint64_t v)
{
    ohm_put_be32(p, (uint32_t)(v >> 32));
    ohm_put_be32(p + 4, (uint32_t)v);
}

#endif
