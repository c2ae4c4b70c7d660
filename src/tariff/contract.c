#include "tariff/contract.h"

#include <string.h>

enum {
    DAY_MINUTES = 24 * 60,
    BORDERS_MAX = 2 * OHM_CONTRACT_SLOTS_MAX + 2, /* of a day: slots, clock change, midnight */
    SEARCH_DAYS = 3, /* a daily pattern shows a change within two days, whatever the clocks do */
    PRICE_UEUR_MAX = 100000000, /* 100 EUR/kWh */
};

static int compare_dates(ohm_date a, ohm_date b)
{
    int64_t days_a = ohm_days_from_date(a);
    int64_t days_b = ohm_days_from_date(b);
    return (days_a > days_b) - (days_a < days_b);
}

static bool in_slot(const ohm_slot *slot, unsigned minute)
{
    if (slot->from_minute < slot->to_minute)
        return minute >= slot->from_minute && minute < slot->to_minute;
    return minute >= slot->from_minute || minute < slot->to_minute;
}

static bool off_peak(const ohm_contract *contract, unsigned minute)
{
    for (unsigned i = 0; i < contract->slots_count; i++)
        if (in_slot(&contract->slots[i], minute))
            return true;
    return false;
}

/* The row in force on a date, or NULL before the first. */
static const ohm_price_row *row_at(const ohm_contract *contract, ohm_date date)
{
    const ohm_price_row *row = NULL;
    for (unsigned i = 0; i < contract->rows_count; i++)
        if (compare_dates(contract->rows[i].from, date) <= 0)
            row = &contract->rows[i];
    return row;
}

/* The period and its price at an instant; false before the first row. */
static bool price_at(const ohm_contract *contract, const ohm_tz *tz, ohm_ms utc_ms, ohm_price *out)
{
    ohm_civil local = ohm_civil_from_utc(tz, utc_ms);
    const ohm_price_row *row = row_at(contract, local.date);
    if (!row)
        return false;
    unsigned minute = local.hour * 60U + local.minute;
    out->period = OHM_PERIOD_BASE;
    if (contract->has_off_peak)
        out->period = off_peak(contract, minute) ? OHM_PERIOD_HC : OHM_PERIOD_HP;
    out->ueur_per_kwh = row->ueur_per_kwh[out->period];
    return true;
}

/* The instant inside [from, to) at which the zone's offset changes; there is one. */
static ohm_ms clock_change(const ohm_tz *tz, ohm_interval day)
{
    int32_t before_s = ohm_tz_offset_s(tz, day.from_ms);
    ohm_ms low = day.from_ms, high = day.to_ms;
    while (high - low > 1) {
        ohm_ms middle = low + (high - low) / 2;
        if (ohm_tz_offset_s(tz, middle) == before_s)
            low = middle;
        else
            high = middle;
    }
    return high;
}

typedef struct borders {
    unsigned count;
    ohm_ms at_ms[2 * BORDERS_MAX];
} borders;

/* Adds a minute of a local day: both instants where the clock shows it twice. */
static void add_minute(borders *list, const ohm_tz *tz, ohm_date date, unsigned minute)
{
    ohm_ms first_ms, last_ms;
    ohm_civil local = { .date = date,
                        .hour = (uint8_t)(minute / 60),
                        .minute = (uint8_t)(minute % 60) };
    (void)ohm_civil_to_utc(tz, local, &first_ms, &last_ms);
    assert(list->count + 2 <= sizeof list->at_ms / sizeof *list->at_ms);
    list->at_ms[list->count++] = first_ms;
    list->at_ms[list->count++] = last_ms;
}

/* Every instant of a day at which its price may change. */
static void day_borders(const ohm_contract *contract, const ohm_tz *tz, ohm_interval day,
                        borders *list)
{
    ohm_date date = ohm_civil_from_utc(tz, day.from_ms).date;
    list->count = 0;
    for (unsigned i = 0; contract->has_off_peak && i < contract->slots_count; i++) {
        add_minute(list, tz, date, contract->slots[i].from_minute);
        add_minute(list, tz, date, contract->slots[i].to_minute % DAY_MINUTES);
    }
    if (ohm_tz_offset_s(tz, day.from_ms) != ohm_tz_offset_s(tz, day.to_ms - 1))
        list->at_ms[list->count++] = clock_change(tz, day);
    list->at_ms[list->count++] = day.to_ms;
}

/* The first border of the list after `now` with another period or price, or OHM_NO_MS. */
static ohm_ms first_change(const ohm_contract *contract, const ohm_tz *tz, const borders *list,
                           const ohm_price *now, ohm_ms now_ms)
{
    ohm_ms found = OHM_NO_MS;
    for (unsigned i = 0; i < list->count; i++) {
        ohm_price there;
        bool sooner = found == OHM_NO_MS || list->at_ms[i] < found;
        if (list->at_ms[i] <= now_ms || !sooner || !price_at(contract, tz, list->at_ms[i], &there))
            continue;
        if (there.period != now->period || there.ueur_per_kwh != now->ueur_per_kwh)
            found = list->at_ms[i];
    }
    return found;
}

