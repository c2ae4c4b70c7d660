#include "cmd/daemon.h"
#include "cmd/daemon_demo.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/site_check.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/notify.h"
#include "host/paths.h"
#include "host/random.h"
#include "host/syserr.h"
#include "store/backup.h"

enum {
    TICK_MS = 1000,
    COMMANDS_BYTES = 64 * 1024,      /* queue from the web thread */
    STORE_QUEUE_BYTES = 1024 * 1024, /* a few minutes of a slow disk */
    LARGE_BYTES = 64 * 1024,         /* a buffer so large is given memory as it is used */
};

/* --- the store ---------------------------------------------------------------------------- */

/* On the writer thread. */
static void on_store_health(void *ctx, ohm_err state)
{
    ohm_daemon *d = ctx;
    atomic_store(&d->store_full, ohm_err_is_full(state));
    atomic_store(&d->store_health, (int)state.code);
    if (ohm_failed(state))
        ohm_log(OHM_LOG_ERROR, "store refuses why=\"%s\" (readings wait in memory)", state.what);
    else
        ohm_log(OHM_LOG_NOTICE, "store works again");
}

_Static_assert((int)OHM_SITE_KEEPS_MAX <= (int)OHM_STORE_KEEP_MAX, "each has a place");

/* How long readings are kept; how many rules. */
static int keep_of(const ohm_daemon *d, ohm_store_keep out[static OHM_STORE_KEEP_MAX])
{
    for (int i = 0; i < d->site->keeps_count; i++) {
        const ohm_site_keep *keep = &d->site->keeps[i];
        out[i] = (ohm_store_keep){ .age_ms = keep->after_days * 24 * OHM_HOUR_MS,
                                   .every_ms = keep->every_minutes * OHM_MINUTE_MS };
    }
    return d->site->keeps_count;
}

static ohm_err open_store(ohm_daemon *d, ohm_reader **ret_reader)
{
    OHM_TRY(ohm_dir_ensure(d->state_dir));
    OHM_TRY(ohm_path_join(d->state_dir, OHM_STORE_FILE, d->store_path));
    ohm_store_options options = {
        .path = d->store_path,
        .group_commit_ms = d->site->commit_s * OHM_SECOND_MS,
        .events_keep_ms = d->site->events_keep_days * 24 * OHM_HOUR_MS,
        .queue_bytes = STORE_QUEUE_BYTES,
        .exclusive = true,
        .on_health = on_store_health,
        .ctx = d,
    };
    options.keep_count = keep_of(d, options.keep);
    OHM_TRY(ohm_daemon_codes_start(d));
    ohm_postgres_config postgres;
    OHM_TRY(ohm_daemon_postgres(d, &postgres, &options.postgres));
    options.energy = ohm_daemon_contract_plan(d);
    OHM_TRY(ohm_store_open(&options, &d->store));
    char copy[OHM_PATH_MAX], quoted[OHM_PATH_MAX];
    if (!ohm_failed(ohm_path_join(d->state_dir, OHM_BACKUP_FILE, copy)))
        ohm_backup_discard(copy); /* of the page's, which was cut */
    ohm_log(OHM_LOG_NOTICE, "state folder=%s%s", ohm_log_quote(d->state_dir, quoted, sizeof quoted),
            d->demo ? " (--demo is for the verbs that look into it)" : "");
    for (int i = 0; i < d->site->meters_count; i++) {
        char key[OHM_SERIES_KEY_MAX];
        const ohm_daemon_device *m = &d->devices[i];
        (void)snprintf(key, sizeof key, "%s/%s/%s", d->site->id, m->zone, m->id);
        OHM_TRY(ohm_store_set_device(d->store, (uint16_t)i, key));
    }
    OHM_TRY(ohm_reader_open(d->store_path, ret_reader));
    ohm_err err = ohm_daemon_codes_load(d, *ret_reader);
    if (ohm_failed(err)) {
        ohm_reader_close(*ret_reader);
        *ret_reader = NULL;
    }
    return err;
}

/* --- meters ------------------------------------------------------------------------------- */

