/* ohmstead replay: the recorded events through the engine again; the same actions must come out,
 * byte for byte. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "engine/codec.h"
#include "host/paths.h"
#include "store/reader.h"

enum { WHY_MAX = 200, WHERE_MAX = 80 };

typedef struct request {
    const char *state, *day, *from;
    bool demo, print;
    bool has_day;
    ohm_date date;
    uint64_t from_seq;
} request;

typedef struct replay {
    const request *request;
    ohm_reader *reader;
    ohm_store_seqs seqs; /* as they were when it began: what comes later is not looked at */

    /* Found by the first pass: where to start, and what the day is. */
    bool has_start;
    uint64_t start_seq;
    ohm_interval range;

    ohm_engine *engine;
    bool running; /* the engine holds the state before the next event */
    uint64_t last_seq;
    ohm_event_box box;
    ohm_actions actions;
    ohm_action recorded;
    uint8_t bytes[OHM_SNAPSHOT_MAX];
    uint64_t events, actions_count, gaps, left_out;

    bool differs;
    char what[WHERE_MAX], why[WHY_MAX], where[WHERE_MAX];
} replay;

static void say_where(replay *r, const ohm_record *record)
{
    char time[OHM_RFC3339_MAX];
    (void)ohm_rfc3339_write(record->utc_ms, time);
    (void)snprintf(r->where, sizeof r->where, "at event %" PRIu64 " of %s", record->seq, time);
}

/* Says the first difference; false, so that the reading stops. */
static bool differ(replay *r, const char *what, uint64_t number, const char *why)
{
    r->differs = true;
    (void)snprintf(r->what, sizeof r->what, "%s %" PRIu64, what, number);
    (void)snprintf(r->why, sizeof r->why, "%s", why);
    return false;
}

static bool in_range(const replay *r, const ohm_record *record)
{
    if (record->seq < r->request->from_seq)
        return false;
    return !r->request->has_day ||
           (record->utc_ms >= r->range.from_ms && record->utc_ms < r->range.to_ms);
}

/* --- comparing ---------------------------------------------------------------------------- */

typedef struct lookup {
    uint64_t seq;
    bool found, damaged;
    size_t len;
    uint8_t bytes[OHM_ACTION_BYTES_MAX];
} lookup;

static bool take_record(void *ctx, const ohm_record *record)
{
    lookup *l = ctx;
    if (record->seq != l->seq)
        return false;
    l->found = true;
    l->damaged = record->encoded.len > sizeof l->bytes;
    if (!l->damaged) {
        l->len = record->encoded.len;
        memcpy(l->bytes, record->encoded.ptr, record->encoded.len);
    }
    return false;
}

static bool find_recorded(replay *r, uint64_t seq, lookup *out)
{
    *out = (lookup){ .seq = seq };
    ohm_err err = ohm_reader_journal_from(r->reader, seq, take_record, out);
    return !ohm_failed(err) && out->found;
}

static bool same_action(replay *r, const ohm_action *action)
{
    uint8_t bytes[OHM_ACTION_BYTES_MAX];
    size_t len = 0;
    lookup l;
    ohm_code code = ohm_action_encode(action, bytes, sizeof bytes, &len);
    assert(code == OHM_OK);
    if (!find_recorded(r, action->seq, &l))
        return differ(r, "action", action->seq, "was replayed but is not in the journal");
    if (!l.damaged && l.len == len && memcmp(l.bytes, bytes, len) == 0)
        return true;
    if (l.damaged || ohm_failed(ohm_action_decode(ohm_span_of(l.bytes, l.len), &r->recorded)))
        return differ(r, "action", action->seq, "the journal's record can't be read");

    int64_t recorded = 0, replayed = 0;
    const char *field = ohm_action_difference(&r->recorded, action, &recorded, &replayed);
    char why[WHY_MAX];
    (void)snprintf(why, sizeof why, "%s: recorded %" PRId64 ", replayed %" PRId64,
                   field ? field : "bytes", recorded, replayed);
    return differ(r, "action", action->seq, why);
}

static void print_action(const replay *r, const ohm_action *action)
{
    char json[OHM_ACTION_JSON_MAX];
    size_t len = 0;
    ohm_code code =
        ohm_action_json(action, ohm_engine_config_of(r->engine), json, sizeof json, &len);
    assert(code == OHM_OK);
    printf("%.*s\n", (int)len, json);
}

