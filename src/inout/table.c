#include "inout/table.h"

#include "inout/amount.h"
#include "inout/guess.h"
#include "inout/unit.h"

enum { NO_HEAD, WIDE, LONG, STATISTICS, INFLUX };

enum { UNKNOWN, NUMBERS, TEXT };

void ohm_table_init(ohm_table *t, const ohm_table_options *options, const ohm_sample_sink *sink)
{
    memset(t, 0, sizeof *t);
    t->options = *options;
    t->sink = *sink;
}

/* --- the head -------------------------------------------------------------------------------- */

/* The column of one of the names, in the order of the names; -1: none. */
static int16_t find(const ohm_table *t, const char *const *names)
{
    for (; *names; names++)
        for (int i = 0; i < t->count; i++)
            if (ohm_name_is(t->heads[i], *names) ||
                ohm_name_is(ohm_guess_name(t->heads[i]), *names))
                return (int16_t)i;
    return -1;
}

static int16_t find_one(const ohm_table *t, const char *name)
{
    return find(t, (const char *const[]){ name, NULL });
}

/* A column that an option names, with accents and all. */
static int16_t find_option(const ohm_table *t, const char *name)
{
    char folded[OHM_NAME_MAX];
    for (int i = 0; i < t->count; i++)
        if (ohm_span_is(t->heads[i], name))
            return (int16_t)i;
    (void)ohm_name_fold(ohm_span_text(name), folded, sizeof folded);
    return find_one(t, folded);
}

static ohm_err keep_heads(ohm_table *t, const ohm_csv_record *record)
{
    size_t used = 0;
    t->count = 0;
    for (int i = 0; i < record->count; i++) {
        ohm_span head = ohm_trim(record->fields[i]);
        if (head.len > sizeof t->bytes - used)
            return ohm_fail(OHM_TOO_BIG, (uint32_t)record->line,
                            "the names of columns are too long");
        if (head.len)
            memcpy(t->bytes + used, head.ptr, head.len);
        t->heads[t->count++] = ohm_span_of(t->bytes + used, head.len);
        used += head.len;
    }
    return ohm_ok();
}

static bool is_influx(const ohm_table *t)
{
    static const char *const names[] = { "_time", "_value", "_field", "_measurement" };
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        bool there = false;
        for (int i = 0; i < t->count; i++)
            there = there || ohm_span_is(t->heads[i], names[n]);
        if (!there)
            return false;
    }
    return true;
}

static uint8_t find_form(const ohm_table *t)
{
    if (is_influx(t))
        return INFLUX;
    if (t->options.series || t->options.value)
        return LONG;
    if (t->series >= 0 && find_one(t, "start") >= 0 && find_one(t, "statistic_id") >= 0)
        return STATISTICS;
    return t->series >= 0 && t->value >= 0 ? LONG : WIDE;
}

static ohm_err lacks(const ohm_table *t, uint64_t line)
{
    bool lonely = t->form == LONG && (t->series < 0 || t->value < 0);
    if (t->time < 0)
        return ohm_fail(OHM_UNKNOWN, (uint32_t)line, "no column is one of times");
    if (lonely)
        return ohm_fail(OHM_UNKNOWN, (uint32_t)line, "no column names the series, or has values");
    return ohm_ok();
}

static ohm_err take_head(ohm_table *t, const ohm_csv_record *record)
{
    static const char *const times[] = {
        "time",         "timestamp",     "horodate", "horodatage", "datetime", "date_time",
        "date_heure",   "date_et_heure", "start",    "start_time", "start_ts", "last_changed",
        "last_updated", "created_at",    "ts",       "date",       NULL
    };
    static const char *const clocks[] = { "heure", "hour", "time", "time_of_day", NULL };
    static const char *const series[] = { "statistic_id", "entity_id", "series", "serie", NULL };
    static const char *const values[] = { "value", "valeur", "state", "mean", NULL };
    static const char *const units[] = { "unit", "unite", "unit_of_measurement", NULL };
    static const char *const qualities[] = { "quality", "qualite", NULL };
    const ohm_table_options *o = &t->options;
    OHM_TRY(keep_heads(t, record));
    t->time = o->time ? find_option(t, o->time) : find(t, times);
    t->clock = o->clock ? find_option(t, o->clock) : -1;
    int16_t date = find_one(t, "date");
    if (!o->time && !o->clock && date >= 0 && find(t, clocks) >= 0) {
        t->time = date;
        t->clock = find(t, clocks);
    }
    t->series = o->series ? find_option(t, o->series) : find(t, series);
    t->value = o->value ? find_option(t, o->value) : find(t, values);
    t->unit = find(t, units);
    t->quality = find(t, qualities);
    t->form = find_form(t);
    memset(t->columns, UNKNOWN, sizeof t->columns);
    if (t->form == INFLUX) { /* by their very names: a tag may be called "time" */
        t->series = find_one(t, "field");
        t->measurement = find_one(t, "measurement");
        for (int16_t i = 0; i < (int16_t)t->count; i++) {
            t->time = ohm_span_is(t->heads[i], "_time") ? i : t->time;
            t->value = ohm_span_is(t->heads[i], "_value") ? i : t->value;
            t->series = ohm_span_is(t->heads[i], "_field") ? i : t->series;
            t->measurement = ohm_span_is(t->heads[i], "_measurement") ? i : t->measurement;
        }
    }
    if (t->form == STATISTICS) {
        t->value = find_one(t, "mean");
        t->state = find_one(t, "state");
        t->sum = find_one(t, "sum");
    }
    return lacks(t, record->line);
}

