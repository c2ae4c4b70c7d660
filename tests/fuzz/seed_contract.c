/* Small contracts of each kind, as first inputs: usage: seed_contract FOLDER */
#include <stdio.h>

#include "host/file.h"

int main(int argc, char **argv)
{
    static const char *const texts[] = {
        "name: a\nrows:\n  - {from: 2025-01-01, prices: {base: 0.2}, source: s}\n",
        "name: a\nperiods: [hp, hc]\nrest: hp\nholidays: fr\nslots:\n  - {period: hc, hours: "
        "[22:00-06:00], days: mon-fri, season: 11-01/03-31, holiday: never}\nrows:\n  - {from: "
        "2025-01-01, kva: 6, prices: {hp: 0.2, hc: 0.1}, subscription: 120, source: s}\n",
        "name: a\ncalendar: tempo\nday_start: \"06:00\"\nperiods: [b, w, r]\nslots:\n  - {period: "
        "b, on: [blue]}\n  - {period: w, on: [white]}\n  - {period: r, on: [red]}\nrows:\n  - "
        "{from: 2025-01-01, prices: {b: 1, w: 2, r: 3}, source: s}\n",
        "name: a\nspot: {period: base, factor: 1.05}\ntax: excluded\nvat:\n  - {from: 2025-01-01, "
        "subscription: 20, energy: 20}\ncharges:\n  - {id: accise, per_kwh: 0.02}\n"
        "professional: {reactive: 0.02}\nrows:\n  - {from: 2025-01-01, prices: {}, source: s}\n",
    };
    for (size_t i = 0; argc > 1 && i < sizeof texts / sizeof *texts; i++) {
        char path[OHM_PATH_MAX];
        (void)snprintf(path, sizeof path, "%s/contract%zu", argv[1], i);
        if (ohm_failed(ohm_file_write(path, ohm_span_text(texts[i]), 0600)))
            return 1;
    }
    return 0;
}
