/* Bodies as first inputs: usage: seed_axdr FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    static const uint8_t compact[] = { 2, 2, 0x11, 9,   0x13, 2, 2,   9, 0x11,
                                       7, 2, 'a',  'b', 5,    1, 'c', 6 };
    static const uint8_t nested[] = { 0x13, 1, 0, 2, 1, 0, 1, 0x12, 8, 0, 1, 0, 2, 0, 3, 0, 4 };
    if (argc != 2)
        return EXIT_FAILURE;
    const push list = push_e450_list(25149419), pairs = push_e450_pairs(12048950);
    seed_write(argv[1], "list", ohm_span_part(push_span(&list), 18, list.len - 18));
    seed_write(argv[1], "pairs", ohm_span_part(push_span(&pairs), 18, pairs.len - 18));
    seed_write(argv[1], "compact", (ohm_span){ compact, sizeof compact });
    seed_write(argv[1], "nested", (ohm_span){ nested, sizeof nested });
    return EXIT_SUCCESS;
}
