#include "store/chunk.h"

#include "store/pack.h"

enum {
    FORMAT = 1, /* of the bytes: the first of them */
    QUALITIES = OHM_QUALITY_ESTIMATED + 1,
    CRC_BYTES = 4,
};

/* The checksum covers the key too: a chunk that lies under another key is found. */
static uint32_t checksum(int64_t key, ohm_span bytes)
{
    uint8_t name[8];
    ohm_put_be64(name, (uint64_t)key);
    return ohm_crc32c(ohm_crc32c(0, ohm_span_of(name, sizeof name)), bytes);
}

/* Runs of one quality: how many there are, then quality + 4 × (length - 1) of each. */
static size_t put_quality(uint8_t *out, const uint8_t *quality, uint32_t n)
{
    uint32_t runs = 1;
    for (uint32_t i = 1; i < n; i++)
        runs += quality[i] != quality[i - 1];
    size_t len = ohm_varint_put(out, runs);
    for (uint32_t i = 0, from = 0; i < n; i++) {
        if (i + 1 < n && quality[i + 1] == quality[i])
            continue;
        len += ohm_varint_put(out + len, (uint64_t)(i - from) * QUALITIES + quality[i]);
        from = i + 1;
    }
    return len;
}

static ohm_code take_quality(ohm_span *in, uint32_t n, uint8_t *quality)
{
    uint64_t runs, run;
    uint32_t at = 0;
    if (!ohm_varint_get(in, &runs) || runs > n)
        return OHM_BAD_FORMAT;
    for (; runs > 0; runs--) {
        if (!ohm_varint_get(in, &run) || at == n || run / QUALITIES >= n - at)
            return OHM_BAD_FORMAT;
        uint32_t len = (uint32_t)(run / QUALITIES) + 1;
        memset(quality + at, (int)(run % QUALITIES), len);
        at += len;
    }
    return at == n ? OHM_OK : OHM_BAD_FORMAT;
}

size_t ohm_chunk_encode(uint32_t series, const ohm_points *points, uint32_t from, uint32_t count,
                        ohm_chunk_work *work)
{
    assert(count > 0 && from <= points->count && count <= points->count - from);
    int64_t key = ohm_chunk_key(series, points->time_ms[from]);
    uint8_t *out = work->bytes;
    size_t len = 0;
    out[len++] = FORMAT;
    len += ohm_varint_put(out + len, count);
    for (uint32_t i = 0; i < count; i++)
        work->column[i] = points->time_ms[from + i] - points->time_ms[from];
    len += ohm_stream_encode(work->column, count, work->scratch, out + len);
    len += put_quality(out + len, points->quality + from, count);
    len += ohm_stream_encode(points->value + from, count, work->scratch, out + len);
    ohm_put_be32(out + len, checksum(key, ohm_span_of(out, len)));
    return len + CRC_BYTES;
}

/* Times begin at the key's and rise, and are times that a key can tell. Without a branch: what is
 * wrong leaves a sign bit, and no difference of good times passes 64 bits. */
static bool are_times(ohm_ms first_ms, uint32_t n, const int64_t *time_ms)
{
    uint64_t wrong = (uint64_t)time_ms[0] | (OHM_STORE_TIME_MAX - 1 - (uint64_t)time_ms[0]);
    for (uint32_t i = 1; i < n; i++) {
        uint64_t now = (uint64_t)time_ms[i];
        wrong |= now | (now - (uint64_t)time_ms[i - 1] - 1) | (OHM_STORE_TIME_MAX - 1 - now);
    }
    return !(wrong >> 63) && time_ms[0] == first_ms;
}

/* The same of times at one distance, without a look at each: the last one says it, if nothing went
 * around 64 bits. */
static bool are_line_times(ohm_ms first_ms, uint32_t n, const int64_t *time_ms)
{
    uint64_t step_ms = n > 1 ? (uint64_t)time_ms[1] - (uint64_t)time_ms[0] : 1;
    if (time_ms[0] != first_ms || first_ms >= OHM_STORE_TIME_MAX || step_ms == 0)
        return false;
    return n == 1 || step_ms <= (uint64_t)(OHM_STORE_TIME_MAX - 1 - first_ms) / (n - 1);
}

ohm_code ohm_chunk_decode(int64_t key, uint32_t count, ohm_span in, ohm_points *out)
{
    uint64_t n;
    out->count = 0;
    if (in.len < CRC_BYTES + 2)
        return OHM_BAD_FORMAT;
    ohm_span body = ohm_span_part(in, 0, in.len - CRC_BYTES);
    if (checksum(key, body) != ohm_be32(in.ptr + body.len))
        return OHM_BAD_CHECKSUM;
    if (body.ptr[0] != FORMAT)
        return OHM_BAD_FORMAT;
    body = ohm_span_part(body, 1, body.len - 1);
    if (!ohm_varint_get(&body, &n) || n == 0 || n > OHM_CHUNK_POINTS_MAX ||
        (count != 0 && n != count))
        return OHM_BAD_FORMAT;
    uint32_t points = (uint32_t)n;
    ohm_ms first_ms = ohm_chunk_first_ms(key);
    bool line = ohm_stream_is_line(body);
    if (ohm_stream_decode(&body, points, first_ms, out->time_ms) != OHM_OK ||
        take_quality(&body, points, out->quality) != OHM_OK ||
        ohm_stream_decode(&body, points, 0, out->value) != OHM_OK || body.len > 0 ||
        !(line ? are_line_times : are_times)(first_ms, points, out->time_ms))
        return OHM_BAD_FORMAT;
    out->count = points;
    return OHM_OK;
}

static int64_t step_of(const int64_t *time_ms, uint32_t n)
{
    int64_t step = n > 1 ? time_ms[1] - time_ms[0] : 0;
    for (uint32_t i = 2; i < n; i++)
        if (time_ms[i] - time_ms[i - 1] != step)
            return 0;
    return step;
}

static void add(ohm_chunk_summary *s, int64_t value)
{
    bool first = s->count == s->suspect;
    if (first) {
        s->first = s->min = s->max = value;
    } else {
        if (value < s->last)
            s->flags &= ~(uint32_t)OHM_CHUNK_RISES;
        s->min = value < s->min ? value : s->min;
        s->max = value > s->max ? value : s->max;
    }
    if (__builtin_add_overflow(s->sum, value, &s->sum))
        s->flags &= ~(uint32_t)OHM_CHUNK_SUM;
    s->last = value;
}

ohm_chunk_summary ohm_chunk_summarise(const ohm_points *points, uint32_t from, uint32_t count)
{
    assert(count > 0 && from <= points->count && count <= points->count - from);
    ohm_chunk_summary s = {
        .first_ms = points->time_ms[from],
        .last_ms = points->time_ms[from + count - 1],
        .step_ms = step_of(points->time_ms + from, count),
        .flags = OHM_CHUNK_RISES | OHM_CHUNK_SUM,
    };
    for (uint32_t i = from; i < from + count; i++) {
        uint8_t quality = points->quality[i];
        s.flags |= (uint32_t)OHM_CHUNK_QUALITY << quality;
        if (quality == OHM_QUALITY_SUSPECT)
            s.suspect++;
        else
            add(&s, points->value[i]);
        s.count++;
    }
    if (!(s.flags & OHM_CHUNK_SUM))
        s.sum = 0;
    return s;
}
