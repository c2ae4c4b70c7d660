/* Simulated sensors: whole messages, the same for the same seed, and a house that makes sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>

#include "host/tzdata.h"
#include "sim/sensors.h"

/* 2026-11-20T00:00:00Z */
static const ohm_ms friday_ms = 1795132800000;
static ohm_tz paris;

static int load_zone(void **state)
{
    (void)state;
    return ohm_failed(ohm_tzdata_load("Europe/Paris", &paris)) ? -1 : 0;
}

static void test_messages_are_json_and_repeat(void **state)
{
    (void)state;
    static ohm_sim_sensors a, b;
    static ohm_sim_message said, again;
    size_t count = 0;
    ohm_sim_sensors_init(&a, 7, friday_ms);
    ohm_sim_sensors_init(&b, 7, friday_ms);
    ohm_sim_sensors_step(&a, &paris, friday_ms + 9 * OHM_HOUR_MS);
    for (int h = 1; h <= 9; h++) /* in steps: nothing differs */
        ohm_sim_sensors_step(&b, &paris, friday_ms + h * OHM_HOUR_MS);
    for (; ohm_sim_sensors_say(&a, count, &said); count++) {
        assert_true(ohm_sim_sensors_say(&b, count, &again));
        assert_string_equal(said.topic, again.topic);
        assert_int_equal(said.len, again.len);
        assert_memory_equal(said.payload, again.payload, said.len);
        assert_null(strpbrk(said.topic, "+#"));
        json_t *json =
            json_loadb(said.payload, said.len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
        bool word = said.len == 2 && !memcmp(said.payload, "on", 2);
        if (!json && !word)
            fail_msg("%s: %.*s", said.topic, (int)said.len, said.payload);
        json_decref(json);
    }
    assert_true(count > 15);
}

static void test_a_day_in_the_house(void **state)
{
    (void)state;
    static ohm_sim_sensors s;
    bool heated = false, opened = false, shut = false;
    ohm_sim_sensors_init(&s, 1, friday_ms);
    for (ohm_ms t = friday_ms; t < friday_ms + 24 * OHM_HOUR_MS; t += OHM_HOUR_MS) {
        ohm_sim_sensors_step(&s, &paris, t);
        for (int i = 0; i < OHM_SIM_SENSOR_ROOMS; i++) {
            const ohm_sim_room *r = &s.rooms[i];
            assert_true(r->temp_c > 5 && r->temp_c < 35);
            assert_true(r->valve_percent >= 0 && r->valve_percent <= 100);
            assert_true(r->humidity_percent > 20 && r->humidity_percent < 80);
            heated = heated || r->valve_percent > 0;
            opened = opened || r->window_open;
            shut = shut || !r->window_open;
        }
    }
    assert_true(heated && opened && shut);
}

/* Each device of the list says something under a name of its own. */
static void test_devices_have_names_of_their_own(void **state)
{
    (void)state;
    const ohm_sim_sensor *device, *other;
    for (size_t i = 0; (device = ohm_sim_sensors_device(i)) != NULL; i++)
        for (size_t j = 0; j < i && (other = ohm_sim_sensors_device(j)) != NULL; j++)
            assert_string_not_equal(device->id, other->id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_are_json_and_repeat),
        cmocka_unit_test(test_a_day_in_the_house),
        cmocka_unit_test(test_devices_have_names_of_their_own),
    };
    return cmocka_run_group_tests(tests, load_zone, NULL);
}
