/* What the web asks of the loop: the last frame of a meter, the serial ports of this machine, and
 * how a source would do that is not configured yet. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/daemon.h"
#include "cmd/hex_input.h"
#include "cmd/trial_preset.h"
#include "host/clock.h"
#include "host/random.h"
#include "meter/protocol.h"
#include "meter/recent.h"
#include "web/view_json.h"

enum {
    QUEUE_BYTES = 16 * 1024,
    ANSWER_MAX = 32 * 1024, /* a message in the clear, its bytes in hex, and what is around them */
    REFUSALS_MAX = 3,
    PORTS_MAX = 64,
};

/* One trial at a time. */
typedef struct trial {
    uint64_t question; /* 0: none */
    uv_timer_t timer;
    ohm_meter *meter;
    ohm_meter_config config;
    ohm_trial_payload payload;
    int refusals_count;
    char refusals[REFUSALS_MAX][160];
} trial;

struct ohm_daemon_ask {
    ohm_daemon *daemon;
    ohm_queue *questions;
    uv_poll_t poll;
    trial trial;
    char answer[ANSWER_MAX];
};

static void answer(ohm_daemon_ask *a, uint64_t id, ohm_json *json)
{
    size_t len = 0;
    if (ohm_json_finish(json, &len) == OHM_OK)
        ohm_web_answer_json(a->daemon->web, id, ohm_span_of(a->answer, len));
    else
        ohm_web_answer(a->daemon->web, id, OHM_TOO_BIG);
}

static void answer_fault(ohm_daemon_ask *a, uint64_t id, const char *what)
{
    ohm_json json;
    ohm_json_init(&json, a->answer, sizeof a->answer);
    ohm_json_object(&json);
    ohm_json_key_null(&json, "state");
    ohm_json_key_str(&json, "error", what);
    ohm_json_end(&json);
    answer(a, id, &json);
}

/* State, its words, who it is, counters, and the last frame, as members of an open object. */
static void write_meter(ohm_json *json, const ohm_meter *meter)
{
    const ohm_meter_status *status = ohm_meter_status_of(meter);
    ohm_json_key_str(json, "state", ohm_meter_state_code(status->state));
    ohm_json_key(json, "text");
    ohm_json_object(json);
    ohm_json_key_str(json, "fr", ohm_meter_state_text_for(status->protocol, status->state, true));
    ohm_json_key_str(json, "en", ohm_meter_state_text_for(status->protocol, status->state, false));
    ohm_json_end(json);
    ohm_json_key_str(json, "protocol", status->protocol);
    ohm_json_key_str(json, "meter_id", status->meter_id[0] ? status->meter_id : NULL);
    ohm_json_key_str(json, "profile", status->profile[0] ? status->profile : NULL);
    ohm_json_key_bool(json, "authenticated", status->authenticated);
    ohm_json_key(json, "counters");
    ohm_view_write_counters(json, &status->counters);
    ohm_recent_write(ohm_meter_recent_of(meter), json);
}

static void answer_frame(ohm_daemon_ask *a, const ohm_question *q)
{
    const ohm_daemon *d = a->daemon;
    ohm_json json;
    if (q->device >= d->site->meters_count || !d->meters[q->device]) {
        ohm_web_answer(d->web, q->id, OHM_UNKNOWN);
        return;
    }
    ohm_json_init(&json, a->answer, sizeof a->answer);
    ohm_json_object(&json);
    ohm_json_key_str(&json, "device", d->devices[q->device].id);
    write_meter(&json, d->meters[q->device]);
    ohm_json_end(&json);
    answer(a, q->id, &json);
}

/* --- ports -------------------------------------------------------------------------------------
 */

static const char *user_of(const ohm_daemon *d, const char *port)
{
    for (int i = 0; i < d->site->meters_count; i++)
        if (!strcmp(d->devices[i].port, port))
            return d->devices[i].id;
    return NULL;
}

