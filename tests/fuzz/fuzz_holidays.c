/* Any text as a list of holidays: within bounds, and what is kept is in order, each day once. */
#include <stdlib.h>

#include "analysis/holidays.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_closed_days days;
    ohm_err err = ohm_holidays_parse(ohm_span_of(data, size), &days);
    if (days.count > OHM_HOLIDAYS_MAX || (!ohm_failed(err) && days.count == 0))
        abort();
    for (int i = 0; i < days.count; i++)
        if ((i > 0 && days.days[i] <= days.days[i - 1]) || !ohm_holidays_has(&days, days.days[i]))
            abort();
    return 0;
}
