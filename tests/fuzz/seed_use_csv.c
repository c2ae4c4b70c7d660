/* Each form of the files, as first inputs: usage: seed_use_csv FOLDER */
#include <stdio.h>

#include "host/file.h"

int main(int argc, char **argv)
{
    static const char *const texts[] = {
        "utc,energy_wh\n2025-01-01T00:00:00Z,100\n2025-01-01T00:30:00Z,50\n",
        "time;kW\n01/01/2025 00:00;0,5\n01/01/2025 00:30;1\n",
        "utc,index_kwh,export_wh,va\n1735689600,1000,0,500\n1735693200,1000.5,,600\n",
        "Horodate;Valeur\n2025-01-01T00:30:00+01:00;1000\n2025-01-01T01:00:00+01:00;500\n",
        "utc_start,utc_end,value\n2025-01-01T00:00:00Z,2025-01-01T01:00:00Z,-7.5\n",
        "utc,power_w\n1,9999999999\n4000000000,9999999999\n",
        "date,colour\n2025-01-01,WHITE\n2025-01-02,RED\n",
    };
    for (size_t i = 0; argc > 1 && i < sizeof texts / sizeof *texts; i++) {
        char path[OHM_PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/text%zu", argv[1], i);
        if (ohm_failed(ohm_file_write(path, ohm_span_text(texts[i]), 0600)))
            return 1;
    }
    return 0;
}
