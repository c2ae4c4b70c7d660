/* What sources of payloads share: pickers, brokers, the HTTP client; and payloads that mean harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "meter/broker.h"
#include "meter/caller.h"
#include "meter/pickers.h"

static ohm_pick_rule rule(ohm_quantity_id quantity, const char *pointer)
{
    ohm_pick_rule r = { .quantity = (uint16_t)quantity, .factor = 1 };
    (void)snprintf(r.pointer, sizeof r.pointer, "%s", pointer);
    return r;
}

static void the_same_rules_are_one_picker(void **state)
{
    (void)state;
    ohm_pickers all = { NULL };
    const ohm_pick_rule rules[] = { rule(OHM_Q_TEMPERATURE, "/t"), rule(OHM_Q_POWER, "/p") };
    const ohm_pick_rule other = rule(OHM_Q_TEMPERATURE, "/u");
    ohm_shared_picker *a = NULL, *b = NULL, *c = NULL, *d = NULL, *alone = NULL;
    assert_false(ohm_failed(ohm_pickers_hold(&all, rules, 2, "", &a)));
    assert_false(ohm_failed(ohm_pickers_hold(&all, rules, 2, "", &b)));
    assert_false(ohm_failed(ohm_pickers_hold(&all, rules, 2, "/time", &c)));
    assert_false(ohm_failed(ohm_pickers_hold(&all, &other, 1, "", &d)));
    assert_false(ohm_failed(ohm_pickers_hold(NULL, rules, 2, "", &alone)));
    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, c);
    assert_ptr_not_equal(a, d);
    assert_ptr_not_equal(a, alone);
    assert_string_equal(ohm_picker_rules(ohm_pickers_get(b))[1].pointer, "/p");
    ohm_pickers_release(a);
    ohm_pickers_release(c);
    assert_non_null(all.first); /* b holds it */
    ohm_pickers_release(b);
    ohm_pickers_release(d);
    assert_null(all.first);
    ohm_pickers_release(alone);
    ohm_pickers_release(NULL);

    const ohm_pick_rule wrong = rule(OHM_Q_POWER, "no pointer");
    assert_int_equal(ohm_pickers_hold(&all, &wrong, 1, "", &a).code, OHM_BAD_FORMAT);
    assert_null(all.first);
}

/* --- hostile payloads --------------------------------------------------------------------------
 */

static ohm_picked picked;

static ohm_code look(ohm_span payload)
{
    const ohm_pick_rule rules[] = { rule(OHM_Q_POWER, "/p"), rule(OHM_Q_TEMPERATURE, "/a/0/t") };
    ohm_picker *picker = NULL;
    assert_false(ohm_failed(ohm_picker_new(rules, 2, "/time", &picker)));
    ohm_code code = ohm_pick(picker, payload, &picked);
    ohm_picker_free(picker);
    return code;
}

static int values_found(void)
{
    int count = 0;
    for (int i = 0; i < picked.count; i++)
        count += picked.values[i].there && picked.values[i].code == OHM_OK;
    return count;
}

static void hostile_payloads_give_no_value(void **state)
{
    (void)state;
    static const struct {
        const char *why, *payload;
    } rows[] = {
        { "nothing", "" },
        { "no JSON", "<html>" },
        { "not a number", "{\"p\":NaN}" },
        { "infinite", "{\"p\":1e999}" },
        { "infinite as text", "{\"p\":\"inf\"}" },
        { "not a number as text", "{\"p\":\"NaN\"}" },
        { "hexadecimal text", "{\"p\":\"0x1f\"}" },
        { "two of one key", "{\"p\":1,\"p\":2}" },
        { "not UTF-8", "{\"p\":1,\"\xff\xfe\":2}" },
        { "half a surrogate", "{\"p\":1,\"x\":\"\\ud800\"}" },
        { "cut off", "{\"p\":12" },
        { "two documents", "{\"p\":1}{\"p\":2}" },
        { "beyond all registers", "{\"p\":99999999999999999999}" },
        { "beyond all registers as text", "{\"p\":\"99999999999999999999\"}" },
        { "an object", "{\"p\":{\"p\":1}}" },
        { "a list", "{\"p\":[1]}" },
        { "null", "{\"p\":null,\"a\":[]}" },
        { "true is no power", "{\"p\":true}" },
        { "an index that is none", "{\"a\":{\"0\":5}}" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)look(ohm_span_text(rows[i].payload));
        if (values_found() != 0)
            fail_msg("%s: %d values", rows[i].why, values_found());
    }
    assert_int_equal(look(ohm_span_of("{\"p\":1\0}", 8)), OHM_BAD_FORMAT);
    assert_int_equal(look(ohm_span_text("{\"p\":5,\"a\":[{\"t\":20.5}]}")), OHM_OK);
    assert_int_equal(values_found(), 2);
}

