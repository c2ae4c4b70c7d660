#include "sim/ends.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <uv.h>

enum {
    CLIENTS_MAX = 4,
    BEAT_MS = 20, /* how often a paced line sends what is due */
    CHARACTER_BITS = 11,
};

typedef struct client {
    uv_tcp_t tcp;
    bool open, closing;
    ohm_sim_end *end;
} client;

struct ohm_sim_end {
    uv_loop_t *loop;
    ohm_sim_line line;
    uint32_t baud;
    char address[OHM_SIM_ADDRESS_MAX];
    uint64_t lost;
    int master; /* pty */
    uint32_t spoken_baud;
    int slave; /* pty that listens: held open, so that a line without a reader is no hang-up */
    uv_poll_t ears;
    bool listens;
    void (*on_bytes)(void *ctx, ohm_span bytes);
    void *ctx;
    uv_tcp_t server;
    client clients[CLIENTS_MAX];
    uv_timer_t beat;
    uint64_t started_ms, sent; /* since the queue was last empty */
    size_t from, len;          /* of queue[] */
    unsigned handles;
    bool closing;
    uint8_t heard[256];
    uint8_t queue[OHM_SIM_QUEUE_MAX];
};

static ohm_err system_error(int error)
{
    return ohm_fail(OHM_IO, (uint32_t)error, "the simulated line can't be opened");
}

/* --- the bytes ----------------------------------------------------------------------------------
 */

/* The speed that the reader set, of those that simulated meters have; 0: another one. */
static uint32_t reader_baud(const ohm_sim_end *end)
{
    static const struct {
        speed_t code;
        uint32_t baud;
    } speeds[] = { { B300, 300 },   { B1200, 1200 },     { B2400, 2400 },
                   { B9600, 9600 }, { B115200, 115200 }, { B38400, 38400 } };
    struct termios tty;
    if (tcgetattr(end->master, &tty) != 0)
        return 0;
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
        if (speeds[i].code == cfgetospeed(&tty))
            return speeds[i].baud;
    return 0;
}

/* Bits read too fast or too slowly are other bits. */
static void make_noise(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(bytes[i] * 29u + 0x73u + i);
}

static void put_pty(ohm_sim_end *end, uint8_t *bytes, size_t len)
{
    if (end->spoken_baud > 0 && reader_baud(end) != end->spoken_baud)
        make_noise(bytes, len);
    ssize_t put = write(end->master, bytes, len);
    end->lost += len - (put > 0 ? (size_t)put : 0);
}

static void client_closed(uv_handle_t *handle);

static void client_close(client *c)
{
    if (!c->open)
        return;
    c->open = false;
    c->closing = true;
    uv_close((uv_handle_t *)&c->tcp, client_closed);
}

static void put_tcp(ohm_sim_end *end, uint8_t *bytes, size_t len)
{
    bool taken = false;
    for (int i = 0; i < CLIENTS_MAX; i++) {
        client *c = &end->clients[i];
        if (!c->open)
            continue;
        uv_buf_t buffer = uv_buf_init((char *)bytes, (unsigned)len);
        int put = uv_try_write((uv_stream_t *)&c->tcp, &buffer, 1);
        taken = taken || put == (int)len;
        if (put < 0 && put != UV_EAGAIN)
            client_close(c);
    }
    end->lost += taken ? 0 : len;
}

static void put(ohm_sim_end *end, size_t count)
{
    if (end->line == OHM_SIM_PTY)
        put_pty(end, end->queue + end->from, count);
    else
        put_tcp(end, end->queue + end->from, count);
    end->from += count;
    end->len -= count;
    end->sent += count;
}

static void beat(uv_timer_t *timer)
{
    ohm_sim_end *end = timer->data;
    uint64_t lived_ms = uv_now(end->loop) - end->started_ms;
    uint64_t due = lived_ms * end->baud / (CHARACTER_BITS * 1000);
    uint64_t count = due - end->sent;
    put(end, count < end->len ? (size_t)count : end->len);
    if (end->len == 0) {
        end->from = 0;
        (void)uv_timer_stop(&end->beat);
    }
}

ohm_code ohm_sim_end_send(ohm_sim_end *end, ohm_span bytes)
{
    if (bytes.len > sizeof end->queue - end->len)
        return OHM_BUSY;
    memmove(end->queue, end->queue + end->from, end->len);
    end->from = 0;
    memcpy(end->queue + end->len, bytes.ptr, bytes.len);
    end->len += bytes.len;
    if (end->baud == 0) {
        put(end, end->len);
        end->from = 0;
    } else if (!uv_is_active((uv_handle_t *)&end->beat)) {
        end->started_ms = uv_now(end->loop);
        end->sent = 0;
        (void)uv_timer_start(&end->beat, beat, BEAT_MS, BEAT_MS);
    }
    return OHM_OK;
}

/* --- opening and closing ------------------------------------------------------------------------
 */

static void closed(uv_handle_t *handle)
{
    ohm_sim_end *end = handle->data;
    if (--end->handles == 0)
        free(end);
}

static void client_closed(uv_handle_t *handle)
{
    client *c = handle->data;
    c->closing = false;
    if (--c->end->handles == 0)
        free(c->end);
}

static void room_for(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    ohm_sim_end *end = ((client *)handle->data)->end;
    (void)suggested;
    *out = uv_buf_init((char *)end->heard, sizeof end->heard);
}

