/* A state as bytes, and back: one walk over its parts serves both directions, so that they can't
 * drift apart. Big-endian; a number that is none has one form. Reading takes hostile bytes:
 * what is out of its range fails, a failure sticks, and going on after it is harmless. Private to
 * the room: forecast_keep.c, detect_keep.c, watch.c. */
#ifndef OHM_ANALYSIS_KEEP_H
#define OHM_ANALYSIS_KEEP_H

#include "base/err.h"
#include "base/span.h"

#include <stdbool.h>

struct ohm_forecast;
struct ohm_detect;

/* Days that a state can hold: about ±10 000 years. */
enum { OHM_KEEP_DAYS = 4000000, OHM_KEEP_COUNT_MAX = 1 << 30 };

typedef struct ohm_keep {
    uint8_t *out; /* writing; what doesn't fit is counted only */
    size_t cap;
    ohm_span in; /* reading */
    bool reads;
    size_t pos;
    ohm_err err;
} ohm_keep;

void ohm_keep_write(ohm_keep *k, uint8_t *out, size_t cap);
void ohm_keep_read(ohm_keep *k, ohm_span in);
void ohm_keep_fail(ohm_keep *k, ohm_code code, const char *what);

void ohm_keep_bytes(ohm_keep *k, uint8_t *bytes, size_t count);
void ohm_keep_flag(ohm_keep *k, bool *value);
void ohm_keep_int(ohm_keep *k, int *value, int least, int most);
void ohm_keep_long(ohm_keep *k, int64_t *value, int64_t least, int64_t most);
void ohm_keep_day(ohm_keep *k, int64_t *day);
void ohm_keep_time(ohm_keep *k, int64_t *time_ms); /* or OHM_NO_MS */
bool ohm_keep_is_time(int64_t time_ms);            /* one that it keeps; OHM_NO_MS is none */
void ohm_keep_doubles(ohm_keep *k, double *of, size_t count);
void ohm_keep_floats(ohm_keep *k, float *of, size_t count);

/* A byte that is the version, and numbers that must be what they are here (options). */
void ohm_keep_same(ohm_keep *k, int value);
/* Nothing may be left over, or not have fitted. */
ohm_err ohm_keep_end(ohm_keep *k);

/* The whole of a state, created with its options, as a part of a walk. */
void ohm_forecast_keep(ohm_keep *k, struct ohm_forecast *f);
void ohm_detect_keep(ohm_keep *k, struct ohm_detect *d);

#endif
