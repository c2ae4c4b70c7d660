/* One loop with sources of payloads on it, and a TCP peer that a test plays itself: for the unit
 * tests of sources on MQTT and HTTP. */
#ifndef OHM_TESTS_PAYLOAD_WORLD_H
#define OHM_TESTS_PAYLOAD_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "meter/meter.h"
#include "meter/payload.h"
#include "meter/port.h"

enum { PEER_HEARD_MAX = 4096, PEER_CLIENTS_MAX = 32 };

/* 2026-11-20T12:00:00Z */
static const ohm_ms payload_noon_ms = 1795176000000;

typedef struct payload_client {
    uv_tcp_t tcp;
    struct payload_peer *peer;
    uint8_t heard[PEER_HEARD_MAX];
    size_t len;
    bool open, greeted; /* greeted: of who answers */
} payload_client;

/* Listens on a port of this machine; what a client says is given to `on_heard`, which takes from
 * the front of client->heard what it understands. */
typedef struct payload_peer {
    uv_tcp_t tcp;
    uint16_t port;
    int accepted;
    payload_client clients[PEER_CLIENTS_MAX];
    void (*on_heard)(payload_client *client);
    void *ctx;
} payload_peer;

static inline void peer_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
    payload_client *c = handle->data;
    (void)wanted;
    *buf = uv_buf_init((char *)c->heard + c->len, (unsigned)(sizeof c->heard - c->len));
}

static inline void peer_close(payload_client *c)
{
    if (c->open)
        uv_close((uv_handle_t *)&c->tcp, NULL);
    c->open = false;
}

static inline void peer_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    payload_client *c = stream->data;
    (void)buf;
    if (n < 0) {
        peer_close(c);
        return;
    }
    c->len += (size_t)n;
    c->peer->on_heard(c);
}

static inline void peer_accept(uv_stream_t *stream, int status)
{
    payload_peer *p = stream->data;
    if (status != 0 || p->accepted == PEER_CLIENTS_MAX)
        abort();
    payload_client *c = &p->clients[p->accepted++];
    c->peer = p;
    c->open = true;
    if (uv_tcp_init(stream->loop, &c->tcp) != 0 || uv_accept(stream, (uv_stream_t *)&c->tcp) != 0)
        abort();
    c->tcp.data = c;
    (void)uv_read_start((uv_stream_t *)&c->tcp, peer_room, peer_read);
}

static inline void peer_open(uv_loop_t *loop, payload_peer *p)
{
    struct sockaddr_in here;
    int len = sizeof here;
    if (uv_ip4_addr("127.0.0.1", 0, &here) != 0 || uv_tcp_init(loop, &p->tcp) != 0 ||
        uv_tcp_bind(&p->tcp, (const struct sockaddr *)&here, 0) != 0 ||
        uv_listen((uv_stream_t *)&p->tcp, PEER_CLIENTS_MAX, peer_accept) != 0 ||
        uv_tcp_getsockname(&p->tcp, (struct sockaddr *)&here, &len) != 0)
        abort();
    p->tcp.data = p;
    p->port = ntohs(here.sin_port);
}

/* Answers are short: the kernel takes them at once. Who has gone meanwhile hears nothing. */
static inline void peer_say(payload_client *c, const void *bytes, size_t len)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);
    int put = c->open ? uv_try_write((uv_stream_t *)&c->tcp, &buf, 1) : (int)len;
    if (put == UV_EAGAIN || (put >= 0 && put != (int)len))
        abort();
}

static inline void peer_forget(payload_client *c, size_t len)
{
    memmove(c->heard, c->heard + len, c->len - len);
    c->len -= len;
}

static inline void peer_shut(payload_peer *p)
{
    for (int i = 0; i < p->accepted; i++)
        peer_close(&p->clients[i]);
    uv_close((uv_handle_t *)&p->tcp, NULL);
}

/* A source, and what came of it. */
typedef struct payload_source {
    ohm_meter *meter;
    int frames, rejects;
    ohm_frame frame;
    ohm_protocol_reject reject;
} payload_source;

static inline void source_frame(void *ctx, const ohm_frame *frame)
{
    payload_source *s = ctx;
    s->frames++;
    s->frame = *frame;
}

static inline void source_reject(void *ctx, const ohm_protocol_reject *reject)
{
    payload_source *s = ctx;
    s->rejects++;
    s->reject = *reject;
}

static inline ohm_ms source_now(void *ctx)
{
    (void)ctx;
    return payload_noon_ms;
}

static inline ohm_err source_start(uv_loop_t *loop, const ohm_meter_config *config,
                                   payload_source *s)
{
    const ohm_meter_hooks hooks = { .on_frame = source_frame, .utc_now = source_now, .ctx = s };
    const ohm_meter_watch watch = { .on_reject = source_reject, .ctx = s };
    *s = (payload_source){ .meter = NULL };
    ohm_err err = ohm_meter_start(loop, config, &hooks, NULL, 0, &s->meter);
    if (!ohm_failed(err))
        ohm_meter_set_watch(s->meter, &watch);
    return err;
}

static inline bool source_said(const payload_source *s, ohm_quantity_id quantity, int64_t value)
{
    for (int i = 0; i < s->frame.count; i++)
        if (s->frame.values[i].quantity == quantity)
            return s->frame.values[i].value == value;
    return false;
}

#endif
