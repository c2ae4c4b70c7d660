#include <string.h>

#include "tariff/bill.h"

static const char *const units[OHM_LINE_UNITS_COUNT] = {
    [OHM_UNIT_DAY] = "day",   [OHM_UNIT_KWH] = "kWh", [OHM_UNIT_KVARH] = "kvarh",
    [OHM_UNIT_HOUR] = "hour", [OHM_UNIT_KVA] = "kVA", [OHM_UNIT_EUR] = "EUR",
};

static const char *const kinds[OHM_LINE_KINDS_COUNT] = {
    [OHM_LINE_SUBSCRIPTION] = "subscription",
    [OHM_LINE_ENERGY] = "energy",
    [OHM_LINE_CHARGE] = "charge",
    [OHM_LINE_REACTIVE] = "reactive",
    [OHM_LINE_OVERRUN] = "overrun",
    [OHM_LINE_FEED_IN] = "feed_in",
    [OHM_LINE_VAT] = "vat",
};

static const char *const bases[OHM_BILL_BASES_COUNT] = {
    [OHM_BASIS_REGISTER] = "register",     [OHM_BASIS_PERIODS] = "period_registers",
    [OHM_BASIS_LOAD_CURVE] = "load_curve", [OHM_BASIS_DAYS] = "days",
    [OHM_BASIS_MIXED] = "mixed",
};

const char *ohm_line_unit_name(ohm_line_unit unit)
{
    return units[unit];
}

size_t ohm_bill_decimal(int64_t mantissa, unsigned decimals, unsigned least,
                        char out[static OHM_DECIMAL_MAX])
{
    char digits[OHM_DECIMAL_MAX]; /* the last first */
    unsigned n = 0, dropped = 0;
    uint64_t rest = mantissa < 0 ? 0 - (uint64_t)mantissa : (uint64_t)mantissa;
    assert(decimals <= 18 && least <= decimals);
    while (decimals - dropped > least && rest % 10 == 0) {
        rest /= 10;
        dropped++;
    }
    unsigned left = decimals - dropped;
    while (rest || n <= left) {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    }
    size_t len = 0;
    if (mantissa < 0)
        out[len++] = '-';
    while (n--) {
        out[len++] = digits[n];
        if (n == left && left)
            out[len++] = '.';
    }
    out[len] = '\0';
    return len;
}

/* Two digits. */
static void two(char *out, unsigned value)
{
    out[0] = (char)('0' + value / 10 % 10);
    out[1] = (char)('0' + value % 10);
}

static void write_date(char *out, ohm_date date)
{
    two(out, (unsigned)date.year / 100);
    two(out + 2, (unsigned)date.year % 100);
    out[4] = out[7] = '-';
    two(out + 5, date.month);
    two(out + 8, date.day);
    out[10] = '\0';
}

void ohm_local_write(const ohm_tz *tz, ohm_ms utc_ms, char out[static OHM_LOCAL_MAX])
{
    ohm_civil local = ohm_civil_from_utc(tz, utc_ms);
    write_date(out, local.date);
    if (ohm_date_interval(tz, local.date).from_ms == utc_ms)
        return;
    int32_t offset_s = ohm_tz_offset_s(tz, utc_ms);
    unsigned minutes = (unsigned)(offset_s < 0 ? -offset_s : offset_s) / 60;
    out[10] = 'T';
    two(out + 11, local.hour);
    two(out + 14, local.minute);
    two(out + 17, local.second);
    out[13] = out[16] = ':';
    out[19] = offset_s < 0 ? '-' : '+';
    two(out + 20, minutes / 60);
    out[22] = ':';
    two(out + 23, minutes % 60);
    out[25] = '\0';
}

/* --- how ------------------------------------------------------------------------------------ */

typedef struct words {
    char *out;
    size_t len;
} words;

/* Appends, and cuts what does not fit. */
static void say(words *w, const char *text)
{
    size_t n = strlen(text), room = OHM_HOW_MAX - 1 - w->len;
    n = n < room ? n : room;
    memcpy(w->out + w->len, text, n);
    w->len += n;
    w->out[w->len] = '\0';
}

static void say_decimal(words *w, int64_t mantissa, unsigned decimals, unsigned least)
{
    char text[OHM_DECIMAL_MAX];
    (void)ohm_bill_decimal(mantissa, decimals, least, text);
    say(w, text);
}

static void say_row(words *w, const ohm_contract *contract, const ohm_bill_line *line)
{
    if (line->row < 0)
        return;
    const ohm_price_row *row = &contract->rows[line->row];
    char date[OHM_LOCAL_MAX];
    write_date(date, row->from);
    say(w, ", price of ");
    say(w, date);
    if (row->unverified)
        say(w, " (not verified)");
}

static void say_yearly(words *w, const ohm_contract *contract, const ohm_bill_line *line)
{
    say_decimal(w, line->quantity_micro, 6, 0);
    say(w, contract->months_alike ? " days by the days of their months, at a twelfth a month of "
                                  : " days by the days of their year, at ");
    say_decimal(w, line->base_ueur_per_year, 6, 2);
    say(w, " EUR a year");
}

