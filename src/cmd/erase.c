/* ohmstead erase: a person's, an apartment's or a device's readings, gone for good. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/erase_journal.h"
#include "cmd/options.h"
#include "cmd/series_pick.h"
#include "cmd/site_build.h"
#include "cmd/verbs.h"
#include "host/clock.h"
#include "host/paths.h"
#include "host/tzdata.h"
#include "store/history.h"
#include "store/store.h"

/* State names under which erasures are remembered: what, when, how much; not what it was. */
#define ERASURE_KEY "erasure/"
/* There from before the first line goes until the file is rewritten: an erasure that was cut has
 * left traces, though its series may be gone. */
#define ERASING_KEY "erasing"

enum { ANSWER_MAX = 16 };

typedef struct request {
    const char *from, *to, *timezone, *config, *state;
    bool demo, yes, dry_run;
    ohm_series_pick pick;
    ohm_interval range;
    ohm_tz tz;
    ohm_site site;
    char store[OHM_PATH_MAX];
} request;

static int usage(const char *why, const char *offending)
{
    return ohm_cmd_usage("erase", why, offending);
}

static int read_request(request *q)
{
    if (!ohm_series_pick_any(&q->pick))
        return usage("what? --device, --zone or --series says it", NULL);
    ohm_site_defaults(&q->site);
    if (q->config && ohm_build_site(q->config, &q->site) != OHM_OK)
        return OHM_EXIT_FAILED;
    const char *zone = q->timezone ? q->timezone : q->site.timezone;
    ohm_err err = ohm_tzdata_load(zone, &q->tz);
    if (ohm_failed(err))
        return ohm_cmd_fail(zone, err.what, "--timezone Europe/Paris");
    int status = ohm_pick_range("erase", q->from, q->to, &q->tz, &q->range);
    if (status != OHM_EXIT_OK)
        return status;
    return ohm_state_file("erase", q->state, q->demo, q->store);
}

/* --- asking ---------------------------------------------------------------------------------- */

static void print_list(const ohm_series_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        printf("%-50s %10" PRIu64 " readings\n", list->extents[i].info.key, list->extents[i].count);
}

static bool confirmed(const request *q, size_t series)
{
    char answer[ANSWER_MAX] = "";
    if (q->yes)
        return true;
    if (!isatty(STDIN_FILENO))
        return false;
    (void)fprintf(stderr,
                  "Erase %zu series%s for good? There is no way back. Type 'erase': ", series,
                  q->from || q->to ? " in that time" : "");
    return fgets(answer, sizeof answer, stdin) && !strcmp(answer, "erase\n");
}

/* --- erasing --------------------------------------------------------------------------------- */

/* A span whose ptr is NULL removes it. */
static ohm_err put(const request *q, const char *key, ohm_span value)
{
    ohm_store *store;
    const ohm_store_options options = { .path = q->store };
    OHM_TRY(ohm_store_open(&options, &store));
    ohm_err err = ohm_store_put_wait(store, key, value);
    ohm_store_close(store);
    return err;
}

/* What was asked, and how much went: an account for the one who asked, without the readings. */
static ohm_err remember(const request *q, uint64_t series, uint64_t readings)
{
    char key[OHM_STORE_KEY_MAX], time[OHM_RFC3339_MAX], line[2048];
    ohm_json j;
    size_t len;
    ohm_ms now_ms = ohm_clock_utc();
    (void)ohm_rfc3339_write(now_ms, time);
    (void)snprintf(key, sizeof key, ERASURE_KEY "%s", time);
    ohm_json_init(&j, line, sizeof line);
    ohm_json_object(&j);
    ohm_json_key_time(&j, "time", now_ms);
    ohm_json_key_str(&j, "device", q->pick.device);
    ohm_json_key_str(&j, "zone", q->pick.zone);
    ohm_json_key_int(&j, "series_named", q->pick.keys_count);
    ohm_json_key_time(&j, "from", q->from ? q->range.from_ms : OHM_NO_MS);
    ohm_json_key_time(&j, "to", q->to ? q->range.to_ms : OHM_NO_MS);
    ohm_json_key_int(&j, "series", (int64_t)series);
    ohm_json_key_int(&j, "readings", (int64_t)readings);
    ohm_json_end(&j);
    if (ohm_json_finish(&j, &len) != OHM_OK)
        return ohm_fail(OHM_TOO_BIG, 0, "the names are too long");
    return put(q, key, ohm_span_of(line, len));
}

