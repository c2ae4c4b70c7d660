#include <stdlib.h>

#include "base/number.h"
#include "host/syserr.h"
#include "link/transport.h"
#include "link/tty.h"

static const ohm_transport *const transports[] = {
    [OHM_LINK_SERIAL] = &ohm_transport_serial,
    [OHM_LINK_TCP] = &ohm_transport_tcp,
    [OHM_LINK_FILE] = &ohm_transport_file,
    [OHM_LINK_UDP] = &ohm_transport_udp,
};

/* --- addresses ----------------------------------------------------------------------------------
 */

static ohm_err path_of(ohm_link_kind kind, const char *path, uint32_t at, ohm_link_address *out)
{
    size_t len = strlen(path);
    if (len == 0)
        return ohm_fail(OHM_BAD_FORMAT, at, "a path is missing");
    if (len >= sizeof out->path)
        return ohm_fail(OHM_TOO_BIG, at, "the path is too long");
    memset(out, 0, sizeof *out);
    out->kind = kind;
    memcpy(out->path, path, len);
    return ohm_ok();
}

/* "host:port" or "[host]:port". */
static ohm_err endpoint_of(ohm_link_kind kind, const char *text, uint32_t at, ohm_link_address *out)
{
    const char *colon = strrchr(text, ':');
    if (!colon)
        return ohm_fail(OHM_BAD_FORMAT, at, "a port is missing: tcp:host:port");
    ohm_span host = ohm_span_of(text, (size_t)(colon - text));
    ohm_span port = ohm_span_text(colon + 1);
    uint32_t port_at = at + (uint32_t)host.len + 1;
    if (host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        host = ohm_span_part(host, 1, host.len - 2);
    else if (memchr(host.ptr, ':', host.len))
        return ohm_fail(OHM_BAD_FORMAT, at, "an IPv6 address belongs in brackets");
    if (host.len == 0 || host.len >= sizeof out->host)
        return ohm_fail(OHM_BAD_FORMAT, at, "a host is missing or too long: tcp:host:port");

    int64_t number = 0;
    bool digits = port.len > 0 && port.len < sizeof out->port && port.ptr[0] >= '0' &&
                  port.ptr[0] <= '9' && ohm_number_int(port, &number) == OHM_OK;
    if (!digits || number < 1 || number > 65535)
        return ohm_fail(OHM_BAD_FORMAT, port_at, "a port is a number from 1 to 65535");
    memset(out, 0, sizeof *out);
    out->kind = kind;
    memcpy(out->host, host.ptr, host.len);
    memcpy(out->port, port.ptr, port.len);
    return ohm_ok();
}

ohm_err ohm_link_address_parse(const char *text, ohm_link_address *out)
{
    if (!strncmp(text, "serial:", 7))
        return path_of(OHM_LINK_SERIAL, text + 7, 7, out);
    if (!strncmp(text, "file:", 5))
        return path_of(OHM_LINK_FILE, text + 5, 5, out);
    if (!strncmp(text, "tcp:", 4))
        return endpoint_of(OHM_LINK_TCP, text + 4, 4, out);
    if (!strncmp(text, "udp:", 4))
        return endpoint_of(OHM_LINK_UDP, text + 4, 4, out);
    if (!strncmp(text, "/dev/", 5))
        return path_of(OHM_LINK_SERIAL, text, 0, out);
    return ohm_fail(OHM_BAD_FORMAT, 0,
                    "an address is serial:/dev/…, tcp:host:port, udp:host:port or file:PATH");
}

ohm_code ohm_link_framing_check(const char *framing)
{
    bool good = strlen(framing) == 3 && (framing[0] == '7' || framing[0] == '8') &&
                strchr("NEO", framing[1]) && (framing[2] == '1' || framing[2] == '2');
    return good ? OHM_OK : OHM_BAD_FORMAT;
}

/* --- one attempt after the other ----------------------------------------------------------------
 */

static void attempt(uv_timer_t *timer)
{
    ohm_link *link = timer->data;
    if (link->phase == OHM_LINK_OPENING) {
        ohm_link_is_down(link, ohm_fail(OHM_IO, 0, "no answer within ten seconds"));
        return;
    }
    assert(link->phase == OHM_LINK_WAITING);
    link->phase = OHM_LINK_OPENING;
    (void)uv_timer_start(&link->timer, attempt, OHM_LINK_CONNECT_MS, 0);
    link->transport->start(link);
}

static void wait_for(ohm_link *link, int64_t pause_ms)
{
    link->phase = OHM_LINK_WAITING;
    (void)uv_timer_start(&link->timer, attempt, (uint64_t)pause_ms, 0);
}

static void gone(uv_handle_t *timer)
{
    ohm_link *link = timer->data;
    free(link->opening);
    free(link->out);
    free(link->own);
    free(link->fs);
    free(link);
}

/* All handles are closed: what comes next. */
static void settle(ohm_link *link)
{
    if (link->held > 0 || link->phase != OHM_LINK_CLOSING)
        return;
    if (link->dying) {
        uv_close((uv_handle_t *)&link->timer, gone);
        return;
    }
    wait_for(link, link->pause_ms);
    link->pause_ms *= 2;
    if (link->pause_ms > link->retry_ms_max)
        link->pause_ms = link->retry_ms_max;
}

static void shut(ohm_link *link)
{
    assert(link->phase == OHM_LINK_OPENING || link->phase == OHM_LINK_UP);
    link->phase = OHM_LINK_CLOSING;
    (void)uv_timer_stop(&link->timer);
    link->out_len = 0;
    ohm_link_hold(link); /* so that stop can't settle before it is through */
    link->transport->stop(link);
    ohm_link_release(link);
}

void ohm_link_hold(ohm_link *link)
{
    link->held++;
}

void ohm_link_release(ohm_link *link)
{
    assert(link->held > 0);
    link->held--;
    settle(link);
}

void ohm_link_is_up(ohm_link *link)
{
    assert(link->phase == OHM_LINK_OPENING);
    link->phase = OHM_LINK_UP;
    (void)uv_timer_stop(&link->timer);
    if (link->hooks.on_up)
        link->hooks.on_up(link->hooks.ctx);
}

void ohm_link_is_down(ohm_link *link, ohm_err why)
{
    if (link->phase != OHM_LINK_OPENING && link->phase != OHM_LINK_UP)
        return;
    bool was_up = link->phase == OHM_LINK_UP;
    bool ended = why.code == OHM_END;
    ohm_link_hold(link); /* on_down may close the link */
    shut(link);
    if (ended && !link->dying)
        link->phase = OHM_LINK_DONE;
    if (!link->dying && link->hooks.on_down)
        link->hooks.on_down(link->hooks.ctx, was_up, why);
    ohm_link_release(link);
}

/* A loop that was kept busy runs its timers before it reads what came meanwhile: silence counts
 * when the line was looked at once more. */
static void fall_quiet(uv_timer_t *timer)
{
    ohm_link *link = timer->data;
    assert(link->phase == OHM_LINK_UP);
    if (!link->hushed) {
        link->hushed = true;
        (void)uv_timer_start(timer, fall_quiet, 1, 0);
        return;
    }
    link->hooks.on_quiet(link->hooks.ctx);
}

/* Bytes are given on as soon as they are read: no two links need it at a time. */
uint8_t *ohm_link_buffer(void)
{
    static _Thread_local uint8_t bytes[OHM_LINK_BUFFER_MAX];
    return bytes;
}

void ohm_link_got(ohm_link *link, size_t len)
{
    assert(len <= OHM_LINK_BUFFER_MAX);
    link->pause_ms = link->retry_ms_min;
    link->hooks.on_bytes(link->hooks.ctx,
                         ohm_span_of(link->own ? link->own : ohm_link_buffer(), len));
    bool network = link->kind == OHM_LINK_TCP || link->kind == OHM_LINK_UDP;
    link->hushed = false;
    if (network && link->hooks.on_quiet && link->phase == OHM_LINK_UP)
        (void)uv_timer_start(&link->timer, fall_quiet, OHM_LINK_QUIET_MS, 0);
}

ohm_err ohm_link_open(uv_loop_t *loop, const ohm_link_config *config, const ohm_link_hooks *hooks,
                      ohm_link **ret_link)
{
    bool serial = config->address.kind == OHM_LINK_SERIAL;
    if (serial && ohm_link_framing_check(config->framing) != OHM_OK)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the framing is not like 8N1 or 8E1");
    if (serial && config->baud == 0)
        return ohm_fail(OHM_RANGE, 0, "a speed of 0 baud");
    const ohm_link_address *to = &config->address;
    bool network = to->kind == OHM_LINK_TCP || to->kind == OHM_LINK_UDP;
    const char *name = network ? to->host : to->path;
    size_t len = strlen(name) + 1;
    ohm_link *link = calloc(1, sizeof *link + len);
    if (!link)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");

    memcpy(link->name, name, len);
    if (network)
        memcpy(link->port, to->port, sizeof link->port);
    memcpy(link->framing, config->framing, sizeof link->framing);
    link->loop = loop;
    link->kind = to->kind;
    link->baud = config->baud;
    link->retry_ms_min = config->retry_ms_min;
    link->retry_ms_max = config->retry_ms_max;
    link->hooks = *hooks;
    link->transport = transports[to->kind];
    link->fd = -1;
    if (link->retry_ms_min <= 0)
        link->retry_ms_min = OHM_LINK_RETRY_MS_MIN;
    if (link->retry_ms_max < link->retry_ms_min)
        link->retry_ms_max =
            link->retry_ms_min > OHM_LINK_RETRY_MS_MAX ? link->retry_ms_min : OHM_LINK_RETRY_MS_MAX;
    link->pause_ms = link->retry_ms_min;
    (void)uv_timer_init(loop, &link->timer);
    link->timer.data = link;
    wait_for(link, 0);
    *ret_link = link;
    return ohm_ok();
}

void ohm_link_reopen(ohm_link *link)
{
    if (link->phase == OHM_LINK_OPENING || link->phase == OHM_LINK_UP)
        shut(link);
}

static bool make_room(ohm_link *link, size_t len)
{
    enum { ROUND = 64 };
    if (len <= link->out_room)
        return true;
    size_t room = (len + ROUND - 1) / ROUND * ROUND;
    uint8_t *out = realloc(link->out, room);
    if (!out)
        return false;
    link->out = out;
    link->out_room = room;
    return true;
}

ohm_code ohm_link_send(ohm_link *link, ohm_span bytes)
{
    if (!link->transport->send)
        return OHM_UNSUPPORTED;
    if (link->phase != OHM_LINK_UP)
        return OHM_CONFLICT;
    if (link->out_len > 0)
        return OHM_BUSY;
    if (bytes.len > OHM_LINK_SEND_MAX)
        return OHM_TOO_BIG;
    if (bytes.len == 0)
        return OHM_OK;
    if (!make_room(link, bytes.len))
        return OHM_NO_MEMORY;
    memcpy(link->out, bytes.ptr, bytes.len);
    link->out_at = 0;
    link->out_len = bytes.len;
    return link->transport->send(link);
}

ohm_err ohm_link_set_line(ohm_link *link, uint32_t baud, const char framing[static 4])
{
    if (link->phase != OHM_LINK_UP)
        return ohm_fail(OHM_CONFLICT, 0, "the line is not open");
    if (link->kind != OHM_LINK_SERIAL)
        return ohm_ok();
    if (ohm_link_framing_check(framing) != OHM_OK || baud == 0)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the framing is not like 8N1 or 8E1");
    OHM_TRY(ohm_tty_setup(link->fd, baud, framing));
    link->baud = baud;
    memcpy(link->framing, framing, sizeof link->framing);
    return ohm_ok();
}

void ohm_link_close(ohm_link *link)
{
    if (!link || link->dying)
        return;
    link->dying = true;
    if (link->phase == OHM_LINK_OPENING || link->phase == OHM_LINK_UP) {
        shut(link);
    } else {
        (void)uv_timer_stop(&link->timer);
        link->phase = OHM_LINK_CLOSING;
        settle(link);
    }
}

void ohm_link_resolve(ohm_link *link, int socket_type, uv_getaddrinfo_cb resolved)
{
    const struct addrinfo hints = {
        .ai_socktype = socket_type,
        .ai_protocol = socket_type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP,
    };
    if (!link->opening)
        link->opening = calloc(1, sizeof *link->opening);
    if (!link->opening) {
        ohm_link_is_down(link, ohm_fail(OHM_NO_MEMORY, 0, "out of memory"));
        return;
    }
    uv_getaddrinfo_t *request = &link->opening->resolve;
    request->data = link;
    int status = uv_getaddrinfo(link->loop, request, resolved, link->name, link->port, &hints);
    if (status < 0) {
        ohm_link_is_down(link, ohm_err_uv(status));
        return;
    }
    link->resolving = true;
    ohm_link_hold(link);
}

ohm_err ohm_err_uv(int status)
{
    assert(status < 0);
    switch (status) {
    case UV_EOF:
        return ohm_fail(OHM_IO, 0, "the other end closed the line");
    case UV_ECONNREFUSED:
        return ohm_fail(OHM_IO, ECONNREFUSED, "nothing listens at that address");
    case UV_EAI_NONAME:
    case UV_EAI_NODATA:
    case UV_EAI_FAIL:
        return ohm_fail(OHM_UNKNOWN, 0, "the name is not known");
    case UV_EAI_AGAIN:
        return ohm_fail(OHM_IO, 0, "no name server answers");
    default:
        break;
    }
    return status > UV__EAI_ADDRFAMILY ? ohm_err_errno(-status)
                                       : ohm_fail(OHM_IO, 0, "the name can't be resolved");
}
