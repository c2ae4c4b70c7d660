#include "store/stream.h"

#include <endian.h>

#include "store/pack.h"

/* The first byte: the form, in its bits 0–1; how many times differences were taken, in 2–3; and
 * whether a common divisor follows the first value, in 4. */
enum {
    FORM_LINE,   /* the same step from each to the next */
    FORM_RUNS,   /* varints, where 0 is followed by the length of its run, less one */
    FORM_PACKED, /* blocks of 64 with a width each */
    FORM_MASK = 3,
    ORDER_SHIFT = 2,
    ORDER_MAX = 2,
    HAS_DIVISOR = 16,
};

/* A block's first byte: its width, and whether exceptions follow its centre. */
enum { WIDTH_MAX = 64, NARROW_MAX = 57, HAS_EXCEPTIONS = 128 };

enum { BLOCKS_TRIED = 12 }; /* of a stream, with each order */

static uint64_t minus(int64_t a, int64_t b)
{
    return (uint64_t)a - (uint64_t)b;
}

static int bits_of(uint64_t v)
{
    return v ? 64 - __builtin_clzll(v) : 0;
}

static size_t varint_len(uint64_t v)
{
    return v ? ((size_t)bits_of(v) + 6) / 7 : 1;
}

/* --- preparing: first value, divisor, differences ----------------------------------------- */

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* What divides each difference from the first value; 1 where a difference passes 63 bits: only
 * a true difference can be divided. */
static uint64_t divisor_of(const int64_t *values, size_t n)
{
    uint64_t divisor = 0;
    for (size_t i = 1; i < n; i++) {
        int64_t step;
        if (__builtin_sub_overflow(values[i], values[0], &step))
            return 1;
        uint64_t size = step < 0 ? -(uint64_t)step : (uint64_t)step;
        if (divisor == 0 || size % divisor != 0)
            divisor = gcd(divisor, size);
        if (divisor == 1)
            return 1;
    }
    return divisor && divisor <= INT64_MAX ? divisor : 1;
}

static bool is_line(const int64_t *values, size_t n)
{
    for (size_t i = 2; i < n; i++)
        if (minus(values[i], values[i - 1]) != minus(values[1], values[0]))
            return false;
    return true;
}

/* x[1..n) become their differences; x[0] is 0 and stays. */
static void difference(int64_t *x, size_t n, int order)
{
    for (int k = 0; k < order; k++)
        for (size_t i = n - 1; i > 0; i--)
            x[i] = (int64_t)minus(x[i], x[i - 1]);
}

/* --- runs --------------------------------------------------------------------------------- */

static size_t run_of_zeros(const int64_t *x, size_t i, size_t n)
{
    size_t from = i;
    while (i < n && x[i] == 0)
        i++;
    return i - from;
}

static size_t runs_len(const int64_t *x, size_t n)
{
    size_t len = 0;
    for (size_t i = 0; i < n;) {
        size_t zeros = run_of_zeros(x, i, n);
        len += zeros ? 1 + varint_len(zeros - 1) : varint_len(ohm_zigzag(x[i]));
        i += zeros ? zeros : 1;
    }
    return len;
}

static size_t put_runs(uint8_t *out, const int64_t *x, size_t n)
{
    size_t len = 0;
    for (size_t i = 0; i < n;) {
        size_t zeros = run_of_zeros(x, i, n);
        len += ohm_varint_put(out + len, zeros ? 0 : ohm_zigzag(x[i]));
        if (zeros)
            len += ohm_varint_put(out + len, zeros - 1);
        i += zeros ? zeros : 1;
    }
    return len;
}

static ohm_code take_runs(ohm_span *in, size_t n, int64_t *x)
{
    uint64_t token, zeros;
    for (size_t i = 0; i < n;) {
        if (!ohm_varint_get(in, &token))
            return OHM_BAD_FORMAT;
        if (token != 0) {
            x[i++] = ohm_unzigzag(token);
            continue;
        }
        if (!ohm_varint_get(in, &zeros) || zeros >= n - i)
            return OHM_BAD_FORMAT;
        memset(x + i, 0, ((size_t)zeros + 1) * sizeof *x);
        i += (size_t)zeros + 1;
    }
    return OHM_OK;
}

/* --- blocks ------------------------------------------------------------------------------- */

typedef struct block {
    int64_t centre;
    unsigned width, exceptions;
    size_t len;                        /* bytes, all in all */
    uint64_t offset[OHM_STREAM_BLOCK]; /* from the centre, zig-zag */
} block;

static void sort(const int64_t *x, size_t n, int64_t *sorted)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && sorted[at - 1] > x[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = x[i];
    }
}

