/* A sample: one value at one time as a file of somebody else says it, before it is known what of
 * ours it is. And the sink that readers of files give them to. */
#ifndef OHM_INOUT_SAMPLE_H
#define OHM_INOUT_SAMPLE_H

#include "base/reading.h"
#include "base/span.h"

/* Spans live until the call returns. */
typedef struct ohm_sample {
    ohm_span source;   /* what the file calls it: a column, a statistic, "measurement.field" */
    ohm_span device;   /* of whom, where that is not the source itself; empty: it does not say */
    ohm_span unit;     /* empty: it does not say */
    uint16_t quantity; /* where the form of the file leaves no doubt, else OHM_Q_NONE */
    uint8_t quality;
    bool counter; /* the file says that it only goes up */
    ohm_ms time_ms;
    int64_t mantissa; /* × 10^exponent, in the unit */
    int exponent;
    uint64_t line;
} ohm_sample;

typedef struct ohm_sample_sink {
    void *ctx;
    void (*sample)(void *ctx, const ohm_sample *sample);
    /* Something that gives no sample, and why (static text); `text` is what was there. */
    void (*refused)(void *ctx, uint64_t line, const char *why, ohm_span text);
} ohm_sample_sink;

#endif
