/* First inputs of the three protocols: usage: seed_text_json FOLDER */
#include "../sml_files.h"
#include "../telegrams.h"
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    const sml_bytes sml = sml_household(25149419, -812);
    const telegram p1 = telegram_household(25149419, 812);
    seed_write(argv[1], "sml", sml_span(&sml));
    seed_write(argv[1], "p1", telegram_span(&p1));
    seed_write(
        argv[1], "p1_old",
        ohm_span_text("/OHM5x\r\n\r\n0-0:96.13.1(616263)\r\n1-0:1.8.1(00001.001*kWh)\r\n!\r\n"));
    seed_write(argv[1], "d0",
               ohm_span_text("/OHM3x\r\n\r\n1.8.0(1*kWh)\r\n9.4(088*C&082*C)\r\n"
                             "P.01(0261120001500)(00)(15)(1)(1.5)(kW)\r\n(1)\r\n(2)\r\n!\r\n"));
    return EXIT_SUCCESS;
}
