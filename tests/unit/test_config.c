#include "config/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/nearest.h"

static char said[8192];

static void collect(void *ctx, const char *line)
{
    (void)ctx;
    size_t n = strlen(said);
    (void)snprintf(said + n, sizeof said - n, "%s\n", line);
}

static ohm_site site;

static ohm_code parse(const char *yaml)
{
    ohm_schema_report report = { collect, NULL, 0 };
    said[0] = '\0';
    return ohm_site_read(ohm_span_text(yaml), "site.yaml", &site, &report);
}

#define X60   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define METER "meters:\n- {id: main, port: 'tcp:127.0.0.1:4000'}\n"

#define BLEU "contract: {tariff: bleu-base, power_kva: 6}\n"

#define LOAD(contact, more)                                                                        \
    "boards:\n- {id: b, driver: sim}\nloads:\n"                                                    \
    "- {id: l, nominal_w: 9, output: {board: b, channel: 0, contact: " contact "}, " more "}\n"

static const char whole[] = "site:\n"
                            "  id: home\n"
                            "  name: Maison d'Émile\n"
                            "  timezone: Europe/Paris\n"
                            "meters:\n"
                            "  - id: main\n"
                            "    zone: ground\n"
                            "    port: serial:/dev/serial/by-id/usb-x\n"
                            "    baud: 9600\n"
                            "    address: '5'\n"
                            "    every_s: 2.5\n"
                            "    echo: true\n"
                            "    framing: 8N1\n"
                            "    key_file: /etc/ohmstead/guek\n"
                            "contract:\n"
                            "  tariff: bleu-hphc\n"
                            "  power_kva: 9\n"
                            "  off_peak: [22:30-06:30]\n"
                            "boards:\n"
                            "  - {id: board, driver: sim}\n"
                            "loads:\n"
                            "  - id: water_heater\n"
                            "    name: Chauffe-eau\n"
                            "    nominal_w: 2400\n"
                            "    off_min_s: 300\n"
                            "    output: {board: board, channel: 0, contact: NC}\n"
                            "  - id: heating\n"
                            "    nominal_w: 3000\n"
                            "    ecowatt_threshold: never\n"
                            "    output: {board: board, channel: 1, contact: NO}\n"
                            "zones:\n"
                            "  - id: living\n"
                            "    sensor: main\n"
                            "    loads: [heating]\n"
                            "    schedule:\n"
                            "      - {at: '06:00', days: mon-fri, set_c: 20}\n"
                            "      - {at: '22:00', set_c: 17.5}\n"
                            "    stale: shed\n"
                            "ecowatt: {client_id: me, client_secret_env: X, every_s: 900}\n"
                            "web: {listen: '[::1]:8420'}\n";

static void a_whole_site_is_read(void **state)
{
    (void)state;
    if (parse(whole) != OHM_OK)
        fail_msg("%s", said);
    assert_string_equal(site.name, "Maison d'Émile");
    assert_int_equal(site.meters[0].baud, 9600);
    assert_string_equal(site.meters[0].address, "5");
    assert_int_equal(site.meters[0].every_ms, 2500);
    assert_int_equal(site.zones_count, 1);
    assert_string_equal(site.zones[0].name, "living");
    assert_string_equal(site.zones[0].loads[0].id, "heating");
    assert_int_equal(site.zones[0].times[0].weekdays, 0x1f);
    assert_int_equal(site.zones[0].times[1].minute, 22 * 60);
    assert_int_equal(site.zones[0].times[1].weekdays, 0x7f);
    assert_int_equal(site.zones[0].times[1].set_dc, 175);
    assert_int_equal(site.zones[0].frost_dc, 70);
    assert_int_equal(site.zones[0].stale, 1);
    assert_true(site.meters[0].echo);
    assert_int_equal(site.meters[0].stale_after_s, 0); /* as its pace asks for */
    assert_string_equal(site.meters[0].name, "main");
    assert_int_equal(site.power_va, 9000);
    assert_int_equal(site.slots[0].slot.from_minute, 22 * 60 + 30);
    assert_int_equal(site.loads_count, 2);
    assert_int_equal(site.loads[0].off_min_s, 300);
    assert_int_equal(site.loads[1].ecowatt_threshold, OHM_LEVEL_NEVER);
    assert_int_equal(site.loads[1].contact, 1);
    assert_int_equal(site.ecowatt_every_s, 900);
    assert_string_equal(site.loads[1].name, "heating");
    assert_int_equal(site.loads[0].failsafe, 0); /* what each contact leaves */
    assert_int_equal(site.loads[1].failsafe, 1);

    ohm_schema_report report = { collect, NULL, 0 };
    ohm_contract contract;
    assert_int_equal(ohm_site_contract(&site, "site.yaml", &contract, &report), OHM_OK);
    assert_int_equal(contract.periods_count, 2);
    assert_true(contract.rows_count >= 3);
    assert_int_equal(contract.rows[contract.rows_count - 1]
                         .ueur_per_kwh[ohm_contract_period(&contract, ohm_span_text("hp"))],
                     206500);
}

