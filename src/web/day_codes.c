#include "web/day_codes.h"

#include <stdlib.h>

#include "grid/source.h"

static const struct {
    const char *name;
    uint8_t bits;
} calendars[OHM_CALENDARS_COUNT] = {
    [OHM_CALENDAR_TEMPO] = { "tempo", 1 << OHM_DAY_BLUE | 1 << OHM_DAY_WHITE | 1 << OHM_DAY_RED },
    [OHM_CALENDAR_EJP] = { "ejp", 1 << OHM_DAY_NORMAL | 1 << OHM_DAY_PEAK },
};

static const char *const names[OHM_DAY_CODES_COUNT] = {
    [OHM_DAY_BLUE] = "BLUE",     [OHM_DAY_WHITE] = "WHITE", [OHM_DAY_RED] = "RED",
    [OHM_DAY_NORMAL] = "NORMAL", [OHM_DAY_PEAK] = "PEAK",
};

const char *ohm_calendar_name(ohm_calendar calendar)
{
    return calendars[calendar].name;
}

uint8_t ohm_calendar_bits(ohm_calendar calendar)
{
    return calendars[calendar].bits;
}

ohm_calendar ohm_calendar_of(const ohm_contract *contract)
{
    for (int i = 0; i < OHM_CALENDARS_COUNT; i++)
        if (contract->codes & calendars[i].bits)
            return (ohm_calendar)i;
    return OHM_CALENDARS_COUNT;
}

int64_t ohm_codes_first_day(void)
{
    return ohm_days_from_date((ohm_date){ OHM_CODES_FIRST_YEAR, 1, 1 });
}

const char *ohm_day_code_name(ohm_day_code code)
{
    return names[code];
}

ohm_day_code ohm_day_code_of(const char *name)
{
    for (int i = 0; i < OHM_DAY_CODES_COUNT; i++)
        if (names[i] && !strcmp(names[i], name))
            return (ohm_day_code)i;
    return OHM_DAY_UNKNOWN;
}

bool ohm_said_counts(int32_t rank, ohm_day_code present)
{
    return rank <= OHM_RANK_OPERATOR || present == OHM_DAY_UNKNOWN;
}

typedef struct laying {
    ohm_calendar calendar;
    uint8_t *codes;
} laying;

static bool lay(void *ctx, const ohm_day_said *said)
{
    const laying *l = ctx;
    ohm_day_code code = ohm_day_code_of(said->code);
    int64_t at = ohm_days_from_date(said->date) - ohm_codes_first_day();
    bool ours = code != OHM_DAY_UNKNOWN && 1 << code & calendars[l->calendar].bits;
    if (ours && at >= 0 && at < OHM_CODES_DAYS &&
        ohm_said_counts(said->rank, (ohm_day_code)l->codes[at]))
        l->codes[at] = (uint8_t)code;
    return true;
}

ohm_err ohm_codes_lay(ohm_reader *reader, ohm_calendar calendar, uint8_t *codes)
{
    laying l = { calendar, codes };
    ohm_date last = ohm_date_from_days(ohm_codes_first_day() + OHM_CODES_DAYS - 1);
    return ohm_said_days(reader, calendars[calendar].name, (ohm_date){ OHM_CODES_FIRST_YEAR, 1, 1 },
                         last, lay, &l);
}

/* --- spot prices ------------------------------------------------------------------------------ */

static bool add_spot(void *ctx, const ohm_spot_said *said)
{
    ohm_spots *s = ctx;
    if (s->count == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 1024;
        ohm_spot_price *more = realloc(s->items, cap * sizeof *more);
        s->no_memory = !more;
        if (!more)
            return false;
        s->items = more;
        s->cap = cap;
    }
    memcpy(s->source, said->source, sizeof s->source);
    s->items[s->count++] = (ohm_spot_price){ said->when, said->neur_per_kwh };
    return true;
}

ohm_err ohm_spots_read(ohm_reader *reader, ohm_interval range, ohm_spots *out)
{
    *out = (ohm_spots){ .count = 0 };
    ohm_err err = ohm_said_spots(reader, range, add_spot, out);
    if (!ohm_failed(err) && out->no_memory)
        err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (ohm_failed(err))
        ohm_spots_free(out);
    return err;
}

void ohm_spots_free(ohm_spots *spots)
{
    free(spots->items);
    *spots = (ohm_spots){ .count = 0 };
}
