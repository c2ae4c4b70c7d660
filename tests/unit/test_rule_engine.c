/* Users' rules in the engine: what they move, what the journal says, what is armed meanwhile. */
#include "control/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "engine/codec.h"

enum { S = 1000, M = 60 * S };

static const ohm_load loads[] = { { .id = "tank", .nominal_w = 2000, .tier = 1 } };

#define COLD(t, h)                                                                                 \
    {                                                                                              \
        .kind = OHM_WHEN_VALUE, .input = 0, .below = true, .threshold = (t), .hysteresis = (h)     \
    }

/* --- in the engine -------------------------------------------------------------------- */

typedef struct run {
    ohm_engine *engine;
    ohm_actions *actions;
    ohm_mono_ms mono;
    unsigned shed, fed; /* by a rule */
} run;

static void feed(run *r, ohm_event event, int64_t after_ms)
{
    uint8_t bytes[OHM_EVENT_BYTES_MAX];
    static ohm_event_box box;
    size_t len;
    r->mono.v += after_ms;
    event.mono = r->mono;
    event.utc_ms = INT64_C(1795345200000) + r->mono.v;
    assert_int_equal(ohm_event_encode(&event, bytes, sizeof bytes, &len), OHM_OK);
    assert_int_equal(ohm_event_decode(ohm_span_of(bytes, len), &box).code, OHM_OK);
    assert_int_equal(ohm_engine_accepts(r->engine, &box.event), OHM_OK);
    ohm_engine_step(r->engine, &box.event, r->actions);
    for (uint16_t i = 0; i < r->actions->count; i++) {
        const ohm_action *a = &r->actions->items[i];
        if (a->notice != OHM_NOTICE_NONE || a->decision.cause != OHM_CAUSE_RULE)
            continue;
        char json[OHM_ACTION_JSON_MAX];
        assert_int_equal(
            ohm_action_json(a, ohm_engine_config_of(r->engine), json, sizeof json, &len), OHM_OK);
        assert_non_null(strstr(json, "\"rule\":\"warm\""));
        r->shed += a->decision.switches && !a->decision.fed;
        r->fed += a->decision.switches && a->decision.fed;
    }
}

static void temperature(run *r, int64_t value, int64_t after_ms)
{
    const ohm_frame frame = { .device = 1,
                              .count = 1,
                              .values = { { .quantity = OHM_Q_TEMPERATURE, .value = value } } };
    feed(r, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame }, after_ms);
}

