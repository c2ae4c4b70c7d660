/* State, journal and events, and the queue that they share with the readings. */
#include <semaphore.h>

#include "store_fixture.h"

static void assert_state(const fixture *f, const char *key, const char *want)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_reader *reader = fixture_read(f);
    ohm_err err = ohm_reader_get(reader, key, &bytes, &len);
    assert_int_equal(err.code, want ? OHM_OK : OHM_UNKNOWN);
    if (want) {
        assert_string_equal((const char *)bytes, want);
        assert_int_equal(len, strlen(want));
    }
    free(bytes);
    ohm_reader_close(reader);
}

static bool collect_key(void *ctx, const char *key)
{
    char *all = ctx;
    strcat(all, key);
    strcat(all, ";");
    return true;
}

static void states_are_set_replaced_and_removed(void **state)
{
    fixture *f = *state;
    assert_int_equal(ohm_store_put(f->store, "user/ann", ohm_span_text("one")), OHM_OK);
    assert_int_equal(ohm_store_put(f->store, "user/ann", ohm_span_text("two")), OHM_OK);
    assert_int_equal(ohm_store_put(f->store, "user/bob", ohm_span_text("")), OHM_OK);
    assert_int_equal(ohm_store_put(f->store, "userx", ohm_span_text("x")), OHM_OK);
    assert_state(f, "user/ann", NULL);
    assert_int_equal(ohm_store_put_wait(f->store, "token/1", ohm_span_text("t")).code, OHM_OK);
    assert_state(f, "user/ann", "two"); /* what came before is committed with it */
    assert_state(f, "user/bob", "");

    char keys[200] = "";
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_keys(reader, "user/", collect_key, keys).code, OHM_OK);
    assert_string_equal(keys, "user/ann;user/bob;");
    ohm_reader_close(reader);

    ohm_span none = { NULL, 0 };
    assert_int_equal(ohm_store_put_wait(f->store, "user/ann", none).code, OHM_OK);
    assert_state(f, "user/ann", NULL);
    assert_int_equal(ohm_store_put_wait(f->store, "user/ann", none).code, OHM_OK);
    fixture_reopen(f);
    assert_state(f, "token/1", "t");
}

static void a_big_state_is_whole_and_a_bigger_one_refused(void **state)
{
    fixture *f = *state;
    size_t big = OHM_STORE_STATE_MAX, len = 0;
    uint8_t *bytes = malloc(big + 1), *back = NULL;
    assert_non_null(bytes);
    for (size_t i = 0; i < big; i++)
        bytes[i] = (uint8_t)(i * 2654435761u >> 13);
    assert_int_equal(ohm_store_put(f->store, "big", ohm_span_of(bytes, big + 1)), OHM_TOO_BIG);
    assert_int_equal(ohm_store_put_wait(f->store, "big", ohm_span_of(bytes, big)).code, OHM_OK);
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_get(reader, "big", &back, &len).code, OHM_OK);
    assert_int_equal(len, big);
    assert_memory_equal(back, bytes, big);
    ohm_reader_close(reader);
    free(back);
    free(bytes);
}

static void pending_states_are_bounded(void **state)
{
    fixture *f = *state;
    char key[32];
    for (int i = 0; i < OHM_STORE_STATES_PENDING_MAX; i++) {
        snprintf(key, sizeof key, "key/%d", i);
        assert_int_equal(ohm_store_put(f->store, key, ohm_span_text("v")), OHM_OK);
    }
    assert_int_equal(ohm_store_put(f->store, "one more", ohm_span_text("v")), OHM_BUSY);
    assert_int_equal(ohm_store_put(f->store, "key/7", ohm_span_text("w")), OHM_OK);
    fixture_commit(f);
    assert_int_equal(ohm_store_put(f->store, "one more", ohm_span_text("v")), OHM_OK);
    fixture_commit(f);
    assert_state(f, "key/7", "w");
    assert_state(f, "one more", "v");
}

typedef struct records {
    int count;
    uint64_t seq[64];
    char text[64][16];
} records;

