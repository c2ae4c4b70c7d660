#include "cmd/columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "host/file.h"
#include "inout/amount.h"
#include "inout/csv.h"
#include "inout/name.h"
#include "inout/when.h"

static const char *const time_names[] = { "utc",  "time",  "timestamp", "datetime",
                                          "date", "ds",    "horodate",  "start",
                                          "from", "_time", "time_utc",  "date_heure",
                                          "heure" };

/* Nothing that people draw rises so often and never falls. */
enum { REGISTER_RISES_MIN = 24 };

/* No quantity is larger: exporters write the largest double for what has no value. */
static const double number_max = 1e15;

static const ohm_span nothing = { (const uint8_t *)"", 0 };

typedef struct reading {
    const char *path, *time;
    const ohm_tz *tz;
    ohm_columns *out;
    int time_at;                     /* -1: the head was not read yet */
    bool disordered;                 /* a time came that is not after the one before */
    uint16_t place[OHM_COLUMNS_MAX]; /* of each column in a record */
    size_t room;
    ohm_when_memory memory;
    ohm_csv csv;
} reading;

static int refuse(const reading *r, const ohm_csv_record *row, const char *why, ohm_span text)
{
    char where[80];
    int shown = text.len > 40 ? 40 : (int)text.len;
    (void)snprintf(where, sizeof where, "line %llu%s%.*s", (unsigned long long)row->line,
                   text.len > 0 ? ": " : "", shown, (const char *)text.ptr);
    return ohm_cmd_fail(r->path, why, where);
}

static int find_head(const ohm_csv_record *head, const char *name)
{
    char folded[OHM_NAME_MAX], wanted[OHM_NAME_MAX];
    (void)ohm_name_fold(ohm_span_text(name), wanted, sizeof wanted);
    for (int i = 0; i < head->count; i++) {
        (void)ohm_name_fold(head->fields[i], folded, sizeof folded);
        if (strcmp(folded, wanted) == 0)
            return i;
    }
    return -1;
}

/* The one whose name says most: utc before a date. */
int ohm_columns_find_time(const ohm_csv_record *head)
{
    int at = -1;
    for (size_t i = 0; at < 0 && i < sizeof time_names / sizeof *time_names; i++)
        at = find_head(head, time_names[i]);
    return at;
}

static int take_head(reading *r, const ohm_csv_record *head)
{
    r->time_at = r->time ? find_head(head, r->time) : ohm_columns_find_time(head);
    if (r->time_at < 0)
        return refuse(r, head,
                      r->time ? "there is no such column of times"
                              : "no column of times: name one utc, or say which (--time)",
                      r->time ? ohm_span_text(r->time) : nothing);
    for (int i = 0; i < head->count; i++) {
        if (i == r->time_at)
            continue;
        if (r->out->count == OHM_COLUMNS_MAX)
            return refuse(r, head, "more columns than can be taken", head->fields[i]);
        ohm_span name = ohm_trim(head->fields[i]);
        ohm_column *column = &r->out->of[r->out->count];
        column->name = malloc(name.len + 1);
        if (!column->name)
            return ohm_cmd_fail(r->path, "out of memory", NULL);
        if (name.len > 0)
            memcpy(column->name, name.ptr, name.len);
        column->name[name.len] = '\0';
        r->place[r->out->count++] = (uint16_t)i;
    }
    return OHM_EXIT_OK;
}

static bool grow(reading *r)
{
    if (r->out->rows < r->room)
        return true;
    size_t room = r->room == 0 ? 4096 : 2 * r->room;
    if (room > OHM_COLUMNS_ROWS_MAX / (1u + r->out->count))
        return false;
    ohm_ms *times = realloc(r->out->time_ms, room * sizeof *times);
    if (!times)
        return false;
    r->out->time_ms = times;
    for (int c = 0; c < r->out->count; c++) {
        double *values = realloc(r->out->of[c].values, room * sizeof *values);
        if (!values)
            return false;
        r->out->of[c].values = values;
    }
    r->room = room;
    return true;
}

static bool says_nothing(ohm_span text)
{
    static const char *const words[] = { "nan", "na", "n/a", "null", "none", "-" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text.len == strlen(words[i]) &&
            strncasecmp((const char *)text.ptr, words[i], text.len) == 0)
            return true;
    return false;
}

static double no_number(ohm_column *column, uint64_t line)
{
    column->text_line = column->texts++ ? column->text_line : line;
    return NAN;
}

