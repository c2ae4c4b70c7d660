#include "meter/register_watch.h"

#include <assert.h>
#include <string.h>

enum {
    NEAR_RATIO = 100, /* a roll-over covers at most this part of all that a register can show */
    NEW_RATIO = 10,   /* a meter that shows less than this part of the old one is a new one */
    DIGITS_MIN = 5,
    DIGITS_MAX = 17,
};

/* What the coarser of two lists counts in. */
static int64_t step_of(const ohm_quantity *quantity)
{
    int64_t step = 1;
    for (int i = 0; i < quantity->decimals; i++)
        step *= 10;
    size_t len = strlen(quantity->unit);
    bool hours = len > 1 && quantity->unit[len - 1] == 'h'; /* Wh, varh, VAh: whole kilos */
    return hours ? 1000 * step : step;
}

/* Did it pass `limit`, the first number that it can't show? */
static bool passed(int64_t limit, int64_t last, int64_t value)
{
    return last < limit && value < limit && limit - last <= limit / NEAR_RATIO &&
           limit - last + value <= limit / NEAR_RATIO;
}

/* Registers have so many decimal digits, or 31 or 32 bits of a unit, or of ten, or… */
static bool rolled(int64_t last, int64_t value)
{
    int64_t limit = 1, ten = 1;
    for (int digits = 1; digits <= DIGITS_MAX; digits++) {
        limit *= 10;
        if (digits >= DIGITS_MIN && passed(limit, last, value))
            return true;
    }
    for (int i = 0; i < 4; i++, ten *= 10)
        if (passed((INT64_C(1) << 31) * ten, last, value) ||
            passed((INT64_C(1) << 32) * ten, last, value))
            return true;
    return false;
}

ohm_register_verdict ohm_register_judge(const ohm_register_memory *last, ohm_quantity_id quantity,
                                        int64_t value, ohm_ms time_ms, bool other_meter)
{
    const ohm_quantity *row = ohm_quantity_get(quantity);
    assert(row->kind == OHM_COUNTER);
    if (last->time_ms == OHM_NO_MS)
        return OHM_REGISTER_FIRST;
    if (time_ms < last->time_ms)
        return OHM_REGISTER_OLD;
    if (other_meter)
        return OHM_REGISTER_REPLACED;
    if (value >= last->value)
        return OHM_REGISTER_NEXT;
    int64_t step = step_of(row);
    if (value >= 0 && value % step == 0 && last->value - step < value)
        return OHM_REGISTER_COARSER;
    if (value >= 0 && rolled(last->value, value))
        return OHM_REGISTER_ROLLED;
    bool fresh = value >= 0 && value <= last->value / NEW_RATIO;
    return fresh ? OHM_REGISTER_REPLACED : OHM_REGISTER_CORRECTED;
}
