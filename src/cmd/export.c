/* ohmstead export: readings and the journal, for other programs and for those they are about. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/export_remote.h"
#include "cmd/options.h"
#include "cmd/series_pick.h"
#include "cmd/site_build.h"
#include "cmd/verbs.h"
#include "host/clock.h"
#include "host/paths.h"
#include "host/syserr.h"
#include "host/tzdata.h"
#include "inout/rows.h"
#include "inout/when.h"
#include "store/query.h"
#include "store/store.h"
#include "web/series_row.h"

enum { LINE_CAP = 80 << 10, STEPS_MAX = 2000000 };

typedef struct request {
    const char *format, *from, *to, *step, *timezone, *config, *state, *out, *source;
    bool demo, journal, list;
    ohm_series_pick pick;
    ohm_rows_form form;
    ohm_interval range;
    bool steps;
    ohm_step step_of;
    ohm_tz tz;
    ohm_site site;
    char store[OHM_PATH_MAX];
} request;

typedef struct job {
    const request *request;
    ohm_reader *reader;
    FILE *out;
    const ohm_series_info *series; /* in hand */
    uint64_t lines;
    bool failed;
    char line[LINE_CAP];
} job;

/* --- what was asked -------------------------------------------------------------------------- */

static int usage(const char *why, const char *offending)
{
    return ohm_cmd_usage("export", why, offending);
}

static bool read_format(request *q)
{
    static const char *const words[] = { "csv", "csv-fr", "ndjson", "influx" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(q->format, words[i])) {
            q->form = (ohm_rows_form)i;
            return true;
        }
    return false;
}

/* "15m", "1h", "90s", "day", "week", "month", "year". */
static bool read_step(request *q)
{
    static const struct {
        const char *word;
        ohm_step_unit unit;
    } words[] = { { "day", OHM_STEP_DAY },
                  { "week", OHM_STEP_WEEK },
                  { "month", OHM_STEP_MONTH },
                  { "year", OHM_STEP_YEAR } };
    q->steps = q->step != NULL;
    if (!q->step)
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(q->step, words[i].word)) {
            q->step_of.unit = words[i].unit;
            return true;
        }
    size_t len = strlen(q->step);
    int64_t n, unit_ms;
    char last = len ? q->step[len - 1] : 0;
    unit_ms = last == 's'   ? OHM_SECOND_MS
              : last == 'm' ? OHM_MINUTE_MS
              : last == 'h' ? OHM_HOUR_MS
                            : 0;
    if (!unit_ms || ohm_number_int(ohm_span_of(q->step, len - 1), &n) != OHM_OK || n < 1 ||
        n > 1000000)
        return false;
    q->step_of = (ohm_step){ OHM_STEP_MS, n * unit_ms };
    return true;
}

static int read_zone(request *q)
{
    ohm_site_defaults(&q->site);
    if (q->config && ohm_build_site(q->config, &q->site) != OHM_OK)
        return OHM_EXIT_FAILED;
    const char *zone = q->timezone ? q->timezone : q->site.timezone;
    ohm_err err = ohm_tzdata_load(zone, &q->tz);
    return ohm_failed(err) ? ohm_cmd_fail(zone, err.what, "--timezone Europe/Paris") : OHM_EXIT_OK;
}

static int read_request(request *q)
{
    if (!read_format(q))
        return usage("the format is not csv, csv-fr, ndjson or influx:", q->format);
    if (!read_step(q))
        return usage("a step is 90s, 15m, 1h, day, week, month or year, not", q->step);
    if (q->source && (!q->config || q->journal || (!q->from && !q->list)))
        return usage("--source takes --config and --from, and not --journal", NULL);
    if (q->source && q->steps && q->step_of.unit != OHM_STEP_MS)
        return usage("an engine knows steps as 15m or 1h, not", q->step);
    if (q->journal && (q->form == OHM_ROWS_INFLUX || q->steps || ohm_series_pick_any(&q->pick)))
        return usage("--journal takes no --step, no series and not the format influx", NULL);
    int status = read_zone(q);
    if (status != OHM_EXIT_OK)
        return status;
    status = ohm_pick_range("export", q->from, q->to, &q->tz, &q->range);
    if (status != OHM_EXIT_OK || !q->source || q->to)
        return status;
    q->range.to_ms = ohm_clock_utc();
    return q->range.to_ms > q->range.from_ms ? OHM_EXIT_OK
                                             : usage("--to is not behind --from", NULL);
}

/* --- rows ------------------------------------------------------------------------------------ */

static bool write_line(job *j, size_t len)
{
    j->failed = len == 0 || fwrite(j->line, 1, len, j->out) != len;
    j->lines++;
    return !j->failed;
}

static bool write_point(void *ctx, const ohm_point *p)
{
    job *j = ctx;
    const request *q = j->request;
    const ohm_rows_reading r = { .key = j->series->key,
                                 .quantity = j->series->quantity,
                                 .quality = p->quality,
                                 .time_ms = p->time_ms,
                                 .value = p->value };
    return write_line(j, ohm_rows_reading_write(q->form, &q->tz, &r, j->line, sizeof j->line));
}

