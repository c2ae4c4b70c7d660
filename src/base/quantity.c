#include "base/quantity.h"

static const ohm_quantity table[] = {
#define OHM_QUANTITY_ROW(id, name, unit, kind, decimals) [id] = { name, unit, kind, decimals },
    OHM_QUANTITIES(OHM_QUANTITY_ROW)
#undef OHM_QUANTITY_ROW
};

const ohm_quantity *ohm_quantity_get(ohm_quantity_id id)
{
    assert((unsigned)id < OHM_QUANTITIES_COUNT);
    return &table[id];
}

ohm_quantity_id ohm_quantity_find(ohm_span name)
{
    for (int i = 1; i < OHM_QUANTITIES_COUNT; i++)
        if (ohm_span_is(name, table[i].name))
            return (ohm_quantity_id)i;
    return OHM_Q_NONE;
}

static ohm_code scale_up(int64_t mantissa, int steps, int64_t *out)
{
    for (int i = 0; i < steps && mantissa != 0; i++)
        if (__builtin_mul_overflow(mantissa, 10, &mantissa))
            return OHM_RANGE;
    *out = mantissa;
    return OHM_OK;
}

/* Divides by 10^steps once, so that 0.0449 at one decimal does not round twice. */
static int64_t scale_down(int64_t mantissa, int steps)
{
    if (steps > 18)
        return 0; /* |mantissa| < 9.3e18 < 10^19 / 1, and half of 10^19 is above it too */
    int64_t divisor = 1;
    for (int i = 0; i < steps; i++)
        divisor *= 10;
    int64_t quotient = mantissa / divisor;
    int64_t rest = mantissa % divisor;
    int64_t half = divisor / 2;
    if (rest >= half)
        quotient++;
    else if (rest <= -half)
        quotient--;
    return quotient;
}

ohm_code ohm_quantity_quantise(ohm_quantity_id id, int64_t mantissa, int exponent, int64_t *out)
{
    int steps = exponent + ohm_quantity_get(id)->decimals;
    if (steps > 0)
        return scale_up(mantissa, steps, out);
    *out = steps < 0 ? scale_down(mantissa, -steps) : mantissa;
    return OHM_OK;
}

double ohm_quantity_value(ohm_quantity_id id, int64_t quantised)
{
    static const double powers[] = { 1.0, 10.0, 100.0, 1000.0, 10000.0, 100000.0, 1000000.0 };
    unsigned decimals = ohm_quantity_get(id)->decimals;
    assert(decimals < sizeof powers / sizeof *powers);
    return (double)quantised / powers[decimals];
}
