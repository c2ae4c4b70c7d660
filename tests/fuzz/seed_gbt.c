/* Blocks as first inputs: usage: seed_gbt FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    const push list = push_e450_list(25149419);
    push frame = { .len = 0 }, other = { .len = 0 };
    ohm_writer w = push_writer(&frame);
    for (uint16_t i = 1; i <= 4; i++) {
        ohm_put_u8(&w, 0xe0);
        ohm_put_u8(&w, i == 4 ? 0xc0 : 0x40);
        ohm_put_u16(&w, i);
        ohm_put_u16(&w, 0);
        ohm_axdr_put_length(&w, 60);
        ohm_put_bytes(&w, ohm_span_part(push_span(&list), 60u * (i - 1u), 60));
    }
    push_done(&frame, &w);
    push_append(&other, ohm_span_part(push_span(&frame), 0, 134));
    push_append(&other, ohm_span_part(push_span(&frame), 67, 201));
    seed_write(argv[1], "one", push_span(&frame));
    seed_write(argv[1], "other", push_span(&other));
    return EXIT_SUCCESS;
}
