#include "wire/axdr.h"

enum {
    SIZED = -1, /* a BER length follows the tag */
    NO_TYPE = -2,
};

const int8_t ohm_axdr_sizes[OHM_AXDR_TAGS] = {
    [OHM_AXDR_NULL] = 0,
    [OHM_AXDR_ARRAY] = SIZED,
    [OHM_AXDR_STRUCTURE] = SIZED,
    [OHM_AXDR_BOOL] = 1,
    [OHM_AXDR_BITS] = SIZED,
    [OHM_AXDR_I32] = 4,
    [OHM_AXDR_U32] = 4,
    [7] = NO_TYPE,
    [8] = NO_TYPE,
    [OHM_AXDR_OCTETS] = SIZED,
    [OHM_AXDR_TEXT] = SIZED,
    [11] = NO_TYPE,
    [OHM_AXDR_UTF8] = SIZED,
    [OHM_AXDR_BCD] = 1,
    [14] = NO_TYPE,
    [OHM_AXDR_I8] = 1,
    [OHM_AXDR_I16] = 2,
    [OHM_AXDR_U8] = 1,
    [OHM_AXDR_U16] = 2,
    [OHM_AXDR_COMPACT] = SIZED,
    [OHM_AXDR_I64] = 8,
    [OHM_AXDR_U64] = 8,
    [OHM_AXDR_ENUM] = 1,
    [OHM_AXDR_F32] = 4,
    [OHM_AXDR_F64] = 8,
    [OHM_AXDR_DATETIME] = 12,
    [OHM_AXDR_DATE] = 5,
    [OHM_AXDR_TIME] = 4,
};

int ohm_axdr_size(uint8_t tag)
{
    return tag < OHM_AXDR_TAGS ? ohm_axdr_sizes[tag] : NO_TYPE;
}

ohm_code ohm_axdr_length(ohm_axdr *c, size_t *out)
{
    if (c->pos >= c->len)
        return OHM_MORE;
    uint8_t first = c->ptr[c->pos];
    if (first < 0x80) {
        *out = first;
        c->pos++;
        return OHM_OK;
    }
    size_t n = first & 0x7f;
    if (n == 0 || n > 4)
        return OHM_BAD_FORMAT;
    if (n > c->len - c->pos - 1)
        return OHM_MORE;
    size_t length = 0;
    for (size_t i = 1; i <= n; i++)
        length = length << 8 | c->ptr[c->pos + i];
    if (length > OHM_AXDR_LENGTH_MAX)
        return OHM_TOO_BIG;
    *out = length;
    c->pos += n + 1;
    return OHM_OK;
}

/* Passes a type description: how a compact array's elements are made. */
static ohm_code skip_description(ohm_axdr *c)
{
    size_t open = 1; /* descriptions still to come; each takes at least one byte */
    while (open > 0) {
        if (c->pos >= c->len)
            return OHM_MORE;
        uint8_t tag = c->ptr[c->pos++];
        size_t members = 0;
        open--;
        if (tag == OHM_AXDR_STRUCTURE) {
            ohm_code code = ohm_axdr_length(c, &members);
            if (code != OHM_OK)
                return code;
        } else if (tag == OHM_AXDR_ARRAY) {
            if (c->len - c->pos < 2)
                return OHM_MORE;
            c->pos += 2;
            members = 1;
        } else if (tag == OHM_AXDR_COMPACT || ohm_axdr_size(tag) == NO_TYPE) {
            return OHM_BAD_FORMAT;
        }
        if (members > OHM_AXDR_LENGTH_MAX - open)
            return OHM_TOO_BIG;
        open += members;
    }
    return OHM_OK;
}

/* The part of an item behind its tag, where it has a length of its own. */
static ohm_code next_sized(ohm_axdr *c, ohm_axdr_item *out)
{
    size_t start = c->pos;
    size_t length = 0;
    if (out->tag == OHM_AXDR_COMPACT) {
        ohm_code described = skip_description(c);
        if (described != OHM_OK)
            return described;
    }
    ohm_code code = ohm_axdr_length(c, &length);
    if (code != OHM_OK)
        return code;
    if (out->tag == OHM_AXDR_ARRAY || out->tag == OHM_AXDR_STRUCTURE) {
        out->count = (uint32_t)length;
        /* Every element takes a byte at least: a larger count can't be whole. */
        return length > c->len - c->pos ? OHM_MORE : OHM_OK;
    }
    if (out->tag == OHM_AXDR_BITS) {
        out->count = (uint32_t)length;
        length = (length + 7) / 8;
    }
    if (length > c->len - c->pos)
        return OHM_MORE;
    size_t from = c->pos;
    if (out->tag == OHM_AXDR_COMPACT) {
        out->count = (uint32_t)(c->pos - start);
        from = start;
    }
    c->pos += length;
    out->bytes = (ohm_span){ c->ptr + from, c->pos - from };
    return OHM_OK;
}

