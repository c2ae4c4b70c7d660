/* Devices that share a line: toy devices of one letter each behind a pseudo-terminal or TCP.
 *
 * A request is "Qx;", its answer "Ax42;", "Nx;" to refuse, "Fx10;" to fail with the tenth state. */
#include "meter/port.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include <cmocka.h>

#include "meter/meter.h"
#include "sim/ends.h"

enum { DEVICES = 4, WAIT_MS = 60, LONG_WAIT_MS = 20000, TRIES = 3 };

/* --- the protocol -------------------------------------------------------------------------------
 */

typedef struct toy {
    char letter, request[4], frame[16];
    size_t len;
    int tries;
    bool chats;   /* "+": asks three times in a conversation */
    bool patient; /* "~": waits for long, so that a slow machine makes no difference */
    int rounds;
    int64_t value;
    ohm_meter_counters counters;
} toy;

static ohm_poll_step ask(toy *t)
{
    (void)snprintf(t->request, sizeof t->request, "Q%c;", t->letter);
    t->len = 0;
    ohm_poll_step step =
        ohm_poll_send(ohm_span_of(t->request, 3), t->patient ? LONG_WAIT_MS : WAIT_MS);
    step.silence_ms = 2;
    return step;
}

static ohm_err toy_init(void *state, const ohm_protocol_config *c)
{
    toy *t = state;
    if (!c->address)
        return ohm_fail(OHM_BAD_FORMAT, 0, "an address is missing");
    t->letter = c->address[0];
    t->chats = strchr(c->address, '+') != NULL;
    t->patient = strchr(c->address, '~') != NULL;
    return ohm_ok();
}

static ohm_poll_step toy_begin(void *state, bool probe, ohm_poll_time now)
{
    toy *t = state;
    (void)now;
    t->tries = probe ? 1 : TRIES;
    t->rounds = t->chats ? 3 : 1;
    return ask(t);
}

static ohm_poll_step toy_frame(toy *t)
{
    bool ours = t->len >= 3 && t->frame[1] == t->letter;
    char kind = t->frame[0];
    t->frame[t->len - 1] = 0;
    t->value = strtol(t->frame + 2, NULL, 10);
    t->len = 0;
    if ((kind != 'A' && kind != 'N' && kind != 'F') || !ours) {
        t->counters.late += kind == 'A';
        t->counters.bad_fcs += kind == 'Q'; /* an echo that was not dropped */
        return ohm_poll_wait(0);
    }
    if (kind == 'N') {
        t->counters.refused++;
        return ohm_poll_failed(OHM_DENIED, OHM_METER_REFUSED, "it says no");
    }
    if (kind == 'F')
        return ohm_poll_failed(OHM_DENIED, (ohm_meter_state)t->value, "it fails in its way");
    t->counters.frames++;
    t->counters.messages++;
    if (--t->rounds == 0)
        return ohm_poll_done(t);
    ohm_poll_step step = ask(t);
    step.message = t;
    step.baud = 9600; /* as in mode E; a pseudo-terminal takes any */
    memcpy(step.framing, "8N1", 4);
    return step;
}

static ohm_poll_step toy_bytes(void *state, ohm_span *in, ohm_poll_time now)
{
    toy *t = state;
    (void)now;
    while (in->len > 0) {
        char c = (char)*in->ptr;
        *in = ohm_span_part(*in, 1, in->len - 1);
        if (t->len == sizeof t->frame)
            t->len = 0;
        t->frame[t->len++] = c;
        if (c != ';')
            continue;
        ohm_poll_step step = toy_frame(t);
        if (step.verdict != OHM_POLL_WAIT)
            return step;
    }
    return ohm_poll_wait(0);
}

static ohm_poll_step toy_timeout(void *state, ohm_poll_time now)
{
    toy *t = state;
    (void)now;
    return --t->tries > 0 ? ask(t) : ohm_poll_failed(OHM_END, OHM_METER_NO_ANSWER, "no answer");
}

static void toy_reset(void *state)
{
    ((toy *)state)->len = 0;
}

