#include "fetch/ecowatt_body.h"

#include "fetch/json_body.h"

static ohm_span text_of(const json_t *value)
{
    return ohm_span_of(json_string_value(value), json_string_length(value));
}

/* GenerationFichier: it may be absent; it may not be nonsense. */
static ohm_err read_made(const json_t *entry, ohm_ms *out)
{
    const json_t *made = json_object_get(entry, "GenerationFichier");
    *out = OHM_NO_MS;
    if (!made || json_is_null(made))
        return ohm_ok();
    if (!json_is_string(made) || ohm_failed(ohm_rfc3339_parse(text_of(made), out)))
        return ohm_fail(OHM_BAD_FORMAT, 0, "a day's GenerationFichier is not a time");
    return ohm_ok();
}

/* The date of "jour". Written from midnight it is the date as written, whatever the offset:
 * around a change of the clocks offsets of the wrong season have been seen. */
static ohm_err read_date(const json_t *entry, const ohm_tz *tz, ohm_date *out)
{
    const json_t *day = json_object_get(entry, "jour");
    if (!json_is_string(day))
        return ohm_fail(OHM_BAD_FORMAT, 0, "a day has no date (jour)");
    ohm_ms at_ms, midnight_ms;
    ohm_span text = text_of(day);
    if (ohm_failed(ohm_rfc3339_parse(text, &at_ms)))
        return ohm_fail(OHM_BAD_FORMAT, 0, "a day's date (jour) is not a time");

    char as_utc[20]; /* "2026-01-15T00:00:00" and Z: a time that parsed is no shorter */
    memcpy(as_utc, text.ptr, sizeof as_utc - 1);
    as_utc[sizeof as_utc - 1] = 'Z';
    OHM_TRY(ohm_rfc3339_parse(ohm_span_of(as_utc, sizeof as_utc), &midnight_ms));
    if (midnight_ms % (24 * (int64_t)OHM_HOUR_MS) == 0)
        *out = ohm_date_from_days(midnight_ms / (24 * (int64_t)OHM_HOUR_MS));
    else
        *out = ohm_civil_from_utc(tz, at_ms).date;
    return ohm_ok();
}

static ohm_err read_value(const json_t *value, ohm_ecowatt_day *day)
{
    if (!json_is_object(value))
        return ohm_fail(OHM_BAD_FORMAT, 0, "an hour is not an object");
    int64_t step, level;
    ohm_code code = ohm_json_body_int(value, "pas", 0, OHM_ECOWATT_STEPS - 1, &step);
    if (code == OHM_RANGE)
        return ohm_fail(OHM_RANGE, 0, "an hour's pas is not within 0 and 23");
    if (code != OHM_OK)
        return ohm_fail(OHM_BAD_FORMAT, 0, "an hour's pas is not a whole number");
    code = ohm_json_body_int(value, "hvalue", INT32_MIN, INT32_MAX, &level);
    if (code == OHM_UNKNOWN)
        return ohm_ok(); /* not known: nothing is invented in its place */
    if (code != OHM_OK)
        return ohm_fail(code, 0, "an hour's hvalue is not a level");
    ohm_ecowatt_day_add(day, (unsigned)step, (int32_t)level);
    return ohm_ok();
}

static ohm_err read_day(const json_t *entry, const ohm_tz *tz, ohm_ecowatt_day *out)
{
    if (!json_is_object(entry))
        return ohm_fail(OHM_BAD_FORMAT, 0, "a day is not an object");
    ohm_ms made_ms;
    ohm_date date;
    OHM_TRY(read_made(entry, &made_ms));
    OHM_TRY(read_date(entry, tz, &date));
    ohm_ecowatt_day_init(out, date, made_ms);

    const json_t *values = json_object_get(entry, "values");
    if (!values || json_is_null(values))
        return ohm_ok();
    if (!json_is_array(values))
        return ohm_fail(OHM_BAD_FORMAT, 0, "a day's values are not a list");
    size_t count = json_array_size(values);
    if (count > OHM_ECOWATT_VALUES_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "a day has too many hours");
    for (size_t i = 0; i < count; i++)
        OHM_TRY(read_value(json_array_get(values, i), out));
    return ohm_ok();
}

static ohm_err read_root(const json_t *root, const ohm_tz *tz, ohm_ecowatt_day *days,
                         size_t *ret_count)
{
    const json_t *signals = json_object_get(root, "signals");
    if (!signals && json_object_get(root, "error"))
        return ohm_fail(OHM_BAD_FORMAT, 0, "the service answered with an error, not with signals");
    if (!json_is_array(signals))
        return ohm_fail(OHM_BAD_FORMAT, 0, "the body has no list of signals");
    size_t count = json_array_size(signals);
    if (count > OHM_ECOWATT_DAYS_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "the body has too many days");
    for (size_t i = 0; i < count; i++)
        OHM_TRY(read_day(json_array_get(signals, i), tz, &days[i]));
    *ret_count = count;
    return ohm_ok();
}

ohm_err ohm_ecowatt_body_parse(ohm_span body, const ohm_tz *tz,
                               ohm_ecowatt_day days[static OHM_ECOWATT_DAYS_MAX], size_t *ret_count)
{
    json_t *root = NULL;
    OHM_TRY(ohm_json_body_load(body, OHM_ECOWATT_BODY_MAX, &root));
    ohm_err err = read_root(root, tz, days, ret_count);
    json_decref(root);
    return err;
}

ohm_err ohm_ecowatt_body_to_set(ohm_span body, const ohm_tz *tz, ohm_ms fetched_ms,
                                ohm_signal_set *out)
{
    ohm_ecowatt_day days[OHM_ECOWATT_DAYS_MAX];
    size_t count = 0;
    OHM_TRY(ohm_ecowatt_body_parse(body, tz, days, &count));
    if (ohm_ecowatt_set(days, count, tz, fetched_ms, out) != OHM_OK)
        return ohm_fail(OHM_TOO_BIG, 0, "the body has too many hours");
    return ohm_ok();
}
