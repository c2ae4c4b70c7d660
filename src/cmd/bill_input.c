#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/number.h"
#include "cmd/bill.h"
#include "cmd/cmd.h"
#include "config/values.h"
#include "host/file.h"
#include "tariff/csv.h"
#include "web/written.h"

enum {
    CSV_BYTES_MAX = 512 << 20,
    FIRST_YEAR = 2000, /* of calendars */
};

int ohm_bill_read_file(const char *path, uint8_t **ret_bytes, size_t *ret_len)
{
    ohm_err err = strcmp(path, "-") == 0
                      ? ohm_file_read_fd(STDIN_FILENO, CSV_BYTES_MAX, ret_bytes, ret_len)
                      : ohm_file_read(path, CSV_BYTES_MAX, ret_bytes, ret_len);
    return ohm_failed(err) ? ohm_cmd_fail(path, err.what, NULL) : OHM_EXIT_OK;
}

static int fail_line(const char *file, ohm_err err)
{
    char where[32];
    (void)snprintf(where, sizeof where, "line %u", err.at);
    return ohm_cmd_fail(file, err.what, where);
}

/* --- the contract --------------------------------------------------------------------------- */

static void print_line(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "ohmstead: %s\n", text);
}

/* "22:30-06:30,13:00-14:00" */
static int read_hours(ohm_bill_job *job)
{
    const char *from = job->o->hours;
    job->hours_count = 0;
    while (from && *from) {
        size_t len = strcspn(from, ",");
        if (job->hours_count == OHM_BILL_HOURS_MAX)
            return ohm_cmd_usage("bill", "too many off-peak hours:", job->o->hours);
        const char *accepted =
            ohm_value_slot(ohm_span_of(from, len), &job->hours[job->hours_count++]);
        if (accepted)
            return ohm_cmd_usage("bill", "--off-peak takes hours such as 22:00-06:00, not", from);
        from += len + (from[len] == ',');
    }
    return OHM_EXIT_OK;
}

int ohm_bill_contract(ohm_bill_job *job, const char *name, ohm_tariff *out)
{
    ohm_tariff_wish wish = { 0, job->hours, 0 };
    int status = read_hours(job);
    if (status != OHM_EXIT_OK)
        return status;
    wish.slots_count = job->hours_count;
    const ohm_asset *asset = ohm_tariff_find(name, &wish.power_va);
    const char *file = asset ? asset->name : name;
    if (job->o->power &&
        (ohm_number_scaled(ohm_span_text(job->o->power), 3, &wish.power_va) != OHM_OK ||
         wish.power_va <= 0))
        return ohm_cmd_usage("bill", "--kva is a number of kVA, not", job->o->power);
    uint8_t *own = NULL;
    size_t len = 0;
    if (!asset) {
        ohm_err err = ohm_file_read(name, OHM_SCHEMA_BYTES_MAX, &own, &len);
        if (ohm_failed(err))
            return ohm_cmd_fail(name, "is neither a shipped contract nor a file that can be read",
                                "bleu-base-6kva, bleu-hphc-9kva, bleu-tempo-9kva, bleu-ejp-12kva");
    }
    ohm_schema_report report = { print_line, NULL, 0 };
    ohm_span yaml = asset ? asset->bytes : ohm_span_of(own, len);
    ohm_code code = ohm_tariff_read(yaml, file, &wish, out, &report);
    free(own);
    return code == OHM_OK ? OHM_EXIT_OK : OHM_EXIT_FAILED;
}

/* What was written in the page; *ret_there is false where nothing was. */
static int read_written(ohm_bill_job *job, const char *folder, bool *ret_there)
{
    const ohm_tariff_wish wish = { 0, NULL, 0 };
    ohm_schema_report report = { print_line, NULL, 0 };
    uint8_t *bytes = NULL;
    size_t len;
    *ret_there = false;
    ohm_err err = ohm_path_join(folder, OHM_CONTRACT_FILE, job->contract_file);
    if (ohm_failed(err))
        return ohm_cmd_fail(folder, err.what, NULL);
    err = ohm_file_read(job->contract_file, OHM_CONTRACT_YAML_MAX, &bytes, &len);
    if (err.code == OHM_UNKNOWN)
        return OHM_EXIT_OK;
    if (ohm_failed(err))
        return ohm_cmd_fail(job->contract_file, err.what, "--contract names another contract");
    *ret_there = true;
    ohm_code code =
        ohm_tariff_read(ohm_span_of(bytes, len), job->contract_file, &wish, &job->tariff, &report);
    free(bytes);
    if (code == OHM_OK && job->tariff.hours_assumed)
        return ohm_cmd_fail(job->contract_file, "the off-peak hours are missing",
                            "they are on your bill");
    return code == OHM_OK ? OHM_EXIT_OK : OHM_EXIT_FAILED;
}

