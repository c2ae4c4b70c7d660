#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "host/file.h"
#include "host/syserr.h"
#include "store/db.h"
#include "store/postgres.h"
#include "store/query.h"
#include "store/reader_own.h"

enum { RESERVE_BYTES = 16 << 20 }; /* a copy leaves at least that on the disk */
enum { STEP_PAGES = 256, LOOK_EVERY = 10000, BUSY_WAITS_MAX = 100, BUSY_WAIT_MS = 50 };

/* --- reading back ---------------------------------------------------------------------------- */

typedef struct reading {
    ohm_reader *reader;
    ohm_backup_contents contents;
    struct series {
        char key[OHM_SERIES_KEY_MAX];
        uint64_t count;
    } * series;
    size_t count, cap;
    uint64_t points;
    bool no_memory;
} reading;

static bool count_point(void *ctx, const ohm_point *point)
{
    reading *r = ctx;
    (void)point;
    r->points++;
    return true;
}

static bool count_journal(void *ctx, const ohm_record *record)
{
    reading *r = ctx;
    (void)record;
    r->contents.journal++;
    return true;
}

static bool count_event(void *ctx, const ohm_record *record)
{
    reading *r = ctx;
    (void)record;
    r->contents.events++;
    return true;
}

static bool count_state(void *ctx, const char *key)
{
    reading *r = ctx;
    (void)key;
    r->contents.states++;
    return true;
}

static bool note_series(void *ctx, const ohm_extent *extent)
{
    reading *r = ctx;
    if (r->count == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 64;
        struct series *more = realloc(r->series, cap * sizeof *more);
        if (!more) {
            r->no_memory = true;
            return false;
        }
        r->series = more;
        r->cap = cap;
    }
    struct series *s = &r->series[r->count++];
    memcpy(s->key, extent->info.key, sizeof s->key);
    s->count = extent->count;
    return true;
}

/* Every reading of every series: what the summaries say must be what is there. */
static ohm_err read_series(reading *r)
{
    const ohm_interval all = { INT64_MIN / 2, INT64_MAX / 2 };
    OHM_TRY(ohm_query_extents(r->reader, "", note_series, r));
    if (r->no_memory)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    for (size_t i = 0; i < r->count; i++) {
        r->points = 0;
        OHM_TRY(ohm_query_points(r->reader, r->series[i].key, all, count_point, r));
        r->contents.readings += r->points;
        r->contents.damaged += r->points != r->series[i].count;
    }
    r->contents.series = r->count;
    return ohm_ok();
}

static ohm_err read_all(reading *r)
{
    char detail[128];
    ohm_store_size size;
    OHM_TRY(ohm_reader_check(r->reader, detail, sizeof detail));
    OHM_TRY(read_series(r));
    OHM_TRY(ohm_reader_journal_from(r->reader, 0, count_journal, r));
    OHM_TRY(ohm_reader_events(r->reader, 0, count_event, r));
    OHM_TRY(ohm_reader_keys(r->reader, "", count_state, r));
    OHM_TRY(ohm_reader_size(r->reader, &size));
    r->contents.bytes = size.db_bytes;
    r->contents.damaged += ohm_reader_damaged_of(r->reader);
    return ohm_ok();
}

static bool is_cancelled(const ohm_backup_progress *progress)
{
    return progress->cancelled && progress->cancelled(progress->ctx);
}

static int look(void *ctx)
{
    return is_cancelled(ctx);
}

static const ohm_backup_progress quiet = { NULL, NULL, NULL };

static ohm_err verify(const char *path, const ohm_backup_progress *progress,
                      ohm_backup_contents *ret_contents)
{
    reading r = { 0 };
    ohm_backup_progress own = *progress;
    OHM_TRY(ohm_reader_open(path, &r.reader));
    sqlite3_progress_handler(r.reader->db, LOOK_EVERY, look, &own);
    ohm_err err = read_all(&r);
    ohm_reader_close(r.reader);
    free(r.series);
    if (is_cancelled(progress)) /* whatever came of what was interrupted */
        return ohm_fail(OHM_BUSY, 0, "it was stopped");
    if (!ohm_failed(err))
        *ret_contents = r.contents;
    return err;
}

ohm_err ohm_backup_verify(const char *path, ohm_backup_contents *ret_contents)
{
    return verify(path, &quiet, ret_contents);
}

/* --- copying --------------------------------------------------------------------------------- */

