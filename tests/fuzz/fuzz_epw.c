/* Lines of a weather file: an hour, or what is wrong with which line. */
#include <math.h>
#include <stdlib.h>

#include "building/epw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_epw epw;
    ohm_epw_init(&epw);
    ohm_span rest = { data, size };
    while (rest.len) {
        const uint8_t *end = memchr(rest.ptr, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
        ohm_epw_hour hour = { .outdoor_c = NAN };
        ohm_err err = ohm_epw_line(&epw, ohm_span_part(rest, 0, len), &hour);
        if ((err.code == OHM_OK) != isfinite(hour.outdoor_c) || !err.what)
            abort();
        rest = end ? ohm_span_part(rest, len + 1, rest.len - len - 1) : ohm_span_of(NULL, 0);
    }
    return 0;
}
