/* Any bytes as what is asked of the car by MQTT: refused, or what may be asked now. */
#include <stdlib.h>

#include "cmd/car_order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ohm_ms now_ms = INT64_C(1764028800000);
    ohm_tz tz;
    ohm_day_wish wish;
    ohm_tz_utc(&tz);
    if (ohm_failed(ohm_car_order_read(ohm_span_of(data, size), &tz, now_ms, &wish)) || !wish.there)
        return 0;
    if (!ohm_day_wish_ok(&wish, now_ms))
        abort();
    return 0;
}
