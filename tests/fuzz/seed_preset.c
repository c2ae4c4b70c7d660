/* The shipped presets, as first inputs: usage: seed_preset FOLDER */
#include <stdio.h>

#include "host/assets.h"
#include "host/file.h"

int main(int argc, char **argv)
{
    const ohm_asset *asset = NULL;
    for (size_t i = 0; argc > 1 && (asset = ohm_asset_at(i)); i++) {
        char path[OHM_PATH_MAX];
        if (strncmp(asset->name, "data/sensors/", 13) != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], asset->name + 13);
        if (ohm_failed(ohm_file_write(path, asset->bytes, 0600)))
            return 1;
    }
    return 0;
}