static int write_ports(ohm_json *json, const ohm_daemon *d, const char *folder,
                       const char *const *prefixes, int left)
{
    DIR *dir = opendir(folder);
    const struct dirent *e;
    while (dir && left > 0 && (e = readdir(dir)) != NULL) {
        char port[512];
        bool listed = false;
        for (int i = 0; prefixes[i] && !listed; i++)
            listed = e->d_name[0] != '.' && !strncmp(e->d_name, prefixes[i], strlen(prefixes[i]));
        int len = snprintf(port, sizeof port, "serial:%s/%s", folder, e->d_name);
        if (!listed || len >= (int)sizeof port)
            continue;
        ohm_json_object(json);
        ohm_json_key_str(json, "port", port);
        ohm_json_key_str(json, "name", e->d_name);
        ohm_json_key_str(json, "used_by", user_of(d, port));
        ohm_json_key_bool(json, "allowed", access(port + strlen("serial:"), R_OK | W_OK) == 0);
        ohm_json_end(json);
        left--;
    }
    if (dir)
        (void)closedir(dir);
    return left;
}

/* Names that stay first, then those that change with the order of plugging. */
static void answer_ports(ohm_daemon_ask *a, const ohm_question *q)
{
    static const char *const any[] = { "", NULL };
    static const char *const ttys[] = { "ttyUSB", "ttyACM", "ttyAMA", "serial", NULL };
    ohm_json json;
    ohm_json_init(&json, a->answer, sizeof a->answer);
    ohm_json_object(&json);
    ohm_json_key(&json, "items");
    ohm_json_array(&json);
    int left = write_ports(&json, a->daemon, "/dev/serial/by-id", any, PORTS_MAX);
    (void)write_ports(&json, a->daemon, "/dev", ttys, left);
    ohm_json_end(&json);
    ohm_json_key(&json, "protocols");
    ohm_json_array(&json);
    for (size_t i = 0; i < ohm_protocols_count; i++) {
        ohm_json_object(&json);
        ohm_json_key_str(&json, "name", ohm_protocols[i]->name);
        ohm_json_key_str(&json, "label", ohm_protocols[i]->label);
        ohm_json_end(&json);
    }
    ohm_json_end(&json);
    ohm_presets_write(&json, a->daemon->site->profiles[0] ? a->daemon->site->profiles : NULL);
    ohm_json_end(&json);
    answer(a, q->id, &json);
}

/* --- a trial -----------------------------------------------------------------------------------
 */

static void end_trial(uv_timer_t *timer)
{
    ohm_daemon_ask *a = timer->data;
    trial *t = &a->trial;
    ohm_json json;
    ohm_json_init(&json, a->answer, sizeof a->answer);
    ohm_json_object(&json);
    ohm_json_key_null(&json, "error");
    write_meter(&json, t->meter);
    ohm_json_key(&json, "refusals");
    ohm_json_array(&json);
    for (int i = 0; i < t->refusals_count; i++)
        ohm_json_str(&json, t->refusals[i]);
    ohm_json_end(&json);
    ohm_json_end(&json);
    answer(a, t->question, &json);
    ohm_meter_stop(t->meter);
    t->meter = NULL;
    t->question = 0;
}

/* From the loop, so that the meter has taken note of what just happened. */
static void end_soon(trial *t)
{
    (void)uv_timer_start(&t->timer, end_trial, 0, 0);
}

static void on_message(void *ctx, const ohm_protocol *protocol, const void *message, ohm_ms time_ms)
{
    (void)protocol;
    (void)message;
    (void)time_ms;
    end_soon(&((ohm_daemon_ask *)ctx)->trial);
}

static void on_reject(void *ctx, const ohm_protocol_reject *reject)
{
    trial *t = &((ohm_daemon_ask *)ctx)->trial;
    if (t->refusals_count == REFUSALS_MAX)
        return;
    (void)snprintf(t->refusals[t->refusals_count], sizeof t->refusals[0], "%s: %s%s%s",
                   reject->stage, reject->what, reject->detail[0] ? "; " : "", reject->detail);
    t->refusals_count++;
}