static bool same_actions(replay *r, const ohm_record *record)
{
    for (uint16_t i = 0; i < r->actions.count; i++) {
        const ohm_action *action = &r->actions.items[i];
        if (!same_action(r, action))
            return false;
        if (!in_range(r, record))
            continue;
        r->actions_count++;
        if (r->request->print)
            print_action(r, action);
    }
    return true;
}

/* --- the two kinds of records ------------------------------------------------------------- */

/* Whether the journal has an action that no event led to, from the engine's next one up to
 * another run's first. */
static bool accounted(replay *r, uint64_t next_seq, uint64_t end_seq)
{
    lookup l;
    if (next_seq < end_seq && find_recorded(r, next_seq, &l))
        return differ(r, "action", next_seq, "is in the journal but was not replayed");
    return true;
}

static bool take_snapshot(replay *r, const ohm_record *record, ohm_snapshot_kind kind)
{
    if (r->running && kind == OHM_SNAPSHOT_CHECKPOINT) {
        if (ohm_engine_is_as(r->engine, record->encoded, r->bytes, sizeof r->bytes))
            return true;
        return differ(r, "checkpoint", record->seq, "the replayed state is another");
    }
    bool went_on = r->running;
    uint64_t next_seq = went_on ? ohm_engine_next_seq(r->engine) : 0;
    ohm_err err = ohm_engine_restore(r->engine, record->encoded);
    if (ohm_failed(err))
        return differ(r, "snapshot", record->seq, err.what);
    r->running = true;
    return !went_on || accounted(r, next_seq, ohm_engine_next_seq(r->engine));
}

static bool take_event(replay *r, const ohm_record *record)
{
    ohm_err err = ohm_event_decode(record->encoded, &r->box);
    if (ohm_failed(err))
        return differ(r, "event", record->seq, err.what);
    ohm_code code = ohm_engine_accepts(r->engine, &r->box.event);
    if (code != OHM_OK)
        return differ(r, "event", record->seq, ohm_code_text(code));
    ohm_engine_step(r->engine, &r->box.event, &r->actions);
    if (in_range(r, record))
        r->events++;
    return same_actions(r, record);
}

static bool take(void *ctx, const ohm_record *record)
{
    replay *r = ctx;
    if (record->seq > r->seqs.event || (r->request->has_day && record->utc_ms >= r->range.to_ms))
        return false;
    say_where(r, record);
    if (r->last_seq != 0 && record->seq != r->last_seq + 1) {
        r->gaps++;
        r->running = false; /* until a snapshot says where things stand */
    }
    r->last_seq = record->seq;
    ohm_snapshot_kind kind;
    if (ohm_snapshot_is(record->encoded, &kind))
        return take_snapshot(r, record, kind);
    if (r->running)
        return take_event(r, record);
    r->left_out++;
    return true;
}

/* --- where to start ----------------------------------------------------------------------- */

/* Finds the newest snapshot before the start asked for, else the first after it. */
static bool find_start(void *ctx, const ohm_record *record)
{
    replay *r = ctx;
    ohm_snapshot_kind kind;
    if (!ohm_snapshot_is(record->encoded, &kind))
        return true;
    if (r->request->has_day && !ohm_failed(ohm_engine_restore(r->engine, record->encoded)))
        r->range = ohm_date_interval(&ohm_engine_config_of(r->engine)->tz, r->request->date);
    bool before = r->request->has_day ? record->utc_ms < r->range.from_ms
                                      : record->seq <= r->request->from_seq;
    if (r->has_start && !before)
        return false;
    r->has_start = true;
    r->start_seq = record->seq;
    return true;
}

static int finish(replay *r)
{
    if (r->differs)
        return ohm_cmd_fail(r->what, r->why, r->where);
    if (r->gaps > 0 || r->left_out > 0) {
        char why[WHY_MAX];
        (void)snprintf(why, sizeof why,
                       "identical as far as it goes, but %" PRIu64 " holes, %" PRIu64
                       " events without the state before them",
                       r->gaps, r->left_out);
        return ohm_cmd_fail("the record", why, "events were dropped: see 'dropped' in the log");
    }
    printf("%" PRIu64 " events, %" PRIu64 " actions: identical\n", r->events, r->actions_count);
    return fflush(stdout) == 0 ? OHM_EXIT_OK : ohm_cmd_fail("standard output", "write error", NULL);
}

