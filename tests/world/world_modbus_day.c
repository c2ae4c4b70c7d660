/* A workshop of 60 Modbus devices for a day of simulated time: thirty on a serial line of 9600
 * baud, twenty behind a gateway that carries serial frames inside TCP, ten over Modbus TCP, of many
 * profiles. The lines damage an answer now and then; some devices are slow, noisy, dead, or later
 * than they are waited for, and one describes itself. Everybody alive is read all day, at its pace;
 * what is read is what the house did; the dead cost little. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../modbus_world.h"
#include "meter/poll_queue.h"

enum {
    LINES = 3,
    DEVICES = 60,
    SERIAL = 30,
    TUNNEL = 20,
    EVERY_MS = 60000,
    DAY_MS = 86400000,
    DEAD_EVERY = 12,
    SHARE_MAX = 40,
    LATE = 1, /* on either serial line: answers when it was asked a second time already */
    LATE_MS = 1300,
};

static const char *const on_serial[] = { "sdm630", "sdm120", "iem3155", "em24", "umg" };
static const char *const on_tcp[] = { "pm5000", "shelly-3em", "huawei-meter", "victron-grid" };

typedef struct device {
    ohm_modbus_poll poll;
    ohm_poll_slot slot;
    int share; /* percent of the house */
    int good, failed;
    int64_t last_wh, last_read_ms, longest_ms;
} device;

typedef struct site {
    int first, count;
    const ohm_poller *poller;
    ohm_sim_modbus bus;
    mb_line line;
    ohm_modbus_work work; /* lent to all */
    ohm_house house;
    int64_t busy_ms;
} site;

static ohm_modbus_profiles *profiles;
static ohm_sim_modbus_device sims[DEVICES];
static device devices[DEVICES];
static const ohm_poll_slot *slots[DEVICES];
static ohm_tz utc;

static bool is_dead(int i)
{
    return i % DEAD_EVERY == DEAD_EVERY - 1;
}

static const char *profile_of(int i)
{
    return i < SERIAL + TUNNEL ? on_serial[i % 5] : on_tcp[i % 4];
}

static void set_up_device(int i, site *s)
{
    char address[] = { (char)('0' + (i + 1) / 10), (char)('0' + (i + 1) % 10), 0 };
    const ohm_protocol_config config = {
        .modbus = profiles, .profile = profile_of(i), .address = address, .baud = s->line.baud
    };
    ohm_sim_modbus_device *sim = &sims[i];
    sim->profile = ohm_modbus_profiles_find(profiles, profile_of(i));
    assert_non_null(sim->profile);
    sim->unit = (uint8_t)(i + 1);
    sim->slow_ms = i % 10 == 3 ? 400 : i < SERIAL + TUNNEL && i % SERIAL == LATE ? LATE_MS : 15;
    sim->strict = i % 7 == 2;
    sim->fault = is_dead(i)    ? OHM_SIM_MODBUS_DEAD
                 : i % 10 == 6 ? OHM_SIM_MODBUS_NOISY
                               : OHM_SIM_MODBUS_GOOD;
    device *d = &devices[i];
    d->share = 1 + i % SHARE_MAX;
    assert_false(ohm_failed(s->poller->init(&d->poll, &config)));
    s->poller->lend(&d->poll, &s->work); /* one for all of the line, as a port has it */
    ohm_poll_slot_init(&d->slot, EVERY_MS, (ohm_mono_ms){ 0 });
    slots[i] = &d->slot;
}

static void set_up(site *s, int first, int count, ohm_modbus_framing framing, uint32_t baud,
                   const ohm_poller *poller)
{
    *s = (site){ .first = first, .count = count, .poller = poller };
    ohm_sim_modbus_init(&s->bus, framing, &sims[first], (size_t)count);
    s->line = (mb_line){ .bus = &s->bus, .baud = baud, .seed = (uint32_t)(60 + first) };
    s->line.loss = framing == OHM_MODBUS_RTU ? 5 : 0;
    ohm_house_init(&s->house, 60, 0);
    for (int i = first; i < first + count; i++)
        set_up_device(i, s);
}

