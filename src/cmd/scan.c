/* ohmstead scan: who is on a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/meter_keys.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "host/clock.h"
#include "host/crypto_aead.h"
#include "host/random.h"
#include "meter/port.h"
#include "meter/scan.h"

enum {
    BAUD_MAX = 4000000,
    TEXT_MAX = 256,
    JSON_MAX = 4096,
    NEVER_MS = 86400000, /* one search is enough */
};

typedef struct options {
    const char *port, *baud, *framing, *protocol, *where, *settings, *password_file, *state;
    ohm_key_options keys;
    bool primary, secondary, json;
} options;

typedef struct scan {
    uv_loop_t loop;
    const ohm_scanner *scanner;
    ohm_port_member member;
    const char *port;
    bool json, progress, shown, done;
    int status, found;
    ohm_crypto_aead *cipher;
    char password[OHM_METER_TEXT_MAX];
    ohm_meter_keys keys;
    ohm_counter_folder counters;
} scan;

/* --- output -------------------------------------------------------------------------------------
 */

/* The progress is one line that is written over. */
static void clear_progress(scan *s)
{
    if (s->shown)
        (void)fputs("\r\033[K", stderr);
    s->shown = false;
}

static void show_progress(scan *s, const ohm_scan_note *note)
{
    if (!s->progress || note->total == 0)
        return;
    clear_progress(s);
    (void)fprintf(stderr, "%3u %%  %s  (%d found)", 100 * note->done / note->total, note->where,
                  s->found);
    (void)fflush(stderr);
    s->shown = true;
}

static void print_json(const scan *s, const ohm_scan_note *note)
{
    char text[JSON_MAX + 1];
    ohm_json json;
    size_t len = 0;
    ohm_json_init(&json, text, JSON_MAX);
    s->scanner->json(&json, note);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK);
    (void)code;
    text[len] = '\n';
    (void)fwrite(text, 1, len + 1, stdout);
}

static void finish(scan *s, int status)
{
    if (s->done)
        return;
    s->done = true;
    s->status = status;
    clear_progress(s);
    ohm_port_leave(&s->member);
}

static void on_message(void *ctx, const void *message)
{
    scan *s = ctx;
    const ohm_scan_note *note = message;
    char text[TEXT_MAX];
    if (s->done)
        return;
    s->found += note->kind == OHM_SCAN_FOUND;
    if (note->kind != OHM_SCAN_PROGRESS) {
        clear_progress(s);
        if (s->json) {
            print_json(s, note);
        } else {
            s->scanner->text(note, text, sizeof text);
            puts(text);
        }
        if (fflush(stdout) != 0)
            finish(s, ohm_cmd_fail("standard output", "write error", NULL));
    }
    if (!s->done)
        show_progress(s, note);
}

/* --- the line -----------------------------------------------------------------------------------
 */

static void on_up(void *ctx)
{
    (void)ctx;
}

/* A line that breaks would begin again from the start: better to say so. */
static void on_down(void *ctx, bool was_up, ohm_err why)
{
    scan *s = ctx;
    (void)was_up;
    if (s->done)
        return;
    clear_progress(s);
    finish(s, ohm_cmd_fail(s->port, why.what, NULL));
}

static void on_end(void *ctx, const ohm_poll_step *step)
{
    scan *s = ctx;
    if (s->done)
        return;
    clear_progress(s);
    if (step->verdict == OHM_POLL_FAILED)
        finish(s, ohm_cmd_fail(s->port, step->why, NULL));
    else if (s->found == 0)
        finish(s, ohm_cmd_fail(s->port, "nobody answers",
                               "speed and parity? another way of looking, see --help"));
    else
        finish(s, OHM_EXIT_OK);
}

static ohm_ms utc_now(void *ctx)
{
    (void)ctx;
    return ohm_clock_utc();
}