static bool collect_record(void *ctx, const ohm_record *record)
{
    records *all = ctx;
    assert_true(all->count < 64);
    all->seq[all->count] = record->seq;
    snprintf(all->text[all->count], 16, "%c%.*s/%.*s", record->kind, (int)record->encoded.len,
             (const char *)record->encoded.ptr, (int)record->json.len,
             (const char *)record->json.ptr);
    all->count++;
    return true;
}

static void the_journal_is_kept_in_order_and_never_rewritten(void **state)
{
    fixture *f = *state;
    ohm_span a = ohm_span_text("a"), j = ohm_span_text("{}");
    assert_int_equal(ohm_store_journal(f->store, 1, T0, 'd', a, j), OHM_OK);
    assert_int_equal(ohm_store_journal(f->store, 2, T0, 'n', ohm_span_text("b"), j), OHM_OK);
    assert_int_equal(ohm_store_journal(f->store, 5, T0, 'd', ohm_span_text("c"), j), OHM_OK);
    assert_int_equal(ohm_store_journal(f->store, 1, T0, 'd', a, j), OHM_OK); /* the same */
    assert_int_equal(ohm_store_journal(f->store, 2, T0, 'n', ohm_span_text("z"), j), OHM_OK);
    assert_int_equal(ohm_store_journal(f->store, 0, T0, 'n', a, j), OHM_RANGE);
    fixture_commit(f);
    ohm_store_counters counters = ohm_store_counters_of(f->store);
    assert_int_equal(counters.journal, 3);
    assert_int_equal(counters.conflicts, 1);

    ohm_reader *reader = fixture_read(f);
    records all = { 0 };
    assert_int_equal(ohm_reader_journal(reader, 0, 2, collect_record, &all).code, OHM_OK);
    assert_int_equal(ohm_reader_journal(reader, 2, 9, collect_record, &all).code, OHM_OK);
    assert_int_equal(ohm_reader_journal_from(reader, 2, collect_record, &all).code, OHM_OK);
    static const uint64_t want[] = { 5, 2, 1, 2, 5 };
    assert_int_equal(all.count, 5);
    assert_memory_equal(all.seq, want, sizeof want);
    assert_string_equal(all.text[0], "dc/{}");
    assert_string_equal(all.text[1], "nb/{}");
    ohm_store_seqs seqs;
    assert_int_equal(ohm_reader_seqs(reader, &seqs).code, OHM_OK);
    assert_int_equal(seqs.journal, 5);
    assert_int_equal(seqs.event, 0);
    ohm_reader_close(reader);
}

static void a_journal_record_commits_at_once(void **state)
{
    fixture *f = *state; /* its group commit is an hour away */
    fixture_frame(f, T0, OHM_Q_POWER_IMPORT, 7);
    assert_int_equal(
        ohm_store_journal(f->store, 1, T0, 'd', ohm_span_text("a"), ohm_span_text("{}")), OHM_OK);
    while (ohm_store_counters_of(f->store).journal == 0)
        usleep(1000);
    ohm_bucket last; /* and all before it */
    ohm_reader *reader = fixture_read(f);
    const char *power = "home/ground/main/power_import";
    assert_int_equal(ohm_reader_last(reader, power, T0, &last).code, OHM_OK);
    ohm_reader_close(reader);
}

