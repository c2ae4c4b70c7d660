/* How a run begins after an abort, and the safe mode: outputs are in their fail-safe states and
 * stay there, meters are read (if not they are what fails) and the page is served; nothing is
 * planned, fetched, copied or ordered, by whoever. The engine starts without what it remembers,
 * which may be what it fell over, and leaves that as it was for the next ordinary run. */
#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/abort_record.h"
#include "cmd/daemon.h"
#include "cmd/outputs.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/paths.h"

enum {
    READ_TRIES = 3,
    READ_AGAIN_MS = 200,
    LOOK_MS = 2 * OHM_SECOND_MS,
    FRESH_MS = OHM_MINUTE_MS, /* outputs may have moved for an abort since */
};

extern char **environ;

struct ohm_daemon_safe {
    ohm_abort_record record;
    ohm_outputs outputs;
    ohm_outputs_said says; /* of these */
    ohm_mono_ms begun, looked;
    bool kept;         /* how this run is stands in the file */
    bool unread;       /* the file says something, and can't be read */
    _Atomic bool left; /* by a person, where that can't be kept */
    bool let_go;       /* all outputs are where they are safe */
    bool told;         /* that the safe mode can't be left */
};

/* --- who watches ------------------------------------------------------------------------------ */

bool ohm_daemon_find_state(const ohm_daemon_options *options, char out[static OHM_PATH_MAX])
{
    if (options->state_dir)
        return (size_t)snprintf(out, OHM_PATH_MAX, "%s", options->state_dir) < OHM_PATH_MAX;
    return !ohm_failed(ohm_path_state(options->config == NULL, out));
}

/* In the supervisor's process, which has no use for them. */
static void lighten(void *ctx)
{
    ohm_daemon *d = ctx;
    free(d->site);
    free(d->config);
}

/* A daemon that can't be watched is better than none. */
void ohm_daemon_watched(ohm_daemon *d)
{
    const ohm_supervisor_options options = {
        .config = d->options.config,
        .yaml = ohm_span_of(d->yaml, d->yaml_len),
        .state_dir = d->state_dir,
        .hang_s = d->options.hang_s,
    };
    if (d->options.alone)
        return;
    ohm_err err = ohm_supervisor_start(&options, lighten, d, &d->supervisor);
    if (ohm_failed(err))
        ohm_log(OHM_LOG_WARNING,
                "no supervisor why=\"%s\" (after an abort the outputs are left to "
                "their contacts)",
                err.what);
}

/* --- how this run is -------------------------------------------------------------------------- */

/* What is told from here on is told once. */
static void begin(ohm_abort_record *record, void *ctx)
{
    const bool *safe = ctx;
    if (*safe && record->mode == OHM_RUN_NORMAL)
        record->mode = OHM_RUN_SAFE;
}

