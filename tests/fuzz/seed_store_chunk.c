/* Chunks of each form as first inputs, without their checksum: usage: seed_store_chunk FOLDER */
#include <stdio.h>

#include "host/file.h"
#include "store/chunk.h"

static ohm_points points;
static ohm_chunk_work work;

static bool save(const char *folder, const char *name)
{
    char path[OHM_PATH_MAX];
    size_t len = ohm_chunk_encode(7, &points, 0, points.count, &work);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return !ohm_failed(ohm_file_write(path, ohm_span_of(work.bytes, len - 4), 0600));
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 1;
    points.count = 200;
    for (uint32_t i = 0; i < points.count; i++) {
        points.time_ms[i] = INT64_C(1795305600000) + i * 1000;
        points.value[i] = 42;
    }
    if (!save(argv[1], "line"))
        return 1;
    for (uint32_t i = 0; i < points.count; i++)
        points.value[i] = i % 50 == 0;
    if (!save(argv[1], "runs"))
        return 1;
    for (uint32_t i = 0; i < points.count; i++) {
        points.time_ms[i] += i * 7 % 13;
        points.value[i] = 50 * (int64_t)(i * 7919 % 31) + (i == 99 ? INT64_C(1) << 40 : 0);
        points.quality[i] = i > 90 && i < 110 ? OHM_QUALITY_SUSPECT : OHM_QUALITY_GOOD;
    }
    return save(argv[1], "packed") ? 0 : 1;
}
