/* Days of the demo house, a second at a time: the house lives, its registers turn, its grid gets
 * tense, the engine decides, the simulated board switches. Ordinary days and those of 23 and 25
 * hours, with a silent meter, crashes and jumping clocks on some. At every event the invariants
 * are asserted by name; the water heater is off in every tense hour and always comes back; what
 * the day cost is what its registers say; and its recorded events, run again, give the same
 * actions byte for byte. */
#include "../support/engine_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/codec.h"
#include "host/tzdata.h"
#include "relay/relay.h"
#include "sim/house.h"

enum {
    S = OHM_SECOND_MS,
    M = OHM_MINUTE_MS,
    H = OHM_HOUR_MS,
    FRAME_EVERY_S = 10,
    SAVE_EVERY_S = 60,
    LOADS = OHM_HOUSE_LOADS,
    OFF_MIN_S = 5 * 60,
    ON_MIN_S = 60,
};

typedef enum trouble {
    TROUBLE_NONE,
    TROUBLE_METER, /* silent for twenty minutes, at noon and at ten in the evening */
    TROUBLE_CRASH, /* the process is killed now and then, in tense hours too */
    TROUBLE_CLOCK, /* the wall clock jumps an hour ahead and back, and is lost for a while */
} trouble;

/* A growing list of records, each a length and its bytes. */
typedef struct tape {
    uint8_t *bytes;
    size_t len, cap;
} tape;

typedef struct day {
    uint64_t seed;
    trouble trouble;
    ohm_engine_config config;
    ohm_house house;
    ohm_engine *engine;
    ohm_actions actions;
    ohm_board *board;
    watch watch;
    ohm_mono_ms mono;
    ohm_ms true_ms, start_ms; /* the house's time; the wall clock may be off */
    int64_t clock_off_ms;
    bool clock_set;
    bool reported[LOADS];
    ohm_relay_report reports[LOADS];
    uint8_t saved[OHM_SNAPSHOT_MAX];
    size_t saved_len;
    tape events, made;
    int64_t tense_s[LOADS], shed_s[LOADS]; /* seconds that must be shed, and that were */
} day;

static void keep(tape *t, const uint8_t *bytes, size_t len)
{
    uint32_t n = (uint32_t)len;
    if (t->len + sizeof n + len > t->cap) {
        t->cap = 2 * t->cap + (1 << 16) + len;
        t->bytes = realloc(t->bytes, t->cap);
        assert_non_null(t->bytes);
    }
    memcpy(t->bytes + t->len, &n, sizeof n);
    memcpy(t->bytes + t->len + sizeof n, bytes, len);
    t->len += sizeof n + len;
}

/* The next record, empty at the end. */
static ohm_span play(const tape *t, size_t *at)
{
    uint32_t n = 0;
    if (*at == t->len)
        return ohm_span_of(NULL, 0);
    memcpy(&n, t->bytes + *at, sizeof n);
    *at += sizeof n + n;
    return ohm_span_of(t->bytes + *at - n, n);
}

/* --- the parts ---------------------------------------------------------------------------- */

static void configure(ohm_engine_config *c)
{
    static const struct {
        const char *id;
        int32_t nominal_w, threshold;
        uint8_t tier;
    } rows[LOADS] = {
        [OHM_HOUSE_WATER_HEATER] = { "water_heater", 2400, 2, 1 },
        [OHM_HOUSE_HEATING] = { "heating", 4500, 3, 3 },
        [OHM_HOUSE_CAR] = { "car", 3700, 2, 2 },
        [OHM_HOUSE_LAUNDRY] = { "laundry", 2100, 3, 2 },
    };
    ohm_engine_config_defaults(c);
    assert_false(ohm_failed(ohm_tzdata_load("Europe/Paris", &c->tz)));
    c->main_device = 0;
    c->has_ecowatt = true;
    c->has_contract = true;
    c->contract = (ohm_contract){
        .periods_count = 2,
        .periods = { { "hp" }, { "hc" } },
        .rest_period = 0,
        .spot_period = OHM_NO_PERIOD,
        .slots_count = 1,
        .slots = { { .from_minute = 22 * 60, .to_minute = 6 * 60, .period = 1 } },
        .rows_count = 1,
        .rows = { { .from = { 2026, 1, 1 }, .ueur_per_kwh = { 206500, 157900 } } },
    };
    c->loads_count = LOADS;
    for (int i = 0; i < LOADS; i++) {
        c->loads[i] = (ohm_load){ .tier = rows[i].tier,
                                  .nominal_w = rows[i].nominal_w,
                                  .ecowatt_threshold = rows[i].threshold,
                                  .on_min_ms = ON_MIN_S * S,
                                  .off_min_ms = OFF_MIN_S * S,
                                  .failsafe_fed = true };
        (void)snprintf(c->loads[i].id, sizeof c->loads[i].id, "%s", rows[i].id);
    }
    c->loads[OHM_HOUSE_HEATING].shed_max_ms = 30 * M; /* comfort: half an hour at most */
    c->loads[OHM_HOUSE_HEATING].rest_min_ms = 20 * M;
    assert_false(ohm_failed(ohm_engine_config_check(c)));
}

