#include "config/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define METER "meters:\n- {id: main, port: 'tcp:127.0.0.1:4000'}\n"
#define BLEU  "contract: {tariff: bleu-base, power_kva: 6}\n"
#define BATTERY(board, load, battery)                                                              \
    "boards: [{id: b, driver: mqtt-level, port: 'mqtt://h', devices: [d], " board                  \
    "set: t, payload: '{w}'}]\nloads:\n- {id: l, nominal_w: 3000, " load                           \
    "setpoint: {min: 200}, output: {board: b, channel: 0}}\n"                                      \
    "plan: {battery: {load: l, " battery "}}\n"

static char said[4096];
static ohm_site site;

static void collect(void *ctx, const char *line)
{
    (void)ctx;
    size_t n = strlen(said);
    (void)snprintf(said + n, sizeof said - n, "%s\n", line);
}

static ohm_code parse(const char *yaml)
{
    ohm_schema_report report = { collect, NULL, 0 };
    said[0] = '\0';
    return ohm_site_read(ohm_span_text(yaml), "site.yaml", &site, &report);
}

/* What a released relay leaves is the fail-safe state: fed where that order heats more than the
 * one that sheds. */
static void heaters_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *why, *load;
        int shed_order, at_rest, failsafe;
        unsigned orders; /* bit o: 0 Confort, 3 Eco, 4 Hors-gel, 5 Arret */
    } rows[] = {
        { "two relays", "shed_order: eco, output: {board: b, positive: 0, negative: 1}", 3, 0, 0,
          1 << 0 | 1 << 3 | 1 << 4 | 1 << 5 },
        { "the whole wave", "shed_order: eco, output: {board: b, eco: 5}", 3, 0, 0,
          1 << 0 | 1 << 3 },
        { "the negative halves", "shed_order: hors_gel, output: {board: b, negative: 5}", 4, 0, 0,
          1 << 0 | 1 << 4 },
        { "a house that is empty",
          "shed_order: eco, output: {board: b, positive: 0, negative: 1, at_rest: hors_gel}", 3, 4,
          1, 1 << 0 | 1 << 3 | 1 << 4 | 1 << 5 },
        { "at rest it is warmer than when it is shed",
          "shed_order: arret, output: {board: b, positive: 0, negative: 1, at_rest: hors_gel}", 5,
          4, 0, 1 << 0 | 1 << 3 | 1 << 4 | 1 << 5 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char yaml[512];
        (void)snprintf(yaml, sizeof yaml,
                       METER
                       "boards: [{id: b, driver: sim}]\nloads:\n- {id: l, nominal_w: 1, %s}\n",
                       rows[i].load);
        if (parse(yaml) != OHM_OK)
            fail_msg("%s: %s", rows[i].why, said);
        const ohm_site_load *l = &site.loads[0];
        assert_int_equal(l->shed_order, rows[i].shed_order);
        assert_int_equal(l->at_rest, rows[i].at_rest);
        assert_int_equal(l->failsafe, rows[i].failsafe);
        assert_int_equal(ohm_site_orders_of(l), rows[i].orders);
    }
}

static void setpoints_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *why, *load;
        int64_t min_w, step_w, safe_w;
        int failsafe;
    } rows[] = {
        { "in W", "setpoint: {min: 500}", 500, 100, 500, 0 },
        { "in A, of one phase", "setpoint: {unit: A, min: 6, safe: 0}", 1380, 230, 0, 1 },
        { "in A, of three", "setpoint: {unit: A, min: 6, phases: 3, voltage: 240, safe: 8}", 4320,
          720, 5760, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char yaml[512];
        (void)snprintf(yaml, sizeof yaml,
                       METER "boards: [{id: b, driver: sim}]\nloads:\n"
                             "- {id: l, nominal_w: 11000, %s, output: {board: b, channel: 0}}\n",
                       rows[i].load);
        if (parse(yaml) != OHM_OK)
            fail_msg("%s: %s", rows[i].why, said);
        const ohm_site_load *l = &site.loads[0];
        assert_int_equal(ohm_site_setpoint_w(l, l->min), rows[i].min_w);
        assert_int_equal(ohm_site_setpoint_w(l, l->step), rows[i].step_w);
        assert_int_equal(ohm_site_setpoint_w(l, l->safe), rows[i].safe_w);
        assert_int_equal(l->failsafe, rows[i].failsafe);
    }
}

