#include "grid/segments.h"

#include "base/json.h"

enum { TEMPO_HOUR = 6, EJP_FROM_HOUR = 7, EJP_TO_HOUR = 1 };

/* How many segments start at or before an instant. */
static size_t started(ohm_segments segments, ohm_ms at_ms)
{
    size_t low = 0, high = segments.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (segments.items[middle].when.from_ms <= at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const ohm_segment *ohm_segments_at(ohm_segments segments, ohm_ms at_ms)
{
    size_t count = started(segments, at_ms);
    const ohm_segment *segment = count ? &segments.items[count - 1] : NULL;
    return segment && at_ms < segment->when.to_ms ? segment : NULL;
}

bool ohm_segments_near(ohm_segments segments, ohm_ms at_ms, int64_t within_ms)
{
    size_t count = started(segments, at_ms);
    bool before = count > 0 && at_ms - segments.items[count - 1].when.to_ms <= within_ms;
    return before ||
           (count < segments.count && segments.items[count].when.from_ms - at_ms <= within_ms);
}

ohm_ms ohm_segments_end(ohm_segments segments)
{
    return segments.count ? segments.items[segments.count - 1].when.to_ms : OHM_NO_MS;
}

bool ohm_segments_in_order(ohm_segments segments, size_t *ret_at)
{
    for (size_t i = 0; i < segments.count; i++) {
        const ohm_segment *segment = &segments.items[i];
        bool empty = segment->when.from_ms >= segment->when.to_ms;
        if (!empty && (i == 0 || segments.items[i - 1].when.to_ms <= segment->when.from_ms))
            continue;
        if (ret_at)
            *ret_at = i;
        return false;
    }
    return true;
}

ohm_signal_state ohm_segments_state(ohm_segments segments, ohm_ms fetched_ms, int64_t stale_ms,
                                    ohm_ms now_ms)
{
    ohm_ms end_ms = ohm_segments_end(segments);
    if (end_ms == OHM_NO_MS || end_ms <= now_ms)
        return OHM_SIGNAL_NONE;
    bool fresh = fetched_ms != OHM_NO_MS && fetched_ms <= now_ms + OHM_HOUR_MS &&
                 now_ms <= fetched_ms + stale_ms;
    return fresh ? OHM_SIGNAL_FRESH : OHM_SIGNAL_STALE;
}

/* Without zeros at its end, so that equal values are equal numbers. */
static ohm_segment reduced(const ohm_segment *segment)
{
    ohm_segment r = *segment;
    while (r.mantissa != 0 && r.mantissa % 10 == 0) {
        r.mantissa /= 10;
        r.exponent++;
    }
    if (r.mantissa == 0)
        r.exponent = 0;
    return r;
}

bool ohm_segment_same_value(const ohm_segment *a, const ohm_segment *b)
{
    ohm_segment x = reduced(a), y = reduced(b);
    return x.mantissa == y.mantissa && x.exponent == y.exponent;
}

/* hh:00 on a date, the first time that the wall shows it; a jump counts as its end. */
static ohm_ms at_hour(const ohm_tz *tz, int64_t days, int hour)
{
    ohm_civil local = { .date = ohm_date_from_days(days), .hour = (uint8_t)hour };
    ohm_ms first_ms, last_ms;
    (void)ohm_civil_to_utc(tz, local, &first_ms, &last_ms);
    return first_ms;
}

ohm_interval ohm_tempo_day(const ohm_tz *tz, ohm_date date)
{
    int64_t days = ohm_days_from_date(date);
    return (ohm_interval){ at_hour(tz, days, TEMPO_HOUR), at_hour(tz, days + 1, TEMPO_HOUR) };
}

ohm_date ohm_tempo_date(const ohm_tz *tz, ohm_ms at_ms)
{
    ohm_civil local = ohm_civil_from_utc(tz, at_ms);
    int64_t days = ohm_days_from_date(local.date);
    return ohm_date_from_days(local.hour < TEMPO_HOUR ? days - 1 : days);
}

void ohm_ejp_day(const ohm_tz *tz, ohm_date date, ohm_interval *ret_peak, ohm_interval *ret_rest)
{
    int64_t days = ohm_days_from_date(date);
    ohm_ms end_ms = at_hour(tz, days + 1, EJP_TO_HOUR);
    *ret_peak = (ohm_interval){ at_hour(tz, days, EJP_FROM_HOUR), end_ms };
    *ret_rest = (ohm_interval){ end_ms, at_hour(tz, days + 1, EJP_FROM_HOUR) };
}

const char *ohm_colour_name(int64_t colour)
{
    static const char *const names[] = { NULL, "BLUE", "WHITE", "RED" };
    return colour > 0 && colour < (int64_t)(sizeof names / sizeof *names) ? names[colour] : NULL;
}

static bool same_word(ohm_span text, const char *word)
{
    if (text.len != strlen(word))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c >= 'a' && c <= 'z')
            c = (uint8_t)(c - 'a' + 'A');
        if (c != (uint8_t)word[i])
            return false;
    }
    return true;
}

ohm_colour ohm_colour_of(ohm_span text)
{
    static const struct {
        const char *word;
        ohm_colour colour;
    } words[] = { { "BLUE", OHM_COLOUR_BLUE },   { "BLEU", OHM_COLOUR_BLUE },
                  { "WHITE", OHM_COLOUR_WHITE }, { "BLANC", OHM_COLOUR_WHITE },
                  { "RED", OHM_COLOUR_RED },     { "ROUGE", OHM_COLOUR_RED } };
    static const char prefix[] = "TEMPO_";
    size_t len = sizeof prefix - 1;
    if (text.len > len && same_word(ohm_span_part(text, 0, len), prefix))
        text = ohm_span_part(text, len, text.len - len);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (same_word(text, words[i].word))
            return words[i].colour;
    return OHM_COLOUR_UNKNOWN;
}

size_t ohm_segment_write(const ohm_segment *segment, ohm_segment_unit unit,
                         char out[static OHM_SEGMENT_VALUE_MAX])
{
    const char *name = unit == OHM_UNIT_COLOUR ? ohm_colour_name(segment->mantissa) : NULL;
    if (name) {
        size_t len = strlen(name);
        memcpy(out, name, len + 1);
        return len;
    }
    ohm_json json;
    size_t len = 0;
    ohm_json_init(&json, out, OHM_SEGMENT_VALUE_MAX - 1);
    ohm_json_decimal(&json, segment->mantissa, segment->exponent);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK); /* a sign, 20 digits, 18 zeros and a point fit */
    out[len] = '\0';
    return len;
}

const char *ohm_segment_unit_name(ohm_segment_unit unit)
{
    static const char *const names[OHM_UNITS_COUNT] = {
        [OHM_UNIT_LEVEL] = "level",
        [OHM_UNIT_COLOUR] = "colour",
        [OHM_UNIT_EUR_PER_MWH] = "EUR/MWh",
        [OHM_UNIT_G_PER_KWH] = "g/kWh",
        [OHM_UNIT_CELSIUS] = "°C",
        [OHM_UNIT_W_PER_M2] = "W/m²",
        [OHM_UNIT_W] = "W",
        [OHM_UNIT_WH] = "Wh",
        [OHM_UNIT_OTHER] = "",
    };
    return names[unit];
}
