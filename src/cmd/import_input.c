#include "cmd/import_input.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/import_base.h"
#include "host/syserr.h"
#include "inout/amount.h"
#include "inout/enedis.h"
#include "inout/line_protocol.h"

enum { CHUNK = 64 << 10, LOOK = 4096 };

typedef enum reader { CSV_TABLE, CSV_ENEDIS, CSV_UNDECIDED, LINES } reader;

typedef struct input {
    const ohm_input_options *options;
    const ohm_sample_sink *sink;
    reader reader;
    uint64_t bytes;
    ohm_csv csv;
    ohm_table table;
    ohm_enedis enedis;
    ohm_line_protocol lines;
    char source[OHM_TABLE_SOURCE_MAX], device[OHM_TABLE_SOURCE_MAX];
} input;

/* --- what it is ------------------------------------------------------------------------------ */

static bool begins(ohm_span head, const char *bytes, size_t len)
{
    return head.len >= len && !memcmp(head.ptr, bytes, len);
}

/* Archives and workbooks: their first bytes (PKWARE's APPNOTE 4.3.7, RFC 1952, [MS-CFB] 2.2). */
static ohm_err look_at(ohm_span head)
{
    if (begins(head, "PK\x03\x04", 4))
        return ohm_fail(OHM_UNSUPPORTED, 0, "a zip archive, or a workbook (.xlsx, .ods)");
    if (begins(head, "\x1f\x8b", 2))
        return ohm_fail(OHM_UNSUPPORTED, 0, "compressed by gzip");
    if (begins(head, "\xd0\xcf\x11\xe0", 4))
        return ohm_fail(OHM_UNSUPPORTED, 0, "a workbook (.xls)");
    if (begins(head, "\xff\xfe", 2) || begins(head, "\xfe\xff", 2))
        return ohm_fail(OHM_UNSUPPORTED, 0, "text in UTF-16");
    return head.len ? ohm_ok() : ohm_fail(OHM_END, 0, "is empty");
}

const char *ohm_input_cure(ohm_err err)
{
    if (err.code != OHM_UNSUPPORTED)
        return NULL;
    if (strstr(err.what, "SQLite"))
        return "name the file instead of piping it in";
    if (strstr(err.what, "ohmstead"))
        return NULL;
    return strstr(err.what, "UTF-16") ? "save it as UTF-8"
           : strstr(err.what, "gzip") ? "gunzip it first, or pipe it in: gunzip -c FILE | … -"
           : strstr(err.what, "zip")  ? "unzip it first; a workbook: save its sheet as CSV"
                                      : "save its sheet as CSV";
}

/* Line protocol: the first line that is no comment is a point. */
static bool looks_like_points(ohm_span head)
{
    ohm_line_protocol *p = malloc(sizeof *p);
    const ohm_lp_point *point;
    const char *what;
    if (!p)
        return false;
    ohm_line_protocol_init(p);
    bool yes = ohm_line_protocol_next(p, &head, &point, &what) == OHM_OK;
    free(p);
    return yes;
}

static reader choose(const ohm_input_options *o, ohm_span head)
{
    if (o->format == OHM_INPUT_ENEDIS)
        return CSV_ENEDIS;
    if (o->format == OHM_INPUT_CSV || o->format == OHM_INPUT_PROTOTYPE ||
        o->format == OHM_INPUT_HOME_ASSISTANT)
        return CSV_TABLE;
    if (looks_like_points(head))
        return LINES;
    return o->format == OHM_INPUT_INFLUX
               ? (begins(head, "#", 1) || begins(head, ",", 1) ? CSV_TABLE : LINES)
               : CSV_UNDECIDED;
}

/* --- records --------------------------------------------------------------------------------- */

static ohm_err take_record(input *in, const ohm_csv_record *record)
{
    if (in->reader == CSV_UNDECIDED)
        in->reader = ohm_enedis_is(record) ? CSV_ENEDIS : CSV_TABLE;
    if (in->reader == CSV_TABLE)
        return ohm_table_take(&in->table, record);
    ohm_enedis_take(&in->enedis, record);
    return ohm_ok();
}

static ohm_err feed_csv(input *in, ohm_span bytes)
{
    const ohm_csv_record *record;
    for (;;) {
        ohm_code code = ohm_csv_next(&in->csv, &bytes, &record);
        if (code == OHM_MORE || code == OHM_END)
            return ohm_ok();
        if (code != OHM_OK)
            in->sink->refused(in->sink->ctx, record->line,
                              code == OHM_TOO_BIG ? "a record too long, or with too many fields"
                                                  : "not text",
                              ohm_span_of(NULL, 0));
        else
            OHM_TRY(take_record(in, record));
    }
}

/* --- points ---------------------------------------------------------------------------------- */

