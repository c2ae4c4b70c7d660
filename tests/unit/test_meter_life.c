/* The push driver over time: restarts, other meters, lines that vanish, the end of a file, wrong
 * configurations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../meter_world.h"

/* What an earlier run accepted is refused by the next one, even if the first one crashed. */
static void replays_across_a_restart(void **state)
{
    (void)state;
    uint8_t old[OHM_E450_PUSH_MAX], saved[512];
    size_t old_len = 0, saved_len = 0;
    for (int run = 0; run < 2; run++) {
        world *w = begin();
        set_keys(w);
        w->house.time_ms += OHM_E450_PERIOD_MS;
        if (run == 1) {
            memcpy(w->saved, saved, saved_len);
            w->saved_len = saved_len;
        }
        open_line(w, OHM_SIM_PTY);
        start_meter(w);
        wait_until_read(w);
        if (run == 0) {
            ohm_span bytes = push(w);
            memcpy(old, bytes.ptr, bytes.len);
            old_len = bytes.len;
            send_bytes(w, bytes);
            wait_frames(w, 1);
            for (int i = 2; i <= 5; i++) {
                send_bytes(w, push(w));
                wait_frames(w, i);
            }
            assert_int_equal(w->saves, 1); /* ahead of them all */
            assert_int_equal(w->trusted, 1);
            memcpy(saved, w->saved, w->saved_len); /* as the crash leaves it */
            saved_len = w->saved_len;
            send_bytes(w, bytes);
            while (w->rejects < 1)
                turn(w);
            assert_int_equal(w->frames, 5);
        } else {
            send_bytes(w, ohm_span_of(old, old_len));
            while (w->rejects < 1)
                turn(w);
            assert_int_equal(w->frames, 0);
            assert_int_equal(ohm_meter_status_of(w->meter)->counters.replays, 1);
            w->e450.counter += 100;
            send_bytes(w, push(w));
            wait_frames(w, 1);
        }
        end(w);
    }
}

/* Who proves the key first is the meter; the same key from another is not enough, over restarts. */
static void another_meter_with_the_same_key(void **state)
{
    (void)state;
    uint8_t saved[512];
    size_t saved_len = 0;
    for (int run = 0; run < 2; run++) {
        world *w = begin();
        set_keys(w);
        w->config.pin_first_title = true;
        memcpy(w->saved, saved, saved_len);
        w->saved_len = saved_len;
        w->house.time_ms += OHM_E450_PERIOD_MS;
        w->e450.counter += 1000 * (uint32_t)run;
        open_line(w, OHM_SIM_PTY);
        start_meter(w);
        wait_until_read(w);
        if (run == 0) {
            send_bytes(w, push(w));
            wait_frames(w, 1);
        }
        w->e450.title[7]++;
        send_bytes(w, push(w));
        while (w->rejects < 1)
            turn(w);
        assert_int_equal(w->frames, 1 - run);
        if (run == 1) {
            while (state_of(w) != OHM_METER_OTHER_METER)
                turn(w);
            w->e450.title[7]--;
            send_bytes(w, push(w));
            wait_frames(w, 1);
            assert_int_equal(state_of(w), OHM_METER_OK);
        }
        memcpy(saved, w->saved, w->saved_len);
        saved_len = w->saved_len;
        end(w);
    }
}

static void damaged_counters_are_not_ignored(void **state)
{
    (void)state;
    world *w = begin();
    const ohm_meter_hooks hooks = {
        .on_frame = on_frame, .on_status = on_status, .save = on_save, .utc_now = utc_now, .ctx = w
    };
    open_line(w, OHM_SIM_PTY);
    ohm_err err =
        ohm_meter_start(&w->loop, &w->config, &hooks, (const uint8_t *)"junk", 4, &w->meter);
    assert_int_equal(err.code, OHM_BAD_FORMAT);
    end(w);
}

