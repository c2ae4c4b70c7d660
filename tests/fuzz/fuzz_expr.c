/* Any text as an expression: what is read has a value, of series that it names. */
#include <math.h>
#include <string.h>

#include "web/expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_expr expr;
    double values[OHM_EXPR_SERIES_MAX];
    for (int i = 0; i < OHM_EXPR_SERIES_MAX; i++)
        values[i] = i == 3 ? (double)NAN : i;
    ohm_err err = ohm_expr_read(ohm_span_of(data, size), &expr);
    if (ohm_failed(err)) {
        assert(err.at <= size);
        return 0;
    }
    assert(expr.series_count > 0 && strlen(expr.series[0]) > 0);
    (void)ohm_expr_value(&expr, values);
    return 0;
}
