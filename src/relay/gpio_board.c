/* Lines of a GPIO chip, by the kernel's character device, version 2 of its interface
 * (linux/gpio.h, Documentation/userspace-api/gpio): no library, whose versions 1 and 2 differ.
 *
 * Nothing moves at a start. A line is first asked for as it is: one that is an output already
 * (of an earlier run) stays at its level and is said to be there; one that is an input becomes an
 * output at its fail-safe value in the same step. A line belongs to whoever asked for it: one that
 * another program holds is refused, and asked for again later, as is a chip that is not there.
 *
 * When the process ends the kernel takes the lines back. What their level is then is up to the
 * chip: what is to hold is in the wiring (NC, a pull-up or pull-down). */
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/number.h"
#include "host/log.h"
#include "host/syserr.h"
#include "relay/board.h"
#include "relay/gpio_calls.h"

enum { NONE = -1, LINES_MAX = 4096 };

typedef struct gpio {
    const ohm_gpio_calls *calls;
    int fds[OHM_RELAY_NAMES_MAX];   /* of the lines that are ours; NONE */
    bool told[OHM_RELAY_NAMES_MAX]; /* that one is out of reach */
} gpio;

/* --- the kernel ------------------------------------------------------------------------------ */

static int system_open(const char *path)
{
    return open(path, O_RDWR | O_CLOEXEC);
}

static int system_control(int fd, unsigned long request, void *argument)
{
    return ioctl(fd, request, argument);
}

static void system_close(int fd)
{
    (void)close(fd);
}

const ohm_gpio_calls ohm_gpio_system_calls = { system_open, system_control, system_close };

static ohm_err control(const gpio *g, int fd, unsigned long request, void *argument)
{
    int result;
    do
        result = g->calls->control(fd, request, argument);
    while (result < 0 && errno == EINTR);
    return result < 0 ? ohm_err_errno(errno) : ohm_ok();
}

static ohm_err line_info(const gpio *g, int chip, uint32_t offset, struct gpio_v2_line_info *out)
{
    *out = (struct gpio_v2_line_info){ .offset = offset };
    return control(g, chip, GPIO_V2_GET_LINEINFO_IOCTL, out);
}

/* The line of that name, or of that number. */
static ohm_err find_line(const gpio *g, int chip, const char *name, struct gpio_v2_line_info *out)
{
    struct gpiochip_info info = { .lines = 0 };
    int64_t offset = 0;
    OHM_TRY(control(g, chip, GPIO_GET_CHIPINFO_IOCTL, &info));
    if (ohm_number_int(ohm_span_text(name), &offset) == OHM_OK) {
        if (offset < 0 || offset >= info.lines)
            return ohm_fail(OHM_RANGE, 0, "the chip has no line of this number");
        return line_info(g, chip, (uint32_t)offset, out);
    }
    for (uint32_t i = 0; i < info.lines && i < LINES_MAX; i++) {
        OHM_TRY(line_info(g, chip, i, out));
        if (strncmp(out->name, name, sizeof out->name) == 0)
            return ohm_ok();
    }
    return ohm_fail(OHM_UNKNOWN, 0, "the chip has no line of this name");
}

/* --- one line -------------------------------------------------------------------------------- */

static struct gpio_v2_line_config line_config(const ohm_board *board, bool output, bool coil)
{
    struct gpio_v2_line_config c = { .flags = 0 };
    if (board->config.active_low)
        c.flags |= GPIO_V2_LINE_FLAG_ACTIVE_LOW;
    if (!output)
        return c;
    c.flags |= GPIO_V2_LINE_FLAG_OUTPUT;
    c.num_attrs = 1;
    c.attrs[0].mask = 1;
    c.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
    c.attrs[0].attr.values = coil;
    return c;
}

static ohm_err get_value(const gpio *g, int fd, int32_t *ret_coil)
{
    struct gpio_v2_line_values values = { .mask = 1 };
    OHM_TRY(control(g, fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &values));
    *ret_coil = (values.bits & 1) != 0;
    return ohm_ok();
}

/* Where the coil goes when nobody says where; one that feeds nothing rests. */
static bool safe_coil(const ohm_board *board, uint8_t channel)
{
    const ohm_relay_channel *c = &board->config.channels[channel];
    return c->load >= 0 && ohm_board_coil_for(board, channel, c->failsafe_fed);
}

