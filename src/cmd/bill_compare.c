/* bill --compare: the same use under every shipped contract and power, the cheapest first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/bill.h"
#include "cmd/cmd.h"
#include "tariff/whatif.h"

enum { OUTCOMES_MAX = 64, NAME_MAX = 48 };

typedef struct row {
    char name[NAME_MAX];
    int32_t power_va;
    ohm_outcome outcome;
} row;

typedef struct table {
    const ohm_bill_job *job;
    const char *file; /* whose contracts are taken */
    uint8_t *codes_bytes;
    ohm_day_codes codes;
    ohm_bill *bill;
    unsigned count;
    row rows[OUTCOMES_MAX];
} table;

static void print_line(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "ohmstead: %s\n", text);
}

static bool take(void *ctx, const ohm_tariff *tariff)
{
    table *t = ctx;
    if (t->count == OUTCOMES_MAX)
        return false;
    const ohm_contract *contract = &tariff->contract;
    ohm_bill_request request = {
        .contract = contract,
        .tz = &t->job->tz,
        .codes = &t->codes,
        .period = t->job->period,
        .uses = t->job->uses,
        .uses_count = t->job->uses_count,
    };
    row *out = &t->rows[t->count++];
    const char *base = strrchr(t->file, '/') + 1; /* data/tariffs/NAME.yaml */
    out->power_va = contract->subscribed_va;
    (void)snprintf(out->name, sizeof out->name, "%.*s-%gkva", (int)strcspn(base, "."), base,
                   (double)contract->subscribed_va / 1000);
    ohm_outcome_make(&request, contract, t->bill, &out->outcome);
    return true;
}

static int take_file(table *t, const ohm_asset *asset)
{
    const ohm_bill_job *job = t->job;
    ohm_tariff *scratch = malloc(sizeof *scratch);
    ohm_tariff_wish wish = { 0, job->hours, job->hours_count }, none = { 0, NULL, 0 };
    ohm_schema_report report = { print_line, NULL, 0 };
    if (!scratch)
        return ohm_cmd_fail("bill", "out of memory", NULL);
    t->file = asset->name;
    /* The file says which calendar it needs, and whether it takes hours of one's own. */
    ohm_tariff_wish any = { 6000, NULL, 0 };
    ohm_schema_report quiet = { print_line, NULL, OHM_SCHEMA_ERRORS_MAX };
    ohm_code code = ohm_tariff_read(asset->bytes, asset->name, &any, scratch, &quiet);
    bool takes_hours = scratch->takes_hours;
    if (code == OHM_OK || code == OHM_UNKNOWN)
        code = ohm_calendar_shipped(&scratch->contract, t->codes.first_day, t->codes_bytes,
                                    OHM_BILL_CODES_DAYS);
    if (code == OHM_OK || code == OHM_UNKNOWN)
        code = ohm_tariff_each(asset->bytes, asset->name, takes_hours ? &wish : &none, scratch,
                               take, t, &report);
    free(scratch);
    return code == OHM_OK ? OHM_EXIT_OK : ohm_cmd_fail(asset->name, ohm_code_text(code), NULL);
}

static int compare_rows(const void *a, const void *b)
{
    const row *one = a, *other = b;
    bool x_failed = ohm_failed(one->outcome.err), y_failed = ohm_failed(other->outcome.err);
    if (x_failed != y_failed)
        return x_failed - y_failed;
    int64_t x = one->outcome.total_cents, y = other->outcome.total_cents;
    return x != y ? (x > y) - (x < y) : strcmp(one->name, other->name);
}

static void print_row(const table *t, const row *r)
{
    char total[OHM_DECIMAL_MAX], fixed[OHM_DECIMAL_MAX], energy[OHM_DECIMAL_MAX];
    bool as_csv = t->job->form == OHM_BILL_CSV, failed = ohm_failed(r->outcome.err);
    (void)ohm_bill_decimal(r->outcome.total_cents, 2, 2, total);
    (void)ohm_bill_decimal(r->outcome.subscription_cents, 2, 2, fixed);
    (void)ohm_bill_decimal(r->outcome.energy_cents, 2, 2, energy);
    if (as_csv)
        printf("%s,%s,%s,%s,%u,%s\n", r->name, failed ? "" : total, failed ? "" : fixed,
               failed ? "" : energy, r->outcome.steps_over, failed ? r->outcome.err.what : "");
    else if (failed)
        printf("%-20s %s\n", r->name, r->outcome.err.what);
    else
        printf("%-20s %11s EUR = %9s + %11s%s\n", r->name, total, fixed, energy,
               r->outcome.steps_over ? "   too weak" : "");
}

static void print_table(table *t)
{
    ohm_peak peak;
    char when[OHM_LOCAL_MAX];
    qsort(t->rows, t->count, sizeof *t->rows, compare_rows);
    if (t->job->form == OHM_BILL_CSV)
        puts("contract,total_eur,subscription_eur,energy_eur,steps_over,fault");
    for (unsigned i = 0; i < t->count; i++)
        print_row(t, &t->rows[i]);
    ohm_peak_of(t->job->uses, t->job->uses_count, t->job->period, &peak);
    if (peak.from_ms == OHM_NO_MS || t->job->form == OHM_BILL_CSV)
        return;
    ohm_local_write(&t->job->tz, peak.from_ms, when);
    printf("greatest power of a step: %lld %s, %s\n", (long long)peak.power,
           peak.is_va ? "VA" : "W", when);
    if (t->job->device[0])
        printf("note: counted by %s\n", t->job->device);
    if (!t->job->hours_count)
        puts("note: off-peak hours are assumed (22:00-06:00): give yours with --off-peak");
}

int ohm_bill_compare(const ohm_bill_job *job)
{
    table *t = calloc(1, sizeof *t);
    int status = OHM_EXIT_OK;
    if (t) {
        t->job = job;
        t->codes = job->codes;
        t->codes_bytes = calloc(OHM_BILL_CODES_DAYS, 1);
        t->codes.codes = t->codes_bytes;
        t->bill = malloc(sizeof *t->bill);
    }
    if (!t || !t->codes_bytes || !t->bill)
        status = ohm_cmd_fail("bill", "out of memory", NULL);
    for (size_t i = 0; status == OHM_EXIT_OK && ohm_tariff_shipped(i); i++) {
        memcpy(t->codes_bytes, job->codes_bytes, OHM_BILL_CODES_DAYS);
        status = take_file(t, ohm_tariff_shipped(i));
    }
    if (status == OHM_EXIT_OK)
        print_table(t);
    if (t) {
        free(t->codes_bytes);
        free(t->bill);
    }
    free(t);
    return status;
}
