/* Frames as first inputs: usage: seed_hdlc FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    const push records = push_records(1362), one = push_positional(948);
    const push frame = push_hdlc(&records, 500), other = push_hdlc(&one, 500);
    seed_write(argv[1], "one", push_span(&frame));
    seed_write(argv[1], "other", push_span(&other));
    return EXIT_SUCCESS;
}
