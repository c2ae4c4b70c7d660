/* A-XDR (IEC 61334-6) as DLMS/COSEM uses it: typed items, one after the other.
 *
 * A cursor reads items; of an array or a structure it reads the header, and its elements are
 * the items that follow. Nothing recurses: a walk keeps the open counts on a short stack, so
 * depth is bounded by OHM_AXDR_DEPTH_MAX and time by the number of bytes.
 *
 * OHM_MORE means that the bytes end inside an item; in a complete frame that is damage, in a
 * stream it is a matter of waiting. */
#ifndef OHM_WIRE_AXDR_H
#define OHM_WIRE_AXDR_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_AXDR_NULL = 0,
    OHM_AXDR_ARRAY = 1,
    OHM_AXDR_STRUCTURE = 2,
    OHM_AXDR_BOOL = 3,
    OHM_AXDR_BITS = 4,
    OHM_AXDR_I32 = 5,
    OHM_AXDR_U32 = 6,
    OHM_AXDR_OCTETS = 9,
    OHM_AXDR_TEXT = 10,
    OHM_AXDR_UTF8 = 12,
    OHM_AXDR_BCD = 13,
    OHM_AXDR_I8 = 15,
    OHM_AXDR_I16 = 16,
    OHM_AXDR_U8 = 17,
    OHM_AXDR_U16 = 18,
    OHM_AXDR_COMPACT = 19,
    OHM_AXDR_I64 = 20,
    OHM_AXDR_U64 = 21,
    OHM_AXDR_ENUM = 22,
    OHM_AXDR_F32 = 23,
    OHM_AXDR_F64 = 24,
    OHM_AXDR_DATETIME = 25,
    OHM_AXDR_DATE = 26,
    OHM_AXDR_TIME = 27,

    OHM_AXDR_DEPTH_MAX = 16,
    OHM_AXDR_LENGTH_MAX = 65536,
};

typedef struct ohm_axdr {
    const uint8_t *ptr;
    size_t len;
    size_t pos;
} ohm_axdr;

typedef struct ohm_axdr_item {
    uint8_t tag;
    /* Elements of an array or a structure; bits of a bit-string; of a compact array the place
     * in `bytes` where its contents begin, behind their description and length. */
    uint32_t count;
    ohm_span bytes; /* contents, if not an array or a structure */
} ohm_axdr_item;

/* A walk over one whole value; it can go on when more bytes have come. */
typedef struct ohm_axdr_walk {
    size_t pos;
    uint32_t left[OHM_AXDR_DEPTH_MAX]; /* items still to come at each depth */
    uint8_t depth;                     /* 0: not begun */
    bool compact;                      /* a compact array was passed */
} ohm_axdr_walk;

static inline ohm_axdr ohm_axdr_over(ohm_span bytes)
{
    return (ohm_axdr){ bytes.ptr, bytes.len, 0 };
}

/* By tag: the size of the contents, or a negative number (ohm_axdr_size). */
enum {
    OHM_AXDR_TAGS = 28,
};
extern const int8_t ohm_axdr_sizes[OHM_AXDR_TAGS];

/* Every item that ohm_axdr_next does not read itself. */
OHM_MUST_CHECK ohm_code ohm_axdr_next_any(ohm_axdr *c, ohm_axdr_item *out);

/* Reads one item or header. OHM_OK, OHM_MORE, OHM_BAD_FORMAT (no such type) or OHM_TOO_BIG.
 * Cursor and *out change on OHM_OK only. Inline for what a push is made of: numbers, short
 * strings and short headers. */
OHM_MUST_CHECK static inline ohm_code ohm_axdr_next(ohm_axdr *c, ohm_axdr_item *out)
{
    size_t left = c->len - c->pos;
    const uint8_t *p = c->ptr + c->pos;
    if (left >= 2 && p[0] < OHM_AXDR_TAGS) {
        int size = ohm_axdr_sizes[p[0]];
        if (size >= 0 && (size_t)size < left) {
            *out = (ohm_axdr_item){ p[0], 0, { p + 1, (size_t)size } };
            c->pos += (size_t)size + 1;
            return OHM_OK;
        }
        bool string = p[0] == OHM_AXDR_OCTETS || p[0] == OHM_AXDR_TEXT;
        if (string && p[1] < 0x80 && p[1] <= left - 2) {
            *out = (ohm_axdr_item){ p[0], 0, { p + 2, p[1] } };
            c->pos += 2u + p[1];
            return OHM_OK;
        }
    }
    return ohm_axdr_next_any(c, out);
}

/* A BER length at the cursor: 1 to 5 bytes. */
OHM_MUST_CHECK ohm_code ohm_axdr_length(ohm_axdr *c, size_t *out);

/* Passes one whole value with all its elements. */
OHM_MUST_CHECK ohm_code ohm_axdr_skip(ohm_axdr *c);

/* The same over bytes[walk->pos..], resumable after OHM_MORE; walk starts as all zeros but
 * pos. On OHM_OK walk->pos is behind the value. */
OHM_MUST_CHECK ohm_code ohm_axdr_walk_on(ohm_axdr_walk *walk, ohm_span bytes);

/* Writes the value out with its compact arrays (0x13) as ordinary arrays. OHM_TOO_BIG if that
 * takes more than `cap` bytes. *len is written on success only. */
OHM_MUST_CHECK ohm_code ohm_axdr_expand(ohm_span value, uint8_t *out, size_t cap, size_t *len);

/* Bytes of an item of that type: its contents' fixed size, -1 if it has a length of its own,
 * -2 if there is no such type. Arrays, structures and compact arrays are -1. */
int ohm_axdr_size(uint8_t tag);

/* An integer of any width, BOOL or ENUM. False if the item is something else; *big is set for
 * a value above INT64_MAX, whose 64 bits *out then holds. */
bool ohm_axdr_integer(const ohm_axdr_item *item, int64_t *out, bool *big);

/* A float32 or float64; false if the item is something else. */
bool ohm_axdr_float(const ohm_axdr_item *item, double *out);

#endif