static bool write_slice(void *ctx, const ohm_slice *s)
{
    job *j = ctx;
    const request *q = j->request;
    if (s->count == 0 && q->form == OHM_ROWS_INFLUX)
        return true;
    const ohm_rows_step step = ohm_series_row(j->series->key, j->series->quantity, s);
    return write_line(j, ohm_rows_step_write(q->form, &q->tz, &step, j->line, sizeof j->line));
}

static void start_series(void *ctx, const ohm_series_info *series)
{
    job *j = ctx;
    j->series = series;
}

/* What an engine says of a step, or one of its readings. */
static bool write_remote(void *ctx, const ohm_slice *s)
{
    job *j = ctx;
    const ohm_point point = { .time_ms = s->from_ms, .value = s->last };
    return j->request->steps ? write_slice(j, s) : write_point(j, &point);
}

/* Steps lie where there are readings: not from 2000 on. */
static ohm_err write_steps(job *j, const ohm_extent *e)
{
    const request *q = j->request;
    ohm_interval range = q->range;
    if (!q->from && range.from_ms < e->first_ms)
        range.from_ms = ohm_civil_day(&q->tz, e->first_ms).from_ms;
    if (!q->to && range.to_ms > e->last_ms)
        range.to_ms = ohm_civil_day(&q->tz, e->last_ms).to_ms;
    const ohm_steps_query query = { .series_key = e->info.key,
                                    .range = range,
                                    .step = q->step_of,
                                    .tz = &q->tz,
                                    .rows_max = STEPS_MAX };
    return ohm_query_steps(j->reader, &query, write_slice, j);
}

static ohm_err write_series(job *j, const ohm_series_list *list)
{
    const request *q = j->request;
    size_t len = q->steps ? ohm_rows_steps_head(q->form, 0, j->line, sizeof j->line)
                          : ohm_rows_readings_head(q->form, j->line, sizeof j->line);
    j->failed = fwrite(j->line, 1, len, j->out) != len;
    for (size_t i = 0; i < list->count && !j->failed; i++) {
        const ohm_extent *e = &list->extents[i];
        j->series = &e->info;
        if (e->count == 0 || e->last_ms < q->range.from_ms || e->first_ms >= q->range.to_ms)
            continue;
        ohm_err err = q->steps ? write_steps(j, e)
                               : ohm_query_points(j->reader, e->info.key, q->range, write_point, j);
        if (ohm_failed(err))
            return err;
    }
    return ohm_ok();
}

static bool write_record(void *ctx, const ohm_record *record)
{
    job *j = ctx;
    const request *q = j->request;
    if (record->utc_ms < q->range.from_ms || record->utc_ms >= q->range.to_ms)
        return true;
    return write_line(j, ohm_rows_journal_write(q->form, &q->tz, record->seq, record->utc_ms,
                                                record->json, j->line, sizeof j->line));
}

static ohm_err write_journal(job *j)
{
    size_t len = ohm_rows_journal_head(j->request->form, j->line, sizeof j->line);
    j->failed = fwrite(j->line, 1, len, j->out) != len;
    return j->failed ? ohm_ok() : ohm_reader_journal_from(j->reader, 0, write_record, j);
}

/* --- the file -------------------------------------------------------------------------------- */

static int run_remote(job *j)
{
    const request *q = j->request;
    const ohm_export_remote asked = { .site = &q->site,
                                      .source = q->source,
                                      .pick = &q->pick,
                                      .range = q->range,
                                      .step_ms = q->steps ? q->step_of.ms : 0,
                                      .series = start_series,
                                      .slice = write_remote,
                                      .ctx = j };
    if (q->list)
        return ohm_export_remote_list(&asked);
    size_t len = q->steps ? ohm_rows_steps_head(q->form, 0, j->line, sizeof j->line)
                          : ohm_rows_readings_head(q->form, j->line, sizeof j->line);
    j->failed = fwrite(j->line, 1, len, j->out) != len;
    int status = ohm_export_remote_run(&asked);
    if (j->failed || fflush(j->out) != 0)
        return ohm_cmd_fail(q->out ? q->out : "standard output", "write error", NULL);
    return status;
}

static int run(job *j)
{
    const request *q = j->request;
    if (q->source)
        return run_remote(j);
    ohm_series_list list = { 0 };
    ohm_err err = ohm_reader_open(q->store, &j->reader);
    if (ohm_failed(err))
        return ohm_cmd_fail(q->store, err.what, "--state DIR names another folder");
    if (!q->journal)
        err = ohm_series_list_read(j->reader, &q->pick, &list);
    if (!ohm_failed(err))
        err = q->journal ? write_journal(j) : write_series(j, &list);
    uint64_t damaged = ohm_reader_damaged_of(j->reader);
    bool none = !q->journal && list.count == 0;
    ohm_series_list_free(&list);
    if (ohm_failed(err))
        return ohm_cmd_fail(q->store, err.what, NULL);
    if (j->failed || fflush(j->out) != 0)
        return ohm_cmd_fail(q->out ? q->out : "standard output", "write error", NULL);
    if (damaged > 0)
        (void)fprintf(stderr, "ohmstead: %s: %" PRIu64 " parts are damaged and were left out\n",
                      q->store, damaged);
    if (none)
        return ohm_cmd_fail("export", "no series is meant", "ohmstead export --list names them");
    return OHM_EXIT_OK;
}

