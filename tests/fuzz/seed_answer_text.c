/* Files of our own making as first inputs: usage: seed_answer_text FOLDER */
#include <stdio.h>

#include "host/file.h"

static const char *const bodies[] = {
    "LOCATION,Lyon,AR,FRA,x,074800,45.7,4.9,1.0,198.0\r\nD\r\nT\r\nG\r\nH\r\nC\r\nC\r\n"
    "DATA PERIODS,1,1,Data,Sunday,1/ 1,12/31\r\n"
    "2004,1,1,1,60,?9,-0.5,-2.0,85,99846,0,0,271,9999,2,3,0,0,0,0,268,3.0,8,8,6750.0\r\n",
    "Latitude: 45\r\n\r\ntime(UTC),T2m,RH,G(h)\r\n20180101:0000,2.04,81,0.0\r\n\r\nnotes\r\n",
    "{\"outputs\":{\"tmy_hourly\":[{\"time(UTC)\":\"20180131:2300\",\"T2m\":2.04}]}}",
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof bodies / sizeof *bodies; i++) {
        char path[OHM_PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/body%zu", argv[1], i);
        if (ohm_failed(ohm_file_write(path, ohm_span_text(bodies[i]), 0600)))
            return 1;
    }
    return 0;
}
