#include "meter/modbus_profiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/file.h"

static char said[4096];
static unsigned lines;

static void keep(void *ctx, const char *text)
{
    (void)ctx;
    size_t len = strlen(said);
    (void)snprintf(said + len, sizeof said - len, "%s\n", text);
    lines++;
}

static ohm_code parse(const char *yaml, ohm_modbus_profile *out)
{
    ohm_schema_report report = { .line = keep };
    said[0] = 0;
    lines = 0;
    return ohm_modbus_profile_parse(ohm_span_text(yaml), "t.yaml", out, &report);
}

static void reads_every_key(void **state)
{
    (void)state;
    static const char yaml[] =
        "name: test-1\n"
        "label: A device\n"
        "source: its manual\n"
        "device: { unit: 3, baud: 19200, framing: 8E1, registers_max: 60, gap: 4,\n"
        "          pause_ms: 20, reply_ms: 3000 }\n"
        "defaults: { table: input, type: float32, order: cdab }\n"
        "points:\n"
        "  - { quantity: power, address: 0x34, unit: kW, scale: -0.5, add: [54, 0x38] }\n"
        "  - { quantity: energy_import, address: 10, table: holding, type: int64, order: abcd,\n"
        "      unit: Wh, absent: 0x8000000000000000 }\n"
        "  - { name: alarms, address: 20, type: uint16, mask: 0x00f0 }\n"
        "  - { name: model, address: 30, type: string, words: 8 }\n"
        "  - { name: relay, address: 1, table: coil, type: bit }\n";
    static ohm_modbus_profile p;
    if (parse(yaml, &p) != OHM_OK)
        fail_msg("%s", said);
    assert_string_equal(p.name, "test-1");
    assert_string_equal(p.source, "its manual");
    assert_int_equal(p.unit, 3);
    assert_int_equal(p.baud, 19200);
    assert_string_equal(p.framing, "8E1");
    assert_int_equal(p.registers_max, 60);
    assert_int_equal(p.gap, 4);
    assert_int_equal(p.pause_ms, 20);
    assert_int_equal(p.reply_ms, 3000);
    assert_int_equal(p.points_count, 5);
    const ohm_modbus_point *power = &p.points[0];
    assert_int_equal(power->quantity, OHM_Q_POWER);
    assert_int_equal(power->function, OHM_MODBUS_READ_INPUT);
    assert_int_equal(power->type, OHM_MODBUS_FLOAT32);
    assert_int_equal(power->order, OHM_MODBUS_CDAB);
    assert_int_equal(power->address, 52);
    assert_int_equal(power->words, 2);
    assert_int_equal(power->scale, -5);
    assert_int_equal(power->scale_exponent, 2); /* × -0.5, k */
    assert_int_equal(power->adds_count, 2);
    assert_int_equal(power->adds[1], 56);
    assert_string_equal(power->unit, "W");
    assert_int_equal(p.points[1].function, OHM_MODBUS_READ_HOLDING);
    assert_int_equal(p.points[1].order, OHM_MODBUS_ABCD);
    assert_true(p.points[1].has_absent);
    assert_true(p.points[1].absent == UINT64_C(0x8000000000000000));
    assert_string_equal(p.points[2].name, "alarms");
    assert_int_equal(p.points[2].quantity, OHM_Q_NONE);
    assert_int_equal(p.points[2].mask, 0xf0);
    assert_int_equal(p.points[3].words, 8);
    assert_int_equal(p.points[4].function, OHM_MODBUS_READ_COILS);
}

#define HEAD  "name: x\nlabel: l\nsource: s\n"
#define ONE   HEAD "points:\n  - { quantity: power, address: 0, unit: W"
#define NAMED HEAD "points:\n  - { name: n, address: 0"

