#include <stdio.h>
#include <stdlib.h>

#include "cmd/bill.h"

/* A decimal in a buffer of the caller's, for printf. */
static const char *decimal(int64_t mantissa, unsigned decimals, unsigned least,
                           char out[static OHM_DECIMAL_MAX])
{
    (void)ohm_bill_decimal(mantissa, decimals, least, out);
    return out;
}

static const char *local(const ohm_tz *tz, ohm_ms utc_ms, char out[static OHM_LOCAL_MAX])
{
    ohm_local_write(tz, utc_ms, out);
    return out;
}

/* Days and hours are whole; energies show the Wh at least. */
static unsigned least_decimals(ohm_line_unit unit)
{
    if (unit == OHM_UNIT_DAY || unit == OHM_UNIT_HOUR)
        return 0;
    return unit == OHM_UNIT_EUR ? 2 : 3;
}

/* --- CSV ------------------------------------------------------------------------------------ */

void ohm_bill_print_csv_head(void)
{
    puts("line,from,to,quantity,unit,unit_price_eur,amount_eur,vat_pct,how");
}

static void print_csv(const ohm_bill_job *job, const ohm_contract *contract, const ohm_bill *bill)
{
    char from[OHM_LOCAL_MAX], to[OHM_LOCAL_MAX], quantity[OHM_DECIMAL_MAX], price[OHM_DECIMAL_MAX],
        amount[OHM_DECIMAL_MAX], vat[OHM_DECIMAL_MAX], how[OHM_HOW_MAX];
    for (uint16_t i = 0; i < bill->count; i++) {
        const ohm_bill_line *line = &bill->lines[i];
        ohm_bill_how(contract, line, how);
        /* The words of `how` hold no quote. */
        printf("%s,%s,%s,%s,%s,%s,%s,%s,\"%s\"\n", line->id, local(&job->tz, line->from_ms, from),
               local(&job->tz, line->to_ms, to),
               decimal(line->quantity_micro, 6, least_decimals(line->unit), quantity),
               ohm_line_unit_name(line->unit), decimal(line->price_neur, 9, 4, price),
               decimal(line->amount_cents, 2, 2, amount),
               line->vat < 0 ? "" : decimal(line->vat, 2, 0, vat), how);
    }
    printf("total,%s,%s,,,,%s,,\"sum of the lines\"\n", local(&job->tz, bill->period.from_ms, from),
           local(&job->tz, bill->period.to_ms, to), decimal(bill->total_cents, 2, 2, amount));
}

/* --- notes: what a reader must know ----------------------------------------------------------- */

static void note_gaps(FILE *out, const ohm_bill_job *job, const ohm_bill *bill)
{
    char text[OHM_LOCAL_MAX];
    if (!bill->gaps_count)
        return;
    (void)fprintf(out,
                  "note: nothing is known of %lld min of the period, in %u gap%s, the first from "
                  "%s: nothing is billed for them\n",
                  (long long)(bill->missing_ms / OHM_MINUTE_MS), bill->gaps_count,
                  bill->gaps_count == 1 ? "" : "s", local(&job->tz, bill->gap_ms, text));
}

static void note_estimates(FILE *out, const ohm_bill_job *job, const ohm_bill *bill)
{
    char text[OHM_LOCAL_MAX], kwh[OHM_DECIMAL_MAX];
    if (bill->estimated_ms)
        (void)fprintf(out,
                      "note: %s kWh lie between readings more than an hour apart (%lld min, the "
                      "first from %s): counted whole, but on which day and at which price is "
                      "estimated, spread evenly over the time\n",
                      decimal(bill->estimated_mwh, 6, 3, kwh),
                      (long long)(bill->estimated_ms / OHM_MINUTE_MS),
                      local(&job->tz, bill->estimated_from_ms, text));
    if (bill->meter_changes)
        (void)fprintf(out,
                      "note: the register fell %u time%s, first at %s (another meter?): what was "
                      "used in that moment is not known, and not billed\n",
                      bill->meter_changes, bill->meter_changes == 1 ? "" : "s",
                      local(&job->tz, bill->change_ms, text));
    if (bill->strays)
        (void)fprintf(out,
                      "note: wrong readings of the register were left out at %u time%s, first at "
                      "%s: what is billed is the difference of those around them\n",
                      bill->strays, bill->strays == 1 ? "" : "s",
                      local(&job->tz, bill->stray_ms, text));
}

