/* Any file, as CSV, as an export of Enedis and as a table, in two splits: the same out of it. */
#include <stdlib.h>

#include "../inout_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_tz tz;
    ohm_tz_utc(&tz);
    ohm_span file = { data, size };
    if (digest_csv(file, 4096, &tz) != digest_csv(file, 1, &tz))
        abort();
    return 0;
}
