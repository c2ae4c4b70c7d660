/* Telegrams of every form as first inputs: usage: seed_mbus FOLDER */
#include "../mbus_frames.h"
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    const struct {
        const char *name;
        uint8_t ci;
        const char *data;
    } seeds[] = {
        { "variable", 0x72, "78 56 34 12 24 40 01 07 55 00 00 00 04 13 1F 00 00 00 2F 1F 01" },
        { "msb-first", 0x76, "12 34 56 78 40 24 01 07 55 00 00 00 04 6D 13 CD 0E 1A" },
        { "short", 0x7a, "55 04 00 00 05 5B 22 F3 26 42 0D FD 0C 03 43 42 41" },
        { "none", 0x78, "C4 81 50 83 3C 01 00 00 00 02 FC 03 48 52 25 74 22 15 0F 01" },
        { "fixed", 0x73, "78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00 00" },
        { "error", 0x70, "08" },
        { "alarm", 0x71, "83" },
    };
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        mbus_bytes frame = mbus_frame(0x08, 1, seeds[i].ci, seeds[i].data);
        seed_write(argv[1], seeds[i].name, mbus_span(&frame));
    }
    return EXIT_SUCCESS;
}
