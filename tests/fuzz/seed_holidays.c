/* Lists of days as first inputs: usage: seed_holidays FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    seed_write(argv[1], "csv", ohm_span_text("date,name\n2026-05-01,a\n2026-08-03,2026-08-14\n"));
    seed_write(argv[1], "json", ohm_span_text("{\"2026-05-01\":\"a\",\"2026-05-08\":\"b\"}"));
    seed_write(argv[1], "french", ohm_span_text("01/05/2026;a\r\n08.05.2026;b\r\n"));
    return EXIT_SUCCESS;
}
