/* `zones:` of the site's configuration: what is heated, by which loads, to what set points. */
#include <stdio.h>
#include <string.h>

#include "config/field_rows.h"
#include "config/site.h"
#include "config/values.h"

static const char *const stales[] = { "fed", "shed", NULL };

#define TENTHS(name, member, least, most, must, text)                                              \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_DECIMAL, .offset = offsetof(ohm_site_zone, member),         \
        .min = least, .max = most, .decimals = 1, .required = must, .help = text                   \
    }

static const ohm_field load_scalar[] = {
    { .key = "",
      .type = OHM_FIELD_TEXT,
      .offset = offsetof(ohm_site_zone_load, id),
      .size = OHM_LOAD_ID_MAX,
      .help = "the id of a load" },
    { 0 },
};

static const ohm_field time_map[] = {
    { .key = "at",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(ohm_site_zone_time, minute),
      .parse = ohm_value_minute,
      .required = true,
      .help = "from then on, such as 06:00" },
    { .key = "days",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(ohm_site_zone_time, weekdays),
      .parse = ohm_value_weekdays,
      .help = "such as mon-fri; default all" },
    { .key = "set_c",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site_zone_time, set_dc),
      .min = OHM_HEAT_SET_CC_MIN / 10,
      .max = OHM_HEAT_SET_CC_MAX / 10,
      .decimals = 1,
      .required = true,
      .help = "the set point, 5 to 35 C" },
    { 0 },
};

static void time_defaults(void *time)
{
    ((ohm_site_zone_time *)time)->weekdays = 0x7f;
}

const ohm_field ohm_site_zone_fields[] = {
    TEXT("id", ohm_site_zone, id, true, "a-z, 0-9, _ and -"),
    TEXT("name", ohm_site_zone, name, false, "as the household calls it"),
    TEXT("sensor", ohm_site_zone, sensor, true, "the meter that says its temperature"),
    { .key = "loads",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site_zone, loads),
      .size = sizeof(ohm_site_zone_load),
      .fields = load_scalar,
      .list_max = OHM_HEAT_LOADS_MAX,
      .count_offset = offsetof(ohm_site_zone, loads_count),
      .required = true,
      .help = "the loads that heat it" },
    { .key = "schedule",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site_zone, times),
      .size = sizeof(ohm_site_zone_time),
      .fields = time_map,
      .defaults = time_defaults,
      .list_max = OHM_HEAT_TIMES_MAX,
      .count_offset = offsetof(ohm_site_zone, times_count),
      .required = true,
      .help = "set points, each until the next one" },
    TENTHS("frost_c", frost_dc, 0, OHM_HEAT_FROST_CC_MAX / 10, false,
           "never colder, whatever signals say; default 7"),
    TENTHS("hysteresis_k", hysteresis_dk, 1, OHM_HEAT_SLACK_CC_MAX / 10, false,
           "of the thermostat, to each side; default 0.3"),
    TENTHS("below_k", below_dk, 1, OHM_HEAT_SLACK_CC_MAX / 10, false,
           "how far below the set point a plan may go; default 1"),
    TENTHS("above_k", above_dk, 1, OHM_HEAT_SLACK_CC_MAX / 10, false,
           "and how far above it, to heat ahead; default 1"),
    INT("stale_s", ohm_site_zone, stale_s, 60, 86400, false,
        "a sensor that is silent for longer says nothing; default 1800"),
    CHOICE("stale", ohm_site_zone, stale, stales,
           "its loads are then fed, each by its own thermostat (the default), or shed"),
    INT("loss_w_per_k", ohm_site_zone, loss_w_per_k, 1, 5000, false,
        "what it loses, until its own days have told; with store_wh_per_k"),
    INT("store_wh_per_k", ohm_site_zone, store_wh_per_k, 10, 500000, false, "and what it stores"),
    INT("cop_percent", ohm_site_zone, cop_percent, 50, 700, false,
        "heat for power, default 100: electric"),
    { 0 },
};

void ohm_site_zone_defaults(void *zone)
{
    *(ohm_site_zone *)zone = (ohm_site_zone){ .frost_dc = 70,
                                              .hysteresis_dk = 3,
                                              .below_dk = 10,
                                              .above_dk = 10,
                                              .stale_s = 1800,
                                              .cop_percent = 100 };
}