/* In a process of its own: this one has threads already. Its words go where the log goes. */
static void run_restore(const ohm_daemon *d)
{
    char name[] = "ohmstead", verb[] = "safe", does[] = "--restore", by[] = "--config",
         in[] = "--state", config[OHM_PATH_MAX], state[OHM_PATH_MAX];
    char *words[] = { name, verb, does, by, config, in, state, NULL };
    posix_spawn_file_actions_t files;
    pid_t pid = 0;
    (void)snprintf(config, sizeof config, "%s", d->options.config);
    (void)snprintf(state, sizeof state, "%s", d->state_dir);
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    int wrong = posix_spawn(&pid, "/proc/self/exe", &files, NULL, words, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    if (wrong)
        ohm_log(OHM_LOG_ERROR, "outputs of before not restored why=\"%s\"", strerror(wrong));
    while (!wrong && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* What was not let go of is brought where it is safe by what drove it then, if that is another
 * configuration by now: of this one it may not be an output any more. */
static ohm_err restore_older(ohm_daemon *d)
{
    ohm_outputs *o = &d->safe->outputs;
    const uint64_t mark = ohm_outputs_mark(ohm_span_of(d->yaml, d->yaml_len));
    uint8_t *yaml = NULL;
    size_t len = 0;
    if (!d->options.config || o->said.word == OHM_OUTPUTS_FREE || o->said.config == mark ||
        ohm_failed(ohm_outputs_kept(d->state_dir, o->said.config, &yaml, &len)))
        return ohm_ok();
    free(yaml);
    ohm_log(OHM_LOG_NOTICE, "outputs of another configuration were not let go of (restored first)");
    ohm_outputs_drop(o);
    run_restore(d);
    return ohm_outputs_take(d->state_dir, true, o);
}

/* What a record says that can't be read now may be a crash loop, and how this run ends will not be
 * counted: it is one in safe mode, until a person leaves that or it was quiet for long. */
static bool can_read(ohm_daemon *d)
{
    ohm_abort_record r;
    ohm_err err = ohm_aborts_read(d->state_dir, &r);
    for (int i = 1; i < READ_TRIES && ohm_failed(err); i++) {
        (void)poll(NULL, 0, READ_AGAIN_MS);
        err = ohm_aborts_read(d->state_dir, &r);
    }
    if (ohm_failed(err))
        ohm_log(OHM_LOG_ERROR,
                "aborts of before can't be read now why=\"%s\" (%s; a dying card or disk?)",
                err.what, d->options.trusted ? "started all the same" : "safe mode, to be sure");
    return !ohm_failed(err);
}

/* How this run is. */
static void find_mode(ohm_daemon *d)
{
    ohm_daemon_safe *safe = d->safe;
    bool asked = d->options.safe;
    safe->unread = !can_read(d);
    asked = asked || (safe->unread && !d->options.trusted);
    ohm_err err = ohm_aborts_change(d->state_dir, begin, &asked, &safe->record);
    safe->kept = !ohm_failed(err);
    if (ohm_failed(err))
        ohm_log(OHM_LOG_WARNING, "aborts not written down why=\"%s\"", err.what);
    d->mode = safe->record.mode;
}

/* From here on the outputs are this daemon's. */
static void hold(ohm_daemon *d)
{
    ohm_daemon_safe *safe = d->safe;
    safe->says = (ohm_outputs_said){ .word = OHM_OUTPUTS_HELD,
                                     .boot_id = ohm_clock_boot_id(),
                                     .begun = ohm_supervisor_began(d->supervisor),
                                     .mode = d->mode };
    ohm_err err = ohm_ok();
    if (d->yaml)
        err = ohm_outputs_keep(d->state_dir, ohm_span_of(d->yaml, d->yaml_len), &safe->says.config);
    if (ohm_failed(err))
        ohm_log(OHM_LOG_WARNING,
                "configuration not kept why=\"%s\" (after an end that nobody sees the outputs are "
                "restored by the file as it is then)",
                err.what);
    err = ohm_outputs_say(&safe->outputs, &safe->says);
    if (ohm_failed(err))
        ohm_log(OHM_LOG_WARNING,
                "outputs not marked as held why=\"%s\" (an end that nobody "
                "sees will not be known)",
                err.what);
}

ohm_err ohm_daemon_safe_start(ohm_daemon *d)
{
    ohm_daemon_safe *safe = calloc(1, sizeof *safe);
    if (!safe)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    safe->outputs.lock = -1;
    safe->begun = safe->looked = ohm_clock_mono();
    d->safe = safe;
    OHM_TRY(ohm_outputs_take(d->state_dir, true, &safe->outputs));
    ohm_supervisor_holds(d->supervisor);
    ohm_err err = ohm_aborts_put_aside(d->state_dir);
    if (ohm_failed(err))
        ohm_log(OHM_LOG_ERROR, "aborts of before not readable why=\"%s\" (kept as %s)", err.what,
                OHM_ABORTS_ASIDE);
    OHM_TRY(restore_older(d));
    ohm_outputs_note_end(d->state_dir, &safe->outputs, OHM_ABORT_OUTPUTS_LEFT, NULL);
    find_mode(d);
    hold(d);
    if (d->mode != OHM_RUN_NORMAL)
        ohm_log(OHM_LOG_ERROR,
                "safe mode level=%s aborts=%u (outputs stay in their fail-safe states; leave it in "
                "the page or by 'ohmstead safe --leave')",
                ohm_run_mode_name(d->mode), safe->record.total);
    return ohm_ok();
}

bool ohm_daemon_is_safe(const ohm_daemon *d)
{
    return d->mode != OHM_RUN_NORMAL;
}

/* An abort may have moved the outputs a moment ago. */
void ohm_daemon_safe_pause(const ohm_daemon *d, ohm_board *board)
{
    const ohm_abort_record *r = &d->safe->record;
    ohm_mono_ms now = ohm_clock_mono();
    if (r->count > 0 && r->items[0].boot_id == ohm_clock_boot_id() &&
        ohm_mono_since(now, r->items[0].mono) < FRESH_MS)
        ohm_board_pause(board, now);
}

static void note(ohm_daemon *d, ohm_notice notice, int64_t detail, const char *reason)
{
    ohm_note n = { .notice = notice, .device = OHM_DEVICE_NONE, .detail = detail };
    (void)snprintf(n.device_id, sizeof n.device_id, "%s", reason);
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_NOTE, .note = &n });
}

static void all_told(ohm_abort_record *record, void *ctx)
{
    const uint32_t *total = ctx;
    record->told = *total;
}

void ohm_daemon_odd(void *daemon, const ohm_site_odd *odd)
{
    ohm_daemon *d = daemon;
    ohm_log(OHM_LOG_WARNING, "option ignored option=%s line=%u why=\"%s\"", odd->path, odd->line,
            odd->why);
    if (d->odds_count == OHM_DAEMON_ODDS_MAX)
        return;
    ohm_daemon_odd_one *one = &d->odds[d->odds_count++];
    (void)snprintf(one->path, sizeof one->path, "%s", odd->path);
    one->line = odd->line;
}

void ohm_daemon_safe_tell(ohm_daemon *d)
{
    for (uint16_t i = 0; i < d->odds_count; i++)
        note(d, OHM_NOTICE_OPTION_IGNORED, d->odds[i].line, d->odds[i].path);
    ohm_abort_record *r = &d->safe->record;
    uint32_t untold = r->total - r->told;
    for (int i = r->count; i-- > 0;) {
        char reason[OHM_ACTOR_MAX], name[16];
        const ohm_abort *a = &r->items[i];
        if ((uint32_t)i >= untold)
            continue;
        ohm_abort_signal_name(a->signal, name);
        (void)snprintf(reason, sizeof reason, "%s%s%s", ohm_abort_cause_name(a->cause),
                       name[0] ? " " : "", name);
        note(d, OHM_NOTICE_ABORTED, a->utc_ms, reason);
    }
    if (untold > 0 && ohm_failed(ohm_aborts_change(d->state_dir, all_told, &r->total, r)))
        r->told = r->total; /* the journal has them; after a start on a full disk, twice */
    if (!ohm_daemon_is_safe(d))
        return;
    note(d, OHM_NOTICE_SAFE_MODE, d->mode,
         d->safe->unread ? "unreadable" : ohm_run_mode_name(d->mode));
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_STOP });
}