static void print_notes(FILE *out, const ohm_bill_job *job, const ohm_tariff *tariff,
                        const ohm_bill *bill)
{
    if (job->contract_file[0])
        (void)fprintf(out, "note: the contract is that of %s\n", job->contract_file);
    if (job->device[0])
        (void)fprintf(out, "note: counted by %s\n", job->device);
    if (bill->basis == OHM_BASIS_PERIODS)
        (void)fputs("note: what was used in each period is what the meter itself counted in it\n",
                    out);
    if (bill->basis == OHM_BASIS_LOAD_CURVE)
        (void)fputs("note: no register is stored: the energy is that of the load curve\n", out);
    if (bill->basis == OHM_BASIS_DAYS)
        (void)fputs("note: no register is stored: the energy is that of whole days\n", out);
    if (bill->basis == OHM_BASIS_MIXED)
        (void)fputs(
            "note: of each day what is known best is billed: registers, those of the periods, "
            "the load curve or the energy of the day\n",
            out);
    note_gaps(out, job, bill);
    note_estimates(out, job, bill);
    if (job->spots_source[0])
        (void)fprintf(out, "note: spot prices as %s told them\n", job->spots_source);
    if (tariff->hours_assumed)
        (void)fputs("note: off-peak hours are assumed (22:00-06:00): give yours with --off-peak\n",
                    out);
    if (bill->shared_uses)
        (void)fprintf(out, "note: %u step%s across a change of price %s shared by time\n",
                      bill->shared_uses, bill->shared_uses == 1 ? "" : "s",
                      bill->shared_uses == 1 ? "is" : "are");
    if (bill->assumed_days)
        (void)fprintf(out, "note: %u day%s without a known colour: assumed %s\n",
                      bill->assumed_days, bill->assumed_days == 1 ? "" : "s", job->o->assume);
    if (bill->unverified_days)
        (void)fprintf(out, "note: prices of %u days are not verified\n", bill->unverified_days);
    if (bill->superseded)
        (void)fputs("note: newer prices are known to exist, but not what they are\n", out);
    if (job->energy_form)
        (void)fprintf(out, "note: %s\n", job->energy_form);
    if (job->rolled)
        (void)fprintf(out, "note: the register rolled over %zu time%s\n", job->rolled,
                      job->rolled == 1 ? "" : "s");
    if (job->exchanged)
        (void)fprintf(out,
                      "note: the register falls %zu time%s: another meter from there on; what was "
                      "used between the readings of two meters is not billed\n",
                      job->exchanged, job->exchanged == 1 ? "" : "s");
    if (job->repeated)
        (void)fprintf(out, "note: %zu rows repeat the one before: left out\n", job->repeated);
}

/* --- text ----------------------------------------------------------------------------------- */

static void print_text(const ohm_bill_job *job, const ohm_tariff *tariff, const ohm_bill *bill)
{
    char from[OHM_LOCAL_MAX], to[OHM_LOCAL_MAX], quantity[OHM_DECIMAL_MAX], price[OHM_DECIMAL_MAX],
        amount[OHM_DECIMAL_MAX], vat[OHM_DECIMAL_MAX], how[OHM_HOW_MAX];
    const ohm_contract *contract = &tariff->contract;
    printf("%s", contract->name);
    if (contract->subscribed_va)
        printf(", %s kVA", decimal(contract->subscribed_va, 3, 0, quantity));
    printf(", %s to %s (end not included)\n\n", local(&job->tz, bill->period.from_ms, from),
           local(&job->tz, bill->period.to_ms, to));
    for (uint16_t i = 0; i < bill->count; i++) {
        const ohm_bill_line *line = &bill->lines[i];
        ohm_bill_how(contract, line, how);
        printf("%-18s %s to %s %12s %-5s x %-11s = %9s EUR", line->id,
               local(&job->tz, line->from_ms, from), local(&job->tz, line->to_ms, to),
               decimal(line->quantity_micro, 6, least_decimals(line->unit), quantity),
               ohm_line_unit_name(line->unit), decimal(line->price_neur, 9, 4, price),
               decimal(line->amount_cents, 2, 2, amount));
        if (line->vat >= 0)
            printf("  VAT %s %%", decimal(line->vat, 2, 0, vat));
        printf("  %s\n", how);
    }
    printf("%-18s %68s EUR\n", "total", decimal(bill->total_cents, 2, 2, amount));
}

static void print_json(const ohm_bill_job *job, const ohm_tariff *tariff, const ohm_bill *bill)
{
    size_t cap = 4096 + (size_t)bill->count * 640, len;
    char *bytes = malloc(cap);
    if (!bytes)
        return;
    ohm_json json;
    ohm_json_init(&json, bytes, cap);
    ohm_bill_json(&json, &tariff->contract, &job->tz, job->device[0] ? job->device : NULL, bill);
    if (ohm_json_finish(&json, &len) == OHM_OK) {
        (void)fwrite(bytes, 1, len, stdout);
        (void)putchar('\n');
    }
    free(bytes);
}

void ohm_bill_print(const ohm_bill_job *job, const ohm_tariff *tariff, const ohm_bill *bill)
{
    if (job->form == OHM_BILL_JSON)
        print_json(job, tariff, bill);
    else if (job->form == OHM_BILL_CSV)
        print_csv(job, &tariff->contract, bill);
    else
        print_text(job, tariff, bill);
    (void)fflush(stdout);
    print_notes(job->form == OHM_BILL_TEXT ? stdout : stderr, job, tariff, bill);
}
