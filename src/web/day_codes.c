#include "web/day_codes.h"

#include <stdio.h>
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

static bool push(ohm_spot_list *list, ohm_spot_price price)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 1024;
        ohm_spot_price *more = realloc(list->items, cap * sizeof *more);
        if (!more)
            return false;
        list->items = more;
        list->cap = cap;
    }
    list->items[list->count++] = price;
    return true;
}

/* The prices of several sources as one list: a better source's cover what the next one says. */
typedef struct merging {
    ohm_interval range;
    ohm_spots *out;    /* of the sources before, in order of time */
    ohm_spot_list one; /* of the source at hand */
    char source[OHM_SAID_NAME_MAX];
    bool no_memory;
} merging;

/* What those before leave of a price. *at: the first of them that may not be over by then. */
static bool push_rest(merging *m, ohm_spot_list *out, size_t *at, ohm_spot_price price)
{
    const ohm_spot_list *over = &m->out->list;
    const ohm_ms end_ms = price.when.to_ms;
    while (*at < over->count && over->items[*at].when.to_ms <= price.when.from_ms)
        ++*at;
    for (size_t i = *at; price.when.from_ms < end_ms; i++) {
        bool more = i < over->count && over->items[i].when.from_ms < end_ms;
        price.when.to_ms = more ? over->items[i].when.from_ms : end_ms;
        bool asked = price.when.to_ms > m->range.from_ms && price.when.from_ms < m->range.to_ms;
        if (asked && price.when.from_ms < price.when.to_ms && !push(out, price))
            return false;
        price.when.from_ms = more ? over->items[i].when.to_ms : end_ms;
    }
    return true;
}

static int by_time(const void *a, const void *b)
{
    const ohm_spot_price *x = a, *y = b;
    return (x->when.from_ms > y->when.from_ms) - (x->when.from_ms < y->when.from_ms);
}

/* The source at hand is whole: what those before it leave of it is kept. */
static void end_source(merging *m)
{
    ohm_spot_list rest = { .count = 0 };
    size_t at = 0;
    for (size_t i = 0; i < m->one.count && !m->no_memory; i++)
        m->no_memory = !push_rest(m, &rest, &at, m->one.items[i]);
    for (size_t i = 0; i < rest.count && !m->no_memory; i++)
        m->no_memory = !push(&m->out->list, rest.items[i]);
    if (rest.count > 0) {
        char *sources = m->out->sources;
        size_t len = strlen(sources);
        (void)snprintf(sources + len, sizeof m->out->sources - len, "%s%s", len ? ", " : "",
                       m->source);
        qsort(m->out->list.items, m->out->list.count, sizeof *rest.items, by_time);
    }
    free(rest.items);
    m->one.count = 0;
}

static bool add_spot(void *ctx, const ohm_spot_said *said)
{
    merging *m = ctx;
    if (strcmp(m->source, said->source) != 0) {
        end_source(m);
        memcpy(m->source, said->source, sizeof m->source);
    }
    const ohm_spot_price *last = m->one.count ? &m->one.items[m->one.count - 1] : NULL;
    ohm_spot_price price = { said->when, said->neur_per_kwh };
    if (last && price.when.from_ms < last->when.to_ms)
        price.when.from_ms = last->when.to_ms; /* what is kept of one source does not overlap */
    if (price.when.from_ms < price.when.to_ms)
        m->no_memory = m->no_memory || !push(&m->one, price);
    return !m->no_memory;
}

ohm_err ohm_spots_read(ohm_reader *reader, ohm_interval range, ohm_spots *out)
{
    *out = (ohm_spots){ .list = { .count = 0 } };
    merging m = { .range = range, .out = out };
    ohm_err err = ohm_said_spots(reader, range, add_spot, &m);
    end_source(&m);
    free(m.one.items);
    if (!ohm_failed(err) && m.no_memory)
        err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (ohm_failed(err))
        ohm_spots_free(out);
    return err;
}

void ohm_spots_free(ohm_spots *spots)
{
    free(spots->list.items);
    *spots = (ohm_spots){ .list = { .count = 0 } };
}
