#include "config/world_file.h"

#include <stdio.h>
#include <string.h>

#include "config/values.h"

enum { KIND_ZONE = 1, KIND_BATTERY = 4 };
static const char *const kinds[] = { "tank", "zone", "car", "plug", "battery", NULL };

#define INT(name, struct_type, member, least, most, must, text)                                    \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_INT, .offset = offsetof(struct_type, member), .min = least, \
        .max = most, .required = must, .help = text                                                \
    }
#define BOOL(name, struct_type, member, text)                                                      \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_BOOL, .offset = offsetof(struct_type, member), .help = text \
    }
#define FAULT(name, text) INT(#name, ohm_world_file, faults.name, 0, 1000, false, text)

static const ohm_field load_map[] = {
    { .key = "id",
      .type = OHM_FIELD_TEXT,
      .offset = offsetof(ohm_world_file_load, id),
      .size = OHM_LOAD_ID_MAX,
      .required = true,
      .help = "a-z, 0-9, _ and -" },
    { .key = "kind",
      .type = OHM_FIELD_CHOICE,
      .offset = offsetof(ohm_world_file_load, kind),
      .choices = kinds,
      .required = true,
      .help = "tank, zone (heating), car, battery, or plug: draws whenever it is fed" },
    INT("tier", ohm_world_file_load, tier, 1, 99, true, "1 is shed first"),
    INT("phase", ohm_world_file_load, phase, 0, 3, false, "1 to 3; 0 = all, the default"),
    INT("nominal_w", ohm_world_file_load, nominal_w, 1, 100000, true, "as its plate says, W"),
    INT("draws_w", ohm_world_file_load, draws_w, 1, 100000, true, "in truth, W"),
    INT("on_min_s", ohm_world_file_load, on_min_s, 0, 86400, true, "shortest time on"),
    INT("off_min_s", ohm_world_file_load, off_min_s, 0, 86400, true, "shortest time off"),
    INT("shed_max_s", ohm_world_file_load, shed_max_s, 0, 604800, false, "longest shed; 0 = none"),
    INT("rest_min_s", ohm_world_file_load, rest_min_s, 0, 604800, false, "rest after that"),
    INT("ecowatt_threshold", ohm_world_file_load, ecowatt_threshold, 2, 3, false, "2 or 3"),
    BOOL("never_shed", ohm_world_file_load, never_shed, "true: nothing may shed it"),
    INT("shed_day_s", ohm_world_file_load, shed_day_s, 0, 86400, false,
        "shed in a day; 0 = as it comes"),
    INT("interlock", ohm_world_file_load, interlock, 0, 9, false,
        "of those with the same number never two are fed; 0 = none"),
    INT("min_w", ohm_world_file_load, min_w, 1, 100000, false,
        "it is told how much it may draw, nominal_w at the most, this at the least"),
    INT("step_w", ohm_world_file_load, step_w, 1, 100000, false, "in steps of; default 230"),
    INT("gives_w", ohm_world_file_load, gives_w, 1, 100000, false,
        "of a battery: what it can give, and does when it is left alone"),
    INT("comfort_percent", ohm_world_file_load, comfort_percent, 1, 99, false,
        "of a battery: a sensor guards this charge"),
    { .key = "shed_order",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(ohm_world_file_load, shed_order),
      .parse = ohm_site_shed_order,
      .help = "a heater on a pilot wire: eco, hors_gel or arret" },
    BOOL("no", ohm_world_file_load, no, "true: its contact is NO, a released relay sheds it"),
    { .key = "comfort_c",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_world_file_load, comfort_c100),
      .decimals = 2,
      .min = 100,
      .max = 9000,
      .help = "of a tank or zone: a sensor guards this temperature" },
    { .key = "set_c",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_world_file_load, set_cc),
      .decimals = 2,
      .min = 1000,
      .max = 3000,
      .help = "of a zone: ohmstead heats it to this by a sensor, 1.5 K less at night" },
    { .key = "frost_c",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_world_file_load, frost_cc),
      .decimals = 2,
      .min = 0,
      .max = 1500,
      .help = "of such a zone: never colder" },
    { 0 },
};

static const ohm_field use_map[] = {
    INT("power_w", ohm_world_file_use, power_w, 1, 100000, true, "W"),
    INT("least_s", ohm_world_file_use, least_s, 1, 86400, true, "it runs at the least"),
    INT("most_s", ohm_world_file_use, most_s, 1, 86400, true, "and at the most"),
    INT("a_day", ohm_world_file_use, a_day, 1, 200, true, "how often"),
    INT("from_h", ohm_world_file_use, from_h, 0, 23, true, "begins from this hour on"),
    INT("to_h", ohm_world_file_use, to_h, 0, 24, true, "and before this one"),
    INT("phase", ohm_world_file_use, phase, 1, 3, true, "1 to 3"),
    { 0 },
};

