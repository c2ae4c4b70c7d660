#include "config/tariff_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "config/tariff_fields.h"
#include "host/assets.h"

typedef struct making {
    const ohm_tariff_text *text;
    const ohm_tariff_wish *wish;
    const char *file;
    ohm_schema_report *report;
    ohm_tariff *out;
    ohm_contract *c;
    bool failed;
    /* Where each row and slot of the contract stands in the file. */
    uint32_t row_lines[OHM_CONTRACT_ROWS_MAX], slot_lines[OHM_CONTRACT_SLOTS_MAX];
    int64_t power_va;
} making;

__attribute__((format(printf, 4, 5))) static void complain(making *m, unsigned line,
                                                           const char *path, const char *format,
                                                           ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ohm_schema_error(m->report, m->file, line, path, "%s", text);
    m->failed = true;
}

static uint8_t period_named(making *m, unsigned line, const char *path, const char *id)
{
    uint8_t period = ohm_contract_period(m->c, ohm_span_text(id));
    if (period == OHM_NO_PERIOD)
        complain(m, line, path, "'%s' is none of the periods", id);
    return period;
}

/* --- rows ----------------------------------------------------------------------------------- */

static void note_power(ohm_tariff *out, int64_t power_va)
{
    uint8_t i = 0;
    while (i < out->powers_count && out->powers_va[i] < power_va)
        i++;
    if (power_va == 0 || (i < out->powers_count && out->powers_va[i] == power_va) ||
        out->powers_count == OHM_TARIFF_POWERS_MAX)
        return;
    memmove(out->powers_va + i + 1, out->powers_va + i,
            (out->powers_count - i) * sizeof *out->powers_va);
    out->powers_va[i] = (int32_t)power_va;
    out->powers_count++;
}

static void take_prices(making *m, const ohm_tariff_row *from, ohm_price_row *row)
{
    for (int p = 0; p < OHM_PERIODS_MAX; p++)
        row->ueur_per_kwh[p] = OHM_NO_PRICE;
    for (uint16_t i = 0; i < from->prices_count; i++) {
        const ohm_schema_pair *pair = &from->prices[i];
        uint8_t period = period_named(m, pair->line, "prices", pair->key);
        int64_t ueur;
        if (ohm_number_scaled(ohm_span_text(pair->value), 6, &ueur) != OHM_OK ||
            ueur == OHM_NO_PRICE)
            complain(m, pair->line, "prices",
                     "'%s' is not a price (write 0.2065, six decimals at most)", pair->value);
        else if (period != OHM_NO_PERIOD)
            row->ueur_per_kwh[period] = ueur;
    }
}

static void take_row(making *m, const ohm_tariff_row *from)
{
    ohm_contract *c = m->c;
    if (c->rows_count == OHM_CONTRACT_ROWS_MAX) {
        complain(m, from->line, "rows", "more than %d prices for one power", OHM_CONTRACT_ROWS_MAX);
        return;
    }
    ohm_price_row *row = &c->rows[c->rows_count];
    *row = (ohm_price_row){ .from = from->from, .unverified = !from->verified };
    row->export_ueur_per_kwh = from->has_export ? from->export_ueur : OHM_NO_PRICE;
    if (from->has_year && from->has_month)
        complain(m, from->line, "rows", "give subscription or subscription_per_month, not both");
    row->subscription_ueur_per_year = from->has_month ? 12 * from->month_ueur : from->year_ueur;
    take_prices(m, from, row);
    memcpy(m->out->sources[c->rows_count], from->source, OHM_TARIFF_SOURCE_MAX);
    m->row_lines[c->rows_count++] = from->line;
    c->superseded = from->to; /* of the last one */
}

/* Whether the rows tell of a customer whose power changed: each date has one, and a power that was
 * left does not come back. Else they are the prices of several powers. */