static size_t payload_len(size_t n, unsigned width)
{
    return (n * width + 7) / 8;
}

/* The width that takes the fewest bytes, with those that don't fit written out behind. */
static void choose_width(block *b, size_t n)
{
    uint8_t count[WIDTH_MAX + 1] = { 0 };
    for (size_t i = 0; i < n; i++)
        count[bits_of(b->offset[i])]++;
    unsigned most = WIDTH_MAX;
    while (most > 0 && count[most] == 0)
        most--;
    b->width = most;
    b->exceptions = 0;
    size_t best = payload_len(n, most);
    for (unsigned width = 0; width < most; width++) {
        size_t len = 1 + payload_len(n, width);
        unsigned exceptions = 0;
        for (unsigned bits = width + 1; bits <= most; bits++) {
            len += count[bits] * (size_t)(1 + (bits - width + 6) / 7);
            exceptions += count[bits];
        }
        if (len < best) {
            best = len;
            b->width = width;
            b->exceptions = exceptions;
        }
    }
    b->len = 1 + varint_len(ohm_zigzag(b->centre)) + best;
}

static void plan_about(block *b, const int64_t *x, size_t n, int64_t centre)
{
    b->centre = centre;
    for (size_t i = 0; i < n; i++)
        b->offset[i] = ohm_zigzag((int64_t)minus(x[i], centre));
    choose_width(b, n);
}

/* About the median, or halfway between the ends where that is better: values spread evenly. */
static void plan_block(block *b, const int64_t *x, size_t n)
{
    int64_t sorted[OHM_STREAM_BLOCK] = { 0 };
    sort(x, n, sorted);
    plan_about(b, x, n, sorted[n / 2]);
    int64_t low = sorted[0];
    int64_t middle = (int64_t)((uint64_t)low + (minus(sorted[n - 1], low) + 1) / 2);
    if (b->exceptions > 0 || middle == b->centre)
        return;
    block other;
    plan_about(&other, x, n, middle);
    if (other.len < b->len)
        *b = other;
}

/* The difference of that order at a place; x[0] is 0, and so is what would come before it. */
static int64_t difference_at(const int64_t *x, size_t i, int order)
{
    if (order == 0)
        return x[i];
    uint64_t d = minus(x[i], x[i - 1]);
    return (int64_t)(order == 1 || i == 1 ? d : d - minus(x[i - 1], x[i - 2]));
}

/* The order whose differences pack best, by some of the blocks. */
static int best_order(const int64_t *x, size_t n)
{
    size_t stride = n > BLOCKS_TRIED * OHM_STREAM_BLOCK ? n / BLOCKS_TRIED : OHM_STREAM_BLOCK;
    size_t len[ORDER_MAX + 1] = { 0 };
    int best = 1;
    for (size_t from = 1; from < n; from += stride) {
        size_t count = n - from < OHM_STREAM_BLOCK ? n - from : OHM_STREAM_BLOCK;
        for (int order = 0; order <= ORDER_MAX; order++) {
            int64_t some[OHM_STREAM_BLOCK];
            block b;
            for (size_t i = 0; i < count; i++)
                some[i] = difference_at(x, from + i, order);
            plan_block(&b, some, count);
            len[order] += b.len;
        }
    }
    for (int order = 0; order <= ORDER_MAX; order++)
        if (len[order] < len[best])
            best = order;
    return best;
}

static uint64_t mask_of(unsigned width)
{
    return width == WIDTH_MAX ? UINT64_MAX : (UINT64_C(1) << width) - 1;
}

static void put_bits(uint8_t *out, const block *b, size_t n)
{
    memset(out, 0, payload_len(n, b->width));
    size_t bit = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t rest = b->offset[i] & mask_of(b->width);
        for (unsigned left = b->width; left > 0;) {
            unsigned shift = bit & 7, room = 8 - shift, taken = left < room ? left : room;
            out[bit >> 3] = (uint8_t)(out[bit >> 3] | (rest & mask_of(taken)) << shift);
            rest >>= taken;
            left -= taken;
            bit += taken;
        }
    }
}

static size_t put_block(uint8_t *out, const block *b, size_t n)
{
    size_t len = 0;
    out[len++] = (uint8_t)(b->width | (b->exceptions ? HAS_EXCEPTIONS : 0));
    len += ohm_varint_put(out + len, ohm_zigzag(b->centre));
    if (b->exceptions)
        out[len++] = (uint8_t)b->exceptions;
    for (size_t i = 0; b->exceptions && i < n; i++) {
        if ((unsigned)bits_of(b->offset[i]) <= b->width)
            continue;
        out[len++] = (uint8_t)i;
        len += ohm_varint_put(out + len, b->offset[i] >> b->width);
    }
    put_bits(out + len, b, n);
    len += payload_len(n, b->width);
    assert(len == b->len);
    return len;
}

