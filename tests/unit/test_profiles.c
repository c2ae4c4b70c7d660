#include "meter/profiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/assets.h"
#include "wire/dlms_unit.h"

static void reads_every_key(void **state)
{
    (void)state;
    static const char yaml[] = "# a comment\n"
                               "name: test-1\n"
                               "label: A meter & its list\n"
                               "clock: standard\n"
                               "match:\n"
                               "  - manufacturer: LGZ\n"
                               "    destination: ceff\n"
                               "    source: \"03\"\n"
                               "  - title: 4C475a\n"
                               "    layout: pairs\n"
                               "    device: LGZ1\n"
                               "    list_id: Kamstrup_V0001\n"
                               "scalers:\n"
                               "  \"1-*:31.7.0\": -2\n"
                               "  \"1-*:32.7.0\": { scaler: 0, unit: V }\n"
                               "lists:\n"
                               "  - - { obis: \"0-0:1.0.0\", type: octets, part: time }\n"
                               "    - { obis: \"1-0:1.8.0*255\", type: u32 }\n"
                               "  - - { obis: \"1-0:1.7.0\", type: any }\n";
    ohm_meter_profile p;
    ohm_profile_fault fault = { "" };
    ohm_code code = ohm_profile_parse(ohm_span_text(yaml), "t.yaml", &p, &fault);
    if (code != OHM_OK)
        fail_msg("%s", fault.text);
    assert_string_equal(p.name, "test-1");
    assert_string_equal(p.label, "A meter & its list");
    assert_int_equal(p.clock, OHM_CLOCK_STANDARD);
    assert_int_equal(p.rules_count, 2);
    assert_string_equal(p.rules[0].manufacturer, "LGZ");
    assert_int_equal(p.rules[0].destination_len, 2);
    assert_memory_equal(p.rules[0].destination, "\xce\xff", 2);
    assert_int_equal(p.rules[0].source_len, 1);
    assert_int_equal(p.rules[0].layout, OHM_PUSH_ANY);
    assert_int_equal(p.rules[1].layout, OHM_PUSH_PAIRS);
    assert_int_equal(p.rules[1].title_prefix_len, 3);
    assert_string_equal(p.rules[1].device, "LGZ1");
    assert_string_equal(p.rules[1].list_id, "Kamstrup_V0001");
    assert_int_equal(p.rows_count, 2);
    assert_int_equal(p.rows[0].scaler, -2);
    assert_int_equal(p.rows[0].unit, OHM_UNIT_UNKNOWN);
    assert_int_equal(p.rows[1].unit, OHM_UNIT_V);
    assert_int_equal(p.lists_count, 2);
    assert_int_equal(p.lists[0].count, 2);
    assert_int_equal(p.lists[0].items[0].part, OHM_PART_TIME);
    assert_int_equal(p.lists[1].items[0].type, OHM_PROFILE_TYPE_ANY);
}

static void refuses_with_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *why, *yaml, *want;
    } rows[] = {
        { "an empty file", "", "t.yaml: is empty" },
        { "no mapping", "- a\n", "t.yaml:1:1: is a list, a group of keys is expected" },
        { "unknown key", "name: a\nlabel: b\nscale: 3\n", "t.yaml:3:1: unknown key 'scale'" },
        { "doubled key", "name: a\nname: b\n", "t.yaml:2:1: name: is given twice" },
        { "missing label", "name: a\n", "t.yaml:1:1: 'label' is missing" },
        { "a list for a word", "name: [a]\n", "t.yaml:1:7: name: is a list, a single value" },
        { "capitals in a name", "name: A\nlabel: b\n", "t.yaml: name: a name is made of" },
        { "a long name", "name: a123456789012345678901234567890123\n",
          "t.yaml:1:7: name: is 34 characters long, at most 31" },
        { "clock", "name: a\nlabel: b\nclock: utc\n",
          "'utc' is not known (one of civil, standard)" },
        { "an empty rule", "name: a\nlabel: b\nmatch: [{}]\n", "t.yaml:3: match: a rule without" },
        { "no rules", "name: a\nlabel: b\nmatch: []\n", "t.yaml: match: has no rule" },
        { "odd hex", "name: a\nlabel: b\nmatch: [{source: 030}]\n",
          "t.yaml:3:18: match[0].source: '030'" },
        { "no hex", "name: a\nlabel: b\nmatch: [{source: zz}]\n", "'zz' is not accepted" },
        { "five address bytes", "name: a\nlabel: b\nmatch: [{source: 0102030405}]\n",
          "(1 to 4 bytes in hex)" },
        { "a short manufacturer", "name: a\nlabel: b\nmatch: [{manufacturer: LG}]\n",
          "three capital letters" },
        { "'any' states nothing", "name: a\nlabel: b\nmatch: [{layout: any}]\n",
          "'any' is not known" },
        { "no OBIS", "name: a\nlabel: b\nscalers: {1.8.0: 0}\n",
          "t.yaml:3:11: scalers[0]: '1.8.0' is not" },
        { "a fraction", "name: a\nlabel: b\nscalers: {\"1-0:1.8.0\": 0.1}\n",
          "'0.1' is not a whole" },
        { "a far scaler", "name: a\nlabel: b\nscalers: {\"1-0:1.8.0\": 19}\n",
          "19 is out of range (-18 to 18)" },
        { "unit", "name: a\nlabel: b\nscalers: {\"1-0:1.8.0\": {scaler: 0, unit: kWh}}\n",
          "'kWh' is not accepted (a unit" },
        { "a pattern in a list", "name: a\nlabel: b\nlists: [[{obis: \"1-*:1.8.0\", type: u32}]]\n",
          "'1-*:1.8.0' is not" },
        { "type", "name: a\nlabel: b\nlists: [[{obis: \"1-0:1.8.0\", type: u24}]]\n",
          "'u24' is not accepted (a type" },
        { "an empty list", "name: a\nlabel: b\nlists: [[]]\n", "t.yaml:3: lists: a list without" },
        { "a list of no lists", "name: a\nlabel: b\nlists: [{a: b}]\n", "a list is expected" },
        { "a scaler without a number", "name: a\nlabel: b\nscalers: {\"1-0:1.8.0\": {unit: V}}\n",
          "'scaler' is missing" },
        { "scalers in a list", "name: a\nlabel: b\nscalers: [1]\n", "a group of keys is expected" },
        { "a tab", "name: a\n\tlabel: b\n", "t.yaml:2: not YAML" },
        { "two documents", "name: a\nlabel: b\n---\nname: c\n", "t.yaml:3: a second document" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_meter_profile p = { .name = "untouched" };
        ohm_profile_fault fault = { "" };
        ohm_code code = ohm_profile_parse(ohm_span_text(rows[i].yaml), "t.yaml", &p, &fault);
        if (code == OHM_OK || !strstr(fault.text, rows[i].want))
            fail_msg("%s: code %d, \"%s\"", rows[i].why, code, fault.text);
        assert_string_equal(p.name, "untouched");
    }
}

