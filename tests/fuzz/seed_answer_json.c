/* Bodies of our own making as first inputs: usage: seed_answer_json FOLDER */
#include <stdio.h>

#include "host/file.h"

/* The first byte picks the source, as in fuzz_answer_json.c. */
static const char *const bodies[] = {
    "\x05{\"tempo_like_calendars\":{\"values\":[{\"start_date\":\"2026-01-06T00:00:00+01:00\","
    "\"end_date\":\"2026-01-07T00:00:00+01:00\",\"value\":\"RED\",\"updated_date\":"
    "\"2026-01-05T10:20:00+01:00\"}]}}",
    "\x05{\"error\":\"TMPLIKSUPCON_TMPLIKCAL_F04\",\"error_description\":\"x\"}",
    "\x06{\"values\":{\"2024-09-01\":\"BLUE\",\"other\":1,\"2024-09-02\":\"WHITE\"}}",
    "\x07[{\"dateJour\":\"2026-01-06\",\"codeJour\":2,\"periode\":\"2025-2026\"}]",
    "\x08{\"errors\":[],\"content\":{\"options\":[{\"option\":\"EJP\",\"calendrier\":"
    "[{\"dateApplication\":\"2025-01-13\",\"statut\":\"EJP\"}]}]}}",
    "\x09{\"signals\":[{\"signaled_dates\":[{\"start_date\":\"2025-01-14T00:00:00+01:00\","
    "\"end_date\":\"2025-01-15T00:00:00+01:00\",\"aoe_signals\":1}]}]}",
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