/* Readings say how people live: the file is for its owner alone. */
static int open_and_run(const request *q)
{
    int fd = q->out ? open(q->out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : STDOUT_FILENO;
    FILE *out = fd < 0 ? NULL : q->out ? fdopen(fd, "w") : stdout;
    job *j = calloc(1, sizeof *j);
    int status = OHM_EXIT_FAILED;
    if (!out || !j) {
        status = ohm_cmd_fail(q->out ? q->out : "export",
                              out ? "out of memory" : ohm_err_errno(errno).what, NULL);
    } else {
        j->request = q;
        j->out = out;
        status = run(j);
        ohm_reader_close(j->reader);
    }
    if (q->out && out && fclose(out) != 0 && status == OHM_EXIT_OK)
        status = ohm_cmd_fail(q->out, "write error", NULL);
    free(j);
    return status;
}

static int print_list(const request *q)
{
    ohm_reader *reader = NULL;
    ohm_series_list list = { 0 };
    ohm_err err = ohm_reader_open(q->store, &reader);
    if (!ohm_failed(err))
        err = ohm_series_list_read(reader, &q->pick, &list);
    for (size_t i = 0; !ohm_failed(err) && i < list.count; i++) {
        char first[OHM_RFC3339_MAX] = "", last[OHM_RFC3339_MAX] = "";
        if (list.extents[i].count) {
            (void)ohm_rfc3339_write(list.extents[i].first_ms, first);
            (void)ohm_rfc3339_write(list.extents[i].last_ms, last);
        }
        printf("%-50s %10" PRIu64 "  %s  %s\n", list.extents[i].info.key, list.extents[i].count,
               first, last);
    }
    ohm_series_list_free(&list);
    ohm_reader_close(reader);
    return ohm_failed(err) ? ohm_cmd_fail(q->store, err.what, "--state DIR names another folder")
                           : OHM_EXIT_OK;
}

int ohm_cmd_export(int argc, char **argv)
{
    request *q = calloc(1, sizeof *q);
    if (!q)
        return ohm_cmd_fail("export", "out of memory", NULL);
    q->format = "csv";
    const ohm_option options[] = {
        { "--device", "PLACE", &q->pick.device, NULL, "all of a device: SITE/ZONE/DEVICE" },
        { "--zone", "PLACE", &q->pick.zone, NULL, "all of a zone, of an apartment: SITE/ZONE" },
        { "--journal", NULL, NULL, &q->journal, "decisions and notices instead of readings" },
        { "--list", NULL, NULL, &q->list,
          "which series there are, how many readings, from when on" },
        { "--from", "TIME", &q->from, NULL, "a date or a time (the first reading)" },
        { "--to", "TIME", &q->to, NULL, "until then, itself not (the last reading)" },
        { "--step", "STEP", &q->step, NULL, "90s, 15m, 1h, day, week, month, year (each reading)" },
        { "--format", "FORM", &q->format, NULL, "csv, csv-fr, ndjson, influx (csv)" },
        { "--out", "FILE", &q->out, NULL, "a file for its owner alone (standard output)" },
        { "--timezone", "ZONE", &q->timezone, NULL, "of dates and of csv-fr (the site's)" },
        { "--source", "MIRROR", &q->source, NULL, "what this engine of the site's has" },
        { "--config", "FILE", &q->config, NULL, "the site, for its time zone and its mirrors" },
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
        .name = "export",
        .arguments = "",
        .about =
            "Writes readings, or the journal, for other programs and for those they are about:\n"
            "CSV (RFC 4180), csv-fr (';', decimal comma, local times beside UTC), one JSON\n"
            "object a line, or InfluxDB's line protocol; 'ohmstead import' reads them back.\n"
            "Works beside a running daemon.\n"
            "\n"
            "--source asks a mirror instead (docs/mirrors.md), also for other sites: --series "
            "names\n"
            "whole keys or patterns. What it answers is rounded, and no register for a bill.\n"
            "\n" OHM_STATE_ABOUT,
        .options = options,
        .lists = lists,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) >= 0)
        status = read_request(q);
    else
        goto out;
    if (status == OHM_EXIT_OK && !q->source)
        status = ohm_state_file("export", q->state, q->demo, q->store);
    if (status == OHM_EXIT_OK)
        status = q->list && !q->source ? print_list(q) : open_and_run(q);
out:
    free(q);
    return status;
}
