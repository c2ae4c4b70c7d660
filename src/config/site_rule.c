#include "config/site_rule.h"

#include <string.h>

#include "config/values.h"

enum {
    WEEK_S = 7 * 24 * 3600,
    SETPOINT_W_MAX = 1000000,
    WATTS_MAX = 1000000,
    SETPOINT_A_MAX = 10000 /* tenths */,
    WORTH = 1000000000
};

const char *const ohm_site_rule_thens[] = { "fed", "shed",     "confort", "confort_1", "confort_2",
                                            "eco", "hors_gel", "arret",   NULL };
static const char *const days[] = { "none", "blue", "white", "red", "normal", "peak", NULL };
static const char *const presences[] = { "none", "home", "away", NULL };

#define WHEN(member)  .offset = offsetof(ohm_site_when, member)
#define GIVEN(member) .given_offset = offsetof(ohm_site_when, member)

static const ohm_field when_fields[] = {
    { .key = "device",
      .type = OHM_FIELD_TEXT,
      WHEN(device),
      .size = OHM_SITE_RULE_NAME_MAX,
      .help = "whose quantity; default the main meter" },
    { .key = "quantity",
      .type = OHM_FIELD_CUSTOM,
      WHEN(quantity),
      GIVEN(has_quantity),
      .parse = ohm_value_quantity,
      .help = "such as temperature, power_import or presence; with above or below" },
    { .key = "above",
      .type = OHM_FIELD_DECIMAL,
      WHEN(above),
      GIVEN(has_above),
      .decimals = 3,
      .min = -WORTH * INT64_C(1000),
      .max = WORTH * INT64_C(1000),
      .help = "in the quantity's unit" },
    { .key = "below",
      .type = OHM_FIELD_DECIMAL,
      WHEN(below),
      GIVEN(has_below),
      .decimals = 3,
      .min = -WORTH * INT64_C(1000),
      .max = WORTH * INT64_C(1000),
      .help = "in the quantity's unit" },
    { .key = "hysteresis",
      .type = OHM_FIELD_DECIMAL,
      WHEN(hysteresis),
      GIVEN(has_hysteresis),
      .decimals = 3,
      .max = WORTH * INT64_C(1000),
      .help = "how far it goes back before it is no longer so; of surplus_w 200 W, else none" },
    { .key = "surplus_w",
      .type = OHM_FIELD_INT,
      WHEN(surplus_w),
      GIVEN(has_surplus),
      .min = 1,
      .max = WATTS_MAX,
      .help = "more than so many W are fed back, with what the load takes of them" },
    { .key = "price_above",
      .type = OHM_FIELD_DECIMAL,
      WHEN(price_above_ueur),
      GIVEN(has_price_above),
      .decimals = 6,
      .min = -10000000,
      .max = 10000000,
      .help = "EUR per kWh of the contract" },
    { .key = "price_below",
      .type = OHM_FIELD_DECIMAL,
      WHEN(price_below_ueur),
      GIVEN(has_price_below),
      .decimals = 6,
      .min = -10000000,
      .max = 10000000,
      .help = "EUR per kWh of the contract" },
    { .key = "ecowatt_level",
      .type = OHM_FIELD_INT,
      WHEN(level),
      .min = 1,
      .max = OHM_LEVEL_MAX,
      .help = "Ecowatt is at this level or above: 1 to 3" },
    { .key = "day",
      .type = OHM_FIELD_CHOICE,
      WHEN(day),
      .choices = days,
      .help = "the contract's day is blue, white or red (Tempo), normal or peak (EJP)" },
    { .key = "tomorrow",
      .type = OHM_FIELD_CHOICE,
      WHEN(tomorrow),
      .choices = days,
      .help = "the next one is" },
    { .key = "ahead_h",
      .type = OHM_FIELD_INT,
      WHEN(ahead_h),
      .max = 48,
      .help =
          "with ecowatt_level or day: so many hours before it begins, and no longer; with co2_… "
          "and outdoor_…: at some time within them" },
    { .key = "co2_above",
      .type = OHM_FIELD_INT,
      WHEN(co2_above_g),
      GIVEN(has_co2_above),
      .max = 10000,
      .help =
          "a kWh of the grid's emits more than so many g; with ahead_h: at some time from now on" },
    { .key = "co2_below",
      .type = OHM_FIELD_INT,
      WHEN(co2_below_g),
      GIVEN(has_co2_below),
      .max = 10000,
      .help = "a kWh of the grid's emits less than so many g; with ahead_h: likewise" },
    { .key = "outdoor_above",
      .type = OHM_FIELD_DECIMAL,
      WHEN(outdoor_above_cc),
      GIVEN(has_outdoor_above),
      .decimals = 2,
      .min = -10000,
      .max = 10000,
      .help = "forecast to be warmer outdoors, °C; with ahead_h: at some time from now on" },
    { .key = "outdoor_below",
      .type = OHM_FIELD_DECIMAL,
      WHEN(outdoor_below_cc),
      GIVEN(has_outdoor_below),
      .decimals = 2,
      .min = -10000,
      .max = 10000,
      .help = "forecast to be colder outdoors, °C; with ahead_h: likewise" },
    { .key = "tomorrow_above",
      .type = OHM_FIELD_DECIMAL,
      WHEN(tomorrow_above_cc),
      GIVEN(has_tomorrow_above),
      .decimals = 2,
      .min = -10000,
      .max = 10000,
      .help = "it is to be warmer than that outdoors at some time tomorrow, °C" },
    { .key = "tomorrow_below",
      .type = OHM_FIELD_DECIMAL,
      WHEN(tomorrow_below_cc),
      GIVEN(has_tomorrow_below),
      .decimals = 2,
      .min = -10000,
      .max = 10000,
      .help = "it is to be colder than that outdoors at some time tomorrow, °C" },
    { .key = "overrun_h",
      .type = OHM_FIELD_INT,
      WHEN(overrun_h),
      .min = 1,
      .max = 48,
      .help = "the site is to pass its limit within so many hours, by the plan and its forecast" },
    { .key = "overrun_w",
      .type = OHM_FIELD_INT,
      WHEN(overrun_w),
      .max = WATTS_MAX,
      .help = "with overrun_h: by more than so many W; default at all" },
    { .key = "cheapest_h",
      .type = OHM_FIELD_INT,
      WHEN(cheapest_h),
      .min = 1,
      .max = 24,
      .help = "this is one of the so many cheapest hours of the day" },
    { .key = "presence",
      .type = OHM_FIELD_CHOICE,
      WHEN(presence),
      .choices = presences,
      .help = "somebody said that people are home, or away; of a sensor: its quantity presence" },
    { .key = "order",
      .type = OHM_FIELD_TEXT,
      WHEN(order),
      .size = OHM_LOAD_ID_MAX,
      .help = "the limit of this id is ordered; with below: to less than so many VA" },
    { .key = "time",
      .type = OHM_FIELD_CUSTOM,
      WHEN(minutes),
      GIVEN(has_time),
      .parse = ohm_value_window,
      .help = "such as 08:00-18:00; may pass midnight" },
    { .key = "days",
      .type = OHM_FIELD_CUSTOM,
      WHEN(days),
      GIVEN(has_days),
      .parse = ohm_value_weekdays,
      .help = "such as mon-fri; default all" },
    { .key = "for_s",
      .type = OHM_FIELD_INT,
      WHEN(for_s),
      .max = WEEK_S,
      .help = "so for so many seconds; default at once" },
    { 0 },
};

