/* The system below: what the store holds and how fast it grows, how long readings are kept, a copy
 * of it to take along, and the report of `ohmstead doctor` for others to read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/file.h"
#include "host/paths.h"
#include "store/query.h"
#include "web/api.h"
#include "web/auth.h"
#include "web/backup_job.h"
#include "web/command.h"
#include "web/inner.h"
#include "web/view_json.h"

enum {
    GROWTH_DAYS = 7,
    GROWTH_SERIES_MAX = 2000, /* of more the growth is not counted */
    SYSTEM_BYTES_MAX = 2048,
    NAME_BYTES_MAX = 96,
};

static bool has_no_query(ohm_exchange *x)
{
    if (!x->target.pairs_count)
        return true;
    ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[0]);
    return false;
}

/* --- the store -------------------------------------------------------------------------------- */

typedef struct system_query {
    ohm_ms now_ms;
    ohm_store_keep keep[OHM_STORE_KEEP_MAX];
    int keep_count;
    char folder[OHM_PATH_MAX < 512 ? OHM_PATH_MAX : 512];
} system_query;
_Static_assert(sizeof(system_query) <= OHM_HISTORY_QUERY_MAX, "a question fits");

typedef struct contents {
    uint64_t series, readings;
    int64_t far_bytes; /* of a history that is elsewhere; -1: it is in the file */
    ohm_ms first_ms, last_ms;
    char (*keys)[OHM_SERIES_KEY_MAX]; /* of the first GROWTH_SERIES_MAX */
    uint64_t recent;
    const atomic_bool *stop;
} contents;

static bool add_extent(void *ctx, const ohm_extent *e)
{
    contents *c = ctx;
    if (e->count == 0)
        return true;
    if (c->series < GROWTH_SERIES_MAX)
        memcpy(c->keys[c->series], e->info.key, sizeof c->keys[0]);
    c->first_ms = c->series == 0 || e->first_ms < c->first_ms ? e->first_ms : c->first_ms;
    c->last_ms = c->series == 0 || e->last_ms > c->last_ms ? e->last_ms : c->last_ms;
    c->series++;
    c->readings += e->count;
    return !atomic_load_explicit(c->stop, memory_order_relaxed);
}

static bool add_recent(void *ctx, const ohm_slice *slice)
{
    contents *c = ctx;
    c->recent += slice->count;
    return true;
}

static bool stopped(void *ctx)
{
    const contents *c = ctx;
    return atomic_load_explicit(c->stop, memory_order_relaxed);
}

static ohm_err count_recent(ohm_reader *reader, contents *c, ohm_ms now_ms)
{
    const int64_t length_ms = (int64_t)GROWTH_DAYS * 24 * OHM_HOUR_MS;
    for (uint64_t i = 0; i < c->series && c->series <= GROWTH_SERIES_MAX; i++) {
        const ohm_steps_query q = { .series_key = c->keys[i],
                                    .range = { now_ms - length_ms, now_ms },
                                    .step = { OHM_STEP_MS, length_ms },
                                    .cancelled = stopped,
                                    .cancelled_ctx = c };
        OHM_TRY(ohm_query_steps(reader, &q, add_recent, c));
    }
    return ohm_ok();
}

static void write_store(ohm_json *json, const system_query *q, const contents *c,
                        const ohm_store_size *size, uint64_t damaged)
{
    struct statvfs fs;
    bool known = statvfs(q->folder, &fs) == 0;
    ohm_json_key(json, "store");
    ohm_json_object(json);
    ohm_json_key_int(json, "bytes", (int64_t)size->db_bytes);
    ohm_json_key_int(json, "log_bytes", (int64_t)size->wal_bytes);
    ohm_json_key_int(json, "unused_bytes", (int64_t)size->free_bytes);
    if (c->far_bytes >= 0)
        ohm_json_key_int(json, "postgresql_bytes", c->far_bytes);
    else
        ohm_json_key_null(json, "postgresql_bytes");
    if (known)
        ohm_json_key_int(json, "disk_free_bytes", (int64_t)(fs.f_bavail * fs.f_frsize));
    else
        ohm_json_key_null(json, "disk_free_bytes");
    ohm_json_key_int(json, "series", (int64_t)c->series);
    ohm_json_key_int(json, "readings", (int64_t)c->readings);
    ohm_json_key_time(json, "first", c->series ? c->first_ms : OHM_NO_MS);
    ohm_json_key_time(json, "last", c->series ? c->last_ms : OHM_NO_MS);
    ohm_json_key_int(json, "journal", (int64_t)size->journal_count);
    /* What is known to be damaged, or else what this reader happened upon. */
    ohm_json_key_int(json, "damaged",
                     (int64_t)(size->damaged_count ? size->damaged_count : damaged));
    ohm_json_end(json);
}

