/* Zones that are heated: the thermostat, the schedule, and what goes before them in the engine. */
#include "../support/engine_bench.h"

enum { SENSOR = 3, DAYS = 0x7f, WEEKEND = 0x60 };

static ohm_heat_zone living(void)
{
    return (ohm_heat_zone){
        .id = "living",
        .name = "Séjour",
        .device = SENSOR,
        .stale_ms = 30 * M,
        .stale_fed = true,
        .hysteresis_cc = 30,
        .frost_cc = 700,
        .below_cc = 150,
        .above_cc = 100,
        .loads_count = 1,
        .loads = { 0 },
        .times_count = 3,
        .times = { { 6 * 60, 0x1f, 2000 }, { 8 * 60, WEEKEND, 2100 }, { 22 * 60, DAYS, 1700 } }
    };
}

/* --- the schedule ------------------------------------------------------------------------- */

static void the_last_time_before_now_holds(void **state)
{
    (void)state;
    const ohm_heat_zone zone = living();
    static const struct {
        const char *why;
        uint8_t weekday;
        uint16_t minute;
        int32_t set_cc;
    } rows[] = {
        { "Monday before six: the night of Sunday", 0, 5 * 60 + 59, 1700 },
        { "at its minute", 0, 6 * 60, 2000 },
        { "until the next one", 4, 21 * 60 + 59, 2000 },
        { "a weekend's morning begins later", 5, 7 * 60, 1700 },
        { "and is warmer", 5, 8 * 60, 2100 },
        { "Sunday evening", 6, 22 * 60, 1700 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ohm_heat_set_at(&zone, rows[i].weekday, rows[i].minute) != rows[i].set_cc)
            fail_msg("%s: %d", rows[i].why,
                     (int)ohm_heat_set_at(&zone, rows[i].weekday, rows[i].minute));
    ohm_heat_zone once = zone;
    once.times_count = 1;
    once.times[0] = (ohm_heat_time){ 600, 1, 1900 };
    assert_int_equal(ohm_heat_set_at(&once, 0, 599), 1900); /* of the Monday before */
}

/* --- the thermostat ----------------------------------------------------------------------- */

/* A rising and falling temperature, one state carried on: 20.00 is wanted, 0.30 to each side, a
 * plan may go from 18.50 to 21.00. */
static void the_thermostat_has_hysteresis(void **state)
{
    (void)state;
    static const struct {
        int32_t air_cc;
        ohm_warmth want;
    } rows[] = {
        { 1969, OHM_WARMTH_HEAT }, { 1971, OHM_WARMTH_HEAT }, { 2029, OHM_WARMTH_HEAT },
        { 2030, OHM_WARMTH_REST }, { 1971, OHM_WARMTH_REST }, { 1969, OHM_WARMTH_HEAT },
        { 1849, OHM_WARMTH_COLD }, { 1879, OHM_WARMTH_COLD }, { 1880, OHM_WARMTH_HEAT },
        { 2100, OHM_WARMTH_HOT },  { 2071, OHM_WARMTH_HOT },  { 2069, OHM_WARMTH_REST },
        { 699, OHM_WARMTH_FROST }, { 749, OHM_WARMTH_FROST }, { 750, OHM_WARMTH_COLD },
    };
    const ohm_heat_zone zone = living();
    ohm_heat_state heat;
    ohm_load_state load;
    ohm_heat_news news;
    ohm_heat_init(&heat);
    ohm_control_init(&load);
    const ohm_heat_now now = { .mono = { H }, .calendar = true, .weekday = 1, .minute = 720 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_frame frame = { .device = SENSOR, .count = 1 };
        frame.values[0] = (ohm_value){ OHM_Q_TEMPERATURE, OHM_QUALITY_GOOD, rows[i].air_cc };
        ohm_heat_frame(&zone, 1, &heat, &frame, now.mono);
        ohm_heat_step(&zone, 1, &heat, &load, 1, &now, &news);
        if (load.warmth != rows[i].want)
            fail_msg("row %zu, %d: %d", i, (int)rows[i].air_cc, load.warmth);
    }
}

/* The daemon was not there for an hour: what the sensor said before holds until it had time to
 * speak, and no longer; what was lost already stays so. */
static void after_a_start_a_sensor_has_time_to_speak(void **state)
{
    (void)state;
    const ohm_heat_zone zone = living();
    for (int lost = 0; lost < 2; lost++) {
        ohm_heat_state heat = { .known = !lost, .lost = lost, .air_cc = 1900, .mono = { H } };
        ohm_load_state load;
        ohm_heat_news news;
        ohm_control_init(&load);
        ohm_heat_start(&zone, 1, &heat, (ohm_mono_ms){ 2 * H });
        for (int64_t t = 0; t <= 6 * M; t += M) {
            const ohm_heat_now now = { .mono = { 2 * H + t }, .calendar = true, .minute = 720 };
            ohm_heat_step(&zone, 1, &heat, &load, 1, &now, &news);
            assert_int_equal(heat.known, !lost && t <= OHM_HEAT_WAIT_MS);
            assert_int_equal(news, !lost && t == 6 * M ? OHM_HEAT_LOST : OHM_HEAT_NO_NEWS);
        }
    }
    ohm_heat_state fresh = { .known = true, .mono = { 2 * H - M } };
    ohm_heat_start(&zone, 1, &fresh, (ohm_mono_ms){ 2 * H });
    assert_int_equal(fresh.mono.v, 2 * H - M); /* it is young enough as it is */
}

static void what_no_room_can_be_is_not_believed(void **state)
{
    (void)state;
    const ohm_heat_zone zone = living();
    ohm_heat_state heat;
    ohm_heat_init(&heat);
    const ohm_value rows[] = {
        { OHM_Q_TEMPERATURE, OHM_QUALITY_SUSPECT, 1900 },
        { OHM_Q_TEMPERATURE, OHM_QUALITY_GOOD, 8500 }, /* a sensor's "no value" */
        { OHM_Q_TEMPERATURE, OHM_QUALITY_GOOD, -27315 },
        { OHM_Q_TEMPERATURE, OHM_QUALITY_GOOD, INT64_MAX },
        { OHM_Q_HUMIDITY, OHM_QUALITY_GOOD, 1900 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_frame frame = { .device = SENSOR, .count = 1 };
        frame.values[0] = rows[i];
        ohm_heat_frame(&zone, 1, &heat, &frame, (ohm_mono_ms){ H });
        assert_false(heat.known);
    }
}

static void zones_that_contradict_themselves_are_refused(void **state)
{
    (void)state;
    static const ohm_load loads[] = { { .id = "a" }, { .id = "b", .never_shed = true } };
    const ohm_heat_zone good = living();
    ohm_heat_zone rows[12];
    for (int i = 0; i < 12; i++)
        rows[i] = good;
    rows[0].times_count = 0;
    rows[1].times[1] = (ohm_heat_time){ 6 * 60, DAYS, 1800 }; /* two at six on weekdays */
    rows[2].times[0].set_cc = 400;
    rows[3].hysteresis_cc = 0;
    rows[4].frost_cc = 1900;
    rows[5].below_cc = 10; /* the plan's band lies within the thermostat's */
    rows[6].loads[0] = 1;  /* never shed */
    rows[7].loads[0] = 2;
    rows[8].id[0] = '\0';
    rows[9].stale_ms = 0;
    rows[10].times[0].weekdays = 0;
    rows[11].loads_count = 2; /* the same one twice */
    assert_int_equal(ohm_heat_check(&good, 1, loads, 2).code, OHM_OK);
    for (int i = 0; i < 12; i++)
        if (ohm_heat_check(&rows[i], 1, loads, 2).code == OHM_OK)
            fail_msg("row %d is taken", i);
    ohm_heat_zone two[2] = { good, good };
    assert_int_equal(ohm_heat_check(two, 2, loads, 2).code, OHM_CONFLICT); /* one id */
    strcpy(two[1].id, "office");
    assert_int_equal(ohm_heat_check(two, 2, loads, 2).code, OHM_CONFLICT); /* one load */
}

/* --- in the engine ------------------------------------------------------------------------ */

static int up(void **state)
{
    (void)bench_up(state);
    bench *b = *state;
    b->config.zones_count = 1;
    b->config.zones[0] = living();
    ohm_engine_init(b->engine, &b->config);
    bench_ready(b); /* Sunday, 17:00: 21 C */
    return 0;
}

static void feel(bench *b, int32_t air_cc)
{
    ohm_frame frame = { .device = SENSOR, .count = 1, .time_ms = b->utc_ms };
    frame.values[0] = (ohm_value){ OHM_Q_TEMPERATURE, OHM_QUALITY_GOOD, air_cc };
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
}

static const ohm_load_state *load(const bench *b)
{
    return &ohm_engine_loads_of(b->engine)[0];
}

/* The temperature stays, and whatever minimum times and turns there are go by. */
static void stay(bench *b, int32_t air_cc)
{
    for (int i = 0; i < 15; i++) {
        bench_tick(b, M);
        feel(b, air_cc);
    }
}

static void the_zone_switches_its_load_and_says_why(void **state)
{
    bench *b = *state;
    assert_true(load(b)->fed); /* nothing known yet: fed, as declared */
    assert_int_equal(load(b)->cause, OHM_CAUSE_NORMAL);
    stay(b, 2140);
    assert_false(load(b)->fed);
    assert_int_equal(load(b)->cause, OHM_CAUSE_THERMOSTAT);
    stay(b, 2060);
    assert_true(load(b)->fed);
    assert_int_equal(load(b)->cause, OHM_CAUSE_THERMOSTAT);
    assert_true(ohm_engine_loads_of(b->engine)[1].fed); /* a load of no zone */
    assert_int_equal(ohm_engine_loads_of(b->engine)[1].cause, OHM_CAUSE_NORMAL);
}

static void a_silent_sensor_leads_to_what_is_declared(void **state)
{
    bench *b = *state;
    for (int fed = 1; fed >= 0; fed--) {
        b->config.zones[0].stale_fed = fed;
        ohm_engine_init(b->engine, &b->config);
        bench_ready(b);
        stay(b, fed ? 2140 : 2000);
        assert_int_equal(load(b)->fed, !fed);
        bool told = false;
        for (int i = 0; i < 50; i++) {
            bench_tick(b, M);
            told = told || bench_notice(b, OHM_NOTICE_ZONE_LOST);
        }
        assert_true(told);
        assert_int_equal(load(b)->fed, fed);
        feel(b, 2100);
        const ohm_action *back = bench_notice(b, OHM_NOTICE_ZONE_BACK);
        assert_non_null(back);
        assert_string_equal(back->actor, "living");
    }
}

/* How often it was told in so long, the sensor saying that, or (0) nothing. */
static int told_in(bench *b, ohm_notice notice, int minutes, int32_t air_cc)
{
    int told = 0;
    for (int i = 0; i < minutes; i += 10) {
        bench_tick(b, 10 * M);
        told += bench_notice(b, notice) != NULL;
        if (air_cc)
            feel(b, air_cc);
    }
    return told;
}

static void a_sensor_that_never_spoke_is_told(void **state)
{
    bench *b = *state;
    assert_int_equal(told_in(b, OHM_NOTICE_ZONE_LOST, 20, 0), 0);
    assert_int_equal(told_in(b, OHM_NOTICE_ZONE_LOST, 24 * 60, 0), 1);
    feel(b, 2000);
    assert_non_null(bench_notice(b, OHM_NOTICE_ZONE_BACK));
}

/* What was below its frost floor when the sensor fell silent is heated with `stale: shed`, too, a
 * quarter of each hour: nobody knows when it would be an oven. */
static void a_sensor_that_is_lost_in_frost_leaves_it_heated(void **state)
{
    bench *b = *state;
    int fed = 0;
    b->config.zones[0].stale_fed = false;
    ohm_engine_init(b->engine, &b->config);
    bench_ready(b);
    stay(b, 650);
    assert_true(load(b)->fed);
    assert_int_equal(told_in(b, OHM_NOTICE_ZONE_LOST, 120, 0), 1);
    for (int minute = 0; minute < 8 * 60; minute++) {
        bench_tick(b, M);
        assert_null(bench_notice(b, OHM_NOTICE_ZONE_LOST));
        fed += load(b)->fed;
    }
    assert_in_range(fed, 8 * 14, 8 * 17);
    stay(b, 2140);
    assert_int_equal(told_in(b, OHM_NOTICE_ZONE_LOST, 120, 0), 1);
    assert_false(load(b)->fed);
}

static void a_sensor_that_always_says_the_same_is_told(void **state)
{
    bench *b = *state;
    enum { DAY = 24 * 60 };
    assert_int_equal(told_in(b, OHM_NOTICE_ZONE_STILL, 3 * DAY - 20, 1900), 0);
    assert_int_equal(told_in(b, OHM_NOTICE_ZONE_STILL, 60, 1900), 1);
    assert_int_equal(told_in(b, OHM_NOTICE_ZONE_STILL, DAY, 1900), 0); /* once */
    assert_int_equal(told_in(b, OHM_NOTICE_ZONE_STILL, 2 * DAY, 1901), 0);
    assert_int_equal(told_in(b, OHM_NOTICE_ZONE_STILL, 2 * DAY, 1901), 1);
    bench_tick(b, 10 * M);
    assert_int_equal(told_in(b, OHM_NOTICE_ZONE_LOST, DAY, 1902), 0); /* it goes on */
}

static void frost_goes_before_the_grids_signal_and_not_before_a_person(void **state)
{
    static const int32_t red[] = { 3, 3, 3 };
    bench *b = *state;
    stay(b, 2000);
    bench_levels(b, 3, red);
    stay(b, 2000);
    assert_false(load(b)->fed);
    assert_int_equal(load(b)->cause, OHM_CAUSE_ECOWATT);
    stay(b, 690);
    assert_true(load(b)->fed);
    assert_int_equal(load(b)->cause, OHM_CAUSE_FROST);
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_OVERRIDE, .fed = false, .until_ms = b->utc_ms + H });
    stay(b, 690);
    assert_false(load(b)->fed);
    assert_int_equal(load(b)->cause, OHM_CAUSE_MANUAL);
}

