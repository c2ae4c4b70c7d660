/* Rules as YAML and back; the file of the page's own. */
#include "config/site_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char said[512];

static void keep(void *ctx, const char *line)
{
    (void)ctx;
    if (!said[0])
        (void)snprintf(said, sizeof said, "%s", line);
}

static ohm_code read_own(const char *yaml, ohm_own_rules *out)
{
    ohm_schema_report report = { keep, NULL, 0 };
    said[0] = '\0';
    return ohm_own_rules_read(ohm_span_text(yaml), "rules.yaml", out, &report);
}

static const char whole[] =
    "rules:\n"
    "  - id: \"sun\"\n"
    "    when:\n"
    "      - {surplus_w: 1500, hysteresis: 100.5, for_s: 300}\n"
    "      - {device: \"lounge\", quantity: temperature, below: -0.3}\n"
    "    unless:\n"
    "      - {time: \"22:00-24:00\", days: \"mon,sat,sun\"}\n"
    "      - {ecowatt_level: 2}\n"
    "      - {presence: \"away\"}\n"
    "    load: \"a \\\"quoted\\\" \\\\ one\"\n"
    "    then: shed\n"
    "    otherwise: true\n"
    "    at_least_s: 60\n"
    "    at_most_s: 120\n"
    "    priority: 9\n"
    "  - id: \"dear\"\n"
    "    when:\n"
    "      - {cheapest_h: 4}\n"
    "      - {price_above: 0.123456}\n"
    "      - {price_below: -0.05}\n"
    "      - {device: \"m\", quantity: power_import, above: 12}\n"
    "    unless:\n"
    "      - {day: \"red\"}\n"
    "      - {tomorrow: \"peak\"}\n"
    "      - {ecowatt_level: 3, ahead_h: 6}\n"
    "      - {below: 4200, order: \"dso\", for_s: 60}\n"
    "    load: \"tank\"\n"
    "    then: fed\n"
    "    setpoint_w: 1800\n"
    "  - id: \"ahead\"\n"
    "    when:\n"
    "      - {ahead_h: 3, co2_below: 45}\n"
    "      - {tomorrow_below: -2.5}\n"
    "    unless:\n"
    "      - {outdoor_above: 30}\n"
    "      - {overrun_h: 6, overrun_w: 500}\n"
    "    load: \"car\"\n"
    "    then: fed\n"
    "    setpoint_a: 10.5\n"
    "notes:\n"
    "  - {id: \"sun\", armed: true, tried: false, by: \"user:marie\", at_s: 1795345200}\n"
    "  - {id: \"dear\", armed: false, tried: true, by: \"\", at_s: 0}\n"
    "  - {id: \"ahead\", armed: false, tried: false, by: \"\", at_s: 0}\n";

/* What is written is read as the same, and written as the same again. */
static void written_as_read(void **state)
{
    (void)state;
    static ohm_own_rules rules, again;
    static char out[8192];
    size_t len = 0;
    assert_int_equal(read_own(whole, &rules), OHM_OK);
    assert_int_equal(ohm_own_rules_write(&rules, out, sizeof out, &len), OHM_OK);
    const char *body = strstr(out, "rules:");
    assert_non_null(body);
    assert_string_equal(body, whole);
    assert_int_equal(read_own(out, &again), OHM_OK);
    assert_int_equal(again.count, 3);
    assert_true(again.notes[0].armed && !again.notes[0].tried);
    assert_string_equal(again.notes[0].by, "user:marie");
    assert_int_equal(again.items[0].unless[0].minutes[1], 24 * 60);
    for (size_t cap = 0; cap < len; cap += 7)
        assert_int_equal(ohm_own_rules_write(&rules, out, cap, &len), OHM_TOO_BIG);
    assert_int_equal(ohm_site_rule_write(&rules.items[1], out, sizeof out, &len), OHM_OK);
    assert_true(strstr(whole, out) != NULL);
}

static void files_of_all_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *why, *yaml;
        ohm_code want;
        uint16_t count;
    } rows[] = {
        { "none", "rules: []\nnotes: []\n", OHM_OK, 0 },
        { "a rule without a note is not armed",
          "rules: [{id: a, when: [{days: mon}], load: x, then: fed}]\n", OHM_OK, 1 },
        { "a note without a rule is dropped", "notes: [{id: b, armed: true}]\n", OHM_OK, 0 },
        { "of another version", "rules: []\nnotes: []\nlater: 1\n", OHM_BAD_FORMAT, 0 },
        { "an end that is none", "rules: [{id: a, when: [", OHM_BAD_FORMAT, 0 },
        { "a note with another key", "notes: [{id: b, who: me}]\n", OHM_BAD_FORMAT, 0 },
        { "a year that is none", "notes: [{id: b, at_s: 99999999999999}]\n", OHM_BAD_FORMAT, 0 },
    };
    static ohm_own_rules rules;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_code code = read_own(rows[i].yaml, &rules);
        if (code != rows[i].want || (code == OHM_OK && rules.count != rows[i].count))
            fail_msg("%s: %d %s", rows[i].why, (int)code, said);
        if (code == OHM_OK && rules.count)
            assert_false(rules.notes[0].armed);
        if (code != OHM_OK)
            assert_non_null(strstr(said, "rules.yaml"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_as_read),
        cmocka_unit_test(files_of_all_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
