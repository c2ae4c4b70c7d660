#include "cmd/daemon.h"

#include <inttypes.h>
#include <stdlib.h>

#include "host/clock.h"
#include "host/log.h"
#include "host/random.h"

enum {
    JUMP_MS = 2000,           /* the wall clock moved against the other one by more: a jump */
    COUNTERS_EVERY_MS = 5000, /* replay counters are committed this often at most */
    SAVE_EVERY_MS = 60000,    /* the engine's state goes to the store this often */
};

static const char state_key[] = "engine";

/* --- recording ---------------------------------------------------------------------------- */

/* What is lost uses up its number all the same: that is how replay knows of the hole. */
static bool record(ohm_daemon *d, ohm_ms utc_ms, ohm_span bytes)
{
    ohm_code code = ohm_store_event(d->store, d->event_seq++, utc_ms, bytes);
    if (code == OHM_OK)
        return true;
    if (!d->record_lost)
        ohm_log(OHM_LOG_WARNING, "record lost why=%s (replay has a hole here)",
                ohm_code_name(code));
    d->record_lost = true;
    return false;
}

static void record_event(ohm_daemon *d, const ohm_event *event)
{
    uint8_t bytes[OHM_EVENT_BYTES_MAX];
    size_t len = 0;
    ohm_code code = ohm_event_encode(event, bytes, sizeof bytes, &len);
    assert(code == OHM_OK);
    (void)record(d, event->utc_ms, ohm_span_of(bytes, len));
}

static void snapshot(ohm_daemon *d, ohm_snapshot_kind kind, ohm_ms utc_ms)
{
    uint8_t *bytes = malloc(OHM_SNAPSHOT_MAX);
    size_t len = 0;
    if (!bytes)
        return;
    ohm_code code = ohm_engine_snapshot(d->engine, kind, bytes, OHM_SNAPSHOT_MAX, &len);
    assert(code == OHM_OK);
    if (record(d, utc_ms, ohm_span_of(bytes, len)) && d->record_lost) {
        ohm_log(OHM_LOG_NOTICE, "record goes on (replay takes up again here)");
        d->record_lost = false;
    }
    free(bytes);
}

ohm_code ohm_daemon_save(ohm_daemon *d)
{
    if (ohm_daemon_is_safe(d)) /* what is kept is that of the last ordinary run */
        return OHM_OK;
    uint8_t *bytes = malloc(OHM_SNAPSHOT_MAX);
    size_t len = 0;
    ohm_code code = bytes ? OHM_OK : OHM_NO_MEMORY;
    if (bytes) {
        code = ohm_engine_snapshot(d->engine, OHM_SNAPSHOT_START, bytes, OHM_SNAPSHOT_MAX, &len);
        assert(code == OHM_OK);
        code = ohm_store_put(d->store, state_key, ohm_span_of(bytes, len));
    }
    if (code != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "engine state not saved why=%s", ohm_code_name(code));
    d->saved_mono = ohm_clock_mono();
    free(bytes);
    return code;
}

static ohm_span line_of(const ohm_daemon *d, const ohm_action *action,
                        char json[static OHM_ACTION_JSON_MAX])
{
    size_t len = 0;
    ohm_code code = ohm_action_json(action, d->config, json, OHM_ACTION_JSON_MAX, &len);
    assert(code == OHM_OK);
    return ohm_span_of(json, len);
}

static ohm_code journal(ohm_daemon *d, const ohm_action *action)
{
    uint8_t bytes[OHM_ACTION_BYTES_MAX];
    char json[OHM_ACTION_JSON_MAX];
    size_t bytes_len = 0;
    ohm_code code = ohm_action_encode(action, bytes, sizeof bytes, &bytes_len);
    assert(code == OHM_OK);
    char kind = action->notice == OHM_NOTICE_NONE ? 'd' : 'n';
    code = ohm_store_journal(d->store, action->seq, action->time_ms, kind,
                             ohm_span_of(bytes, bytes_len), line_of(d, action, json));
    if (code != OHM_OK)
        ohm_log(OHM_LOG_ERROR, "journal refused seq=%" PRIu64 " why=%s", action->seq,
                ohm_code_name(code));
    return code;
}

/* --- acting ------------------------------------------------------------------------------- */

