/* A building of 250 M-Bus meters on one line of 2400 baud, for a day of simulated time: each is
 * asked every quarter of an hour, in the order of the port's queue, by primary and secondary
 * addresses, over a line that loses and damages bytes now and then. Some meters are slow, some
 * have several telegrams, some are dead. Everybody alive is read all day, at its pace; what is
 * read is what the meter counts; the dead cost little. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../mbus_lab.h"
#include "meter/poll_mbus.h"
#include "meter/poll_queue.h"
#include "wire/mbus_quantity.h"

enum {
    METERS = 250,
    BAUD = 2400,
    EVERY_MS = 900000,
    DAY_MS = 86400000,
    ROUNDS = DAY_MS / EVERY_MS,
    START_MS = 1000000000,
    DEAD_EVERY = 50,
    STATE_MAX = 8192,
};

typedef struct device {
    void *state;
    ohm_poll_slot slot;
    int good, failed, messages;
    int64_t last_value, last_read_ms, longest_ms;
} device;

typedef struct world {
    ohm_sim_mbus_meter meters[METERS];
    device devices[METERS];
    const ohm_poll_slot *slots[METERS];
    ohm_sim_mbus bus;
    mbus_lab lab;
    void *line; /* lent to all */
    int asked;  /* the device of the present conversation */
} world;

static bool is_dead(int i)
{
    return i % DEAD_EVERY == DEAD_EVERY - 1;
}

/* A register never goes down, and says what the meter counted at that time. */
static void on_message(void *ctx, const void *message)
{
    world *w = ctx;
    const ohm_mbus_message *m = message;
    const ohm_sim_mbus_meter *meter = &w->meters[w->asked];
    device *d = &w->devices[w->asked];
    if (m->body == OHM_MBUS_ALARM)
        return;
    d->messages++;
    assert_memory_equal(m->secondary, meter->identity, 8);
    for (size_t i = 0; i < m->records_count; i++) {
        ohm_quantity_id id = ohm_mbus_quantity(m, &m->records[i], NULL);
        int64_t value = 0;
        if (id != OHM_Q_ENERGY_IMPORT && id != OHM_Q_VOLUME && id != OHM_Q_HEAT_ENERGY)
            continue;
        assert_int_equal(ohm_mbus_quantise(&m->records[i], id, &value), OHM_OK);
        if (meter->kind == OHM_SIM_MBUS_HEAT && id == OHM_Q_VOLUME)
            continue;
        assert_true(value >= d->last_value);
        d->last_value = value;
        int64_t counted = ohm_sim_mbus_register(meter, w->bus.now_ms);
        int64_t litres = id == OHM_Q_VOLUME ? value / 10 : value;
        assert_in_range(litres, counted - 1500, counted); /* whole kWh are the coarsest */
    }
}

static void set_address(const ohm_sim_mbus_meter *m, bool secondary, char *out)
{
    ohm_mbus_target target = { .secondary = secondary, .primary = m->primary };
    memcpy(target.mask, m->identity, sizeof target.mask);
    out[ohm_mbus_target_write(&target, out)] = 0;
}

static world *build(void)
{
    world *w = calloc(1, sizeof *w);
    void *line = calloc(1, ohm_poller_mbus.work_size);
    assert_non_null(w);
    assert_true(ohm_poller_mbus.state_size <= STATE_MAX);
    w->line = line;
    assert_non_null(w->line);
    ohm_sim_mbus_init(&w->bus, w->meters, METERS);
    w->lab = (mbus_lab){ .bus = &w->bus,
                         .poller = &ohm_poller_mbus,
                         .baud = BAUD,
                         .flip = 1,
                         .lose = 1,
                         .drop = 2,
                         .seed = 250,
                         .now_ms = START_MS,
                         .on_message = on_message,
                         .ctx = w };
    for (int i = 0; i < METERS; i++) {
        char address[OHM_MBUS_TARGET_TEXT_MAX + 1];
        ohm_sim_mbus_meter *m = &w->meters[i];
        *m = ohm_sim_mbus_make((ohm_sim_mbus_kind)(i % 4), (uint8_t)(i + 1),
                               10000000u + (uint32_t)i * 31337u);
        m->dead = is_dead(i);
        m->telegrams = i % 20 == 7 ? 3 : 1;
        m->slow_ms = i % 10 == 3 ? 120 : 0;
        m->alarm = i % 30 == 11;
        device *d = &w->devices[i];
        d->state = calloc(1, ohm_poller_mbus.state_size);
        assert_non_null(d->state);
        set_address(m, i % 5 == 0, address);
        const ohm_protocol_config config = { .line = true, .baud = BAUD, .address = address };
        assert_int_equal(ohm_poller_mbus.init(d->state, &config).code, OHM_OK);
        ohm_poller_mbus.lend(d->state, w->line); /* one for all, as a port has it */
        ohm_poll_slot_init(&d->slot, EVERY_MS, (ohm_mono_ms){ START_MS });
        d->last_read_ms = START_MS;
        w->slots[i] = &d->slot;
    }
    return w;
}

static void ask(world *w, int i)
{
    device *d = &w->devices[i];
    w->asked = i;
    w->lab.state = d->state;
    bool good = lab_converse(&w->lab, d->slot.failures > 0).verdict == OHM_POLL_DONE;
    ohm_poll_ended(&d->slot, good, (ohm_mono_ms){ w->lab.now_ms });
    d->good += good;
    d->failed += !good;
    if (!good)
        return;
    int64_t since_ms = w->lab.now_ms - d->last_read_ms;
    d->longest_ms = since_ms > d->longest_ms ? since_ms : d->longest_ms;
    d->last_read_ms = w->lab.now_ms;
}

static void a_day(void **state)
{
    (void)state;
    world *w = build();
    bool after_dead = false;
    int64_t busy_ms = 0;
    while (w->lab.now_ms < START_MS + DAY_MS) {
        int64_t wait_ms = 0, before_ms = w->lab.now_ms;
        int i = ohm_poll_pick(w->slots, METERS, after_dead, (ohm_mono_ms){ before_ms }, &wait_ms);
        if (i < 0) {
            w->lab.now_ms += wait_ms > 0 ? wait_ms : 1;
            continue;
        }
        ask(w, i);
        after_dead = w->devices[i].slot.failures > 0;
        busy_ms += w->lab.now_ms - before_ms;
    }
    int good = 0, wanted = 0;
    for (int i = 0; i < METERS; i++) {
        const device *d = &w->devices[i];
        if (is_dead(i)) {
            assert_int_equal(d->messages, 0);
            assert_true(d->failed <= DAY_MS / OHM_POLL_REST_MS_MAX + 20);
            continue;
        }
        good += d->good;
        wanted += ROUNDS;
        assert_true(d->good >= ROUNDS * 9 / 10);
        assert_true(d->longest_ms <= 4 * EVERY_MS); /* a fifth of all answers is damaged */
        if (w->meters[i].telegrams == 3)
            assert_true(d->messages >= 3 * d->good);
    }
    assert_true(good >= wanted - wanted / 50);
    assert_true(busy_ms < DAY_MS / 2); /* twice as many would still fit on the line */
    for (int i = 0; i < METERS; i++) {
        ohm_poller_mbus.release(w->devices[i].state);
        free(w->devices[i].state);
    }
    free(w->line);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_day) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
