#include "web/expr.h"

#include <math.h>

#include "base/number.h"

/* What waits for its right side, or for the end of its parentheses. */
typedef struct pending {
    ohm_expr_code code;
    bool paren;    /* "(", alone or of the function before it */
    bool function; /* min, max, abs: taken at their ")" */
    uint8_t commas;
} pending;

typedef struct reading {
    ohm_span text;
    size_t at;
    ohm_expr *out;
    pending waits[OHM_EXPR_DEPTH_MAX];
    size_t waits_count;
    size_t depth; /* of the stack, as the operations so far leave it */
    bool operand; /* an operand has just ended: an operator follows */
    ohm_err err;
} reading;

static bool fail(reading *r, ohm_code code, const char *what)
{
    r->err = ohm_fail(code, (uint32_t)r->at, what);
    return false;
}

static int sides_of(ohm_expr_code code)
{
    if (code == OHM_EXPR_SERIES || code == OHM_EXPR_NUMBER)
        return 0;
    return code == OHM_EXPR_NEGATE || code == OHM_EXPR_ABS ? 1 : 2;
}

static int rank_of(ohm_expr_code code)
{
    if (code == OHM_EXPR_NEGATE)
        return 3;
    return code == OHM_EXPR_MULTIPLY || code == OHM_EXPR_DIVIDE ? 2 : 1;
}

static bool put(reading *r, ohm_expr_code code, uint8_t series, double number)
{
    size_t sides = (size_t)sides_of(code);
    if (r->depth < sides)
        return fail(r, OHM_BAD_FORMAT, "a side of an operator is missing");
    r->depth = r->depth - sides + 1;
    if (r->out->ops_count == OHM_EXPR_OPS_MAX || r->depth > OHM_EXPR_DEPTH_MAX)
        return fail(r, OHM_TOO_BIG, "the expression is too long");
    r->out->ops[r->out->ops_count].code = code;
    r->out->ops[r->out->ops_count].series = series;
    r->out->ops[r->out->ops_count++].number = number;
    return true;
}

static bool wait(reading *r, pending one)
{
    if (r->waits_count == OHM_EXPR_DEPTH_MAX)
        return fail(r, OHM_TOO_BIG, "the expression is nested too deep");
    r->waits[r->waits_count++] = one;
    return true;
}

/* Takes what waits and binds as much as `rank`, down to the innermost parenthesis. */
static bool take(reading *r, int rank)
{
    while (r->waits_count > 0) {
        const pending *top = &r->waits[r->waits_count - 1];
        if (top->paren || rank_of(top->code) < rank)
            return true;
        if (!put(r, top->code, 0, 0))
            return false;
        r->waits_count--;
    }
    return true;
}

/* --- operands --------------------------------------------------------------------------------- */

static bool read_series(reading *r)
{
    size_t from = r->at + 1, to = from;
    while (to < r->text.len && r->text.ptr[to] != '}')
        to++;
    if (to == r->text.len || to == from || to - from >= OHM_SERIES_KEY_MAX)
        return fail(r, OHM_BAD_FORMAT, "the name of a series does not end");
    ohm_span name = ohm_span_part(r->text, from, to - from);
    if (memchr(name.ptr, 0, name.len))
        return fail(r, OHM_BAD_FORMAT, "not a name");
    uint8_t i = 0;
    while (i < r->out->series_count && !ohm_span_is(name, r->out->series[i]))
        i++;
    if (i == OHM_EXPR_SERIES_MAX)
        return fail(r, OHM_TOO_BIG, "too many series");
    if (i == r->out->series_count) {
        memcpy(r->out->series[i], name.ptr, name.len);
        r->out->series[i][name.len] = '\0';
        r->out->series_count++;
    }
    r->at = to + 1;
    return put(r, OHM_EXPR_SERIES, i, 0);
}

static bool read_number(reading *r)
{
    size_t to = r->at;
    int64_t mantissa;
    int exponent;
    while (to < r->text.len &&
           ((r->text.ptr[to] >= '0' && r->text.ptr[to] <= '9') || r->text.ptr[to] == '.'))
        to++;
    ohm_span digits = ohm_span_part(r->text, r->at, to - r->at);
    if (ohm_number_decimal(digits, &mantissa, &exponent) != OHM_OK || exponent < -18 ||
        exponent > 18)
        return fail(r, OHM_BAD_FORMAT, "not a number");
    r->at = to;
    return put(r, OHM_EXPR_NUMBER, 0, (double)mantissa * pow(10, exponent));
}

static bool read_function(reading *r)
{
    static const struct {
        const char *name;
        ohm_expr_code code;
    } functions[] = { { "min(", OHM_EXPR_MIN },
                      { "max(", OHM_EXPR_MAX },
                      { "abs(", OHM_EXPR_ABS } };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (r->text.len - r->at < 4 || memcmp(r->text.ptr + r->at, functions[i].name, 4) != 0)
            continue;
        r->at += 4;
        return wait(r, (pending){ functions[i].code, true, true, 0 });
    }
    return fail(r, OHM_BAD_FORMAT, "a series, a number or a parenthesis is expected");
}

