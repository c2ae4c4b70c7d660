#include "tariff/contract.h"

#include <string.h>

enum {
    /* How far a change is looked for. A pattern of every day shows one within two days whatever
     * the clocks do, one of weekdays within a week, and what depends on dates within a year. */
    SEARCH_DAYS = 3,
    SEARCH_WEEK_DAYS = 9,
    SEARCH_YEAR_DAYS = 370,
};

void ohm_contract_init(ohm_contract *contract)
{
    *contract = (ohm_contract){ .rest_period = OHM_NO_PERIOD, .spot_period = OHM_NO_PERIOD };
}

uint8_t ohm_contract_period(const ohm_contract *contract, ohm_span id)
{
    for (uint8_t i = 0; i < contract->periods_count; i++)
        if (ohm_span_is(id, contract->periods[i].id))
            return i;
    return OHM_NO_PERIOD;
}

int ohm_contract_row(const ohm_contract *contract, ohm_date date)
{
    int64_t day = ohm_days_from_date(date);
    int row = -1;
    for (int i = 0; i < contract->rows_count; i++)
        if (ohm_days_from_date(contract->rows[i].from) <= day)
            row = i;
    return row;
}

int ohm_contract_vat(const ohm_contract *contract, ohm_date date)
{
    int64_t day = ohm_days_from_date(date);
    int vat = -1;
    for (int i = 0; i < contract->vats_count; i++)
        if (ohm_days_from_date(contract->vats[i].from) <= day)
            vat = i;
    return vat;
}

/* --- kinds of days ------------------------------------------------------------------------ */

/* What slots ask of a day. */
typedef struct kind {
    int64_t civil_day; /* for validity dates */
    uint16_t season;
    uint8_t weekday; /* a bit */
    uint8_t code;    /* a bit, or 0: not known */
    bool holiday;
} kind;

static kind kind_of(const ohm_contract *contract, const ohm_day_codes *codes, int64_t day,
                    int64_t civil_day)
{
    ohm_date date = ohm_date_from_days(day);
    ohm_day_code code =
        contract->codes ? ohm_day_code_at(codes, contract->codes, day) : OHM_DAY_UNKNOWN;
    uint8_t bit = (uint8_t)(1U << code);
    return (kind){
        .civil_day = civil_day,
        .season = ohm_season_day(date),
        .weekday = (uint8_t)(1U << (ohm_date_weekday(date) - 1)),
        .code = code != OHM_DAY_UNKNOWN && contract->codes & bit ? bit : 0,
        .holiday = ohm_is_holiday((ohm_holidays)contract->holidays, date),
    };
}

static bool in_season(const ohm_contract_slot *slot, uint16_t day)
{
    if (!slot->season_from)
        return true;
    if (slot->season_from <= slot->season_to)
        return day >= slot->season_from && day <= slot->season_to;
    return day >= slot->season_from || day <= slot->season_to;
}

static bool on_day(const ohm_contract_slot *slot, const kind *k)
{
    if (slot->from.year && k->civil_day < ohm_days_from_date(slot->from))
        return false;
    if (slot->to.year && k->civil_day >= ohm_days_from_date(slot->to))
        return false;
    if (slot->weekdays && !(slot->weekdays & k->weekday))
        return false;
    if (slot->codes && !(slot->codes & k->code))
        return false;
    if (slot->holidays == OHM_HOLIDAY_ONLY ? !k->holiday
                                           : slot->holidays == OHM_HOLIDAY_NEVER && k->holiday)
        return false;
    return in_season(slot, k->season);
}

static bool in_window(const ohm_contract_slot *slot, unsigned minute)
{
    if (slot->from_minute < slot->to_minute)
        return minute >= slot->from_minute && minute < slot->to_minute;
    return minute >= slot->from_minute || minute < slot->to_minute;
}

/* --- the plan of a day ---------------------------------------------------------------------- */

/* The slots that hold on a day of the contract: those that the hours of a civil day choose from. */
typedef struct day_slots {
    bool known; /* false: the code is missing, and slots ask for it */
    uint8_t count;
    uint8_t slots[OHM_CONTRACT_SLOTS_MAX];
} day_slots;

static void choose(const ohm_contract *contract, const ohm_day_codes *codes, int64_t day,
                   int64_t civil_day, day_slots *out)
{
    kind k = kind_of(contract, codes, day, civil_day);
    out->count = 0;
    out->known = !contract->codes || k.code;
    for (uint8_t i = 0; i < contract->slots_count; i++)
        if (on_day(&contract->slots[i], &k))
            out->slots[out->count++] = i;
}

static uint8_t period_in(const ohm_contract *contract, const day_slots *slots, unsigned minute)
{
    if (!slots->known)
        return OHM_NO_PERIOD;
    for (uint8_t i = 0; i < slots->count; i++)
        if (in_window(&contract->slots[slots->slots[i]], minute))
            return contract->slots[slots->slots[i]].period;
    return contract->rest_period;
}