ohm_code ohm_axdr_next_any(ohm_axdr *c, ohm_axdr_item *out)
{
    if (c->pos >= c->len)
        return OHM_MORE;
    ohm_axdr_item item = { .tag = c->ptr[c->pos] };
    int size = ohm_axdr_size(item.tag);
    if (size == NO_TYPE)
        return OHM_BAD_FORMAT;
    if (size == SIZED) {
        ohm_axdr ahead = { c->ptr, c->len, c->pos + 1 };
        ohm_code code = next_sized(&ahead, &item);
        if (code != OHM_OK)
            return code;
        c->pos = ahead.pos;
        *out = item;
        return OHM_OK;
    }
    if ((size_t)size > c->len - c->pos - 1)
        return OHM_MORE;
    item.bytes = (ohm_span){ c->ptr + c->pos + 1, (size_t)size };
    c->pos += (size_t)size + 1;
    *out = item;
    return OHM_OK;
}

/* Passes the items of the innermost open array or structure that are no arrays or structures
 * themselves, as far as they are plain to see; the rest is for the careful reader. */
static void pass_simple(ohm_axdr *c, uint32_t *left)
{
    const uint8_t *p = c->ptr;
    size_t pos = c->pos, len = c->len;
    while (*left > 0 && len - pos >= 2 && p[pos] < OHM_AXDR_TAGS) {
        int size = ohm_axdr_sizes[p[pos]];
        if (size < 0) {
            if (p[pos] != OHM_AXDR_OCTETS || p[pos + 1] >= 0x80)
                break;
            size = p[pos + 1] + 1;
        }
        if ((size_t)size >= len - pos)
            break;
        pos += (size_t)size + 1;
        (*left)--;
    }
    c->pos = pos;
}

/* Opens the array or structure that `item` is the header of. */
static ohm_code open_nested(ohm_axdr_walk *walk, const ohm_axdr_item *item)
{
    if (item->tag == OHM_AXDR_COMPACT)
        walk->compact = true;
    if (item->count == 0 || (item->tag != OHM_AXDR_ARRAY && item->tag != OHM_AXDR_STRUCTURE))
        return OHM_OK;
    if (walk->depth == OHM_AXDR_DEPTH_MAX)
        return OHM_TOO_BIG;
    walk->left[walk->depth++] = item->count;
    return OHM_OK;
}

ohm_code ohm_axdr_walk_on(ohm_axdr_walk *walk, ohm_span bytes)
{
    if (walk->depth == 0) {
        walk->left[0] = 1;
        walk->depth = 1;
    }
    ohm_axdr c = { bytes.ptr, bytes.len, walk->pos };
    while (walk->depth > 0) {
        uint32_t *left = &walk->left[walk->depth - 1];
        pass_simple(&c, left);
        walk->pos = c.pos;
        if (*left == 0) {
            walk->depth--;
            continue;
        }
        ohm_axdr_item item;
        ohm_code code = ohm_axdr_next_any(&c, &item);
        if (code != OHM_OK)
            return code;
        walk->pos = c.pos;
        (*left)--;
        code = open_nested(walk, &item);
        if (code != OHM_OK)
            return code;
    }
    return OHM_OK;
}

ohm_code ohm_axdr_skip(ohm_axdr *c)
{
    ohm_axdr_walk walk = { .pos = c->pos };
    ohm_code code = ohm_axdr_walk_on(&walk, (ohm_span){ c->ptr, c->len });
    if (code == OHM_OK)
        c->pos = walk.pos;
    return code;
}

bool ohm_axdr_integer(const ohm_axdr_item *item, int64_t *out, bool *big)
{
    const uint8_t *p = item->bytes.ptr;
    *big = false;
    switch (item->tag) {
    case OHM_AXDR_BOOL:
        *out = p[0] != 0;
        return true;
    case OHM_AXDR_U8:
    case OHM_AXDR_ENUM:
        *out = p[0];
        return true;
    case OHM_AXDR_BCD: /* two digits (IEC 62056-6-2, data types) */
        if (p[0] >> 4 > 9 || (p[0] & 0x0f) > 9)
            return false;
        *out = (p[0] >> 4) * 10 + (p[0] & 0x0f);
        return true;
    case OHM_AXDR_I8:
        *out = (int8_t)p[0];
        return true;
    case OHM_AXDR_U16:
        *out = ohm_be16(p);
        return true;
    case OHM_AXDR_I16:
        *out = (int16_t)ohm_be16(p);
        return true;
    case OHM_AXDR_U32:
        *out = ohm_be32(p);
        return true;
    case OHM_AXDR_I32:
        *out = (int32_t)ohm_be32(p);
        return true;
    case OHM_AXDR_U64:
        *out = (int64_t)ohm_be64(p);
        *big = p[0] >= 0x80;
        return true;
    case OHM_AXDR_I64:
        *out = (int64_t)ohm_be64(p);
        return true;
    default:
        return false;
    }
}

bool ohm_axdr_float(const ohm_axdr_item *item, double *out)
{
    if (item->tag == OHM_AXDR_F32) {
        uint32_t bits = ohm_be32(item->bytes.ptr);
        float v;
        memcpy(&v, &bits, sizeof v);
        *out = (double)v;
        return true;
    }
    if (item->tag == OHM_AXDR_F64) {
        uint64_t bits = ohm_be64(item->bytes.ptr);
        memcpy(out, &bits, sizeof *out);
        return true;
    }
    return false;
}
