/* `plan:` of the site's configuration: its keys, and what must agree. */
#include <string.h>

#include "config/field_rows.h"
#include "config/site.h"
#include "config/values.h"

#define MINUTE(name, member, text)                                                                 \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_CUSTOM, .offset = offsetof(ohm_site, plan.member),          \
        .parse = ohm_value_minute, .help = text                                                    \
    }
#define TENTHS(name, member, least, most, text)                                                    \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_DECIMAL, .offset = offsetof(ohm_site, plan.member),         \
        .min = least, .max = most, .decimals = 1, .help = text                                     \
    }

#define EUR(name, member, text)                                                                    \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_DECIMAL, .offset = offsetof(ohm_site, plan.member),         \
        .max = 100000, .decimals = 4, .help = text                                                 \
    }

static const ohm_field weights_map[] = {
    EUR("ecowatt_orange", weight_orange, "EUR a kWh in a tense hour, default 0.05"),
    EUR("ecowatt_red", weight_red, "and in a very tense one, default 0.3"),
    EUR("tempo_white", weight_tempo_white,
        "by day on a white day of Tempo, default 0: for contracts that do not price it"),
    EUR("tempo_red", weight_tempo_red, "and on a red one, default 0"),
    INT("co2_eur_per_t", ohm_site, plan.weight_co2_eur_per_t, 0, 10000, false,
        "EUR a tonne of CO2, where a signal says g/kWh, default 50"),
    { 0 },
};

static const ohm_field water_map[] = {
    TEXT("load", ohm_site, plan.water_load, true, "id of the load that heats it"),
    INT("litres", ohm_site, plan.litres, 20, 2000, false, "of the tank, default 200"),
    INT("day_litres", ohm_site, plan.day_litres, 0, 2000, false,
        "hot water of a day at 40 C, default 150"),
    INT("low_c", ohm_site, plan.water_low_c, 35, 60, false, "no colder, default 45"),
    INT("high_c", ohm_site, plan.water_high_c, 45, 90, false, "its thermostat's, default 60"),
    TEXT("sensor", ohm_site, plan.water_sensor, false,
         "meter that says its temperature; without one it is estimated"),
    INT("legionella_days", ohm_site, plan.hygiene_days, 0, 60, false,
        "heated through at least so often, default 0: never"),
    INT("legionella_c", ohm_site, plan.hygiene_c, 60, 90, false, "to that, default 60"),
    { 0 },
};

static const ohm_field car_map[] = {
    TEXT("load", ohm_site, plan.car_load, true, "id of the load that charges it"),
    { .key = "need_kwh",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site, plan.need_wh),
      .max = 200000,
      .decimals = 3,
      .help = "of a night, default 8" },
    MINUTE("home", home_minute, "from when it is there, default 18:30"),
    MINUTE("ready", ready_minute, "by when it is charged, default 07:00"),
    TEXT("mqtt", ohm_site, plan.car_mqtt, false,
         "where it is asked for, too: mqtt://host[:port]/topic"),
    TEXT("user", ohm_site, plan.car_user, false, "of the broker"),
    SECRET("password", ohm_site, plan.car_password, "password of that user"),
    PATH("ca_file", ohm_site, plan.car_ca_file, "certificates to trust, mqtts only"),
    { 0 },
};

static const ohm_field heating_map[] = {
    TEXT("load", ohm_site, plan.heating_load, true, "id of the load that heats"),
    TEXT("sensor", ohm_site, plan.heating_sensor, false, "meter that says the room's temperature"),
    INT("loss_w_per_k", ohm_site, plan.loss_w_per_k, 1, 5000, true,
        "what the zone loses, as `ohmstead identify` finds it"),
    INT("store_wh_per_k", ohm_site, plan.store_wh_per_k, 10, 500000, true, "what it stores"),
    INT("cop_percent", ohm_site, plan.cop_percent, 50, 700, false,
        "heat for power, default 100: electric"),
    TENTHS("day_c", day_dc, 50, 300, "the thermostat's setpoint by day, default 20"),
    TENTHS("night_c", night_dc, 50, 300, "and by night, default 17.5"),
    TENTHS("band_k", band_dk, 1, 50, "how far below it the plan may go, default 1"),
    MINUTE("day", day_minute, "when the day begins, default 06:00"),
    MINUTE("night", night_minute, "when the night begins, default 22:00"),
    { 0 },
};