/* Trouble that waiting does not cure ends a trial. */
static void on_status(void *ctx, uint16_t device, const ohm_meter_status *status)
{
    static const ohm_meter_state waits[] = { OHM_METER_STARTING,  OHM_METER_OK,
                                             OHM_METER_NO_BYTES,  OHM_METER_NO_FRAME,
                                             OHM_METER_STALE,     OHM_METER_PARTLY,
                                             OHM_METER_NO_PROFILE };
    (void)device;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        if (status->state == waits[i])
            return;
    end_soon(&((ohm_daemon_ask *)ctx)->trial);
}

static ohm_ms utc_now(void *ctx)
{
    (void)ctx;
    ohm_ms now_ms = ohm_clock_utc();
    return ohm_clock_plausible(now_ms) ? now_ms : OHM_NO_MS;
}

static bool read_key(const char *hex, uint8_t *out, size_t cap, uint8_t *ret_len)
{
    size_t len = 0;
    bool good = !hex[0] || ohm_hex_parse(ohm_span_text(hex), out, cap, &len) == OHM_OK;
    *ret_len = (uint8_t)len;
    return good && (len == 0 || len == 16 || len == 32);
}

/* A port may say what is spoken at it, as in the configuration. */
static const char *protocol_of(const ohm_trial *t)
{
    static const struct {
        const char *start, *protocol;
    } rows[] = {
        { "mqtt://", "mqtt" }, { "mqtts://", "mqtt" }, { "http://", "http" }, { "https://", "http" }
    };
    bool open = !t->protocol[0] || !strcmp(t->protocol, "auto");
    for (size_t i = 0; open && i < sizeof rows / sizeof *rows; i++)
        if (!strncmp(t->port, rows[i].start, strlen(rows[i].start)))
            return rows[i].protocol;
    return t->protocol;
}

static const char *make_config(const ohm_daemon *d, const ohm_trial *t, ohm_meter_config *out,
                               ohm_trial_payload *payload)
{
    size_t title_len = 0;
    *out = (ohm_meter_config){
        .baud = (uint32_t)t->baud,
        .timezone = t->timezone[0] ? t->timezone : d->site->timezone,
        .ports = d->ports,
        .state_dir = d->state_dir,
        .profiles = d->profiles,
        .modbus_profiles = d->modbus_profiles,
    };
    (void)snprintf(out->address, sizeof out->address, "%s", t->port);
    (void)snprintf(out->protocol, sizeof out->protocol, "%s", protocol_of(t));
    (void)snprintf(out->framing, sizeof out->framing, "%s", t->framing);
    (void)snprintf(out->profile, sizeof out->profile, "%s", t->profile);
    (void)snprintf(out->password, sizeof out->password, "%s", t->password);
    (void)snprintf(out->device_address, sizeof out->device_address, "%s", t->address);
    (void)snprintf(out->settings, sizeof out->settings, "%s", t->settings);
    out->every_ms = t->every_s * OHM_SECOND_MS;
    const char *folder = d->site->profiles[0] ? d->site->profiles : NULL;
    const char *fault = ohm_trial_preset(t, folder, out, payload);
    if (fault)
        return fault;
    if (!read_key(t->key, out->key, sizeof out->key, &out->key_len))
        return "the key is not of 32 or 64 hexadecimal digits";
    if (!read_key(t->auth_key, out->auth_key, sizeof out->auth_key, &out->auth_key_len))
        return "the authentication key is not of 32 or 64 hexadecimal digits";
    out->has_system_title = t->system_title[0] != 0;
    if (out->has_system_title && (ohm_hex_parse(ohm_span_text(t->system_title), out->system_title,
                                                sizeof out->system_title, &title_len) != OHM_OK ||
                                  title_len != sizeof out->system_title))
        return "the system title is not of 16 hexadecimal digits";
    if (t->framing[0] && ohm_link_framing_check(t->framing) != OHM_OK)
        return "the framing is not one like 8N1 or 8E1";
    const ohm_protocol *row = ohm_protocol_find(t->protocol);
    bool shared = row && row->poller;
    if (!strncmp(t->port, "serial:", 7) && !shared && user_of(d, t->port))
        return "a meter of the configuration listens on this port already";
    ohm_err err = ohm_meter_config_check(out);
    return ohm_failed(err) ? err.what : NULL;
}