static ohm_err erase_one(const request *q, ohm_history *history, const char *key,
                         uint64_t *readings)
{
    uint64_t erased = 0;
    ohm_err err = q->from || q->to ? ohm_history_erase(history, key, q->range, &erased)
                                   : ohm_history_delete(history, key, &erased);
    *readings += erased;
    return err;
}

typedef struct account {
    uint64_t readings, events, lines;
    bool doubt; /* whose the lines are */
} account;

/* The series last: they name what else is to go, to whoever begins again after a cut. */
static ohm_err erase_each(const request *q, const ohm_series_list *list, const ohm_series_list *all,
                          ohm_history *history, account *a)
{
    /* Lines from before the clock was set have a time before all readings. */
    const ohm_erase_lines lines = {
        .list = list,
        .stays = all,
        .site = q->config ? &q->site : NULL,
        .devices = q->pick.device || q->pick.zone,
        .range = { q->from ? q->range.from_ms : INT64_MIN, q->to ? q->range.to_ms : INT64_MAX },
    };
    ohm_err err = ohm_erase_journal(q->store, &lines, &a->lines);
    a->doubt = err.code == OHM_CONFLICT;
    OHM_TRY(err);
    OHM_TRY(put(q, ERASING_KEY, ohm_span_text("begun")));
    /* What the engine was fed holds readings of the main meter. */
    OHM_TRY(ohm_history_forget_events(history, q->range.to_ms, &a->events));
    for (size_t i = 0; i < list->count; i++)
        OHM_TRY(erase_one(q, history, list->extents[i].info.key, &a->readings));
    return remember(q, list->count, a->readings);
}

static ohm_err scrub(const request *q, ohm_history *history)
{
    OHM_TRY(ohm_history_scrub(history));
    return put(q, ERASING_KEY, (ohm_span){ 0 });
}

static int erase_all(const request *q, const ohm_series_list *list, const ohm_series_list *all)
{
    const ohm_history_options options = { .path = q->store };
    ohm_history *history = NULL;
    account a = { 0 };
    ohm_err err = ohm_history_open(&options, &history);
    if (!ohm_failed(err))
        err = erase_each(q, list, all, history, &a);
    if (!ohm_failed(err))
        err = scrub(q, history);
    ohm_history_close(history);
    if (ohm_failed(err))
        return ohm_cmd_fail(q->store, err.what,
                            a.doubt ? "nothing was erased; --config FILE says which one it is"
                                    : "some may be gone: the same erasure goes on");
    printf("%" PRIu64 " readings of %zu series are erased, and the file holds no trace of them\n",
           a.readings, list->count);
    if (a.events)
        printf("what was recorded for replay %s is erased, too\n", q->to ? "until then" : "so far");
    if (a.lines)
        printf("lines of the journal that keep their time and kind, and nothing else: %" PRIu64
               "\n",
               a.lines);
    return fflush(stdout) == 0 ? OHM_EXIT_OK : ohm_cmd_fail("standard output", "write error", NULL);
}

/* No series is left that is meant: what one that was cut has left goes. */
static int finish_one_cut(const request *q)
{
    const ohm_history_options options = { .path = q->store };
    ohm_history *history = NULL;
    if (q->dry_run) {
        puts("no series is meant; an erasure that was cut short is to be finished");
        return OHM_EXIT_OK;
    }
    ohm_err err = ohm_history_open(&options, &history);
    if (!ohm_failed(err))
        err = remember(q, 0, 0);
    if (!ohm_failed(err))
        err = scrub(q, history);
    ohm_history_close(history);
    if (ohm_failed(err))
        return ohm_cmd_fail(q->store, err.what, "the same erasure goes on");
    puts("no series is meant; an erasure that was cut short is finished now, and the file holds no"
         " trace of what it erased");
    return OHM_EXIT_OK;
}