static void too_many_are_refused(void **state)
{
    (void)state;
    char yaml[4096] = "name: a\nlabel: b\nscalers:\n";
    for (int i = 0; i <= OHM_PROFILE_ROWS_MAX; i++)
        (void)snprintf(yaml + strlen(yaml), sizeof yaml - strlen(yaml), "  \"1-0:%d.8.0\": 0\n", i);
    ohm_meter_profile p;
    ohm_profile_fault fault;
    assert_int_equal(ohm_profile_parse(ohm_span_text(yaml), "t.yaml", &p, &fault), OHM_BAD_FORMAT);
    assert_non_null(strstr(fault.text, "has 33 entries, at most 32"));
}

/* Every shipped file is there, in order and under its own name. */
static void loads_every_shipped_profile(void **state)
{
    (void)state;
    ohm_profiles *profiles = NULL;
    ohm_profile_fault fault = { "" };
    if (ohm_profiles_load(NULL, &profiles, &fault) != OHM_OK)
        fail_msg("%s", fault.text);
    size_t files = 0;
    const ohm_asset *asset;
    for (size_t i = 0; (asset = ohm_asset_at(i)); i++) {
        if (strncmp(asset->name, "data/meters/", 12) != 0 || !strstr(asset->name, ".yaml"))
            continue;
        char name[OHM_PROFILE_NAME_MAX] = "";
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(asset->name + 12, "."),
                       asset->name + 12);
        const ohm_meter_profile *found = ohm_profiles_find(profiles, name);
        if (!found)
            fail_msg("%s holds no profile of its own name", asset->name);
        assert_non_null(strstr((const char *)asset->bytes.ptr, "# source:"));
        files++;
    }
    assert_int_equal(profiles->count, files);
    for (size_t i = 1; i < profiles->count; i++)
        assert_true(strcmp(profiles->items[i - 1].name, profiles->items[i].name) < 0);
    ohm_profiles_free(profiles);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *folder, const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(unlink(path), 0);
}

static void a_folder_adds_and_replaces(void **state)
{
    (void)state;
    char folder[] = "/tmp/ohm-profiles-XXXXXX";
    assert_non_null(mkdtemp(folder));
    ohm_profiles *shipped = NULL, *all = NULL;
    ohm_profile_fault fault = { "" };
    assert_int_equal(ohm_profiles_load(NULL, &shipped, &fault), OHM_OK);

    write_file(folder, "mine.yaml", "name: aaa-mine\nlabel: Mine\n");
    write_file(folder, "notes.txt", "not a profile");
    assert_int_equal(ohm_profiles_load(folder, &all, &fault), OHM_OK);
    assert_int_equal(all->count, shipped->count + 1);
    assert_string_equal(all->items[0].name, "aaa-mine");
    ohm_profiles_free(all);

    write_file(folder, "other.yaml", "name: aaa-mine\nlabel: Replaced\n");
    assert_int_equal(ohm_profiles_load(folder, &all, &fault), OHM_OK);
    assert_int_equal(all->count, shipped->count + 1);
    assert_string_equal(ohm_profiles_find(all, "aaa-mine")->label, "Replaced");
    ohm_profiles_free(all);

    write_file(folder, "broken.yaml", "name: x\n");
    assert_int_equal(ohm_profiles_load(folder, &all, &fault), OHM_BAD_FORMAT);
    assert_non_null(strstr(fault.text, "broken.yaml:1:1: 'label' is missing"));

    remove_file(folder, "mine.yaml");
    remove_file(folder, "notes.txt");
    remove_file(folder, "other.yaml");
    remove_file(folder, "broken.yaml");
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(ohm_profiles_load(folder, &all, &fault), OHM_UNKNOWN);
    ohm_profiles_free(shipped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_key),
        cmocka_unit_test(refuses_with_the_place),
        cmocka_unit_test(too_many_are_refused),
        cmocka_unit_test(loads_every_shipped_profile),
        cmocka_unit_test(a_folder_adds_and_replaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