static double cell(ohm_column *column, ohm_span text, uint64_t line)
{
    int64_t mantissa;
    int exponent;
    ohm_code code = ohm_amount_parse(text, 0, &mantissa, &exponent);
    if (code == OHM_END)
        return NAN;
    if (code != OHM_OK)
        return says_nothing(text) ? NAN : no_number(column, line);
    double value = (double)mantissa, scale = 1;
    for (int i = exponent < 0 ? -exponent : exponent; i > 0 && scale < 1e300; i--)
        scale *= 10;
    value = exponent < 0 ? value / scale : value * scale;
    if (!(fabs(value) <= number_max))
        return no_number(column, line);
    column->numbers++;
    return value;
}

static int take_row(reading *r, const ohm_csv_record *row)
{
    ohm_columns *out = r->out;
    if (r->time_at < 0)
        return take_head(r, row);
    ohm_span text = r->time_at < row->count ? row->fields[r->time_at] : nothing;
    ohm_ms time_ms;
    ohm_err err = ohm_when_parse(text, OHM_WHEN_AUTO, r->tz, &r->memory, &time_ms);
    if (ohm_failed(err))
        return refuse(r, row, err.code == OHM_RANGE ? err.what : "this is no time", text);
    if (out->rows > 0 && time_ms <= out->time_ms[out->rows - 1])
        r->disordered = true;
    if (!grow(r))
        return refuse(r, row, "more rows than can be taken", nothing);
    out->time_ms[out->rows] = time_ms;
    for (int c = 0; c < out->count; c++) {
        bool there = r->place[c] < row->count;
        out->of[c].values[out->rows] =
            there ? cell(&out->of[c], row->fields[r->place[c]], row->line) : NAN;
    }
    out->rows++;
    return OHM_EXIT_OK;
}

/* The ends of the longest ascents known, of rows looked at from the last to the first. */
typedef struct ascent {
    uint32_t *end;  /* [n]: the row that an ascent of n + 1 rows begins with, the latest there is */
    uint32_t *next; /* of each row, the one that its ascent goes on with */
    size_t len;
} ascent;

static void look_at(ascent *a, const ohm_ms *time_ms, uint32_t row)
{
    size_t low = 0, high = a->len;
    while (low < high) { /* the first ascent that does not begin later than this row */
        size_t middle = (low + high) / 2;
        if (time_ms[a->end[middle]] > time_ms[row])
            low = middle + 1;
        else
            high = middle;
    }
    a->next[row] = low > 0 ? a->end[low - 1] : row;
    a->end[low] = row;
    a->len += low == a->len;
}

static void keep(ohm_columns *out, size_t to, size_t row)
{
    out->time_ms[to] = out->time_ms[row];
    for (int c = 0; c < out->count; c++)
        out->of[c].values[to] = out->of[c].values[row];
}

static void leave_out(ohm_columns *out, size_t row)
{
    for (int c = 0; c < out->count; c++)
        out->of[c].numbers -= isnan(out->of[c].values[row]) ? 0 : 1;
    out->repeated++;
}

/* As many rows as can stay in order of time do; of two that say the same the first. One date that
 * is wrong then costs one row, and not all that come after it. */
static int put_in_order(reading *r)
{
    ohm_columns *out = r->out;
    size_t rows = out->rows;
    ascent a = { malloc(rows * sizeof *a.end), malloc(rows * sizeof *a.next), 0 };
    if (!a.end || !a.next) {
        free(a.end);
        free(a.next);
        return ohm_cmd_fail(r->path, "out of memory", NULL);
    }
    for (size_t row = rows; row-- > 0;)
        look_at(&a, out->time_ms, (uint32_t)row);
    size_t wanted = a.end[a.len - 1];
    out->rows = 0;
    for (size_t row = 0; row < rows; row++) {
        if (row != wanted || out->rows == a.len) {
            leave_out(out, row);
            continue;
        }
        keep(out, out->rows++, row);
        wanted = a.next[row];
    }
    free(a.end);
    free(a.next);
    return OHM_EXIT_OK;
}

static int take_bytes(reading *r, ohm_span bytes)
{
    const ohm_csv_record *record;
    for (;;) {
        ohm_code code = ohm_csv_next(&r->csv, &bytes, &record);
        if (code == OHM_MORE || code == OHM_END)
            return OHM_EXIT_OK;
        int status =
            code == OHM_OK ? take_row(r, record) : refuse(r, record, ohm_code_text(code), nothing);
        if (status != OHM_EXIT_OK)
            return status;
    }
}

static int read_all(reading *r, ohm_span bytes)
{
    ohm_csv_init(&r->csv, 0);
    int status = take_bytes(r, bytes);
    ohm_csv_finish(&r->csv);
    if (status == OHM_EXIT_OK)
        status = take_bytes(r, nothing);
    if (status == OHM_EXIT_OK && r->time_at < 0)
        status = ohm_cmd_fail(r->path, "is empty", NULL);
    return status == OHM_EXIT_OK && r->disordered ? put_in_order(r) : status;
}

