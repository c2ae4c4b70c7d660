/* `limits:` and `shedding:` of the site's configuration: their keys, and what must agree. */
#include <string.h>

#include "config/field_rows.h"
#include "config/site.h"

static const char *const kinds[] = { "fuse", "grid", "cap", NULL };
static const char *const days[] = { "any", "white", "red", "peak", NULL };

#define NUMBER(name, struct_type, member, most, text)                                              \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_INT, .offset = offsetof(struct_type, member), .max = most,  \
        .help = text                                                                               \
    }

const ohm_field ohm_site_limit_fields[] = {
    { .key = "id",
      .type = OHM_FIELD_TEXT,
      .offset = offsetof(ohm_site_limit, id),
      .size = OHM_LOAD_ID_MAX,
      .required = true,
      .help = "a-z, 0-9, _ and -" },
    { .key = "kind",
      .type = OHM_FIELD_CHOICE,
      .offset = offsetof(ohm_site_limit, kind),
      .choices = kinds,
      .required = true,
      .help = "fuse, grid (an order of the operator's) or cap (one's own)" },
    NUMBER("phase", ohm_site_limit, phase, 3, "1 to 3; 0 = all together, the default"),
    NUMBER("va", ohm_site_limit, va, OHM_LIMIT_VA_MAX,
           "VA while its source says nothing; 0 = none, the default"),
    NUMBER("ecowatt_level", ohm_site_limit, ecowatt_level, 3,
           "holds from this level of Ecowatt on, 2 or 3; 0 = always, the default"),
    CHOICE(
        "day", ohm_site_limit, day, days,
        "holds on red days of Tempo, on white (and red) ones, or on EJP's peak days; default any"),
    TEXT("meter", ohm_site_limit, meter, false,
         "what it limits: the branch that this meter counts, and the loads that name it"),
    TEXT("mqtt", ohm_site_limit, mqtt, false, "where orders come from: mqtt://host[:port]/topic"),
    TEXT("signal", ohm_site_limit, signal, false,
         "or the source of signals that says them: openadr (IMPORT_CAPACITY_LIMIT), or generic in "
         "W or kW"),
    TEXT("user", ohm_site_limit, user, false, "of the broker"),
    SECRET("password", ohm_site_limit, password, "password of that user"),
    PATH("ca_file", ohm_site_limit, ca_file, "certificates to trust, mqtts only"),
    { 0 },
};

const ohm_field ohm_site_shedding_fields[] = {
    NUMBER("base_va", ohm_site, base_va, OHM_LIMIT_VA_MAX,
           "VA beside the loads, for the plan that holds while the main meter is silent; default "
           "30 % of the limit"),
    { 0 },
};

static void check_branch(const ohm_site *site, const ohm_site_limit *l, const char *file,
                         ohm_schema_report *report)
{
    if (!l->meter[0])
        return;
    bool known = false;
    for (int i = 0; i < site->meters_count; i++)
        known = known || !strcmp(site->meters[i].id, l->meter);
    const char *main =
        site->main_meter[0] || site->meters_count == 0 ? site->main_meter : site->meters[0].id;
    if (!known)
        ohm_schema_error(report, file, l->line, "limits.meter", "'%s' is not the id of a meter",
                         l->meter);
    else if (!strcmp(l->meter, main))
        ohm_schema_error(report, file, l->line, "limits.meter",
                         "'%s' is the main meter: leave meter out", l->meter);
    if (l->phase != 0)
        ohm_schema_error(report, file, l->line, "limits.phase",
                         "'%s': a branch with a meter of its own is limited as a whole", l->id);
}

void ohm_site_check_topic(const char *url, const char *file, uint32_t line, const char *path,
                          ohm_schema_report *report)
{
    if (!url[0])
        return;
    bool scheme = !strncmp(url, "mqtt://", 7) || !strncmp(url, "mqtts://", 8);
    const char *topic = scheme ? strchr(strstr(url, "://") + 3, '/') : NULL;
    if (!topic || !topic[1] || strpbrk(topic, "+#"))
        ohm_schema_error(report, file, line, path,
                         "'%s' is not mqtt://host[:port]/topic, one topic without + and #", url);
}

static void check_mqtt(const ohm_site_limit *l, const char *file, ohm_schema_report *report)
{
    ohm_site_check_topic(l->mqtt, file, l->line, "limits.mqtt", report);
    if (l->mqtt[0] && l->kind == OHM_LIMIT_FUSE)
        ohm_schema_error(report, file, l->line, "limits.mqtt", "'%s': a fuse takes no orders",
                         l->id);
}

static void check_signal(const ohm_site *site, const ohm_site_limit *l, const char *file,
                         ohm_schema_report *report)
{
    const ohm_site_signal *from = NULL;
    for (int i = 0; i < site->signals_count; i++)
        if (!strcmp(site->signals[i].id, l->signal))
            from = &site->signals[i];
    bool watts = from && from->source == OHM_SOURCE_GENERIC &&
                 (!strcmp(from->unit, "W") || !strcmp(from->unit, "kW"));
    if (!l->signal[0])
        return;
    if (!watts && (!from || from->source != OHM_SOURCE_OPENADR))
        ohm_schema_error(report, file, l->line, "limits.signal",
                         "'%s' is no source of signals of openadr, or of generic in W or kW",
                         l->signal);
    if (l->kind == OHM_LIMIT_FUSE || l->mqtt[0])
        ohm_schema_error(report, file, l->line, "limits.signal",
                         "'%s': a fuse takes no orders, and another limit from one source", l->id);
}

const ohm_site_limit *ohm_site_branch_of(const ohm_site *site, const ohm_site_load *load)
{
    for (int i = 0; i < site->limits_count && load->branch[0]; i++)
        if (site->limits[i].meter[0] && !strcmp(site->limits[i].id, load->branch))
            return &site->limits[i];
    return NULL;
}

static void check_limit(const ohm_site *site, int index, const char *file,
                        ohm_schema_report *report)
{
    const ohm_site_limit *l = &site->limits[index];
    for (int i = 0; i < index; i++)
        if (!strcmp(site->limits[i].id, l->id))
            ohm_schema_error(report, file, l->line, "limits.id",
                             "'%s' is already the id of another limit", l->id);
    if (!strcmp(l->id, "main"))
        ohm_schema_error(report, file, l->line, "limits.id",
                         "'main' is what the meter or the contract says");
    if (l->kind == OHM_LIMIT_FUSE && (l->va == 0 || l->ecowatt_level != 0 || l->day != 0))
        ohm_schema_error(report, file, l->line, "limits",
                         "'%s': a fuse has a va, and holds at any level and on any day", l->id);
    if (l->day != 0 && !site->has_contract)
        ohm_schema_error(report, file, l->line, "limits.day",
                         "'%s' waits for days that no contract has: configure one", l->id);
    check_branch(site, l, file, report);
    check_mqtt(l, file, report);
    check_signal(site, l, file, report);
    if (l->ecowatt_level == 1)
        ohm_schema_error(report, file, l->line, "limits.ecowatt_level",
                         "is 2 or 3: lower levels never limit");
    if (l->ecowatt_level != 0 && !site->has_ecowatt)
        ohm_schema_error(report, file, l->line, "limits.ecowatt_level",
                         "'%s' waits for a signal that nobody asks for: configure ecowatt", l->id);
}

void ohm_site_check_limits(const ohm_site *site, const char *file, ohm_schema_report *report)
{
    for (int i = 0; i < site->limits_count; i++)
        check_limit(site, i, file, report);
}