static void deep_and_long_ones_end(void **state)
{
    (void)state;
    static char text[OHM_PICK_PAYLOAD_MAX + 2];
    memset(text, '[', OHM_PICK_PAYLOAD_MAX);
    assert_int_equal(look(ohm_span_of(text, OHM_PICK_PAYLOAD_MAX)), OHM_BAD_FORMAT);
    for (size_t i = 0; i + 5 < sizeof text; i += 5)
        memcpy(text + i, "{\"p\":", 5);
    assert_int_equal(look(ohm_span_of(text, OHM_PICK_PAYLOAD_MAX)), OHM_BAD_FORMAT);
    memset(text, ' ', sizeof text);
    assert_int_equal(look(ohm_span_of(text, OHM_PICK_PAYLOAD_MAX + 1)), OHM_TOO_BIG);
    assert_int_equal(picked.count, 0);
}

/* --- brokers and callers -----------------------------------------------------------------------
 */

typedef struct listener {
    ohm_broker_member member;
    uv_loop_t *loop;
    int downs;
    bool was_up;
} listener;

static void on_message(void *ctx, const ohm_mqtt_message *message)
{
    (void)ctx;
    (void)message;
    fail_msg("a message from nobody");
}

static void on_up(void *ctx)
{
    (void)ctx;
    fail_msg("nobody is there");
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    listener *l = ctx;
    assert_non_null(why.what);
    l->was_up = l->was_up || was_up;
    l->downs++;
    ohm_broker_leave(&l->member); /* from inside a hook */
}

static listener listen_to(uv_loop_t *loop, const char *filter)
{
    return (listener){
        .member = { .filters = { filter },
                    .on_message = on_message,
                    .on_up = on_up,
                    .on_down = on_down },
        .loop = loop,
    };
}

/* A port of this machine where nobody listens. */
static uint16_t closed_port(uv_loop_t *loop)
{
    uv_tcp_t server;
    struct sockaddr_storage name;
    int len = sizeof name;
    struct sockaddr_in any;
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &any), 0);
    assert_int_equal(uv_tcp_init(loop, &server), 0);
    assert_int_equal(uv_tcp_bind(&server, (const struct sockaddr *)&any, 0), 0);
    assert_int_equal(uv_tcp_getsockname(&server, (struct sockaddr *)&name, &len), 0);
    uv_close((uv_handle_t *)&server, NULL);
    (void)uv_run(loop, UV_RUN_DEFAULT);
    return ntohs(((struct sockaddr_in *)&name)->sin_port);
}

static void members_of_a_broker_share_it_and_leave(void **state)
{
    (void)state;
    uv_loop_t loop;
    ohm_brokers brokers = { NULL };
    ohm_mqtt_config config = { .address.host = "127.0.0.1" };
    assert_int_equal(uv_loop_init(&loop), 0);
    config.address.port = closed_port(&loop);
    listener a = listen_to(&loop, "a/+"), b = listen_to(&loop, "b"), c = listen_to(&loop, "a#");
    listener other = listen_to(&loop, "x");
    a.member.ctx = &a;
    b.member.ctx = &b;
    other.member.ctx = &other;
    assert_false(ohm_failed(ohm_broker_join(&loop, &brokers, &config, &a.member)));
    assert_false(ohm_failed(ohm_broker_join(&loop, &brokers, &config, &b.member)));
    assert_ptr_equal(a.member.broker, b.member.broker);
    assert_int_equal(ohm_broker_join(&loop, &brokers, &config, &c.member).code, OHM_BAD_FORMAT);
    assert_null(c.member.broker);
    config.user = "lea"; /* another user is another connection */
    assert_false(ohm_failed(ohm_broker_join(&loop, &brokers, &config, &other.member)));
    assert_ptr_not_equal(other.member.broker, a.member.broker);
    assert_false(ohm_broker_is_up(&a.member));
    (void)uv_run(&loop, UV_RUN_DEFAULT); /* ends when all have left */
    assert_true(a.downs == 1 && b.downs == 1 && other.downs == 1);
    assert_false(a.was_up || b.was_up || other.was_up);
    assert_null(brokers.first);
    ohm_broker_leave(&a.member); /* nothing happens */
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void the_http_client_is_shared_and_ends_with_the_last(void **state)
{
    (void)state;
    uv_loop_t loop;
    ohm_caller *at = NULL;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_false(ohm_failed(ohm_caller_hold(&loop, &at)));
    ohm_caller *first = at;
    assert_false(ohm_failed(ohm_caller_hold(&loop, &at)));
    assert_ptr_equal(at, first);
    assert_non_null(ohm_caller_http(at));
    ohm_caller_release(&at);
    assert_ptr_equal(at, first);
    ohm_caller_release(&at);
    assert_null(at);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_rules_are_one_picker),
        cmocka_unit_test(hostile_payloads_give_no_value),
        cmocka_unit_test(deep_and_long_ones_end),
        cmocka_unit_test(members_of_a_broker_share_it_and_leave),
        cmocka_unit_test(the_http_client_is_shared_and_ends_with_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
