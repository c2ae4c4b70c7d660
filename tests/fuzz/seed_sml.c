/* SML files as first inputs: usage: seed_sml FOLDER */
#include "../sml_files.h"
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    const sml_bytes one = sml_household(25149419, -812);
    seed_write(argv[1], "household", sml_span(&one));
    seed_write(argv[1], "messages", ohm_span_part(sml_span(&one), 8, one.len - 16));
    return EXIT_SUCCESS;
}
