/* Every source of a configuration, read for a little while: what is wrong with it, in the words
 * of the page. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "cmd/doctor.h"
#include "cmd/site_build.h"
#include "host/clock.h"
#include "host/language.h"
#include "host/random.h"
#include "meter/port.h"

enum { DETAIL_MAX = 640, LOOK_MS = 200 };

typedef struct patient {
    ohm_meter *meter;
    ohm_err down; /* the last failure of its line */
    char wrong[OHM_BUILD_DETAIL_MAX];
    ohm_err err; /* it could not even be started */
    bool skipped;
} patient;

typedef struct ward {
    uv_loop_t loop;
    uv_timer_t end, look;
    int count;
    patient *patients;
    ohm_ports *ports;
} ward;

static ohm_ms utc_now(void *ctx)
{
    (void)ctx;
    ohm_ms now_ms = ohm_clock_utc();
    return ohm_clock_plausible(now_ms) ? now_ms : OHM_NO_MS;
}

static void on_down(void *ctx, ohm_err why)
{
    ((patient *)ctx)->down = why;
}

static void finish(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* Nothing is waited for when all are known to be well. */
static void look(uv_timer_t *timer)
{
    const ward *w = timer->data;
    for (int i = 0; i < w->count; i++)
        if (w->patients[i].meter &&
            !ohm_meter_state_read(ohm_meter_status_of(w->patients[i].meter)->state))
            return;
    uv_stop(timer->loop);
}

/* Asked with counters that the daemon has borrowed (meter/counter_folder.h). */
static bool is_the_daemons(const ohm_meter_config *config)
{
    const ohm_protocol *row = ohm_protocol_find(config->protocol);
    return row && row->poller && row->poller->save;
}

static void start(ward *w, const ohm_site *site, int index)
{
    patient *p = &w->patients[index];
    ohm_meter_config config;
    const ohm_meter_hooks hooks = { .utc_now = utc_now };
    const ohm_meter_watch watch = { .on_down = on_down, .ctx = p };
    p->down = ohm_ok();
    p->err = ohm_build_meter(site, index, &config, p->wrong, sizeof p->wrong);
    config.ports = w->ports;
    p->skipped = !ohm_failed(p->err) && is_the_daemons(&config);
    if (!ohm_failed(p->err) && !p->skipped)
        p->err = ohm_meter_start(&w->loop, &config, &hooks, NULL, 0, &p->meter);
    ohm_wipe(&config, sizeof config);
    if (p->meter)
        ohm_meter_set_watch(p->meter, &watch);
}

/* What is known when the time is up, even if the driver would wait on. */
static ohm_meter_state state_of(const ohm_meter_status *status)
{
    if (status->state != OHM_METER_STARTING)
        return status->state;
    if (status->counters.bytes == 0)
        return OHM_METER_NO_BYTES;
    return status->counters.frames == 0 ? OHM_METER_NO_FRAME : OHM_METER_STARTING;
}

static void tell(ohm_doctor *d, const ohm_site_meter *m, const patient *p)
{
    char detail[DETAIL_MAX];
    if (ohm_failed(p->err)) {
        (void)snprintf(detail, sizeof detail, "%s (%s): %s", m->id, m->port, p->err.what);
        ohm_doctor_say(d, OHM_VERDICT_BAD, "meter", detail, NULL);
        return;
    }
    if (p->skipped) {
        (void)snprintf(detail, sizeof detail,
                       "%s (%s): not asked from here, its counters are the daemon's: see the page",
                       m->id, m->port);
        ohm_doctor_say(d, OHM_VERDICT_GOOD, "meter", detail, NULL);
        return;
    }
    const ohm_meter_status *status = ohm_meter_status_of(p->meter);
    ohm_meter_state state = state_of(status);
    bool why = state == OHM_METER_UNREACHABLE && ohm_failed(p->down);
    (void)snprintf(detail, sizeof detail, "%s (%s): %s%s%s", m->id, m->port,
                   ohm_meter_state_text_for(status->protocol, state, ohm_language_french()),
                   why ? " — " : "", why ? p->down.what : "");
    ohm_doctor_say(d,
                   state == OHM_METER_OK ? OHM_VERDICT_GOOD
                   : state == OHM_METER_STARTING || ohm_meter_state_read(state)
                       ? OHM_VERDICT_WARNING
                       : OHM_VERDICT_BAD,
                   "meter", detail, NULL);
}

static void visit(ohm_doctor *d, ward *w, const ohm_site *site, int64_t wait_s)
{
    (void)uv_timer_init(&w->loop, &w->end);
    (void)uv_timer_init(&w->loop, &w->look);
    w->look.data = w;
    (void)uv_timer_start(&w->end, finish, (uint64_t)wait_s * 1000, 0);
    (void)uv_timer_start(&w->look, look, LOOK_MS, LOOK_MS);
    for (int i = 0; i < w->count; i++)
        if (!ohm_site_is_made(&site->meters[i]))
            start(w, site, i);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    for (int i = 0; i < w->count; i++) {
        if (!ohm_site_is_made(&site->meters[i]))
            tell(d, &site->meters[i], &w->patients[i]);
        ohm_meter_stop(w->patients[i].meter);
    }
    uv_close((uv_handle_t *)&w->end, NULL);
    uv_close((uv_handle_t *)&w->look, NULL);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
}

void ohm_doctor_meters(ohm_doctor *d, const ohm_site *site, int64_t wait_s)
{
    ward w = { .count = site->meters_count };
    w.patients = calloc((size_t)w.count, sizeof *w.patients);
    bool ready = w.patients && !ohm_failed(ohm_ports_new(&w.ports)) && uv_loop_init(&w.loop) == 0;
    if (ready) {
        visit(d, &w, site, wait_s);
        (void)uv_loop_close(&w.loop);
    } else {
        ohm_doctor_say(d, OHM_VERDICT_BAD, "meters", "out of memory", NULL);
    }
    ohm_ports_free(w.ports);
    free(w.patients);
}