void ohm_bill_how(const ohm_contract *contract, const ohm_bill_line *line,
                  char out[static OHM_HOW_MAX])
{
    words w = { out, 0 };
    out[0] = '\0';
    if (line->unit == OHM_UNIT_DAY) {
        say_yearly(&w, contract, line);
    } else if (line->kind == OHM_LINE_VAT) {
        say(&w, "on the lines at ");
        say_decimal(&w, line->vat, 2, 0);
        say(&w, " %");
        return;
    } else if (line->kind == OHM_LINE_REACTIVE) {
        say(&w, "above ");
        say_decimal(&w, contract->professional.tan_phi_ppm, 6, 1);
        say(&w, " of the active energy of these hours");
    } else if (line->kind == OHM_LINE_OVERRUN) {
        say(&w, line->unit == OHM_UNIT_HOUR ? "hours above " : "greatest step above ");
        say_decimal(&w, contract->subscribed_va, 3, 0);
        say(&w, " kVA");
    } else if (line->period != OHM_NO_PERIOD && line->period == contract->spot_period) {
        say(&w, "each hour at its own price; the unit price is the mean");
    } else {
        say(&w, line->kind == OHM_LINE_FEED_IN ? "injected" : "counted");
    }
    say_row(&w, contract, line);
    if (line->vat >= 0)
        say(&w, contract->tax_excluded ? ", without VAT" : ", VAT included");
    if (line->kind == OHM_LINE_ENERGY && line->estimated_mwh) {
        say(&w, ", ");
        say_decimal(&w, line->estimated_mwh, 6, 3);
        say(&w, " kWh of it estimated over gaps");
    }
}

/* --- JSON ----------------------------------------------------------------------------------- */

static void key_local(ohm_json *json, const char *key, const ohm_tz *tz, ohm_ms utc_ms)
{
    char text[OHM_LOCAL_MAX];
    if (utc_ms == OHM_NO_MS) {
        ohm_json_key_null(json, key);
        return;
    }
    ohm_local_write(tz, utc_ms, text);
    ohm_json_key_str(json, key, text);
}

static void write_line(ohm_json *json, const ohm_contract *contract, const ohm_tz *tz,
                       const ohm_bill_line *line)
{
    char how[OHM_HOW_MAX];
    ohm_json_object(json);
    ohm_json_key_str(json, "line", line->id);
    ohm_json_key_str(json, "kind", kinds[line->kind]);
    key_local(json, "from", tz, line->from_ms);
    key_local(json, "to", tz, line->to_ms);
    ohm_json_key_decimal(json, "quantity", line->quantity_micro, -6);
    ohm_json_key_str(json, "unit", units[line->unit]);
    ohm_json_key_decimal(json, "unit_price_eur", line->price_neur, -9);
    ohm_json_key_decimal(json, "amount_eur", line->amount_cents, -2);
    ohm_json_key_decimal(json, "exact_eur", line->amount_peur, -12);
    if (line->vat >= 0)
        ohm_json_key_decimal(json, "vat_pct", line->vat, -2);
    else
        ohm_json_key_null(json, "vat_pct");
    ohm_bill_how(contract, line, how);
    ohm_json_key_str(json, "how", how);
    ohm_json_end(json);
}

static void write_notes(ohm_json *json, const ohm_tz *tz, const ohm_bill *bill)
{
    ohm_json_key(json, "notes");
    ohm_json_object(json);
    ohm_json_key_str(json, "basis", bases[bill->basis]);
    ohm_json_key_int(json, "missing_s", bill->missing_ms / 1000);
    ohm_json_key_int(json, "gaps", bill->gaps_count);
    key_local(json, "first_gap", tz, bill->gap_ms);
    ohm_json_key_int(json, "estimated_s", bill->estimated_ms / 1000);
    ohm_json_key_decimal(json, "estimated_kwh", bill->estimated_mwh, -6);
    key_local(json, "estimated_from", tz, bill->estimated_from_ms);
    ohm_json_key_int(json, "meter_changes", bill->meter_changes);
    key_local(json, "first_change", tz, bill->change_ms);
    ohm_json_key_int(json, "wrong_readings", bill->strays);
    key_local(json, "first_wrong_reading", tz, bill->stray_ms);
    ohm_json_key_int(json, "shared_by_time", bill->shared_uses);
    ohm_json_key_int(json, "assumed_days", bill->assumed_days);
    ohm_json_key_int(json, "unverified_days", bill->unverified_days);
    ohm_json_key_bool(json, "superseded", bill->superseded);
    ohm_json_end(json);
}

void ohm_bill_json_members(ohm_json *json, const ohm_contract *contract, const ohm_tz *tz,
                           const char *meter, const ohm_bill *bill)
{
    ohm_json_key_str(json, "contract", contract->name);
    ohm_json_key_str(json, "meter", meter);
    if (contract->subscribed_va)
        ohm_json_key_decimal(json, "power_kva", contract->subscribed_va, -3);
    else
        ohm_json_key_null(json, "power_kva");
    key_local(json, "from", tz, bill->period.from_ms);
    key_local(json, "to", tz, bill->period.to_ms);
    ohm_json_key_decimal(json, "import_kwh", bill->import_mwh, -6);
    ohm_json_key_decimal(json, "export_kwh", bill->export_mwh, -6);
    ohm_json_key(json, "lines");
    ohm_json_array(json);
    for (uint16_t i = 0; i < bill->count; i++)
        write_line(json, contract, tz, &bill->lines[i]);
    ohm_json_end(json);
    ohm_json_key_decimal(json, "total_eur", bill->total_cents, -2);
    write_notes(json, tz, bill);
}

void ohm_bill_json(ohm_json *json, const ohm_contract *contract, const ohm_tz *tz,
                   const char *meter, const ohm_bill *bill)
{
    ohm_json_object(json);
    ohm_bill_json_members(json, contract, tz, meter, bill);
    ohm_json_end(json);
}
