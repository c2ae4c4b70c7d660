/* Home Assistant's own list of units by kind of sensor: each unit of a kind that we have a quantity
 * for is understood, and as that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "inout/unit.h"

static json_t *sensors;

static void every_unit_of_a_kind(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        ohm_quantity_id quantity;
    } rows[] = {
        { "apparent_power", OHM_Q_APPARENT_POWER },
        { "atmospheric_pressure", OHM_Q_PRESSURE },
        { "battery", OHM_Q_BATTERY_LEVEL },
        { "carbon_dioxide", OHM_Q_CO2 },
        { "current", OHM_Q_CURRENT },
        { "energy", OHM_Q_ENERGY_IMPORT },
        { "energy_storage", OHM_Q_ENERGY_IMPORT },
        { "frequency", OHM_Q_FREQUENCY },
        { "gas", OHM_Q_GAS_VOLUME },
        { "humidity", OHM_Q_HUMIDITY },
        { "illuminance", OHM_Q_ILLUMINANCE },
        { "power", OHM_Q_POWER },
        { "pressure", OHM_Q_PRESSURE },
        { "reactive_energy", OHM_Q_REACTIVE_ENERGY_IMPORT },
        { "reactive_power", OHM_Q_REACTIVE_POWER },
        { "temperature", OHM_Q_TEMPERATURE },
        { "temperature_delta", OHM_Q_TEMPERATURE_DIFFERENCE },
        { "voltage", OHM_Q_VOLTAGE },
        { "volume", OHM_Q_VOLUME },
        { "volume_flow_rate", OHM_Q_VOLUME_FLOW },
        { "water", OHM_Q_WATER_VOLUME },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const json_t *units = json_object_get(sensors, rows[i].kind);
        assert_true(json_array_size(units) > 0);
        for (size_t n = 0; n < json_array_size(units); n++) {
            const char *unit = json_string_value(json_array_get(units, n));
            int64_t value;
            assert_non_null(unit);
            if (!unit[0] || !ohm_unit_fits(ohm_span_text(unit), rows[i].quantity) ||
                ohm_unit_quantise(ohm_span_text(unit), rows[i].quantity, 1, 0, &value) != OHM_OK)
                fail_msg("%s: '%s' is not understood", rows[i].kind, unit);
        }
    }
}

int main(void)
{
    const char *corpus = getenv("OHM_CORPUS");
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/ha/units.json", corpus ? corpus : "");
    json_t *all = corpus ? json_load_file(path, 0, NULL) : NULL;
    sensors = json_object_get(all, "sensor");
    if (!sensors) {
        puts("OHM_CORPUS/ha/units.json is not there: skipped");
        json_decref(all);
        return 77;
    }
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_unit_of_a_kind) };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(all);
    return failed;
}
