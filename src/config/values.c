#include "config/values.h"

#include "base/quantity.h"

#include "base/number.h"
#include "control/load.h"
#include "grid/source.h"

/* Exactly `digits` decimal digits at `at`; -1 if they are not all digits. */
static int digits_at(ohm_span text, size_t at, size_t digits)
{
    int value = 0;
    if (at > text.len || digits > text.len - at)
        return -1;
    for (size_t i = at; i < at + digits; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return -1;
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value;
}

const char *ohm_value_date(ohm_span text, void *date)
{
    int year = digits_at(text, 0, 4), month = digits_at(text, 5, 2), day = digits_at(text, 8, 2);
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' || year < 0 || month < 0 ||
        day < 0 || !ohm_date_valid(year, month, day))
        return "a date such as 2026-02-01";
    *(ohm_date *)date = (ohm_date){ (int16_t)year, (uint8_t)month, (uint8_t)day };
    return NULL;
}

/* "22:00" at `at` in minutes; 24:00 is 1440. -1 if it is no time of day. */
static int minute_at(ohm_span text, size_t at)
{
    int hour = digits_at(text, at, 2), minute = digits_at(text, at + 3, 2);
    if (hour < 0 || minute < 0 || text.ptr[at + 2] != ':' || minute > 59)
        return -1;
    int all = hour * 60 + minute;
    return all <= 24 * 60 ? all : -1;
}

const char *ohm_value_slot(ohm_span text, void *slot)
{
    int from = text.len == 11 ? minute_at(text, 0) : -1;
    int to = text.len == 11 ? minute_at(text, 6) : -1;
    if (from < 0 || to < 0 || text.ptr[5] != '-' || from == to || from == 24 * 60)
        return "hours such as 22:00-06:00";
    *(ohm_contract_slot *)slot = (ohm_contract_slot){ .from_minute = (uint16_t)from,
                                                      .to_minute = (uint16_t)(to % (24 * 60)) };
    return NULL;
}

const char *ohm_value_window(ohm_span text, void *minutes)
{
    int from = text.len == 11 ? minute_at(text, 0) : -1;
    int to = text.len == 11 ? minute_at(text, 6) : -1;
    if (from < 0 || to < 0 || text.ptr[5] != '-' || from == to || from == 24 * 60)
        return "hours such as 22:00-06:00";
    uint16_t *out = minutes;
    out[0] = (uint16_t)from;
    out[1] = (uint16_t)to;
    return NULL;
}

const char *ohm_value_minute(ohm_span text, void *minute)
{
    int at = text.len == 5 ? minute_at(text, 0) : -1;
    if (at < 0 || at == 24 * 60)
        return "a time of day such as 06:00";
    *(uint16_t *)minute = (uint16_t)at;
    return NULL;
}

/* 0 Monday … 6 Sunday; -1 if it is none. */
static int weekday_at(ohm_span text, size_t at)
{
    static const char *const names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
    for (int i = 0; i < 7 && text.len >= at + 3; i++)
        if (!memcmp(text.ptr + at, names[i], 3))
            return i;
    return -1;
}

const char *ohm_value_weekdays(ohm_span text, void *bits)
{
    static const char accepted[] = "days such as mon-fri or sat,sun";
    uint8_t found = 0;
    for (size_t at = 0; at < text.len;) {
        int from = weekday_at(text, at), to = from;
        at += 3;
        if (from >= 0 && at < text.len && text.ptr[at] == '-') {
            to = weekday_at(text, at + 1);
            at += 4;
        }
        if (from < 0 || to < from || (at < text.len && text.ptr[at] != ','))
            return accepted;
        for (int day = from; day <= to; day++)
            found |= (uint8_t)(1U << day);
        if (at < text.len && ++at == text.len)
            return accepted;
    }
    if (!found)
        return accepted;
    *(uint8_t *)bits = found;
    return NULL;
}

const char *ohm_value_season(ohm_span text, void *days)
{
    int from_month = digits_at(text, 0, 2), from_day = digits_at(text, 3, 2);
    int to_month = digits_at(text, 6, 2), to_day = digits_at(text, 9, 2);
    if (text.len != 11 || text.ptr[2] != '-' || text.ptr[5] != '/' || text.ptr[8] != '-' ||
        from_month < 0 || from_day < 0 || to_month < 0 || to_day < 0 ||
        !ohm_date_valid(2000, from_month, from_day) || !ohm_date_valid(2000, to_month, to_day))
        return "days of the year such as 11-01/03-31";
    uint16_t *out = days;
    out[0] = (uint16_t)(from_month * 100 + from_day);
    out[1] = (uint16_t)(to_month * 100 + to_day);
    return NULL;
}

const char *ohm_value_threshold(ohm_span text, void *threshold)
{
    int64_t level;
    if (ohm_span_is(text, "never"))
        level = OHM_LEVEL_NEVER;
    else if (ohm_number_int(text, &level) != OHM_OK || level < 2 || level > 3)
        return "2 (orange), 3 (red) or never";
    *(int32_t *)threshold = (int32_t)level;
    return NULL;
}

/* Files are no services, and Ecowatt has a place of its own: its threshold sheds loads. */
const char *ohm_value_source(ohm_span text, void *source)
{
    ohm_source found;
    if (ohm_source_find(text, &found) != OHM_OK || found == OHM_SOURCE_ECOWATT ||
        found == OHM_SOURCE_EPW || found == OHM_SOURCE_PVGIS)
        return "a source: tempo, tempo-services-rte, tempo-couleur, ejp, demand-response, entsoe, "
               "energy-charts, nordpool, awattar, tibber, eco2mix, open-meteo, forecast-solar, "
               "openadr or generic";
    *(ohm_source *)source = found;
    return NULL;
}

const char *ohm_value_quantity(ohm_span text, void *quantity)
{
    ohm_quantity_id id = ohm_quantity_find(text);
    if (id == OHM_Q_NONE || ohm_quantity_get(id)->kind == OHM_TEXT)
        return "the name of a quantity, such as temperature, power_import or energy_import";
    *(int *)quantity = (int)id;
    return NULL;
}
