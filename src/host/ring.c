#include "host/ring.h"

void ohm_ring_init(ohm_ring *ring, uint8_t *bytes, size_t capacity)
{
    assert(capacity > OHM_RING_LENGTH_BYTES);
    *ring = (ohm_ring){ .bytes = bytes, .capacity = capacity };
}

/* Both copy around the end of the memory. */
static void copy_in(ohm_ring *ring, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    size_t at = (size_t)(ring->tail % ring->capacity);
    size_t first = ring->capacity - at < len ? ring->capacity - at : len;
    memcpy(ring->bytes + at, bytes, first);
    if (len > first)
        memcpy(ring->bytes, (const uint8_t *)bytes + first, len - first);
    ring->tail += len;
}

static void copy_out(const ohm_ring *ring, uint64_t from, void *out, size_t len)
{
    if (len == 0)
        return;
    size_t at = (size_t)(from % ring->capacity);
    size_t first = ring->capacity - at < len ? ring->capacity - at : len;
    memcpy(out, ring->bytes + at, first);
    if (len > first)
        memcpy((uint8_t *)out + first, ring->bytes, len - first);
}

ohm_code ohm_ring_push(ohm_ring *ring, ohm_span head, ohm_span body)
{
    size_t room = ring->capacity - OHM_RING_LENGTH_BYTES;
    if (head.len > room || body.len > room - head.len || head.len + body.len > UINT32_MAX)
        return OHM_TOO_BIG;
    uint32_t len = (uint32_t)(head.len + body.len);
    if (OHM_RING_LENGTH_BYTES + (size_t)len > ring->capacity - ohm_ring_used(ring))
        return OHM_BUSY;
    copy_in(ring, &len, sizeof len);
    copy_in(ring, head.ptr, head.len);
    copy_in(ring, body.ptr, body.len);
    return OHM_OK;
}

ohm_code ohm_ring_peek(const ohm_ring *ring, uint64_t *cursor, void *out, size_t cap,
                       size_t *ret_len)
{
    uint32_t len;
    copy_out(ring, *cursor, &len, sizeof len);
    *ret_len = len;
    if (len > cap)
        return OHM_TOO_BIG;
    copy_out(ring, *cursor + OHM_RING_LENGTH_BYTES, out, len);
    *cursor += OHM_RING_LENGTH_BYTES + (uint64_t)len;
    return OHM_OK;
}

void ohm_ring_discard(ohm_ring *ring, uint64_t cursor)
{
    assert(cursor >= ring->head);
    assert(cursor <= ring->tail);
    ring->head = cursor;
}
