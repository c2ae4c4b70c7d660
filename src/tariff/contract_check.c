#include <string.h>

#include "tariff/contract.h"

enum {
    PRICE_UEUR_MAX = 100000000, /* 100 EUR/kWh */
    CASES_MAX = 4096,           /* combinations of dates and seasons that a contract may make */
    VAT_MAX = 10000,
};

static bool date_ok(ohm_date date)
{
    return ohm_date_valid(date.year, date.month, date.day);
}

static bool open_or_ok(ohm_date date)
{
    return date.year == 0 || date_ok(date);
}

static bool ascending(ohm_date a, ohm_date b)
{
    return ohm_days_from_date(a) < ohm_days_from_date(b);
}

static ohm_err check_price(const ohm_contract *contract, uint32_t i, uint8_t period)
{
    int64_t ueur = contract->rows[i].ueur_per_kwh[period];
    if (period == contract->spot_period && ueur != OHM_NO_PRICE)
        return ohm_fail(OHM_CONFLICT, i, "the spot period has a price of its own");
    if (period == contract->spot_period)
        return ohm_ok();
    if (ueur == OHM_NO_PRICE)
        return ohm_fail(OHM_RANGE, i, "a price row lacks a price");
    if (ueur > PRICE_UEUR_MAX || ueur < -PRICE_UEUR_MAX)
        return ohm_fail(OHM_RANGE, i, "a price is above 100 EUR/kWh");
    return ohm_ok();
}

static ohm_err check_row(const ohm_contract *contract, uint32_t i)
{
    const ohm_price_row *row = &contract->rows[i];
    if (!date_ok(row->from))
        return ohm_fail(OHM_RANGE, i, "a price row starts on a date that does not exist");
    if (i > 0 && !ascending(contract->rows[i - 1].from, row->from))
        return ohm_fail(OHM_CONFLICT, i, "price rows must follow each other by date");
    for (uint8_t p = 0; p < contract->periods_count; p++)
        OHM_TRY(check_price(contract, i, p));
    if (row->subscription_ueur_per_year < 0)
        return ohm_fail(OHM_RANGE, i, "a subscription is negative");
    if (row->subscription_ueur_per_year > INT64_C(1000000) * PRICE_UEUR_MAX)
        return ohm_fail(OHM_RANGE, i, "a subscription is absurd");
    return ohm_ok();
}

static bool season_ok(uint16_t day)
{
    return day == 0 || ohm_date_valid(2000, day / 100, day % 100);
}

static ohm_err check_slot(const ohm_contract *contract, const ohm_contract_slot *slot, uint32_t i)
{
    if (slot->from_minute >= OHM_DAY_MINUTES || slot->to_minute > OHM_DAY_MINUTES)
        return ohm_fail(OHM_RANGE, i, "a slot reaches out of the day");
    if (slot->from_minute == slot->to_minute)
        return ohm_fail(OHM_RANGE, i, "a slot is empty");
    if (slot->period >= contract->periods_count)
        return ohm_fail(OHM_UNKNOWN, i, "a slot names a period that does not exist");
    if (slot->weekdays >= 1U << 7 || slot->holidays >= OHM_ON_HOLIDAYS_COUNT)
        return ohm_fail(OHM_RANGE, i, "a slot holds on a day that does not exist");
    if (slot->codes & ~contract->codes)
        return ohm_fail(OHM_RANGE, i, "a slot asks for a kind of day that the calendar has not");
    if (!season_ok(slot->season_from) || !season_ok(slot->season_to) ||
        !slot->season_from != !slot->season_to)
        return ohm_fail(OHM_RANGE, i, "a season's day does not exist");
    if (!open_or_ok(slot->from) || !open_or_ok(slot->to))
        return ohm_fail(OHM_RANGE, i, "a slot's date does not exist");
    if (slot->from.year && slot->to.year && !ascending(slot->from, slot->to))
        return ohm_fail(OHM_CONFLICT, i, "a slot ends before it starts");
    return ohm_ok();
}

/* --- every minute of every kind of day -------------------------------------------------------- */

/* One kind of day; its date is an example. */
typedef struct day_case {
    ohm_date valid, season;
    uint8_t weekday, code;
    bool holiday;
} day_case;

