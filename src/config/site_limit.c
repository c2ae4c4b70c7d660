/* `limits:` and `shedding:` of the site's configuration: their keys, and what must agree. */
#include <string.h>

#include "config/site.h"

static const char *const kinds[] = { "fuse", "grid", "cap", NULL };

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
    { 0 },
};

const ohm_field ohm_site_shedding_fields[] = {
    NUMBER("base_va", ohm_site, base_va, OHM_LIMIT_VA_MAX,
           "VA beside the loads, for the plan that holds while the main meter is silent; default "
           "30 % of the limit"),
    { 0 },
};

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
    if (l->kind == OHM_LIMIT_FUSE && (l->va == 0 || l->ecowatt_level != 0))
        ohm_schema_error(report, file, l->line, "limits",
                         "'%s': a fuse has a va, and holds at any level of Ecowatt", l->id);
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