static void begin_trial(ohm_daemon_ask *a, const ohm_question *q)
{
    trial *t = &a->trial;
    const ohm_meter_hooks hooks = { .on_status = on_status, .utc_now = utc_now, .ctx = a };
    const ohm_meter_watch watch = { .on_message = on_message, .on_reject = on_reject, .ctx = a };
    if (t->question) {
        ohm_web_answer(a->daemon->web, q->id, OHM_BUSY);
        return;
    }
    const char *fault = make_config(a->daemon, &q->trial, &t->config, &t->payload);
    ohm_err err = fault ? ohm_fail(OHM_BAD_FORMAT, 0, fault)
                        : ohm_meter_start(&a->daemon->loop, &t->config, &hooks, NULL, 0, &t->meter);
    ohm_wipe(&t->config, sizeof t->config); /* its keys */
    if (ohm_failed(err)) {
        answer_fault(a, q->id, err.what);
        return;
    }
    t->question = q->id;
    t->refusals_count = 0;
    ohm_meter_set_watch(t->meter, &watch);
    (void)uv_timer_start(&t->timer, end_trial, (uint64_t)q->trial.seconds * OHM_SECOND_MS, 0);
}

/* --- questions ---------------------------------------------------------------------------------
 */

static void readable(uv_poll_t *poll, int status, int events)
{
    ohm_daemon_ask *a = poll->data;
    ohm_question q;
    size_t len;
    (void)status;
    (void)events;
    while (ohm_queue_pop(a->questions, &q, sizeof q, &len) == OHM_OK) {
        assert(len == sizeof q);
        switch (q.kind) {
        case OHM_QUESTION_FRAME:
            answer_frame(a, &q);
            break;
        case OHM_QUESTION_TRIAL:
            begin_trial(a, &q);
            break;
        case OHM_QUESTION_PORTS:
            answer_ports(a, &q);
            break;
        }
        ohm_wipe(&q, sizeof q);
    }
}

ohm_code ohm_daemon_ask_put(ohm_daemon_ask *a, const ohm_question *question)
{
    return ohm_queue_push(a->questions, ohm_span_of(question, sizeof *question));
}

ohm_err ohm_daemon_ask_start(ohm_daemon *d, ohm_daemon_ask **ret_ask)
{
    ohm_daemon_ask *a = calloc(1, sizeof *a);
    if (!a)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    a->daemon = d;
    ohm_err err = ohm_queue_new(QUEUE_BYTES, &a->questions);
    if (ohm_failed(err)) {
        free(a);
        return err;
    }
    (void)uv_poll_init(&d->loop, &a->poll, ohm_queue_fd(a->questions));
    (void)uv_timer_init(&d->loop, &a->trial.timer);
    a->poll.data = a->trial.timer.data = a;
    (void)uv_poll_start(&a->poll, UV_READABLE, readable);
    *ret_ask = a;
    return ohm_ok();
}

void ohm_daemon_ask_stop(ohm_daemon_ask *a)
{
    if (!a)
        return;
    ohm_meter_stop(a->trial.meter);
    a->trial.meter = NULL;
    uv_close((uv_handle_t *)&a->poll, NULL);
    uv_close((uv_handle_t *)&a->trial.timer, NULL);
}

void ohm_daemon_ask_free(ohm_daemon_ask *a)
{
    if (!a)
        return;
    ohm_queue_free(a->questions);
    free(a);
}
