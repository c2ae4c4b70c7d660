#include "store/pack.h"

enum { QUALITIES = 4, MIXED = QUALITIES }; /* the quality byte: one for all, or one each */

size_t ohm_varint_put(uint8_t *out, uint64_t value)
{
    size_t n = 0;
    while (value >= 0x80) {
        out[n++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[n++] = (uint8_t)value;
    return n;
}

bool ohm_varint_get(ohm_span *in, uint64_t *out)
{
    uint64_t value = 0;
    size_t most = in->len < OHM_VARINT_MAX ? in->len : OHM_VARINT_MAX;
    for (size_t i = 0; i < most; i++) {
        uint8_t byte = in->ptr[i];
        if (i == OHM_VARINT_MAX - 1 && byte > 1)
            return false; /* above 64 bits */
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        *out = value;
        *in = ohm_span_part(*in, i + 1, in->len - i - 1);
        return true;
    }
    return false;
}

size_t ohm_columns_encode(const ohm_columns *columns, uint8_t out[static OHM_COLUMNS_BYTES_MAX])
{
    size_t n = ohm_varint_put(out, columns->count);
    uint32_t before = 0;
    for (uint16_t i = 0; i < columns->count; i++) {
        assert(columns->series[i] > before);
        n += ohm_varint_put(out + n, columns->series[i] - before);
        before = columns->series[i];
    }
    return n;
}

ohm_code ohm_columns_decode(ohm_span *in, ohm_columns *out)
{
    uint64_t count, step;
    ohm_span rest = *in;
    if (!ohm_varint_get(&rest, &count) || count > OHM_ROW_VALUES_MAX)
        return OHM_BAD_FORMAT;
    uint32_t series[OHM_ROW_VALUES_MAX];
    uint32_t before = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!ohm_varint_get(&rest, &step) || step == 0 || step > UINT32_MAX - before)
            return OHM_BAD_FORMAT;
        before += (uint32_t)step;
        series[i] = before;
    }
    out->count = (uint16_t)count;
    memcpy(out->series, series, (size_t)count * sizeof *series);
    *in = rest;
    return OHM_OK;
}

static bool uniform(const ohm_row *row)
{
    for (uint16_t i = 1; i < row->columns.count; i++)
        if (row->quality[i] != row->quality[0])
            return false;
    return row->columns.count > 0;
}

size_t ohm_row_encode(uint32_t layout, const ohm_row *row, uint8_t out[static OHM_ROW_BYTES_MAX])
{
    uint16_t count = row->columns.count;
    size_t n = ohm_varint_put(out, layout);
    if (layout == 0)
        n += ohm_columns_encode(&row->columns, out + n);

    if (uniform(row)) {
        out[n++] = row->quality[0];
    } else {
        out[n++] = MIXED;
        memset(out + n, 0, (count + 3u) / 4);
        for (uint16_t i = 0; i < count; i++)
            out[n + i / 4] = (uint8_t)(out[n + i / 4] | row->quality[i] << (i % 4 * 2));
        n += (count + 3u) / 4;
    }
    for (uint16_t i = 0; i < count; i++) {
        assert(row->quality[i] < QUALITIES);
        n += ohm_varint_put(out + n, ohm_zigzag(row->value[i]));
    }
    return n;
}

ohm_code ohm_row_layout(ohm_span *in, uint32_t *ret_layout)
{
    uint64_t layout;
    ohm_span rest = *in;
    if (!ohm_varint_get(&rest, &layout) || layout > UINT32_MAX)
        return OHM_BAD_FORMAT;
    *ret_layout = (uint32_t)layout;
    *in = rest;
    return OHM_OK;
}

/* The quality part, which *in loses. *each is empty when `all` counts for every value. */
static ohm_code take_quality(ohm_span *in, uint16_t count, uint8_t *all, ohm_span *each)
{
    if (in->len == 0 || in->ptr[0] > MIXED)
        return OHM_BAD_FORMAT;
    *all = in->ptr[0];
    size_t bytes = *all == MIXED ? (count + 3u) / 4 : 0;
    if (bytes > in->len - 1)
        return OHM_BAD_FORMAT;
    *each = ohm_span_part(*in, 1, bytes);
    *in = ohm_span_part(*in, 1 + bytes, in->len - 1 - bytes);
    return OHM_OK;
}

static uint8_t quality_at(uint8_t all, ohm_span each, uint16_t place)
{
    if (all != MIXED)
        return all;
    return (uint8_t)(each.ptr[place / 4] >> (place % 4 * 2) & 3);
}