static ohm_err copy_pages(sqlite3 *from, sqlite3 *to, const ohm_backup_progress *progress)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    int result = SQLITE_OK, waits = 0;
    if (!backup)
        return ohm_db_error(to, sqlite3_errcode(to));
    do {
        result = sqlite3_backup_step(backup, STEP_PAGES);
        if ((result & 0xff) == SQLITE_BUSY || (result & 0xff) == SQLITE_LOCKED) {
            (void)sqlite3_sleep(BUSY_WAIT_MS);
            result = ++waits < BUSY_WAITS_MAX ? SQLITE_OK : result;
        }
        int total = sqlite3_backup_pagecount(backup), left = sqlite3_backup_remaining(backup);
        if (progress->pages)
            progress->pages(progress->ctx, (unsigned)(total - left), (unsigned)total);
    } while (result == SQLITE_OK && !is_cancelled(progress));
    int finished = sqlite3_backup_finish(backup);
    if (result == SQLITE_OK)
        return ohm_fail(OHM_BUSY, 0, "it was stopped");
    if (result != SQLITE_DONE)
        return ohm_db_error(to, result);
    return finished == SQLITE_OK ? ohm_ok() : ohm_db_error(to, finished);
}

/* A copy of a store whose history is in PostgreSQL has all of it, and stands by itself. What was
 * folded after the pages were copied is in both: the same readings. */
static ohm_err bring_home(sqlite3 *copy)
{
    ohm_postgres *pg;
    OHM_TRY(ohm_postgres_attach(copy, true, &pg));
    if (!pg)
        return ohm_ok();
    return ohm_db_exec(copy, "BEGIN; INSERT INTO main.chunk SELECT * FROM temp.chunk;"
                             "DELETE FROM main.state WHERE key='" OHM_POSTGRES_KEY "'; COMMIT;"
                             "DROP TABLE temp.chunk");
}

/* A copy that fills the disk takes the room of the readings to come. */
static ohm_err check_room(sqlite3 *source, const char *to)
{
    struct statvfs fs;
    int64_t pages, page_bytes;
    OHM_TRY(ohm_db_number(source, "PRAGMA page_count", &pages));
    OHM_TRY(ohm_db_number(source, "PRAGMA page_size", &page_bytes));
    if (statvfs(to, &fs) != 0)
        return ohm_ok(); /* where it does not say, the copy will show */
    double room = (double)fs.f_bavail * (double)fs.f_frsize;
    return room >= 1.1 * (double)pages * (double)page_bytes + RESERVE_BYTES
               ? ohm_ok()
               : ohm_fail(OHM_IO, ENOSPC, "there is not enough room on that disk for a copy");
}

/* One file, without a log beside it: "journal_mode" stays WAL in the header, so that it is a store
 * like any other once it is opened for writing. */
static ohm_err copy_into(const char *from, const char *temporary,
                         const ohm_backup_progress *progress)
{
    sqlite3 *source = NULL, *copy = NULL;
    OHM_TRY(ohm_db_open_reader(from, &source));
    ohm_err err = ohm_db_exec(source, "BEGIN; SELECT count(*) FROM sqlite_schema");
    if (!ohm_failed(err))
        err = check_room(source, temporary);
    if (!ohm_failed(err) &&
        sqlite3_open_v2(temporary, &copy, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        err = ohm_db_error(copy, sqlite3_errcode(copy));
    if (!ohm_failed(err))
        err = copy_pages(source, copy, progress);
    (void)sqlite3_close(source);
    if (!ohm_failed(err))
        err = bring_home(copy);
    if (sqlite3_close(copy) != SQLITE_OK && !ohm_failed(err))
        err = ohm_fail(OHM_IO, 0, "the copy does not close");
    return err;
}

/* What SQLite may leave beside a file. */
static void remove_logs(const char *path)
{
    static const char *const ends[] = { "-wal", "-shm", "-journal" };
    char log[OHM_PATH_MAX + 16];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        (void)snprintf(log, sizeof log, "%s%s", path, ends[i]);
        (void)unlink(log);
    }
}

/* The file in which a copy grows beside `to`, and the hold on it: it has one name, so that what a
 * cut left there is found by whoever comes next. Held until SQLite has let go of the file: to close
 * any descriptor of it would drop SQLite's own locks (fcntl(2)). */
typedef struct part {
    char path[OHM_PATH_MAX];
    int fd;
} part;

static ohm_err take_part(const char *to, part *out)
{
    if (snprintf(out->path, sizeof out->path, "%s.part", to) >= (int)sizeof out->path)
        return ohm_fail(OHM_TOO_BIG, 0, "the path is too long");
    struct stat held, there;
    ohm_err err = ohm_file_lock(out->path, &out->fd);
    if (!ohm_failed(err) && (fstat(out->fd, &held) != 0 || stat(out->path, &there) != 0 ||
                             held.st_ino != there.st_ino)) {
        (void)close(out->fd); /* it became a copy between our opening and our locking it */
        err = ohm_fail(OHM_BUSY, 0, "");
    }
    if (err.code == OHM_BUSY)
        err.what = "a copy is being made there already";
    OHM_TRY(err);
    remove_logs(out->path);
    if (ftruncate(out->fd, 0) == 0 && fchmod(out->fd, 0600) == 0)
        return ohm_ok();
    err = ohm_err_errno(errno);
    (void)close(out->fd);
    return err;
}

/* `gone`: it has not become the copy. */
static void leave_part(const part *p, bool gone)
{
    if (gone) {
        remove_logs(p->path);
        (void)unlink(p->path);
    }
    (void)close(p->fd);
}

void ohm_backup_discard(const char *to)
{
    part p;
    if (!ohm_failed(take_part(to, &p)))
        leave_part(&p, true);
}

static ohm_err sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ohm_err err = fd < 0 || fsync(fd) < 0 ? ohm_err_errno(errno) : ohm_ok();
    if (fd >= 0)
        (void)close(fd);
    return err;
}

