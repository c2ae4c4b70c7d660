/* Bodies of our own making as first inputs: usage: seed_ecowatt_body FOLDER */
#include <stdio.h>

#include "host/file.h"

static const char *const bodies[] = {
    "{\"signals\":[]}",
    "\xef\xbb\xbf{\"signals\":[{\"GenerationFichier\":\"2026-10-24T22:00:00+02:00\",\"jour\":"
    "\"2026-10-25T00:00:00+02:00\",\"dvalue\":3,\"message\":\"Pas d\xe2\x80\x99"
    "alerte.\",\"values\":[{\"pas\":1,\"hvalue\":1},{\"pas\":2,\"hvalue\":3},{\"pas\":3,"
    "\"hvalue\":null},{\"pas\":4,\"hvalue\":4}]},{\"GenerationFichier\":null,\"jour\":"
    "\"2026-10-26T00:00:00+01:00\",\"values\":[{\"pas\":23,\"hvalue\":0},{\"pas\":0}]}]}",
    "{\"error\":\"ECOWATT_COMMON_T05\",\r\n\t\"error_details\":{\"transaction_id\":\"Id-0\"}}",
    "<!DOCTYPE HTML><html></html>",
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