static void events_come_back_from_any_place(void **state)
{
    fixture *f = *state;
    char text[16];
    uint64_t seq = 0;
    for (int i = 0; i < 2000; i++) {
        seq += i % 7 == 0 ? 3 : 1; /* gaps are allowed */
        snprintf(text, sizeof text, "%d", i);
        ohm_ms at = T0 + (i % 2 ? -i : i) * INT64_C(1000); /* the clock jumps */
        assert_int_equal(ohm_store_event(f->store, seq, at, ohm_span_text(text)), OHM_OK);
        if (i % 300 == 299)
            fixture_commit(f);
    }
    assert_int_equal(ohm_store_event(f->store, seq, T0, ohm_span_text("again")), OHM_OK);
    fixture_commit(f);
    assert_int_equal(ohm_store_counters_of(f->store).conflicts, 1);
    assert_int_equal(ohm_store_counters_of(f->store).events, 2000);

    ohm_reader *reader = fixture_read(f);
    records all = { 0 };
    assert_int_equal(ohm_reader_events(reader, seq - 9, collect_record, &all).code, OHM_OK);
    assert_string_equal(all.text[all.count - 1], "e1999/");
    assert_true(all.seq[0] >= seq - 9);
    assert_in_range(all.count, 8, 10);
    ohm_store_seqs seqs;
    assert_int_equal(ohm_reader_seqs(reader, &seqs).code, OHM_OK);
    assert_int_equal(seqs.event, seq);
    all.count = 0;
    assert_int_equal(ohm_reader_events(reader, seq + 1, collect_record, &all).code, OHM_OK);
    assert_int_equal(all.count, 0);
    ohm_reader_close(reader);

    fixture_reopen(f); /* it knows where it stands */
    assert_int_equal(ohm_store_event(f->store, seq, T0, ohm_span_text("again")), OHM_OK);
    fixture_commit(f);
    assert_int_equal(ohm_store_counters_of(f->store).conflicts, 1);
}

static void a_big_event_has_a_row_of_its_own(void **state)
{
    fixture *f = *state;
    static uint8_t big[OHM_STORE_EVENT_MAX];
    memset(big, 'x', sizeof big);
    assert_int_equal(ohm_store_event(f->store, 1, T0, ohm_span_text("a")), OHM_OK);
    assert_int_equal(ohm_store_event(f->store, 2, T0, ohm_span_of(big, sizeof big)), OHM_OK);
    assert_int_equal(ohm_store_event(f->store, 3, T0, ohm_span_text("b")), OHM_OK);
    fixture_commit(f);
    records all = { 0 };
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_events(reader, 0, collect_record, &all).code, OHM_OK);
    assert_int_equal(all.count, 3);
    assert_string_equal(all.text[1], "exxxxxxxxxxxxxx"); /* as much as the test keeps */
    assert_string_equal(all.text[2], "eb/");
    ohm_reader_close(reader);
}

static bool count_record(void *ctx, const ohm_record *record)
{
    uint64_t *first = ctx;
    if (*first == 0)
        *first = record->seq;
    return false;
}

static uint64_t oldest_event(const fixture *f)
{
    uint64_t first = 0;
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_events(reader, 0, count_record, &first).code, OHM_OK);
    ohm_reader_close(reader);
    return first;
}

