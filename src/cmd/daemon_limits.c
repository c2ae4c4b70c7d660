/* Orders for limits of power: of the grid's operator, by a box of theirs on MQTT, or by events of
 * OpenADR. A connection a limit; the newest order is taken with the next tick, so that a broker
 * that floods makes one step a second. What a source of signals says holds from and until when it
 * says so. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "cmd/daemon_plan.h"
#include "cmd/limit_order.h"
#include "cmd/order_listener.h"
#include "host/clock.h"

typedef struct listener {
    uint16_t index;
    bool waits; /* an order that no tick has taken yet */
    ohm_limit_order order;
    ohm_mono_ms came;
    ohm_order_listener from;
    const char *signal; /* the source that says it; NULL: MQTT does */
    bool signalled;     /* what it said was ordered, and it has not taken that back */
} listener;

enum { SIGNAL_MS_MAX = 24 * OHM_HOUR_MS }; /* of an interval without an end; said again by then */

struct ohm_daemon_limits {
    uint16_t count;
    listener listeners[OHM_LIMITS_MAX];
};

static ohm_err on_order(void *ctx, ohm_span payload)
{
    listener *l = ctx;
    ohm_limit_order order;
    OHM_TRY(ohm_limit_order_read(payload, &order));
    l->waits = true;
    l->order = order;
    l->came = ohm_clock_mono();
    return ohm_ok();
}

ohm_err ohm_daemon_limits_start(ohm_daemon *d)
{
    d->limits = calloc(1, sizeof *d->limits);
    if (!d->limits)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    for (uint16_t i = 0; i < d->site->limits_count; i++) {
        const ohm_site_limit *limit = &d->site->limits[i];
        if (!limit->mqtt[0] && !limit->signal[0])
            continue;
        listener *l = &d->limits->listeners[d->limits->count++];
        l->index = i;
        if (limit->signal[0]) {
            l->signal = limit->signal;
            continue;
        }
        const ohm_order_from from = { limit->mqtt, limit->user, limit->ca_file, &limit->password };
        l->from = (ohm_order_listener){ .kind = "limit", .take = on_order, .ctx = l };
        (void)snprintf(l->from.id, sizeof l->from.id, "%s", limit->id);
        OHM_TRY(ohm_order_listen(&d->loop, &from, &l->from));
    }
    return ohm_ok();
}

/* What is in force already needs no line in the journal: heartbeats say it again and again. */
static bool is_news(const ohm_daemon *d, const listener *l, int64_t left_ms)
{
    const ohm_limit_state *now = &ohm_engine_control_of(d->engine)->limits[l->index];
    if (!l->order.limits)
        return now->set;
    if (!now->set || now->va != l->order.va)
        return true;
    int64_t held_ms = ohm_mono_since(now->end_mono, ohm_clock_mono());
    return held_ms < left_ms / 2 || held_ms > left_ms + OHM_MINUTE_MS;
}

static void take(ohm_daemon *d, listener *l)
{
    l->waits = false;
    int64_t left_ms = l->order.duration_ms - ohm_mono_since(ohm_clock_mono(), l->came);
    if (!is_news(d, l, left_ms) || (l->order.limits && left_ms <= 0))
        return;
    ohm_command command = { .kind = l->order.limits ? OHM_COMMAND_LIMIT : OHM_COMMAND_LIMIT_CLEAR,
                            .limit = l->index,
                            .va = l->order.va,
                            .until_ms = ohm_clock_utc() + left_ms };
    (void)snprintf(command.actor, sizeof command.actor, "%s:%.30s", l->signal ? "signal" : "mqtt",
                   l->signal ? l->signal : l->from.id);
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_COMMAND, .command = &command });
}

/* Less than nothing may not be drawn: 0 then. W stand for as many VA, which is never more. */
static void follow(ohm_daemon *d, listener *l)
{
    ohm_ms now_ms = ohm_clock_utc();
    const ohm_segment *said = d->clock_set ? ohm_daemon_capacity_at(d, l->signal, now_ms) : NULL;
    if (!d->clock_set || (!said && !l->signalled))
        return;
    l->signalled = said != NULL;
    l->order = (ohm_limit_order){ .limits = said != NULL };
    if (said) {
        double watts = ohm_day_number(said);
        int64_t left_ms = said->when.to_ms - now_ms;
        l->order.va = watts > OHM_LIMIT_VA_MAX ? OHM_LIMIT_VA_MAX : watts > 0 ? (int32_t)watts : 0;
        l->order.duration_ms = left_ms < SIGNAL_MS_MAX ? left_ms : SIGNAL_MS_MAX;
    }
    l->came = ohm_clock_mono();
    take(d, l);
}

void ohm_daemon_limits_tick(ohm_daemon *d)
{
    for (uint16_t i = 0; d->limits && i < d->limits->count; i++) {
        listener *l = &d->limits->listeners[i];
        if (l->signal)
            follow(d, l);
        else if (l->waits)
            take(d, l);
    }
}

void ohm_daemon_limits_stop(ohm_daemon *d)
{
    for (uint16_t i = 0; d->limits && i < d->limits->count; i++)
        if (!d->limits->listeners[i].signal)
            ohm_order_stop(&d->limits->listeners[i].from);
}