static bool is_one_customer(const ohm_tariff_text *t)
{
    for (uint16_t i = 0; i < t->rows_count; i++) {
        const ohm_tariff_row *row = &t->rows[i];
        bool first = i == 0 || row->power_va != t->rows[i - 1].power_va;
        if (row->power_va == 0 ||
            (i > 0 && ohm_days_from_date(row->from) <= ohm_days_from_date(t->rows[i - 1].from)))
            return false;
        for (uint16_t k = 0; first && k < i; k++)
            if (t->rows[k].power_va == row->power_va)
                return false;
    }
    return t->rows_count > 0;
}

static ohm_code take_rows(making *m)
{
    const ohm_tariff_text *t = m->text;
    ohm_tariff *out = m->out;
    for (uint16_t i = 0; i < t->rows_count; i++)
        note_power(out, t->rows[i].power_va);
    m->power_va = m->wish->power_va ? m->wish->power_va : t->power_va;
    if (m->power_va == 0 && out->powers_count == 1)
        m->power_va = out->powers_va[0];
    bool changes = m->power_va == 0 && is_one_customer(t);
    for (uint16_t i = 0; i < t->rows_count; i++)
        if (changes || t->rows[i].power_va == 0 || t->rows[i].power_va == m->power_va)
            take_row(m, &t->rows[i]);
    if (changes) /* what holds now; the subscriptions of before are in their rows */
        m->power_va = t->rows[t->rows_count - 1].power_va;
    if (changes && (t->professional.overrun_ueur_per_hour || t->professional.overrun_ueur_per_kva))
        complain(m, 0, "professional",
                 "overruns are of one subscribed power: write a file for each");
    m->c->subscribed_va = (int32_t)m->power_va;
    if (m->c->rows_count || m->failed)
        return OHM_OK;
    char list[160] = "";
    size_t len = 0;
    for (uint8_t i = 0; i < out->powers_count && len < sizeof list - 16; i++)
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%g", i ? ", " : "",
                                (double)out->powers_va[i] / 1000);
    if (m->power_va)
        complain(m, 0, NULL, "has no price for %g kVA (%s)", (double)m->power_va / 1000, list);
    else
        complain(m, 0, NULL, "say which subscribed power is meant, in kVA (%s)", list);
    return OHM_UNKNOWN;
}

/* --- slots ---------------------------------------------------------------------------------- */

static void add_slot(making *m, const ohm_contract_slot *slot, uint32_t line)
{
    if (m->c->slots_count == OHM_CONTRACT_SLOTS_MAX) {
        complain(m, line, "slots", "more than %d windows", OHM_CONTRACT_SLOTS_MAX);
        return;
    }
    m->slot_lines[m->c->slots_count] = line;
    m->c->slots[m->c->slots_count++] = *slot;
}

static void take_slot(making *m, const ohm_tariff_slot *from)
{
    ohm_contract_slot slot = {
        .to_minute = OHM_DAY_MINUTES,
        .period = period_named(m, from->line, "slots", from->period),
        .weekdays = from->weekdays,
        .holidays = (uint8_t)from->holidays,
        .season_from = from->season[0],
        .season_to = from->season[1],
        .from = from->from,
        .to = from->to,
    };
    for (uint16_t i = 0; i < from->on_count; i++)
        slot.codes |= (uint8_t)(1U << from->on[i].code);
    if (slot.holidays && m->c->holidays == OHM_HOLIDAYS_NONE)
        complain(m, from->line, "slots", "'holiday' needs 'holidays: fr' of the contract");
    for (uint16_t i = 0; i < from->hours_count; i++) {
        slot.from_minute = from->hours[i].from_minute;
        slot.to_minute = from->hours[i].to_minute;
        add_slot(m, &slot, from->line);
    }
    if (from->hours_count == 0)
        add_slot(m, &slot, from->line);
}