static void on_report(void *ctx, const ohm_board *board, const ohm_relay_report *report)
{
    day *d = ctx;
    (void)board;
    if (report->channel >= LOADS)
        return;
    d->reported[report->channel] = true;
    d->reports[report->channel] = *report;
}

static void open_board(day *d)
{
    ohm_board_config config = { .driver = ohm_board_driver_find("sim"), .channels_count = 8 };
    for (int i = 0; i < 8; i++)
        config.channels[i] = (ohm_relay_channel){ .contact = OHM_CONTACT_NC,
                                                  .load = (int16_t)(i < LOADS ? i : -1),
                                                  .failsafe_fed = true };
    assert_false(ohm_failed(ohm_board_new(&config, on_report, d, &d->board)));
}

/* --- the step, recorded ------------------------------------------------------------------- */

static void save(day *d)
{
    ohm_code code = ohm_engine_snapshot(d->engine, OHM_SNAPSHOT_START, d->saved, sizeof d->saved,
                                        &d->saved_len);
    assert_int_equal(code, OHM_OK);
}

static void keep_actions(tape *t, const ohm_actions *actions)
{
    for (uint16_t i = 0; i < actions->count; i++) {
        uint8_t bytes[OHM_ACTION_BYTES_MAX];
        size_t len = 0;
        assert_int_equal(ohm_action_encode(&actions->items[i], bytes, sizeof bytes, &len), OHM_OK);
        keep(t, bytes, len);
    }
}

static void step(day *d, ohm_event event)
{
    uint8_t bytes[OHM_EVENT_BYTES_MAX];
    size_t len = 0;
    event.mono = d->mono;
    event.utc_ms = d->true_ms + d->clock_off_ms;
    assert_int_equal(ohm_event_encode(&event, bytes, sizeof bytes, &len), OHM_OK);
    keep(&d->events, bytes, len);
    ohm_engine_step(d->engine, &event, &d->actions);
    watch_step(&d->watch, d->engine, &event, &d->actions);
    keep_actions(&d->made, &d->actions);
    for (uint16_t i = 0; i < d->actions.count; i++) {
        const ohm_action *action = &d->actions.items[i];
        if (action->notice == OHM_NOTICE_NONE && action->decision.switches)
            ohm_board_want(d->board, (uint8_t)action->decision.load, action->decision.fed, d->mono);
    }
    if (d->actions.count > 0)
        save(d);
}

static void start(day *d)
{
    ohm_boot boot = { .boot_id = 1, .clock_set = d->clock_set, .outputs_count = LOADS };
    for (uint8_t i = 0; i < LOADS; i++)
        boot.outputs[i] = (ohm_boot_output){ true, ohm_board_fed(d->board, i), H, 0 };
    save(d);
    keep(&d->events, d->saved, d->saved_len);
    step(d, (ohm_event){ .kind = OHM_EVENT_START, .boot = &boot });
}

static void read_meter(day *d)
{
    const ohm_house *h = &d->house;
    ohm_frame frame = { .count = 3, .time_ms = d->true_ms + d->clock_off_ms };
    double power_w = h->phase_w[0] + h->phase_w[1] + h->phase_w[2];
    frame.values[0] = (ohm_value){ OHM_Q_ENERGY_IMPORT, 0, ohm_house_wh(h->import_mj) };
    frame.values[1] = (ohm_value){ OHM_Q_ENERGY_EXPORT, 0, ohm_house_wh(h->export_mj) };
    frame.values[2] = (ohm_value){ OHM_Q_POWER_IMPORT, 0, (int64_t)(power_w > 0 ? power_w : 0) };
    step(d, (ohm_event){ .kind = OHM_EVENT_FRAME, .frame = &frame });
}

static void ask_the_grid(day *d)
{
    ohm_signal_set set;
    memset(&set, 0, sizeof set);
    ohm_house_ecowatt(d->seed, &d->config.tz, d->start_ms, d->true_ms, &set);
    step(d, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = &set });
}

static void hear_the_board(day *d)
{
    (void)ohm_board_tick(d->board, d->mono);
    for (uint16_t i = 0; i < LOADS; i++) {
        if (!d->reported[i])
            continue;
        d->reported[i] = false;
        ohm_event event = { .kind = OHM_EVENT_OUTPUT };
        event.output.load = i;
        event.output.state = d->reports[i].state;
        event.output.fed = !d->reports[i].coil; /* NC contacts */
        step(d, event);
    }
}

