/* InfluxDB's line protocol, versions 1 and 2 (docs.influxdata.com, "Line protocol"):
 *
 *     measurement[,tag=value…] field=value[,field=value…] [timestamp]
 *
 * with its escapes, one point a line; '#' begins a comment, and the lines that "influx_inspect
 * export" adds (CREATE DATABASE…) are passed over. Bytes come in any split. Strings stay inside
 * quotes, with ends of line if they like. Call order as of inout/csv.h. */
#ifndef OHM_INOUT_LINE_PROTOCOL_H
#define OHM_INOUT_LINE_PROTOCOL_H

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"

enum {
    OHM_LP_BYTES_MAX = 64 << 10,
    OHM_LP_TAGS_MAX = 64,
    OHM_LP_FIELDS_MAX = 256,
};

typedef enum ohm_lp_type {
    OHM_LP_FLOAT, /* text of the number, as it was written */
    OHM_LP_INTEGER,
    OHM_LP_UNSIGNED,
    OHM_LP_BOOL, /* text "0" or "1" */
    OHM_LP_STRING,
} ohm_lp_type;

typedef struct ohm_lp_point {
    uint64_t line;
    ohm_span measurement;
    uint16_t tags_count, fields_count;
    struct {
        ohm_span key, value;
    } tags[OHM_LP_TAGS_MAX];
    struct {
        ohm_span key, value; /* without quotes, escapes and the letter behind a number */
        uint8_t type;
    } fields[OHM_LP_FIELDS_MAX];
    bool has_time;
    int64_t time; /* in whatever precision the file has */
} ohm_lp_point;

typedef struct ohm_line_protocol {
    uint64_t line; /* of the next byte */
    size_t len;
    uint8_t state; /* private to line_protocol.c */
    bool too_long, finished;
    ohm_lp_point point;
    uint8_t bytes[OHM_LP_BYTES_MAX];
} ohm_line_protocol;

void ohm_line_protocol_init(ohm_line_protocol *p);

/* OHM_OK: a point. OHM_MORE, OHM_END: as of csv.h. OHM_BAD_FORMAT, OHM_TOO_BIG: a line that is
 * none; (*point)->line says which, *what why. */
OHM_MUST_CHECK ohm_code ohm_line_protocol_next(ohm_line_protocol *p, ohm_span *in,
                                               const ohm_lp_point **point, const char **what);
void ohm_line_protocol_finish(ohm_line_protocol *p);

/* The time of a point in milliseconds; `per_second` is 1, 1000, 10^6 or 10^9. OHM_RANGE: it does
 * not fit. */
OHM_MUST_CHECK ohm_code ohm_lp_time(const ohm_lp_point *point, int64_t per_second, ohm_ms *out);

#endif
