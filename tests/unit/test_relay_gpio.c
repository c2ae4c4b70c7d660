/* A board of GPIO lines against a stand-in for the kernel's calls, which keeps to linux/gpio.h:
 * what a line does is written down as the pin would show it. */
#include <errno.h>
#include <linux/gpio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "relay/board.h"
#include "relay/gpio_calls.h"

enum { S = 1000, LINES = 6, CHIP_FD = 100, LINE_FD = 200, PAST_MAX = 256 };

/* The pins; `high` is what a meter of volts shows. */
static struct {
    char name[16];
    bool output, high, used, stuck, active_low;
    bool requested; /* by us */
} lines[LINES];
static bool chip_there;
static int chips_open;
static char past[PAST_MAX]; /* "3H" = line 3 was driven high */

static void drive(unsigned line, bool high)
{
    size_t len = strlen(past);
    bool changes = !lines[line].output || lines[line].high != high;
    lines[line].output = true;
    if (lines[line].stuck)
        return;
    lines[line].high = high;
    if (changes)
        (void)snprintf(past + len, sizeof past - len, "%u%c", line, high ? 'H' : 'L');
}

static int fake_open(const char *path)
{
    assert_string_equal(path, "/dev/gpiochip3");
    if (!chip_there) {
        errno = ENOENT;
        return -1;
    }
    chips_open++;
    return CHIP_FD;
}

static void fake_close(int fd)
{
    if (fd == CHIP_FD) {
        chips_open--;
        return;
    }
    assert_in_range(fd, LINE_FD, LINE_FD + LINES - 1);
    assert_true(lines[fd - LINE_FD].requested);
    lines[fd - LINE_FD].requested = false; /* and the pin stays as it is, on this chip */
}

static void configure(unsigned line, const struct gpio_v2_line_config *c)
{
    const uint64_t known = GPIO_V2_LINE_FLAG_ACTIVE_LOW | GPIO_V2_LINE_FLAG_OUTPUT;
    assert_int_equal(c->flags & ~known, 0);
    lines[line].active_low = (c->flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW) != 0;
    if ((c->flags & GPIO_V2_LINE_FLAG_OUTPUT) == 0) {
        assert_int_equal(c->num_attrs, 0);
        return;
    }
    assert_int_equal(c->num_attrs, 1);
    assert_int_equal(c->attrs[0].attr.id, GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES);
    assert_int_equal(c->attrs[0].mask, 1);
    drive(line, (c->attrs[0].attr.values & 1) != lines[line].active_low);
}

static int on_chip(unsigned long request, void *argument)
{
    struct gpio_v2_line_info *info = argument;
    struct gpio_v2_line_request *asked = argument;
    switch (request) {
    case GPIO_GET_CHIPINFO_IOCTL:
        ((struct gpiochip_info *)argument)->lines = LINES;
        return 0;
    case GPIO_V2_GET_LINEINFO_IOCTL:
        assert_in_range(info->offset, 0, LINES - 1);
        (void)snprintf(info->name, sizeof info->name, "%s", lines[info->offset].name);
        info->flags =
            (lines[info->offset].output ? GPIO_V2_LINE_FLAG_OUTPUT : GPIO_V2_LINE_FLAG_INPUT) |
            (lines[info->offset].used ? GPIO_V2_LINE_FLAG_USED : 0);
        return 0;
    case GPIO_V2_GET_LINE_IOCTL:
        assert_int_equal(asked->num_lines, 1);
        assert_string_equal(asked->consumer, "ohmstead");
        assert_false(lines[asked->offsets[0]].requested);
        lines[asked->offsets[0]].requested = true;
        configure(asked->offsets[0], &asked->config);
        asked->fd = LINE_FD + (int)asked->offsets[0];
        return 0;
    default:
        fail_msg("request %lx", request);
        return -1;
    }
}

static int fake_control(int fd, unsigned long request, void *argument)
{
    static bool interrupted; /* every other call */
    unsigned line = (unsigned)(fd - LINE_FD);
    struct gpio_v2_line_values *values = argument;
    interrupted = !interrupted;
    if (interrupted || !chip_there) {
        errno = chip_there ? EINTR : ENODEV;
        return -1;
    }
    if (fd == CHIP_FD)
        return on_chip(request, argument);
    assert_true(lines[line].requested);
    if (request == GPIO_V2_LINE_SET_CONFIG_IOCTL) {
        configure(line, argument);
        return 0;
    }
    assert_int_equal(values->mask, 1);
    if (request == GPIO_V2_LINE_SET_VALUES_IOCTL) {
        assert_true(lines[line].output); /* EPERM */
        drive(line, (values->bits & 1) != lines[line].active_low);
    } else {
        assert_int_equal(request, GPIO_V2_LINE_GET_VALUES_IOCTL);
        values->bits = lines[line].high != lines[line].active_low;
    }
    return 0;
}

static const ohm_gpio_calls fake = { fake_open, fake_control, fake_close };

static ohm_relay_report last;

static void on_report(void *ctx, const ohm_board *board, const ohm_relay_report *report)
{
    (void)ctx;
    (void)board;
    last = *report;
}

static ohm_mono_ms at(int64_t s)
{
    return (ohm_mono_ms){ s * S };
}

static void begin(void)
{
    memset(lines, 0, sizeof lines);
    memcpy(lines[4].name, "RELAY_B", 8);
    memset(past, 0, sizeof past);
    chip_there = true;
    chips_open = 0;
}

