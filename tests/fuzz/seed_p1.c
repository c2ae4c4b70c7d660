/* P1 telegrams as first inputs: usage: seed_p1 FOLDER */
#include "../telegrams.h"
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    const telegram one = telegram_household(25149419, 812);
    const telegram sealed = telegram_sealed(&one, &seed_aead, telegram_public_key, 0x30, 7);
    seed_write(argv[1], "household", telegram_span(&one));
    seed_write(argv[1], "sealed", telegram_span(&sealed));
    seed_write(argv[1], "old",
               ohm_span_text("/OHM5x\r\n\r\n1-0:1.8.1(00001.001*kWh)\r\n0-1:24.1.0(3)\r\n"
                             "0-1:24.3.0(120517020000)(08)(60)(1)(0-1:24.2.1)(m3)\r\n"
                             "(00124.477)\r\n!\r\n"));
    return EXIT_SUCCESS;
}