const ohm_field ohm_site_plan_fields[] = {
    INT("hours", ohm_site, plan.hours, 6, 48, false, "how far ahead, default 24"),
    INT("step_minutes", ohm_site, plan.step_minutes, 5, 60, false, "a divisor of 60, default 15"),
    INT("base_w", ohm_site, plan.base_w, 0, 100000, false,
        "drawn beside the planned loads until the site's own day is known, default 400"),
    { .key = "water",
      .type = OHM_FIELD_MAP,
      .fields = water_map,
      .line_offset = offsetof(ohm_site, plan.water_line),
      .help = "a hot-water tank" },
    { .key = "car",
      .type = OHM_FIELD_MAP,
      .fields = car_map,
      .line_offset = offsetof(ohm_site, plan.car_line),
      .help = "a car that is charged at one power" },
    { .key = "battery",
      .type = OHM_FIELD_MAP,
      .fields = ohm_site_battery_fields,
      .line_offset = offsetof(ohm_site, plan.battery_line),
      .help = "a battery behind an inverter that can be told watts" },
    { .key = "heating",
      .type = OHM_FIELD_MAP,
      .fields = heating_map,
      .line_offset = offsetof(ohm_site, plan.heating_line),
      .help = "a zone with its own thermostat" },
    { .key = "weights",
      .type = OHM_FIELD_MAP,
      .fields = weights_map,
      .help = "what counts beside the price" },
    { 0 },
};

void ohm_site_plan_defaults(ohm_site_plan *plan)
{
    *plan = (ohm_site_plan){ .hours = 24,
                             .step_minutes = 15,
                             .base_w = 400,
                             .litres = 200,
                             .day_litres = 150,
                             .water_low_c = 45,
                             .water_high_c = 60,
                             .hygiene_c = 60,
                             .need_wh = 8000,
                             .charge_percent = 95,
                             .discharge_percent = 95,
                             .reserve_percent = 10,
                             .cycle_eur = 200,
                             .home_minute = 18 * 60 + 30,
                             .ready_minute = 7 * 60,
                             .cop_percent = 100,
                             .day_dc = 200,
                             .night_dc = 175,
                             .band_dk = 10,
                             .weight_orange = 500,
                             .weight_red = 3000,
                             .weight_co2_eur_per_t = 50,
                             .day_minute = 6 * 60,
                             .night_minute = 22 * 60 };
}

typedef struct check {
    const ohm_site *site;
    const char *file;
    ohm_schema_report *report;
} check;

static void check_load(const check *c, uint32_t line, const char *path, const char *id)
{
    if (!line)
        return;
    for (int i = 0; i < c->site->loads_count; i++) {
        const ohm_site_load *load = &c->site->loads[i];
        if (strcmp(load->id, id) != 0)
            continue;
        if (load->never_shed)
            ohm_schema_error(c->report, c->file, line, path,
                             "'%s' is never shed: a plan could not keep it off", id);
        return;
    }
    ohm_schema_error(c->report, c->file, line, path, "'%s' is not the id of a load", id);
}

static void check_sensor(const check *c, uint32_t line, const char *path, const char *id)
{
    bool found = !line || !id[0];
    for (int i = 0; i < c->site->meters_count && !found; i++)
        found = !strcmp(c->site->meters[i].id, id);
    if (!found)
        ohm_schema_error(c->report, c->file, line, path, "'%s' is not the id of a meter", id);
}

