#include "analysis/rank.h"

#include <math.h>
#include <stdbool.h>

enum { FEW = 16 };

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

static void heap_sort(double *of, size_t count)
{
    for (size_t i = count / 2; i-- > 0;)
        sink(of, i, count);
    for (size_t last = count; last-- > 1;) {
        double greatest = of[0];
        of[0] = of[last];
        of[last] = greatest;
        sink(of, 0, last);
    }
}

static void insert_all(double *of, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        double item = of[i];
        size_t at = i;
        for (; at > 0 && of[at - 1] > item; at--)
            of[at] = of[at - 1];
        of[at] = item;
    }
}

static double middle_of(double a, double b, double c)
{
    double low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Hoare's partition: how many stand before the cut, at least 1 and less than all of them. */
static size_t split(double *of, size_t count)
{
    double pivot = middle_of(of[0], of[count / 2], of[count - 2]);
    size_t low = 0, high = count - 1;
    for (;; low++, high--) {
        while (of[low] < pivot)
            low++;
        while (of[high] > pivot)
            high--;
        if (low >= high)
            return high + 1;
        double greater = of[low];
        of[low] = of[high];
        of[high] = greater;
    }
}

/* The greater part is gone on with, the smaller one sorted first: 64 deep at most. A series that
 * splits badly is left to the heap (Musser 1997). */
static void sort(double *of, size_t count, int splits)
{
    while (count > FEW) {
        if (splits-- == 0) {
            heap_sort(of, count);
            return;
        }
        size_t cut = split(of, count);
        bool first = cut < count - cut;
        sort(first ? of : of + cut, first ? cut : count - cut, splits);
        of += first ? cut : 0;
        count = first ? count - cut : cut;
    }
    insert_all(of, count);
}

size_t ohm_rank_sort(double *of, size_t count)
{
    size_t there = 0;
    int splits = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(of[i]))
            of[there++] = of[i];
    for (size_t n = there; n > 0; n /= 2)
        splits += 2;
    sort(of, there, splits);
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
