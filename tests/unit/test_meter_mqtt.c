/* Sources on a broker that this test plays, a byte at a time: topics and their rules, the one
 * connection that sources share, what it asks for, and what they say when it breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../payload_world.h"

enum {
    CONNECT = 0x10,
    CONNACK = 0x20,
    PUBLISH = 0x30,
    RETAINED = 0x01,
    SUBSCRIBE = 0x82,
    SUBACK = 0x90,
    TEXTS_MAX = 512,
};

typedef struct world {
    uv_loop_t loop;
    payload_peer broker;
    ohm_ports *ports;
    int connects, subscribes;
    char credentials[TEXTS_MAX]; /* of the last CONNECT, behind its client id */
    char filters[TEXTS_MAX];     /* all that were asked for, a space behind each */
    payload_client *client;      /* who connected last */
    ohm_payload_rule rules[10];
    ohm_payload_config payload;
    ohm_meter_config config;
    payload_source source, other;
} world;

/* A text of two bytes of length; returns what is behind it. */
static const uint8_t *take_text(const uint8_t *p, char *out, size_t cap)
{
    size_t len = (size_t)p[0] << 8 | p[1];
    (void)snprintf(out, cap, "%.*s", (int)len, (const char *)p + 2);
    return p + 2 + len;
}

static void on_connect(world *w, const uint8_t *body, size_t len)
{
    static const uint8_t accepted[] = { CONNACK, 2, 0, 0 };
    char id[TEXTS_MAX];
    const uint8_t *end = body + len, *p = take_text(body + 10, id, sizeof id);
    size_t at = 0;
    w->credentials[0] = 0;
    while (p < end) {
        char text[TEXTS_MAX];
        p = take_text(p, text, sizeof text);
        at += (size_t)snprintf(w->credentials + at, sizeof w->credentials - at, "%s ", text);
    }
    w->connects++;
    peer_say(w->client, accepted, sizeof accepted);
}

static void on_subscribe(world *w, const uint8_t *body, size_t len)
{
    uint8_t ack[64] = { SUBACK, 2, body[0], body[1] };
    const uint8_t *end = body + len;
    for (const uint8_t *p = body + 2; p < end; p++) {
        char text[TEXTS_MAX];
        size_t at = strlen(w->filters);
        p = take_text(p, text, sizeof text);
        (void)snprintf(w->filters + at, sizeof w->filters - at, "%s ", text);
        ack[1]++;
    }
    w->subscribes++;
    peer_say(w->client, ack, ack[1] + 2u);
}

/* Whole packets of short lengths. */
static void listen_to(payload_client *c)
{
    world *w = c->peer->ctx;
    w->client = c;
    while (c->len >= 2) {
        size_t len = c->heard[1] & 0x7f, head = 2;
        if (c->heard[1] & 0x80)
            len += (size_t)c->heard[head++] << 7;
        if (c->len < head + len)
            return;
        /* CONNECT comes first, and once: MQTT 3.1.1, clause 3.1 */
        if ((c->heard[0] == CONNECT) != !c->greeted)
            abort();
        c->greeted = true;
        if (c->heard[0] == CONNECT)
            on_connect(w, c->heard + head, len);
        else if (c->heard[0] == SUBSCRIBE)
            on_subscribe(w, c->heard + head, len);
        peer_forget(c, head + len);
    }
}

static void publish(world *w, const char *topic, const char *text, bool retained)
{
    uint8_t packet[200] = { PUBLISH | (retained ? RETAINED : 0) };
    size_t topic_len = strlen(topic), len = strlen(text);
    assert_true(2 + topic_len + len < 0x80);
    packet[1] = (uint8_t)(2 + topic_len + len);
    packet[3] = (uint8_t)topic_len;
    memcpy(packet + 4, topic, topic_len);
    memcpy(packet + 4 + topic_len, text, len);
    peer_say(w->client, packet, 4 + topic_len + len);
}

static void rule(world *w, const char *topic, ohm_quantity_id quantity, const char *pointer)
{
    ohm_payload_rule *r = &w->rules[w->payload.count++];
    (void)snprintf(r->topic, sizeof r->topic, "%s", topic);
    r->pick = (ohm_pick_rule){ .quantity = (uint16_t)quantity, .factor = 1 };
    (void)snprintf(r->pick.pointer, sizeof r->pick.pointer, "%s", pointer);
}