void ohm_daemon_frame(ohm_daemon *d, const ohm_frame *frame, ohm_frame *ret_kept)
{
    ohm_daemon_values_reserve(&d->latest[frame->device], frame);
    ohm_daemon_registers_sift(d, frame, ret_kept);
    ohm_daemon_values_show(d, ret_kept);
    ohm_daemon_codes_frame(d, ret_kept);
    if (ohm_daemon_keep(d, ret_kept) == OHM_RANGE)
        ohm_log(OHM_LOG_WARNING, "frame not stored device=%u why=%s", frame->device,
                "its time is impossible");
    /* What the engine would not look at needs no replay. It doubts registers by itself, and so sees
     * them as they were said. */
    if (ohm_engine_looks_at(d->config, frame->device))
        ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = frame });
    if (d->web)
        ohm_daemon_publish_soon(d);
    ohm_daemon_rest_frame(d, ret_kept);
}

static void on_frame(void *ctx, const ohm_frame *frame)
{
    ohm_daemon *d = ctx;
    ohm_frame kept;
    ohm_daemon_frame(d, frame, &kept);
    ohm_daemon_merge_frame(d, &kept);
}

/* Rows of the past complete the curve; nothing is decided by them. */
static void on_history(void *ctx, const ohm_frame *frame)
{
    ohm_daemon *d = ctx;
    ohm_frame kept;
    ohm_daemon_registers_sift_row(d, frame, &kept);
    if (ohm_daemon_keep(d, &kept) == OHM_RANGE)
        ohm_log(OHM_LOG_WARNING, "row not stored device=%u why=%s", frame->device,
                "its time is impossible");
}

static void on_status(void *ctx, uint16_t device, const ohm_meter_status *status)
{
    ohm_daemon *d = ctx;
    ohm_log(status->state == OHM_METER_OK ? OHM_LOG_NOTICE : OHM_LOG_WARNING, "meter %s state=%s",
            d->devices[device].id, ohm_meter_state_code(status->state));
    if (status->clock_off_s)
        ohm_log(OHM_LOG_WARNING, "meter %s clock_off_s=%lld (its readings get our time)",
                d->devices[device].id, (long long)status->clock_off_s);
    if (d->web)
        ohm_daemon_publish_soon(d);
}

static void committed(void *ctx, ohm_err result)
{
    (void)ctx;
    if (ohm_failed(result))
        ohm_log(OHM_LOG_WARNING, "meter counters not on disk yet why=\"%s\"", result.what);
}

/* At once: what a meter was told must not be forgotten, or it would be told again. */
static void on_save(void *ctx, uint16_t device, const uint8_t *bytes, size_t len)
{
    ohm_daemon *d = ctx;
    char key[OHM_STORE_KEY_MAX];
    ohm_build_meter_key(d->devices[device].id, key);
    if (ohm_store_put(d->store, key, ohm_span_of(bytes, len)) != OHM_OK ||
        ohm_store_commit(d->store, committed, d) != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "meter counters not saved device=%u", device);
    d->counters_due = true;
}

/* Its state says that something is lacking: the log, when that begins, what. */
static void on_lack(void *ctx, uint16_t device, const char *why)
{
    const ohm_daemon *d = ctx;
    if (ohm_meter_status_of(d->meters[device])->state == OHM_METER_OK)
        ohm_log(OHM_LOG_WARNING, "meter %s not all of it came why=\"%s\"", d->devices[device].id,
                why);
}

/* Whom a meter's key is believed from is for the journal, not only for the log. */
static void on_trusted(void *ctx, uint16_t device, const uint8_t title[static 8])
{
    ohm_daemon *d = ctx;
    ohm_note note = { .notice = OHM_NOTICE_METER_TRUSTED, .device = device };
    for (int i = 4; i < 8; i++) /* a maker's letters come first: these tell two meters apart */
        note.detail = note.detail << 8 | title[i];
    (void)snprintf(note.device_id, sizeof note.device_id, "%.39s", d->devices[device].id);
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_NOTE, .note = &note });
}

static ohm_ms utc_now(void *ctx)
{
    (void)ctx;
    ohm_ms now_ms = ohm_clock_utc();
    return ohm_clock_plausible(now_ms) ? now_ms : OHM_NO_MS;
}

