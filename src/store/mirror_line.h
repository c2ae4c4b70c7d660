/* Readings as lines of InfluxDB's line protocol, and back from what VictoriaMetrics exports.
 * Pure.
 *
 *     ohmstead,device=main,site=home,zone=ground power_import=1234.5 1700000000000
 *
 * The measurement is "ohmstead", the tags are the parts of the device's key, the field is the
 * quantity in its base unit (a float, always: InfluxDB fixes a field's type with its first value),
 * the time is in milliseconds (precision=ms). VictoriaMetrics makes of it the series
 * ohmstead_power_import{device="main",site="home",zone="ground"}; behind its flag
 * -influxSkipSingleField the quantity has to be in the measurement instead.
 *
 * Sources: docs.influxdata.com, "Line protocol reference" 1.8 (escapes: comma, space and equals
 * sign in tags); docs.victoriametrics.com, "InfluxDB line protocol". */
#ifndef OHM_STORE_MIRROR_LINE_H
#define OHM_STORE_MIRROR_LINE_H

#include "base/err.h"
#include "base/quantity.h"
#include "base/span.h"
#include "base/time.h"

enum {
    OHM_MIRROR_PREFIX_MAX = 512, /* what the lines of a series begin with */
    OHM_MIRROR_LINE_MAX = OHM_MIRROR_PREFIX_MAX + 64,
};

typedef struct ohm_mirror_series {
    char prefix[OHM_MIRROR_PREFIX_MAX];
    size_t prefix_len;
    ohm_quantity_id quantity;
} ohm_mirror_series;

/* `key` is "site/zone/device". `revision` 0: the series has none; else the tag rev="N" tells it
 * from what was sent before a correction. OHM_TOO_BIG: the key. */
OHM_MUST_CHECK ohm_code ohm_mirror_series_init(ohm_mirror_series *series, const char *key,
                                               ohm_quantity_id quantity, unsigned revision,
                                               bool single_field);

/* One line with its end. Returns its length. */
size_t ohm_mirror_line(const ohm_mirror_series *series, ohm_ms time_ms, int64_t value,
                       char out[static OHM_MIRROR_LINE_MAX]);

/* A selector of the series in MetricsQL, any revision of it unless one is said (0: the first):
 * {__name__="ohmstead_power_import",device="main",site="home",zone="ground"}. OHM_TOO_BIG. */
OHM_MUST_CHECK ohm_code ohm_mirror_selector(const char *key, ohm_quantity_id quantity, int revision,
                                            char *out, size_t cap);

/* A float as an engine prints it, as the quantised value: rounded, for the engine may have lost the
 * float's last digit. False: it is not a number, or out of range. */
bool ohm_mirror_quantise(ohm_span text, ohm_quantity_id quantity, int64_t *out);

#endif
