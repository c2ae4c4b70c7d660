/* Files that are not as they should be: refused with a reason, and left as they were. */
#include <fcntl.h>
#include <sys/stat.h>

#include "host/file.h"
#include "store/db.h"
#include "store_fixture.h"

typedef struct contents {
    uint8_t *bytes;
    size_t len;
} contents;

static contents read_all(const char *path)
{
    contents c = { 0 };
    assert_int_equal(ohm_file_read(path, 1 << 24, &c.bytes, &c.len).code, OHM_OK);
    return c;
}

static void assert_untouched(const fixture *f, contents before)
{
    contents after = read_all(f->path);
    assert_int_equal(after.len, before.len);
    assert_memory_equal(after.bytes, before.bytes, before.len);
    free(after.bytes);
    free(before.bytes);
}

static void sql(const char *path, const char *text)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *why = NULL;
    if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", text, why);
    sqlite3_close(db);
}

static ohm_code open_code(const fixture *f)
{
    ohm_store *store = NULL;
    ohm_store_options options = { .path = f->path };
    ohm_err err = ohm_store_open(&options, &store);
    ohm_store_close(store);
    return err.code;
}

static ohm_code read_code(const fixture *f)
{
    ohm_reader *reader = NULL;
    ohm_err err = ohm_reader_open(f->path, &reader);
    ohm_reader_close(reader);
    return err.code;
}

/* Closes the fixture's store, so that the file is whole and alone. */
static void settle(fixture *f)
{
    for (int i = 0; i < 2000; i++)
        fixture_frame(f, T0 + i, i % 2 ? OHM_Q_POWER_IMPORT : OHM_Q_ENERGY_IMPORT, i);
    fixture_commit(f);
    ohm_store_close(f->store);
    f->store = NULL;
}

