#include "report/columns.h"

#include <stdlib.h>

#include "analysis/rank.h"

ohm_ms ohm_columns_step_ms(const ohm_columns *columns)
{
    size_t count = columns->rows > 1 ? columns->rows - 1 : 0, most = 0;
    double *steps = malloc((count + 1) * sizeof *steps);
    ohm_ms step = 0;
    if (!steps)
        return 0;
    for (size_t i = 0; i < count; i++)
        steps[i] = (double)(columns->time_ms[i + 1] - columns->time_ms[i]);
    count = ohm_rank_sort(steps, count);
    for (size_t i = 0, first = 0; i < count; i++) {
        if (steps[i] != steps[first])
            first = i;
        if (i + 1 - first > most) {
            most = i + 1 - first;
            step = (ohm_ms)steps[i];
        }
    }
    free(steps);
    return step;
}
