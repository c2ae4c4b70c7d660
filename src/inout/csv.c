#include "inout/csv.h"

/* Where the next byte stands. */
enum {
    FIELD_START,
    PLAIN,
    QUOTED,
    QUOTE_IN_QUOTED, /* the end of the quotes, or the first half of a quote */
    PASSED_OVER,     /* in a record that is refused */
};

static const char separators[] = ";\t,"; /* of equally many, the first */

void ohm_csv_init(ohm_csv *csv, char separator)
{
    csv->separator = separator;
    csv->line = 1;
    csv->len = 0;
    csv->state = FIELD_START;
    csv->after_cr = csv->began = csv->finished = false;
    csv->fault = OHM_OK;
    csv->record.count = 0;
    csv->record.line = 1;
}

void ohm_csv_finish(ohm_csv *csv)
{
    csv->finished = true;
}

/* --- a record's bytes ------------------------------------------------------------------------ */

static bool separates(const ohm_csv *csv, uint8_t c)
{
    return csv->separator ? c == (uint8_t)csv->separator : c && strchr(separators, c) != NULL;
}

static void append(ohm_csv *csv, uint8_t c)
{
    if (c == 0)
        csv->fault = OHM_BAD_FORMAT;
    else if (csv->len == sizeof csv->bytes)
        csv->fault = OHM_TOO_BIG;
    else
        csv->bytes[csv->len++] = c;
    if (csv->fault != OHM_OK)
        csv->state = PASSED_OVER;
}

/* True: the byte ends the record. */
static bool take(ohm_csv *csv, uint8_t c)
{
    bool second_half = csv->after_cr && c == '\n';
    csv->after_cr = c == '\r';
    csv->line += (c == '\n' && !second_half) || c == '\r';
    if (second_half && csv->state != QUOTED)
        return false; /* the CR ended it already */
    if (csv->state == QUOTED) {
        if (c == '"')
            csv->state = QUOTE_IN_QUOTED;
        append(csv, c);
        return false;
    }
    if (c == '\n' || c == '\r')
        return true;
    if (csv->state == PASSED_OVER)
        return false;
    if (c == '"' && csv->state != PLAIN)
        csv->state = QUOTED; /* of a new field, or the doubled quote of this one */
    else
        csv->state = separates(csv, c) ? FIELD_START : PLAIN;
    append(csv, c);
    return false;
}

/* --- a record's fields ----------------------------------------------------------------------- */

/* The separator that the first record shows the most of, outside of quotes. */
static char find_separator(const ohm_csv *csv)
{
    size_t most = 0;
    char found = ',';
    for (const char *s = separators; *s; s++) {
        size_t n = 0;
        bool quoted = false;
        for (size_t i = 0; i < csv->len; i++) {
            quoted = quoted != (csv->bytes[i] == '"');
            n += !quoted && csv->bytes[i] == (uint8_t)*s;
        }
        if (n > most) {
            most = n;
            found = *s;
        }
    }
    return found;
}

/* One field from *at on, its quotes taken off in place. */
static ohm_span split_field(ohm_csv *csv, size_t *at)
{
    size_t from = *at, to = *at, i = *at;
    bool quoted = i < csv->len && csv->bytes[i] == '"';
    for (i += quoted; i < csv->len; i++) {
        uint8_t c = csv->bytes[i];
        if (!quoted && c == (uint8_t)csv->separator)
            break;
        if (quoted && c == '"') {
            bool doubled = i + 1 < csv->len && csv->bytes[i + 1] == '"';
            i += doubled;
            quoted = doubled;
            if (!doubled)
                continue;
        }
        csv->bytes[to++] = c;
    }
    *at = i;
    return ohm_span_of(csv->bytes + from, to - from);
}

static void split(ohm_csv *csv)
{
    ohm_csv_record *r = &csv->record;
    if (!csv->separator)
        csv->separator = find_separator(csv);
    for (size_t at = 0;; at++) {
        if (r->count == OHM_CSV_FIELDS_MAX) {
            csv->fault = OHM_TOO_BIG;
            r->count = 0;
            return;
        }
        r->fields[r->count++] = split_field(csv, &at);
        if (at >= csv->len)
            return;
    }
}

/* What stands before the first record: a mark of UTF-8, "sep=;". True: the record was that. */
static bool is_preamble(ohm_csv *csv)
{
    static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
    if (csv->began)
        return false;
    if (csv->len >= sizeof mark && !memcmp(csv->bytes, mark, sizeof mark)) {
        csv->len -= sizeof mark;
        memmove(csv->bytes, csv->bytes + sizeof mark, csv->len);
    }
    if (csv->len != 5 || memcmp(csv->bytes, "sep=", 4) != 0)
        return false;
    csv->separator = (char)csv->bytes[4];
    return true;
}

/* The record is whole: is there something to give out? */
static bool complete(ohm_csv *csv)
{
    bool given = false;
    csv->record.count = 0;
    if (csv->fault == OHM_OK && !is_preamble(csv) && csv->len > 0) {
        split(csv);
        csv->began = true;
        given = true;
    }
    csv->len = 0;
    csv->state = FIELD_START;
    return given || csv->fault != OHM_OK;
}

static ohm_code give(ohm_csv *csv, const ohm_csv_record **record)
{
    ohm_code code = csv->fault;
    csv->fault = OHM_OK;
    *record = &csv->record;
    return code;
}

ohm_code ohm_csv_next(ohm_csv *csv, ohm_span *in, const ohm_csv_record **record)
{
    while (in->len > 0) {
        if (csv->len == 0 && csv->state == FIELD_START)
            csv->record.line = csv->line;
        uint8_t c = in->ptr[0];
        *in = ohm_span_part(*in, 1, in->len - 1);
        if (take(csv, c) && complete(csv))
            return give(csv, record);
    }
    if (!csv->finished)
        return OHM_MORE;
    if ((csv->len > 0 || csv->fault != OHM_OK) && complete(csv))
        return give(csv, record);
    return OHM_END;
}
