#include "inout/rows.h"

#include "base/json.h"
#include "base/reading.h"

/* A line that is being written; `full` once it did not fit. */
typedef struct line {
    char *out;
    size_t cap, len;
    bool full;
} line;

static void put_bytes(line *l, const void *bytes, size_t n)
{
    if (l->full || n > l->cap - l->len) {
        l->full = true;
        return;
    }
    if (n)
        memcpy(l->out + l->len, bytes, n);
    l->len += n;
}

static void put(line *l, const char *text)
{
    put_bytes(l, text, strlen(text));
}

static size_t finish(const line *l)
{
    return l->full ? 0 : l->len;
}

const char *ohm_quality_text(uint8_t quality)
{
    static const char *const names[] = { "good", "unauthenticated", "suspect", "estimated" };
    return quality < sizeof names / sizeof *names ? names[quality] : "suspect";
}

/* --- numbers --------------------------------------------------------------------------------- */

size_t ohm_decimal_write(int64_t value, int decimals, char sign,
                         char out[static OHM_ROWS_DECIMAL_MAX])
{
    char digits[OHM_ROWS_DECIMAL_MAX];
    size_t n = 0, len = 0;
    uint64_t rest = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    assert(decimals >= 0 && decimals <= 18);
    for (; decimals > 0 && rest % 10 == 0 && rest != 0; decimals--)
        rest /= 10;
    if (rest == 0)
        decimals = 0;
    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0 || n <= (size_t)decimals);
    if (value < 0)
        out[len++] = '-';
    while (n > 0) {
        out[len++] = digits[--n];
        if (n == (size_t)decimals && n > 0)
            out[len++] = sign;
    }
    out[len] = '\0';
    return len;
}

static void put_value(line *l, int64_t value, int decimals, char sign)
{
    char text[OHM_ROWS_DECIMAL_MAX];
    put_bytes(l, text, ohm_decimal_write(value, decimals, sign, text));
}

/* --- CSV ------------------------------------------------------------------------------------- */

typedef struct csv_form {
    char separator, sign;
    bool local; /* times for people, with UTC beside them */
} csv_form;

static csv_form csv_of(ohm_rows_form form)
{
    return form == OHM_ROWS_CSV_FR ? (csv_form){ ';', ',', true } : (csv_form){ ',', '.', false };
}

static void put_separator(line *l, csv_form f)
{
    put_bytes(l, &f.separator, 1);
}

static void put_field(line *l, csv_form f, ohm_span text)
{
    bool plain = true;
    for (size_t i = 0; i < text.len && plain; i++)
        plain = text.ptr[i] != '"' && text.ptr[i] != '\r' && text.ptr[i] != '\n' &&
                text.ptr[i] != (uint8_t)f.separator;
    if (plain) {
        put_bytes(l, text.ptr, text.len);
        return;
    }
    put(l, "\"");
    for (size_t i = 0; i < text.len; i++)
        put_bytes(l, text.ptr[i] == '"' ? (const void *)"\"\"" : text.ptr + i,
                  text.ptr[i] == '"' ? 2 : 1);
    put(l, "\"");
}

static void put_two(char *out, int value)
{
    out[0] = (char)('0' + value / 10 % 10);
    out[1] = (char)('0' + value % 10);
}

/* "29/03/2026 02:30:15": seconds are as fine as spreadsheets go; UTC stands beside it. */
static void put_local(line *l, const ohm_tz *tz, ohm_ms time_ms)
{
    char text[] = "00/00/0000 00:00:00";
    ohm_civil c = ohm_civil_from_utc(tz, time_ms);
    put_two(text, c.date.day);
    put_two(text + 3, c.date.month);
    put_two(text + 6, c.date.year / 100);
    put_two(text + 8, c.date.year % 100);
    put_two(text + 11, c.hour);
    put_two(text + 14, c.minute);
    put_two(text + 17, c.second);
    put(l, text);
}

static void put_utc(line *l, ohm_ms time_ms)
{
    char text[OHM_RFC3339_MAX];
    put_bytes(l, text, ohm_rfc3339_write(time_ms, text));
}

/* The first columns: when. */
static void put_times(line *l, csv_form f, const ohm_tz *tz, ohm_ms time_ms)
{
    if (f.local) {
        put_local(l, tz, time_ms);
        put_separator(l, f);
    }
    put_utc(l, time_ms);
}

