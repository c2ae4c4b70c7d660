/* The end of a run: what is shed comes back first, as minimum times allow. */
#include "cmd/daemon.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/notify.h"

enum {
    /* For minimum times, of which the usual is a minute. What follows (some loads a second apart,
     * the last answers of boards, the last commit) fits into the 90 s that service managers give.
     */
    WAIT_MAX_MS = 75000,
    BOARDS_MAX_MS = 6000,    /* the last orders wait for a board's interval, and for its answer */
    DEMO_WAIT_MAX_MS = 5000, /* nothing real is switched */
};

void ohm_daemon_stop_asked(ohm_daemon *d, int number)
{
    if (d->stopping) {
        d->again = false;
        uv_stop(&d->loop); /* asked twice: now */
        return;
    }
    ohm_log(OHM_LOG_NOTICE, "stopping signal=%d", number);
    if (!d->again) /* the service goes on */
        (void)ohm_notify("STOPPING=1");
    ohm_supervisor_stops(d->supervisor);
    ohm_daemon_safe_stops(d);
    d->stopping = true;
    ohm_daemon_plan_drop(d);
    d->stop_mono = ohm_clock_mono();
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_STOP });
    if (!ohm_engine_is_settled(d->engine))
        ohm_log(OHM_LOG_NOTICE,
                "loads come back first wait_s_max=%d (a second signal ends at once)",
                (d->demo ? DEMO_WAIT_MAX_MS : WAIT_MAX_MS) / (int)OHM_SECOND_MS);
}

void ohm_daemon_stop_tick(ohm_daemon *d)
{
    if (!d->stopping)
        return;
    /* systemd waits for so long from here on, beyond its TimeoutStopSec (sd_notify(3)). */
    (void)ohm_notify("EXTEND_TIMEOUT_USEC=30000000");
    int64_t wait_ms = d->demo ? DEMO_WAIT_MAX_MS : WAIT_MAX_MS;
    bool late = ohm_mono_since(ohm_clock_mono(), d->stop_mono) >= wait_ms;
    bool over = d->demo || d->let_go >= d->config->loads_count;
    if (ohm_engine_is_settled(d->engine) || (late && over)) {
        uv_stop(&d->loop);
        return;
    }
    if (!late)
        return;
    d->let_go++;
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_STOP });
}

void ohm_daemon_let_go(ohm_daemon *d)
{
    for (uint16_t i = 0; i < d->config->loads_count && !ohm_engine_is_let_go(d->engine); i++)
        ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_STOP });
}

/* Also of a start that failed on its way, which may have ordered something already. True: an order
 * is under way. */
static bool let_boards_go(ohm_daemon *d)
{
    bool busy = false;
    for (int i = 0; i < d->site->boards_count; i++) {
        if (!d->boards[i])
            continue;
        ohm_board_failsafe(d->boards[i], ohm_clock_mono());
        busy = busy || ohm_board_is_busy(d->boards[i]);
    }
    return busy;
}

/* One that was never opened is as it was found. */
static bool are_safe(const ohm_daemon *d)
{
    bool safe = true;
    for (int i = 0; i < d->site->boards_count; i++)
        safe = safe && (d->boards[i] ? ohm_board_is_safe(d->boards[i]) : ohm_daemon_safe_found(d));
    return safe;
}

void ohm_daemon_stop_boards(ohm_daemon *d)
{
    ohm_mono_ms begun = ohm_clock_mono();
    while (let_boards_go(d) && ohm_mono_since(ohm_clock_mono(), begun) < BOARDS_MAX_MS)
        (void)uv_run(&d->loop, UV_RUN_ONCE);
    ohm_daemon_safe_let_go(d, are_safe(d));
    ohm_daemon_relays_save(d);
    for (int i = 0; i < d->site->boards_count; i++) {
        ohm_board_free(d->boards[i]);
        d->boards[i] = NULL;
    }
}
