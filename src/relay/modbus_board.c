/* A board of Modbus coils, or of holding registers that take setpoints: RTU on a serial line or
 * inside TCP, or Modbus TCP. Written with function 5, confirmed by reading them back with function
 * 1; both are of every such board, function 15 is not (V1 firmware of the common ones). Never
 * 0x5500, which some of them take for "the other way round".
 *
 * The coils stay where they are when nobody speaks any more: what is to hold then is in the wiring
 * (NC), and in the board's own watchdog, if it has one. */
#include <stdlib.h>
#include <uv.h>

#include "host/clock.h"
#include "link/link.h"
#include "relay/board.h"
#include "wire/modbus_ask.h"

enum {
    TICK_MS = 20,     /* while something is under way; longer than 3.5 characters at 2400 baud */
    ANSWER_MS = 1000, /* a board that takes longer will not answer */
    BAUD = 9600,
    UNIT = 1,
    COIL_ON = 0xff00,
    NOBODY = INT32_MIN, /* no level either: a battery is told some below 0 */
    RENEWALS = 3,
};

typedef struct modbus {
    ohm_board *board;
    ohm_link *link;
    uv_timer_t timer;
    ohm_modbus_framing framing;
    ohm_modbus_ask ask;
    bool up, asked, heard; /* heard: bytes since the last tick */
    int channel;           /* whose order was asked; NOBODY: the coils were read */
    int64_t asked_ms;
    bool read_wanted;
    int32_t orders[OHM_RELAY_CHANNELS_MAX]; /* NOBODY, 0, 1, or a level */
    uv_timer_t renewal; /* of registers, for chargers that let go by themselves */
} modbus;

static void pump(modbus *m);

static bool has_registers(const modbus *m)
{
    return m->board->config.driver->levels;
}

/* --- one question at a time ------------------------------------------------------------------ */

static void ask(modbus *m, const ohm_modbus_frame *request, int channel)
{
    size_t len = ohm_modbus_ask_begin(&m->ask, m->framing, request);
    if (ohm_link_send(m->link, ohm_span_of(m->ask.sent, len)) != OHM_OK)
        return; /* the line is going down, and will say so; the board asks again */
    m->asked = true;
    m->heard = false;
    m->channel = channel;
    m->asked_ms = ohm_clock_mono().v;
}

static void send_order(modbus *m, uint8_t channel)
{
    const ohm_level_call call = ohm_board_level_call(m->board, channel);
    const uint16_t value =
        has_registers(m) ? ohm_level_register(&call.form, m->board->config.reg, m->orders[channel])
        : m->orders[channel] ? COIL_ON
                             : 0;
    const uint8_t data[] = { (uint8_t)(value >> 8), (uint8_t)value };
    const ohm_modbus_frame request = {
        .unit = m->board->config.unit,
        .function = has_registers(m) ? OHM_MODBUS_WRITE_REGISTER : OHM_MODBUS_WRITE_COIL,
        .address = (uint16_t)(m->board->config.first + channel),
        .data = ohm_span_of(data, sizeof data),
    };
    m->orders[channel] = NOBODY;
    ask(m, &request, channel);
}

static void send_read(modbus *m)
{
    const ohm_modbus_frame request = {
        .unit = m->board->config.unit,
        .function = has_registers(m) ? OHM_MODBUS_READ_HOLDING : OHM_MODBUS_READ_COILS,
        .address = m->board->config.first,
        .count = m->board->config.channels_count,
    };
    m->read_wanted = false;
    ask(m, &request, NOBODY);
}

/* Orders first: what is read after them confirms them. */
static void pump(modbus *m)
{
    if (!m->up || m->asked)
        return;
    for (uint8_t i = 0; i < m->board->config.channels_count; i++) {
        if (m->orders[i] != NOBODY) {
            send_order(m, i);
            return;
        }
    }
    if (m->read_wanted)
        send_read(m);
}

static bool has_work(const modbus *m)
{
    bool work = m->asked || m->read_wanted;
    for (uint8_t i = 0; i < m->board->config.channels_count; i++)
        work = work || m->orders[i] != NOBODY;
    return work;
}

