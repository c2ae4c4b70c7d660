/* Changes of a state as first inputs: usage: seed_watch FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    static const uint8_t changes[][16] = {
        { 1, 0, 0, 0, 255, 16, 0, 0, 3, 5, 1, 0, 0, 30, 0, 0 },
        { 200, 60, 0, 0, 127, 240, 2, 0, 255, 0, 20, 0, 128, 9, 30, 0 },
        { 255, 200, 0, 0, 255, 201, 0, 0, 255, 202, 0, 0, 255, 203, 0, 0 },
    };
    for (size_t i = 0; argc > 1 && i < sizeof changes / sizeof *changes; i++) {
        char name[] = { 'w', (char)('0' + i), '\0' };
        seed_write(argv[1], name, ohm_span_of(changes[i], sizeof changes[i] - i));
    }
    return 0;
}