/* --- trouble ------------------------------------------------------------------------------ */

static bool meter_silent(const day *d, int64_t s)
{
    bool noon = s >= 12 * 3600 && s < 12 * 3600 + 1200;
    bool at_22 = s >= 22 * 3600 - 600 && s < 22 * 3600 + 600; /* the price changes meanwhile */
    return d->trouble == TROUBLE_METER && (noon || at_22);
}

/* kill -9: what the process knew is gone, what it saved and the board are not. */
static void crash(day *d)
{
    memset(d->engine, 0xa5, ohm_engine_size());
    ohm_err err = ohm_engine_restore(d->engine, ohm_span_of(d->saved, d->saved_len));
    assert_false(ohm_failed(err));
    d->watch.next_seq = 0;
    d->mono.v += 7 * S;
    d->true_ms += 7 * S;
    start(d);
    ask_the_grid(d);
}

static void jump(day *d, int64_t ms, bool set)
{
    d->clock_off_ms += ms;
    d->clock_set = set;
    ohm_event event = { .kind = OHM_EVENT_CLOCK };
    event.clock.set = set;
    event.clock.jump_ms = ms;
    step(d, event);
}

static void make_trouble(day *d, int64_t s)
{
    if (d->trouble == TROUBLE_CRASH && s % 4001 == 4000)
        crash(d);
    if (d->trouble != TROUBLE_CLOCK)
        return;
    if (s == 8 * 3600)
        jump(d, H, true);
    if (s == 8 * 3600 + 1800)
        jump(d, -H, true);
    if (s == 15 * 3600)
        jump(d, 0, false);
    if (s == 16 * 3600)
        jump(d, 0, true);
}

/* --- the day ------------------------------------------------------------------------------ */

/* Every load whose threshold is reached is off, once its minimum on time let it. */
static void look_at_the_loads(day *d, int64_t *tense_since)
{
    ohm_ms utc_ms = d->true_ms + d->clock_off_ms;
    int level = ohm_engine_ecowatt_level_of(d->engine, utc_ms);
    for (uint8_t i = 0; i < LOADS; i++) {
        bool tense = level >= d->config.loads[i].ecowatt_threshold && d->clock_set &&
                     !ohm_engine_is_starting(d->engine);
        tense_since[i] = !tense ? -1 : tense_since[i] < 0 ? d->mono.v : tense_since[i];
        bool must = tense && d->mono.v - tense_since[i] > (ON_MIN_S + 5) * S &&
                    d->config.loads[i].shed_max_ms == 0;
        bool off = !ohm_board_fed(d->board, i);
        d->shed_s[i] += off;
        d->tense_s[i] += must;
        if (must && !off)
            fail_msg("seed %llu: %s is fed in a tense hour", (unsigned long long)d->seed,
                     d->config.loads[i].id);
    }
}

static void live(day *d, ohm_ms end_ms)
{
    bool fed[LOADS];
    int64_t tense_since[LOADS] = { -1, -1, -1, -1 };
    for (int64_t s = 0; d->true_ms < end_ms; s++) {
        d->mono.v += S;
        d->true_ms += S;
        for (uint8_t i = 0; i < LOADS; i++)
            fed[i] = ohm_board_fed(d->board, i);
        ohm_house_step(&d->house, &d->config.tz, d->true_ms, fed);
        if (s % FRAME_EVERY_S == 0 && !meter_silent(d, s))
            read_meter(d);
        if (s % 900 == 0)
            ask_the_grid(d);
        step(d, (ohm_event){ .kind = OHM_EVENT_TICK });
        hear_the_board(d);
        make_trouble(d, s);
        if (s % SAVE_EVERY_S == 0)
            save(d);
        look_at_the_loads(d, tense_since);
    }
}

/* What was recorded, run again from the snapshots and the bytes alone. */
static void replay(const day *d)
{
    static ohm_event_box box;
    static ohm_actions actions;
    tape again = { 0 };
    size_t at = 0;
    ohm_snapshot_kind kind;
    ohm_engine *engine = malloc(ohm_engine_size());
    assert_non_null(engine);
    for (ohm_span record = play(&d->events, &at); record.len; record = play(&d->events, &at)) {
        if (ohm_snapshot_is(record, &kind)) {
            assert_false(ohm_failed(ohm_engine_restore(engine, record)));
            continue;
        }
        assert_false(ohm_failed(ohm_event_decode(record, &box)));
        assert_int_equal(ohm_engine_accepts(engine, &box.event), OHM_OK);
        ohm_engine_step(engine, &box.event, &actions);
        keep_actions(&again, &actions);
    }
    assert_int_equal(again.len, d->made.len);
    assert_memory_equal(again.bytes, d->made.bytes, again.len);
    free(again.bytes);
    free(engine);
}

