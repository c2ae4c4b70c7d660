/* Zone files of this machine, as first inputs: usage: seed_tzif FOLDER */
#include <stdio.h>
#include <stdlib.h>

#include "host/file.h"

int main(int argc, char **argv)
{
    static const char *const zones[] = { "Europe/Paris", "Europe/Dublin", "Asia/Kolkata",
                                         "Australia/Lord_Howe", "UTC" };
    for (size_t i = 0; argc > 1 && i < sizeof zones / sizeof *zones; i++) {
        char path[OHM_PATH_MAX];
        uint8_t *bytes = NULL;
        size_t len = 0;
        (void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zones[i]);
        if (ohm_failed(ohm_file_read(path, 65536, &bytes, &len)))
            return 1;
        (void)snprintf(path, sizeof path, "%s/zone%zu", argv[1], i);
        ohm_err err = ohm_file_write(path, ohm_span_of(bytes, len), 0600);
        free(bytes);
        if (ohm_failed(err))
            return 1;
    }
    return 0;
}
