/* Data of telegrams as first inputs, by CI: usage: seed_mbus_record FOLDER */
#include "../mbus_frames.h"
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    static const char *const seeds[][2] = {
        { "header", "00 78 56 34 12 24 40 01 07 55 00 00 00 04 13 1F 00 00 00 1F 01" },
        { "numbers", "01 05 5B 22 F3 26 42 0C 2B BD EB DD DD 07 03 01 00 00 00 00 00 20 00" },
        { "times", "01 02 6C DF 1C 04 6D 1A 0E CD 13 06 6D 1E 1A 0E CD 13 00 03 6D 1E 1A 0E" },
        { "vifes", "01 04 DA 6F 32 14 7A 18 02 AB F1 77 E8 03 02 AB FC 11 FE FF 01 AB 7B 05" },
        { "texts", "01 0D FD 0C 03 43 42 41 0D 13 C2 34 12 0D 13 E3 01 02 03 0D 13 E9 01 02 03 "
                   "04 05 06 07 08 09" },
        { "extended", "01 F4 FF FF FF FF FF FF FF FF FF 7F 13 00 00 00 00" },
        { "fixed", "04 78 56 34 12 0A 03 0B 85 FE FF FF FF 00 01 00 00" },
    };
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        mbus_bytes data = mbus_hex(seeds[i][1]);
        seed_write(argv[1], seeds[i][0], mbus_span(&data));
    }
    return EXIT_SUCCESS;
}