#define RULE(member) .offset = offsetof(ohm_site_rule, member)

const ohm_field ohm_site_rule_fields[] = {
    { .key = "id",
      .type = OHM_FIELD_TEXT,
      RULE(id),
      .size = OHM_LOAD_ID_MAX,
      .required = true,
      .help = "a-z, 0-9, _ and -: its name in the journal" },
    { .key = "when",
      .type = OHM_FIELD_LIST,
      RULE(whens),
      .size = sizeof(ohm_site_when),
      .required = true,
      .fields = when_fields,
      .list_max = OHM_RULE_WHENS_MAX,
      .count_offset = offsetof(ohm_site_rule, whens_count),
      .line_offset = offsetof(ohm_site_when, line),
      .help = "all of these" },
    { .key = "unless",
      .type = OHM_FIELD_LIST,
      RULE(unless),
      .size = sizeof(ohm_site_when),
      .fields = when_fields,
      .list_max = OHM_RULE_WHENS_MAX,
      .count_offset = offsetof(ohm_site_rule, unless_count),
      .line_offset = offsetof(ohm_site_when, line),
      .help = "and none of these; as when, four together" },
    { .key = "load",
      .type = OHM_FIELD_TEXT,
      RULE(load),
      .size = OHM_SITE_RULE_NAME_MAX,
      .required = true,
      .help = "the id of a load" },
    { .key = "then",
      .type = OHM_FIELD_CHOICE,
      RULE(then),
      .choices = ohm_site_rule_thens,
      .required = true,
      .help = "fed or shed; of a heater on a pilot wire one of its orders" },
    { .key = "setpoint_w",
      .type = OHM_FIELD_INT,
      RULE(setpoint_w),
      .min = 1,
      .max = SETPOINT_W_MAX,
      .help = "with then: fed: so many watts, of a load that takes a setpoint" },
    { .key = "setpoint_a",
      .type = OHM_FIELD_DECIMAL,
      RULE(setpoint_a),
      .decimals = 1,
      .min = 1,
      .max = SETPOINT_A_MAX,
      .help = "the same in amperes on each phase, of a load whose setpoint is in A" },
    { .key = "otherwise",
      .type = OHM_FIELD_BOOL,
      RULE(otherwise),
      .help = "the opposite while it is known not to be so; default false" },
    { .key = "at_least_s",
      .type = OHM_FIELD_INT,
      RULE(at_least_s),
      .max = WEEK_S,
      .help = "once begun, for so many seconds" },
    { .key = "at_most_s",
      .type = OHM_FIELD_INT,
      RULE(at_most_s),
      .max = WEEK_S,
      .help = "and no longer than so many; 0 = as long as it is so, the default" },
    { .key = "priority",
      .type = OHM_FIELD_INT,
      RULE(priority),
      .min = 1,
      .max = OHM_RULE_PRIORITY_MAX,
      .help = "1 to 9, the greater wins; default 5" },
    { 0 },
};