/* The off-peak hours that are the customer's own, or the usual ones. */
static void take_own_hours(making *m)
{
    const ohm_tariff_text *t = m->text;
    m->out->takes_hours = t->own_hours[0] != '\0';
    if (!m->out->takes_hours) {
        if (m->wish->slots_count)
            complain(m, 0, NULL, "has no off-peak hours of one's own: leave them out");
        return;
    }
    uint8_t period = period_named(m, 0, "own_hours", t->own_hours);
    m->out->hours_assumed = m->wish->slots_count == 0;
    for (unsigned i = 0; i < m->wish->slots_count; i++) {
        ohm_contract_slot slot = m->wish->slots[i];
        slot.period = period;
        add_slot(m, &slot, 0);
    }
    for (uint16_t i = 0; m->out->hours_assumed && i < t->usual_count; i++) {
        ohm_contract_slot slot = { .from_minute = t->usual[i].from_minute,
                                   .to_minute = t->usual[i].to_minute,
                                   .period = period };
        add_slot(m, &slot, 0);
    }
}

/* --- the rest ------------------------------------------------------------------------------- */

static void take_charge(making *m, const ohm_tariff_charge *from)
{
    if (from->has_kwh == from->has_year)
        complain(m, from->line, "charges", "give per_kwh or per_year");
    ohm_charge *charge = &m->c->charges[m->c->charges_count++];
    *charge = (ohm_charge){
        .from = from->from,
        .to = from->to,
        .unit = from->has_year ? OHM_CHARGE_PER_YEAR : OHM_CHARGE_PER_KWH,
        .reduced_vat = from->vat == 1,
        .ueur = from->has_year ? from->year_ueur : from->kwh_ueur,
    };
    memcpy(charge->id, from->id, sizeof charge->id);
}

static void take_professional(making *m)
{
    const ohm_tariff_text *t = m->text;
    ohm_professional *pro = &m->c->professional;
    *pro = t->professional;
    pro->reactive = (ohm_contract_slot){
        .from_minute = t->reactive_hours.from_minute,
        .to_minute = t->reactive_hours.to_minute,
        .weekdays = t->reactive_days,
        .season_from = t->reactive_season[0],
        .season_to = t->reactive_season[1],
    };
}

static void take_head(making *m)
{
    static const uint8_t calendars[] = {
        0,
        1U << OHM_DAY_BLUE | 1U << OHM_DAY_WHITE | 1U << OHM_DAY_RED,
        1U << OHM_DAY_NORMAL | 1U << OHM_DAY_PEAK,
    };
    const ohm_tariff_text *t = m->text;
    ohm_contract *c = m->c;
    memcpy(c->name, t->name, sizeof c->name);
    c->periods_count = (uint8_t)t->periods_count;
    memcpy(c->periods, t->periods, sizeof c->periods);
    if (c->periods_count == 0) /* one price: it needs no name */
        memcpy(c->periods[c->periods_count++].id, "base", sizeof "base");
    if (t->rest[0])
        c->rest_period = period_named(m, 0, "rest", t->rest);
    else if (c->periods_count == 1)
        c->rest_period = 0;
    c->codes = calendars[t->calendar];
    c->holidays = (uint8_t)t->holidays;
    c->months_alike = t->prorata == 1;
    c->tax_excluded = t->tax == 1;
    c->day_start_minute = t->day_start;
    if (t->has_spot) {
        c->spot_period = period_named(m, 0, "spot.period", t->spot_period);
        c->spot = t->spot;
    }
    for (uint16_t i = 0; i < t->vats_count; i++)
        c->vats[c->vats_count++] =
            (ohm_vat_row){ t->vats[i].from, (uint16_t)t->vats[i].subscription,
                           (uint16_t)t->vats[i].energy };
    m->out->names_count = t->also_count;
    for (uint16_t i = 0; i < t->also_count; i++)
        memcpy(m->out->names[i], t->also[i].text, OHM_TARIFF_NAME_MAX);
}

