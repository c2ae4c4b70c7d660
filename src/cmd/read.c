/* ohmstead read: one meter, once or for as long as it is wanted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/hex_input.h"
#include "cmd/meter_keys.h"
#include "cmd/options.h"
#include "cmd/site_build.h"
#include "cmd/verbs.h"
#include "host/clock.h"
#include "host/language.h"
#include "host/random.h"
#include "host/tzdata.h"
#include "meter/answer.h"
#include "meter/modbus_profiles.h"
#include "meter/poller.h"
#include "meter/profiles.h"

enum {
    TIMEOUT_S = 60,
    TIMEOUT_S_MAX = 86400,
    BAUD_MAX = 4000000,
    VALUE_TEXT_MAX = 512,
    EVERY_S_MAX = 86400,
};

typedef struct options {
    const char *port, *baud, *framing, *protocol, *profile, *profiles, *zone, *title, *timeout;
    const char *config, *device, *address, *every, *password_file, *settings, *relay, *state;
    bool set_clock;
    ohm_key_options keys;
    bool follow, json, echo;
} options;

typedef struct reader {
    uv_loop_t loop;
    uv_timer_t timer;
    ohm_meter_config config;
    ohm_meter *meter;
    ohm_profiles *profiles;
    ohm_modbus_profiles *modbus_profiles;
    ohm_meter_keys keys;
    ohm_site *site; /* with --config */
    ohm_payload_rule rules[OHM_PICK_RULES_MAX];
    ohm_payload_config payload; /* likewise */
    ohm_tz tz;
    ohm_meter_clock clock;
    char state_dir[OHM_PATH_MAX]; /* "": none is known */
    bool follow, json, french, done;
    int status, messages;
    bool started;        /* a reading of several messages whose first ones came */
    const char *refused; /* why the last message was not accepted */
    ohm_reading_text answer;
    char text[OHM_PROTOCOL_JSON_MAX]; /* one value for a table */
} reader;

/* --- output -------------------------------------------------------------------------------------
 */

/* What was gathered of a reading; `whole`: all of it. */
static void flush_json(reader *r, bool whole)
{
    if (r->answer.len == 0)
        return;
    size_t len = ohm_reading_finish(&r->answer, whole);
    (void)fwrite(r->answer.text, 1, len, stdout);
    (void)fputc('\n', stdout);
    r->answer.len = r->answer.count = 0;
}

/* Messages that are parts of one are said together, as far as there is room. */
static void print_json(reader *r, const ohm_protocol *protocol, const void *message, bool more)
{
    if (!ohm_reading_add(&r->answer, protocol, message, &r->clock)) {
        flush_json(r, false);
        bool fits = ohm_reading_add(&r->answer, protocol, message, &r->clock);
        assert(fits);
        (void)fits;
    }
    if (!more || !protocol->joined)
        flush_json(r, !more);
}

/* A value for people: no quotes around text, and as much of it as fits a line. */
static void value_text(const reader *r, ohm_json *json, char out[static VALUE_TEXT_MAX])
{
    size_t len = 0;
    if (ohm_json_finish(json, &len) != OHM_OK)
        len = 0;
    bool quoted = len >= 2 && r->text[0] == '"';
    (void)snprintf(out, VALUE_TEXT_MAX, "%.*s", (int)(quoted ? len - 2 : len),
                   r->text + (quoted ? 1 : 0));
}

static void print_table(reader *r, const ohm_protocol *protocol, const void *message,
                        ohm_ms time_ms)
{
    char text[VALUE_TEXT_MAX];
    if (!r->started || !protocol->joined) {
        protocol->heading(message, time_ms, text, sizeof text);
        printf("%s%s\n", r->messages > 1 ? "\n" : "", text);
    }
    for (size_t i = 0;; i++) {
        ohm_protocol_item item;
        ohm_json json;
        ohm_json_init(&json, r->text, OHM_PROTOCOL_JSON_MAX);
        if (!protocol->item(message, i, &r->clock, &json, &item))
            return;
        value_text(r, &json, text);
        printf("  %-18s %-26s %14s %s\n", item.code, item.quantity, text, item.unit);
    }
}

/* --- what happens -------------------------------------------------------------------------------
 */

static void finish(reader *r, int status)
{
    if (r->done)
        return;
    flush_json(r, false);
    r->done = true;
    r->status = status;
    ohm_meter_stop(r->meter);
    uv_close((uv_handle_t *)&r->timer, NULL);
}

static void say(const reader *r, ohm_meter_state state)
{
    (void)fprintf(stderr, "ohmstead: %s: %s\n", r->config.address,
                  ohm_meter_state_text_for(r->config.protocol, state, r->french));
}

