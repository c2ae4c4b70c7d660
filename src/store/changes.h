/* What changed in the past of a device: by an import, a correction, an erasure, in whatever
 * process. One state value of text in the store, a line a device, for those that hold copies
 * (store/mirror.h). Pure.
 *
 *     12 1700000000000 1700003600000 home/ground/main
 *
 * The first number grows by one with each change; the interval is all that changed so far. */
#ifndef OHM_STORE_CHANGES_H
#define OHM_STORE_CHANGES_H

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"

#define OHM_CHANGES_KEY "history/changes"

enum { OHM_CHANGE_LINE_MAX = 224 }; /* with a device's key of at most 127 bytes */

typedef struct ohm_change {
    int64_t number;
    ohm_span device_key; /* borrowed from the text */
    ohm_interval range;
} ohm_change;

/* The next line of the text; one that does not read is left out. False at the end. */
bool ohm_changes_next(ohm_span *text, ohm_change *out);

/* The text with one more change into `out`, which has room for had.len + OHM_CHANGE_LINE_MAX.
 * Returns its length. */
size_t ohm_changes_add(ohm_span had, ohm_span device_key, ohm_interval range, char *out);

#endif
