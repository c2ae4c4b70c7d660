/* Every output to its declared fail-safe state, through the boards' own drivers: what is left to do
 * when the daemon is gone. A coil that is there already is not operated. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
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
    BOARD_S = 20,       /* a driver that blocks */
};

typedef struct failsafe {
    uv_loop_t loop;
    uv_timer_t tick;
    ohm_site site;
    ohm_board *board; /* in its process: its own */
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

static bool open_board(failsafe *f, int index)
{
    ohm_board_config config;
    ohm_err err = ohm_build_board(&f->site, index, &config);
    config.loop = &f->loop;
    if (!ohm_failed(err))
        err = ohm_build_board_password(&f->site, index, &config);
    if (!ohm_failed(err))
        err = ohm_board_new(&config, on_report, f, &f->board);
    ohm_wipe(&config, sizeof config);
    if (ohm_failed(err)) {
        ohm_log(OHM_LOG_ERROR, "failsafe board=%s why=\"%s\"", f->site.boards[index].id, err.what);
        return false;
    }
    /* The daemon may have operated it in its last moment. */
    ohm_board_pause(f->board, f->begun);
    ohm_board_failsafe(f->board, ohm_clock_mono());
    return true;
}

static bool is_over(const failsafe *f)
{
    bool over = ohm_mono_since(ohm_clock_mono(), f->begun) >= GIVE_UP_MS;
    return over || ohm_board_is_safe(f->board);
}

/* One that a board refused is asked for again, as long as there is time. */
static void on_tick(uv_timer_t *timer)
{
    failsafe *f = timer->data;
    ohm_board_failsafe(f->board, ohm_clock_mono());
    (void)ohm_board_tick(f->board, ohm_clock_mono());
    if (is_over(f))
        uv_close((uv_handle_t *)timer, NULL);
}

/* Returns true when all of it is where it should be. */
static bool tell(const failsafe *f)
{
    const ohm_board_config *config = ohm_board_config_of(f->board);
    bool all = true;
    for (uint8_t c = 0; c < config->channels_count; c++) {
        if (ohm_board_channel_is_safe(f->board, c))
            continue;
        all = false;
        ohm_log(OHM_LOG_ERROR,
                "failsafe load=%s not confirmed (its contact and its board's own "
                "dead-man have to do it)",
                f->site.loads[config->channels[c].load].id);
    }
    return all;
}

/* In a process of its own: what fells one board's driver, or keeps it waiting, is no other's. */
static _Noreturn void restore_board(failsafe *f, int index)
{
    (void)alarm(BOARD_S);
    if (uv_loop_init(&f->loop) || !open_board(f, index))
        _exit(OHM_ABORT_OUTPUTS_PARTLY);
    (void)uv_timer_init(&f->loop, &f->tick);
    f->tick.data = f;
    (void)uv_timer_start(&f->tick, on_tick, 0, TICK_MS);
    while (!uv_is_closing((uv_handle_t *)&f->tick))
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    bool all = tell(f);
    ohm_board_free(f->board);
    (void)uv_run(&f->loop, UV_RUN_DEFAULT); /* what its driver closes closes */
    _exit(all ? OHM_ABORT_OUTPUTS_RESTORED : OHM_ABORT_OUTPUTS_PARTLY);
}

/* Channels that feed a load of a board that is more than memory. One that can't be made out has
 * some: its process says why. */
static bool is_wired(const ohm_site *site, int index)
{
    ohm_board_config config;
    bool wired = ohm_failed(ohm_build_board(site, index, &config));
    if (wired)
        return true;
    for (uint8_t c = 0; c < config.channels_count; c++)
        wired = wired || config.channels[c].load >= 0;
    return wired && config.driver != ohm_board_driver_find("sim");
}

/* Returns true when it did all that it was to do. */
static bool wait_for(const ohm_site *site, int index, pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status))
        ohm_log(OHM_LOG_ERROR,
                "failsafe board=%s ended by signal=%d (its contacts and its own "
                "dead-man have to do it)",
                site->boards[index].id, WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == OHM_ABORT_OUTPUTS_RESTORED;
}

/* All at once: one that blocks costs the others nothing. */
static ohm_abort_outputs restore_all(failsafe *f)
{
    pid_t pids[OHM_SITE_BOARDS_MAX] = { 0 };
    bool any = false, all = true;
    for (int i = 0; i < f->site.boards_count; i++) {
        if (!is_wired(&f->site, i))
            continue;
        any = true;
        pids[i] = fork();
        if (pids[i] == 0)
            restore_board(f, i);
        all = all && pids[i] > 0;
    }
    for (int i = 0; i < f->site.boards_count; i++)
        if (pids[i] > 0)
            all = wait_for(&f->site, i, pids[i]) && all;
    return !any  ? OHM_ABORT_OUTPUTS_NONE
           : all ? OHM_ABORT_OUTPUTS_RESTORED
                 : OHM_ABORT_OUTPUTS_PARTLY;
}

_Noreturn void ohm_failsafe_run(ohm_span yaml, const char *name)
{
    failsafe *f = calloc(1, sizeof *f);
    ohm_schema_report report = { say_nothing, NULL, 0 };
    ohm_code code = f ? ohm_site_read(yaml, name, &f->site, &report) : OHM_NO_MEMORY;
    /* OHM_CONFLICT: what it names may be gone since the daemon read it; its boards are there. */
    if (code != OHM_OK && code != OHM_CONFLICT) {
        ohm_log(OHM_LOG_ERROR, "failsafe why=%s", ohm_code_name(code));
        _exit(OHM_ABORT_OUTPUTS_PARTLY);
    }
    f->begun = ohm_clock_mono();
    _exit((int)restore_all(f));
}