static const struct {
    const char *why, *yaml, *want;
} faults[] = {
    { "no source, no profile", "name: x\nlabel: l\nsunspec: true\n", "source" },
    { "no points", HEAD, "no points" },
    { "SunSpec with points", ONE " }\nsunspec: true\n", "no points" },
    { "a name with capitals", "name: X\nlabel: l\nsource: s\nsunspec: true\n", "a-z" },
    { "an unknown key", ONE ", adress: 4 }\n", "did you mean 'address'" },
    { "an unknown quantity", HEAD "points:\n  - { quantity: powr, address: 0, unit: W }\n",
      "did you mean 'power'" },
    { "no quantity and no name", HEAD "points:\n  - { address: 0 }\n", "a quantity, or a name" },
    { "both", ONE ", name: n }\n", "has its name" },
    { "the wrong unit", HEAD "points:\n  - { quantity: power, address: 0, unit: kWh }\n",
      "power is in W" },
    { "no unit", HEAD "points:\n  - { quantity: power, address: 0 }\n", "power is in W" },
    { "no such unit", NAMED ", unit: kJ }\n", "no unit 'kJ'" },
    { "register 30001", HEAD "points:\n  - { quantity: power, address: 70000, unit: W }\n",
      "0 to 65535" },
    { "a scale of 0", ONE ", scale: 0 }\n", "not 0" },
    { "a scale of text", ONE ", scale: 1/10 }\n", "decimal" },
    { "a coil that is a number", NAMED ", table: coil }\n", "of type bit" },
    { "a register that is a bit", NAMED ", type: bit }\n", "of type bit" },
    { "a string of no length", NAMED ", type: string }\n", "words" },
    { "words of a number", ONE ", words: 2 }\n", "only a string" },
    { "text as a quantity of numbers", ONE ", type: string, words: 4 }\n", "is a number" },
    { "behind the last register", HEAD "points:\n  - { name: n, address: 65535, type: uint32 }\n",
      "last register" },
    { "a sum behind the last register",
      HEAD "points:\n  - { name: n, address: 0, add: [65535], type: uint32 }\n", "last register" },
    { "twice the same", ONE " }\n  - { quantity: power, address: 4, unit: W }\n", "before" },
    { "a mask of nothing", ONE ", mask: 0 }\n", "mask" },
    { "more than one request",
      "name: x\nlabel: l\nsource: s\ndevice: { registers_max: 1 }\n"
      "points:\n  - { name: n, address: 0, type: uint32 }\n",
      "at most 1" },
    { "no framing", "name: x\nlabel: l\nsource: s\nsunspec: true\ndevice: { framing: 9X1 }\n",
      "framing" },
    { "no YAML", "name: [", "t.yaml" },
};

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static ohm_modbus_profile p;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (parse(faults[i].yaml, &p) == OHM_OK)
            fail_msg("%s: is accepted", faults[i].why);
        if (!strstr(said, faults[i].want) || strncmp(said, "t.yaml:", 7) != 0)
            fail_msg("%s: %s", faults[i].why, said);
    }
    assert_int_not_equal(parse(ONE ", mask: 0, scale: 0, type: bit }\n", &p), OHM_OK);
    assert_non_null(strstr(said, "t.yaml:5"));
}

/* Every shipped profile reads whole, names its source, and makes a plan. */
static void the_shipped_ones_are_good(void **state)
{
    (void)state;
    static const char *const must[] = { "sdm120",  "sdm630",    "iem3155", "pm5000",
                                        "em24",    "umg",       "sma",     "huawei-sun2000",
                                        "victron", "shelly-3em" };
    ohm_modbus_profiles *all = NULL;
    ohm_profile_fault fault = { "" };
    if (ohm_modbus_profiles_load(NULL, &all, &fault) != OHM_OK)
        fail_msg("%s", fault.text);
    for (size_t i = 0; i < sizeof must / sizeof *must; i++)
        if (!ohm_modbus_profiles_find(all, must[i]))
            fail_msg("%s is missing", must[i]);
    for (size_t i = 0; i < all->count; i++) {
        static ohm_modbus_plan plan;
        const ohm_modbus_profile *p = all->items[i];
        assert_true(i == 0 || strcmp(all->items[i - 1]->name, p->name) < 0);
        assert_true(strlen(p->source) > 20);
        assert_int_equal(ohm_modbus_plan_make(p, &plan), OHM_OK);
        for (size_t k = 0; k < plan.reads_count; k++)
            assert_true(plan.reads[k].count <= p->registers_max);
    }
    assert_null(ohm_modbus_profiles_find(all, "sdm63"));
    ohm_modbus_profiles_free(all);
    ohm_modbus_profiles_free(NULL);
}

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[OHM_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_false(ohm_failed(ohm_file_write(path, ohm_span_text(text), 0600)));
}

static void a_folder_adds_and_replaces(void **state)
{
    (void)state;
    char folder[] = "/tmp/ohm-modbus-XXXXXX", sub[64], path[128];
    assert_non_null(mkdtemp(folder));
    ohm_modbus_profiles *all = NULL;
    ohm_profile_fault fault = { "" };
    assert_int_equal(ohm_modbus_profiles_load(folder, &all, &fault), OHM_OK); /* no subfolder */
    size_t shipped = all->count;
    ohm_modbus_profiles_free(all);

    (void)snprintf(sub, sizeof sub, "%s/modbus", folder);
    assert_int_equal(mkdir(sub, 0700), 0);
    write_text(sub, "own.yaml", HEAD "sunspec: true\n");
    write_text(sub, "sdm120.yaml", "name: sdm120\nlabel: mine\nsource: s\nsunspec: true\n");
    write_text(sub, "notes.txt", "not a profile");
    assert_int_equal(ohm_modbus_profiles_load(folder, &all, &fault), OHM_OK);
    assert_int_equal(all->count, shipped + 1);
    assert_string_equal(ohm_modbus_profiles_find(all, "sdm120")->label, "mine");
    ohm_modbus_profiles_free(all);

    write_text(sub, "bad.yaml", "name: y\n");
    assert_int_not_equal(ohm_modbus_profiles_load(folder, &all, &fault), OHM_OK);
    assert_non_null(strstr(fault.text, "bad.yaml:1"));
    static const char *const files[] = { "own.yaml", "sdm120.yaml", "notes.txt", "bad.yaml" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", sub, files[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(sub), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_key),
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(the_shipped_ones_are_good),
        cmocka_unit_test(a_folder_adds_and_replaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