static void what_is_no_database_is_refused(void **state)
{
    const fixture *f = *state;
    static const struct {
        const char *why;
        size_t len;
        uint8_t byte;
    } rows[] = {
        { "one byte", 1, 'x' },
        { "short text", 50, 'x' },
        { "long zeros", 20000, 0 },
        { "long text", 20000, 'x' },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t bytes[20000];
        memset(bytes, rows[i].byte, sizeof bytes);
        assert_int_equal(ohm_file_write(f->path, ohm_span_of(bytes, rows[i].len), 0644).code,
                         OHM_OK);
        contents before = read_all(f->path);
        if (open_code(f) != OHM_BAD_FORMAT || read_code(f) == OHM_OK)
            fail_msg("%s", rows[i].why);
        struct stat st;
        assert_int_equal(stat(f->path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0644); /* not even its mode */
        assert_untouched(f, before);
    }
}

static void a_folder_is_refused(void **state)
{
    const fixture *f = *state;
    assert_int_equal(mkdir(f->path, 0700), 0);
    assert_int_equal(open_code(f), OHM_BAD_FORMAT);
    assert_int_not_equal(read_code(f), OHM_OK);
}

static void another_programs_database_is_refused(void **state)
{
    const fixture *f = *state;
    sql(f->path, "CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)");
    contents before = read_all(f->path);
    assert_int_equal(open_code(f), OHM_BAD_FORMAT);
    assert_int_equal(read_code(f), OHM_BAD_FORMAT);
    assert_untouched(f, before);
}

static void a_newer_format_is_refused(void **state)
{
    fixture *f = *state;
    settle(f);
    sql(f->path, "PRAGMA journal_mode=DELETE; PRAGMA user_version=999");
    contents before = read_all(f->path);
    assert_int_equal(open_code(f), OHM_UNSUPPORTED);
    assert_int_equal(read_code(f), OHM_UNSUPPORTED);
    assert_untouched(f, before);
}

/* The newer program died, and its version is in the write-ahead log only. */
static void a_newer_format_in_the_log_is_refused(void **state)
{
    fixture *f = *state;
    settle(f);
    sqlite3 *newer;
    assert_int_equal(sqlite3_open(f->path, &newer), SQLITE_OK);
    assert_int_equal(sqlite3_exec(newer, "PRAGMA user_version=999", NULL, NULL, NULL), SQLITE_OK);
    contents before = read_all(f->path);
    assert_int_equal(open_code(f), OHM_UNSUPPORTED);
    assert_int_equal(read_code(f), OHM_UNSUPPORTED);
    assert_untouched(f, before);
    sqlite3_db_config(newer, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_close(newer);
    before = read_all(f->path);
    assert_int_equal(open_code(f), OHM_UNSUPPORTED);
    assert_untouched(f, before);
}

static void a_truncated_file_is_refused(void **state)
{
    fixture *f = *state;
    settle(f);
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    assert_true(st.st_size > 5 * 4096);
    assert_int_equal(truncate(f->path, st.st_size - 4096), 0);
    contents before = read_all(f->path);
    assert_int_equal(open_code(f), OHM_BAD_FORMAT);
    assert_int_equal(read_code(f), OHM_BAD_FORMAT);
    assert_untouched(f, before);
    assert_int_equal(truncate(f->path, 60), 0);
    assert_int_equal(open_code(f), OHM_BAD_FORMAT);
}

static void an_empty_file_is_a_new_one(void **state)
{
    fixture *f = *state;
    assert_int_equal(ohm_file_write(f->path, ohm_span_of(NULL, 0), 0600).code, OHM_OK);
    assert_int_equal(read_code(f), OHM_UNKNOWN);
    assert_int_equal(open_code(f), OHM_OK);
    assert_int_equal(read_code(f), OHM_OK);
}

/* A page of the readings' tree is rubbish: the daemon lives and says so, and writes no more. */
static void a_damaged_page_is_noticed(void **state)
{
    fixture *f = *state;
    settle(f);
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    int fd = open(f->path, O_WRONLY);
    uint8_t rubbish[4096];
    memset(rubbish, 0xa5, sizeof rubbish);
    for (off_t at = 4096 * 10; at < st.st_size; at += 4096)
        assert_int_equal(pwrite(fd, rubbish, sizeof rubbish, at), (ssize_t)sizeof rubbish);
    close(fd);

    ohm_reader *reader = fixture_read(f);
    char detail[200];
    assert_int_equal(ohm_reader_check(reader, detail, sizeof detail).code, OHM_BAD_FORMAT);
    assert_true(strlen(detail) > 0);
    buckets *all = calloc(1, sizeof *all);
    assert_non_null(all);
    ohm_interval range = { T0, T0 + 5000 };
    ohm_err err =
        ohm_reader_range(reader, "home/ground/main/power_import", range, 0, collect_bucket, all);
    assert_int_equal(err.code, OHM_BAD_FORMAT);
    free(all);
    ohm_reader_close(reader);

    f->store = fixture_open(f);
    fixture_frame(f, T0 + 5000, OHM_Q_POWER_IMPORT, 1);
    assert_int_equal(ohm_store_commit_wait(f->store).code, OHM_BAD_FORMAT);
    contents before = read_all(f->path);
    assert_int_equal(ohm_store_put_wait(f->store, "x", ohm_span_text("y")).code, OHM_BAD_FORMAT);
    ohm_store_close(f->store);
    f->store = NULL;
    assert_untouched(f, before);
}

/* Rows that can't be decoded are left out and counted; the others are there. */
static void a_damaged_row_hides_no_other(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 10; i++) {
        fixture_frame(f, T0 + i, OHM_Q_POWER_IMPORT, i);
        assert_int_equal(ohm_store_event(f->store, (uint64_t)i + 1, T0, ohm_span_text("e")),
                         OHM_OK);
        fixture_commit(f);
    }
    ohm_store_close(f->store);
    f->store = NULL;
    sql(f->path, "UPDATE frame SET v=x'' WHERE k=(SELECT min(k) FROM frame);"
                 "UPDATE frame SET v=x'7f0000' WHERE k=(SELECT max(k) FROM frame);"
                 "UPDATE frame SET v=x'0101' WHERE k=(SELECT min(k)+4096 FROM frame);"
                 "UPDATE frame SET v=x'ffffffffffffffff' WHERE k=(SELECT min(k)+8192 FROM frame);"
                 "UPDATE event SET v=x'0000ff' WHERE seq=3;");
    ohm_reader *reader = fixture_read(f);
    buckets *all = calloc(1, sizeof *all);
    assert_non_null(all);
    ohm_interval range = { T0, T0 + 5000 };
    assert_int_equal(
        ohm_reader_range(reader, "home/ground/main/power_import", range, 0, collect_bucket, all)
            .code,
        OHM_OK);
    assert_int_equal(all->count, 6);
    assert_int_equal(all->items[0].last, 3);
    assert_int_equal(ohm_reader_damaged_of(reader), 4);
    free(all);
    ohm_reader_close(reader);

    /* And a new message for the instant of a damaged row takes its place. */
    f->store = fixture_open(f);
    fixture_frame(f, T0, OHM_Q_POWER_IMPORT, 77);
    fixture_commit(f);
    ohm_bucket last;
    reader = fixture_read(f);
    assert_int_equal(ohm_reader_last(reader, "home/ground/main/power_import", T0, &last).code,
                     OHM_OK);
    assert_int_equal(last.last, 8); /* 9 was damaged */
    ohm_reader_close(reader);
}

static bool count_event(void *ctx, const ohm_record *record)
{
    (void)record;
    ++*(int *)ctx;
    return true;
}

static void a_damaged_pack_of_events_hides_no_other(void **state)
{
    fixture *f = *state;
    for (uint64_t i = 1; i <= 10; i++) {
        assert_int_equal(ohm_store_event(f->store, i, T0, ohm_span_text("e")), OHM_OK);
        fixture_commit(f);
    }
    ohm_store_close(f->store);
    f->store = NULL;
    sql(f->path, "UPDATE event SET v=x'0000ff' WHERE seq=3");
    int count = 0;
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_events(reader, 0, count_event, &count).code, OHM_OK);
    assert_int_equal(count, 9);
    assert_int_equal(ohm_reader_damaged_of(reader), 1);
    ohm_reader_close(reader);
}