static void toy_count(const void *state, ohm_meter_counters *out)
{
    *out = ((const toy *)state)->counters;
}

static size_t toy_save(void *state, uint8_t *out, size_t cap)
{
    assert_true(cap > 0);
    out[0] = (uint8_t)((toy *)state)->letter;
    return 1;
}

static const ohm_poller poller = {
    .state_size = sizeof(toy),
    .every_s = 1,
    .pause_ms = 1,
    .limit_ms = 2000,
    .init = toy_init,
    .begin = toy_begin,
    .on_bytes = toy_bytes,
    .on_timeout = toy_timeout,
    .reset = toy_reset,
    .count = toy_count,
    .save = toy_save,
};

static void toy_sender(const void *message, ohm_protocol_sender *out)
{
    *out = (ohm_protocol_sender){ .id = ohm_span_of(&((const toy *)message)->letter, 1) };
}

static ohm_ms toy_time(const void *message, const ohm_meter_clock *clock, ohm_ms now_ms)
{
    (void)message;
    return ohm_meter_clock_accept(clock, OHM_NO_MS, now_ms);
}

static void toy_readings(const void *message, uint16_t device, ohm_ms time_ms, ohm_frame *out)
{
    out->device = device;
    out->time_ms = time_ms;
    out->count = 1;
    out->values[0] =
        (ohm_value){ .quantity = OHM_Q_POWER_IMPORT, .value = ((const toy *)message)->value };
}

static bool toy_wanted(const void *message)
{
    return message != NULL;
}

static void toy_json(ohm_json *json, const void *message, const ohm_meter_clock *clock)
{
    (void)message;
    (void)clock;
    ohm_json_null(json);
}

static const ohm_protocol protocol = {
    .name = "toy",
    .baud = 2400,
    .framing = "8E1",
    .poller = &poller,
    .json = toy_json,
    .sender = toy_sender,
    .time_of = toy_time,
    .readings = toy_readings,
    .wanted = toy_wanted,
};

/* --- the far end --------------------------------------------------------------------------------
 */

typedef enum manner { ANSWERS, DEAD, REFUSES, LATE, AS_ANOTHER, FAILS } manner;

typedef struct world {
    uv_loop_t loop;
    uv_timer_t pulse;
    ohm_sim_end *end;
    bool echoes, babbles;
    manner manners[DEVICES];
    char heard[8];
    size_t heard_len;
    ohm_ports *ports;
    ohm_meter *meters[DEVICES];
    int frames[DEVICES], statuses[DEVICES], saves[DEVICES], downs;
    int64_t values[DEVICES];
    unsigned babble_lost;
    bool stop_on_frame;
    int failure; /* FAILS: with this state */
} world;

static void say(world *w, const char *text)
{
    assert_int_equal(ohm_sim_end_send(w->end, ohm_span_text(text)), OHM_OK);
}

static void answer(world *w, char letter)
{
    char text[16];
    int device = letter - 'a';
    switch (w->manners[device]) {
    case ANSWERS:
        (void)snprintf(text, sizeof text, "A%c%d;", letter, 100 + device);
        say(w, text);
        break;
    case REFUSES:
    case FAILS:
        (void)snprintf(text, sizeof text, "%c%c%d;", w->manners[device] == FAILS ? 'F' : 'N',
                       letter, w->failure);
        say(w, text);
        break;
    case AS_ANOTHER:
        say(w, "Az7;");
        break;
    case LATE: /* the test sends it, when it is too late */
    case DEAD:
        break;
    }
}

static void on_request(void *ctx, ohm_span bytes)
{
    world *w = ctx;
    if (w->echoes)
        assert_int_equal(ohm_sim_end_send(w->end, bytes), OHM_OK);
    for (size_t i = 0; i < bytes.len; i++) {
        assert_true(w->heard_len < sizeof w->heard);
        w->heard[w->heard_len++] = (char)bytes.ptr[i];
        if (bytes.ptr[i] != ';')
            continue;
        assert_int_equal(w->heard[0], 'Q'); /* one conversation at a time: requests come whole */
        answer(w, w->heard[1]);
        w->heard_len = 0;
    }
}