static void calm(ohm_abort_record *record, void *ctx)
{
    const ohm_daemon_safe *safe = ctx;
    if (record->mode != OHM_RUN_NORMAL)
        ohm_aborts_calm(record, ohm_clock_boot_id(), safe->looked);
}

ohm_mono_ms ohm_daemon_safe_ends(const ohm_daemon *d)
{
    return ohm_mono_after(d->safe->begun, d->safe->record.quiet_h * OHM_HOUR_MS);
}

/* It was quiet for long enough. What is not on disk does not hold: the next start would not know
 * of it. */
static bool is_calm(ohm_daemon *d)
{
    ohm_daemon_safe *safe = d->safe;
    ohm_abort_record r;
    if (ohm_mono_since(safe->looked, ohm_daemon_safe_ends(d)) < 0)
        return false;
    ohm_err err = ohm_aborts_change_now(d->state_dir, calm, safe, &r);
    if (ohm_failed(err) && safe->kept) {
        if (!safe->told)
            ohm_log(OHM_LOG_WARNING, "safe mode not left why=\"%s\" (tried on)", err.what);
        safe->told = true;
        return false;
    }
    safe->record = r;
    return true;
}

/* A person left it. A file that is gone or can't be read says nothing. */
static bool is_left(ohm_daemon *d)
{
    ohm_abort_record r;
    if (atomic_load(&d->safe->left))
        return true;
    if (!d->safe->kept || ohm_failed(ohm_aborts_read(d->state_dir, &r)) || r.seq == 0)
        return false;
    d->safe->record = r;
    return r.mode == OHM_RUN_NORMAL;
}

