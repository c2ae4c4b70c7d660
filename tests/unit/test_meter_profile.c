#include "wire/meter_profile.h"

#include "wire/axdr.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const ohm_meter_profile profiles[] = {
    { .name = "any", .rules_count = 1 },
    { .name = "maker", .rules_count = 1, .rules = { { .manufacturer = "OHM" } } },
    { .name = "model",
      .rules_count = 2,
      .rules = { { .device = "OHM9" },
                 { .manufacturer = "OHM", .destination = { 0xcf }, .destination_len = 1 } } },
    { .name = "list",
      .rules_count = 1,
      .rules = { { .manufacturer = "OHM", .layout = OHM_PUSH_POSITIONAL } },
      .lists_count = 1,
      .lists = { { .count = 2,
                   .items = { { .type = OHM_AXDR_U32 }, { .type = OHM_PROFILE_TYPE_ANY } } } } },
    { .name = "named only" },
    { .name = "wide",
      .rules_count = 1,
      .rules = { { .manufacturer = "OHM", .destination = { 0xce }, .destination_len = 1 } } },
    { .name = "narrow",
      .rules_count = 1,
      .rules = { { .manufacturer = "OHM", .destination = { 0xce, 0xff }, .destination_len = 2 } } },
};

static const char *chosen(const ohm_push_facts *facts)
{
    const ohm_meter_profile *p =
        ohm_profile_choose(profiles, sizeof profiles / sizeof *profiles, facts);
    return p ? p->name : "none";
}

static void the_rule_with_most_conditions_wins(void **state)
{
    (void)state;
    static const uint8_t cf[] = { 0xcf }, ceff[] = { 0xce, 0xff }, ce11[] = { 0xce, 0x11 };
    static const uint8_t fits[] = { OHM_AXDR_U32, OHM_AXDR_NULL };
    static const uint8_t other[] = { OHM_AXDR_U16, OHM_AXDR_NULL };
    const ohm_span title = ohm_span_text("OHM12345"), stranger = ohm_span_text("XXX12345");
    const struct {
        const char *why;
        ohm_push_facts facts;
        const char *want;
    } rows[] = {
        { "nothing known", { .layout = OHM_PUSH_PAIRS }, "any" },
        { "the maker's title", { .title = title, .layout = OHM_PUSH_PAIRS }, "maker" },
        { "the maker by the device name", { .device = ohm_span_text("OHM8") }, "maker" },
        { "the title goes before the device",
          { .title = stranger, .device = ohm_span_text("OHM8") },
          "any" },
        { "two conditions", { .title = title, .destination = { cf, 1 } }, "model" },
        { "another address", { .title = title, .destination = { ceff, 2 } }, "narrow" },
        { "a prefix of an address", { .title = title, .destination = { ce11, 2 } }, "wide" },
        { "a positional list that fits",
          { .title = title, .layout = OHM_PUSH_POSITIONAL, .types = { fits, 2 } },
          "list" },
        { "one that does not",
          { .title = title, .layout = OHM_PUSH_POSITIONAL, .types = { other, 2 } },
          "none" },
        { "one that is shorter",
          { .title = title, .layout = OHM_PUSH_POSITIONAL, .types = { fits, 1 } },
          "none" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(chosen(&rows[i].facts), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].why, chosen(&rows[i].facts));
}

static void the_first_row_that_matches_wins(void **state)
{
    (void)state;
    static const ohm_meter_profile p = {
        .rows_count = 2,
        .rows = { { .obis = { { 1, 0, 31, 7, 0, 255 }, 0x3d }, .scaler = -2 },
                  { .obis = { { 1, 0, 0, 7, 0, 255 }, 0x39 }, .scaler = 0 } },
    };
    static const uint8_t current[] = { 1, 1, 31, 7, 0, 255 }, power[] = { 1, 0, 1, 7, 0, 255 },
                         energy[] = { 1, 0, 1, 8, 0, 255 };
    assert_int_equal(ohm_profile_row_find(&p, current)->scaler, -2);
    assert_int_equal(ohm_profile_row_find(&p, power)->scaler, 0);
    assert_null(ohm_profile_row_find(&p, energy));
}

static void type_names(void **state)
{
    (void)state;
    assert_int_equal(ohm_profile_type_find(ohm_span_text("u32")), OHM_AXDR_U32);
    assert_int_equal(ohm_profile_type_find(ohm_span_text("any")), OHM_PROFILE_TYPE_ANY);
    assert_int_equal(ohm_profile_type_find(ohm_span_text("uint32")), -1);
    assert_string_equal(ohm_push_layout_name(OHM_PUSH_TAGLESS), "tagless");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rule_with_most_conditions_wins),
        cmocka_unit_test(the_first_row_that_matches_wins),
        cmocka_unit_test(type_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