static void pulse(uv_timer_t *timer)
{
    world *w = timer->data;
    if (w->babbles)
        w->babble_lost += ohm_sim_end_send(w->end, ohm_span_text("x;y")) != OHM_OK;
}

static world *begin(ohm_sim_line line)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(uv_loop_init(&w->loop), 0);
    assert_int_equal(uv_timer_init(&w->loop, &w->pulse), 0);
    w->pulse.data = w;
    assert_int_equal(uv_timer_start(&w->pulse, pulse, 1, 1), 0);
    uv_unref((uv_handle_t *)&w->pulse);
    assert_int_equal(ohm_sim_end_open(&w->loop, line, 0, &w->end).code, OHM_OK);
    assert_int_equal(ohm_sim_end_listen(w->end, on_request, w).code, OHM_OK);
    assert_int_equal(ohm_ports_new(&w->ports).code, OHM_OK);
    return w;
}

/* --- the near end -------------------------------------------------------------------------------
 */

static void on_frame(void *ctx, const ohm_frame *frame)
{
    world *w = ctx;
    w->frames[frame->device]++;
    w->values[frame->device] = frame->values[0].value;
    if (w->stop_on_frame) {
        ohm_meter_stop(w->meters[frame->device]);
        w->meters[frame->device] = NULL;
    }
}

static void on_status(void *ctx, uint16_t device, const ohm_meter_status *status)
{
    assert_string_equal(status->protocol, "toy");
    ((world *)ctx)->statuses[device]++;
}

static void on_save(void *ctx, uint16_t device, const uint8_t *bytes, size_t len)
{
    assert_int_equal(len, 1);
    assert_int_equal(bytes[0], 'a' + device);
    ((world *)ctx)->saves[device]++;
}

static ohm_ms utc_now(void *ctx)
{
    (void)ctx;
    return 1795176000000;
}

static void on_down(void *ctx, ohm_err why)
{
    (void)why;
    ((world *)ctx)->downs++;
}

static void start(world *w, int device, const char *more)
{
    ohm_meter_config config = {
        .device = (uint16_t)device,
        .row = &protocol,
        .every_ms = 100,
        .ports = w->ports,
        .drop_echo = w->echoes,
        .retry_ms_min = 2,
    };
    (void)snprintf(config.address, sizeof config.address, "%s", ohm_sim_end_address(w->end));
    (void)snprintf(config.device_address, sizeof config.device_address, "%c%s", 'a' + device, more);
    const ohm_meter_hooks hooks = {
        .on_frame = on_frame, .on_status = on_status, .save = on_save, .utc_now = utc_now, .ctx = w
    };
    const ohm_meter_watch watch = { .on_down = on_down, .ctx = w };
    ohm_err err = ohm_meter_start(&w->loop, &config, &hooks, NULL, 0, &w->meters[device]);
    if (ohm_failed(err))
        fail_msg("%s", err.what);
    ohm_meter_set_watch(w->meters[device], &watch);
}

static const ohm_meter_status *status_of(const world *w, int device)
{
    return ohm_meter_status_of(w->meters[device]);
}

static void turn(world *w)
{
    (void)uv_run(&w->loop, UV_RUN_ONCE);
}

static void wait_frames(world *w, int device, int count)
{
    int enough = w->frames[device] + count;
    while (w->frames[device] < enough)
        turn(w);
}

static void end(world *w)
{
    for (int i = 0; i < DEVICES; i++)
        ohm_meter_stop(w->meters[i]);
    ohm_ports_free(w->ports);
    ohm_sim_end_close(w->end);
    uv_close((uv_handle_t *)&w->pulse, NULL);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    free(w);
}

/* --- the tests ----------------------------------------------------------------------------------
 */

