/* Years of weather as files: EPW (EnergyPlus weather file, as its documentation has it) and PVGIS
 * (JSON and CSV, typical year or hours).
 *
 * A typical year is made of months of different years; its hours stay in the year's order, with
 * the years as written. EPW's hours are local standard time and are named by their end (1..24);
 * PVGIS' are UTC and are named by their start. */
#include <string.h>

#include "base/number.h"
#include "fetch/answer_parts.h"
#include "fetch/json_body.h"

enum {
    EPW_HEAD_LINES = 8,
    EPW_FIELDS_MIN = 22,
    EPW_MINUTE = 4,
    EPW_ZONE = 8, /* field of LOCATION */
    FIELDS_MAX = 40,
};

/* --- lines and fields ----------------------------------------------------------------------- */

typedef struct lines {
    ohm_span rest;
    uint32_t number;
} lines;

static bool next_line(lines *l, ohm_span *out)
{
    if (l->rest.len == 0)
        return false;
    const uint8_t *end = memchr(l->rest.ptr, '\n', l->rest.len);
    size_t len = end ? (size_t)(end - l->rest.ptr) : l->rest.len;
    size_t used = end ? len + 1 : len;
    *out = ohm_span_part(l->rest, 0, len);
    if (out->len && out->ptr[out->len - 1] == '\r')
        out->len--;
    l->rest = ohm_span_part(l->rest, used, l->rest.len - used);
    l->number++;
    return true;
}

static size_t split(ohm_span line, ohm_span fields[static FIELDS_MAX])
{
    size_t count = 0, from = 0;
    for (size_t i = 0; i <= line.len && count < FIELDS_MAX; i++) {
        if (i < line.len && line.ptr[i] != ',')
            continue;
        fields[count++] = ohm_span_part(line, from, i - from);
        from = i + 1;
    }
    return count;
}

static bool starts(ohm_span line, const char *word)
{
    size_t len = strlen(word);
    return line.len >= len && memcmp(line.ptr, word, len) == 0;
}

static ohm_span without_mark(ohm_span bytes)
{
    bool marked = bytes.len >= 3 && memcmp(bytes.ptr, "\xef\xbb\xbf", 3) == 0;
    return marked ? ohm_span_part(bytes, 3, bytes.len - 3) : bytes;
}

static ohm_err at_line(ohm_answer_reading *b, const lines *l, ohm_err err)
{
    b->why->line = l->number;
    return err;
}

/* A whole number in a field, within bounds; blanks before it are EPW's. */
static bool read_int(ohm_span field, int64_t min, int64_t max, int64_t *out)
{
    while (field.len && field.ptr[0] == ' ')
        field = ohm_span_part(field, 1, field.len - 1);
    return ohm_number_int(field, out) == OHM_OK && *out >= min && *out <= max;
}

/* --- EPW ------------------------------------------------------------------------------------ */

/* Columns, and the number from which on a value means that there is none. */
typedef struct epw_series {
    const char *name;
    size_t field;
    ohm_segment_unit unit;
    int64_t missing_tenths;
} epw_series;

static const epw_series epw_rows[] = {
    { "temperature", 6, OHM_UNIT_CELSIUS, 999 },
    { "ghi", 13, OHM_UNIT_W_PER_M2, 99990 },
    { "dni", 14, OHM_UNIT_W_PER_M2, 99990 },
    { "dhi", 15, OHM_UNIT_W_PER_M2, 99990 },
};

static const epw_series *find_epw(const char *name)
{
    for (size_t i = 0; i < sizeof epw_rows / sizeof *epw_rows; i++)
        if (!name || strcmp(name, epw_rows[i].name) == 0)
            return &epw_rows[i];
    return NULL;
}

