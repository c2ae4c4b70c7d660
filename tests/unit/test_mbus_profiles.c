/* Profiles of M-Bus meters: the shipped ones, and what is wrong with others. */
#include "meter/mbus_profiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../mbus_frames.h"
#include "meter/profiles.h"
#include "meter/protocol.h"

static void ignore(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

static void faults(void **state)
{
    (void)state;
    static const char good[] = "name: x\nlabel: X\nsource: somewhere\nmanufacturer: PAD\n"
                               "records:\n  - { vib: \"2B\", quantity: power }\n";
    static const struct {
        const char *why, *yaml;
    } rows[] = {
        { "no source", "name: x\nlabel: X\nrecords:\n  - { vib: \"2B\", quantity: power }\n" },
        { "no record", "name: x\nlabel: X\nsource: s\n" },
        { "no vib", "name: x\nlabel: X\nsource: s\nrecords:\n  - { quantity: power }\n" },
        { "half a byte",
          "name: x\nlabel: X\nsource: s\nrecords:\n  - { vib: \"2\", quantity: power }\n" },
        { "no hex",
          "name: x\nlabel: X\nsource: s\nrecords:\n  - { vib: \"2G\", quantity: power }\n" },
        { "no quantity",
          "name: x\nlabel: X\nsource: s\nrecords:\n  - { vib: \"2B\", quantity: pwr }\n" },
        { "text",
          "name: x\nlabel: X\nsource: s\nrecords:\n  - { vib: \"2B\", quantity: message }\n" },
        { "an unknown key", "name: x\nlabel: X\nsource: s\nmaker: A\nrecords:\n"
                            "  - { vib: \"2B\", quantity: power }\n" },
        { "two letters", "name: x\nlabel: X\nsource: s\nmanufacturer: AB\nrecords:\n"
                         "  - { vib: \"2B\", quantity: power }\n" },
        { "a name of capitals", "name: X\nlabel: X\nsource: s\nrecords:\n"
                                "  - { vib: \"2B\", quantity: power }\n" },
    };
    ohm_mbus_profile_file *file = calloc(1, sizeof *file);
    assert_non_null(file);
    ohm_schema_report report = { .line = ignore };
    assert_int_equal(ohm_mbus_profile_parse(ohm_span_text(good), "good", file, &report), OHM_OK);
    assert_string_equal(file->profile.manufacturer, "PAD");
    assert_int_equal(file->profile.version, -1);
    assert_int_equal(file->profile.mappings[0].quantity, OHM_Q_POWER);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        report.errors = 0;
        if (ohm_mbus_profile_parse(ohm_span_text(rows[i].yaml), "bad", file, &report) == OHM_OK)
            fail_msg("%s", rows[i].why);
        assert_true(report.errors > 0);
    }
    free(file);
}

/* The quantities of a telegram through the row of the table, with its profile. */
static void of_a_telegram(void **state)
{
    (void)state;
    ohm_profiles *profiles = NULL;
    ohm_profile_fault fault;
    const ohm_protocol *p = ohm_protocol_find("mbus");
    void *listener = calloc(1, p->state_size);
    assert_non_null(listener);
    if (ohm_profiles_load(NULL, &profiles, &fault) != OHM_OK)
        fail_msg("%s", fault.text);
    assert_true(profiles->mbus->count >= 5);
    const ohm_protocol_config config = { .profiles = profiles };
    assert_int_equal(p->init(listener, &config).code, OHM_OK);
    /* Carlo Gavazzi: the subunit is the phase. */
    mbus_bytes frame = mbus_frame(0x08, 1, 0x72,
                                  "78 56 34 12 36 1C C7 02 55 00 00 00 82 40 FD 48 FC 08 "
                                  "82 80 40 FD 59 E8 03 84 C0 40 2A 64 00 00 00 02 FD 48 FD 08");
    ohm_span in = mbus_span(&frame);
    const void *message = NULL;
    ohm_protocol_reject reject;
    ohm_frame values;
    ohm_protocol_sender sender;
    assert_int_equal(p->next(listener, &in, &message, &reject), OHM_OK);
    p->sender(message, &sender);
    assert_string_equal(sender.profile, "carlo-gavazzi");
    p->readings(message, 0, 1, &values);
    assert_int_equal(values.count, 4);
    assert_int_equal(values.values[0].quantity, OHM_Q_VOLTAGE_L1);
    assert_int_equal(values.values[1].quantity, OHM_Q_CURRENT_L2);
    assert_int_equal(values.values[1].value, 1000);
    assert_int_equal(values.values[2].quantity, OHM_Q_POWER_L3);
    assert_int_equal(values.values[2].value, 100);
    assert_int_equal(values.values[3].quantity, OHM_Q_VOLTAGE);

    const ohm_protocol_config unknown = { .profiles = profiles, .profile = "nobody" };
    assert_int_equal(p->init(listener, &unknown).code, OHM_UNKNOWN);
    const ohm_protocol_config named = { .profiles = profiles, .profile = "abb-a-b" };
    assert_int_equal(p->init(listener, &named).code, OHM_OK);
    free(listener);
    ohm_profiles_free(profiles);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults),
        cmocka_unit_test(of_a_telegram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