static void shares(ohm_sim_line line)
{
    world *w = begin(line);
    for (int i = 0; i < DEVICES; i++)
        start(w, i, "");
    for (int i = 0; i < DEVICES; i++)
        wait_frames(w, i, 3);
    for (int i = 0; i < DEVICES; i++) {
        assert_int_equal(w->values[i], 100 + i);
        assert_int_equal(status_of(w, i)->state, OHM_METER_OK);
        assert_int_equal(status_of(w, i)->meter_id[0], 'a' + i);
        const ohm_meter_counters *c = &status_of(w, i)->counters;
        assert_true(c->requests >= 3 && c->bytes >= 3 * 6);
        assert_true(w->saves[i] >= 3 && w->statuses[i] > 0);
    }
    end(w);
}

static void shares_a_pty(void **state)
{
    (void)state;
    shares(OHM_SIM_PTY);
}

static void shares_tcp(void **state)
{
    (void)state;
    shares(OHM_SIM_TCP);
}

/* A dead one costs the others little, and less and less; it is taken up again when it lives. */
static void a_dead_device(void **state)
{
    (void)state;
    world *w = begin(OHM_SIM_PTY);
    w->manners[1] = DEAD;
    start(w, 0, "");
    start(w, 1, "");
    wait_frames(w, 0, 30);
    const ohm_meter_counters *dead = &status_of(w, 1)->counters;
    assert_int_equal(status_of(w, 1)->state, OHM_METER_NO_ANSWER);
    assert_int_equal(status_of(w, 0)->state, OHM_METER_OK);
    assert_true(dead->requests >= TRIES);
    assert_true(2 * dead->requests < status_of(w, 0)->counters.requests);
    assert_int_equal(w->frames[1], 0);
    w->manners[1] = ANSWERS;
    wait_frames(w, 1, 2);
    assert_int_equal(status_of(w, 1)->state, OHM_METER_OK);
    assert_true(status_of(w, 1)->counters.timeouts >= TRIES);
    end(w);
}

static void one_that_refuses(void **state)
{
    (void)state;
    world *w = begin(OHM_SIM_TCP);
    w->manners[0] = REFUSES;
    start(w, 0, "");
    while (status_of(w, 0)->state != OHM_METER_REFUSED)
        turn(w);
    assert_true(status_of(w, 0)->counters.refused > 0);
    w->manners[0] = ANSWERS;
    wait_frames(w, 0, 1);
    end(w);
}

/* Whatever a poller fails with is a state of trouble, and never the end of the process. */
static void every_failure(void **state)
{
    (void)state;
    for (int i = 0; i <= OHM_METER_STATES_COUNT; i++) {
        world *w = begin(OHM_SIM_TCP);
        w->manners[0] = FAILS;
        w->failure = i;
        start(w, 0, "~");
        while (status_of(w, 0)->state == OHM_METER_STARTING)
            turn(w);
        int want = ohm_meter_state_trouble((ohm_meter_state)i) ? i : OHM_METER_NO_ANSWER;
        assert_int_equal(status_of(w, 0)->state, want);
        end(w);
    }
}

/* An answer outside its conversation, or of somebody else, is no reading of anybody. */
static void answers_that_are_late_or_foreign(void **state)
{
    (void)state;
    world *w = begin(OHM_SIM_PTY);
    w->manners[0] = LATE;
    start(w, 0, "");
    while (status_of(w, 0)->state != OHM_METER_NO_ANSWER)
        turn(w);
    while (status_of(w, 0)->counters.late == 0) {
        say(w, "Aa55;");
        for (int i = 0; i < 5 && w->frames[0] == 0; i++)
            turn(w);
        w->frames[0] = 0; /* it came just when it was asked for: no harm, and once more */
    }
    w->manners[1] = AS_ANOTHER;
    start(w, 1, "");
    while (status_of(w, 1)->counters.late == 0)
        turn(w);
    assert_int_equal(w->frames[1], 0);
    end(w);
}