/* Of LOCATION: hours east of UTC, as "1.0" or "-3.5". */
static ohm_err read_epw_zone(ohm_answer_reading *b, ohm_span line, int64_t *ret_ms)
{
    ohm_span fields[FIELDS_MAX];
    int64_t hundredths;
    if (!starts(line, "LOCATION,"))
        return ohm_fail(OHM_BAD_FORMAT, 0, "the body does not start with LOCATION");
    if (split(line, fields) <= EPW_ZONE ||
        ohm_number_scaled(fields[EPW_ZONE], 2, &hundredths) != OHM_OK || hundredths < -1200 ||
        hundredths > 1400)
        return ohm_answer_quote(b, line, ohm_fail(OHM_BAD_FORMAT, 0, "LOCATION has no time zone"));
    *ret_ms = hundredths * (OHM_HOUR_MS / 100);
    return ohm_ok();
}

/* Is the value one that stands for none? */
static bool is_missing(const ohm_segment *segment, int64_t missing_tenths)
{
    int64_t value = segment->mantissa;
    int exponent = segment->exponent + 1; /* in tenths */
    for (; exponent > 0 && value < missing_tenths && value > 0; exponent--)
        value *= 10;
    for (; exponent < 0; exponent++)
        value /= 10;
    return value >= missing_tenths;
}

/* Hours end at their number; where an hour has several rows (DATA PERIODS), at its minute. */
static ohm_err read_epw_row(ohm_answer_reading *b, ohm_span line, const epw_series *series,
                            int64_t zone_ms, int64_t rows_an_hour)
{
    ohm_span fields[FIELDS_MAX];
    int64_t year, month, day, hour, minute;
    if (split(line, fields) < EPW_FIELDS_MIN)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a row has too few fields");
    if (!read_int(fields[0], 0, 9999, &year) || !read_int(fields[1], 1, 12, &month) ||
        !read_int(fields[2], 1, 31, &day) || !read_int(fields[3], 1, 24, &hour) ||
        !read_int(fields[EPW_MINUTE], 0, 60, &minute) ||
        !ohm_date_valid((int)year, (int)month, (int)day))
        return ohm_fail(OHM_BAD_FORMAT, 0, "a row's date or hour is not one");
    ohm_date date = { (int16_t)year, (uint8_t)month, (uint8_t)day };
    ohm_ms end_ms = ohm_days_from_date(date) * 24 * OHM_HOUR_MS + hour * OHM_HOUR_MS - zone_ms;
    if (rows_an_hour > 1)
        end_ms += (minute - 60) * OHM_MINUTE_MS;
    ohm_draft draft = { .segment = { .when = { end_ms - OHM_HOUR_MS / rows_an_hour, end_ms } } };
    if (ohm_answer_decimal_text(fields[series->field], 0, &draft.segment) != OHM_OK)
        return ohm_answer_quote(b, fields[series->field],
                                ohm_fail(OHM_BAD_FORMAT, 0, "a value is not a number"));
    draft.known = !is_missing(&draft.segment, series->missing_tenths);
    return ohm_answer_add(b, draft);
}

/* "DATA PERIODS,1,1,Data,Sunday,1/ 1,12/31": the second number is rows an hour. */
static int64_t read_rows_an_hour(ohm_span line)
{
    ohm_span fields[FIELDS_MAX];
    int64_t count;
    if (!starts(line, "DATA PERIODS,") || split(line, fields) < 3 ||
        !read_int(fields[2], 1, 60, &count) || 60 % count != 0)
        return 0;
    return count;
}

