#include "wire/crc16.h"

/* Sixteen bytes a step: table k holds the CRC of a byte followed by k zero bytes. A CRC is
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
#define T8(i)       MIX(i, 0x4dfd, 0x9bfa, 0x3fe5, 0x7fca, 0xff94, 0xf739, 0xe663, 0xc4d7)
#define T9(i)       MIX(i, 0x2c27, 0x584e, 0xb09c, 0x6929, 0xd252, 0xacb5, 0x517b, 0xa2f6)
#define T10(i)      MIX(i, 0x5591, 0xab22, 0x5e55, 0xbcaa, 0x7145, 0xe28a, 0xcd05, 0x921b)
#define T11(i)      MIX(i, 0x8555, 0x02bb, 0x0576, 0x0aec, 0x15d8, 0x2bb0, 0x5760, 0xaec0)
#define T12(i)      MIX(i, 0x05ad, 0x0b5a, 0x16b4, 0x2d68, 0x5ad0, 0xb5a0, 0x6351, 0xc6a2)
#define T13(i)      MIX(i, 0x7eea, 0xfdd4, 0xf3b9, 0xef63, 0xd6d7, 0xa5bf, 0x436f, 0x86de)
#define T14(i)      MIX(i, 0x482a, 0x9054, 0x28b9, 0x5172, 0xa2e4, 0x4dd9, 0x9bb2, 0x3f75)
#define T15(i)      MIX(i, 0x8e10, 0x1431, 0x2862, 0x50c4, 0xa188, 0x4b01, 0x9602, 0x2415)
#define ROW4(T, i)  T(i), T((i) + 1), T((i) + 2), T((i) + 3)
#define ROW16(T, i) ROW4(T, i), ROW4(T, (i) + 4), ROW4(T, (i) + 8), ROW4(T, (i) + 12)
#define ROW64(T, i) ROW16(T, i), ROW16(T, (i) + 16), ROW16(T, (i) + 32), ROW16(T, (i) + 48)
#define TABLE(T)                                                                                   \
    {                                                                                              \
        ROW64(T, 0), ROW64(T, 64), ROW64(T, 128), ROW64(T, 192)                                    \
    }

static const uint16_t table[16][256] = {
    TABLE(T0), TABLE(T1), TABLE(T2),  TABLE(T3),  TABLE(T4),  TABLE(T5),  TABLE(T6),  TABLE(T7),
    TABLE(T8), TABLE(T9), TABLE(T10), TABLE(T11), TABLE(T12), TABLE(T13), TABLE(T14), TABLE(T15),
};

/* The part of four bytes that stand `k` to `k` - 3 places before the end of a step. */
static inline unsigned part(const uint8_t *p, int k)
{
    return (unsigned)(table[k][p[0]] ^ table[k - 1][p[1]] ^ table[k - 2][p[2]] ^
                      table[k - 3][p[3]]);
}

uint16_t ohm_crc16_update(uint16_t running, const uint8_t *p, size_t len)
{
    for (; len >= 16; p += 16, len -= 16) {
        unsigned head =
            (unsigned)(table[15][p[0] ^ (running & 0xff)] ^ table[14][p[1] ^ (running >> 8)] ^
                       table[13][p[2]] ^ table[12][p[3]]);
        running = (uint16_t)(head ^ part(p + 4, 11) ^ part(p + 8, 7) ^ part(p + 12, 3));
    }
    for (; len > 0; p++, len--)
        running = (uint16_t)(running >> 8 ^ table[0][(running ^ *p) & 0xff]);
    return running;
}
