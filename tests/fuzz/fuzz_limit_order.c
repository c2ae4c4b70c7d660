/* Any bytes as an order for a limit of power: refused, or one that the engine takes. */
#include <stdlib.h>

#include "cmd/limit_order.h"
#include "control/limit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_limit_order order;
    if (ohm_failed(ohm_limit_order_read(ohm_span_of(data, size), &order)) || !order.limits)
        return 0;
    if (order.va < 0 || order.va > OHM_LIMIT_VA_MAX || order.duration_ms < OHM_SECOND_MS ||
        order.duration_ms > 7 * 24 * (int64_t)OHM_HOUR_MS)
        abort();
    return 0;
}
