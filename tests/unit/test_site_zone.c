/* `zones:` of the site: what is refused, and in which words. */
#include "config/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char said[8192];

static void collect(void *ctx, const char *line)
{
    (void)ctx;
    size_t n = strlen(said);
    (void)snprintf(said + n, sizeof said - n, "%s\n", line);
}

static ohm_site site;

#define METER "meters:\n- {id: main, port: 'tcp:127.0.0.1:4000'}\n"

#define LOAD(contact, more)                                                                        \
    "boards:\n- {id: b, driver: sim}\nloads:\n"                                                    \
    "- {id: l, nominal_w: 9, output: {board: b, channel: 0, contact: " contact "}, " more "}\n"

#define ZONE(more)                                                                                 \
    "zones: [{id: z, sensor: main, " more ", schedule: [{at: \"06:00\", set_c: 20}]}]\n"

static void zones_that_contradict_themselves_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *why, *yaml, *says;
    } rows[] = {
        { "a zone that nobody heats", METER ZONE("loads: []"), "nothing heats 'z'" },
        { "a zone of no load", METER ZONE("loads: [x]"),
          "zones.loads: 'x' is not the id of a load" },
        { "one load twice", METER LOAD("NC", "tier: 1") ZONE("loads: [l, l]"),
          "'l' already heats 'z'" },
        { "a load that no thermostat stops",
          METER LOAD("NC", "never_shed: true") ZONE("loads: [l]"),
          "'l' is never shed: no thermostat could stop it" },
        { "a sensor that is not there",
          METER LOAD("NC", "tier: 1") "zones: [{id: z, sensor: t, loads: [l], schedule: "
                                      "[{at: \"06:00\", set_c: 20}]}]\n",
          "zones.sensor: 't' is not the id of a meter" },
        { "two set points at once",
          METER LOAD("NC", "tier: 1") "zones: [{id: z, sensor: main, loads: [l], schedule: "
                                      "[{at: \"06:00\", set_c: 20}, {at: \"06:00\", days: sat, "
                                      "set_c: 21}]}]\n",
          "'z': two set points begin at 06:00" },
        { "a thermostat wider than the plan's band",
          METER LOAD("NC", "tier: 1") ZONE("loads: [l], hysteresis_k: 2"),
          "'z': the thermostat goes further than a plan may" },
        { "half a twin", METER LOAD("NC", "tier: 1") ZONE("loads: [l], loss_w_per_k: 100"),
          "'z': give store_wh_per_k with it, or neither" },
        { "a set point for an oven",
          METER LOAD("NC", "tier: 1") "zones: [{id: z, sensor: main, loads: [l], schedule: "
                                      "[{at: \"06:00\", set_c: 90}]}]\n",
          "zones[0].schedule[0].set_c" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_schema_report report = { collect, NULL, 0 };
        said[0] = '\0';
        ohm_code code = ohm_site_read(ohm_span_text(rows[i].yaml), "site.yaml", &site, &report);
        if (code == OHM_OK || !strstr(said, rows[i].says))
            fail_msg("%s: %s", rows[i].why, said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(
        zones_that_contradict_themselves_are_told) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