static void on_message(void *ctx, const ohm_protocol *protocol, const void *message, ohm_ms time_ms)
{
    reader *r = ctx;
    if (r->done || (!r->follow && protocol->partial && protocol->partial(message)))
        return;
    bool more = protocol->continues && protocol->continues(message);
    r->messages++;
    if (r->json)
        print_json(r, protocol, message, more);
    else
        print_table(r, protocol, message, time_ms);
    r->started = more;
    if (fflush(stdout) != 0)
        finish(r, ohm_cmd_fail("standard output", "write error", NULL));
    else if (!r->follow && !more)
        finish(r, OHM_EXIT_OK);
}

/* Of a meter that is asked: everything was said, or `why` not. */
static void on_end(void *ctx, const char *why)
{
    reader *r = ctx;
    if (r->done)
        return;
    flush_json(r, false); /* what came before it broke off */
    r->started = false;
    if (!why && r->messages == 0)
        why = "the meter has nothing to say to this";
    if (why)
        (void)ohm_cmd_fail(r->config.address, why, NULL);
    if (!r->follow)
        finish(r, why ? OHM_EXIT_FAILED : OHM_EXIT_OK);
}

/* Trouble that waiting does not cure ends a single read; following goes on and says it. */
static void on_status(void *ctx, uint16_t device, const ohm_meter_status *status)
{
    reader *r = ctx;
    (void)device;
    ohm_meter_state s = status->state;
    bool hopeless = ohm_meter_state_hopeless(s);
    if (r->done || s == OHM_METER_STARTING || ohm_meter_state_read(s))
        return;
    bool asked = s == OHM_METER_NO_ANSWER || s == OHM_METER_REFUSED || s == OHM_METER_NO_FRAME;
    if (asked && r->refused)
        (void)fprintf(stderr, "ohmstead: %s: %s\n", r->config.address, r->refused);
    if (r->follow || hopeless)
        say(r, s);
    if (!r->follow && hopeless)
        finish(r, OHM_EXIT_FAILED);
}

static void on_down(void *ctx, ohm_err why)
{
    reader *r = ctx;
    if (r->done)
        return;
    if (why.code == OHM_END && r->messages > 0) {
        finish(r, OHM_EXIT_OK);
        return;
    }
    const char *nothing = r->refused ? r->refused : "no message in it";
    (void)ohm_cmd_fail(r->config.address, why.code == OHM_END ? nothing : why.what, NULL);
    if (!r->follow || why.code == OHM_END)
        finish(r, OHM_EXIT_FAILED);
}

/* Joining a line in the middle of a push is not worth a word; losing one later is. */
static void on_reject(void *ctx, const ohm_protocol_reject *reject)
{
    reader *r = ctx;
    r->refused = reject->what;
    if (r->done || r->messages == 0)
        return;
    (void)fprintf(stderr, "ohmstead: %s: %s: %s\n", r->config.address, reject->stage, reject->what);
    if (!r->follow) /* the rest of a reading of several messages won't come */
        finish(r, OHM_EXIT_FAILED);
}

/* What is known when the time is up, even if the driver would wait on. */
static void on_timeout(uv_timer_t *timer)
{
    reader *r = timer->data;
    const ohm_meter_status *status = ohm_meter_status_of(r->meter);
    ohm_meter_state s = status->state;
    if (r->messages > 0)
        return;
    if (s == OHM_METER_STARTING && status->counters.bytes == 0)
        s = OHM_METER_NO_BYTES;
    else if (s == OHM_METER_STARTING && status->counters.frames == 0)
        s = OHM_METER_NO_FRAME;
    if (s == OHM_METER_STARTING)
        (void)ohm_cmd_fail(r->config.address,
                           r->refused ? r->refused : "frames came, but no whole message in time",
                           "a longer --timeout may help");
    else
        say(r, s);
    finish(r, OHM_EXIT_FAILED);
}

static ohm_ms utc_now(void *ctx)
{
    (void)ctx;
    ohm_ms now_ms = ohm_clock_utc();
    return ohm_clock_plausible(now_ms) ? now_ms : OHM_NO_MS;
}

/* --- the command line ---------------------------------------------------------------------------
 */

static int number(const char *what, const char *text, int64_t low, int64_t high, int64_t *out)
{
    int64_t value = 0;
    if (!text)
        return OHM_EXIT_OK;
    if (ohm_number_int(ohm_span_text(text), &value) != OHM_OK || value < low || value > high)
        return ohm_cmd_usage("read", what, text);
    *out = value;
    return OHM_EXIT_OK;
}