static void old_events_go_and_a_jump_of_the_clock_loses_none(void **state)
{
    fixture *f = *state;
    ohm_store_close(f->store);
    ohm_store_options options = { .path = f->path,
                                  .group_commit_ms = 3600000,
                                  .events_keep_ms = 60 * OHM_HOUR_MS };
    assert_int_equal(ohm_store_open(&options, &f->store).code, OHM_OK);
    static const struct {
        const char *why;
        ohm_ms at;
        uint64_t oldest;
    } rows[] = {
        { "the first", T0, 1 },
        { "a restart in 1970", 0, 1 },
        { "the clock is set", T0 + OHM_HOUR_MS, 1 },
        { "a leap to 2038", INT64_C(2147483647000), 1 },
        { "and back", T0 + 2 * OHM_HOUR_MS, 1 },
        { "a day later; each leap forward counted as one", T0 + 26 * OHM_HOUR_MS, 3 },
        { "more than a day of silence counts as one, too", T0 + 80 * OHM_HOUR_MS, 4 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(ohm_store_event(f->store, i + 1, rows[i].at, ohm_span_text("e")), OHM_OK);
        fixture_commit(f);
        uint64_t oldest = oldest_event(f);
        if (oldest != rows[i].oldest)
            fail_msg("%s: the oldest is %u", rows[i].why, (unsigned)oldest);
    }
}

static void events_have_a_bound_of_room(void **state)
{
    fixture *f = *state;
    static uint8_t some[1000];
    ohm_store_close(f->store);
    ohm_store_options options = { .path = f->path,
                                  .group_commit_ms = 3600000,
                                  .events_max_bytes = 100000 };
    assert_int_equal(ohm_store_open(&options, &f->store).code, OHM_OK);
    for (uint64_t seq = 1; seq <= 1000; seq++) { /* more rows a commit than trimming's few */
        assert_int_equal(ohm_store_event(f->store, seq, T0, ohm_span_of(some, sizeof some)),
                         OHM_OK);
        if (seq % 100 == 0)
            fixture_commit(f);
    }
    assert_in_range(oldest_event(f), 1000 - 105, 1000 - 90); /* a row holds three */
    ohm_store_close(f->store);
    options.events_max_bytes = 50000;
    assert_int_equal(ohm_store_open(&options, &f->store).code, OHM_OK); /* it knows its weight */
    for (uint64_t seq = 1001; seq <= 1010; seq++) {
        assert_int_equal(ohm_store_event(f->store, seq, T0, ohm_span_of(some, sizeof some)),
                         OHM_OK);
        fixture_commit(f);
    }
    assert_in_range(oldest_event(f), 1010 - 55, 1010 - 40);
}

typedef struct gate {
    sem_t entered, open;
} gate;

/* Holds the writer thread, as a slow disk would. */
static void hold_writer(void *ctx, ohm_err result)
{
    gate *g = ctx;
    assert_int_equal(result.code, OHM_OK);
    sem_post(&g->entered);
    sem_wait(&g->open);
}

static void a_full_queue_drops_and_counts(void **state)
{
    fixture *f = *state;
    static uint8_t big[OHM_STORE_EVENT_MAX + 1];
    const size_t some = 16 << 10;
    gate g;
    sem_init(&g.entered, 0, 0);
    sem_init(&g.open, 0, 0);
    assert_int_equal(ohm_store_commit(f->store, hold_writer, &g), OHM_OK);
    sem_wait(&g.entered);

    uint64_t seq = 1;
    while (ohm_store_event(f->store, seq, T0, ohm_span_of(big, some)) == OHM_OK)
        seq++;
    assert_int_equal(seq, 16); /* 15 of 16 KiB fit into 256 KiB with what they take besides */
    ohm_store_counters counters = ohm_store_counters_of(f->store);
    assert_int_equal(counters.dropped_events, 1);
    assert_true(counters.queued_bytes > 15 * some);
    ohm_code code = ohm_store_event(f->store, 99, T0, ohm_span_of(big, sizeof big));
    assert_int_equal(code, OHM_TOO_BIG);

    ohm_span record = ohm_span_of(big, OHM_STORE_JOURNAL_MAX), none = { NULL, 0 };
    for (uint64_t i = 1; i <= 3; i++) /* it has room of its own, and no drops: the caller knows */
        assert_int_equal(ohm_store_journal(f->store, i, T0, 'n', record, none), OHM_OK);
    assert_int_equal(ohm_store_journal(f->store, 4, T0, 'n', record, none), OHM_BUSY);
    sem_post(&g.open);
    fixture_commit(f);
    counters = ohm_store_counters_of(f->store);
    assert_int_equal(counters.queued_bytes, 0);
    assert_int_equal(counters.events, 15);
    assert_int_equal(counters.journal, 3);
    sem_destroy(&g.entered);
    sem_destroy(&g.open);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(states_are_set_replaced_and_removed),
        WITH_STORE(a_big_state_is_whole_and_a_bigger_one_refused),
        WITH_STORE(pending_states_are_bounded),
        WITH_STORE(the_journal_is_kept_in_order_and_never_rewritten),
        WITH_STORE(a_journal_record_commits_at_once),
        WITH_STORE(events_come_back_from_any_place),
        WITH_STORE(a_big_event_has_a_row_of_its_own),
        WITH_STORE(old_events_go_and_a_jump_of_the_clock_loses_none),
        WITH_STORE(events_have_a_bound_of_room),
        WITH_STORE(a_full_queue_drops_and_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
