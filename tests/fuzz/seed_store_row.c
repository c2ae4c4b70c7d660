/* Rows and a pack of events as first inputs: usage: seed_store_row FOLDER */
#include <stdio.h>

#include "host/file.h"
#include "store/pack.h"

static bool save(const char *folder, const char *name, const uint8_t *bytes, size_t len)
{
    char path[OHM_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return !ohm_failed(ohm_file_write(path, ohm_span_of(bytes, len), 0600));
}

int main(int argc, char **argv)
{
    static ohm_row row = {
        .columns = { 6, { 1, 2, 3, 10, 300, 70000 } },
        .value = { 0, -1, 12048950, 23010, INT64_MAX, INT64_MIN },
    };
    static ohm_pack pack;
    uint8_t bytes[OHM_ROW_BYTES_MAX];
    if (argc < 2 || !save(argv[1], "uniform", bytes, ohm_row_encode(0, &row, bytes)))
        return 1;
    row.quality[3] = OHM_QUALITY_SUSPECT;
    if (!save(argv[1], "mixed", bytes, ohm_row_encode(0, &row, bytes)))
        return 1;
    bool added = ohm_pack_add(&pack, 1, 1795305600000, ohm_span_text("tick")) &&
                 ohm_pack_add(&pack, 9, 1795305601000, ohm_span_text("frame"));
    return added && save(argv[1], "pack", pack.bytes, pack.len) ? 0 : 1;
}
