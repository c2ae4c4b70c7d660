/* Data sets as first inputs: usage: seed_readout FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    seed_write(argv[1], "sets",
               ohm_span_text("F.F(00)\r\n0.0.0( 20000)\r\n1.8.1*02(001846.0*kWh)\r\n6.8(1,2*MWh)"
                             "9.4(088*C&082*C)\r\n0-0:96.13.0()\r\n1-0:31.7.0.255(001*A)\r\n"
                             "0-1:24.2.1(101209110000W)(12785.123*m3)\r\n(5)\r\n"));
    return EXIT_SUCCESS;
}
