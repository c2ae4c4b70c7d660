/* Weather and what follows from it: CO2 of what France makes (éco2mix), Open-Meteo's forecasts,
 * forecast.solar's production. */
#include <string.h>

#include "base/number.h"
#include "fetch/answer_parts.h"
#include "fetch/json_body.h"

enum {
    OFFSET_MAX_S = 18 * 3600,
};

#define EPOCH_MAX_S INT64_C(253402300799) /* the year 9999 */

/* --- éco2mix -------------------------------------------------------------------------------- */

/* The fields of a record: itself (v2.1, exports), record.fields (v2.0) or fields (v1). */
static const json_t *fields_of(const json_t *record)
{
    const json_t *inner = ohm_answer_object(record, "record");
    const json_t *fields = ohm_answer_object(inner ? inner : record, "fields");
    return fields ? fields : record;
}

static ohm_err read_mix(ohm_answer_reading *b, const json_t *record)
{
    const json_t *fields = fields_of(record);
    const json_t *time = json_object_get(fields, "date_heure");
    ohm_draft draft = { .segment = { .when = { 0, OHM_NO_MS } } };
    if (!json_is_string(time) ||
        ohm_answer_time(ohm_answer_text(time), NULL, &draft.segment.when.from_ms) != OHM_OK)
        return ohm_answer_quote_json(b, time,
                                     ohm_fail(OHM_BAD_FORMAT, 0, "a date_heure is not a time"));
    ohm_code code = ohm_answer_decimal(json_object_get(fields, "taux_co2"), 0, &draft.segment);
    draft.known = code == OHM_OK; /* rows of hours to come are there, and empty */
    if (code != OHM_OK && code != OHM_UNKNOWN)
        return ohm_answer_at(b, draft.segment.when.from_ms,
                             ohm_fail(code, 0, "a taux_co2 is not a number"));
    if (draft.known && draft.segment.mantissa < 0)
        return ohm_answer_at(b, draft.segment.when.from_ms,
                             ohm_fail(OHM_RANGE, 0, "a taux_co2 is below zero"));
    return ohm_answer_add(b, draft);
}

ohm_err ohm_answer_eco2mix(json_t *root, ohm_answer_reading *b)
{
    const json_t *list = json_is_array(root) ? root : ohm_answer_array(root, "results");
    if (!list)
        list = ohm_answer_array(root, "records");
    if (!list)
        return ohm_answer_refuse_error(b, root, "the body has no results");
    for (size_t i = 0; i < json_array_size(list); i++)
        OHM_TRY(read_mix(b, json_array_get(list, i)));
    return ohm_ok();
}

/* --- Open-Meteo ----------------------------------------------------------------------------- */

/* Variables that are means over the step before their time; all others hold from it on. */
static bool is_mean_before(const char *name)
{
    static const char *const radiations[] = {
        "shortwave_radiation",      "direct_radiation",         "diffuse_radiation",
        "direct_normal_irradiance", "global_tilted_irradiance", "terrestrial_radiation"
    };
    for (size_t i = 0; i < sizeof radiations / sizeof *radiations; i++) {
        size_t len = strlen(radiations[i]);
        if (strncmp(name, radiations[i], len) == 0)
            return strncmp(name + len, "_instant", 8) != 0; /* else a model's name follows */
    }
    return false;
}

/* "°C", "W/m²", as the body says. */
static ohm_err read_unit(ohm_answer_reading *b, const json_t *units, const char *name)
{
    const json_t *unit = json_object_get(units, name);
    bool temperature = strncmp(name, "temperature", 11) == 0;
    b->unit = temperature ? OHM_UNIT_CELSIUS
              : is_mean_before(name) || strstr(name, "radiation") || strstr(name, "irradiance")
                  ? OHM_UNIT_W_PER_M2
                  : OHM_UNIT_OTHER;
    if (!json_is_string(unit))
        return ohm_ok();
    ohm_span text = ohm_answer_text(unit);
    if (b->unit == OHM_UNIT_CELSIUS && !ohm_span_is(text, "°C"))
        return ohm_answer_quote(b, text,
                                ohm_fail(OHM_UNSUPPORTED, 0, "the temperatures are not in °C"));
    if (b->unit == OHM_UNIT_W_PER_M2 && !ohm_span_is(text, "W/m²"))
        return ohm_answer_quote(b, text,
                                ohm_fail(OHM_UNSUPPORTED, 0, "the radiation is not in W/m²"));
    return ohm_ok();
}

/* A time: UNIX seconds are UTC; text without a zone is local by the one offset of the body (the
 * service uses the offset of the moment of the request for the whole answer). */
static ohm_err read_weather_time(ohm_answer_reading *b, const json_t *time, int64_t offset_s,
                                 ohm_ms *out)
{
    ohm_tz utc;
    if (json_is_integer(time)) {
        int64_t s = json_integer_value(time);
        if (s < -EPOCH_MAX_S || s > EPOCH_MAX_S)
            return ohm_fail(OHM_RANGE, 0, "a time is out of range");
        *out = s * OHM_SECOND_MS;
        return ohm_ok();
    }
    ohm_tz_utc(&utc);
    if (!json_is_string(time) || ohm_answer_time(ohm_answer_text(time), &utc, out) != OHM_OK)
        return ohm_answer_quote_json(b, time, ohm_fail(OHM_BAD_FORMAT, 0, "a time is not a time"));
    *out -= offset_s * OHM_SECOND_MS;
    return ohm_ok();
}