int ohm_bill_own_contract(ohm_bill_job *job, const ohm_site *site)
{
    ohm_schema_report report = { print_line, NULL, 0 };
    char state[OHM_PATH_MAX];
    const char *folder = job->o->state;
    bool written = false;
    int status = OHM_EXIT_OK;
    if (!folder && !ohm_failed(ohm_path_state(job->o->demo, state)))
        folder = state;
    if (folder)
        status = read_written(job, folder, &written);
    if (status != OHM_EXIT_OK || written)
        return status;
    if (!site->has_contract)
        return ohm_cmd_fail(job->o->config, "it has no contract", "--contract names one");
    (void)snprintf(job->contract_file, sizeof job->contract_file, "%s", job->o->config);
    ohm_code code = ohm_site_contract(site, job->o->config, &job->tariff.contract, &report);
    return code == OHM_OK ? OHM_EXIT_OK : OHM_EXIT_FAILED;
}

/* --- colours and spot prices ------------------------------------------------------------------ */

static int read_assumption(ohm_bill_job *job)
{
    static const struct {
        const char *name;
        ohm_day_code code;
    } words[] = { { "blue", OHM_DAY_BLUE },
                  { "white", OHM_DAY_WHITE },
                  { "red", OHM_DAY_RED },
                  { "normal", OHM_DAY_NORMAL },
                  { "peak", OHM_DAY_PEAK } };
    for (size_t i = 0; job->o->assume && i < sizeof words / sizeof *words; i++)
        if (!strcasecmp(job->o->assume, words[i].name))
            job->codes.otherwise = words[i].code;
    if (job->o->assume && job->codes.otherwise == OHM_DAY_UNKNOWN)
        return ohm_cmd_usage("bill", "--assume-day is blue, white, red, normal or peak, not",
                             job->o->assume);
    return OHM_EXIT_OK;
}

static int read_colours(ohm_bill_job *job)
{
    uint8_t *bytes = NULL;
    size_t len;
    int status = ohm_bill_read_file(job->o->colours, &bytes, &len);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_err err = ohm_codes_csv_read(ohm_span_of(bytes, len), &job->tz, job->codes.first_day,
                                     job->codes_bytes, OHM_BILL_CODES_DAYS);
    free(bytes);
    return ohm_failed(err) ? fail_line(job->o->colours, err) : OHM_EXIT_OK;
}

static int read_spots(ohm_bill_job *job)
{
    uint8_t *bytes = NULL;
    size_t len;
    int status = ohm_bill_read_file(job->o->prices, &bytes, &len);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_span text = ohm_span_of(bytes, len);
    size_t rows = ohm_use_csv_rows(text);
    job->spots = calloc(rows, sizeof *job->spots);
    ohm_err err = job->spots ? ohm_spot_csv_read(text, job->spots, rows, &job->spots_count)
                             : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    free(bytes);
    return ohm_failed(err) ? fail_line(job->o->prices, err) : OHM_EXIT_OK;
}

int ohm_bill_signals(ohm_bill_job *job)
{
    job->codes = (ohm_day_codes){
        .first_day = ohm_days_from_date((ohm_date){ FIRST_YEAR, 1, 1 }),
        .count = OHM_BILL_CODES_DAYS,
        .codes = job->codes_bytes,
    };
    /* No calendar ships for other codes: those days are then told by the user, or unknown. */
    ohm_code code = ohm_calendar_shipped(&job->tariff.contract, job->codes.first_day,
                                         job->codes_bytes, OHM_BILL_CODES_DAYS);
    if (code != OHM_OK && code != OHM_UNKNOWN)
        return ohm_cmd_fail("the shipped calendar", ohm_code_text(code), NULL);
    int status = read_assumption(job);
    if (status == OHM_EXIT_OK && job->o->colours)
        status = read_colours(job);
    if (status == OHM_EXIT_OK && job->o->prices)
        status = read_spots(job);
    return status;
}