/* Line 2 feeds load 0 by its NC contact, the line named RELAY_B load 1 by its NO contact. */
static ohm_board *new_board(bool active_low)
{
    const ohm_board_config config = {
        .id = "pi",
        .driver = ohm_board_driver_find("gpio"),
        .channels_count = 2,
        .channels = { { .contact = OHM_CONTACT_NC, .load = 0, .failsafe_fed = true },
                      { .contact = OHM_CONTACT_NO, .load = 1, .failsafe_fed = true } },
        .port = "gpiochip3",
        .names = { "2", "RELAY_B" },
        .active_low = active_low,
        .gpio = &fake,
    };
    ohm_board *board = NULL;
    assert_int_equal(ohm_board_new(&config, on_report, NULL, &board).code, OHM_OK);
    return board;
}

static void no_glitch_at_a_start(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        bool active_low, output, high[2];
        const char *past;
        bool coils[2];
    } rows[] = {
        { "inputs become outputs at their fail-safe value, at once",
          false,
          false,
          { 0, 0 },
          "2L4H",
          { false, true } },
        { "likewise where a low level energises", true, false, { 1, 1 }, "2H4L", { false, true } },
        { "outputs of an earlier run stay where they are",
          false,
          true,
          { 1, 0 },
          "",
          { true, false } },
        { "and say what that means where a low level energises",
          true,
          true,
          { 1, 0 },
          "",
          { false, true } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        lines[2].output = lines[4].output = rows[i].output;
        lines[2].high = rows[i].high[0];
        lines[4].high = rows[i].high[1];
        ohm_board *board = new_board(rows[i].active_low);
        if (strcmp(past, rows[i].past) != 0)
            fail_msg("%s: %s", rows[i].why, past);
        for (uint8_t c = 0; c < 2; c++) {
            assert_int_equal(ohm_board_state(board, c), OHM_OUTPUT_OK);
            assert_int_equal(ohm_board_coil(board, c), rows[i].coils[c]);
            ohm_board_want(board, c, ohm_board_fed(board, c), at(1));
            assert_int_equal(ohm_board_operations(board, c), 0);
        }
        assert_string_equal(past, rows[i].past);
        assert_int_equal(chips_open, 0);
        ohm_board_free(board);
        assert_false(lines[2].requested || lines[4].requested);
    }
}

static void orders_move_the_line_and_are_read_back(void **state)
{
    (void)state;
    begin();
    ohm_board *board = new_board(true);
    past[0] = '\0';
    ohm_board_want(board, 0, false, at(10)); /* shed by NC: energised, which is low */
    assert_string_equal(past, "2L");
    assert_int_equal(last.state, OHM_OUTPUT_OK);
    assert_true(last.coil && !ohm_board_fed(board, 0));
    ohm_board_want(board, 0, true, at(11)); /* three seconds apart */
    assert_string_equal(past, "2L");
    assert_true(ohm_board_is_busy(board));
    (void)ohm_board_tick(board, at(13));
    assert_string_equal(past, "2L2H");
    assert_false(ohm_board_is_busy(board));
    lines[2].stuck = true;
    ohm_board_want(board, 0, false, at(20));
    assert_int_equal(last.state, OHM_OUTPUT_FAILED);
    assert_true(ohm_board_fed(board, 0));
    assert_int_equal(ohm_board_operations(board, 0), 2);
    ohm_board_free(board);
}

/* Asked where it is every half minute: another hand is noticed. */
static void a_line_that_moved_is_told(void **state)
{
    (void)state;
    begin();
    ohm_board *board = new_board(false);
    (void)ohm_board_tick(board, at(100));
    assert_int_equal(ohm_board_echo_age_ms(board, 0, at(105)), 5 * S);
    lines[2].high = true;
    (void)ohm_board_tick(board, at(120));
    assert_true(ohm_board_fed(board, 0));
    (void)ohm_board_tick(board, at(130));
    assert_int_equal(ohm_board_state(board, 0), OHM_OUTPUT_FAILED);
    assert_false(ohm_board_fed(board, 0));
    ohm_board_free(board);
}

static void a_chip_that_is_away_is_asked_for_again(void **state)
{
    (void)state;
    begin();
    chip_there = false;
    ohm_board *board = new_board(false);
    assert_int_equal(ohm_board_state(board, 0), OHM_OUTPUT_UNKNOWN);
    ohm_board_want(board, 0, false, at(1));
    assert_int_equal(last.state, OHM_OUTPUT_FAILED);
    chip_there = true;
    (void)ohm_board_tick(board, at(5)); /* it rests */
    assert_int_equal(ohm_board_state(board, 0), OHM_OUTPUT_FAILED);
    (void)ohm_board_tick(board, at(12));
    assert_int_equal(ohm_board_state(board, 0), OHM_OUTPUT_OK);
    ohm_board_want(board, 0, false, at(20));
    assert_true(ohm_board_coil(board, 0));
    chip_there = false; /* unplugged */
    ohm_board_want(board, 0, true, at(30));
    assert_int_equal(last.state, OHM_OUTPUT_FAILED);
    assert_false(lines[2].requested);
    ohm_board_free(board);
    assert_int_equal(chips_open, 0);
}

static void what_is_not_ours_is_left_alone(void **state)
{
    (void)state;
    begin();
    lines[2].used = true;
    memcpy(lines[4].name, "OTHER", 6);
    ohm_board *board = new_board(false);
    for (uint8_t c = 0; c < 2; c++) {
        ohm_board_want(board, c, false, at(1));
        assert_int_equal(last.channel, c);
        assert_int_equal(last.state, OHM_OUTPUT_FAILED);
    }
    assert_string_equal(past, "");
    assert_int_equal(chips_open, 0);
    ohm_board_free(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_glitch_at_a_start),
        cmocka_unit_test(orders_move_the_line_and_are_read_back),
        cmocka_unit_test(a_line_that_moved_is_told),
        cmocka_unit_test(a_chip_that_is_away_is_asked_for_again),
        cmocka_unit_test(what_is_not_ours_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