/* What all meters share. */
static ohm_err prepare_meters(ohm_daemon *d)
{
    ohm_profile_fault fault = { "" };
    bool modbus = false;
    for (int i = 0; i < d->site->meters_count; i++) {
        const char *protocol = ohm_site_protocols[d->site->meters[i].protocol];
        if (ohm_site_is_made(&d->site->meters[i]))
            continue;
        modbus = modbus || !strncmp(protocol, "modbus", 6) || !strcmp(protocol, "auto");
    }
    const char *folder = d->site->profiles[0] ? d->site->profiles : NULL;
    ohm_code code = ohm_profiles_load(folder, &d->profiles, &fault);
    if (code == OHM_OK && modbus)
        code = ohm_modbus_profiles_load(folder, &d->modbus_profiles, &fault);
    if (code != OHM_OK) {
        ohm_log(OHM_LOG_ERROR, "profiles not readable why=\"%s\"", fault.text);
        return ohm_fail(code, 0, "the meter profiles can't be read");
    }
    OHM_TRY(ohm_daemon_merges_start(d));
    OHM_TRY(ohm_daemon_rests_start(d));
    return ohm_ports_new(&d->ports);
}

static ohm_err start_meter(ohm_daemon *d, ohm_reader *reader, int index)
{
    char detail[OHM_BUILD_DETAIL_MAX] = "", key[OHM_STORE_KEY_MAX];
    ohm_meter_config config;
    ohm_payload_rule rules[OHM_PICK_RULES_MAX];
    ohm_payload_config payload;
    ohm_err err = ohm_build_payload(d->site, index, rules, &payload, detail, sizeof detail);
    if (!ohm_failed(err))
        err = ohm_build_meter(d->site, index, &config, detail, sizeof detail);
    if (ohm_failed(err)) {
        ohm_log(OHM_LOG_ERROR, "meter not usable which=\"%s\" why=\"%s\"", detail, err.what);
        return err;
    }
    config.payload = &payload;
    if (d->demo)
        ohm_demo_meter(d->demo_house, &config);
    config.ports = d->ports;
    config.state_dir = d->state_dir;
    config.profiles = d->profiles;
    config.modbus_profiles = d->modbus_profiles;
    if (!d->site->meters[index].timezone[0])
        config.tz = &d->config->tz;
    const ohm_meter_hooks hooks = { .on_frame = on_frame,
                                    .on_history = on_history,
                                    .on_status = on_status,
                                    .save = on_save,
                                    .on_lack = on_lack,
                                    .on_trusted = on_trusted,
                                    .utc_now = utc_now,
                                    .ctx = d };
    uint8_t *saved = NULL;
    size_t saved_len = 0;
    ohm_build_meter_key(d->devices[index].id, key);
    err = ohm_reader_get(reader, key, &saved, &saved_len);
    if (!ohm_failed(err) || err.code == OHM_UNKNOWN)
        err = ohm_meter_start(&d->loop, &config, &hooks, saved, saved_len, &d->meters[index]);
    free(saved);
    ohm_wipe(&config, sizeof config);
    return err;
}

/* --- the web ------------------------------------------------------------------------------ */

/* On the web thread. */
static ohm_code submit(void *ctx, const ohm_command *command)
{
    ohm_daemon *d = ctx;
    return ohm_queue_push(d->commands, ohm_span_of(command, sizeof *command));
}

/* On the web thread. */
static ohm_code ask(void *ctx, const ohm_question *question)
{
    ohm_daemon *d = ctx;
    return ohm_daemon_ask_put(d->ask, question);
}

/* On the web thread, which may wait. */
static ohm_err put_state(void *ctx, const char *key, ohm_span value)
{
    ohm_daemon *d = ctx;
    return ohm_store_put_wait(d->store, key, value);
}

static void on_command_ready(uv_poll_t *poll, int status, int events)
{
    (void)events;
    if (status == 0)
        ohm_daemon_on_commands(poll->data);
}