static size_t block_count(size_t i, size_t n)
{
    return n - i < OHM_STREAM_BLOCK ? n - i : OHM_STREAM_BLOCK;
}

/* Stops early once it is longer than `enough`. */
static size_t put_packed(uint8_t *out, const int64_t *x, size_t n, size_t enough)
{
    size_t len = 0;
    for (size_t i = 0; i < n && len <= enough; i += OHM_STREAM_BLOCK) {
        block b;
        plan_block(&b, x + i, block_count(i, n));
        len += put_block(out + len, &b, block_count(i, n));
    }
    return len;
}

/* `bits` has nine readable bytes behind the payload. Up to NARROW_MAX bits, a value lies in eight
 * bytes from its first one on. */
static void unpack_narrow(const uint8_t *bits, unsigned width, size_t n, uint64_t base, int64_t *x)
{
    uint64_t mask = mask_of(width);
    size_t bit = 0;
    for (size_t i = 0; i < n; i++, bit += width) {
        uint64_t word;
        memcpy(&word, bits + (bit >> 3), sizeof word);
        x[i] = (int64_t)(base + (uint64_t)ohm_unzigzag(le64toh(word) >> (bit & 7) & mask));
    }
}

static void unpack_wide(const uint8_t *bits, unsigned width, size_t n, uint64_t base, int64_t *x)
{
    uint64_t mask = mask_of(width);
    size_t bit = 0;
    for (size_t i = 0; i < n; i++, bit += width) {
        uint64_t word;
        unsigned shift = bit & 7;
        memcpy(&word, bits + (bit >> 3), sizeof word);
        word = le64toh(word) >> shift;
        if (shift > 0)
            word |= (uint64_t)bits[(bit >> 3) + 8] << (64 - shift);
        x[i] = (int64_t)(base + (uint64_t)ohm_unzigzag(word & mask));
    }
}

static bool take_byte(ohm_span *in, uint8_t *out)
{
    if (in->len == 0)
        return false;
    *out = in->ptr[0];
    *in = ohm_span_part(*in, 1, in->len - 1);
    return true;
}

typedef struct exceptions {
    uint8_t count, at[OHM_STREAM_BLOCK];
    uint64_t high[OHM_STREAM_BLOCK];
} exceptions;

static ohm_code take_exceptions(ohm_span *in, size_t n, unsigned width, exceptions *ex)
{
    if (!take_byte(in, &ex->count) || ex->count > n || width == WIDTH_MAX)
        return OHM_BAD_FORMAT;
    for (unsigned i = 0; i < ex->count; i++)
        if (!take_byte(in, &ex->at[i]) || ex->at[i] >= n || !ohm_varint_get(in, &ex->high[i]))
            return OHM_BAD_FORMAT;
    return OHM_OK;
}

/* Puts back what did not fit the width: the low bits are those of the value as it is. */
static void put_back(const exceptions *ex, unsigned width, uint64_t base, int64_t *x)
{
    for (unsigned i = 0; i < ex->count; i++) {
        int64_t *value = &x[ex->at[i]];
        uint64_t low = ohm_zigzag((int64_t)((uint64_t)*value - base));
        *value = (int64_t)(base + (uint64_t)ohm_unzigzag(low | ex->high[i] << width));
    }
}

static ohm_code take_block(ohm_span *in, size_t n, int64_t *x)
{
    uint8_t head, padded[8 * OHM_STREAM_BLOCK + 16];
    uint64_t centre;
    exceptions ex; /* big, and seldom used: not cleared */
    ex.count = 0;
    if (!take_byte(in, &head) || !ohm_varint_get(in, &centre))
        return OHM_BAD_FORMAT;
    unsigned width = head & 127;
    if (width > WIDTH_MAX)
        return OHM_BAD_FORMAT;
    if (head & HAS_EXCEPTIONS && take_exceptions(in, n, width, &ex) != OHM_OK)
        return OHM_BAD_FORMAT;
    size_t len = payload_len(n, width);
    if (in->len < len)
        return OHM_BAD_FORMAT;
    const uint8_t *bits = in->ptr;
    if (in->len - len < 9) { /* near the end: what is read beyond must be ours */
        memset(padded, 0, sizeof padded);
        if (len > 0)
            memcpy(padded, in->ptr, len);
        bits = padded;
    }
    *in = ohm_span_part(*in, len, in->len - len);
    uint64_t base = (uint64_t)ohm_unzigzag(centre);
    if (width <= NARROW_MAX)
        unpack_narrow(bits, width, n, base, x);
    else
        unpack_wide(bits, width, n, base, x);
    put_back(&ex, width, base, x);
    return OHM_OK;
}

