#include "cmd/day_table.h"

#include <math.h>
#include <stdlib.h>

#include "cmd/cmd.h"

enum { DAY_S = 86400 };

int64_t ohm_day_table_place(const ohm_day_table *t, ohm_ms utc_ms, int *ret_slot)
{
    ohm_civil local = ohm_civil_from_utc(t->tz, utc_ms);
    int second = (local.hour * 60 + local.minute) * 60 + local.second;
    *ret_slot = second / (DAY_S / t->slots);
    return ohm_days_from_date(local.date);
}

int ohm_day_table_init(ohm_day_table *t, const char *path, const ohm_columns *columns,
                       const ohm_tz *tz, int slots, int ahead)
{
    int slot;
    *t = (ohm_day_table){ .tz = tz, .slots = slots };
    if (columns->rows == 0)
        return ohm_cmd_fail(path, "has no rows", NULL);
    t->first_day = ohm_day_table_place(t, columns->time_ms[0], &slot);
    int64_t last = ohm_day_table_place(t, columns->time_ms[columns->rows - 1], &slot);
    t->days = (size_t)(last - t->first_day + 1 + ahead);
    if (t->days > OHM_DAY_TABLE_DAYS_MAX)
        return ohm_cmd_fail(path, "spans more than a century", "is a time wrong?");
    return OHM_EXIT_OK;
}

static void settle(double *value, unsigned count, double needed)
{
    *value = (double)count >= needed && count > 0 ? *value / count : NAN;
}

double *ohm_day_table_fill(const ohm_day_table *t, const ohm_columns *columns, const ohm_column *of)
{
    size_t cells = t->days * (size_t)t->slots;
    double *values = calloc(cells, sizeof *values);
    unsigned *counts = calloc(cells, sizeof *counts);
    ohm_ms step_ms = ohm_columns_step_ms(columns), slot_ms = (ohm_ms)DAY_S * 1000 / t->slots;
    double needed = step_ms > 0 && step_ms < slot_ms ? 0.5 * (double)(slot_ms / step_ms) : 1;
    for (size_t i = 0; values && counts && i < columns->rows; i++) {
        int slot;
        int64_t day = ohm_day_table_place(t, columns->time_ms[i], &slot) - t->first_day;
        if (isnan(of->values[i]) || day < 0 || (size_t)day >= t->days)
            continue;
        size_t at = (size_t)day * (size_t)t->slots + (size_t)slot;
        values[at] += of->values[i];
        counts[at]++;
    }
    for (size_t i = 0; values && counts && i < cells; i++)
        settle(&values[i], counts[i], needed);
    if (!counts) {
        free(values);
        values = NULL;
    }
    free(counts);
    return values;
}