static void put_place(line *l, csv_form f, bool there, int64_t value, int decimals)
{
    put_separator(l, f);
    if (there)
        put_value(l, value, decimals, f.sign);
}

static void put_text(line *l, csv_form f, const char *text)
{
    put_separator(l, f);
    put_field(l, f, ohm_span_text(text));
}

/* --- readings -------------------------------------------------------------------------------- */

size_t ohm_rows_readings_head(ohm_rows_form form, char *out, size_t cap)
{
    line l = { out, cap, 0, false };
    if (form == OHM_ROWS_CSV)
        put(&l, "time,series,value,unit,quality\r\n");
    else if (form == OHM_ROWS_CSV_FR)
        put(&l, "\xef\xbb\xbfhorodatage;utc;serie;valeur;unite;qualite\r\n");
    return finish(&l);
}

static void reading_csv(line *l, csv_form f, const ohm_tz *tz, const ohm_rows_reading *r)
{
    const ohm_quantity *q = ohm_quantity_get(r->quantity);
    put_times(l, f, tz, r->time_ms);
    put_text(l, f, r->key);
    put_place(l, f, true, r->value, q->decimals);
    put_text(l, f, q->unit);
    put_text(l, f, ohm_quality_text(r->quality));
    put(l, "\r\n");
}

static size_t json_line(ohm_json *j, char *out, size_t cap)
{
    size_t len;
    if (ohm_json_finish(j, &len) != OHM_OK || len + 1 > cap)
        return 0;
    out[len] = '\n';
    return len + 1;
}

static size_t reading_json(const ohm_rows_reading *r, char *out, size_t cap)
{
    const ohm_quantity *q = ohm_quantity_get(r->quantity);
    ohm_json j;
    ohm_json_init(&j, out, cap);
    ohm_json_object(&j);
    ohm_json_key_time(&j, "time", r->time_ms);
    ohm_json_key_str(&j, "series", r->key);
    ohm_json_key_decimal(&j, "value", r->value, -q->decimals);
    ohm_json_key_str(&j, "unit", q->unit);
    ohm_json_key_str(&j, "quality", ohm_quality_text(r->quality));
    ohm_json_end(&j);
    return json_line(&j, out, cap);
}

/* A part of a key as a tag's value: ',', '=', ' ' and '\' with a backslash. */
static void put_tag(line *l, const char *name, ohm_span value)
{
    put(l, ",");
    put(l, name);
    put(l, "=");
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] && strchr(", =", value.ptr[i]))
            put(l, "\\");
        put_bytes(l, value.ptr + i, 1);
    }
}

/* The part of a key up to the next '/', which is passed. */
static ohm_span take_part(const char **key)
{
    const char *slash = strchr(*key, '/');
    size_t len = slash ? (size_t)(slash - *key) : strlen(*key);
    ohm_span part = ohm_span_of(*key, len);
    *key += len + (slash != NULL);
    return part;
}

static void reading_influx(line *l, const ohm_rows_reading *r)
{
    const ohm_quantity *q = ohm_quantity_get(r->quantity);
    const char *rest = r->key;
    put(l, "ohmstead");
    put_tag(l, "site", take_part(&rest));
    put_tag(l, "zone", take_part(&rest));
    put_tag(l, "device", take_part(&rest));
    if (r->quality != OHM_QUALITY_GOOD)
        put_tag(l, "quality", ohm_span_text(ohm_quality_text(r->quality)));
    put(l, " ");
    put(l, q->name);
    put(l, "=");
    put_value(l, r->value, q->decimals, '.');
    put(l, q->decimals == 0 ? "i " : " ");
    put_value(l, r->time_ms, 0, '.');
    put(l, "000000\n");
}

size_t ohm_rows_reading_write(ohm_rows_form form, const ohm_tz *tz, const ohm_rows_reading *r,
                              char *out, size_t cap)
{
    line l = { out, cap, 0, false };
    if (form == OHM_ROWS_NDJSON)
        return reading_json(r, out, cap);
    if (form == OHM_ROWS_INFLUX)
        reading_influx(&l, r);
    else
        reading_csv(&l, csv_of(form), tz, r);
    return finish(&l);
}

/* --- steps ----------------------------------------------------------------------------------- */

