/* Any bytes: an instant that writes and reads back, or a refusal. */
#include <stdlib.h>

#include "base/civil.h"
#include "base/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_ms ms, back;
    char text[OHM_RFC3339_MAX];
    int64_t mantissa;
    int exponent;
    if (ohm_number_decimal(ohm_span_of(data, size), &mantissa, &exponent) == OHM_OK &&
        (exponent < -400 || exponent > 400))
        abort();
    if (ohm_failed(ohm_rfc3339_parse(ohm_span_of(data, size), &ms)))
        return 0;
    size_t len = ohm_rfc3339_write(ms, text);
    if (ohm_failed(ohm_rfc3339_parse(ohm_span_of(text, len), &back)) || back != ms)
        abort();
    return 0;
}