/* What a meter that protects itself wants to know. */
static int take_secrets(scan *s, const options *o, ohm_protocol_config *config)
{
    int status = ohm_meter_keys_read("scan", &o->keys, &s->keys);
    if (status == OHM_EXIT_OK)
        status = ohm_meter_password_read(o->password_file, s->password);
    if (status != OHM_EXIT_OK)
        return status;
    config->password = s->password[0] ? s->password : NULL;
    memcpy(config->auth_key, s->keys.auth_key, s->keys.auth_key_len);
    config->auth_key_len = s->keys.auth_key_len;
    if (s->keys.key_len == 0)
        return OHM_EXIT_OK;
    if (ohm_crypto_aead_new(ohm_span_of(s->keys.key, s->keys.key_len), &s->cipher) != OHM_OK)
        return ohm_cmd_fail("scan", "no cipher for this key", NULL);
    config->aead = ohm_crypto_aead_table(s->cipher);
    config->key_id = ohm_crypto_key_id(ohm_span_of(s->keys.key, s->keys.key_len));
    return OHM_EXIT_OK;
}

/* Where the counters of our messages outlive this run. */
static int find_counters(scan *s, const options *o, ohm_protocol_config *config)
{
    char folder[OHM_PATH_MAX];
    int status = ohm_meter_state_find("scan", o->state, s->keys.key_len > 0, folder);
    if (status != OHM_EXIT_OK || !folder[0])
        return status;
    if (ohm_failed(ohm_counter_folder_init(&s->counters, folder)))
        return ohm_cmd_usage("scan", "the path is too long:", folder);
    config->counters = ohm_counter_folder_lender(&s->counters);
    return OHM_EXIT_OK;
}

static int start(scan *s, const options *o, const ohm_link_config *link)
{
    bool serial = link->address.kind == OHM_LINK_SERIAL;
    const char *where = o->where       ? o->where
                        : o->secondary ? "secondary"
                        : o->primary   ? "primary"
                                       : NULL;
    ohm_protocol_config config = {
        .line = serial,
        .baud = serial ? link->baud : 0,
        .address = where,
        .settings = o->settings,
    };
    int status = take_secrets(s, o, &config);
    if (status == OHM_EXIT_OK)
        status = find_counters(s, o, &config);
    if (status != OHM_EXIT_OK)
        return status;
    void *state = calloc(1, s->scanner->poller->state_size);
    if (!state)
        return ohm_cmd_fail("scan", "out of memory", NULL);
    s->member.state = state;
    ohm_err err = s->scanner->poller->init(state, &config);
    if (ohm_failed(err))
        return ohm_cmd_usage("scan", err.what, where ? where : o->settings);
    s->member.poller = s->scanner->poller;
    s->member.every_ms = NEVER_MS;
    s->member.hooks.on_up = on_up;
    s->member.hooks.on_down = on_down;
    s->member.hooks.on_message = on_message;
    s->member.hooks.on_end = on_end;
    s->member.hooks.utc_now = utc_now;
    s->member.hooks.ctx = s;
    err = ohm_port_join(&s->loop, NULL, link, &s->member);
    if (ohm_failed(err))
        return ohm_cmd_usage("scan", err.what, o->port);
    (void)uv_run(&s->loop, UV_RUN_DEFAULT);
    return s->status;
}

/* --- the command line ---------------------------------------------------------------------------
 */

static int take_line(scan *s, const options *o, ohm_link_config *link)
{
    const ohm_protocol *protocol = s->scanner->protocol;
    int64_t baud = protocol->baud;
    *link = (ohm_link_config){ .baud = protocol->baud };
    memcpy(link->framing, protocol->framing, sizeof link->framing);
    if (o->baud &&
        (ohm_number_int(ohm_span_text(o->baud), &baud) != OHM_OK || baud < 50 || baud > BAUD_MAX))
        return ohm_cmd_usage("scan", "not a speed in baud:", o->baud);
    link->baud = (uint32_t)baud;
    if (o->framing && ohm_link_framing_check(o->framing) != OHM_OK)
        return ohm_cmd_usage("scan", "not a framing like 8N1 or 8E1:", o->framing);
    if (o->framing)
        memcpy(link->framing, o->framing, sizeof link->framing);
    ohm_err err = ohm_link_address_parse(o->port, &link->address);
    return ohm_failed(err) ? ohm_cmd_usage("scan", err.what, o->port) : OHM_EXIT_OK;
}