ohm_err ohm_answer_epw(ohm_span bytes, ohm_answer_reading *b)
{
    lines l = { without_mark(bytes), 0 };
    const epw_series *series = find_epw(b->options->series);
    ohm_span line;
    int64_t zone_ms = 0, rows_an_hour = 1;
    if (!series)
        return ohm_fail(OHM_UNKNOWN, 0, "the series is not temperature, ghi, dni or dhi");
    if (bytes.len == 0)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the body is empty");
    b->unit = series->unit;
    b->keep_order = true;
    while (next_line(&l, &line)) {
        if (l.number == 1)
            OHM_TRY(at_line(b, &l, read_epw_zone(b, line, &zone_ms)));
        if (l.number == EPW_HEAD_LINES)
            rows_an_hour = read_rows_an_hour(line);
        if (rows_an_hour == 0)
            return at_line(b, &l, ohm_fail(OHM_BAD_FORMAT, 0, "the head has no DATA PERIODS"));
        if (l.number <= EPW_HEAD_LINES || line.len == 0)
            continue;
        OHM_TRY(at_line(b, &l, read_epw_row(b, line, series, zone_ms, rows_an_hour)));
    }
    b->why->line = 0;
    return b->count ? ohm_ok() : ohm_fail(OHM_BAD_FORMAT, 0, "the body has no rows");
}

/* --- PVGIS ---------------------------------------------------------------------------------- */

static ohm_segment_unit pvgis_unit(ohm_span name)
{
    if (ohm_span_is(name, "T2m"))
        return OHM_UNIT_CELSIUS;
    if (ohm_span_is(name, "P"))
        return OHM_UNIT_W;
    bool irradiance = name.len > 1 && name.ptr[name.len - 1] == ')' &&
                      (name.ptr[0] == 'G' || starts(name, "IR("));
    return irradiance ? OHM_UNIT_W_PER_M2 : OHM_UNIT_OTHER;
}

/* "20180101:0000": UTC. */
static bool read_stamp(ohm_span text, ohm_ms *out)
{
    int64_t year, month, day, hour, minute;
    if (text.len != 13 || text.ptr[8] != ':' || text.ptr[0] == '-' || text.ptr[0] == '+')
        return false;
    if (!read_int(ohm_span_part(text, 0, 4), 0, 9999, &year) ||
        !read_int(ohm_span_part(text, 4, 2), 1, 12, &month) ||
        !read_int(ohm_span_part(text, 6, 2), 1, 31, &day) ||
        !read_int(ohm_span_part(text, 9, 2), 0, 23, &hour) ||
        !read_int(ohm_span_part(text, 11, 2), 0, 59, &minute) ||
        !ohm_date_valid((int)year, (int)month, (int)day))
        return false;
    ohm_date date = { (int16_t)year, (uint8_t)month, (uint8_t)day };
    *out =
        ohm_days_from_date(date) * 24 * OHM_HOUR_MS + hour * OHM_HOUR_MS + minute * OHM_MINUTE_MS;
    return true;
}

static ohm_err add_hour(ohm_answer_reading *b, ohm_span stamp, ohm_draft draft)
{
    ohm_ms at_ms;
    if (!read_stamp(stamp, &at_ms))
        return ohm_answer_quote(b, stamp, ohm_fail(OHM_BAD_FORMAT, 0, "a time is not a time"));
    draft.segment.when = (ohm_interval){ at_ms, at_ms + OHM_HOUR_MS };
    return ohm_answer_add(b, draft);
}

static ohm_err read_pvgis_hour(ohm_answer_reading *b, const json_t *hour, const char *time_key,
                               const char *series)
{
    const json_t *time = json_object_get(hour, time_key);
    const json_t *value = json_object_get(hour, series);
    ohm_draft draft = { .segment = { .mantissa = 0 } };
    if (!json_is_string(time))
        return ohm_fail(OHM_BAD_FORMAT, 0, "an hour has no time");
    if (!value)
        return ohm_answer_quote(b, ohm_span_text(series),
                                ohm_fail(OHM_UNKNOWN, 0, "the body does not have that series"));
    ohm_code code = ohm_answer_decimal(value, 0, &draft.segment);
    draft.known = code == OHM_OK;
    if (code != OHM_OK && code != OHM_UNKNOWN)
        return ohm_answer_quote_json(b, time, ohm_fail(code, 0, "a value is not a number"));
    return add_hour(b, ohm_answer_text(time), draft);
}

