/* Sums over series: "{home/ground/main/power_import} - {home/ground/pv/power}", as text into a list
 * of operations on a stack, and its value for numbers of the series. Pure.
 *
 * Series are named in braces; + - * / with the usual order, unary minus, parentheses, decimal
 * numbers, min(a, b), max(a, b) and abs(a). NaN is a number that is not there: whatever it goes
 * into is not there either, and neither is what is divided by nothing. */
#ifndef OHM_WEB_EXPR_H
#define OHM_WEB_EXPR_H

#include "base/err.h"
#include "base/span.h"
#include "store/reader.h"

enum {
    OHM_EXPR_SERIES_MAX = 8,
    OHM_EXPR_OPS_MAX = 96,
    OHM_EXPR_DEPTH_MAX = 24,
    OHM_EXPR_TEXT_MAX = 640,
};

typedef enum ohm_expr_code {
    OHM_EXPR_SERIES, /* `series` onto the stack */
    OHM_EXPR_NUMBER,
    OHM_EXPR_ADD,
    OHM_EXPR_SUBTRACT,
    OHM_EXPR_MULTIPLY,
    OHM_EXPR_DIVIDE,
    OHM_EXPR_NEGATE,
    OHM_EXPR_MIN,
    OHM_EXPR_MAX,
    OHM_EXPR_ABS,
} ohm_expr_code;

typedef struct ohm_expr {
    uint8_t series_count, ops_count;
    char series[OHM_EXPR_SERIES_MAX][OHM_SERIES_KEY_MAX]; /* each once */
    struct {
        ohm_expr_code code;
        uint8_t series;
        double number;
    } ops[OHM_EXPR_OPS_MAX];
} ohm_expr;

/* OHM_BAD_FORMAT: not such a text; `at` is where. OHM_TOO_BIG: more than the limits above. */
OHM_MUST_CHECK ohm_err ohm_expr_read(ohm_span text, ohm_expr *out);

/* `values` of the series, in their order. */
double ohm_expr_value(const ohm_expr *expr, const double *values);

#endif
