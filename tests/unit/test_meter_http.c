/* A source that answers a URL, against a server of this test: values, the password's header, what
 * answers that are none are said to be, and the client that sources share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../payload_world.h"
#include "meter/caller.h"

static const char body[] = "{\"power\":42.5,\"total\":{\"kwh\":1.25}}";

typedef struct world {
    uv_loop_t loop;
    payload_peer server;
    const char *status, *body;
    char head[PEER_HEARD_MAX]; /* of the last request */
    int requests;
    ohm_payload_rule rules[2];
    ohm_payload_config payload;
    ohm_meter_config config;
    payload_source source;
} world;

static void answer(payload_client *c)
{
    world *w = c->peer->ctx;
    char text[PEER_HEARD_MAX];
    c->heard[c->len < sizeof c->heard ? c->len : sizeof c->heard - 1] = 0;
    if (!strstr((const char *)c->heard, "\r\n\r\n"))
        return;
    memcpy(w->head, c->heard, c->len + 1);
    w->requests++;
    peer_forget(c, c->len);
    int len = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", w->status,
                       strlen(w->body), w->body);
    peer_say(c, text, (size_t)len);
}

static int begin(void **state)
{
    world *w = calloc(1, sizeof *w);
    if (!w || uv_loop_init(&w->loop) != 0)
        return 1;
    w->server.on_heard = answer;
    w->server.ctx = w;
    peer_open(&w->loop, &w->server);
    w->status = "200 OK";
    w->body = body;
    w->rules[0].pick = (ohm_pick_rule){ OHM_Q_POWER, "/power", "", 1, 0 };
    w->rules[1].pick = (ohm_pick_rule){ OHM_Q_ENERGY_IMPORT, "/total/kwh", "", 1, 3 };
    w->payload = (ohm_payload_config){ .rules = w->rules, .count = 2 };
    w->config = (ohm_meter_config){ .device = 3, .protocol = "http", .payload = &w->payload };
    w->config.every_ms = 1000;
    (void)snprintf(w->config.address, sizeof w->config.address, "http://127.0.0.1:%u/rpc",
                   w->server.port);
    *state = w;
    return 0;
}

static int end(void **state)
{
    world *w = *state;
    ohm_meter_stop(w->source.meter);
    peer_shut(&w->server);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    int busy = uv_loop_close(&w->loop);
    free(w);
    return busy;
}

static void start(world *w)
{
    ohm_err err = source_start(&w->loop, &w->config, &w->source);
    if (ohm_failed(err))
        fail_msg("%s", err.what);
}

static void run_until(world *w, const int *count, int wanted)
{
    while (*count < wanted)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
}

static void values_of_an_answer(void **state)
{
    world *w = *state;
    start(w);
    run_until(w, &w->source.frames, 1);
    assert_int_equal(w->source.frame.device, 3);
    assert_int_equal(w->source.frame.count, 2);
    assert_true(source_said(&w->source, OHM_Q_POWER, 425));
    assert_true(source_said(&w->source, OHM_Q_ENERGY_IMPORT, 1250));
    assert_int_equal(ohm_meter_status_of(w->source.meter)->state, OHM_METER_OK);
    assert_non_null(strstr(w->head, "GET /rpc HTTP/1.1\r\n"));
    assert_null(strstr(w->head, "Authorization"));
}

/* RFC 7617's own example, and one with what needs no escape. */
static void the_password_goes_along(void **state)
{
    world *w = *state;
    static const struct {
        const char *user, *password, *header;
    } rows[] = {
        { "Aladdin", "open sesame", "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n" },
        { "a", "b:c\xc3\xa9", "Authorization: Basic YTpiOmPDqQ==\r\n" },
        { "nobody", "", "Authorization: Basic bm9ib2R5Og==\r\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        w->payload.user = rows[i].user;
        (void)snprintf(w->config.password, sizeof w->config.password, "%s", rows[i].password);
        start(w);
        run_until(w, &w->source.frames, 1);
        if (!strstr(w->head, rows[i].header))
            fail_msg("%s: %s", rows[i].user, w->head);
        ohm_meter_stop(w->source.meter);
        w->source.meter = NULL;
    }
}

static void passwords_that_may_not_go(void **state)
{
    world *w = *state;
    static char longest[200];
    memset(longest, 'u', sizeof longest - 1);
    static const struct {
        const char *why, *address, *user;
        ohm_code code;
    } rows[] = {
        { "in the clear over a network", "http://plug.example/rpc", "me", OHM_DENIED },
        { "a ':' would end the user", "http://127.0.0.1/rpc", "me:you", OHM_TOO_BIG },
        { "too long for the header", "http://127.0.0.1/rpc", longest, OHM_TOO_BIG },
    };
    (void)snprintf(w->config.password, sizeof w->config.password, "secret");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)snprintf(w->config.address, sizeof w->config.address, "%s", rows[i].address);
        w->payload.user = rows[i].user;
        ohm_err err = source_start(&w->loop, &w->config, &w->source);
        if (err.code != rows[i].code || w->source.meter)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(err.code));
    }
}