static ohm_err read_pvgis_json(json_t *root, ohm_answer_reading *b)
{
    const char *series = b->options->series ? b->options->series : "T2m";
    const json_t *outputs = ohm_answer_object(root, "outputs");
    const json_t *typical = ohm_answer_array(outputs, "tmy_hourly");
    const json_t *hours = typical ? typical : ohm_answer_array(outputs, "hourly");
    if (!hours)
        return ohm_answer_refuse_error(b, root, "the body has no hours (outputs.tmy_hourly)");
    b->unit = pvgis_unit(ohm_span_text(series));
    b->keep_order = typical != NULL;
    for (size_t i = 0; i < json_array_size(hours); i++)
        OHM_TRY(
            read_pvgis_hour(b, json_array_get(hours, i), typical ? "time(UTC)" : "time", series));
    return ohm_ok();
}

/* The line of the columns' names: how many, and where the series is among them. */
static ohm_err read_columns(ohm_answer_reading *b, ohm_span line, size_t *ret_count,
                            size_t *ret_column)
{
    ohm_span fields[FIELDS_MAX];
    const char *series = b->options->series ? b->options->series : "T2m";
    size_t count = split(line, fields);
    for (size_t i = 1; i < count; i++) {
        if (!ohm_span_is(fields[i], series))
            continue;
        *ret_count = count;
        *ret_column = i;
        b->unit = pvgis_unit(fields[i]);
        return ohm_ok();
    }
    return ohm_answer_quote(b, ohm_span_text(series),
                            ohm_fail(OHM_UNKNOWN, 0, "the body does not have that series"));
}

/* A row of fewer fields was cut: what its last one says may be a part of a number. */
static ohm_err read_pvgis_row(ohm_answer_reading *b, ohm_span line, size_t count, size_t column)
{
    ohm_span fields[FIELDS_MAX];
    ohm_draft draft = { .segment = { .mantissa = 0 } };
    if (split(line, fields) < count)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a row has too few fields");
    if (ohm_answer_decimal_text(fields[column], 0, &draft.segment) != OHM_OK)
        return ohm_answer_quote(b, fields[column],
                                ohm_fail(OHM_BAD_FORMAT, 0, "a value is not a number"));
    draft.known = true;
    return add_hour(b, fields[0], draft);
}

/* A head of any length, the line of the columns ("time(UTC),T2m,…" or "time,G(i),…"), the rows up
 * to the first empty line, and notes. */
static ohm_err read_pvgis_csv(ohm_span bytes, ohm_answer_reading *b)
{
    lines l = { without_mark(bytes), 0 };
    ohm_span line;
    size_t count = 0, column = 0;
    while (next_line(&l, &line)) {
        if (column > 0 && line.len == 0)
            break;
        if (column > 0) {
            OHM_TRY(at_line(b, &l, read_pvgis_row(b, line, count, column)));
        } else if (starts(line, "time(UTC),") || starts(line, "time,")) {
            b->keep_order = starts(line, "time(UTC),");
            OHM_TRY(at_line(b, &l, read_columns(b, line, &count, &column)));
        }
    }
    b->why->line = 0;
    return b->count ? ohm_ok() : ohm_fail(OHM_BAD_FORMAT, 0, "the body is not one of PVGIS");
}

ohm_err ohm_answer_pvgis(ohm_span bytes, ohm_answer_reading *b)
{
    ohm_span start = without_mark(bytes);
    while (start.len && start.ptr[0] <= ' ')
        start = ohm_span_part(start, 1, start.len - 1);
    if (start.len && start.ptr[0] != '{' && start.ptr[0] != '[' && start.ptr[0] != '<')
        return read_pvgis_csv(bytes, b);
    json_t *root = NULL;
    OHM_TRY(ohm_json_body_load_any(bytes, OHM_ANSWER_MAX, &root));
    ohm_err err = read_pvgis_json(root, b);
    json_decref(root);
    return err;
}