/* As the last days went on average, each reading as heavy as all are. */
static void write_growth(ohm_json *json, const system_query *q, const contents *c,
                         const ohm_store_size *size)
{
    int64_t days_ms = q->now_ms - c->first_ms;
    int64_t most_ms = (int64_t)GROWTH_DAYS * 24 * OHM_HOUR_MS, day_ms = 24 * OHM_HOUR_MS;
    days_ms = days_ms > most_ms ? most_ms : days_ms < day_ms ? day_ms : days_ms;
    ohm_json_key(json, "growth");
    if (c->series == 0 || c->series > GROWTH_SERIES_MAX || c->readings == 0) {
        ohm_json_null(json);
        return;
    }
    double a_day = (double)c->recent * (double)day_ms / (double)days_ms;
    double all =
        c->far_bytes >= 0 ? (double)c->far_bytes : (double)(size->db_bytes - size->free_bytes);
    double bytes = all / (double)c->readings;
    ohm_json_object(json);
    ohm_json_key_int(json, "readings_per_day", (int64_t)a_day);
    ohm_json_key_int(json, "bytes_per_day", (int64_t)(a_day * bytes));
    ohm_json_end(json);
}

static void write_keep(ohm_json *json, const system_query *q)
{
    ohm_json_key(json, "keep");
    ohm_json_array(json);
    for (int i = 0; i < q->keep_count; i++) {
        ohm_json_object(json);
        ohm_json_key_int(json, "after_days", q->keep[i].age_ms / (24 * OHM_HOUR_MS));
        ohm_json_key_int(json, "every_minutes", q->keep[i].every_ms / OHM_MINUTE_MS);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static ohm_code look(ohm_reader *reader, const system_query *q, contents *c, ohm_store_size *size)
{
    ohm_err err = ohm_query_extents(reader, "", add_extent, c);
    if (!ohm_failed(err))
        err = count_recent(reader, c, q->now_ms);
    if (!ohm_failed(err))
        err = ohm_reader_size(reader, size);
    c->far_bytes = -1;
    if (!ohm_failed(err))
        err = ohm_reader_far_bytes(reader, &c->far_bytes);
    if (err.code == OHM_END)
        err = ohm_ok();
    return err.code == OHM_BUSY || atomic_load(c->stop) ? OHM_MORE : err.code;
}

static ohm_code run_system(ohm_reader *reader, const void *query, const atomic_bool *stop,
                           char **ret_json, size_t *ret_len)
{
    const system_query *q = query;
    ohm_store_size size;
    contents c = { .stop = stop, .keys = calloc(GROWTH_SERIES_MAX, sizeof *c.keys) };
    char *bytes = malloc(SYSTEM_BYTES_MAX);
    ohm_code code = c.keys && bytes ? OHM_OK : OHM_NO_MEMORY;
    if (code == OHM_OK)
        code = look(reader, q, &c, &size);
    free(c.keys);
    if (code != OHM_OK) {
        free(bytes);
        return code;
    }
    ohm_json json;
    ohm_json_init(&json, bytes, SYSTEM_BYTES_MAX);
    ohm_json_object(&json);
    ohm_json_key_str(&json, "version", OHM_VERSION);
    write_store(&json, q, &c, &size, ohm_reader_damaged_of(reader));
    write_growth(&json, q, &c, &size);
    write_keep(&json, q);
    ohm_json_end(&json);
    code = ohm_json_finish(&json, ret_len);
    assert(code == OHM_OK);
    *ret_json = bytes;
    return code;
}

static void answer_done(ohm_exchange *x, ohm_code outcome)
{
    if (outcome == OHM_OK)
        ohm_reply_answer(x, "application/json", NULL, OHM_NO_STORE);
    else
        ohm_reply_fault(x, outcome == OHM_MORE ? OHM_FAULT_SLOW : OHM_FAULT_STORE, NULL);
}

void ohm_api_system(ohm_exchange *x)
{
    const ohm_web_options *o = &x->web->options;
    system_query q = { .now_ms = ohm_clock_utc(), .keep_count = o->keep_count };
    if (!has_no_query(x))
        return;
    memcpy(q.keep, o->keep, sizeof q.keep);
    (void)snprintf(q.folder, sizeof q.folder, "%s", o->state_dir);
    ohm_history_send(x, run_system, &q, sizeof q, answer_done);
}

/* --- a copy ----------------------------------------------------------------------------------- */

/* Made when it is first asked for; NULL: a fault was answered. */
static ohm_backup_job *job_of(ohm_exchange *x)
{
    ohm_web *web = x->web;
    char path[OHM_PATH_MAX];
    if (!web->backup && !ohm_failed(ohm_path_join(web->options.state_dir, OHM_BACKUP_FILE, path)))
        web->backup = ohm_backup_job_new(web->options.store_path, path);
    if (!web->backup)
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
    return web->backup;
}

typedef struct shown_backup {
    ohm_backup_status status;
    bool there;
    struct stat file;
} shown_backup;

static void write_contents(ohm_json *json, const ohm_backup_contents *c)
{
    ohm_json_object(json);
    ohm_json_key_int(json, "series", (int64_t)c->series);
    ohm_json_key_int(json, "readings", (int64_t)c->readings);
    ohm_json_key_int(json, "journal", (int64_t)c->journal);
    ohm_json_key_int(json, "events", (int64_t)c->events);
    ohm_json_key_int(json, "bytes", (int64_t)c->bytes);
    ohm_json_end(json);
}

static void write_backup(ohm_json *json, const void *ctx)
{
    static const char *const words[] = { "none", "running", "done", "failed" };
    const shown_backup *b = ctx;
    bool done = b->status.state == OHM_BACKUP_DONE;
    ohm_json_object(json);
    ohm_json_key_str(json, "state", words[b->status.state]);
    ohm_json_key_time(json, "started",
                      b->status.state == OHM_BACKUP_NONE ? OHM_NO_MS : b->status.started_ms);
    ohm_json_key_int(json, "pages_done", b->status.pages_done);
    ohm_json_key_int(json, "pages_total", b->status.pages_total);
    ohm_json_key(json, "contents");
    if (done)
        write_contents(json, &b->status.contents);
    else
        ohm_json_null(json);
    ohm_json_key_str(json, "why", b->status.state == OHM_BACKUP_FAILED ? b->status.why : NULL);
    ohm_json_key(json, "file");
    if (b->there) {
        ohm_json_object(json);
        ohm_json_key_int(json, "bytes", (int64_t)b->file.st_size);
        ohm_json_key_time(json, "made", (ohm_ms)b->file.st_mtim.tv_sec * OHM_SECOND_MS);
        ohm_json_end(json);
    } else {
        ohm_json_null(json);
    }
    ohm_json_end(json);
}

static void reply_backup(ohm_exchange *x, ohm_backup_job *job, unsigned status)
{
    shown_backup b = { .status = ohm_backup_job_status(job) };
    b.there = stat(ohm_backup_job_file(job), &b.file) == 0;
    ohm_reply_json(x, status, write_backup, &b);
}

void ohm_api_backup(ohm_exchange *x)
{
    ohm_backup_job *job = has_no_query(x) ? job_of(x) : NULL;
    if (job)
        reply_backup(x, job, MHD_HTTP_OK);
}

void ohm_api_backup_start(ohm_exchange *x)
{
    ohm_backup_job *job = has_no_query(x) ? job_of(x) : NULL;
    if (!job)
        return;
    ohm_code code = ohm_backup_job_start(job, ohm_clock_utc());
    if (code == OHM_NO_MEMORY) {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
        return;
    }
    if (code == OHM_OK) /* else one runs already: that is the one */
        ohm_auth_audit(x, "backup_started", "store");
    reply_backup(x, job, MHD_HTTP_ACCEPTED);
}

void ohm_api_backup_remove(ohm_exchange *x)
{
    ohm_backup_job *job = has_no_query(x) ? job_of(x) : NULL;
    if (!job)
        return;
    if (unlink(ohm_backup_job_file(job)) != 0) {
        ohm_reply_fault(x, errno == ENOENT ? OHM_FAULT_NOT_FOUND : OHM_FAULT_STORE, NULL);
        return;
    }
    ohm_auth_audit(x, "backup_removed", "store");
    reply_backup(x, job, MHD_HTTP_OK);
}

/* "ohmstead-home-2026-11-22.db", of the day on which it was made. */
static void name_of(const ohm_exchange *x, const struct stat *file, char out[static NAME_BYTES_MAX])
{
    char when[OHM_RFC3339_MAX];
    const ohm_view *view = ohm_web_view(x->web);
    (void)ohm_rfc3339_write((ohm_ms)file->st_mtim.tv_sec * OHM_SECOND_MS, when);
    (void)snprintf(out, NAME_BYTES_MAX, "attachment; filename=\"ohmstead-%.32s-%.10s.db\"",
                   view ? view->site_id : "store", when);
}

void ohm_api_backup_file(ohm_exchange *x)
{
    ohm_backup_job *job = has_no_query(x) ? job_of(x) : NULL;
    char name[NAME_BYTES_MAX];
    struct stat file;
    if (!job)
        return;
    int fd = open(ohm_backup_job_file(job), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &file) != 0) {
        if (fd >= 0)
            (void)close(fd);
        ohm_reply_fault(x, OHM_FAULT_NOT_FOUND, NULL);
        return;
    }
    struct MHD_Response *response =
        MHD_create_response_from_fd64((uint64_t)file.st_size, fd); /* closes it */
    if (!response) {
        (void)close(fd);
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
        return;
    }
    ohm_auth_audit(x, "backup_taken", "store");
    name_of(x, &file, name);
    (void)MHD_add_response_header(response, "Content-Type", "application/vnd.sqlite3");
    (void)MHD_add_response_header(response, "Content-Disposition", name);
    ohm_reply(x, MHD_HTTP_OK, response, OHM_NO_STORE);
}

/* --- the report ------------------------------------------------------------------------------- */

typedef struct report_query {
    ohm_code (*report)(void *ctx, const char *house, char **ret_text, size_t *ret_len);
    void *ctx;
    char house[900]; /* a line a problem and a meter, as many as fit */
} report_query;
_Static_assert(sizeof(report_query) <= OHM_HISTORY_QUERY_MAX, "a question fits");

/* A line of the house; false: it did not fit, and there is nothing of it. */
static bool add_line(report_query *q, size_t *len, const char *what, const char *one,
                     const char *two)
{
    int n = snprintf(q->house + *len, sizeof q->house - *len, "%-8s %s%s%s\n", what, one,
                     two[0] ? " " : "", two);
    if (n < 0 || (size_t)n >= sizeof q->house - *len) {
        q->house[*len] = '\0';
        return false;
    }
    *len += (size_t)n;
    return true;
}

/* Problems, and states of meters without their names. */
static void tell_house(report_query *q, const ohm_view *view)
{
    size_t len = 0;
    bool fits = true;
    const char *problem;
    for (size_t i = 0; fits && (problem = ohm_view_problem(view, i)) != NULL; i++)
        fits = add_line(q, &len, "problem", problem, "");
    for (int i = 0; fits && i < view->meters_count; i++) {
        const ohm_meter_status *s = &view->meters[i].status;
        fits = add_line(q, &len, "meter", s->protocol, ohm_meter_state_code(s->state));
    }
}

static ohm_code run_report(ohm_reader *reader, const void *query, const atomic_bool *stop,
                           char **ret_text, size_t *ret_len)
{
    const report_query *q = query;
    (void)reader;
    (void)stop;
    return q->report(q->ctx, q->house, ret_text, ret_len);
}

static void report_done(ohm_exchange *x, ohm_code outcome)
{
    if (outcome == OHM_OK)
        ohm_reply_answer(x, "text/plain; charset=utf-8", "ohmstead-doctor.txt", OHM_NO_STORE);
    else
        ohm_reply_fault(x, outcome == OHM_MORE ? OHM_FAULT_SLOW : OHM_FAULT_STORE, NULL);
}

void ohm_api_doctor(ohm_exchange *x)
{
    const ohm_web_options *o = &x->web->options;
    const ohm_view *view = ohm_web_view(x->web);
    report_query q = { .report = o->report, .ctx = o->ctx };
    if (!has_no_query(x))
        return;
    if (!view || !o->report) {
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
        return;
    }
    tell_house(&q, view);
    ohm_history_send(x, run_report, &q, sizeof q, report_done);
}
