#include "wire/crc16.h"

/* Eight bytes a step: table k holds the CRC of a byte followed by k zero bytes. A CRC is
 * linear, so an entry is the sum of the entries of its bits, and the eight constants of a
 * table are all there is to it; the unit test holds them against the bitwise definition. */
#define BIT(i, n, c) (((i) >> (n)&1) * (c))
#define MIX(i, a, b, c, d, e, f, g, h)                                                             \
    (BIT(i, 0, a) ^ BIT(i, 1, b) ^ BIT(i, 2, c) ^ BIT(i, 3, d) ^ BIT(i, 4, e) ^ BIT(i, 5, f) ^     \
     BIT(i, 6, g) ^ BIT(i, 7, h))
#define T0(i)       MIX(i, 0x1189, 0x2312, 0x4624, 0x8c48, 0x1081, 0x2102, 0x4204, 0x8408)
#define T1(i)       MIX(i, 0x19d8, 0x33b0, 0x6760, 0xcec0, 0x9591, 0x2333, 0x4666, 0x8ccc)
#define T2(i)       MIX(i, 0x5adc, 0xb5b8, 0x6361, 0xc6c2, 0x8595, 0x033b, 0x0676, 0x0cec)
#define T3(i)       MIX(i, 0x1cbb, 0x3976, 0x72ec, 0xe5d8, 0xc3a1, 0x8f53, 0x16b7, 0x2d6e)
#define T4(i)       MIX(i, 0x0b44, 0x1688, 0x2d10, 0x5a20, 0xb440, 0x6091, 0xc122, 0x8a55)
#define T5(i)       MIX(i, 0x042b, 0x0856, 0x10ac, 0x2158, 0x42b0, 0x8560, 0x02d1, 0x05a2)
#define T6(i)       MIX(i, 0x9fd5, 0x37bb, 0x6f76, 0xdeec, 0xb5c9, 0x6383, 0xc706, 0x861d)
#define T7(i)       MIX(i, 0x81bf, 0x0b6f, 0x16de, 0x2dbc, 0x5b78, 0xb6f0, 0x65f1, 0xcbe2)
#define ROW4(T, i)  T(i), T((i) + 1), T((i) + 2), T((i) + 3)
#define ROW16(T, i) ROW4(T, i), ROW4(T, (i) + 4), ROW4(T, (i) + 8), ROW4(T, (i) + 12)
#define ROW64(T, i) ROW16(T, i), ROW16(T, (i) + 16), ROW16(T, (i) + 32), ROW16(T, (i) + 48)
#define TABLE(T)                                                                                   \
    {                                                                                              \
        ROW64(T, 0), ROW64(T, 64), ROW64(T, 128), ROW64(T, 192)                                    \
    }

static const uint16_t table[8][256] = {
    TABLE(T0), TABLE(T1), TABLE(T2), TABLE(T3), TABLE(T4), TABLE(T5), TABLE(T6), TABLE(T7),
};

uint16_t ohm_crc16_update(uint16_t running, const uint8_t *p, size_t len)
{
    for (; len >= 8; p += 8, len -= 8)
        running = (uint16_t)(table[7][p[0] ^ (running & 0xff)] ^ table[6][p[1] ^ (running >> 8)] ^
                             table[5][p[2]] ^ table[4][p[3]] ^ table[3][p[4]] ^ table[2][p[5]] ^
                             table[1][p[6]] ^ table[0][p[7]]);
    for (; len > 0; p++, len--)
        running = (uint16_t)(running >> 8 ^ table[0][(running ^ *p) & 0xff]);
    return running;
}
