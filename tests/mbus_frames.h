/* M-Bus frames for tests: records in hex become whole telegrams. */
#ifndef OHM_TESTS_MBUS_FRAMES_H
#define OHM_TESTS_MBUS_FRAMES_H

#include <assert.h>
#include <string.h>

#include "wire/mbus.h"

typedef struct mbus_bytes {
    uint8_t bytes[OHM_MBUS_LONG_MAX];
    size_t len;
} mbus_bytes;

static inline int mbus_nibble(char c)
{
    return c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0';
}

/* "0C 78" with or without spaces. */
static inline mbus_bytes mbus_hex(const char *hex)
{
    mbus_bytes out = { .len = 0 };
    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        assert(out.len < sizeof out.bytes);
        out.bytes[out.len++] = (uint8_t)(mbus_nibble(hex[0]) << 4 | mbus_nibble(hex[1]));
        hex++;
    }
    return out;
}

static inline mbus_bytes mbus_frame(uint8_t control, uint8_t address, uint8_t ci, const char *hex)
{
    mbus_bytes data = mbus_hex(hex), out;
    out.len = ohm_mbus_put_long(control, address, ci, ohm_span_of(data.bytes, data.len), out.bytes);
    return out;
}

static inline ohm_span mbus_span(const mbus_bytes *b)
{
    return ohm_span_of(b->bytes, b->len);
}

#endif