static void mistakes_are_said_with_place_and_cure(void **state)
{
    (void)state;
    static const struct {
        const char *why, *yaml, *says;
    } rows[] = {
        { "a unit where a number belongs", "meters:\n- {id: main, port: 'tcp:h:1', baud: 9600x}\n",
          "site.yaml:2:37: meters[0].baud: '9600x' is not a whole number" },
        { "kilowatts where watts belong",
          METER "loads:\n- {id: l, nominal_w: 2.2, output: {board: b, channel: 0}}\n",
          "'2.2' is not a whole number of watts" },
        { "a bound of a decimal",
          METER "loads:\n- {id: l, nominal_w: 1, output: {board: b, channel: 0}}\n"
                "plan: {car: {load: l, need_kwh: 500}}\n",
          "'500' is out of range (0 to 200)" },
        { "an unknown key, near a known one",
          "meters:\n- {id: main, port: 'tcp:h:1', bauds: 9600}\n", "did you mean 'baud'?" },
        { "an unknown key, near none", METER "zebra: 1\n", "unknown key 'zebra'\n" },
        { "out of range", "meters:\n- {id: main, port: 'tcp:h:1', stale_after_s: -5}\n",
          "-5 is out of range (2 to 604800)" },
        { "asked too often", METER "ecowatt: {client_id: me, client_secret_env: X, every_s: 60}\n",
          "60 is out of range (900 to 86400)" },
        { "a fail-safe that NO can't keep", METER LOAD("NO", "failsafe: fed"),
          "site.yaml:6: loads.failsafe: fed can't be kept by an NO contact" },
        { "a fail-safe that NC can't keep", METER LOAD("NC", "failsafe: shed"),
          "site.yaml:6: loads.failsafe: shed can't be kept by an NC contact" },
        { "never shed, on a contact that opens", METER LOAD("NO", "never_shed: true"),
          "site.yaml:6: loads.never_shed: contradicts contact: NO" },
        { "a shed that ends before loads can come back", METER LOAD("NC", "shed_max_s: 20"),
          "site.yaml:6: loads.shed_max_s: 'l': 20 s is too short: give 90 at least, its off_min_s "
          "(60) and 30 for" },
        { "a longest shed without a rest", METER LOAD("NC", "shed_max_s: 90, rest_min_s: 0"),
          "site.yaml:6: loads.rest_min_s: 'l': a load with a longest shed needs a rest" },
        { "a power with its unit", METER "contract: {tariff: bleu-base, power_kva: 9 kVA}\n",
          "contract.power_kva: '9 kVA' is not a number (write it without a unit, as 9 or" },
        { "plain HTTP for everybody", METER "web: {listen: '0.0.0.0:8420', behind_proxy: true}\n",
          "web.behind_proxy: off loopback it needs trusted_proxies" },
        { "a proxy by name", METER "web: {behind_proxy: true, trusted_proxies: [proxy]}\n",
          "web.trusted_proxies: 'proxy' is not an IP address" },
        { "a missing key", "meters:\n- {id: main}\n", "meters[0]: 'port' is missing" },
        { "nothing at all", "", "is empty" },
        { "a list where a group belongs", METER "site: [1]\n", "a group of keys is expected" },
        { "a group where a list belongs", "meters: {id: main}\n", "a list is expected" },
        { "a key given twice", METER "site: {id: a, id: b}\n", "site.id: is given twice" },
        { "an id that would break a URL", "meters:\n- {id: 'a/b', port: 'tcp:h:1'}\n",
          "may hold a-z, 0-9, _ and - only" },
        { "two meters of one name",
          "meters:\n- {id: a, port: 'tcp:h:1'}\n- {id: a, port: 'tcp:h:2'}\n",
          "site.yaml:3: meters.id: 'a' is already the id of another meter" },
        { "an alias", "site: &x {id: a}\nmeters: *x\n", "anchors, aliases, tags" },
        { "a tag", "site: !!map {id: a}\n", "anchors, aliases, tags" },
        { "not YAML", "site: [", "not YAML" },
        { "a second document would be ignored", METER "---\nzebra: 1\n",
          "site.yaml:3: a second document ('---') begins here" },
        { "an id that the journal would cut",
          "meters:\n- {id: a2345678901234567890123456789012, port: 'tcp:h:1'}\n",
          "is longer than 31 characters" },
        { "a key that the store refuses",
          "site: {id: " X60 "}\nmeters:\n- {id: m234567890, zone: " X60 ", port: 'tcp:h:1'}\n",
          "is 132 characters long, at most 127 are accepted" },
        { "a load without a board",
          METER "loads:\n- {id: l, nominal_w: 1, output: {board: b, channel: 0}}\n",
          "'b' is not the id of a board" },
        { "a dead-man that Modbus has not",
          METER "boards: [{id: b, driver: modbus, port: 'tcp:h:502', deadman_s: 60}]\n",
          "boards.deadman_s: is of switches and Phidgets only: a board of the driver modbus" },
        { "a dead-man that no line has",
          METER "boards: [{id: b, driver: gpio, port: gpiochip0, devices: [17], deadman_s: 60}]\n",
          "a board of the driver gpio never lets go" },
        { "a dead-man that is simulated", METER "boards: [{id: b, driver: sim, deadman_s: 60}]\n",
          "a board of the driver sim never lets go" },
        { "a dead-man that no URL tells",
          METER "boards: [{id: b, driver: http, devices: [h], on: 'http://h/1', off: 'http://h/0', "
                "state: 'http://h', deadman_s: 60}]\n",
          "boards.deadman_s: reaches no switch: boards.on has no {deadman_s}" },
        { "one channel for two loads",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, output: {board: b, channel: 0}}\n"
                "- {id: m, nominal_w: 1, output: {board: b, channel: 0}}\n",
          "0 of 'b' already feeds 'l'" },
        { "a fuse without a power", METER "limits: [{id: f, kind: fuse}]\n",
          "'f': a fuse has a va, and holds at any level and on any day" },
        { "a branch whose meter is not there",
          METER "limits: [{id: f, kind: fuse, va: 1, meter: x}]\n",
          "'x' is not the id of a meter" },
        { "a branch that is the whole site",
          METER "limits: [{id: f, kind: fuse, va: 1, meter: main}]\n",
          "'main' is the main meter: leave meter out" },
        { "orders from everywhere", METER "limits: [{id: g, kind: grid, mqtt: 'mqtt://h/a/#'}]\n",
          "'mqtt://h/a/#' is not mqtt://host[:port]/topic" },
        { "a plan without prices", METER LOAD("NC", "tier: 1") "plan: {car: {load: l}}\n",
          "plan: weighs prices" },
        { "a plan of nothing", METER BLEU LOAD("NC", "tier: 1") "plan: {hours: 24}\n",
          "has nothing to plan" },
        { "a plan of a load that is not there",
          METER BLEU LOAD("NC", "tier: 1") "plan: {car: {load: x}}\n",
          "plan.car.load: 'x' is not the id of a load" },
        { "a plan of what is never shed",
          METER BLEU LOAD("NC", "never_shed: true") "plan: {car: {load: l}}\n",
          "'l' is never shed: a plan could not keep it off" },
        { "one load planned twice",
          METER BLEU LOAD("NC", "tier: 1") "plan: {car: {load: l}, water: {load: l}}\n",
          "plans one load twice" },
        { "a zone that nobody measures",
          METER BLEU LOAD(
              "NC",
              "tier: 1") "plan: {heating: {load: l, loss_w_per_k: 100, store_wh_per_k: 1500}}\n",
          "without the room's temperature nothing can be planned" },
        { "a sensor that is not there",
          METER BLEU LOAD("NC", "tier: 1") "plan: {water: {load: l, sensor: tank}}\n",
          "plan.water.sensor: 'tank' is not the id of a meter" },
        { "steps that divide no hour",
          METER BLEU LOAD("NC", "tier: 1") "plan: {step_minutes: 7, car: {load: l}}\n",
          "7 is no divisor of 60" },
        { "water that is hot when cold",
          METER BLEU LOAD("NC", "tier: 1") "plan: {water: {load: l, low_c: 60, high_c: 50}}\n",
          "low_c is not below high_c" },
        { "a car that is never there",
          METER BLEU LOAD("NC",
                          "tier: 1") "plan: {car: {load: l, home: \"07:00\", ready: \"07:00\"}}\n",
          "it is never there" },
        { "a car that is asked for on many topics",
          METER BLEU LOAD("NC",
                          "tier: 1") "plan: {car: {load: l, mqtt: \"mqtt://broker/car/#\"}}\n",
          "plan.car.mqtt: 'mqtt://broker/car/#' is not" },
        { "a colour without a contract", METER "limits: [{id: r, kind: cap, va: 1, day: red}]\n",
          "'r' waits for days that no contract has: configure one" },
        { "two that are both fed by released relays",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, interlock: x, output: {board: b, channel: 0}}\n"
                "- {id: m, nominal_w: 1, interlock: x, output: {board: b, channel: 1}}\n",
          "'l' and 'm' would both be fed when the relays are off (wire all but one to NO)" },
        { "two that nothing may shed",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, never_shed: true, interlock: x, output: {board: b, "
                "channel: 0}}\n"
                "- {id: m, nominal_w: 1, never_shed: true, interlock: x, output: {board: b, "
                "channel: 1}}\n",
          "'l' and 'm' are both never to be shed" },
        { "a sensor that is not there",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, comfort: {meter: x, quantity: temperature, min: 18}, "
                "output: {board: b, channel: 0}}\n",
          "loads.comfort.meter: 'x' is not the id of a meter" },
        { "a day that is shorter than one shed",
          METER "boards: [{id: b, driver: sim}]\nloads:\n"
                "- {id: l, nominal_w: 1, shed_day_s: 59, output: {board: b, channel: 0}}\n",
          "'l': 59 s a day is less than one shed takes (off_min_s: 60)" },
        { "a branch that no limit has",
          METER "boards: [{id: b, driver: sim}]\nlimits: [{id: f, kind: fuse, va: 1}]\n"
                "loads:\n- {id: l, nominal_w: 1, branch: f, output: {board: b, channel: 0}}\n",
          "'f' is not the id of a limit with a meter" },
        { "a limit with the name of what the meter says",
          METER "limits: [{id: main, kind: cap, va: 1}]\n",
          "'main' is what the meter or the contract says" },
        { "two limits of one name",
          METER "limits: [{id: a, kind: cap, va: 1}, {id: a, kind: grid}]\n",
          "'a' is already the id of another limit" },
        { "a limit that waits for nobody's signal",
          METER "limits: [{id: a, kind: cap, va: 1, ecowatt_level: 2}]\n",
          "'a' waits for a signal that nobody asks for: configure ecowatt" },
        { "a level that never limits",
          METER "limits: [{id: a, kind: cap, va: 1, ecowatt_level: 1}]\n",
          "limits.ecowatt_level: is 2 or 3: lower levels never limit" },
        { "a limit of a fourth phase", METER "limits: [{id: a, kind: cap, va: 1, phase: 4}]\n",
          "limits[0].phase: 4 is out of range" },
        { "a secret in two places",
          "meters:\n- {id: m, port: 'tcp:h:1', key_file: a, key_env: B}\n",
          "give one of _file, _env and _credential" },
        { "a secret in none", METER "ecowatt: {client_id: x}\n",
          "site.yaml:3: ecowatt.client_secret: is missing" },
        { "an unknown tariff", METER "contract: {tariff: blue, power_kva: 9}\n",
          "site.yaml:3: contract.tariff: 'blue' is not known" },
        { "a power without a price", METER "contract: {tariff: bleu-base, power_kva: 7}\n",
          "site.yaml:3: contract: bleu-base: has no price for 7 kVA (3, 6, 9" },
        { "off-peak hours missing", METER "contract: {tariff: bleu-hphc, power_kva: 9}\n",
          "contract.off_peak: is missing" },
        { "off-peak hours too many",
          METER "contract: {tariff: bleu-base, power_kva: 9, off_peak: [22:00-06:00]}\n",
          "site.yaml:3: contract: bleu-base: has no off-peak hours of one's own: leave them out" },
        { "hours that are none",
          METER "contract: {tariff: bleu-hphc, power_kva: 9, off_peak: [22h-6h]}\n",
          "hours such as 22:00-06:00" },
        { "mixed prices",
          METER "contract: {power_kva: 9, prices: [{from: 2025-01-01, base: 0.2, hp: 0.3}]}\n",
          "give base alone, or hp and hc" },
        { "too many decimals",
          METER "contract: {power_kva: 9, prices: [{from: 2025-01-01, base: 0.12345678}]}\n",
          "more than 6 decimals" },
        { "a date that does not exist",
          METER "contract: {power_kva: 9, prices: [{from: 2025-02-30, base: 0.2}]}\n",
          "a date such as 2026-02-01" },
        { "readings kept by a rule without an age", METER "store: {keep: [{every_minutes: 1}]}\n",
          "after_days" },
        { "thinned out to less than one a day",
          METER "store: {keep: [{after_days: 9, every_minutes: 1441}]}\n",
          "1441 is out of range (0 to 1440)" },
        { "an address without a port", METER "web: {listen: localhost}\n", "is not address:port" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (parse(rows[i].yaml) == OHM_OK)
            fail_msg("%s: was accepted", rows[i].why);
        if (!strstr(said, rows[i].says))
            fail_msg("%s: said\n%swanted: %s", rows[i].why, said, rows[i].says);
    }
}