/* A later version's table may know quantities that ours does not, and other decimals. */
static void series_of_other_tables(void **state)
{
    fixture *f = *state;
    settle(f);
    sql(f->path, "INSERT INTO series(device,quantity,unit,kind,decimals)"
                 " VALUES(1,'moonlight','lx','gauge',3)");
    assert_int_equal(open_code(f), OHM_OK);
    sql(f->path, "UPDATE series SET decimals=decimals+1 WHERE quantity='power_import'");
    assert_int_equal(open_code(f), OHM_UNSUPPORTED);
}

/* A file of the first version, as its table was, comes forward with its events. */
static void the_first_version_comes_forward(void **state)
{
    fixture *f = *state;
    assert_int_equal(ohm_store_event(f->store, 1, T0, ohm_span_text("e")), OHM_OK);
    fixture_commit(f);
    ohm_store_close(f->store);
    f->store = NULL;
    sql(f->path, "ALTER TABLE event DROP COLUMN total_bytes; DROP TABLE chunk;"
                 "DROP TABLE damaged; DROP VIEW energy_by_hour; DROP VIEW energy_by_day;"
                 "DROP TABLE energy_hour; DROP TABLE energy_day; DROP TABLE energy_through;"
                 "DROP TABLE energy_changed; DROP TABLE day_code;"
                 "DROP TABLE spot_price; PRAGMA user_version=1");
    assert_int_equal(read_code(f), OHM_OK); /* a reader takes it as it is */
    f->store = fixture_open(f);
    assert_int_equal(ohm_store_event(f->store, 2, T0, ohm_span_text("e")), OHM_OK);
    fixture_commit(f);
    int count = 0;
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_events(reader, 0, count_event, &count).code, OHM_OK);
    assert_int_equal(count, 2);
    ohm_reader_close(reader);
}

static void migrations_go_forward_whole_or_not_at_all(void **state)
{
    const fixture *f = *state;
    static const ohm_db_migration good[] = {
        { 1, "CREATE TABLE a(x)" },
        { 2, "INSERT INTO a VALUES(1)" },
        { 3, "CREATE TABLE b(x); INSERT INTO b SELECT x FROM a" },
    };
    static const ohm_db_migration bad[] = {
        { 1, "CREATE TABLE a(x)" },
        { 2, "INSERT INTO a VALUES(1)" },
        { 3, "CREATE TABLE b(x); INSERT INTO nowhere VALUES(1)" },
    };
    sqlite3 *db;
    int64_t number = -1;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(ohm_db_migrate(db, good, 1).code, OHM_OK);
    assert_int_not_equal(ohm_db_migrate(db, bad, 3).code, OHM_OK);
    assert_int_equal(ohm_db_number(db, "PRAGMA user_version", &number).code, OHM_OK);
    assert_int_equal(number, 2); /* as far as it went well */
    assert_int_not_equal(ohm_db_exec(db, "SELECT * FROM b").code, OHM_OK);

    assert_int_equal(ohm_db_migrate(db, good, 3).code, OHM_OK);
    assert_int_equal(ohm_db_number(db, "SELECT count(*) FROM b", &number).code, OHM_OK);
    assert_int_equal(number, 1);
    assert_int_equal(ohm_db_migrate(db, good, 3).code, OHM_OK); /* nothing left to do */
    assert_int_equal(ohm_db_number(db, "SELECT count(*) FROM b", &number).code, OHM_OK);
    assert_int_equal(number, 1);
    assert_int_equal(ohm_db_migrate(db, good, 2).code, OHM_UNSUPPORTED);
    assert_int_equal(ohm_db_number(db, "SELECT x FROM b WHERE 0", &number).code, OHM_END);
    sqlite3_close(db);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, fixture_folder, fixture_teardown)
#define WITH_STORE(test)  cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(what_is_no_database_is_refused),
        WITH_FOLDER(a_folder_is_refused),
        WITH_FOLDER(another_programs_database_is_refused),
        WITH_STORE(a_newer_format_is_refused),
        WITH_STORE(a_newer_format_in_the_log_is_refused),
        WITH_STORE(a_truncated_file_is_refused),
        WITH_FOLDER(an_empty_file_is_a_new_one),
        WITH_STORE(a_damaged_page_is_noticed),
        WITH_STORE(a_damaged_row_hides_no_other),
        WITH_STORE(a_damaged_pack_of_events_hides_no_other),
        WITH_STORE(series_of_other_tables),
        WITH_STORE(the_first_version_comes_forward),
        WITH_FOLDER(migrations_go_forward_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
