/* What is asked of the car by MQTT. The newest order is taken with the next tick, so that a broker
 * that floods makes one a second; one that says again what was asked changes nothing. */
#include <stdio.h>

#include "cmd/car_order.h"
#include "cmd/daemon.h"
#include "cmd/daemon_plan.h"
#include "host/clock.h"

static ohm_err on_order(void *ctx, ohm_span payload)
{
    ohm_daemon_plan *p = ctx;
    ohm_ms now_ms = ohm_clock_utc();
    if (!p->daemon->clock_set)
        return ohm_fail(OHM_BUSY, 0, "the clock is not set");
    const ohm_tz *tz = &p->daemon->config->tz;
    ohm_day_wish wish;
    OHM_TRY(ohm_car_order_read(payload, tz, now_ms, &wish));
    if (!ohm_day_wish_fits(&wish, tz, &p->daemon->site->plan))
        return ohm_fail(OHM_RANGE, 0, "is to be ready daily when it comes home");
    p->order = wish;
    p->order_waits = true;
    return ohm_ok();
}

ohm_err ohm_daemon_car_listen(ohm_daemon_plan *p)
{
    const ohm_site_plan *site = &p->daemon->site->plan;
    const ohm_order_from from = { site->car_mqtt, site->car_user, site->car_ca_file,
                                  &site->car_password };
    if (!site->car_mqtt[0])
        return ohm_ok();
    p->orders = (ohm_order_listener){ .kind = "car", .take = on_order, .ctx = p };
    (void)snprintf(p->orders.id, sizeof p->orders.id, "%s", site->car_load);
    return ohm_order_listen(&p->daemon->loop, &from, &p->orders);
}