static ohm_err read_store(const request *q, ohm_series_list *list, ohm_series_list *all,
                          bool *ret_cut)
{
    static const ohm_series_pick every;
    ohm_reader *reader = NULL;
    uint8_t *mark = NULL;
    size_t len;
    ohm_err err = ohm_reader_open(q->store, &reader);
    if (!ohm_failed(err))
        err = ohm_series_list_read(reader, &q->pick, list);
    if (!ohm_failed(err))
        err = ohm_series_list_read(reader, &every, all);
    if (!ohm_failed(err)) {
        err = ohm_reader_get(reader, ERASING_KEY, &mark, &len);
        *ret_cut = !ohm_failed(err);
        err = err.code == OHM_UNKNOWN ? ohm_ok() : err;
    }
    free(mark);
    ohm_reader_close(reader);
    return err;
}

static int run(const request *q)
{
    ohm_series_list list = { 0 }, all = { 0 };
    bool cut = false;
    ohm_err err = read_store(q, &list, &all, &cut);
    int status = OHM_EXIT_OK;
    if (ohm_failed(err)) {
        status = ohm_cmd_fail(q->store, err.what, "--state DIR names another folder");
    } else if (list.count == 0 && cut) {
        status = finish_one_cut(q);
    } else if (list.count == 0) {
        status = ohm_cmd_fail("erase", "no series is meant", "ohmstead export --list names them");
    } else {
        print_list(&list);
        if (!q->dry_run)
            status = confirmed(q, list.count)
                         ? erase_all(q, &list, &all)
                         : ohm_cmd_fail("erase", "nothing was erased",
                                        "--yes confirms where nobody can be asked");
    }
    ohm_series_list_free(&list);
    ohm_series_list_free(&all);
    return status;
}

int ohm_cmd_erase(int argc, char **argv)
{
    request *q = calloc(1, sizeof *q);
    if (!q)
        return ohm_cmd_fail("erase", "out of memory", NULL);
    const ohm_option options[] = {
        { "--device", "PLACE", &q->pick.device, NULL, "all of a device: SITE/ZONE/DEVICE" },
        { "--zone", "PLACE", &q->pick.zone, NULL, "all of a zone, of an apartment: SITE/ZONE" },
        { "--from", "TIME", &q->from, NULL, "only from a date or a time on" },
        { "--to", "TIME", &q->to, NULL, "only until then, itself not" },
        { "--dry-run", NULL, NULL, &q->dry_run, "say which; erase nothing" },
        { "--yes", NULL, NULL, &q->yes, "do not ask" },
        { "--timezone", "ZONE", &q->timezone, NULL, "of dates (the site's)" },
        { "--config", "FILE", &q->config, NULL, "the site: its time zone, where its meters are" },
        { "--state", "DIR", &q->state, NULL, "another state folder than the site's" },
        { "--demo", NULL, NULL, &q->demo, "the state folder of the demo house" },
        { 0 },
    };
    const ohm_option_list lists[] = {
        { "--series", "KEY", q->pick.keys, OHM_SERIES_PICK_MAX, &q->pick.keys_count,
          "this series, or what a pattern with * fits; any number of times" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "erase",
        .arguments = "",
        .about =
            "Erases readings for good, so that the file itself holds no trace of them: of a\n"
            "device, of a zone (an apartment), or of series. That it was done, when and how much\n"
            "stays remembered. 'ohmstead export' with the same options writes them first.\n"
            "What was recorded for replay until the end of that time goes too. Lines of the\n"
            "journal about such a meter keep their time and kind, and lose its name and values;\n"
            "decisions about loads stay. Works beside a running daemon, which goes on reading\n"
            "what it is configured for. Copies made by 'ohmstead backup' are not touched.\n"
            "\n" OHM_STATE_ABOUT,
        .options = options,
        .lists = lists,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) >= 0) {
        status = read_request(q);
        if (status == OHM_EXIT_OK)
            status = run(q);
    }
    free(q);
    return status;
}
