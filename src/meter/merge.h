/* Several sources of the same measurements as one. Pure.
 *
 * For each quantity the sources stand in an order of preference; the first one whose last value is
 * not too old is the one that is used. What it says comes out as it said it, with its time and
 * quality; what the others say is only compared. Where nobody is fresh nothing comes out: gaps
 * stay gaps.
 *
 * Two sources disagree when they differ by more than the tolerance (and more than meters differ by
 * nature) in several readings in a row; gauges are compared only where both were read within
 * seconds. A counter is never continued by a source that disagrees, or that is behind. */
#ifndef OHM_METER_MERGE_H
#define OHM_METER_MERGE_H

#include "base/reading.h"

enum {
    OHM_MERGE_SOURCES_MAX = 8,
    OHM_MERGE_RULES_MAX = 16,
    OHM_MERGE_NEWS_MAX = 32,
};

typedef struct ohm_merge_source {
    uint16_t device;
    int64_t stale_after_ms;
} ohm_merge_source;

/* An order of its own for one quantity. */
typedef struct ohm_merge_rule {
    uint16_t quantity;
    uint8_t count;
    uint8_t order[OHM_MERGE_SOURCES_MAX]; /* indices of sources; others are not used for it */
} ohm_merge_rule;

typedef struct ohm_merge_config {
    uint16_t device; /* that the merged readings are of */
    uint8_t sources_count, rules_count;
    ohm_merge_source sources[OHM_MERGE_SOURCES_MAX]; /* in the order of preference */
    ohm_merge_rule rules[OHM_MERGE_RULES_MAX];
    int32_t tolerance_permille; /* of the larger value */
} ohm_merge_config;

/* A disagreement that began or ended. */
typedef struct ohm_merge_news {
    uint16_t quantity;
    uint16_t device; /* the other one */
    bool disagree;
    int64_t difference; /* the other minus the one that is used, quantised */
} ohm_merge_news;

typedef struct ohm_merge_slot {
    bool known;
    uint8_t doubts; /* disagreements with the one that is used, in a row */
    bool disagrees;
    int64_t value;
    ohm_ms time_ms;
    ohm_mono_ms heard;
} ohm_merge_slot;

typedef struct ohm_merge {
    ohm_merge_config config;
    ohm_merge_slot slots[OHM_MERGE_SOURCES_MAX][OHM_QUANTITIES_COUNT];
    bool counted[OHM_QUANTITIES_COUNT]; /* counters: `last` came out */
    int64_t last[OHM_QUANTITIES_COUNT];
} ohm_merge;

/* Indices in the configuration must be good. */
void ohm_merge_init(ohm_merge *merge, const ohm_merge_config *config);

/* Takes a frame of any device, heard now. out->count may be 0. Returns the number of news. */
size_t ohm_merge_take(ohm_merge *merge, const ohm_frame *frame, ohm_mono_ms now, ohm_frame *out,
                      ohm_merge_news news[static OHM_MERGE_NEWS_MAX]);

/* The quantities in which any source disagrees now, at most `cap`; returns their number. */
size_t ohm_merge_disagreements(const ohm_merge *merge, uint16_t *out, size_t cap);

#endif