typedef struct weather {
    const json_t *times, *values;
    int64_t offset_s, step_ms;
    bool before; /* the values are of the step before their time */
} weather;

static ohm_err read_weather(ohm_answer_reading *b, const weather *w)
{
    if (json_array_size(w->times) != json_array_size(w->values))
        return ohm_fail(OHM_BAD_FORMAT, 0, "there are not as many values as times");
    for (size_t i = 0; i < json_array_size(w->times); i++) {
        ohm_draft draft = { .segment = { .mantissa = 0 } };
        ohm_ms at_ms;
        OHM_TRY(read_weather_time(b, json_array_get(w->times, i), w->offset_s, &at_ms));
        if (w->before)
            at_ms -= w->step_ms;
        draft.segment.when = (ohm_interval){ at_ms, at_ms + w->step_ms };
        ohm_code code = ohm_answer_decimal(json_array_get(w->values, i), 0, &draft.segment);
        draft.known = code == OHM_OK;
        if (code != OHM_OK && code != OHM_UNKNOWN)
            return ohm_answer_at(b, at_ms, ohm_fail(code, 0, "a value is not a number"));
        OHM_TRY(ohm_answer_add(b, draft));
    }
    return ohm_ok();
}

typedef struct block {
    const char *name, *units;
    int64_t step_ms;
} block;

static const block blocks[] = { { "hourly", "hourly_units", OHM_HOUR_MS },
                                { "minutely_15", "minutely_15_units", 15 * OHM_MINUTE_MS } };
enum { BLOCKS_COUNT = sizeof blocks / sizeof *blocks };

/* The block and the variable: as asked for, else the first of ours that the body has. */
static bool find_variable(ohm_answer_reading *b, const json_t *root, const block **ret_block,
                          const char **ret_name)
{
    static const char *const first_choices[] = { "temperature_2m", "shortwave_radiation",
                                                 "direct_normal_irradiance", "diffuse_radiation",
                                                 "global_tilted_irradiance" };
    const char *asked = b->options->series;
    const char *dot = asked ? strchr(asked, '.') : NULL;
    const char *const *names = asked ? &asked : first_choices;
    size_t count = asked ? 1 : sizeof first_choices / sizeof *first_choices;
    for (size_t i = 0; i < count; i++) {
        const char *name = dot ? dot + 1 : names[i];
        for (size_t k = 0; k < BLOCKS_COUNT; k++) {
            bool named = !dot || (strlen(blocks[k].name) == (size_t)(dot - asked) &&
                                  strncmp(asked, blocks[k].name, (size_t)(dot - asked)) == 0);
            if (named && ohm_answer_array(ohm_answer_object(root, blocks[k].name), name)) {
                *ret_block = &blocks[k];
                *ret_name = name;
                return true;
            }
        }
    }
    return false;
}

ohm_err ohm_answer_open_meteo(json_t *root, ohm_answer_reading *b)
{
    const block *in = NULL;
    const char *name = NULL;
    if (json_is_array(root))
        return ohm_fail(OHM_UNSUPPORTED, 0, "the body is of several places");
    if (json_is_true(json_object_get(root, "error")))
        return ohm_answer_quote_json(b, json_object_get(root, "reason"),
                                     ohm_fail(OHM_DENIED, 0, "the service answered with an error"));
    if (!find_variable(b, root, &in, &name))
        return b->options->series
                   ? ohm_fail(OHM_UNKNOWN, 0, "the body does not have that series")
                   : ohm_answer_refuse_error(b, root, "the body has no temperature or radiation");
    weather w = { .step_ms = in->step_ms, .before = is_mean_before(name) };
    const json_t *values = ohm_answer_object(root, in->name);
    ohm_code code =
        ohm_json_body_int(root, "utc_offset_seconds", -OFFSET_MAX_S, OFFSET_MAX_S, &w.offset_s);
    if (code != OHM_OK && code != OHM_UNKNOWN)
        return ohm_fail(code, 0, "utc_offset_seconds is not an offset");
    w.times = ohm_answer_array(values, "time");
    w.values = ohm_answer_array(values, name);
    if (!w.times)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the body has no times");
    OHM_TRY(read_unit(b, ohm_answer_object(root, in->units), name));
    return read_weather(b, &w);
}

/* --- forecast.solar ------------------------------------------------------------------------- */

/* "2024-04-26T07:00:00+02:00", "2024-04-26 07:00:00" in the zone, or seconds or milliseconds. */
static ohm_code read_key(ohm_span key, const ohm_tz *tz, ohm_ms *out)
{
    enum { SECONDS_DIGITS_MAX = 11, DIGITS_MAX = 14 };
    int64_t number;
    if (key.len > DIGITS_MAX || ohm_number_int(key, &number) != OHM_OK)
        return ohm_answer_time(key, tz, out);
    *out = key.len > SECONDS_DIGITS_MAX ? number : number * OHM_SECOND_MS;
    return OHM_OK;
}