/* The next row that changes a price in use; a contract with one price changes nowhere else. */
static ohm_ms next_row_change(const ohm_contract *contract, const ohm_tz *tz, const ohm_price *now,
                              ohm_ms now_ms)
{
    for (unsigned i = 0; i < contract->rows_count; i++) {
        ohm_ms from_ms = ohm_date_interval(tz, contract->rows[i].from).from_ms;
        ohm_price there;
        if (from_ms > now_ms && price_at(contract, tz, from_ms, &there) &&
            there.ueur_per_kwh != now->ueur_per_kwh)
            return from_ms;
    }
    return OHM_NO_MS;
}

ohm_code ohm_contract_price(const ohm_contract *contract, const ohm_tz *tz, ohm_ms utc_ms,
                            ohm_price *out)
{
    ohm_price price = { .until_ms = OHM_NO_MS };
    if (!price_at(contract, tz, utc_ms, &price))
        return OHM_RANGE;

    ohm_interval day = ohm_civil_day(tz, utc_ms);
    for (int i = 0; contract->has_off_peak && i < SEARCH_DAYS; i++) {
        borders list;
        day_borders(contract, tz, day, &list);
        price.until_ms = first_change(contract, tz, &list, &price, utc_ms);
        if (price.until_ms != OHM_NO_MS)
            break;
        day = ohm_civil_day(tz, day.to_ms);
    }
    /* One price, or a slot of 24 hours: only another row can change it. */
    if (price.until_ms == OHM_NO_MS)
        price.until_ms = next_row_change(contract, tz, &price, utc_ms);
    assert(price.until_ms == OHM_NO_MS || price.until_ms > utc_ms);
    *out = price;
    return OHM_OK;
}

static ohm_err check_row(const ohm_contract *contract, uint32_t i)
{
    const ohm_price_row *row = &contract->rows[i];
    if (!ohm_date_valid(row->from.year, row->from.month, row->from.day))
        return ohm_fail(OHM_RANGE, i, "a price row starts on a date that does not exist");
    if (i > 0 && compare_dates(contract->rows[i - 1].from, row->from) >= 0)
        return ohm_fail(OHM_CONFLICT, i, "price rows must follow each other by date");
    for (int p = 0; p < OHM_PERIODS_COUNT; p++) {
        bool used = (p == OHM_PERIOD_BASE) != contract->has_off_peak;
        if (used && row->ueur_per_kwh[p] <= 0)
            return ohm_fail(OHM_RANGE, i, "a price row lacks a price");
        if (used && row->ueur_per_kwh[p] > PRICE_UEUR_MAX)
            return ohm_fail(OHM_RANGE, i, "a price is above 100 EUR/kWh");
    }
    if (row->subscription_ueur_per_year < 0)
        return ohm_fail(OHM_RANGE, i, "a subscription is negative");
    return ohm_ok();
}

static unsigned slot_minutes(const ohm_slot *slot)
{
    return (0U + slot->to_minute + DAY_MINUTES - slot->from_minute) % DAY_MINUTES;
}

static ohm_err check_slot(const ohm_contract *contract, uint32_t i)
{
    const ohm_slot *slot = &contract->slots[i];
    if (slot->from_minute >= DAY_MINUTES || slot->to_minute > DAY_MINUTES)
        return ohm_fail(OHM_RANGE, i, "an off-peak slot reaches out of the day");
    if (slot_minutes(slot) == 0)
        return ohm_fail(OHM_RANGE, i, "an off-peak slot is empty or a whole day");
    for (uint32_t j = 0; j < i; j++)
        if (in_slot(slot, contract->slots[j].from_minute) ||
            in_slot(&contract->slots[j], slot->from_minute))
            return ohm_fail(OHM_CONFLICT, i, "off-peak slots overlap");
    return ohm_ok();
}

ohm_err ohm_contract_check(const ohm_contract *contract)
{
    if (!memchr(contract->name, '\0', sizeof contract->name))
        return ohm_fail(OHM_TOO_BIG, 0, "the contract's name is too long");
    if (contract->rows_count == 0)
        return ohm_fail(OHM_RANGE, 0, "a contract needs at least one price row");
    if (contract->rows_count > OHM_CONTRACT_ROWS_MAX)
        return ohm_fail(OHM_TOO_BIG, contract->rows_count, "too many price rows");
    if (contract->slots_count > OHM_CONTRACT_SLOTS_MAX)
        return ohm_fail(OHM_TOO_BIG, contract->slots_count, "too many off-peak slots");
    if (contract->has_off_peak != (contract->slots_count > 0))
        return ohm_fail(OHM_CONFLICT, 0, "off-peak prices and off-peak slots go together");
    if (contract->subscribed_va < 0)
        return ohm_fail(OHM_RANGE, 0, "the subscribed power is negative");
    for (uint32_t i = 0; i < contract->rows_count; i++)
        OHM_TRY(check_row(contract, i));
    for (uint32_t i = 0; i < contract->slots_count; i++)
        OHM_TRY(check_slot(contract, i));
    return ohm_ok();
}
