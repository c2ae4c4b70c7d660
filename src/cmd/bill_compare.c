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
    ohm_outcome outcome, shifted;
} row;

typedef struct table {
    const ohm_bill_job *job;
    const char *file; /* whose contracts are taken */
    uint8_t *codes_bytes;
    ohm_day_codes codes;
    ohm_bill *bill;
    /* Loads at other hours, if --shift says so. */
    unsigned shifts_count;
    ohm_named_shift shifts[OHM_SHIFTS_MAX];
    int64_t moved_mwh[OHM_SHIFTS_MAX];
    ohm_use *shifted;
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
    request.uses = t->shifted;
    if (t->shifted)
        ohm_outcome_make(&request, contract, t->bill, &out->shifted);
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
    ohm_calendar calendar = ohm_calendar_of(&scratch->contract);
    for (int i = 0; job->has_said && calendar != OHM_CALENDARS_COUNT && i < OHM_BILL_CODES_DAYS;
         i++)
        if (job->said_bytes[calendar][i] != OHM_DAY_UNKNOWN)
            t->codes_bytes[i] = job->said_bytes[calendar][i];
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
    char total[OHM_DECIMAL_MAX], fixed[OHM_DECIMAL_MAX], energy[OHM_DECIMAL_MAX],
        shifted[OHM_DECIMAL_MAX] = "";
    bool as_csv = t->job->form == OHM_BILL_CSV, failed = ohm_failed(r->outcome.err);
    (void)ohm_bill_decimal(r->outcome.total_cents, 2, 2, total);
    (void)ohm_bill_decimal(r->outcome.subscription_cents, 2, 2, fixed);
    (void)ohm_bill_decimal(r->outcome.energy_cents, 2, 2, energy);
    if (t->shifted)
        (void)ohm_bill_decimal(r->shifted.total_cents, 2, 2, shifted);
    if (as_csv)
        printf("%s,%s,%s,%s,%u,%s%s%s\n", r->name, failed ? "" : total, failed ? "" : fixed,
               failed ? "" : energy, r->outcome.steps_over, failed ? r->outcome.err.what : "",
               t->shifted ? "," : "", failed ? "" : shifted);
    else if (failed)
        printf("%-20s %s\n", r->name, r->outcome.err.what);
    else
        printf("%-20s %11s EUR = %9s + %11s%s%s%s\n", r->name, total, fixed, energy,
               t->shifted ? "   shifted " : "", shifted,
               r->outcome.steps_over ? "   too weak" : "");
}

/* The subscribed powers that would have been too weak: for how long, and at which hours. */
static void print_powers(const table *t)
{
    ohm_bill_request request = { .tz = &t->job->tz,
                                 .period = t->job->period,
                                 .uses = t->job->uses,
                                 .uses_count = t->job->uses_count };
    int32_t last = 0;
    for (unsigned n = 0; n < t->count; n++) {
        int32_t next = INT32_MAX;
        for (unsigned i = 0; i < t->count; i++)
            if (t->rows[i].power_va > last && t->rows[i].power_va < next)
                next = t->rows[i].power_va;
        ohm_power_use use;
        if (next == INT32_MAX)
            return;
        last = next;
        ohm_power_use_of(&request, next, &use);
        if (!use.steps_over)
            return; /* nor is any greater one */
        printf("above %g kVA: %lld min in all, at", (double)next / 1000,
               (long long)(use.over_ms / OHM_MINUTE_MS));
        for (unsigned h = 0; h < 24; h++)
            if (use.hours[h])
                printf(" %02u:00 (%u)", h, use.hours[h]);
        putchar('\n');
    }
}

static void print_moved(const table *t)
{
    for (unsigned i = 0; t->shifted && i < t->shifts_count; i++) {
        char kwh[OHM_DECIMAL_MAX];
        (void)ohm_bill_decimal(t->moved_mwh[i] / 1000000, 0, 0, kwh);
        printf("note: %s kWh of %s moved; what it draws is supposed: up to %lld W of what was "
               "used at other hours of its day\n",
               kwh, t->shifts[i].load, (long long)t->shifts[i].shift.power_w);
    }
}

static void print_missing(const table *t)
{
    for (unsigned i = 0; i < t->count; i++) {
        const ohm_outcome *o = &t->rows[i].outcome;
        if (ohm_failed(o->err))
            continue;
        if (o->missing_ms)
            printf("note: %lld min of this time are not measured: their energy is in no total, "
                   "their subscription is\n",
                   (long long)(o->missing_ms / OHM_MINUTE_MS));
        return;
    }
}

static void print_table(table *t)
{
    ohm_peak peak;
    char when[OHM_LOCAL_MAX];
    qsort(t->rows, t->count, sizeof *t->rows, compare_rows);
    if (t->job->form == OHM_BILL_CSV)
        printf("contract,total_eur,subscription_eur,energy_eur,steps_over,fault%s\n",
               t->shifted ? ",shifted_eur" : "");
    for (unsigned i = 0; i < t->count; i++)
        print_row(t, &t->rows[i]);
    ohm_peak_of(t->job->uses, t->job->uses_count, t->job->period, &peak);
    if (t->job->form == OHM_BILL_CSV)
        return;
    print_missing(t);
    if (peak.from_ms == OHM_NO_MS) {
        puts("note: no step of a quarter of an hour or less is measured: which subscribed power "
             "suffices is not known");
        return;
    }
    ohm_local_write(&t->job->tz, peak.from_ms, when);
    printf("greatest power of a step: %lld %s, %s\n", (long long)peak.power,
           peak.is_va ? "VA" : "W", when);
    print_powers(t);
    print_moved(t);
    if (t->job->device[0])
        printf("note: counted by %s\n", t->job->device);
    if (!t->job->hours_count)
        puts("note: off-peak hours are assumed (22:00-06:00): give yours with --off-peak");
}

/* The same uses with the loads at the hours that --shift says. */
static int shift_uses(table *t)
{
    const ohm_bill_job *job = t->job;
    if (!job->o->shift)
        return OHM_EXIT_OK;
    bool good =
        ohm_shifts_read(ohm_span_text(job->o->shift), t->shifts, &t->shifts_count) == OHM_OK;
    for (unsigned i = 0; good && i < t->shifts_count; i++)
        good = t->shifts[i].shift.power_w > 0;
    if (!good)
        return ohm_cmd_usage("bill",
                             "--shift is LOAD:WATTS@FROM-TO[/KWH], as "
                             "boiler:2200@22:00-06:00, not",
                             job->o->shift);
    t->shifted = malloc((job->uses_count + 1) * sizeof *t->shifted);
    if (!t->shifted)
        return ohm_cmd_fail("bill", "out of memory", NULL);
    memcpy(t->shifted, job->uses, job->uses_count * sizeof *t->shifted);
    for (unsigned i = 0; i < t->shifts_count; i++)
        t->moved_mwh[i] =
            ohm_uses_shift(t->shifted, job->uses_count, &job->tz, &t->shifts[i].shift);
    return OHM_EXIT_OK;
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
    if (status == OHM_EXIT_OK)
        status = shift_uses(t);
    for (size_t i = 0; status == OHM_EXIT_OK && ohm_tariff_shipped(i); i++) {
        memcpy(t->codes_bytes, job->codes_bytes, OHM_BILL_CODES_DAYS);
        status = take_file(t, ohm_tariff_shipped(i));
    }
    if (status == OHM_EXIT_OK)
        print_table(t);
    if (t) {
        free(t->shifted);
        free(t->codes_bytes);
        free(t->bill);
    }
    free(t);
    return status;
}
