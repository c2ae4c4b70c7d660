#include "store/query.h"

#include <stdlib.h>

#include "store/cursor.h"
#include "store/steps.h"

typedef struct plain {
    bool (*row)(void *ctx, const ohm_slice *slice);
    void *ctx;
} plain;

static bool without_sum(void *ctx, const ohm_slice *slice, ohm_wide sum)
{
    const plain *p = ctx;
    (void)sum;
    return p->row(p->ctx, slice);
}

ohm_err ohm_query_steps(ohm_reader *reader, const ohm_steps_query *query,
                        bool (*row)(void *ctx, const ohm_slice *slice), void *ctx)
{
    plain p = { row, ctx };
    OHM_TRY(ohm_reader_begin(reader));
    ohm_err err = ohm_steps_run(reader, query, without_sum, &p);
    ohm_reader_end(reader);
    return err;
}

static bool hand_out(const ohm_readings *some, ohm_interval range,
                     bool (*row)(void *ctx, const ohm_point *point), void *ctx)
{
    for (uint32_t i = 0; i < some->count; i++) {
        ohm_point point = { some->time_ms[i], some->value[i], some->quality[i] };
        if (point.time_ms >= range.from_ms && !row(ctx, &point))
            return false;
    }
    return true;
}

static ohm_err points(ohm_cursor *c, ohm_interval range,
                      bool (*row)(void *ctx, const ohm_point *point), void *ctx)
{
    ohm_readings some;
    OHM_TRY(ohm_cursor_seek(c, range.from_ms, false, range));
    for (;;) {
        ohm_err err = ohm_cursor_next(c, range.to_ms, NULL, NULL, &some);
        if (err.code == OHM_END || err.code == OHM_MORE)
            return ohm_ok();
        OHM_TRY(err);
        if (!hand_out(&some, range, row, ctx))
            return ohm_ok();
    }
}

static ohm_err points_of(ohm_reader *reader, const char *key, ohm_interval range,
                         bool (*row)(void *ctx, const ohm_point *point), void *ctx)
{
    ohm_cursor *c = malloc(sizeof *c);
    if (!c)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_err err = ohm_cursor_find(reader, key, c);
    if (!ohm_failed(err)) {
        err = points(c, range, row, ctx);
        ohm_cursor_end(c);
    }
    free(c);
    return err;
}

ohm_err ohm_query_points(ohm_reader *reader, const char *series_key, ohm_interval range,
                         bool (*row)(void *ctx, const ohm_point *point), void *ctx)
{
    if (range.to_ms <= range.from_ms)
        return ohm_fail(OHM_RANGE, 0, "the range is not a time");
    OHM_TRY(ohm_reader_begin(reader));
    ohm_err err = points_of(reader, series_key, range, row, ctx);
    ohm_reader_end(reader);
    return err;
}