/* A file that is named lies beside the configuration, wherever the program was started. */
static void paths_begin_at_the_file(void **state)
{
    (void)state;
    static const struct {
        const char *why, *file, *given, *want;
    } rows[] = {
        { "relative", "/etc/ohmstead/site.yaml", "keys/main", "/etc/ohmstead/keys/main" },
        { "absolute", "/etc/ohmstead/site.yaml", "/run/keys/main", "/run/keys/main" },
        { "a configuration here", "site.yaml", "main", "main" },
        { "one in a folder of here", "conf/site.yaml", "../main", "conf/../main" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char yaml[256];
        ohm_schema_report report = { collect, NULL, 0 };
        said[0] = '\0';
        (void)snprintf(yaml, sizeof yaml,
                       "site: {profiles: %s}\nmeters: [{id: m, port: 'tcp:h:1', key_file: %s}]\n",
                       rows[i].given, rows[i].given);
        if (ohm_site_read(ohm_span_text(yaml), rows[i].file, &site, &report) != OHM_OK)
            fail_msg("%s: %s", rows[i].why, said);
        assert_string_equal(site.meters[0].key.file, rows[i].want);
        assert_string_equal(site.profiles, rows[i].want);
    }
    char deep[200], yaml[200];
    ohm_schema_report report = { collect, NULL, 0 };
    memset(deep, 'x', sizeof deep);
    memcpy(deep, "/", 1);
    memcpy(deep + sizeof deep - 11, "/site.yaml", 11);
    (void)snprintf(yaml, sizeof yaml, "meters: [{id: m, port: 'tcp:h:1', key_file: a%0100d}]\n", 0);
    assert_int_equal(ohm_site_read(ohm_span_text(yaml), deep, &site, &report), OHM_BAD_FORMAT);
    assert_non_null(strstr(said, "with the folder of this file is longer than 255 characters"));
}

/* What was read tells how far more mistakes can be looked for. */
static void how_much_was_read(void **state)
{
    (void)state;
    assert_int_equal(parse(METER), OHM_OK);
    assert_int_equal(parse(METER "site: {main_meter: other}\n"), OHM_CONFLICT);
    assert_int_equal(parse(METER "contract: {tariff: zebra, power_kva: 9}\n"), OHM_CONFLICT);
    assert_int_equal(parse(METER "zebra: 1\n"), OHM_BAD_FORMAT);
    assert_int_equal(parse("site: ["), OHM_BAD_FORMAT);
}

static void all_mistakes_come_at_once(void **state)
{
    (void)state;
    assert_int_not_equal(parse("meters:\n- {id: m, port: 'tcp:h:1', baud: x, framing: toolong}\n"
                               "zebra: 1\n"),
                         OHM_OK);
    assert_non_null(strstr(said, "baud"));
    assert_non_null(strstr(said, "framing"));
    assert_non_null(strstr(said, "zebra"));
}

/* As many meters as there may be, each with the defaults of a meter. */
#define TWO_METERS                                                                                 \
    "meters:\n- {id: a, port: 'tcp:h:1'}\n- {id: b, port: 'tcp:h:2'}\nsite: {main_meter: grid}\n"

/* A merge stands among the meters, behind them. */
static void merges(void **state)
{
    (void)state;
    if (parse(TWO_METERS "merge:\n- id: grid\n  from: [b, a]\n  tolerance_percent: 2.5\n"
                         "  quantities: [{quantity: energy_import, from: [a]}]\n") != OHM_OK)
        fail_msg("%s", said);
    assert_int_equal(site.meters_count, 3);
    assert_string_equal(site.meters[2].id, "grid");
    assert_string_equal(site.meters[2].name, "grid");
    assert_int_equal(site.meters[2].merge, 1);
    assert_int_equal(site.merges[0].tolerance_permille, 25);
    assert_string_equal(site.merges[0].from[0].id, "b");
    assert_int_equal(site.merges[0].orders[0].quantity, OHM_Q_ENERGY_IMPORT);
    static const struct {
        const char *why, *yaml, *wants;
    } rows[] = {
        { "one source", "merge: [{id: grid, from: [a]}]\n", "two sources at least" },
        { "a source that is not there", "merge: [{id: grid, from: [a, c]}]\n",
          "'c' is not the id of a meter" },
        { "itself", "merge: [{id: grid, from: [a, grid]}]\n", "'grid' is not the id of a meter" },
        { "one twice", "merge: [{id: grid, from: [a, a]}]\n", "'a' is given twice" },
        { "the name of a meter", "merge: [{id: a, from: [a, b]}]\n",
          "'a' is already the id of another meter" },
        { "no such quantity",
          "merge: [{id: grid, from: [a, b], quantities: [{quantity: x, from: [a]}]}]\n",
          "the name of a quantity" },
        { "none of its sources",
          "merge: [{id: grid, from: [a, b], quantities: [{quantity: power, from: [c]}]}]\n",
          "'c' is not one of merge.from" },
        { "no merge of that name", "merge: [{id: other, from: [a, b]}]\n",
          "'grid' is not the id of a meter" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char yaml[512];
        (void)snprintf(yaml, sizeof yaml, TWO_METERS "%s", rows[i].yaml);
        if (parse(yaml) == OHM_OK || !strstr(said, rows[i].wants))
            fail_msg("%s: %s", rows[i].why, said);
    }
}

/* What no sub-meter counts stands among the meters too. */
static void submeters(void **state)
{
    (void)state;
    static const char good[] = "meters:\n"
                               "- {id: a, port: \"tcp:h:1\", zone: shop}\n"
                               "- {id: b, port: \"tcp:h:2\", submeters_of: a}\n"
                               "- {id: c, port: \"tcp:h:3\", submeters_of: a}\n"
                               "- {id: d, port: \"tcp:h:4\", submeters_of: c}\n";
    if (parse(good) != OHM_OK)
        fail_msg("%s", said);
    assert_int_equal(site.meters_count, 6);
    assert_string_equal(site.meters[4].id, "divers");
    assert_string_equal(site.meters[4].name, "Divers");
    assert_string_equal(site.meters[4].zone, "shop");
    assert_int_equal(site.meters[4].rest, 1);
    assert_true(ohm_site_is_made(&site.meters[4]) && !ohm_site_is_made(&site.meters[1]));
    assert_string_equal(site.meters[5].id, "c-divers");
    assert_int_equal(site.meters[5].rest, 3);
    static const struct {
        const char *why, *yaml, *wants;
    } rows[] = {
        { "nobody", "meters: [{id: a, port: \"tcp:h:1\", submeters_of: x}]\n",
          "'x' is not the id of a meter" },
        { "itself", "meters: [{id: a, port: \"tcp:h:1\", submeters_of: a}]\n", "of itself" },
        { "one another",
          "meters: [{id: a, port: \"tcp:h:1\", submeters_of: b}, {id: b, port: \"tcp:h:2\", "
          "submeters_of: a}]\n",
          "its own sub-meter's" },
        { "a meter of that name",
          "meters: [{id: a, port: \"tcp:h:1\"}, {id: divers, port: \"tcp:h:2\", "
          "submeters_of: a}]\n",
          "already the id" },
        { "the rest itself",
          "meters: [{id: a, port: \"tcp:h:1\"}, {id: b, port: \"tcp:h:2\", "
          "submeters_of: divers}]\n",
          "'divers' is not the id of a meter" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (parse(rows[i].yaml) == OHM_OK || !strstr(said, rows[i].wants))
            fail_msg("%s: %s", rows[i].why, said);
}

static void hundreds_of_meters(void **state)
{
    (void)state;
    static char yaml[OHM_SITE_METERS_MAX * 48];
    for (int extra = 0; extra < 2; extra++) {
        size_t len = (size_t)snprintf(yaml, sizeof yaml, "meters:\n");
        for (int i = 0; i < OHM_SITE_METERS_MAX + extra; i++)
            len += (size_t)snprintf(yaml + len, sizeof yaml - len, "- {id: m%d, port: 'tcp:h:1'}\n",
                                    i);
        assert_true(len < sizeof yaml);
        assert_int_equal(parse(yaml) == OHM_OK, extra == 0);
        if (extra > 0)
            continue;
        assert_int_equal(site.meters_count, OHM_SITE_METERS_MAX);
        assert_string_equal(site.meters[OHM_SITE_METERS_MAX - 1].zone, "main");
        assert_string_equal(site.meters[OHM_SITE_METERS_MAX - 1].id, "m499");
        assert_int_equal(site.meters[OHM_SITE_METERS_MAX - 1].baud, 0);
    }
    assert_non_null(strstr(said, "at most 500"));
}

/* An address of a broker or of the web says what is spoken there. */
static void an_address_names_its_protocol(void **state)
{
    (void)state;
    static const struct {
        const char *port, *more, *protocol; /* NULL: refused */
    } rows[] = {
        { "http://10.0.0.9/rpc", "", "http" },
        { "https://plug.example/rpc", "", "http" },
        { "mqtt://10.0.0.9/plug/status", "", "mqtt" },
        { "mqtts://broker.example/plug", "", "mqtt" },
        { "http://10.0.0.9/rpc", "protocol: mqtt, ", NULL },
        { "http://10.0.0.9/rpc", "protocol: dlms, ", NULL },
        { "tcp:10.0.0.9:80", "", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char yaml[300];
        (void)snprintf(yaml, sizeof yaml,
                       "meters:\n- {id: main, port: '%s', %svalues: [{quantity: power, "
                       "pointer: /p}]}\n",
                       rows[i].port, rows[i].more);
        ohm_code code = parse(yaml);
        if ((code == OHM_OK) != (rows[i].protocol != NULL))
            fail_msg("%s%s: %s", rows[i].more, rows[i].port, said);
        if (rows[i].protocol)
            assert_string_equal(ohm_site_protocols[site.meters[0].protocol], rows[i].protocol);
    }
}

static void what_is_kept(void **state)
{
    (void)state;
    assert_int_equal(parse(METER), OHM_OK);
    assert_int_equal(site.keeps_count, 0); /* everything */
    assert_int_equal(parse(METER "store:\n  keep:\n"
                                 "    - { after_days: 90, every_minutes: 1 }\n"
                                 "    - { after_days: 1095, every_minutes: 0 }\n"),
                     OHM_OK);
    assert_int_equal(site.keeps_count, 2);
    assert_int_equal(site.keeps[0].after_days, 90);
    assert_int_equal(site.keeps[0].every_minutes, 1);
    assert_int_equal(site.keeps[1].every_minutes, 0);
}

static void listen_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *address;
        int port;
    } rows[] = {
        { "127.0.0.1:8420", "127.0.0.1", 8420 },
        { "[::1]:80", "::1", 80 },
        { ":8420", "0.0.0.0", 8420 },
        { "127.0.0.1:0", "127.0.0.1", 0 },
        { "127.0.0.1", NULL, 0 },
        { "::1:80", NULL, 0 },
        { "a:65536", NULL, 0 },
        { "a:", NULL, 0 },
        { "[::1:80", NULL, 0 },
        { "a:-1", NULL, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char address[64] = "";
        uint16_t port = 0;
        bool good = ohm_listen_parse(rows[i].text, address, sizeof address, &port);
        if (good != (rows[i].address != NULL))
            fail_msg("%s", rows[i].text);
        if (good) {
            assert_string_equal(address, rows[i].address);
            assert_int_equal(port, rows[i].port);
        }
    }
}

static void nearest_words(void **state)
{
    (void)state;
    assert_string_equal(ohm_nearest_pick(ohm_span_text("modbuss"), "modbus", NULL), "modbus");
    assert_null(ohm_nearest_pick(ohm_span_text("zebra"), "modbus", NULL));
    assert_string_equal(ohm_nearest_pick(ohm_span_text("gpiochp"), "gpiochip", "gpios"),
                        "gpiochip");
    assert_null(ohm_nearest_pick(
        ohm_span_text("a-word-that-is-much-too-long-to-be-compared-with-any"), "a", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_site_is_read),
        cmocka_unit_test(mistakes_are_said_with_place_and_cure),
        cmocka_unit_test(paths_begin_at_the_file),
        cmocka_unit_test(how_much_was_read),
        cmocka_unit_test(all_mistakes_come_at_once),
        cmocka_unit_test(merges),
        cmocka_unit_test(submeters),
        cmocka_unit_test(hundreds_of_meters),
        cmocka_unit_test(an_address_names_its_protocol),
        cmocka_unit_test(what_is_kept),
        cmocka_unit_test(listen_addresses),
        cmocka_unit_test(nearest_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