/* "12:30 on a Sunday of 2025-11-01 …" */
static void tell_cover(making *m, const ohm_contract_fault *f, const ohm_err *err, unsigned line)
{
    static const char *const codes[] = {
        "", " that is blue", " that is white", " that is red", " that is normal", " of peak"
    };
    char where[128];
    (void)snprintf(where, sizeof where, "at %02u:%02u of a day like %02u-%02u%s%s", f->minute / 60U,
                   f->minute % 60U, f->date.month, f->date.day, codes[f->code],
                   f->holiday ? ", a public holiday" : "");
    if (f->other < 0)
        complain(m, line, "slots", "%s: %s", err->what, where);
    else
        complain(m, line, "slots", "%s: %s (the other is on line %u)", err->what, where,
                 m->slot_lines[f->other]);
}

/* The off-peak hours that the user gave, and that stand in no file. */
static void tell_own_hours(making *m, const ohm_contract_fault *f, const ohm_err *err)
{
    if (f->is_cover)
        ohm_schema_error(m->report, "the off-peak hours", 0, NULL, "%s at %02u:%02u", err->what,
                         f->minute / 60U, f->minute % 60U);
    else
        ohm_schema_error(m->report, "the off-peak hours", 0, NULL, "%s", err->what);
    m->failed = true;
}

static ohm_code check(making *m)
{
    ohm_contract_fault fault;
    ohm_err err = ohm_contract_check(m->c, &fault);
    if (!ohm_failed(err))
        return OHM_OK;
    unsigned line = 0;
    const char *path = NULL;
    if (fault.part == OHM_CONTRACT_ROW) {
        line = m->row_lines[err.at];
        path = "rows";
    } else if (fault.part == OHM_CONTRACT_SLOT) {
        line = err.at < m->c->slots_count ? m->slot_lines[err.at] : 0;
        path = "slots";
    } else if (fault.part == OHM_CONTRACT_VAT) {
        line = m->text->vats[err.at].line;
        path = "vat";
    } else if (fault.part == OHM_CONTRACT_CHARGE) {
        line = m->text->charges[err.at].line;
        path = "charges";
    }
    bool theirs = fault.part == OHM_CONTRACT_SLOT && !line;
    if (theirs || (fault.is_cover && fault.other >= 0 && !m->slot_lines[fault.other]))
        tell_own_hours(m, &fault, &err);
    else if (fault.is_cover)
        tell_cover(m, &fault, &err, line);
    else
        complain(m, line, path, "%s", err.what);
    return err.code;
}

static ohm_code make(making *m)
{
    take_head(m);
    ohm_code code = take_rows(m);
    if (code != OHM_OK)
        return code;
    for (uint16_t i = 0; i < m->text->slots_count; i++)
        take_slot(m, &m->text->slots[i]);
    take_own_hours(m);
    for (uint16_t i = 0; i < m->text->charges_count; i++)
        take_charge(m, &m->text->charges[i]);
    take_professional(m);
    return m->failed ? OHM_BAD_FORMAT : check(m);
}

static ohm_tariff_text *new_text(void)
{
    ohm_tariff_text *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->spot.factor_ppm = 1000000;
    t->professional.tan_phi_ppm = 400000;
    t->reactive_hours = (ohm_tariff_window){ 6 * 60, 22 * 60 };
    t->reactive_days = 0x3f;
    t->reactive_season[0] = 1101;
    t->reactive_season[1] = 331;
    for (int i = 0; i < OHM_TARIFF_ROWS_MAX; i++)
        t->rows[i].verified = true;
    return t;
}

/* What is read of a file, for one power. */
static ohm_code make_one(const ohm_tariff_text *t, const char *file, const ohm_tariff_wish *wish,
                         ohm_tariff *out, ohm_schema_report *report)
{
    memset(out, 0, sizeof *out);
    ohm_contract_init(&out->contract);
    making m = { t, wish, file, report, out, &out->contract, false, { 0 }, { 0 }, 0 };
    return make(&m);
}