static ohm_err start_web(ohm_daemon *d)
{
    OHM_TRY(ohm_daemon_ask_start(d, &d->ask));
    OHM_TRY(ohm_queue_new(COMMANDS_BYTES, &d->commands));
    (void)uv_poll_init(&d->loop, &d->on_command, ohm_queue_fd(d->commands));
    d->on_command.data = d;
    (void)uv_poll_start(&d->on_command, UV_READABLE, on_command_ready);
    char address[OHM_SITE_TEXT_MAX];
    uint16_t port;
    if (!ohm_listen_parse(d->options.listen ? d->options.listen : d->site->listen, address,
                          sizeof address, &port))
        return ohm_fail(OHM_BAD_FORMAT, 0, "--listen takes address:port, as 127.0.0.1:8420");
    const char *hosts[OHM_SITE_HOSTS_MAX + 1] = { NULL };
    for (int i = 0; i < d->site->hosts_count; i++)
        hosts[i] = d->site->hosts[i].name;
    const char *proxies[OHM_SITE_HOSTS_MAX + 1] = { NULL };
    for (int i = 0; i < d->site->proxies_count; i++)
        proxies[i] = d->site->proxies[i].name;
    ohm_web_options options = {
        .address = address,
        .port = port,
        .behind_proxy = d->site->behind_proxy,
        .trusted_proxies = proxies,
        .allowed_hosts = hosts,
        .public_origin = d->site->public_origin[0] ? d->site->public_origin : NULL,
        .state_dir = d->state_dir,
        .store_path = d->store_path,
        .demo = d->demo,
        .submit = submit,
        .ask = ask,
        .put_state = put_state,
        .tariffs = ohm_daemon_tariffs,
        .loads = ohm_daemon_loads,
        .replay = ohm_daemon_replay,
        .contract_own = ohm_daemon_contract_own,
        .contract_read = ohm_daemon_contract_read,
        .contract_write = ohm_daemon_contract_write,
        .mirror = ohm_daemon_mirror_of,
        .report = ohm_daemon_doctor,
        .safe_read = ohm_daemon_safe_read,
        .safe_leave = ohm_daemon_safe_leave,
        .plan = d->plan ? ohm_daemon_plan_read : NULL,
        .car_ask = d->plan ? ohm_daemon_car_ask : NULL,
        .forecast = d->watch ? ohm_daemon_forecast_read : NULL,
        .uses_ahead = d->watch ? ohm_daemon_uses_ahead : NULL,
        .alarms = d->watch ? ohm_daemon_alarms_read : NULL,
        .alarm_do = d->watch ? ohm_daemon_alarm_do : NULL,
        .ctx = d,
    };
    ohm_daemon_rules_serve(&options);
    options.keep_count = keep_of(d, options.keep);
    OHM_TRY(ohm_web_start(&options, &d->web));
    ohm_daemon_publish(d);
    return ohm_ok();
}

/* What a person at the console needs to know, and nothing else. */
static void greet(const ohm_daemon *d)
{
    printf("ohmstead %s: %s\n", OHM_VERSION, ohm_web_url(d->web));
    if (d->demo)
        puts("demo house: everything is simulated, nothing real is switched");
    if (ohm_web_reach(d->web)[0])
        printf("from other devices: %s\n", ohm_web_reach(d->web));
    if (ohm_web_ca_fingerprint(d->web)[0])
        printf("TLS: own CA, SHA-256 %s\n", ohm_web_ca_fingerprint(d->web));
    if (ohm_web_claim_code(d->web)[0])
        printf("first run: open the page and enter the claim code %s\n",
               ohm_web_claim_code(d->web));
    (void)fflush(stdout);
}

/* --- start, run, stop --------------------------------------------------------------------- */

static void on_tick(uv_timer_t *timer)
{
    ohm_daemon *d = timer->data;
    if (d->demo)
        ohm_demo_tick(d);
    ohm_daemon_grid_tick(d);
    ohm_daemon_contract_tick(d);
    ohm_daemon_rules_tick(d);
    ohm_daemon_codes_tick(d);
    ohm_daemon_stop_tick(d); /* first: what it lets go of counts for who comes back next */
    ohm_daemon_tick(d);
    ohm_daemon_plan_tick(d);
    ohm_daemon_outlook_tick(d);
    ohm_daemon_watch_tick(d);
    ohm_daemon_safe_tick(d);
    if (ohm_notify_watchdog_ms() > 0)
        (void)ohm_notify("WATCHDOG=1");
}

static void on_signal(uv_signal_t *handle, int number)
{
    ohm_daemon_stop_asked(handle->data, number);
}