static void act(ohm_daemon *d, const ohm_action *action)
{
    const ohm_decision *decision = &action->decision;
    if (action->notice == OHM_NOTICE_NONE && (decision->switches || decision->adjusts))
        ohm_daemon_output_want(d, decision->load, decision->fed, decision->setting);
}

void ohm_daemon_on_report(void *ctx, const ohm_board *board, const ohm_relay_report *report)
{
    ohm_daemon *d = ctx;
    int16_t load = ohm_board_config_of(board)->channels[report->channel].load;
    if (load < 0)
        return;
    const ohm_daemon_report r = ohm_daemon_output(d, (uint16_t)load);
    for (int i = 0; i < d->reports_count; i++) {
        if (d->reports[i].load == r.load) {
            d->reports[i] = r; /* only the newest matters */
            return;
        }
    }
    assert(d->reports_count < OHM_LOADS_MAX);
    d->reports[d->reports_count++] = r;
}

/* The answer to a command, on its way through the store's commit to the web. */
typedef struct answer {
    ohm_web *web;
    uint64_t id;
    ohm_code code;
} answer;

static void answer_committed(void *ctx, ohm_err result)
{
    answer *a = ctx;
    ohm_web_answer(a->web, a->id, ohm_failed(result) ? OHM_IO : a->code);
    free(a);
}

static void answer_after_commit(ohm_daemon *d, uint64_t id, ohm_code code)
{
    answer *a = malloc(sizeof *a);
    if (!a) {
        ohm_web_answer(d->web, id, OHM_MORE); /* taken; whether it was kept is not known */
        return;
    }
    *a = (answer){ d->web, id, code };
    if (ohm_store_commit(d->store, answer_committed, a) != OHM_OK) {
        free(a);
        ohm_web_answer(d->web, id, OHM_MORE);
    }
}

/* Everything that follows from a step: relays first, then the record, then who is watching. */
static void follow(ohm_daemon *d)
{
    const ohm_actions *actions = d->actions;
    if (actions->count == 0)
        return;
    for (int i = 0; i < actions->count; i++)
        act(d, &actions->items[i]);
    /* The state goes first: one commit holds it and the journal, so that a sequence number that
     * the journal knows is never given again after a crash. */
    ohm_code kept = ohm_daemon_save(d) == OHM_OK ? OHM_OK : OHM_IO;
    for (int i = 0; i < actions->count; i++) {
        ohm_code code = journal(d, &actions->items[i]);
        kept = code == OHM_OK ? kept : OHM_IO;
    }
    if (!d->web)
        return;
    ohm_daemon_publish(d);
    for (int i = 0; i < actions->count; i++) {
        const ohm_action *action = &actions->items[i];
        char json[OHM_ACTION_JSON_MAX];
        ohm_web_action(d->web, action->notice == OHM_NOTICE_NONE, line_of(d, action, json));
        if (action->command_id == 0)
            continue; /* nobody waits for an answer */
        if (action->notice == OHM_NOTICE_COMMAND_DONE)
            answer_after_commit(d, action->command_id, kept);
        else if (action->notice == OHM_NOTICE_COMMAND_REFUSED)
            answer_after_commit(d, action->command_id, (ohm_code)action->detail);
    }
}

static void step(ohm_daemon *d, const ohm_event *event)
{
    ohm_supervisor_event(d->supervisor, event);
    record_event(d, event);
    ohm_engine_step(d->engine, event, d->actions);
    follow(d);
}

/* What the outputs said becomes events of its own, after the step that asked. */
static void feed_reports(ohm_daemon *d)
{
    while (d->reports_count > 0) {
        ohm_daemon_report r = d->reports[--d->reports_count];
        ohm_event event = { .kind = OHM_EVENT_OUTPUT,
                            .mono = ohm_clock_mono(),
                            .utc_ms = ohm_clock_utc(),
                            .output = { r.load, r.state, r.fed, r.setting } };
        step(d, &event);
    }
}

void ohm_daemon_feed_at(ohm_daemon *d, ohm_event event, ohm_mono_ms mono, ohm_ms utc_ms)
{
    event.mono = mono;
    event.utc_ms = utc_ms;
    step(d, &event);
}