ohm_code ohm_tariff_read(ohm_span yaml, const char *file, const ohm_tariff_wish *wish,
                         ohm_tariff *out, ohm_schema_report *report)
{
    ohm_tariff_text *t = new_text();
    if (!t)
        return OHM_NO_MEMORY;
    ohm_code code = ohm_schema_read(ohm_tariff_fields, yaml, file, t, report);
    if (code == OHM_OK)
        code = make_one(t, file, wish, out, report);
    free(t);
    return code;
}

ohm_code ohm_tariff_each(ohm_span yaml, const char *file, const ohm_tariff_wish *wish,
                         ohm_tariff *scratch, bool (*take)(void *ctx, const ohm_tariff *tariff),
                         void *ctx, ohm_schema_report *report)
{
    ohm_tariff_text *t = new_text();
    if (!t)
        return OHM_NO_MEMORY;
    ohm_tariff powers = { .powers_count = 0 };
    ohm_code code = ohm_schema_read(ohm_tariff_fields, yaml, file, t, report);
    for (uint16_t i = 0; code == OHM_OK && i < t->rows_count; i++)
        note_power(&powers, t->rows[i].power_va);
    bool goes_on = code == OHM_OK;
    for (uint8_t i = 0; goes_on && i < powers.powers_count; i++) {
        ohm_tariff_wish own = { powers.powers_va[i], wish->slots, wish->slots_count };
        if (make_one(t, file, &own, scratch, report) == OHM_OK)
            goes_on = take(ctx, scratch);
    }
    free(t);
    return code;
}

/* --- names ---------------------------------------------------------------------------------- */

/* Cuts "-6kva" or "-6" off a name; 0 where there is none. */
static int64_t cut_power(char *name)
{
    char *dash = strrchr(name, '-');
    size_t len = dash ? strlen(dash + 1) : 0;
    if (len > 3 && !strcmp(dash + 1 + len - 3, "kva"))
        len -= 3;
    int64_t va;
    if (!dash || ohm_number_scaled(ohm_span_of(dash + 1, len), 3, &va) != OHM_OK || va <= 0)
        return 0;
    *dash = '\0';
    return va;
}

static const ohm_asset *asset_named(const char *name)
{
    char path[96];
    (void)snprintf(path, sizeof path, "data/tariffs/%s.yaml", name);
    return ohm_asset_find(ohm_span_text(path));
}

static void no_line(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

static bool also_named(const ohm_asset *asset, const char *name)
{
    ohm_tariff *tariff = malloc(sizeof *tariff);
    ohm_schema_report quiet = { no_line, NULL, 0 };
    ohm_tariff_wish any = { 0, NULL, 0 };
    bool found = false;
    if (!tariff)
        return false;
    ohm_code code = ohm_tariff_read(asset->bytes, asset->name, &any, tariff, &quiet);
    for (uint16_t i = 0; (code == OHM_OK || code == OHM_UNKNOWN) && i < tariff->names_count; i++)
        found |= !strcmp(tariff->names[i], name);
    free(tariff);
    return found;
}

const ohm_asset *ohm_tariff_shipped(size_t index)
{
    for (size_t i = 0; ohm_asset_at(i); i++) {
        const ohm_asset *asset = ohm_asset_at(i);
        size_t len = strlen(asset->name);
        bool is_tariff = !strncmp(asset->name, "data/tariffs/", 13) && len > 5 &&
                         !strcmp(asset->name + len - 5, ".yaml");
        if (is_tariff && index-- == 0)
            return asset;
    }
    return NULL;
}

const ohm_asset *ohm_tariff_find(const char *name, int64_t *ret_power_va)
{
    char plain[64];
    if (strlen(name) >= sizeof plain)
        return NULL;
    (void)snprintf(plain, sizeof plain, "%s", name);
    const ohm_asset *found = asset_named(plain);
    *ret_power_va = found ? 0 : cut_power(plain);
    if (!found)
        found = asset_named(plain);
    for (size_t i = 0; !found && ohm_tariff_shipped(i); i++)
        if (also_named(ohm_tariff_shipped(i), plain))
            found = ohm_tariff_shipped(i);
    return found;
}
