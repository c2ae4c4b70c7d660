#include "host/queue.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool readable(const ohm_queue *queue)
{
    struct pollfd p = { .fd = ohm_queue_fd(queue), .events = POLLIN };
    return poll(&p, 1, 0) == 1;
}

static void first_in_first_out_and_the_fd_tells(void **state)
{
    (void)state;
    ohm_queue *queue;
    assert_int_equal(ohm_queue_new(64, &queue).code, OHM_OK);
    char out[64];
    size_t len = 0;
    assert_int_equal(ohm_queue_pop(queue, out, sizeof out, &len), OHM_END);
    assert_false(readable(queue));

    assert_int_equal(ohm_queue_push(queue, ohm_span_text("one")), OHM_OK);
    assert_int_equal(ohm_queue_push2(queue, ohm_span_text("tw"), ohm_span_text("o")), OHM_OK);
    assert_int_equal(ohm_queue_push(queue, ohm_span_of(NULL, 0)), OHM_OK);
    assert_true(readable(queue));
    assert_true(ohm_queue_wait(queue, -1));

    assert_int_equal(ohm_queue_pop(queue, out, 2, &len), OHM_TOO_BIG); /* stays */
    assert_int_equal(len, 3);
    assert_int_equal(ohm_queue_pop(queue, out, 3, &len), OHM_OK);
    assert_memory_equal(out, "one", 3);
    assert_int_equal(ohm_queue_pop(queue, out, sizeof out, &len), OHM_OK);
    assert_memory_equal(out, "two", 3);
    assert_true(readable(queue));
    assert_int_equal(ohm_queue_pop(queue, out, sizeof out, &len), OHM_OK);
    assert_int_equal(len, 0);
    assert_false(readable(queue));
    assert_false(ohm_queue_wait(queue, 0));
    ohm_queue_free(queue);
    ohm_queue_free(NULL);
}

static void full_is_refused_and_counted(void **state)
{
    (void)state;
    ohm_queue *queue;
    assert_int_equal(ohm_queue_new(20, &queue).code, OHM_OK);
    const char *six = "123456";
    assert_int_equal(ohm_queue_push(queue, ohm_span_text("12345678901234567")), OHM_TOO_BIG);
    assert_int_equal(ohm_queue_drops(queue), 0); /* never fits: a mistake, not a drop */
    assert_int_equal(ohm_queue_push(queue, ohm_span_text(six)), OHM_OK);
    assert_int_equal(ohm_queue_push(queue, ohm_span_text("1234567")), OHM_BUSY); /* by a byte */
    assert_int_equal(ohm_queue_push(queue, ohm_span_text(six)), OHM_OK);
    assert_int_equal(ohm_queue_push(queue, ohm_span_text(six)), OHM_BUSY);
    assert_int_equal(ohm_queue_drops(queue), 2);
    ohm_queue_free(queue);
}

/* Every length at every place of the ring, so that both header and body wrap. */
static void messages_wrap_around_the_ring(void **state)
{
    (void)state;
    ohm_queue *queue;
    assert_int_equal(ohm_queue_new(37, &queue).code, OHM_OK);
    uint8_t in[33], out[33];
    for (unsigned round = 0; round < 2000; round++) {
        size_t want = round % 34, len = 0;
        for (size_t i = 0; i < want; i++)
            in[i] = (uint8_t)(round + i);
        assert_int_equal(ohm_queue_push(queue, ohm_span_of(in, want)), OHM_OK);
        assert_int_equal(ohm_queue_pop(queue, out, sizeof out, &len), OHM_OK);
        assert_int_equal(len, want);
        if (want > 0)
            assert_memory_equal(out, in, want);
    }
    ohm_queue_free(queue);
}

enum { PRODUCERS = 4, EACH = 5000 };

typedef struct ticket {
    uint32_t producer, number;
} ticket;

static ohm_queue *shared;

static void *produce(void *arg)
{
    uint32_t producer = *(const uint32_t *)arg;
    for (uint32_t i = 0; i < EACH; i++) {
        ticket t = { producer, i };
        while (ohm_queue_push(shared, ohm_span_of(&t, sizeof t)) == OHM_BUSY)
            sched_yield();
    }
    return NULL;
}

static void many_producers_lose_nothing_and_keep_their_order(void **state)
{
    (void)state;
    assert_int_equal(ohm_queue_new(256, &shared).code, OHM_OK);
    pthread_t threads[PRODUCERS];
    uint32_t ids[PRODUCERS];
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        ids[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, produce, &ids[i]), 0);
    }
    uint32_t next[PRODUCERS] = { 0 };
    for (int got = 0; got < PRODUCERS * EACH;) {
        ticket t;
        size_t len = 0;
        if (ohm_queue_pop(shared, &t, sizeof t, &len) == OHM_END) {
            (void)ohm_queue_wait(shared, -1);
            continue;
        }
        assert_int_equal(len, sizeof t);
        assert_true(t.producer < PRODUCERS);
        assert_int_equal(t.number, next[t.producer]++);
        got++;
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    ohm_queue_free(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_first_out_and_the_fd_tells),
        cmocka_unit_test(full_is_refused_and_counted),
        cmocka_unit_test(messages_wrap_around_the_ring),
        cmocka_unit_test(many_producers_lose_nothing_and_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