/* What was read against what its meter showed. */
static void check(device *d, const ohm_sim_modbus_device *sim)
{
    for (size_t i = 0; i < d->poll.profile->points_count; i++) {
        ohm_quantity_id id = (ohm_quantity_id)d->poll.profile->points[i].quantity;
        ohm_modbus_value v;
        int64_t got = 0, shown = 0;
        if (id == OHM_Q_NONE || !sim->values[id].has)
            continue;
        ohm_modbus_report_value(&d->poll.report, i, &v);
        assert_int_equal(v.kind, OHM_MODBUS_NUMBER);
        assert_int_equal(ohm_quantity_quantise(id, v.number.mantissa, v.number.exponent, &got),
                         OHM_OK);
        assert_int_equal(ohm_quantity_quantise(id, sim->values[id].value.mantissa,
                                               sim->values[id].value.exponent, &shown),
                         OHM_OK);
        /* Some registers count tenths of kWh, tenths of amperes, or have 24 bits. */
        int64_t coarse = 100 + (shown < 0 ? -shown : shown) / 1000000;
        assert_true(got >= shown - coarse && got <= shown + coarse);
        if (id != OHM_Q_ENERGY_IMPORT)
            continue;
        assert_true(got >= d->last_wh);
        d->last_wh = got;
    }
}

static void ask(site *s, int i)
{
    static const bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    device *d = &devices[i];
    ohm_house_step(&s->house, &utc, s->line.now_ms, fed);
    ohm_sim_modbus_house(&sims[i], &s->house, d->share);
    bool good =
        mb_converse(&s->line, s->poller, &d->poll, d->slot.failures > 0).verdict == OHM_POLL_DONE;
    ohm_poll_ended(&d->slot, good, (ohm_mono_ms){ s->line.now_ms });
    d->good += good;
    d->failed += !good;
    if (!good)
        return;
    check(d, &sims[i]);
    int64_t since_ms = s->line.now_ms - d->last_read_ms;
    d->longest_ms = since_ms > d->longest_ms ? since_ms : d->longest_ms;
    d->last_read_ms = s->line.now_ms;
}

static void live_a_day(site *s)
{
    bool after_dead = false;
    while (s->line.now_ms < DAY_MS) {
        int64_t wait_ms = 0, before_ms = s->line.now_ms;
        int i = ohm_poll_pick(slots + s->first, (size_t)s->count, after_dead,
                              (ohm_mono_ms){ before_ms }, &wait_ms);
        if (i < 0) {
            s->line.now_ms += wait_ms > 0 ? wait_ms : 1;
            continue;
        }
        ask(s, s->first + i);
        after_dead = devices[s->first + i].slot.failures > 0;
        s->busy_ms += s->line.now_ms - before_ms;
    }
}

static void a_day(void **state)
{
    enum { ROUNDS = DAY_MS / EVERY_MS };
    static site sites[LINES];
    (void)state;
    set_up(&sites[0], 0, SERIAL, OHM_MODBUS_RTU, 9600, &ohm_poller_modbus);
    set_up(&sites[1], SERIAL, TUNNEL, OHM_MODBUS_RTU, 0, &ohm_poller_modbus_rtu);
    set_up(&sites[2], SERIAL + TUNNEL, DEVICES - SERIAL - TUNNEL, OHM_MODBUS_TCP, 0,
           &ohm_poller_modbus);
    for (int l = 0; l < LINES; l++) {
        live_a_day(&sites[l]);
        assert_true(sites[l].busy_ms < DAY_MS * 3 / 4);
    }
    for (int i = 0; i < DEVICES; i++) {
        const device *d = &devices[i];
        if (is_dead(i)) {
            assert_int_equal(d->good, 0);
            assert_true(d->failed <= DAY_MS / OHM_POLL_REST_MS_MAX + 20);
            continue;
        }
        assert_true(d->good >= ROUNDS * 95 / 100);
        assert_true(d->longest_ms <= 4 * EVERY_MS);
        assert_true(d->last_wh > 0 || !strcmp(profile_of(i), "victron-grid"));
    }
}

static int load(void **state)
{
    ohm_profile_fault fault;
    (void)state;
    return ohm_modbus_profiles_load(NULL, &profiles, &fault) == OHM_OK ? 0 : 1;
}

static int unload(void **state)
{
    (void)state;
    for (int i = 0; i < DEVICES; i++)
        ohm_poller_modbus.release(&devices[i].poll);
    ohm_modbus_profiles_free(profiles);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_day) };
    return cmocka_run_group_tests(tests, load, unload);
}