static void take_coils(modbus *m, const ohm_modbus_frame *reply)
{
    uint8_t count = m->board->config.channels_count;
    if (8 * reply->data.len < count)
        return;
    uint8_t packed[OHM_RELAY_CHANNELS_MAX / 8];
    memcpy(packed, reply->data.ptr, (count + 7U) / 8);
    for (uint8_t i = 0; i < count; i++) /* what an echo brings about may ask anew */
        ohm_board_echo(m->board, i, ohm_modbus_bit(ohm_span_of(packed, sizeof packed), i),
                       ohm_clock_mono());
}

static void take_registers(modbus *m, const ohm_modbus_frame *reply)
{
    uint8_t count = m->board->config.channels_count, bytes[2 * OHM_RELAY_CHANNELS_MAX];
    if (reply->data.len < 2U * count)
        return;
    memcpy(bytes, reply->data.ptr, 2U * count);
    for (uint8_t i = 0; i < count; i++) {
        const ohm_board_channel *c = &m->board->channels[i];
        const ohm_level_call call = ohm_board_level_call(m->board, i);
        int32_t told = c->waits ? c->order_coil : c->coil;
        uint16_t value = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
        int32_t level = ohm_level_of_register(&call.form, m->board->config.reg, value, told);
        ohm_board_echo(m->board, i, ohm_level_is_own(&call.form, told) ? told : level,
                       ohm_clock_mono());
    }
}

static void answered(modbus *m, const ohm_modbus_frame *reply)
{
    int channel = m->channel;
    m->asked = false;
    if (channel == NOBODY && reply->exception == 0 && has_registers(m))
        take_registers(m, reply);
    else if (channel == NOBODY && reply->exception == 0)
        take_coils(m, reply);
    else if (channel != NOBODY && reply->exception == 0)
        m->read_wanted = true;
    else if (channel != NOBODY && m->orders[channel] == NOBODY) /* not of one that was replaced */
        ohm_board_refused(m->board, (uint8_t)channel, ohm_clock_mono());
    if (m->framing == OHM_MODBUS_TCP)
        pump(m); /* on a serial line a silence comes first */
}

/* --- the line --------------------------------------------------------------------------------- */

static void on_bytes(void *ctx, ohm_span bytes)
{
    modbus *m = ctx;
    ohm_modbus_frame reply;
    m->heard = true;
    if (!m->asked)
        return; /* too late: nobody waits for it */
    ohm_code code = ohm_modbus_ask_take(&m->ask, bytes, &reply);
    if (code == OHM_OK)
        answered(m, &reply);
    else if (code == OHM_BAD_FORMAT)
        ohm_link_reopen(m->link);
}

static void on_up(void *ctx)
{
    modbus *m = ctx;
    m->up = true;
    for (uint8_t i = 0; i < m->board->config.channels_count; i++)
        ohm_board_found(m->board, i, ohm_clock_mono());
    pump(m);
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    modbus *m = ctx;
    (void)was_up;
    (void)why;
    m->up = m->asked = m->read_wanted = false;
    for (uint8_t i = 0; i < m->board->config.channels_count; i++) {
        m->orders[i] = NOBODY; /* an order of old must not come through later */
        ohm_board_lost(m->board, i);
    }
}

static void on_timer(uv_timer_t *timer)
{
    modbus *m = timer->data;
    if (m->asked && !m->heard)
        ohm_modbus_ask_silence(&m->ask);
    m->heard = false;
    if (m->asked && ohm_clock_mono().v - m->asked_ms >= ANSWER_MS) {
        (void)ohm_modbus_ask_timeout(&m->ask);
        m->asked = false; /* the board asks again, or gives up */
    }
    pump(m);
    if (!has_work(m))
        (void)uv_timer_stop(timer);
}

static void start_work(modbus *m)
{
    if (!uv_is_active((uv_handle_t *)&m->timer))
        (void)uv_timer_start(&m->timer, on_timer, TICK_MS, TICK_MS);
    if (m->framing == OHM_MODBUS_TCP)
        pump(m);
}

/* --- the driver ------------------------------------------------------------------------------- */

static ohm_err modbus_read(ohm_board *board, uint8_t channel, int32_t *ret_coil)
{
    modbus *m = board->state;
    (void)channel; /* one question is for all */
    (void)ret_coil;
    m->read_wanted = true;
    start_work(m);
    return ohm_fail(OHM_MORE, 0, "it is asked");
}

