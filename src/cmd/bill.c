/* ohmstead bill: what a contract makes of what was used, line by line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/bill.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/verbs.h"

enum { ARGUMENTS_MAX = 64 };

static const char about[] =
    "Prices what was used by a contract and prints the bill: its lines, each rounded to the cent,\n"
    "half away from zero, and the total, which is their sum.\n"
    "\n"
    "The contract is a shipped one with its power (bleu-base-6kva, bleu-hphc-9kva,\n"
    "bleu-tempo-9kva, bleu-ejp-12kva; edf-hchp-6kva is the same as bleu-hphc-6kva) or a file\n"
    "(docs/tariffs.md). With --config alone it is the site's: the one written in the page, in the\n"
    "state folder, else the one of the file, with its power and off-peak hours.\n"
    "\n"
    "What was used comes from a CSV file, whose columns are known by their names: utc or time;\n"
    "energy_wh or kwh of each step, power_w (mean), or index_wh (register). Or from the store\n"
    "of the daemon, with --from and --to.\n"
    "\n"
    "--csv with a file reads it; --csv alone prints the bill as CSV.";

/* '--csv FILE' reads and '--csv' alone writes: the latter gets a name of its own. */
static void part_csv(int argc, char **argv, char **out)
{
    static char as_csv[] = "--as-csv";
    for (int i = 0; i < argc; i++) {
        bool last = i + 1 == argc;
        bool bare = !strcmp(argv[i], "--csv") && (last || !strncmp(argv[i + 1], "--", 2));
        out[i] = bare ? as_csv : argv[i];
    }
    out[argc] = NULL;
}

/* "2026-11-01" at noon is the month's or day's first date. */
static ohm_interval month_of(const ohm_tz *tz, ohm_ms at_ms)
{
    ohm_date first = ohm_civil_from_utc(tz, at_ms).date;
    first.day = 1;
    ohm_date next = { (int16_t)(first.year + first.month / 12), (uint8_t)(first.month % 12 + 1),
                      1 };
    return (ohm_interval){ ohm_date_interval(tz, first).from_ms,
                           ohm_date_interval(tz, next).from_ms };
}

static int one_bill(ohm_bill_job *job, ohm_interval period, ohm_bill *bill)
{
    ohm_bill_request request = {
        .contract = &job->tariff.contract,
        .tz = &job->tz,
        .codes = &job->codes,
        .spots = job->spots,
        .spots_count = job->spots_count,
        .period = period,
        .uses = job->uses,
        .uses_count = job->uses_count,
        .basis = job->basis,
    };
    ohm_err err = ohm_bill_make(&request, bill);
    if (!ohm_failed(err))
        return OHM_EXIT_OK;
    char where[OHM_LOCAL_MAX], hint[128];
    ohm_local_write(&job->tz, bill->fault_ms == OHM_NO_MS ? period.from_ms : bill->fault_ms, where);
    (void)snprintf(hint, sizeof hint, "at %s%s", where,
                   err.code == OHM_GAP && job->tariff.contract.codes
                       ? "; give --colours FILE, or --assume-day COLOUR"
                       : "");
    return ohm_cmd_fail("bill", err.what, hint);
}

/* The whole period, or each of its months. */
static int bills(ohm_bill_job *job)
{
    ohm_bill *bill = malloc(sizeof *bill);
    if (!bill)
        return ohm_cmd_fail("bill", "out of memory", NULL);
    int status = OHM_EXIT_OK;
    ohm_interval rest = job->period;
    if (job->form == OHM_BILL_CSV)
        ohm_bill_print_csv_head();
    while (status == OHM_EXIT_OK && rest.from_ms < rest.to_ms) {
        ohm_interval part = rest;
        ohm_ms end_ms = month_of(&job->tz, rest.from_ms).to_ms;
        if (job->o->by && end_ms < part.to_ms)
            part.to_ms = end_ms;
        status = one_bill(job, part, bill);
        if (status == OHM_EXIT_OK)
            ohm_bill_print(job, &job->tariff, bill);
        rest.from_ms = part.to_ms;
    }
    free(bill);
    return status;
}

static int run(ohm_bill_job *job)
{
    int status =
        job->o->contract ? ohm_bill_contract(job, job->o->contract, &job->tariff) : OHM_EXIT_OK;
    if (status == OHM_EXIT_OK)
        status = ohm_bill_signals(job);
    if (status == OHM_EXIT_OK && job->o->input)
        status = ohm_bill_uses(job);
    if (status == OHM_EXIT_OK)
        status = ohm_bill_period(job);
    if (status == OHM_EXIT_OK && !job->o->input)
        status = ohm_bill_from_store(job);
    if (status == OHM_EXIT_OK)
        status = job->o->compare ? ohm_bill_compare(job) : bills(job);
    if (status == OHM_EXIT_OK && fflush(stdout) != 0)
        status = ohm_cmd_fail("standard output", "write error", NULL);
    return status;
}

