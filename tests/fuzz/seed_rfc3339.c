/* Times and numbers as first inputs: usage: seed_rfc3339 FOLDER */
#include <stdio.h>

#include "host/file.h"

int main(int argc, char **argv)
{
    static const char *const texts[] = { "2023-11-10T09:58:50Z", "2023-11-10T10:58:50.123+01:00",
                                         "1969-12-31T23:59:59.999999-12:34", "-230.10e-3",
                                         "9223372036854775807" };
    for (size_t i = 0; argc > 1 && i < sizeof texts / sizeof *texts; i++) {
        char path[OHM_PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/text%zu", argv[1], i);
        if (ohm_failed(ohm_file_write(path, ohm_span_text(texts[i]), 0600)))
            return 1;
    }
    return 0;
}
