/* Kinds of days: public holidays, seasons, and the codes that a calendar gives to days (Tempo's
 * colours, EJP's peak days). Dates are local civil dates.
 *
 * French public holidays: Code du travail, L3133-1; the two more of Alsace and Moselle: L3134-13.
 * Easter by the Gregorian computus (Meeus, Jones, Butcher). */
#ifndef OHM_TARIFF_CALENDAR_H
#define OHM_TARIFF_CALENDAR_H

#include <stddef.h>

#include "base/civil.h"

typedef enum ohm_holidays {
    OHM_HOLIDAYS_NONE,
    OHM_HOLIDAYS_FR,
    OHM_HOLIDAYS_FR_ALSACE_MOSELLE,
    OHM_HOLIDAYS_COUNT
} ohm_holidays;

/* Easter Sunday of a year, 1583 and later. */
ohm_date ohm_easter(int year);
bool ohm_is_holiday(ohm_holidays holidays, ohm_date date);

/* A day of the year as month × 100 + day: 1101 is 1 November. */
static inline uint16_t ohm_season_day(ohm_date date)
{
    return (uint16_t)(date.month * 100 + date.day);
}

/* What a calendar says of a day. */
typedef enum ohm_day_code {
    OHM_DAY_UNKNOWN,
    OHM_DAY_BLUE, /* Tempo */
    OHM_DAY_WHITE,
    OHM_DAY_RED,
    OHM_DAY_NORMAL, /* EJP, and other offers with peak days */
    OHM_DAY_PEAK,
    OHM_DAY_CODES_COUNT
} ohm_day_code;

/* Codes of consecutive days, borrowed. */
typedef struct ohm_day_codes {
    int64_t first_day; /* days since 1970-01-01, as ohm_days_from_date */
    size_t count;
    const uint8_t *codes;   /* ohm_day_code */
    const uint8_t *also;    /* of a second calendar, as many; NULL: there is none */
    ohm_day_code otherwise; /* assumed of a day that is not known; OHM_DAY_UNKNOWN: nothing is */
} ohm_day_codes;

/* What is known of a day, without the assumption; `wanted` are the bits of the codes that count
 * (1 << ohm_day_code), which tell whose calendar is meant. */
static inline ohm_day_code ohm_day_code_known(const ohm_day_codes *codes, uint8_t wanted,
                                              int64_t day)
{
    if (!codes || day < codes->first_day || (uint64_t)(day - codes->first_day) >= codes->count)
        return OHM_DAY_UNKNOWN;
    uint8_t one = codes->codes[day - codes->first_day];
    uint8_t other = codes->also ? codes->also[day - codes->first_day] : OHM_DAY_UNKNOWN;
    return (ohm_day_code)(other && wanted & 1U << other && !(wanted & 1U << one) ? other : one);
}

static inline ohm_day_code ohm_day_code_at(const ohm_day_codes *codes, uint8_t wanted, int64_t day)
{
    ohm_day_code known = ohm_day_code_known(codes, wanted, day);
    return known == OHM_DAY_UNKNOWN && codes ? codes->otherwise : known;
}

#endif