/* A plan goes below and above the set point, as far as the zone's band lets it. */
static void a_plan_moves_within_the_band(void **state)
{
    static const struct {
        const char *why;
        bool plan_fed;
        int32_t air_cc;
        bool fed;
        ohm_cause cause;
    } rows[] = {
        { "it waits below the set point", false, 2000, false, OHM_CAUSE_PLAN },
        { "not below its band", false, 1940, true, OHM_CAUSE_THERMOSTAT },
        { "it heats ahead above the set point", true, 2150, true, OHM_CAUSE_PLAN },
        { "not above its band", true, 2200, false, OHM_CAUSE_THERMOSTAT },
    };
    bench *b = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench_command(b, (ohm_command){ .kind = OHM_COMMAND_PLAN,
                                        .fed = rows[i].plan_fed,
                                        .until_ms = b->utc_ms + 3 * H,
                                        .plan = { OHM_PLAN_WHY_LATER, 1, 1 } });
        stay(b, rows[i].air_cc);
        if (load(b)->fed != rows[i].fed || load(b)->cause != rows[i].cause)
            fail_msg("%s: fed %d cause %d", rows[i].why, load(b)->fed, load(b)->cause);
    }
}

static void a_set_point_by_hand_has_an_end(void **state)
{
    bench *b = *state;
    const ohm_heat_state *zone = ohm_engine_zones_of(b->engine);
    stay(b, 2000);
    bench_command(
        b,
        (ohm_command){ .kind = OHM_COMMAND_ZONE, .set_cc = 1800, .until_ms = b->utc_ms + 45 * M });
    assert_non_null(bench_notice(b, OHM_NOTICE_COMMAND_DONE));
    stay(b, 2000);
    assert_int_equal(zone->set_cc, 1800);
    assert_false(load(b)->fed);
    stay(b, 2000);
    stay(b, 2000);
    stay(b, 2000);
    assert_int_equal(zone->set_cc, 2100);
    assert_true(load(b)->fed);
    const struct {
        const char *why;
        ohm_command command;
        ohm_code code;
    } rows[] = {
        { "no such zone",
          { .kind = OHM_COMMAND_ZONE, .zone = 1, .set_cc = 1800, .until_ms = b->utc_ms + H },
          OHM_UNKNOWN },
        { "no such zone to clear", { .kind = OHM_COMMAND_ZONE_CLEAR, .zone = 1 }, OHM_UNKNOWN },
        { "an oven",
          { .kind = OHM_COMMAND_ZONE, .set_cc = 9000, .until_ms = b->utc_ms + H },
          OHM_RANGE },
        { "over", { .kind = OHM_COMMAND_ZONE, .set_cc = 1800, .until_ms = b->utc_ms }, OHM_RANGE },
        { "for a year",
          { .kind = OHM_COMMAND_ZONE,
            .set_cc = 1800,
            .until_ms = b->utc_ms + 365 * 24 * (int64_t)H },
          OHM_RANGE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench_command(b, rows[i].command);
        const ohm_action *refused = bench_notice(b, OHM_NOTICE_COMMAND_REFUSED);
        if (!refused || refused->detail != (int64_t)rows[i].code)
            fail_msg("%s", rows[i].why);
    }
}

static void without_a_clock_the_set_point_stays(void **state)
{
    bench *b = *state;
    stay(b, 2000);
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { .set = false } });
    for (int i = 0; i < 6; i++)
        bench_tick(b, H); /* past 22:00, if the clock could be trusted */
    assert_int_equal(ohm_engine_zones_of(b->engine)->set_cc, 2100);
    bench_step(b, (ohm_event){ .kind = OHM_EVENT_CLOCK, .clock = { .set = true } });
    assert_int_equal(ohm_engine_zones_of(b->engine)->set_cc, 1700);
}

