/* Long questions to the store, on their own thread. Nothing here waits for a time: a question says
 * when it runs, and goes on when it is told to. */
#include "web/history.h"

#include <poll.h>
#include <semaphore.h>

#include "store_fixture.h"

static sem_t runs, may_end;

typedef struct world {
    fixture *f;
    ohm_inbox inbox;
    ohm_inbox_batch batch;
    uint16_t taken; /* of the batch's answers */
    ohm_history *history;
} world;

static world begin(void **state)
{
    world w = { .f = *state };
    assert_int_equal(sem_init(&runs, 0, 0), 0);
    assert_int_equal(sem_init(&may_end, 0, 0), 0);
    assert_int_equal(ohm_inbox_init(&w.inbox).code, OHM_OK);
    assert_int_equal(ohm_inbox_batch_init(&w.batch).code, OHM_OK);
    return w;
}

static void start(world *w, const char *path)
{
    assert_int_equal(ohm_history_new(path, &w->inbox, &w->history).code, OHM_OK);
}

static void end(world *w)
{
    ohm_history_free(w->history);
    ohm_inbox_release(&w->inbox);
    ohm_inbox_batch_release(&w->batch);
    (void)sem_destroy(&runs);
    (void)sem_destroy(&may_end);
}

/* The next answer; its JSON is the caller's. */
static ohm_inbox_answer next_answer(world *w)
{
    struct pollfd wake = { .fd = w->inbox.wake_fd, .events = POLLIN };
    while (w->taken == w->batch.answers_count) {
        assert_int_equal(poll(&wake, 1, -1), 1);
        ohm_inbox_take(&w->inbox, &w->batch);
        w->taken = 0;
    }
    return w->batch.answers[w->taken++];
}

/* Says what it was asked. */
static ohm_code echo(ohm_reader *reader, const void *query, const atomic_bool *stop,
                     char **ret_json, size_t *ret_len)
{
    assert_non_null(reader);
    assert_false(atomic_load(stop));
    *ret_json = strdup(query);
    *ret_len = strlen(query);
    return OHM_OK;
}

/* Runs until it is told to end; then it looks whether somebody still wants to know. */
static ohm_code hold(ohm_reader *reader, const void *query, const atomic_bool *stop,
                     char **ret_json, size_t *ret_len)
{
    (void)reader, (void)query, (void)ret_json, (void)ret_len;
    (void)sem_post(&runs);
    (void)sem_wait(&may_end);
    return atomic_load(stop) ? OHM_MORE : OHM_UNKNOWN;
}

static ohm_code until_stopped(ohm_reader *reader, const void *query, const atomic_bool *stop,
                              char **ret_json, size_t *ret_len)
{
    (void)reader, (void)query, (void)ret_json, (void)ret_len;
    (void)sem_post(&runs);
    while (!atomic_load(stop))
        (void)poll(NULL, 0, 1);
    return OHM_MORE;
}

static void answers_come_in_order(void **state)
{
    world w = begin(state);
    start(&w, w.f->path);
    for (uint64_t id = 1; id <= 3; id++) {
        char text[16];
        (void)snprintf(text, sizeof text, "{\"n\":%d}", (int)id);
        assert_int_equal(ohm_history_ask(w.history, id, echo, text, sizeof text), OHM_OK);
        const ohm_inbox_answer answer = next_answer(&w);
        assert_int_equal(answer.command_id, id);
        assert_int_equal(answer.result, OHM_OK);
        assert_int_equal(answer.json_len, strlen(text));
        assert_memory_equal(answer.json, text, answer.json_len);
        free(answer.json);
    }
    end(&w);
}

static void what_nobody_waits_for_ends(void **state)
{
    world w = begin(state);
    start(&w, w.f->path);
    assert_int_equal(ohm_history_ask(w.history, 1, hold, "", 1), OHM_OK);
    assert_int_equal(sem_wait(&runs), 0);
    for (uint64_t id = 2; id < 2 + OHM_HISTORY_QUEUE_MAX; id++)
        assert_int_equal(ohm_history_ask(w.history, id, hold, "", 1), OHM_OK);
    assert_int_equal(ohm_history_ask(w.history, 99, hold, "", 1), OHM_BUSY);
    for (uint64_t id = 2; id < 1 + OHM_HISTORY_QUEUE_MAX; id++)
        ohm_history_cancel(w.history, id); /* all but the last: they never run */
    ohm_history_cancel(w.history, 1);
    ohm_history_cancel(w.history, 1234); /* nobody's */
    (void)sem_post(&may_end);
    (void)sem_post(&may_end);
    ohm_inbox_answer answer = next_answer(&w);
    assert_int_equal(answer.command_id, 1);
    assert_int_equal(answer.result, OHM_MORE);
    answer = next_answer(&w);
    assert_int_equal(answer.command_id, 1 + OHM_HISTORY_QUEUE_MAX);
    assert_int_equal(answer.result, OHM_UNKNOWN); /* nobody stopped that one */
    end(&w);
}

static void the_end_stops_what_runs(void **state)
{
    world w = begin(state);
    start(&w, w.f->path);
    assert_int_equal(ohm_history_ask(w.history, 1, until_stopped, "", 1), OHM_OK);
    assert_int_equal(ohm_history_ask(w.history, 2, until_stopped, "", 1), OHM_OK);
    assert_int_equal(sem_wait(&runs), 0);
    end(&w);
}

static void a_store_that_is_not_there(void **state)
{
    world w = begin(state);
    start(&w, "/nowhere/at/all.db");
    assert_int_equal(ohm_history_ask(w.history, 7, echo, "", 1), OHM_OK);
    assert_int_equal(next_answer(&w).result, OHM_IO);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_come_in_order, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_nobody_waits_for_ends, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(the_end_stops_what_runs, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_store_that_is_not_there, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
