/* Every output to its declared fail-safe state, through the boards' own drivers: what is left to do
 * when the daemon is gone. A coil that is there already is not operated. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "cmd/site_build.h"
#include "cmd/supervisor.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/random.h"

enum {
    TICK_MS = 200,
    GIVE_UP_MS = 15000, /* three tries at a board that does not answer, and its rest */
};

typedef struct failsafe {
    uv_loop_t loop;
    uv_timer_t tick;
    ohm_site site;
    ohm_board *boards[OHM_SITE_BOARDS_MAX];
    int wired;   /* channels that feed a load of a board that is more than memory */
    bool partly; /* a board could not even be opened */
    ohm_mono_ms begun;
} failsafe;

static void say_nothing(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

/* The states are looked at when all is over. */
static void on_report(void *ctx, const ohm_board *board, const ohm_relay_report *report)
{
    (void)ctx;
    (void)board;
    (void)report;
}

static void open_board(failsafe *f, int index)
{
    ohm_board_config config;
    ohm_err err = ohm_build_board(&f->site, index, &config);
    int wired = 0;
    for (uint8_t c = 0; !ohm_failed(err) && c < config.channels_count; c++)
        wired += config.channels[c].load >= 0;
    if (!ohm_failed(err) && (wired == 0 || config.driver == ohm_board_driver_find("sim")))
        return;
    f->wired += wired;
    config.loop = &f->loop;
    if (!ohm_failed(err))
        err = ohm_build_board_password(&f->site, index, &config);
    if (!ohm_failed(err))
        err = ohm_board_new(&config, on_report, f, &f->boards[index]);
    ohm_wipe(&config, sizeof config);
    if (ohm_failed(err)) {
        ohm_log(OHM_LOG_ERROR, "failsafe board=%s why=\"%s\"", f->site.boards[index].id, err.what);
        f->partly = true;
        return;
    }
    /* The daemon may have operated it in its last moment. */
    ohm_board_pause(f->boards[index], f->begun);
    ohm_board_failsafe(f->boards[index], ohm_clock_mono());
}

static bool is_safe(const ohm_board *board, uint8_t channel)
{
    const ohm_relay_channel *wired = &ohm_board_config_of(board)->channels[channel];
    bool there = wired->role == OHM_RELAY_LEVEL
                     ? ohm_board_level(board, channel) == wired->failsafe_level
                     : ohm_board_fed(board, channel) == wired->failsafe_fed;
    return wired->load < 0 || (there && ohm_board_state(board, channel) == OHM_OUTPUT_OK);
}

static bool is_over(const failsafe *f)
{
    bool over = ohm_mono_since(ohm_clock_mono(), f->begun) >= GIVE_UP_MS, safe = true;
    for (int i = 0; i < f->site.boards_count; i++) {
        const ohm_board *board = f->boards[i];
        uint8_t count = board ? ohm_board_config_of(board)->channels_count : 0;
        for (uint8_t c = 0; c < count; c++)
            safe = safe && is_safe(board, c);
    }
    return over || safe;
}

static void on_tick(uv_timer_t *timer)
{
    failsafe *f = timer->data;
    for (int i = 0; i < f->site.boards_count; i++)
        if (f->boards[i])
            (void)ohm_board_tick(f->boards[i], ohm_clock_mono());
    if (is_over(f))
        uv_close((uv_handle_t *)timer, NULL);
}

static void tell(failsafe *f, int board)
{
    const ohm_board_config *config = ohm_board_config_of(f->boards[board]);
    for (uint8_t c = 0; c < config->channels_count; c++) {
        if (is_safe(f->boards[board], c))
            continue;
        f->partly = true;
        ohm_log(OHM_LOG_ERROR,
                "failsafe load=%s not confirmed (its contact and its board's own "
                "dead-man have to do it)",
                f->site.loads[config->channels[c].load].id);
    }
}

_Noreturn void ohm_failsafe_run(ohm_span yaml, const char *name)
{
    failsafe *f = calloc(1, sizeof *f);
    ohm_schema_report report = { say_nothing, NULL, 0 };
    ohm_code code = f ? ohm_site_read(yaml, name, &f->site, &report) : OHM_NO_MEMORY;
    /* OHM_CONFLICT: what it names may be gone since the daemon read it; its boards are there. */
    if ((code != OHM_OK && code != OHM_CONFLICT) || uv_loop_init(&f->loop)) {
        ohm_log(OHM_LOG_ERROR, "failsafe why=%s", ohm_code_name(code));
        _exit(OHM_ABORT_OUTPUTS_PARTLY);
    }
    f->begun = ohm_clock_mono();
    for (int i = 0; i < f->site.boards_count; i++)
        open_board(f, i);
    if (f->wired == 0)
        _exit(OHM_ABORT_OUTPUTS_NONE);
    (void)uv_timer_init(&f->loop, &f->tick);
    f->tick.data = f;
    (void)uv_timer_start(&f->tick, on_tick, 0, TICK_MS);
    while (!uv_is_closing((uv_handle_t *)&f->tick))
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    for (int i = 0; i < f->site.boards_count; i++) {
        if (!f->boards[i])
            continue;
        tell(f, i);
        ohm_board_free(f->boards[i]);
    }
    (void)uv_run(&f->loop, UV_RUN_DEFAULT); /* what drivers close closes */
    _exit(f->partly ? OHM_ABORT_OUTPUTS_PARTLY : OHM_ABORT_OUTPUTS_RESTORED);
}