static ohm_err modbus_set(ohm_board *board, uint8_t channel, int32_t coil)
{
    modbus *m = board->state;
    bool own = ohm_level_is_own(&board->config.channels[channel].form, coil);
    m->orders[channel] = own ? NOBODY : coil;
    if (own)
        return ohm_ok(); /* nothing is written any more: its dead-man lets it go */
    start_work(m);
    return ohm_fail(OHM_MORE, 0, "it is on its way");
}

static void on_renewal(uv_timer_t *timer)
{
    modbus *m = timer->data;
    for (uint8_t i = 0; i < m->board->config.channels_count; i++) {
        const ohm_board_channel *c = &m->board->channels[i];
        const ohm_relay_channel *wired = &m->board->config.channels[i];
        if (wired->load >= 0 && c->known && !c->pending && !c->waits &&
            !ohm_level_is_own(&wired->form, c->coil))
            m->orders[i] = c->coil;
    }
    start_work(m);
}

static void free_later(uv_handle_t *timer)
{
    free(timer->data);
}

static void renewal_gone(uv_handle_t *timer)
{
    modbus *m = timer->data;
    uv_close((uv_handle_t *)&m->timer, free_later);
}

static void modbus_close(ohm_board *board)
{
    modbus *m = board->state;
    if (!m)
        return;
    ohm_link_close(m->link);
    (void)uv_timer_stop(&m->timer);
    uv_close((uv_handle_t *)&m->renewal, renewal_gone);
    board->state = NULL;
}

static ohm_err modbus_open(ohm_board *board)
{
    ohm_board_config *c = &board->config;
    ohm_link_config line = { .baud = c->baud ? c->baud : BAUD };
    OHM_TRY(ohm_link_address_parse(c->port, &line.address));
    memcpy(line.framing, c->framing[0] ? c->framing : "8N1", sizeof line.framing);
    bool serial = line.address.kind == OHM_LINK_SERIAL;
    if (!serial && line.address.kind != OHM_LINK_TCP)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a Modbus board is at serial:/dev/... or tcp:host:port");
    if (c->unit == 0)
        c->unit = UNIT;
    modbus *m = calloc(1, sizeof *m);
    if (!m)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    m->board = board;
    m->framing = serial || c->rtu ? OHM_MODBUS_RTU : OHM_MODBUS_TCP;
    for (int i = 0; i < OHM_RELAY_CHANNELS_MAX; i++)
        m->orders[i] = NOBODY;
    ohm_modbus_ask_init(&m->ask);
    const ohm_link_hooks hooks = { on_bytes, on_up, on_down, NULL, m };
    ohm_err err = ohm_link_open(c->loop, &line, &hooks, &m->link);
    if (ohm_failed(err)) {
        free(m);
        return err;
    }
    (void)uv_timer_init(c->loop, &m->timer);
    (void)uv_timer_init(c->loop, &m->renewal);
    m->timer.data = m->renewal.data = m;
    if (has_registers(m) && c->deadman_ms > 0) {
        uint64_t every_ms = (uint64_t)c->deadman_ms / RENEWALS;
        (void)uv_timer_start(&m->renewal, on_renewal, every_ms, every_ms);
    }
    board->state = m;
    return ohm_ok();
}

const ohm_board_driver ohm_board_modbus = {
    .name = "modbus",
    .channels = OHM_RELAY_CHANNELS_MAX,
    .operation_min_ms = 3000,
    .operations_per_minute_max = 20,
    .echo_ms = 2000,
    .stale_ms = 30000,
    .open = modbus_open,
    .read = modbus_read,
    .set = modbus_set,
    .close = modbus_close,
};

const ohm_board_driver ohm_board_modbus_level = {
    .name = "modbus-level",
    .channels = OHM_RELAY_CHANNELS_MAX,
    .operation_min_ms = 1000,
    .operations_per_minute_max = 30,
    .echo_ms = 2000,
    .stale_ms = 30000,
    .levels = true,
    .open = modbus_open,
    .read = modbus_read,
    .set = modbus_set,
    .close = modbus_close,
};