static void start_loop(ohm_daemon *d)
{
    (void)uv_timer_init(&d->loop, &d->tick);
    (void)uv_signal_init(&d->loop, &d->on_term);
    (void)uv_signal_init(&d->loop, &d->on_int);
    d->tick.data = d->on_term.data = d->on_int.data = d;
    (void)uv_signal_start(&d->on_term, on_signal, SIGTERM);
    (void)uv_signal_start(&d->on_int, on_signal, SIGINT);
    (void)uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
}

/* Everything that can fail; on failure `what` names the part. */
static ohm_err start(ohm_daemon *d, const char **what)
{
    ohm_reader *reader = NULL;
    *what = d->file;
    OHM_TRY(ohm_build_engine(d->site, d->file, d->config));
    OHM_TRY(ohm_daemon_contract_start(d));
    OHM_TRY(ohm_daemon_rules_start(d));
    *what = "store";
    OHM_TRY(open_store(d, &reader));
    *what = "outputs";
    ohm_err err = ohm_daemon_safe_start(d);
    free(d->yaml);
    d->yaml = NULL;
    if (!ohm_failed(err)) {
        *what = "boards";
        err = ohm_daemon_relays_start(d, reader);
    }
    if (!ohm_failed(err) && d->demo) {
        *what = "demo house";
        err = ohm_demo_start(d, reader);
    }
    if (!ohm_failed(err)) {
        *what = "engine";
        ohm_mono_ms mono = ohm_clock_mono();
        ohm_ms utc_ms = ohm_clock_utc();
        if (d->demo)
            ohm_demo_began(d->demo_house, &mono, &utc_ms);
        err = ohm_daemon_engine_start(d, reader, mono, utc_ms);
    }
    if (!ohm_failed(err) && d->demo)
        err = ohm_demo_tell(d);
    if (!ohm_failed(err)) {
        ohm_daemon_safe_tell(d);
        *what = "plan";
        if (!ohm_daemon_is_safe(d))
            err = ohm_daemon_plan_start(d, reader);
    }
    if (!ohm_failed(err) && !ohm_daemon_is_safe(d)) {
        *what = "alarms";
        err = ohm_daemon_watch_start(d, reader);
    }
    if (!ohm_failed(err)) {
        *what = "meter profiles";
        err = prepare_meters(d);
    }
    if (!ohm_failed(err)) {
        *what = "store";
        err = ohm_daemon_registers_restore(d, reader);
    }
    if (!ohm_failed(err) && !ohm_daemon_is_safe(d)) {
        *what = "mirrors";
        err = ohm_daemon_mirrors_start(d);
    }
    for (int i = 0; i < d->site->meters_count && !ohm_failed(err); i++) {
        *what = d->devices[i].id;
        if (!ohm_site_is_made(&d->site->meters[i]) && d->mode != OHM_RUN_BARE)
            err = start_meter(d, reader, i);
    }
    ohm_daemon_site_shrink(d);
    if (!ohm_failed(err) && !ohm_daemon_is_safe(d)) {
        *what = "signals";
        err = ohm_daemon_grid_start(d);
    }
    ohm_reader_close(reader);
    if (!ohm_failed(err) && !ohm_daemon_is_safe(d)) {
        *what = "limits";
        err = ohm_daemon_limits_start(d);
    }
    if (!ohm_failed(err)) {
        *what = "web";
        err = start_web(d);
    }
    return err;
}

/* Our own handles; meters, house and fetchers close theirs. One that was never opened has no
 * type. */
static void close_handles(ohm_daemon *d)
{
    uv_handle_t *const handles[] = { (uv_handle_t *)&d->tick, (uv_handle_t *)&d->on_term,
                                     (uv_handle_t *)&d->on_int, (uv_handle_t *)&d->on_command };
    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++)
        if (uv_handle_get_type(handles[i]) != UV_UNKNOWN_HANDLE)
            uv_close(handles[i], NULL);
}