enum { BORDERS_MAX = OHM_DAY_PIECES_MAX };

typedef struct borders {
    unsigned count;
    ohm_ms at_ms[BORDERS_MAX];
} borders;

static void add_border(borders *list, ohm_interval day, ohm_ms at_ms)
{
    if (at_ms <= day.from_ms || at_ms >= day.to_ms)
        return;
    unsigned i = list->count;
    while (i > 0 && list->at_ms[i - 1] > at_ms)
        i--;
    if (i > 0 && list->at_ms[i - 1] == at_ms)
        return;
    assert(list->count < BORDERS_MAX);
    memmove(list->at_ms + i + 1, list->at_ms + i, (list->count - i) * sizeof *list->at_ms);
    list->at_ms[i] = at_ms;
    list->count++;
}

/* Adds a minute of a local day: both instants where the clock shows it twice. */
static void add_minute(borders *list, const ohm_tz *tz, ohm_interval day, ohm_date date,
                       unsigned minute)
{
    if (day.to_ms - day.from_ms == OHM_DAY_MINUTES * OHM_MINUTE_MS) {
        add_border(list, day, day.from_ms + (ohm_ms)minute * OHM_MINUTE_MS);
        return;
    }
    ohm_ms first_ms, last_ms;
    ohm_civil local = { .date = date,
                        .hour = (uint8_t)(minute / 60),
                        .minute = (uint8_t)(minute % 60) };
    (void)ohm_civil_to_utc(tz, local, &first_ms, &last_ms);
    add_border(list, day, first_ms);
    add_border(list, day, last_ms);
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

static void add_slots(borders *list, const ohm_contract *contract, const ohm_tz *tz,
                      ohm_interval day, ohm_date date, const day_slots *slots)
{
    for (uint8_t i = 0; i < slots->count; i++) {
        const ohm_contract_slot *slot = &contract->slots[slots->slots[i]];
        add_minute(list, tz, day, date, slot->from_minute % OHM_DAY_MINUTES);
        add_minute(list, tz, day, date, slot->to_minute % OHM_DAY_MINUTES);
    }
}

void ohm_contract_day(const ohm_contract *contract, const ohm_tz *tz, const ohm_day_codes *codes,
                      ohm_date date, ohm_day_plan *out)
{
    int64_t day = ohm_days_from_date(date);
    day_slots early, late; /* before and after the day's own start */
    borders list = { .count = 0 };
    out->day = ohm_date_interval(tz, date);
    bool usual = out->day.to_ms - out->day.from_ms == OHM_DAY_MINUTES * OHM_MINUTE_MS;
    choose(contract, codes, day, day, &late);
    if (contract->day_start_minute) {
        choose(contract, codes, day - 1, day, &early);
        add_minute(&list, tz, out->day, date, contract->day_start_minute);
        add_slots(&list, contract, tz, out->day, date, &early);
    }
    add_slots(&list, contract, tz, out->day, date, &late);
    if (ohm_tz_offset_s(tz, out->day.from_ms) != ohm_tz_offset_s(tz, out->day.to_ms - 1))
        add_border(&list, out->day, clock_change(tz, out->day));

    out->count = 0;
    for (unsigned i = 0; i <= list.count; i++) {
        ohm_ms from_ms = i ? list.at_ms[i - 1] : out->day.from_ms;
        unsigned minute = (unsigned)((from_ms - out->day.from_ms) / OHM_MINUTE_MS);
        if (!usual) {
            ohm_civil local = ohm_civil_from_utc(tz, from_ms);
            minute = local.hour * 60U + local.minute;
        }
        bool is_early = minute < contract->day_start_minute;
        uint8_t period = period_in(contract, is_early ? &early : &late, minute);
        if (out->count && out->pieces[out->count - 1].period == period)
            continue;
        out->pieces[out->count++] = (ohm_day_piece){ from_ms, period };
    }
}

ohm_ms ohm_contract_border(const ohm_contract *contract, const ohm_tz *tz,
                           const ohm_day_codes *codes, ohm_ms utc_ms)
{
    ohm_day_plan plan;
    ohm_contract_day(contract, tz, codes, ohm_civil_from_utc(tz, utc_ms).date, &plan);
    for (uint16_t i = 0; i < plan.count; i++)
        if (plan.pieces[i].from_ms > utc_ms)
            return plan.pieces[i].from_ms;
    return plan.day.to_ms;
}

bool ohm_contract_slot_at(const ohm_contract *contract, const ohm_contract_slot *slot,
                          const ohm_tz *tz, const ohm_day_codes *codes, ohm_ms utc_ms)
{
    ohm_civil local = ohm_civil_from_utc(tz, utc_ms);
    unsigned minute = local.hour * 60U + local.minute;
    int64_t civil_day = ohm_days_from_date(local.date);
    kind k = kind_of(contract, codes, civil_day - (minute < contract->day_start_minute), civil_day);
    return on_day(slot, &k) && in_window(slot, minute);
}

ohm_ms ohm_contract_slot_until(const ohm_contract *contract, const ohm_contract_slot *slot,
                               const ohm_tz *tz, ohm_ms utc_ms)
{
    ohm_date date = ohm_civil_from_utc(tz, utc_ms).date;
    ohm_interval day = ohm_date_interval(tz, date);
    borders list = { .count = 0 };
    add_minute(&list, tz, day, date, slot->from_minute % OHM_DAY_MINUTES);
    add_minute(&list, tz, day, date, slot->to_minute % OHM_DAY_MINUTES);
    add_minute(&list, tz, day, date, contract->day_start_minute);
    if (ohm_tz_offset_s(tz, day.from_ms) != ohm_tz_offset_s(tz, day.to_ms - 1))
        add_border(&list, day, clock_change(tz, day));
    for (unsigned i = 0; i < list.count; i++)
        if (list.at_ms[i] > utc_ms)
            return list.at_ms[i];
    return day.to_ms;
}

/* --- the price at an instant -------------------------------------------------------------- */

static uint8_t period_at(const ohm_day_plan *plan, ohm_ms utc_ms)
{
    uint8_t period = plan->pieces[0].period;
    for (uint16_t i = 1; i < plan->count && plan->pieces[i].from_ms <= utc_ms; i++)
        period = plan->pieces[i].period;
    return period;
}

static int search_days(const ohm_contract *contract)
{
    int days = SEARCH_DAYS;
    if (contract->codes)
        return SEARCH_YEAR_DAYS;
    for (uint8_t i = 0; i < contract->slots_count; i++) {
        const ohm_contract_slot *slot = &contract->slots[i];
        if (slot->season_from || slot->from.year || slot->to.year || slot->holidays)
            return SEARCH_YEAR_DAYS;
        if (slot->weekdays)
            days = SEARCH_WEEK_DAYS;
    }
    return contract->slots_count ? days : 0;
}

/* What a piece of a day costs; false where it is not known. */
static int64_t price_of(const ohm_contract *contract, int row, uint8_t period)
{
    return row < 0 || period == OHM_NO_PERIOD ? OHM_NO_PRICE
                                              : contract->rows[row].ueur_per_kwh[period];
}

/* The first piece after `utc_ms`, within the days that are searched, that differs from `now`. */
static ohm_ms first_change(const ohm_contract *contract, const ohm_tz *tz,
                           const ohm_day_codes *codes, ohm_ms utc_ms, const ohm_price *now)
{
    int64_t day = ohm_days_from_date(ohm_civil_from_utc(tz, utc_ms).date);
    int days = search_days(contract);
    ohm_day_plan plan;
    for (int d = 0; d < days; d++) {
        ohm_date date = ohm_date_from_days(day + d);
        int row = ohm_contract_row(contract, date);
        ohm_contract_day(contract, tz, codes, date, &plan);
        for (uint16_t i = 0; i < plan.count; i++) {
            const ohm_day_piece *piece = &plan.pieces[i];
            if (piece->from_ms <= utc_ms)
                continue;
            if (piece->period != now->period ||
                price_of(contract, row, piece->period) != now->ueur_per_kwh)
                return piece->from_ms;
        }
    }
    return OHM_NO_MS;
}

/* The next row that changes the price in use; a contract with one price changes nowhere else. */
static ohm_ms next_row_change(const ohm_contract *contract, const ohm_tz *tz, const ohm_price *now,
                              ohm_ms utc_ms)
{
    for (int i = 0; i < contract->rows_count; i++) {
        ohm_ms from_ms = ohm_date_interval(tz, contract->rows[i].from).from_ms;
        if (from_ms > utc_ms && contract->rows[i].ueur_per_kwh[now->period] != now->ueur_per_kwh)
            return from_ms;
    }
    return OHM_NO_MS;
}

ohm_code ohm_contract_price(const ohm_contract *contract, const ohm_tz *tz,
                            const ohm_day_codes *codes, ohm_ms utc_ms, ohm_price *out)
{
    ohm_date date = ohm_civil_from_utc(tz, utc_ms).date;
    int row = ohm_contract_row(contract, date);
    if (row < 0)
        return OHM_RANGE;
    ohm_day_plan plan;
    ohm_contract_day(contract, tz, codes, date, &plan);
    ohm_price price = { .period = period_at(&plan, utc_ms) };
    if (price.period == OHM_NO_PERIOD)
        return OHM_GAP;
    price.ueur_per_kwh = price_of(contract, row, price.period);
    if (price.ueur_per_kwh == OHM_NO_PRICE)
        return OHM_UNSUPPORTED;
    price.until_ms = first_change(contract, tz, codes, utc_ms, &price);
    if (price.until_ms == OHM_NO_MS)
        price.until_ms = next_row_change(contract, tz, &price, utc_ms);
    assert(price.until_ms == OHM_NO_MS || price.until_ms > utc_ms);
    *out = price;
    return OHM_OK;
}
