#include "tariff/csv.h"
#include "tariff/use_csv.h"

enum { NEUR_DECIMALS = 6 }; /* 1 EUR/MWh is 10^6 nEUR/kWh */

static bool is_word(ohm_span cell, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (ohm_span_is(cell, words[i]))
            return true;
    return false;
}

/* Blank lines and the names of the columns hold nothing. */
static bool is_data(ohm_span line, uint32_t number)
{
    ohm_span shown = ohm_csv_trim(line);
    bool digit = shown.len && shown.ptr[0] >= '0' && shown.ptr[0] <= '9';
    return shown.len && shown.ptr[0] != '#' && (digit || number > 1);
}

ohm_err ohm_spot_csv_read(ohm_span text, ohm_spot_price *out, size_t cap, size_t *ret_count)
{
    ohm_span line, cells[OHM_CSV_COLUMNS_MAX];
    ohm_tz utc;
    size_t count = 0;
    ohm_tz_utc(&utc);
    for (uint32_t number = 1; ohm_csv_line(&text, &line); number++) {
        if (!is_data(line, number))
            continue;
        ohm_spot_price price;
        if (ohm_csv_split(line, ',', cells) != 3 ||
            ohm_csv_time(cells[0], &utc, OHM_NO_MS, &price.when.from_ms) != OHM_OK ||
            ohm_csv_time(cells[1], &utc, OHM_NO_MS, &price.when.to_ms) != OHM_OK ||
            ohm_csv_number(cells[2], ',', NEUR_DECIMALS, &price.neur_per_kwh) != OHM_OK)
            return ohm_fail(OHM_BAD_FORMAT, number, "utc_start,utc_end,EUR/MWh is expected");
        if (price.when.from_ms >= price.when.to_ms ||
            (count && price.when.from_ms < out[count - 1].when.to_ms))
            return ohm_fail(OHM_CONFLICT, number, "prices are out of order, or overlap");
        if (price.neur_per_kwh > OHM_SPOT_NEUR_MAX || price.neur_per_kwh < -OHM_SPOT_NEUR_MAX)
            return ohm_fail(OHM_RANGE, number, "a price is beyond 10 000 EUR/MWh");
        if (count == cap)
            return ohm_fail(OHM_TOO_BIG, number, "too many prices");
        out[count++] = price;
    }
    *ret_count = count;
    return ohm_ok();
}

static ohm_day_code code_of(ohm_span word)
{
    static const char *const words[OHM_DAY_CODES_COUNT][6] = {
        [OHM_DAY_BLUE] = { "BLUE", "blue", "BLEU", "bleu", NULL },
        [OHM_DAY_WHITE] = { "WHITE", "white", "BLANC", "blanc", NULL },
        [OHM_DAY_RED] = { "RED", "red", "ROUGE", "rouge", NULL },
        [OHM_DAY_NORMAL] = { "NORMAL", "normal", "NON_EJP", NULL },
        [OHM_DAY_PEAK] = { "EJP", "ejp", "PEAK", "peak", NULL },
    };
    for (int code = OHM_DAY_BLUE; code < OHM_DAY_CODES_COUNT; code++)
        if (is_word(word, words[code]))
            return (ohm_day_code)code;
    return OHM_DAY_UNKNOWN;
}

ohm_err ohm_codes_csv_read(ohm_span text, const ohm_tz *tz, int64_t first_day, uint8_t *codes,
                           size_t count)
{
    ohm_span line, cells[OHM_CSV_COLUMNS_MAX];
    for (uint32_t number = 1; ohm_csv_line(&text, &line); number++) {
        if (!is_data(line, number))
            continue;
        ohm_ms at_ms;
        unsigned columns = ohm_csv_split(line, ',', cells);
        if (columns < 2 || ohm_csv_time(cells[0], tz, OHM_NO_MS, &at_ms) != OHM_OK)
            return ohm_fail(OHM_BAD_FORMAT, number, "date,colour is expected");
        /* An interval of a signal is the day that most of it lies in; a date starts at midnight. */
        ohm_day_code code = code_of(cells[columns == 2 || cells[0].len == 10 ? 1 : 2]);
        int64_t day = ohm_days_from_date(ohm_civil_from_utc(tz, at_ms).date);
        if (code == OHM_DAY_UNKNOWN)
            return ohm_fail(OHM_UNKNOWN, number, "a colour is not known (BLUE, WHITE, RED, EJP)");
        if (day >= first_day && (uint64_t)(day - first_day) < count)
            codes[day - first_day] = (uint8_t)code;
    }
    return ohm_ok();
}