/* Some addresses say what is spoken there. */
static const char *protocol_of(const char *port)
{
    if (!strncmp(port, "mqtt://", 7) || !strncmp(port, "mqtts://", 8))
        return "mqtt";
    if (!strncmp(port, "http://", 7) || !strncmp(port, "https://", 8))
        return "http";
    return "auto";
}

/* What only a device that is asked has. With an address it is asked, even if its protocol knows of
 * meters that speak by themselves. */
static int asked_from_options(ohm_meter_config *c, const options *o)
{
    const ohm_protocol *protocol = ohm_protocol_find(o->protocol ? o->protocol : "auto");
    int64_t every_s = protocol && protocol->poller && o->address ? protocol->poller->every_s : 0;
    int status = number("not a number of seconds:", o->every, 1, EVERY_S_MAX, &every_s);
    if (status != OHM_EXIT_OK)
        return status;
    if (o->address && strlen(o->address) >= sizeof c->device_address)
        return ohm_cmd_usage("read", "the device's address is too long:", o->address);
    (void)snprintf(c->device_address, sizeof c->device_address, "%s", o->address ? o->address : "");
    c->every_ms = every_s * OHM_SECOND_MS;
    c->drop_echo = o->echo;
    return ohm_meter_password_read(o->password_file, c->password);
}

/* A meter described by options. */
static int from_options(reader *r, const options *o)
{
    ohm_meter_config *c = &r->config;
    int64_t baud = 0;
    size_t title_len = 0;
    int status = number("not a speed in baud:", o->baud, 50, BAUD_MAX, &baud);
    if (status == OHM_EXIT_OK)
        status = ohm_protocol_check("read", o->protocol);
    if (status == OHM_EXIT_OK)
        status = ohm_meter_keys_read("read", &o->keys, &r->keys);
    if (status != OHM_EXIT_OK)
        return status;
    if (strlen(o->port) >= sizeof c->address)
        return ohm_cmd_usage("read", "the address is too long", NULL);
    (void)snprintf(c->address, sizeof c->address, "%s", o->port);
    c->baud = (uint32_t)baud;
    if (o->framing && strlen(o->framing) >= sizeof c->framing)
        return ohm_cmd_usage("read", "not a framing like 8N1 or 8E1:", o->framing);
    (void)snprintf(c->framing, sizeof c->framing, "%s", o->framing ? o->framing : "");
    (void)snprintf(c->protocol, sizeof c->protocol, "%s",
                   o->protocol ? o->protocol : protocol_of(o->port));
    (void)snprintf(c->profile, sizeof c->profile, "%s", o->profile ? o->profile : "");
    memcpy(c->key, r->keys.key, sizeof c->key);
    memcpy(c->auth_key, r->keys.auth_key, sizeof c->auth_key);
    c->key_len = r->keys.key_len;
    c->auth_key_len = r->keys.auth_key_len;
    c->timezone = o->zone;
    status = asked_from_options(c, o);
    if (status != OHM_EXIT_OK || !o->title)
        return status;
    if (ohm_hex_parse(ohm_span_text(o->title), c->system_title, sizeof c->system_title,
                      &title_len) != OHM_OK ||
        title_len != sizeof c->system_title)
        return ohm_cmd_usage("read", "not a system title of 16 hex digits:", o->title);
    c->has_system_title = true;
    return OHM_EXIT_OK;
}

/* A meter of a configuration: the named one, or the main one. */
static int from_config(reader *r, const options *o)
{
    char detail[OHM_BUILD_DETAIL_MAX] = "";
    r->site = calloc(1, sizeof *r->site);
    if (!r->site)
        return ohm_cmd_fail("read", "out of memory", NULL);
    if (ohm_build_site(o->config, r->site) != OHM_OK)
        return OHM_EXIT_FAILED;
    if (r->site->meters_count == 0)
        return ohm_cmd_fail(o->config, "no meter in this configuration", NULL);
    int index = ohm_build_main_meter(r->site);
    if (o->device) {
        index = 0;
        while (index < r->site->meters_count && strcmp(r->site->meters[index].id, o->device) != 0)
            index++;
        if (index == r->site->meters_count)
            return ohm_cmd_usage("read", "the configuration has no meter", o->device);
    }
    const ohm_site_meter *m = &r->site->meters[index];
    if ((m->rest || (m->merge && o->device)))
        return ohm_cmd_usage("read", "made of several meters, read one of those:", o->device);
    if (m->merge)
        index = ohm_build_find_meter(r->site, r->site->merges[m->merge - 1].from[0].id);
    ohm_err err = ohm_build_payload(r->site, index, r->rules, &r->payload, detail, sizeof detail);
    if (!ohm_failed(err))
        err = ohm_build_meter(r->site, index, &r->config, detail, sizeof detail);
    r->config.payload = &r->payload;
    return ohm_failed(err) ? ohm_cmd_fail(detail, err.what, NULL) : OHM_EXIT_OK;
}

