#include "tariff/calendar.h"

ohm_date ohm_easter(int year)
{
    assert(year >= 1583 && year <= 9999);
    int a = year % 19, b = year / 100, c = year % 100;
    int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
    int h = (19 * a + b - d - g + 15) % 30;
    int i = c / 4, k = c % 4;
    int l = (32 + 2 * e + 2 * i - h - k) % 7;
    int m = (a + 11 * h + 22 * l) / 451;
    int n = h + l - 7 * m + 114;
    return (ohm_date){ (int16_t)year, (uint8_t)(n / 31), (uint8_t)(n % 31 + 1) };
}

bool ohm_is_holiday(ohm_holidays holidays, ohm_date date)
{
    static const uint16_t fixed[] = { 101, 501, 508, 714, 815, 1101, 1111, 1225 };
    /* Days after Easter Sunday: Easter Monday, Ascension, Whit Monday. */
    static const int8_t moving[] = { 1, 39, 50 };
    if (holidays == OHM_HOLIDAYS_NONE || date.year < 1583)
        return false;
    uint16_t day = ohm_season_day(date);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (day == fixed[i])
            return true;
    bool local = holidays == OHM_HOLIDAYS_FR_ALSACE_MOSELLE;
    if (local && day == 1226)
        return true;
    if (date.month < 3 || date.month > 6) /* the latest Whit Monday is 14 June */
        return false;
    int64_t after = ohm_days_from_date(date) - ohm_days_from_date(ohm_easter(date.year));
    for (size_t i = 0; i < sizeof moving / sizeof *moving; i++)
        if (after == moving[i])
            return true;
    return local && after == -2; /* Good Friday */
}