static bool has_weather(const ohm_site *site)
{
    for (int i = 0; i < site->signals_count; i++)
        if (site->signals[i].source == OHM_SOURCE_OPEN_METEO)
            return true;
    return false;
}

static void check_heating(const check *c)
{
    const ohm_site_plan *p = &c->site->plan;
    if (!p->heating_line)
        return;
    if (!p->heating_sensor[0])
        ohm_schema_error(c->report, c->file, p->heating_line, "plan.heating",
                         "needs a sensor: without the room's temperature nothing can be planned");
    if (!has_weather(c->site))
        ohm_schema_error(c->report, c->file, p->heating_line, "plan.heating",
                         "needs the weather: configure a signal of open-meteo");
}

void ohm_site_check_plan(const ohm_site *site, const char *file, ohm_schema_report *report)
{
    const ohm_site_plan *p = &site->plan;
    const check c = { site, file, report };
    if (!site->plan_line)
        return;
    if (!site->has_contract)
        ohm_schema_error(report, file, site->plan_line, "plan",
                         "weighs prices: configure a contract");
    if (!p->water_line && !p->car_line && !p->heating_line && !p->battery_line &&
        !site->zones_count)
        ohm_schema_error(report, file, site->plan_line, "plan",
                         "has nothing to plan: give water, car, heating, battery or zones");
    if (60 % p->step_minutes != 0)
        ohm_schema_error(report, file, site->plan_line, "plan.step_minutes",
                         "%d is no divisor of 60", (int)p->step_minutes);
    if (p->water_line && p->water_low_c >= p->water_high_c)
        ohm_schema_error(report, file, p->water_line, "plan.water", "low_c is not below high_c");
    if (p->water_line && p->hygiene_days > 0 && p->hygiene_c > p->water_high_c)
        ohm_schema_error(report, file, p->water_line, "plan.water.legionella_c",
                         "is above high_c: its thermostat would stop before");
    if (p->car_line && p->home_minute == p->ready_minute)
        ohm_schema_error(report, file, p->car_line, "plan.car", "it is never there: home is ready");
    ohm_site_check_topic(p->car_mqtt, file, p->car_line, "plan.car.mqtt", report);
    check_load(&c, p->water_line, "plan.water.load", p->water_load);
    check_load(&c, p->car_line, "plan.car.load", p->car_load);
    check_load(&c, p->heating_line, "plan.heating.load", p->heating_load);
    check_load(&c, p->battery_line, "plan.battery.load", p->battery_load);
    check_sensor(&c, p->water_line, "plan.water.sensor", p->water_sensor);
    check_sensor(&c, p->heating_line, "plan.heating.sensor", p->heating_sensor);
    check_heating(&c);
    ohm_site_check_battery(site, file, report);
    bool same = (p->water_line && p->car_line && !strcmp(p->water_load, p->car_load)) ||
                (p->water_line && p->heating_line && !strcmp(p->water_load, p->heating_load)) ||
                (p->car_line && p->heating_line && !strcmp(p->car_load, p->heating_load));
    if (p->battery_line)
        same = same || (p->water_line && !strcmp(p->water_load, p->battery_load)) ||
               (p->car_line && !strcmp(p->car_load, p->battery_load)) ||
               (p->heating_line && !strcmp(p->heating_load, p->battery_load));
    for (int z = 0; z < site->zones_count; z++)
        for (int k = 0; k < site->zones[z].loads_count; k++)
            same = same || (p->water_line && !strcmp(p->water_load, site->zones[z].loads[k].id)) ||
                   (p->car_line && !strcmp(p->car_load, site->zones[z].loads[k].id)) ||
                   (p->battery_line && !strcmp(p->battery_load, site->zones[z].loads[k].id));
    if (same)
        ohm_schema_error(report, file, site->plan_line, "plan", "plans one load twice");
}