/* Where an operand is expected; leaves `operand` as it was when only more of one began. */
static bool read_operand(reading *r)
{
    uint8_t c = r->text.ptr[r->at];
    if (c == '-') {
        r->at++;
        return wait(r, (pending){ OHM_EXPR_NEGATE, false, false, 0 });
    }
    if (c == '(') {
        r->at++;
        return wait(r, (pending){ OHM_EXPR_ADD, true, false, 0 });
    }
    if (c == '{' || c == '.' || (c >= '0' && c <= '9')) {
        r->operand = true;
        return c == '{' ? read_series(r) : read_number(r);
    }
    return read_function(r);
}

/* --- operators -------------------------------------------------------------------------------- */

static bool close_paren(reading *r)
{
    if (!take(r, 0))
        return false;
    if (r->waits_count == 0)
        return fail(r, OHM_BAD_FORMAT, "a parenthesis is not open");
    pending open = r->waits[--r->waits_count];
    r->at++;
    if (!open.function)
        return true;
    if (open.commas + 1 != sides_of(open.code))
        return fail(r, OHM_BAD_FORMAT, "min and max take two, abs takes one");
    return put(r, open.code, 0, 0);
}

static bool read_comma(reading *r)
{
    if (!take(r, 0))
        return false;
    pending *top = r->waits_count ? &r->waits[r->waits_count - 1] : NULL;
    if (!top || !top->function || top->commas == 1)
        return fail(r, OHM_BAD_FORMAT, "a comma outside of min and max");
    top->commas++;
    r->at++;
    r->operand = false;
    return true;
}

static bool read_operator(reading *r)
{
    static const char signs[] = "+-*/";
    uint8_t c = r->text.ptr[r->at];
    const char *sign = c ? strchr(signs, c) : NULL;
    if (c == ')')
        return close_paren(r);
    if (c == ',')
        return read_comma(r);
    if (!sign)
        return fail(r, OHM_BAD_FORMAT, "an operator is expected");
    pending one = { (ohm_expr_code)(OHM_EXPR_ADD + (sign - signs)), false, false, 0 };
    if (!take(r, rank_of(one.code)))
        return false;
    r->at++;
    r->operand = false;
    return wait(r, one);
}

static ohm_err finish(reading *r)
{
    if (ohm_failed(r->err))
        return r->err;
    if (!r->operand)
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)r->at, "the expression is not finished");
    if (!take(r, 0))
        return r->err;
    if (r->waits_count > 0 || r->depth != 1)
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)r->at, "a parenthesis is not closed");
    if (r->out->series_count == 0)
        return ohm_fail(OHM_BAD_FORMAT, 0, "no series");
    return ohm_ok();
}

ohm_err ohm_expr_read(ohm_span text, ohm_expr *out)
{
    ohm_expr expr = { .series_count = 0 };
    reading r = { .text = text, .out = &expr, .err = ohm_ok() };
    if (text.len >= OHM_EXPR_TEXT_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "the expression is too long");
    while (r.at < text.len && !ohm_failed(r.err)) {
        if (text.ptr[r.at] == ' ')
            r.at++;
        else
            (void)(r.operand ? read_operator(&r) : read_operand(&r)); /* says so in r.err */
    }
    OHM_TRY(finish(&r));
    *out = expr;
    return ohm_ok();
}

/* --- values ----------------------------------------------------------------------------------- */

static double of_two(ohm_expr_code code, double a, double b)
{
    if (isnan(a) || isnan(b))
        return NAN;
    if (code == OHM_EXPR_ADD)
        return a + b;
    if (code == OHM_EXPR_SUBTRACT)
        return a - b;
    if (code == OHM_EXPR_MULTIPLY)
        return a * b;
    if (code == OHM_EXPR_DIVIDE)
        return b == 0 ? NAN : a / b;
    return (code == OHM_EXPR_MIN) == (a < b) ? a : b;
}

double ohm_expr_value(const ohm_expr *expr, const double *values)
{
    double stack[OHM_EXPR_DEPTH_MAX];
    size_t depth = 0;
    for (uint8_t i = 0; i < expr->ops_count; i++) {
        ohm_expr_code code = expr->ops[i].code;
        int sides = sides_of(code);
        double a = sides ? stack[depth - (size_t)sides] : 0;
        double b = sides == 2 ? stack[depth - 1] : 0;
        double result = code == OHM_EXPR_SERIES   ? values[expr->ops[i].series]
                        : code == OHM_EXPR_NUMBER ? expr->ops[i].number
                        : code == OHM_EXPR_NEGATE ? -a
                        : code == OHM_EXPR_ABS    ? fabs(a)
                                                  : of_two(code, a, b);
        depth -= (size_t)sides;
        assert(depth < OHM_EXPR_DEPTH_MAX);
        stack[depth++] = result;
    }
    assert(depth == 1);
    return stack[0];
}
