/* Every source of a configuration, read for a little while: what is wrong with it, in the words
 * of the page. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "cmd/doctor.h"
#include "cmd/site_build.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/language.h"
#include "host/paths.h"
#include "host/random.h"
#include "meter/modbus_profiles.h"
#include "meter/port.h"
#include "meter/profiles.h"
#include "store/reader.h"

enum { DETAIL_MAX = OHM_BUILD_DETAIL_MAX + 640, LOOK_MS = 200 };

typedef struct patient {
    ohm_meter *meter;
    ohm_err down; /* the last failure of its line */
    char wrong[OHM_BUILD_DETAIL_MAX];
    ohm_err err; /* it could not even be started */
    bool asked;
    bool over; /* a conversation with it came to its end */
} patient;

typedef struct ward {
    uv_loop_t loop;
    uv_timer_t end, look;
    int count;
    patient *patients;
    const char *folder; /* of the state; NULL: none */
    ohm_reader *reader; /* NULL: there is no store yet */
    ohm_ports *ports;
    ohm_profiles *profiles;
    ohm_modbus_profiles *modbus_profiles;
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

static void on_end(void *ctx, const char *why)
{
    (void)why;
    ((patient *)ctx)->over = true;
}

/* What an asked meter did not give is known when its conversation is over. */
static bool is_well(const patient *p)
{
    return ohm_meter_state_read(ohm_meter_status_of(p->meter)->state) && (!p->asked || p->over);
}

/* Nothing is waited for when all are known to be well. */
static void look(uv_timer_t *timer)
{
    const ward *w = timer->data;
    for (int i = 0; i < w->count; i++)
        if (w->patients[i].meter && !is_well(&w->patients[i]))
            return;
    uv_stop(timer->loop);
}

/* What the daemon remembers of a meter that it asks, so that it is asked for no more than by the
 * daemon. Replay counters it writes ahead of what it heard: those are not for a second listener. */
static void recall(const ward *w, const patient *p, const char *id, uint8_t **ret_bytes,
                   size_t *ret_len)
{
    char key[OHM_STORE_KEY_MAX];
    *ret_bytes = NULL;
    *ret_len = 0;
    ohm_build_meter_key(id, key);
    if (w->reader && p->asked && ohm_failed(ohm_reader_get(w->reader, key, ret_bytes, ret_len)))
        *ret_bytes = NULL;
}

/* Reads, and nothing else: what a configuration has done to a meter is the daemon's. */
static void start(ward *w, const ohm_site *site, int index)
{
    patient *p = &w->patients[index];
    ohm_meter_config config;
    ohm_payload_rule rules[OHM_PICK_RULES_MAX];
    ohm_payload_config payload;
    uint8_t *saved = NULL;
    size_t saved_len = 0;
    const ohm_meter_hooks hooks = { .utc_now = utc_now };
    const ohm_meter_watch watch = { .on_down = on_down, .on_end = on_end, .ctx = p };
    p->down = ohm_ok();
    p->err = ohm_build_payload(site, index, rules, &payload, p->wrong, sizeof p->wrong);
    if (!ohm_failed(p->err))
        p->err = ohm_build_meter(site, index, &config, p->wrong, sizeof p->wrong);
    if (ohm_failed(p->err))
        return;
    config.payload = &payload;
    config.ports = w->ports;
    config.profiles = w->profiles;
    config.modbus_profiles = w->modbus_profiles;
    config.state_dir = w->folder;
    config.deeds = (ohm_meter_deeds){ .set_clock = false };
    p->asked = ohm_meter_is_asked(&config);
    recall(w, p, site->meters[index].id, &saved, &saved_len);
    p->err = ohm_meter_start(&w->loop, &config, &hooks, saved, saved_len, &p->meter);
    free(saved);
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
        (void)snprintf(detail, sizeof detail, "%s (%s): %s%s%s", m->id, m->port, p->wrong,
                       p->wrong[0] ? ": " : "", p->err.what);
        ohm_doctor_say(d, OHM_VERDICT_BAD, "meter", detail, NULL);
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

static bool prepare(ward *w, const ohm_site *site, const char *folder)
{
    char path[OHM_PATH_MAX];
    ohm_profile_fault fault;
    const char *own = site->profiles[0] ? site->profiles : NULL;
    w->count = site->meters_count;
    w->folder = folder;
    w->patients = calloc((size_t)w->count, sizeof *w->patients);
    if (folder && (ohm_failed(ohm_path_join(folder, OHM_STORE_FILE, path)) ||
                   ohm_failed(ohm_reader_open(path, &w->reader))))
        w->reader = NULL; /* the check of the store says why */
    return w->patients && ohm_profiles_load(own, &w->profiles, &fault) == OHM_OK &&
           ohm_modbus_profiles_load(own, &w->modbus_profiles, &fault) == OHM_OK &&
           !ohm_failed(ohm_ports_new(&w->ports)) && uv_loop_init(&w->loop) == 0;
}

void ohm_doctor_meters(ohm_doctor *d, const ohm_site *site, const char *folder, int64_t wait_s)
{
    ward w = { .count = 0 };
    if (prepare(&w, site, folder)) {
        visit(d, &w, site, wait_s);
        (void)uv_loop_close(&w.loop);
    } else {
        ohm_doctor_say(d, OHM_VERDICT_BAD, "meters", "out of memory, or the profiles can't be read",
                       NULL);
    }
    ohm_ports_free(w.ports);
    ohm_profiles_free(w.profiles);
    ohm_modbus_profiles_free(w.modbus_profiles);
    ohm_reader_close(w.reader);
    free(w.patients);
}
