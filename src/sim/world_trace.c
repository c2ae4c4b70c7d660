/* A world's minutes, for who wants to compare: what nobody can shed, what loads want and get. */
#include "sim/world_own.h"

void ohm_world_trace(ohm_world *w, ohm_world_on_minute on_minute, void *ctx)
{
    w->on_minute = on_minute;
    w->minute_ctx = ctx;
    w->minute = (ohm_world_minute){ .utc_ms = world_utc(w) - world_utc(w) % OHM_MINUTE_MS };
}

/* What was so for `ms`, all within the minute. */
static void add(ohm_world *w, int64_t ms)
{
    ohm_world_minute *m = &w->minute;
    for (int p = 0; p < WORLD_PHASES; p++)
        m->base_mj[p] += world_base_w(w, p) * ms;
    for (uint16_t i = 0; i < w->config.engine.loads_count; i++) {
        bool wants = w->house.powered && w->house.loads[i].wants;
        m->wants_ms[i] += wants ? ms : 0;
        m->served_ms[i] += wants && w->relays[i].fed ? ms : 0;
    }
}

void world_trace_pass(ohm_world *w, int64_t ms)
{
    if (!w->on_minute)
        return;
    int64_t left_ms = w->minute.utc_ms + OHM_MINUTE_MS - world_utc(w);
    while (ms >= left_ms) {
        add(w, left_ms);
        ms -= left_ms;
        w->on_minute(w->minute_ctx, &w->minute);
        w->minute = (ohm_world_minute){ .utc_ms = w->minute.utc_ms + OHM_MINUTE_MS };
        left_ms = OHM_MINUTE_MS;
    }
    add(w, ms);
}