static int run(replay *r, const char *path)
{
    ohm_err err = ohm_reader_seqs(r->reader, &r->seqs);
    if (!ohm_failed(err))
        err = ohm_reader_events(r->reader, 0, find_start, r);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    if (!r->has_start && r->seqs.event > 0)
        return ohm_cmd_fail(path,
                            "what is recorded there begins with no state that this version reads",
                            "it goes on from the next start of 'ohmstead serve'");
    if (!r->has_start)
        return ohm_cmd_fail(path, "nothing is recorded there", "'ohmstead serve' records");
    err = ohm_reader_events(r->reader, r->start_seq, take, r);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    if (!r->differs && !r->request->has_day && r->running)
        (void)accounted(r, ohm_engine_next_seq(r->engine), r->seqs.journal + 1);
    if (!r->differs && r->events == 0)
        return ohm_cmd_fail(path, "nothing is recorded for that time", NULL);
    return finish(r);
}

/* --- the command line --------------------------------------------------------------------- */

/* "2026-11-22", and nothing else. */
static bool read_date(const char *text, ohm_date *out)
{
    char time[sizeof "2026-11-22T00:00:00Z"];
    ohm_ms ms;
    if (strlen(text) != strlen("2026-11-22"))
        return false;
    (void)snprintf(time, sizeof time, "%sT00:00:00Z", text);
    if (ohm_failed(ohm_rfc3339_parse(ohm_span_text(time), &ms)))
        return false;
    ohm_tz utc;
    ohm_tz_utc(&utc);
    *out = ohm_civil_from_utc(&utc, ms).date;
    return true;
}

static int read_request(request *q)
{
    int64_t from = 0;
    if (q->day && q->from)
        return ohm_cmd_usage("replay", "--day and --from exclude each other", NULL);
    q->has_day = q->day != NULL;
    if (q->day && !read_date(q->day, &q->date))
        return ohm_cmd_usage("replay", "a day is YYYY-MM-DD, not", q->day);
    if (q->from && (ohm_number_int(ohm_span_text(q->from), &from) != OHM_OK || from < 0))
        return ohm_cmd_usage("replay", "a sequence number is 0 or more, not", q->from);
    q->from_seq = (uint64_t)from;
    return OHM_EXIT_OK;
}

static int open_and_run(const request *q)
{
    char state[OHM_PATH_MAX], path[OHM_PATH_MAX];
    if (q->state && q->demo)
        return ohm_cmd_usage("replay", "--state and --demo exclude each other", NULL);
    ohm_err err = q->state ? ohm_ok() : ohm_path_state(q->demo, state);
    if (ohm_failed(err))
        return ohm_cmd_fail("the state folder", err.what, "name it with --state");
    const char *folder = q->state ? q->state : state;
    err = ohm_path_join(folder, OHM_STORE_FILE, path);
    if (ohm_failed(err))
        return ohm_cmd_fail(folder, err.what, NULL);

    replay *r = calloc(1, sizeof *r);
    ohm_engine *engine = malloc(ohm_engine_size());
    int status = OHM_EXIT_FAILED;
    if (r && engine) {
        r->request = q;
        r->engine = engine;
        err = ohm_reader_open(path, &r->reader);
        status = ohm_failed(err) ? ohm_cmd_fail(path, err.what, NULL) : run(r, path);
        ohm_reader_close(r->reader);
    } else {
        status = ohm_cmd_fail("replay", "out of memory", NULL);
    }
    free(engine);
    free(r);
    return status;
}

int ohm_cmd_replay(int argc, char **argv)
{
    request q = { 0 };
    const ohm_option options[] = {
        { "--state", "DIR", &q.state, NULL, "another state folder than the site's" },
        { "--demo", NULL, NULL, &q.demo, "the state folder of the demo house" },
        { "--day", "DATE", &q.day, NULL, "one local day, YYYY-MM-DD (all that is recorded)" },
        { "--from", "SEQ", &q.from, NULL, "from this event on" },
        { "--print", NULL, NULL, &q.print, "print each action, a JSON object a line" },
        { NULL, NULL, NULL, NULL, NULL },
    };
    const ohm_verb verb = {
        .name = "replay",
        .arguments = "",
        .about = "Runs the recorded events through the engine again and compares every action\n"
                 "with the journal, byte for byte. Prints how many were identical; the first\n"
                 "difference is an error.\n"
                 "\n" OHM_STATE_ABOUT,
        .options = options,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status;
    status = read_request(&q);
    return status == OHM_EXIT_OK ? open_and_run(&q) : status;
}
