/* The history in PostgreSQL, without a server: what is said of its place, and a server that is
 * away. With one: tests/peer/postgres.py. */
#include "store/postgres.h"

#include "store/history.h"
#include "store/query.h"
#include "store_fixture.h"

static const ohm_postgres_config nowhere = { .host = "127.0.0.1",
                                             .port = "1", /* nobody may listen there */
                                             .database = "ohm data",
                                             .user = "me",
                                             .schema = "Haus 7",
                                             .tls = "disable",
                                             .password = "env OHM_TEST_NO_PASSWORD" };

static void the_place_is_written_and_read(void **state)
{
    char text[OHM_POSTGRES_CONFIG_TEXT_MAX];
    ohm_postgres_config back;
    (void)state;
    size_t len = ohm_postgres_config_write(&nowhere, text);
    assert_int_equal(ohm_postgres_config_read(ohm_span_of(text, len), &back).code, OHM_OK);
    assert_memory_equal(&back, &nowhere, sizeof back);
}

static void what_is_no_place_is_refused(void **state)
{
    static const struct {
        const char *why, *text;
    } rows[] = {
        { "nothing", "" },
        { "no host", "database a\nschema b\n" },
        { "no database", "host a\nschema b\n" },
        { "another word", "host a\ndatabase b\nschema c\nfriend d\n" },
        { "too long", "host a\ndatabase b\nschema c\nport 123456789\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_postgres_config out;
        if (ohm_postgres_config_read(ohm_span_text(rows[i].text), &out).code != OHM_BAD_FORMAT)
            fail_msg("%s", rows[i].why);
    }
}

static void the_first_time_needs_the_server(void **state)
{
    fixture *f = *state;
    ohm_store *store;
    ohm_store_options options = { .path = f->path, .postgres = &nowhere };
    fixture_frame(f, T0, OHM_Q_POWER_IMPORT, 1);
    ohm_store_close(f->store);
    f->store = NULL;
    assert_true(ohm_err_is_away(ohm_store_open(&options, &store)));
    f->store = fixture_open(f); /* and the file is as it was */
    ohm_bucket last;
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_last(reader, "home/ground/main/power_import", 0, &last).code,
                     OHM_OK);
    char words[80];
    assert_int_equal(ohm_reader_far(reader, words, sizeof words).code, OHM_END);
    ohm_reader_close(reader);
}

/* As it is after a start that went well. */
static void say_that_it_is_there(fixture *f)
{
    char text[OHM_POSTGRES_CONFIG_TEXT_MAX];
    size_t len = ohm_postgres_config_write(&nowhere, text);
    ohm_span id = ohm_span_text("0123456789abcdef");
    assert_int_equal(ohm_store_put_wait(f->store, OHM_POSTGRES_KEY, ohm_span_of(text, len)).code,
                     OHM_OK);
    assert_int_equal(ohm_store_put_wait(f->store, OHM_POSTGRES_ID, id).code, OHM_OK);
}

static uint64_t frames_of(const fixture *f)
{
    ohm_store_size size;
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_size(reader, &size).code, OHM_OK);
    ohm_reader_close(reader);
    return size.frames_count;
}

static bool any(void *ctx, const ohm_bucket *bucket)
{
    (void)ctx;
    (void)bucket;
    return true;
}

static void while_it_is_away_the_file_keeps_what_comes(void **state)
{
    fixture *f = *state;
    say_that_it_is_there(f);
    ohm_store_close(f->store);
    ohm_store_options options = { .path = f->path, .group_commit_ms = 3600000, .tidy_ms = 1 };
    assert_int_equal(ohm_store_open(&options, &f->store).code, OHM_OK);
    assert_int_equal(ohm_store_set_device(f->store, 0, "home/ground/main").code, OHM_OK);
    for (int i = 0; i < 100; i++) /* years ago: to be folded at once, if it could be */
        fixture_frame(f, OHM_STORE_TIME_MIN + i * 1000, OHM_Q_POWER_IMPORT, i);
    fixture_commit(f);
    assert_int_equal(frames_of(f), 100);

    static const char key[] = "home/ground/main/power_import";
    ohm_bucket last;
    char words[160] = "";
    ohm_reader *reader = fixture_read(f);
    ohm_interval range = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    assert_true(ohm_err_is_away(ohm_reader_range(reader, key, range, 0, any, NULL)));
    assert_int_equal(ohm_reader_last(reader, key, 0, &last).code, OHM_OK); /* it is hot */
    assert_int_equal(last.last, 99);
    assert_true(ohm_err_is_away(ohm_reader_far(reader, words, sizeof words)));
    assert_non_null(strstr(words, "PostgreSQL: "));
    ohm_reader_close(reader);

    ohm_history *h;
    ohm_history_options writing = { .path = f->path };
    ohm_point point = { T0, 5, 0 };
    ohm_history_run run = { key, &point, 1 };
    ohm_history_counts counts = { 0 };
    uint64_t erased = 0;
    assert_int_equal(ohm_history_open(&writing, &h).code, OHM_OK);
    assert_true(ohm_err_is_away(ohm_history_add(h, &run, 1, "mark", "1", &counts)));
    assert_true(ohm_err_is_away(ohm_history_erase(h, key, range, &erased)));
    ohm_history_close(h);
    assert_int_equal(frames_of(f), 100); /* whole, or not at all */
}