static const ohm_field fault_map[] = {
    FAULT(meter_silent, "the meter says nothing"),
    FAULT(meter_frozen, "it repeats its last frame"),
    FAULT(meter_unit, "kW for W, or the other way round"),
    FAULT(register_back, "its register is negative"),
    FAULT(clock_jump, "the wall clock jumps by an hour"),
    FAULT(clock_lost, "a start in 1970"),
    FAULT(relay_stuck, "a relay that does not move, and says it did"),
    FAULT(relay_liar, "one that says anything"),
    FAULT(relay_refuses, "one that says it can't"),
    FAULT(power_cut, "no power for a while"),
    FAULT(killed, "the daemon is killed"),
    FAULT(cut_at_write, "power lost between an order and its record"),
    FAULT(disk_full, "nothing can be saved"),
    FAULT(flood, "a broker that says all twenty times, and what is not ours"),
    FAULT(command_storm, "a command every three seconds"),
    FAULT(stopped, "the daemon is stopped in an orderly way, and started again"),
    FAULT(reconfigured, "the same, with other tiers, times and limits"),
    FAULT(sensor_silent, "a temperature sensor says nothing"),
    FAULT(sensor_frozen, "it repeats what it said"),
    FAULT(signal_silent, "Ecowatt says nothing"),
    FAULT(rules_changed, "people arm, edit or remove rules"),
    { 0 },
};

const ohm_field ohm_world_file_fields[] = {
    { .key = "timezone",
      .type = OHM_FIELD_TEXT,
      .offset = offsetof(ohm_world_file, timezone),
      .size = OHM_TZ_NAME_MAX,
      .help = "default Europe/Paris" },
    { .key = "start",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(ohm_world_file, start),
      .required = true,
      .parse = ohm_value_date,
      .help = "the first day" },
    { .key = "power_kva",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_world_file, power_va),
      .decimals = 3,
      .min = 1000,
      .max = 36000000,
      .required = true,
      .help = "subscribed, and the breaker's" },
    BOOL("three_phase", ohm_world_file, three_phase, "default one phase"),
    BOOL("no_tic", ohm_world_file, no_tic, "true: the meter says W, and nothing of the contract"),
    INT("base_w", ohm_world_file, base_w, 0, 100000, true, "always drawn, W"),
    INT("tense_days", ohm_world_file, tense_days, 0, 100, false, "of a hundred days of winter"),
    { .key = "limits",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_world_file, limits),
      .size = sizeof(ohm_site_limit),
      .fields = ohm_site_limit_fields,
      .list_max = OHM_LIMITS_MAX,
      .count_offset = offsetof(ohm_world_file, limits_count),
      .line_offset = offsetof(ohm_site_limit, line),
      .help = "as a site has them" },
    { .key = "loads",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_world_file, loads),
      .size = sizeof(ohm_world_file_load),
      .fields = load_map,
      .list_max = OHM_WORLD_FILE_LOADS_MAX,
      .count_offset = offsetof(ohm_world_file, loads_count),
      .required = true,
      .help = "what may be shed" },
    { .key = "uses",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_world_file, uses),
      .size = sizeof(ohm_world_file_use),
      .fields = use_map,
      .list_max = OHM_WORLD_FILE_USES_MAX,
      .count_offset = offsetof(ohm_world_file, uses_count),
      .help = "what people switch on, and nothing sheds" },
    { .key = "faults",
      .type = OHM_FIELD_MAP,
      .fields = fault_map,
      .help = "how often in a hundred days" },
    { 0 },
};

ohm_code ohm_world_file_read(ohm_span yaml, const char *file, ohm_world_file *ret_world,
                             ohm_schema_report *report)
{
    unsigned before = report->errors;
    memset(ret_world, 0, sizeof *ret_world);
    (void)snprintf(ret_world->timezone, sizeof ret_world->timezone, "Europe/Paris");
    ohm_code code = ohm_schema_read(ohm_world_file_fields, yaml, file, ret_world, report);
    if (code != OHM_OK)
        return code;
    for (int i = 0; i < ret_world->uses_count; i++)
        if (ret_world->uses[i].least_s > ret_world->uses[i].most_s)
            ohm_schema_error(report, file, 0, "uses", "entry %d: least_s is more than most_s",
                             i + 1);
    for (int i = 0; i < ret_world->loads_count; i++) {
        const ohm_world_file_load *load = &ret_world->loads[i];
        if (load->set_cc > 0 && (load->kind != KIND_ZONE || load->never_shed))
            ohm_schema_error(report, file, 0, "loads",
                             "entry %d: set_c is of a zone that may be shed", i + 1);
        bool battery = load->kind == KIND_BATTERY, one_phase = !ret_world->three_phase;
        if (battery != (load->gives_w > 0) || (load->comfort_percent > 0 && !battery))
            ohm_schema_error(report, file, 0, "loads",
                             "entry %d: a battery has gives_w, which nothing else has", i + 1);
        else if (battery && (load->min_w == 0 || (load->phase == 0 && !one_phase)))
            ohm_schema_error(report, file, 0, "loads",
                             "entry %d: a battery has min_w, and is on one phase", i + 1);
    }
    return report->errors == before ? OHM_OK : OHM_BAD_FORMAT;
}
