/* Orders for limits of power that come by MQTT: of the grid's operator, by a box of theirs. A
 * connection a limit; the newest order is taken with the next tick, so that a broker that floods
 * makes one step a second. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "cmd/limit_order.h"
#include "cmd/site_build.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/random.h"
#include "link/mqtt.h"

enum { REFUSED_MS = 10 * OHM_MINUTE_MS }; /* so often a source of nonsense is told of */

typedef struct listener {
    const ohm_site_limit *limit;
    uint16_t index;
    ohm_mqtt *mqtt;
    bool waits; /* an order that no tick has taken yet */
    ohm_limit_order order;
    ohm_mono_ms came;
    bool bad; /* what came was no order, and that was said */
    ohm_mono_ms bad_mono;
    char topic[OHM_MQTT_TOPIC_MAX];
} listener;

struct ohm_daemon_limits {
    uint16_t count;
    listener listeners[OHM_LIMITS_MAX];
};

static void on_message(void *ctx, const ohm_mqtt_message *message)
{
    listener *l = ctx;
    if (message->retained) /* nobody knows how old it is, nor when its hour ends */
        return;
    ohm_limit_order order;
    ohm_err err = ohm_limit_order_read(message->payload, &order);
    if (ohm_failed(err)) {
        ohm_mono_ms now = ohm_clock_mono();
        if (!l->bad || ohm_mono_since(now, l->bad_mono) >= REFUSED_MS) {
            ohm_log(OHM_LOG_WARNING, "limit order refused limit=%s why=\"%s\"", l->limit->id,
                    err.what);
            l->bad = true;
            l->bad_mono = now;
        }
        return;
    }
    l->waits = true;
    l->order = order;
    l->came = ohm_clock_mono();
}

static void on_up(void *ctx)
{
    const listener *l = ctx;
    ohm_log(OHM_LOG_NOTICE, "limit orders listened for limit=%s", l->limit->id);
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    const listener *l = ctx;
    if (was_up)
        ohm_log(OHM_LOG_WARNING, "limit orders' broker lost limit=%s why=\"%s\"", l->limit->id,
                why.what);
}

static ohm_err listen_to(ohm_daemon *d, listener *l)
{
    const ohm_site_limit *limit = l->limit;
    char password[OHM_SITE_PATH_MAX] = "";
    const char *topic = NULL;
    ohm_mqtt_config config = { .user = limit->user[0] ? limit->user : NULL,
                               .ca_file = limit->ca_file[0] ? limit->ca_file : NULL };
    OHM_TRY(ohm_mqtt_address_parse(limit->mqtt, &config.address, &topic));
    if (topic[0] != '/' || !topic[1] || strlen(topic) > sizeof l->topic)
        return ohm_fail(OHM_BAD_FORMAT, 0, "names no topic");
    (void)snprintf(l->topic, sizeof l->topic, "%s", topic + 1);
    ohm_err err = ohm_build_secret(&limit->password, password, sizeof password);
    if (ohm_failed(err) && err.code != OHM_UNKNOWN) /* none is configured */
        return err;
    config.password = password[0] ? password : NULL;
    const ohm_mqtt_hooks hooks = { on_message, on_up, on_down, l };
    err = ohm_mqtt_open(&d->loop, &config, &hooks, &l->mqtt);
    ohm_wipe(password, sizeof password);
    OHM_TRY(err);
    ohm_code code = ohm_mqtt_subscribe(l->mqtt, l->topic);
    return code == OHM_OK ? ohm_ok() : ohm_fail(code, 0, "is not a topic");
}

ohm_err ohm_daemon_limits_start(ohm_daemon *d)
{
    d->limits = calloc(1, sizeof *d->limits);
    if (!d->limits)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    for (uint16_t i = 0; i < d->site->limits_count; i++) {
        if (!d->site->limits[i].mqtt[0])
            continue;
        listener *l = &d->limits->listeners[d->limits->count++];
        l->limit = &d->site->limits[i];
        l->index = i;
        OHM_TRY(listen_to(d, l));
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
    (void)snprintf(command.actor, sizeof command.actor, "mqtt:%.30s", l->limit->id);
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_COMMAND, .command = &command });
}

void ohm_daemon_limits_tick(ohm_daemon *d)
{
    for (uint16_t i = 0; d->limits && i < d->limits->count; i++)
        if (d->limits->listeners[i].waits)
            take(d, &d->limits->listeners[i]);
}

void ohm_daemon_limits_stop(ohm_daemon *d)
{
    for (uint16_t i = 0; d->limits && i < d->limits->count; i++) {
        ohm_mqtt_close(d->limits->listeners[i].mqtt);
        d->limits->listeners[i].mqtt = NULL;
    }
}
