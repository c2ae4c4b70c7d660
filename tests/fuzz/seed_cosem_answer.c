/* Answers as first inputs: usage: seed_cosem_answer FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    static const uint8_t normal[] = { 0xc4, 1, 0xc1, 0, 0x06, 0, 0, 1, 2 };
    static const uint8_t block[] = { 0xc4, 2, 0xc1, 1, 0, 0, 0, 1, 0, 3, 1, 2, 3 };
    static const uint8_t list[] = { 0xc4, 3, 0xc1, 2, 0, 0x11, 7, 1, 4 };
    static const uint8_t action[] = { 0xc7, 1, 0xc1, 0, 1, 0, 9, 2, 5, 6 };
    static const uint8_t exception[] = { 0xd8, 1, 6, 0, 0, 0, 9 };
    static const uint8_t initiate[] = { 8, 0, 6, 0x5f, 0x1f, 4, 0, 0, 0x12, 0x1d, 4, 0, 0, 7 };
    static const uint8_t aare[] = { 0x61, 0x29, 0xa1, 9, 6,    7, 0x60, 0x85, 0x74, 5,    8, 1,
                                    1,    0xa2, 3,    2, 1,    0, 0xa3, 5,    0xa1, 3,    2, 1,
                                    0,    0xbe, 0x10, 4, 0x0e, 8, 0,    6,    0x5f, 0x1f, 4, 0,
                                    0,    0x12, 0x1d, 4, 0,    0, 7 };
    if (argc != 2)
        return EXIT_FAILURE;
    seed_write(argv[1], "normal", ohm_span_of(normal, sizeof normal));
    seed_write(argv[1], "block", ohm_span_of(block, sizeof block));
    seed_write(argv[1], "list", ohm_span_of(list, sizeof list));
    seed_write(argv[1], "action", ohm_span_of(action, sizeof action));
    seed_write(argv[1], "exception", ohm_span_of(exception, sizeof exception));
    seed_write(argv[1], "initiate", ohm_span_of(initiate, sizeof initiate));
    seed_write(argv[1], "aare", ohm_span_of(aare, sizeof aare));
    return EXIT_SUCCESS;
}
