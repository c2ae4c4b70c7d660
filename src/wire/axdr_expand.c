#include "wire/axdr.h"

/* Compact arrays state the type of their elements once and then hold bare contents. Writing
 * them out as ordinary arrays lets one reader serve both. The description is interpreted with
 * a stack of its open arrays and structures; every step writes at least one byte, so the size
 * of the output bounds the work. */
enum {
    OPEN_MAX = 8,
    COUNT_LEN = 4, /* tag, 82, two bytes: a count that is known only at the end */
};

typedef struct sink {
    uint8_t *ptr;
    size_t cap, len;
} sink;

typedef struct open_type {
    uint32_t left;  /* members still to come */
    size_t element; /* description of an array's element; 0 for structures */
} open_type;

typedef struct interpreter {
    ohm_axdr description, content;
    open_type open[OPEN_MAX];
    size_t depth;
} interpreter;

static ohm_code emit(sink *to, const uint8_t *ptr, size_t len)
{
    if (len > to->cap - to->len)
        return OHM_TOO_BIG;
    if (len > 0)
        memcpy(to->ptr + to->len, ptr, len);
    to->len += len;
    return OHM_OK;
}

static ohm_code emit_header(sink *to, uint8_t tag, size_t count)
{
    const uint8_t small[] = { tag, (uint8_t)count };
    const uint8_t large[COUNT_LEN] = { tag, 0x82, (uint8_t)(count >> 8), (uint8_t)count };
    if (count < 0x80)
        return emit(to, small, sizeof small);
    return count > 0xffff ? OHM_TOO_BIG : emit(to, large, sizeof large);
}

/* Writes a scalar: its tag, and its contents as they stand. */
static ohm_code emit_scalar(interpreter *in, uint8_t tag, sink *to)
{
    int size = ohm_axdr_size(tag);
    size_t from = in->content.pos;
    size_t length = size < 0 ? 0 : (size_t)size;
    if (size == -1) {
        ohm_code code = ohm_axdr_length(&in->content, &length);
        if (code != OHM_OK)
            return code;
        if (tag == OHM_AXDR_BITS)
            length = (length + 7) / 8;
    }
    if (length > in->content.len - in->content.pos)
        return OHM_BAD_FORMAT;
    in->content.pos += length;
    ohm_code code = emit(to, &tag, 1);
    if (code != OHM_OK)
        return code;
    return emit(to, in->content.ptr + from, in->content.pos - from);
}

/* Opens an array or a structure at the description's cursor, which is behind its tag. */
static ohm_code open_nested(interpreter *in, uint8_t tag, sink *to)
{
    ohm_axdr *d = &in->description;
    size_t count = 0;
    ohm_code code = OHM_OK;
    if (tag == OHM_AXDR_STRUCTURE) {
        code = ohm_axdr_length(d, &count);
    } else {
        count = ohm_be16(d->ptr + d->pos); /* the item's reader has seen both bytes */
        d->pos += 2;
    }
    if (code == OHM_OK && count == 0)
        code = OHM_UNSUPPORTED; /* an element of nothing: no meter has a use for it */
    if (code == OHM_OK && in->depth == OPEN_MAX)
        code = OHM_TOO_BIG;
    if (code != OHM_OK)
        return code;
    in->open[in->depth++] =
        (open_type){ .left = (uint32_t)count, .element = tag == OHM_AXDR_ARRAY ? d->pos : 0 };
    return emit_header(to, tag, count);
}

/* A member is complete: closes what it completes, or goes back for an array's next element. */
static void close_members(interpreter *in)
{
    while (in->depth > 0) {
        open_type *top = &in->open[in->depth - 1];
        if (--top->left > 0) {
            if (top->element != 0)
                in->description.pos = top->element;
            return;
        }
        in->depth--;
    }
}

/* One element of the compact array by its whole description. */
static ohm_code expand_element(interpreter *in, size_t description, sink *to)
{
    in->description.pos = description;
    in->depth = 0;
    do {
        uint8_t tag = in->description.ptr[in->description.pos++];
        bool nested = tag == OHM_AXDR_ARRAY || tag == OHM_AXDR_STRUCTURE;
        ohm_code code = nested ? open_nested(in, tag, to) : emit_scalar(in, tag, to);
        if (code != OHM_OK)
            return code;
        if (!nested)
            close_members(in);
    } while (in->depth > 0);
    return OHM_OK;
}

/* `item` is a compact array that ohm_axdr_next has checked: its description is whole. */
static ohm_code expand_compact(const ohm_axdr_item *item, sink *to)
{
    ohm_axdr whole = ohm_axdr_over(item->bytes);
    uint8_t header[COUNT_LEN] = { OHM_AXDR_ARRAY, 0x82, 0, 0 };
    size_t header_at = to->len;
    ohm_code code = emit(to, header, sizeof header);
    if (code != OHM_OK)
        return code;

    interpreter in = { .description = whole };
    in.content = (ohm_axdr){ whole.ptr, whole.len, item->count };
    size_t count = 0;
    while (in.content.pos < in.content.len) {
        size_t before = in.content.pos;
        code = expand_element(&in, 0, to);
        if (code != OHM_OK)
            return code == OHM_MORE ? OHM_BAD_FORMAT : code;
        if (in.content.pos == before)
            return OHM_BAD_FORMAT; /* elements without contents: there is no end to them */
        count++;
    }
    if (count > 0xffff)
        return OHM_TOO_BIG;
    ohm_put_be16(to->ptr + header_at + 2, (uint16_t)count);
    return OHM_OK;
}

ohm_code ohm_axdr_expand(ohm_span value, uint8_t *out, size_t cap, size_t *len)
{
    sink to = { .ptr = out, .cap = cap };
    ohm_axdr c = ohm_axdr_over(value);
    while (c.pos < c.len) {
        size_t from = c.pos;
        ohm_axdr_item item;
        ohm_code code = ohm_axdr_next(&c, &item);
        if (code != OHM_OK)
            return code;
        code = item.tag == OHM_AXDR_COMPACT ? expand_compact(&item, &to)
                                            : emit(&to, c.ptr + from, c.pos - from);
        if (code != OHM_OK)
            return code;
    }
    *len = to.len;
    return OHM_OK;
}
