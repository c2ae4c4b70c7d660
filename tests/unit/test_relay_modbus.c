/* A Modbus board's answers, from a server that the test is itself. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "host/clock.h"
#include "relay/board.h"

enum { S = 1000, REQUEST = 12, READ = 3, WRITE = 6 }; /* REQUEST: bytes in Modbus TCP */

static ohm_relay_report last;
static uv_loop_t loop;
static int server = -1, line = -1;

static void on_report(void *ctx, const ohm_board *board, const ohm_relay_report *report)
{
    (void)ctx;
    (void)board;
    last = *report;
}

static ohm_mono_ms after(int64_t ms)
{
    return ohm_mono_after(ohm_clock_mono(), ms);
}

/* A board of one charger behind this test. */
static ohm_board *connected_board(void)
{
    ohm_board_config config = { .id = "chargers",
                                .driver = ohm_board_driver_find("modbus-level"),
                                .channels_count = 1,
                                .unit = 5,
                                .first = 20,
                                .loop = &loop };
    ohm_board *board = NULL;
    struct sockaddr_in where = { .sin_family = AF_INET };
    socklen_t len = sizeof where;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(server, (struct sockaddr *)&where, sizeof where), 0);
    assert_int_equal(listen(server, 1), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&where, &len), 0);
    (void)snprintf(config.port, sizeof config.port, "tcp:127.0.0.1:%d", ntohs(where.sin_port));
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(ohm_board_new(&config, on_report, NULL, &board).code, OHM_OK);
    last.state = OHM_OUTPUT_UNKNOWN;
    for (line = -1; line < 0; line = accept(server, NULL, NULL))
        (void)uv_run(&loop, UV_RUN_NOWAIT);
    return board;
}

static void gone(ohm_board *board)
{
    ohm_board_free(board);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    (void)close(line);
    (void)close(server);
}

/* The next question, while the board's loop runs. */
static void take_question(uint8_t out[static REQUEST])
{
    ssize_t got = 0;
    while (got < REQUEST) {
        (void)uv_run(&loop, UV_RUN_NOWAIT);
        ssize_t more = recv(line, out + got, (size_t)(REQUEST - got), MSG_DONTWAIT);
        got += more > 0 ? more : 0;
    }
}

static void send_answer(const uint8_t question[static REQUEST], uint8_t function, ohm_span data)
{
    uint8_t answer[REQUEST];
    memcpy(answer, question, 7);
    answer[4] = 0;
    answer[5] = (uint8_t)(2 + data.len); /* bytes that follow */
    answer[7] = function;
    memcpy(answer + 8, data.ptr, data.len);
    ssize_t len = 8 + (ssize_t)data.len;
    assert_int_equal(send(line, answer, (size_t)len, 0), len);
}

static void answer_read(const uint8_t question[static REQUEST], uint16_t value)
{
    const uint8_t data[] = { 2, (uint8_t)(value >> 8), (uint8_t)value };
    assert_int_equal(question[7], READ);
    send_answer(question, READ, ohm_span_of(data, sizeof data));
}

static int level_written(const uint8_t question[static REQUEST])
{
    assert_int_equal(question[7], WRITE);
    return question[10] << 8 | question[11];
}

/* What a board says of an order that nobody wants any more is no word on the one that took its
 * place. */
static void a_late_refusal_is_of_its_own_order(void **state)
{
    (void)state;
    const uint8_t device_failed[] = { 4 };
    uint8_t old[REQUEST], question[REQUEST];
    ohm_board *board = connected_board();
    ohm_board_want_level(board, 0, 5000, after(0));
    take_question(old);
    answer_read(old, 0);
    take_question(old);
    assert_int_equal(level_written(old), 5000);
    for (int64_t ms = 0; last.state != OHM_OUTPUT_FAILED; ms += 500)
        (void)ohm_board_tick(board, after(ms)); /* no answer, for seconds */
    ohm_board_want_level(board, 0, 7000, after(60 * S));
    (void)ohm_board_tick(board, after(60 * S));
    ohm_board_echo(board, 0, 0, after(61 * S)); /* so it is ordered */
    last.state = OHM_OUTPUT_UNKNOWN;
    send_answer(old, WRITE | 0x80, ohm_span_of(device_failed, 1));
    take_question(question);
    assert_int_equal(level_written(question), 7000);
    assert_int_not_equal(last.state, OHM_OUTPUT_FAILED);
    send_answer(question, WRITE, ohm_span_of(question + 8, 4));
    take_question(question);
    answer_read(question, 7000);
    while (last.state != OHM_OUTPUT_OK)
        (void)uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(board->channels[0].coil, 7000);
    gone(board);
}

/* Of the order that counts it is one. */
static void a_refusal_is_told(void **state)
{
    (void)state;
    const uint8_t device_failed[] = { 4 };
    uint8_t question[REQUEST];
    ohm_board *board = connected_board();
    ohm_board_want_level(board, 0, 5000, after(0));
    take_question(question);
    answer_read(question, 0);
    take_question(question);
    assert_int_equal(level_written(question), 5000);
    send_answer(question, WRITE | 0x80, ohm_span_of(device_failed, 1));
    while (last.state != OHM_OUTPUT_FAILED)
        (void)uv_run(&loop, UV_RUN_ONCE);
    gone(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_refusal_is_of_its_own_order),
        cmocka_unit_test(a_refusal_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