static void heard(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    client *c = stream->data;
    (void)buffer;
    if (got < 0)
        client_close(c);
    else if (got > 0 && c->end->on_bytes) /* a push meter does not listen */
        c->end->on_bytes(c->end->ctx, ohm_span_of(c->end->heard, (size_t)got));
}

static void heard_pty(uv_poll_t *ears, int status, int events)
{
    ohm_sim_end *end = ears->data;
    (void)events;
    ssize_t got = status < 0 ? -1 : read(end->master, end->heard, sizeof end->heard);
    if (got > 0)
        end->on_bytes(end->ctx, ohm_span_of(end->heard, (size_t)got));
}

static void arrived(uv_stream_t *server, int status)
{
    ohm_sim_end *end = server->data;
    int i = 0;
    while (i < CLIENTS_MAX && (end->clients[i].open || end->clients[i].closing))
        i++;
    if (status < 0 || i == CLIENTS_MAX)
        return;
    client *c = &end->clients[i];
    c->end = end;
    if (uv_tcp_init(end->loop, &c->tcp) < 0)
        return;
    c->tcp.data = c;
    c->open = true;
    end->handles++;
    if (uv_accept(server, (uv_stream_t *)&c->tcp) < 0 ||
        uv_read_start((uv_stream_t *)&c->tcp, room_for, heard) < 0)
        client_close(c);
}

static ohm_err open_pty(ohm_sim_end *end)
{
    end->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    char path[OHM_SIM_ADDRESS_MAX - 8];
    if (end->master < 0 || grantpt(end->master) != 0 || unlockpt(end->master) != 0 ||
        ptsname_r(end->master, path, sizeof path) != 0)
        return system_error(errno);
    (void)snprintf(end->address, sizeof end->address, "serial:%s", path);
    return ohm_ok();
}

static ohm_err open_tcp(ohm_sim_end *end)
{
    struct sockaddr_in address;
    int len = sizeof address;
    int status = uv_tcp_init(end->loop, &end->server);
    if (status < 0)
        return system_error(-status);
    end->server.data = end;
    end->handles++;
    (void)uv_ip4_addr("127.0.0.1", 0, &address);
    status = uv_tcp_bind(&end->server, (const struct sockaddr *)&address, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&end->server, CLIENTS_MAX, arrived);
    if (status == 0)
        status = uv_tcp_getsockname(&end->server, (struct sockaddr *)&address, &len);
    if (status < 0)
        return system_error(-status);
    (void)snprintf(end->address, sizeof end->address, "tcp:127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
    return ohm_ok();
}

ohm_err ohm_sim_end_open(uv_loop_t *loop, ohm_sim_line line, uint32_t baud, ohm_sim_end **ret_end)
{
    ohm_sim_end *end = calloc(1, sizeof *end);
    if (!end)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    end->loop = loop;
    end->line = line;
    end->baud = baud;
    end->master = -1;
    end->slave = -1;
    (void)uv_timer_init(loop, &end->beat);
    end->beat.data = end;
    end->handles = 1;
    ohm_err err = line == OHM_SIM_PTY ? open_pty(end) : open_tcp(end);
    if (ohm_failed(err)) {
        ohm_sim_end_close(end);
        return err;
    }
    *ret_end = end;
    return ohm_ok();
}

/* No echo and no line editing, from the first byte on. */
static ohm_err open_slave(ohm_sim_end *end)
{
    struct termios tty;
    end->slave = open(end->address + strlen("serial:"), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (end->slave < 0 || tcgetattr(end->slave, &tty) != 0)
        return system_error(errno);
    cfmakeraw(&tty);
    return tcsetattr(end->slave, TCSANOW, &tty) == 0 ? ohm_ok() : system_error(errno);
}

ohm_err ohm_sim_end_listen(ohm_sim_end *end, void (*on_bytes)(void *ctx, ohm_span bytes), void *ctx)
{
    end->on_bytes = on_bytes;
    end->ctx = ctx;
    if (end->line != OHM_SIM_PTY)
        return ohm_ok();
    OHM_TRY(open_slave(end));
    int status = uv_poll_init(end->loop, &end->ears, end->master);
    if (status < 0)
        return system_error(-status);
    end->ears.data = end;
    end->listens = true;
    end->handles++;
    (void)uv_poll_start(&end->ears, UV_READABLE, heard_pty);
    return ohm_ok();
}

const char *ohm_sim_end_address(const ohm_sim_end *end)
{
    return end->address;
}

void ohm_sim_end_speak_at(ohm_sim_end *end, uint32_t baud)
{
    end->spoken_baud = baud;
}

uint64_t ohm_sim_end_lost(const ohm_sim_end *end)
{
    return end->lost;
}

void ohm_sim_end_drop(ohm_sim_end *end)
{
    for (int i = 0; i < CLIENTS_MAX; i++)
        client_close(&end->clients[i]);
}

void ohm_sim_end_close(ohm_sim_end *end)
{
    if (!end || end->closing)
        return;
    end->closing = true;
    ohm_sim_end_drop(end);
    if (end->listens) {
        (void)uv_poll_stop(&end->ears);
        uv_close((uv_handle_t *)&end->ears, closed);
    }
    if (end->slave >= 0)
        (void)close(end->slave);
    if (end->master >= 0)
        (void)close(end->master);
    if (end->server.data)
        uv_close((uv_handle_t *)&end->server, closed);
    uv_close((uv_handle_t *)&end->beat, closed);
}