static ohm_span tag(const ohm_lp_point *p, const char *key)
{
    for (int i = 0; i < p->tags_count; i++)
        if (ohm_span_is(p->tags[i].key, key))
            return p->tags[i].value;
    return ohm_span_of(NULL, 0);
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

static uint8_t quality_tag(ohm_span text)
{
    if (ohm_span_is(text, "estimated"))
        return OHM_QUALITY_ESTIMATED;
    if (ohm_span_is(text, "suspect"))
        return OHM_QUALITY_SUSPECT;
    return ohm_span_is(text, "unauthenticated") ? OHM_QUALITY_UNAUTHENTICATED : OHM_QUALITY_GOOD;
}

/* Of whom a point is: our own three tags, else the values of all tags. */
static size_t device_of(input *in, const ohm_lp_point *p)
{
    size_t len = 0;
    ohm_span site = tag(p, "site"), zone = tag(p, "zone"), device = tag(p, "device");
    if (site.len && zone.len && device.len) {
        append(in->device, &len, site, '/');
        append(in->device, &len, zone, '/');
        append(in->device, &len, device, '/');
        return len;
    }
    for (int i = 0; i < p->tags_count; i++)
        append(in->device, &len, p->tags[i].value, '_');
    return len;
}

/* Home Assistant writes the unit as the measurement, and whose it is as a tag. */
static void take_point(input *in, const ohm_lp_point *p, ohm_ms time_ms)
{
    ohm_span entity = tag(p, "entity_id");
    ohm_sample s = { .time_ms = time_ms,
                     .line = p->line,
                     .quality = quality_tag(tag(p, "quality")) };
    size_t device = device_of(in, p);
    for (int i = 0; i < p->fields_count; i++) {
        size_t source = 0;
        ohm_span key = p->fields[i].key;
        if (p->fields[i].type == OHM_LP_STRING || (entity.len && !ohm_span_is(key, "value")) ||
            ohm_amount_parse(p->fields[i].value, '.', &s.mantissa, &s.exponent) != OHM_OK)
            continue;
        append(in->source, &source, p->measurement, '.');
        if (!ohm_span_is(key, "value"))
            append(in->source, &source, key, '.');
        s.source = entity.len ? entity : ohm_span_of(in->source, source);
        s.device = entity.len ? entity : ohm_span_of(in->device, device);
        s.unit = entity.len ? p->measurement
                            : ohm_span_text(in->options->table.unit ? in->options->table.unit : "");
        in->sink->sample(in->sink->ctx, &s);
    }
}

static void feed_lines(input *in, ohm_span bytes)
{
    const ohm_lp_point *p;
    const char *what;
    for (;;) {
        ohm_code code = ohm_line_protocol_next(&in->lines, &bytes, &p, &what);
        ohm_ms time_ms;
        if (code == OHM_MORE || code == OHM_END)
            return;
        if (code == OHM_OK && !p->has_time)
            what = "the point has no time";
        else if (code == OHM_OK && ohm_lp_time(p, in->options->per_second, &time_ms) != OHM_OK)
            what = "its time is out of range: is the precision right?";
        if (*what)
            in->sink->refused(in->sink->ctx, p->line, what, ohm_span_of(NULL, 0));
        else
            take_point(in, p, time_ms);
    }
}

/* --- bytes ----------------------------------------------------------------------------------- */

static ohm_err feed(input *in, ohm_span bytes)
{
    in->bytes += bytes.len;
    in->options->progress(in->options->progress_ctx, in->bytes);
    if (in->reader != LINES)
        return feed_csv(in, bytes);
    feed_lines(in, bytes);
    return ohm_ok();
}

static ohm_err finish(input *in)
{
    ohm_csv_finish(&in->csv);
    ohm_line_protocol_finish(&in->lines);
    ohm_err err = feed(in, ohm_span_of(NULL, 0));
    ohm_enedis_finish(&in->enedis);
    return err;
}

static ssize_t read_some(int fd, uint8_t *out, size_t cap)
{
    ssize_t n;
    do
        n = read(fd, out, cap);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Fills as much of the first chunk as there is: a pipe gives little at a time. */
static ohm_err read_head(int fd, uint8_t *out, size_t *ret_len)
{
    size_t len = 0;
    while (len < LOOK) {
        ssize_t n = read_some(fd, out + len, CHUNK - len);
        if (n < 0)
            return ohm_err_errno(errno);
        if (n == 0)
            break;
        len += (size_t)n;
    }
    *ret_len = len;
    return ohm_ok();
}

static ohm_err read_base(const input *in)
{
    if (!in->options->path)
        return ohm_fail(OHM_UNSUPPORTED, 0, "a SQLite file, which is no stream");
    return ohm_import_base(in->options->path, in->options->base_table, in->options, in->sink);
}

static ohm_err read_all(input *in, int fd, uint8_t *chunk)
{
    static const char base[] = "SQLite format 3"; /* and a NUL: 16 bytes */
    size_t len = 0;
    OHM_TRY(read_head(fd, chunk, &len));
    if (begins(ohm_span_of(chunk, len), base, sizeof base))
        return read_base(in);
    OHM_TRY(look_at(ohm_span_of(chunk, len)));
    in->reader = choose(in->options, ohm_span_of(chunk, len));
    OHM_TRY(feed(in, ohm_span_of(chunk, len)));
    for (;;) {
        ssize_t n = read_some(fd, chunk, CHUNK);
        if (n < 0)
            return ohm_err_errno(errno);
        if (n == 0)
            return finish(in);
        OHM_TRY(feed(in, ohm_span_of(chunk, (size_t)n)));
    }
}

ohm_err ohm_input_read(int fd, const ohm_input_options *options, const ohm_sample_sink *sink)
{
    input *in = malloc(sizeof *in);
    uint8_t *chunk = malloc(CHUNK);
    ohm_err err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (in && chunk) {
        in->options = options;
        in->sink = sink;
        in->bytes = 0;
        ohm_csv_init(&in->csv, options->separator);
        ohm_table_init(&in->table, &options->table, sink);
        ohm_enedis_init(&in->enedis, options->prm, options->table.tz, sink);
        ohm_line_protocol_init(&in->lines);
        err = read_all(in, fd, chunk);
    }
    free(chunk);
    free(in);
    return err;
}