/* --- a whole stream ----------------------------------------------------------------------- */

static size_t put_line(uint8_t *out, const int64_t *values, size_t n)
{
    size_t len = 1;
    out[0] = FORM_LINE;
    len += ohm_varint_put(out + len, ohm_zigzag(values[0]));
    int64_t step = n > 1 ? (int64_t)minus(values[1], values[0]) : 0;
    return len + ohm_varint_put(out + len, ohm_zigzag(step));
}

size_t ohm_stream_encode(const int64_t *values, size_t n, int64_t *scratch, uint8_t *out)
{
    assert(n > 0 && n <= OHM_STREAM_VALUES_MAX);
    if (is_line(values, n))
        return put_line(out, values, n);

    uint64_t divisor = divisor_of(values, n);
    for (size_t i = 0; i < n; i++)
        scratch[i] = (int64_t)minus(values[i], values[0]);
    for (size_t i = 1; divisor > 1 && i < n; i++)
        scratch[i] /= (int64_t)divisor;
    int order = best_order(scratch, n);
    difference(scratch, n, order);

    size_t len = 1;
    len += ohm_varint_put(out + len, ohm_zigzag(values[0]));
    if (divisor > 1)
        len += ohm_varint_put(out + len, divisor);
    size_t as_runs = runs_len(scratch + 1, n - 1);
    size_t as_blocks = put_packed(out + len, scratch + 1, n - 1, as_runs);
    bool packed = as_blocks < as_runs;
    out[0] = (uint8_t)((packed ? FORM_PACKED : FORM_RUNS) | order << ORDER_SHIFT |
                       (divisor > 1 ? HAS_DIVISOR : 0));
    return len + (packed ? as_blocks : put_runs(out + len, scratch + 1, n - 1));
}

/* Differences of order 0, 1 or 2, of what was divided, back into values. x[0] is 0. */
static void restore(int64_t *x, size_t n, int order, uint64_t first, uint64_t factor)
{
    uint64_t value = first, slope = 0;
    x[0] = (int64_t)first;
    for (size_t i = 1; order == 0 && i < n; i++)
        x[i] = (int64_t)(first + (uint64_t)x[i] * factor);
    for (size_t i = 1; order == 1 && i < n; i++)
        x[i] = (int64_t)(value += (uint64_t)x[i] * factor);
    for (size_t i = 1; order == 2 && i < n; i++) {
        slope += (uint64_t)x[i] * factor;
        x[i] = (int64_t)(value += slope);
    }
}

static ohm_code take_line(ohm_span *in, size_t n, uint64_t first, int64_t *out)
{
    uint64_t raw;
    if (!ohm_varint_get(in, &raw))
        return OHM_BAD_FORMAT;
    uint64_t step = (uint64_t)ohm_unzigzag(raw);
    for (size_t i = 0; i < n; i++, first += step)
        out[i] = (int64_t)first;
    return OHM_OK;
}

bool ohm_stream_is_line(ohm_span in)
{
    return in.len > 0 && (in.ptr[0] & FORM_MASK) == FORM_LINE;
}

ohm_code ohm_stream_decode(ohm_span *in, size_t n, int64_t base, int64_t *out)
{
    uint8_t head;
    uint64_t raw, divisor = 1;
    assert(n > 0 && n <= OHM_STREAM_VALUES_MAX);
    if (!take_byte(in, &head) || !ohm_varint_get(in, &raw))
        return OHM_BAD_FORMAT;
    uint64_t first = (uint64_t)base + (uint64_t)ohm_unzigzag(raw);
    int form = head & FORM_MASK, order = head >> ORDER_SHIFT & 3;
    if (head >= 2 * HAS_DIVISOR || order > ORDER_MAX || form > FORM_PACKED)
        return OHM_BAD_FORMAT;
    if (form == FORM_LINE)
        return take_line(in, n, first, out);
    if (head & HAS_DIVISOR && !ohm_varint_get(in, &divisor))
        return OHM_BAD_FORMAT;
    out[0] = 0;
    if (form == FORM_RUNS && take_runs(in, n - 1, out + 1) != OHM_OK)
        return OHM_BAD_FORMAT;
    for (size_t i = 1; form == FORM_PACKED && i < n; i += OHM_STREAM_BLOCK)
        if (take_block(in, block_count(i, n), out + i) != OHM_OK)
            return OHM_BAD_FORMAT;
    restore(out, n, order, first, divisor);
    return OHM_OK;
}