int ohm_columns_read(const char *path, const char *time, const ohm_tz *tz, ohm_columns *out)
{
    bool from_stdin = strcmp(path, "-") == 0;
    uint8_t *bytes = NULL;
    size_t len = 0;
    *out = (ohm_columns){ .rows = 0 };
    ohm_err err = from_stdin ? ohm_file_read_fd(STDIN_FILENO, OHM_COLUMNS_BYTES_MAX, &bytes, &len)
                             : ohm_file_read(path, OHM_COLUMNS_BYTES_MAX, &bytes, &len);
    if (ohm_failed(err))
        return ohm_cmd_fail(from_stdin ? "standard input" : path, err.what, NULL);
    reading *r = calloc(1, sizeof *r);
    int status = OHM_EXIT_FAILED;
    if (r) {
        *r = (reading){ .path = from_stdin ? "standard input" : path,
                        .time = time,
                        .tz = tz,
                        .out = out,
                        .time_at = -1 };
        status = read_all(r, ohm_span_of(bytes, len));
    } else {
        status = ohm_cmd_fail(path, "out of memory", NULL);
    }
    free(r);
    free(bytes);
    if (status != OHM_EXIT_OK)
        ohm_columns_release(out);
    return status;
}

void ohm_columns_release(ohm_columns *columns)
{
    for (int c = 0; c < columns->count; c++) {
        free(columns->of[c].name);
        free(columns->of[c].values);
    }
    free(columns->time_ms);
    *columns = (ohm_columns){ .rows = 0 };
}

static const char *told_path(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

void ohm_columns_tell_left_out(const char *path, const ohm_columns *columns)
{
    if (columns->repeated > 0)
        (void)fprintf(stderr, "ohmstead: %s: %llu rows are out of order or come again: left out\n",
                      told_path(path), (unsigned long long)columns->repeated);
}

const ohm_column *ohm_columns_find(const ohm_columns *columns, const char *name)
{
    char wanted[OHM_NAME_MAX], folded[OHM_NAME_MAX];
    (void)ohm_name_fold(ohm_span_text(name), wanted, sizeof wanted);
    for (int c = 0; c < columns->count; c++) {
        (void)ohm_name_fold(ohm_span_text(columns->of[c].name), folded, sizeof folded);
        if (strcmp(wanted, folded) == 0)
            return &columns->of[c];
    }
    return NULL;
}

const ohm_column *ohm_columns_take(const ohm_columns *columns, const char *path, const char *name)
{
    const ohm_column *of = ohm_columns_find(columns, name);
    if (!of)
        (void)ohm_cmd_fail(told_path(path), "has no such column", name);
    else if (of->texts > 0)
        (void)fprintf(stderr,
                      "ohmstead: %s: %llu of %s are no numbers (the first in line %llu): taken as "
                      "not measured\n",
                      told_path(path), (unsigned long long)of->texts, name,
                      (unsigned long long)of->text_line);
    return of;
}

/* The store's names of registers, as export writes them. */
static bool is_named_register(const char *folded)
{
    static const char *const parts[] = { "energy_import", "energy_export", "index" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(folded, parts[i]))
            return true;
    return false;
}

const char *ohm_columns_is_register(const ohm_columns *columns, const ohm_column *column)
{
    char folded[OHM_NAME_MAX];
    double before = NAN;
    size_t rises = 0;
    bool falls = false;
    (void)ohm_name_fold(ohm_span_text(column->name), folded, sizeof folded);
    for (size_t i = 0; i < columns->rows && !falls; i++) {
        double value = column->values[i];
        if (isnan(value))
            continue;
        falls = value < before;
        rises += value > before;
        before = value;
    }
    size_t enough = is_named_register(folded) ? 1 : REGISTER_RISES_MIN;
    return falls || rises < enough
               ? NULL
               : "this column only counts up: a register, not what was drawn in each row (take the "
                 "differences, in a column named as load_kWh)";
}

/* What a name may end with, and what its values are worth. */
static const struct {
    const char *end;
    double scale;
} units[] = {
    { "_kvar", 1e3 }, { "_var", 1 },   { "_kva", 1e3 }, { "_va", 1 },
    { "_kv", 1e3 },   { "_mv", 1e-3 }, { "_v", 1 },     { "_ka", 1e3 },
    { "_ma", 1e-3 },  { "_a", 1 },     { "_mw", 1e6 },  { "_kw", 1e3 },
    { "_w", 1 },      { "_hz", 1 },    { "_pct", 1 },   { "_deg", 1 },
};

double ohm_columns_cut_unit(char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t end = strlen(units[i].end);
        if (len > end && strcmp(name + len - end, units[i].end) == 0) {
            name[len - end] = '\0';
            return units[i].scale;
        }
    }
    return 1;
}