static int begin(void **state)
{
    world *w = calloc(1, sizeof *w);
    if (!w || uv_loop_init(&w->loop) != 0 || ohm_failed(ohm_ports_new(&w->ports)))
        return 1;
    w->broker.on_heard = listen_to;
    w->broker.ctx = w;
    peer_open(&w->loop, &w->broker);
    w->payload.rules = w->rules;
    w->config = (ohm_meter_config){ .protocol = "mqtt", .payload = &w->payload, .ports = w->ports };
    (void)snprintf(w->config.address, sizeof w->config.address, "mqtt://127.0.0.1:%u/home/plug",
                   w->broker.port);
    *state = w;
    return 0;
}

static int end(void **state)
{
    world *w = *state;
    ohm_meter_stop(w->source.meter);
    ohm_meter_stop(w->other.meter);
    peer_shut(&w->broker);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    int busy = uv_loop_close(&w->loop);
    ohm_ports_free(w->ports);
    free(w);
    return busy;
}

static void start(world *w, payload_source *s)
{
    ohm_err err = source_start(&w->loop, &w->config, s);
    if (ohm_failed(err))
        fail_msg("%s", err.what);
}

static void run_until(world *w, const int *count, int wanted)
{
    while (*count < wanted)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
}

static bool asked_for(const world *w, const char *filter)
{
    char wanted[TEXTS_MAX];
    (void)snprintf(wanted, sizeof wanted, "%s ", filter);
    return strstr(w->filters, wanted) != NULL;
}

static void topics_and_their_rules(void **state)
{
    world *w = *state;
    rule(w, "", OHM_Q_POWER, "/power");
    rule(w, "state", OHM_Q_VOLTAGE_L1, "/u");
    rule(w, "/weather/+", OHM_Q_TEMPERATURE, "");
    start(w, &w->source);
    while (!asked_for(w, "home/plug") || !asked_for(w, "home/plug/state") ||
           !asked_for(w, "weather/+"))
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    assert_string_equal(w->credentials, "");
    publish(w, "home/plug", "{\"power\":12.5}", false);
    run_until(w, &w->source.frames, 1);
    assert_true(source_said(&w->source, OHM_Q_POWER, 125));
    assert_int_equal(ohm_meter_status_of(w->source.meter)->state, OHM_METER_OK);
    publish(w, "home/plug/state", "{\"u\":230.1}", false);
    run_until(w, &w->source.frames, 2);
    assert_int_equal(w->source.frame.count, 1);
    assert_true(source_said(&w->source, OHM_Q_VOLTAGE_L1, 23010));
    publish(w, "weather/roof", "7.5", false);
    run_until(w, &w->source.frames, 3);
    assert_int_equal(w->source.frame.count, 1);
    assert_int_equal(w->source.frame.values[0].quantity, OHM_Q_TEMPERATURE);
}

/* What a broker kept may be of any age: it is shown, and is no reading of now. */
static void kept_payloads_are_of_no_time(void **state)
{
    world *w = *state;
    rule(w, "", OHM_Q_POWER, "/power");
    start(w, &w->source);
    while (w->subscribes == 0)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    publish(w, "home/plug", "{\"power\":1}", true);
    publish(w, "home/plug", "{\"power\":2}", false);
    run_until(w, &w->source.frames, 1);
    assert_true(source_said(&w->source, OHM_Q_POWER, 20));
    assert_int_equal(ohm_meter_status_of(w->source.meter)->counters.frames, 2);
}

static void payloads_that_are_none(void **state)
{
    world *w = *state;
    rule(w, "", OHM_Q_POWER, "/power");
    start(w, &w->source);
    while (w->subscribes == 0)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    publish(w, "home/plug", "{\"power\":", false);
    run_until(w, &w->source.rejects, 1);
    assert_string_equal(w->source.reject.what, "the payload is not JSON");
    assert_int_equal(w->source.reject.trouble, OHM_METER_UNKNOWN_LAYOUT);
    assert_int_equal(w->source.frames, 0);
    assert_int_equal(ohm_meter_status_of(w->source.meter)->counters.bad_fcs, 1);
}