static void mistakes_are_said_with_place_and_cure(void **state)
{
    (void)state;
    static const struct {
        const char *why, *yaml, *says;
    } rows[] = {
        { "a heater that is not said to be shed by anything",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, output: {board: b, positive: 0, negative: 1}}\n",
          "'l' has relays on a pilot wire: say what sheds it, eco, hors_gel or arret" },
        { "an order that sheds nothing",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, shed_order: confort, output: {board: b, eco: 0}}\n",
          "'confort' is not accepted (eco, hors_gel or arret)" },
        { "a heater with a feeding relay",
          METER "boards: [{id: b, driver: modbus, port: 'tcp:h:1'}]\nloads:\n"
                "- {id: l, nominal_w: 1, shed_order: eco, output: {board: b, channel: 0}}\n",
          "and contact are not of a pilot wire: give positive and negative, or eco" },
        { "a battery that is told no watts",
          METER BLEU "boards: [{id: b, driver: sim}]\nloads:\n- {id: l, nominal_w: 1, output: "
                     "{board: b, channel: 0}}\n"
                     "plan: {battery: {load: l, sensor: main, capacity_kwh: 5}}\n",
          "'l' is told no watts: a battery's load has a setpoint in W" },
        { "a battery whose inverter never goes back to itself",
          METER BLEU BATTERY("", "", "capacity_kwh: 5, sensor: main"),
          "boards.deadman_s: is missing: 'b' tells a battery watts" },
        { "one that nobody says how full it is",
          METER BLEU BATTERY("deadman_s: 60, ", "", "capacity_kwh: 5, sensor: x"),
          "plan.battery.sensor: 'x' is not the id of a meter" },
        { "one that a meter of energy is to say how full it is",
          "meters:\n- {id: main, port: 'tcp:h:1', protocol: tic}\n" BLEU BATTERY(
              "deadman_s: 60, ", "", "capacity_kwh: 5, sensor: main"),
          "plan.battery.sensor: 'main' is a meter of what passes" },
        { "one whose sensor's values leave it out",
          "meters:\n- {id: main, port: 'tcp:h:1'}\n- {id: s, port: 'mqtt://h/t', values: "
          "[{quantity: battery_power, pointer: /p}]}\n" BLEU BATTERY("deadman_s: 60, ", "",
                                                                     "capacity_kwh: 5, sensor: s"),
          "plan.battery.sensor: 's' has no battery_charge among its values" },
        { "one that yields last",
          METER BLEU BATTERY("deadman_s: 60, ", "tier: 3, ", "capacity_kwh: 5, sensor: main"),
          "'l' is a battery: its charging yields first" },
        { "one that would charge for ever",
          METER BLEU BATTERY("deadman_s: 60, ", "", "sensor: main, capacity_kwh: 0.01"),
          "capacity_kwh" },
        { "a heater without a relay",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, shed_order: eco, output: {board: b}}\n",
          "'l' has a shed_order and no relay on its pilot wire" },
        { "an order that one relay can't make",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, shed_order: eco, output: {board: b, positive: 0}}\n",
          "'l': its relays can't make the order eco" },
        { "nor leave at rest",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, shed_order: eco, output: {board: b, eco: 0, at_rest: "
                "arret}}\n",
          "'l': its relays can't leave the order arret" },
        { "both halves by one relay",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, shed_order: eco, output: {board: b, positive: 1, "
                "negative: 1}}\n",
          "loads.output.negative: is the channel of the positive half waves" },
        { "a half wave that feeds another load",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, output: {board: b, channel: 1}}\n"
                "- {id: m, nominal_w: 1, shed_order: eco, output: {board: b, positive: 0, "
                "negative: 1}}\n",
          "1 of 'b' already feeds 'l'" },
        { "a heater that is never shed, shed at rest",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, never_shed: true, shed_order: eco, output: {board: b, "
                "eco: 0, at_rest: eco}}\n",
          "contradicts at_rest: eco, which sheds it" },
        { "a setpoint whose least is more than its most",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1300, setpoint: {unit: A, min: 6}, output: {board: b, "
                "channel: 0}}\n",
          "'l': min and safe (1380 and 1380 W) are at the most nominal_w, 1300" },
        { "a setpoint that is safe below its least",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1300, setpoint: {min: 500, safe: 400}, output: {board: b, "
                "channel: 0}}\n",
          "loads.setpoint.safe: is 0, or min at the least" },
        { "two phases",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 9300, setpoint: {unit: A, min: 6, phases: 2}, output: "
                "{board: b, channel: 0}}\n",
          "loads.setpoint.phases: is 1 or 3" },
        { "steps beyond the most",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 300, setpoint: {min: 50, step: 301}, output: {board: b, "
                "channel: 0}}\n",
          "loads.setpoint.step: is more than nominal_w" },
        { "a setpoint on a relay",
          METER "boards: [{id: b, driver: modbus, port: 'tcp:h:1'}]\nloads:\n"
                "- {id: l, nominal_w: 300, setpoint: {min: 50}, output: {board: b, channel: 0}}\n",
          "'l': the relays of 'b' take no setpoint (mqtt-level, http-level and modbus-level do)" },
        { "a module that is told no level",
          METER "boards: [{id: b, driver: mqtt-level, port: 'mqtt://h', devices: [a], set: a, "
                "payload: x}]\n",
          "boards.payload: says no level" },
        { "a topic that is a filter",
          METER "boards: [{id: b, driver: mqtt-level, port: 'mqtt://h', devices: [a], set: a/#, "
                "payload: '{w}'}]\n",
          "'a/#': set, and state, are topics, without + and #" },
        { "a module without an address",
          METER "boards: [{id: b, driver: http-level, devices: [a], set: '{w}'}]\n",
          "boards.set: '{w}' is not http://..." },
        { "a setpoint with a contact",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 300, setpoint: {min: 50}, output: {board: b, channel: 0, "
                "contact: NC}}\n",
          "'l': a setpoint has a board and a channel alone" },
        { "a setpoint that is an order",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 300, shed_order: eco, setpoint: {min: 50}, output: {board: "
                "b, channel: 0}}\n",
          "is of a heater on a pilot wire, not of a setpoint" },
        { "never shed, and off when nobody says anything",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 300, never_shed: true, setpoint: {min: 50, safe: 0}, "
                "output: {board: b, channel: 0}}\n",
          "loads.never_shed: contradicts setpoint.safe: 0" },
        { "a load that nothing feeds",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, output: {board: b}}\n",
          "loads.output.channel: is missing" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (parse(rows[i].yaml) == OHM_OK)
            fail_msg("%s: was accepted", rows[i].why);
        if (!strstr(said, rows[i].says))
            fail_msg("%s: said\n%swanted: %s", rows[i].why, said, rows[i].says);
    }
}

static void collect_odd(void *ctx, const ohm_site_odd *odd)
{
    char line[512];
    (void)snprintf(line, sizeof line, "site.yaml:%u: %s: %s", odd->line, odd->path, odd->why);
    collect(ctx, line);
}

/* What a driver does not look at would be believed in: a mistake, or left out by who runs with it.
 */
static void what_would_not_be_done_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why, *yaml, *says;
    } rows[] = {
        { "a dead-man longer than the board's own timer",
          METER "boards: [{id: b, driver: phidget, serial: 1, deadman_s: 300}]\n",
          "site.yaml:3: boards.deadman_s: is 30 at the most" },
        { "a level that no other driver knows",
          METER "boards: [{id: b, driver: modbus, port: 'tcp:h:502', active_low: true}]\n",
          "boards.active_low: is of the driver gpio: elsewhere contact" },
        { "a serial number that is nobody's",
          METER "boards: [{id: b, driver: tasmota, port: 'mqtt://h', devices: [d], serial: 7}]\n",
          "boards.serial: is of a Phidget" },
        { "an interlock of one, for another has another",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, output: {board: b, channel: 0}}\n"
                "- {id: m, nominal_w: 1, interlock: x, output: {board: b, channel: 1}}\n",
          "site.yaml:6: loads.interlock: no other load has 'x'" },
        { "a car that asks for more than a night gives",
          METER BLEU "boards: [{id: b, driver: sim}]\nloads:\n"
                     "- {id: car, nominal_w: 2300, output: {board: b, channel: 0}}\n"
                     "plan: {car: {load: car, need_kwh: 60, home: '22:00', ready: '06:00'}}\n",
          "site.yaml:7: plan.car.need_kwh: 60.0 kWh are more than 2300 W give from 22:00 to 06:00: "
          "18.4" },
        { "a speed of what is no line", "meters:\n- {id: main, port: 'tcp:h:1', baud: 9600}\n",
          "site.yaml:2: meters.baud: is of a serial line, and this port is none" },
        { "a framing of what is no line",
          METER "- {id: s, port: 'mqtt://h/t', framing: 8E1, values: [{quantity: "
                "battery_power}]}\n",
          "site.yaml:3: meters.framing: is of a serial line, and this port is none" },
        { "a board's", METER "boards: [{id: b, driver: modbus, port: 'tcp:h:502', baud: 9600}]\n",
          "site.yaml:3: boards.baud: is of a serial line, and this port is none" },
        { "a line that is not serial",
          METER "boards: [{id: b, driver: gpio, port: gpiochip0, devices: [17], baud: 9600}]\n",
          "boards.baud: is of Modbus on a serial line" },
        { "a URL of a switch on a broker",
          METER
          "boards: [{id: b, driver: shelly, port: 'mqtt://h', devices: [d], on: 'http://h'}]\n",
          "boards.on: is of the driver http" },
        { "an order that would hold on some days",
          METER "limits: [{id: dso, kind: grid, mqtt: 'mqtt://h/t', ecowatt_level: 3}]\n",
          "'dso': an order holds at once, this limit on some days only" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)parse(rows[i].yaml);
        said[0] = '\0';
        assert_int_equal(ohm_site_odds(&site, false, collect_odd, NULL), 1);
        if (!strstr(said, rows[i].says))
            fail_msg("%s: %s", rows[i].why, said);
        assert_int_equal(ohm_site_odds(&site, true, collect_odd, NULL), 1);
        assert_int_equal(ohm_site_odds(&site, true, collect_odd, NULL), 0);
    }
    assert_int_equal(parse(METER "boards: [{id: b, driver: phidget, serial: 1, deadman_s: 300}]\n"),
                     OHM_OK);
    (void)ohm_site_odds(&site, true, collect_odd, NULL);
    assert_int_equal(site.boards[0].deadman_s, 30);
    assert_int_equal(site.boards[0].serial, 1);
    (void)parse(METER "limits: [{id: dso, kind: grid, mqtt: 'mqtt://h/t', ecowatt_level: 3}]\n");
    (void)ohm_site_odds(&site, true, collect_odd, NULL);
    assert_string_equal(site.limits[0].mqtt, "");
    assert_int_equal(site.limits[0].ecowatt_level, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heaters_are_read),
        cmocka_unit_test(setpoints_are_read),
        cmocka_unit_test(mistakes_are_said_with_place_and_cure),
        cmocka_unit_test(what_would_not_be_done_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