/* Asks for the line; an output keeps its value, an input becomes one at its fail-safe value. */
static ohm_err take_line(const ohm_board *board, int chip, uint8_t channel, int *ret_fd)
{
    const gpio *g = board->state;
    struct gpio_v2_line_info info;
    int32_t coil = safe_coil(board, channel);
    OHM_TRY(find_line(g, chip, board->config.names[channel], &info));
    if ((info.flags & GPIO_V2_LINE_FLAG_USED) != 0)
        return ohm_fail(OHM_BUSY, 0, "another program, or the kernel, holds the line");
    bool output = (info.flags & GPIO_V2_LINE_FLAG_OUTPUT) != 0;
    struct gpio_v2_line_request request = { .num_lines = 1, .fd = NONE };
    request.offsets[0] = info.offset;
    request.config = line_config(board, !output, coil);
    (void)snprintf(request.consumer, sizeof request.consumer, "ohmstead");
    OHM_TRY(control(g, chip, GPIO_V2_GET_LINE_IOCTL, &request));
    ohm_err err = output ? get_value(g, request.fd, &coil) : ohm_ok();
    if (output && !ohm_failed(err)) { /* it was asked for as it is: an output from now on */
        struct gpio_v2_line_config config = line_config(board, true, coil);
        err = control(g, request.fd, GPIO_V2_LINE_SET_CONFIG_IOCTL, &config);
    }
    if (ohm_failed(err)) {
        g->calls->close(request.fd);
        return err;
    }
    *ret_fd = request.fd;
    return ohm_ok();
}

static ohm_err ask_for(ohm_board *board, uint8_t channel)
{
    gpio *g = board->state;
    char path[OHM_RELAY_TEXT_MAX + 8];
    const char *port = board->config.port;
    (void)snprintf(path, sizeof path, "%s%s", port[0] == '/' ? "" : "/dev/", port);
    int chip = g->calls->open(path);
    if (chip < 0)
        return ohm_err_errno(errno);
    ohm_err err = take_line(board, chip, channel, &g->fds[channel]);
    g->calls->close(chip); /* a line outlives the handle that it was asked for by */
    return err;
}

/* Has the line, or asks for it; says once that it can't be had, and once that it can again. */
static ohm_err have(ohm_board *board, uint8_t channel)
{
    gpio *g = board->state;
    char name[OHM_RELAY_NAME_MAX + 2];
    if (g->fds[channel] != NONE)
        return ohm_ok();
    ohm_err err = ask_for(board, channel);
    bool failed = ohm_failed(err);
    if (failed != g->told[channel])
        ohm_log(failed ? OHM_LOG_ERROR : OHM_LOG_NOTICE, "gpio_line board=%s line=%s why=\"%s\"",
                board->config.id, ohm_log_quote(board->config.names[channel], name, sizeof name),
                failed ? err.what : "it is there");
    g->told[channel] = failed;
    return err;
}

/* A chip that was unplugged: asked for anew the next time. */
static ohm_err gave_up(ohm_board *board, uint8_t channel, ohm_err err)
{
    gpio *g = board->state;
    g->calls->close(g->fds[channel]);
    g->fds[channel] = NONE;
    return err;
}

/* --- the driver ------------------------------------------------------------------------------ */

static ohm_err gpio_read(ohm_board *board, uint8_t channel, int32_t *ret_coil)
{
    OHM_TRY(have(board, channel));
    const gpio *g = board->state;
    ohm_err err = get_value(g, g->fds[channel], ret_coil);
    return ohm_failed(err) ? gave_up(board, channel, err) : err;
}

/* And reads back: a line that is held by something outside is no success. */
static ohm_err gpio_set(ohm_board *board, uint8_t channel, int32_t coil)
{
    struct gpio_v2_line_values values = { .mask = 1, .bits = coil != 0 };
    int32_t now = !coil;
    OHM_TRY(have(board, channel));
    const gpio *g = board->state;
    ohm_err err = control(g, g->fds[channel], GPIO_V2_LINE_SET_VALUES_IOCTL, &values);
    if (!ohm_failed(err))
        err = get_value(g, g->fds[channel], &now);
    if (ohm_failed(err))
        return gave_up(board, channel, err);
    return now == coil ? ohm_ok() : ohm_fail(OHM_IO, 0, "the line stays where it was");
}

static void gpio_close(ohm_board *board)
{
    gpio *g = board->state;
    if (!g)
        return;
    for (int i = 0; i < OHM_RELAY_NAMES_MAX; i++)
        if (g->fds[i] != NONE)
            g->calls->close(g->fds[i]);
    free(g);
    board->state = NULL;
}

static ohm_err gpio_open(ohm_board *board)
{
    gpio *g = calloc(1, sizeof *g);
    if (!g)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    g->calls = board->config.gpio ? board->config.gpio : &ohm_gpio_system_calls;
    for (int i = 0; i < OHM_RELAY_NAMES_MAX; i++)
        g->fds[i] = NONE;
    board->state = g;
    return ohm_ok();
}

const ohm_board_driver ohm_board_gpio = {
    .name = "gpio",
    .channels = OHM_RELAY_NAMES_MAX,
    .operation_min_ms = 3000,
    .operations_per_minute_max = 20,
    .stale_ms = 30000,
    .open = gpio_open,
    .read = gpio_read,
    .set = gpio_set,
    .close = gpio_close,
};
