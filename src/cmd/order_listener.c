#include "cmd/order_listener.h"

#include <stdio.h>
#include <string.h>

#include "cmd/site_build.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/random.h"

enum { REFUSED_MS = 10 * OHM_MINUTE_MS }; /* so often a source of nonsense is told of */

static void on_message(void *ctx, const ohm_mqtt_message *message)
{
    ohm_order_listener *l = ctx;
    if (message->retained)
        return;
    ohm_err err = l->take(l->ctx, message->payload);
    ohm_mono_ms now = ohm_clock_mono();
    if (!ohm_failed(err) || (l->bad && ohm_mono_since(now, l->bad_mono) < REFUSED_MS))
        return;
    ohm_log(OHM_LOG_WARNING, "%s order refused %s=%s why=\"%s\"", l->kind, l->kind, l->id,
            err.what);
    l->bad = true;
    l->bad_mono = now;
}

static void on_up(void *ctx)
{
    const ohm_order_listener *l = ctx;
    ohm_log(OHM_LOG_NOTICE, "%s orders listened for %s=%s", l->kind, l->kind, l->id);
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    const ohm_order_listener *l = ctx;
    if (was_up)
        ohm_log(OHM_LOG_WARNING, "%s orders' broker lost %s=%s why=\"%s\"", l->kind, l->kind, l->id,
                why.what);
}

ohm_err ohm_order_listen(struct uv_loop_s *loop, const ohm_order_from *from, ohm_order_listener *l)
{
    char password[OHM_SITE_PATH_MAX] = "";
    const char *topic = NULL;
    ohm_mqtt_config config = { .user = from->user[0] ? from->user : NULL,
                               .ca_file = from->ca_file[0] ? from->ca_file : NULL };
    OHM_TRY(ohm_mqtt_address_parse(from->mqtt, &config.address, &topic));
    if (topic[0] != '/' || !topic[1] || strlen(topic) > sizeof l->topic)
        return ohm_fail(OHM_BAD_FORMAT, 0, "names no topic");
    (void)snprintf(l->topic, sizeof l->topic, "%s", topic + 1);
    ohm_err err = ohm_build_secret(from->password, password, sizeof password);
    if (ohm_failed(err) && err.code != OHM_UNKNOWN) /* none is configured */
        return err;
    config.password = password[0] ? password : NULL;
    const ohm_mqtt_hooks hooks = { on_message, on_up, on_down, l };
    err = ohm_mqtt_open(loop, &config, &hooks, &l->mqtt);
    ohm_wipe(password, sizeof password);
    OHM_TRY(err);
    ohm_code code = ohm_mqtt_subscribe(l->mqtt, l->topic);
    return code == OHM_OK ? ohm_ok() : ohm_fail(code, 0, "is not a topic");
}

void ohm_order_stop(ohm_order_listener *l)
{
    ohm_mqtt_close(l->mqtt);
    l->mqtt = NULL;
}
