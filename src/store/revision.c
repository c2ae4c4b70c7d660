#include "store/revision.h"

#include <stdlib.h>

#include "base/number.h"
#include "store/changes.h"
#include "store/reader.h"

static int64_t of_changes(ohm_span text)
{
    int64_t sum = 0;
    for (ohm_change change; ohm_changes_next(&text, &change);)
        sum += change.number % INT32_MAX; /* as many devices as there are: no overflow */
    return sum;
}

static int64_t of_late(ohm_span text)
{
    int64_t number;
    return ohm_number_int(text, &number) == OHM_OK ? number % INT32_MAX : 0;
}

/* Adds what a state value counts; none counts nothing. */
static ohm_err add(ohm_reader *reader, const char *key, int64_t (*count)(ohm_span text),
                   int64_t *sum)
{
    uint8_t *bytes;
    size_t len;
    ohm_err err = ohm_reader_get(reader, key, &bytes, &len);
    if (err.code == OHM_UNKNOWN)
        return ohm_ok();
    OHM_TRY(err);
    *sum += count(ohm_span_of(bytes, len));
    free(bytes);
    return ohm_ok();
}

ohm_err ohm_reader_revision(ohm_reader *reader, int64_t *ret_revision)
{
    int64_t sum = 0;
    OHM_TRY(add(reader, OHM_CHANGES_KEY, of_changes, &sum));
    OHM_TRY(add(reader, OHM_LATE_KEY, of_late, &sum));
    *ret_revision = sum;
    return ohm_ok();
}