/* In the order of the rows. */
static const struct {
    ohm_rows_column column;
    const char *name, *french;
} columns[] = {
    { OHM_ROWS_READINGS, "readings", "mesures" },
    { OHM_ROWS_MEAN, "mean", "moyenne" },
    { OHM_ROWS_MIN, "min", "min" },
    { OHM_ROWS_MAX, "max", "max" },
    { OHM_ROWS_FIRST, "first", "premier" },
    { OHM_ROWS_LAST, "last", "dernier" },
    { OHM_ROWS_ENERGY, "energy", "energie" },
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static bool has_column(unsigned chosen, size_t i)
{
    return chosen == 0 || (chosen & columns[i].column) != 0;
}

size_t ohm_rows_steps_head(ohm_rows_form form, unsigned chosen, char *out, size_t cap)
{
    line l = { out, cap, 0, false };
    if (form != OHM_ROWS_CSV && form != OHM_ROWS_CSV_FR)
        return 0;
    csv_form f = csv_of(form);
    put(&l, f.local ? "\xef\xbb\xbfhorodatage;utc;fin_utc;serie" : "time,to,series");
    for (size_t i = 0; i < COLUMNS; i++)
        if (has_column(chosen, i))
            put_text(&l, f, f.local ? columns[i].french : columns[i].name);
    put(&l, f.local ? ";unite;qualite\r\n" : ",unit,quality\r\n");
    return finish(&l);
}

static const char *step_quality(const ohm_rows_step *s)
{
    return s->count == 0 ? "gap" : s->estimated ? "estimated" : ohm_quality_text(s->quality);
}

typedef struct place {
    bool there;
    int64_t value;
    int decimals;
} place;

static place place_of(const ohm_rows_step *s, size_t i)
{
    int decimals = ohm_quantity_get(s->quantity)->decimals;
    bool any = s->count > 0;
    const place places[COLUMNS] = {
        { true, s->count, 0 },
        { s->has_mean, s->mean, decimals },
        { any, s->min, decimals },
        { any, s->max, decimals },
        { any, s->first, decimals },
        { any, s->last, decimals },
        { s->has_energy, s->energy, decimals },
    };
    return places[i];
}

static const char *step_unit(const ohm_rows_step *s)
{
    return s->unit ? s->unit : ohm_quantity_get(s->quantity)->unit;
}

static void step_csv(line *l, csv_form f, const ohm_tz *tz, const ohm_rows_step *s)
{
    put_times(l, f, tz, s->from_ms);
    put_separator(l, f);
    put_utc(l, s->to_ms);
    put_text(l, f, s->key);
    for (size_t i = 0; i < COLUMNS; i++) {
        place p = place_of(s, i);
        if (has_column(s->columns, i))
            put_place(l, f, p.there, p.value, p.decimals);
    }
    put_text(l, f, step_unit(s));
    put_text(l, f, step_quality(s));
    put(l, "\r\n");
}

static size_t step_json(const ohm_rows_step *s, char *out, size_t cap)
{
    ohm_json j;
    ohm_json_init(&j, out, cap);
    ohm_json_object(&j);
    ohm_json_key_time(&j, "time", s->from_ms);
    ohm_json_key_time(&j, "to", s->to_ms);
    ohm_json_key_str(&j, "series", s->key);
    for (size_t i = 0; i < COLUMNS; i++) {
        place p = place_of(s, i);
        if (!has_column(s->columns, i))
            continue;
        if (p.there)
            ohm_json_key_decimal(&j, columns[i].name, p.value, -p.decimals);
        else
            ohm_json_key_null(&j, columns[i].name);
    }
    ohm_json_key_str(&j, "unit", step_unit(s));
    ohm_json_key_str(&j, "quality", step_quality(s));
    ohm_json_end(&j);
    return json_line(&j, out, cap);
}

/* The mean, at the beginning of its step. */
static void step_influx(line *l, const ohm_rows_step *s)
{
    const ohm_rows_reading r = { .key = s->key,
                                 .quantity = s->quantity,
                                 .quality = s->estimated ? OHM_QUALITY_ESTIMATED : s->quality,
                                 .time_ms = s->from_ms,
                                 .value = s->has_mean ? s->mean : s->last };
    assert(s->count > 0 && "a gap has no line");
    reading_influx(l, &r);
}

size_t ohm_rows_step_write(ohm_rows_form form, const ohm_tz *tz, const ohm_rows_step *s, char *out,
                           size_t cap)
{
    line l = { out, cap, 0, false };
    if (form == OHM_ROWS_NDJSON)
        return step_json(s, out, cap);
    if (form == OHM_ROWS_INFLUX)
        step_influx(&l, s);
    else
        step_csv(&l, csv_of(form), tz, s);
    return finish(&l);
}

/* --- energy ---------------------------------------------------------------------------------- */

size_t ohm_rows_energy_head(ohm_rows_form form, char *out, size_t cap)
{
    line l = { out, cap, 0, false };
    if (form == OHM_ROWS_CSV)
        put(&l, "from,series,period,wh,how,kept\r\n");
    else if (form == OHM_ROWS_CSV_FR)
        put(&l, "\xef\xbb\xbf"
                "debut;decalage;serie;periode;wh;qualite;eclairci\r\n");
    return finish(&l);
}

/* "2026-11-22T06:00:00+01:00" as "22/11/2026 06:00:00" and "+01:00", the offset tells the two 02:00
 * of October apart; a date as "22/11/2026" and nothing. */
static void put_french_local(line *l, csv_form f, ohm_span local)
{
    if (local.len >= 10) {
        put_bytes(l, local.ptr + 8, 2);
        put(l, "/");
        put_bytes(l, local.ptr + 5, 2);
        put(l, "/");
        put_bytes(l, local.ptr, 4);
    }
    if (local.len >= 19) {
        put(l, " ");
        put_bytes(l, local.ptr + 11, 8);
    }
    put_separator(l, f);
    if (local.len > 19)
        put_field(l, f, ohm_span_part(local, 19, local.len - 19));
}

static void energy_csv(line *l, csv_form f, const ohm_rows_energy *r)
{
    if (f.local)
        put_french_local(l, f, ohm_span_text(r->local));
    else
        put_field(l, f, ohm_span_text(r->local));
    put_text(l, f, r->key);
    put_text(l, f, r->period);
    put_place(l, f, true, r->wh, 0);
    put_text(l, f, r->how);
    put_text(l, f, r->kept ? "1" : "0");
    put(l, "\r\n");
}

static size_t energy_json(const ohm_rows_energy *r, char *out, size_t cap)
{
    ohm_json j;
    ohm_json_init(&j, out, cap);
    ohm_json_object(&j);
    ohm_json_key_str(&j, "from", r->local);
    ohm_json_key_str(&j, "series", r->key);
    ohm_json_key_str(&j, "period", r->period);
    ohm_json_key_int(&j, "wh", r->wh);
    ohm_json_key_str(&j, "how", r->how);
    ohm_json_key_bool(&j, "kept", r->kept);
    ohm_json_end(&j);
    return json_line(&j, out, cap);
}

size_t ohm_rows_energy_write(ohm_rows_form form, const ohm_rows_energy *r, char *out, size_t cap)
{
    line l = { out, cap, 0, false };
    assert(form != OHM_ROWS_INFLUX);
    if (form == OHM_ROWS_NDJSON)
        return energy_json(r, out, cap);
    energy_csv(&l, csv_of(form), r);
    return finish(&l);
}

/* --- the journal ----------------------------------------------------------------------------- */

size_t ohm_rows_journal_head(ohm_rows_form form, char *out, size_t cap)
{
    line l = { out, cap, 0, false };
    if (form == OHM_ROWS_CSV)
        put(&l, "time,seq,record\r\n");
    else if (form == OHM_ROWS_CSV_FR)
        put(&l, "\xef\xbb\xbfhorodatage;utc;numero;enregistrement\r\n");
    return finish(&l);
}

size_t ohm_rows_journal_write(ohm_rows_form form, const ohm_tz *tz, uint64_t seq, ohm_ms time_ms,
                              ohm_span json, char *out, size_t cap)
{
    line l = { out, cap, 0, false };
    if (form == OHM_ROWS_NDJSON) {
        put_bytes(&l, json.ptr, json.len);
        put(&l, "\n");
    } else if (form != OHM_ROWS_INFLUX) {
        csv_form f = csv_of(form);
        put_times(&l, f, tz, time_ms);
        put_place(&l, f, true, (int64_t)seq, 0);
        put_separator(&l, f);
        put_field(&l, f, json);
        put(&l, "\r\n");
    }
    return finish(&l);
}