/* --- rows ------------------------------------------------------------------------------------ */

static ohm_span field(const ohm_csv_record *record, int column)
{
    return column >= 0 && column < record->count ? ohm_trim(record->fields[column])
                                                 : ohm_span_of(NULL, 0);
}

static void refuse(const ohm_table *t, uint64_t line, const char *why, ohm_span text)
{
    t->sink.refused(t->sink.ctx, line, why, text);
}

static ohm_when_memory *memory_of(ohm_table *t, ohm_span source)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < source.len; i++)
        hash = (hash ^ source.ptr[i]) * 1099511628211u;
    size_t slot = hash % OHM_TABLE_MEMORIES;
    if (t->memories[slot].hash != hash) {
        t->memories[slot].hash = hash;
        t->memories[slot].memory = (ohm_when_memory){ 0 };
    }
    return &t->memories[slot].memory;
}

static bool read_time(ohm_table *t, const ohm_csv_record *record, ohm_span source, ohm_ms *out)
{
    char both[64];
    ohm_span text = field(record, t->time), clock = field(record, t->clock);
    if (clock.len && text.len + clock.len + 1 < sizeof both) {
        memcpy(both, text.ptr, text.len);
        both[text.len] = ' ';
        memcpy(both + text.len + 1, clock.ptr, clock.len);
        text = ohm_span_of(both, text.len + 1 + clock.len);
    }
    ohm_err err = ohm_when_parse(text, t->options.form, t->options.tz, memory_of(t, source), out);
    if (ohm_failed(err))
        refuse(t, record->line, err.what, text);
    return !ohm_failed(err);
}

static uint8_t read_quality(ohm_span text)
{
    char name[OHM_NAME_MAX];
    (void)ohm_name_fold(text, name, sizeof name);
    if (!strncmp(name, "estim", 5))
        return OHM_QUALITY_ESTIMATED;
    if (!strcmp(name, "suspect"))
        return OHM_QUALITY_SUSPECT;
    return !strcmp(name, "unauthenticated") ? OHM_QUALITY_UNAUTHENTICATED : OHM_QUALITY_GOOD;
}

/* One value; `s` has its names and its time. */
static void give(ohm_table *t, const ohm_csv_record *record, ohm_span text, ohm_sample *s)
{
    ohm_code code = ohm_amount_parse(text, t->options.decimal, &s->mantissa, &s->exponent);
    if (code == OHM_END)
        return;
    if (code != OHM_OK) {
        refuse(t, record->line, "not a number", text);
        return;
    }
    if (s->unit.len == 0 && t->options.unit)
        s->unit = ohm_span_text(t->options.unit);
    s->quality = read_quality(field(record, t->quality));
    s->line = record->line;
    t->sink.sample(t->sink.ctx, s);
}

/* Does the column hold numbers? Its first place that is not empty decides. */
static bool has_numbers(ohm_table *t, const ohm_csv_record *record, int column)
{
    int64_t mantissa;
    int exponent;
    if (t->columns[column] != UNKNOWN)
        return t->columns[column] == NUMBERS;
    ohm_code code =
        ohm_amount_parse(record->fields[column], t->options.decimal, &mantissa, &exponent);
    if (code == OHM_END)
        return false;
    t->columns[column] = code == OHM_BAD_FORMAT ? TEXT : NUMBERS;
    if (code == OHM_BAD_FORMAT)
        refuse(t, record->line, "a column of text", t->heads[column]);
    return code != OHM_BAD_FORMAT;
}