static int run(const options *o)
{
    ohm_link_config link;
    scan *s = calloc(1, sizeof *s);
    if (!s || uv_loop_init(&s->loop) != 0) {
        free(s);
        return ohm_cmd_fail("scan", "out of memory", NULL);
    }
    s->scanner = ohm_scanner_find(o->protocol);
    s->port = o->port;
    s->json = o->json || !isatty(STDOUT_FILENO);
    s->progress = isatty(STDERR_FILENO);
    int status = s->scanner ? take_line(s, o, &link)
                            : ohm_cmd_usage("scan", "no search for this protocol:", o->protocol);
    if (status == OHM_EXIT_OK)
        status = start(s, o, &link);
    (void)uv_loop_close(&s->loop);
    if (s->member.state && s->scanner->poller->release)
        s->scanner->poller->release(s->member.state);
    free(s->member.state);
    ohm_crypto_aead_free(s->cipher);
    ohm_counter_folder_release(&s->counters);
    ohm_wipe(s, sizeof *s);
    free(s);
    return status;
}

int ohm_cmd_scan(int argc, char **argv)
{
    options o = { 0 };
    int status = OHM_EXIT_OK;
    char protocols[TEXT_MAX] = "", where[2 * TEXT_MAX] = "";
    const char *none = NULL;
    for (size_t i = 0; i < ohm_scanners_count; i++) {
        const ohm_scanner *row = ohm_scanners[i];
        size_t at = strlen(protocols), end = strlen(where);
        (void)snprintf(protocols + at, sizeof protocols - at, "%s%s", i ? ", " : "",
                       row->protocol->name);
        (void)snprintf(where + end, sizeof where - end, "%s%s: %s", i ? "; " : "",
                       row->protocol->name, row->where);
    }
    const ohm_option rows[] = {
        { "--protocol", "NAME", &o.protocol, NULL, protocols },
        { "--port", "ADDRESS", &o.port, NULL, "serial:/dev/…, tcp:host:port or udp:host:port" },
        { "--baud", "N", &o.baud, NULL, "speed of a serial port; default: the protocol's" },
        { "--framing", "8E1", &o.framing, NULL, "its framing; default: the protocol's" },
        { "--address", "WHERE", &o.where, NULL, where },
        { "--primary", NULL, NULL, &o.primary, "the same as --address primary" },
        { "--secondary", NULL, NULL, &o.secondary, "the same as --address secondary" },
        { "--settings", "TEXT", &o.settings, NULL, "dlms: how the meter is asked, as of 'read'" },
        { "--password-file", "FILE", &o.password_file, NULL, "dlms: its password" },
        OHM_KEY_OPTIONS(o.keys),
        { "--state", "DIR", &o.state, NULL, "dlms: where counters of ciphered meters are kept" },
        { "--json", NULL, NULL, &o.json, "JSON lines on a terminal too" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "scan",
        .arguments = "",
        .about = "Looks for the devices of a line and says each as soon as it is found: its\n"
                 "address for 'read', and who it is; of a DLMS meter its objects. Progress is\n"
                 "shown on a terminal. The exit status is 1 when nobody answers.",
        .options = rows,
        .arguments_min = 0,
        .arguments_max = 0,
    };
    if (ohm_options_read(&verb, argc, argv, &none, &status) < 0)
        return status;
    if (!o.protocol || !o.port)
        return ohm_cmd_usage("scan", "--protocol and --port say where to look", NULL);
    if (o.primary + o.secondary + (o.where != NULL) > 1)
        return ohm_cmd_usage("scan", "--primary, --secondary and --address exclude each other",
                             NULL);
    return run(&o);
}
