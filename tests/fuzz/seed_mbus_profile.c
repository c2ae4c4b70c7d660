/* The shipped profiles of M-Bus meters as first inputs: usage: seed_mbus_profile FOLDER */
#include "host/assets.h"
#include "seed.h"

int main(int argc, char **argv)
{
    static const char shipped[] = "data/mbus/";
    const ohm_asset *asset = NULL;
    if (argc != 2)
        return EXIT_FAILURE;
    for (size_t i = 0; (asset = ohm_asset_at(i)); i++)
        if (strncmp(asset->name, shipped, strlen(shipped)) == 0)
            seed_write(argv[1], asset->name + strlen(shipped), asset->bytes);
    return EXIT_SUCCESS;
}
