/* Ciphered messages as first inputs: usage: seed_glo FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    const push pairs = push_e450_pairs(12048950), one = push_positional(948);
    const push frame = push_sealed(&seed_aead, 0x30, 7, &pairs);
    const push other = push_sealed(&seed_aead, 0x20, 8, &one);
    seed_write(argv[1], "one", push_span(&frame));
    seed_write(argv[1], "other", push_span(&other));
    return EXIT_SUCCESS;
}
