/* Bodies of our own making as first inputs: usage: seed_answer_json FOLDER */
#include <stdio.h>

#include "host/file.h"

/* The first byte picks the source, as in fuzz_answer_json.c. */
static const char *const bodies[] = {
    "\x0e{\"tempo_like_calendars\":{\"values\":[{\"start_date\":\"2026-01-06T00:00:00+01:00\","
    "\"end_date\":\"2026-01-07T00:00:00+01:00\",\"value\":\"RED\",\"updated_date\":"
    "\"2026-01-05T10:20:00+01:00\"}]}}",
    "\x0e{\"error\":\"TMPLIKSUPCON_TMPLIKCAL_F04\",\"error_description\":\"x\"}",
    "\x0f{\"values\":{\"2024-09-01\":\"BLUE\",\"other\":1,\"2024-09-02\":\"WHITE\"}}",
    "\x10[{\"dateJour\":\"2026-01-06\",\"codeJour\":2,\"periode\":\"2025-2026\"}]",
    "\x11{\"errors\":[],\"content\":{\"options\":[{\"option\":\"EJP\",\"calendrier\":"
    "[{\"dateApplication\":\"2025-01-13\",\"statut\":\"EJP\"}]}]}}",
    "\x12{\"signals\":[{\"signaled_dates\":[{\"start_date\":\"2025-01-14T00:00:00+01:00\","
    "\"end_date\":\"2025-01-15T00:00:00+01:00\",\"aoe_signals\":1}]}]}",
    "\x13{\"unix_seconds\":[0,900,4500],\"price\":[61.2,null,-4.5],\"unit\":\"EUR / MWh\"}",
    "\x14{\"deliveryAreas\":[\"FR\"],\"multiAreaEntries\":[{\"deliveryStart\":"
    "\"2024-11-04T23:00:00Z\",\"deliveryEnd\":\"2024-11-05T00:00:00Z\",\"entryPerArea\":"
    "{\"FR\":83.63}}],\"currency\":\"EUR\"}",
    "\x15{\"data\":[{\"start_timestamp\":0,\"end_timestamp\":3600000,\"marketprice\":1.5,"
    "\"unit\":\"Eur/MWh\"}]}",
    "\x16{\"data\":{\"viewer\":{\"homes\":[{\"currentSubscription\":{\"priceInfo\":{\"today\":"
    "[{\"total\":0.2,\"startsAt\":\"2025-09-19T00:00:00.000+02:00\"}],\"tomorrow\":[]}}}]}}}",
    "\x17{\"results\":[{\"date_heure\":\"2026-01-15T16:45:00+00:00\",\"taux_co2\":38}]}",
    "\x18{\"utc_offset_seconds\":7200,\"hourly_units\":{\"temperature_2m\":\"\xc2\xb0"
    "C\"},\"hourly\":{\"time\":[\"2025-10-26T01:00\",0],\"temperature_2m\":[1.5,null]}}",
    "\x19{\"result\":{\"watts\":{\"2024-04-26T06:20:17+02:00\":0,\"2024-04-26 07:00:00\":270}}}",
    "\x1a[{\"priority\":0,\"intervalPeriod\":{\"start\":\"2025-01-01T12:00:00Z\",\"duration\":"
    "\"PT1H\"},\"intervals\":[{\"payloads\":[{\"type\":\"PRICE\",\"values\":[0.17]}]}]},"
    "{\"priority\":1,\"intervalPeriod\":{\"start\":\"2025-01-01T11:00:00Z\",\"duration\":"
    "\"P1D\"},\"intervals\":[{\"payloads\":[{\"type\":\"PRICE\",\"values\":[1]}]}]}]",
    "\x1b{\"data\":[{\"t\":0,\"e/\":3600,\"v\":\"0.17\"},{\"t\":\"2026-01-15T12:00:00Z\"}]}",
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