/* A wall clock that moved by itself, or became trustworthy, is told before anything else. */
static void feed_clock(ohm_daemon *d, ohm_mono_ms mono, ohm_ms utc_ms)
{
    int64_t offset = utc_ms - mono.v;
    int64_t jump = offset - d->utc_minus_mono_ms;
    bool set = ohm_clock_plausible(utc_ms);
    bool jumped = jump > JUMP_MS || jump < -JUMP_MS;
    if (jumped || set != d->clock_set) {
        ohm_event event = { .kind = OHM_EVENT_CLOCK,
                            .mono = mono,
                            .utc_ms = utc_ms,
                            .clock = { set, jumped ? jump : 0 } };
        d->clock_set = set;
        d->utc_minus_mono_ms = offset;
        step(d, &event);
    } else {
        /* Slow drift (NTP slewing) is followed, so that it never adds up to a jump. */
        d->utc_minus_mono_ms = offset;
    }
}

void ohm_daemon_feed(ohm_daemon *d, ohm_event event)
{
    event.mono = ohm_clock_mono();
    event.utc_ms = ohm_clock_utc();
    feed_clock(d, event.mono, event.utc_ms);
    step(d, &event);
    feed_reports(d);
}

/* --- the rhythm --------------------------------------------------------------------------- */

static void committed(void *ctx, ohm_err result)
{
    (void)ctx;
    (void)result; /* a disk that refuses is told by on_health */
}

/* Replay counters must be on disk before the meter has used up what they are ahead (see
 * meter/replay_saved.h): the group commit may be a minute away. One commit for all meters. */
static void commit_counters(ohm_daemon *d, ohm_mono_ms now)
{
    if (!d->counters_due || ohm_mono_since(now, d->counters_mono) < COUNTERS_EVERY_MS)
        return;
    if (ohm_store_commit(d->store, committed, NULL) != OHM_OK)
        return; /* so many wait for a commit that one comes anyway; asked again in a second */
    d->counters_due = false;
    d->counters_mono = now;
}

/* What found no room is told once a tick, not once a message. */
static void watch_drops(ohm_daemon *d, ohm_mono_ms now)
{
    ohm_store_counters counters = ohm_store_counters_of(d->store);
    uint64_t drops = counters.dropped_frames + counters.dropped_events;
    if (drops == d->drops)
        return;
    ohm_log(OHM_LOG_WARNING,
            "store queue full dropped_readings=%" PRIu64 " dropped_events=%" PRIu64,
            counters.dropped_frames, counters.dropped_events);
    d->drops = drops;
    d->drops_mono = now;
}

static void checkpoint(ohm_daemon *d)
{
    ohm_ms now_ms = ohm_clock_utc();
    if (d->record_lost) /* from here on replay can go on */
        snapshot(d, OHM_SNAPSHOT_CHECKPOINT, now_ms);
    if (!d->clock_set)
        return;
    ohm_date today = ohm_civil_from_utc(&d->config->tz, now_ms).date;
    if (ohm_days_from_date(today) == ohm_days_from_date(d->checkpoint_date))
        return;
    d->checkpoint_date = today;
    snapshot(d, OHM_SNAPSHOT_CHECKPOINT, now_ms);
}

void ohm_daemon_tick(ohm_daemon *d)
{
    ohm_mono_ms now = ohm_clock_mono();
    for (int b = 0; b < d->site->boards_count; b++)
        if (d->boards[b])
            (void)ohm_board_tick(d->boards[b], now);
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_TICK });
    ohm_daemon_limits_tick(d);
    checkpoint(d);
    ohm_daemon_relays_save(d);
    watch_drops(d, now);
    commit_counters(d, now);
    if (ohm_mono_since(now, d->saved_mono) >= SAVE_EVERY_MS)
        (void)ohm_daemon_save(d); /* tried again in a minute */
    if (d->web)
        ohm_daemon_publish(d);
}

void ohm_daemon_on_commands(ohm_daemon *d)
{
    ohm_command command;
    size_t len;
    while (ohm_queue_pop(d->commands, &command, sizeof command, &len) == OHM_OK) {
        assert(len == sizeof command);
        ohm_event event = { .kind = OHM_EVENT_COMMAND, .command = &command };
        event.mono = ohm_clock_mono();
        event.utc_ms = ohm_clock_utc();
        ohm_code code = ohm_engine_accepts(d->engine, &event);
        if (code != OHM_OK)
            ohm_web_answer(d->web, command.id, code);
        else
            ohm_daemon_feed(d, event);
    }
}

/* --- starting ----------------------------------------------------------------------------- */