static int check_use(const ohm_bill_options *o)
{
    if (o->compare && (o->contract || o->json || o->by))
        return ohm_cmd_usage("bill", "--compare excludes --contract, --json and --by", NULL);
    if (o->shift && !o->compare)
        return ohm_cmd_usage("bill", "--shift is of --compare", NULL);
    if (!o->contract && !o->compare && !o->config)
        return ohm_cmd_usage("bill",
                             "--contract is missing (a shipped name, or a file), or --config of a "
                             "site with one",
                             NULL);
    if (!o->contract && !o->compare && (o->power || o->hours))
        return ohm_cmd_usage("bill", "--kva and --off-peak are of --contract", NULL);
    if (o->json && o->csv)
        return ohm_cmd_usage("bill", "--json and --csv exclude each other", NULL);
    if (o->input && (o->state || o->demo))
        return ohm_cmd_usage("bill", "a CSV file and the store exclude each other", NULL);
    if (o->input && o->device)
        return ohm_cmd_usage("bill", "--device is of the store, not of a CSV file", NULL);
    if (!o->input && !o->from && !o->month && !o->day)
        return ohm_cmd_usage("bill",
                             "give --csv FILE, or the period: --from and --to, --month, "
                             "--day",
                             NULL);
    if (o->by && strcmp(o->by, "month") != 0)
        return ohm_cmd_usage("bill", "--by is 'month', not", o->by);
    if (o->month && (o->day || o->from || o->to))
        return ohm_cmd_usage("bill", "--month excludes --day, --from and --to", NULL);
    if (o->day && (o->from || o->to))
        return ohm_cmd_usage("bill", "--day excludes --from and --to", NULL);
    return OHM_EXIT_OK;
}

static int start(const ohm_bill_options *o)
{
    int status = check_use(o);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_bill_job *job = calloc(1, sizeof *job);
    if (!job)
        return ohm_cmd_fail("bill", "out of memory", NULL);
    job->o = o;
    job->form = o->json ? OHM_BILL_JSON : o->csv ? OHM_BILL_CSV : OHM_BILL_TEXT;
    status = ohm_bill_site(job);
    if (status == OHM_EXIT_OK)
        status = run(job);
    free(job->spots);
    free(job->uses);
    free(job);
    return status;
}

int ohm_cmd_bill(int argc, char **argv)
{
    ohm_bill_options o = { 0 };
    const ohm_option options[] = {
        { "--contract", "NAME|FILE", &o.contract, NULL, "which contract" },
        { "--kva", "N", &o.power, NULL, "subscribed power, where the name does not say" },
        { "--off-peak", "HOURS", &o.hours, NULL, "own off-peak hours: 22:30-06:30,13:00-14:00" },
        { "--csv", "FILE|-", &o.input, NULL, "what was used ('-': standard input)" },
        { "--column", "NAME", &o.column, NULL, "which column of it is the energy" },
        { "--form", "FORM", &o.form, NULL, "of the energy: register, or steps" },
        { "--digits", "N", &o.digits, NULL, "of a register, before the point: it rolls over" },
        { "--meter-change", NULL, NULL, &o.meter_change, "a register that falls is a new meter's" },
        { "--stamps-end", NULL, NULL, &o.ends, "times are the ends of the steps" },
        { "--from", "DATE", &o.from, NULL, "first local day (all of the file)" },
        { "--to", "DATE", &o.to, NULL, "first local day no more" },
        { "--month", "YYYY-MM", &o.month, NULL, "one calendar month" },
        { "--day", "DATE", &o.day, NULL, "one local day" },
        { "--by", "month", &o.by, NULL, "a bill for each month of the period" },
        { "--colours", "FILE", &o.colours, NULL, "date,colour: more than is shipped" },
        { "--assume-day", "COLOUR", &o.assume, NULL,
          "blue, white, red, normal or peak: a day without one" },
        { "--prices", "FILE", &o.prices, NULL, "utc_start,utc_end,EUR/MWh of the spot market" },
        { "--timezone", "ZONE", &o.zone, NULL, "of local times (the site's, or Europe/Paris)" },
        { "--config", "FILE", &o.config, NULL, "the site: contract, main meter, time zone" },
        { "--device", "METER", &o.device, NULL, "of the store: home/ground/main, or main" },
        { "--state", "DIR", &o.state, NULL, "another state folder than the site's" },
        { "--demo", NULL, NULL, &o.demo, "the state folder of the demo house" },
        { "--compare", NULL, NULL, &o.compare, "under every shipped contract and power instead" },
        { "--shift", "LOADS", &o.shift, NULL, "with --compare: boiler:2200@22:00-06:00/6, …" },
        { "--json", NULL, NULL, &o.json, "print JSON" },
        { "--as-csv", NULL, NULL, &o.csv, "print CSV (as '--csv' without a file)" },
        { NULL, NULL, NULL, NULL, NULL },
    };
    const ohm_verb verb = { .name = "bill", .arguments = "", .about = about, .options = options };
    char *words[ARGUMENTS_MAX + 1];
    int status;
    if (argc > ARGUMENTS_MAX)
        return ohm_cmd_usage("bill", "too many arguments", NULL);
    part_csv(argc, argv, words);
    if (ohm_options_read(&verb, argc, words, NULL, &status) < 0)
        return status;
    return start(&o);
}
