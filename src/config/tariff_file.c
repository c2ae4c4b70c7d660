#include "config/tariff_file.h"

#include <stdlib.h>

#include "config/values.h"

enum { ROWS_MAX = 1024, SOURCE_MAX = 128 };

typedef struct row {
    ohm_date from, to;
    int64_t power_va;
    int64_t base_ueur, hp_ueur, hc_ueur, subscription_ueur;
    char source[SOURCE_MAX];
    bool verified;
} row;

typedef struct tariff {
    char name[OHM_CONTRACT_NAME_MAX];
    bool off_peak;
    uint16_t rows_count;
    row rows[ROWS_MAX];
} tariff;

#define PRICE(name, member, text)                                                                  \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_DECIMAL, .offset = offsetof(row, member), .decimals = 6,    \
        .max = 5000000, .help = text                                                               \
    }

static const ohm_field row_fields[] = {
    { .key = "from",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(row, from),
      .required = true,
      .parse = ohm_value_date,
      .help = "first local date of the price" },
    { .key = "to",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(row, to),
      .parse = ohm_value_date,
      .help = "first local date on which it is superseded, where the next price is not known" },
    { .key = "kva",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(row, power_va),
      .required = true,
      .decimals = 3,
      .min = 1000,
      .max = 36000,
      .help = "subscribed power, kVA" },
    PRICE("base", base_ueur, "EUR/kWh at any time"),
    PRICE("hp", hp_ueur, "EUR/kWh in peak hours"),
    PRICE("hc", hc_ueur, "EUR/kWh in off-peak hours"),
    { .key = "subscription",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(row, subscription_ueur),
      .required = true,
      .decimals = 6,
      .max = 100000000000,
      .help = "EUR a year" },
    { .key = "source",
      .type = OHM_FIELD_TEXT,
      .offset = offsetof(row, source),
      .size = SOURCE_MAX,
      .required = true,
      .help = "where the row was read" },
    { .key = "verified",
      .type = OHM_FIELD_BOOL,
      .offset = offsetof(row, verified),
      .help = "false: not confirmed by an official publication" },
    { 0 },
};

static const ohm_field tariff_fields[] = {
    { .key = "name",
      .type = OHM_FIELD_TEXT,
      .offset = offsetof(tariff, name),
      .size = OHM_CONTRACT_NAME_MAX,
      .required = true,
      .help = "as printed on the bill" },
    { .key = "off_peak",
      .type = OHM_FIELD_BOOL,
      .offset = offsetof(tariff, off_peak),
      .required = true,
      .help = "has off-peak hours" },
    { .key = "rows",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(tariff, rows),
      .size = sizeof(row),
      .required = true,
      .fields = row_fields,
      .list_max = ROWS_MAX,
      .count_offset = offsetof(tariff, rows_count),
      .help = "dated prices" },
    { 0 },
};

/* Copies the rows of one power; the newest OHM_CONTRACT_ROWS_MAX of them if there are more. */
static void take_rows(const tariff *t, int64_t power_va, ohm_contract *contract)
{
    unsigned matching = 0;
    for (unsigned i = 0; i < t->rows_count; i++)
        matching += t->rows[i].power_va == power_va;
    unsigned skip = matching > OHM_CONTRACT_ROWS_MAX ? matching - OHM_CONTRACT_ROWS_MAX : 0;
    contract->rows_count = 0;
    contract->superseded = (ohm_date){ 0 };
    for (unsigned i = 0; i < t->rows_count; i++) {
        const row *r = &t->rows[i];
        if (r->power_va != power_va || (skip && skip--))
            continue;
        contract->rows[contract->rows_count++] = (ohm_price_row){
            .from = r->from,
            .ueur_per_kwh = { r->base_ueur, r->hp_ueur, r->hc_ueur },
            .subscription_ueur_per_year = r->subscription_ueur,
        };
        contract->superseded = r->to; /* of the last one */
    }
}

ohm_code ohm_tariff_read(ohm_span yaml, const char *file, int64_t power_va, ohm_contract *contract,
                         ohm_schema_report *report)
{
    tariff *t = calloc(1, sizeof *t);
    if (!t)
        return OHM_NO_MEMORY;
    ohm_code code = ohm_schema_read(tariff_fields, yaml, file, t, report);
    if (code == OHM_OK) {
        memcpy(contract->name, t->name, sizeof contract->name);
        contract->has_off_peak = t->off_peak;
        contract->subscribed_va = (int32_t)power_va;
        take_rows(t, power_va, contract);
        if (contract->rows_count == 0)
            code = OHM_UNKNOWN;
    }
    free(t);
    return code;
}