static void an_echo(void **state)
{
    (void)state;
    world *w = begin(OHM_SIM_PTY);
    w->echoes = true;
    start(w, 0, "~");
    start(w, 1, "~+");
    wait_frames(w, 0, 3);
    wait_frames(w, 1, 6);
    for (int i = 0; i < 2; i++)
        assert_true(status_of(w, i)->counters.bad_fcs + status_of(w, i)->counters.late == 0);
    end(w);
}

/* Several requests in one conversation, with another speed behind the first. */
static void a_conversation_of_many_requests(void **state)
{
    (void)state;
    world *w = begin(OHM_SIM_PTY);
    start(w, 0, "+");
    start(w, 1, "");
    wait_frames(w, 0, 9);
    wait_frames(w, 1, 2);
    assert_int_equal(w->values[0], 100);
    end(w);
}

static void a_line_that_babbles(void **state)
{
    (void)state;
    world *w = begin(OHM_SIM_PTY);
    w->babbles = true;
    w->manners[0] = DEAD;
    start(w, 0, "");
    while (status_of(w, 0)->state != OHM_METER_NO_ANSWER)
        turn(w);
    assert_int_equal(w->frames[0], 0);
    w->babbles = false;
    w->manners[0] = ANSWERS;
    wait_frames(w, 0, 2);
    assert_int_equal(status_of(w, 0)->state, OHM_METER_OK);
    end(w);
}

static void a_connection_that_drops(void **state)
{
    (void)state;
    world *w = begin(OHM_SIM_TCP);
    w->manners[1] = DEAD;
    start(w, 0, "");
    start(w, 1, "");
    wait_frames(w, 0, 2);
    for (int i = 1; i <= 3; i++) {
        ohm_sim_end_drop(w->end);
        while (w->downs < 2 * i) /* both are told */
            turn(w);
        w->heard_len = 0;
        wait_frames(w, 0, 2);
    }
    assert_int_equal(status_of(w, 0)->counters.reconnects, 3);
    end(w);
}

/* Those who leave in the middle of it all. */
static void leaving(void **state)
{
    (void)state;
    world *w = begin(OHM_SIM_PTY);
    w->manners[2] = DEAD;
    for (int i = 0; i < 3; i++)
        start(w, i, "");
    wait_frames(w, 0, 1);
    ohm_meter_stop(w->meters[2]); /* perhaps while it is asked */
    w->meters[2] = NULL;
    w->heard_len = 0;
    wait_frames(w, 1, 2);
    w->stop_on_frame = true;
    while (w->meters[0] || w->meters[1])
        turn(w);
    for (int i = 0; i < 20; i++)
        turn(w); /* the port is let go of */
    w->stop_on_frame = false;
    start(w, 3, ""); /* and opened anew */
    wait_frames(w, 3, 2);
    end(w);
}

static void what_can_not_be_asked(void **state)
{
    (void)state;
    world *w = begin(OHM_SIM_TCP);
    ohm_meter_config config = { .row = &protocol, .address = "file:/dev/null", .ports = w->ports };
    const ohm_meter_hooks hooks = { .utc_now = utc_now, .ctx = w };
    ohm_err err = ohm_meter_start(&w->loop, &config, &hooks, NULL, 0, &w->meters[0]);
    assert_int_equal(err.code, OHM_BAD_FORMAT); /* no address of the device */
    config.device_address[0] = 'a';
    err = ohm_meter_start(&w->loop, &config, &hooks, NULL, 0, &w->meters[0]);
    assert_int_equal(err.code, OHM_UNSUPPORTED);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_a_pty),
        cmocka_unit_test(shares_tcp),
        cmocka_unit_test(a_dead_device),
        cmocka_unit_test(one_that_refuses),
        cmocka_unit_test(every_failure),
        cmocka_unit_test(answers_that_are_late_or_foreign),
        cmocka_unit_test(an_echo),
        cmocka_unit_test(a_conversation_of_many_requests),
        cmocka_unit_test(a_line_that_babbles),
        cmocka_unit_test(a_connection_that_drops),
        cmocka_unit_test(leaving),
        cmocka_unit_test(what_can_not_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