/* What the options add to the settings of the configuration. */
static bool add_settings(reader *r, const options *o)
{
    char text[OHM_METER_SETTINGS_MAX];
    int len = snprintf(text, sizeof text, "%s%s%s", r->config.settings, o->settings ? " " : "",
                       o->settings ? o->settings : "");
    if (len < 0 || (size_t)len >= sizeof text)
        return false;
    memcpy(r->config.settings, text, (size_t)len + 1);
    return true;
}

/* What is done to the meter, and only where that can be meant. */
static int add_deeds(reader *r, const options *o)
{
    ohm_meter_deeds *deeds = &r->config.deeds;
    if (!o->set_clock && !o->relay)
        return OHM_EXIT_OK;
    if (strcmp(r->config.protocol, ohm_protocol_cosem.name) != 0)
        return ohm_cmd_usage("read", "--set-clock and --relay are of protocol cosem", NULL);
    if (o->set_clock && !r->config.timezone)
        return ohm_cmd_usage("read", "--set-clock needs the zone of the meter's clock: --timezone",
                             NULL);
    deeds->set_clock = o->set_clock;
    if (!o->relay)
        return OHM_EXIT_OK;
    if (!deeds->allow_disconnect)
        return ohm_cmd_usage("read", "--relay needs allow_disconnect: true in the configuration",
                             NULL);
    bool off = !strcmp(o->relay, "disconnect"), on = !strcmp(o->relay, "reconnect");
    if (!off && !on)
        return ohm_cmd_usage("read", "--relay is disconnect or reconnect:", o->relay);
    deeds->relay = off ? OHM_SWITCH_DISCONNECT : OHM_SWITCH_RECONNECT;
    return OHM_EXIT_OK;
}

/* Where the counters of our messages outlive this run. */
static int find_state(reader *r, const options *o)
{
    bool keyed = r->config.key_len > 0 && !strcmp(r->config.protocol, ohm_protocol_cosem.name);
    int status = ohm_meter_state_find("read", o->state, keyed, r->state_dir);
    r->config.state_dir = r->state_dir[0] ? r->state_dir : NULL;
    return status;
}

static int set_up(reader *r, const options *o)
{
    ohm_profile_fault fault = { "out of memory" };
    if (!o->port == !o->config)
        return ohm_cmd_usage("read", "one of --port and --config says what to read", NULL);
    if (o->device && !o->config)
        return ohm_cmd_usage("read", "a meter's name needs --config:", o->device);
    int status = o->port ? from_options(r, o) : from_config(r, o);
    if (status != OHM_EXIT_OK)
        return status;
    if (!add_settings(r, o))
        return ohm_cmd_usage("read", "the settings are too long", NULL);
    status = add_deeds(r, o);
    if (status == OHM_EXIT_OK)
        status = find_state(r, o);
    if (status != OHM_EXIT_OK)
        return status;
    if (r->config.timezone) {
        ohm_err err = ohm_tzdata_load(r->config.timezone, &r->tz);
        if (ohm_failed(err))
            return ohm_cmd_usage("read", err.what, r->config.timezone);
        r->clock.tz = &r->tz;
    }
    const char *folder = o->profiles;
    if (!folder && r->site && r->site->profiles[0])
        folder = r->site->profiles;
    if (ohm_profiles_load(folder, &r->profiles, &fault) != OHM_OK)
        return ohm_cmd_fail("meter profiles", fault.text, NULL);
    if (ohm_modbus_profiles_load(folder, &r->modbus_profiles, &fault) != OHM_OK)
        return ohm_cmd_fail("Modbus profiles", fault.text, NULL);
    r->config.profiles = r->profiles;
    r->config.modbus_profiles = r->modbus_profiles;
    r->clock.live = true;
    r->clock.last_ms = OHM_NO_MS;
    r->follow = o->follow;
    r->json = o->json || !isatty(STDOUT_FILENO);
    r->french = ohm_language_french();
    return OHM_EXIT_OK;
}

