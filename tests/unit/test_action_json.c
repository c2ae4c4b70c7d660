/* Actions as the journal tells them: what is known is said, what is not is null, and what is gone
 * from the configuration has no name. */
#include "control/pilot.h"
#include "engine/codec.h"
#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static ohm_engine_config *config;

static int configure(void **state)
{
    (void)state;
    config = malloc(sizeof *config);
    if (!config)
        return -1;
    ohm_engine_config_defaults(config);
    config->main_device = 3;
    memcpy(config->main_id, "main", sizeof "main");
    config->limits_count = 1;
    config->limits[0] = (ohm_power_limit){ .id = "winter" };
    config->loads_count = 3;
    config->loads[0] = (ohm_load){ .id = "boiler" };
    config->loads[1] =
        (ohm_load){ .id = "hall", .kind = OHM_LOAD_PILOT, .orders = 1U << OHM_ORDER_CONFORT };
    config->loads[2] = (ohm_load){
        .id = "car", .kind = OHM_LOAD_MODULATED, .nominal_w = 7360, .min_w = 1380, .step_w = 230
    };
    config->rules.count = 1;
    memcpy(config->rules.rules[0].id, "sunny", sizeof "sunny");
    return 0;
}

static int forget(void **state)
{
    (void)state;
    free(config);
    return 0;
}

static void tells(const char *why, const ohm_action *action, const char *words, bool said)
{
    char json[OHM_ACTION_JSON_MAX];
    size_t len = 0;
    assert_int_equal(ohm_action_json(action, config, json, sizeof json - 1, &len), OHM_OK);
    json[len] = '\0';
    if ((strstr(json, words) != NULL) != said)
        fail_msg("%s: %s %s in %s", why, words, said ? "is not" : "is", json);
}

static ohm_action decision_of(uint16_t load)
{
    return (ohm_action){
        .seq = 1,
        .time_ms = 1750000000000,
        .device = OHM_DEVICE_NONE,
        .quantity = OHM_Q_NONE,
        .decision = { .load = load,
                      .level = OHM_LEVEL_NONE,
                      .rule = OHM_RULE_NONE,
                      .until_ms = OHM_NO_MS,
                      .pressure = { .limit = OHM_LIMIT_NONE, .measured_va = -1, .trip_s = -1 } },
    };
}

static void what_a_limit_did(void **state)
{
    (void)state;
    static const struct {
        const char *why, *words;
        uint16_t limit;
        uint8_t phase;
        int32_t measured_va, trip_s;
    } rows[] = {
        { "no limit", "\"limit\":null", OHM_LIMIT_NONE, 0, -1, -1 },
        { "the breaker's", "\"id\":\"main\"", OHM_LIMIT_MAIN, 0, -1, -1 },
        { "a configured one", "\"id\":\"winter\"", 0, 0, -1, -1 },
        { "one that is gone", "\"id\":null", 7, 0, -1, -1 },
        { "of all phases", "\"phase\":null", 0, 0, -1, -1 },
        { "of a phase", "\"phase\":3", 0, 3, -1, -1 },
        { "of none that there is", "\"phase\":null", 0, OHM_SCOPES, -1, -1 },
        { "not measured", "\"measured_va\":null", 0, 0, -1, -1 },
        { "measured", "\"measured_va\":0", 0, 0, 0, -1 },
        { "it holds", "\"trip_s\":null", 0, 0, 0, -1 },
        { "it gives way now", "\"trip_s\":0", 0, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_action a = decision_of(0);
        a.decision.pressure = (ohm_pressure){ .limit = rows[i].limit,
                                              .phase = rows[i].phase,
                                              .measured_va = rows[i].measured_va,
                                              .trip_s = rows[i].trip_s };
        tells(rows[i].why, &a, rows[i].words, true);
    }
}

static void what_a_load_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *why, *words;
        bool said;
        uint16_t load;
        int32_t setting;
    } rows[] = {
        { "its name", "\"load\":\"boiler\"", true, 0, 0 },
        { "a load that is gone", "\"load\":null", true, 9, 0 },
        { "and what it was told", "setpoint_w", false, 9, 0 },
        { "a switch has no setting", "setpoint_w", false, 0, 2300 },
        { "nor an order", "\"order\"", false, 0, 1 },
        { "an order", "\"order\":\"", true, 1, OHM_ORDER_CONFORT },
        { "an order that is none", "\"order\"", false, 1, 99 },
        { "a setpoint", "\"setpoint_w\":2300", true, 2, 2300 },
        { "a setpoint that it can't have", "setpoint_w", false, 2, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_action a = decision_of(rows[i].load);
        a.decision.setting = rows[i].setting;
        tells(rows[i].why, &a, rows[i].words, rows[i].said);
    }
}

