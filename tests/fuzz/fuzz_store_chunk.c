/* Chunks of a damaged database, behind their checksum. What decodes must encode and come back. */
#include "store/chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ohm_points points, again;
    static ohm_chunk_work work;
    static uint8_t bytes[4096];
    int64_t key = ohm_chunk_key(7, INT64_C(1795305600000));
    if (size > sizeof bytes - 4)
        return 0;
    uint8_t name[8];
    if (size > 0)
        memcpy(bytes, data, size);
    ohm_put_be64(name, (uint64_t)key);
    uint32_t crc = ohm_crc32c(ohm_crc32c(0, ohm_span_of(name, 8)), ohm_span_of(bytes, size));
    ohm_put_be32(bytes + size, crc);
    if (ohm_chunk_decode(key, 0, ohm_span_of(bytes, size + 4), &points) != OHM_OK)
        return 0;
    size_t len = ohm_chunk_encode(7, &points, 0, points.count, &work);
    assert(ohm_chunk_decode(key, points.count, ohm_span_of(work.bytes, len), &again) == OHM_OK);
    assert(memcmp(again.value, points.value, points.count * sizeof *points.value) == 0);
    assert(memcmp(again.time_ms, points.time_ms, points.count * sizeof *points.time_ms) == 0);
    assert(memcmp(again.quality, points.quality, points.count) == 0);
    return 0;
}