/* The engine's day against the house's own registers, in its two rates. */
static void compare_the_day(const day *d, const ohm_house *midnight)
{
    const ohm_engine_today *t = ohm_engine_today_of(d->engine);
    int64_t import_wh = ohm_house_wh(d->house.import_mj) - ohm_house_wh(midnight->import_mj);
    double peak_wh = (double)(d->house.import_t1_mj - midnight->import_t1_mj) / 3600000.0;
    double off_peak_wh = (double)(d->house.import_t2_mj - midnight->import_t2_mj) / 3600000.0;
    double cost_ueur = peak_wh * 206.5 + off_peak_wh * 157.9;
    double off_ueur = (double)t->cost_ueur - cost_ueur;
    if (d->trouble == TROUBLE_CLOCK)
        return; /* an hour counted at another hour's price: honest, but not the house's */
    assert_true(t->known && t->complete && t->has_cost);
    assert_in_range(t->import_wh, import_wh - 60, import_wh + 60); /* ten seconds at the borders */
    double most_ueur = d->trouble == TROUBLE_METER ? 300000.0 : 20000.0;
    if (off_ueur > most_ueur || off_ueur < -most_ueur)
        fail_msg("seed %llu: the day cost %.0f uEUR, not %lld", (unsigned long long)d->seed,
                 cost_ueur, (long long)t->cost_ueur);
}

static void a_day(uint64_t seed, ohm_date date, trouble kind)
{
    static day d;
    static ohm_house midnight;
    memset(&d, 0, sizeof d);
    d.seed = seed;
    d.trouble = kind;
    configure(&d.config);
    ohm_interval span = ohm_date_interval(&d.config.tz, date);
    d.start_ms = span.from_ms - 2 * M; /* a reading or two of yesterday */
    d.true_ms = d.start_ms;
    d.mono.v = H;
    d.clock_set = true;
    d.engine = malloc(ohm_engine_size());
    assert_non_null(d.engine);
    ohm_engine_init(d.engine, &d.config);
    watch_init(&d.watch, &d.config, seed);
    d.watch.step_ms_max = kind == TROUBLE_CRASH ? 8 * S : S;
    ohm_house_init(&d.house, seed, d.start_ms);
    open_board(&d);

    start(&d);
    live(&d, span.from_ms);
    midnight = d.house;
    live(&d, span.to_ms - S);
    compare_the_day(&d, &midnight);
    for (int i = 0; i < LOADS; i++) {
        assert_true(d.shed_s[i] > 0);
        assert_true(d.watch.loads[i].sheds > 0 && d.watch.loads[i].restores > 0);
        assert_int_equal(ohm_board_operations(d.board, (uint8_t)i),
                         d.watch.loads[i].sheds + d.watch.loads[i].restores);
    }
    assert_true(d.tense_s[OHM_HOUSE_WATER_HEATER] > 1000);
    replay(&d);
    ohm_board_free(d.board);
    free(d.engine);
    free(d.events.bytes);
    free(d.made.bytes);
}

static const ohm_date ordinary = { 2026, 11, 22 }, spring = { 2026, 3, 29 },
                      autumn = { 2026, 10, 25 };

static void an_ordinary_day(void **state)
{
    (void)state;
    a_day(1, ordinary, TROUBLE_NONE);
}

static void a_day_of_23_hours(void **state)
{
    (void)state;
    a_day(2, spring, TROUBLE_NONE);
}

static void a_day_of_25_hours(void **state)
{
    (void)state;
    a_day(3, autumn, TROUBLE_NONE);
}

static void a_day_with_a_silent_meter(void **state)
{
    (void)state;
    a_day(4, ordinary, TROUBLE_METER);
}

static void a_day_of_crashes(void **state)
{
    (void)state;
    a_day(5, autumn, TROUBLE_CRASH);
}

static void a_day_of_jumping_clocks(void **state)
{
    (void)state;
    a_day(6, spring, TROUBLE_CLOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordinary_day),   cmocka_unit_test(a_day_of_23_hours),
        cmocka_unit_test(a_day_of_25_hours), cmocka_unit_test(a_day_with_a_silent_meter),
        cmocka_unit_test(a_day_of_crashes),  cmocka_unit_test(a_day_of_jumping_clocks),
    };
    const struct CMUnitTest troubled[] = {
        cmocka_unit_test(a_day_with_a_silent_meter),
        cmocka_unit_test(a_day_of_crashes),
        cmocka_unit_test(a_day_of_jumping_clocks),
    };
    return getenv("OHM_SANITIZED") ? cmocka_run_group_tests(troubled, NULL, NULL)
                                   : cmocka_run_group_tests(tests, NULL, NULL);
}