ohm_code ohm_row_values(ohm_span in, ohm_row *row)
{
    uint8_t all;
    ohm_span each;
    uint64_t raw;
    uint16_t count = row->columns.count;
    if (take_quality(&in, count, &all, &each) != OHM_OK)
        return OHM_BAD_FORMAT;
    for (uint16_t i = 0; i < count; i++) {
        if (!ohm_varint_get(&in, &raw))
            return OHM_BAD_FORMAT;
        row->value[i] = ohm_unzigzag(raw);
        row->quality[i] = quality_at(all, each, i);
    }
    return in.len == 0 ? OHM_OK : OHM_BAD_FORMAT;
}

ohm_code ohm_row_pick(ohm_span in, uint16_t count, uint16_t place, uint8_t *ret_quality,
                      int64_t *ret_value)
{
    uint8_t all;
    ohm_span each;
    uint64_t raw;
    assert(place < count);
    if (take_quality(&in, count, &all, &each) != OHM_OK)
        return OHM_BAD_FORMAT;

    /* Skip the values before it: each ends with the first byte below 0x80. */
    size_t at = 0;
    for (uint16_t skip = place; skip > 0 && at < in.len; at++)
        skip = (uint16_t)(skip - (in.ptr[at] < 0x80));
    in = ohm_span_part(in, at, in.len - at);
    if (!ohm_varint_get(&in, &raw))
        return OHM_BAD_FORMAT;
    *ret_quality = quality_at(all, each, place);
    *ret_value = ohm_unzigzag(raw);
    return OHM_OK;
}

static void append(ohm_row *row, const ohm_row *from, uint16_t i)
{
    uint16_t n = row->columns.count++;
    row->columns.series[n] = from->columns.series[i];
    row->quality[n] = from->quality[i];
    row->value[n] = from->value[i];
}

bool ohm_row_merge(ohm_row *row, const ohm_row *newer)
{
    const ohm_columns *a = &row->columns, *b = &newer->columns;
    ohm_row merged = { .columns = { 0 } };
    uint16_t i = 0, j = 0;
    while (i < a->count || j < b->count) {
        if (merged.columns.count == OHM_ROW_VALUES_MAX)
            return false;
        bool take_new = i == a->count || (j < b->count && b->series[j] <= a->series[i]);
        if (take_new && i < a->count && b->series[j] == a->series[i])
            i++;
        if (take_new)
            append(&merged, newer, j++);
        else
            append(&merged, row, i++);
    }
    *row = merged;
    return true;
}

bool ohm_pack_add(ohm_pack *pack, uint64_t seq, ohm_ms utc_ms, ohm_span encoded)
{
    bool first = pack->len == 0;
    assert(encoded.len <= OHM_STORE_EVENT_MAX);
    if (!first && (encoded.len > OHM_PACK_BYTES || pack->len > OHM_PACK_BYTES - encoded.len))
        return false;
    if (first) {
        pack->first_seq = seq;
        pack->first_ms = utc_ms;
        pack->last_ms = utc_ms;
    } else {
        assert(seq > pack->last_seq);
    }
    uint64_t gap = first ? 0 : seq - pack->last_seq - 1;
    int64_t step = (int64_t)((uint64_t)utc_ms - (uint64_t)pack->last_ms);
    size_t n = pack->len;
    n += ohm_varint_put(pack->bytes + n, gap);
    n += ohm_varint_put(pack->bytes + n, ohm_zigzag(step));
    n += ohm_varint_put(pack->bytes + n, encoded.len);
    assert(encoded.len <= sizeof pack->bytes - n);
    if (encoded.len > 0)
        memcpy(pack->bytes + n, encoded.ptr, encoded.len);
    pack->len = n + encoded.len;
    pack->last_seq = seq;
    pack->last_ms = utc_ms;
    return true;
}

ohm_code ohm_pack_take(ohm_span *in, bool first, uint64_t *seq, ohm_ms *utc_ms,
                       ohm_span *ret_encoded)
{
    uint64_t gap, step, len;
    ohm_span rest = *in;
    if (!ohm_varint_get(&rest, &gap) || !ohm_varint_get(&rest, &step) ||
        !ohm_varint_get(&rest, &len) || len > rest.len)
        return OHM_BAD_FORMAT;
    if (gap >= UINT64_MAX - *seq)
        return OHM_BAD_FORMAT;
    *seq += first ? gap : gap + 1;
    *utc_ms = (int64_t)((uint64_t)*utc_ms + (uint64_t)ohm_unzigzag(step));
    *ret_encoded = ohm_span_part(rest, 0, (size_t)len);
    *in = ohm_span_part(rest, (size_t)len, rest.len - (size_t)len);
    return OHM_OK;
}
