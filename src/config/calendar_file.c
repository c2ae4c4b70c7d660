#include <stdlib.h>

#include "config/tariff_file.h"
#include "config/values.h"
#include "host/assets.h"

enum { DAYS_MAX = 120, SEASONS_MAX = 40 };

typedef struct season {
    char name[16];
    uint16_t red_count, white_count, peak_count;
    ohm_date red[DAYS_MAX], white[DAYS_MAX], peak[DAYS_MAX];
} season;

typedef struct calendar {
    int kind;
    char source[OHM_TARIFF_SOURCE_MAX];
    ohm_date from, to, verified_to;
    uint16_t peak_season[2];
    uint16_t seasons_count;
    season seasons[SEASONS_MAX];
} calendar;

static const char *const kinds[] = { "tempo", "ejp", NULL };

static const ohm_field date_scalar[] = {
    { .key = "", .type = OHM_FIELD_CUSTOM, .parse = ohm_value_date, .help = "2025-01-15" },
    { 0 },
};

#define DAYS(member, k)                                                                            \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_LIST, .offset = offsetof(season, member),                      \
        .size = sizeof(ohm_date), .fields = date_scalar, .list_max = DAYS_MAX,                     \
        .count_offset = offsetof(season, member##_count), .help = "local dates"                    \
    }

static const ohm_field season_fields[] = {
    { .key = "season",
      .type = OHM_FIELD_TEXT,
      .offset = offsetof(season, name),
      .size = sizeof(((season *)0)->name),
      .required = true,
      .help = "2024-2025" },
    DAYS(red, "red"),
    DAYS(white, "white"),
    DAYS(peak, "peak"),
    { 0 },
};

#define DATE(member, k, need, text)                                                                \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_CUSTOM, .offset = offsetof(calendar, member),                  \
        .required = need, .parse = ohm_value_date, .help = text                                    \
    }

static const ohm_field calendar_fields[] = {
    { .key = "kind",
      .type = OHM_FIELD_CHOICE,
      .offset = offsetof(calendar, kind),
      .required = true,
      .choices = kinds,
      .help = "whose days" },
    { .key = "source",
      .type = OHM_FIELD_TEXT,
      .offset = offsetof(calendar, source),
      .size = OHM_TARIFF_SOURCE_MAX,
      .required = true,
      .help = "where the days were read" },
    DATE(from, "from", true, "the first day that is known"),
    DATE(to, "to", true, "the first day that is not"),
    DATE(verified_to, "verified_to", false, "the first day that one source alone tells"),
    { .key = "peak_season",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(calendar, peak_season),
      .parse = ohm_value_season,
      .help = "when peak days can be: the others are normal in any year" },
    { .key = "seasons",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(calendar, seasons),
      .size = sizeof(season),
      .required = true,
      .fields = season_fields,
      .list_max = SEASONS_MAX,
      .count_offset = offsetof(calendar, seasons_count),
      .help = "the days that are not the usual ones" },
    { 0 },
};

typedef struct filling {
    int64_t first_day;
    uint8_t *codes;
    size_t count;
} filling;

static void put(const filling *f, int64_t day, ohm_day_code code)
{
    if (day >= f->first_day && (uint64_t)(day - f->first_day) < f->count)
        f->codes[day - f->first_day] = (uint8_t)code;
}

static void put_list(const filling *f, const ohm_date *dates, uint16_t count, ohm_day_code code)
{
    for (uint16_t i = 0; i < count; i++)
        put(f, ohm_days_from_date(dates[i]), code);
}

static void fill(const calendar *c, const filling *f)
{
    ohm_day_code usual = c->kind == 0 ? OHM_DAY_BLUE : OHM_DAY_NORMAL;
    uint16_t from = c->peak_season[0], to = c->peak_season[1];
    for (size_t i = 0; from && i < f->count; i++) {
        uint16_t day = ohm_season_day(ohm_date_from_days(f->first_day + (int64_t)i));
        bool inside = from <= to ? day >= from && day <= to : day >= from || day <= to;
        if (!inside)
            f->codes[i] = (uint8_t)usual;
    }
    int64_t end = ohm_days_from_date(c->to);
    for (int64_t day = ohm_days_from_date(c->from); day < end; day++)
        put(f, day, usual);
    for (uint16_t i = 0; i < c->seasons_count; i++) {
        const season *s = &c->seasons[i];
        put_list(f, s->white, s->white_count, OHM_DAY_WHITE);
        put_list(f, s->red, s->red_count, OHM_DAY_RED);
        put_list(f, s->peak, s->peak_count, OHM_DAY_PEAK);
    }
}

ohm_code ohm_calendar_read(ohm_span yaml, const char *file, int64_t first_day, uint8_t *codes,
                           size_t count, ohm_schema_report *report)
{
    calendar *c = calloc(1, sizeof *c);
    if (!c)
        return OHM_NO_MEMORY;
    ohm_code code = ohm_schema_read(calendar_fields, yaml, file, c, report);
    if (code == OHM_OK)
        fill(c, &(filling){ first_day, codes, count });
    free(c);
    return code;
}

static void no_line(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

ohm_code ohm_calendar_shipped(const ohm_contract *contract, int64_t first_day, uint8_t *codes,
                              size_t count)
{
    bool tempo = contract->codes & 1U << OHM_DAY_RED, ejp = contract->codes & 1U << OHM_DAY_PEAK;
    const ohm_asset *asset = tempo ? ohm_asset_find(ohm_span_text("data/calendars/tempo.yaml"))
                             : ejp ? ohm_asset_find(ohm_span_text("data/calendars/ejp.yaml"))
                                   : NULL;
    ohm_schema_report quiet = { no_line, NULL, 0 };
    return asset ? ohm_calendar_read(asset->bytes, asset->name, first_day, codes, count, &quiet)
                 : OHM_UNKNOWN;
}