static ohm_err move_into_place(const char *temporary, const char *to)
{
    OHM_TRY(sync_file(temporary));
    if (rename(temporary, to) < 0)
        return ohm_err_errno(errno);
    return ohm_file_sync_dir(to);
}

static ohm_err copy_and_verify(const char *from, const char *temporary, bool damaged_too,
                               const ohm_backup_progress *progress, ohm_backup_contents *contents)
{
    OHM_TRY(copy_into(from, temporary, progress));
    OHM_TRY(verify(temporary, progress, contents));
    remove_logs(temporary); /* of the verification */
    if (contents->damaged > 0 && !damaged_too)
        return ohm_fail(OHM_BAD_FORMAT, 0, "parts of it cannot be read back");
    return ohm_ok();
}

ohm_err ohm_backup_write(const char *from, const char *to, bool damaged_too,
                         const ohm_backup_progress *progress, ohm_backup_contents *ret_contents)
{
    part p;
    ohm_backup_contents contents = { 0 };
    OHM_TRY(take_part(to, &p));
    ohm_err err =
        copy_and_verify(from, p.path, damaged_too, progress ? progress : &quiet, &contents);
    if (!ohm_failed(err))
        err = move_into_place(p.path, to);
    leave_part(&p, ohm_failed(err));
    if (!ohm_failed(err))
        *ret_contents = contents;
    return err;
}

/* --- putting it back ------------------------------------------------------------------------- */

/* The log into the store itself. A store that is too damaged for that keeps its log. */
static void fold_log(const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
        (void)sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    (void)sqlite3_close(db);
}

static ohm_err keep_aside(const char *store, const char *aside)
{
    char log[OHM_PATH_MAX + 8], log_aside[OHM_PATH_MAX + 8];
    struct stat st;
    if (stat(store, &st) < 0)
        return errno == ENOENT ? ohm_ok() : ohm_err_errno(errno);
    fold_log(store);
    if (link(store, aside) < 0)
        return ohm_err_errno(errno);
    (void)snprintf(log, sizeof log, "%s-wal", store);
    (void)snprintf(log_aside, sizeof log_aside, "%s-wal", aside);
    if (rename(log, log_aside) < 0 && errno != ENOENT)
        return ohm_err_errno(errno);
    remove_logs(store);
    return ohm_file_sync_dir(store);
}

ohm_err ohm_backup_put(const char *from, const char *to, const char *aside,
                       ohm_backup_contents *ret_contents)
{
    part p;
    ohm_backup_contents contents = { 0 };
    OHM_TRY(take_part(to, &p));
    ohm_err err = copy_and_verify(from, p.path, true, &quiet, &contents);
    if (!ohm_failed(err))
        err = keep_aside(to, aside);
    if (!ohm_failed(err))
        err = move_into_place(p.path, to);
    leave_part(&p, ohm_failed(err));
    if (!ohm_failed(err))
        *ret_contents = contents;
    return err;
}