static bool holds(const ohm_contract_slot *slot, const day_case *d)
{
    uint16_t season = ohm_season_day(d->season);
    if (slot->from.year && ascending(d->valid, slot->from))
        return false;
    if (slot->to.year && !ascending(d->valid, slot->to))
        return false;
    if (slot->weekdays && !(slot->weekdays & 1U << d->weekday))
        return false;
    if (slot->codes && !(slot->codes & 1U << d->code))
        return false;
    if (slot->holidays == OHM_HOLIDAY_ONLY && !d->holiday)
        return false;
    if (slot->holidays == OHM_HOLIDAY_NEVER && d->holiday)
        return false;
    if (!slot->season_from)
        return true;
    bool after = season >= slot->season_from, before = season <= slot->season_to;
    return slot->season_from <= slot->season_to ? after && before : after || before;
}

static bool covers(const ohm_contract_slot *slot, unsigned minute)
{
    bool after = minute >= slot->from_minute, before = minute < slot->to_minute;
    return slot->from_minute < slot->to_minute ? after && before : after || before;
}

static ohm_err fault_at(ohm_contract_fault *ret, const day_case *d, unsigned minute, uint32_t slot,
                        int other)
{
    ret->part = OHM_CONTRACT_SLOT;
    ret->is_cover = true;
    ret->other = (int16_t)other;
    ret->minute = (uint16_t)minute;
    ret->date = d->season;
    ret->holiday = d->holiday;
    ret->code = d->code;
    return other < 0 ? ohm_fail(OHM_GAP, slot, "no slot covers a part of the day")
                     : ohm_fail(OHM_CONFLICT, slot, "two slots overlap");
}

/* The slots of one kind of day, at the borders where they can begin to lack or to be two. */
static ohm_err check_day(const ohm_contract *contract, const day_case *d, ohm_contract_fault *ret)
{
    uint8_t slots[OHM_CONTRACT_SLOTS_MAX];
    unsigned count = 0, minutes = 0;
    for (uint8_t i = 0; i < contract->slots_count; i++)
        if (holds(&contract->slots[i], d))
            slots[count++] = i;
    for (unsigned i = 0; i < count; i++) {
        const ohm_contract_slot *slot = &contract->slots[slots[i]];
        unsigned length = (0U + slot->to_minute + OHM_DAY_MINUTES - slot->from_minute);
        minutes += slot->to_minute > slot->from_minute ? length - OHM_DAY_MINUTES : length;
        for (unsigned j = 0; j < i; j++) {
            const ohm_contract_slot *other = &contract->slots[slots[j]];
            if (covers(slot, other->from_minute))
                return fault_at(ret, d, other->from_minute, slots[i], slots[j]);
            if (covers(other, slot->from_minute))
                return fault_at(ret, d, slot->from_minute, slots[i], slots[j]);
        }
    }
    if (contract->rest_period != OHM_NO_PERIOD || minutes == OHM_DAY_MINUTES)
        return ohm_ok();
    for (unsigned minute = 0;; minute++) { /* no overlap, and less than a day: there is one */
        bool covered = false;
        for (unsigned i = 0; i < count && !covered; i++)
            covered = covers(&contract->slots[slots[i]], minute);
        if (!covered)
            return fault_at(ret, d, minute, count ? slots[0] : 0, -1);
    }
}

/* The seven weekdays, on and off holidays, of each code. */
static ohm_err check_week(const ohm_contract *contract, day_case *d, ohm_contract_fault *ret)
{
    uint8_t codes = contract->codes ? contract->codes : 1;
    for (unsigned w = 0; w < 14; w++) {
        d->weekday = (uint8_t)(w % 7);
        d->holiday = w >= 7;
        if (d->holiday && contract->holidays == OHM_HOLIDAYS_NONE)
            break;
        for (uint8_t code = 0; code < OHM_DAY_CODES_COUNT; code++) {
            d->code = code;
            if (codes & 1U << code)
                OHM_TRY(check_day(contract, d, ret));
        }
    }
    return ohm_ok();
}

typedef struct dates {
    unsigned count;
    int64_t days[2 * OHM_CONTRACT_SLOTS_MAX + 1];
} dates;

static void add_day(dates *list, int64_t day)
{
    for (unsigned i = 0; i < list->count; i++)
        if (list->days[i] == day)
            return;
    assert(list->count < sizeof list->days / sizeof *list->days);
    list->days[list->count++] = day;
}