/* Sources of one broker and user share its connection; another user has one of his own. */
static void one_connection_for_all(void **state)
{
    world *w = *state;
    rule(w, "", OHM_Q_POWER, "/power");
    w->payload.user = "me";
    (void)snprintf(w->config.password, sizeof w->config.password, "secret");
    start(w, &w->source);
    run_until(w, &w->connects, 1);
    assert_string_equal(w->credentials, "me secret ");
    (void)snprintf(w->config.address, sizeof w->config.address, "mqtt://127.0.0.1:%u/home/lamp",
                   w->broker.port);
    start(w, &w->other);
    while (!asked_for(w, "home/plug") || !asked_for(w, "home/lamp"))
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    assert_int_equal(w->connects, 1);
    publish(w, "home/lamp", "{\"power\":3}", false);
    run_until(w, &w->other.frames, 1);
    assert_int_equal(w->source.frames, 0);
    ohm_meter_stop(w->other.meter);
    w->other.meter = NULL;
    publish(w, "home/lamp", "{\"power\":4}", false); /* nobody's any more */
    publish(w, "home/plug", "{\"power\":5}", false);
    run_until(w, &w->source.frames, 1);
    assert_true(source_said(&w->source, OHM_Q_POWER, 50));

    (void)snprintf(w->config.password, sizeof w->config.password, "other");
    start(w, &w->other);
    run_until(w, &w->connects, 2);
    assert_string_equal(w->credentials, "me other ");
}

static void a_broker_that_goes(void **state)
{
    world *w = *state;
    rule(w, "", OHM_Q_POWER, "/power");
    start(w, &w->source);
    while (w->subscribes == 0)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    publish(w, "home/plug", "{\"power\":1}", false);
    run_until(w, &w->source.frames, 1);
    peer_close(w->client);
    while (ohm_meter_status_of(w->source.meter)->counters.reconnects == 0)
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    run_until(w, &w->connects, 2); /* it comes back, and asks again for what it wants */
    run_until(w, &w->subscribes, 2);
    publish(w, "home/plug", "{\"power\":2}", false);
    run_until(w, &w->source.frames, 2);
    assert_true(source_said(&w->source, OHM_Q_POWER, 20));
}

static void what_can_not_be_listened_to(void **state)
{
    world *w = *state;
    static const struct {
        const char *why, *path, *topic;
        int64_t every_ms;
        ohm_code code;
    } rows[] = {
        { "no topic", "", "", 0, OHM_BAD_FORMAT },
        { "an empty one", "/", "", 0, OHM_BAD_FORMAT },
        { "a + that does not stand alone", "/home/a+b", "", 0, OHM_BAD_FORMAT },
        { "a # in the middle", "/home/#/x", "", 0, OHM_BAD_FORMAT },
        { "a pace", "/home/plug", "", 1000, OHM_CONFLICT },
    };
    rule(w, "", OHM_Q_POWER, "/power");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)snprintf(w->config.address, sizeof w->config.address, "mqtt://127.0.0.1:%u%s",
                       w->broker.port, rows[i].path);
        w->config.every_ms = rows[i].every_ms;
        ohm_err err = source_start(&w->loop, &w->config, &w->source);
        if (err.code != rows[i].code || w->source.meter)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(err.code));
    }
    w->config.every_ms = 0;
    (void)snprintf(w->config.address, sizeof w->config.address, "mqtt://127.0.0.1:%u/home",
                   w->broker.port);
    for (int i = 0; i < OHM_PAYLOAD_TOPICS_MAX; i++) {
        char topic[8];
        (void)snprintf(topic, sizeof topic, "t%d", i);
        rule(w, topic, OHM_Q_POWER, "/power");
    }
    ohm_err err = source_start(&w->loop, &w->config, &w->source);
    assert_int_equal(err.code, OHM_TOO_BIG);
    assert_int_equal(err.at, OHM_PAYLOAD_TOPICS_MAX);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH(topics_and_their_rules), WITH(kept_payloads_are_of_no_time),
        WITH(payloads_that_are_none), WITH(one_connection_for_all),
        WITH(a_broker_that_goes),     WITH(what_can_not_be_listened_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
