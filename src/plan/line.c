#include "plan/line.h"

#include <assert.h>
#include <math.h>

/* Points nearer than this are one. */
#define NEAR 1e-9

static double between(const line *of, int i, double x)
{
    double wide = of->x[i + 1] - of->x[i];
    return of->y[i] + (of->y[i + 1] - of->y[i]) * (x - of->x[i]) / wide;
}

/* The piece that x is in, from *at on; outside the first or last one goes on. */
static double follow(const line *of, int *at, double x)
{
    while (*at + 2 < of->count && of->x[*at + 1] < x)
        ++*at;
    return between(of, *at, x);
}

double line_at(const line *of, double x)
{
    int at = 0;
    return follow(of, &at, x);
}

static void add(line *to, double x, double y)
{
    if (to->count > 0 && x - to->x[to->count - 1] < NEAR)
        return;
    to->x[to->count] = x;
    to->y[to->count++] = y;
}

static double cost_at(const line_step *of, double x)
{
    double y = of->scale * x + of->offset, low = of->low - y, high = y - of->high;
    return of->base + of->low_price * (low > 0 ? low : 0) + of->high_price * (high > 0 ? high : 0);
}

void line_lead(const line *then, const line_step *step, double from, double till, line *to)
{
    double low = (step->low - step->offset) / step->scale;
    double high = (step->high - step->offset) / step->scale;
    const double kinks[2] = { low < high ? low : high, low < high ? high : low };
    int next = 0, at = 0, kink = kinks[0] <= from ? kinks[1] <= from ? 2 : 1 : 0;
    to->count = 0;
    for (double x = from;;) {
        add(to, x, cost_at(step, x) + follow(then, &at, step->gain * x + step->shift));
        if (x >= till)
            break;
        while (next < then->count && (then->x[next] - step->shift) / step->gain <= x)
            next++;
        double then_x = next < then->count ? (then->x[next] - step->shift) / step->gain : till;
        double to_x = then_x < till ? then_x : till;
        if (kink < 2 && kinks[kink] <= to_x)
            to_x = kinks[kink] > x ? kinks[kink] : x;
        while (kink < 2 && kinks[kink] <= to_x)
            kink++;
        x = to_x;
    }
    /* The end must be there, however near the point before it. */
    if (to->x[to->count - 1] < till) {
        to->x[to->count - 1] = till;
        to->y[to->count - 1] = cost_at(step, till) + line_at(then, step->gain * till + step->shift);
    }
}

static void turn(line_turns *turns, double x)
{
    if (turns->count < LINE_TURNS)
        turns->at[turns->count++] = (float)x;
}

void line_least(const line *a, const line *b, double more, line *to, line_turns *turns)
{
    int i = 0, j = 0, in_a = 0, in_b = 0;
    double before_x = 0, before_a = 0, before = 0; /* before: by how much the first was over */
    to->count = 0;
    turns->count = 0;
    while (i < a->count || j < b->count) {
        double x = j >= b->count || (i < a->count && a->x[i] <= b->x[j]) ? a->x[i++] : b->x[j++];
        double of_a = follow(a, &in_a, x), of_b = follow(b, &in_b, x) + more;
        double over = of_a - of_b, y = over > 0 ? of_b : of_a; /* > 0: the second is less */
        if (to->count == 0)
            turns->second = over > 0;
        else if ((over > 0) != (before > 0)) {
            double part = before / (before - over), cross = before_x + part * (x - before_x);
            add(to, cross, before_a + part * (of_a - before_a));
            turn(turns, cross);
        }
        add(to, x, y);
        before_x = x;
        before_a = of_a;
        before = over;
    }
}

/* As far right from point i as one straight line stays in the band; *ret_y: where it ends. */
static int reach(const line *of, double by, int i, double y, double *ret_y)
{
    double least = -INFINITY, most = INFINITY, x = of->x[i];
    int j = i;
    *ret_y = y;
    while (j + 1 < of->count) {
        double wide = of->x[j + 1] - x, high = (of->y[j + 1] - y) / wide;
        double low = (of->y[j + 1] - by - y) / wide;
        least = low > least ? low : least;
        most = high < most ? high : most;
        if (least > most)
            break;
        j++;
        *ret_y = y + most * wide;
    }
    return j;
}

static bool fits(const line *of, double by, line *to)
{
    double y = of->y[0];
    to->count = 0;
    for (int i = 0;;) {
        if (to->count == LINE_KEPT)
            return false;
        to->x[to->count] = of->x[i];
        to->y[to->count++] = y;
        if (i + 1 >= of->count)
            return true;
        i = reach(of, by, i, y, &y);
    }
}

void line_lower(const line *of, double by, line *to)
{
    assert(of->count >= 2);
    while (!fits(of, by, to))
        by *= 2;
}