void ohm_site_rule_defaults(void *rule)
{
    ((ohm_site_rule *)rule)->priority = 5;
}

static const ohm_field file_fields[] = {
    { .key = "rules",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site_rules, items),
      .size = sizeof(ohm_site_rule),
      .required = true,
      .fields = ohm_site_rule_fields,
      .defaults = ohm_site_rule_defaults,
      .list_max = OHM_RULES_MAX,
      .count_offset = offsetof(ohm_site_rules, count),
      .line_offset = offsetof(ohm_site_rule, line),
      .help = "rules" },
    { 0 },
};

/* --- the rules of the page ------------------------------------------------------------- */

#define NOTE(member) .offset = offsetof(ohm_own_note, member)

static const ohm_field note_fields[] = {
    { .key = "id",
      .type = OHM_FIELD_TEXT,
      NOTE(id),
      .size = OHM_LOAD_ID_MAX,
      .required = true,
      .help = "of the rule" },
    { .key = "armed", .type = OHM_FIELD_BOOL, NOTE(armed), .help = "it asks what it says" },
    { .key = "tried", .type = OHM_FIELD_BOOL, NOTE(tried), .help = "it was simulated as it is" },
    { .key = "by",
      .type = OHM_FIELD_TEXT,
      NOTE(by),
      .size = OHM_OWN_ACTOR_MAX,
      .help = "who armed it, or took that back" },
    { .key = "at_s",
      .type = OHM_FIELD_INT,
      NOTE(at_s),
      .max = INT64_C(1) << 40,
      .help = "when, in seconds since 1970" },
    { 0 },
};

static const ohm_field own_fields[] = {
    { .key = "rules",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_own_rules, items),
      .size = sizeof(ohm_site_rule),
      .fields = ohm_site_rule_fields,
      .defaults = ohm_site_rule_defaults,
      .list_max = OHM_RULES_MAX,
      .count_offset = offsetof(ohm_own_rules, count),
      .line_offset = offsetof(ohm_site_rule, line),
      .help = "rules" },
    { .key = "notes",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_own_rules, notes),
      .size = sizeof(ohm_own_note),
      .fields = note_fields,
      .list_max = OHM_RULES_MAX,
      .count_offset = offsetof(ohm_own_rules, notes_count),
      .line_offset = offsetof(ohm_own_note, line),
      .help = "what the page keeps of each" },
    { 0 },
};

static const ohm_own_note *note_of(const ohm_own_rules *read, const char *id)
{
    for (uint16_t i = 0; i < read->notes_count; i++)
        if (!strcmp(read->notes[i].id, id))
            return &read->notes[i];
    return NULL;
}

ohm_code ohm_own_rules_read(ohm_span yaml, const char *file, ohm_own_rules *out,
                            ohm_schema_report *report)
{
    ohm_own_note notes[OHM_RULES_MAX];
    memset(out, 0, sizeof *out);
    ohm_code code = ohm_schema_read(own_fields, yaml, file, out, report);
    if (code != OHM_OK)
        return code;
    memset(notes, 0, sizeof notes);
    for (uint16_t i = 0; i < out->count; i++) {
        const ohm_own_note *note = note_of(out, out->items[i].id);
        if (note)
            notes[i] = *note;
        memcpy(notes[i].id, out->items[i].id, sizeof notes[i].id);
    }
    memcpy(out->notes, notes, sizeof notes);
    out->notes_count = out->count;
    return OHM_OK;
}

ohm_code ohm_site_rules_read(ohm_span yaml, const char *file, ohm_site_rules *out,
                             ohm_schema_report *report)
{
    memset(out, 0, sizeof *out);
    return ohm_schema_read(file_fields, yaml, file, out, report);
}