/* The adapter is pulled out, comes back as another pseudo-terminal under the same name. */
static void a_port_that_vanishes(void **state)
{
    (void)state;
    world *w = begin();
    char folder[] = "/tmp/ohm-meter-XXXXXX", name[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(name, sizeof name, "%s/meter", folder);
    for (int round = 1; round <= 2; round++) {
        open_line(w, OHM_SIM_PTY);
        assert_int_equal(symlink(strchr(ohm_sim_end_address(w->end), '/'), name), 0);
        if (round == 1) {
            (void)snprintf(w->config.address, sizeof w->config.address, "serial:%s", name);
            start_meter(w);
        }
        int before = w->frames;
        while (w->frames == before) { /* until it is open again */
            send_bytes(w, push(w));
            turn(w);
        }
        assert_int_equal(state_of(w), OHM_METER_OK);
        assert_int_equal(unlink(name), 0);
        ohm_sim_end_close(w->end);
        w->end = NULL;
        while (state_of(w) != OHM_METER_UNREACHABLE)
            turn(w);
    }
    assert_int_equal(ohm_meter_status_of(w->meter)->counters.reconnects, 2);
    end(w);
    assert_int_equal(rmdir(folder), 0);
}

/* What a broken connection cut off is no part of what comes by the next one. */
static void a_push_cut_by_the_line(void **state)
{
    (void)state;
    world *w = begin();
    w->house.time_ms += OHM_E450_PERIOD_MS;
    open_line(w, OHM_SIM_TCP);
    start_meter(w);
    wait_until_read(w);
    uint64_t before = ohm_meter_status_of(w->meter)->counters.bytes;
    send_bytes(w, ohm_span_part(push(w), 0, 100));
    while (ohm_meter_status_of(w->meter)->counters.bytes < before + 100)
        turn(w);
    ohm_sim_end_drop(w->end);
    while (w->downs < 1)
        turn(w);
    while (w->frames == 0) { /* until it is connected again */
        send_bytes(w, push(w));
        turn(w);
    }
    assert_int_equal(ohm_meter_status_of(w->meter)->counters.bad_fcs, 0);
    assert_int_equal(w->rejects, 0);
    end(w);
}

static void a_file_to_its_end(void **state)
{
    (void)state;
    world *w = begin();
    char path[] = "/tmp/ohm-meter-file-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (int i = 0; i < 3; i++) {
        ohm_span bytes = push(w);
        assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    }
    ohm_span cut = push(w);
    assert_int_equal(write(fd, cut.ptr, 100), 100);
    assert_int_equal(close(fd), 0);
    (void)snprintf(w->config.address, sizeof w->config.address, "file:%s", path);
    start_meter(w);
    while (w->ends < 1)
        turn(w);
    assert_int_equal(w->frames, 6);
    assert_int_equal(w->rejects, 1); /* what the end cut off */
    end(w);
    assert_int_equal(unlink(path), 0);
}

static void stopping_from_a_frame(void **state)
{
    (void)state;
    world *w = begin();
    w->stop_on_frame = true;
    open_line(w, OHM_SIM_PTY);
    start_meter(w);
    wait_until_read(w);
    send_bytes(w, push(w));
    wait_frames(w, 1);
    for (int i = 0; i < 5; i++)
        turn(w);
    assert_int_equal(w->frames, 1);
    end(w);
}

static void wrong_configurations(void **state)
{
    (void)state;
    static const struct {
        const char *why, *address, *framing, *protocol, *profile, *zone;
        uint8_t key_len;
    } rows[] = {
        { "address", "ttyUSB0", "8E1", "dlms", "", NULL, 0 },
        { "framing", "/dev/ttyUSB0", "8X1", "dlms", "", NULL, 0 },
        { "protocol", "/dev/ttyUSB0", "8E1", "morse", "", NULL, 0 },
        { "profile", "/dev/ttyUSB0", "8E1", "dlms", "no-such", NULL, 0 },
        { "SML has no profiles", "/dev/ttyUSB0", "8N1", "sml", "lg-e450", NULL, 0 },
        { "SML has no keys", "/dev/ttyUSB0", "8N1", "sml", "", NULL, 16 },
        { "zone", "/dev/ttyUSB0", "8E1", "dlms", "", "Europe/Nowhere", 0 },
        { "key", "/dev/ttyUSB0", "8E1", "dlms", "", NULL, 8 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        world *w = begin();
        const ohm_meter_hooks hooks = { .on_frame = on_frame,
                                        .on_status = on_status,
                                        .save = on_save,
                                        .utc_now = utc_now,
                                        .ctx = w };
        (void)snprintf(w->config.address, sizeof w->config.address, "%s", rows[i].address);
        (void)snprintf(w->config.framing, sizeof w->config.framing, "%s", rows[i].framing);
        (void)snprintf(w->config.protocol, sizeof w->config.protocol, "%s", rows[i].protocol);
        (void)snprintf(w->config.profile, sizeof w->config.profile, "%s", rows[i].profile);
        w->config.timezone = rows[i].zone;
        w->config.key_len = rows[i].key_len;
        ohm_err err = ohm_meter_start(&w->loop, &w->config, &hooks, NULL, 0, &w->meter);
        if (!ohm_failed(err))
            fail_msg("%s is accepted", rows[i].why);
        end(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replays_across_a_restart),
        cmocka_unit_test(another_meter_with_the_same_key),
        cmocka_unit_test(damaged_counters_are_not_ignored),
        cmocka_unit_test(a_port_that_vanishes),
        cmocka_unit_test(a_push_cut_by_the_line),
        cmocka_unit_test(a_file_to_its_end),
        cmocka_unit_test(stopping_from_a_frame),
        cmocka_unit_test(wrong_configurations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