/* --- what was used ---------------------------------------------------------------------------- */

/* The column of a register that the meter keeps for a period; false: there is none. */
static bool column_about(ohm_span text, const char *period_id, char *out, size_t cap)
{
    ohm_span cells[OHM_CSV_COLUMNS_MAX];
    unsigned count = ohm_use_csv_header(text, cells);
    for (unsigned i = 0; i < count; i++)
        if (ohm_use_csv_is_about(cells[i], period_id) && cells[i].len < cap) {
            memcpy(out, cells[i].ptr, cells[i].len);
            out[cells[i].len] = '\0';
            return true;
        }
    return false;
}

/* What the options say of the columns. */
static int read_forms(const ohm_bill_job *job, ohm_use_csv *csv)
{
    const char *form = job->o->form, *digits = job->o->digits;
    bool has_digits = digits && digits[0] >= '1' && digits[0] <= '9' && !digits[1];
    if (form && strcmp(form, "register") != 0 && strcmp(form, "steps") != 0)
        return ohm_cmd_usage("bill", "--form is register or steps, not", form);
    if (digits && !has_digits)
        return ohm_cmd_usage("bill", "--digits is a number from 1 to 9, not", digits);
    csv->form = !form ? OHM_USE_GUESS : form[0] == 's' ? OHM_USE_STEPS : OHM_USE_REGISTER;
    csv->digits = has_digits ? (uint8_t)(digits[0] - '0') : 0;
    csv->meter_change = job->o->meter_change;
    return OHM_EXIT_OK;
}

static int fail_use(const ohm_bill_job *job, const char *name, ohm_err err)
{
    char where[128];
    const char *hint = "";
    if (err.code == OHM_CONFLICT && strstr(err.what, "register"))
        hint = job->o->digits ? "; --meter-change if the meter was exchanged"
                              : "; --meter-change if the meter was exchanged, --digits N if it "
                                "rolled over";
    else if ((strstr(err.what, "too few rows") || strstr(err.what, "only rises")))
        hint = "; say --form register, or --form steps";
    (void)snprintf(where, sizeof where, "line %u%s", err.at, hint);
    return ohm_cmd_fail(name, err.what, where);
}

/* Reads one column of energy behind the uses that are there. */
static int read_column(ohm_bill_job *job, ohm_span text, const char *column, uint8_t of_period)
{
    const char *name = strcmp(job->o->input, "-") ? job->o->input : "standard input";
    size_t rows = ohm_use_csv_rows(text);
    ohm_use *grown = realloc(job->uses, (job->uses_count + rows) * sizeof *grown);
    if (!grown)
        return ohm_cmd_fail(name, "out of memory", NULL);
    job->uses = grown;
    ohm_use_csv csv = {
        .tz = &job->tz,
        .column = column,
        .stamps_are_ends = job->o->ends,
        .uses = grown + job->uses_count,
        .cap = rows,
    };
    int status = read_forms(job, &csv);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_err err = ohm_use_csv_read(text, &csv);
    if (ohm_failed(err))
        return fail_use(job, name, err);
    for (size_t i = 0; i < csv.count; i++)
        csv.uses[i].of_period = of_period;
    job->uses_count += csv.count;
    job->step_ms = csv.step_ms;
    job->repeated += csv.repeated;
    job->rolled += csv.rolled;
    job->exchanged += csv.exchanged;
    if (!strcmp(csv.energy_column, "energy_import"))
        job->energy_form = csv.is_register ? "energy_import is read as a register"
                                           : "energy_import is read as the energy of each step";
    return OHM_EXIT_OK;
}

static int compare_starts(const void *a, const void *b)
{
    const ohm_use *one = a, *other = b;
    return (one->from_ms > other->from_ms) - (one->from_ms < other->from_ms);
}

