#include "sim/live.h"

#include <stdlib.h>
#include <uv.h>

struct ohm_sim_live {
    ohm_sim_live_options options;
    ohm_house house;
    bool is_linky;
    ohm_e450 meter;
    ohm_linky linky;
    bool fed[OHM_HOUSE_LOADS];
    ohm_sim_end *end;
    uv_timer_t timer;
};

/* A longer way to go than this is a leap of the clock, not time that passed. */
#define AWAY_MS_MAX (INT64_C(48) * OHM_HOUR_MS)

/* A wall clock that jumps back stops the house until it is past again: registers never shrink. One
 * that leaps ahead, as from 1970 to today, takes the house along as it is: to live through years
 * would stop the loop for minutes. */
static void live_until(ohm_sim_live *live, ohm_ms to_ms)
{
    int64_t away_ms = to_ms - live->house.time_ms;
    if (away_ms > AWAY_MS_MAX)
        live->house.time_ms = to_ms;
    else if (away_ms > 0)
        ohm_house_step(&live->house, live->options.tz, to_ms, live->fed);
}

static void push(ohm_sim_live *live)
{
    uint8_t bytes[OHM_E450_PUSH_MAX];
    static_assert((int)OHM_LINKY_FRAME_MAX <= (int)sizeof bytes, "both fit");
    ohm_writer out = ohm_writer_over(bytes, sizeof bytes);
    ohm_code code = live->is_linky
                        ? ohm_linky_push(&live->linky, &live->house, live->options.tz, &out)
                        : ohm_e450_push(&live->meter, &live->house, live->options.tz, &out);
    /* A push that does not go out is one the reader never sees, as on a real line. */
    if (code == OHM_OK)
        (void)!ohm_sim_end_send(live->end, ohm_writer_span(&out));
}

/* Up to the last push that is due; after a long sleep the ones between are not made up for. */
static void push_due(ohm_sim_live *live, ohm_ms now_ms)
{
    int64_t period_ms = live->is_linky ? ohm_linky_period_ms(&live->linky) : OHM_E450_PERIOD_MS;
    ohm_ms due_ms = now_ms - now_ms % period_ms;
    if (due_ms <= live->house.time_ms)
        return;
    live_until(live, due_ms);
    push(live);
}

static void look(uv_timer_t *timer)
{
    ohm_sim_live *live = timer->data;
    push_due(live, live->options.utc_now(live->options.ctx));
}

ohm_err ohm_sim_live_start(uv_loop_t *loop, const ohm_sim_live_options *options,
                           ohm_sim_live **ret_live)
{
    ohm_sim_live *live = calloc(1, sizeof *live);
    if (!live)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    live->options = *options;
    live->house = *options->house;
    live->is_linky = options->linky != NULL;
    if (live->is_linky)
        live->linky = *options->linky;
    else
        live->meter = *options->meter;
    for (int i = 0; i < OHM_HOUSE_LOADS; i++)
        live->fed[i] = true;
    ohm_err err = ohm_sim_end_open(loop, options->line, options->baud, &live->end);
    if (ohm_failed(err)) {
        free(live);
        return err;
    }
    uint32_t every_ms = options->look_every_ms ? options->look_every_ms : 100;
    (void)uv_timer_init(loop, &live->timer);
    live->timer.data = live;
    (void)uv_timer_start(&live->timer, look, every_ms, every_ms);
    *ret_live = live;
    return ohm_ok();
}

static void gone(uv_handle_t *timer)
{
    free(timer->data);
}

void ohm_sim_live_stop(ohm_sim_live *live)
{
    if (!live)
        return;
    ohm_sim_end_close(live->end);
    uv_close((uv_handle_t *)&live->timer, gone);
}

const char *ohm_sim_live_address(const ohm_sim_live *live)
{
    return ohm_sim_end_address(live->end);
}

const ohm_house *ohm_sim_live_house(const ohm_sim_live *live)
{
    return &live->house;
}

/* Up to now it was as it was. */
static void catch_up(ohm_sim_live *live)
{
    ohm_ms now_ms = live->options.utc_now(live->options.ctx);
    push_due(live, now_ms);
    live_until(live, now_ms);
}

void ohm_sim_live_feed(ohm_sim_live *live, ohm_house_load load, bool fed)
{
    catch_up(live);
    live->fed[load] = fed;
}

void ohm_sim_live_draw_water(ohm_sim_live *live, double litres)
{
    catch_up(live);
    ohm_house_draw_water(&live->house, litres);
}
