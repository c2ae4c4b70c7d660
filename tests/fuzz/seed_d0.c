/* Readouts of IEC 62056-21 as first inputs: usage: seed_d0 FOLDER */
#include "seed.h"
#include "wire/readout_encode.h"

int main(int argc, char **argv)
{
    uint8_t bytes[1024];
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    if (argc != 2)
        return EXIT_FAILURE;
    ohm_put_text(&w, "/OHM5x\r\n");
    size_t stx = w.len;
    ohm_put_u8(&w, 0x02);
    ohm_put_text(&w, "F.F(00)\r\n0.9.1(101502)0.9.2(261120)\r\n1.8.0*02(001846.0*kWh)\r\n"
                     "P.01(0261120001500)(00)(15)(1)(1.5)(kW)\r\n(1)\r\n(2)\r\n");
    ohm_d0_put_end(&w, stx);
    seed_write(argv[1], "checked", ohm_writer_span(&w));
    seed_write(argv[1], "mode_d", ohm_span_text("/OHM3x\r\n\r\n1.8.0(1*kWh)\r\n6.8(1)!\r\n"));
    seed_write(argv[1], "dump",
               ohm_span_text("/?!\r\n/OHM5x\r\n\x06"
                             "050\r\n\x7f\x02"
                             "1-0:1.8.0(1)\r\n!522B\r\n"));
    return EXIT_SUCCESS;
}