void ohm_daemon_safe_tick(ohm_daemon *d)
{
    ohm_daemon_safe *safe = d->safe;
    ohm_mono_ms now = ohm_clock_mono();
    ohm_supervisor_beat(d->supervisor);
    if (!ohm_daemon_is_safe(d) || d->stopping || ohm_mono_since(now, safe->looked) < LOOK_MS)
        return;
    safe->looked = now;
    if (!is_calm(d) && !is_left(d))
        return;
    ohm_log(OHM_LOG_NOTICE, "safe mode left (starting again)");
    d->again = true;
    ohm_daemon_stop_asked(d, 0);
}

static void leave(ohm_abort_record *record, void *ctx)
{
    (void)ctx;
    ohm_aborts_leave(record, ohm_clock_boot_id(), ohm_clock_mono());
}

ohm_err ohm_safe_leave(const char *state_dir)
{
    return ohm_aborts_change(state_dir, leave, NULL, NULL);
}

bool ohm_daemon_aborts_unread(const ohm_daemon *d)
{
    return d->safe->unread;
}

const ohm_abort_record *ohm_daemon_aborts(const ohm_daemon *d)
{
    return &d->safe->record;
}

/* --- on the web thread ------------------------------------------------------------------------ */

ohm_code ohm_daemon_safe_read(void *ctx, char **ret_text, size_t *ret_len)
{
    const ohm_daemon *d = ctx;
    ohm_abort_record record;
    ohm_json json;
    char *text = malloc(OHM_ABORTS_JSON_MAX);
    if (!text)
        return OHM_NO_MEMORY;
    if (ohm_failed(ohm_aborts_read(d->state_dir, &record)))
        record.mode = d->mode; /* and no aborts: what is not readable is a problem of its own */
    ohm_json_init(&json, text, OHM_ABORTS_JSON_MAX);
    ohm_aborts_write(&json, &record);
    ohm_code code = ohm_json_finish(&json, ret_len);
    if (code != OHM_OK)
        free(text);
    else
        *ret_text = text;
    return code;
}

/* The loop looks every two seconds. */
ohm_code ohm_daemon_safe_leave(void *ctx)
{
    const ohm_daemon *d = ctx;
    if (!ohm_daemon_is_safe(d))
        return OHM_CONFLICT;
    if (!ohm_failed(ohm_safe_leave(d->state_dir)))
        return OHM_OK;
    if (d->safe->kept)
        return OHM_IO;
    atomic_store(&d->safe->left, true);
    return OHM_OK;
}

/* What others would go by, if nobody saw its end. */
static void say(ohm_daemon *d, ohm_outputs_word word)
{
    ohm_daemon_safe *safe = d->safe;
    if (!safe || safe->outputs.lock < 0)
        return;
    safe->says.word = word;
    if (ohm_failed(ohm_outputs_say(&safe->outputs, &safe->says)))
        ohm_log(OHM_LOG_WARNING, "outputs not marked as they are");
}

void ohm_daemon_safe_stops(ohm_daemon *d)
{
    say(d, OHM_OUTPUTS_STOPS);
}

bool ohm_daemon_safe_found(const ohm_daemon *d)
{
    return d->safe && d->safe->outputs.said.word == OHM_OUTPUTS_FREE;
}

void ohm_daemon_safe_let_go(ohm_daemon *d, bool all)
{
    if (d->safe)
        d->safe->let_go = all;
    if (d->safe && !all)
        ohm_log(OHM_LOG_ERROR,
                "outputs not all confirmed in their fail-safe states (their contacts "
                "and their boards' own dead-men have to do it)");
}

void ohm_daemon_safe_free(ohm_daemon *d)
{
    say(d, d->safe && d->safe->let_go ? OHM_OUTPUTS_FREE : OHM_OUTPUTS_PARTLY);
    if (d->safe)
        ohm_outputs_drop(&d->safe->outputs);
    free(d->safe);
    d->safe = NULL;
}