/* The registers that the meter keeps for the periods of the contract, if two are there at least:
 * what they counted needs no clock. */
static int read_periods(ohm_bill_job *job, ohm_span text, bool *ret_read)
{
    const ohm_contract *contract = &job->tariff.contract;
    char column[64];
    unsigned found = 0;
    int status = OHM_EXIT_OK;
    for (uint8_t p = 0; p < contract->periods_count; p++)
        found += column_about(text, contract->periods[p].id, column, sizeof column);
    *ret_read = found >= 2 && !job->o->column;
    for (uint8_t p = 0; *ret_read && p < contract->periods_count && status == OHM_EXIT_OK; p++)
        if (column_about(text, contract->periods[p].id, column, sizeof column))
            status = read_column(job, text, column, (uint8_t)(p + 1));
    if (*ret_read && status == OHM_EXIT_OK) {
        qsort(job->uses, job->uses_count, sizeof *job->uses, compare_starts);
        job->energy_form = "each period as the meter's own register of it counted";
    }
    return status;
}

int ohm_bill_uses(ohm_bill_job *job)
{
    uint8_t *bytes = NULL;
    size_t len;
    int status = ohm_bill_read_file(job->o->input, &bytes, &len);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_span text = ohm_span_of(bytes, len);
    bool read = false;
    status = read_periods(job, text, &read);
    if (status == OHM_EXIT_OK && !read)
        status = read_column(job, text, job->o->column, 0);
    free(bytes);
    return status;
}

/* --- the period ------------------------------------------------------------------------------- */

/* A date, or an instant. */
static int read_instant(const ohm_bill_job *job, const char *option, const char *text, ohm_ms *out)
{
    if (ohm_csv_time(ohm_span_text(text), &job->tz, OHM_NO_MS, out) == OHM_OK)
        return OHM_EXIT_OK;
    char why[64];
    (void)snprintf(why, sizeof why, "%s is a date (2025-08-01) or a time, not", option);
    return ohm_cmd_usage("bill", why, text);
}

static int read_month(ohm_bill_job *job)
{
    char first[16];
    ohm_ms from_ms;
    (void)snprintf(first, sizeof first, "%.8s-01", job->o->month);
    if (strlen(job->o->month) != 7 ||
        ohm_csv_time(ohm_span_text(first), &job->tz, OHM_NO_MS, &from_ms) != OHM_OK)
        return ohm_cmd_usage("bill", "a month is YYYY-MM, not", job->o->month);
    ohm_date date = ohm_civil_from_utc(&job->tz, from_ms).date;
    ohm_date next = { (int16_t)(date.year + date.month / 12), (uint8_t)(date.month % 12 + 1), 1 };
    job->period = (ohm_interval){ from_ms, ohm_date_interval(&job->tz, next).from_ms };
    return OHM_EXIT_OK;
}

/* From the first use to the end of the last; those of several registers may overlap. */
static ohm_interval whole_of(const ohm_bill_job *job)
{
    ohm_interval whole = { job->uses[0].from_ms, job->uses[0].to_ms };
    for (size_t i = 1; i < job->uses_count; i++)
        if (job->uses[i].to_ms > whole.to_ms)
            whole.to_ms = job->uses[i].to_ms;
    return whole;
}

int ohm_bill_period(ohm_bill_job *job)
{
    const ohm_bill_options *o = job->o;
    if (o->month)
        return read_month(job);
    if (o->day) {
        ohm_ms at_ms;
        int status = read_instant(job, "--day", o->day, &at_ms);
        job->period = ohm_civil_day(&job->tz, at_ms);
        return status;
    }
    if (job->uses_count)
        job->period = whole_of(job);
    int status = OHM_EXIT_OK;
    if (!o->input && !o->to)
        return ohm_cmd_usage("bill", "--to is missing: the first local day no more", NULL);
    if (o->from)
        status = read_instant(job, "--from", o->from, &job->period.from_ms);
    if (status == OHM_EXIT_OK && o->to)
        status = read_instant(job, "--to", o->to, &job->period.to_ms);
    if (status == OHM_EXIT_OK && job->period.from_ms >= job->period.to_ms)
        return ohm_cmd_usage("bill", "the period ends before it starts", NULL);
    return status;
}