static void a_snapshot_keeps_zones_and_goes_on_alike(void **state)
{
    static uint8_t bytes[OHM_SNAPSHOT_MAX], again[OHM_SNAPSHOT_MAX];
    bench *b = *state;
    size_t len = 0;
    stay(b, 2000);
    bench_command(
        b, (ohm_command){ .kind = OHM_COMMAND_ZONE, .set_cc = 1800, .until_ms = b->utc_ms + H });
    assert_int_equal(
        ohm_engine_snapshot(b->engine, OHM_SNAPSHOT_CHECKPOINT, bytes, sizeof bytes, &len), OHM_OK);
    ohm_engine_init(b->engine, &b->config);
    assert_int_equal(ohm_engine_restore(b->engine, ohm_span_of(bytes, len)).code, OHM_OK);
    assert_true(ohm_engine_is_as(b->engine, ohm_span_of(bytes, len), again, sizeof again));
    const ohm_heat_state *zone = ohm_engine_zones_of(b->engine);
    assert_true(zone->overridden && zone->known);
    assert_int_equal(zone->air_cc, 2000);
    /* Another sensor knows nothing of what this one said; the person's word stays. */
    b->config.zones[0].device = 4;
    ohm_engine_reconfigure(b->engine, &b->config);
    assert_true(zone->overridden);
    assert_false(zone->known);
}

#define OF_ENGINE(f) cmocka_unit_test_setup_teardown(f, up, bench_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_time_before_now_holds),
        cmocka_unit_test(the_thermostat_has_hysteresis),
        cmocka_unit_test(after_a_start_a_sensor_has_time_to_speak),
        cmocka_unit_test(what_no_room_can_be_is_not_believed),
        cmocka_unit_test(zones_that_contradict_themselves_are_refused),
        OF_ENGINE(the_zone_switches_its_load_and_says_why),
        OF_ENGINE(a_silent_sensor_leads_to_what_is_declared),
        OF_ENGINE(a_sensor_that_never_spoke_is_told),
        OF_ENGINE(a_sensor_that_is_lost_in_frost_leaves_it_heated),
        OF_ENGINE(a_sensor_that_always_says_the_same_is_told),
        OF_ENGINE(frost_goes_before_the_grids_signal_and_not_before_a_person),
        OF_ENGINE(a_plan_moves_within_the_band),
        OF_ENGINE(a_set_point_by_hand_has_an_end),
        OF_ENGINE(without_a_clock_the_set_point_stays),
        OF_ENGINE(a_snapshot_keeps_zones_and_goes_on_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
