#include "sim/live.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>
#include <uv.h>

/* 2026-11-20T00:00:00Z, and a machine without a clock. */
static const ohm_ms friday_ms = 1795132800000;
static const ohm_ms unset_ms = INT64_C(5) * 24 * OHM_HOUR_MS;

static ohm_ms clock_ms;

static ohm_ms now(void *ctx)
{
    (void)ctx;
    return clock_ms;
}

typedef struct bench {
    uv_loop_t loop;
    ohm_tz tz;
    ohm_sim_live *live;
} bench;

static void start(bench *b, ohm_ms from_ms)
{
    ohm_house house;
    ohm_e450 meter;
    ohm_tz_utc(&b->tz);
    ohm_house_init(&house, 7, from_ms);
    ohm_e450_init(&meter);
    clock_ms = from_ms;
    const ohm_sim_live_options options = {
        .house = &house, .meter = &meter, .tz = &b->tz, .line = OHM_SIM_PTY, .utc_now = now
    };
    assert_int_equal(uv_loop_init(&b->loop), 0);
    assert_int_equal(ohm_sim_live_start(&b->loop, &options, &b->live).code, OHM_OK);
}

/* A Linky instead of the E450: its frames go out at the pace of its mode, and are whole. */
static void start_linky(bench *b, ohm_tic_mode mode)
{
    ohm_house house;
    ohm_linky linky;
    ohm_tz_utc(&b->tz);
    ohm_house_init(&house, 7, friday_ms);
    ohm_linky_init(&linky);
    linky.mode = mode;
    clock_ms = friday_ms;
    const ohm_sim_live_options options = {
        .house = &house, .linky = &linky, .tz = &b->tz, .line = OHM_SIM_PTY, .utc_now = now
    };
    assert_int_equal(uv_loop_init(&b->loop), 0);
    assert_int_equal(ohm_sim_live_start(&b->loop, &options, &b->live).code, OHM_OK);
}

static void stop(bench *b)
{
    ohm_sim_live_stop(b->live);
    (void)uv_run(&b->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&b->loop), 0);
}

static int64_t lived_mj(bench *b, ohm_ms to_ms)
{
    int64_t before_mj = ohm_sim_live_house(b->live)->import_mj;
    clock_ms = to_ms;
    ohm_sim_live_feed(b->live, OHM_HOUSE_WATER_HEATER, true);
    return ohm_sim_live_house(b->live)->import_mj - before_mj;
}

static void hours_are_lived(void **state)
{
    (void)state;
    bench b;
    start(&b, friday_ms);
    assert_true(lived_mj(&b, friday_ms + 5 * OHM_HOUR_MS) > 0);
    assert_int_equal(ohm_sim_live_house(b.live)->time_ms, friday_ms + 5 * OHM_HOUR_MS);
    stop(&b);
}

/* A clock that gets set after a start in 1970: the loop must not stand still for 56 years. */
static void a_leap_of_the_clock_is_not_lived_through(void **state)
{
    (void)state;
    bench b;
    start(&b, unset_ms);
    assert_int_equal(lived_mj(&b, friday_ms), 0);
    assert_int_equal(ohm_sim_live_house(b.live)->time_ms, friday_ms);
    assert_true(lived_mj(&b, friday_ms + OHM_HOUR_MS) > 0);
    stop(&b);
}

/* Put back: it waits, and nothing shrinks. */
static void a_clock_that_is_put_back_stops_the_house(void **state)
{
    (void)state;
    bench b;
    start(&b, friday_ms);
    assert_int_equal(lived_mj(&b, friday_ms - OHM_HOUR_MS), 0);
    assert_int_equal(ohm_sim_live_house(b.live)->time_ms, friday_ms);
    stop(&b);
}

static void a_linky_lives(void **state)
{
    (void)state;
    for (int standard = 0; standard < 2; standard++) {
        bench b;
        uint8_t bytes[4096];
        size_t len = 0;
        start_linky(&b, standard ? OHM_TIC_STANDARD : OHM_TIC_HISTORIC);
        const char *address = ohm_sim_live_address(b.live);
        assert_true(!strncmp(address, "serial:", 7));
        int fd = open(address + 7, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        assert_true(fd >= 0);
        struct termios raw;
        assert_int_equal(tcgetattr(fd, &raw), 0);
        cfmakeraw(&raw);
        assert_int_equal(tcsetattr(fd, TCSANOW, &raw), 0);
        (void)lived_mj(&b, friday_ms + 60000);
        while (len == 0 || bytes[len - 1] != 3) {
            ssize_t got = read(fd, bytes + len, sizeof bytes - len);
            assert_true(got > 0 || errno == EAGAIN);
            len += got > 0 ? (size_t)got : 0;
            (void)uv_run(&b.loop, UV_RUN_NOWAIT);
        }
        assert_true(len > 100);
        assert_int_equal(bytes[0], 2);
        assert_memory_equal(bytes + 2, standard ? "ADSC\t" : "ADCO ", 5);
        (void)close(fd);
        stop(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_are_lived),
        cmocka_unit_test(a_leap_of_the_clock_is_not_lived_through),
        cmocka_unit_test(a_clock_that_is_put_back_stops_the_house),
        cmocka_unit_test(a_linky_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