/* Decisions name the rule; a restart in between changes nothing; the person goes before it. */
static void the_engine_obeys(void **state)
{
    (void)state;
    static ohm_engine_config config;
    static ohm_rules_change change = { .actor = "user:marie" };
    static uint8_t snapshot[OHM_SNAPSHOT_MAX];
    const ohm_boot boot = { .boot_id = 7, .clock_set = true };
    ohm_engine_config_defaults(&config);
    config.start_wait_ms = 0;
    config.loads_count = 1;
    config.loads[0] = loads[0];
    config.loads[0].failsafe_fed = true;
    run r = { .engine = test_malloc(ohm_engine_size()),
              .actions = test_malloc(sizeof(ohm_actions)),
              .mono = { 1000 } };
    ohm_engine_init(r.engine, &config);
    feed(&r, (ohm_event){ .kind = OHM_EVENT_START, .boot = &boot }, 0);
    ohm_rule_set_init(&change.set);
    change.set.inputs_count = 1;
    change.set.inputs[0] = (ohm_rule_input){ 1, OHM_Q_TEMPERATURE, 10 * M };
    change.set.count = 1;
    change.set.rules[0] = (ohm_rule){ .id = "warm",
                                      .fed = true,
                                      .otherwise = true,
                                      .priority = 5,
                                      .whens_count = 1,
                                      .whens = { COLD(1900, 30) } };
    change.set.rules[0].whens[0].input = 0;
    feed(&r, (ohm_event){ .kind = OHM_EVENT_RULES, .rules = &change }, S);
    assert_int_equal(r.actions->items[0].notice, OHM_NOTICE_RULES);
    temperature(&r, 2100, M);
    feed(&r, (ohm_event){ .kind = OHM_EVENT_TICK }, S);
    assert_int_equal(r.shed, 1);
    assert_false(ohm_engine_loads_of(r.engine)[0].fed);

    size_t len, again_len;
    static uint8_t again[OHM_SNAPSHOT_MAX];
    assert_int_equal(
        ohm_engine_snapshot(r.engine, OHM_SNAPSHOT_CHECKPOINT, snapshot, sizeof snapshot, &len),
        OHM_OK);
    assert_int_equal(ohm_engine_restore(r.engine, ohm_span_of(snapshot, len)).code, OHM_OK);
    assert_int_equal(
        ohm_engine_snapshot(r.engine, OHM_SNAPSHOT_CHECKPOINT, again, sizeof again, &again_len),
        OHM_OK);
    assert_int_equal(len, again_len);
    assert_memory_equal(snapshot, again, len);

    static const struct {
        ohm_rules_deed deed;
        ohm_notice notice;
        bool untried;
    } deeds[] = {
        { OHM_RULES_ARMED, OHM_NOTICE_RULE_ARMED, true },
        { OHM_RULES_DISARMED, OHM_NOTICE_RULE_DISARMED, false },
        { OHM_RULES_REMOVED, OHM_NOTICE_RULE_REMOVED, false },
    };
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
        char json[OHM_ACTION_JSON_MAX];
        change.deed = deeds[i].deed;
        change.untried = deeds[i].untried;
        (void)memcpy(change.rule, "warm", 5);
        feed(&r, (ohm_event){ .kind = OHM_EVENT_RULES, .rules = &change }, S);
        const ohm_action *told = &r.actions->items[0];
        assert_int_equal(told->notice, deeds[i].notice);
        assert_int_equal(told->detail, deeds[i].untried);
        assert_int_equal(
            ohm_action_json(told, ohm_engine_config_of(r.engine), json, sizeof json, &len), OHM_OK);
        assert_non_null(strstr(json, "\"rule\":\"warm\""));
        assert_non_null(strstr(json, "\"actor\":\"user:marie\""));
    }
    assert_false(ohm_engine_loads_of(r.engine)[0].fed); /* it went on through all of them */
    change.deed = OHM_RULES_DEEDS_COUNT;
    ohm_event odd = { .kind = OHM_EVENT_RULES, .mono = r.mono, .rules = &change };
    assert_int_equal(ohm_engine_accepts(r.engine, &odd), OHM_RANGE);
    change.deed = OHM_RULES_CHANGED;
    memset(change.rule, 'x', sizeof change.rule);
    assert_int_equal(ohm_engine_accepts(r.engine, &odd), OHM_RANGE);
    memset(change.rule, 0, sizeof change.rule);

    temperature(&r, 1850, M);
    feed(&r, (ohm_event){ .kind = OHM_EVENT_TICK }, M);
    assert_int_equal(r.fed, 1);
    temperature(&r, 2100, M);
    assert_int_equal(r.shed, 2);
    const ohm_command command = { .id = 1,
                                  .kind = OHM_COMMAND_OVERRIDE,
                                  .fed = true,
                                  .until_ms = INT64_C(1795345200000) + r.mono.v + 60 * M };
    feed(&r, (ohm_event){ .kind = OHM_EVENT_COMMAND, .command = &command }, S);
    feed(&r, (ohm_event){ .kind = OHM_EVENT_TICK }, M);
    assert_true(ohm_engine_loads_of(r.engine)[0].fed);
    assert_int_equal(ohm_engine_loads_of(r.engine)[0].cause, OHM_CAUSE_MANUAL);
    change.set.rules[0].load = 1;
    const ohm_event bad = { .kind = OHM_EVENT_RULES,
                            .rules = &change,
                            .mono = r.mono,
                            .utc_ms = INT64_C(1795345200000) + r.mono.v };
    assert_int_equal(ohm_engine_accepts(r.engine, &bad), OHM_UNKNOWN);
    test_free(r.engine);
    test_free(r.actions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_engine_obeys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