static int run(reader *r, int64_t timeout_s)
{
    const ohm_meter_hooks hooks = { .on_status = on_status, .utc_now = utc_now, .ctx = r };
    const ohm_meter_watch watch = { on_message, on_reject, on_down, on_end, r };
    (void)uv_timer_init(&r->loop, &r->timer);
    r->timer.data = r;
    ohm_err err = ohm_meter_start(&r->loop, &r->config, &hooks, NULL, 0, &r->meter);
    ohm_wipe(r->config.key, sizeof r->config.key);
    ohm_wipe(r->config.auth_key, sizeof r->config.auth_key);
    ohm_wipe(r->config.password, sizeof r->config.password);
    if (ohm_failed(err)) {
        uv_close((uv_handle_t *)&r->timer, NULL);
        r->status = ohm_cmd_usage("read", err.what, r->config.address);
    } else {
        ohm_meter_set_watch(r->meter, &watch);
        if (timeout_s > 0)
            (void)uv_timer_start(&r->timer, on_timeout, (uint64_t)timeout_s * 1000, 0);
    }
    (void)uv_run(&r->loop, UV_RUN_DEFAULT);
    return r->status;
}

static int read_meter(const options *o)
{
    int64_t timeout_s = o->follow ? 0 : TIMEOUT_S;
    int status = number("not a number of seconds:", o->timeout, 1, TIMEOUT_S_MAX, &timeout_s);
    if (status != OHM_EXIT_OK)
        return status;
    reader *r = calloc(1, sizeof *r);
    if (!r || uv_loop_init(&r->loop) != 0) {
        free(r);
        return ohm_cmd_fail("read", "out of memory", NULL);
    }
    status = set_up(r, o);
    if (status == OHM_EXIT_OK)
        status = run(r, timeout_s);
    (void)uv_loop_close(&r->loop);
    ohm_profiles_free(r->profiles);
    ohm_modbus_profiles_free(r->modbus_profiles);
    free(r->site);
    ohm_wipe(r, sizeof *r);
    free(r);
    return status;
}

int ohm_cmd_read(int argc, char **argv)
{
    options o = { 0 };
    int status = OHM_EXIT_OK;
    char protocols[OHM_PROTOCOL_LIST_MAX];
    ohm_protocol_list(protocols);
    const ohm_option rows[] = {
        { "--port", "ADDRESS", &o.port, NULL,
          "serial:/dev/…, tcp:host:port, udp:host:port, file:PATH, mqtt://…, http://…" },
        { "--baud", "N", &o.baud, NULL, "speed of a serial port; default: the protocol's" },
        { "--framing", "8E1", &o.framing, NULL, "its framing; default: the protocol's" },
        { "--protocol", "NAME", &o.protocol, NULL, protocols },
        { "--address", "TEXT", &o.address, NULL, "of the device that is asked: 5, a unit, ..." },
        { "--every", "SECONDS", &o.every, NULL, "asks this often, with --follow" },
        { "--echo", NULL, NULL, &o.echo, "the line gives back what is sent" },
        OHM_KEY_OPTIONS(o.keys),
        { "--password-file", "FILE", &o.password_file, NULL, "of a device that wants one" },
        { "--settings", "TEXT", &o.settings, NULL,
          "how a DLMS meter is asked: client=1 auth=low…" },
        { "--set-clock", NULL, NULL, &o.set_clock, "set its clock to ours" },
        { "--relay", "WHAT", &o.relay, NULL, "disconnect or reconnect, where it is allowed" },
        { "--system-title", "HEX", &o.title, NULL, "the meter's; any other is refused" },
        { "--profile", "NAME", &o.profile, NULL, "the meter's profile; default: as it fits" },
        { "--profiles", "DIR", &o.profiles, NULL, "a folder of more profiles" },
        { "--timezone", "ZONE", &o.zone, NULL, "of the meter's clock: Europe/Zurich" },
        { "--config", "FILE", &o.config, NULL, "a configuration that has the meter" },
        { "--state", "DIR", &o.state, NULL, "where counters of ciphered DLMS meters are kept" },
        { "--follow", NULL, NULL, &o.follow, "go on, message after message" },
        { "--json", NULL, NULL, &o.json, "JSON lines on a terminal too" },
        { "--timeout", "SECONDS", &o.timeout, NULL, "for the first message (60)" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "read",
        .arguments = "[METER]",
        .about = "Reads one meter: its first whole message as a table, or as a JSON object like\n"
                 "those of 'decode' when the output is not a terminal; it also answers by short\n"
                 "codes: \"1.8.0\" in kWh, \"16.7.0\" in W. METER names one of the configuration;\n"
                 "without it, its main meter. When nothing can be read, says what is wrong with\n"
                 "the line and ends with status 1.\n"
                 "\n" OHM_KEY_ABOUT,
        .options = rows,
        .arguments_min = 0,
        .arguments_max = 1,
    };
    if (ohm_options_read(&verb, argc, argv, &o.device, &status) < 0)
        return status;
    return read_meter(&o);
}