static int64_t season_start(uint16_t day)
{
    return ohm_days_from_date((ohm_date){ 2000, (uint8_t)(day / 100), (uint8_t)(day % 100) });
}

/* One example of every stretch of validity and of every stretch of the year. */
static ohm_err check_cover(const ohm_contract *contract, ohm_contract_fault *ret)
{
    dates valid = { 0 }, seasons = { 0 };
    add_day(&valid, ohm_days_from_date((ohm_date){ 1000, 1, 1 }));
    add_day(&seasons, season_start(101));
    for (uint8_t i = 0; i < contract->slots_count; i++) {
        const ohm_contract_slot *slot = &contract->slots[i];
        if (slot->from.year)
            add_day(&valid, ohm_days_from_date(slot->from));
        if (slot->to.year)
            add_day(&valid, ohm_days_from_date(slot->to));
        if (!slot->season_from)
            continue;
        add_day(&seasons, season_start(slot->season_from));
        /* The day after, in a leap year; after 31 December the year starts again. */
        int64_t after = season_start(slot->season_to) + 1;
        add_day(&seasons, slot->season_to == 1231 ? season_start(101) : after);
    }
    if (valid.count * seasons.count > CASES_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "too many dates and seasons together");
    /* Before the first price nothing is billed: slots may begin with the first row. */
    int64_t first = ohm_days_from_date(contract->rows[0].from);
    for (unsigned v = 0; v < valid.count; v++) {
        int64_t day = valid.days[v] < first ? first : valid.days[v];
        for (unsigned s = 0; s < seasons.count; s++) {
            day_case d = { .valid = ohm_date_from_days(day),
                           .season = ohm_date_from_days(seasons.days[s]) };
            OHM_TRY(check_week(contract, &d, ret));
        }
    }
    return ohm_ok();
}

/* --- the whole -------------------------------------------------------------------------------- */

static ohm_err check_vat(const ohm_contract *contract, uint32_t i)
{
    const ohm_vat_row *vat = &contract->vats[i];
    if (!date_ok(vat->from))
        return ohm_fail(OHM_RANGE, i, "a VAT starts on a date that does not exist");
    if (i > 0 && !ascending(contract->vats[i - 1].from, vat->from))
        return ohm_fail(OHM_CONFLICT, i, "rates of VAT must follow each other by date");
    if (vat->subscription > VAT_MAX || vat->energy > VAT_MAX)
        return ohm_fail(OHM_RANGE, i, "a VAT is above 100 %");
    return ohm_ok();
}

static ohm_err check_charge(const ohm_contract *contract, uint32_t i)
{
    const ohm_charge *charge = &contract->charges[i];
    if (!memchr(charge->id, '\0', sizeof charge->id) || !charge->id[0])
        return ohm_fail(OHM_BAD_FORMAT, i, "a charge has no name, or too long a one");
    if (!open_or_ok(charge->from) || !open_or_ok(charge->to) ||
        (charge->from.year && charge->to.year && !ascending(charge->from, charge->to)))
        return ohm_fail(OHM_RANGE, i, "a charge's dates do not exist, or are the wrong way round");
    if (charge->unit >= OHM_CHARGE_UNITS_COUNT)
        return ohm_fail(OHM_RANGE, i, "a charge is per kWh or per year");
    if (charge->ueur > INT64_C(1000000) * PRICE_UEUR_MAX ||
        charge->ueur < INT64_C(-1000000) * PRICE_UEUR_MAX)
        return ohm_fail(OHM_RANGE, i, "a charge is absurd");
    return ohm_ok();
}

static bool ppm_ok(int64_t ppm)
{
    return ppm >= 0 && ppm <= 100000000;
}

static bool price_ok(int64_t ueur)
{
    return ueur >= -INT64_C(1000) * PRICE_UEUR_MAX && ueur <= INT64_C(1000) * PRICE_UEUR_MAX;
}