/* The state of an earlier run. A state that can't be read is said and left behind: the house
 * starts from its configuration, as on the first day, but for the journal's numbers, which are
 * never given twice. */
static void restore(ohm_daemon *d, ohm_reader *reader, const ohm_store_seqs *seqs)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = ohm_reader_get(reader, state_key, &bytes, &len);
    bool first_run = err.code == OHM_UNKNOWN;
    if (!ohm_failed(err) && ohm_daemon_is_safe(d)) { /* it may be what the last run fell over */
        err = ohm_fail(OHM_UNKNOWN, 0, "not looked at");
        first_run = true;
    }
    if (!ohm_failed(err))
        err = ohm_engine_restore(d->engine, ohm_span_of(bytes, len));
    free(bytes);
    if (!ohm_failed(err))
        ohm_engine_reconfigure(d->engine, d->config);
    else
        ohm_engine_init(d->engine, d->config);
    if (ohm_failed(err) && !first_run)
        ohm_log(OHM_LOG_ERROR, "engine state not readable why=\"%s\" at=%u (starting afresh)",
                err.what, err.at);
    ohm_engine_number_from(d->engine, seqs->journal + 1);
}

bool ohm_daemon_has_state(ohm_reader *reader)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    bool has = !ohm_failed(ohm_reader_get(reader, state_key, &bytes, &len));
    free(bytes);
    return has;
}

/* An id that no earlier run had: durations then count as across a reboot. */
static uint64_t new_boot_id(void)
{
    uint64_t id;
    ohm_random(&id, sizeof id);
    return id;
}

static uint64_t read_boot_id(void)
{
    uint64_t id = ohm_clock_boot_id();
    return id ? id : new_boot_id();
}

static void fill_boot(ohm_daemon *d, ohm_boot *boot)
{
    memset(boot, 0, sizeof *boot);
    boot->boot_id = d->boot_id;
    boot->clock_set = d->clock_set;
    boot->outputs_count = d->config->loads_count;
    for (uint16_t i = 0; i < d->config->loads_count; i++) {
        const ohm_daemon_report found = ohm_daemon_output(d, i);
        if (found.state == OHM_OUTPUT_OK)
            boot->outputs[i] = (ohm_boot_output){ true, found.fed, 0, found.setting };
    }
}

/* An output that can't be read is put where the engine takes it to be, once: START counts it as
 * switched now, so that this operation breaks no minimum time that the engine knows of. */
static void command_unread(ohm_daemon *d)
{
    const ohm_load_state *loads = ohm_engine_loads_of(d->engine);
    for (uint16_t i = 0; i < d->config->loads_count; i++)
        if (ohm_daemon_output(d, i).state == OHM_OUTPUT_UNKNOWN)
            ohm_daemon_output_want(d, i, loads[i].fed, loads[i].setting);
}

ohm_err ohm_daemon_engine_start(ohm_daemon *d, ohm_reader *reader, ohm_mono_ms mono, ohm_ms utc_ms)
{
    ohm_store_seqs seqs = { 0 };
    OHM_TRY(ohm_reader_seqs(reader, &seqs));
    d->event_seq = seqs.event + 1;
    d->engine = malloc(ohm_engine_size());
    d->actions = malloc(sizeof *d->actions);
    ohm_boot *boot = malloc(sizeof *boot);
    if (!d->engine || !d->actions || !boot) {
        free(boot);
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    restore(d, reader, &seqs);
    d->boot_id = read_boot_id();
    d->clock_set = ohm_clock_plausible(utc_ms);
    d->utc_minus_mono_ms = utc_ms - mono.v;
    d->saved_mono = mono;
    d->checkpoint_date = ohm_civil_from_utc(&d->config->tz, utc_ms).date;
    fill_boot(d, boot);
    snapshot(d, OHM_SNAPSHOT_START, utc_ms);
    ohm_event start = { .kind = OHM_EVENT_START, .boot = boot, .mono = mono, .utc_ms = utc_ms };
    if (ohm_engine_accepts(d->engine, &start) != OHM_OK) {
        ohm_log(OHM_LOG_WARNING, "the time since boot went back in the same boot (a restored "
                                 "machine?): taken as another boot");
        boot->boot_id = d->boot_id = new_boot_id();
    }
    ohm_daemon_feed_at(d, start, mono, utc_ms);
    free(boot);
    command_unread(d);
    return ohm_ok();
}