static ohm_err add_production(ohm_answer_reading *b, const char *key, const json_t *value)
{
    ohm_draft draft = { .segment = { .when = { 0, OHM_NO_MS } } };
    if (read_key(ohm_span_text(key), b->options->tz, &draft.segment.when.from_ms) != OHM_OK)
        return ohm_answer_quote(b, ohm_span_text(key),
                                ohm_fail(OHM_BAD_FORMAT, 0, "a time is not a time"));
    ohm_code code = ohm_answer_decimal(value, 0, &draft.segment);
    draft.known = code == OHM_OK;
    if (code != OHM_OK && code != OHM_UNKNOWN)
        return ohm_answer_at(b, draft.segment.when.from_ms,
                             ohm_fail(code, 0, "a value is not a number"));
    return ohm_answer_add(b, draft);
}

/* Half the sum of two decimals, exactly. */
static ohm_code mean_of(const ohm_segment *a, const ohm_segment *b, ohm_segment *out)
{
    const int64_t max = INT64_C(1000000000000000); /* digits that a double carries */
    ohm_segment high = a->exponent > b->exponent ? *a : *b;
    ohm_segment low = a->exponent > b->exponent ? *b : *a;
    for (; high.exponent > low.exponent; high.exponent--)
        if (__builtin_mul_overflow(high.mantissa, 10, &high.mantissa))
            return OHM_RANGE;
    int64_t sum;
    if (__builtin_add_overflow(high.mantissa, low.mantissa, &sum) || sum > max || sum < -max)
        return OHM_RANGE;
    out->mantissa = sum % 2 ? sum * 5 : sum / 2;
    out->exponent = low.exponent;
    if (sum % 2)
        out->exponent--;
    return OHM_OK;
}

/* Energy is of the time since the one before, so that the first has no time. */
static void close_energy(ohm_answer_reading *b)
{
    for (size_t i = 0; i + 1 < b->count; i++) {
        ohm_interval when = { b->drafts[i].segment.when.from_ms,
                              b->drafts[i + 1].segment.when.from_ms };
        b->drafts[i] = b->drafts[i + 1];
        b->drafts[i].segment.when = when;
    }
    b->count--;
}

/* Power is that of its instant, told at irregular times (sunrise, hours, sunset): between two it
 * is their mean, which is what the service's energy of that time says too. */
static ohm_err close_power(ohm_answer_reading *b)
{
    for (size_t i = 0; i + 1 < b->count; i++) {
        ohm_draft *draft = &b->drafts[i];
        const ohm_draft *next = &b->drafts[i + 1];
        draft->segment.when.to_ms = next->segment.when.from_ms;
        draft->known = draft->known && next->known;
        if (draft->known && mean_of(&draft->segment, &next->segment, &draft->segment) != OHM_OK)
            return ohm_answer_at(b, draft->segment.when.from_ms,
                                 ohm_fail(OHM_RANGE, 0, "a value has too many digits"));
    }
    b->count--;
    return ohm_ok();
}

/* The keys come in the order of time. */
static ohm_err close_production(ohm_answer_reading *b, bool energy)
{
    for (size_t i = 1; i < b->count; i++)
        if (b->drafts[i - 1].segment.when.from_ms >= b->drafts[i].segment.when.from_ms)
            return ohm_answer_at(b, b->drafts[i].segment.when.from_ms,
                                 ohm_fail(OHM_CONFLICT, 0, "times out of order, or twice"));
    if (b->count == 0)
        return ohm_ok();
    if (!energy)
        return close_power(b);
    close_energy(b);
    return ohm_ok();
}

ohm_err ohm_answer_forecast_solar(json_t *root, ohm_answer_reading *b)
{
    const char *series = b->options->series ? b->options->series : "watts";
    bool energy = strcmp(series, "watt_hours_period") == 0;
    json_t *result = json_object_get(root, "result");
    const json_t *message = ohm_answer_object(root, "message");
    if (!energy && strcmp(series, "watts") != 0)
        return ohm_fail(OHM_UNKNOWN, 0, "the series is not watts or watt_hours_period");
    if (!json_is_object(result))
        return ohm_answer_refuse_error(b, message ? message : root, "the body has no result");
    json_t *map = json_object_get(result, series);
    bool alone = json_is_number(json_object_iter_value(json_object_iter(result)));
    if (!map && alone) /* one series was asked for (/estimate/watts), and it has no name */
        map = result;
    if (!json_is_object(map))
        return ohm_fail(OHM_BAD_FORMAT, 0, "the result does not have that series");
    b->unit = energy ? OHM_UNIT_WH : OHM_UNIT_W;
    const char *key;
    json_t *value;
    json_object_foreach(map, key, value)
    {
        OHM_TRY(add_production(b, key, value));
    }
    return close_production(b, energy);
}