static void a_daemon_goes_on_with_it_only(void **state)
{
    fixture *f = *state;
    ohm_store *store;
    say_that_it_is_there(f);
    ohm_store_options options = { .path = f->path, .exclusive = true };
    assert_int_equal(ohm_store_open(&options, &store).code, OHM_CONFLICT);
    options.postgres = &nowhere; /* and then it need not be there */
    assert_int_equal(ohm_store_open(&options, &store).code, OHM_OK);
    ohm_store_close(store);
}

/* --- with a server that comes and goes: one phase a process (tests/peer/postgres.py) --------- */

enum { A_DAY = 144, TEN_MINUTES_MS = 600000 };

static ohm_ms a_month_later(void)
{
    return T0 + INT64_C(30) * 24 * OHM_HOUR_MS;
}

static void far_open(fixture *f)
{
    ohm_postgres_config place;
    ohm_store_options options = { .path = f->path,
                                  .group_commit_ms = 3600000,
                                  .tidy_ms = 1,
                                  .now = a_month_later,
                                  .postgres = fixture_place(f, &place) };
    snprintf(place.schema, sizeof place.schema, "far");
    assert_int_equal(ohm_store_open(&options, &f->store).code, OHM_OK);
    assert_int_equal(ohm_store_set_device(f->store, 0, "home/ground/main").code, OHM_OK);
}

static void far_say(const fixture *f, int from_day, int to_day)
{
    for (int i = from_day * A_DAY; i < to_day * A_DAY; i++) {
        fixture_frame(f, T0 + (int64_t)i * TEN_MINUTES_MS, OHM_Q_POWER_IMPORT, i % 97);
        fixture_frame(f, T0 + (int64_t)i * TEN_MINUTES_MS, OHM_Q_ENERGY_IMPORT, 10 * i);
    }
    fixture_commit(f);
}

static bool is_next(void *ctx, const ohm_point *point)
{
    int *i = ctx;
    assert_int_equal(point->time_ms, T0 + (int64_t)*i * TEN_MINUTES_MS);
    assert_int_equal(point->value, *i % 97);
    ++*i;
    return true;
}

/* All is folded, and there, once. */
static void far_check(const fixture *f, int days)
{
    while (frames_of(f) > 0) /* the deadline is that of the runner */
        usleep(10000);
    int i = 0;
    ohm_reader *reader = fixture_read(f);
    ohm_interval range = { OHM_STORE_TIME_MIN, OHM_STORE_TIME_MAX };
    assert_int_equal(
        ohm_query_points(reader, "home/ground/main/power_import", range, is_next, &i).code, OHM_OK);
    assert_int_equal(i, days * A_DAY);
    ohm_reader_close(reader);
}

static void far_refuses(const fixture *f)
{
    ohm_history *h;
    ohm_history_options options = { .path = f->path };
    ohm_point point = { T0 - 1, 5, 0 };
    ohm_history_run run = { "home/ground/main/power_import", &point, 1 };
    ohm_history_counts counts = { 0 };
    assert_int_equal(ohm_history_open(&options, &h).code, OHM_OK);
    assert_true(ohm_err_is_away(ohm_history_add(h, &run, 1, NULL, NULL, &counts)));
    ohm_history_close(h);
    assert_int_equal(frames_of(f), A_DAY);
}

static void a_server_that_comes_and_goes(void **state)
{
    const char *how = getenv("OHM_TEST_FAR");
    char folder[100], phase[16];
    fixture f = { 0 };
    (void)state;
    assert_non_null(how);
    assert_int_equal(sscanf(how, "%99s %15s", folder, phase), 2);
    snprintf(f.dir, sizeof f.dir, "/far");
    assert_true((size_t)snprintf(f.path, sizeof f.path, "%s/far.db", folder) < sizeof f.path);
    far_open(&f);
    if (!strcmp(phase, "before")) {
        far_say(&f, 0, 1);
        far_check(&f, 1);
    } else if (!strcmp(phase, "away")) {
        far_say(&f, 1, 8);
        assert_int_equal(frames_of(&f), 7 * A_DAY);
        _exit(0); /* nothing is closed */
    } else if (!strcmp(phase, "after")) {
        far_check(&f, 8);
    } else if (!strcmp(phase, "refused")) {
        far_say(&f, 8, 9);
        far_refuses(&f);
    } else {
        far_check(&f, 9);
    }
    ohm_store_close(f.store);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    (void)setenv("OHM_TEST_NO_PASSWORD", "none", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_place_is_written_and_read),
        cmocka_unit_test(what_is_no_place_is_refused),
        WITH_STORE(the_first_time_needs_the_server),
        WITH_STORE(while_it_is_away_the_file_keeps_what_comes),
        WITH_STORE(a_daemon_goes_on_with_it_only),
    };
    const struct CMUnitTest far[] = { cmocka_unit_test(a_server_that_comes_and_goes) };
    if (getenv("OHM_TEST_FAR"))
        return cmocka_run_group_tests(far, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