static void why_it_was_decided(void **state)
{
    (void)state;
    ohm_action a = decision_of(0);
    tells("no level", &a, "\"level\":null", true);
    tells("no rule", &a, "\"rule\"", false);
    tells("no plan", &a, "\"plan\"", false);
    tells("no end", &a, "\"until\":null", true);
    a.decision.level = 3;
    a.decision.rule = 0;
    a.decision.fed = true;
    a.decision.plan.why = OHM_PLAN_WHY_NONE + 1;
    tells("a level", &a, "\"level\":3", true);
    tells("a rule", &a, "\"rule\":\"sunny\"", true);
    tells("a plan", &a, "\"plan\":{\"why\":\"", true);
    tells("fed", &a, "\"state\":\"fed\"", true);
    a.decision.rule = 1;
    tells("a rule that is gone", &a, "\"rule\"", false);
    a.time_ms = 0;
    tells("a clock that is not set", &a, "\"time\":null", true);
}

static void what_notices_tell(void **state)
{
    (void)state;
    static const struct {
        const char *why, *words;
        bool said;
        ohm_notice notice;
        uint16_t device;
        ohm_quantity_id quantity;
        int64_t detail;
        const char *actor, *rule;
    } rows[] = {
        { "the main meter by its name", "\"device\":\"main\"", true, OHM_NOTICE_METER_LOST, 3,
          OHM_Q_NONE, 0, "", "" },
        { "no other by that", "\"device\":null", true, OHM_NOTICE_METER_LOST, 4, OHM_Q_NONE, 0, "",
          "" },
        { "nobody's", "\"device\":null", true, OHM_NOTICE_STARTED, OHM_DEVICE_NONE, OHM_Q_NONE, 0,
          "", "" },
        { "a driver names its device itself", "\"device\":\"sub\"", true,
          OHM_NOTICE_REGISTER_ROLLED, 4, OHM_Q_ENERGY_IMPORT, 0, "sub", "" },
        { "which is no person", "\"actor\":null", true, OHM_NOTICE_REGISTER_ROLLED, 4,
          OHM_Q_ENERGY_IMPORT, 0, "sub", "" },
        { "a register's quantity", "\"quantity\":\"energy_import\"", true,
          OHM_NOTICE_REGISTER_ROLLED, 4, OHM_Q_ENERGY_IMPORT, 0, "sub", "" },
        { "an effect", "\"measured_va\":-900", true, OHM_NOTICE_EFFECT, 3, OHM_Q_NONE, -900, "",
          "" },
        { "a limit that ended", "\"limit\":\"winter\"", true, OHM_NOTICE_LIMIT_ENDED, 3, OHM_Q_NONE,
          0, "", "" },
        { "a limit that is gone", "\"limit\":null", true, OHM_NOTICE_LIMIT_ENDED, 3, OHM_Q_NONE, 5,
          "", "" },
        { "why a command was refused", "\"why\":\"", true, OHM_NOTICE_COMMAND_REFUSED, 3,
          OHM_Q_NONE, OHM_CONFLICT, "user:marie", "" },
        { "and who asked", "\"actor\":\"user:marie\"", true, OHM_NOTICE_COMMAND_REFUSED, 3,
          OHM_Q_NONE, OHM_CONFLICT, "user:marie", "" },
        { "which command", "\"command\":42", true, OHM_NOTICE_COMMAND_DONE, 3, OHM_Q_NONE, 0,
          "user:marie", "" },
        { "none", "\"command\":null", true, OHM_NOTICE_STARTED, 3, OHM_Q_NONE, 0, "", "" },
        { "a rule", "\"rule\":\"sunny\"", true, OHM_NOTICE_RULE_ARMED, 3, OHM_Q_NONE, 0,
          "user:marie", "sunny" },
        { "what ended the daemon", "\"reason\":\"fault SIGSEGV\"", true, OHM_NOTICE_ABORTED,
          OHM_DEVICE_NONE, OHM_Q_NONE, 1750000000000, "fault SIGSEGV", "" },
        { "which is no person either", "\"actor\":null", true, OHM_NOTICE_ABORTED, OHM_DEVICE_NONE,
          OHM_Q_NONE, 1750000000000, "fault SIGSEGV", "" },
        { "the safe mode", "\"reason\":\"bare\"", true, OHM_NOTICE_SAFE_MODE, OHM_DEVICE_NONE,
          OHM_Q_NONE, 2, "bare", "" },
        { "an option that nothing looks at", "\"reason\":\"boards.serial\"", true,
          OHM_NOTICE_OPTION_IGNORED, OHM_DEVICE_NONE, OHM_Q_NONE, 12, "boards.serial", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_action a = decision_of(OHM_LOAD_NONE);
        a.notice = rows[i].notice;
        a.device = rows[i].device;
        a.quantity = rows[i].quantity;
        a.detail = rows[i].detail;
        a.command_id = 42;
        memcpy(a.actor, rows[i].actor, strlen(rows[i].actor));
        memcpy(a.rule, rows[i].rule, strlen(rows[i].rule));
        tells(rows[i].why, &a, rows[i].words, rows[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_limit_did),
        cmocka_unit_test(what_a_load_is_told),
        cmocka_unit_test(why_it_was_decided),
        cmocka_unit_test(what_notices_tell),
    };
    return cmocka_run_group_tests(tests, configure, forget);
}
