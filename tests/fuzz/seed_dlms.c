/* Pushes of every kind as first inputs: usage: seed_dlms FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    const push list = push_e450_list(25149419), pairs = push_e450_pairs(12048950);
    const push records = push_records(1362), one = push_positional(948);
    const push sealed = push_sealed(&seed_aead, 0x30, 7, &pairs);
    const struct {
        const char *name;
        push stream;
    } seeds[] = {
        { "gbt", push_gbt(&list) },
        { "gbt-sealed", push_gbt(&sealed) },
        { "segments", push_hdlc(&list, 120) },
        { "records", push_hdlc(&records, 500) },
        { "positional", push_hdlc(&one, 500) },
        { "mbus", push_mbus(&sealed) },
        { "wrapper", push_wrapper(&sealed) },
        { "bare", list },
        { "bare-pairs", pairs },
        { "bare-sealed", sealed },
        { "bare-records", records },
        { "bare-one", one },
    };
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        seed_write(argv[1], seeds[i].name, push_span(&seeds[i].stream));
    return EXIT_SUCCESS;
}