static void take_wide(ohm_table *t, const ohm_csv_record *record)
{
    ohm_sample s = { 0 };
    ohm_ms time_ms;
    if (!read_time(t, record, ohm_span_of(NULL, 0), &time_ms))
        return;
    for (int i = 0; i < t->count && i < record->count; i++) {
        if (i == t->time || i == t->clock || i == t->quality || t->heads[i].len == 0 ||
            !has_numbers(t, record, i))
            continue;
        ohm_span unit = ohm_guess_unit(t->heads[i]);
        bool known = unit.len > 0 && ohm_unit_base(unit);
        s = (ohm_sample){ .time_ms = time_ms,
                          .source = known ? ohm_guess_name(t->heads[i]) : t->heads[i],
                          .unit = known ? unit : ohm_span_of(NULL, 0) };
        give(t, record, record->fields[i], &s);
    }
}

static void take_long(ohm_table *t, const ohm_csv_record *record)
{
    ohm_sample s = { .source = field(record, t->series), .unit = field(record, t->unit) };
    s.device = s.source;
    if (s.source.len == 0)
        refuse(t, record->line, "it does not say of what it is", field(record, t->value));
    else if (read_time(t, record, s.source, &s.time_ms))
        give(t, record, field(record, t->value), &s);
}

/* A counter's row is named by the start of its hour and holds what was counted at its end. Rows of
 * five minutes (statistics_short_term) look the same: they are told by where they start. */
static bool to_the_end(ohm_table *t, const ohm_csv_record *record, ohm_sample *s)
{
    if (s->counter && s->time_ms % OHM_HOUR_MS != 0) {
        refuse(t, record->line, "not the start of an hour: only hourly statistics are read",
               s->source);
        return false;
    }
    if (s->counter)
        s->time_ms += OHM_HOUR_MS;
    return true;
}

/* A mean has no state; a counter has no mean. */
static void take_statistics(ohm_table *t, const ohm_csv_record *record)
{
    ohm_sample s = { .source = field(record, t->series), .unit = field(record, t->unit) };
    s.device = s.source;
    ohm_span value = field(record, t->value);
    if (value.len == 0) {
        value = field(record, t->state);
        s.counter = value.len > 0;
    }
    if (value.len == 0) {
        value = field(record, t->sum);
        s.counter = true;
    }
    if (s.source.len == 0)
        refuse(t, record->line, "it does not say of what it is", value);
    else if (read_time(t, record, s.source, &s.time_ms) && to_the_end(t, record, &s))
        give(t, record, value, &s);
}

static bool is_tag(const ohm_table *t, int column)
{
    ohm_span head = t->heads[column];
    return head.len > 0 && head.ptr[0] != '_' && !ohm_span_is(head, "result") &&
           !ohm_span_is(head, "table");
}

static void append(char *out, size_t *len, ohm_span text, char between)
{
    if (*len + 1 + text.len >= OHM_TABLE_SOURCE_MAX || text.len == 0)
        return;
    if (*len)
        out[(*len)++] = between;
    memcpy(out + *len, text.ptr, text.len);
    *len += text.len;
}

static void take_influx(ohm_table *t, const ohm_csv_record *record)
{
    size_t source = 0, device = 0;
    ohm_span entity = field(record, find_one(t, "entity_id"));
    ohm_sample s = { 0 };
    append(t->source, &source, field(record, t->measurement), '.');
    append(t->source, &source, field(record, t->series), '.');
    for (int i = 0; i < t->count; i++)
        if (is_tag(t, i))
            append(t->device, &device, field(record, i), '_');
    s.source = ohm_span_of(t->source, source);
    s.device = ohm_span_of(t->device, device);
    if (entity.len) { /* as Home Assistant writes: the measurement is the unit */
        s.source = s.device = entity;
        s.unit = field(record, t->measurement);
    }
    if (read_time(t, record, s.source, &s.time_ms))
        give(t, record, field(record, t->value), &s);
}

ohm_err ohm_table_take(ohm_table *t, const ohm_csv_record *record)
{
    if (record->count && record->fields[0].len && record->fields[0].ptr[0] == '#') {
        t->form = NO_HEAD; /* annotations: a head follows */
        return ohm_ok();
    }
    if (t->form == NO_HEAD)
        return take_head(t, record);
    if (t->form == WIDE)
        take_wide(t, record);
    else if (t->form == LONG)
        take_long(t, record);
    else if (t->form == STATISTICS)
        take_statistics(t, record);
    else
        take_influx(t, record);
    return ohm_ok();
}
