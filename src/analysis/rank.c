#include "analysis/rank.h"

#include <math.h>

static void sink(double *of, size_t root, size_t count)
{
    double item = of[root];
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && of[child + 1] > of[child])
            child++;
        if (of[child] <= item)
            break;
        of[root] = of[child];
    }
    of[root] = item;
}

size_t ohm_rank_sort(double *of, size_t count)
{
    size_t there = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(of[i]))
            of[there++] = of[i];
    for (size_t i = there / 2; i-- > 0;)
        sink(of, i, there);
    for (size_t last = there; last-- > 1;) {
        double greatest = of[0];
        of[0] = of[last];
        of[last] = greatest;
        sink(of, 0, last);
    }
    return there;
}

double ohm_rank_quantile(const double *sorted, size_t count, double share)
{
    if (count == 0 || !(share >= 0 && share <= 1))
        return NAN;
    double place = (double)(count - 1) * share;
    size_t below = (size_t)place;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - (double)below);
}
