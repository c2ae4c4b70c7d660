#include "wire/crc16_arc.h"

/* A byte a step. A CRC is linear: an entry is the sum of the entries of its bits, which are the
 * eight constants here; the unit test holds them against the bitwise definition. */
#define BIT(i, n, c) (((i) >> (n)&1) * (c))
#define T(i)                                                                                       \
    (BIT(i, 0, 0xc0c1) ^ BIT(i, 1, 0xc181) ^ BIT(i, 2, 0xc301) ^ BIT(i, 3, 0xc601) ^               \
     BIT(i, 4, 0xcc01) ^ BIT(i, 5, 0xd801) ^ BIT(i, 6, 0xf001) ^ BIT(i, 7, 0xa001))
#define ROW4(i)  T(i), T((i) + 1), T((i) + 2), T((i) + 3)
#define ROW16(i) ROW4(i), ROW4((i) + 4), ROW4((i) + 8), ROW4((i) + 12)
#define ROW64(i) ROW16(i), ROW16((i) + 16), ROW16((i) + 32), ROW16((i) + 48)

static const uint16_t table[256] = { ROW64(0), ROW64(64), ROW64(128), ROW64(192) };

uint16_t ohm_crc16_arc_update(uint16_t running, const uint8_t *ptr, size_t len)
{
    for (size_t i = 0; i < len; i++)
        running = (uint16_t)(running >> 8 ^ table[(running ^ ptr[i]) & 0xff]);
    return running;
}