static void answers_that_are_none(void **state)
{
    world *w = *state;
    static const struct {
        const char *status, *body, *what;
        ohm_meter_state state;
    } rows[] = {
        { "401 No", "", "the address wants a user and a password", OHM_METER_REFUSED },
        { "403 No", "", "the address wants a user and a password", OHM_METER_REFUSED },
        { "404 No", "", "the address does not exist there", OHM_METER_REFUSED },
        { "500 No", "{\"power\":1}", "the answer is an error", OHM_METER_REFUSED },
        { "301 No", "{\"power\":1}", "the answer is an error", OHM_METER_REFUSED },
        { "200 OK", "<html>", "the payload is not JSON", OHM_METER_UNKNOWN_LAYOUT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        w->status = rows[i].status;
        w->body = rows[i].body;
        start(w);
        run_until(w, &w->source.rejects, 1);
        assert_int_equal(w->source.frames, 0);
        const ohm_meter_status *s = ohm_meter_status_of(w->source.meter);
        if (w->source.reject.trouble != rows[i].state || s->state != rows[i].state ||
            strcmp(w->source.reject.what, rows[i].what) != 0)
            fail_msg("%s: %s: %s", rows[i].status, ohm_meter_state_code(s->state),
                     w->source.reject.what);
        assert_int_equal(s->counters.refused, rows[i].state == OHM_METER_REFUSED);
        ohm_meter_stop(w->source.meter);
        w->source.meter = NULL;
    }
}

/* What the rules find nothing in is no value, and no fault of the line. */
static void an_answer_without_the_values(void **state)
{
    world *w = *state;
    w->body = "{\"other\":1}";
    start(w);
    const ohm_meter_status *s = ohm_meter_status_of(w->source.meter);
    while (s->counters.frames == 0)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    assert_int_equal(w->source.frames, 0);
    assert_int_equal(s->state, OHM_METER_UNKNOWN_LAYOUT);
    assert_int_equal(s->counters.unknown_layout, 1);
}

static void nobody_there(void **state)
{
    world *w = *state;
    payload_peer gone = { .on_heard = answer };
    peer_open(&w->loop, &gone);
    (void)snprintf(w->config.address, sizeof w->config.address, "http://127.0.0.1:%u/", gone.port);
    peer_shut(&gone);
    (void)uv_run(&w->loop, UV_RUN_NOWAIT);
    start(w);
    run_until(w, &w->source.rejects, 1);
    assert_int_equal(w->source.reject.trouble, OHM_METER_NO_ANSWER);
}

static void topics_are_for_brokers(void **state)
{
    world *w = *state;
    (void)snprintf(w->rules[1].topic, sizeof w->rules[1].topic, "state");
    ohm_err err = source_start(&w->loop, &w->config, &w->source);
    assert_int_equal(err.code, OHM_UNSUPPORTED);
    assert_int_equal(err.at, 1);
    w->rules[1].topic[0] = 0;
    (void)snprintf(w->config.address, sizeof w->config.address, "ftp://127.0.0.1/");
    assert_int_equal(source_start(&w->loop, &w->config, &w->source).code, OHM_BAD_FORMAT);
}

/* Sources of one process share a client; it goes with the last. */
static void one_client_for_all(void **state)
{
    world *w = *state;
    ohm_ports *ports = NULL;
    payload_source other;
    assert_int_equal(ohm_ports_new(&ports).code, OHM_OK);
    ohm_caller **at = ohm_ports_caller(ports);
    assert_null(*at);
    w->config.ports = ports;
    start(w);
    ohm_caller *first = *at;
    assert_non_null(first);
    ohm_err err = source_start(&w->loop, &w->config, &other);
    assert_int_equal(err.code, OHM_OK);
    assert_ptr_equal(*at, first);
    run_until(w, &w->source.frames, 1);
    run_until(w, &other.frames, 1);
    ohm_meter_stop(other.meter);
    assert_ptr_equal(*at, first);
    ohm_meter_stop(w->source.meter);
    w->source.meter = NULL;
    assert_null(*at);
    (void)uv_run(&w->loop, UV_RUN_NOWAIT);
    ohm_caller_release(at); /* nobody holds it: nothing happens */
    ohm_ports_free(ports);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH(values_of_an_answer),          WITH(the_password_goes_along),
        WITH(passwords_that_may_not_go),    WITH(answers_that_are_none),
        WITH(an_answer_without_the_values), WITH(nobody_there),
        WITH(topics_are_for_brokers),       WITH(one_client_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