static void stop(ohm_daemon *d)
{
    /* What a minimum time still holds goes to its fail-safe state too: nobody is left to bring it
     * back. What the board's own limits hold up is seen, and brought back, at the next start. */
    if (d->engine && d->stopping)
        ohm_daemon_let_go(d);
    ohm_daemon_plan_cancel(d);
    ohm_daemon_watch_cancel(d);
    ohm_daemon_stop_boards(d);
    for (int i = 0; i < d->site->meters_count; i++)
        ohm_meter_stop(d->meters[i]);
    ohm_daemon_ask_stop(d->ask);
    ohm_daemon_grid_stop(d);
    ohm_daemon_limits_stop(d);
    ohm_demo_stop(d);
    if (d->engine && d->store)
        (void)ohm_daemon_save(d);
    /* What waits for a commit is answered while the web still stands; what the web still writes
     * finds the store. */
    if (d->store && ohm_failed(ohm_store_commit_wait(d->store)))
        ohm_log(OHM_LOG_ERROR, "the last commit failed (what was acknowledged is safe)");
    ohm_daemon_mirrors_stop(d);
    ohm_web_stop(d->web);
    ohm_store_close(d->store);
    close_handles(d);
    (void)uv_run(&d->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&d->loop);
    ohm_ports_free(d->ports);
    ohm_daemon_plan_free(d);
    ohm_daemon_watch_free(d);
    ohm_daemon_tariffs_free(d);
    ohm_daemon_contract_free(d);
    ohm_daemon_rules_free(d);
    ohm_daemon_merges_free(d);
    ohm_daemon_rests_free(d);
    ohm_profiles_free(d->profiles);
    ohm_modbus_profiles_free(d->modbus_profiles);
    ohm_daemon_grid_free(d);
    ohm_daemon_ask_free(d->ask);
    ohm_queue_free(d->commands);
    ohm_daemon_safe_free(d); /* the outputs are anybody's */
}

static int run(ohm_daemon *d)
{
    const char *what = "";
    start_loop(d);
    ohm_err err = start(d, &what);
    if (ohm_failed(err)) {
        stop(d);
        bool web = strcmp(what, "web") == 0;
        return ohm_cmd_fail(what, err.what,
                            web ? "--listen or web.listen give another address"
                                : "run 'ohmstead doctor' for more");
    }
    greet(d);
    (void)ohm_notify("READY=1");
    ohm_supervisor_runs(d->supervisor, d->mode);
    (void)uv_run(&d->loop, UV_RUN_DEFAULT);
    stop(d);
    return OHM_EXIT_OK;
}

int ohm_daemon_run(const ohm_daemon_options *options, bool *ret_again)
{
    ohm_daemon *d = calloc(1, sizeof *d);
    int status = OHM_EXIT_FAILED;
    *ret_again = false;
    if (!d)
        return ohm_cmd_fail("serve", "out of memory", NULL);
    /* A decoder's windows are large and mostly unused. Left to itself malloc would put them on
     * its heap as soon as the first one was freed, and clear them. */
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    d->options = *options;
    d->demo = options->config == NULL;
    d->file = d->demo ? OHM_SITE_DEMO : options->config;
    d->site = calloc(1, sizeof *d->site);
    d->config = calloc(1, sizeof *d->config);
    if (!d->site || !d->config || uv_loop_init(&d->loop))
        (void)ohm_cmd_fail("serve", "out of memory", NULL);
    else if (d->demo ? ohm_build_site(NULL, d->site) != OHM_OK
                     : !ohm_site_is_good_to_run(d->file, ohm_daemon_odd, d, d->site, &d->yaml,
                                                &d->yaml_len))
        (void)ohm_cmd_fail(d->file, "is not usable", "nothing was started");
    else if (!ohm_daemon_find_state(options, d->state_dir))
        (void)ohm_cmd_fail("serve", "no folder for the state", "give one with --state DIR");
    else if (!ohm_daemon_values_make(d) || !ohm_daemon_names_make(d))
        (void)ohm_cmd_fail("serve", "out of memory", NULL);
    else {
        ohm_daemon_watched(d);
        status = run(d);
        *ret_again = d->again && status == OHM_EXIT_OK;
    }
    ohm_supervisor_end(d->supervisor);
    for (int i = 0; d->latest && i < d->site->meters_count; i++)
        ohm_daemon_values_drop(&d->latest[i]);
    free(d->latest);
    free(d->devices);
    free(d->names);
    free(d->limits);
    ohm_daemon_codes_free(d);
    free(d->engine);
    free(d->actions);
    free(d->config);
    free(d->site);
    free(d->yaml);
    free(d);
    return status;
}