typedef struct check {
    const ohm_site *site;
    const char *file;
    ohm_schema_report *report;
} check;

#define WRONG(c, line, path, ...)                                                                  \
    ohm_schema_error((c)->report, (c)->file, (line), (path), __VA_ARGS__)

static void check_load(const check *c, const ohm_site_zone *zone, const char *id)
{
    for (int i = 0; i < c->site->loads_count; i++) {
        const ohm_site_load *load = &c->site->loads[i];
        if (strcmp(load->id, id) != 0)
            continue;
        if (load->never_shed)
            WRONG(c, zone->line, "zones.loads", "'%s' is never shed: no thermostat could stop it",
                  id);
        return;
    }
    WRONG(c, zone->line, "zones.loads", "'%s' is not the id of a load", id);
}

/* No load heats two zones, nor one of them twice. */
static void check_shared(const check *c, int index)
{
    const ohm_site_zone *zone = &c->site->zones[index];
    for (int k = 0; k < zone->loads_count; k++)
        for (int z = 0; z <= index; z++) {
            const ohm_site_zone *other = &c->site->zones[z];
            for (int j = 0; j < (z < index ? other->loads_count : k); j++)
                if (!strcmp(other->loads[j].id, zone->loads[k].id))
                    WRONG(c, zone->line, "zones.loads", "'%s' already heats '%s'",
                          zone->loads[k].id, other->id);
        }
}

static void check_times(const check *c, const ohm_site_zone *zone)
{
    for (int i = 0; i < zone->times_count; i++)
        for (int j = 0; j < i; j++)
            if (zone->times[i].minute == zone->times[j].minute &&
                (zone->times[i].weekdays & zone->times[j].weekdays))
                WRONG(c, zone->line, "zones.schedule", "'%s': two set points begin at %02d:%02d",
                      zone->id, zone->times[i].minute / 60, zone->times[i].minute % 60);
}

static void check_zone(const check *c, int index)
{
    const ohm_site_zone *zone = &c->site->zones[index];
    for (int i = 0; i < index; i++)
        if (!strcmp(c->site->zones[i].id, zone->id))
            WRONG(c, zone->line, "zones.id", "'%s' is already the id of another zone", zone->id);
    bool found = false;
    for (int i = 0; i < c->site->meters_count && !found; i++)
        found = !strcmp(c->site->meters[i].id, zone->sensor);
    if (!found)
        WRONG(c, zone->line, "zones.sensor", "'%s' is not the id of a meter", zone->sensor);
    if (zone->loads_count == 0)
        WRONG(c, zone->line, "zones.loads", "is empty: nothing heats '%s'", zone->id);
    if (zone->times_count == 0)
        WRONG(c, zone->line, "zones.schedule", "is empty: '%s' has no set point", zone->id);
    for (int k = 0; k < zone->loads_count; k++)
        check_load(c, zone, zone->loads[k].id);
    check_shared(c, index);
    check_times(c, zone);
    if (zone->below_dk < zone->hysteresis_dk || zone->above_dk < zone->hysteresis_dk)
        WRONG(c, zone->line, "zones.hysteresis_k",
              "'%s': the thermostat goes further than a plan may (below_k, above_k)", zone->id);
    if (!zone->loss_w_per_k != !zone->store_wh_per_k)
        WRONG(c, zone->line, "zones.loss_w_per_k", "'%s': give store_wh_per_k with it, or neither",
              zone->id);
}

void ohm_site_check_zones(ohm_site *site, const char *file, ohm_schema_report *report)
{
    const check c = { site, file, report };
    _Static_assert(sizeof site->zones[0].id <= sizeof site->zones[0].name, "a name takes an id");
    for (int i = 0; i < site->zones_count; i++) {
        ohm_site_zone *zone = &site->zones[i];
        if (!zone->name[0])
            memcpy(zone->name, zone->id, sizeof zone->id);
        check_zone(&c, i);
    }
    if (site->zones_count && site->plan.heating_line)
        WRONG(&c, site->plan.heating_line, "plan.heating",
              "is of sites without zones: each of zones is planned by itself");
}