static ohm_err check_head(const ohm_contract *c)
{
    const ohm_professional *pro = &c->professional;
    if (!memchr(c->name, '\0', sizeof c->name))
        return ohm_fail(OHM_TOO_BIG, 0, "the contract's name is too long");
    if (c->rows_count == 0)
        return ohm_fail(OHM_RANGE, 0, "a contract needs at least one price row");
    if (c->rows_count > OHM_CONTRACT_ROWS_MAX || c->vats_count > OHM_CONTRACT_VATS_MAX ||
        c->slots_count > OHM_CONTRACT_SLOTS_MAX || c->charges_count > OHM_CONTRACT_CHARGES_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "too many price rows, slots, rates of VAT or charges");
    if (c->periods_count == 0 || c->periods_count > OHM_PERIODS_MAX)
        return ohm_fail(OHM_RANGE, 0, "a contract has one period at least, and twelve at most");
    if (c->rest_period != OHM_NO_PERIOD && c->rest_period >= c->periods_count)
        return ohm_fail(OHM_UNKNOWN, 0, "the period of the rest does not exist");
    if (c->spot_period != OHM_NO_PERIOD && c->spot_period >= c->periods_count)
        return ohm_fail(OHM_UNKNOWN, 0, "the spot's period does not exist");
    if (c->subscribed_va < 0)
        return ohm_fail(OHM_RANGE, 0, "the subscribed power is negative");
    if (c->day_start_minute >= OHM_DAY_MINUTES)
        return ohm_fail(OHM_RANGE, 0, "the start of the day is out of the day");
    if (c->holidays >= OHM_HOLIDAYS_COUNT || c->codes >= 1U << OHM_DAY_CODES_COUNT || c->codes & 1U)
        return ohm_fail(OHM_RANGE, 0, "a kind of day does not exist");
    if (c->tax_excluded && c->vats_count == 0)
        return ohm_fail(OHM_RANGE, 0, "prices without VAT need its rates");
    if (!ppm_ok(c->spot.factor_ppm) || !ppm_ok(c->spot.loss_ppm) ||
        !price_ok(c->spot.fee_ueur_per_kwh) || !price_ok(c->spot.tax_ueur_per_kwh))
        return ohm_fail(OHM_RANGE, 0, "the terms of the spot price are absurd");
    if (!ppm_ok(pro->tan_phi_ppm) || !price_ok(pro->reactive_ueur_per_kvarh) ||
        !price_ok(pro->overrun_ueur_per_hour) || !price_ok(pro->overrun_ueur_per_kva))
        return ohm_fail(OHM_RANGE, 0, "the professional terms are absurd");
    return ohm_ok();
}

static ohm_err check_names(const ohm_contract *contract)
{
    for (uint8_t p = 0; p < contract->periods_count; p++) {
        const char *id = contract->periods[p].id;
        if (!memchr(id, '\0', OHM_PERIOD_ID_MAX) || !id[0])
            return ohm_fail(OHM_BAD_FORMAT, p, "a period has no name, or too long a one");
        if (ohm_contract_period(contract, ohm_span_text(id)) != p)
            return ohm_fail(OHM_CONFLICT, p, "two periods have one name");
    }
    return ohm_ok();
}

static ohm_err check_all(const ohm_contract *contract, ohm_contract_fault *fault)
{
    OHM_TRY(check_head(contract));
    OHM_TRY(check_names(contract));
    fault->part = OHM_CONTRACT_ROW;
    for (uint32_t i = 0; i < contract->rows_count; i++)
        OHM_TRY(check_row(contract, i));
    fault->part = OHM_CONTRACT_SLOT;
    for (uint32_t i = 0; i < contract->slots_count; i++)
        OHM_TRY(check_slot(contract, &contract->slots[i], i));
    fault->part = OHM_CONTRACT_VAT;
    for (uint32_t i = 0; i < contract->vats_count; i++)
        OHM_TRY(check_vat(contract, i));
    fault->part = OHM_CONTRACT_CHARGE;
    for (uint32_t i = 0; i < contract->charges_count; i++)
        OHM_TRY(check_charge(contract, i));
    fault->part = OHM_CONTRACT_WHOLE;
    if (contract->professional.reactive_ueur_per_kvarh)
        OHM_TRY(check_slot(contract, &contract->professional.reactive, 0));
    return check_cover(contract, fault);
}

ohm_err ohm_contract_check(const ohm_contract *contract, ohm_contract_fault *ret_fault)
{
    ohm_contract_fault fault = { .part = OHM_CONTRACT_WHOLE, .other = -1 };
    ohm_err err = check_all(contract, &fault);
    if (ohm_failed(err) && ret_fault)
        *ret_fault = fault;
    return err;
}
